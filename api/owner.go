package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
)

type (
	// ownerBody gives a case another project owner.
	ownerBody struct {
		ProjectOwner string            `json:"project_owner_id" validate:"required,max=64" doc:"who becomes the project owner, by id or user name"`
		Reason       model.OwnerReason `json:"reason" validate:"required,oneof=left away other_duties" doc:"why the case needs another one: the present one has left, is away for long, or has other duties"`
	}
	ownerInput struct {
		CasePath
		Matched
		Body ownerBody
	}
	// OwnerReceipt says whose a case has become.
	OwnerReceipt struct {
		CaseID       string     `json:"case_id"`
		Seq          int64      `json:"seq" doc:"number of the event in the log of the case"`
		ProjectOwner PersonNote `json:"project_owner"`
	}
	ownerOutput struct{ Body OwnerReceipt }
)

// Resolve checks the body.
func (b *ownerBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

func (s *server) replaceOwner(ctx context.Context, in *ownerInput) (*ownerOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	p, seq, err := s.Act.ReplaceOwner(ctx, authn.Actor(ctx), id, act.OwnerChange{
		To: in.Body.ProjectOwner, Reason: in.Body.Reason, IfVersion: version,
	})
	if err != nil {
		return nil, err
	}
	return &ownerOutput{OwnerReceipt{CaseID: id, Seq: seq, ProjectOwner: PersonNote{p.ID, p.Name}}}, nil
}
