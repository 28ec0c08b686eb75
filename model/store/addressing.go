package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluss/model"
)

// AddressMessages gives what waits in the outbox to the people whom it is for, in
// the order in which each case, or incident, told it, and returns how many messages of the
// outbox it has looked at; 0 means that none waits. byMail says whether e-mail is
// sent at all. Who is told is decided now and not when the message was written,
// once for good: addressing a message again changes nothing.
func (s *Store) AddressMessages(ctx context.Context, byMail bool, limit int, now time.Time) (int, error) {
	waiting, err := s.outbox(ctx, limit)
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	d := directory{store: s, heads: map[string][]reachable{}, found: map[string][]reachable{}, delegating: map[string]bool{}}
	for some := range slices.Chunk(waiting, addressedAtOnce) {
		if err := d.address(ctx, some, byMail, now); err != nil {
			return 0, over(ctx, err)
		}
	}
	return len(waiting), nil
}

// addressedAtOnce is how many messages of the outbox are addressed in one transaction. On
// SQLite acts wait for as long as it takes.
const addressedAtOnce = 16

// address gives some of what waits to the people whom it is for.
func (d directory) address(ctx context.Context, waiting []outboxRow, byMail bool, now time.Time) error {
	var rows []messageRow
	for _, m := range waiting {
		people, err := d.recipients(ctx, m)
		if err != nil {
			return err
		}
		deputies, err := d.deputiesOf(ctx, m, people, now)
		if err != nil {
			return err
		}
		for _, p := range append(people, deputies...) {
			if !m.tellsOwnAct(p.ID) {
				rows = append(rows, m.to(p, byMail))
			}
		}
	}
	if err := d.store.readBefore(ctx, rows, now); err != nil {
		return err
	}
	return d.store.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := insert(ctx, d.store, q, "ON CONFLICT DO NOTHING", rows...); err != nil {
			return err
		}
		for rest := waiting; len(rest) > 0; {
			orgID, ids := rest[0].OrgID, []string(nil)
			for len(rest) > 0 && rest[0].OrgID == orgID {
				ids, rest = append(ids, rest[0].ID), rest[1:]
			}
			among := fill(ids)
			err := d.store.exec(ctx, q, "UPDATE outbox SET sent_at = ? WHERE org_id = ? AND sent_at IS NULL AND id IN ("+marks(len(among))+")",
				append([]any{now, orgID}, among...)...)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// readBefore counts as read what tells people that a task waits which has been answered
// before they were told.
func (s *Store) readBefore(ctx context.Context, rows []messageRow, now time.Time) error {
	tasks := map[string][]string{} // by organisation
	for _, r := range rows {
		if slices.Contains(model.WaitingKinds(), r.Kind) {
			tasks[r.OrgID] = append(tasks[r.OrgID], r.TaskID)
		}
	}
	over := map[string]bool{}
	for orgID, ids := range tasks {
		slices.Sort(ids)
		for some := range slices.Chunk(slices.Compact(ids), maxRows) {
			closed, err := selected[taskRef](ctx, s, "SELECT id FROM tasks WHERE org_id = ? AND id IN ("+marks(len(fill(some)))+
				") AND status <> 'open'", append([]any{orgID}, fill(some)...)...)
			if err != nil {
				return err
			}
			for _, t := range closed {
				over[t.ID] = true
			}
		}
	}
	for i := range rows {
		if over[rows[i].TaskID] && slices.Contains(model.WaitingKinds(), rows[i].Kind) {
			rows[i].ReadAt = now
		}
	}
	return nil
}

// taskRef names a task.
type taskRef struct {
	ID string `bun:"id"`
}

// about is what a message is about, in SQL, after the name of a table and a dot:
// its case, its incident, or its task where that belongs to neither.
func about(of string) string {
	return "COALESCE(" + of + "case_id, " + of + "incident_id, " + of + "task_id)"
}

// outbox returns all that waits of the cases, incidents and tasks that have waited
// longest. Each is locked while it writes, so whoever sees a message of it sees all
// before it.
func (s *Store) outbox(ctx context.Context, limit int) ([]outboxRow, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var rows []outboxRow
	err := list(ctx, s, direct{s.read.DB}, &rows, "SELECT "+columns[outboxRow](s)+` FROM outbox
		WHERE sent_at IS NULL AND (org_id, `+about("")+`) IN
			(SELECT org_id, `+about("")+` FROM outbox WHERE sent_at IS NULL ORDER BY created_at LIMIT ?)
		ORDER BY org_id, `+about("")+`, seq, id`, limit)
	return rows, over(ctx, err)
}

// tellsOwnAct reports whether the message would tell a person what they have done
// themselves. A task that opens for them is news all the same.
func (m *outboxRow) tellsOwnAct(personID string) bool {
	return m.Kind != model.MessageAssigned && m.ActorID == personID
}

func (m *outboxRow) to(p reachable, byMail bool) messageRow {
	row := messageRow{
		OrgID: m.OrgID, ID: model.NewID(), OutboxID: m.ID, PersonID: p.ID, Kind: m.Kind, CaseID: m.CaseID,
		IncidentID: m.IncidentID, Seq: m.Seq, TaskID: m.TaskID, CreatedAt: m.CreatedAt, MailState: model.MailNone,
	}
	if byMail && p.Email != "" {
		row.MailState, row.NextAt = model.MailWaiting, m.CreatedAt
	}
	return row
}

// reachable is somebody who can be told, and where.
type reachable struct {
	ID     string `bun:"id"`
	Email  string `bun:"email"`
	UnitID string `bun:"unit_id"`
}

// directory finds out whom some messages are for, and asks the record nothing twice.
type directory struct {
	store *Store
	// heads are the heads of units that have been looked for, by organisation and
	// unit.
	heads map[string][]reachable
	// found are the people that have been looked for, by what was asked.
	found map[string][]reachable
	// delegating are the organisations that have been looked at, and whether anybody
	// stands in for somebody there now.
	delegating map[string]bool
}

// recipients returns the people whom a message is for, without those who have
// left. Where a role is held case by case it is for whom the case names; a task
// that names nobody is for everybody who may take it, and one that asks another unit
// for those of that unit. Outside of cases a message is for everybody who has the role.
func (d directory) recipients(ctx context.Context, m outboxRow) ([]reachable, error) {
	switch {
	case m.PersonID != "":
		return d.find(ctx, "people AS p WHERE p.org_id = ? AND p.id = ?", m.OrgID, m.PersonID)
	case m.Role == model.RoleProjectOwner:
		return d.find(ctx, `cases AS c JOIN people AS p ON p.org_id = c.org_id AND p.id = c.project_owner_id
			WHERE c.org_id = ? AND c.id = ?`, m.OrgID, m.CaseID)
	case m.Role == model.RoleUnitHead:
		unitID, err := d.unitOf(ctx, m)
		if err != nil {
			return nil, err
		}
		return d.headsOf(ctx, m.OrgID, unitID)
	case m.CaseID != "" && m.TaskID != "" && m.Role == model.RoleInformationOwner:
		t, err := one[taskRow](ctx, d.store, "org_id = ? AND id = ?", m.OrgID, m.TaskID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		if unit, asked := t.Kind.Unit(); asked {
			return d.ownersIn(ctx, m.OrgID, unit)
		}
		fallthrough
	case m.CaseID != "" && m.Role.PerCase():
		named, err := d.find(ctx, `case_people AS c JOIN people AS p ON p.org_id = c.org_id AND p.id = c.person_id
			WHERE c.org_id = ? AND c.case_id = ? AND c.role = ? AND c.source = ?`, m.OrgID, m.CaseID, m.Role, sourceNamed)
		if err != nil || len(named) > 0 || m.TaskID == "" {
			return named, err
		}
	}
	return d.holders(ctx, m.OrgID, m.Role)
}

// ownersIn returns the information owner of a unit, or where it names none those of
// its people who have that role.
func (d directory) ownersIn(ctx context.Context, orgID, unitID string) ([]reachable, error) {
	named, err := d.find(ctx, `units AS u JOIN people AS p ON p.org_id = u.org_id AND p.id = u.information_owner_id
		WHERE u.org_id = ? AND u.id = ?`, orgID, unitID)
	if err != nil || len(named) > 0 {
		return named, err
	}
	return d.find(ctx, `person_roles AS r JOIN people AS p ON p.org_id = r.org_id AND p.id = r.person_id
		WHERE r.org_id = ? AND r.role = ? AND p.unit_id = ?`, orgID, model.RoleInformationOwner, unitID)
}

func (d directory) holders(ctx context.Context, orgID string, role model.Role) ([]reachable, error) {
	return d.find(ctx, `person_roles AS r JOIN people AS p ON p.org_id = r.org_id AND p.id = r.person_id
		WHERE r.org_id = ? AND r.role = ?`, orgID, role)
}

func (d directory) find(ctx context.Context, from string, args ...any) ([]reachable, error) {
	key := fmt.Sprintf("%s %q", from, args)
	if known, ok := d.found[key]; ok {
		return slices.Clone(known), nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.store.maxRead)
	defer cancel()
	var rows []reachable
	err := list(ctx, d.store, direct{d.store.read.DB}, &rows,
		"SELECT p.id, p.email, p.unit_id FROM "+from+" AND p.disabled_at IS NULL AND p.kind = 'person' ORDER BY p.id", args...)
	if err == nil {
		d.found[key] = slices.Clone(rows)
	}
	return rows, err
}

// delegates reports whether anybody stands in for somebody in an organisation.
func (d directory) delegates(ctx context.Context, orgID string, now time.Time) (bool, error) {
	if known, ok := d.delegating[orgID]; ok {
		return known, nil
	}
	some, err := many[delegationRow](ctx, d.store, "org_id = ? AND ended_at IS NULL AND starts_at <= ? AND ends_at > ? LIMIT 1", orgID, now, now)
	if err == nil {
		d.delegating[orgID] = len(some) > 0
	}
	return len(some) > 0, err
}

// unitOf returns the unit that a message concerns: that of its case or of its
// task, "" for none.
func (d directory) unitOf(ctx context.Context, m outboxRow) (string, error) {
	if m.CaseID != "" {
		c, err := one[caseRow](ctx, d.store, "org_id = ? AND id = ?", m.OrgID, m.CaseID)
		return c.UnitID, err
	}
	if m.TaskID == "" {
		return "", nil
	}
	t, err := one[taskRow](ctx, d.store, "org_id = ? AND id = ?", m.OrgID, m.TaskID)
	return t.UnitID, err
}

// headsOf returns the heads of a unit: those who belong to it, or to the nearest
// unit above it that has one. A unit that has none anywhere above it is looked
// after by every head.
func (d directory) headsOf(ctx context.Context, orgID, unitID string) ([]reachable, error) {
	key := orgID + " " + unitID
	if known, ok := d.heads[key]; ok {
		return known, nil
	}
	all, err := d.holders(ctx, orgID, model.RoleUnitHead)
	if err != nil {
		return nil, err
	}
	units, err := d.store.Units(ctx, orgID)
	if err != nil {
		return nil, err
	}
	d.heads[key] = nearest(all, units, unitID)
	return d.heads[key], nil
}

// nearest leaves the people of the first unit, from the given one upwards, that
// has any.
func nearest(people []reachable, units []Unit, unitID string) []reachable {
	parents := make(map[string]string, len(units))
	for _, u := range units {
		parents[u.ID] = u.ParentID
	}
	for range len(units) { // a tree, but nothing says that it has no circle
		var here []reachable
		for _, p := range people {
			if p.UnitID == unitID {
				here = append(here, p)
			}
		}
		if len(here) > 0 {
			return here
		}
		unitID = parents[unitID]
	}
	return people
}

// deputiesOf returns who answers a task today for somebody whom a message about it is
// for, and is not told anyway.
func (d directory) deputiesOf(ctx context.Context, m outboxRow, people []reachable, now time.Time) ([]reachable, error) {
	if m.TaskID == "" || len(people) == 0 {
		return nil, nil
	}
	if some, err := d.delegates(ctx, m.OrgID, now); err != nil || !some {
		return nil, err
	}
	among := make([]any, len(people))
	for i, p := range people {
		among[i] = p.ID
	}
	args := append([]any{m.TaskID, m.OrgID}, among...)
	args = append(append(args, among...), now, now)
	found, err := d.find(ctx, `delegations AS d
		JOIN delegation_roles AS r ON r.org_id = d.org_id AND r.delegation_id = d.id
		JOIN tasks AS t ON t.org_id = d.org_id AND t.id = ? AND t.role = r.role
		LEFT JOIN cases AS c ON c.org_id = t.org_id AND c.id = t.case_id
		JOIN people AS p ON p.org_id = d.org_id AND p.id = d.to_id
		WHERE d.org_id = ? AND d.from_id IN (`+marks(len(people))+`) AND d.to_id NOT IN (`+marks(len(people))+`)
			AND d.ended_at IS NULL AND d.starts_at <= ? AND d.ends_at > ?
			AND (d.case_id IS NULL OR d.case_id = c.id) AND (d.unit_id IS NULL OR d.unit_id = COALESCE(c.unit_id, t.unit_id))
			AND (t.role IN ('manager', 'information_owner', 'system_owner') OR EXISTS (SELECT 1 FROM person_roles AS g
				WHERE g.org_id = d.org_id AND g.person_id = d.from_id AND g.role = t.role))
			AND `+strings.Replace(notVoid, "?", "d.to_id", 1), args...)
	return slices.Compact(found), err
}
