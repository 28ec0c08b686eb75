package storetest

import (
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/store"
)

// consulting returns a case whose information owner has decided to consult the
// supervisory authority.
func (w *World) consulting() string {
	w.Helper()
	id := w.HandedIn(model.StageDPIA)
	w.Do(id, w.Decide(id, w.DPO, model.StageDPIA, model.TaskAdvice, model.OutcomeSupports))
	w.Do(id, w.DecideToConsult(id))
	return id
}

// DecideToConsult is the information owner's decision to consult the authority.
func (w *World) DecideToConsult(caseID string) Act {
	w.Helper()
	a := w.Decide(caseID, w.InfoOwner, model.StageDPIA, model.TaskDecision, model.OutcomePriorConsultation)
	a.Step = func(s *model.Snapshot) []model.Step {
		t := s.Stage(model.StageDPIA).Task(model.TaskDecision)
		t.Status, t.Outcome = model.TaskDone, model.OutcomePriorConsultation
		s.InUse.Consultation = model.ConsultationDecided
		s.InUse.Consultations++
		s.State = model.PriorConsultation
		return []model.Step{{Event: model.EventDecided, Rules: []string{"T-11", "DP-32"}, State: s.State}}
	}
	return a
}

// Consult is an event of the consultation, recorded by the DPO.
func (w *World) Consult(e model.ConsultationEvent, on calendar.Date) Act {
	return Act{
		Kind: model.ActConsult, Actor: w.DPO,
		Payload: model.Payload{Role: model.RoleDPO, Consult: &model.Consult{
			ConsultationNote: model.ConsultationNote{Event: e, On: on}, Text: "Myndigheten skriver.", DecisionAuthority: "Delegationsordning 7.1",
		}},
		Step: func(s *model.Snapshot) []model.Step {
			next, refused := s.InUse.Consultation.After(e)
			if refused != nil {
				w.Fatalf("%s: %v", e, refused)
			}
			s.InUse.Consultation = next
			if next == "" {
				openStage(s.Stage(model.StageDPIA))
				s.State = model.DPIA
			}
			return []model.Step{{Event: model.EventConsultation, State: s.State}}
		},
	}
}

// EndPeriod lets the end of the authority's time fire.
func (w *World) EndPeriod(deadline string) Act {
	a := w.Fire(deadline)
	a.Step = func(s *model.Snapshot) []model.Step {
		s.InUse.Consultation = model.ConsultationOver
		return []model.Step{{Event: model.EventDeadlineFired, State: s.State}}
	}
	return a
}

// periods returns the deadlines of a case's consultations, and the one that waits.
func (w *World) periods(caseID string) (all []store.Deadline, waiting *store.Deadline) {
	w.Helper()
	rows, err := w.Store.Deadlines(w.ctx(), w.Org, caseID)
	w.must(err)
	for _, d := range rows {
		if d.Subject != model.SubjectConsultation {
			continue
		}
		all = append(all, d)
		if d.FiredAt.IsZero() && d.CancelledAt.IsZero() {
			if waiting != nil {
				w.Errorf("two periods wait: %s and %s", waiting.ID, d.ID)
			}
			waiting = &d
		}
	}
	return all, waiting
}

// periodEnds expects the deadline that waits: its day and how often it was set
// before, or none.
func (w *World) periodEnds(caseID, day string, round, extension int) {
	w.Helper()
	_, waiting := w.periods(caseID)
	switch {
	case day == "" && waiting == nil:
	case day == "" || waiting == nil:
		w.Errorf("%+v waits, want %q", waiting, day)
	default:
		id := model.DeadlineID(caseID, model.SubjectConsultation, model.DeadlinePeriodEnd, round, extension)
		if at := calendar.EndOfDay(calendar.MustParseDate(day)); waiting.ID != id || !waiting.DueAt.Equal(at) {
			w.Errorf("%s ends at %v, want %s on %s", waiting.ID, waiting.DueAt, id, day)
		}
	}
}

// The clock follows each event of the record: it starts with the receipt, is moved
// by an extension in time, stands still while information is owed, and ends with
// the advice. The days are those of vectors/prior-consultation.json.
func testConsultation(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.consulting()
	w.periodEnds(id, "", 0, 0)
	w.opensTo(id, "decided", "decision_authority", "Delegationsordning 4.2")
	day := func(n int) calendar.Date { return calendar.Today(w.Clock.Now()).AddDays(n) }
	w.Clock.Set(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC))

	w.Do(id, w.Consult(model.ConsultSubmitted, calendar.MustParseDate("2027-01-07")))
	w.periodEnds(id, "", 0, 0)
	r := w.Do(id, w.Consult(model.ConsultReceived, calendar.MustParseDate("2027-01-11")))
	w.periodEnds(id, "2027-03-08", 1, 0)
	if r.Next == nil || r.Next.ID != model.DeadlineID(id, model.SubjectConsultation, model.DeadlinePeriodEnd, 1) {
		t.Errorf("next %v", r.Next)
	}
	w.opensTo(id, "prior_consultation", "text", "Myndigheten skriver.")
	w.Do(id, w.Consult(model.ConsultExtensionNotified, calendar.MustParseDate("2027-02-11")))
	w.periodEnds(id, "2027-04-19", 1, 1)
	w.Do(id, w.Consult(model.ConsultInfoRequested, calendar.MustParseDate("2027-02-15")))
	w.periodEnds(id, "", 0, 0)
	w.Do(id, w.Consult(model.ConsultInfoDelivered, calendar.MustParseDate("2027-02-25")))
	w.periodEnds(id, "2027-04-29", 1, 2)
	w.Do(id, w.Consult(model.ConsultPowersUsed, day(0)))
	w.periodEnds(id, "2027-04-29", 1, 3)
	w.Do(id, w.Consult(model.ConsultAdviceReceived, day(0)))
	w.periodEnds(id, "", 0, 0)
	w.opens(id, model.StageDPIA, "prepare 2")

	events, err := w.Store.ConsultationEvents(w.ctx(), w.Org, id)
	w.must(err)
	if len(events) != 8 || events[0].Event != model.ConsultDecided || events[0].Role != model.RoleInformationOwner ||
		events[0].DecisionAuthority != "Delegationsordning 4.2" || events[7].Event != model.ConsultAdviceReceived ||
		events[7].PersonID != w.DPO || events[7].Role != model.RoleDPO || events[7].Round != 1 || !events[7].RecordedAt.Equal(w.Clock.Now()) {
		t.Errorf("events %+v", events)
	}
	if decisions, err := w.Store.Decisions(w.ctx(), w.Org, id); err != nil || len(decisions) != 2 {
		t.Errorf("an event is no decision: %+v, %v", decisions, err)
	}
}

// An extension that was notified too late is kept and moves nothing (PC-02). A
// period that was over before anybody wrote it down ends at once, and late (PC-03);
// what comes to light afterwards lets it run again. A second consultation has
// deadlines of its own.
func testConsultationPeriodEnds(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.consulting()
	on := calendar.MustParseDate
	w.Clock.Set(time.Date(2027, 3, 20, 9, 0, 0, 0, time.UTC))
	w.Do(id, w.Consult(model.ConsultSubmitted, on("2027-01-07")))
	r := w.Do(id, w.Consult(model.ConsultReceived, on("2027-01-11")))
	if r.Next == nil || !r.Next.At.Before(w.Clock.Now()) {
		t.Fatalf("next %v", r.Next)
	}
	w.Do(id, w.EndPeriod(r.Next.ID))
	w.periodEnds(id, "", 0, 0)
	if d := w.deadlines(id)[r.Next.ID]; !d.Late || d.FiredAt.IsZero() {
		t.Errorf("deadline %+v", d)
	}
	r = w.Do(id, w.Consult(model.ConsultExtensionNotified, on("2027-02-12"))) // a day too late
	w.periodEnds(id, "2027-03-08", 1, 1)
	w.Do(id, w.EndPeriod(r.Next.ID))
	w.Do(id, w.Consult(model.ConsultInfoRequested, on("2027-03-01")))
	w.periodEnds(id, "", 0, 0)
	w.Do(id, w.Consult(model.ConsultInfoDelivered, on("2027-03-19")))
	w.periodEnds(id, "2027-03-30", 1, 2) // 26 March is Good Friday, 29 March Easter Monday
	w.Do(id, w.Consult(model.ConsultWithdrawn, on("2027-03-20")))
	w.periodEnds(id, "", 0, 0)

	w.Write(id, w.Owner, model.StageDPIA, "Andra texten")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageDPIA, ""))
	w.Do(id, w.Decide(id, w.DPO, model.StageDPIA, model.TaskAdvice, model.OutcomeSupports))
	w.Do(id, w.DecideToConsult(id))
	w.Do(id, w.Consult(model.ConsultSubmitted, on("2027-03-20")))
	w.Do(id, w.Consult(model.ConsultReceived, on("2027-03-20")))
	w.periodEnds(id, "2027-05-17", 2, 0)
	w.Do(id, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	w.periodEnds(id, "", 0, 0)
}

// clockModel reckons the period by counting days.
type clockModel struct {
	received, notified, requested calendar.Date
	still                         map[calendar.Date]bool
}

// due is the last day of the period, counted day by day from the receipt.
func (m clockModel) due() calendar.Date {
	days := 56 + len(m.still)
	limit := m.received.AddMonths(1)
	for weekend(limit) || calendar.Swedish.IsHoliday(limit) {
		limit = limit.AddDays(1)
	}
	if !m.notified.IsZero() && !m.notified.After(limit) {
		days += 42
	}
	last := m.received
	for range days {
		last = last.AddDays(1)
	}
	for weekend(last) || calendar.Swedish.IsHoliday(last) {
		last = last.AddDays(1)
	}
	return last
}

func weekend(d calendar.Date) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

// Random events on random days: the deadline that waits is always what the model of
// the clock says, and none waits while the time stands still.
func testConsultationClock(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	start := calendar.Today(w.Clock.Now())
	w.Clock.Set(w.Clock.Now().AddDate(3, 0, 0))
	rapid.Check(t, func(t *rapid.T) {
		id := w.consulting()
		day := start.AddDays(rapid.IntRange(0, 400).Draw(t, "received"))
		m := clockModel{received: day, still: map[calendar.Date]bool{}}
		w.Do(id, w.Consult(model.ConsultSubmitted, day))
		w.Do(id, w.Consult(model.ConsultReceived, day))
		for range rapid.IntRange(0, 6).Draw(t, "events") {
			on := day.AddDays(rapid.IntRange(0, 40).Draw(t, "days"))
			state := w.Snapshot(id).InUse.Consultation
			kinds := []model.ConsultationEvent{model.ConsultPowersUsed, model.ConsultInfoRequested}
			if state == model.ConsultationSuspended {
				kinds[1] = model.ConsultInfoDelivered
			}
			if m.notified.IsZero() {
				kinds = append(kinds, model.ConsultExtensionNotified)
			}
			e := rapid.SampledFrom(kinds).Draw(t, "event")
			switch e {
			case model.ConsultExtensionNotified:
				m.notified = on
			case model.ConsultInfoRequested:
				m.requested = on
			case model.ConsultInfoDelivered:
				on = m.requested.AddDays(rapid.IntRange(0, 40).Draw(t, "answered after"))
				for d := m.requested; d.Before(on); d = d.AddDays(1) {
					m.still[d] = true
				}
				day = on
			}
			w.Do(id, w.Consult(e, on))
			state = w.Snapshot(id).InUse.Consultation
			all, waiting := w.periods(id)
			switch {
			case state == model.ConsultationSuspended && waiting != nil:
				t.Fatalf("%s waits while the time stands still", waiting.ID)
			case state == model.ConsultationRunning && waiting == nil:
				t.Fatalf("the time runs and nothing waits")
			case state != model.ConsultationRunning:
				continue
			}
			want := model.DeadlineID(id, model.SubjectConsultation, model.DeadlinePeriodEnd, 1, len(all)-1)
			if due := calendar.EndOfDay(m.due()); waiting.ID != want || !waiting.DueAt.Equal(due) {
				t.Fatalf("%s at %v, want %s at %v", waiting.ID, waiting.DueAt, want, due)
			}
			if rapid.Bool().Draw(t, "ends") {
				w.Do(id, w.EndPeriod(waiting.ID))
			}
		}
	})
}

// People are told: the registrar of a request that goes out, the information owner
// and the DPO of what the authority does, the CISO of its powers, and those who
// answer for the case of the end of the period. Nobody is told of an act of theirs.
func testConsultationTells(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	registrar := w.Person("rut", model.RoleRegistrar)
	id := w.consulting()
	w.Clock.Set(time.Date(2027, 3, 20, 9, 0, 0, 0, time.UTC))
	day := calendar.MustParseDate("2027-01-11")
	told := map[string]int{} // how often by person, before
	tells := func(what string, people ...string) {
		t.Helper()
		for {
			n, err := w.Store.AddressMessages(w.ctx(), false, 100, w.Clock.Now())
			w.must(err)
			if n == 0 {
				break
			}
		}
		all, err := w.Store.Messages(w.ctx(), store.MessageFilter{OrgID: w.Org})
		w.must(err)
		now := map[string]int{}
		for _, m := range all {
			if m.Kind == model.MessageConsultation {
				now[m.PersonID]++
			}
		}
		for _, p := range people {
			told[p]++
		}
		if !maps.Equal(now, told) {
			t.Errorf("%s: told %v, want %v", what, now, told)
		}
		told = now
	}
	byOwner := func(e model.ConsultationEvent) Act {
		a := w.Consult(e, day)
		a.Actor, a.Payload.Role = w.InfoOwner, model.RoleInformationOwner
		return a
	}
	w.Do(id, w.Consult(model.ConsultSubmitted, day))
	tells("submitted", registrar)
	w.Do(id, byOwner(model.ConsultReceived))
	tells("received", w.DPO)
	w.Do(id, w.Consult(model.ConsultPowersUsed, day))
	tells("powers used", w.InfoOwner, w.CISO)
	w.Do(id, w.EndPeriod(w.Snapshot(id).Next.ID))
	tells("period ended", w.InfoOwner, w.DPO, w.Owner)
	w.Do(id, byOwner(model.ConsultAdviceReceived))
	tells("advice received", w.DPO)
}
