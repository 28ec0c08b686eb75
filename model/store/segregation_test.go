package store_test

import (
	"slices"
	"strings"
	"testing"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// onBoth runs a test on both databases.
func onBoth(t *testing.T, test func(t *testing.T, w *storetest.World)) {
	t.Helper()
	for name, open := range map[string]storetest.Open{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, storetest.NewWorld(t, open(t, 0)))
		})
	}
}

// The database itself keeps apart what the rules keep apart, whatever the
// program believes: two functions in a case, and a function beside a role in the
// organisation. It says so as the rules do.
func TestDatabaseKeepsFunctionsApart(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *storetest.World) {
		for _, has := range model.Roles() {
			id := w.Draft()
			for _, acting := range model.Roles() {
				person := w.Person(string(has) + " as " + string(acting))
				if err := w.Store.ActAs(t.Context(), w.Org, id, person, has); err != nil {
					t.Fatal(err)
				}
				if has != acting {
					err := w.Store.ActAs(t.Context(), w.Org, id, person, acting)
					sameRefusal(t, has, acting, err, access.Conflict([]model.Role{has}, nil, acting))
				}
				person = w.Person("a "+string(has)+" as "+string(acting), has)
				err := w.Store.ActAs(t.Context(), w.Org, id, person, acting)
				sameRefusal(t, "a "+has, acting, err, access.Conflict(nil, []model.Role{has}, acting))
			}
		}
	})
}

// sameRefusal compares what the database says with the rule. Where two rules keep
// functions apart it may name either.
func sameRefusal(t *testing.T, has, acting model.Role, err error, rule string) {
	t.Helper()
	either := []string{rule}
	if rule == "SOD-01" || rule == "SOD-02" {
		either = []string{"SOD-01", "SOD-02"}
	}
	agrees := rule == "" && err == nil || slices.ContainsFunc(either, func(r string) bool {
		return rule != "" && err != nil && err.Error() == model.Refuse(model.CodeSegregation, r).Error()
	})
	if !agrees {
		t.Errorf("%s who acts as %s: %v, and the rule is %q", has, acting, err, rule)
	}
}

// What a program that checks nothing would write, table by table, is refused with its
// rule, and what is allowed is not.
func TestDatabaseRefuses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *storetest.World) {
		person := func(roles ...model.Role) string { return w.Person("p "+model.NewID(), roles...) }
		now := w.Clock.Now()
		legal := w.Submitted(model.StageLegalBasis, model.StageCISO)
		w.Do(legal, w.Decide(legal, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
		w.Do(legal, w.Decide(legal, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawfulWithConditions,
			storetest.Condition(model.DueBeforeUse)))
		conditions, err := w.Store.Conditions(t.Context(), w.Org, legal)
		if err != nil || len(conditions) != 1 {
			t.Fatalf("%v, %v", conditions, err)
		}
		condition := conditions[0]
		decide := func(taskID any, kind string, stage model.StageKey, o model.Outcome, by string, as model.Role) error {
			id := model.NewID()
			return w.Store.WritePast(t.Context(), `INSERT INTO decisions (org_id, id, case_id, task_id, kind, stage, outcome, decider_id, role,
				revision, scope_hash, motivation, reason_codes, path_forward_text, decision_authority, answers, command_id, decided_at)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, '', '', '', '', '', '{}', ?, ?)`,
				w.Org, id, legal, taskID, kind, stage, o, by, as, id, now)
		}
		ciso := w.Task(legal, model.StageCISO, model.TaskDecision).ID
		waive := func(by string, as model.Role) error {
			return w.Store.WritePast(t.Context(), `INSERT INTO waivers (org_id, case_id, condition_id, role, person_id, reason, decision_authority, waived_at)
				VALUES (?, ?, ?, ?, ?, '', '', ?)`, w.Org, legal, condition.ID, as, by, now)
		}
		meet := func(by string) error {
			return w.Store.WritePast(t.Context(), "UPDATE conditions SET status = 'met', verified_by = ? WHERE org_id = ? AND id = ?", by, w.Org, condition.ID)
		}
		allow := func(by string, as model.Role) error {
			return w.Store.WritePast(t.Context(), `INSERT INTO interim_approvals (org_id, id, case_id, role, person_id, allowed_until, ipl, uses, reason, decision_authority, given_at)
				VALUES (?, ?, ?, ?, ?, '', 0, '[]', '', '', ?)`, w.Org, model.NewID(), legal, as, by, now)
		}
		event := func(by string) error {
			return w.Store.WritePast(t.Context(), `INSERT INTO events (org_id, case_id, seq, kind, actor_id, command_id, at, rulebook_digest, data, commitments, prev_hash, hash)
				VALUES (?, ?, 9999, 'commented', ?, '', ?, '', '{}', '{}', '', '')`, w.Org, w.Draft(), by, now)
		}
		record := func(by string) error {
			return w.Store.WritePast(t.Context(), `INSERT INTO records (org_id, id, version, kind, name, due, answers, saved_by, saved_at)
				VALUES (?, ?, 1, 'supplier', '', '', '{}', ?, ?)`, w.Org, model.NewID(), by, now)
		}
		advise := func(by string) error {
			return w.Store.WritePast(t.Context(), `INSERT INTO standing_advice (org_id, id, given_by, title, text, value, scope, valid_until, given_at)
				VALUES (?, ?, ?, 'T', 'Text', 'supports', '{}', '2027-01-01', ?)`, w.Org, model.NewID(), by, now)
		}
		both := person(model.RoleCISO)
		for _, try := range []struct {
			what string
			err  error
			rule string
		}{
			{"the project owner decides as CISO", decide(ciso, "decide", "ciso", "approve", w.Owner, model.RoleCISO), "SOD-01"},
			{"whoever advised decides", decide(ciso, "decide", "ciso", "approve", w.DPO, model.RoleInformationOwner), "SOD-02"},
			{"the DPO decides as the DPO", decide(ciso, "decide", "ciso", "approve", w.DPO, model.RoleDPO), "SOD-02"},
			{"an administrator decides as CISO", decide(ciso, "decide", "ciso", "approve", person(model.RoleAdministrator, model.RoleCISO), model.RoleCISO), "SOD-06"},
			{"an auditor decides", decide(ciso, "decide", "ciso", "approve", person(model.RoleAuditor), model.RoleCISO), "SOD-09"},
			{"the system owner decides as CISO", decide(ciso, "decide", "ciso", "approve", w.SystemOwner, model.RoleCISO), "SOD-03"},
			{"the CISO decides", decide(ciso, "decide", "ciso", "reject", both, model.RoleCISO), ""},
			{"the CISO overrides", decide(nil, "override", "", "", both, model.RoleUnitHead), "SOD-05"},
			{"the CISO sets it aside", decide(nil, "decide", "override", "override", both, model.RoleUnitHead), "SOD-05"},
			{"somebody overrides", decide(nil, "override", "", "", person(), model.RoleUnitHead), ""},
			{"a DPO waives", waive(w.DPO, model.RoleCISO), "SOD-02"},
			{"one waives", waive(w.CISO, model.RoleCISO), ""},
			{"the same waives again", waive(w.CISO, model.RoleInformationOwner), "CO-04"},
			{"one allows", allow(w.CISO, model.RoleCISO), ""},
			{"the same allows again", allow(w.CISO, model.RoleInformationOwner), "EX-01"},
			{"whoever has to meet a condition verifies", meet(w.Owner), "SOD-04"},
			{"an auditor comments", event(person(model.RoleAuditor, model.RoleUser)), "SOD-09"},
			{"an auditor keeps a supplier", record(person(model.RoleAuditor)), "SOD-09"},
			{"a CISO who is DPO signs standing advice", advise(person(model.RoleDPO, model.RoleCISO)), "SOD-02"},
			{"the DPO signs standing advice", advise(w.DPO), ""},
			{"advice is changed", w.Store.WritePast(t.Context(), "UPDATE standing_advice SET text = 'Nej' WHERE org_id = ?", w.Org), "SOD-10"},
			{"advice is deleted", w.Store.WritePast(t.Context(), "DELETE FROM standing_advice WHERE org_id = ?", w.Org), "SOD-10"},
			{"advice is withdrawn", w.Store.WritePast(t.Context(), "UPDATE standing_advice SET withdrawn_at = ? WHERE org_id = ?", now, w.Org), ""},
			{"the advice on a case is changed", w.Store.WritePast(t.Context(),
				"UPDATE decisions SET motivation = 'Nej' WHERE org_id = ? AND role = 'dpo'", w.Org), "SOD-10"},
		} {
			got, want := "", ""
			if try.err != nil {
				got = try.err.Error()
			}
			if try.rule != "" {
				want = model.Refuse(model.CodeSegregation, try.rule).Error()
			}
			if got != want {
				t.Errorf("%s: %q, want %q", try.what, got, want)
			}
		}
	})
}

// A role that is taken away, or given, between reading and deciding counts as it is
// when the decision is recorded.
func TestRolesChangeMeanwhile(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *storetest.World) {
		roles := func(person string, roles ...model.Role) {
			t.Helper()
			if err := w.Store.SetRoles(t.Context(), w.Org, person, roles...); err != nil {
				t.Fatal(err)
			}
		}
		id := w.Submitted(model.StageCISO, model.StageInfoOwner)
		act := w.Decide(id, w.CISO, model.StageCISO, model.TaskDecision, model.OutcomeApprove)
		for _, now := range []struct {
			roles []model.Role
			code  model.Code
			rules []string
		}{
			{nil, model.CodeForbidden, nil},
			{[]model.Role{model.RoleUser, model.RoleLegalCounsel}, model.CodeForbidden, nil},
			{[]model.Role{model.RoleCISO, model.RoleDPO}, model.CodeSegregation, []string{"SOD-02"}},
			{[]model.Role{model.RoleCISO, model.RoleAdministrator}, model.CodeSegregation, []string{"SOD-06"}},
			{[]model.Role{model.RoleCISO, model.RoleAuditor}, model.CodeSegregation, []string{"SOD-09"}},
		} {
			roles(w.CISO, now.roles...)
			w.Refuse(id, act, now.code, now.rules...)
		}
		roles(w.CISO, model.RoleCISO)
		w.Do(id, act)

		// Whoever was the CISO of a case does not become its DPO (SOD-02).
		roles(w.CISO, model.RoleDPO)
		raise := w.Raise(model.StageInfoOwner, model.Full)
		raise.Payload.Raise.Role = model.RoleDPO
		w.Refuse(id, raise, model.CodeSegregation, "SOD-02")

		// The project owner becomes the reviewer in the middle (SOD-01).
		roles(w.Owner, model.RoleUser, model.RoleEnvironmentReviewer)
		id = w.Submitted(model.StageEnvironment)
		own := w.Decide(id, w.Owner, model.StageEnvironment, model.TaskDecision, model.OutcomeJustified)
		w.Refuse(id, own, model.CodeSegregation, "SOD-01")
	})
}

// Whoever waived, verified or handed in has that function in the case from then on,
// as whoever decided has (SOD-02, SOD-03).
func TestEveryActIsRemembered(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *storetest.World) {
		id := w.Submitted(model.StageLegalBasis)
		w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawfulWithConditions,
			storetest.Condition(model.DueBeforeUse)))
		conditions, err := w.Store.Conditions(t.Context(), w.Org, id)
		if err != nil {
			t.Fatal(err)
		}
		w.Do(id, w.Waive(w.CISO, model.RoleCISO, conditions[0].ID))
		verify := w.VerifyCondition(w.Legal, conditions[0].ID, model.ConditionMet)
		verify.Payload.Role = model.RoleLegalCounsel
		w.Do(id, verify)
		people, err := w.Store.ActedPeople(t.Context(), w.Org, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []model.CasePerson{{Role: model.RoleCISO, PersonID: w.CISO}, {Role: model.RoleLegalCounsel, PersonID: w.Legal}} {
			if !slices.Contains(people, want) {
				t.Errorf("%v is not among %v", want, people)
			}
		}
	})
}

// Who has written on an assessment does not review it, also when somebody else handed
// it in (SOD-08).
func TestAuthorsDoNotReview(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *storetest.World) {
		id := w.Draft()
		w.Do(id, w.Submit(id, storetest.Assessed("s1", model.StageAgentRisk)))
		w.Write(id, w.Legal, model.StageAgentRisk, "Juristens text")
		w.Write(id, w.Owner, model.StageAgentRisk, "Ägarens text")
		w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageAgentRisk, ""))
		review := w.Decide(id, w.Legal, model.StageAgentRisk, model.TaskReviewLegal, model.OutcomePass)
		w.Refuse(id, review, model.CodeSegregation, "SOD-08")
		task := w.Task(id, model.StageAgentRisk, model.TaskReviewLegal)
		refused, err := w.Store.MayHave(t.Context(), task, w.Unit, model.Actor{OrgID: w.Org, PersonID: w.Legal})
		if err != nil || refused == nil || !strings.Contains(refused.Error(), "SOD-08") {
			t.Errorf("the author may have the review: %v, %v", refused, err)
		}
		w.Do(id, w.Decide(id, w.Person("lotta", model.RoleLegalCounsel), model.StageAgentRisk, model.TaskReviewLegal, model.OutcomePass))
	})
}

// The head of a unit looks after it, what is below it, and what has no head above it.
func TestHeadOf(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *storetest.World) {
		unit := func(code, parent string) string {
			u := store.Unit{OrgID: w.Org, ID: code, Code: code, ParentID: parent, ControllerType: "board"}
			if err := w.Store.PutUnit(t.Context(), u); err != nil {
				t.Fatal(err)
			}
			return code
		}
		school := unit("school", "")
		unit("kitchen", school)
		unit("care", "")
		unit("alone", "")
		unit("below alone", "alone")
		head := func(handle, unit string) string {
			id := model.NewID()
			err := w.Store.AddPerson(t.Context(), store.Person{
				OrgID: w.Org, ID: id, Handle: handle, Name: handle, UnitID: unit, Roles: []model.Role{model.RoleUnitHead},
			}, w.Clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		schools, kitchens := head("schools", school), head("kitchens", "kitchen")
		head("cares", "care")
		for person, want := range map[string][]string{
			schools:   {"alone", "below alone", "kitchen", "school", w.Unit},
			kitchens:  {"alone", "below alone", "kitchen", w.Unit},
			w.Manager: nil,
		} {
			p, err := w.Store.Person(t.Context(), w.Org, person)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(want)
			if got := p.Actor().HeadOf; !slices.Equal(got, want) {
				t.Errorf("%s is the head of %v, want %v", p.Handle, got, want)
			}
		}
	})
}
