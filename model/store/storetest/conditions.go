package storetest

import (
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// conditions lists the conditions of a case by their English text.
func (w *World) conditions(caseID string) map[string]store.Condition {
	w.Helper()
	rows, err := w.Store.Conditions(w.ctx(), w.Org, caseID)
	w.must(err)
	out := map[string]store.Condition{}
	for _, c := range rows {
		out[c.TextEN+" "+string(c.Status)] = c
	}
	if len(out) != len(rows) {
		w.Errorf("two conditions ask for the same: %s", toJSON(rows))
	}
	return out
}

// counted expects the counts of a case's conditions, in the row and the snapshot.
func (w *World) counted(caseID string, conditions, openBeforeUse int) {
	w.Helper()
	snap := w.Snapshot(caseID)
	if snap.Conditions != conditions || snap.OpenBeforeUse != openBeforeUse {
		w.Errorf("%d conditions, %d open before use, want %d and %d", snap.Conditions, snap.OpenBeforeUse, conditions, openBeforeUse)
	}
	w.Verify(caseID)
}

func named(text string, due model.DueKind) model.NewCondition {
	c := Condition(due)
	c.TextSV, c.TextEN = "sv "+text, text
	return c
}

func testConditionMetAtOnce(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageSecrecy, model.StageCISO)
	met := named("met", model.DueBeforeUse)
	met.Met, met.EvidenceNote = true, "Avtalet är tecknat."
	yearly := named("yearly", model.DueRecurring)
	yearly.Months, yearly.DueDate = 12, ""
	r := w.Do(id, w.Decide(id, w.Legal, model.StageSecrecy, model.TaskDecision, model.OutcomeSecretPermitted, met, yearly, named("open", model.DueBeforeUse)))
	if r.Conditions != 3 || r.OpenBeforeUse != 1 {
		t.Errorf("recorded %+v", r)
	}
	w.counted(id, 3, 1)
	all := w.conditions(id)
	if c := all["met met"]; c.EvidenceNote != met.EvidenceNote || c.VerifiedBy != "" || !c.VerifiedAt.Equal(w.Clock.Now()) || c.Template {
		t.Errorf("met at once: %+v", c)
	}
	if c := all["yearly open"]; c.Months != 12 || !c.VerifiedAt.IsZero() || c.EvidenceNote != "" {
		t.Errorf("yearly: %+v", c)
	}
	w.Refuse(id, w.VerifyCondition(w.DPO, all["met met"].ID, model.ConditionMet), model.CodeStateConflict)
}

// The conditions of a task are those of its latest answer. What it asks again
// stays as it is, met or not.
func testConditionsReplaced(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.HandedIn(model.StageLegalBasis, model.StageDPIA)
	decide := func(stage model.StageKey, conditions ...model.NewCondition) {
		w.Helper()
		w.Do(id, w.Decide(id, w.DPO, stage, model.TaskAdvice, model.OutcomeSupports))
		w.Do(id, w.Decide(id, w.InfoOwner, stage, model.TaskDecision, model.OutcomeLawfulWithConditions, conditions...))
	}
	again := func(text string) {
		w.Helper()
		w.Write(id, w.Owner, model.StageLegalBasis, text)
		w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""))
	}
	decide(model.StageLegalBasis, named("kept", model.DueBeforeUse), named("kept open", model.DueBeforeUse), named("dropped", model.DueBeforeUse), named("dropped and met", model.DueDate))
	w.counted(id, 4, 3)
	first := w.conditions(id)
	w.Do(id, w.VerifyCondition(w.DPO, first["kept open"].ID, model.ConditionMet))
	w.Do(id, w.VerifyCondition(w.DPO, first["dropped and met open"].ID, model.ConditionMet))
	w.counted(id, 4, 2)

	// Another task's conditions are its own.
	w.Write(id, w.Owner, model.StageDPIA, "Konsekvensbedömning")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageDPIA, ""))
	w.Do(id, w.Decide(id, w.DPO, model.StageDPIA, model.TaskAdvice, model.OutcomeSupports))

	again("En annan text")
	w.counted(id, 4, 2) // until it is decided again
	dated := named("kept open", model.DueDate)
	decide(model.StageLegalBasis, named("kept", model.DueBeforeUse), dated, named("added", model.DueBeforeUse))
	w.counted(id, 3, 1)
	second := w.conditions(id)
	if c := second["kept met"]; c.ID != first["kept open"].ID || c.DecisionID != first["kept open"].DecisionID || c.VerifiedBy != w.DPO {
		t.Errorf("what is asked again was touched: %+v", c)
	}
	if c := second["kept open replaced"]; c.DueKind != model.DueBeforeUse {
		t.Errorf("asked in another way: %+v", c)
	}
	for _, name := range []string{"dropped replaced", "dropped and met replaced", "added open", "kept open open"} {
		if second[name].ID == "" {
			t.Errorf("there is no condition %s", name)
		}
	}
	w.Refuse(id, w.VerifyCondition(w.DPO, second["dropped replaced"].ID, model.ConditionMet), model.CodeStateConflict)

	again("En tredje text")
	decide(model.StageLegalBasis)
	w.counted(id, 0, 0)
}

// Conditions that the rules add to an approval come with it, do not count as the
// reviewers' and are worked out anew with the next approval.
// A stage that triage no longer asks for takes its conditions along: they would
// keep the case from use for ever.
func testConditionsFallAway(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageSecrecy, model.StageCISO)
	w.Do(id, w.Decide(id, w.Legal, model.StageSecrecy, model.TaskDecision, model.OutcomeSecretPermitted, named("kept out", model.DueBeforeUse)))
	w.counted(id, 1, 1)
	w.SaveDraftDuringReview(id, "Ingen sekretess")
	again := w.Submit(id, Plan("s2", model.StageCISO))
	follow := again.Step
	again.Step = func(s *model.Snapshot) []model.Step {
		st := s.Stage(model.StageSecrecy)
		st.Requirement, st.Status, st.Result, st.Scope = model.NotRequired, model.StageNotRequired, "", ""
		return follow(s)
	}
	w.Do(id, again)
	w.counted(id, 0, 0)
	if _, replaced := w.conditions(id)["kept out replaced"]; !replaced {
		t.Errorf("conditions: %v", w.conditions(id))
	}
}

func testTemplates(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageSecrecy)
	approve := func(templates ...model.NewCondition) model.Recorded {
		w.Helper()
		return w.Do(id, w.Approving(id, w.Decide(id, w.Legal, model.StageSecrecy, model.TaskDecision,
			model.OutcomeSecretPermitted, named("own", model.DueBeforeUse)), templates...))
	}
	returned := w.Approving(id, w.Decide(id, w.Legal, model.StageSecrecy, model.TaskDecision, model.OutcomeReturn), Template("C-EDU", model.DueBeforeUse))
	w.Do(id, returned)
	w.counted(id, 0, 0) // nothing was approved
	w.Do(id, w.Submit(id, Plan("s1", model.StageSecrecy)))

	log := Template("C-LOG", model.DueRecurring)
	log.TextEN = "Logs are checked."
	if r := approve(Template("C-EDU", model.DueBeforeUse), log); r.Conditions != 1 || r.OpenBeforeUse != 2 {
		t.Errorf("recorded %+v", r)
	}
	w.counted(id, 1, 2)
	first := w.conditions(id)
	edu := first["Training is given. open"]
	if c := w.Case(id); c.State != model.Approved || !edu.Template || edu.Stage != "" || edu.DecisionID == "" || edu.Months != 12 {
		t.Errorf("%s: %+v", c.State, edu)
	}
	w.Do(id, w.VerifyCondition(w.DPO, edu.ID, model.ConditionMet))
	w.counted(id, 1, 1)

	// The case comes back, and is approved on other facts.
	w.Do(id, w.Submit(id, Plan("s2", model.StageSecrecy)))
	note := Template("C-NOTE", model.DueBeforeUse)
	note.TextEN = "The notice is checked."
	w.Clock.Advance(time.Hour)
	if r := approve(Template("C-EDU", model.DueBeforeUse), note); r.Conditions != 1 || r.OpenBeforeUse != 2 {
		t.Errorf("recorded %+v", r)
	}
	w.counted(id, 1, 2)
	second := w.conditions(id)
	if c := second["Training is given. met"]; c.ID != edu.ID {
		t.Errorf("what had been met is asked again: %+v", second)
	}
	if second["Logs are checked. replaced"].ID == "" || second["The notice is checked. open"].ID == "" || len(second) != 4 {
		t.Errorf("conditions %+v", second)
	}
}

// Two people waive a condition together: the CISO and the information owner
// (CO-04).
func testWaiver(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	for _, order := range [][2]model.Role{
		{model.RoleCISO, model.RoleInformationOwner}, {model.RoleInformationOwner, model.RoleCISO},
	} {
		people := map[model.Role]string{model.RoleCISO: w.CISO, model.RoleInformationOwner: w.InfoOwner}
		id := w.Submitted(model.StageSecrecy, model.StageCISO)
		w.Do(id, w.Decide(id, w.Legal, model.StageSecrecy, model.TaskDecision, model.OutcomeSecretPermitted,
			named("waived", model.DueBeforeUse), named("other", model.DueBeforeUse)))
		condition := w.conditions(id)["waived open"]
		if r := w.Do(id, w.Waive(people[order[0]], order[0], condition.ID)); r.OpenBeforeUse != 2 {
			t.Errorf("the first word: %+v", r)
		}
		if c := w.conditions(id)["waived open"]; toString(c) != toString(condition) {
			t.Errorf("after the first word: %+v", c)
		}
		w.opensTo(id, "waiver_given", "reason", "Risken är borta.")
		given, err := w.Store.Waivers(t.Context(), w.Org, id)
		if err != nil || len(given) != 1 || given[0].ConditionID != condition.ID || given[0].Role != order[0] || given[0].PersonID != people[order[0]] ||
			given[0].Reason != "Risken är borta." || given[0].DecisionAuthority == "" || !given[0].WaivedAt.Equal(w.Clock.Now()) {
			t.Errorf("waivers %+v, %v", given, err)
		}
		w.Clock.Advance(time.Hour)
		if r := w.Do(id, w.Waive(people[order[1]], order[1], condition.ID)); r.Conditions != 2 || r.OpenBeforeUse != 1 {
			t.Errorf("the second word: %+v", r)
		}
		w.counted(id, 2, 1)
		if c := w.conditions(id)["waived waived"]; c.ID != condition.ID || c.VerifiedBy != people[order[1]] || !c.VerifiedAt.Equal(w.Clock.Now()) {
			t.Errorf("waived %+v", c)
		}
		for role, person := range people {
			w.Refuse(id, w.Waive(person, role, condition.ID), model.CodeStateConflict)
		}
	}
}

func toString(c store.Condition) string { return toJSON(c) }

func testWaiverRefusals(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	deputy := w.Person("carl", model.RoleCISO)
	id := w.Submitted(model.StageSecrecy, model.StageCISO)
	w.Do(id, w.Decide(id, w.Legal, model.StageSecrecy, model.TaskDecision, model.OutcomeSecretPermitted,
		named("one", model.DueBeforeUse), named("two", model.DueBeforeUse)))
	all := w.conditions(id)
	one, two := all["one open"].ID, all["two open"].ID

	w.Refuse(id, w.Waive(w.CISO, model.RoleCISO, model.NewID()), model.CodeNotFound)
	w.Refuse(id, w.Waive(w.SystemOwner, model.RoleCISO, one), model.CodeSegregation, "SOD-03")
	w.Do(id, w.Waive(w.CISO, model.RoleCISO, one))
	w.Refuse(id, w.Waive(w.CISO, model.RoleCISO, one), model.CodeUnchanged, "CO-04")
	w.Refuse(id, w.Waive(deputy, model.RoleCISO, one), model.CodeUnchanged, "CO-04")
	w.Refuse(id, w.Waive(w.CISO, model.RoleInformationOwner, one), model.CodeSegregation, "CO-04")
	w.counted(id, 2, 2)

	// One word for one condition is none for another.
	w.Do(id, w.Waive(w.InfoOwner, model.RoleInformationOwner, two))
	w.counted(id, 2, 2)
	w.Do(id, w.VerifyCondition(w.DPO, one, model.ConditionMet))
	w.Refuse(id, w.Waive(w.InfoOwner, model.RoleInformationOwner, one), model.CodeStateConflict)
	w.Refuse(id, w.VerifyCondition(w.DPO, two, model.ConditionWaived), model.CodeInvalid)
	w.counted(id, 2, 1)

	// Two first words at once are a first and a second.
	id = w.Submitted(model.StageSecrecy, model.StageCISO)
	w.Do(id, w.Decide(id, w.Legal, model.StageSecrecy, model.TaskDecision, model.OutcomeSecretPermitted, named("one", model.DueBeforeUse)))
	one = w.conditions(id)["one open"].ID
	snap := w.Snapshot(id)
	var commands []string
	var acts []Act
	var transitions []model.Transition
	for _, act := range []Act{w.Waive(w.CISO, model.RoleCISO, one), w.Waive(w.InfoOwner, model.RoleInformationOwner, one)} {
		commands, acts = append(commands, w.Command(id, act).ID), append(acts, act)
		transitions = append(transitions, w.Transition(id, snap, commands[len(commands)-1], act))
	}
	if recorded, mismatched := w.recordAtOnce(transitions); recorded != 1 || mismatched != 1 {
		t.Errorf("%d recorded, %d found the case elsewhere", recorded, mismatched)
	}
	for i, act := range acts {
		w.Record(w.Transition(id, w.Snapshot(id), commands[i], act)) // one of them again
	}
	w.counted(id, 1, 0)
	if w.conditions(id)["one waived"].ID != one {
		t.Errorf("conditions %+v", w.conditions(id))
	}
}
