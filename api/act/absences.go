package act

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Absence is what somebody asks to have noted: that a person is away from a day to a day,
// and who answers for them meanwhile. What it means for tasks, store.Absence says. Why
// somebody is away is not asked: it may be about their health (GDPR 9).
type Absence struct {
	// Person is who is away, "" or Me for the actor, by id or user name.
	Person string
	// Deputy is who answers for them, by id or user name, "" for nobody, and Roles in
	// which roles; none means all of the person's that can be delegated.
	Deputy string
	Roles  []model.Role
	// FromDay and UntilDay are the first and the last day in Sweden.
	FromDay, UntilDay string
}

// AbsencePreview is what an absence would mean, before anybody notes it.
type AbsencePreview struct {
	store.Absence
	// Delegation is the one that would be made with it, nil without a deputy.
	Delegation *store.Delegation
	// Void are the open cases, of those that the actor reads, for which it would be
	// void: at most voidShown, MoreVoid when there are others.
	Void     []store.VoidCase
	MoreVoid bool
	// Waiting are the tasks that the person has and that nobody would answer: at most
	// voidShown, MoreWaiting when there are others.
	Waiting     []store.Task
	MoreWaiting bool
}

// PreviewAbsence checks an absence, and lists for which cases its delegation would be
// void and what would wait. Nothing is written. The refusal is the one that NoteAbsence
// would give.
func (s *Service) PreviewAbsence(ctx context.Context, a model.Actor, in Absence) (AbsencePreview, error) {
	var p AbsencePreview
	var err error
	if p.Absence, p.Delegation, err = s.absence(ctx, a, in); err != nil {
		return p, err
	}
	others, err := s.store.Absences(ctx, store.AbsenceFilter{OrgID: a.OrgID, PersonID: p.PersonID, HoldAt: p.StartsAt})
	if err != nil {
		return p, err
	}
	if slices.ContainsFunc(others, func(o store.Absence) bool { return o.StartsAt.Before(p.EndsAt) }) {
		return p, errAwayAlready
	}
	if p.Delegation != nil {
		reader := access.ReaderOf(a)
		if p.Void, err = s.store.VoidCases(ctx, *p.Delegation, &reader, voidShown+1); err != nil {
			return p, err
		}
		p.Void, p.MoreVoid = p.Void[:min(len(p.Void), voidShown)], len(p.Void) > voidShown
	}
	if p.Waiting, err = s.store.WouldWait(ctx, p.Absence, p.Delegation, voidShown+1); err != nil {
		return p, err
	}
	p.Waiting, p.MoreWaiting = p.Waiting[:min(len(p.Waiting), voidShown)], len(p.Waiting) > voidShown
	return p, nil
}

// NoteAbsence notes that somebody is away, and makes the delegation to their deputy. A
// person does it for themselves, the administrator for everybody.
func (s *Service) NoteAbsence(ctx context.Context, r Request, in Absence) (store.Absence, error) {
	absence, d, err := s.absence(ctx, r.Actor, in)
	if err != nil {
		return absence, err
	}
	receipt, err := s.noted(ctx, r, "", "note_absence", func(c model.Command) (model.EvidenceReceipt, error) {
		absence.ID = model.NewID()
		if d != nil {
			d.ID = model.NewID()
		}
		return s.store.AddAbsence(ctx, absence, d, c, s.clock.Now())
	})
	if errors.Is(err, store.ErrAway) {
		err = errAwayAlready
	}
	if err != nil {
		return absence, err
	}
	return s.store.Absence(ctx, r.Actor.OrgID, receipt.AbsenceID)
}

// EndAbsence ends an absence before its time, and the delegation that was made with it:
// the person may, and the administrator.
func (s *Service) EndAbsence(ctx context.Context, r Request, id string) (store.Absence, error) {
	absence, err := s.ReadAbsence(ctx, r.Actor, id)
	if err != nil {
		return absence, err
	}
	if err := access.Writes(r.Actor); err != nil {
		return absence, err
	}
	if !access.Delegates(r.Actor, absence.PersonID) {
		return absence, model.Refuse(model.CodeForbidden)
	}
	_, err = s.noted(ctx, r, "", "end_absence", func(c model.Command) (model.EvidenceReceipt, error) {
		return s.store.EndAbsence(ctx, id, c, s.clock.Now())
	})
	if err != nil {
		return absence, err
	}
	return s.store.Absence(ctx, r.Actor.OrgID, id)
}

// ReadAbsence returns an absence that the actor may read: their own, or everybody's for
// those who administer and audit.
func (s *Service) ReadAbsence(ctx context.Context, a model.Actor, id string) (store.Absence, error) {
	absence, err := s.store.Absence(ctx, a.OrgID, id)
	if err == nil && absence.PersonID != a.PersonID && !access.ReadsDelegations(a) {
		return store.Absence{}, store.ErrNotFound
	}
	return absence, err
}

// absence checks what is asked for, and makes the delegation of it.
func (s *Service) absence(ctx context.Context, a model.Actor, in Absence) (store.Absence, *store.Delegation, error) {
	if err := access.Writes(a); err != nil {
		return store.Absence{}, nil, err
	}
	person, err := s.delegationPerson(ctx, a, "person", in.Person)
	if err != nil {
		return store.Absence{}, nil, err
	}
	if !access.Delegates(a, person.ID) {
		return store.Absence{}, nil, model.Refuse(model.CodeForbidden)
	}
	out := store.Absence{OrgID: a.OrgID, PersonID: person.ID, FromDay: in.FromDay, UntilDay: in.UntilDay, MadeBy: a.PersonID}
	var problems []rulebook.Problem
	out.StartsAt, out.EndsAt, problems = s.period(a.OrgID, in.FromDay, in.UntilDay)
	if in.Deputy == "" {
		if len(in.Roles) > 0 {
			problems = append(problems, delegationFault("/roles", "Ange vem som ersätter, eller lämna rollerna tomma.", "Name the deputy, or leave the roles out."))
		}
		return out, nil, invalid(problems)
	}
	deputy, err := s.delegationPerson(ctx, a, "deputy", in.Deputy)
	if err != nil {
		return out, nil, err
	}
	d := store.Delegation{
		OrgID: a.OrgID, FromID: person.ID, ToID: deputy.ID, Roles: slices.Compact(slices.Sorted(slices.Values(in.Roles))),
		FromDay: in.FromDay, UntilDay: in.UntilDay, StartsAt: out.StartsAt, EndsAt: out.EndsAt, MadeBy: a.PersonID,
	}
	if len(d.Roles) == 0 {
		d.Roles = slices.DeleteFunc(slices.Clone(person.Roles), func(r model.Role) bool { return !r.Delegable() })
	}
	if err := invalid(append(problems, deputyFaults(d)...)); err != nil {
		return out, nil, err
	}
	if refused := access.MayDelegate(d.Roles, person.Roles, deputy.Roles); refused != nil {
		return out, nil, refused
	}
	return out, &d, nil
}

func deputyFaults(d store.Delegation) []rulebook.Problem {
	var out []rulebook.Problem
	if d.FromID == d.ToID {
		out = append(out, delegationFault("/deputy", "Ange någon annan än den som är borta.", "Name somebody other than the person who is away."))
	}
	if len(d.Roles) == 0 {
		out = append(out, delegationFault("/deputy", "Personen har ingen roll som kan ha en ersättare. Lämna fältet tomt.", "The person has no role that can be delegated. Leave the field empty."))
	}
	for i, r := range d.Roles {
		if !r.Delegable() {
			out = append(out, delegationFault(fmt.Sprintf("/roles/%d", i), "Rollen kan inte ha en ersättare.", "The role cannot be delegated."))
		}
	}
	return out
}

var errAwayAlready = invalid([]rulebook.Problem{delegationFault("/from_day",
	"Personen är redan borta någon av dagarna. Avsluta den frånvaron först, eller välj andra dagar.",
	"The person is away already on some of the days. End that absence first, or choose other days.")})
