package act

import (
	"context"
	"errors"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Assignment says whose a task is to be.
type Assignment struct {
	// To is a person by id or user name, Me for the actor, "" for nobody.
	To string
	// Reason is needed where somebody decides about another's task (SOD-06).
	Reason string
	// IfMatch is the task's entity tag that was read.
	IfMatch string
}

// Me stands for the actor.
const Me = "me"

// Assign claims a task for the actor or for whom they are the deputy, releases it, or gives it to somebody else, which
// is the administrator's to do and needs a reason (SOD-06).
func (s *Service) Assign(ctx context.Context, a model.Actor, taskID string, in Assignment) (store.Task, error) {
	t, on, err := s.assignable(ctx, a, taskID)
	if err != nil {
		return store.Task{}, err
	}
	switch {
	case in.To == Me, in.To == a.PersonID && t.AssigneeID == "":
		err = s.claim(ctx, a, on, t, in)
	case in.To == "" && !s.othersTask(a, on, t):
		err = s.release(ctx, a, on, t, in)
	default:
		err = s.reassign(ctx, a, on, t, in)
	}
	if err != nil {
		return store.Task{}, err
	}
	return s.store.Task(ctx, a.OrgID, taskID)
}

// assignable returns a task that the actor may read and what their rights depend on.
func (s *Service) assignable(ctx context.Context, a model.Actor, taskID string) (store.Task, access.Object, error) {
	t, err := s.store.Task(ctx, a.OrgID, taskID)
	if err != nil {
		return t, access.Object{}, err
	}
	if t.CaseID == "" {
		t, err = s.readTaskElsewhere(ctx, a, t)
		return t, access.Object{UnitID: t.UnitID}, err
	}
	_, on, err := s.readCase(ctx, a, t.CaseID)
	return t, on, err
}

// claim gives a task to the actor. One that is held case by case and has its person is
// not claimed; it has none while they are away (store.Absence).
func (s *Service) claim(ctx context.Context, a model.Actor, on access.Object, t store.Task, in Assignment) error {
	to, by, err := claimant(a, on, t)
	if err != nil {
		return err
	}
	if t.Role.PerCase() && t.AssigneeID != "" || by != nil && t.AssigneeID == to.PersonID {
		return model.Refuse(model.CodeStateConflict)
	}
	if err := s.mayHave(ctx, on, t, to); err != nil {
		return err
	}
	if in.IfMatch != t.ETag() {
		return model.Refuse(model.CodeStale)
	}
	if by != nil {
		return s.store.AssignTaskFor(ctx, a.OrgID, t.ID, a.PersonID, *by, "", to.PersonID, s.clock.Now())
	}
	return s.store.AssignTask(ctx, a.OrgID, t.ID, a.PersonID, "", a.PersonID, s.clock.Now())
}

// claimant is who gets a task that the actor claims: the actor, or where they could not
// have it themselves for whom they answer it as a deputy, by the delegation that is set
// then. The deputy answers it in that person's name.
func claimant(a model.Actor, on access.Object, t store.Task) (model.Actor, *model.OnBehalf, error) {
	own := access.MayHave(a, on, t.Key.Kind, t.Role)
	if own == nil {
		return a, nil, nil
	}
	d, void := access.DeputyFor(a, on, t.CaseID, t.Key.Kind, t.Role, t.AssigneeID)
	switch {
	case void != nil:
		return a, nil, void
	case d == nil:
		return a, nil, own
	}
	return d.For, &model.OnBehalf{PersonID: d.For.PersonID, DelegationID: d.DelegationID}, nil
}

func (s *Service) release(ctx context.Context, a model.Actor, on access.Object, t store.Task, in Assignment) error {
	_, by, err := claimant(a, on, t)
	theirs := err == nil && by != nil && t.AssigneeID == by.PersonID
	switch {
	case t.AssigneeID != a.PersonID && !theirs && !access.Takes(a, t.Key.Kind, t.Role, on.UnitID):
		return model.Refuse(model.CodeForbidden)
	case t.Role.PerCase():
		return model.Refuse(model.CodeStateConflict)
	case in.IfMatch != t.ETag():
		return model.Refuse(model.CodeStale)
	case theirs:
		return s.store.AssignTaskFor(ctx, a.OrgID, t.ID, a.PersonID, *by, by.PersonID, "", s.clock.Now())
	}
	return s.store.AssignTask(ctx, a.OrgID, t.ID, a.PersonID, a.PersonID, "", s.clock.Now())
}

// othersTask reports whether the actor decides about somebody else's task rather than
// about their own.
func (s *Service) othersTask(a model.Actor, on access.Object, t store.Task) bool {
	return t.AssigneeID != a.PersonID && access.Can(a, on, access.Reassign, access.Execute)
}

var textReassignReason = lang.Text{
	SV: "Skriv varför uppgiften byter person.", EN: "Write why the task gets another person.",
}

// reassign gives a task to somebody else, or to nobody.
func (s *Service) reassign(ctx context.Context, a model.Actor, on access.Object, t store.Task, in Assignment) error {
	if _, err := access.As(a, on, access.Reassign, access.Execute); err != nil {
		return err
	}
	if in.IfMatch != t.ETag() {
		return model.Refuse(model.CodeStale)
	}
	if in.Reason == "" {
		return invalid([]rulebook.Problem{{Pointer: "/reason", Code: "SOD-06", Source: "SOD-06", Missing: true, Text: textReassignReason}})
	}
	r := store.Reassignment{OrgID: a.OrgID, TaskID: t.ID, ActorID: a.PersonID, From: t.AssigneeID, Reason: in.Reason}
	if in.To != "" {
		p, err := s.candidate(ctx, a, in.To)
		if err != nil {
			return err
		}
		r.To = p.Actor()
	}
	return s.store.Reassign(ctx, r, s.clock.Now())
}

// candidate is somebody whom a request names.
func (s *Service) candidate(ctx context.Context, a model.Actor, ref string) (store.Person, error) {
	if ref == Me {
		ref = a.PersonID
	}
	p, err := s.store.Person(ctx, a.OrgID, ref)
	if errors.Is(err, store.ErrNotFound) {
		return p, invalid([]rulebook.Problem{unknownRef("assignee")})
	}
	return p, err
}

// mayHave refuses whom something keeps from a task.
func (s *Service) mayHave(ctx context.Context, on access.Object, t store.Task, to model.Actor) error {
	refused, err := s.store.MayHave(ctx, t, on.UnitID, to)
	if err != nil || refused == nil {
		return err
	}
	return refused
}

// PreviewAssignment says whether somebody can have a task before anybody gives it to
// them: the refusal is the one that Assign would give. Nothing is written. Whoever may
// reassign asks about everybody, others about themselves.
func (s *Service) PreviewAssignment(ctx context.Context, a model.Actor, taskID, to string) (store.Person, error) {
	t, on, err := s.assignable(ctx, a, taskID)
	if err != nil {
		return store.Person{}, err
	}
	if to != Me && to != a.PersonID {
		if _, err := access.As(a, on, access.Reassign, access.Execute); err != nil {
			return store.Person{}, err
		}
	}
	p, err := s.candidate(ctx, a, to)
	if err != nil {
		return p, err
	}
	if t.Status != model.TaskOpen {
		return p, model.Refuse(model.CodeTaskClosed)
	}
	who := p.Actor()
	if p.ID == a.PersonID {
		if to, by, err := claimant(a, on, t); err == nil && by != nil && t.AssigneeID == "" {
			who = to
		}
	}
	return p, s.mayHave(ctx, on, t, who)
}
