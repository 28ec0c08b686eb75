package act_test

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"sluss/api/act"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// TestRegisterEntry composes the entry of a case that has been reviewed: from the
// intake that was submitted, the decisions in their order, the people and what is
// still to be done.
func TestRegisterEntry(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "record.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := storetest.NewWorld(t, st)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(st.PutUnit(t.Context(), store.Unit{
		OrgID: w.Org, ID: w.Unit, Code: "sbn", Name: lang.Text{SV: "Samhällsbyggnadsnämnden", EN: "Planning"}, ControllerType: "public_authority",
	}))
	id := w.Draft()
	answers := json.RawMessage(`{
		"title": "Chattbot för bygglov", "purpose_text": "Namn sten vill svara fortare.", "product_name": "Svar", "kind": "ai_service",
		"infers_outputs": true, "personal_data": "incidental", "openly_publishable": false, "info_k": 1, "info_r": 1, "info_t": 1,
		"intake_form": "full", "human_control": "human_decides", "decision_role": "none", "external_facing": "none"}`)
	_, err = st.SaveDraft(t.Context(), store.Draft{
		OrgID: w.Org, CaseID: id, Part: store.Intake, IfRevision: 1, Answers: answers, Hash: "h2", Title: "Chattbot för bygglov",
		ActorID: w.Owner, States: []model.CaseState{model.Draft},
	}, w.Clock.Now())
	must(err)
	submit := w.Submit(id, storetest.Plan("s1", model.StageManager, model.StageLegalBasis, model.StageCISO))
	w.Do(id, submit)
	decide := func(person string, stage model.StageKey, kind model.TaskKind, o model.Outcome, answers string, conditions ...model.NewCondition) {
		t.Helper()
		a := w.Decide(id, person, stage, kind, o, conditions...)
		a.Payload.Decision.Answers = json.RawMessage(answers)
		w.Do(id, a)
	}
	decide(w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse, `{"approved_uses": ["allt"]}`)
	decide(w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports, `{}`)
	decide(w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful,
		`{"LB-20a": [{"unit": "kommunstyrelsen", "ropa_ref": "A 1"}, {"unit": "sbn", "ropa_ref": "A 30:2"}]}`)
	decide(w.CISO, model.StageCISO, model.TaskDecision, model.OutcomeApproveWithConditions,
		`{"approved_uses": ["svar om bygglov"], "not_approved_uses": ["beslut"], "approved_max_ipl": 1}`, storetest.Condition(model.DueBeforeUse))

	c, err := st.Case(t.Context(), w.Org, id)
	must(err)
	s := act.New(act.Options{Store: st, Book: rulebook.Default(), Clock: w.Clock, Log: slog.New(slog.DiscardHandler)})
	e, missing, err := s.RegisterEntry(t.Context(), c, act.Pending{})
	must(err)
	if len(missing) > 0 {
		t.Errorf("missing %+v", missing)
	}
	if e.CaseID != id || e.RegistryNo != c.RegistryNo || e.Tool != "Chattbot för bygglov" || e.Product != "Svar" ||
		e.Purpose != "systemägare vill svara fortare." || e.SystemOwnerID != w.SystemOwner || e.ApprovedMaxIPL != 1 ||
		e.PersonalData != model.DataIncidentalOnly || e.DecisionDate != w.Today() || e.ValidUntil == "" {
		t.Errorf("entry %+v", e)
	}
	if !slices.Equal(e.ApprovedUses, []string{"svar om bygglov"}) || !slices.Equal(e.NotApprovedUses, []string{"beslut"}) {
		t.Errorf("uses %q and %q", e.ApprovedUses, e.NotApprovedUses)
	}
	if !slices.Equal(e.Units, []model.RegisterUnit{{UnitID: w.Unit, RopaRef: "A 30:2"}}) {
		t.Errorf("units %+v", e.Units)
	}
	if len(e.ConditionsOpen) != 1 || e.ConditionsOpen[0].DueKind != model.DueBeforeUse {
		t.Errorf("conditions %+v", e.ConditionsOpen)
	}
}
