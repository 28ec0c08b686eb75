package act

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
	"sluss/workflows/contract"
)

// DefaultReconcileEvery is how often every case and incident is compared with its
// process.
const DefaultReconcileEvery = time.Hour

const (
	// reconcileLease is held by the process that does so again and again, and beyond the
	// next time for half as long as lies between two.
	reconcileLease = "reconcile"
	// examined is how many of them are compared before the time is looked at.
	examined = 50
	// askFor is how long a process may take to say what it knows.
	askFor = 5 * time.Second
	// pageTime is how long one request may go on reconciling, so that its answer
	// comes while the client still waits.
	pageTime = 15 * time.Second
)

// finding says how a process stands to its case or incident. The row is the record:
// whatever the process knows beyond it or otherwise is wrong.
type finding string

const (
	inStep  finding = ""
	missing finding = "missing" // the engine has lost it, or the record was restored
	closed  finding = "closed"  // it ended although the case or incident goes on
	behind  finding = "behind"  // the record knows more
	ahead   finding = "ahead"   // the record was restored and is older
	stuck   finding = "stuck"   // it cannot go on with the present program
)

// Reconciliation counts what was found when cases and incidents were compared with
// their processes, by kind. What was found has been repaired, but for those in
// Failed.
type Reconciliation struct {
	Checked int `json:"checked" doc:"cases and open incidents that were compared with their process"`
	Missing int `json:"missing" doc:"had no process, and have one now"`
	Closed  int `json:"closed" doc:"had a process that had ended, and have a new one"`
	Behind  int `json:"behind" doc:"had a process that knew less than the record, and has reloaded"`
	Ahead   int `json:"ahead" doc:"had a process that knew more than a restored record, and have a new one"`
	Stuck   int `json:"stuck" doc:"had a process that could not go on, and have a new one"`
	Failed  int `json:"failed" doc:"could not be compared or repaired; the log names them"`
	// Next is the one after which to go on, "" when all have been compared.
	Next string `json:"next" doc:"give it as after to go on; empty when all were compared"`
}

func (r *Reconciliation) count(f finding) {
	switch f {
	case missing:
		r.Missing++
	case closed:
		r.Closed++
	case behind:
		r.Behind++
	case ahead:
		r.Ahead++
	case stuck:
		r.Stuck++
	}
}

// Add adds the counts of another part of the same comparison, and goes on where
// that one stopped.
func (r *Reconciliation) Add(o Reconciliation) {
	r.Checked += o.Checked
	r.Missing += o.Missing
	r.Closed += o.Closed
	r.Behind += o.Behind
	r.Ahead += o.Ahead
	r.Stuck += o.Stuck
	r.Failed += o.Failed
	r.Next = o.Next
}

// Reconcile compares the cases and incidents of the actor's organisation with their
// processes, the oldest first, and repairs what does not fit. It begins after one of
// them, or with the first when after is "", and stops after some seconds: Next says
// where to go on. A new request finds nothing of what an earlier one repaired. Only
// administrators may.
func (s *Service) Reconcile(ctx context.Context, r Request, after string) (found Reconciliation, err error) {
	if err := access.Anywhere(r.Actor, access.Administer, access.Execute); err != nil {
		return found, err
	}
	requestKey, bodyHash, err := r.key()
	if err != nil {
		return found, err
	}
	known, err := s.store.CommandByKey(ctx, r.Actor.OrgID, requestKey)
	if errors.Is(err, store.ErrNotFound) {
		if found, err = s.reconcile(ctx, r.Actor.OrgID, after, everyone, time.Now().Add(pageTime)); err != nil {
			return found, err
		}
		err = s.store.AddAnswered(ctx, model.Command{
			OrgID: r.Actor.OrgID, ID: model.NewID(), RequestKey: requestKey, Kind: "reconcile",
			ActorID: r.Actor.PersonID, BodyHash: bodyHash,
		}, found, s.clock.Now())
		if !store.IsConflict(err) {
			return found, err
		}
		known, err = s.store.CommandByKey(ctx, r.Actor.OrgID, requestKey) // the same request at the same time
	}
	switch {
	case err != nil:
		return found, err
	case known.BodyHash != bodyHash:
		return found, model.Refuse(model.CodeKeyReused)
	}
	return found, json.Unmarshal(known.Answer, &found)
}

// reconcileAll compares every case and incident at once and then again and again, until
// the context ends.
func (s *Service) reconcileAll(ctx context.Context) {
	tick := time.NewTicker(s.reconcileEvery)
	defer tick.Stop()
	for {
		s.reconcileOrganisations(ctx)
		for mine := false; !mine; {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			mine = s.reconcilesNow(ctx)
		}
	}
}

// reconcilesNow reports whether this process is the one that compares this time. Every
// process does when it starts, because of what may have been lost before.
func (s *Service) reconcilesNow(ctx context.Context) bool {
	now := s.clock.Now()
	mine, err := s.store.Lease(ctx, reconcileLease, s.holder, now, now.Add(s.reconcileEvery+s.reconcileEvery/2))
	if err != nil {
		s.log.WarnContext(ctx, "processes not reconciled", slog.String("class", classOf(err)))
	}
	return mine
}

func (s *Service) reconcileOrganisations(ctx context.Context) {
	began := time.Now()
	s.remembered.forget(began)
	orgs, err := s.store.Organisations(ctx)
	var all Reconciliation
	for _, org := range orgs {
		var r Reconciliation
		r, err = s.reconcile(ctx, org.ID, "", whoeverMoved, endless)
		all.Add(r)
		if err != nil {
			break
		}
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.log.WarnContext(ctx, "processes not reconciled", slog.String("class", classOf(err)))
	default:
		if all.Checked > examined {
			// What asking so many processes took for a moment goes back to the system: the
			// runtime would keep most of it for as long as little else happens.
			debug.FreeOSMemory()
		}
		s.log.InfoContext(ctx, "processes reconciled", slog.Int("checked", all.Checked), slog.Int("missing", all.Missing),
			slog.Int("closed", all.Closed), slog.Int("behind", all.Behind), slog.Int("ahead", all.Ahead),
			slog.Int("stuck", all.Stuck), slog.Int("failed", all.Failed), slog.Duration("duration", time.Since(began)))
	}
}

// whom says which processes are asked what they know.
type whom bool

const (
	// everyone is asked when a person wants a comparison.
	everyone whom = true
	// whoeverMoved is everyone that does not stand as it was last seen: at the start,
	// when nobody has been seen, that is everyone too.
	whoeverMoved whom = false
)

// endless is the time until which a comparison goes on that goes to the end.
var endless time.Time

// reconcile goes through what an organisation has with a process until a time. When none
// of many succeeds it gives up: then it is not they that are at fault. What lists find
// older cases by is filled first.
func (s *Service) reconcile(ctx context.Context, orgID, after string, ask whom, until time.Time) (Reconciliation, error) {
	if err := s.fillFacts(ctx, orgID); err != nil {
		s.log.WarnContext(ctx, "facts of cases not filled", slog.String("class", classOf(err)))
	}
	all := Reconciliation{Next: after}
	for {
		refs, err := s.store.WithProcess(ctx, orgID, all.Next, examined)
		if err != nil {
			return all, err
		}
		some := s.reconcileSome(ctx, refs, ask)
		s.meter.Reconciled(some)
		if len(refs) == examined {
			some.Next = refs[len(refs)-1].ID
		}
		all.Add(some)
		switch {
		case ctx.Err() != nil:
			return all, ctx.Err()
		case some.Failed == examined:
			return all, model.Refuse(model.CodeUnavailable)
		case all.Next == "" || until != endless && time.Now().After(until):
			return all, nil
		}
	}
}

func (s *Service) reconcileSome(ctx context.Context, refs []store.ProcessRef, ask whom) Reconciliation {
	r := Reconciliation{Checked: len(refs)}
	var mu sync.Mutex
	each(ctx, refs, func(ctx context.Context, ref store.ProcessRef) {
		p := s.compare(ref)
		now, found, err := s.look(ctx, p.target)
		if err == nil && found == inStep && (ask == everyone || !s.stands(ctx, p, now)) {
			found, err = s.examine(ctx, p, now)
		}
		if err == nil && found != inStep {
			err = s.repair(ctx, p.target, now.run, found)
		}
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.log.WarnContext(ctx, "process not reconciled", p.name, slog.String("class", classOf(err)))
			r.Failed++
			return
		}
		if found != inStep {
			s.log.InfoContext(ctx, "process repaired", p.name, slog.String("was", string(found)))
			r.count(found)
		}
	})
	return r
}

// look asks the engine about a process, which the process does not notice.
func (s *Service) look(ctx context.Context, p target) (now progress, found finding, err error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	d, err := s.temporal.DescribeWorkflowExecution(ctx, p.id, "")
	var gone *serviceerror.NotFound
	switch {
	case errors.As(err, &gone):
		return now, missing, nil
	case err != nil:
		return now, inStep, err
	}
	info, task := d.GetWorkflowExecutionInfo(), d.GetPendingWorkflowTask()
	now = progress{run: info.GetExecution().GetRunId(), events: info.GetHistoryLength(), attempt: task.GetAttempt()}
	if info.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return now, closed, nil
	}
	return now, inStep, nil
}

// examine compares a row with its process. The row is read after the process was
// asked, so that a process that knows more is ahead for certain. One that knows
// less may just be recording a step: it is asked again, and must then know what
// the row said. now is how far the process was before it was asked.
func (s *Service) examine(ctx context.Context, p compared, now progress) (finding, error) {
	known, found, err := s.ask(ctx, p)
	if err != nil {
		return inStep, err
	}
	row, err := p.row(ctx)
	switch {
	case err != nil:
		return inStep, err
	case !row.lives:
		return inStep, nil // it was archived or closed meanwhile
	case found != inStep:
		return found, nil
	case known.version > row.version:
		return ahead, nil
	case known == row:
		s.remembered.keep(p.id, now, row)
		return inStep, nil
	}
	known, found, err = s.ask(ctx, p)
	switch {
	case err != nil || found != inStep:
		return found, err
	case known.version > row.version, known == row:
		return inStep, nil
	}
	return behind, nil
}

// ask asks a process what it knows.
func (s *Service) ask(ctx context.Context, p compared) (known standing, found finding, err error) {
	limited, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	answer, err := s.temporal.QueryWorkflowWithOptions(limited, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: p.id, QueryType: contract.StateQuery, QueryRejectCondition: enumspb.QUERY_REJECT_CONDITION_NOT_OPEN,
	})
	var gone *serviceerror.NotFound
	var refused *serviceerror.QueryFailed
	switch {
	case errors.As(err, &gone):
		return known, missing, nil
	case errors.As(err, &refused) && breaks(refused.Failure), err != nil && s.stuckOn(ctx, p.target) != "":
		return known, stuck, nil // its history cannot be replayed
	case err != nil:
		return known, inStep, err
	case answer.QueryRejected != nil:
		return known, closed, nil
	}
	known, err = p.read(answer.QueryResult)
	return known, inStep, err
}

// repair gives a case or an incident a process that knows what the row says. A run
// that cannot reload is ended, that one and none that has come after it: a new one
// starts from the record, and commands that were under way are sent again.
func (s *Service) repair(ctx context.Context, p target, run string, found finding) error {
	if found == ahead || found == stuck {
		if err := s.end(ctx, p, run, found); err != nil {
			return err
		}
	}
	return s.syncProcess(ctx, p)
}

// end ends a run for what was found of it.
func (s *Service) end(ctx context.Context, p target, run string, found finding) error {
	err := s.temporal.TerminateWorkflow(ctx, p.id, run, "reconcile: "+string(found))
	if gone := (*serviceerror.NotFound)(nil); errors.As(err, &gone) {
		return nil
	}
	return err
}

// endOthers ends the processes of an organisation's drafts, which have none: their
// submissions came after the backup from which the record was put back.
func (s *Service) endOthers(ctx context.Context, orgID string) error {
	for after := ""; ; {
		refs, err := s.store.WithoutProcess(ctx, orgID, after, examined)
		if err != nil || len(refs) == 0 {
			return err
		}
		after = refs[len(refs)-1].CaseID
		failed := make(chan error, len(refs))
		each(ctx, refs, func(ctx context.Context, ref store.CaseRef) {
			p := caseTarget(ref.OrgID, ref.CaseID)
			now, found, err := s.look(ctx, p)
			if err == nil && found == inStep {
				err = s.end(ctx, p, now.run, ahead)
			}
			failed <- err
		})
		close(failed)
		for err := range failed {
			if err != nil {
				return err
			}
		}
	}
}
