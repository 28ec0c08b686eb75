package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/store"
)

// finds compares the cases that a filter finds, listed and counted, with those
// that it should.
func (w *World) finds(what string, f store.CaseFilter, want ...string) {
	w.Helper()
	f.OrgID = w.Org
	cases, err := w.Store.Cases(w.ctx(), f)
	w.must(err)
	got := ids(cases)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.Errorf("%s: %v, want %v", what, got, want)
	}
	if n, err := w.Store.CountCases(w.ctx(), f, 100); err != nil || n != len(want) {
		w.Errorf("%s: counted %d, %v, want %d", what, n, err, len(want))
	}
}

func factsOf(name model.FactName, value string) []model.Fact {
	return []model.Fact{{Name: name, Value: value}}
}

// What the answers say finds the case that they are about, without regard to upper
// and lower case, and no other.
func testFacts(t *testing.T, open Open) {
	w, other := NewWorld(t, open(t, 0)), NewWorld(t, open(t, 0))
	for _, name := range []model.FactName{
		model.FactModel, model.FactSubProcessor, model.FactStorageLocation, model.FactTransferMechanism, model.FactLegalGround,
		model.FactArt9Ground, model.FactSpecialCategory, model.FactDataSubjectGroup, model.FactCoveredUnit,
	} {
		said := w.SubmittedAbout(append(factsOf(name, "Östra  Molnet"), factsOf(name, "Östra  Molnet")...), model.StageManager)
		w.SubmittedAbout(factsOf(name, "Östra Molnet 2"), model.StageManager)
		other.SubmittedAbout(factsOf(name, "Östra Molnet"), model.StageManager)
		w.finds(string(name), store.CaseFilter{Facts: factsOf(name, "ÖSTRA MOLNET")}, said)
		w.finds("part of "+string(name), store.CaseFilter{Facts: factsOf(name, "östra")})
		w.finds("any "+string(name), store.CaseFilter{Facts: factsOf(name, "%")})
	}
	two := []model.Fact{{Name: model.FactModel, Value: "A"}, {Name: model.FactModel, Value: "B"}}
	both := w.SubmittedAbout(two, model.StageManager)
	w.SubmittedAbout(two[:1], model.StageManager)
	w.finds("both", store.CaseFilter{Facts: two}, both)
	w.finds("both, for a stranger", store.CaseFilter{Facts: two, Reader: &access.Reader{PersonID: w.Everybody}})
	w.finds("both, for the DPO", store.CaseFilter{Facts: two, Reader: &access.Reader{PersonID: w.DPO, All: true}}, both)

	const supplier, product = "Talverket i Norden AB", "SAMTALSNOT 4"
	made := w.Submitted(model.StageManager)
	found, err := w.Store.Cases(w.ctx(), store.CaseFilter{OrgID: w.Org, Supplier: supplier, Product: product})
	w.must(err)
	if len(found) == 0 || slices.Contains(ids(found), made) {
		t.Errorf("%d cases about a product, with one that is not: %v", len(found), slices.Contains(ids(found), made))
	}
	w.finds("another supplier", store.CaseFilter{Supplier: "Talverket", Product: product})
	w.finds("another product", store.CaseFilter{Supplier: supplier, Product: "Samtalsnot"})
}

// A text that is sent in again says what it says now, and no longer what it said.
func testFactsAgain(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.SubmittedAbout(factsOf(model.FactModel, "Gammal"), model.StageManager)
	w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReturn))
	w.SaveDraft(id, "Ny text")
	again := w.Submit(id, Plan("s2", model.StageManager))
	again.Payload.Submission.Facts = factsOf(model.FactModel, "Ny")
	w.Do(id, again)
	w.finds("what was said", store.CaseFilter{Facts: factsOf(model.FactModel, "Gammal")})
	w.finds("what is said", store.CaseFilter{Facts: factsOf(model.FactModel, "Ny")}, id)

	id = w.HandedIn(model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn))
	for _, ground := range []string{"c", "e"} {
		w.Write(id, w.Owner, model.StageLegalBasis, "Grund "+ground)
		act := w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, "")
		act.Payload.HandIn.Facts = factsOf(model.FactLegalGround, ground)
		w.Do(id, act)
		w.finds("ground "+ground, store.CaseFilter{Facts: factsOf(model.FactLegalGround, ground)}, id)
		if ground == "c" {
			w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn))
		}
	}
	w.finds("the ground before", store.CaseFilter{Facts: factsOf(model.FactLegalGround, "c")})
}

// What people decide and advise finds the case until it is asked again.
func testDecisionFacts(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	advice := func(o model.Outcome) store.CaseFilter {
		return store.CaseFilter{Facts: factsOf(model.FactDPOAdvice, string(o))}
	}
	deviated := store.CaseFilter{Facts: factsOf(model.FactDeviated, model.FactYes)}
	missing := store.CaseFilter{Facts: factsOf(model.FactNoAuthority, model.FactYes)}

	id := w.Submitted(model.StageLegalBasis)
	w.Submitted(model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeAdvisesAgainst))
	w.finds("advice", advice(model.OutcomeAdvisesAgainst), id)
	w.finds("other advice", advice(model.OutcomeSupports))
	w.finds("not deviated", deviated)
	w.Do(id, w.DecideForHead(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.finds("deviated", deviated, id)
	w.finds("decided with authority", missing)

	id = w.Draft()
	atOnce := Plan("s1", model.StageLegalBasis, model.StageCISO)
	atOnce.Mode = model.Parallel
	w.Do(id, w.Submit(id, atOnce))
	silent := w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
	silent.Payload.Decision.DecisionAuthority = ""
	w.Do(id, silent)
	w.finds("no authority", missing, id)
	w.Do(id, w.Decide(id, w.CISO, model.StageCISO, model.TaskDecision, model.OutcomeReturn))
	w.SaveDraft(id, "Ny text")
	w.Do(id, w.Submit(id, Plan("s2", model.StageLegalBasis, model.StageCISO)))
	w.finds("decided before, asked again", missing)

	id = w.Submitted(model.StageManager, model.StageInfoOwner)
	silent = w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	silent.Payload.Decision.DecisionAuthority = ""
	w.Do(id, silent)
	w.finds("the manager is not the last to decide", missing)
	id = w.Submitted(model.StageManager)
	silent = w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	silent.Payload.Decision.DecisionAuthority = ""
	w.Do(id, silent)
	w.finds("the manager decides", missing, id)
}

// Whoever decides for the controller says on which power, wherever it is decided
// (DA-01): in S7, on a waiver, to ask the authority, and to override.
func testNoAuthority(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	missing := store.CaseFilter{Facts: factsOf(model.FactNoAuthority, model.FactYes)}
	var found []string
	finds := func(what string, id string) {
		t.Helper()
		found = append(found, id)
		w.finds(what, missing, found...)
		w.refilled(id)
	}
	answers := func(id string, a Act, authority string) {
		t.Helper()
		a.Payload.Decision.DecisionAuthority = authority
		w.Do(id, a)
	}

	bodil := w.personIn(w.Unit, "bodil", model.RoleInformationOwner)
	school := w.unit("skola", bodil)
	for _, o := range []model.Outcome{model.OutcomeAdopt, model.OutcomeDecline} {
		id := w.Submitted(model.StageManager)
		w.Do(id, w.AskUnits(school))
		answers(id, w.Adopt(id, bodil, school, o, "S 1"), "")
		finds(string(o), id)
	}
	id := w.Submitted(model.StageManager)
	w.Do(id, w.AskUnits(school))
	answers(id, w.Adopt(id, bodil, school, model.OutcomeAdopt, "S 1"), "Delegationsordning 7.2")
	w.finds("adopted with authority", missing, found...)

	for _, authority := range []string{"Delegationsordning 4.3", ""} {
		id = w.Submitted(model.StageSecrecy, model.StageCISO)
		w.Do(id, w.Decide(id, w.Legal, model.StageSecrecy, model.TaskDecision, model.OutcomeSecretPermitted, named("one", model.DueBeforeUse)))
		waiver := w.Waive(w.InfoOwner, model.RoleInformationOwner, w.conditions(id)["one open"].ID)
		waiver.Payload.Waiver.DecisionAuthority = authority
		w.Do(id, waiver)
		w.Do(id, w.Waive(w.CISO, model.RoleCISO, w.conditions(id)["one open"].ID))
		if authority == "" {
			finds("waived", id)
		}
	}
	w.finds("waived with authority", missing, found...)

	id = w.HandedIn(model.StageDPIA)
	w.Do(id, w.Decide(id, w.DPO, model.StageDPIA, model.TaskAdvice, model.OutcomeSupports))
	answers(id, w.DecideToConsult(id), "")
	finds("consults", id)
	id = w.consulting()
	w.finds("consults with authority", missing, found...)
	withdrawn := w.Consult(model.ConsultWithdrawn, calendar.Today(w.Clock.Now()))
	withdrawn.Payload.Consult.DecisionAuthority = ""
	w.Do(id, withdrawn)
	finds("withdrawn", id)
}

// The DPO's word finds the case in whatever way it is given: on two stages at once
// (AD-02), or for a class of cases, until the DPO is asked after all (AD-03).
func testAdviceFacts(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	advice := func(o model.Outcome) store.CaseFilter {
		return store.CaseFilter{Facts: factsOf(model.FactDPOAdvice, string(o))}
	}
	both := w.Draft()
	p := Plan("s1", model.StageLegalBasis, model.StageDPIA)
	p.Mode = model.Parallel
	w.Do(both, w.Submit(both, p))
	w.Do(both, w.DecideBoth(both, w.DPO, model.OutcomeSupports, model.OutcomeAdvisesAgainst))
	w.finds("on the legal basis", advice(model.OutcomeSupports), both)
	w.finds("on the DPIA", advice(model.OutcomeAdvisesAgainst), both)
	w.refilled(both)

	id := w.Draft()
	w.Do(id, w.Submit(id, Assessed("s1", model.StageLegalBasis)))
	w.Write(id, w.Owner, model.StageLegalBasis, "Text")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, standing))
	w.finds("for a class of cases", advice(model.OutcomeStandingAdvice), id)
	w.refilled(id)
	w.Write(id, w.Owner, model.StageLegalBasis, "En text som rådet inte täcker")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""))
	w.finds("not covered any more", advice(model.OutcomeStandingAdvice))
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.finds("asked after all", advice(model.OutcomeSupports), both, id)
	w.refilled(id)
}

// refilled expects that filling changes nothing about what lists find a case by.
func (w *World) refilled(id string) {
	w.Helper()
	var filters []store.CaseFilter
	for _, f := range []model.Fact{
		{Name: model.FactNoAuthority, Value: model.FactYes}, {Name: model.FactDeviated, Value: model.FactYes},
		{Name: model.FactDPOAdvice, Value: string(model.OutcomeSupports)},
		{Name: model.FactDPOAdvice, Value: string(model.OutcomeAdvisesAgainst)},
		{Name: model.FactDPOAdvice, Value: string(model.OutcomeStandingAdvice)},
	} {
		filters = append(filters, store.CaseFilter{OrgID: w.Org, Facts: []model.Fact{f}})
	}
	found := func() (out []string) {
		for _, f := range filters {
			cases, err := w.Store.Cases(w.ctx(), f)
			w.must(err)
			out = append(out, ids(cases)...)
		}
		return out
	}
	before := found()
	w.must(w.Store.FillFacts(w.ctx(), w.Org, id))
	if after := found(); !slices.Equal(after, before) {
		w.Errorf("filled again, lists find %v, before %v", after, before)
	}
}

// A case that was sent in before there were facts gets those of what was sent in
// last, beside those that its records say already, and no others.
func testFillFacts(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	if err := w.Store.FillFacts(w.ctx(), w.Org, model.NewID()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a case that there is not: %v", err)
	}
	old := func(answers, ground string) string {
		n := w.NewCase()
		n.Answers = json.RawMessage(answers)
		_, err := w.Store.CreateCase(w.ctx(), n, w.Clock.Now())
		w.must(err)
		w.Do(n.ID, w.Submit(n.ID, Assessed("s1", model.StageLegalBasis)))
		d := w.draft(n.ID, 0, "")
		d.Part, d.States, d.Answers = string(model.StageLegalBasis), model.CaseStates(), json.RawMessage(ground)
		_, err = w.Store.SaveDraft(w.ctx(), d, w.Clock.Now())
		w.must(err)
		w.Do(n.ID, w.HandIn(n.ID, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""))
		return n.ID
	}
	id := old(`{"title":"T","model_names":["Östra 4","Västra"],"sub_processors":[{"name":"Molnet AB"}],"storage_location":"eu"}`, `{"LB-03":"e"}`)
	second := old(`{"title":"T","model_names":"fel","sub_processors":[],"special_categories":null}`, `{}`)
	unsent := w.Draft()
	w.addRecord(id, model.RecordModelVersion, recordText("Post", "", factsOf(model.FactModel, "Post")...))
	all := map[model.FactName]string{
		model.FactModel: "ÖSTRA 4", model.FactSubProcessor: "molnet ab", model.FactStorageLocation: "eu", model.FactLegalGround: "e",
	}
	for name, value := range all {
		w.finds("before "+string(name), store.CaseFilter{Facts: factsOf(name, value)})
	}
	var refs []store.CaseRef
	for after := ""; ; after = refs[len(refs)-1].CaseID {
		next, err := w.Store.CasesSentIn(w.ctx(), w.Org, after, 1)
		w.must(err)
		if len(next) == 0 {
			break
		}
		refs = append(refs, next...)
	}
	if len(refs) != 2 || slices.ContainsFunc(refs, func(r store.CaseRef) bool { return r.CaseID == unsent }) {
		t.Errorf("sent in: %v", refs)
	}
	for range 2 {
		for _, r := range refs {
			w.must(w.Store.FillFacts(w.ctx(), r.OrgID, r.CaseID))
		}
		for name, value := range all {
			w.finds("filled "+string(name), store.CaseFilter{Facts: factsOf(name, value)}, id)
		}
		w.finds("what a record says", store.CaseFilter{Facts: factsOf(model.FactModel, "Post")}, id)
		w.finds("a single name", store.CaseFilter{Facts: factsOf(model.FactModel, "fel")}, second)
	}
	w.Verify(id)
}

// Stages and conditions find their cases by what they have come to.
// Stages and conditions find their cases by what they have come to.
func testResultFilters(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageDPIA)
	w.Submitted(model.StageDPIA)
	acceptable := store.CaseFilter{DPIAResult: model.OutcomeAcceptable}
	w.finds("a DPIA that is open", acceptable)
	w.Do(id, w.Decide(id, w.DPO, model.StageDPIA, model.TaskAdvice, model.OutcomeSupports))
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageDPIA, model.TaskDecision, model.OutcomeAcceptable))
	w.finds("acceptable", acceptable, id)
	w.finds("another result", store.CaseFilter{DPIAResult: model.OutcomeWaived})

	due := w.Submitted(model.StageManager, model.StageCISO)
	w.Do(due, w.Decide(due, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse,
		Condition(model.DueDate)))
	w.finds("due on the day", store.CaseFilter{ConditionDueBefore: "2027-01-31"})
	w.finds("due the day before", store.CaseFilter{ConditionDueBefore: "2027-02-01"}, due)
	conditions, err := w.Store.Conditions(w.ctx(), w.Org, due)
	w.must(err)
	w.Do(due, w.VerifyCondition(w.DPO, conditions[0].ID, model.ConditionMet))
	w.finds("met", store.CaseFilter{ConditionDueBefore: "2027-02-01"})
}

// What the register says of a case finds it, and the filters of cases find entries
// only of cases that the reader may read.
func testEntryFilters(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	second := model.NewID()
	covered := append(factsOf(model.FactCoveredUnit, w.Unit), factsOf(model.FactCoveredUnit, second)...)
	adopted, declined, interim := w.SubmittedAbout(covered, model.StageManager), w.SubmittedAbout(covered, model.StageManager), w.Submitted(model.StageManager)
	entry := w.Entry(adopted, "Anslutet")
	entry.Units = append(entry.Units, model.RegisterUnit{UnitID: second})
	all := w.putEntry("", entry)
	one := w.putEntry("", w.Entry(declined, "Bara en"))
	entry = w.Entry(interim, "Tillfälligt")
	entry.Status, entry.ValidUntil, entry.PersonalData, entry.Units[0].RopaRef = model.RegisterInterim, "2027-02-21", model.DataNotApproved, ""
	temporary := w.putEntry("", entry)

	w.finds("adopted", store.CaseFilter{UnitAdopted: second}, adopted)
	w.finds("not adopted", store.CaseFilter{UnitNotAdopted: second}, declined)
	w.finds("adopted by all", store.CaseFilter{UnitNotAdopted: w.Unit})
	w.finds("no reference", store.CaseFilter{RopaMissing: true}, adopted) // without personal data none is needed
	w.finds("until the day", store.CaseFilter{InterimBefore: "2027-02-21"})
	w.finds("until the day before", store.CaseFilter{InterimBefore: "2027-02-22"}, interim)

	everything, nothing := &access.Reader{PersonID: w.DPO, All: true}, &access.Reader{PersonID: w.Everybody}
	cases := func(r *access.Reader) *store.CaseFilter {
		return &store.CaseFilter{OrgID: w.Org, Reader: r, Facts: factsOf(model.FactCoveredUnit, second)}
	}
	for name, test := range map[string]struct {
		filter store.RegisterFilter
		want   []string
	}{
		"adopted":           {store.RegisterFilter{UnitAdopted: second}, []string{all}},
		"not adopted":       {store.RegisterFilter{UnitNotAdopted: second}, []string{one, temporary}},
		"no reference":      {store.RegisterFilter{RopaMissing: true}, []string{all}},
		"until the day":     {store.RegisterFilter{InterimBefore: "2027-02-21"}, nil},
		"until before":      {store.RegisterFilter{InterimBefore: "2027-02-22"}, []string{temporary}},
		"of cases":          {store.RegisterFilter{Cases: cases(everything)}, []string{all, one}},
		"of unread cases":   {store.RegisterFilter{Cases: cases(nothing)}, nil},
		"of cases, several": {store.RegisterFilter{Cases: cases(everything), UnitNotAdopted: second}, []string{one}},
	} {
		test.filter.OrgID = w.Org
		found, err := w.Store.RegisterEntries(w.ctx(), test.filter)
		w.must(err)
		var got []string
		for _, r := range found {
			got = append(got, r.ID)
		}
		slices.Sort(got)
		slices.Sort(test.want)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
