package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/model"
	"sluss/model/store"
)

// submissionBody hands a revision to the reviewers.
type submissionBody struct {
	Stage    string `json:"stage" validate:"required,oneof=intake" doc:"what is sent in"`
	Revision int    `json:"revision" validate:"min=1" doc:"the revision that was read"`
}

// Resolve checks the body.
func (b *submissionBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

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
	add(s, post("withdraw", "/withdrawal", "Withdraw the case (T-21)"), s.withdraw)
	add(s, post("correct", "/corrections", "Take a case that a rule stopped back to correct it (T-07a)"), s.correct)
	add(s, post("re-examine", "/re-examination", "Ask people to look at a stop by rule (T-07)"), s.reExamine)
	add(s, post("raise-stage", "/stages/{stage}/raise", "Ask for more of a stage than triage does (T-31)"), s.raise)
	add(s, post("activate", "/activation", "Bring an approved case into use (T-22)"), s.activate)
	add(s, post("archive", "/archiving", "Close a case that has come to its end (T-30)"), s.archive)
	add(s, post("verify-condition", "/conditions/{condition_id}/verification", "Note that a condition is met"), s.verify)
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

func (s *server) submit(ctx context.Context, in *submissionInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	a, err := s.Act.Submit(ctx, s.request(ctx, "/cases/"+id+"/submissions", in.Keyed, in.Body), id,
		act.Submission{Part: in.Body.Stage, Revision: in.Body.Revision, IfVersion: version})
	return receipt(a, within("/answers", err))
}

func (s *server) withdraw(ctx context.Context, in *reasonInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	return receipt(s.Act.Withdraw(ctx, s.request(ctx, "/cases/"+id+"/withdrawal", in.Keyed, in.Body), id,
		act.CaseAct{Reason: in.Body.Reason, IfVersion: version}))
}

func (s *server) correct(ctx context.Context, in *reasonInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	return receipt(s.Act.Correct(ctx, s.request(ctx, "/cases/"+id+"/corrections", in.Keyed, in.Body), id,
		act.CaseAct{Reason: in.Body.Reason, IfVersion: version}))
}

func (s *server) reExamine(ctx context.Context, in *reasonInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	return receipt(s.Act.ReExamine(ctx, s.request(ctx, "/cases/"+id+"/re-examination", in.Keyed, in.Body), id,
		act.CaseAct{Reason: in.Body.Reason, IfVersion: version}))
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

func (s *server) archive(ctx context.Context, in *reasonInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	return receipt(s.Act.Archive(ctx, s.request(ctx, "/cases/"+id+"/archiving", in.Keyed, in.Body), id,
		act.CaseAct{Reason: in.Body.Reason, IfVersion: version}))
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
