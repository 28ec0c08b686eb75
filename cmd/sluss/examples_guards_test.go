//go:build !slim

package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/audit"
)

// TestGuards plays the guard vectors of rulebook 9.10 that are about handing in
// and sending back.
func TestGuards(t *testing.T) {
	t.Parallel()
	guards := map[string]func(*testing.T, *world){
		"GV-09 a higher class reopens":             higherClassReopens,
		"GV-10 no return without a way forward":    noReturnWithoutWay,
		"GV-23 a stop is corrected by handing in":  stopCorrected,
		"GV-23 a stop is corrected in two steps":   stopCorrectedInTwoSteps,
		"GV-24 a prohibited practice is not":       prohibitedStays,
		"GV-24 a prohibited practice is looked at": prohibitedLookedAt,
		"GV-25 no stage is lowered":                noStageLowered,
	}
	inDemo(t, func(t *testing.T, w *world) {
		sideBySide(t, w, slices.Sorted(maps.Keys(guards)), func(t *testing.T, w *world, name string) {
			guards[name](t, w)
		})
	})
}

// personal is an intake with personal data that T2 reviews, all stages at once.
func personal(t *testing.T, more answers) answers {
	t.Helper()
	all := asIntake(t, readVectors(t).Base)
	maps.Copy(all, answers{
		"openly_publishable": false, "info_k": 1, "personal_data": "yes", "data_subject_groups": []any{"residents"},
	})
	maps.Copy(all, more)
	return all
}

// stageNow is a stage as the case shows it.
type stageNow struct {
	Key         model.StageKey    `json:"key"`
	Requirement model.Requirement `json:"requirement"`
	Status      model.StageStatus `json:"status"`
	Tasks       []struct {
		Kind   model.TaskKind   `json:"kind"`
		Round  int              `json:"round"`
		Status model.TaskStatus `json:"status"`
	} `json:"tasks"`
}

// stage reads one stage of the case.
func (c *aCase) stage(key model.StageKey) stageNow {
	c.w.t.Helper()
	var v struct {
		Stages []stageNow `json:"stages"`
	}
	c.w.get(c.owner(), c.path(""), &v)
	i := slices.IndexFunc(v.Stages, func(s stageNow) bool { return s.Key == key })
	if i < 0 {
		c.w.t.Fatalf("the case does not show the stage %s", key)
	}
	return v.Stages[i]
}

// stageIs checks a stage, and the round in which its tasks are; those that are open,
// where any is: the others follow when the assessment has been handed in.
func (c *aCase) stageIs(key model.StageKey, r model.Requirement, status model.StageStatus, round int) {
	c.w.t.Helper()
	s := c.stage(key)
	if s.Requirement != r || s.Status != status {
		c.w.t.Errorf("%s is %s and %s, want %s and %s", key, s.Requirement, s.Status, r, status)
	}
	for _, task := range s.Tasks {
		if task.Round != round && (task.Status == model.TaskOpen || status == model.StageDone) {
			c.w.t.Errorf("%s.%s is in round %d, want %d", key, task.Kind, task.Round, round)
		}
	}
}

// happened is an event's kind and the rules behind it.
type happened struct {
	kind  model.EventKind
	rules []string
}

// since lists what happened to the case after its first n events.
func (c *aCase) since(n int) []happened {
	c.w.t.Helper()
	var page struct {
		Items []audit.Event `json:"items"`
	}
	c.w.get(c.owner(), c.path("/events?limit=100"), &page)
	var all []happened
	for _, e := range page.Items[n:] {
		var d model.EventData
		if err := json.Unmarshal(e.Data, &d); err != nil {
			c.w.t.Fatal(err)
		}
		all = append(all, happened{model.EventKind(e.Kind), d.Rules})
	}
	return all
}

// tells checks the kinds of the events after the first n, and that the rules are
// behind them.
func (c *aCase) tells(n int, rules []string, kinds ...model.EventKind) {
	c.w.t.Helper()
	var got []model.EventKind
	var behind []string
	for _, h := range c.since(n) {
		got, behind = append(got, h.kind), append(behind, h.rules...)
	}
	if !slices.Equal(got, kinds) {
		c.w.t.Errorf("the log goes on with %v, want %v", got, kinds)
	}
	for _, r := range rules {
		if !slices.Contains(behind, r) {
			c.w.t.Errorf("the rules behind the events are %v, %s is not among them", behind, r)
		}
	}
}

// length is how many events the case has.
func (c *aCase) length() int {
	c.w.t.Helper()
	return len(c.since(0))
}

func rulesOf(p client.Problem) []string {
	var ids []string
	for _, r := range p.Rules {
		ids = append(ids, r.ID)
	}
	return ids
}

// guarded is an act on the case that a guard has to refuse by these rules.
func (c *aCase) guarded(user string, call client.Call, rules ...string) {
	c.w.t.Helper()
	if got := rulesOf(c.w.refused(user, call, 409, model.CodeGuard)); !slices.Equal(got, rules) {
		c.w.t.Errorf("refused by %v, want %v", got, rules)
	}
}

// higherClassReopens: info_k 1 becomes 3 in a returned case. Secrecy, DPIA and CISO
// are asked anew, and the information owner with them; the manager and the legal
// basis keep what they have.
func higherClassReopens(t *testing.T, w *world) {
	c := w.openAs(personal(t, nil))
	c.submit()
	c.stageIs(model.StageSecrecy, model.Attest, model.StageOpen, 1)
	c.passUntil(model.OwnerDecision)
	c.decide(model.StageInfoOwner, model.TaskDecision, model.OutcomeReturn)
	c.is(model.Returned)
	before := c.length()
	c.edit(answers{"info_k": 3})
	if r := c.submit(); r.State != model.LegalReview {
		t.Errorf("the case is %s, want the earliest open stage", r.State)
	}
	c.tells(before, []string{"T-19", "T-03"}, model.EventDraftSaved, model.EventSubmitted, model.EventTriaged)
	if v := c.view(); v.Tier != model.T3 || v.Revision != 2 {
		t.Errorf("the case is %+v", v)
	}
	c.stageIs(model.StageManager, model.Required, model.StageDone, 1)
	c.stageIs(model.StageLegalBasis, model.Required, model.StageDone, 1)
	c.stageIs(model.StageSecrecy, model.Full, model.StageOpen, 2)
	c.stageIs(model.StageDPIA, model.Presumed, model.StageOpen, 2)
	c.stageIs(model.StageCISO, model.Full, model.StageOpen, 2)
	c.stageIs(model.StageInfoOwner, model.Required, model.StageOpen, 2)
	c.passUntil(model.Approved)
}

// noReturnWithoutWay: who sends back or turns down says what can be done, in at
// least 30 characters.
func noReturnWithoutWay(t *testing.T, w *world) {
	c := w.openAs(personal(t, nil))
	c.submit()
	task := c.task(model.StageManager, model.TaskEndorse)
	for _, o := range []model.Outcome{model.OutcomeReturn, model.OutcomeReject} {
		call := task.answer(o)
		with := func(changes answers) client.Call {
			altered := call
			altered.Body = changed(call.Body.(answers), changes)
			return altered
		}
		for pointer, broken := range map[string]answers{
			"/path_forward_text": {"path_forward_text": strings.Repeat("å", 29)},
			"/reason_codes":      {"reason_codes": []string{}},
		} {
			for _, without := range []client.Call{with(broken), with(answers{pointer[1:]: nil})} {
				p := w.refused("manager", without, 422, model.CodeInvalid)
				if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer || p.Errors[0].Code != "V-60" {
					t.Errorf("%s: the errors are %+v, want V-60 at %s", o, p.Errors, pointer)
				}
			}
		}
	}
	enough := task.answer(model.OutcomeReturn)
	enough.Body = changed(enough.Body.(answers), answers{"path_forward_text": strings.Repeat("å", 30)})
	w.must("manager", enough)
	c.is(model.Returned)
}

// unsigned are changes to a case that HS-02 stops, and signed what lifts it.
var (
	unsigned = answers{"agreement_status": "none", "agreement_covers_security": nil, "agreement_covers_data_protection": nil}
	signed   = answers{"agreement_status": "signed", "agreement_covers_security": true, "agreement_covers_data_protection": true}
)

// stoppedCase is a case that rules stop.
func stoppedCase(t *testing.T, w *world, intake answers, stops ...string) *aCase {
	t.Helper()
	c := w.openAs(intake)
	if r := c.submit(); r.State != model.RejectedAuto {
		t.Fatalf("the case is %s, want it stopped", r.State)
	}
	if v := c.view(); !slices.Equal(v.HardStops, stops) || v.Tier != model.T4 {
		t.Fatalf("the case is stopped by %v in %s, want %v in T4", v.HardStops, v.Tier, stops)
	}
	return c
}

// stopCorrected: the agreement is signed and the case handed in again, which takes
// it back to its owner and on to the reviewers in one step.
func stopCorrected(t *testing.T, w *world) {
	c := stoppedCase(t, w, changed(personal(t, nil), unsigned), "HS-02")
	before := c.length()
	c.edit(signed)
	c.submit()
	c.tells(before, []string{"T-07a", "T-19", "T-03"},
		model.EventDraftSaved, model.EventCorrected, model.EventSubmitted, model.EventTriaged)
	c.is(model.ManagerReview)
	if v := c.view(); len(v.HardStops) > 0 || v.Tier != model.T2 {
		t.Errorf("the corrected case is %+v", v)
	}
}

// stopCorrectedInTwoSteps: the owner first takes the case back.
func stopCorrectedInTwoSteps(t *testing.T, w *world) {
	c := stoppedCase(t, w, changed(personal(t, nil), unsigned), "HS-02")
	w.must(c.owner(), c.post("/corrections", answers{"reason": "Avtalet är nu undertecknat."}))
	c.is(model.Returned)
	c.edit(signed)
	c.submit()
	c.is(model.ManagerReview)
	if v := c.view(); len(v.HardStops) > 0 {
		t.Errorf("the corrected case is stopped by %v", v.HardStops)
	}
}

// scoring is a prohibited practice, and unscored the same case without it.
var (
	scoring  = answers{"art5_flags": []any{"c"}}
	unscored = answers{"art5_flags": []any{}}
)

// prohibitedStays: the owner can neither take back nor correct a case that HS-01
// stops.
func prohibitedStays(t *testing.T, w *world) {
	c := stoppedCase(t, w, changed(personal(t, nil), scoring), "HS-01")
	for _, a := range c.view().Allowed {
		if a.Act == "correct" {
			t.Error("the owner is offered to correct the case")
		}
	}
	reason := answers{"reason": "Rutan var fel ifylld."}
	c.guarded(c.owner(), c.post("/corrections", reason), "T-07a", "HS-01")
	c.edit(unscored)
	c.guarded(c.owner(), c.submission(), "T-07a", "HS-01")
	c.is(model.RejectedAuto)
}

// prohibitedLookedAt: legal counsel and administrator agree that it was an error;
// then the owner corrects the intake (T-07).
func prohibitedLookedAt(t *testing.T, w *world) {
	c := stoppedCase(t, w, changed(personal(t, nil), scoring), "HS-01")
	w.must(c.owner(), c.post("/re-examination", answers{"reason": "Ingen poängsätts, rutan var fel ifylld."}))
	c.is(model.RejectedAuto)
	open := c.openTasks()
	if len(open) != 2 {
		t.Fatalf("%d people look at the stop, want legal counsel and administrator", len(open))
	}
	w.must(string(open[0].Role), open[0].answer(model.OutcomeErrorUpheld))
	c.is(model.RejectedAuto)
	c.guarded(c.owner(), c.post("/corrections", answers{"reason": "Ena svaret är klart."}), "T-07a", "HS-01")
	w.must(string(open[1].Role), open[1].answer(model.OutcomeErrorUpheld))
	c.is(model.Returned)
	c.edit(unscored)
	c.submit()
	c.is(model.ManagerReview)
}

// noStageLowered: a reviewer may ask for more of a stage and never for less.
func noStageLowered(t *testing.T, w *world) {
	c := w.openAs(asIntake(t, readVectors(t).facts(readVectors(t).vector(t, "TV-07"))))
	c.submit()
	raise := func(stage model.StageKey, to model.Requirement) client.Call {
		return c.post("/stages/"+string(stage)+"/raise", answers{"requirement": to, "reason": "Ny uppgift från leverantören."})
	}
	c.stageIs(model.StageDPIA, model.Required, model.StageWaiting, 0)
	c.guarded("ciso", raise(model.StageDPIA, model.ThresholdOnly), "T-31")
	c.guarded("ciso", raise(model.StageSecrecy, model.Attest), "T-31")
	w.refused("manager", raise(model.StageSecrecy, model.Full), 403, model.CodeForbidden)
	w.must("ciso", raise(model.StageSecrecy, model.Full))
	c.guarded("dpo", raise(model.StageSecrecy, model.Attest), "T-31")
	c.stageIs(model.StageSecrecy, model.Full, model.StageWaiting, 0)
	c.stageIs(model.StageDPIA, model.Required, model.StageWaiting, 0)
}

// TestPrivateLicence: where the profile leaves it to the information owner, nobody
// looks at a private licence before that answer (T-33).
func TestPrivateLicence(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T, *world, *aCase){
		"accepted": licenceAccepted,
		"refused":  licenceRefused,
	}
	file := readVectors(t)
	inDemo(t, func(t *testing.T, w *world) {
		sideBySide(t, w, slices.Sorted(maps.Keys(tests)), func(t *testing.T, w *world, name string) {
			asked := file.vector(t, "TV-46")
			c := w.openAs(asIntake(t, file.facts(asked)))
			c.submit()
			c.is(model.OwnerDecision)
			sameResult(t, c.triage(), asked.Expected)
			c.tells(0, []string{"T-02", "T-33"}, model.EventCreated, model.EventSubmitted, model.EventTriaged)
			if open := c.openTasks(); len(open) != 1 || open[0].Stage != model.StageInfoOwner {
				t.Fatalf("the open tasks are %+v, want the information owner's alone", open)
			}
			tests[name](t, w, c)
		})
	})
}

// licenceAccepted: the review begins, and the information owner is not asked again
// (T-34, T-16).
func licenceAccepted(t *testing.T, w *world, c *aCase) {
	before := c.length()
	c.decide(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept)
	c.is(model.ManagerReview)
	c.tells(before, []string{"T-34", "T-04"}, model.EventDecided, model.EventTriaged)
	sameResult(t, c.triage(), readVectors(t).vector(t, "TV-04").Expected)
	c.stageIs(model.StageInfoOwner, model.Required, model.StageDone, 1)
	c.passUntil(model.Approved)
	c.stageIs(model.StageInfoOwner, model.Required, model.StageDone, 1)
}

// licenceRefused: the rules stop the case, and its owner may correct it: open
// information needs nobody's leave.
func licenceRefused(t *testing.T, w *world, c *aCase) {
	before := c.length()
	c.decide(model.StageInfoOwner, model.TaskDecision, model.OutcomeReject)
	c.is(model.RejectedAuto)
	c.tells(before, []string{"T-34", "T-05", "HS-07"}, model.EventDecided, model.EventTriaged, model.EventStopped)
	sameResult(t, c.triage(), readVectors(t).vector(t, "TV-47").Expected)
	c.edit(answers{"info_k": 0, "openly_publishable": true})
	c.submit()
	c.is(model.ManagerReview)
	if v := c.view(); v.Tier != model.T1 || len(v.HardStops) > 0 {
		t.Errorf("the corrected case is %+v", v)
	}
	c.stageIs(model.StageInfoOwner, model.NotRequired, model.StageNotRequired, 1)
}
