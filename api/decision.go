package api

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
)

// decisionBody answers a task.
type decisionBody struct {
	Outcome           model.Outcome   `json:"outcome" validate:"required,max=64,code" doc:"one of the task's outcomes"`
	Revision          int             `json:"revision" validate:"min=1" doc:"the revision that was read"`
	Motivation        string          `json:"motivation,omitempty" validate:"max=4000"`
	ReasonCodes       []string        `json:"reason_codes,omitempty" validate:"max=20,unique,dive,required,max=64,code" doc:"needed for return and reject (V-60)"`
	PathForwardText   string          `json:"path_forward_text,omitempty" validate:"max=4000" doc:"needed for return and reject, at least 30 characters (V-60)"`
	Conditions        []conditionBody `json:"conditions,omitempty" validate:"max=50,dive"`
	Answers           map[string]any  `json:"answers,omitempty" doc:"answers to the task's form"`
	DecisionAuthority string          `json:"decision_authority,omitempty" validate:"max=1000" doc:"the delegation that the decision rests on (DA-01)"`
	Target            string          `json:"target,omitempty" validate:"max=64" doc:"where a return goes: intake, or a stage whose assessment is handed in"`
	Joint             *jointBody      `json:"joint,omitempty" doc:"the answer to the second part of a task that has two (AD-02)"`
}

// jointBody answers the second part of a task: the DPO advises on legal basis and
// DPIA at once.
type jointBody struct {
	Outcome    model.Outcome  `json:"outcome" validate:"required,max=64,code"`
	Revision   int            `json:"revision" validate:"min=1" doc:"the revision of the second part that was read"`
	Motivation string         `json:"motivation,omitempty" validate:"max=4000"`
	Answers    map[string]any `json:"answers,omitempty"`
}

// Resolve checks the body.
func (b *decisionBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// conditionBody is a condition that comes with a decision (rulebook 8.2).
type conditionBody struct {
	TextSV       string        `json:"text_sv" validate:"required,max=4000"`
	TextEN       string        `json:"text_en,omitempty" validate:"max=4000"`
	SourceRule   string        `json:"source_rule,omitempty" validate:"max=100"`
	OwnerRole    model.Role    `json:"owner_role" validate:"required,oneof=project_owner manager information_owner system_owner dpo ciso legal_counsel environment_reviewer registrar administrator coordinator unit_head"`
	VerifierRole model.Role    `json:"verifier_role,omitempty" validate:"omitempty,oneof=information_owner dpo ciso legal_counsel environment_reviewer coordinator registrar"`
	Verification string        `json:"verification" validate:"required,max=4000" doc:"how it is verified"`
	Consequence  string        `json:"consequence" validate:"required,max=4000" doc:"what happens otherwise"`
	DueKind      model.DueKind `json:"due_kind" validate:"required,oneof=before_use date recurring"`
	DueDate      string        `json:"due_date,omitempty" validate:"omitempty,datetime=2006-01-02"`
	Months       int           `json:"months,omitempty" validate:"omitempty,min=1,max=60" doc:"period of a condition that comes back, needed for recurring and only there"`
}

type decisionInput struct {
	TaskPath
	Matched
	Keyed
	Body decisionBody
}

// assignmentBody claims, releases or reassigns a task.
type assignmentBody struct {
	Assignee *string `json:"assignee" nullable:"true" required:"true" validate:"omitempty,min=1,max=64" doc:"me to take the task, null to release it; an administrator also gives it to a person, by id or user name"`
	Reason   string  `json:"reason,omitempty" validate:"max=4000" doc:"why the task gets another person, needed where it is somebody else's (SOD-06)"`
}

// Resolve checks the body.
func (b *assignmentBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type assignmentInput struct {
	TaskPath
	Matched
	Body assignmentBody
}

func (s *server) decide(ctx context.Context, in *decisionInput) (*receiptOutput, error) {
	id, err := knownID(in.TaskID)
	if err != nil {
		return nil, err
	}
	tag, err := in.tag()
	if err != nil {
		return nil, err
	}
	d, err := in.Body.decision()
	if err != nil {
		return nil, err
	}
	joint, err := in.Body.Joint.decision()
	if err != nil {
		return nil, err
	}
	return receipt(s.Act.Decide(ctx, s.request(ctx, "/tasks/"+id+"/decision", in.Keyed, in.Body), id, tag, d, joint))
}

func (b decisionBody) decision() (model.Decision, error) {
	d := model.Decision{
		Outcome: b.Outcome, Target: b.Target, Revision: b.Revision, Motivation: b.Motivation, ReasonCodes: b.ReasonCodes,
		PathForwardText: b.PathForwardText, DecisionAuthority: b.DecisionAuthority,
	}
	for _, c := range b.Conditions {
		d.Conditions = append(d.Conditions, model.NewCondition{
			TextSV: c.TextSV, TextEN: c.TextEN, SourceRule: c.SourceRule, OwnerRole: c.OwnerRole,
			VerifierRole: c.VerifierRole, Verification: c.Verification, Consequence: c.Consequence,
			DueKind: c.DueKind, DueDate: c.DueDate, Months: c.Months,
		})
	}
	var err error
	d.Answers, err = written(b.Answers)
	return d, err
}

func (b *jointBody) decision() (*model.Decision, error) {
	if b == nil {
		return nil, nil
	}
	d := &model.Decision{Outcome: b.Outcome, Revision: b.Revision, Motivation: b.Motivation}
	var err error
	d.Answers, err = written(b.Answers)
	return d, err
}

// written are answers as they are kept, nothing when there are none.
func written(answers map[string]any) (json.RawMessage, error) {
	if len(answers) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(answers)
	if err != nil {
		return nil, errors.New("answers cannot be written")
	}
	return text, nil
}

func (s *server) assign(ctx context.Context, in *assignmentInput) (*taskOutput, error) {
	id, err := knownID(in.TaskID)
	if err != nil {
		return nil, err
	}
	tag, err := in.tag()
	if err != nil {
		return nil, err
	}
	to := act.Assignment{Reason: in.Body.Reason, IfMatch: tag}
	if in.Body.Assignee != nil {
		to.To = *in.Body.Assignee
	}
	t, err := s.Act.Assign(ctx, authn.Actor(ctx), id, to)
	if err != nil {
		return nil, within("", err)
	}
	return s.taskOutput(ctx, t)
}

type previewAssignmentInput struct {
	TaskPath
	Assignee string `query:"assignee" required:"true" minLength:"1" maxLength:"64" doc:"me, or a person by id or user name"`
}

// AssignmentPreview says whether somebody can have a task.
type AssignmentPreview struct {
	Assignee  PersonNote `json:"assignee"`
	Allowed   bool       `json:"allowed"`
	AwayUntil string     `json:"away_until,omitempty" format:"date" doc:"the last day, in Sweden, that the person is away"`
	Code      model.Code `json:"code,omitempty" doc:"why not, as the assignment would be refused"`
	Detail    string     `json:"detail,omitempty"`
	Rules     []RuleNote `json:"rules" nullable:"false" doc:"the rules that keep the person from the task"`
}

type previewAssignmentOutput struct{ Body AssignmentPreview }

// previewAssignment shows, before a task is given to somebody, what keeps them from it.
func (s *server) previewAssignment(ctx context.Context, in *previewAssignmentInput) (*previewAssignmentOutput, error) {
	id, err := knownID(in.TaskID)
	if err != nil {
		return nil, err
	}
	p, err := s.Act.PreviewAssignment(ctx, authn.Actor(ctx), id, in.Assignee)
	out := AssignmentPreview{Assignee: PersonNote{p.ID, p.Name}, Allowed: err == nil, Rules: []RuleNote{}}
	var refused *model.Refusal
	switch {
	case p.ID == "" && err != nil:
		return nil, within("", err)
	case errors.As(err, &refused):
		why := problemOf(ctx, refused)
		out.Code, out.Detail, out.Rules = why.Code, why.Detail, append(out.Rules, why.Rules...)
	case err != nil:
		return nil, err
	}
	away, err := s.Store.AwayUntil(ctx, authn.Actor(ctx).OrgID, []string{p.ID}, s.Clock.Now())
	out.AwayUntil = away[p.ID]
	return &previewAssignmentOutput{out}, err
}
