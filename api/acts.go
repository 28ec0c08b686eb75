package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// submissionBody hands a revision to the reviewers.
type submissionBody struct {
	Stage    string `json:"stage" validate:"required,max=64" doc:"what is sent in: intake, or the stage whose assessment is handed in"`
	Revision int    `json:"revision" validate:"min=1" doc:"the revision that was read"`
}

// Resolve checks the body.
func (b *submissionBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

var textNoAssessment = lang.Text{
	SV: "Ange intake, eller ett steg vars underlag lämnas in före granskningen.",
	EN: "Give intake, or a stage whose assessment is handed in before the review.",
}

// waiverBody is the word of one of the two who waive a condition together.
type waiverBody struct {
	Reason            string `json:"reason" validate:"required,max=4000"`
	DecisionAuthority string `json:"decision_authority" validate:"required,max=1000" doc:"the delegation that it rests on (DA-01)"`
}

// Resolve checks the body.
func (b *waiverBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// reasonBody is an act on a case as a whole that needs a reason.
type reasonBody struct {
	Reason string `json:"reason" validate:"required,max=4000"`
}

// Resolve checks the body.
func (b *reasonBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// remarkBody is an act on a case as a whole that may carry a reason.
type remarkBody struct {
	Reason string `json:"reason,omitempty" validate:"max=4000"`
}

// Resolve checks the body.
func (b *remarkBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// raiseBody asks for more of a stage than triage does. A stage is never lowered.
type raiseBody struct {
	Requirement model.Requirement `json:"requirement" validate:"required,oneof=required full short attest light inherit threshold_only presumed national_register not_required"`
	Reason      string            `json:"reason" validate:"required,max=4000"`
}

// Resolve checks the body.
func (b *raiseBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// verificationBody says that a condition is met, and on what evidence.
type verificationBody struct {
	Outcome      model.ConditionStatus `json:"outcome" validate:"required,oneof=met"`
	EvidenceNote string                `json:"evidence_note" validate:"required,max=4000"`
}

// Resolve checks the body.
func (b *verificationBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type (
	submissionInput struct {
		CasePath
		Matched
		Keyed
		Body submissionBody
	}
	reasonInput struct {
		CasePath
		Matched
		Keyed
		Body reasonBody
	}
	remarkInput struct {
		CasePath
		Matched
		Keyed
		Body *remarkBody
	}
	raiseInput struct {
		CasePath
		Stage string `path:"stage" doc:"key of the stage"`
		Matched
		Keyed
		Body raiseBody
	}
	waiverInput struct {
		CasePath
		ConditionID string `path:"condition_id" doc:"id of the condition"`
		Matched
		Keyed
		Body waiverBody
	}
	verificationInput struct {
		CasePath
		ConditionID string `path:"condition_id" doc:"id of the condition"`
		Matched
		Keyed
		Body verificationBody
	}
)

func (s *server) caseActRoutes() {
	post := func(id, path, summary string) route {
		return route{
			id: id, method: http.MethodPost, path: "/cases/{case_id}" + path, tag: tagCases, summary: summary,
			matched: true, keyed: true, errors: []int{http.StatusNotFound},
		}
	}
	add(s, post("submit", "/submissions", "Send a revision to the reviewers (T-02, T-19)"), s.submit)
	add(s, post("withdraw", "/withdrawal", "Withdraw the case (T-21)"), s.reasoned("/withdrawal", s.Act.Withdraw))
	add(s, post("correct", "/corrections", "Take a case that a rule stopped back to correct it (T-07a)"), s.reasoned("/corrections", s.Act.Correct))
	add(s, post("re-examine", "/re-examination", "Ask people to look at a stop by rule (T-07), or at a rejection (OV-01)"), s.reasoned("/re-examination", s.Act.ReExamine))
	add(s, post("raise-stage", "/stages/{stage}/raise", "Ask for more of a stage than triage does (T-31)"), s.raise)
	add(s, post("activate", "/activation", "Bring an approved case into use (T-22)"), s.activate)
	add(s, post("archive", "/archiving", "Close a case that has come to its end (T-30)"), s.reasoned("/archiving", s.Act.Archive))
	add(s, post("verify-condition", "/conditions/{condition_id}/verification", "Note that a condition is met"), s.verify)
	add(s, route{
		id: "replace-project-owner", method: http.MethodPut, path: "/cases/{case_id}/project-owner", tag: tagCases, matched: true,
		summary: "Give a case another project owner, where the present one is gone (SOD-06)",
		errors:  []int{http.StatusNotFound, http.StatusForbidden, http.StatusConflict},
	}, s.replaceOwner)
	add(s, post("waive-condition", "/conditions/{condition_id}/waiver",
		"Waive a condition: the CISO and the information owner together (CO-04)"), s.waive)
}

// onCase is what every act on a case as a whole begins with: the case's id and
// the version that was read.
func onCase(p CasePath, m Matched) (id string, version int64, err error) {
	if id, err = p.id(); err != nil {
		return "", 0, err
	}
	version, err = m.number()
	return id, version, err
}

// reasoned answers an act on a case as a whole that takes a reason and nothing else.
func (s *server) reasoned(path string, do func(context.Context, act.Request, string, act.CaseAct) (act.Answer, error)) func(context.Context, *reasonInput) (*receiptOutput, error) {
	return func(ctx context.Context, in *reasonInput) (*receiptOutput, error) {
		id, version, err := onCase(in.CasePath, in.Matched)
		if err != nil {
			return nil, err
		}
		r := s.request(ctx, "/cases/"+id+path, in.Keyed, in.Body)
		return receipt(do(ctx, r, id, act.CaseAct{Reason: in.Body.Reason, IfVersion: version}))
	}
}

func (s *server) submit(ctx context.Context, in *submissionInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	r := s.request(ctx, "/cases/"+id+"/submissions", in.Keyed, in.Body)
	sub := act.Submission{Revision: in.Body.Revision, IfVersion: version}
	if in.Body.Stage != store.Intake {
		spec, known := model.Stage(model.StageKey(in.Body.Stage))
		if !known || len(spec.Prepare) == 0 {
			return nil, refuse("/stage", "V-01", textNoAssessment)
		}
		a, err := s.Act.HandIn(ctx, r, id, spec.Key, sub)
		return receipt(a, within("/answers", err))
	}
	a, err := s.Act.Submit(ctx, r, id, sub)
	return receipt(a, pointed(ctx, "/answers", within("/answers", err)))
}

func (s *server) raise(ctx context.Context, in *raiseInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	stage, known := model.Stage(model.StageKey(in.Stage))
	if !known {
		return nil, store.ErrNotFound
	}
	path := "/cases/" + id + "/stages/" + string(stage.Key) + "/raise"
	return receipt(s.Act.RaiseStage(ctx, s.request(ctx, path, in.Keyed, in.Body), id, act.Raise{
		Stage: stage.Key, Requirement: in.Body.Requirement,
		CaseAct: act.CaseAct{Reason: in.Body.Reason, IfVersion: version},
	}))
}

func (s *server) activate(ctx context.Context, in *remarkInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	body := remarkBody{}
	if in.Body != nil {
		body = *in.Body
	}
	return receipt(s.Act.Activate(ctx, s.request(ctx, "/cases/"+id+"/activation", in.Keyed, body), id,
		act.CaseAct{Reason: body.Reason, IfVersion: version}))
}

func (s *server) verify(ctx context.Context, in *verificationInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	condition, err := knownID(in.ConditionID)
	if err != nil {
		return nil, err
	}
	path := "/cases/" + id + "/conditions/" + condition + "/verification"
	return receipt(s.Act.VerifyCondition(ctx, s.request(ctx, path, in.Keyed, in.Body), id, version, model.Verification{
		ConditionID: condition, Outcome: in.Body.Outcome, EvidenceNote: in.Body.EvidenceNote,
	}))
}

func (s *server) waive(ctx context.Context, in *waiverInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	condition, err := knownID(in.ConditionID)
	if err != nil {
		return nil, err
	}
	path := "/cases/" + id + "/conditions/" + condition + "/waiver"
	return receipt(s.Act.Waive(ctx, s.request(ctx, path, in.Keyed, in.Body), id, version, model.Waiver{
		ConditionID: condition, Reason: in.Body.Reason, DecisionAuthority: in.Body.DecisionAuthority,
	}))
}
