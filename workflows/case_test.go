package workflows

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sluss/model"
	"sluss/workflows/contract"
)

// record is a record in memory: it applies transitions as the real one does, and
// can be told to fail or to know more than the workflow.
type record struct {
	mu       sync.Mutex
	snap     model.Snapshot
	due      []model.Due
	fired    []string
	commands map[string]bool
	refuse   *model.Refusal
	// failures is how many calls fail before one succeeds.
	failures int
	calls    int
	// tooEarly is how many deadlines are not recorded because the record's
	// clock says that they are not due.
	tooEarly int
}

func newRecord() *record {
	return &record{snap: model.Snapshot{Found: true, State: model.Draft}, commands: map[string]bool{}}
}

func (r *record) load(context.Context, contract.CaseInput) (model.Snapshot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.snap.Clone()
	s.Next = r.next()
	return s, nil
}

func (r *record) next() *model.Due {
	if len(r.due) == 0 {
		return nil
	}
	slices.SortFunc(r.due, func(a, b model.Due) int { return a.At.Compare(b.At) })
	next := r.due[0]
	return &next
}

func (r *record) transition(_ context.Context, t model.Transition) (model.Recorded, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.failures > 0 {
		r.failures--
		return model.Recorded{}, errors.New("the database is away")
	}
	if t.Deadline != "" && r.tooEarly > 0 {
		r.tooEarly--
		return model.Recorded{Replayed: true}, nil
	}
	switch {
	case r.commands[t.CommandID]:
		return model.Recorded{Replayed: true}, nil
	case r.refuse != nil:
		return model.Recorded{Refused: r.refuse}, nil
	case t.Expect != r.snap.Version:
		s := r.snap.Clone()
		s.Next = r.next()
		return model.Recorded{Mismatch: &s}, nil
	}
	r.commands[t.CommandID] = true
	r.snap.Apply(t.Changes)
	r.snap.Version++
	if t.Deadline != "" {
		r.fired = append(r.fired, t.Deadline)
		r.due = slices.DeleteFunc(r.due, func(d model.Due) bool { return d.ID == t.Deadline })
	}
	return model.Recorded{Version: r.snap.Version, Next: r.next()}, nil
}

// run is a workflow under test on a record in memory.
type run struct {
	*testsuite.TestWorkflowEnvironment
	t   *testing.T
	rec *record
	n   int
}

// environment is an engine whose time is skipped. It bears a machine that is too busy
// to go on with a workflow within the second that the SDK allows.
func environment() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	return suite.NewTestWorkflowEnvironment().SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute})
}

func newRun(t *testing.T) *run {
	r := &run{TestWorkflowEnvironment: environment(), t: t, rec: newRecord()}
	r.RegisterWorkflowWithOptions(Case, workflow.RegisterOptions{Name: contract.CaseWorkflow})
	r.RegisterActivityWithOptions(r.rec.load, activity.RegisterOptions{Name: contract.LoadCase})
	r.RegisterActivityWithOptions(r.rec.transition, activity.RegisterOptions{Name: contract.RecordTransition})
	r.SetStartTime(time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC))
	return r
}

// answer is what a sender of an update gets.
type answer struct {
	accepted, completed bool
	err                 error
}

// at sends an update when the workflow has run for so long.
func (r *run) at(d time.Duration, name string, args ...any) *answer {
	got := new(answer)
	r.n++
	id := fmt.Sprint("update-", r.n)
	r.RegisterDelayedCallback(func() {
		r.UpdateWorkflow(name, id, &testsuite.TestUpdateCallback{
			OnReject:   func(err error) { got.err = err },
			OnAccept:   func() { got.accepted = true },
			OnComplete: func(_ any, err error) { got.completed, got.err = true, err },
		}, args...)
	}, d)
	return got
}

func (r *run) start() {
	r.ExecuteWorkflow(contract.CaseWorkflow, contract.CaseInput{OrgID: "o", CaseID: "c"})
}

// endAt ends the case, so that a test does not wait for years: the record says
// that it is archived.
func (r *run) endAt(d time.Duration) {
	r.RegisterDelayedCallback(func() {
		r.rec.mu.Lock()
		r.rec.snap.State = model.Archived
		r.rec.snap.Version++
		r.rec.mu.Unlock()
	}, d)
	r.at(d+time.Millisecond, contract.SyncUpdate)
}

func (r *run) ok(a *answer) {
	r.t.Helper()
	if !a.completed || a.err != nil {
		r.t.Fatalf("the act was not done: %+v", *a)
	}
}

func code(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Type()
	}
	return fmt.Sprint(err)
}

func act(id string, version int64, a contract.Act) contract.Act {
	a.CommandID, a.Version = id, version
	return a
}

func TestCaseStartsActsAndEnds(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	first := r.at(0, contract.ActUpdate, act("1", 0, submit(sequentialPlan())))
	r.endAt(time.Hour)
	r.start()
	r.ok(first)
	if err := r.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	v, err := r.QueryWorkflow(contract.StateQuery)
	if err != nil {
		t.Fatal(err)
	}
	var s model.Snapshot
	if err := v.Get(&s); err != nil || s.State != model.Archived || s.Version != 2 {
		t.Fatalf("state %+v, %v", s, err)
	}
}

func TestRefusedSubmissionLeavesNoProcess(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.rec.refuse = model.Refuse(model.CodeSegregation, "SOD-01")
	first := r.at(0, contract.ActUpdate, act("1", 0, submit(sequentialPlan())))
	r.start()
	if code(first.err) != string(model.CodeSegregation) {
		t.Fatalf("%+v", first)
	}
	if !r.IsWorkflowCompleted() || r.GetWorkflowError() != nil {
		t.Fatalf("the workflow goes on: %v", r.GetWorkflowError())
	}
}

func TestNewerRecordIsAdoptedAndTheStepDecidedAgain(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	first := r.at(0, contract.ActUpdate, act("1", 0, submit(sequentialPlan())))
	// The record moves on without the workflow, as after a crash.
	r.RegisterDelayedCallback(func() {
		r.rec.mu.Lock()
		defer r.rec.mu.Unlock()
		tr, _ := decide(r.rec.snap, contract.Act{
			Kind: model.ActDecide, Outcome: model.OutcomeEndorse,
			Task: &model.TaskKey{Stage: model.StageManager, Kind: model.TaskEndorse, Round: 1}, Plan: &model.Plan{},
		})
		r.rec.snap.Apply(tr.Changes)
		r.rec.snap.Version++
	}, time.Minute)
	advised := r.at(2*time.Minute, contract.ActUpdate, act("2", 2, contract.Act{
		Kind: model.ActDecide, Outcome: model.OutcomeSupports,
		Task: &model.TaskKey{Stage: model.StageLegalBasis, Kind: model.TaskAdvice, Round: 1},
	}))
	r.endAt(time.Hour)
	r.start()
	r.ok(first)
	r.ok(advised)
	if got := r.rec.snap.Stage(model.StageLegalBasis).Task(model.TaskAdvice).Outcome; got != model.OutcomeSupports {
		t.Fatalf("advice %q", got)
	}
}

func TestRepeatedCommandIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	first := r.at(0, contract.ActUpdate, act("1", 0, submit(sequentialPlan())))
	again := r.at(time.Minute, contract.ActUpdate, act("1", 1, submit(sequentialPlan())))
	r.endAt(time.Hour)
	r.start()
	r.ok(first)
	r.ok(again)
	if v := r.rec.snap.Version; v != 2 { // submitted and archived
		t.Fatalf("version %d", v)
	}
}

func TestTroubleWithTheDatabaseDelaysAndNeverEndsAnAct(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	// At most three attempts are local, and the environment gives up after ten of
	// the others, which the real one never does.
	r.rec.failures = 8
	first := r.at(0, contract.ActUpdate, act("1", 0, submit(sequentialPlan())))
	r.endAt(time.Hour)
	r.start()
	r.ok(first)
	if r.rec.calls < 9 {
		t.Fatalf("%d calls", r.rec.calls)
	}
}

func TestValidatorRefusesOnlyWhatTheSenderHasSeen(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.at(0, contract.ActUpdate, act("1", 0, submit(sequentialPlan())))
	early := contract.Act{Kind: model.ActActivate}
	seen := r.at(time.Minute, contract.ActUpdate, act("2", 1, early))
	unseen := r.at(2*time.Minute, contract.ActUpdate, act("3", 0, early))
	r.endAt(time.Hour)
	r.start()
	if seen.accepted || code(seen.err) != string(model.CodeStateConflict) {
		t.Errorf("same version: %+v", seen)
	}
	if !unseen.accepted || code(unseen.err) != string(model.CodeStateConflict) {
		t.Errorf("other version: %+v", unseen)
	}
}

func TestDeadlinesFireOnceInOrderAndNeverEarly(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	began := r.Now()
	r.rec.snap.State = model.ManagerReview
	for i, hours := range []int{30, 5, 17} {
		r.rec.due = append(r.rec.due, model.Due{ID: fmt.Sprint(i), At: began.Add(time.Duration(hours) * time.Hour)})
	}
	checked := 0
	for _, at := range []struct {
		hours float64
		fired []string
	}{{4.9, nil}, {5.1, []string{"1"}}, {17.1, []string{"1", "2"}}, {31, []string{"1", "2", "0"}}} {
		r.RegisterDelayedCallback(func() {
			checked++
			r.rec.mu.Lock()
			defer r.rec.mu.Unlock()
			if !slices.Equal(r.rec.fired, at.fired) {
				t.Errorf("after %v hours: fired %v, want %v", at.hours, r.rec.fired, at.fired)
			}
		}, time.Duration(at.hours*float64(time.Hour)))
	}
	r.endAt(40 * time.Hour)
	r.start()
	if checked != 4 {
		t.Fatalf("%d of 4 checks ran", checked)
	}
}

func TestDeadlineThatTheRecordHoldsBackIsTriedAgainWithoutHurry(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.rec.snap.State = model.ManagerReview
	r.rec.due = []model.Due{{ID: "x", At: r.Now().Add(time.Hour)}}
	r.rec.tooEarly = 3
	r.endAt(2 * time.Hour)
	r.start()
	if !slices.Equal(r.rec.fired, []string{"x"}) || r.rec.calls != 4 {
		t.Fatalf("fired %v after %d calls", r.rec.fired, r.rec.calls)
	}
}

// The process of a case that the record does not have any more, because an earlier one
// was restored, ends when its time has come.
func TestDeadlineOfACaseThatIsGoneEndsItsProcess(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.rec.snap.State, r.rec.snap.Version = model.ManagerReview, 3
	r.rec.due = []model.Due{{ID: "x", At: r.Now().Add(time.Hour)}}
	r.RegisterDelayedCallback(func() {
		r.rec.mu.Lock()
		defer r.rec.mu.Unlock()
		r.rec.snap, r.rec.due = model.Snapshot{}, nil
	}, time.Minute)
	r.start()
	if !r.IsWorkflowCompleted() || r.GetWorkflowError() != nil || r.rec.calls != 1 {
		t.Fatalf("completed %v after %d calls: %v", r.IsWorkflowCompleted(), r.rec.calls, r.GetWorkflowError())
	}
}

func TestEarlierDeadlineIsSeenAfterASync(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	began := r.Now()
	r.rec.snap.State = model.ManagerReview
	r.rec.due = []model.Due{{ID: "x", At: began.Add(48 * time.Hour)}}
	r.RegisterDelayedCallback(func() {
		r.rec.mu.Lock()
		defer r.rec.mu.Unlock()
		r.rec.due[0].At = began.Add(2 * time.Hour)
	}, time.Hour)
	r.at(time.Hour+time.Minute, contract.SyncUpdate)
	r.endAt(3 * time.Hour)
	r.start()
	if !slices.Equal(r.rec.fired, []string{"x"}) {
		t.Fatalf("fired %v", r.rec.fired)
	}
}

func TestLongHistoryContinuesAsNewAndRefusesWhileDraining(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	r.at(0, contract.ActUpdate, act("1", 0, submit(sequentialPlan())))
	r.RegisterDelayedCallback(func() { r.SetContinueAsNewSuggested(true) }, time.Minute)
	r.at(2*time.Minute, contract.SyncUpdate)
	r.start()
	var next *workflow.ContinueAsNewError
	if err := r.GetWorkflowError(); !errors.As(err, &next) {
		t.Fatalf("ended with %v", err)
	}
	c := &caseRun{draining: true}
	for _, err := range []error{c.validate(nil, contract.Act{}), c.refuseWhileDraining(nil)} {
		if code(err) != string(model.CodeDraining) {
			t.Errorf("while draining: %v", err)
		}
	}
}
