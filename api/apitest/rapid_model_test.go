//go:build !slim

package apitest_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"

	"sluss/api"
	"sluss/model"
	"sluss/model/audit"
)

// order is the order of the stages (rulebook 9.1), with the state of a case whose
// earliest undecided stage it is.
var order = []struct {
	stage model.StageKey
	state model.CaseState
}{
	{"manager", "MANAGER_REVIEW"}, {"legal_basis", "LEGAL_REVIEW"}, {"secrecy", "LEGAL_REVIEW"}, {"derogation_review", "LEGAL_REVIEW"},
	{"camera_assessment", "LEGAL_REVIEW"}, {"dpia", "DPIA"}, {"agent_risk", "AGENT_REVIEW"}, {"fria", "FRIA"},
	{"environment", "ENVIRONMENT_REVIEW"}, {"ciso", "CISO_REVIEW"}, {"info_owner", "OWNER_DECISION"},
}

var (
	approvedStates = []model.CaseState{"APPROVED", "APPROVED_WITH_CONDITIONS"}
	endedStates    = []model.CaseState{"REJECTED", "WITHDRAWN", "ARCHIVED"}
	reviewStates   = []model.CaseState{
		"MANAGER_REVIEW", "LEGAL_REVIEW", "DPIA", "AGENT_REVIEW", "FRIA", "ENVIRONMENT_REVIEW", "CISO_REVIEW", "OWNER_DECISION",
	}
)

func (m *machine) stage(key model.StageKey) api.StageNote {
	for _, s := range m.status.Stages {
		if s.Key == key {
			return s
		}
	}
	return api.StageNote{Key: key, Status: model.StageNotRequired}
}

// undecided is the earliest stage that is required and not done.
func (m *machine) undecided() (state model.CaseState, ok bool) {
	for _, o := range order {
		switch m.stage(o.stage).Status {
		case model.StageDone, model.StageNotRequired:
			continue
		}
		return o.state, true
	}
	return "", false
}

// check says what must hold after a step of the process.
func (m *machine) check(before api.CaseStatus) {
	m.t.Helper()
	s := m.status.State
	m.checkState()
	if slices.Contains(endedStates, before.State) && s != "ARCHIVED" || before.State == "ARCHIVED" {
		m.fail("the case has come back from %s", before.State)
	}
	if slices.Contains(endedStates, s) && len(m.openTasks()) > 0 {
		m.fail("open tasks in a case that has ended: %+v", m.openTasks())
	}
	if slices.Contains(approvedStates, s) && !slices.Contains(approvedStates, before.State) {
		m.checkApproval()
	}
	if s == "ACTIVE" {
		m.checkUse(before)
	}
}

// checkState: the state shown is that of the earliest undecided stage.
func (m *machine) checkState() {
	m.t.Helper()
	s := m.status.State
	want, some := m.undecided()
	if slices.Contains(m.status.Blockers, "RT-16") {
		want, some = "OWNER_DECISION", true // S6 comes first (T-33)
	}
	switch {
	case slices.Contains(reviewStates, s) && (!some || s != want):
		m.fail("the state is %s, the earliest undecided stage is that of %q", s, want)
	case (slices.Contains(approvedStates, s) || s == "ACTIVE") && some:
		m.fail("approved, and a stage of %s is undecided", want)
	}
}

// checkApproval: nothing is approved but what every required stage has passed, on
// the content as it stands (rulebook 9.3, 9.13).
func (m *machine) checkApproval() {
	m.t.Helper()
	if len(m.status.HardStops) > 0 || len(m.status.Blockers) > 0 {
		m.fail("approved with %v %v", m.status.HardStops, m.status.Blockers)
	}
	for _, o := range order {
		st := m.stage(o.stage)
		if st.Status == model.StageNotRequired {
			continue
		}
		if st.Result == "" || st.Result == model.OutcomeReturn || st.Result == model.OutcomeReject {
			m.fail("approved, and %s has the result %q", st.Key, st.Result)
		}
		m.checkContent(o.stage)
	}
}

// checkContent: what the stage's reviewers answered last rests on the answers that
// stand, and on the assessment that was handed in.
func (m *machine) checkContent(stage model.StageKey) {
	m.t.Helper()
	now := m.sent[m.status.Revision]
	if now == nil {
		m.fail("revision %d was never sent", m.status.Revision)
	}
	for _, t := range m.latest(stage) {
		if t.Kind == model.TaskPrepare || t.Status != model.TaskDone || m.aboutAnother(t) {
			continue
		}
		b, known := m.basis[t.TaskID]
		if !known {
			m.fail("%s.%s was answered by nobody", stage, t.Kind)
		}
		if b.part != m.handed[stage] {
			m.fail("%s.%s rests on assessment %d, %d was handed in", stage, t.Kind, b.part, m.handed[stage])
		}
		for _, id := range dependsOn(string(stage)) {
			if !reflect.DeepEqual(m.sent[b.intake][id], now[id]) {
				m.fail("%s.%s rests on revision %d, %s has changed since", stage, t.Kind, b.intake, id)
			}
		}
	}
}

// aboutAnother reports whether a task was answered about a decision that has been
// taken again since: a head of the unit confirms, and a second person reads, what
// was decided just before.
func (m *machine) aboutAnother(t api.TaskItem) bool {
	if t.Kind != model.TaskHead && t.Kind != model.TaskSecondReading {
		return false
	}
	return slices.ContainsFunc(m.latest(t.Stage), func(d api.TaskItem) bool {
		return d.Kind != t.Kind && m.basis[d.TaskID].step > m.basis[t.TaskID].step
	})
}

// latest are the last rounds of a stage's tasks.
func (m *machine) latest(stage model.StageKey) []api.TaskItem {
	last := map[model.TaskKind]api.TaskItem{}
	for _, t := range m.tasks {
		if t.Stage == stage && t.Round >= last[t.Kind].Round {
			last[t.Kind] = t
		}
	}
	var out []api.TaskItem
	for _, t := range m.tasks {
		if t.Stage == stage && last[t.Kind].TaskID == t.TaskID {
			out = append(out, t)
		}
	}
	return out
}

func (m *machine) openTasks() []api.TaskItem {
	return slices.DeleteFunc(slices.Clone(m.tasks), func(t api.TaskItem) bool { return t.Status != model.TaskOpen })
}

// checkUse: nothing comes into use with a condition that has to be met before, and
// what is in use stands in the register (T-22, CO-01).
func (m *machine) checkUse(before api.CaseStatus) {
	m.t.Helper()
	if !slices.Contains(approvedStates, before.State) {
		if before.State != "ACTIVE" {
			m.fail("in use from %s", before.State)
		}
		return
	}
	for _, c := range m.conditions() {
		if c.DueKind == model.DueBeforeUse && (c.Status == model.ConditionOpen || c.Status == model.ConditionOverdue) {
			m.fail("in use, and condition %s is open", c.ConditionID)
		}
	}
	for _, s := range []model.StageKey{"worker_information", "eu_database", "ai_label"} {
		if st := m.stage(s); st.Status != model.StageDone && st.Status != model.StageNotRequired {
			m.fail("in use, and %s is %s", s, st.Status)
		}
	}
	tools, err := all[api.ToolItem](m.l, "owner", "/register")
	if err != nil {
		m.fail("%v", err)
	}
	if !slices.ContainsFunc(tools, func(t api.ToolItem) bool { return t.CaseID == m.id }) {
		m.fail("in use, and not in the register")
	}
}

func (m *machine) conditions() []api.ConditionItem {
	m.t.Helper()
	list, err := all[api.ConditionItem](m.l, "owner", m.path("/conditions"))
	if err != nil {
		m.fail("%v", err)
	}
	slices.SortFunc(list, func(a, b api.ConditionItem) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.SourceRule, b.SourceRule), cmp.Compare(a.TextSV, b.TextSV))
	})
	return list
}

// passages are the transitions of rulebook 9.2: the states before and after. None
// stands for any state of the review.
var passages = map[string]struct{ from, to []model.CaseState }{
	"T-01":  {[]model.CaseState{""}, []model.CaseState{"DRAFT"}},
	"T-02":  {[]model.CaseState{"DRAFT"}, []model.CaseState{"SUBMITTED"}},
	"T-05":  {nil, []model.CaseState{"REJECTED_AUTO"}},
	"T-06":  {[]model.CaseState{"TRIAGED"}, []model.CaseState{"ARCHIVED"}},
	"T-07":  {[]model.CaseState{"REJECTED_AUTO"}, []model.CaseState{"REJECTED_AUTO", "RETURNED"}},
	"T-07a": {[]model.CaseState{"REJECTED_AUTO"}, []model.CaseState{"RETURNED"}},
	"T-18":  {nil, []model.CaseState{"RETURNED"}},
	"T-21":  {nil, []model.CaseState{"WITHDRAWN"}},
	"T-22":  {approvedStates, []model.CaseState{"ACTIVE"}},
	"T-30":  {[]model.CaseState{"REJECTED", "WITHDRAWN", "REJECTED_AUTO", "DECOMMISSIONED"}, []model.CaseState{"ARCHIVED"}},
	"T-33":  {nil, []model.CaseState{"OWNER_DECISION"}},
	"T-34":  {[]model.CaseState{"OWNER_DECISION"}, []model.CaseState{"OWNER_DECISION"}},
}

// checkEvents counts the transitions that a life has taken and looks whether each
// led from where to where it may.
func (m *machine) checkEvents(events []audit.Event) {
	m.t.Helper()
	state, version := model.CaseState(""), int64(0)
	for _, e := range events {
		var d model.EventData
		if err := json.Unmarshal(e.Data, &d); err != nil {
			m.fail("event %d: %v", e.Seq, err)
		}
		for _, rule := range d.Rules {
			m.tally.rules[rule]++
			p, known := passages[rule]
			if known && (p.from != nil && !slices.Contains(p.from, state) || !slices.Contains(p.to, d.State)) {
				m.fail("event %d: %s leads from %q to %q", e.Seq, rule, state, d.State)
			}
		}
		if d.Version > 0 {
			if d.Version != version+1 {
				m.fail("event %d: version %d after %d", e.Seq, d.Version, version)
			}
			version = d.Version
		}
		m.tally.events[e.Kind]++
		if d.State != "" {
			state = d.State
		}
	}
	if state != m.status.State || version != m.status.Version {
		m.fail("the log ends in %s, version %d", state, version)
	}
}

// glance reads something of the case as somebody.
func (m *machine) glance() {
	m.t.Helper()
	as := oneOf(m, "reader", []string{"owner", "auditor", "dpo", "ciso", "manager", "info", "admin"})
	rest := oneOf(m, "what", []string{"", "/intake", "/tasks", "/decisions", "/conditions", "/events", "/revisions"})
	m.do(reads, request{as: as, method: http.MethodGet, path: m.path(rest)})
}
