//go:build !slim

package main

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/store/pgtest"
)

// inDemo runs a test on an empty record in which the program itself has made the
// demo's people.
func inDemo(t *testing.T, test func(*testing.T, *world)) {
	run := func(name string, url func(*testing.T) string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t, dir: t.TempDir(), url: url(t), tokens: map[string]string{}}
			w.start(launch{demo: true})
			test(t, w)
			w.stopAndCheck()
		})
	}
	run("SQLite", func(*testing.T) string { return "" })
	run("PostgreSQL", func(t *testing.T) string { return pgtest.NewDatabase(t, nil) })
}

// TestSensitiveCase takes a T3 case through every stage in turn, to approval with
// a condition, verification and use, and tries at each turn what must not be
// possible.
func TestSensitiveCase(t *testing.T) {
	t.Parallel()
	inDemo(t, func(t *testing.T, w *world) {
		c := openCarefully(w)
		submitCarefully(c)
		endorseCarefully(c)

		c.is(model.LegalReview)
		handInCarefully(c)
		early := c.task(model.StageLegalBasis, model.TaskDecision)
		p := w.refused("information_owner", early.answer(model.OutcomeLawful), 409, model.CodeGuard)
		if len(p.Rules) != 1 || p.Rules[0].ID != "LB-R19" || p.Rules[0].Text == "" {
			t.Errorf("the rules behind the refusal are %+v, want LB-R19 with its text", p.Rules)
		}
		c.decide(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupportsWithRemarks)
		c.decide(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
		c.decide(model.StageSecrecy, model.TaskDecision, model.OutcomeNotSecret)
		c.is(model.DPIA)
		c.handInAll()
		c.decide(model.StageDPIA, model.TaskAdvice, model.OutcomeSupports)
		c.decide(model.StageDPIA, model.TaskDecision, model.OutcomeAcceptableMeasures)
		c.is(model.CISOReview)
		c.decide(model.StageCISO, model.TaskDecision, model.OutcomeApproveWithConditions)
		c.is(model.OwnerDecision)
		c.decide(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept)
		c.is(model.ApprovedCond)

		useCarefully(c)
		eventsHold(c)
	})
}

// openCarefully opens a draft and tries what the API promises about keys.
func openCarefully(w *world) *aCase {
	w.t.Helper()
	const owner = "project_owner"
	call := w.openCall(intake(w.t, transcription))
	keyless := call
	keyless.Key = ""
	w.refused(owner, keyless, 400, model.CodeKeyMissing)

	first, err := w.try(owner, call)
	if err != nil || first.Status != 201 || first.ETag() != `"0"` {
		w.t.Fatalf("open: %d %s %v", first.Status, first.Body, err)
	}
	c := &aCase{w: w, team: demoTeam, id: receiptOf(w.t, first).CaseID, intake: intake(w.t, transcription)}
	if got := first.Header.Get("Location"); got != v1+"/cases/"+c.id {
		w.t.Errorf("Location is %q", got)
	}
	again, err := w.try(owner, call)
	if err != nil || again.Status != 201 || !sameJSON(again.Body, first.Body) {
		w.t.Errorf("the same key again: %d %s %v", again.Status, again.Body, err)
	}
	other := call
	other.Body = map[string]any{"answers": map[string]any{"title": "Något annat"}}
	w.refused(owner, other, 422, model.CodeKeyReused)

	d, etag := c.draft()
	save := client.Call{Method: "PUT", Path: v1 + c.path("/intake"), Body: map[string]any{"answers": d.Answers}}
	w.refused(owner, save, 428, model.CodePreconditionRequired)
	save.IfMatch = `"99"`
	w.refused(owner, save, 412, model.CodeStale)
	if _, now := c.draft(); now != etag {
		w.t.Errorf("refused saves moved the draft from %s to %s", etag, now)
	}
	c.is(model.Draft)
	return c
}

// submitCarefully submits the case after everybody has tried who may not.
func submitCarefully(c *aCase) {
	w, t := c.w, c.w.t
	t.Helper()
	call := c.submission()
	for user, want := range map[string]struct {
		status int
		code   model.Code
	}{
		"project_owner_2": {404, model.CodeNotFound}, // has nothing to do with it
		"dpo":             {404, model.CodeNotFound}, // reads no drafts
		"auditor":         {403, model.CodeForbidden},
	} {
		w.refused(user, call, want.status, want.code)
	}
	unmatched := call
	unmatched.IfMatch = ""
	w.refused("project_owner", unmatched, 428, model.CodePreconditionRequired)
	stale := call
	stale.IfMatch = `"7"`
	w.refused("project_owner", stale, 412, model.CodeStale)
	older := call
	older.Body = map[string]any{"stage": "intake", "revision": 99}
	w.refused("project_owner", older, 412, model.CodeStale)

	r := w.must("project_owner", call)
	if r.State != model.ManagerReview || r.Version != 1 || r.RegistryNo == "" {
		t.Fatalf("the receipt is %+v", r)
	}
	v := c.view()
	if v.Tier != model.T3 || v.Mode != model.Sequential || v.etag != `"1"` || v.RegistryNo != r.RegistryNo {
		t.Errorf("the case is %+v", v)
	}
}

// endorseCarefully lets the manager endorse after everybody has tried who may
// not, and tries what the API promises about keys and entity tags.
func endorseCarefully(c *aCase) {
	w, t := c.w, c.w.t
	t.Helper()
	if open := c.openTasks(); len(open) != 1 {
		t.Fatalf("%d tasks are open in sequential mode, want the manager's", len(open))
	}
	mine := c.task(model.StageManager, model.TaskEndorse)
	if !inbox(w, "manager", mine.ID) || inbox(w, "ciso", mine.ID) {
		t.Error("the task is not in the manager's inbox, or is in the CISO's")
	}
	call := mine.answer(model.OutcomeEndorse)
	w.refused("ciso", call, 403, model.CodeForbidden)
	w.refused("project_owner", call, 403, model.CodeSegregation)
	w.refused("project_owner_2", call, 404, model.CodeNotFound)
	without := func(change func(*client.Call)) client.Call {
		changed := call
		change(&changed)
		return changed
	}
	w.refused("manager", without(func(c *client.Call) { c.IfMatch = "" }), 428, model.CodePreconditionRequired)
	w.refused("manager", without(func(c *client.Call) { c.IfMatch = `"1.open.0000000000000000"` }), 412, model.CodeStale)
	w.refused("manager", without(func(c *client.Call) { c.Key = "" }), 400, model.CodeKeyMissing)
	w.refused("manager", mine.answer(model.OutcomeApprove), 422, model.CodeInvalid)

	first := w.must("manager", call)
	again := w.must("manager", call)
	if first != again {
		t.Errorf("the same key gives %+v and %+v", first, again)
	}
	w.refused("manager", without(func(c *client.Call) {
		c.Body = mine.answer(model.OutcomeReject).Body
	}), 422, model.CodeKeyReused)
	w.refused("manager", mine.answer(model.OutcomeEndorse), 409, model.CodeTaskClosed)
	if !inbox(w, "legal_counsel", c.task(model.StageLegalBasis, model.TaskPrepare).ID) {
		t.Error("the next task is not in legal counsel's inbox")
	}
}

// handInCarefully hands in the assessment of the legal basis after everybody has
// tried who may not, and what the API promises about drafts.
func handInCarefully(c *aCase) {
	w, t := c.w, c.w.t
	t.Helper()
	prepare := c.task(model.StageLegalBasis, model.TaskPrepare)
	if open := c.openTasks(); slices.ContainsFunc(open, func(o openTask) bool { return o.Kind == model.TaskAdvice }) {
		t.Error("the advice is asked for before there is an assessment")
	}
	path := v1 + c.path("/assessments/legal_basis")
	empty := client.Call{Method: "PUT", Path: path, IfMatch: `"0"`, Body: map[string]any{"answers": map[string]any{}}}
	w.refused("information_owner", empty, 403, model.CodeForbidden)
	w.sent("legal_counsel", empty)
	w.refused("legal_counsel", empty, 412, model.CodeStale)
	p := w.refused("legal_counsel", c.post("/submissions", map[string]any{"stage": "legal_basis", "revision": 1}), 422, model.CodeInvalid)
	if len(p.Errors) < 5 || p.Errors[0].Pointer == "" {
		t.Errorf("an empty assessment lacks only %+v", p.Errors)
	}
	call := prepare.answer(model.OutcomeHandedIn)
	w.refused("information_owner", call, 403, model.CodeForbidden)
	stale := call
	stale.Body = map[string]any{"stage": "legal_basis", "revision": 1}
	w.refused("legal_counsel", stale, 412, model.CodeStale)
	first := w.must("legal_counsel", call)
	if again := w.must("legal_counsel", call); first != again {
		t.Errorf("the same key gives %+v and %+v", first, again)
	}
	w.refused("legal_counsel", c.post("/submissions", call.Body), 409, model.CodeUnchanged)
}

// inbox reports whether a task waits for a person.
func inbox(w *world, user, taskID string) bool {
	w.t.Helper()
	var list struct {
		Items []openTask `json:"items"`
	}
	w.get(user, "/tasks?assignee=me&limit=100", &list)
	return slices.ContainsFunc(list.Items, func(t openTask) bool { return t.ID == taskID })
}

// useCarefully brings an approved case into use once its condition is met.
func useCarefully(c *aCase) {
	w, t := c.w, c.w.t
	t.Helper()
	p := w.refused("system_owner", c.post("/activation", nil), 409, model.CodeConditionsOpen)
	if len(p.Rules) != 1 || p.Rules[0].ID != "CO-01" {
		t.Errorf("the rules behind the refusal are %+v, want CO-01", p.Rules)
	}
	if all := c.conditions(); len(all) < 3 {
		t.Errorf("the conditions are %+v, want ours and those of the rules", all)
	}
	ours := c.verification(c.ours())
	w.refused("project_owner", ours, 403, model.CodeSegregation)
	w.must("ciso", ours)
	if v := c.view(); v.Conditions.Met == 0 || v.Conditions.OpenBeforeUse == 0 {
		t.Errorf("the conditions are %+v", v.Conditions)
	}
	c.verifyAll()
	if v := c.view(); v.Conditions.OpenBeforeUse != 0 {
		t.Errorf("the conditions are %+v", v.Conditions)
	}
	w.refused("project_owner", c.post("/activation", nil), 403, model.CodeForbidden)
	w.must("system_owner", c.post("/activation", nil))
	c.is(model.Active)
	w.refused("project_owner", c.post("/withdrawal", map[string]any{"reason": "Behövs inte."}), 409, model.CodeStateConflict)
}

// openCondition is what the tests look at in a condition.
type openCondition struct {
	ID       string                `json:"condition_id"`
	Rule     string                `json:"source_rule"`
	Verifier model.Role            `json:"verifier_role"`
	Due      model.DueKind         `json:"due_kind"`
	Status   model.ConditionStatus `json:"status"`
}

// conditions lists the conditions that keep the case from use.
func (c *aCase) conditions() []openCondition {
	c.w.t.Helper()
	var list struct {
		Items []openCondition `json:"items"`
	}
	c.w.get(c.owner(), c.path("/conditions?limit=100"), &list)
	return slices.DeleteFunc(list.Items, func(o openCondition) bool {
		return o.Due != model.DueBeforeUse || o.Status != model.ConditionOpen
	})
}

// ours is the condition that a person has set.
func (c *aCase) ours() openCondition {
	c.w.t.Helper()
	all := c.conditions()
	i := slices.IndexFunc(all, func(o openCondition) bool { return o.Rule == condition["source_rule"] })
	if i < 0 {
		c.w.t.Fatalf("the conditions are %+v, and none of our own", all)
	}
	return all[i]
}

// verification says that a condition is met.
func (c *aCase) verification(o openCondition) client.Call {
	c.w.t.Helper()
	return c.post("/conditions/"+o.ID+"/verification", map[string]any{
		"outcome": "met", "evidence_note": "Kurslistan är genomgången.",
	})
}

// verifyAll lets everybody verify what keeps the case from use.
func (c *aCase) verifyAll() {
	c.w.t.Helper()
	for _, o := range c.conditions() {
		c.w.must(c.team.who(o.Verifier), c.verification(o))
	}
}

// activate brings an approved case into use.
func (c *aCase) activate() {
	c.w.t.Helper()
	c.verifyAll()
	c.w.must(c.team.who(model.RoleSystemOwner), c.post("/activation", nil))
	c.is(model.Active)
}

// eventsHold reads the log as any client can and verifies its chain.
func eventsHold(c *aCase) {
	t := c.w.t
	t.Helper()
	var all []audit.Event
	path := c.path("/events?limit=10")
	for path != "" {
		var page struct {
			Items []audit.Event `json:"items"`
			Next  string        `json:"next_cursor"`
		}
		c.w.get(c.owner(), path, &page)
		all = append(all, page.Items...)
		if path = ""; page.Next != "" {
			path = c.path("/events?limit=10&cursor=" + page.Next)
		}
	}
	if err := audit.VerifyChain(all); err != nil {
		t.Error(err)
	}
	if len(all) < 8 {
		t.Errorf("the log has only %d events", len(all))
	}
	changed := slices.Clone(all)
	changed[3].Data = json.RawMessage(`{"state":"APPROVED"}`)
	if audit.VerifyChain(changed) == nil {
		t.Error("a changed event goes unnoticed")
	}
}

// TestStoppedCase takes a case that a rule stops back, corrects it and goes on
// with it.
func TestStoppedCase(t *testing.T) {
	t.Parallel()
	inDemo(t, func(t *testing.T, w *world) {
		c := w.open(demoTeam, intake(t, easyRead))
		if r := c.submit(); r.State != model.RejectedAuto {
			t.Fatalf("the case is %s, want it stopped", r.State)
		}
		if v := c.view(); !slices.Equal(v.HardStops, []string{"HS-02"}) || v.Tier != model.T4 {
			t.Fatalf("the case is stopped by %v in %s, want HS-02 in T4", v.HardStops, v.Tier)
		}
		if open := c.openTasks(); len(open) > 0 {
			t.Errorf("%d tasks are open in a stopped case", len(open))
		}
		w.refused("project_owner", c.submission(), 409, model.CodeUnchanged)
		w.must("project_owner", c.post("/corrections", map[string]any{"reason": "Avtalet är nu undertecknat."}))
		c.is(model.Returned)
		c.edit(map[string]any{
			"agreement_status": "signed", "agreement_covers_security": true, "agreement_covers_data_protection": true,
		})
		if r := c.submit(); r.State != model.ManagerReview {
			t.Fatalf("the corrected case is %s", r.State)
		}
		if v := c.view(); len(v.HardStops) > 0 || v.Tier != model.T2 || v.Mode != model.Parallel {
			t.Fatalf("the corrected case is %+v", v)
		}
		c.passUntil(model.Approved)
		c.activate()
		eventsHold(c)
	})
}

// TestReturnedCase takes a case that is returned, sent in again with a change,
// and rejected.
func TestReturnedCase(t *testing.T) {
	t.Parallel()
	inDemo(t, func(t *testing.T, w *world) {
		c := w.open(demoTeam, intake(t, minutes))
		c.submit()
		if open := c.openTasks(); len(open) != 4 {
			t.Fatalf("%d tasks are open in parallel mode, want 4", len(open))
		}
		c.decide(model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
		secrecy := c.task(model.StageSecrecy, model.TaskDecision)
		silent := secrecy.answer(model.OutcomeReturn)
		body := maps.Clone(silent.Body.(map[string]any))
		delete(body, "path_forward_text")
		silent.Body = body
		p := w.refused("legal_counsel", silent, 422, model.CodeInvalid)
		if len(p.Errors) != 1 || p.Errors[0].Code != "V-60" {
			t.Errorf("the errors are %+v, want V-60", p.Errors)
		}
		w.must("legal_counsel", secrecy.answer(model.OutcomeReturn))
		c.is(model.Returned)
		c.handInAll() // colleagues go on meanwhile
		c.decide(model.StageLegalBasis, model.TaskAdvice, model.OutcomeAdvisesAgainst)

		c.edit(map[string]any{"info_k": 2})
		if r := c.submit(); r.State != model.LegalReview {
			t.Fatalf("the case is %s after it was sent in again", r.State)
		}
		if v := c.view(); v.Revision != 2 || v.Returns != 1 {
			t.Errorf("the case is %+v", v)
		}
		if again := c.task(model.StageSecrecy, model.TaskDecision); again.Round != 2 {
			t.Errorf("the secrecy stage is in round %d, want 2", again.Round)
		}
		w.refused("legal_counsel", secrecy.answer(model.OutcomeNotSecret), 409, model.CodeTaskClosed)

		ciso := c.task(model.StageCISO, model.TaskDecision)
		w.refused("ciso", ciso.answer(model.OutcomeApprove), 409, model.CodeGuard)
		w.must("ciso", ciso.answer(model.OutcomeReject))
		c.is(model.Rejected)
		if open := c.openTasks(); len(open) > 0 {
			t.Errorf("%d tasks are open in a rejected case", len(open))
		}
		w.refused("project_owner", c.submission(), 409, model.CodeStateConflict)
		eventsHold(c)
	})
}
