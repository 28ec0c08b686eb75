//go:build !slim

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	inprocess "sluss/deploy/engine"
	"sluss/model"
	"sluss/workflows"
	"sluss/workflows/contract"
)

const historiesAbout = `Record replay histories: synthetic cases, one for each path through the process,
on an engine and a record in memory. A release keeps its histories for good, and
every later build must replay them.

Usage: sluss histories record FOLDER`

func histories(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) != 2 || args[0] != "record" {
		fmt.Fprintln(stderr, historiesAbout)
		return errUsage
	}
	if err := os.MkdirAll(args[1], 0o755); err != nil {
		return err
	}
	for _, p := range paths() {
		n, err := recordPath(ctx, p, args[1])
		if err != nil {
			return fmt.Errorf("record %s: %w", p.name, err)
		}
		fmt.Fprintf(stdout, "%-33s %d events\n", p.name, n)
	}
	return nil
}

// path is one way through the process, named after what it pins.
type path struct {
	name string
	walk func(*pathRun) error
	// longAfter makes a history count as long after so many events.
	longAfter int
	// incident walks an incident instead of a case.
	incident func(*incidentPath) error
}

func paths() []path { return slices.Concat(casePaths(), inUsePaths(), incidentPaths()) }

func casePaths() []path {
	return []path{
		{name: "straight-path", walk: straight},
		{name: "parallel-stages", walk: parallel},
		{name: "stopped-and-corrected", walk: stoppedAndCorrected},
		{name: "returned-and-resubmitted", walk: returned},
		{name: "rejected", walk: rejected},
		{name: "withdrawn", walk: withdrawn},
		{name: "deadline-fired", walk: deadline},
		{name: "newer-record-adopted", walk: adopted},
		{name: "database-away", walk: databaseAway},
		{name: "refused-submission", walk: refusedSubmission},
		{name: "re-examined", walk: reExamined},
		{name: "stage-raised", walk: stageRaised},
		{name: "archived", walk: archived},
		{name: "touched-when-archived", walk: touchedWhenArchived},
		{name: "assessments-handed-in", walk: handedIn},
		{name: "joint-advice", walk: jointAdvice},
		{name: "returned-to-a-stage", walk: returnedToStage},
		{name: "head-confirmed", walk: headConfirmed},
		{name: "condition-waived", walk: conditionWaived},
		{name: "prior-consultation", walk: consulted},
		{name: "consultation-period-ended", walk: consultationPeriodEnded},
		{name: "units-asked", walk: unitsAsked},
		{name: "interim-use", walk: interimUse},
		{name: "rejection-reopened", walk: rejectionReopened},
		{name: "rejection-overridden", walk: rejectionOverridden},
		{name: "continued-as-new", walk: continued, longAfter: 20},
	}
}

// pathRun is a synthetic case or incident on its way.
type pathRun struct {
	ctx  context.Context
	c    client.Client
	rec  *memoryRecord
	id   string
	acts int

	workflow, workflowID string
	input                any
}

func recordPath(ctx context.Context, p path, folder string) (int, error) {
	silent := slog.New(slog.NewTextHandler(io.Discard, nil))
	e, err := inprocess.Start(ctx, inprocess.Options{Logger: silent, HistoryCountSuggestContinueAsNew: p.longAfter})
	if err != nil {
		return 0, err
	}
	defer e.Close()
	o := e.ClientOptions()
	o.Logger = sdklog.NewStructuredLogger(silent)
	o.Identity = "histories" // by default the machine's name, which is nobody's business
	c, err := client.DialContext(ctx, o)
	if err != nil {
		return 0, err
	}
	defer c.Close()

	r := &pathRun{ctx: ctx, c: c, rec: newMemoryRecord(), id: p.name}
	r.workflow, r.workflowID = contract.CaseWorkflow, contract.CaseWorkflowID(r.id)
	r.input = contract.CaseInput{OrgID: "synthetic", CaseID: r.id}
	i := newIncidentPath(r)
	if p.incident != nil {
		r.workflow, r.workflowID = contract.IncidentWorkflow, contract.IncidentWorkflowID(r.id)
		r.input = contract.IncidentInput{OrgID: "synthetic", IncidentID: r.id}
		p.walk = func(*pathRun) error { return p.incident(i) }
	}
	w := worker.New(c, contract.TaskQueue, worker.Options{DisableRegistrationAliasing: true})
	workflows.Register(w)
	r.rec.register(w)
	i.rec.register(w)
	if err := w.Start(); err != nil {
		return 0, err
	}
	defer w.Stop()
	if err := p.walk(r); err != nil {
		return 0, err
	}
	return r.write(folder)
}

// write saves the history of the first run and, where the case continued as new,
// that of the last one. It returns the number of events.
func (r *pathRun) write(folder string) (int, error) {
	d, err := r.c.DescribeWorkflowExecution(r.ctx, r.workflowID, "")
	if err != nil {
		return 0, err
	}
	first := d.GetWorkflowExecutionInfo().GetFirstRunId()
	last := d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	n, err := r.writeRun(filepath.Join(folder, r.id+".json"), first)
	if err != nil || last == first {
		return n, err
	}
	more, err := r.writeRun(filepath.Join(folder, r.id+"-last-run.json"), last)
	return n + more, err
}

func (r *pathRun) writeRun(file, runID string) (int, error) {
	h, err := r.history(runID)
	if err != nil {
		return 0, err
	}
	text, err := (temporalproto.CustomJSONMarshalOptions{Indent: " "}).Marshal(h)
	if err != nil {
		return 0, err
	}
	return len(h.Events), os.WriteFile(file, append(text, '\n'), 0o644)
}

// history reads a run's events. The name of the queue that a worker made for
// itself holds the machine's name and is left out.
func (r *pathRun) history(runID string) (*historypb.History, error) {
	all := &historypb.History{}
	events := r.c.GetWorkflowHistory(r.ctx, r.workflowID, runID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return nil, err
		}
		if q := e.GetWorkflowTaskScheduledEventAttributes().GetTaskQueue(); q.GetNormalName() != "" {
			q.Name = "sticky"
		}
		all.Events = append(all.Events, e)
	}
	return all, nil
}

// act sends an act as the API does.
func (r *pathRun) act(a contract.Act) error {
	r.acts++
	a.CommandID = fmt.Sprintf("command-%d", r.acts)
	a.Version = r.rec.version()
	return r.update(contract.ActUpdate, a.CommandID, a)
}

func (r *pathRun) sync() error {
	r.acts++
	return r.update(contract.SyncUpdate, fmt.Sprintf("sync-%d", r.acts))
}

func (r *pathRun) update(name, id string, args ...any) error {
	for {
		start := r.c.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
			ID: r.workflowID, TaskQueue: contract.TaskQueue,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		}, r.workflow, r.input)
		h, err := r.c.UpdateWithStartWorkflow(r.ctx, client.UpdateWithStartWorkflowOptions{
			StartWorkflowOperation: start,
			UpdateOptions: client.UpdateWorkflowOptions{
				UpdateID: id, UpdateName: name, Args: args, WaitForStage: client.WorkflowUpdateStageCompleted,
			},
		})
		if err == nil {
			err = h.Get(r.ctx, nil)
		}
		if refused := contract.RefusalIn(err); refused == nil || refused.Code != model.CodeDraining {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (r *pathRun) decide(stage model.StageKey, kind model.TaskKind, round int, o model.Outcome) error {
	return r.act(contract.Act{
		Kind: model.ActDecide, Outcome: o, Target: "intake", Plan: &model.Plan{Outcome: model.Proceed},
		Task: &model.TaskKey{Stage: stage, Kind: kind, Round: round},
	})
}

// all runs steps until one fails.
func all(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (r *pathRun) submits(mode model.Mode, scope string) func() error {
	return func() error { return r.act(contract.Act{Kind: model.ActSubmit, Plan: planned(mode, scope)}) }
}

// planned is what triage asks of a T3 case without written assessments.
func planned(mode model.Mode, scope string) *model.Plan {
	return &model.Plan{
		Outcome: model.Proceed, Tier: model.T3, Mode: mode, Stages: []model.PlanStage{
			{Key: model.StageManager, Requirement: model.Required, Scope: "m" + scope},
			{Key: model.StageLegalBasis, Requirement: model.Required, Scope: "l" + scope},
			{Key: model.StageSecrecy, Requirement: model.Full, Scope: "s" + scope},
			{Key: model.StageEnvironment, Requirement: model.Light, Scope: "e" + scope},
			{Key: model.StageCISO, Requirement: model.Full, Scope: "c" + scope},
			{Key: model.StageInfoOwner, Requirement: model.Required, Scope: "i" + scope},
		},
	}
}

func (r *pathRun) decides(stage model.StageKey, kind model.TaskKind, round int, o model.Outcome) func() error {
	return func() error { return r.decide(stage, kind, round, o) }
}

func (r *pathRun) acting(kind model.ActKind) func() error {
	return func() error { return r.act(contract.Act{Kind: kind}) }
}

func (r *pathRun) toCISO() error {
	return all(
		r.submits(model.Sequential, "1"),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse),
		r.decides(model.StageLegalBasis, model.TaskAdvice, 1, model.OutcomeSupports),
		r.decides(model.StageLegalBasis, model.TaskDecision, 1, model.OutcomeLawful),
		r.decides(model.StageSecrecy, model.TaskDecision, 1, model.OutcomeNotSecret),
	)
}

func straight(r *pathRun) error {
	return all(r.toCISO,
		r.decides(model.StageCISO, model.TaskDecision, 1, model.OutcomeApprove),
		r.decides(model.StageInfoOwner, model.TaskDecision, 1, model.OutcomeAccept),
		r.acting(model.ActActivate),
	)
}

func parallel(r *pathRun) error {
	return all(r.submits(model.Parallel, "1"),
		r.decides(model.StageSecrecy, model.TaskDecision, 1, model.OutcomeSecretPermitted),
		r.decides(model.StageLegalBasis, model.TaskAdvice, 1, model.OutcomeAdvisesAgainst),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse),
		r.decides(model.StageLegalBasis, model.TaskDecision, 1, model.OutcomeLawful),
		r.decides(model.StageCISO, model.TaskDecision, 1, model.OutcomeApprove),
		r.decides(model.StageInfoOwner, model.TaskDecision, 1, model.OutcomeAccept),
	)
}

func (r *pathRun) stopped(rule string) func() error {
	return func() error {
		return r.act(contract.Act{Kind: model.ActSubmit, Plan: &model.Plan{
			Outcome: model.StoppedByRule, Tier: model.T4, Mode: model.Sequential, HardStops: []string{rule},
		}})
	}
}

func stoppedAndCorrected(r *pathRun) error {
	return all(r.stopped("HS-02"), r.acting(model.ActCorrect), r.submits(model.Sequential, "1"))
}

func reExamined(r *pathRun) error {
	return all(r.stopped("HS-01"), r.acting(model.ActReExamine),
		r.decides(model.StageReExamination, model.TaskReviewLegal, 1, model.OutcomeErrorUpheld),
		r.decides(model.StageReExamination, model.TaskConfirmation, 1, model.OutcomeErrorUpheld),
		r.submits(model.Sequential, "1"),
	)
}

// submitsAssessed submits a case in which legal basis and impact assessment are
// written before they are reviewed.
func (r *pathRun) submitsAssessed(mode model.Mode) func() error {
	return func() error {
		return r.act(contract.Act{Kind: model.ActSubmit, Plan: &model.Plan{
			Outcome: model.Proceed, Tier: model.T3, Mode: mode, Stages: []model.PlanStage{
				{Key: model.StageManager, Requirement: model.Required, Scope: "m"},
				{Key: model.StageLegalBasis, Requirement: model.Required, Scope: "l", Assess: true},
				{Key: model.StageDPIA, Requirement: model.Required, Scope: "d", Assess: true},
				{Key: model.StageCISO, Requirement: model.Full, Scope: "c"},
				{Key: model.StageInfoOwner, Requirement: model.Required, Scope: "i"},
			},
		}})
	}
}

func (r *pathRun) handsIn(stage model.StageKey, part string) func() error {
	return func() error { return r.act(contract.Act{Kind: model.ActHandIn, Stage: stage, Part: part}) }
}

// handedIn pins assessments that are handed in one after the other, the second
// again with another text while its reviewers are at work.
func handedIn(r *pathRun) error {
	return all(r.submitsAssessed(model.Sequential),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse),
		r.handsIn(model.StageLegalBasis, "l1"),
		r.decides(model.StageLegalBasis, model.TaskAdvice, 1, model.OutcomeSupports),
		r.decides(model.StageLegalBasis, model.TaskDecision, 1, model.OutcomeLawful),
		r.handsIn(model.StageDPIA, "d1"),
		r.decides(model.StageDPIA, model.TaskAdvice, 1, model.OutcomeSupports),
		r.handsIn(model.StageDPIA, "d2"),
		r.decides(model.StageDPIA, model.TaskAdvice, 2, model.OutcomeSupports),
		r.decides(model.StageDPIA, model.TaskDecision, 2, model.OutcomeAcceptable),
		r.decides(model.StageCISO, model.TaskDecision, 1, model.OutcomeApprove),
		r.decides(model.StageInfoOwner, model.TaskDecision, 1, model.OutcomeAccept),
	)
}

// jointAdvice pins the DPO's word on legal basis and impact assessment at once.
func jointAdvice(r *pathRun) error {
	return all(r.submitsAssessed(model.Parallel),
		r.handsIn(model.StageLegalBasis, "l1"),
		r.handsIn(model.StageDPIA, "d1"),
		func() error {
			return r.act(contract.Act{
				Kind: model.ActDecide, Target: "intake", Plan: &model.Plan{Outcome: model.Proceed},
				Outcome: model.OutcomeSupports, Task: &model.TaskKey{Stage: model.StageLegalBasis, Kind: model.TaskAdvice, Round: 1},
				JointOutcome: model.OutcomeSupportsWithRemarks, Joint: &model.TaskKey{Stage: model.StageDPIA, Kind: model.TaskAdvice, Round: 1},
			})
		},
		r.decides(model.StageLegalBasis, model.TaskDecision, 1, model.OutcomeLawful),
	)
}

// returnedToStage pins a return that asks for another text of one assessment.
func returnedToStage(r *pathRun) error {
	return all(r.submitsAssessed(model.Sequential),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse),
		r.handsIn(model.StageLegalBasis, "l1"),
		r.decides(model.StageLegalBasis, model.TaskAdvice, 1, model.OutcomeSupports),
		func() error {
			return r.act(contract.Act{
				Kind: model.ActDecide, Outcome: model.OutcomeReturn, Target: string(model.StageLegalBasis),
				Task: &model.TaskKey{Stage: model.StageLegalBasis, Kind: model.TaskDecision, Round: 1},
			})
		},
		r.handsIn(model.StageLegalBasis, "l2"),
		r.decides(model.StageLegalBasis, model.TaskAdvice, 2, model.OutcomeSupports),
		r.decides(model.StageLegalBasis, model.TaskDecision, 2, model.OutcomeLawful),
	)
}

// headConfirmed pins a decision against the DPO's advice, which the head of the
// unit has to confirm.
func headConfirmed(r *pathRun) error {
	return all(r.submitsAssessed(model.Sequential),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse),
		r.handsIn(model.StageLegalBasis, "l1"),
		r.decides(model.StageLegalBasis, model.TaskAdvice, 1, model.OutcomeAdvisesAgainst),
		func() error {
			return r.act(contract.Act{
				Kind: model.ActDecide, Outcome: model.OutcomeLawful, Head: true, Plan: &model.Plan{Outcome: model.Proceed},
				Task: &model.TaskKey{Stage: model.StageLegalBasis, Kind: model.TaskDecision, Round: 1},
			})
		},
		r.decides(model.StageLegalBasis, model.TaskHead, 1, model.OutcomeConfirm),
		r.handsIn(model.StageDPIA, "d1"),
	)
}

// conditionWaived pins the words of the two who waive a condition together.
func conditionWaived(r *pathRun) error {
	return all(r.toCISO,
		func() error {
			return r.act(contract.Act{
				Kind: model.ActDecide, Outcome: model.OutcomeApproveWithConditions, Conditions: 1, Plan: &model.Plan{Outcome: model.Proceed},
				Task: &model.TaskKey{Stage: model.StageCISO, Kind: model.TaskDecision, Round: 1},
			})
		},
		r.decides(model.StageInfoOwner, model.TaskDecision, 1, model.OutcomeAccept),
		r.acting(model.ActVerifyCondition), r.acting(model.ActWaive), r.acting(model.ActWaive), r.acting(model.ActActivate),
	)
}

func stageRaised(r *pathRun) error {
	return all(r.submits(model.Sequential, "1"),
		func() error {
			return r.act(contract.Act{Kind: model.ActRaiseStage, Stage: model.StageEnvironment, Requirement: model.Full})
		},
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse),
	)
}

func returned(r *pathRun) error {
	return all(r.toCISO,
		r.decides(model.StageCISO, model.TaskDecision, 1, model.OutcomeReturn),
		r.submits(model.Sequential, "2"),
		r.decides(model.StageManager, model.TaskEndorse, 2, model.OutcomeEndorse),
	)
}

func rejected(r *pathRun) error {
	return all(r.toCISO,
		r.decides(model.StageCISO, model.TaskDecision, 1, model.OutcomeReject),
		r.decides(model.StageCISO, model.TaskSecondReading, 1, model.OutcomeConfirm),
	)
}

func withdrawn(r *pathRun) error {
	return all(r.submits(model.Sequential, "1"), r.acting(model.ActWithdraw))
}

func archived(r *pathRun) error {
	return all(r.submits(model.Sequential, "1"), r.acting(model.ActWithdraw), r.acting(model.ActArchive))
}

// touchedWhenArchived pins the run that an act on an archived case starts: it
// loads the case, refuses and ends.
func touchedWhenArchived(r *pathRun) error {
	return all(r.stopped("HS-02"), r.acting(model.ActArchive), r.refused(model.ActWithdraw))
}

func deadline(r *pathRun) error {
	r.rec.setDue("deadline-1", time.Now().Add(time.Second))
	return all(r.submits(model.Sequential, "1"), r.untilFired)
}

// untilFired waits for the deadlines of the next minute, and for the process to
// know of it.
func (r *pathRun) untilFired() error {
	r.waitUntilFired()
	return r.sync()
}

func (r *pathRun) waitUntilFired() {
	for !r.rec.hasFired() {
		time.Sleep(10 * time.Millisecond)
	}
}

func (r *pathRun) consults(events ...model.ConsultationEvent) func() error {
	return func() error {
		for _, e := range events {
			if err := r.act(contract.Act{Kind: model.ActConsult, Consult: e}); err != nil {
				return err
			}
		}
		return nil
	}
}

// toConsultation takes a case to the decision to consult the supervisory authority.
func (r *pathRun) toConsultation() error {
	return all(r.submitsAssessed(model.Parallel),
		r.handsIn(model.StageLegalBasis, "l1"),
		r.decides(model.StageLegalBasis, model.TaskAdvice, 1, model.OutcomeSupports),
		r.decides(model.StageLegalBasis, model.TaskDecision, 1, model.OutcomeLawful),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse),
		r.handsIn(model.StageDPIA, "d1"),
		r.decides(model.StageDPIA, model.TaskAdvice, 1, model.OutcomeSupports),
		r.decides(model.StageDPIA, model.TaskDecision, 1, model.OutcomePriorConsultation),
	)
}

// consulted pins a consultation that is extended and suspended and ends with the
// authority's advice, after which the risk is lower.
func consulted(r *pathRun) error {
	return all(r.toConsultation,
		r.consults(model.ConsultSubmitted, model.ConsultReceived, model.ConsultExtensionNotified,
			model.ConsultInfoRequested, model.ConsultInfoDelivered, model.ConsultAdviceReceived),
		r.handsIn(model.StageDPIA, "d2"),
		r.decides(model.StageDPIA, model.TaskAdvice, 2, model.OutcomeSupports),
		r.decides(model.StageDPIA, model.TaskDecision, 2, model.OutcomeAcceptable),
	)
}

// consultationPeriodEnded pins the end of the authority's time without advice.
func consultationPeriodEnded(r *pathRun) error {
	return all(r.toConsultation, r.consults(model.ConsultSubmitted),
		func() error {
			end := model.DeadlineID(r.id, model.SubjectConsultation, model.DeadlinePeriodEnd, 1)
			r.rec.setDue(end, time.Now().Add(time.Second))
			return nil
		},
		r.consults(model.ConsultReceived), r.untilFired, r.consults(model.ConsultPeriodEnded),
	)
}

func adopted(r *pathRun) error {
	return all(r.submits(model.Sequential, "1"),
		func() error { r.rec.touch(); return nil },
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse),
	)
}

func databaseAway(r *pathRun) error {
	r.rec.setAway(true)
	defer r.rec.setAway(false)
	return all(r.submits(model.Sequential, "1"),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse))
}

func refusedSubmission(r *pathRun) error { return r.refused(model.ActActivate)() }

func (r *pathRun) refused(kind model.ActKind) func() error {
	return func() error {
		err := r.acting(kind)()
		if refused := contract.RefusalIn(err); refused == nil || refused.Code != model.CodeStateConflict {
			return fmt.Errorf("the act was not refused: %w", err)
		}
		return nil
	}
}

func continued(r *pathRun) error {
	return all(r.toCISO, r.sync, r.sync,
		r.decides(model.StageCISO, model.TaskDecision, 1, model.OutcomeApprove),
		r.decides(model.StageInfoOwner, model.TaskDecision, 1, model.OutcomeAccept))
}

// memoryRecord is a record in memory that applies transitions as the real one
// does. It holds one case.
type memoryRecord struct {
	mu   sync.Mutex
	snap model.Snapshot
	done map[string]bool
	due  []model.Due // the earliest first
	away bool
}

func newMemoryRecord() *memoryRecord {
	return &memoryRecord{snap: model.Snapshot{Found: true, State: model.Draft}, done: map[string]bool{}}
}

func (m *memoryRecord) register(r worker.ActivityRegistry) {
	r.RegisterActivityWithOptions(m.load, activity.RegisterOptions{Name: contract.LoadCase})
	r.RegisterActivityWithOptions(m.record, activity.RegisterOptions{Name: contract.RecordTransition})
}

func (m *memoryRecord) version() int64 { m.mu.Lock(); defer m.mu.Unlock(); return m.snap.Version }

func (m *memoryRecord) state() model.CaseState { m.mu.Lock(); defer m.mu.Unlock(); return m.snap.State }

// hasFired reports whether no deadline is left in the next minute.
func (m *memoryRecord) hasFired() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.due) == 0 || time.Until(m.due[0].At) > time.Minute
}

// setDue puts a deadline in the place of those that wait.
func (m *memoryRecord) setDue(id string, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.due = []model.Due{{ID: id, At: at.UTC()}}
}

// addDue adds a deadline to those that wait.
func (m *memoryRecord) addDue(id string, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.due = append(m.due, model.Due{ID: id, At: at.UTC()})
	slices.SortFunc(m.due, func(a, b model.Due) int { return a.At.Compare(b.At) })
}

func (m *memoryRecord) next() *model.Due {
	if len(m.due) == 0 {
		return nil
	}
	return &m.due[0]
}

// setAway makes local activities fail, so that the process falls back to normal
// ones.
func (m *memoryRecord) setAway(away bool) { m.mu.Lock(); defer m.mu.Unlock(); m.away = away }

// touch moves the record on without the process.
func (m *memoryRecord) touch() { m.mu.Lock(); defer m.mu.Unlock(); m.snap.Version++ }

func (m *memoryRecord) isAway(ctx context.Context) bool {
	return m.away && activity.GetInfo(ctx).IsLocalActivity
}

func (m *memoryRecord) load(ctx context.Context, _ contract.CaseInput) (model.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.isAway(ctx) {
		return model.Snapshot{}, errors.New("away")
	}
	return m.snapshot(), nil
}

func (m *memoryRecord) snapshot() model.Snapshot {
	s := m.snap.Clone()
	s.Next = m.next()
	return s
}

func (m *memoryRecord) record(ctx context.Context, t model.Transition) (model.Recorded, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.isAway(ctx):
		return model.Recorded{}, errors.New("away")
	case m.done[t.CommandID]:
		return model.Recorded{Replayed: true}, nil
	case t.Expect != m.snap.Version:
		s := m.snapshot()
		return model.Recorded{Mismatch: &s}, nil
	}
	m.done[t.CommandID] = true
	m.snap.Apply(t.Changes)
	m.snap.Version++
	m.settle(t)
	return model.Recorded{Version: m.snap.Version, Lapsed: m.snap.Lapsed, Next: m.next()}, nil
}

// settle keeps what the record alone knows: the deadlines that wait, and the
// conditions that have lapsed (CO-02).
func (m *memoryRecord) settle(t model.Transition) {
	fired := model.Due{ID: t.Deadline}
	m.due = slices.DeleteFunc(m.due, func(d model.Due) bool { return d.ID == fired.ID })
	switch {
	case m.snap.State.HasEnded():
		m.due = nil
	case fired.Kind() == model.DeadlineLapse:
		m.snap.Lapsed++
	case t.Kind == model.ActVerifyCondition:
		m.snap.Lapsed = 0
	}
}
