package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// IntakeDraft is the draft of a case's intake, what it still needs and where it
// would lead.
type IntakeDraft struct {
	CaseID   string          `json:"case_id"`
	Revision int             `json:"revision"`
	Answers  json.RawMessage `json:"answers"`
	Form     string          `json:"form" doc:"the size of the form that is chosen, or that the answers so far point to"`
	Checked  string          `json:"checked_form" doc:"the size of the form that missing is measured by: the full one until one is chosen"`
	Asked    []QuestionNote  `json:"questions" nullable:"false" doc:"the questions that checked_form asks, with the answers so far"`
	Missing  []Fault         `json:"missing" nullable:"false" doc:"what stands in the way of sending in: pointers into this document"`
	Triage   *TriageNote     `json:"triage,omitempty" doc:"what triage says of the answers today; absent until the first questions are answered"`
	Similar  []SimilarNote   `json:"similar" nullable:"false" doc:"cases in use or under review about the same supplier or product"`
}

// SimilarNote is a case that may already answer the question. It says no more
// than the organisation's list of cases does.
type SimilarNote struct {
	CaseID       string          `json:"case_id"`
	RegistryNo   string          `json:"registry_no,omitempty"`
	Title        string          `json:"title"`
	State        model.CaseState `json:"state"`
	StateLabel   string          `json:"state_label"`
	OrgUnitID    string          `json:"org_unit_id"`
	SameSupplier bool            `json:"same_supplier"`
	SameProduct  bool            `json:"same_product"`
}

func similarNotes(similar []store.SimilarCase, l lang.Lang) []SimilarNote {
	notes := make([]SimilarNote, len(similar))
	for i, c := range similar {
		notes[i] = SimilarNote{
			CaseID: c.ID, RegistryNo: c.RegistryNo, Title: c.Title, State: c.State, StateLabel: stateWords[c.State].In(l),
			OrgUnitID: c.UnitID, SameSupplier: c.SameSupplier, SameProduct: c.SameProduct,
		}
	}
	return notes
}

type intakeOutput struct {
	ETag string `header:"ETag" doc:"the revision of the draft"`
	Body IntakeDraft
}

// intakeBody replaces the draft.
type intakeBody struct {
	Answers map[string]any `json:"answers" validate:"required"`
}

// Resolve checks the body.
func (b *intakeBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type saveIntakeInput struct {
	CasePath
	Matched
	Body intakeBody
}

func (s *server) intakeRoutes() {
	add(s, route{
		id: "get-intake", method: http.MethodGet, path: "/cases/{case_id}/intake", tag: tagCases,
		summary: "The draft of the intake", errors: []int{http.StatusNotFound},
	}, s.getIntake)
	add(s, route{
		id: "save-intake", method: http.MethodPut, path: "/cases/{case_id}/intake", tag: tagCases, matched: true,
		summary: "Replace the draft of the intake",
		errors:  []int{http.StatusNotFound, http.StatusForbidden, http.StatusConflict},
	}, s.saveIntake)
	s.similarRoute()
}

func (s *server) getIntake(ctx context.Context, in *caseInput) (*intakeOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	a := authn.Actor(ctx)
	intake, err := s.Act.ReadIntake(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return s.intakeOutput(ctx, id, intake)
}

func (s *server) saveIntake(ctx context.Context, in *saveIntakeInput) (*intakeOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	revision, err := in.number()
	if err != nil {
		return nil, err
	}
	intake, err := s.Act.SaveIntake(ctx, authn.Actor(ctx), id, int(revision), in.Body.Answers)
	if err != nil {
		return nil, within("/answers", err)
	}
	return s.intakeOutput(ctx, id, intake)
}

func (s *server) intakeOutput(ctx context.Context, caseID string, in act.Intake) (*intakeOutput, error) {
	l := languageOf(ctx)
	out := &intakeOutput{ETag: etagOf(int64(in.Revision)), Body: IntakeDraft{
		CaseID: caseID, Revision: in.Revision, Answers: in.Answers, Form: in.Form, Checked: in.CheckedForm, Missing: missing(in.Missing, l),
		Similar: similarNotes(in.Similar, l), Asked: questionNotes(in.Questions, l),
	}}
	c, err := s.Store.Case(ctx, authn.Actor(ctx).OrgID, caseID)
	if err != nil {
		return nil, err
	}
	var answers map[string]any
	if err := json.Unmarshal(in.Answers, &answers); err != nil {
		return nil, fmt.Errorf("read the draft: %w", err)
	}
	result, ok, err := s.Act.PreviewTriage(ctx, c, answers)
	if ok {
		out.Body.Triage = triageNote(result, l)
	}
	return out, err
}

// missing lists what a draft lacks, with pointers below its answers.
func missing(problems []rulebook.Problem, l lang.Lang) []Fault {
	return answerError{"/answers", problems}.in(l)
}
