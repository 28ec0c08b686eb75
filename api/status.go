package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/kept"
	"sluss/model/lang"
	"sluss/model/store"
)

// CaseStatus is where a case stands (rulebook 9.9), as one person may see it.
type CaseStatus struct {
	CaseItem
	OrgUnit         UnitNote                `json:"org_unit"`
	Mode            model.Mode              `json:"mode,omitempty"`
	RulebookID      string                  `json:"rulebook_id"`
	RulebookVersion string                  `json:"rulebook_version"`
	RulebookDigest  string                  `json:"rulebook_digest"`
	Profile         string                  `json:"profile"`
	Stages          []StageNote             `json:"stages" nullable:"false" doc:"every stage, once the case has been triaged"`
	Conditions      ConditionCounts         `json:"conditions"`
	Complaints      assess.ComplaintsResult `json:"complaints" doc:"complaints of the latest months, and whether they are so many that the tool is to be assessed again (RA-10)"`
	Consultation    *ConsultationStanding   `json:"prior_consultation,omitempty" doc:"the prior consultation that is under way"`
	NextDeadline    *DeadlineNote           `json:"next_deadline,omitempty" doc:"the earliest deadline that is waiting"`
	ValidUntil      string                  `json:"valid_until,omitempty" format:"date" doc:"the last day of the approval, in Sweden"`
	Use             *UseNote                `json:"use,omitempty" doc:"whether the tool may be used now; absent before it has come into use"`
	LastEvent       *EventNote              `json:"last_event,omitempty"`
	People          []PersonRole            `json:"people" nullable:"false"`
	Units           []UnitAnswer            `json:"units" nullable:"false" doc:"the other units that the case covers, and whether they have adopted it (S7)"`
	InterimUse      *InterimNote            `json:"interim_use,omitempty" doc:"the use of an existing tool meanwhile, once one of the two has said so (EX-01)"`
	Triage          *TriageNote             `json:"triage,omitempty" doc:"the latest triage, absent before the first submission"`
	Allowed         []AllowedAct            `json:"allowed" nullable:"false" doc:"what I may do now"`
}

// UseNote says whether a tool that has come into use may be used now.
type UseNote struct {
	Allowed   bool `json:"allowed"`
	Suspended bool `json:"suspended" doc:"forbidden for now (T-23)"`
	Expired   bool `json:"expired" doc:"the approval has run out (T-27)"`
	// Agreed is the role of the first of the two who let it go on (T-24).
	Agreed model.Role `json:"resumption_agreed_by,omitempty"`
}

// UnitNote names a unit.
type UnitNote struct {
	ID   string `json:"id"`
	Code string `json:"code"`
	Name string `json:"name"`
}

// PersonNote names a person.
type PersonNote struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// PersonRole is a person and what they are in the case.
type PersonRole struct {
	PersonNote
	Role      model.Role `json:"role"`
	RoleLabel string     `json:"role_label"`
}

// StageNote is a stage of a case.
type StageNote struct {
	Key          model.StageKey    `json:"key"`
	Label        string            `json:"label"`
	Requirement  model.Requirement `json:"requirement"`
	Status       model.StageStatus `json:"status"`
	Result       model.Outcome     `json:"result,omitempty"`
	ResultLabel  string            `json:"result_label,omitempty"`
	AssigneeRole model.Role        `json:"assignee_role,omitempty" doc:"the role of the earliest open task"`
	Assignee     *PersonNote       `json:"assignee,omitempty" doc:"who has the earliest open task, absent while nobody has taken it"`
	AwayUntil    string            `json:"away_until,omitempty" format:"date" doc:"the last day, in Sweden, that the assignee is away"`
	Started      *time.Time        `json:"started"`
	Due          *time.Time        `json:"due"`
	Done         *time.Time        `json:"done"`
	OverdueDays  int               `json:"overdue_days"`
	Tasks        []StageTask       `json:"tasks" nullable:"false" doc:"the latest round of each task"`
}

// StageTask is a task within its stage.
type StageTask struct {
	TaskID   string           `json:"task_id"`
	Kind     model.TaskKind   `json:"kind"`
	Round    int              `json:"round"`
	Role     model.Role       `json:"role"`
	Status   model.TaskStatus `json:"status"`
	Outcome  model.Outcome    `json:"outcome,omitempty"`
	Assignee *PersonNote      `json:"assignee,omitempty"`
	// AwayUntil is filled for an open task.
	AwayUntil string     `json:"away_until,omitempty" format:"date" doc:"the last day, in Sweden, that the assignee is away"`
	Due       *time.Time `json:"due"`
}

// ConditionCounts counts the conditions of a case.
type ConditionCounts struct {
	Total   int `json:"total"`
	Open    int `json:"open"`
	Overdue int `json:"overdue"`
	Met     int `json:"met"`
	Waived  int `json:"waived"`
	// OpenBeforeUse keep the case from use (CO-01).
	OpenBeforeUse int `json:"open_before_use"`
}

// DeadlineNote is a deadline that is waiting.
type DeadlineNote struct {
	Subject string    `json:"subject"`
	Kind    string    `json:"kind"`
	Due     time.Time `json:"due"`
}

// EventNote is what happened last.
type EventNote struct {
	Seq     int64           `json:"seq"`
	Kind    model.EventKind `json:"kind"`
	ActorID string          `json:"actor_id"`
	At      time.Time       `json:"at"`
}

// TriageNote is a triage: the result in its fixed form, and why.
type TriageNote struct {
	Result   assess.TriageResult `json:"result"`
	Rules    []FiredRule         `json:"rules" nullable:"false"`
	Warnings []FiredRule         `json:"warnings" nullable:"false"`
}

// FiredRule is a rule that held, and the facts that it saw.
type FiredRule struct {
	RuleNote
	Facts       map[string]any `json:"facts,omitempty"`
	PathForward string         `json:"path_forward,omitempty"`
	Owner       string         `json:"owner,omitempty"`
}

// AllowedAct is something that the reader may do now.
type AllowedAct struct {
	Act    string `json:"act"`
	Method string `json:"method"`
	Path   string `json:"path"`
}

type caseInput struct{ CasePath }

type caseOutput struct {
	ETag string `header:"ETag" doc:"the version of the case"`
	Body CaseStatus
}

func (s *server) getCase(ctx context.Context, in *caseInput) (*caseOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	v, err := s.Act.View(ctx, authn.Actor(ctx), id)
	if err != nil {
		return nil, err
	}
	s.aboutCase(ctx, v.Case)
	status, err := s.status(ctx, v)
	return &caseOutput{etagOf(v.Version), status}, err
}

func useOf(c store.Case) *UseNote {
	if !c.InUse.Approved {
		return nil
	}
	return &UseNote{c.InUse.Allowed(c.State), c.InUse.Suspended, c.InUse.Expired, c.InUse.Word}
}

func (s *server) status(ctx context.Context, v act.View) (CaseStatus, error) {
	d, err := s.read(ctx, v)
	if err != nil {
		return CaseStatus{}, err
	}
	l := languageOf(ctx)
	out := CaseStatus{
		CaseItem: caseItem(v.Case, l), OrgUnit: UnitNote{d.unit.ID, d.unit.Code, d.unit.Name.In(l)}, Mode: v.Mode,
		RulebookID: v.RulebookID, RulebookVersion: v.RulebookVersion, RulebookDigest: v.RulebookDigest, Profile: v.Profile,
		Stages: s.stageNotes(d, l), Conditions: d.counts(), Complaints: d.complaints, NextDeadline: d.nextDeadline(), LastEvent: d.last,
		ValidUntil: v.ValidUntil, Use: useOf(v.Case), People: []PersonRole{}, Allowed: d.allowed(authn.Actor(ctx)),
		Units: d.unitAnswers(l), InterimUse: d.interimNote(l),
	}
	for _, p := range d.people {
		label := p.Role.Label()
		if p.Role == model.RoleProjectOwner && p.PersonID != v.ProjectOwnerID {
			label = formerOwner
		}
		out.People = append(out.People, PersonRole{*d.person(p.PersonID), p.Role, label.In(l)})
	}
	if out.Consultation, err = standingOf(v.Case, d.consultation); err != nil {
		return out, err
	}
	if d.triage != nil {
		t, err := triagesRead.Read(d.triage)
		if err != nil {
			return out, fmt.Errorf("read the triage: %w", err)
		}
		out.Triage = triageNote(t, l)
	}
	return out, nil
}

// formerOwner is who opened a case, or acted as its project owner, before it was handed over.
var formerOwner = lang.Text{SV: "Tidigare projektägare", EN: "Former project owner"}

var triagesRead = kept.NewJSON[act.TriageResult]()

func triageNote(t act.TriageResult, l lang.Lang) *TriageNote {
	return &TriageNote{t.Result, firedRules(t.Rules, l), firedRules(t.Warnings, l)}
}

func firedRules(fired []assess.Fired, l lang.Lang) []FiredRule {
	out := make([]FiredRule, len(fired))
	for i, f := range fired {
		out[i] = FiredRule{RuleNote{f.ID, f.Text.In(l), f.Source}, plainMembers(f.Facts), f.PathForward.In(l), f.Owner}
	}
	return out
}

// stageNotes gives every stage of the table, once the case has been triaged.
func (s *server) stageNotes(d dossier, l lang.Lang) []StageNote {
	notes := []StageNote{}
	if d.Revision == 0 {
		return notes
	}
	now := s.Clock.Now()
	for _, spec := range model.Stages() {
		n := StageNote{
			Key: spec.Key, Label: s.stageLabel(spec.Key, l), Requirement: model.NotRequired,
			Status: model.StageNotRequired, Tasks: []StageTask{},
		}
		known := spec.Step > 0
		for _, st := range d.stages {
			if st.Key == spec.Key {
				known = true
				n.Requirement, n.Status, n.Result = st.Requirement, st.Status, st.Result
				n.ResultLabel = outcomeWords[st.Result].In(l)
				n.Started, n.Done = when(st.StartedAt), when(st.DoneAt)
			}
		}
		if !known {
			continue // what a stop or a case out of scope leads to is no stage of other cases
		}
		d.addTasks(&n, now)
		notes = append(notes, n)
	}
	return notes
}

// addTasks adds the latest round of each of a stage's tasks, and says who has
// the one that is due first.
func (d dossier) addTasks(n *StageNote, now time.Time) {
	spec, _ := model.Stage(n.Key)
	var first *store.Task
	kinds := []model.TaskKind{model.TaskPrepare, model.TaskStatement}
	for _, task := range spec.Tasks {
		kinds = append(kinds, task.Kind)
	}
	for _, t := range d.tasks {
		if t.Key.Stage == n.Key && len(spec.Tasks) == 0 {
			kinds = append(kinds, t.Key.Kind) // each asks somebody else
		}
	}
	kinds = append(kinds, model.TaskHead, model.TaskSecondReading)
	for i, kind := range kinds {
		if slices.Contains(kinds[:i], kind) {
			continue
		}
		t := store.LatestTask(d.tasks, n.Key, kind)
		if t == nil {
			continue
		}
		n.Tasks = append(n.Tasks, StageTask{
			TaskID: t.ID, Kind: t.Key.Kind, Round: t.Key.Round, Role: t.Role, Status: t.Status, Outcome: t.Outcome,
			Assignee: d.person(t.AssigneeID), AwayUntil: d.awayFrom(t), Due: when(t.DueAt),
		})
		if t.Status == model.TaskOpen && (first == nil || t.DueAt.Before(first.DueAt)) {
			first = t
		}
	}
	if first != nil {
		n.AssigneeRole, n.Assignee, n.AwayUntil, n.Due = first.Role, d.person(first.AssigneeID), d.awayFrom(first), when(first.DueAt)
		n.OverdueDays = overdueDays(first.DueAt, now)
	}
}

// overdueDays counts the days in Sweden since the day on which something was
// due; 0 while there is time or no due date.
func overdueDays(due, now time.Time) int {
	if due.IsZero() || !now.After(due) {
		return 0
	}
	return calendar.Today(now).DaysSince(calendar.Today(due))
}

// when is a time as JSON shows it: null when it has not come.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// actPaths are where the acts on a case as a whole are done.
var actPaths = map[string]AllowedAct{
	act.MayEdit:      {Method: http.MethodPut, Path: "/intake"},
	act.MaySubmit:    {Method: http.MethodPost, Path: "/submissions"},
	act.MayCorrect:   {Method: http.MethodPost, Path: "/corrections"},
	act.MayWithdraw:  {Method: http.MethodPost, Path: "/withdrawal"},
	act.MayActivate:  {Method: http.MethodPost, Path: "/activation"},
	act.MayVerify:    {Method: http.MethodPost, Path: "/conditions/{condition_id}/verification"},
	act.MayReExamine: {Method: http.MethodPost, Path: "/re-examination"},
	act.MayArchive:   {Method: http.MethodPost, Path: "/archiving"},
	act.MayRaise:     {Method: http.MethodPost, Path: "/stages/{stage}/raise"},

	act.MaySuspend:      {Method: http.MethodPost, Path: "/suspension"},
	act.MayAskForStop:   {Method: http.MethodPost, Path: "/suspension"},
	act.MayResume:       {Method: http.MethodPost, Path: "/resumption"},
	act.MayReportChange: {Method: http.MethodPost, Path: "/changes"},
	act.MayRenew:        {Method: http.MethodPost, Path: "/renewal"},
	act.MayDecommission: {Method: http.MethodPost, Path: "/decommissioning"},
	act.MayConsult:      {Method: http.MethodPost, Path: "/prior-consultation/events"},
	act.MayInterim:      {Method: http.MethodPost, Path: "/interim-use"},
	act.MayOverride:     {Method: http.MethodPost, Path: "/override"},
	act.MayReplaceOwner: {Method: http.MethodPut, Path: "/project-owner"},
}

// allowed lists what the reader may do with the case and which of its tasks they
// may answer.
func (d dossier) allowed(a model.Actor) []AllowedAct {
	out := []AllowedAct{}
	for _, what := range d.View.Allowed(a) {
		p := actPaths[what]
		out = append(out, AllowedAct{what, p.Method, base + "/cases/" + d.ID + p.Path})
	}
	for _, t := range d.tasks {
		if act.MayAnswer(a, d.View.On, t) {
			out = append(out, AllowedAct{"decide", http.MethodPost, base + "/tasks/" + t.ID + "/decision"})
		}
	}
	return out
}
