package workflows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"sluss/model"
	"sluss/workflows/contract"
)

// aware is when the organisation of these tests becomes aware.
var aware = time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)

// facts are those of a breach of one unit, with changes.
func facts(changes ...func(*model.IncidentFacts)) *model.IncidentFacts {
	f := model.IncidentFacts{
		Severity: model.SeverityLow, PersonalData: model.No, Units: []model.IncidentUnit{{ID: "u"}}, AwareAt: aware,
	}
	for _, change := range changes {
		change(&f)
	}
	return &f
}

func breach(f *model.IncidentFacts)   { f.PersonalData = model.Yes }
func grave(f *model.IncidentFacts)    { f.Severity = model.SeverityHigh }
func covered(f *model.IncidentFacts)  { f.Units[0].CSL = true }
func highRisk(f *model.IncidentFacts) { f.Case, f.HighRisk = true, true }
func unlikely(f *model.IncidentFacts) { f.Risk = model.RiskUnlikely }
func twoUnits(f *model.IncidentFacts) { f.Units = append(f.Units, model.IncidentUnit{ID: "v"}) }

// incidentWalk is an incident taken from act to act.
type incidentWalk struct {
	t *testing.T
	s model.IncidentSnapshot
}

func reported(t *testing.T, f *model.IncidentFacts) *incidentWalk {
	t.Helper()
	w := &incidentWalk{t: t}
	w.do(contract.IncidentAct{Kind: model.ActReportIncident, Facts: f})
	return w
}

func (w *incidentWalk) do(a contract.IncidentAct) {
	w.t.Helper()
	before := w.s.Clone()
	t, refused := decideIncident(w.s, a)
	if refused != nil {
		w.t.Fatalf("%s was refused: %v", a.Kind, refused)
	}
	folded := before
	folded.Apply(t.Changes)
	if fmt.Sprint(folded.Tasks) != fmt.Sprint(t.after.Tasks) || folded.State != t.after.State || !folded.Facts.Equal(t.after.Facts) {
		w.t.Fatalf("the changes do not add up to what %s leads to:\n%+v\n%+v", a.Kind, folded, t.after)
	}
	w.s = t.after
	w.s.Version++
}

// on answers the open round of a task.
func (w *incidentWalk) on(kind model.TaskKind, unit string, o model.Outcome) contract.IncidentAct {
	w.t.Helper()
	t := w.s.Latest(kind, unit)
	if t == nil {
		w.t.Fatalf("there is no task %s %s", kind, unit)
	}
	return contract.IncidentAct{Kind: model.ActDecideIncident, Task: &t.IncidentTaskKey, Outcome: o, SignificantAt: aware}
}

func (w *incidentWalk) refused(a contract.IncidentAct, code model.Code, rules ...string) {
	w.t.Helper()
	_, refused := decideIncident(w.s, a)
	if want := model.Refuse(code, rules...); refused == nil || refused.Error() != want.Error() {
		w.t.Errorf("%s: %v, want %v", a.Kind, refused, want)
	}
}

// open lists the open tasks as "kind unit round".
func (w *incidentWalk) open() []string {
	out := []string{}
	for _, t := range w.s.Tasks {
		if t.Status == model.TaskOpen {
			out = append(out, strings.ReplaceAll(fmt.Sprintf("%s %s %d", t.Kind, t.Unit, t.Round), "  ", " "))
		}
	}
	return out
}

func (w *incidentWalk) wants(want ...string) {
	w.t.Helper()
	if got := w.open(); !slices.Equal(got, want) {
		w.t.Errorf("open are\n%q, want\n%q", got, want)
	}
}

// What the facts of a report ask for (rulebook 9.5).
func TestReportAsksFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		facts *model.IncidentFacts
		want  string
	}{
		"nothing special":              {facts(), "acknowledge 1, assess_risk 1"},
		"high severity":                {facts(grave), "acknowledge 1, stop_decision 1, assess_risk 1"},
		"personal data":                {facts(breach), "acknowledge 1, assess_risk 1, advice 1, breach_notification u 1"},
		"two controllers":              {facts(breach, twoUnits), "acknowledge 1, assess_risk 1, advice 1, breach_notification u 1, breach_notification v 1"},
		"covered unit":                 {facts(covered), "acknowledge 1, assess_risk 1, csl_significance 1"},
		"significant, but not covered": {facts(func(f *model.IncidentFacts) { f.Significant = model.Yes }), "acknowledge 1, assess_risk 1"},
		"unsure about personal data": {
			facts(func(f *model.IncidentFacts) { f.PersonalData = model.Unsure }),
			"acknowledge 1, assess_risk 1, advice 1, breach_notification u 1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reported(t, tt.facts).wants(strings.Split(tt.want, ", ")...)
		})
	}
}

// Not to notify can be decided only while the risk is unlikely, and does not
// outlive it (GDPR 33(1)).
func TestNotToNotify(t *testing.T) {
	t.Parallel()
	w := reported(t, facts(breach))
	not := func() contract.IncidentAct { return w.on(model.TaskBreachNotice, "u", model.OutcomeNotToNotify) }
	w.refused(not(), model.CodeGuard, "INC-01")
	w.do(w.on(model.TaskAssessRisk, "", model.OutcomeRisk))
	w.refused(not(), model.CodeGuard, "INC-01")

	w = reported(t, facts(breach))
	w.do(w.on(model.TaskAssessRisk, "", model.OutcomeRiskUnlikely))
	w.do(not())
	w.wants("acknowledge 1", "advice 1")
	w.do(contract.IncidentAct{Kind: model.ActCorrectIncident, Facts: facts(breach, func(f *model.IncidentFacts) { f.Risk = model.RiskHigh })})
	w.wants("acknowledge 1", "advice 1", "breach_notification u 2", "inform_persons u 1")
}

// What is notified in part keeps a follow-up (GDPR 33(4)).
func TestNotifiedInPhases(t *testing.T) {
	t.Parallel()
	w := reported(t, facts(breach))
	w.do(w.on(model.TaskBreachNotice, "u", model.OutcomeNotifiedPartially))
	w.do(w.on(model.TaskBreachNotice, "u", model.OutcomeNotifiedPartially))
	w.wants("acknowledge 1", "assess_risk 1", "advice 1", "breach_notification u 3")
	w.do(w.on(model.TaskBreachNotice, "u", model.OutcomeNotified))
	w.wants("acknowledge 1", "assess_risk 1", "advice 1")
}

func TestPersonsAreInformedAtHighRisk(t *testing.T) {
	t.Parallel()
	w := reported(t, facts(breach, twoUnits))
	w.do(w.on(model.TaskAssessRisk, "", model.OutcomeRiskHigh))
	w.wants("acknowledge 1", "advice 1", "breach_notification u 1", "breach_notification v 1", "inform_persons u 1", "inform_persons v 1")
}

// The Cybersecurity Act's timers run while the incident is, or may be, significant.
func TestSignificantIncident(t *testing.T) {
	t.Parallel()
	w := reported(t, facts(covered))
	w.do(w.on(model.TaskCSLSignificance, "", model.OutcomeNotSignificant))
	w.wants("acknowledge 1", "assess_risk 1")

	w = reported(t, facts(covered))
	w.do(w.on(model.TaskCSLSignificance, "", model.OutcomeSignificanceUnsure))
	w.wants("acknowledge 1", "assess_risk 1", "csl_warning 1", "csl_notification 1")
	if !w.s.Facts.SignificantAt.Equal(aware) {
		t.Errorf("significant since %v", w.s.Facts.SignificantAt)
	}
	w.do(w.on(model.TaskCSLNotification, "", model.OutcomeDone))
	w.wants("acknowledge 1", "assess_risk 1", "csl_warning 1", "csl_final_report 1")
	no := w.s.Facts.Clone()
	no.Significant = model.No
	w.do(contract.IncidentAct{Kind: model.ActCorrectIncident, Facts: &no})
	w.wants("acknowledge 1", "assess_risk 1")
}

// The provider is informed first; where it cannot be reached or is the municipality,
// the report is the municipality's (AI Act 26(5), 73).
func TestSeriousIncident(t *testing.T) {
	t.Parallel()
	serious := func(f *model.IncidentFacts) *incidentWalk {
		w := reported(t, f)
		a := w.on(model.TaskAssessRisk, "", model.OutcomeRisk)
		a.Serious = model.SeriousDeath
		w.do(a)
		return w
	}
	serious(facts()).wants("acknowledge 1") // not a high-risk system
	w := serious(facts(highRisk))
	w.wants("acknowledge 1", "inform_provider 1")
	w.do(w.on(model.TaskInformProvider, "", model.OutcomeInformed))
	w.wants("acknowledge 1", "inform_authority 1")
	w = serious(facts(highRisk))
	w.do(w.on(model.TaskInformProvider, "", model.OutcomeProviderUnreachable))
	w.wants("acknowledge 1", "inform_authority 1", "serious_incident_report 1")
}

func TestIncidentCloses(t *testing.T) {
	t.Parallel()
	w := reported(t, facts(breach, unlikely))
	closing := contract.IncidentAct{Kind: model.ActCloseIncident}
	w.refused(closing, model.CodeGuard, "INC-03")
	w.do(w.on(model.TaskAcknowledge, "", model.OutcomeDone))
	w.do(w.on(model.TaskAssessRisk, "", model.OutcomeRiskUnlikely))
	w.do(w.on(model.TaskBreachNotice, "u", model.OutcomeNotToNotify))
	w.do(closing) // the DPO's silence holds up nothing
	w.wants()
	w.refused(closing, model.CodeStateConflict)
	w.refused(contract.IncidentAct{Kind: model.ActReportIncident, Facts: facts()}, model.CodeStateConflict)
}

func TestIncidentRefuses(t *testing.T) {
	t.Parallel()
	w := reported(t, facts(breach))
	first := w.on(model.TaskAcknowledge, "", model.OutcomeDone)
	wrong := first
	wrong.Outcome = model.OutcomeNotified
	w.refused(wrong, model.CodeInvalid)
	w.refused(contract.IncidentAct{Kind: model.ActDecideIncident}, model.CodeStateConflict)
	w.refused(contract.IncidentAct{Kind: model.ActCorrectIncident}, model.CodeInvalid)
	w.refused(contract.IncidentAct{Kind: model.ActSubmit}, model.CodeStateConflict)
	w.do(first)
	w.refused(first, model.CodeTaskClosed)
	unknown := first
	unknown.Task = &model.IncidentTaskKey{Kind: "dance", Round: 1}
	w.refused(unknown, model.CodeTaskClosed)
	w.refused(contract.IncidentAct{Kind: model.ActReportIncident, Facts: facts()}, model.CodeStateConflict)
	empty := &incidentWalk{t: t}
	empty.refused(contract.IncidentAct{Kind: model.ActCloseIncident}, model.CodeStateConflict)
}

// incidentRecord is a record in memory with given deadlines, which it fires.
type incidentRecord struct {
	mu       sync.Mutex
	snap     model.IncidentSnapshot
	due      []model.Due
	now      func() time.Time
	fired    map[string]time.Time
	failures int
}

func (r *incidentRecord) load(context.Context, contract.IncidentInput) (model.IncidentSnapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read(), nil
}

func (r *incidentRecord) read() model.IncidentSnapshot {
	s := r.snap.Clone()
	slices.SortFunc(r.due, func(a, b model.Due) int { return a.At.Compare(b.At) })
	if len(r.due) > 0 && s.Found {
		s.Next = &model.Due{ID: r.due[0].ID, At: r.due[0].At}
	}
	return s
}

func (r *incidentRecord) record(_ context.Context, t model.IncidentTransition) (model.IncidentRecorded, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failures > 0 {
		r.failures--
		return model.IncidentRecorded{}, errors.New("the database is away")
	}
	if t.Expect != r.snap.Version {
		s := r.read()
		return model.IncidentRecorded{Mismatch: &s}, nil
	}
	r.snap.Apply(t.Changes)
	r.snap.Version++
	if t.Deadline != "" {
		r.fired[t.Deadline] = r.now()
		r.due = slices.DeleteFunc(r.due, func(d model.Due) bool { return d.ID == t.Deadline })
	}
	return model.IncidentRecorded{Version: r.snap.Version, Next: r.read().Next}, nil
}

func newIncidentRun(t *testing.T, due ...model.Due) (*run, *incidentRecord) {
	r := &run{TestWorkflowEnvironment: environment(), t: t}
	rec := &incidentRecord{due: due, now: r.Now, fired: map[string]time.Time{}}
	r.RegisterWorkflowWithOptions(Incident, workflow.RegisterOptions{Name: contract.IncidentWorkflow})
	r.RegisterActivityWithOptions(rec.load, activity.RegisterOptions{Name: contract.LoadIncident})
	r.RegisterActivityWithOptions(rec.record, activity.RegisterOptions{Name: contract.RecordIncident})
	r.SetStartTime(aware)
	return r, rec
}

// Every timer of rulebook 9.5 fires at its time, by one workflow that sleeps in
// between, and the incident ends when it is closed.
func TestIncidentTimers(t *testing.T) {
	t.Parallel()
	hours := map[string]time.Duration{
		"stop_decision/due": 4, "acknowledge/due": 40, "assess_risk/due": 24, "breach_notification/reminder": 36,
		"breach_notification/due": 72, "inform_persons/due": 48, "csl_warning/due": 25, "csl_notification/due": 73,
		"csl_final_report/due": 31 * 24, "inform_provider/due": 26, "serious_incident_report/due": 15 * 24,
	}
	var due []model.Due
	for id, h := range hours {
		due = append(due, model.Due{ID: id, At: aware.Add(h * time.Hour)})
	}
	r, rec := newIncidentRun(t, due...)
	rec.failures = 1
	report := r.at(0, contract.ActUpdate, contract.IncidentAct{CommandID: "c1", Kind: model.ActReportIncident, Facts: facts()})
	last := 32 * 24 * time.Hour
	r.RegisterDelayedCallback(func() {
		rec.mu.Lock()
		defer rec.mu.Unlock()
		for i := range rec.snap.Tasks {
			rec.snap.Tasks[i].Status = model.TaskDone
		}
	}, last)
	r.at(last+time.Second, contract.SyncUpdate)
	closing := r.at(last+time.Minute, contract.ActUpdate, contract.IncidentAct{
		CommandID: "c2", Kind: model.ActCloseIncident, Version: int64(1 + len(hours)),
	})
	r.ExecuteWorkflow(contract.IncidentWorkflow, contract.IncidentInput{OrgID: "o", IncidentID: "i"})
	r.ok(report)
	r.ok(closing)
	if !r.IsWorkflowCompleted() || r.GetWorkflowError() != nil {
		t.Fatalf("completed %v: %v", r.IsWorkflowCompleted(), r.GetWorkflowError())
	}
	for id, h := range hours {
		if at, ok := rec.fired[id]; !ok || at.Sub(aware.Add(h*time.Hour)).Abs() > 2*time.Second {
			t.Errorf("%s fired at %v, want %v", id, at, aware.Add(h*time.Hour))
		}
	}
}

// A refused report leaves no process behind.
func TestRefusedIncidentEnds(t *testing.T) {
	t.Parallel()
	r, _ := newIncidentRun(t)
	a := r.at(0, contract.ActUpdate, contract.IncidentAct{CommandID: "c1", Kind: model.ActCloseIncident})
	r.ExecuteWorkflow(contract.IncidentWorkflow, contract.IncidentInput{OrgID: "o", IncidentID: "i"})
	if refused := contract.RefusalIn(a.err); refused == nil || refused.Code != model.CodeStateConflict {
		t.Errorf("refused %v", a.err)
	}
	if !r.IsWorkflowCompleted() || r.GetWorkflowError() != nil {
		t.Errorf("completed %v: %v", r.IsWorkflowCompleted(), r.GetWorkflowError())
	}
}

// The process of an incident that the record does not have any more ends when its time
// has come.
func TestDeadlineOfAnIncidentThatIsGoneEndsItsProcess(t *testing.T) {
	t.Parallel()
	r, rec := newIncidentRun(t, model.Due{ID: "x", At: aware.Add(4 * time.Hour)})
	reported := r.at(0, contract.ActUpdate, contract.IncidentAct{CommandID: "c1", Kind: model.ActReportIncident, Facts: facts()})
	r.RegisterDelayedCallback(func() {
		rec.mu.Lock()
		defer rec.mu.Unlock()
		rec.snap = model.IncidentSnapshot{}
	}, time.Hour)
	r.ExecuteWorkflow(contract.IncidentWorkflow, contract.IncidentInput{OrgID: "o", IncidentID: "i"})
	r.ok(reported)
	if !r.IsWorkflowCompleted() || r.GetWorkflowError() != nil || len(rec.fired) > 0 {
		t.Fatalf("completed %v, fired %v: %v", r.IsWorkflowCompleted(), rec.fired, r.GetWorkflowError())
	}
}

// A record that knows more is adopted, and the act decided on what it says.
func TestIncidentAdoptsANewerRecord(t *testing.T) {
	t.Parallel()
	r, rec := newIncidentRun(t)
	r.at(0, contract.ActUpdate, contract.IncidentAct{CommandID: "c1", Kind: model.ActReportIncident, Facts: facts()})
	r.RegisterDelayedCallback(func() {
		rec.mu.Lock()
		defer rec.mu.Unlock()
		rec.snap.Version += 3
		for i := range rec.snap.Tasks {
			rec.snap.Tasks[i].Status = model.TaskDone
		}
	}, time.Hour)
	closing := r.at(2*time.Hour, contract.ActUpdate, contract.IncidentAct{CommandID: "c2", Kind: model.ActCloseIncident, Version: 4})
	r.ExecuteWorkflow(contract.IncidentWorkflow, contract.IncidentInput{OrgID: "o", IncidentID: "i"})
	r.ok(closing)
	if rec.snap.State != model.IncidentClosed || rec.snap.Version != 5 {
		t.Errorf("the record says %s at %d", rec.snap.State, rec.snap.Version)
	}
}
