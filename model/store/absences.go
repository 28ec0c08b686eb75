package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/clock"
)

type absenceRow struct {
	bun.BaseModel `bun:"table:absences,alias:a"`
	OrgID         string    `bun:"org_id,pk"`
	ID            string    `bun:"id,pk"`
	PersonID      string    `bun:"person_id"`
	FromDay       string    `bun:"from_day"`
	UntilDay      string    `bun:"until_day"`
	StartsAt      time.Time `bun:"starts_at"`
	EndsAt        time.Time `bun:"ends_at"`
	DelegationID  string    `bun:"delegation_id,nullzero"`
	MadeBy        string    `bun:"made_by"`
	MadeAt        time.Time `bun:"made_at"`
	EndedBy       string    `bun:"ended_by,nullzero"`
	EndedAt       time.Time `bun:"ended_at,nullzero"`
}

// Absence is that somebody is away, from a day to a day. It does not say why.
//
// While a person is away, a new task that would go to them lies open to its role
// instead, unless a deputy of theirs answers it; the project owner's tasks stay theirs,
// for nobody else may take them. Tasks that they have already stay with them and are
// listed as waiting for somebody who is away (TaskFilter.AwayAt), until an administrator
// gives them to somebody else. Nothing happens by itself when an absence begins or ends.
type Absence struct {
	OrgID, ID string
	PersonID  string
	// FromDay and UntilDay are the first and the last day in Sweden, 2006-01-02,
	// StartsAt and EndsAt when the first begins and the last is over.
	FromDay, UntilDay string
	StartsAt, EndsAt  time.Time
	// DelegationID is the delegation that was made with it, "" for none.
	DelegationID string
	MadeBy       string
	MadeAt       time.Time
	// EndedBy and EndedAt are set for one that was ended early.
	EndedBy string
	EndedAt time.Time
}

func (r *absenceRow) absence() Absence {
	return Absence{
		OrgID: r.OrgID, ID: r.ID, PersonID: r.PersonID, FromDay: r.FromDay, UntilDay: r.UntilDay,
		StartsAt: r.StartsAt.UTC(), EndsAt: r.EndsAt.UTC(), DelegationID: r.DelegationID,
		MadeBy: r.MadeBy, MadeAt: r.MadeAt.UTC(), EndedBy: r.EndedBy, EndedAt: utc(r.EndedAt),
	}
}

// ErrAway says that a person is noted as away already on some of the days.
var ErrAway = errors.New("away already")

// AddAbsence notes that somebody is away, with the delegation d to their deputy, nil for
// none. It returns ErrAway when they are away already on some of the days, and refuses
// the delegation as AddDelegation does. The command is answered with its id.
func (s *Store) AddAbsence(ctx context.Context, a Absence, d *Delegation, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	row := absenceRow{
		OrgID: a.OrgID, ID: a.ID, PersonID: a.PersonID, FromDay: a.FromDay, UntilDay: a.UntilDay,
		StartsAt: a.StartsAt, EndsAt: a.EndsAt, MadeBy: c.ActorID, MadeAt: now,
	}
	receipt := model.EvidenceReceipt{AbsenceID: a.ID, RecordedAt: now.Format(time.RFC3339Nano)}
	command, err := doneCommand(c, receipt, now)
	if err != nil {
		return receipt, err
	}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		var person personRow
		err := get(ctx, s, q, &person, "SELECT id FROM people WHERE org_id = ? AND id = ?"+s.forUpdate(), a.OrgID, a.PersonID)
		if err != nil {
			return err
		}
		if err := insert(ctx, s, q, "", command); err != nil {
			return err
		}
		var others []absenceRow
		err = list(ctx, s, q, &others, "SELECT id FROM absences WHERE org_id = ? AND person_id = ? AND ended_at IS NULL AND ends_at > ? AND starts_at < ?",
			a.OrgID, a.PersonID, a.StartsAt, a.EndsAt)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			return ErrAway
		}
		if d != nil {
			row.DelegationID = d.ID
			if err := s.addDelegation(ctx, q, *d, c.ActorID, now); err != nil {
				return err
			}
		}
		return insert(ctx, s, q, "", row)
	})
}

// EndAbsence ends an absence now, and the delegation that was made with it, unless that
// has ended. One that is over is refused.
func (s *Store) EndAbsence(ctx context.Context, id string, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	receipt := model.EvidenceReceipt{AbsenceID: id, RecordedAt: now.Format(time.RFC3339Nano)}
	command, err := doneCommand(c, receipt, now)
	if err != nil {
		return receipt, err
	}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		var row absenceRow
		err := get(ctx, s, q, &row, "SELECT "+columns[absenceRow](s)+" FROM absences WHERE org_id = ? AND id = ?"+s.forUpdate(), c.OrgID, id)
		switch {
		case err != nil:
			return err
		case !row.EndedAt.IsZero() || !row.EndsAt.After(now):
			return model.Refuse(model.CodeAbsenceOver)
		}
		row.EndedBy, row.EndedAt = c.ActorID, now
		if err := insert(ctx, s, q, "", command); err != nil {
			return err
		}
		if row.DelegationID != "" {
			err := s.endDelegation(ctx, q, c.OrgID, row.DelegationID, c.ActorID, now)
			if err != nil && model.CodeOf(err) != model.CodeDelegationOver {
				return err
			}
		}
		return update(ctx, s, q, &row)
	})
}

// AbsenceFilter narrows a list of absences.
type AbsenceFilter struct {
	OrgID, ID string
	PersonID  string
	// HoldAt leaves those that hold at a time or will, zero for all.
	HoldAt time.Time
	// Limit is at most 1,000, which 0 means too.
	Limit, Offset int64
	// After continues behind one, by when it was noted and its id.
	After *AbsenceCursor
}

// AbsenceCursor is a place in a list of absences, the newest first.
type AbsenceCursor struct {
	MadeAt time.Time `json:"t"`
	ID     string    `json:"i"`
}

func (s *Store) absencesQuery(f AbsenceFilter) *bun.SelectQuery {
	q := s.read.NewSelect().TableExpr("absences AS a").Where("a.org_id = ?", f.OrgID)
	if f.ID != "" {
		q = q.Where("a.id = ?", f.ID)
	}
	if f.PersonID != "" {
		q = q.Where("a.person_id = ?", f.PersonID)
	}
	if !f.HoldAt.IsZero() {
		q = q.Where("a.ended_at IS NULL AND a.ends_at > ?", f.HoldAt)
	}
	return q
}

// Absences lists absences, the newest first.
func (s *Store) Absences(ctx context.Context, f AbsenceFilter) ([]Absence, error) {
	q := s.absencesQuery(f)
	if a := f.After; a != nil {
		q = q.Where("(a.made_at, a.id) < (?, ?)", a.MadeAt, a.ID)
	}
	var rows []absenceRow
	err := s.find(ctx, q.ColumnExpr("a.*").OrderExpr("a.made_at DESC, a.id DESC").Limit(page(f.Limit)).Offset(f.Offset), &rows)
	out := make([]Absence, len(rows))
	for i := range rows {
		out[i] = rows[i].absence()
	}
	return out, err
}

// CountAbsences counts what Absences lists, up to the given number.
func (s *Store) CountAbsences(ctx context.Context, f AbsenceFilter, upTo int64) (int, error) {
	var n int
	return n, s.find(ctx, s.read.NewSelect().ColumnExpr("COUNT(*)").
		TableExpr("(?) AS matching", s.absencesQuery(f).ColumnExpr("1").Limit(upTo)), &n)
}

// Absence returns one absence.
func (s *Store) Absence(ctx context.Context, orgID, id string) (Absence, error) {
	found, err := s.Absences(ctx, AbsenceFilter{OrgID: orgID, ID: id, Limit: 1})
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Absence{}, err
	}
	return found[0], nil
}

// AwayUntil returns, of the people, those who are away at a time, with the last day of
// their absence in Sweden. No people mean everybody.
func (s *Store) AwayUntil(ctx context.Context, orgID string, people []string, at time.Time) (map[string]string, error) {
	text := "SELECT a.person_id, a.until_day FROM absences AS a WHERE a.org_id = ? AND " + holds("a", "?", "?")
	args := []any{orgID, at, at}
	if len(people) > 0 {
		filled := fill(people)
		text, args = text+" AND a.person_id IN ("+marks(len(filled))+")", append(args, filled...)
	}
	rows, err := selected[absenceRow](ctx, s, text, args...)
	until := make(map[string]string, len(rows))
	for _, r := range rows {
		until[r.PersonID] = r.UntilDay
	}
	return until, err
}

// holds is the condition that an absence or a delegation holds at a time, which it takes
// twice.
func holds(of, from, until string) string {
	return of + ".ended_at IS NULL AND " + of + ".starts_at <= " + from + " AND " + of + ".ends_at > " + until
}

// answered is the condition that a deputy answers a task at a time, for the person who
// has it or would: a delegation holds that is for it and that nothing in its case makes
// void. What stands in braces is the task's.
var answered = `EXISTS (SELECT 1 FROM delegations AS ad
	JOIN delegation_roles AS ar ON ar.org_id = ad.org_id AND ar.delegation_id = ad.id AND ar.role = {role}
	JOIN people AS ap ON ap.org_id = ad.org_id AND ap.id = ad.to_id AND ap.disabled_at IS NULL
	WHERE ad.org_id = {org} AND ad.from_id = {person} AND ` + holds("ad", "{at}", "{at}") + `
		AND (ad.case_id IS NULL OR ad.case_id = {case}) AND (ad.unit_id IS NULL OR ad.unit_id = {unit})
		AND NOT EXISTS (SELECT 1 FROM case_people AS av JOIN role_conflicts AS ak ON ak.role = av.role AND ak.other = {role}
			WHERE av.org_id = ad.org_id AND av.case_id = {case} AND av.person_id = ad.to_id))`

// answeredTask is answered for a row t of the tasks, at a time that it takes twice.
var answeredTask = strings.NewReplacer("{role}", "t.role", "{org}", "t.org_id", "{person}", "t.assignee_id", "{at}", "?", "{case}", "t.case_id",
	"{unit}", "COALESCE((SELECT au.unit_id FROM cases AS au WHERE au.org_id = t.org_id AND au.id = t.case_id), t.unit_id)").Replace(answered)

// taskOf is what a task for a person would be.
type taskOf struct {
	orgID, caseID, unitID string
	role                  model.Role
}

// present is who gets a new task that would go to a person: them, or nobody while they
// are away and no deputy answers it.
func (s *Store) present(ctx context.Context, q queryer, t taskOf, personID string, now time.Time) (string, error) {
	if personID == "" || t.role == model.RoleProjectOwner {
		return personID, nil
	}
	away := "SELECT a.id FROM absences AS a WHERE a.org_id = {org} AND a.person_id = {person} AND " + holds("a", "{at}", "{at}") + " AND NOT " + answered + " LIMIT 1"
	text, args := named(away, map[string]any{
		"org": t.orgID, "person": personID, "at": now, "role": t.role, "case": sql.NullString{String: t.caseID, Valid: t.caseID != ""},
		"unit": sql.NullString{String: t.unitID, Valid: t.unitID != ""},
	})
	var row absenceRow
	err := get(ctx, s, q, &row, text, args...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return personID, nil
	case err != nil:
		return "", err
	}
	return "", nil
}

// named puts a question mark for each name in braces, and lists what they stand for.
func named(text string, values map[string]any) (string, []any) {
	var b strings.Builder
	var args []any
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), args
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString("?")
		args = append(args, values[name])
		text = after
	}
}

// WouldWait lists at most limit open tasks that a person has and that nobody would answer
// when an absence begins: neither a deputy by then nor the one of the delegation d that
// would be made with it, nil for none.
func (s *Store) WouldWait(ctx context.Context, a Absence, d *Delegation, limit int64) ([]Task, error) {
	q := s.tasksQuery(TaskFilter{OrgID: a.OrgID, AssigneeID: a.PersonID, Status: model.TaskOpen}).Where("NOT "+answeredTask, a.StartsAt, a.StartsAt)
	if d != nil {
		q = q.Where("NOT (t.role IN (?) AND "+notVoid+")", bun.List(d.Roles), d.ToID)
	}
	var rows []struct {
		taskRow   `bun:",extend"`
		CaseTitle string `bun:"case_title"`
	}
	const title = "COALESCE((SELECT c.title FROM cases AS c WHERE c.org_id = t.org_id AND c.id = t.case_id), '') AS case_title"
	err := s.find(ctx, q.ColumnExpr("t.*, "+title).OrderExpr(TaskFilter{}.order("t")).Limit(limit), &rows)
	tasks := make([]Task, len(rows))
	for i := range rows {
		tasks[i] = rows[i].toTask()
		tasks[i].CaseTitle = rows[i].CaseTitle
	}
	return tasks, err
}
