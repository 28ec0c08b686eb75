package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

func testSubmit(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	r := w.Do(id, w.Submit(id, Plan("s1", model.StageManager, model.StageLegalBasis)))
	if r.Version != 1 || r.Next == nil {
		t.Errorf("recorded %+v", r)
	}
	c := w.Case(id)
	if c.State != model.ManagerReview || c.Version != 1 || c.Seq != 3 || c.Revision != 1 || c.Tier != model.T2 ||
		c.Outcome != model.Proceed || c.IPL == nil || *c.IPL != 2 || w.serviceTimes(c)["manager.endorse"] != 5 {
		t.Errorf("case %+v", c)
	}
	want := model.Snapshot{
		Found: true, Version: 1, State: model.ManagerReview, Tier: model.T2, Mode: model.Sequential, Next: r.Next,
		Stages: []model.StageState{
			{Key: model.StageManager, Requirement: model.Required, Status: model.StageOpen, Scope: "s1",
				Tasks: []model.TaskState{{Kind: model.TaskEndorse, Round: 1, Status: model.TaskOpen}}},
			{Key: model.StageLegalBasis, Requirement: model.Required, Status: model.StageWaiting, Scope: "s1"},
		},
	}
	if got := w.Snapshot(id); toJSON(got) != toJSON(want) {
		t.Errorf("snapshot\n%s, want\n%s", toJSON(got), toJSON(want))
	}
	task := w.Task(id, model.StageManager, model.TaskEndorse)
	// Five working days after Monday 23 November 2026, at the end of the day in Sweden.
	due := time.Date(2026, 11, 30, 22, 59, 59, 0, time.UTC)
	if task.AssigneeID != w.Manager || task.Role != model.RoleManager || task.Revision != 1 || task.ScopeHash != "s1" ||
		!task.DueAt.Equal(due) || !r.Next.At.Equal(due) || !task.ClosedAt.IsZero() {
		t.Errorf("task %+v, next %v", task, r.Next)
	}
	revision, err := w.Store.Revision(w.ctx(), w.Org, id, store.Intake, 1)
	w.must(err)
	if revision.Hash != "h1" || revision.SavedBy != w.Owner {
		t.Errorf("revision %+v", revision)
	}
	result, err := w.Store.Evaluation(w.ctx(), w.Org, id)
	w.must(err)
	if string(result) != `{"outcome":"proceed"}` {
		t.Errorf("evaluation %s", result)
	}
	if got := w.eventKinds(id); !slices.Equal(got, []string{"created", "submitted", "triaged"}) {
		t.Errorf("events %v", got)
	}
}

func (w *World) serviceTimes(c store.Case) (times map[string]int) {
	w.Helper()
	w.must(json.Unmarshal(c.ServiceTimes, &times))
	return times
}

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// A number is taken once, in its year, by each organisation for itself, and
// stays with the case.
func testRegistryNumbers(t *testing.T, open Open) {
	s := open(t, 0)
	w, other := NewWorld(t, s), NewWorld(t, s)
	numbers := []string{
		w.Case(w.Submitted(model.StageManager)).RegistryNo,
		w.Case(w.Submitted(model.StageManager)).RegistryNo,
		other.Case(other.Submitted(model.StageManager)).RegistryNo,
	}
	w.Clock.Set(time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)) // 2027 in Sweden
	id := w.Submitted(model.StageManager)
	numbers = append(numbers, w.Case(id).RegistryNo)
	if want := []string{"SL 2026-1", "SL 2026-2", "SL 2026-1", "SL 2027-1"}; !slices.Equal(numbers, want) {
		t.Errorf("numbers %v, want %v", numbers, want)
	}
	w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReturn))
	w.SaveDraft(id, "Bättre text")
	w.Do(id, w.Submit(id, Plan("s2", model.StageManager)))
	if got := w.Case(id).RegistryNo; got != "SL 2027-1" {
		t.Errorf("after a second submission the number is %s", got)
	}
}

func testDecide(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager, model.StageLegalBasis)
	act := w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	r, c := w.Try(id, act)
	if r.Version != 2 || r.Refused != nil || r.Mismatch != nil {
		t.Fatalf("recorded %+v", r)
	}
	w.Verify(id)
	command, err := w.Store.Command(w.ctx(), w.Org, c.ID)
	w.must(err)
	var receipt model.Receipt
	w.must(json.Unmarshal(command.Answer, &receipt))
	if !command.Done || command.Status != 200 || receipt.Version != 2 || receipt.State != model.LegalReview ||
		receipt.TaskID != act.Payload.Decision.TaskID || receipt.DecisionID == "" || receipt.Seq != w.Case(id).Seq {
		t.Errorf("receipt %+v", receipt)
	}
	decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
	w.must(err)
	if done, status, answer, err := w.Store.Outcome(w.ctx(), w.Org, c.ID); !done || status != 200 || string(answer) != string(command.Answer) || err != nil {
		t.Errorf("outcome %v, %d, %s, %v", done, status, answer, err)
	}
	d := act.Payload.Decision
	if len(decisions) != 1 {
		t.Fatalf("decisions %+v", decisions)
	}
	got := decisions[0]
	if got.ID != receipt.DecisionID || got.DeciderID != w.Manager || got.Role != model.RoleManager ||
		got.Outcome != model.OutcomeEndorse || got.Motivation != d.Motivation || !slices.Equal(got.ReasonCodes, d.ReasonCodes) ||
		got.PathForwardText != d.PathForwardText || got.DecisionAuthority != d.DecisionAuthority ||
		// A command is kept as JSON, which drops white space in the answers.
		string(got.Answers) != `{"a":1.50,"b":[true,null]}` || got.Revision != 1 || got.TaskID != d.TaskID {
		t.Errorf("decision %+v", got)
	}
	tasks, err := w.Store.CaseTasks(w.ctx(), w.Org, id)
	w.must(err)
	if len(tasks) != 3 || tasks[0].Status != model.TaskDone || tasks[0].Outcome != model.OutcomeEndorse || tasks[0].ClosedAt.IsZero() {
		t.Errorf("tasks %+v", tasks)
	}
	advice := w.Task(id, model.StageLegalBasis, model.TaskAdvice)
	decision := w.Task(id, model.StageLegalBasis, model.TaskDecision)
	if advice.AssigneeID != "" || decision.AssigneeID != w.InfoOwner {
		t.Errorf("assigned to %q and %q", advice.AssigneeID, decision.AssigneeID)
	}
	stages, err := w.Store.CaseStages(w.ctx(), w.Org, id)
	w.must(err)
	if len(stages) != 2 || stages[0].Status != model.StageDone || stages[0].DoneAt.IsZero() || stages[0].StartedAt.IsZero() ||
		stages[1].Status != model.StageOpen || !stages[1].DoneAt.IsZero() {
		t.Errorf("stages %+v", stages)
	}
	people, err := w.Store.CasePeople(w.ctx(), w.Org, id)
	w.must(err)
	if !slices.Contains(people, model.CasePerson{Role: model.RoleManager, PersonID: w.Manager}) {
		t.Errorf("people %v", people)
	}
	acted, err := w.Store.ActedPeople(w.ctx(), w.Org, id)
	w.must(err)
	if want := []model.CasePerson{{Role: model.RoleManager, PersonID: w.Manager}, {Role: model.RoleProjectOwner, PersonID: w.Owner}}; !slices.Equal(acted, want) {
		t.Errorf("acted %v, want %v", acted, want)
	}

	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	if c := w.Case(id); c.State != model.Approved || c.Version != 4 {
		t.Errorf("case %+v", c)
	}
}

func testReturnAndResubmit(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager, model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn))
	if c := w.Case(id); c.State != model.Returned || c.Target != "intake" || c.ReturnsCount != 1 {
		t.Fatalf("case %+v", c)
	}
	w.Clock.Advance(48 * time.Hour)
	if revision := w.SaveDraft(id, "Bättre text"); revision != 2 {
		t.Fatalf("revision %d", revision)
	}
	if title := w.Case(id).Title; title != "Chattbot för bygglov" {
		t.Errorf("the draft of a returned case has renamed it %q", title)
	}
	p := Plan("s2", model.StageManager, model.StageLegalBasis)
	p.Stages[0].Scope = "s1" // what the manager has endorsed has not changed
	w.Do(id, w.Submit(id, p))
	c := w.Case(id)
	if c.State != model.LegalReview || c.Target != "" || c.Revision != 2 {
		t.Errorf("case %+v", c)
	}
	snap := w.Snapshot(id)
	if st := snap.Stage(model.StageManager); st.Status != model.StageDone || st.Tasks[0].Round != 1 {
		t.Errorf("the manager's stage %+v", st)
	}
	st := snap.Stage(model.StageLegalBasis)
	if st.Status != model.StageOpen || st.Scope != "s2" || st.Task(model.TaskAdvice).Round != 2 || st.Task(model.TaskDecision).Round != 2 {
		t.Errorf("the legal stage %+v", st)
	}
	if task := w.Task(id, model.StageLegalBasis, model.TaskDecision); task.ScopeHash != "s2" || task.Revision != 2 {
		t.Errorf("task %+v", task)
	}
	revisions, err := w.Store.Revisions(w.ctx(), w.Org, id, store.Intake)
	w.must(err)
	if len(revisions) != 2 || revisions[0].Revision != 2 || revisions[1].Revision != 1 {
		t.Errorf("revisions %+v", revisions)
	}
}

// A case may come back with the text that it was returned with.
func testResubmitUnchanged(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager)
	w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReturn))
	w.Do(id, w.Submit(id, Plan("s1", model.StageManager)))
	if c := w.Case(id); c.State != model.ManagerReview || c.Revision != 1 || c.Version != 3 {
		t.Errorf("case %+v", c)
	}
	if task := w.Task(id, model.StageManager, model.TaskEndorse); task.Key.Round != 2 || task.AssigneeID != w.Manager {
		t.Errorf("task %+v", task)
	}
}

func testReject(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReject))
	if c := w.Case(id); c.State != model.Rejected {
		t.Errorf("case %+v", c)
	}
	if next := w.Snapshot(id).Next; next != nil {
		t.Errorf("a rejected case waits for %v", next)
	}
	tasks, err := w.Store.CaseTasks(w.ctx(), w.Org, id)
	w.must(err)
	for _, task := range tasks {
		if task.Status == model.TaskOpen {
			t.Errorf("task %+v is open", task)
		}
	}
}

func testWithdraw(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager)
	w.Do(id, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
	w.must(err)
	if len(decisions) != 1 || decisions[0].Kind != "withdraw" || decisions[0].Motivation == "" ||
		decisions[0].TaskID != "" || decisions[0].Role != model.RoleProjectOwner || string(decisions[0].Answers) != "{}" {
		t.Errorf("decisions %+v", decisions)
	}
	if w.Snapshot(id).Next != nil {
		t.Error("a withdrawn case waits for something")
	}
}

func testActivate(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager)
	w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.Do(id, w.Plain(model.ActActivate, w.SystemOwner, model.EventActivated, model.Active))
	people, err := w.Store.CasePeople(w.ctx(), w.Org, id)
	w.must(err)
	if !slices.Contains(people, model.CasePerson{Role: model.RoleSystemOwner, PersonID: w.SystemOwner}) || w.Case(id).State != model.Active {
		t.Errorf("people %v", people)
	}
}

func testConditions(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis, model.StageDPIA)
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	r := w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawfulWithConditions,
		Condition(model.DueBeforeUse), Condition(model.DueBeforeUse), Condition(model.DueDate)))
	if r.Conditions != 3 || r.OpenBeforeUse != 2 {
		t.Fatalf("recorded %+v", r)
	}
	if _, beside, err := w.Store.Happened(w.ctx(), w.Org, id, 1); err != nil || beside != (store.Beside{Conditions: true}) {
		t.Errorf("beside the case %+v, %v", beside, err)
	}
	conditions, err := w.Store.Conditions(w.ctx(), w.Org, id)
	w.must(err)
	if len(conditions) != 3 {
		t.Fatalf("conditions %+v", conditions)
	}
	want := Condition(model.DueBeforeUse)
	if c := conditions[0]; c.Status != model.ConditionOpen || c.TextSV != want.TextSV || c.DueDate != want.DueDate ||
		c.OwnerRole != want.OwnerRole || c.Stage != model.StageLegalBasis || c.DecisionID == "" || !c.VerifiedAt.IsZero() || c.VerifiedBy != "" {
		t.Errorf("condition %+v", c)
	}
	w.Refuse(id, w.VerifyCondition(w.Owner, conditions[0].ID, model.ConditionMet), model.CodeSegregation, "SOD-04")
	w.Refuse(id, w.VerifyCondition(w.DPO, model.NewID(), model.ConditionMet), model.CodeNotFound)
	w.Refuse(id, w.VerifyCondition(w.DPO, conditions[0].ID, model.ConditionOpen), model.CodeInvalid)
	w.Clock.Advance(time.Hour)
	if r := w.Do(id, w.VerifyCondition(w.DPO, conditions[0].ID, model.ConditionMet)); r.Conditions != 3 || r.OpenBeforeUse != 1 {
		t.Errorf("one met: %+v", r)
	}
	w.Refuse(id, w.VerifyCondition(w.DPO, conditions[0].ID, model.ConditionMet), model.CodeStateConflict)
	if r := w.Do(id, w.VerifyCondition(w.DPO, conditions[2].ID, model.ConditionMet)); r.OpenBeforeUse != 1 {
		t.Errorf("a dated one met: %+v", r)
	}
	if r := w.Do(id, w.VerifyCondition(w.CISO, conditions[1].ID, model.ConditionMet)); r.Conditions != 3 || r.OpenBeforeUse != 0 {
		t.Errorf("one waived: %+v", r)
	}
	conditions, err = w.Store.Conditions(w.ctx(), w.Org, id)
	w.must(err)
	if c := conditions[0]; c.Status != model.ConditionMet || c.VerifiedBy != w.DPO || !c.VerifiedAt.Equal(w.Clock.Now()) ||
		c.EvidenceNote == "" || c.TextSV != want.TextSV || c.CreatedAt.Equal(c.VerifiedAt) {
		t.Errorf("condition %+v", c)
	}
	if snap := w.Snapshot(id); snap.Conditions != 3 || snap.OpenBeforeUse != 0 {
		t.Errorf("snapshot %+v", snap)
	}
}

// A reviewer asks for more of a stage (T-31): that is a decision, and the tasks
// that open anew have the time that comes with it.
func testRaise(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	p := Plan("s1", model.StageSecrecy)
	p.Stages[0].Requirement = model.Attest
	w.Do(id, w.Submit(id, p))
	w.Do(id, w.Raise(model.StageSecrecy, model.Full))
	snap := w.Snapshot(id)
	if st := snap.Stage(model.StageSecrecy); !st.Raised || st.Requirement != model.Full || st.Tasks[0].Round != 2 {
		t.Errorf("stage %+v", st)
	}
	if snap.Next == nil || snap.Next.ID != model.DeadlineID(id, "secrecy.decision", model.DeadlineDue, 2) {
		t.Errorf("next %v", snap.Next)
	}
	if times := w.serviceTimes(w.Case(id)); times["secrecy.decision"] != 20 || times["manager.endorse"] != 5 {
		t.Errorf("service times %v", times)
	}
	decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
	w.must(err)
	if len(decisions) != 1 || decisions[0].DeciderID != w.CISO || decisions[0].Role != model.RoleCISO ||
		decisions[0].Stage != model.StageSecrecy || decisions[0].Motivation == "" {
		t.Errorf("decisions %+v", decisions)
	}
}

func testSimilar(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	about := func(supplier, product string) string {
		id := w.Draft()
		act := w.Submit(id, Plan("s1", model.StageManager))
		act.Payload.Submission.Supplier, act.Payload.Submission.Product = supplier, product
		w.Do(id, act)
		w.Clock.Advance(time.Second)
		return id
	}
	same := about("Örjans AI  AB", "Svara")
	sameSupplier := about("örjans ai ab", "Något annat")
	nameless := about("", "")
	ended := about("Örjans AI AB", "Svara")
	w.Do(ended, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	mine := about("ÖRJANS AI AB", "SVARA")
	for _, test := range []struct {
		supplier, product string
		want              []string
	}{
		{"ÖRJANS AI AB", " svara ", []string{same, sameSupplier}},
		{"", "svara", []string{same}},
		{"Ingen", "Inget", nil},
		{"", "", nil},
	} {
		found, err := w.Store.Similar(w.ctx(), w.Org, mine, test.supplier, test.product, 10)
		w.must(err)
		var got []string
		for _, c := range found {
			got = append(got, c.ID)
		}
		if !slices.Equal(got, test.want) || slices.Contains(got, nameless) {
			t.Errorf("similar to %q, %q: %d cases, want %d", test.supplier, test.product, len(got), len(test.want))
		}
	}
}

// Of a name that very many cases share those count that were opened last; one with the
// same product counts beside them.
func testManySimilar(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	about := func(product string) string {
		id := w.Draft()
		act := w.Submit(id, Plan("s1", model.StageManager))
		act.Payload.Submission.Supplier, act.Payload.Submission.Product = "Ordverket AB", product
		w.Do(id, act)
		w.Clock.Advance(time.Second)
		return id
	}
	first, product := about("Annat"), about("Svara")
	for range 199 {
		about("Annat")
	}
	ended := about("Annat")
	w.Do(ended, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	found, err := w.Store.Similar(w.ctx(), w.Org, "", "Ordverket AB", "Svara", 1000)
	w.must(err)
	if len(found) != 200 || found[0].ID != product || !found[0].SameSupplier || !found[0].SameProduct {
		t.Fatalf("%d cases are similar, want 200 and the one with the same product first", len(found))
	}
	for i, c := range found[1:] {
		if c.ID == first || c.ID == ended || c.SameProduct || i > 0 && c.UpdatedAt.After(found[i].UpdatedAt) {
			t.Errorf("the similar case %d is one of those that do not count, or out of its place", i+1)
		}
	}
}

// Tasks of roles that the intake gives to people are theirs, also when the next
// intake names others.
func testNamedPeople(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager, model.StageLegalBasis)
	other := w.Person("moa", model.RoleUser)
	act := w.Submit(id, Plan("s1", model.StageManager, model.StageLegalBasis))
	act.Payload.Submission.People = []model.CasePerson{
		{Role: model.RoleManager, PersonID: other},
		{Role: model.RoleInformationOwner, PersonID: w.InfoOwner},
		{Role: model.RoleInformationOwner, PersonID: w.InfoOwner}, // named twice
	}
	w.Do(id, act)
	if task := w.Task(id, model.StageManager, model.TaskEndorse); task.AssigneeID != other || task.Key.Round != 1 {
		t.Errorf("task %+v", task)
	}
	w.Do(id, w.Decide(id, other, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	if task := w.Task(id, model.StageLegalBasis, model.TaskDecision); task.AssigneeID != w.InfoOwner {
		t.Errorf("task %+v", task)
	}
	people, err := w.Store.CasePeople(w.ctx(), w.Org, id)
	w.must(err)
	var got []string
	for _, p := range people {
		got = append(got, fmt.Sprintf("%s %s", p.Role, map[string]string{
			w.Owner: "owner", w.InfoOwner: "info", other: "other", w.Manager: "manager", w.SystemOwner: "system",
		}[p.PersonID]))
	}
	if s := strings.Join(got, ", "); s != "information_owner info, manager other, project_owner owner" {
		t.Errorf("people %s", s)
	}
}
