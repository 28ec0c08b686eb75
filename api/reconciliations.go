package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
)

type (
	reconciliationBody struct {
		After string `json:"after,omitempty" validate:"omitempty,max=36,uuid" doc:"the next of the answer before; leave it out to begin"`
	}
	reconciliationInput struct {
		Keyed
		Body *reconciliationBody
	}
	reconciliationOutput struct{ Body act.Reconciliation }
)

// Resolve checks the body.
func (b *reconciliationBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

func (s *server) reconciliationRoutes() {
	add(s, route{
		id: "reconcile", method: http.MethodPost, path: "/reconciliations", tag: tagService, keyed: true,
		summary: "Compare cases and incidents with their processes and repair what does not fit; for administrators",
	}, s.reconcile)
}

func (s *server) reconcile(ctx context.Context, in *reconciliationInput) (*reconciliationOutput, error) {
	body := reconciliationBody{}
	if in.Body != nil {
		body = *in.Body
	}
	found, err := s.Act.Reconcile(ctx, s.request(ctx, "/reconciliations", in.Keyed, body), body.After)
	if err != nil {
		return nil, err
	}
	return &reconciliationOutput{found}, nil
}
