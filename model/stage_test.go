package model_test

import (
	"slices"
	"testing"

	"sluss/model"
)

// The table of stages says who answers what, and the DPO never decides (SOD-02).
func TestStages(t *testing.T) {
	t.Parallel()
	seen := map[model.StageKey]bool{}
	step := 0
	for _, spec := range model.Stages() {
		if seen[spec.Key] {
			t.Errorf("%s stands in the table twice", spec.Key)
		}
		seen[spec.Key] = true
		if spec.Step < step {
			t.Errorf("%s comes after a later step", spec.Key)
		}
		step = spec.Step
		if !spec.BeforeUse() && !slices.Contains(model.CaseStates(), spec.State) {
			t.Errorf("%s is in no state of a case: %q", spec.Key, spec.State)
		}
		if spec.Reviews() != (spec.State.UnderReview() && spec.Step > 0) {
			t.Errorf("%s reviews %v in the state %s", spec.Key, spec.Reviews(), spec.State)
		}
		if len(spec.Tasks) == 0 && spec.Key != model.StageFollowUp && spec.Key != model.StageAdoption {
			t.Errorf("%s has no task", spec.Key)
		}
		if found, ok := model.Stage(spec.Key); !ok || found.State != spec.State {
			t.Errorf("%s is not found", spec.Key)
		}
		checkTasks(t, spec)
	}
	if _, ok := model.Stage("dance"); ok {
		t.Error("an unknown stage is found")
	}
}

func checkTasks(t *testing.T, spec model.StageSpec) {
	t.Helper()
	kinds := map[model.TaskKind]bool{}
	for i, task := range spec.Tasks {
		name := model.Subject(spec.Key, task.Kind)
		if kinds[task.Kind] {
			t.Errorf("%s stands in the table twice", name)
		}
		kinds[task.Kind] = true
		if !slices.Contains(model.Roles(), task.Role) {
			t.Errorf("%s is answered by %q", name, task.Role)
		}
		if len(task.Outcomes) == 0 {
			t.Errorf("%s has no outcome", name)
		}
		for j, o := range task.Outcomes {
			if !known(o) {
				t.Errorf("%s has the outcome %q, which means nothing", name, o)
			}
			if !task.Offers(o) || slices.Contains(task.Outcomes[:j], o) {
				t.Errorf("%s offers %q not at all or twice", name, o)
			}
		}
		advises := task.Kind == model.TaskAdvice
		if advises != (task.Role == model.RoleDPO) {
			t.Errorf("%s is a task of the role %s: the DPO advises and never decides", name, task.Role)
		}
		if advises && (i == len(spec.Tasks)-1 || task.Offers(model.OutcomeReturn) || task.Offers(model.OutcomeReject)) {
			t.Errorf("%s decides", name)
		}
		if spec.Reviews() && !advises && (!task.Offers(model.OutcomeReturn) || !task.Offers(model.OutcomeReject)) {
			t.Errorf("%s can neither return nor reject", name)
		}
		if found, ok := spec.Task(task.Kind); !ok || found.Role != task.Role {
			t.Errorf("%s is not found", name)
		}
	}
	if prepare, ok := spec.Task(model.TaskPrepare); ok != (len(spec.Prepare) > 0) || ok && prepare.Role != spec.Prepare[0] {
		t.Errorf("%s is prepared by %q, %v", spec.Key, prepare.Role, ok)
	}
	if head, ok := spec.Task(model.TaskHead); ok != spec.Reviews() || ok && head.Role != model.RoleUnitHead {
		t.Errorf("%s is confirmed by %q, %v", spec.Key, head.Role, ok)
	}
	if reader, ok := spec.Task(model.TaskSecondReading); ok != (spec.Reviews() || spec.Key == model.StageOverride) || spec.Reviews() && ok && reader.Role == spec.Tasks[len(spec.Tasks)-1].Role {
		t.Errorf("%s: a second reader of the role %q, %v", spec.Key, reader.Role, ok)
	}
	if _, ok := spec.Task("dance"); ok {
		t.Errorf("%s has an unknown task", spec.Key)
	}
}

// known reports whether an outcome is one of those that the model names.
func known(o model.Outcome) bool {
	return slices.Contains([]model.Outcome{
		model.OutcomeReturn, model.OutcomeReject, model.OutcomeEndorse,
		model.OutcomeSupports, model.OutcomeSupportsWithRemarks, model.OutcomeAdvisesAgainst,
		model.OutcomeLawful, model.OutcomeLawfulWithConditions, model.OutcomeNotSecret, model.OutcomeSecretPermitted,
		model.OutcomeAcceptable, model.OutcomeAcceptableMeasures, model.OutcomeWaived,
		model.OutcomePass, model.OutcomePassWithConditions, model.OutcomePassPilotOnly, model.OutcomeConfirmed, model.OutcomeDone,
		model.OutcomeJustified, model.OutcomeJustifiedWithLimits, model.OutcomeApprove, model.OutcomeApproveWithConditions,
		model.OutcomeAccept, model.OutcomeConfirm, model.OutcomeErrorUpheld, model.OutcomeStopStands, model.OutcomeSetAside,
		model.OutcomeLightOK, model.OutcomeAttested, model.OutcomeThresholdOnly,
		model.OutcomeSuspend, model.OutcomeKeepInUse, model.OutcomeUnchanged, model.OutcomeUpdated, model.OutcomeNewDPIA,
		model.OutcomeAdopt, model.OutcomeAdoptStricter, model.OutcomeDecline,
		model.OutcomeUphold, model.OutcomeReopen, model.OutcomeOverride, model.OutcomeOverridden,
		model.OutcomeNotGivenInTime, model.OutcomeReused, model.OutcomeExempt, model.OutcomeHandedIn,
		model.OutcomePriorConsultation,
	}, o)
}

// Outcomes that carry conditions are offered where a decision is made, and only
// there.
func TestOutcomesWithConditions(t *testing.T) {
	t.Parallel()
	offered := map[model.Outcome]bool{}
	for _, spec := range model.Stages() {
		for _, task := range spec.Tasks {
			for _, o := range task.Outcomes {
				if o.WithConditions() && task.Kind == model.TaskAdvice {
					t.Errorf("%s sets conditions", model.Subject(spec.Key, task.Kind))
				}
				offered[o] = offered[o] || o.WithConditions()
			}
		}
	}
	for _, o := range []model.Outcome{
		model.OutcomeLawfulWithConditions, model.OutcomePassWithConditions, model.OutcomeJustifiedWithLimits, model.OutcomeApproveWithConditions,
	} {
		if !offered[o] {
			t.Errorf("%s is offered nowhere, or carries no conditions", o)
		}
	}
	if model.OutcomeLawful.WithConditions() || model.OutcomeReject.WithConditions() {
		t.Error("an outcome without conditions carries some")
	}
}

// A settled stage needs no person, and only there.
func TestSettledOutcome(t *testing.T) {
	t.Parallel()
	type settled struct {
		key  model.StageKey
		r    model.Requirement
		tier model.Tier
	}
	want := map[settled]model.Outcome{
		{model.StageEnvironment, model.Light, model.T1}:  model.OutcomeLightOK,
		{model.StageEnvironment, model.Light, model.T2}:  model.OutcomeLightOK,
		{model.StageEnvironment, model.Light, model.T3}:  model.OutcomeLightOK,
		{model.StageSecrecy, model.Attest, model.T1}:     model.OutcomeAttested,
		{model.StageDPIA, model.ThresholdOnly, model.T1}: model.OutcomeThresholdOnly,
		{model.StageDPIA, model.ThresholdOnly, model.T2}: model.OutcomeThresholdOnly,
		{model.StageDPIA, model.ThresholdOnly, model.T3}: model.OutcomeThresholdOnly,
	}
	requirements := []model.Requirement{
		model.NotRequired, model.Required, model.Short, model.Attest, model.Full, model.Light, model.Inherit,
		model.ThresholdOnly, model.Presumed, model.NationalRegister,
	}
	for _, spec := range model.Stages() {
		for _, r := range requirements {
			for _, tier := range []model.Tier{model.T1, model.T2, model.T3} {
				outcome, ok := model.SettledOutcome(spec.Key, r, tier)
				if expected, settles := want[settled{spec.Key, r, tier}]; outcome != expected || ok != settles {
					t.Errorf("%s %s in %s settles to %q, %v", spec.Key, r, tier, outcome, ok)
				}
			}
		}
	}
}

// A raise asks for more, and never for more than there is (T-31).
func TestRaised(t *testing.T) {
	t.Parallel()
	for from, want := range map[model.Requirement]model.Requirement{
		model.ThresholdOnly: model.Required, model.Short: model.Required, model.Attest: model.Full,
		model.Light: model.Full, model.Inherit: model.Full,
		model.Required: "", model.Full: "", model.NotRequired: "", model.Presumed: "", model.NationalRegister: "",
	} {
		to, ok := model.Raised(from)
		if to != want || ok != (want != "") {
			t.Errorf("%s is raised to %q, %v", from, to, ok)
		}
		if _, again := model.Raised(to); again {
			t.Errorf("%s is raised twice", from)
		}
	}
}

// Every rule of the process that a refusal, a transition or a separation of
// duties can name has a text in both languages and a source.
func TestProcessRules(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range model.ProcessRules() {
		if seen[r.ID] || r.ID == "" || r.Text.SV == "" || r.Text.EN == "" || r.Source == "" {
			t.Errorf("rule %q stands twice or is incomplete", r.ID)
		}
		seen[r.ID] = true
		if found, ok := model.ProcessRule(r.ID); !ok || found != r {
			t.Errorf("rule %s is not found", r.ID)
		}
	}
	for _, id := range []string{"SOD-01", "SOD-02", "SOD-03", "SOD-04", "SOD-05", "CO-01", "T-01", "T-02", "T-31", "SG-01"} {
		if !seen[id] {
			t.Errorf("rule %s is missing", id)
		}
	}
	if _, ok := model.ProcessRule("X-1"); ok {
		t.Error("an unknown rule is found")
	}
}
