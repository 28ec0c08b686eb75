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

// OwnerChange says who becomes the project owner of a case, and why.
type OwnerChange struct {
	// To is a person by id or user name.
	To     string
	Reason model.OwnerReason
	// IfVersion is the version of the case that was read.
	IfVersion int64
}

// ReplaceOwner gives a case another project owner, where the present one is gone. It is the
// administrator's to do (SOD-06); a project owner who is there names the next one in the
// intake. It returns who it is and the number of the event.
func (s *Service) ReplaceOwner(ctx context.Context, a model.Actor, caseID string, in OwnerChange) (store.Person, int64, error) {
	c, _, err := s.acting(ctx, a, caseID, CaseAct{IfVersion: in.IfVersion}, access.Reassign, access.Execute)
	if err != nil {
		return store.Person{}, 0, err
	}
	p, err := s.store.Person(ctx, a.OrgID, in.To)
	if errors.Is(err, store.ErrNotFound) {
		err = invalid([]rulebook.Problem{unknownRef("project_owner_id")})
	}
	if err != nil {
		return p, 0, err
	}
	seq, err := s.store.ReplaceOwner(ctx, store.OwnerChange{
		OrgID: c.OrgID, CaseID: c.ID, ActorID: a.PersonID, From: c.ProjectOwnerID, To: p.ID, Reason: in.Reason,
	}, s.clock.Now())
	return p, seq, err
}

var textFormerOwner = lang.Text{
	SV: "Ärendet har fått en ny projektägare. Ange den som är det nu.",
	EN: "The case has been given another project owner. Name the present one.",
}

// ownerStands refuses an intake that names a project owner whom an administrator has
// replaced: it was written before that.
func (s *Service) ownerStands(ctx context.Context, c store.Case, named []model.CasePerson) error {
	for _, n := range named {
		if n.Role != model.RoleProjectOwner {
			continue
		}
		former, err := s.store.FormerOwner(ctx, c.OrgID, c.ID, n.PersonID)
		if err != nil {
			return err
		}
		if former {
			return invalid([]rulebook.Problem{{Pointer: "/project_owner_id", Code: "SOD-06", Source: "SOD-06", Text: textFormerOwner}})
		}
	}
	return nil
}
