package storetest

import (
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// The yearly report lists what was waived, reused and asked of the authority, and
// when approvals are reviewed, each with its case, and nothing that only looks like it
// (rulebook 9.12).
func testYearlyReport(t *testing.T, open Open) {
	w, other := NewWorld(t, open(t, 0)), NewWorld(t, open(t, 0))
	decided := func(w *World, o model.Outcome) string {
		t.Helper()
		id := w.Submitted(model.StageDPIA)
		w.Do(id, w.Decide(id, w.DPO, model.StageDPIA, model.TaskAdvice, model.OutcomeSupports))
		w.Do(id, w.Decide(id, w.InfoOwner, model.StageDPIA, model.TaskDecision, o))
		w.Clock.Advance(time.Minute)
		return id
	}
	decided(other, model.OutcomeWaived)
	began := w.Clock.Now()
	waived, reused := decided(w, model.OutcomeWaived), decided(w, model.OutcomeReused)
	decided(w, model.OutcomeAcceptable)
	consulting := w.consulting()
	w.Clock.Advance(time.Minute)

	advised := w.Draft()
	w.Do(advised, w.Submit(advised, Assessed("s1", model.StageLegalBasis)))
	w.Write(advised, w.Owner, model.StageLegalBasis, "Text")
	w.Do(advised, w.HandIn(advised, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, standing))
	w.Clock.Advance(time.Minute)

	lighter := w.Submitted(model.StageSecrecy, model.StageCISO)
	w.Do(lighter, w.Decide(lighter, w.Legal, model.StageSecrecy, model.TaskDecision, model.OutcomeSecretPermitted,
		named("one", model.DueBeforeUse), named("two", model.DueBeforeUse)))
	conditions := w.conditions(lighter)
	w.Do(lighter, w.Waive(w.InfoOwner, model.RoleInformationOwner, conditions["one open"].ID))
	w.Do(lighter, w.Waive(w.CISO, model.RoleCISO, conditions["one open"].ID))
	w.Do(lighter, w.Waive(w.InfoOwner, model.RoleInformationOwner, conditions["two open"].ID)) // one word is no waiver
	ended := w.Clock.Now().Add(time.Minute)

	want := []store.ReportEntry{
		{Kind: model.ReportDPIAWaived, CaseID: waived, DeciderID: w.InfoOwner, DecisionAuthority: "Delegationsordning 4.2"},
		{Kind: model.ReportDPIAReused, CaseID: reused, DeciderID: w.InfoOwner, DecisionAuthority: "Delegationsordning 4.2"},
		{Kind: model.ReportPriorConsultation, CaseID: consulting, DeciderID: w.InfoOwner, DecisionAuthority: "Delegationsordning 4.2"},
		{Kind: model.ReportStandingAdvice, CaseID: advised},
		{Kind: model.ReportConditionWaived, CaseID: lighter, DeciderID: w.InfoOwner, DecisionAuthority: "Delegationsordning 4.3", Ref: conditions["one open"].ID},
	}
	report := func(p store.Period, kind model.ReportKind) []store.ReportEntry {
		t.Helper()
		found, err := w.Store.YearlyReport(w.ctx(), w.Org, p, kind)
		w.must(err)
		for i, e := range found {
			if e.RegistryNo == "" || e.CaseTitle == "" || e.UnitID != w.Unit || e.At.Before(began) || e.At.After(ended) ||
				(e.Text == "") != (e.Kind == model.ReportStandingAdvice) {
				t.Errorf("entry %+v", e)
			}
			found[i] = store.ReportEntry{Kind: e.Kind, CaseID: e.CaseID, DeciderID: e.DeciderID, DecisionAuthority: e.DecisionAuthority, Ref: e.Ref}
		}
		return found
	}
	for name, p := range map[string]store.Period{"ever": {}, "in the period": {From: began, Until: ended}} {
		if got := report(p, ""); !slices.Equal(got, want) {
			t.Errorf("%s %s\nwant %s", name, toJSON(got), toJSON(want))
		}
	}
	for i, e := range want {
		if got := report(store.Period{}, e.Kind); !slices.Equal(got, want[i:i+1]) {
			t.Errorf("of the kind %s: %s", e.Kind, toJSON(got))
		}
	}
	for name, p := range map[string]store.Period{"before": {Until: began}, "afterwards": {From: ended}} {
		if got := report(p, ""); len(got) > 0 {
			t.Errorf("%s: %s", name, toJSON(got))
		}
	}
}
