package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/replay"
	"sluss/model/store"
)

// A walk through acts that come in any order: after each step the rows are what
// the events add up to.
func testRandomWalk(t *testing.T, open Open) {
	seed := newSeed(t)
	s := open(t, 0)
	did := map[string]int{}
	for i := range uint64(8) {
		w := newWalk(NewWorld(t, s), rand.New(rand.NewPCG(seed, i)))
		w.did = did
		w.id = w.Draft()
		for range 60 {
			w.step()
			w.agree()
		}
		events, err := s.Events(w.ctx(), w.Org, w.id, 0, 10_000)
		w.must(err)
		folded, err := replay.Fold(events)
		w.must(err)
		if got := w.Snapshot(w.id); toJSON(got) != toJSON(folded.Snapshot) {
			t.Fatalf("rows\n%s\nevents\n%s", toJSON(got), toJSON(folded.Snapshot))
		}
	}
	t.Logf("the walks did %v", did)
}

type walk struct {
	*World
	*rand.Rand
	id                 string
	head, clerk, admin string
	// waived says who has waived a condition so far.
	waived map[string]model.Role
	did    map[string]int
}

func newWalk(w *World, r *rand.Rand) *walk {
	return &walk{
		World: w, Rand: r, waived: map[string]model.Role{}, did: map[string]int{},
		head: w.Person("hanna", model.RoleUnitHead), clerk: w.Person("siv", model.RoleCoordinator), admin: w.Person("adam", model.RoleAdministrator),
	}
}

// agree expects what the counts, the tasks and the stages say of each other.
func (w *walk) agree() {
	w.Helper()
	snap := w.Snapshot(w.id)
	conditions, err := w.Store.Conditions(w.ctx(), w.Org, w.id)
	w.must(err)
	own, before := 0, 0
	for _, c := range conditions {
		if !c.Template && c.Status != model.ConditionReplaced {
			own++
		}
		if c.DueKind == model.DueBeforeUse && (c.Status == model.ConditionOpen || c.Status == model.ConditionOverdue) {
			before++
		}
	}
	if snap.Conditions != own || snap.OpenBeforeUse != before {
		w.Fatalf("%d conditions and %d before use are counted as %d and %d", own, before, snap.Conditions, snap.OpenBeforeUse)
	}
	tasks, err := w.Store.CaseTasks(w.ctx(), w.Org, w.id)
	w.must(err)
	stages, err := w.Store.CaseStages(w.ctx(), w.Org, w.id)
	w.must(err)
	rows := map[model.StageKey]store.Stage{}
	for _, st := range stages {
		rows[st.Key] = st
	}
	for _, t := range tasks {
		st := snap.Stage(t.Key.Stage)
		if t.Status != model.TaskOpen || t.Key.Kind == model.TaskPrepare || st.Part == "" {
			continue
		}
		if row := rows[st.Key]; t.ScopeHash != st.Scope+"."+st.Part || t.Revision != row.PartRevision {
			w.Fatalf("%s judges %s of revision %d, the stage has %+v", t.Key.Subject(), t.ScopeHash, t.Revision, row)
		}
	}
	for _, st := range snap.Stages {
		row := rows[st.Key]
		if st.Part == "" && row.PartRevision == 0 {
			continue
		}
		frozen, err := w.Store.Revision(w.ctx(), w.Org, w.id, string(st.Key), row.PartRevision)
		if err != nil || frozen.Hash != st.Part {
			w.Fatalf("%s has revision %d, %s, of which is frozen %s, %v", st.Key, row.PartRevision, st.Part, frozen.Hash, err)
		}
	}
}

// step does one act that the case allows now, and begins a new case when there
// is none.
func (w *walk) step() {
	w.Helper()
	w.Clock.Advance(time.Duration(w.Int64N(int64(60 * time.Hour))))
	snap := w.Snapshot(w.id)
	var acts []func()
	do := func(weight int, act func() Act) {
		for range weight {
			acts = append(acts, func() {
				w.Helper()
				a := act()
				w.did[w.name(a)]++
				w.Do(w.id, a)
			})
		}
	}
	if snap.State == model.Draft || snap.State.UnderReview() || snap.State == model.RejectedAuto {
		do(1, w.submission)
	}
	if snap.State != model.Draft && snap.State != model.Withdrawn {
		if w.IntN(15) == 0 {
			do(1, func() Act { return w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn) })
		}
	}
	for _, st := range snap.Stages {
		if to, ok := model.Raised(st.Requirement); ok && snap.State.UnderReview() && w.IntN(4) == 0 {
			do(1, func() Act { return w.Raise(st.Key, to) })
		}
		for _, task := range st.Tasks {
			switch {
			case task.Status != model.TaskOpen:
			case task.Kind == model.TaskPrepare:
				do(3, func() Act { return w.handIn(st) })
			default:
				do(2, func() Act { return w.answer(st.Key, task.Kind) })
			}
		}
		if st.Part != "" && snap.State.UnderReview() {
			do(1, func() Act { return w.handIn(st) }) // another text while they review
		}
	}
	if bothOpen(snap) {
		do(4, func() Act {
			return w.DecideBoth(w.id, w.DPO, w.statement(), w.statement())
		})
	}
	if next := snap.Next; next != nil && !next.At.After(w.Clock.Now()) {
		do(2, func() Act { return w.Fire(next.ID) })
	}
	conditions, err := w.Store.Conditions(w.ctx(), w.Org, w.id)
	w.must(err)
	unmet := slices.DeleteFunc(conditions, func(c store.Condition) bool { return !c.Status.Unmet() })
	if len(unmet) > 0 {
		do(2, func() Act { return w.VerifyCondition(w.Everybody, unmet[w.IntN(len(unmet))].ID, model.ConditionMet) })
		do(3, func() Act { return w.waive(unmet[w.IntN(len(unmet))].ID) })
	}
	if len(acts) == 0 {
		w.id = w.Draft()
		return
	}
	acts[w.IntN(len(acts))]()
}

// submission submits the draft, changed or not, with any plan.
func (w *walk) submission() Act {
	w.Helper()
	if w.IntN(2) == 0 {
		part, err := w.Store.Part(w.ctx(), w.Org, w.id, store.Intake)
		w.must(err)
		d := w.draft(w.id, part.Revision, fmt.Sprint("text ", w.IntN(3)))
		d.States = model.CaseStates()
		_, err = w.Store.SaveDraft(w.ctx(), d, w.Clock.Now())
		w.must(err)
	}
	var p model.Plan
	for _, spec := range model.Stages() {
		if spec.Reviews() && w.IntN(3) > 0 || !spec.BeforeUse() && w.IntN(10) == 0 {
			p.Stages = append(p.Stages, model.PlanStage{
				Key: spec.Key, Requirement: []model.Requirement{model.Required, model.Full, model.Short, model.Attest}[w.IntN(4)],
				Scope: fmt.Sprint("s", w.IntN(3)), Assess: len(spec.Prepare) > 0 && w.IntN(5) > 0,
			})
		}
	}
	p.Outcome, p.Tier, p.Mode = model.Proceed, model.T2, []model.Mode{model.Sequential, model.Parallel}[w.IntN(2)]
	if w.IntN(6) == 0 {
		p.Outcome, p.HardStops, p.Blockers = model.StoppedByRule, []string{"HS-02", "HS-05"}, []string{"RT-01"}
	}
	return w.Submit(w.id, p)
}

// answer answers a task with any of its outcomes, and conditions now and then.
func (w *walk) answer(stage model.StageKey, kind model.TaskKind) Act {
	w.Helper()
	task := w.Task(w.id, stage, kind)
	spec, _ := model.Stage(stage)
	offer, _ := spec.Task(kind)
	outcome := offer.Outcomes[w.IntN(len(offer.Outcomes))]
	actor := w.actor(task.Role, task.AssigneeID)
	decide := w.Decide
	if kind == model.TaskDecision && spec.Reviews() && outcome != model.OutcomeReturn && outcome != model.OutcomeReject && w.IntN(3) == 0 {
		decide = w.DecideForHead
	}
	act := decide(w.id, actor, stage, kind, outcome, w.someConditions()...)
	switch {
	case outcome == model.OutcomeNotGivenInTime:
		act.Actor, act.Payload.Decision.Role = w.head, model.RoleUnitHead
	case kind == model.TaskStatement && w.IntN(3) == 0:
		act.Actor, act.Payload.Decision.Role = w.DPO, model.RoleDPO
	}
	var templates []model.NewCondition
	for _, rule := range []string{"C-EDU", "C-LOG", "C-NOTE"} {
		if w.IntN(2) == 0 {
			templates = append(templates, Template(rule, w.due()))
		}
	}
	return w.Approving(w.id, act, templates...)
}

func (w *walk) actor(role model.Role, assignee string) string {
	if assignee != "" {
		return assignee
	}
	if by, ok := map[model.Role]string{
		model.RoleDPO: w.DPO, model.RoleCISO: w.CISO, model.RoleLegalCounsel: w.Legal,
		model.RoleEnvironmentReviewer: w.Environment, model.RoleUnitHead: w.head, model.RoleCoordinator: w.clerk,
		model.RoleAdministrator: w.admin,
	}[role]; ok {
		return by
	}
	return w.Everybody
}

func (w *walk) due() model.DueKind {
	return []model.DueKind{model.DueBeforeUse, model.DueDate, model.DueRecurring}[w.IntN(3)]
}

// someConditions are conditions that may be asked for again, and met at once.
func (w *walk) someConditions() []model.NewCondition {
	var out []model.NewCondition
	for i := range 4 {
		if w.IntN(3) > 0 {
			continue
		}
		c := named(fmt.Sprint("condition ", i), w.due())
		if c.Met = w.IntN(4) == 0; c.DueKind == model.DueRecurring {
			c.Months = 12
		}
		out = append(out, c)
	}
	return out
}

// handIn hands in a stage's assessment, mostly with another text than the reviewers
// have.
func (w *walk) handIn(st model.StageState) Act {
	w.Helper()
	waits := slices.ContainsFunc(st.Tasks, func(t model.TaskState) bool {
		return t.Kind == model.TaskPrepare && t.Status == model.TaskOpen
	})
	part, err := w.Store.Part(w.ctx(), w.Org, w.id, string(st.Key))
	for err != nil || w.IntN(2) == 0 || !waits && part.Hash == st.Part {
		part, err = w.Write(w.id, w.Owner, st.Key, fmt.Sprint(st.Key, " text ", w.IntN(1000))), nil
	}
	advice := ""
	if st.Key == model.StageLegalBasis {
		advice = []string{"", standing, coordinator}[w.IntN(3)]
	}
	return w.HandIn(w.id, w.Owner, model.RoleProjectOwner, st.Key, advice)
}

func (w *walk) statement() model.Outcome {
	return []model.Outcome{model.OutcomeSupports, model.OutcomeSupportsWithRemarks, model.OutcomeAdvisesAgainst}[w.IntN(3)]
}

// waive gives the first word for a condition, or the other one.
func (w *walk) waive(conditionID string) Act {
	role := []model.Role{model.RoleCISO, model.RoleInformationOwner}[w.IntN(2)]
	switch w.waived[conditionID] {
	case model.RoleCISO:
		role = model.RoleInformationOwner
	case model.RoleInformationOwner:
		role = model.RoleCISO
	}
	w.waived[conditionID] = role
	return w.Waive(map[model.Role]string{model.RoleCISO: w.CISO, model.RoleInformationOwner: w.InfoOwner}[role], role, conditionID)
}

// name names an act in the count of what the walks did.
func (w *walk) name(a Act) string {
	switch {
	case a.Joint != nil:
		return "joint"
	case a.Task != nil:
		return string(a.Task.Kind)
	}
	return string(a.Kind)
}

func bothOpen(s model.Snapshot) bool {
	for _, key := range []model.StageKey{model.StageLegalBasis, model.StageDPIA} {
		st := s.Stage(key)
		if st == nil || st.Task(model.TaskAdvice) == nil || st.Task(model.TaskAdvice).Status != model.TaskOpen {
			return false
		}
	}
	return true
}
