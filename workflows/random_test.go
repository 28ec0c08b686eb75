package workflows

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sluss/model"
	"sluss/workflows/contract"
)

// TestMain lets the random walks be the same ones in every CI run, many of them, so
// that a red run speaks of the change; elsewhere each run explores.
func TestMain(m *testing.M) {
	flag.Parse()
	if seed := flag.Lookup("rapid.seed"); os.Getenv("CI") == "true" && seed.Value.String() == seed.DefValue {
		if err := errors.Join(flag.Set("rapid.seed", "20261122"), flag.Set("rapid.checks", "3000")); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// Acts in any order, sensible or not: what is refused changes nothing, what is not
// folds to what the lifecycle holds, and the case keeps what it must always be.
func TestAnyOrderOfActs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s model.Snapshot
		for range rapid.IntRange(5, 60).Draw(t, "acts") {
			over := s.State != model.Rejected || rapid.IntRange(0, 2).Draw(t, "stays rejected") == 0
			if s.State == "" || s.State.HasEnded() && over {
				s = model.Snapshot{Found: true, State: model.Draft} // a new case
			}
			a := anyAct(t, s)
			before := show(s)
			tr, refused := decide(s, a)
			waits := s.InUse.Approved || s.InUse.Interim || s.InUse.Consultation != ""
			if waits && rapid.IntRange(0, 7).Draw(t, "time passes") == 0 {
				tr, refused, a = fallDue(s, anyDeadline(t)), nil, contract.Act{Kind: model.ActFireDeadline}
			}
			if show(s) != before {
				t.Fatalf("deciding %s changed the case\n%s\n%s", show(a), before, show(s))
			}
			if refused != nil {
				if tr.Steps != nil || refused.Code == "" {
					t.Fatalf("%s is refused with a transition: %v", show(a), refused)
				}
				continue
			}
			folded := s.Clone()
			folded.Apply(tr.Changes)
			want := tr.after.Clone()
			want.Sort()
			want.Conditions, folded.Conditions = 0, 0
			if show(normal(folded)) != show(normal(want)) {
				t.Fatalf("%s folds to\n%s\nbut the case is\n%s", show(a), show(folded), show(want))
			}
			mustNotSkip(t, s, tr.after, a)
			s = tr.after
			s.Version++
			s.Sort()
			for _, broken := range faults(s) {
				t.Fatalf("after %s: %s\nbefore %s\nafter  %s", show(a), broken, before, show(s))
			}
		}
	})
}

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// faults says in what a case is not what it must always be.
func faults(s model.Snapshot) []string {
	var out []string
	wrong := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	open := 0
	for _, st := range s.Stages {
		spec, _ := model.Stage(st.Key)
		tasks := 0
		for _, t := range st.Tasks {
			if t.Status == model.TaskOpen {
				tasks++
			}
		}
		open += tasks
		prepares := st.Asks(model.TaskPrepare)
		switch {
		case spec.Reviews() && st.Status == model.StageDone && (tasks > 0 || st.Result == model.OutcomeReturn || st.Result == ""):
			wrong("%s is done with %d open tasks and the result %q", st.Key, tasks, st.Result)
		case spec.Reviews() && st.Status == model.StageDone && st.Assess && st.Part == "":
			wrong("%s is done and nothing was handed in", st.Key)
		case st.Key == model.StageDPIA && s.InUse.Consultation != "":
			if st.Status != model.StageOpen || tasks > 0 || s.State.HasEnded() {
				wrong("the authority is consulted and the DPIA is %s with %d open tasks", st.Status, tasks)
			}
		case s.State.UnderReview() && st.Status == model.StageOpen && tasks == 0:
			wrong("%s is open and asks nobody", st.Key)
		case st.Assess && st.Status == model.StageOpen && st.Part == "" && !(prepares && tasks == 1) && s.State.UnderReview():
			wrong("%s has no assessment and asks for something else", st.Key)
		case !st.Assess && prepares:
			wrong("%s has no assessment and asks for one", st.Key)
		case (st.Status == model.StageWaiting || st.Status == model.StageNotRequired) && tasks > 0:
			wrong("%s is %s and has %d open tasks", st.Key, st.Status, tasks)
		case st.Asks(model.TaskAdvice) && st.Asks(model.TaskStatement):
			wrong("%s asks both the DPO and the coordinator", st.Key)
		}
	}
	target := s.Stage(model.StageKey(s.Target))
	switch {
	case (s.State == model.Returned) != (s.Target != "") && !s.AssessedAgain():
		wrong("the case is %s and waits for %q", s.State, s.Target)
	case s.Target != "" && s.Target != targetIntake && (target == nil || !target.Asks(model.TaskPrepare)):
		wrong("the case waits for %s, which nobody is asked for", s.Target)
	case s.State.UnderReview() && s.Target == "" && open == 0 && s.InUse.Consultation == "":
		wrong("the case is %s and asks nobody", s.State)
	}
	if s.InUse.Consultation != "" && s.InUse.Allowed(s.State) {
		wrong("the authority is consulted about a use that goes on")
	}
	if s.State == model.PriorConsultation && s.InUse.Consultation == "" {
		wrong("the case is in prior consultation and there is none")
	}
	if st := s.Stage(model.StageAdoption); st != nil && hasOpenTask(st) {
		for _, key := range []model.StageKey{model.StageLegalBasis, model.StageDPIA} {
			if of := s.Stage(key); of != nil && of.Undecided() {
				wrong("units are asked and %s is %s", key, of.Status)
			}
		}
	}
	if s.InUse.Interim && (s.State.HasEnded() || s.State == model.RejectedAuto || s.InUse.Approved) {
		wrong("the case is %s and may be used meanwhile", s.State)
	}
	if slices.Contains([]model.CaseState{model.Approved, model.ApprovedCond, model.Active}, s.State) {
		out = append(out, approvedTooEarly(s)...)
	}
	used := s.State == model.Active && (s.InUse.Suspended || s.InUse.Expired || !s.InUse.Approved || s.Lapsed > 0)
	if used || s.State == model.Suspended && !s.InUse.Suspended || s.State == model.Expired && !s.InUse.Expired {
		wrong("the case is %s and its use is %s", s.State, show(s.InUse))
	}
	return out
}

// approvedTooEarly says what an approved case still waits for.
func approvedTooEarly(s model.Snapshot) []string {
	var out []string
	for _, st := range s.Stages {
		spec, _ := model.Stage(st.Key)
		if !spec.Reviews() || st.Status == model.StageNotRequired {
			continue
		}
		if st.Status != model.StageDone || st.Assess && st.Part == "" || st.Asks(model.TaskHead) || st.Asks(model.TaskPrepare) {
			out = append(out, fmt.Sprintf("the case is approved and %s is %s", st.Key, show(st)))
		}
	}
	return out
}

// mustNotSkip expects that no stage that needs advice is decided without advice on
// the text that stands.
func mustNotSkip(t *rapid.T, before, after model.Snapshot, a contract.Act) {
	if a.Kind != model.ActDecide || a.Task == nil || a.Task.Kind != model.TaskDecision ||
		slices.Contains([]model.Outcome{model.OutcomeReturn, model.OutcomeReject}, a.Outcome) {
		return
	}
	st := before.Stage(a.Task.Stage)
	spec, _ := model.Stage(a.Task.Stage)
	if _, advised := spec.Task(model.TaskAdvice); !advised {
		return
	}
	if st.Asks(model.TaskAdvice) || st.Asks(model.TaskStatement) || st.Assess && st.Part == "" {
		t.Fatalf("%s is decided without advice on %q: %s", st.Key, st.Part, show(after))
	}
}

// anyAct draws an act, most of them such that the case might allow it.
func anyAct(t *rapid.T, s model.Snapshot) contract.Act {
	if s.State == model.Draft || s.Target == targetIntake && rapid.Bool().Draw(t, "answers") {
		return submit(anyPlan(t))
	}
	kinds := []string{
		"task", "task", "task", "task", "task", "task", "hand in", "hand in", "hand in", "joint",
		"submit", "raise", "any task", "any hand in", "rare", "interim",
	}
	if s.State == model.Rejected {
		kinds = []string{"look again", "task", "task", "task"}
	}
	if s.InUse.Approved {
		kinds = append(kinds, "in use", "in use", "in use", "in use")
	}
	if s.InUse.Consultation != "" {
		kinds = append(kinds, "consult", "consult", "consult", "consult", "consult")
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "act")
	switch kind {
	case "consult":
		return consult(rapid.SampledFrom(model.ConsultationEvents()).Draw(t, "consults"))
	case "task":
		if keys := openKeys(s); len(keys) > 0 {
			return anyAnswer(t, s, rapid.SampledFrom(keys).Draw(t, "task"))
		}
	case "any task":
		st := anyStage(t, "stage")
		return anyAnswer(t, s, model.TaskKey{
			Stage: st, Round: rapid.IntRange(0, 3).Draw(t, "round"),
			Kind: rapid.SampledFrom([]model.TaskKind{model.TaskAdvice, model.TaskDecision, model.TaskHead, model.TaskPrepare, model.TaskEndorse}).Draw(t, "kind"),
		})
	case "hand in":
		for _, k := range openKeys(s) {
			if k.Kind == model.TaskPrepare {
				return anyHandIn(t, k.Stage)
			}
		}
	case "any hand in":
		return anyHandIn(t, anyStage(t, "handed in"))
	case "joint":
		keys := openKeys(s)
		if rapid.IntRange(0, 3).Draw(t, "advice only") > 0 {
			keys = slices.DeleteFunc(keys, func(k model.TaskKey) bool { return k.Kind != model.TaskAdvice })
		}
		if len(keys) > 1 {
			a := anyAnswer(t, s, rapid.SampledFrom(keys).Draw(t, "first"))
			second := rapid.SampledFrom(keys).Draw(t, "second")
			a.Joint, a.JointOutcome = &second, anyOutcome(t, second)
			return a
		}
	case "raise":
		return contract.Act{
			Kind: model.ActRaiseStage, Stage: anyStage(t, "raised"), Assess: rapid.Bool().Draw(t, "assess"),
			Requirement: rapid.SampledFrom([]model.Requirement{model.Required, model.Full}).Draw(t, "to"),
		}
	case "look again":
		return contract.Act{
			Kind: rapid.SampledFrom([]model.ActKind{model.ActReExamine, model.ActOverride}).Draw(t, "again"),
			Role: model.RoleUnitHead, Plan: &model.Plan{Outcome: model.Proceed},
		}
	case "interim":
		return contract.Act{
			Kind: model.ActInterim, Role: rapid.SampledFrom([]model.Role{model.RoleCISO, model.RoleInformationOwner}).Draw(t, "says"),
			Plan: &model.Plan{Outcome: model.Proceed, InUse: true},
		}
	case "in use":
		return anyActInUse(t, s)
	case "rare":
		kind := rapid.SampledFrom([]model.ActKind{
			model.ActWithdraw, model.ActActivate, model.ActCorrect, model.ActReExamine, model.ActArchive, model.ActWaive, model.ActVerifyCondition,
		}).Draw(t, "kind")
		if kind != model.ActWithdraw && kind != model.ActArchive || rapid.IntRange(0, 4).Draw(t, "end") == 0 {
			return contract.Act{Kind: kind}
		}
	}
	if keys := openKeys(s); kind != "submit" && len(keys) > 0 {
		return anyAnswer(t, s, rapid.SampledFrom(keys).Draw(t, "instead"))
	}
	return submit(anyPlan(t))
}

// anyActInUse draws an act on a case that has come into use.
func anyActInUse(t *rapid.T, s model.Snapshot) contract.Act {
	a := contract.Act{
		Kind: rapid.SampledFrom([]model.ActKind{
			model.ActSuspend, model.ActResume, model.ActResume, model.ActReportChange, model.ActRenew,
			model.ActExtendTask, model.ActExtendCondition,
		}).Draw(t, "in use"),
		Role: rapid.SampledFrom([]model.Role{
			model.RoleCISO, model.RoleInformationOwner, model.RoleDPO, model.RoleAdministrator,
		}).Draw(t, "as"),
		Plan: anyPlan(t), Unchanged: rapid.Bool().Draw(t, "unchanged"),
		Reopen: []model.StageKey{anyStage(t, "opens"), model.StageCISO},
	}
	if keys := openKeys(s); len(keys) > 0 {
		key := rapid.SampledFrom(keys).Draw(t, "extends")
		a.Task = &key
	}
	if rapid.IntRange(0, 30).Draw(t, "over") == 0 {
		a.Kind = model.ActDecommission
	}
	return a
}

func anyDeadline(t *rapid.T) model.Due {
	return rapid.SampledFrom([]model.Due{
		{ID: model.DeadlineID("c", model.SubjectValidity, model.DeadlineExpiry, 1)},
		{ID: model.DeadlineID("c", model.SubjectInterim, model.DeadlineExpiry, 1)},
		{ID: model.DeadlineID("c", model.SubjectReview, model.DeadlineReview, 1)},
		{ID: model.DeadlineID("c", model.SubjectCondition("c1"), model.DeadlineLapse, 1)},
		{ID: model.DeadlineID("c", model.SubjectCondition("c1"), model.DeadlineRecur, 1)},
		{ID: model.DeadlineID("c", model.SubjectOwner, model.DeadlineSilence, 1)},
		{ID: model.DeadlineID("c", model.SubjectConsultation, model.DeadlinePeriodEnd, 1)},
	}).Draw(t, "deadline")
}

func anyStage(t *rapid.T, what string) model.StageKey {
	return model.Stages()[rapid.IntRange(0, len(model.Stages())-1).Draw(t, what)].Key
}

func anyHandIn(t *rapid.T, stage model.StageKey) contract.Act {
	return contract.Act{
		Kind: model.ActHandIn, Stage: stage, Part: rapid.SampledFrom([]string{"a", "b", "a", ""}).Draw(t, "part"),
		Advice: rapid.SampledFrom([]string{"", "", contract.AdviceStanding, contract.AdviceCoordinator}).Draw(t, "advice"),
	}
}

func openKeys(s model.Snapshot) []model.TaskKey {
	var keys []model.TaskKey
	for _, st := range s.Stages {
		for _, t := range st.Tasks {
			if t.Status == model.TaskOpen {
				keys = append(keys, model.TaskKey{Stage: st.Key, Kind: t.Kind, Round: t.Round})
			}
		}
	}
	return keys
}

func anyOutcome(t *rapid.T, k model.TaskKey) model.Outcome {
	spec, _ := model.Stage(k.Stage)
	offer, _ := spec.Task(k.Kind)
	if len(offer.Outcomes) == 0 {
		return model.OutcomePass
	}
	// The first outcome takes a case on.
	if rapid.IntRange(0, 4).Draw(t, "passes") > 0 {
		return offer.Outcomes[0]
	}
	if k.Stage == model.StageDPIA && k.Kind == model.TaskDecision && rapid.Bool().Draw(t, "consults") {
		return model.OutcomePriorConsultation
	}
	return rapid.SampledFrom(offer.Outcomes).Draw(t, "outcome")
}

func anyAnswer(t *rapid.T, s model.Snapshot, k model.TaskKey) contract.Act {
	a := contract.Act{
		Kind: model.ActDecide, Task: &k, Outcome: anyOutcome(t, k), Conditions: rapid.IntRange(0, 2).Draw(t, "conditions"),
		Head: rapid.IntRange(0, 4).Draw(t, "head") == 0,
	}
	a.Target = rapid.SampledFrom([]string{"", targetIntake, string(k.Stage), string(model.StageDPIA), string(model.StageLegalBasis)}).Draw(t, "target")
	if rapid.IntRange(0, 7).Draw(t, "evaluated") > 0 {
		a.Plan = &model.Plan{Outcome: model.Proceed, Tier: s.Tier, Mode: s.Mode}
	}
	if slices.Contains(s.Blockers, "RT-16") && k.Stage == model.StageInfoOwner {
		a.Plan = anyPlan(t)
	}
	return a
}

// anyPlan draws a triage that asks for some of the stages.
func anyPlan(t *rapid.T) *model.Plan {
	p := &model.Plan{
		Outcome: model.Proceed,
		Tier:    rapid.SampledFrom([]model.Tier{model.T1, model.T2, model.T3}).Draw(t, "tier"),
		Mode:    rapid.SampledFrom([]model.Mode{model.Parallel, model.Sequential}).Draw(t, "mode"),
	}
	p.Covered = rapid.SliceOfDistinct(rapid.SampledFrom([]string{"u1", "u2"}), rapid.ID[string]).Draw(t, "covered")
	switch rapid.IntRange(0, 19).Draw(t, "triage") {
	case 0:
		p.Outcome, p.HardStops, p.InUse = model.StoppedByRule, []string{"HS-02"}, rapid.Bool().Draw(t, "in use")
		return p
	case 1:
		p.Outcome = model.OutOfScope
		return p
	case 2:
		p.Blockers = []string{"RT-16"} // a private licence
	}
	for _, spec := range model.Stages() {
		always := spec.Key == model.StageManager || spec.Key == model.StageCISO || len(p.Blockers) > 0 && spec.Key == model.StageInfoOwner
		if spec.Step == 0 {
			continue
		}
		want := required(spec.Key, model.Required, rapid.SampledFrom([]string{"s", "s", "s", "t"}).Draw(t, "scope"))
		if !always && rapid.IntRange(0, 2).Draw(t, "asked") > 0 {
			want.Requirement = model.NotRequired // listed for the case that it was raised
			p.Stages = append(p.Stages, want)
			continue
		}
		if rapid.IntRange(0, 3).Draw(t, "light") == 0 {
			want.Requirement = rapid.SampledFrom([]model.Requirement{model.Light, model.Short, model.Attest, model.ThresholdOnly}).Draw(t, "requirement")
		}
		_, settled := model.SettledOutcome(spec.Key, want.Requirement, p.Tier)
		want.Assess = len(spec.Prepare) > 0 && !settled
		p.Stages = append(p.Stages, want)
	}
	return p
}
