package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// AssessmentDraft is the assessment of a stage: its answers, what it still needs
// and what the rules make of it.
type AssessmentDraft struct {
	CaseID      string            `json:"case_id"`
	Stage       model.StageKey    `json:"stage"`
	StageLabel  string            `json:"stage_label"`
	Requirement model.Requirement `json:"requirement"`
	Status      model.StageStatus `json:"status"`
	Revision    int               `json:"revision" doc:"of the draft, 0 before the first save, or the one that was asked for"`
	HandedIn    int               `json:"handed_in_revision" doc:"the revision that the reviewers have, 0 before the first"`
	Answers     json.RawMessage   `json:"answers"`
	Form        []QuestionNote    `json:"form" nullable:"false" doc:"the questions that apply, unless they were left out"`
	Missing     []Fault           `json:"missing" nullable:"false" doc:"what stands in the way of handing in: pointers into this document"`
	Judgement   JudgementNote     `json:"judgement"`
	Statement   *lang.Text        `json:"statement,omitempty" doc:"the legal basis in words, of what was handed in, with advice and decision once they are there"`
	MayEdit     bool              `json:"may_edit"`
}

// QuestionNote is a question as it applies now. Its words, values and source are
// in the questionnaire of the rulebook.
type QuestionNote struct {
	ID       string `json:"id"`
	Section  string `json:"section,omitempty"`
	Label    string `json:"label"`
	Help     string `json:"help,omitempty"`
	Type     string `json:"type"`
	Needed   bool   `json:"needed"`
	Answered bool   `json:"answered"`
	Value    any    `json:"value,omitempty" doc:"the answer, or what stands for it while there is none"`
}

func questionNotes(questions []rulebook.Question, l lang.Lang) []QuestionNote {
	notes := make([]QuestionNote, len(questions))
	for i, q := range questions {
		notes[i] = QuestionNote{
			ID: q.ID, Section: q.Section, Label: q.Text.In(l), Help: q.Help.In(l), Type: q.Type,
			Needed: q.Needed, Answered: q.Answered, Value: plain(q.Value),
		}
	}
	return notes
}

// JudgementNote is what the rules say of an assessment.
type JudgementNote struct {
	Outcome    string               `json:"outcome,omitempty" doc:"what the answers come to"`
	Rules      []FiredRule          `json:"rules" nullable:"false"`
	Hindrances []HindranceNote      `json:"hindrances" nullable:"false" doc:"outcomes that the rules refuse, and why"`
	Conditions []FollowingCondition `json:"conditions" nullable:"false" doc:"conditions that follow when the stage is passed"`
	Result     any                  `json:"result,omitempty" doc:"all that was computed, in the stage's own form"`
	// HeadConfirms is the rule by which the head of the unit has to confirm.
	HeadConfirms string `json:"head_confirms,omitempty"`
}

// HindranceNote is a rule that refuses outcomes of a task.
type HindranceNote struct {
	RuleNote
	Task     model.TaskKind `json:"task"`
	Outcomes []string       `json:"outcomes" nullable:"false"`
	Pointer  string         `json:"pointer,omitempty"`
}

// FollowingCondition is a condition that the rules add.
type FollowingCondition struct {
	SourceRule   string        `json:"source_rule"`
	Text         string        `json:"text"`
	Source       string        `json:"source"`
	OwnerRole    model.Role    `json:"owner_role"`
	VerifierRole model.Role    `json:"verifier_role"`
	DueKind      model.DueKind `json:"due_kind"`
	DueDate      string        `json:"due_date,omitempty"`
	Months       int           `json:"months,omitempty" doc:"period of one that comes back"`
	Met          bool          `json:"met"`
}

func judgementNote(j assess.Judgement, l lang.Lang) JudgementNote {
	n := JudgementNote{
		Outcome: j.Outcome, Rules: firedRules(j.Rules, l), Result: j.Result, HeadConfirms: j.HeadConfirms,
		Hindrances: make([]HindranceNote, len(j.Hindrances)), Conditions: make([]FollowingCondition, len(j.Conditions)),
	}
	for i, h := range j.Hindrances {
		n.Hindrances[i] = HindranceNote{
			RuleNote: RuleNote{h.Rule, h.Text.In(l), h.Source}, Task: model.TaskKind(h.Task), Outcomes: h.Outcomes, Pointer: h.Pointer,
		}
	}
	for i, c := range j.Conditions {
		n.Conditions[i] = FollowingCondition{
			SourceRule: c.ID, Text: c.Text.In(l), Source: c.Source, OwnerRole: model.Role(c.OwnerRole),
			VerifierRole: model.Role(c.VerifierRole), DueKind: model.DueKind(c.DueKind), DueDate: c.DueDate,
			Months: c.Months, Met: c.Met,
		}
	}
	return n
}

// StagePath names a stage of a case.
type StagePath struct {
	CasePath
	Stage string `path:"stage" doc:"key of the stage"`
}

func (p StagePath) key() (caseID string, stage model.StageKey, err error) {
	if caseID, err = p.id(); err != nil {
		return "", "", err
	}
	spec, known := model.Stage(model.StageKey(p.Stage))
	if !known {
		return "", "", store.ErrNotFound
	}
	return caseID, spec.Key, nil
}

type (
	assessmentInput struct {
		StagePath
		Revision int  `query:"revision" minimum:"0" default:"0" doc:"a revision that was handed in, instead of the draft"`
		Form     bool `query:"form" default:"true" doc:"false leaves out the questions"`
	}
	// assessmentBody replaces the draft.
	assessmentBody struct {
		Answers map[string]any `json:"answers" validate:"required"`
	}
	saveAssessmentInput struct {
		StagePath
		Matched
		Body assessmentBody
	}
	assessmentOutput struct {
		ETag string `header:"ETag" doc:"the revision of the draft"`
		Body AssessmentDraft
	}
)

// Resolve checks the body.
func (b *assessmentBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

func (s *server) assessmentRoutes() {
	add(s, route{
		id: "get-assessment", method: http.MethodGet, path: "/cases/{case_id}/assessments/{stage}", tag: tagCases,
		summary: "The assessment of a stage, with what the rules make of it", errors: []int{http.StatusNotFound},
	}, s.getAssessment)
	add(s, route{
		id: "save-assessment", method: http.MethodPut, path: "/cases/{case_id}/assessments/{stage}", tag: tagCases, matched: true,
		summary: "Replace the draft of an assessment",
		errors:  []int{http.StatusNotFound, http.StatusForbidden, http.StatusConflict},
	}, s.saveAssessment)
}

func (s *server) getAssessment(ctx context.Context, in *assessmentInput) (*assessmentOutput, error) {
	id, stage, err := in.key()
	if err != nil {
		return nil, err
	}
	a, err := s.Act.ReadAssessment(ctx, authn.Actor(ctx), id, stage, in.Revision)
	if err != nil {
		return nil, err
	}
	return s.assessmentOutput(ctx, id, a, in.Form)
}

func (s *server) saveAssessment(ctx context.Context, in *saveAssessmentInput) (*assessmentOutput, error) {
	id, stage, err := in.key()
	if err != nil {
		return nil, err
	}
	revision, err := in.number()
	if err != nil {
		return nil, err
	}
	a, err := s.Act.SaveAssessment(ctx, authn.Actor(ctx), id, stage, int(revision), in.Body.Answers)
	if err != nil {
		return nil, within("/answers", err)
	}
	return s.assessmentOutput(ctx, id, a, true)
}

func (s *server) assessmentOutput(ctx context.Context, caseID string, a act.Assessment, form bool) (*assessmentOutput, error) {
	l := languageOf(ctx)
	var questions []rulebook.Question
	if form {
		var err error
		if questions, err = a.Questions(); err != nil {
			return nil, err
		}
	}
	return &assessmentOutput{ETag: etagOf(int64(a.Revision)), Body: AssessmentDraft{
		CaseID: caseID, Stage: a.Stage, StageLabel: s.stageLabel(a.Stage, l), Requirement: a.Requirement, Status: a.Status,
		Revision: a.Revision, HandedIn: a.HandedIn, Answers: a.Answers, Form: questionNotes(questions, l),
		Missing: missing(a.Judgement.Problems, l), Judgement: judgementNote(a.Judgement, l), Statement: a.Statement, MayEdit: a.MayEdit,
	}}, nil
}
