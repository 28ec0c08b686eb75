package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

func testPending(t *testing.T, open Open) {
	s := open(t, 0)
	w, other := NewWorld(t, s), NewWorld(t, s)
	id := w.Submitted(model.StageManager)
	start := w.Clock.Now()
	withdraw := func(w *World) Act { return w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn) }
	first := w.Command(id, withdraw(w))
	other.Clock.Set(start.Add(time.Microsecond))
	second := other.Command(other.Submitted(model.StageManager), withdraw(other))
	w.Clock.Set(start.Add(2 * time.Microsecond))
	third := w.Command(w.Draft(), withdraw(w))

	list := func(before time.Time, limit int64) []string {
		t.Helper()
		commands, err := s.PendingCommands(w.ctx(), before, limit)
		w.must(err)
		var ids []string
		for _, c := range commands {
			ids = append(ids, c.ID)
		}
		return ids
	}
	for _, test := range []struct {
		before time.Time
		limit  int64
		want   []string
	}{
		{start, 10, nil},
		{start.Add(time.Microsecond), 10, []string{first.ID}},
		{start.Add(time.Second), 10, []string{first.ID, second.ID, third.ID}},
		{start.Add(time.Second), 2, []string{first.ID, second.ID}},
	} {
		if got := list(test.before, test.limit); !slices.Equal(got, test.want) {
			t.Errorf("before %v: %v, want %v", test.before, got, test.want)
		}
	}
	commands, err := s.PendingCommands(w.ctx(), start.Add(time.Second), 1)
	w.must(err)
	if c := commands[0]; c.OrgID != w.Org || c.CaseID != id || c.Payload.Reason == "" || c.Done {
		t.Errorf("command %+v", c)
	}
	w.Record(w.Transition(id, w.Snapshot(id), first.ID, withdraw(w)))
	if got := list(start.Add(time.Second), 10); !slices.Equal(got, []string{second.ID, third.ID}) {
		t.Errorf("after one was recorded: %v", got)
	}
}

func testAcknowledge(t *testing.T, open Open) {
	s := open(t, 0)
	w, other := NewWorld(t, s), NewWorld(t, s)
	start := w.Clock.Now()
	a := store.CaseRef{OrgID: w.Org, CaseID: w.Submitted(model.StageManager)}
	w.Clock.Advance(time.Second)
	other.Clock.Advance(2 * time.Second)
	b := store.CaseRef{OrgID: other.Org, CaseID: other.Submitted(model.StageManager)}
	unacknowledged := func(before time.Time) []store.CaseRef {
		t.Helper()
		refs, err := s.UnacknowledgedCases(w.ctx(), before, 10)
		w.must(err)
		return refs
	}
	expect := func(before time.Time, want ...store.CaseRef) {
		t.Helper()
		if got := unacknowledged(before); !slices.Equal(got, want) {
			t.Errorf("unacknowledged %v, want %v", got, want)
		}
	}
	end := start.Add(time.Hour)
	expect(start)
	expect(end, a, b)
	// Only what was recorded before the sync was asked for.
	w.Do(a.CaseID, w.Decide(a.CaseID, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.must(s.Acknowledge(w.ctx(), []store.CaseRef{b, a}, start.Add(time.Microsecond), end))
	expect(end, a, b)
	w.must(s.Acknowledge(w.ctx(), []store.CaseRef{b, a, a}, end, end))
	expect(end)
	w.must(s.Acknowledge(w.ctx(), nil, end, end))

	r, c := w.Try(a.CaseID, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	if r.Refused != nil {
		t.Fatal(r.Refused)
	}
	expect(end, a)
	w.must(s.AcknowledgeCommands(w.ctx(), other.Org, []string{c.ID}, end))
	expect(end, a)
	w.must(s.AcknowledgeCommands(w.ctx(), w.Org, []string{model.NewID(), c.ID}, end))
	expect(end)
	w.must(s.AcknowledgeCommands(w.ctx(), w.Org, nil, end))
}

func testCasesToSync(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	start := w.Clock.Now()
	old := w.Submitted(model.StageManager)
	w.Clock.Advance(time.Minute)
	w.Draft() // has no process
	fresh := w.Submitted(model.StageManager)
	list := func(since time.Time, limit int64) []string {
		t.Helper()
		refs, err := w.Store.CasesChangedSince(w.ctx(), since, limit)
		w.must(err)
		var ids []string
		for _, r := range refs {
			ids = append(ids, r.CaseID)
		}
		return ids
	}
	if got := list(start.Add(-time.Second), 10); !slices.Equal(got, []string{old, fresh}) {
		t.Errorf("changed %v", got)
	}
	if got := list(start, 10); !slices.Equal(got, []string{fresh}) {
		t.Errorf("changed later %v", got)
	}
	if got := list(start.Add(-time.Second), 1); !slices.Equal(got, []string{old}) {
		t.Errorf("one changed %v", got)
	}
}

// Cases and open incidents are listed in one order; drafts and closed incidents have
// no process.
func testWithProcess(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.Draft()
	w.CloseIncident(w.ReportIncident(""))
	var all []store.ProcessRef
	for range 2 {
		all = append(all, store.ProcessRef{OrgID: w.Org, ID: w.Submitted(model.StageManager)},
			store.ProcessRef{OrgID: w.Org, ID: w.ReportIncident(""), Incident: true})
	}
	slices.SortFunc(all, func(a, b store.ProcessRef) int { return strings.Compare(a.ID, b.ID) })
	list := func(org, after string, limit int64) []store.ProcessRef {
		t.Helper()
		found, err := w.Store.WithProcess(w.ctx(), org, after, limit)
		w.must(err)
		return found
	}
	for name, got := range map[string][2][]store.ProcessRef{
		"all":                  {list(w.Org, "", 10), all},
		"the first":            {list(w.Org, "", 3), all[:3]},
		"those after":          {list(w.Org, all[1].ID, 2), all[2:]},
		"none after":           {list(w.Org, all[3].ID, 2), nil},
		"another organisation": {list("elsewhere", "", 10), nil},
	} {
		if !slices.Equal(got[0], got[1]) {
			t.Errorf("%s: %v, want %v", name, got[0], got[1])
		}
	}
}

// What changed nothing in the record is answered once too.
func testAnswered(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	c := model.Command{OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), Kind: "reconcile", ActorID: w.DPO, BodyHash: "b"}
	w.must(w.Store.AddAnswered(w.ctx(), c, map[string]int{"checked": 3}, w.Clock.Now()))
	c.ID = model.NewID()
	if err := w.Store.AddAnswered(w.ctx(), c, nil, w.Clock.Now()); !store.IsConflict(err) {
		t.Errorf("the same request: %v", err)
	}
	known, err := w.Store.CommandByKey(w.ctx(), w.Org, c.RequestKey)
	w.must(err)
	if !known.Done || string(known.Answer) != `{"checked":3}` || known.BodyHash != "b" {
		t.Errorf("known as %+v", known)
	}
	waiting, err := w.Store.UnacknowledgedCases(w.ctx(), w.Clock.Now().Add(time.Hour), 1000)
	w.must(err)
	if slices.ContainsFunc(waiting, func(c store.CaseRef) bool { return c.OrgID == w.Org }) {
		t.Errorf("a process has to hear of it: %v", waiting)
	}
}

func testAssignTask(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	task := w.Task(id, model.StageLegalBasis, model.TaskAdvice)
	assign := func(actor, expect, assignee string) error {
		return w.Store.AssignTask(w.ctx(), w.Org, task.ID, actor, expect, assignee, w.Clock.Now())
	}
	version := w.Case(id).Version
	w.must(assign(w.DPO, "", w.DPO))
	w.must(assign(w.DPO, "", w.DPO)) // is so already
	if err := assign(w.CISO, "", w.CISO); model.CodeOf(err) != model.CodeTaskTaken {
		t.Errorf("a taken task: %v", err)
	}
	w.must(assign(w.DPO, w.DPO, w.Legal))
	w.must(assign(w.Legal, w.Legal, ""))
	want := []string{"created", "submitted", "triaged", "task_claimed", "task_reassigned", "task_released"}
	if got := w.eventKinds(id); !slices.Equal(got, want) {
		t.Errorf("events %v", got)
	}
	if got := w.Task(id, model.StageLegalBasis, model.TaskAdvice); got.AssigneeID != "" || got.ETag() != task.ETag() || !got.DueAt.Equal(task.DueAt) {
		t.Errorf("task %+v", got)
	}
	if got := w.Case(id).Version; got != version {
		t.Errorf("version %d became %d", version, got)
	}
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	if err := assign(w.Legal, "", w.Legal); model.CodeOf(err) != model.CodeTaskClosed {
		t.Errorf("a closed task: %v", err)
	}
	if err := w.Store.AssignTask(w.ctx(), w.Org, model.NewID(), w.DPO, "", w.DPO, w.Clock.Now()); err != store.ErrNotFound {
		t.Errorf("no task: %v", err)
	}
	w.Verify(id)
}
