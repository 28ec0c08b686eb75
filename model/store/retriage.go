package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/clock"
)

// retriageRow is a new triage of a case. Law is the last date of the law that had
// come: with the case, the version of its evaluation and the rulebook it is what a
// case is triaged again for, once.
type retriageRow struct {
	bun.BaseModel   `bun:"table:retriages,alias:r"`
	OrgID           string               `bun:"org_id,pk"`
	ID              string               `bun:"id,pk"`
	CaseID          string               `bun:"case_id"`
	Version         int64                `bun:"version"`
	RulebookID      string               `bun:"rulebook_id"`
	RulebookVersion string               `bun:"rulebook_version"`
	RulebookDigest  string               `bun:"rulebook_digest"`
	Law             string               `bun:"law"`
	EvaluatedOn     string               `bun:"evaluated_on"`
	BeforeOn        string               `bun:"before_on"`
	BeforeDigest    string               `bun:"before_digest"`
	Reasons         codes                `bun:"reasons"`
	Rules           codes                `bun:"rules"`
	Differences     string               `bun:"differences"`
	Result          string               `bun:"result"`
	Proposal        model.Proposal       `bun:"proposal"`
	Status          model.RetriageStatus `bun:"status"`
	CreatedAt       time.Time            `bun:"created_at"`
	AnsweredBy      string               `bun:"answered_by,nullzero"`
	AnsweredAs      model.Role           `bun:"answered_as"`
	AnsweredAt      time.Time            `bun:"answered_at,nullzero"`
	Reason          string               `bun:"reason"`
	Stages          codes                `bun:"stages"`

	// Of the case, in lists.
	RegistryNo string          `bun:"registry_no,scanonly"`
	State      model.CaseState `bun:"state,scanonly"`
}

// Triage is what a case was last triaged as.
type Triage struct {
	// Version is the version of the case that came with the triage of its answers,
	// also where it has been triaged again since.
	Version int64
	// On is the day in Sweden, RulebookDigest the rulebook by which it was made.
	On, RulebookDigest string
	Result             json.RawMessage
}

// Retriage is a new triage of a case whose answers have not changed (RA-07).
type Retriage struct {
	OrgID, ID, CaseID string
	// RegistryNo and State are those of the case now.
	RegistryNo string
	State      model.CaseState
	// Before is the triage that it is compared with, without the result.
	Before                                      Triage
	RulebookID, RulebookVersion, RulebookDigest string
	// Law is the last date of the law that had come, On the day of the triage.
	Law, On string
	// Reasons are keys of the legal calendar, and model.RetriageForRulebook.
	Reasons     []string
	Differences []model.Difference
	Result      json.RawMessage
	Proposal    model.Proposal
	Status      model.RetriageStatus
	CreatedAt   time.Time
	AnsweredBy  string
	AnsweredAs  model.Role
	AnsweredAt  time.Time
	Reason      string
	Stages      []model.StageKey
}

// LastTriage returns what a case was last triaged as: again, or when its answers
// were sent in. The error is ErrNotFound before the first submission.
func (s *Store) LastTriage(ctx context.Context, orgID, caseID string) (Triage, error) {
	var e evaluationRow
	err := s.find(ctx, s.read.NewSelect().Model(&e).Where("org_id = ? AND case_id = ?", orgID, caseID).
		Order("version DESC").Limit(1))
	if err != nil {
		return Triage{}, err
	}
	t := Triage{Version: e.Version, On: e.EvaluatedOn, RulebookDigest: e.RulebookDigest, Result: json.RawMessage(e.Result)}
	var again retriageRow
	err = s.find(ctx, s.read.NewSelect().Model(&again).Column("evaluated_on", "rulebook_digest", "result").
		Where("org_id = ? AND case_id = ? AND version = ?", orgID, caseID, e.Version).Order("created_at DESC", "id DESC").Limit(1))
	if errors.Is(err, ErrNotFound) {
		return t, nil
	}
	if err == nil {
		t.On, t.RulebookDigest, t.Result = again.EvaluatedOn, again.RulebookDigest, json.RawMessage(again.Result)
	}
	return t, err
}

// TriageFilter says which cases are to be triaged again.
type TriageFilter struct {
	OrgID  string
	States []model.CaseState
	// RulebookDigest and Law leave out the cases that have been triaged by that
	// rulebook since that date of the law. Without a digest none is left out.
	RulebookDigest, Law string
	// After continues behind a case; Limit is at most 1,000, which 0 means too.
	After string
	Limit int64
}

// CasesToTriage lists cases that have been sent in and are to be triaged again, by
// id.
func (s *Store) CasesToTriage(ctx context.Context, f TriageFilter) ([]CaseRef, error) {
	var refs []CaseRef
	q := s.read.NewSelect().TableExpr("cases AS c").ColumnExpr("c.org_id").ColumnExpr("c.id AS case_id").
		Join(`JOIN evaluations AS e ON e.org_id = c.org_id AND e.case_id = c.id AND e.version = (SELECT MAX(l.version)
			FROM evaluations l WHERE l.org_id = c.org_id AND l.case_id = c.id)`).
		Where("c.org_id = ? AND c.id > ? AND c.state IN (?)", f.OrgID, f.After, bun.List(f.States)).
		Order("c.id").Limit(page(f.Limit))
	if f.RulebookDigest != "" {
		q = q.Where("NOT (e.rulebook_digest = ? AND e.evaluated_on >= ?)", f.RulebookDigest, f.Law).
			Where(`NOT EXISTS (SELECT 1 FROM retriages r WHERE r.org_id = c.org_id AND r.case_id = c.id
				AND r.version = e.version AND r.rulebook_digest = ? AND r.law = ?)`, f.RulebookDigest, f.Law)
	}
	err := s.find(ctx, q, &refs)
	return refs, err
}

// AddRetriage keeps a new triage of a case, with its event where it finds
// a difference. It does nothing and reports false when the case has been triaged for
// the same already, has other answers by now or is in another state.
func (s *Store) AddRetriage(ctx context.Context, r Retriage, now time.Time) (added bool, err error) {
	row, err := retriageOf(r, clock.Normalise(now))
	if err != nil {
		return false, err
	}
	err = s.inTx(ctx, func(ctx context.Context, q queryer) error {
		c, err := s.selectCase(ctx, q, r.OrgID, r.CaseID, s.forUpdate())
		if err != nil {
			return err
		}
		due, err := s.retriageDue(ctx, q, row)
		if err != nil || !due || !c.State.TriagedAgain() {
			return err
		}
		added = true
		if err := insert(ctx, s, q, "", row); err != nil {
			return err
		}
		if row.Status == model.RetriageUnchanged {
			return nil
		}
		j := journal{c: c, actorID: model.System, at: row.CreatedAt}
		data := model.EventData{Rules: append([]string{"RA-07"}, row.Rules...), Retriage: &model.RetriageCodes{
			ID: row.ID, Status: row.Status, On: row.EvaluatedOn, RulebookDigest: row.RulebookDigest, Reasons: row.Reasons,
			Proposal: row.Proposal,
		}}
		if err := j.add(model.EventRetriaged, data, nil); err != nil {
			return err
		}
		return s.endPlain(ctx, q, &j)
	})
	return added && err == nil, err
}

// retriageDue reports whether the answers are those that were triaged, and nobody
// has triaged them for the same before. The case's row is locked.
func (s *Store) retriageDue(ctx context.Context, q queryer, r retriageRow) (bool, error) {
	var e evaluationRow
	err := get(ctx, s, q, &e, "SELECT version FROM evaluations WHERE org_id = ? AND case_id = ? ORDER BY version DESC LIMIT 1",
		r.OrgID, r.CaseID)
	if err != nil || e.Version != r.Version {
		return false, err
	}
	var before retriageRow
	err = get(ctx, s, q, &before, `SELECT id FROM retriages WHERE org_id = ? AND case_id = ? AND version = ?
		AND rulebook_digest = ? AND law = ?`, r.OrgID, r.CaseID, r.Version, r.RulebookDigest, r.Law)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return false, err
}

func retriageOf(r Retriage, now time.Time) (retriageRow, error) {
	differences, err := json.Marshal(r.Differences)
	if err != nil {
		return retriageRow{}, fmt.Errorf("differences of a triage: %w", err)
	}
	row := retriageRow{
		OrgID: r.OrgID, ID: model.NewID(), CaseID: r.CaseID, Version: r.Before.Version, RulebookID: r.RulebookID,
		RulebookVersion: r.RulebookVersion, RulebookDigest: r.RulebookDigest, Law: r.Law, EvaluatedOn: r.On,
		BeforeOn: r.Before.On, BeforeDigest: r.Before.RulebookDigest, Reasons: r.Reasons, Differences: string(differences),
		Result: jsonText(r.Result), Proposal: r.Proposal, Status: model.RetriageUnchanged, CreatedAt: now,
	}
	if len(r.Differences) > 0 {
		row.Status = model.RetriageOpen
	}
	for _, d := range r.Differences {
		for _, rule := range d.Rules {
			if !slices.Contains(row.Rules, rule) {
				row.Rules = append(row.Rules, rule)
			}
		}
	}
	return row, nil
}

func (r *retriageRow) retriage() (Retriage, error) {
	out := Retriage{
		OrgID: r.OrgID, ID: r.ID, CaseID: r.CaseID, RegistryNo: r.RegistryNo, State: r.State,
		Before:     Triage{Version: r.Version, On: r.BeforeOn, RulebookDigest: r.BeforeDigest},
		RulebookID: r.RulebookID, RulebookVersion: r.RulebookVersion, RulebookDigest: r.RulebookDigest, Law: r.Law,
		On: r.EvaluatedOn, Reasons: r.Reasons, Result: json.RawMessage(r.Result), Proposal: r.Proposal, Status: r.Status,
		CreatedAt: r.CreatedAt.UTC(), AnsweredBy: r.AnsweredBy, AnsweredAs: r.AnsweredAs, AnsweredAt: utc(r.AnsweredAt),
		Reason: r.Reason,
	}
	for _, st := range r.Stages {
		out.Stages = append(out.Stages, model.StageKey(st))
	}
	if err := json.Unmarshal([]byte(r.Differences), &out.Differences); err != nil {
		return out, fmt.Errorf("read the differences of triage %s", r.ID)
	}
	return out, nil
}

// RetriageFilter narrows a list of new triages. Empty fields do not narrow it.
type RetriageFilter struct {
	OrgID string
	// Reader, when set, leaves only those of cases that somebody may read.
	Reader   *access.Reader
	ID       string
	CaseID   string
	Status   model.RetriageStatus
	Proposal model.Proposal
	// Rule leaves those with a difference that the rule, or the date of the law, is
	// behind.
	Rule string

	// Limit is at most 1,000, which 0 means too.
	Limit  int64
	Offset int64
	// After continues behind one, by the time at which it was made and its id.
	After *RetriageCursor
}

// RetriageCursor is a place in a list of new triages, the newest first.
type RetriageCursor struct {
	CreatedAt time.Time `json:"t"`
	ID        string    `json:"i"`
}

// Retriages lists new triages, the newest first.
func (s *Store) Retriages(ctx context.Context, f RetriageFilter) ([]Retriage, error) {
	var rows []retriageRow
	q := s.retriagesQuery(f).Model(&rows).ColumnExpr("r.*").ColumnExpr("c.registry_no").ColumnExpr("c.state").
		Order("r.created_at DESC", "r.id DESC").Limit(page(f.Limit)).Offset(f.Offset)
	if f.After != nil {
		q = q.Where("(r.created_at, r.id) < (?, ?)", f.After.CreatedAt, f.After.ID)
	}
	if err := s.find(ctx, q); err != nil {
		return nil, err
	}
	out := make([]Retriage, len(rows))
	for i := range rows {
		var err error
		if out[i], err = rows[i].retriage(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CountRetriages counts what Retriages lists, up to the given number.
func (s *Store) CountRetriages(ctx context.Context, f RetriageFilter, upTo int64) (int, error) {
	inner := s.retriagesQuery(f).Model((*retriageRow)(nil)).ColumnExpr("1").Limit(upTo)
	var n int
	err := s.find(ctx, s.read.NewSelect().TableExpr("(?) AS matching", inner).ColumnExpr("COUNT(*)"), &n)
	return n, err
}

func (s *Store) retriagesQuery(f RetriageFilter) *bun.SelectQuery {
	q := s.read.NewSelect().Join("JOIN cases AS c ON c.org_id = r.org_id AND c.id = r.case_id").Where("r.org_id = ?", f.OrgID)
	for column, value := range map[string]string{
		"id": f.ID, "case_id": f.CaseID, "status": string(f.Status), "proposal": string(f.Proposal),
	} {
		if value != "" {
			q = q.Where("r."+column+" = ?", value)
		}
	}
	if f.Rule != "" {
		q = q.Where(`r.rules LIKE ? ESCAPE '\'`, "% "+likeEscaper.Replace(f.Rule)+" %")
	}
	return s.whereReader(q, CaseFilter{OrgID: f.OrgID, Reader: f.Reader})
}

// Retriage returns one new triage.
func (s *Store) Retriage(ctx context.Context, orgID, id string) (Retriage, error) {
	found, err := s.Retriages(ctx, RetriageFilter{OrgID: orgID, ID: id, Limit: 1})
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Retriage{}, err
	}
	return found[0], nil
}

// RetriageAnswer is what somebody makes of a new triage.
type RetriageAnswer struct {
	ID     string
	Status model.RetriageStatus
	// As is the role in which the person answers.
	As     model.Role
	Reason string
	// Stages are those that are to be assessed again, where they are named.
	Stages []model.StageKey
	// Command is stored as done with the answer that it gets. It names the case
	// and the person.
	Command model.Command
}

// AnswerRetriage closes a new triage that is open, together with the command and
// its event. It refuses a second answer, and when the case has ended; it returns
// ErrNotFound when the case has no such triage. A ConflictError says that the
// request key was used before.
func (s *Store) AnswerRetriage(ctx context.Context, a RetriageAnswer, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	note := plainNote{
		kind: model.EventRetriageAnswered,
		data: model.EventData{Rules: []string{"RA-07"}, Retriage: &model.RetriageCodes{
			ID: a.ID, Status: a.Status, Role: a.As, Stages: a.Stages,
		}},
		texts:   map[string]string{"reason": a.Reason},
		receipt: model.EvidenceReceipt{RetriageID: a.ID},
		write: func(ctx context.Context, q queryer) error {
			var row retriageRow
			err := get(ctx, s, q, &row, "SELECT "+columns[retriageRow](s)+" FROM retriages WHERE org_id = ? AND case_id = ? AND id = ?",
				a.Command.OrgID, a.Command.CaseID, a.ID)
			switch {
			case err != nil:
				return err
			case row.Status != model.RetriageOpen:
				return model.Refuse(model.CodeStateConflict, "RA-07")
			}
			row.Status, row.AnsweredBy, row.AnsweredAs, row.AnsweredAt = a.Status, a.Command.ActorID, a.As, now
			row.Reason = a.Reason
			for _, st := range a.Stages {
				row.Stages = append(row.Stages, string(st))
			}
			return update(ctx, s, q, &row)
		},
	}
	return s.note(ctx, a.Command, note, now)
}
