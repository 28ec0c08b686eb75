package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/store"
)

const tagIncidents = "incidents"

// incidentBody reports an incident (rulebook 9.5).
type incidentBody struct {
	Category        string                 `json:"category" validate:"required,max=64,code" doc:"a value of the rulebook's incident_category. Lex Sarah, Lex Maria, säkerhetsskydd and arbetsmiljötillbud are other duties with routines of their own"`
	Severity        model.IncidentSeverity `json:"severity" validate:"required,oneof=low medium high critical"`
	PersonalData    model.Certainty        `json:"personal_data" validate:"required,oneof=yes no unsure"`
	Description     string                 `json:"description" validate:"required,max=4000" doc:"what happened"`
	CaseID          string                 `json:"case_id,omitempty" validate:"max=64" doc:"the case that it concerns, where you read it or its tool is in the register; another one is kept as the tool's name"`
	RegisterEntryID string                 `json:"register_entry_id,omitempty" validate:"max=64" doc:"the tool in the register that it concerns"`
	ToolName        string                 `json:"tool_name,omitempty" validate:"max=200" doc:"the tool, where it has neither"`
	OccurredAt      *time.Time             `json:"occurred_at,omitempty" doc:"when it happened, absent when unknown"`
	AwareAt         *time.Time             `json:"aware_at,omitempty" doc:"when the organisation became aware of it, by default now; the 72 hours of GDPR 33 count from then"`
	AffectedUnitIDs []string               `json:"affected_unit_ids,omitempty" validate:"max=50,unique,dive,required,max=64" doc:"units by id or code, by default that of the case or of the reporter"`
	ExternalRef     string                 `json:"external_incident_ref,omitempty" validate:"max=200" doc:"reference in the organisation's own incident system (L-64)"`
}

// Resolve checks the body.
func (b *incidentBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// incidentCorrectionBody changes facts of an incident. What is left out stays as
// it is.
type incidentCorrectionBody struct {
	Reason          string                  `json:"reason" validate:"required,max=4000" doc:"why; above all why aware_at moves"`
	Category        *string                 `json:"category,omitempty" validate:"omitempty,max=64,code"`
	Severity        *model.IncidentSeverity `json:"severity,omitempty" validate:"omitempty,oneof=low medium high critical"`
	PersonalData    *model.Certainty        `json:"personal_data,omitempty" validate:"omitempty,oneof=yes no unsure"`
	Description     *string                 `json:"description,omitempty" validate:"omitempty,max=4000"`
	OccurredAt      *time.Time              `json:"occurred_at,omitempty"`
	AwareAt         *time.Time              `json:"aware_at,omitempty"`
	AffectedUnitIDs []string                `json:"affected_unit_ids,omitempty" validate:"max=50,unique,dive,required,max=64"`
	ExternalRef     *string                 `json:"external_incident_ref,omitempty" validate:"omitempty,max=200"`
	Risk            *model.IncidentRisk     `json:"risk_assessment,omitempty" validate:"omitempty,oneof=unlikely risk high" doc:"said by the one who leads the incident"`
	Significant     *model.Certainty        `json:"csl_significant,omitempty" validate:"omitempty,oneof=yes no unsure" doc:"said by the CISO"`
}

// Resolve checks the body.
func (b *incidentCorrectionBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// incidentClosingBody ends an incident.
type incidentClosingBody struct {
	Lessons  string           `json:"lessons" validate:"required,max=4000" doc:"what was learnt"`
	Triggers []string         `json:"triggers,omitempty" validate:"max=5,unique,dive,required,oneof=RA-06" doc:"RA-06: the case is assessed again"`
	Stages   []model.StageKey `json:"stages,omitempty" validate:"max=20,unique,dive,required,max=64" doc:"the stages that are affected; the CISO's always is"`
}

// Resolve checks the body.
func (b *incidentClosingBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// IncidentItem is an incident in a list.
type IncidentItem struct {
	IncidentID    string                 `json:"incident_id"`
	State         model.IncidentState    `json:"state"`
	StateLabel    string                 `json:"state_label"`
	Category      string                 `json:"category"`
	CategoryLabel string                 `json:"category_label"`
	Severity      model.IncidentSeverity `json:"severity"`
	SeverityLabel string                 `json:"severity_label"`
	PersonalData  model.Certainty        `json:"personal_data"`
	CaseID        string                 `json:"case_id,omitempty"`
	ToolName      string                 `json:"tool_name,omitempty"`
	ReportedAt    time.Time              `json:"reported_at"`
	AwareAt       time.Time              `json:"aware_at"`
	Version       int64                  `json:"version"`
}

// IncidentView is an incident with its tasks, what was decided, and what it asked
// of its case.
type IncidentView struct {
	IncidentItem
	Description     string                `json:"description"`
	RegisterEntryID string                `json:"register_entry_id,omitempty"`
	ExternalRef     string                `json:"external_incident_ref,omitempty"`
	OccurredAt      *time.Time            `json:"occurred_at" doc:"null when unknown"`
	Reporter        *PersonNote           `json:"reporter"`
	Lead            *PersonNote           `json:"lead,omitempty" doc:"the information owner who leads the incident"`
	Units           []IncidentUnitNote    `json:"affected_units" nullable:"false"`
	Risk            model.IncidentRisk    `json:"risk_assessment,omitempty"`
	RiskLabel       string                `json:"risk_assessment_label,omitempty"`
	Significant     model.Certainty       `json:"csl_significant,omitempty"`
	SignificantAt   *time.Time            `json:"significant_at"`
	Serious         model.SeriousIncident `json:"serious_incident,omitempty"`
	Tasks           []TaskItem            `json:"tasks" nullable:"false"`
	Decisions       []IncidentDecision    `json:"decisions" nullable:"false"`
	Asked           []IncidentAsked       `json:"asked" nullable:"false" doc:"what the incident has asked of its case"`
	Lessons         string                `json:"lessons,omitempty"`
	ClosedAt        *time.Time            `json:"closed_at"`
	// MayLead says whether the reader may correct and close it.
	MayLead bool `json:"may_lead"`
}

// IncidentUnitNote is an affected unit.
type IncidentUnitNote struct {
	UnitNote
	CSLCovered bool `json:"csl_covered" doc:"whether the Cybersecurity Act covers the unit"`
}

// IncidentDecision is the answer to a task of an incident.
type IncidentDecision struct {
	TaskID            string        `json:"task_id"`
	Outcome           model.Outcome `json:"outcome"`
	OutcomeLabel      string        `json:"outcome_label"`
	Decider           *PersonNote   `json:"decider"`
	For               *ForNote      `json:"for,omitempty" doc:"for whom it was decided, by their deputy"`
	Role              model.Role    `json:"role"`
	Motivation        string        `json:"motivation,omitempty"`
	DecisionAuthority string        `json:"decision_authority,omitempty"`
	DecidedAt         time.Time     `json:"decided_at"`
}

// IncidentAsked is what an incident has asked of its case.
type IncidentAsked struct {
	Kind    model.IncidentCaseAct `json:"kind" doc:"suspend, or reassess (RA-06)"`
	CaseID  string                `json:"case_id"`
	Outcome string                `json:"outcome,omitempty" doc:"absent until the case has answered: done, or the code of its refusal"`
	AskedAt time.Time             `json:"asked_at"`
	DoneAt  *time.Time            `json:"done_at"`
}

// IncidentFilters are the filters of the list of incidents.
type IncidentFilters struct {
	State    string `query:"state" enum:"open,closed" doc:"how far it has come"`
	Severity string `query:"severity" enum:"low,medium,high,critical"`
	CaseID   string `query:"case_id" maxLength:"64" doc:"the case that it concerns"`
}

func (f IncidentFilters) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"state": f.State, "severity": f.Severity, "case_id": f.CaseID} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// IncidentPath names an incident.
type IncidentPath struct {
	IncidentID string `path:"incident_id" doc:"id of the incident"`
}

type (
	incidentsInput struct {
		IncidentFilters
		Paging
	}
	incidentInput       struct{ IncidentPath }
	reportIncidentInput struct {
		Keyed
		Body incidentBody
	}
	correctIncidentInput struct {
		IncidentPath
		Matched
		Keyed
		Body incidentCorrectionBody
	}
	closeIncidentInput struct {
		IncidentPath
		Matched
		Keyed
		Body incidentClosingBody
	}
	incidentOutput struct {
		ETag string `header:"ETag" doc:"the version of the incident"`
		Body IncidentView
	}
)

func (s *server) incidentRoutes() {
	add(s, route{
		id: "list-incidents", method: http.MethodGet, path: "/incidents", tag: tagIncidents,
		summary: "Incidents that concern me, the latest report first", errors: []int{http.StatusUnprocessableEntity},
	}, s.listIncidents)
	add(s, route{
		id: "report-incident", method: http.MethodPost, path: "/incidents", tag: tagIncidents, keyed: true, status: http.StatusCreated,
		summary: "Report an incident: everybody may",
	}, s.reportIncident)
	add(s, route{
		id: "get-incident", method: http.MethodGet, path: "/incidents/{incident_id}", tag: tagIncidents,
		summary: "An incident, its tasks and what was decided", errors: []int{http.StatusNotFound},
	}, s.getIncident)
	add(s, route{
		id: "correct-incident", method: http.MethodPost, path: "/incidents/{incident_id}/corrections", tag: tagIncidents,
		matched: true, keyed: true, summary: "Correct facts of an incident, with a reason", errors: []int{http.StatusNotFound},
	}, s.correctIncident)
	add(s, route{
		id: "close-incident", method: http.MethodPost, path: "/incidents/{incident_id}/closing", tag: tagIncidents,
		matched: true, keyed: true, summary: "Close an incident with its lessons (RA-06)", errors: []int{http.StatusNotFound},
	}, s.closeIncident)
	add(s, route{
		id: "list-incident-events", method: http.MethodGet, path: "/incidents/{incident_id}/events", tag: tagIncidents,
		summary: "What happened to an incident, in its order", errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.incidentEvents)
}

func (s *server) reportIncident(ctx context.Context, in *reportIncidentInput) (*receiptOutput, error) {
	b := in.Body
	report := act.IncidentReport{
		IncidentReport: model.IncidentReport{
			Category: b.Category, Description: b.Description, CaseID: b.CaseID, RegisterEntryID: b.RegisterEntryID,
			ToolName: b.ToolName, ExternalRef: b.ExternalRef, OccurredAt: timeOf(b.OccurredAt),
		},
		Severity: b.Severity, PersonalData: b.PersonalData, AwareAt: timeOf(b.AwareAt), Units: b.AffectedUnitIDs,
	}
	out, err := receipt(s.Act.ReportIncident(ctx, s.request(ctx, "/incidents", in.Keyed, b), report))
	if err != nil {
		return nil, within("", err)
	}
	out.Location = base + "/incidents/" + out.Body.IncidentID
	return out, nil
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func (s *server) correctIncident(ctx context.Context, in *correctIncidentInput) (*receiptOutput, error) {
	id, err := knownID(in.IncidentID)
	if err != nil {
		return nil, err
	}
	version, err := in.number()
	if err != nil {
		return nil, err
	}
	b := in.Body
	a, err := s.Act.CorrectIncident(ctx, s.request(ctx, "/incidents/"+id+"/corrections", in.Keyed, b), id, act.IncidentCorrection{
		IncidentCorrection: model.IncidentCorrection{
			Reason: b.Reason, Category: b.Category, Description: b.Description, ExternalRef: b.ExternalRef, OccurredAt: b.OccurredAt,
		},
		Severity: b.Severity, PersonalData: b.PersonalData, AwareAt: b.AwareAt, Units: b.AffectedUnitIDs,
		Risk: b.Risk, Significant: b.Significant, IfVersion: version,
	})
	return receipt(a, within("", err))
}

func (s *server) closeIncident(ctx context.Context, in *closeIncidentInput) (*receiptOutput, error) {
	id, err := knownID(in.IncidentID)
	if err != nil {
		return nil, err
	}
	version, err := in.number()
	if err != nil {
		return nil, err
	}
	b := in.Body
	a, err := s.Act.CloseIncident(ctx, s.request(ctx, "/incidents/"+id+"/closing", in.Keyed, b), id, act.IncidentClosing{
		IncidentClosing: model.IncidentClosing{Lessons: b.Lessons, Triggers: b.Triggers, Stages: b.Stages}, IfVersion: version,
	})
	return receipt(a, within("", err))
}

func (s *server) listIncidents(ctx context.Context, in *incidentsInput) (*pageOutput[IncidentItem], error) {
	a, l := authn.Actor(ctx), s.newList(ctx, "/incidents", in.IncidentFilters.values(), in.Paging)
	from, err := l.start()
	if err != nil {
		return nil, err
	}
	f := store.IncidentFilter{
		OrgID: a.OrgID, State: model.IncidentState(in.State), Severity: model.IncidentSeverity(in.Severity), CaseID: in.CaseID,
		Limit: int64(in.Limit) + 1, Offset: int64(from),
	}
	if !access.ReadsAllIncidents(a) {
		f.ForPerson, f.Deputy = a.PersonID, a.Deputy
	}
	found, err := s.Store.Incidents(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &pageOutput[IncidentItem]{Body: Page[IncidentItem]{Items: []IncidentItem{}}}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Body.NextCursor = l.seal(place{from + in.Limit})
		out.Link = l.next(out.Body.NextCursor)
	}
	for _, i := range found {
		out.Body.Items = append(out.Body.Items, s.incidentItem(i, languageOf(ctx)))
	}
	if in.IncludeTotal {
		n, err := s.Store.CountIncidents(ctx, f, in.TotalUpTo+1)
		if err != nil {
			return nil, err
		}
		out.Body.setTotal(n, in.TotalUpTo)
	}
	return out, nil
}

func (s *server) incidentItem(i store.Incident, l lang.Lang) IncidentItem {
	return IncidentItem{
		IncidentID: i.ID, State: i.State, StateLabel: incidentStateWords[i.State].In(l), Category: i.Category,
		CategoryLabel: s.enumLabel("incident_category", i.Category, l), Severity: i.Facts.Severity,
		SeverityLabel: s.enumLabel("incident_severity", string(i.Facts.Severity), l), PersonalData: i.Facts.PersonalData,
		CaseID: i.CaseID, ToolName: i.ToolName, ReportedAt: i.ReportedAt, AwareAt: i.Facts.AwareAt, Version: i.Version,
	}
}

// enumLabel is what the rulebook calls a value of an enumeration.
func (s *server) enumLabel(enum, value string, l lang.Lang) string {
	e, ok := s.Book.Enum(enum)
	if !ok {
		return ""
	}
	for _, v := range e.Values {
		if v.ID == value {
			return v.Text.In(l)
		}
	}
	return ""
}

func (s *server) getIncident(ctx context.Context, in *incidentInput) (*incidentOutput, error) {
	i, err := s.readIncident(ctx, in.IncidentPath)
	if err != nil {
		return nil, err
	}
	v, err := s.incidentView(ctx, i)
	return &incidentOutput{etagOf(i.Version), v}, err
}

func (s *server) readIncident(ctx context.Context, p IncidentPath) (store.Incident, error) {
	id, err := knownID(p.IncidentID)
	if err != nil {
		return store.Incident{}, err
	}
	return s.Act.ReadIncident(ctx, authn.Actor(ctx), id)
}

func (s *server) incidentView(ctx context.Context, i store.Incident) (IncidentView, error) {
	a, l := authn.Actor(ctx), languageOf(ctx)
	tasks, err := s.Store.IncidentTasks(ctx, i.OrgID, i.ID)
	if err != nil {
		return IncidentView{}, err
	}
	decisions, err := s.Store.IncidentDecisions(ctx, i.OrgID, i.ID)
	if err != nil {
		return IncidentView{}, err
	}
	asked, err := s.Store.CaseActs(ctx, i.OrgID, i.ID)
	if err != nil {
		return IncidentView{}, err
	}
	ids := []string{i.ReporterID}
	add := func(id string) {
		if id != "" {
			ids = append(ids, id)
		}
	}
	add(i.LeadID)
	for _, t := range tasks {
		add(t.AssigneeID)
	}
	for _, d := range decisions {
		add(d.DeciderID)
		if d.For != nil {
			add(d.For.PersonID)
		}
	}
	names, err := s.Store.Names(ctx, i.OrgID, ids)
	if err != nil {
		return IncidentView{}, err
	}
	v := IncidentView{
		IncidentItem: s.incidentItem(i, l), Description: i.Description, RegisterEntryID: i.RegisterEntryID, ExternalRef: i.ExternalRef,
		OccurredAt: when(i.OccurredAt), Reporter: named(names, i.ReporterID), Lead: named(names, i.LeadID), Units: []IncidentUnitNote{},
		Risk: i.Facts.Risk, RiskLabel: s.enumLabel("incident_risk", string(i.Facts.Risk), l), Significant: i.Facts.Significant,
		SignificantAt: when(i.Facts.SignificantAt), Serious: i.Facts.Serious, Tasks: []TaskItem{}, Decisions: []IncidentDecision{},
		Asked: []IncidentAsked{}, Lessons: i.Lessons, ClosedAt: when(i.ClosedAt), MayLead: act.MayLead(a, i),
	}
	for _, u := range i.Facts.Units {
		unit, err := s.Store.Unit(ctx, i.OrgID, u.ID)
		if err != nil {
			return v, err
		}
		v.Units = append(v.Units, IncidentUnitNote{UnitNote{unit.ID, unit.Code, unit.Name.In(l)}, u.CSL})
	}
	for _, t := range tasks {
		v.Tasks = append(v.Tasks, s.taskItem(t, named(names, t.AssigneeID), l))
	}
	for _, d := range decisions {
		v.Decisions = append(v.Decisions, IncidentDecision{
			TaskID: d.TaskID, Outcome: d.Outcome, OutcomeLabel: outcomeWords[d.Outcome].In(l), Decider: named(names, d.DeciderID),
			For: forNote(names, d.For, l), Role: d.Role, Motivation: d.Motivation, DecisionAuthority: d.DecisionAuthority, DecidedAt: d.DecidedAt,
		})
	}
	for _, x := range asked {
		v.Asked = append(v.Asked, IncidentAsked{x.Kind, x.CaseID, x.Outcome, x.AskedAt, when(x.DoneAt)})
	}
	return v, nil
}

func (s *server) incidentEvents(ctx context.Context, in *struct {
	IncidentPath
	Paging
}) (*pageOutput[EventNote], error) {
	i, err := s.readIncident(ctx, in.IncidentPath)
	if err != nil {
		return nil, err
	}
	events, err := s.Store.IncidentEvents(ctx, i.OrgID, i.ID)
	if err != nil {
		return nil, err
	}
	notes := make([]EventNote, len(events))
	for n, e := range events {
		notes[n] = EventNote{e.Seq, model.EventKind(e.Kind), e.ActorID, e.At}
	}
	return page(s.newList(ctx, "/incidents/"+i.ID+"/events", nil, in.Paging), notes)
}
