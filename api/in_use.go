package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/model"
	"sluss/model/calendar"
)

// suspensionBody says why the use stops, in words and in codes.
type suspensionBody struct {
	Reason      string   `json:"reason" validate:"required,max=4000" doc:"why, and on whose order where an administrator suspends"`
	ReasonCodes []string `json:"reason_codes,omitempty" validate:"max=20,dive,max=64" doc:"ids of rules, or codes of your own"`
}

// Resolve checks the body.
func (b *suspensionBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// changeBody says what has changed about a case in use.
type changeBody struct {
	Triggers []string         `json:"triggers" validate:"required,min=1,max=12,unique,dive,max=16" doc:"RA-01 to RA-12"`
	Stages   []model.StageKey `json:"stages,omitempty" validate:"max=20,unique,dive,max=64" doc:"further stages that the change touches"`
	Revision int              `json:"revision,omitempty" validate:"min=0" doc:"revision of the changed intake, which is handed in with the change"`
	Reason   string           `json:"reason" validate:"required,max=4000"`
}

// Resolve checks the body.
func (b *changeBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// renewalBody asks for a new term.
type renewalBody struct {
	Unchanged bool   `json:"unchanged,omitempty" doc:"the owner's word that nothing has changed"`
	Revision  int    `json:"revision,omitempty" validate:"min=0" doc:"revision of the changed intake otherwise"`
	Reason    string `json:"reason" validate:"required,max=4000"`
}

// Resolve checks the body.
func (b *renewalBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// decommissioningBody is the checklist of the end of a use (T-29).
type decommissioningBody struct {
	Data          string `json:"data" validate:"required,oneof=deleted exported exported_and_deleted none" doc:"what became of the data"`
	AccessRemoved bool   `json:"access_removed" doc:"all access has been removed"`
	LogsArchived  bool   `json:"logs_archived" doc:"the logs have been archived"`
	Note          string `json:"note,omitempty" validate:"max=4000"`
	Reason        string `json:"reason" validate:"required,max=4000"`
}

// Resolve checks the body.
func (b *decommissioningBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// interimBody is the word of one of the two who allow the use of an existing tool.
type interimBody struct {
	AllowedUntil      string   `json:"allowed_until" format:"date" validate:"required,datetime=2006-01-02" doc:"the last day, as the other of the two says"`
	IPL               int      `json:"ipl" validate:"min=0,max=4" doc:"highest information protection level"`
	Uses              []string `json:"uses" validate:"required,min=1,max=20,unique,dive,required,max=400" doc:"what the tool may be used for"`
	Reason            string   `json:"reason" validate:"required,max=4000" doc:"at least 100 characters where the level is higher than the guidelines allow"`
	DecisionAuthority string   `json:"decision_authority" validate:"required,max=1000" doc:"the delegation that it rests on (DA-01)"`
}

// Resolve checks the body.
func (b *interimBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// overrideBody asks for a rejection to be set aside.
type overrideBody struct {
	Reason            string   `json:"reason" validate:"required,max=4000"`
	DecisionAuthority string   `json:"decision_authority" validate:"required,max=1000" doc:"the delegation that it rests on (DA-01)"`
	Uses              []string `json:"uses" validate:"required,min=1,max=20,unique,dive,required,max=400" doc:"what the tool is to be approved for, where nobody else says so"`
}

// Resolve checks the body.
func (b *overrideBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// extensionBody gives more time.
type extensionBody struct {
	Until  string `json:"until" format:"date" validate:"required,datetime=2006-01-02" doc:"the new last day"`
	Reason string `json:"reason" validate:"required,max=4000"`
}

// Resolve checks the body.
func (b *extensionBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

func (b extensionBody) extension() (act.Extension, error) {
	until, err := calendar.ParseDate(b.Until)
	return act.Extension{Until: until, Reason: b.Reason}, err
}

type (
	suspensionInput struct {
		CasePath
		Matched
		Keyed
		Body suspensionBody
	}
	changeInput struct {
		CasePath
		Matched
		Keyed
		Body changeBody
	}
	renewalInput struct {
		CasePath
		Matched
		Keyed
		Body renewalBody
	}
	decommissioningInput struct {
		CasePath
		Matched
		Keyed
		Body decommissioningBody
	}
	interimInput struct {
		CasePath
		Matched
		Keyed
		Body interimBody
	}
	overrideInput struct {
		CasePath
		Matched
		Keyed
		Body overrideBody
	}
	conditionExtensionInput struct {
		CasePath
		ConditionID string `path:"condition_id" doc:"id of the condition"`
		Matched
		Keyed
		Body extensionBody
	}
	taskExtensionInput struct {
		TaskPath
		Matched
		Keyed
		Body extensionBody
	}
)

func (s *server) inUseRoutes() {
	post := func(id, path, summary string) route {
		return route{
			id: id, method: http.MethodPost, path: path, tag: tagCases, summary: summary,
			matched: true, keyed: true, errors: []int{http.StatusNotFound},
		}
	}
	add(s, post("suspend", "/cases/{case_id}/suspension", "Suspend the use, or ask the CISO to (T-23)"), s.suspend)
	add(s, post("resume", "/cases/{case_id}/resumption",
		"Let the use go on: the CISO and the information owner together (T-24)"), s.reasoned("/resumption", s.Act.Resume))
	add(s, post("report-change", "/cases/{case_id}/changes", "Say what has changed about a case in use (T-25)"), s.reportChange)
	add(s, post("renew", "/cases/{case_id}/renewal", "Ask for a new term of the approval (T-28)"), s.renew)
	add(s, post("decommission", "/cases/{case_id}/decommissioning", "End the use for good (T-29)"), s.decommission)
	add(s, post("allow-interim-use", "/cases/{case_id}/interim-use",
		"Let an existing tool be used while it is assessed: the information owner and the CISO on the same terms (EX-01)"), s.allowInterim)
	add(s, post("override", "/cases/{case_id}/override",
		"Begin to set the CISO's rejection aside, as the head of the unit for the controller (OV-02)"), s.override)
	add(s, post("extend-condition", "/cases/{case_id}/conditions/{condition_id}/extension",
		"Put off the date of a condition, once (CO-02)"), s.extendCondition)
	task := post("extend-task", "/tasks/{task_id}/extension", "Give a task more time")
	task.tag = tagTasks
	add(s, task, s.extendTask)
}

func (s *server) suspend(ctx context.Context, in *suspensionInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	return receipt(s.Act.Suspend(ctx, s.request(ctx, "/cases/"+id+"/suspension", in.Keyed, in.Body), id, act.Suspension{
		CaseAct: act.CaseAct{Reason: in.Body.Reason, IfVersion: version}, Rules: in.Body.ReasonCodes,
	}))
}

func (s *server) reportChange(ctx context.Context, in *changeInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	a, err := s.Act.ReportChange(ctx, s.request(ctx, "/cases/"+id+"/changes", in.Keyed, in.Body), id, act.Change{
		CaseAct:  act.CaseAct{Reason: in.Body.Reason, IfVersion: version},
		Triggers: in.Body.Triggers, Stages: in.Body.Stages, Revision: in.Body.Revision,
	})
	return receipt(a, err)
}

func (s *server) renew(ctx context.Context, in *renewalInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	return receipt(s.Act.Renew(ctx, s.request(ctx, "/cases/"+id+"/renewal", in.Keyed, in.Body), id, act.Renewal{
		CaseAct:   act.CaseAct{Reason: in.Body.Reason, IfVersion: version},
		Unchanged: in.Body.Unchanged, Revision: in.Body.Revision,
	}))
}

func (s *server) decommission(ctx context.Context, in *decommissioningInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	b := in.Body
	return receipt(s.Act.Decommission(ctx, s.request(ctx, "/cases/"+id+"/decommissioning", in.Keyed, b), id, act.Decommissioning{
		CaseAct: act.CaseAct{Reason: b.Reason, IfVersion: version},
		Data:    b.Data, AccessRemoved: b.AccessRemoved, LogsArchived: b.LogsArchived, Note: b.Note,
	}))
}

func (s *server) allowInterim(ctx context.Context, in *interimInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	b := in.Body
	return receipt(s.Act.AllowInterimUse(ctx, s.request(ctx, "/cases/"+id+"/interim-use", in.Keyed, b), id, act.InterimUse{
		CaseAct:           act.CaseAct{Reason: b.Reason, IfVersion: version},
		Terms:             model.InterimTerms{AllowedUntil: b.AllowedUntil, IPL: b.IPL, Uses: b.Uses},
		DecisionAuthority: b.DecisionAuthority,
	}))
}

func (s *server) override(ctx context.Context, in *overrideInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	return receipt(s.Act.Override(ctx, s.request(ctx, "/cases/"+id+"/override", in.Keyed, in.Body), id, act.Override{
		CaseAct: act.CaseAct{Reason: in.Body.Reason, IfVersion: version}, DecisionAuthority: in.Body.DecisionAuthority,
		Uses: in.Body.Uses,
	}))
}

func (s *server) extendCondition(ctx context.Context, in *conditionExtensionInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	condition, err := knownID(in.ConditionID)
	if err != nil {
		return nil, err
	}
	x, err := in.Body.extension()
	if err != nil {
		return nil, err
	}
	path := "/cases/" + id + "/conditions/" + condition + "/extension"
	return receipt(s.Act.ExtendCondition(ctx, s.request(ctx, path, in.Keyed, in.Body), id, condition, version, x))
}

func (s *server) extendTask(ctx context.Context, in *taskExtensionInput) (*receiptOutput, error) {
	id, err := knownID(in.TaskID)
	if err != nil {
		return nil, err
	}
	tag, err := in.tag()
	if err != nil {
		return nil, err
	}
	x, err := in.Body.extension()
	if err != nil {
		return nil, err
	}
	return receipt(s.Act.ExtendTask(ctx, s.request(ctx, "/tasks/"+id+"/extension", in.Keyed, in.Body), id, tag, x))
}
