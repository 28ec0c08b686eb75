package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/clock"
)

type delegationRow struct {
	bun.BaseModel `bun:"table:delegations,alias:d"`
	OrgID         string    `bun:"org_id,pk"`
	ID            string    `bun:"id,pk"`
	FromID        string    `bun:"from_id"`
	ToID          string    `bun:"to_id"`
	UnitID        string    `bun:"unit_id,nullzero"`
	CaseID        string    `bun:"case_id,nullzero"`
	FromDay       string    `bun:"from_day"`
	UntilDay      string    `bun:"until_day"`
	StartsAt      time.Time `bun:"starts_at"`
	EndsAt        time.Time `bun:"ends_at"`
	Reason        string    `bun:"reason"`
	MadeBy        string    `bun:"made_by"`
	MadeAt        time.Time `bun:"made_at"`
	EndedBy       string    `bun:"ended_by,nullzero"`
	EndedAt       time.Time `bun:"ended_at,nullzero"`
}

type delegationRoleRow struct {
	bun.BaseModel `bun:"table:delegation_roles"`
	OrgID         string     `bun:"org_id,pk"`
	DelegationID  string     `bun:"delegation_id,pk"`
	Role          model.Role `bun:"role,pk"`
}

// Delegation is who answers for whom, for a time and in which roles.
type Delegation struct {
	OrgID, ID    string
	FromID, ToID string
	Roles        []model.Role
	// UnitID and CaseID narrow it, "" for every case.
	UnitID, CaseID string
	// FromDay and UntilDay are the first and the last day in Sweden, 2006-01-02,
	// StartsAt and EndsAt when the first begins and the last is over.
	FromDay, UntilDay string
	StartsAt, EndsAt  time.Time
	Reason            string
	MadeBy            string
	MadeAt            time.Time
	// EndedBy and EndedAt are set for one that was ended early.
	EndedBy string
	EndedAt time.Time
}

func (r *delegationRow) delegation() Delegation {
	return Delegation{
		OrgID: r.OrgID, ID: r.ID, FromID: r.FromID, ToID: r.ToID, UnitID: r.UnitID, CaseID: r.CaseID,
		FromDay: r.FromDay, UntilDay: r.UntilDay, StartsAt: r.StartsAt.UTC(), EndsAt: r.EndsAt.UTC(),
		Reason: r.Reason, MadeBy: r.MadeBy, MadeAt: r.MadeAt.UTC(), EndedBy: r.EndedBy, EndedAt: utc(r.EndedAt),
	}
}

// AddDelegation makes a delegation, unless what somebody is by now stands in the way.
// The command is answered with its id.
func (s *Store) AddDelegation(ctx context.Context, d Delegation, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	receipt := model.EvidenceReceipt{DelegationID: d.ID, RecordedAt: now.Format(time.RFC3339Nano)}
	command, err := doneCommand(c, receipt, now)
	if err != nil {
		return receipt, err
	}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := insert(ctx, s, q, "", command); err != nil {
			return err
		}
		return s.addDelegation(ctx, q, d, c.ActorID, now)
	})
}

func (s *Store) addDelegation(ctx context.Context, q queryer, d Delegation, madeBy string, now time.Time) error {
	gives, err := s.rolesOf(ctx, q, d.OrgID, d.FromID)
	if err != nil {
		return err
	}
	receives, err := s.rolesOf(ctx, q, d.OrgID, d.ToID)
	if err != nil {
		return err
	}
	if refused := access.MayDelegate(d.Roles, gives, receives); refused != nil {
		return refused
	}
	err = insert(ctx, s, q, "", delegationRow{
		OrgID: d.OrgID, ID: d.ID, FromID: d.FromID, ToID: d.ToID, UnitID: d.UnitID, CaseID: d.CaseID, FromDay: d.FromDay, UntilDay: d.UntilDay,
		StartsAt: d.StartsAt, EndsAt: d.EndsAt, Reason: d.Reason, MadeBy: madeBy, MadeAt: now,
	})
	if err != nil {
		return err
	}
	roles := make([]delegationRoleRow, len(d.Roles))
	for i, r := range d.Roles {
		roles[i] = delegationRoleRow{OrgID: d.OrgID, DelegationID: d.ID, Role: r}
	}
	return insert(ctx, s, q, "", roles...)
}

// EndDelegation ends a delegation now. One that has ended is refused.
func (s *Store) EndDelegation(ctx context.Context, id string, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	receipt := model.EvidenceReceipt{DelegationID: id, RecordedAt: now.Format(time.RFC3339Nano)}
	command, err := doneCommand(c, receipt, now)
	if err != nil {
		return receipt, err
	}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := s.endDelegation(ctx, q, c.OrgID, id, c.ActorID, now); err != nil {
			return err
		}
		return insert(ctx, s, q, "", command)
	})
}

func (s *Store) endDelegation(ctx context.Context, q queryer, orgID, id, endedBy string, now time.Time) error {
	var row delegationRow
	err := get(ctx, s, q, &row, "SELECT "+columns[delegationRow](s)+" FROM delegations WHERE org_id = ? AND id = ?"+s.forUpdate(), orgID, id)
	switch {
	case err != nil:
		return err
	case !row.EndedAt.IsZero() || !row.EndsAt.After(now):
		return model.Refuse(model.CodeDelegationOver)
	}
	row.EndedBy, row.EndedAt = endedBy, now
	return update(ctx, s, q, &row)
}

// checkDelegation is Store.checkDelegation for a task of the case.
func (r *recorder) checkDelegation(ctx context.Context, by *model.OnBehalf, t *taskRow) (*model.Refusal, error) {
	return r.store.checkDelegation(ctx, r.q, by, r.command.ActorID, t, r.c.UnitID, r.now)
}

// checkDelegation reads the delegation that a decision rests on, and keeps it as it is
// until the decision is written: it must hold now, for the task, and whoever gave it
// must have the role still. unitID is the unit of the task's case, or of the task.
func (s *Store) checkDelegation(ctx context.Context, q queryer, by *model.OnBehalf, actorID string, t *taskRow, unitID string, now time.Time) (*model.Refusal, error) {
	over := model.Refuse(model.CodeDelegationOver)
	var row delegationRow
	err := get(ctx, s, q, &row, "SELECT "+columns[delegationRow](s)+` FROM delegations
		WHERE org_id = ? AND id = ? AND from_id = ? AND to_id = ?`+s.forUpdate(), t.OrgID, by.DelegationID, by.PersonID, actorID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return over, nil
	case err != nil:
		return nil, err
	case !row.EndedAt.IsZero(), row.StartsAt.After(now), !row.EndsAt.After(now),
		row.UnitID != "" && row.UnitID != unitID, row.CaseID != "" && row.CaseID != t.CaseID:
		return over, nil
	}
	roles, err := s.delegationRoles(ctx, q, t.OrgID, []string{row.ID})
	if err != nil {
		return nil, err
	}
	gives, err := s.rolesOf(ctx, q, t.OrgID, row.FromID)
	if err != nil {
		return nil, err
	}
	receives, err := s.rolesOf(ctx, q, t.OrgID, row.ToID)
	if err != nil {
		return nil, err
	}
	var giver personRow
	err = get(ctx, s, q, &giver, "SELECT disabled_at FROM people WHERE org_id = ? AND id = ?", t.OrgID, row.FromID)
	switch {
	case err != nil:
		return nil, err
	case !giver.DisabledAt.IsZero(), !slices.Contains(roles[row.ID], t.Role),
		t.AssigneeID == "" && !slices.Contains(gives, t.Role):
		return over, nil
	}
	return access.MayDelegate([]model.Role{t.Role}, gives, receives), nil
}

func (s *Store) delegationRoles(ctx context.Context, q queryer, orgID string, ids []string) (map[string][]model.Role, error) {
	roles := make(map[string][]model.Role, len(ids))
	if len(ids) == 0 {
		return roles, nil
	}
	args := []any{orgID}
	for _, id := range ids {
		args = append(args, id)
	}
	var rows []delegationRoleRow
	err := list(ctx, s, q, &rows, "SELECT delegation_id, role FROM delegation_roles WHERE org_id = ? AND delegation_id IN ("+
		marks(len(ids))+") ORDER BY role", args...)
	for _, r := range rows {
		roles[r.DelegationID] = append(roles[r.DelegationID], r.Role)
	}
	return roles, err
}

// Deputyships returns the delegations to somebody that hold now, without the roles that
// whoever gave them has lost or that something keeps from the receiver.
func (s *Store) Deputyships(ctx context.Context, to Person, now time.Time) ([]model.Deputyship, error) {
	if to.Service != nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var rows []delegationRow
	err := list(ctx, s, direct{s.read.DB}, &rows, "SELECT "+columns[delegationRow](s)+` FROM delegations
		WHERE org_id = ? AND to_id = ? AND ends_at > ? AND starts_at <= ? AND ended_at IS NULL ORDER BY id`, to.OrgID, to.ID, now, now)
	if err != nil || len(rows) == 0 {
		return nil, over(ctx, err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	roles, err := s.delegationRoles(ctx, direct{s.read.DB}, to.OrgID, ids)
	if err != nil {
		return nil, over(ctx, err)
	}
	var held []model.Deputyship
	for _, r := range rows {
		giver, err := s.person(ctx, "p.kind = 'person' AND p.org_id = ? AND p.id = ?", r.OrgID, r.FromID)
		if errors.Is(err, ErrNotFound) { // disabled
			continue
		}
		if err != nil {
			return nil, err
		}
		d := model.Deputyship{
			DelegationID: r.ID, For: giver.Actor(), CaseID: r.CaseID, UnitID: r.UnitID, Since: r.StartsAt.UTC(), Until: r.EndsAt.UTC(),
		}
		d.For.Roles = nil
		for _, role := range roles[r.ID] {
			if access.MayDelegate([]model.Role{role}, giver.Roles, to.Roles) != nil {
				continue
			}
			d.Roles = append(d.Roles, role)
			if giver.Actor().Has(role) {
				d.For.Roles = append(d.For.Roles, role)
			}
		}
		if len(d.Roles) > 0 {
			held = append(held, d)
		}
	}
	return held, nil
}

// DelegationFilter narrows a list of delegations.
type DelegationFilter struct {
	OrgID, ID string
	// IDs leaves those that are listed, none for all.
	IDs []string
	// PersonID leaves those that somebody gave or received.
	PersonID string
	// HoldAt leaves those that hold at a time or will, zero for all.
	HoldAt time.Time
	// Limit is at most 1,000, which 0 means too.
	Limit, Offset int64
	// After continues behind one, by when it was made and its id.
	After *DelegationCursor
}

// DelegationCursor is a place in a list of delegations, the newest first.
type DelegationCursor struct {
	MadeAt time.Time `json:"t"`
	ID     string    `json:"i"`
}

func (s *Store) delegationsQuery(f DelegationFilter) *bun.SelectQuery {
	q := s.read.NewSelect().TableExpr("delegations AS d").Where("d.org_id = ?", f.OrgID)
	if f.ID != "" {
		q = q.Where("d.id = ?", f.ID)
	}
	if len(f.IDs) > 0 {
		q = q.Where("d.id IN (?)", bun.List(f.IDs))
	}
	if f.PersonID != "" {
		q = q.Where("(d.from_id = ?0 OR d.to_id = ?0)", f.PersonID)
	}
	if !f.HoldAt.IsZero() {
		q = q.Where("d.ended_at IS NULL AND d.ends_at > ?", f.HoldAt)
	}
	return q
}

// Delegations lists delegations, the newest first.
func (s *Store) Delegations(ctx context.Context, f DelegationFilter) ([]Delegation, error) {
	q := s.delegationsQuery(f)
	if a := f.After; a != nil {
		q = q.Where("(d.made_at, d.id) < (?, ?)", a.MadeAt, a.ID)
	}
	var rows []delegationRow
	err := s.find(ctx, q.ColumnExpr("d.*").OrderExpr("d.made_at DESC, d.id DESC").Limit(page(f.Limit)).Offset(f.Offset), &rows)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	roles, err := s.delegationRoles(ctx, direct{s.read.DB}, f.OrgID, ids)
	out := make([]Delegation, len(rows))
	for i := range rows {
		out[i] = rows[i].delegation()
		out[i].Roles = roles[rows[i].ID]
	}
	return out, over(ctx, err)
}

// CountDelegations counts what Delegations lists, up to the given number.
func (s *Store) CountDelegations(ctx context.Context, f DelegationFilter, upTo int64) (int, error) {
	var n int
	return n, s.find(ctx, s.read.NewSelect().ColumnExpr("COUNT(*)").
		TableExpr("(?) AS matching", s.delegationsQuery(f).ColumnExpr("1").Limit(upTo)), &n)
}

// Delegation returns one delegation.
func (s *Store) Delegation(ctx context.Context, orgID, id string) (Delegation, error) {
	found, err := s.Delegations(ctx, DelegationFilter{OrgID: orgID, ID: id, Limit: 1})
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Delegation{}, err
	}
	return found[0], nil
}

// VoidCase is an open case for which a delegation is void, because of what the
// receiver is in it.
type VoidCase struct {
	CaseID     string     `bun:"case_id"`
	RegistryNo string     `bun:"registry_no"`
	Title      string     `bun:"title"`
	Role       model.Role `bun:"role"`
	Has        model.Role `bun:"has"`
	Rule       string     `bun:"rule"`
}

// VoidCases lists at most limit open cases, of those that the reader may read, in which
// a delegation would be void: what the receiver is there is kept apart from a role of
// it (SOD-01 to SOD-03). Roles that are held case by case count where the case names
// whoever gives.
func (s *Store) VoidCases(ctx context.Context, d Delegation, reader *access.Reader, limit int) ([]VoidCase, error) {
	var named []model.Role
	for _, r := range d.Roles {
		if r.PerCase() {
			named = append(named, r)
		}
	}
	q := s.read.NewSelect().Distinct().TableExpr("cases AS c").
		ColumnExpr("c.id AS case_id, COALESCE(c.registry_no, '') AS registry_no, c.title, k.other AS role, k.role AS has, k.rule").
		Join("JOIN case_people AS p ON p.org_id = c.org_id AND p.case_id = c.id AND p.person_id = ?", d.ToID).
		Join("JOIN role_conflicts AS k ON k.role = p.role AND k.other IN (?)", bun.List(d.Roles)).
		Where("c.org_id = ? AND c.state NOT IN ("+endedStates()+")", d.OrgID).
		Where(`(k.other NOT IN (?) OR EXISTS (SELECT 1 FROM case_people AS a
			WHERE a.org_id = c.org_id AND a.case_id = c.id AND a.person_id = ? AND a.role = k.other))`, bun.List(append(named, "")), d.FromID)
	if d.CaseID != "" {
		q = q.Where("c.id = ?", d.CaseID)
	}
	if d.UnitID != "" {
		q = q.Where("c.unit_id = ?", d.UnitID)
	}
	var out []VoidCase
	q = s.whereReader(q, CaseFilter{OrgID: d.OrgID, Reader: reader})
	return out, s.find(ctx, q.OrderExpr("case_id, k.rule, role, has").Limit(int64(limit)), &out)
}
