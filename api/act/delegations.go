package act

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Delegation is what somebody asks for: that a deputy answers for a person, in some of
// the person's roles and for a time.
type Delegation struct {
	// From is whose roles they are, "" or Me for the actor's, To the deputy. Both are
	// ids or user names.
	From, To string
	Roles    []model.Role
	// UnitID and CaseID narrow it, "" for every case. A unit may be given by its code.
	UnitID, CaseID string
	// FromDay and UntilDay are the first and the last day in Sweden.
	FromDay, UntilDay string
	// Reason is needed of the administrator who makes it for somebody else.
	Reason string
}

// DelegationPreview is what a delegation would be, before anybody makes it.
type DelegationPreview struct {
	store.Delegation
	// Void are the open cases, of those that the actor reads, for which it would be
	// void: at most voidShown, More when there are others.
	Void []store.VoidCase
	More bool
}

const voidShown = 100

// PreviewDelegation checks a delegation and lists the cases for which it would be void,
// and by which rule. Nothing is written. The refusal is the one that Delegate would give.
func (s *Service) PreviewDelegation(ctx context.Context, a model.Actor, in Delegation) (DelegationPreview, error) {
	d, err := s.delegation(ctx, a, in)
	if err != nil {
		return DelegationPreview{}, err
	}
	reader := access.ReaderOf(a)
	void, err := s.store.VoidCases(ctx, d, &reader, voidShown+1)
	return DelegationPreview{d, void[:min(len(void), voidShown)], len(void) > voidShown}, err
}

// Delegate makes a delegation.
func (s *Service) Delegate(ctx context.Context, r Request, in Delegation) (store.Delegation, error) {
	d, err := s.delegation(ctx, r.Actor, in)
	if err != nil {
		return d, err
	}
	receipt, err := s.noted(ctx, r, "", "delegate", func(c model.Command) (model.EvidenceReceipt, error) {
		d.ID = model.NewID()
		return s.store.AddDelegation(ctx, d, c, s.clock.Now())
	})
	if err != nil {
		return d, err
	}
	return s.store.Delegation(ctx, r.Actor.OrgID, receipt.DelegationID)
}

// EndDelegation ends a delegation before its time: whoever gave or received it may, and
// the administrator.
func (s *Service) EndDelegation(ctx context.Context, r Request, id string) (store.Delegation, error) {
	d, err := s.ReadDelegation(ctx, r.Actor, id)
	if err != nil {
		return d, err
	}
	if d.ToID != r.Actor.PersonID && !access.Delegates(r.Actor, d.FromID) {
		return d, model.Refuse(model.CodeForbidden)
	}
	_, err = s.noted(ctx, r, "", "end_delegation", func(c model.Command) (model.EvidenceReceipt, error) {
		return s.store.EndDelegation(ctx, id, c, s.clock.Now())
	})
	if err != nil {
		return d, err
	}
	return s.store.Delegation(ctx, r.Actor.OrgID, id)
}

// ReadDelegation returns a delegation that the actor may read: their own, or everybody's
// for those who administer and audit.
func (s *Service) ReadDelegation(ctx context.Context, a model.Actor, id string) (store.Delegation, error) {
	d, err := s.store.Delegation(ctx, a.OrgID, id)
	if err == nil && d.FromID != a.PersonID && d.ToID != a.PersonID && !access.ReadsDelegations(a) {
		return store.Delegation{}, store.ErrNotFound
	}
	return d, err
}

// delegation checks what is asked for, and that nothing in the organisation stands in
// the way.
func (s *Service) delegation(ctx context.Context, a model.Actor, in Delegation) (store.Delegation, error) {
	if err := access.Writes(a); err != nil {
		return store.Delegation{}, err
	}
	from, err := s.delegationPerson(ctx, a, "from", in.From)
	if err != nil {
		return store.Delegation{}, err
	}
	if !access.Delegates(a, from.ID) {
		return store.Delegation{}, model.Refuse(model.CodeForbidden)
	}
	to, err := s.delegationPerson(ctx, a, "to", in.To)
	if err != nil {
		return store.Delegation{}, err
	}
	d := store.Delegation{
		OrgID: a.OrgID, FromID: from.ID, ToID: to.ID, Roles: slices.Compact(slices.Sorted(slices.Values(in.Roles))), CaseID: in.CaseID,
		FromDay: in.FromDay, UntilDay: in.UntilDay, Reason: in.Reason, MadeBy: a.PersonID,
	}
	problems := s.delegationFaults(&d, a)
	if in.UnitID != "" {
		u, err := s.store.Unit(ctx, a.OrgID, in.UnitID)
		if errors.Is(err, store.ErrNotFound) {
			problems = append(problems, unknownRef("unit_id"))
		} else if err != nil {
			return d, err
		}
		d.UnitID = u.ID
	}
	if in.CaseID != "" {
		if _, err := s.ReadCase(ctx, a, in.CaseID); errors.Is(err, store.ErrNotFound) {
			problems = append(problems, unknownRef("case_id"))
		} else if err != nil {
			return d, err
		}
	}
	if err := invalid(problems); err != nil {
		return d, err
	}
	if refused := access.MayDelegate(d.Roles, from.Roles, to.Roles); refused != nil {
		return d, refused
	}
	return d, nil
}

func (s *Service) delegationPerson(ctx context.Context, a model.Actor, field, ref string) (store.Person, error) {
	if ref == Me || ref == "" && field != "to" {
		ref = a.PersonID
	}
	p, err := s.store.Person(ctx, a.OrgID, ref)
	if errors.Is(err, store.ErrNotFound) {
		return p, invalid([]rulebook.Problem{unknownRef(field)})
	}
	return p, err
}

// delegationFaults looks at the form of a delegation and sets when it begins and ends.
func (s *Service) delegationFaults(d *store.Delegation, a model.Actor) []rulebook.Problem {
	var out []rulebook.Problem
	add := func(pointer, sv, en string) {
		out = append(out, delegationFault(pointer, sv, en))
	}
	if d.FromID == d.ToID {
		add("/to", "Ange någon annan än den som ska ersättas.", "Name somebody other than the person they stand in for.")
	}
	for i, r := range d.Roles {
		if !r.Delegable() {
			add(fmt.Sprintf("/roles/%d", i), "Rollen kan inte ha en ersättare.", "The role cannot be delegated.")
		}
	}
	if d.FromID != a.PersonID && d.Reason == "" {
		add("/reason", "Skriv varför, när du utser en ersättare för någon annan.", "Write why, when you delegate for somebody else.")
	}
	starts, ends, wrong := s.period(a.OrgID, d.FromDay, d.UntilDay)
	d.StartsAt, d.EndsAt = starts, ends
	return append(out, wrong...)
}

// period says when the first of the days begins and the last has ended, and what is wrong
// with them: they begin today or later, and last no longer than the rulebook lets a
// deputy answer for somebody (delegation_months).
func (s *Service) period(orgID, fromDay, untilDay string) (starts, ends time.Time, out []rulebook.Problem) {
	today := calendar.Today(s.clock.Now())
	first, err := calendar.ParseDate(fromDay)
	if err != nil || first.Before(today) {
		out = append(out, delegationFault("/from_day", "Ange i dag eller en senare dag.", "Give today or a later day."))
	}
	book := s.books.of(orgID)
	months := book.Int(book.DefaultProfile(), "delegation_months")
	last, err := calendar.ParseDate(untilDay)
	if err != nil || last.Before(first) || last.After(first.AddMonths(months)) {
		out = append(out, delegationFault("/until_day", fmt.Sprintf("Ange en sista dag från den första dagen och som längst %d månader därefter.", months),
			fmt.Sprintf("Give a last day from the first day on, and at most %d months later.", months)))
	}
	if len(out) == 0 {
		starts, ends = calendar.StartOfDay(first), calendar.StartOfDay(last.AddDays(1))
	}
	return starts, ends, out
}

func delegationFault(pointer, sv, en string) rulebook.Problem {
	return rulebook.Problem{Pointer: pointer, Code: "DA-01", Source: "DA-01", Text: lang.Text{SV: sv, EN: en}}
}

// Deputised returns, of the tasks, those that the actor answers for somebody else, with
// the delegation for each.
func (s *Service) Deputised(ctx context.Context, a model.Actor, tasks []store.Task) (map[string]model.Deputyship, error) {
	out := map[string]model.Deputyship{}
	if len(a.Deputy) == 0 {
		return out, nil
	}
	rights := map[string]access.Object{}
	for _, t := range tasks {
		covered := func(d model.Deputyship) bool { return d.Reaches(t.CaseID, d.UnitID, t.Role, t.AssigneeID) }
		if t.Status != model.TaskOpen || !slices.ContainsFunc(a.Deputy, covered) {
			continue
		}
		on, known := rights[t.CaseID]
		if t.CaseID == "" {
			on, known = access.Object{UnitID: t.UnitID}, true
		}
		if !known {
			var err error
			if _, on, err = s.readCase(ctx, a, t.CaseID); err != nil {
				return nil, err
			}
			rights[t.CaseID] = on
		}
		if access.Answers(a, on, t.Key.Kind, t.Role, t.AssigneeID) == nil {
			continue
		}
		if d, void := access.DeputyFor(a, on, t.CaseID, t.Key.Kind, t.Role, t.AssigneeID); d != nil && void == nil {
			out[t.ID] = *d
		}
	}
	return out, nil
}
