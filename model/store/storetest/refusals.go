package storetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// A command that was recorded is never recorded again.
func testReplay(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager, model.StageLegalBasis)
	act := w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	c := w.Command(id, act)
	transition := w.Transition(id, w.Snapshot(id), c.ID, act)
	first := w.Record(transition)
	before, err := w.Store.Command(w.ctx(), w.Org, c.ID)
	w.must(err)
	w.Clock.Advance(time.Minute)
	again := w.Record(transition)
	if !again.Replayed || again.Mismatch != nil || again.Refused != nil {
		t.Errorf("again: %+v", again)
	}
	transition.Expect = first.Version
	if r := w.Record(transition); !r.Replayed {
		t.Errorf("again, decided anew: %+v", r)
	}
	after, err := w.Store.Command(w.ctx(), w.Org, c.ID)
	w.must(err)
	if string(after.Answer) != string(before.Answer) || w.Case(id).Version != first.Version {
		t.Errorf("the answer %s became %s", before.Answer, after.Answer)
	}
	w.Verify(id)
}

// A transition decided on another version is answered with what stands.
func testMismatch(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager, model.StageLegalBasis)
	act := w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	c := w.Command(id, act)
	before := w.Case(id)
	for _, expect := range []int64{0, 2, 99} {
		transition := w.Transition(id, w.Snapshot(id), c.ID, act)
		transition.Expect = expect
		r := w.Record(transition)
		if r.Mismatch == nil || toJSON(r.Mismatch) != toJSON(w.Snapshot(id)) || r.Version != 0 {
			t.Errorf("expecting %d: %+v", expect, r)
		}
	}
	if after := w.Case(id); toJSON(after) != toJSON(before) {
		t.Errorf("a mismatch changed the case:\n%s\n%s", toJSON(before), toJSON(after))
	}
	found, err := w.Store.Command(w.ctx(), w.Org, c.ID)
	if err != nil || found.Done {
		t.Errorf("a mismatch ended the command: %+v, %v", found, err)
	}
	if r := w.Record(w.Transition(id, w.Snapshot(id), c.ID, act)); r.Version != 2 {
		t.Errorf("decided anew: %+v", r)
	}
	w.Verify(id)
}

func testRefusals(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	decide := func() Act {
		return w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
	}

	stale := decide()
	stale.Payload.Decision.TaskETag = "1.open.s0"
	w.Refuse(id, stale, model.CodeStale)

	ifVersion := decide()
	ifVersion.Payload.IfVersion = new(int64)
	w.Refuse(id, ifVersion, model.CodeStale)

	taken := decide()
	taken.Actor = w.Everybody
	w.Refuse(id, taken, model.CodeTaskTaken)

	unknown := decide()
	unknown.Payload.Decision.TaskID = model.NewID()
	w.Refuse(id, unknown, model.CodeNotFound)

	other := w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports)
	mixed := decide() // the text of one task with the codes of another
	mixed.Payload.Decision.TaskID, mixed.Payload.Decision.TaskETag = other.Payload.Decision.TaskID, other.Payload.Decision.TaskETag
	w.Refuse(id, mixed, model.CodeInvalid)

	yesterday := decide()
	yesterday.Evaluation = w.Evaluation(1, "h1", Plan("s1", model.StageLegalBasis))
	yesterday.Evaluation.On = "2026-11-22"
	w.Refuse(id, yesterday, model.CodeReevaluate)

	older := decide()
	older.Evaluation = w.Evaluation(7, "h1", Plan("s1", model.StageLegalBasis))
	w.Refuse(id, older, model.CodeReevaluate)

	bare := w.Submit(id, Plan("s1", model.StageLegalBasis))
	bare.Evaluation = nil
	w.Refuse(id, bare, model.CodeInvalid)

	for _, change := range []func(*Act){
		func(a *Act) { a.Payload.Submission.Revision = 2 },
		func(a *Act) { a.Evaluation.PartHash = "h0" },
		func(a *Act) { a.Evaluation.Revision = 0 },
	} {
		unread := w.Submit(id, Plan("s1", model.StageLegalBasis))
		change(&unread)
		w.Refuse(id, unread, model.CodeStale)
	}

	late := decide()
	late.Evaluation = w.Evaluation(1, "h1", Plan("s1", model.StageLegalBasis))
	c := w.Command(id, late)
	w.Clock.Set(time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)) // the next day in Sweden
	if r := w.Record(w.Transition(id, w.Snapshot(id), c.ID, late)); r.Refused == nil || r.Refused.Code != model.CodeReevaluate {
		t.Errorf("after midnight: %+v", r)
	}

	// Of two answers to one task the second finds it closed.
	first, second := decide(), decide()
	w.Do(id, first)
	r, _ := w.Try(id, second)
	if r.Refused == nil || r.Refused.Code != model.CodeTaskClosed {
		t.Errorf("a second answer: %+v", r)
	}
}

func testRefusalEndsTheCommand(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	act := w.Decide(id, w.Everybody, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
	c := w.Command(id, act)
	if r := w.Record(w.Transition(id, w.Snapshot(id), c.ID, act)); r.Refused == nil {
		t.Fatalf("recorded %+v", r)
	}
	if r := w.Record(w.Transition(id, w.Snapshot(id), c.ID, act)); r.Refused == nil || r.Refused.Code != model.CodeEnded {
		t.Errorf("a refused command again: %+v", r)
	}
	// Its key is free.
	c.ID, c.ActorID = model.NewID(), w.InfoOwner
	w.must(w.Store.AddCommand(w.ctx(), c, w.Clock.Now()))

	// Nobody's command is recorded for another case.
	elsewhere := w.Submitted(model.StageLegalBasis)
	if r := w.Record(w.Transition(elsewhere, w.Snapshot(elsewhere), c.ID, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))); r.Refused == nil || r.Refused.Code != model.CodeEnded {
		t.Errorf("another case's command: %+v", r)
	}
	if r := w.Record(w.Transition(id, w.Snapshot(id), c.ID, act)); r.Version != 2 {
		t.Errorf("under the freed key: %+v", r)
	}
	if r := w.Record(model.Transition{OrgID: w.Org, CaseID: model.NewID(), CommandID: c.ID, Kind: model.ActDecide}); r.Refused == nil || r.Refused.Code != model.CodeEnded {
		t.Errorf("a case that does not exist: %+v", r)
	}
	gone := model.NewID()
	deadline := model.Transition{OrgID: w.Org, CaseID: gone, CommandID: model.DeadlineCommand(gone), Kind: model.ActFireDeadline, Expect: 4, Deadline: gone}
	if r := w.Record(deadline); r.Mismatch == nil || r.Mismatch.Found {
		t.Errorf("a deadline of a case that does not exist: %+v; want word that it is not there", r)
	}
}

// What no database would take is refused instead of tried again for ever.
func testHopeless(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	for name, change := range map[string]func(*Act){
		"a person who is not there": func(a *Act) { a.Payload.Submission.People[0].PersonID = model.NewID() },
		"two for one function": func(a *Act) {
			a.Payload.Submission.People = append(a.Payload.Submission.People, model.CasePerson{Role: model.RoleManager, PersonID: w.Everybody})
		},
		"a unit that is not there": func(a *Act) { a.Payload.Submission.UnitID = model.NewID() },
		"no events": func(a *Act) {
			a.Step = func(*model.Snapshot) []model.Step { return nil }
		},
		"a task that nobody knows": func(a *Act) {
			a.Step = func(s *model.Snapshot) []model.Step {
				s.Stages[0].Tasks = append(s.Stages[0].Tasks, model.TaskState{Kind: "dance", Round: 1, Status: model.TaskOpen})
				return []model.Step{{Event: model.EventSubmitted, State: s.State}}
			}
		},
	} {
		t.Log(name)
		act := w.Submit(id, Plan("s1", model.StageLegalBasis))
		change(&act)
		w.Refuse(id, act, model.CodeInvalid)
	}
	huge := w.Submit(id, Plan("s1", model.StageLegalBasis))
	huge.Evaluation.IPL = 1 << 40
	if r, _ := w.Try(id, huge); r.Refused != nil && r.Refused.Code != model.CodeInvalid {
		t.Errorf("a number that no column holds: %+v", r)
	}
	numbers := w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
	numbers.Payload.Decision.Answers = json.RawMessage(`{"n": 1e999}`)
	w.Refuse(id, numbers, model.CodeInvalid)

	for name, change := range map[string]func(*model.Decision){
		"NUL in the motivation":    func(d *model.Decision) { d.Motivation = "a\x00b" },
		"NUL in the answers":       func(d *model.Decision) { d.Answers = json.RawMessage(`{"a":"\u0000"}`) },
		"a space in a reason code": func(d *model.Decision) { d.ReasonCodes = []string{"R 1"} },
		"an empty reason code":     func(d *model.Decision) { d.ReasonCodes = []string{""} },
	} {
		act := w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
		change(act.Payload.Decision)
		err := w.Store.AddCommand(w.ctx(), model.Command{
			OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: id, Kind: act.Kind, ActorID: act.Actor, Payload: act.Payload,
		}, w.Clock.Now())
		if model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	harmless := w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
	harmless.Payload.Decision.Motivation = `a\u0000b` // six characters, no NUL
	w.Do(id, harmless)
}

func testSegregation(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager, model.StageLegalBasis, model.StageCISO)

	// Named for two functions that must be apart.
	for _, people := range [][]model.CasePerson{
		{{Role: model.RoleManager, PersonID: w.Owner}}, // the owner has acted as such
		{{Role: model.RoleManager, PersonID: w.Everybody}, {Role: model.RoleProjectOwner, PersonID: w.Everybody}},
	} {
		act := w.Submit(id, Plan("s1", model.StageManager, model.StageLegalBasis))
		act.Payload.Submission.People = people
		w.Refuse(id, act, model.CodeSegregation, "SOD-01")
	}
	// The DPO decides nothing, for the same controller (GDPR 38(6)).
	act := w.Submit(id, Plan("s1", model.StageManager, model.StageLegalBasis))
	act.Payload.Submission.People = []model.CasePerson{{Role: model.RoleInformationOwner, PersonID: w.DPO}}
	w.Refuse(id, act, model.CodeSegregation, "SOD-02")

	// The owner endorses the own case.
	own := w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	w.must(w.Store.AssignTask(w.ctx(), w.Org, own.Payload.Decision.TaskID, w.Owner, w.Manager, w.Owner, w.Clock.Now()))
	own.Actor = w.Owner
	w.Refuse(id, own, model.CodeSegregation, "SOD-01")
	w.must(w.Store.AssignTask(w.ctx(), w.Org, own.Payload.Decision.TaskID, w.Owner, w.Owner, "", w.Clock.Now()))
	own.Actor = w.DPO
	w.Refuse(id, own, model.CodeSegregation, "SOD-02")
	own.Actor = w.Manager
	w.Do(id, own)

	// Whoever has advised as DPO does not decide, and the other way round.
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))

	// The CISO is not the system owner.
	ciso := w.Decide(id, w.SystemOwner, model.StageCISO, model.TaskDecision, model.OutcomeApprove)
	w.Refuse(id, ciso, model.CodeSegregation, "SOD-03")
	ciso.Actor = w.CISO
	w.Do(id, ciso)
}

func testEndCommand(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager)
	act := w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	c := w.Command(id, act)
	transition := w.Transition(id, w.Snapshot(id), c.ID, act)
	for _, want := range []bool{true, false} {
		if ended, err := w.Store.EndCommand(w.ctx(), w.Org, c.ID); err != nil || ended != want {
			t.Errorf("ended %v, %v; want %v", ended, err, want)
		}
	}
	if r := w.Record(transition); r.Refused == nil || r.Refused.Code != model.CodeEnded {
		t.Errorf("an ended command: %+v", r)
	}
	_, c = w.Try(id, act)
	if ended, err := w.Store.EndCommand(w.ctx(), w.Org, c.ID); err != nil || ended {
		t.Errorf("a recorded command was ended: %v, %v", ended, err)
	}
	if found, err := w.Store.Command(w.ctx(), w.Org, c.ID); err != nil || !found.Done {
		t.Errorf("%+v, %v", found, err)
	}
}

func testRenewCommand(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	act := w.Submit(id, Plan("s1", model.StageManager))
	c := w.Command(id, act)
	w.Clock.Advance(24 * time.Hour)
	newID, e := model.NewID(), w.Evaluation(1, "h1", act.Evaluation.Plan)
	w.must(w.Store.RenewCommand(w.ctx(), w.Org, c.ID, newID, e))
	if err := w.Store.RenewCommand(w.ctx(), w.Org, c.ID, model.NewID(), e); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("under the old id: %v", err)
	}
	if r := w.Record(w.Transition(id, w.Snapshot(id), c.ID, act)); r.Refused == nil || r.Refused.Code != model.CodeEnded {
		t.Errorf("under the old id: %+v", r)
	}
	found, err := w.Store.CommandByKey(w.ctx(), w.Org, c.RequestKey)
	w.must(err)
	if found.ID != newID || found.Evaluation == nil || found.Evaluation.On != "2026-11-24" {
		t.Errorf("renewed %+v", found)
	}
	if r := w.Record(w.Transition(id, w.Snapshot(id), newID, act)); r.Version != 1 {
		t.Errorf("under the new id: %+v", r)
	}
	if err := w.Store.RenewCommand(w.ctx(), w.Org, newID, model.NewID(), e); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a recorded one: %v", err)
	}
	w.Verify(id)
}

// testEndingWaitsForRecording has a sender end or renew each command while it is
// being recorded. Either it was ended or it was recorded, never both.
func testEndingWaitsForRecording(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	for i := range 30 {
		id := w.Submitted(model.StageManager)
		act := w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
		c := w.Command(id, act)
		transition := w.Transition(id, w.Snapshot(id), c.ID, act)
		taken := make(chan bool)
		go func() {
			if i%2 == 0 {
				ended, err := w.Store.EndCommand(w.ctx(), w.Org, c.ID)
				taken <- ended && err == nil
			} else {
				taken <- w.Store.RenewCommand(w.ctx(), w.Org, c.ID, model.NewID(), nil) == nil
			}
		}()
		r := w.Record(transition)
		recorded := r.Refused == nil
		if recorded == <-taken {
			t.Fatalf("recorded and taken away are both %v: %+v", recorded, r)
		}
		if version := w.Case(id).Version; recorded != (version == 2) {
			t.Fatalf("recorded %v, version %d", recorded, version)
		}
		w.Verify(id)
	}
}
