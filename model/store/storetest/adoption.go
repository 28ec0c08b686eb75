package storetest

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// unit adds a unit with its information owner, "" for none.
func (w *World) unit(code, owner string) string {
	w.Helper()
	id := model.NewID()
	w.must(w.Store.PutUnit(w.ctx(), store.Unit{
		OrgID: w.Org, ID: id, Code: code, Name: lang.Text{SV: code, EN: code}, ControllerType: "board", InformationOwnerID: owner,
	}))
	return id
}

// personIn adds a person of a unit.
func (w *World) personIn(unit, handle string, roles ...model.Role) string {
	w.Helper()
	p := store.Person{OrgID: w.Org, ID: model.NewID(), Handle: handle, Name: "Namn " + handle, UnitID: unit, Roles: roles}
	w.must(w.Store.AddPerson(w.ctx(), p, w.Clock.Now()))
	return p.ID
}

// moves is an act that changes the snapshot in any way and leaves one event behind.
func moves(kind model.ActKind, actor string, p model.Payload, event model.EventKind, step func(s *model.Snapshot)) Act {
	return Act{Kind: kind, Actor: actor, Payload: p, Step: func(s *model.Snapshot) []model.Step {
		step(s)
		s.Sort()
		return []model.Step{{Event: event, State: s.State}}
	}}
}

// AskUnits lets a case cover units and asks those that were not asked.
func (w *World) AskUnits(units ...string) Act {
	return moves(model.ActReportChange, w.Owner, model.Payload{Reason: "Fler nämnder."}, model.EventChangeReported, func(s *model.Snapshot) {
		s.Covered = units
		if s.Stage(model.StageAdoption) == nil {
			s.Stages = append(s.Stages, model.StageState{Key: model.StageAdoption, Requirement: model.Required, Status: model.StageOpen})
		}
		for _, id := range units {
			if st := s.Stage(model.StageAdoption); st.Task(model.TaskAdopt(id)) == nil {
				openTask(st, model.TaskAdopt(id))
			}
		}
	})
}

// Adopt is a unit's answer.
func (w *World) Adopt(caseID, actor, unit string, o model.Outcome, ropa string) Act {
	w.Helper()
	a := w.Decide(caseID, actor, model.StageAdoption, model.TaskAdopt(unit), o)
	a.Payload.Decision.Answers = json.RawMessage(`{"adoption":"` + string(o) + `","ropa_ref":"` + ropa + `"}`)
	event := model.EventDecided
	if o.Adopts() {
		event = model.EventAdopted
	}
	key := *a.Task
	a.Step = moves("", "", model.Payload{}, event, func(s *model.Snapshot) {
		t := s.Stage(key.Stage).Task(key.Kind)
		t.Status, t.Outcome = model.TaskDone, o
	}).Step
	return a
}

// inUse brings a case into use with an entry of its own unit.
func (w *World) inUse(caseID string) {
	w.Helper()
	entry := w.Entry(caseID, "Samtalsnot")
	w.Do(caseID, moves(model.ActActivate, w.SystemOwner, model.Payload{Register: &entry}, model.EventActivated, func(s *model.Snapshot) {
		s.State, s.InUse.Approved = model.Active, true
	}))
}

func (w *World) entryUnits(caseID string) []model.RegisterUnit {
	w.Helper()
	r, err := w.Store.CaseRegisterEntry(w.ctx(), w.Org, caseID)
	w.must(err)
	return r.Entry.Units
}

// A unit is asked through its information owner, or through whoever has that role in
// it; the register covers those that adopt, whatever was composed before (S7, 9.3).
func testAdoption(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	bodil := w.personIn(w.Unit, "bodil", model.RoleInformationOwner)
	school := w.unit("skola", bodil)
	care := w.unit("vard", "")
	tore := w.personIn(care, "tore", model.RoleInformationOwner)
	id := w.Submitted(model.StageManager)
	w.Do(id, w.AskUnits(school, care))
	if got := w.Task(id, model.StageAdoption, model.TaskAdopt(school)); got.AssigneeID != bodil || got.Role != model.RoleInformationOwner {
		t.Errorf("the school's task: %+v", got)
	}
	if got := w.Task(id, model.StageAdoption, model.TaskAdopt(care)); got.AssigneeID != "" {
		t.Errorf("the task of a unit without an owner: %+v", got)
	}
	for person, want := range map[string]int{tore: 1, bodil: 1, w.InfoOwner: 0} {
		f := store.TaskFilter{OrgID: w.Org, ForPerson: person, ForRoles: []model.Role{model.RoleInformationOwner}, ForUnit: w.Unit, Status: model.TaskOpen}
		if person == tore {
			f.ForUnit = care
		}
		tasks, err := w.Store.Tasks(w.ctx(), f)
		w.must(err)
		if len(tasks) != want {
			t.Errorf("%d tasks, want %d", len(tasks), want)
		}
	}
	// Another information owner of the case is not one of the units'.
	again := w.Submit(id, Plan("s1", model.StageManager))
	again.Payload.Submission.People = slices.Clone(again.Payload.Submission.People)
	again.Payload.Submission.People[1].PersonID = w.personIn(w.Unit, "isak")
	again.Step = moves("", "", model.Payload{}, model.EventSubmitted, func(*model.Snapshot) {}).Step
	w.Do(id, again)
	if got := w.Task(id, model.StageAdoption, model.TaskAdopt(care)); got.AssigneeID != "" {
		t.Errorf("the task was given away: %+v", got)
	}

	w.Refuse(id, w.Adopt(id, bodil, care, model.OutcomeAdopt, "V 1"), model.CodeForbidden, "L-08")
	w.Refuse(id, w.Adopt(id, tore, school, model.OutcomeAdopt, "S 1"), model.CodeTaskTaken)
	before := w.Adopt(id, tore, care, model.OutcomeAdopt, "V 1")
	w.Do(id, before)
	if _, err := w.Store.CaseRegisterEntry(w.ctx(), w.Org, id); err == nil {
		t.Error("a case that is not in use has an entry")
	}
	w.inUse(id)
	w.Do(id, w.Adopt(id, bodil, school, model.OutcomeAdoptStricter, "S 1"))
	own := model.RegisterUnit{UnitID: w.Unit, RopaRef: "A 30:1"}
	all := []model.RegisterUnit{own, {UnitID: school, RopaRef: "S 1"}, {UnitID: care, RopaRef: "V 1"}}
	if got := w.entryUnits(id); !slices.Equal(got, all) {
		t.Errorf("units %+v, want %+v", got, all)
	}
	if adopters, err := w.Store.Adopters(w.ctx(), w.Org, id, w.Clock.Now()); err != nil || !slices.Equal(adopters, all[1:]) {
		t.Errorf("adopters %+v, %v", adopters, err)
	}
	people, err := w.Store.CasePeople(w.ctx(), w.Org, id)
	w.must(err)
	if slices.ContainsFunc(people, func(p model.CasePerson) bool { return p.PersonID == bodil || p.PersonID == tore }) {
		t.Error("who answers for another unit has a function in the case")
	}

	// What is composed later, from what was read before, leaves nobody out; a unit that
	// is not covered any more is.
	w.Do(id, w.AskUnits(care))
	entry := w.Entry(id, "Samtalsnot")
	entry.ApprovedMaxIPL = 1
	w.Do(id, moves(model.ActReportChange, w.Owner, model.Payload{Register: &entry}, model.EventReassessed, func(s *model.Snapshot) {}))
	if got := w.entryUnits(id); !slices.Equal(got, []model.RegisterUnit{own, all[2]}) {
		t.Errorf("units %+v", got)
	}
}

// A unit that declines is not in the register (GV-26).
func testDecline(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	bodil := w.personIn(w.Unit, "bodil", model.RoleInformationOwner)
	school := w.unit("skola", bodil)
	id := w.Submitted(model.StageManager)
	w.Do(id, w.AskUnits(school))
	w.inUse(id)
	w.Do(id, w.Adopt(id, bodil, school, model.OutcomeDecline, ""))
	if got := w.entryUnits(id); len(got) != 1 || got[0].UnitID != w.Unit {
		t.Errorf("units %+v", got)
	}
}

// What a unit has said stands while it is asked again, until it says something else
// or its time has passed: silence is no answer (rulebook 3.7).
func testAdoptedAnew(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	bodil := w.personIn(w.Unit, "bodil", model.RoleInformationOwner)
	school := w.unit("skola", bodil)
	id := w.Draft()
	act := w.Submit(id, Plan("s1", model.StageManager))
	times := maps.Clone(ServiceTimes)
	times[string(model.StageAdoption)] = 10
	act.Evaluation.ServiceTimes = times
	w.Do(id, act)
	w.Do(id, w.AskUnits(school))
	w.inUse(id)
	own := model.RegisterUnit{UnitID: w.Unit, RopaRef: "A 30:1"}
	covers := func(when string, more ...model.RegisterUnit) {
		t.Helper()
		if got := w.entryUnits(id); !slices.Equal(got, append([]model.RegisterUnit{own}, more...)) {
			t.Errorf("%s: units %+v", when, got)
		}
		if got, err := w.Store.Adopters(w.ctx(), w.Org, id, w.Clock.Now()); err != nil || !slices.Equal(got, more) {
			t.Errorf("%s: adopters %+v, %v", when, got, err)
		}
	}
	again := func() {
		t.Helper()
		w.Do(id, moves(model.ActReportChange, w.Owner, model.Payload{Reason: "Ny text."}, model.EventChangeReported, func(s *model.Snapshot) {
			st := s.Stage(model.StageAdoption)
			st.Scope = model.NewID()[:model.ScopeLen]
			openTask(st, model.TaskAdopt(school))
		}))
	}
	answers := func(o model.Outcome, conditions string) {
		t.Helper()
		a := w.Adopt(id, bodil, school, o, "S 1")
		a.Payload.Decision.Answers = json.RawMessage(`{"ropa_ref":"S 1","adoption_conditions":"` + conditions + `"}`)
		w.Do(id, a)
	}
	// pass lets the unit's time pass, with all that reminds of it.
	pass := func() {
		t.Helper()
		for fired := true; fired; {
			fired = false
			deadlines, err := w.Store.Deadlines(w.ctx(), w.Org, id)
			w.must(err)
			for _, d := range deadlines {
				if d.Subject == model.Subject(model.StageAdoption, model.TaskAdopt(school)) && d.FiredAt.IsZero() && d.CancelledAt.IsZero() {
					w.Clock.Set(d.DueAt.Add(time.Second))
					w.Do(id, w.Fire(d.ID))
					fired = d.Kind != model.DeadlineDue
				}
			}
		}
	}
	adopted, stricter := model.RegisterUnit{UnitID: school, RopaRef: "S 1"}, model.RegisterUnit{UnitID: school, RopaRef: "S 1", Conditions: "Inga elevnamn."}
	covers("asked")
	pass()
	covers("silent")
	answers(model.OutcomeAdopt, "")
	covers("adopted, late", adopted)
	again()
	covers("asked again", adopted)
	answers(model.OutcomeDecline, "")
	covers("declined")
	again()
	answers(model.OutcomeAdoptStricter, "Inga elevnamn.")
	covers("adopted on stricter conditions", stricter)
	again()
	covers("asked once more", stricter)
	pass()
	covers("silent again")
}

// Interim is the word of one of the two.
func (w *World) Interim(caseID, actor string, role model.Role, terms model.InterimTerms) Act {
	entry := w.Entry(caseID, "NotebookLM")
	entry.ValidUntil = terms.AllowedUntil
	return Act{
		Kind: model.ActInterim, Actor: actor,
		Payload: model.Payload{Reason: "Används redan.", DecisionAuthority: "Delegation 3", Role: role, Interim: &terms, Register: &entry},
		Step: func(s *model.Snapshot) []model.Step {
			if s.InUse.InterimWord == "" {
				s.InUse.InterimWord = role
				return []model.Step{{Event: model.EventInterimAgreed, State: s.State}}
			}
			s.InUse.Interim, s.InUse.InterimWord = true, ""
			return []model.Step{{Event: model.EventInterimAllowed, State: s.State}}
		},
	}
}

func endsInterim(s *model.Snapshot) { s.InUse.EndInterim() }

func (w *World) entryStatus(caseID string) model.RegisterStatus {
	w.Helper()
	r, err := w.Store.CaseRegisterEntry(w.ctx(), w.Org, caseID)
	w.must(err)
	return r.Entry.Status
}

// meanwhile is a submitted case whose interim use has a notice before its end.
func (w *World) meanwhile() string {
	w.Helper()
	id := w.Draft()
	act := w.Submit(id, Plan("s1", model.StageManager))
	times := maps.Clone(ServiceTimes)
	times[model.TimeInterimNotice] = 14
	act.Evaluation.ServiceTimes = times
	w.Do(id, act)
	return id
}

// Two people allow interim use on the same terms, once; it ends in time, and the
// register follows (EX-01).
func testInterimUse(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.meanwhile()
	terms := model.InterimTerms{AllowedUntil: "2027-01-31", IPL: 1, Uses: []string{"sammanfattningar"}}
	w.Do(id, w.Interim(id, w.InfoOwner, model.RoleInformationOwner, terms))
	if _, err := w.Store.CaseRegisterEntry(w.ctx(), w.Org, id); err == nil {
		t.Error("one word is enough for the register")
	}
	wider := terms
	wider.IPL = 2
	w.Refuse(id, w.Interim(id, w.CISO, model.RoleCISO, wider), model.CodeGuard, "EX-01")
	w.Refuse(id, w.Interim(id, w.InfoOwner, model.RoleCISO, terms), model.CodeSegregation, "EX-01")
	w.Do(id, w.Interim(id, w.CISO, model.RoleCISO, terms))
	if c := w.Case(id); c.InterimUntil != "2027-01-31" || w.entryStatus(id) != model.RegisterInterim {
		t.Errorf("until %q, the register says %s", c.InterimUntil, w.entryStatus(id))
	}
	given, err := w.Store.InterimApprovals(w.ctx(), w.Org, id)
	if err != nil || len(given) != 2 || !given[0].Same(terms) || given[1].Role != model.RoleCISO || given[1].DecisionAuthority != "Delegation 3" {
		t.Errorf("words %+v, %v", given, err)
	}
	if _, beside, err := w.Store.Happened(w.ctx(), w.Org, id, 1); err != nil || !beside.Interim {
		t.Errorf("beside the case %+v, %v", beside, err)
	}

	w.passInterim(id, model.DeadlineNotice, time.Date(2027, 1, 17, 9, 0, 0, 0, time.UTC), func(*model.Snapshot) {})
	if w.entryStatus(id) != model.RegisterInterim {
		t.Error("the notice ends the use")
	}
	w.passInterim(id, model.DeadlineExpiry, time.Date(2027, 1, 31, 23, 0, 0, 0, time.UTC), endsInterim)
	if w.entryStatus(id) != model.RegisterExpired {
		t.Errorf("afterwards the register says %s", w.entryStatus(id))
	}
	w.Refuse(id, w.Interim(id, w.InfoOwner, model.RoleInformationOwner, terms), model.CodeGuard, "EX-01")
}

// passInterim lets the deadline of interim use that is expected next fire.
func (w *World) passInterim(caseID string, kind model.DeadlineKind, at time.Time, step func(*model.Snapshot)) {
	w.Helper()
	deadlines, err := w.Store.Deadlines(w.ctx(), w.Org, caseID)
	w.must(err)
	for _, d := range deadlines {
		if d.Subject != model.SubjectInterim || d.Kind != kind {
			continue
		}
		if d.DueAt.Before(at.Add(-24*time.Hour)) || d.DueAt.After(at) {
			w.Errorf("%s is due %s", kind, d.DueAt)
		}
		w.Clock.Set(at.Add(time.Minute))
		a := w.Fire(d.ID)
		a.Step = moves("", "", model.Payload{}, model.EventDeadlineFired, step).Step
		w.Do(caseID, a)
		return
	}
	w.Fatalf("no %s waits", kind)
}

// A case that ends, ends its interim use too, and an approval takes its place: no
// deadline of it waits.
func testInterimUseIsOver(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	terms := model.InterimTerms{AllowedUntil: "2027-01-31", IPL: 1, Uses: []string{"sammanfattningar"}}
	for want, end := range map[model.RegisterStatus]func(id string){
		model.RegisterEnded: func(id string) {
			w.Do(id, moves(model.ActWithdraw, w.Owner, model.Payload{Reason: "Nej."}, model.EventWithdrawn, func(s *model.Snapshot) {
				cancel(s)
				endsInterim(s)
				s.State = model.Withdrawn
			}))
		},
		model.RegisterExpired: func(id string) {
			w.Do(id, moves(model.ActReportChange, w.Owner, model.Payload{Reason: "Stopp."}, model.EventStopped, func(s *model.Snapshot) {
				cancel(s)
				endsInterim(s)
				s.State = model.RejectedAuto
			}))
		},
		model.RegisterActive: func(id string) {
			entry := w.Entry(id, "NotebookLM")
			w.Do(id, moves(model.ActActivate, w.SystemOwner, model.Payload{Register: &entry}, model.EventActivated, func(s *model.Snapshot) {
				endsInterim(s)
				s.State, s.InUse.Approved = model.Active, true
			}))
		},
	} {
		id := w.meanwhile()
		w.Do(id, w.Interim(id, w.CISO, model.RoleCISO, terms))
		w.Do(id, w.Interim(id, w.InfoOwner, model.RoleInformationOwner, terms))
		end(id)
		if got := w.entryStatus(id); got != want {
			t.Errorf("the register says %s, want %s", got, want)
		}
		deadlines, err := w.Store.Deadlines(w.ctx(), w.Org, id)
		w.must(err)
		if slices.ContainsFunc(deadlines, func(d store.Deadline) bool { return d.Subject == model.SubjectInterim && d.CancelledAt.IsZero() }) {
			t.Errorf("%s: a deadline of interim use waits", want)
		}
	}
}

// An override takes two, neither of whom rejected, and is listed (OV-02, OV-03,
// SOD-05).
func testOverride(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	head := w.Person("hanna", model.RoleUnitHead)
	id := w.Submitted(model.StageCISO)
	w.Do(id, w.Decide(id, w.CISO, model.StageCISO, model.TaskDecision, model.OutcomeReject))
	propose := func(actor string) Act {
		return moves(model.ActOverride, actor, model.Payload{Reason: "Nyttan.", Role: model.RoleUnitHead, DecisionAuthority: "Nämnden § 4"},
			model.EventOverrideProposed, func(s *model.Snapshot) {
				s.Stages = append(s.Stages, model.StageState{Key: model.StageOverride, Requirement: model.Required, Status: model.StageOpen})
				openTask(s.Stage(model.StageOverride), model.TaskDecision)
			})
	}
	w.Refuse(id, propose(w.CISO), model.CodeSegregation, "SOD-05")
	w.Do(id, propose(head))
	step := func(a Act, event model.EventKind, then func(s *model.Snapshot)) Act {
		key, o := *a.Task, a.Payload.Decision.Outcome
		a.Step = moves("", "", model.Payload{}, event, func(s *model.Snapshot) {
			t := s.Stage(key.Stage).Task(key.Kind)
			t.Status, t.Outcome = model.TaskDone, o
			then(s)
		}).Step
		return a
	}
	decide := func(actor string) Act {
		return step(w.Decide(id, actor, model.StageOverride, model.TaskDecision, model.OutcomeOverride), model.EventDecided,
			func(s *model.Snapshot) { openTask(s.Stage(model.StageOverride), model.TaskSecondReading) })
	}
	w.Refuse(id, decide(w.CISO), model.CodeSegregation, "SOD-05")
	silent := decide(head)
	silent.Payload.Decision.DecisionAuthority = ""
	w.Do(id, silent)
	w.finds("an override without authority", store.CaseFilter{Facts: factsOf(model.FactNoAuthority, model.FactYes)}, id)
	w.refilled(id)
	confirm := func(actor string) Act {
		return step(w.Decide(id, actor, model.StageOverride, model.TaskSecondReading, model.OutcomeConfirm), model.EventOverridden,
			func(s *model.Snapshot) {
				s.State = model.Approved
				s.Stage(model.StageCISO).Result, s.Stage(model.StageOverride).Status = model.OutcomeOverridden, model.StageDone
			})
	}
	w.Refuse(id, confirm(head), model.CodeSegregation, "SOD-05")
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	listed := func(from, to time.Time) []store.Overriding {
		t.Helper()
		found, err := w.Store.Overrides(w.ctx(), w.Org, from, to)
		w.must(err)
		return found
	}
	if got := listed(from, to); len(got) != 1 || got[0].ConfirmedBy != "" || got[0].DeciderID != head {
		t.Errorf("before the second word: %+v", got)
	}
	reported := func() []store.ReportEntry {
		t.Helper()
		found, err := w.Store.YearlyReport(w.ctx(), w.Org, store.Period{From: from, Until: to}, model.ReportOverride)
		w.must(err)
		return found
	}
	if got := reported(); len(got) > 0 {
		t.Errorf("reported before the second word: %+v", got)
	}
	w.Do(id, confirm(w.Legal))
	if got := reported(); len(got) != 1 || got[0].CaseID != id || got[0].DeciderID != head || got[0].Text == "" || got[0].UnitID != w.Unit {
		t.Errorf("reported: %+v", got)
	}
	if got := listed(from, to); len(got) != 1 || got[0].ConfirmedBy != w.Legal || got[0].ConfirmedAt.IsZero() || got[0].CaseID != id || got[0].RegistryNo == "" {
		t.Errorf("listed: %+v", got)
	}
	if got := listed(to, to.AddDate(1, 0, 0)); len(got) != 0 {
		t.Errorf("in another year: %+v", got)
	}
}
