//go:build !slim

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
)

// restingPlace is a state where a case can rest.
type restingPlace struct {
	state  model.CaseState
	intake string
	// bring takes a case that has been submitted to its state, touch goes on.
	bring, touch func(*aCase)
	to           model.CaseState
}

// inEveryState says how cases come to stand in every state where a case can rest, and
// what touches each of them next.
var inEveryState = []restingPlace{
	{model.Triaged, spelling, func(c *aCase) {
		c.w.must(c.owner(), c.post("/withdrawal", map[string]any{"reason": "Fel svar."}))
		c.id = c.w.open(c.team, noAI(c.w.t)).id
		c.submit()
	}, func(c *aCase) {
		task := c.task(model.StageTriageCheck, model.TaskConfirmation)
		c.w.must("administrator", task.answer(model.OutcomeConfirm))
	}, model.Archived},
	{model.RejectedAuto, easyRead, nothing, func(c *aCase) {
		c.w.must(c.owner(), c.post("/corrections", map[string]any{"reason": "Avtalet är nu undertecknat."}))
	}, model.Returned},
	{model.ManagerReview, transcription, nothing, (*aCase).next, model.LegalReview},
	{model.LegalReview, transcription, passing(1), (*aCase).next, model.LegalReview},
	{model.DPIA, transcription, passing(5), (*aCase).next, model.DPIA},
	{model.AgentReview, bookingAgent, passing(5), (*aCase).next, model.AgentReview},
	{model.FRIA, watchedIntake, until(model.FRIA), (*aCase).next, model.FRIA},
	{model.EnvironmentReview, transcription, func(c *aCase) {
		c.w.must(c.team.who(model.RoleCISO), c.post("/stages/environment/raise", map[string]any{"requirement": "full", "reason": "Stor volym."}))
		c.passUntil(model.EnvironmentReview)
	}, func(c *aCase) {
		c.w.must(c.owner(), c.post("/withdrawal", map[string]any{"reason": "Behövs inte längre."}))
	}, model.Withdrawn},
	{model.CISOReview, transcription, passing(8), (*aCase).next, model.OwnerDecision},
	{model.OwnerDecision, transcription, passing(9), (*aCase).next, model.Approved},
	{model.Returned, minutes, func(c *aCase) {
		c.decide(model.StageSecrecy, model.TaskDecision, model.OutcomeReturn)
	}, func(c *aCase) { c.submit() }, model.ManagerReview},
	{model.Approved, minutes, until(model.Approved), (*aCase).activate, model.Active},
	{model.ApprovedCond, minutes, approvedWithCondition, func(c *aCase) {
		c.w.must(c.team.who(model.RoleCISO), c.verification(c.ours()))
	}, model.ApprovedCond},
	{model.Active, minutes, inUse, (*aCase).isStopped, model.Suspended},
	{model.Suspended, minutes, func(c *aCase) {
		inUse(c)
		c.isStopped()
	}, func(c *aCase) {
		for _, r := range []model.Role{model.RoleCISO, model.RoleInformationOwner} {
			c.w.must(c.team.who(r), c.post("/resumption", map[string]any{"reason": "Felet är rättat."}))
		}
	}, model.Active},
	{model.Reassessment, minutes, func(c *aCase) {
		inUse(c)
		c.edit(map[string]any{"summary": "Sammanfattar anteckningar från möten. Leverantören har bytt modell sedan i våras."})
		d, _ := c.draft()
		c.w.must(c.owner(), c.post("/changes", map[string]any{"triggers": []string{"RA-05"}, "revision": d.Revision, "reason": "Ny modell."}))
	}, (*aCase).next, model.Reassessment},
	{model.Expired, minutes, inUse, func(c *aCase) {
		c.w.must(c.owner(), c.post("/renewal", map[string]any{"unchanged": true, "reason": "Vi glömde förnya."}))
	}, model.Reassessment},
	{model.Decommissioned, minutes, func(c *aCase) {
		inUse(c)
		c.ends()
	}, (*aCase).isArchived, model.Archived},
	{model.Archived, minutes, func(c *aCase) {
		inUse(c)
		c.ends()
		c.isArchived()
	}, nil, model.Archived},
	{model.Rejected, spelling, func(c *aCase) {
		c.decide(model.StageManager, model.TaskEndorse, model.OutcomeReject)
	}, nil, model.Rejected},
	{model.Withdrawn, spelling, func(c *aCase) {
		c.w.must(c.owner(), c.post("/withdrawal", map[string]any{"reason": "Behövs inte längre."}))
	}, nil, model.Withdrawn},
}

// watchedIntake stands for the intake of a case with a camera and a use of high risk.
const watchedIntake = "watched"

// intakeOf reads an intake by its name.
func intakeOf(t testing.TB, name string) map[string]any {
	t.Helper()
	if name == watchedIntake {
		return watched(t)
	}
	return intake(t, name)
}

// noAI is the intake of something that is no AI system.
func noAI(t testing.TB) map[string]any {
	t.Helper()
	answers := intake(t, spelling)
	answers["infers_outputs"] = false
	return answers
}

func nothing(*aCase) {}

func (c *aCase) next() { c.w.t.Helper(); c.pass() }

func passing(n int) func(*aCase) {
	return func(c *aCase) {
		for range n {
			c.pass()
		}
	}
}

func until(state model.CaseState) func(*aCase) {
	return func(c *aCase) { c.passUntil(state) }
}

func approvedWithCondition(c *aCase) {
	passing(5)(c)
	c.decide(model.StageCISO, model.TaskDecision, model.OutcomeApproveWithConditions)
}

func inUse(c *aCase) {
	approvedWithCondition(c)
	c.activate()
}

func (c *aCase) isStopped() {
	c.w.t.Helper()
	c.w.must(c.team.who(model.RoleInformationOwner), c.post("/suspension", map[string]any{"reason": "Fel i svaren."}))
}

func (c *aCase) ends() {
	c.w.t.Helper()
	c.w.must(c.team.who(model.RoleSystemOwner), c.post("/decommissioning", map[string]any{
		"data": "exported_and_deleted", "access_removed": true, "logs_archived": true, "reason": "Ersätts.",
	}))
}

func (c *aCase) isArchived() {
	c.w.t.Helper()
	c.w.must("registrar", c.post("/archiving", map[string]any{"reason": "Avslutat."}))
}

// everyDeadline are the kinds of deadline, each of which is armed when the engine is
// lost.
var everyDeadline = []model.DeadlineKind{
	model.DeadlineReminder, model.DeadlineReminder2, model.DeadlineDue, model.DeadlineEscalation, model.DeadlineReply, model.DeadlineSilence,
	model.DeadlineLapse, model.DeadlineRecur, model.DeadlineNotice, model.DeadlineNotice2, model.DeadlineNotice3, model.DeadlineExpiry,
	model.DeadlineReview, model.DeadlinePeriodEnd,
}

// TestEngineLost deletes the engine's state under cases in every state, with a
// deadline of every kind armed and others fired. After the start each goes on at its
// first touch, the deadlines are what they were, and none fires again.
func TestEngineLost(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{})
		for _, user := range append([]string{"administrator", "registrar"}, demoPeopleOf(example(t, fallCamera))...) {
			w.letIn(user)
		}
		cases := make([]*aCase, len(inEveryState))
		in := map[model.CaseState]*aCase{model.Submitted: nil} // which a case leaves in the act that brings it there
		for n, s := range inEveryState {
			c := w.open(teamOf(n), intakeOf(t, s.intake))
			c.submit()
			s.bring(c)
			cases[n], in[s.state] = c, c
		}
		others := w.withTimes(teamOf(len(cases)))
		in[model.Draft] = w.open(teamOf(len(cases)), intake(t, spelling))
		in[model.PriorConsultation] = w.consults().aCase
		for _, s := range model.CaseStates() {
			if _, ok := in[s]; !ok {
				t.Errorf("no case is %s", s)
			}
		}
		asSet := w.fire([]waiting{
			{others[0], "manager.endorse", 1}, {others[1], "manager.endorse", 2}, {others[2], "manager.endorse", 3},
			{others[3], model.SubjectOwner, 1}, {others[5], model.SubjectCondition(others[5].dated()), 3},
			{in[model.Active], model.SubjectValidity, 1}, {in[model.Suspended], model.SubjectValidity, 2},
			{others[5], model.SubjectValidity, 3}, {in[model.Expired], model.SubjectValidity, 4},
		})
		for n, s := range inEveryState {
			cases[n].is(s.state)
		}
		w.server.stop()

		check := w.checker()
		deadlines := check.deadlines()
		check.areArmed(deadlines)
		fired := map[string][]string{}
		everyCase := slices.Concat(cases, others, []*aCase{in[model.PriorConsultation]})
		for _, c := range everyCase {
			fired[c.id] = check.fired(c.id)
		}
		check.forgetChanges(everyCase...)
		check.close()
		w.loseEngine()
		w.start(launch{})

		for n, s := range inEveryState {
			c := cases[n]
			c.is(s.state)
			if s.touch != nil {
				s.touch(c)
				c.is(s.to)
				continue
			}
			// There is nothing left to do but what the state refuses, which takes
			// the process all the same.
			w.refused(c.owner(), c.post("/withdrawal", map[string]any{"reason": "Behövs inte."}), 409, model.CodeStateConflict)
		}
		in[model.Draft].submit()
		in[model.Draft].is(model.ManagerReview)
		in[model.PriorConsultation].tellsOf("dpo", map[string]any{"event": "advice_received", "text": "Tolka bilderna lokalt."})
		in[model.PriorConsultation].is(model.DPIA)
		for _, c := range others[:3] {
			c.decide(model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
		}
		others[3].submit()
		for _, c := range others[4:] {
			c.isStopped()
		}

		check = w.checker()
		after := check.deadlines()
		for id, before := range deadlines {
			now, ok := after[id]
			if !ok || now.due != before.due || now.fired != before.fired {
				t.Errorf("deadline %s was %+v and is %+v", id, before, now)
			}
		}
		for id, before := range fired {
			if now := check.fired(id); !slices.Equal(now, before) {
				t.Errorf("of the case %s fired %v, and then %v", id, before, now)
			}
		}
		for id, due := range asSet { // the log knows the times that were set
			check.fallDue(id, at(t, due))
		}
		check.close()
		w.stopAndCheck()
	})
}

// demoPeopleOf are the people of the demo who play a case of its project owner.
func demoPeopleOf(answers map[string]any) []string {
	people := []string{answers["project_owner_id"].(string)}
	for _, r := range teamRoles[1:] {
		people = append(people, string(r))
	}
	return people
}

// consults brings an example to the consultation of the supervisory authority.
func (w *world) consults() aLife {
	w.t.Helper()
	l := lifeOf(w, fallCamera)
	l.play()
	l.tellsOf("dpo", map[string]any{"event": "submitted", "package": map[string]any{
		"responsibilities": true, "purposes_and_means": true, "measures": true, "dpo_contact": true, "dpia": true,
	}})
	l.tellsOf("dpo", map[string]any{"event": "received"})
	l.is(model.PriorConsultation)
	return l
}

// tellsOf records what happened today in a consultation.
func (c *aCase) tellsOf(user string, event map[string]any) {
	c.w.t.Helper()
	event["date"] = daysAhead(0)
	c.w.must(user, c.post("/prior-consultation/events", event))
}

// withTimes are cases of a team in which time passes: three that wait for the manager
// and one for its owner, one in use for long enough to be looked at again meanwhile,
// and one in use with a condition that has a date.
func (w *world) withTimes(g team) []*aCase {
	w.t.Helper()
	var cases []*aCase
	for n, name := range []string{minutes, minutes, minutes, minutes, spelling, minutes} {
		c := w.open(g, intake(w.t, name))
		c.submit()
		switch n {
		case 3:
			c.decide(model.StageSecrecy, model.TaskDecision, model.OutcomeReturn)
		case 5:
			c.setDatedCondition(daysAhead(60))
			fallthrough
		case 4:
			c.passUntil(model.Approved)
			c.activate()
		}
		cases = append(cases, c)
	}
	return cases
}

// dated is the case's condition with a date.
func (c *aCase) dated() string {
	c.w.t.Helper()
	all := (aLife{aCase: c}).conditions()
	return all[slices.IndexFunc(all, func(o caseCondition) bool { return o.DueKind == model.DueDate })].ID
}

// waiting is a case in which something is to fall due so many times, one after the
// other.
type waiting struct {
	c       *aCase
	subject string
	times   int
}

// fire lets deadlines fall due and waits until they have fired. It returns the times
// for which they had been set.
func (w *world) fire(all []waiting) map[string]string {
	w.t.Helper()
	asSet := map[string]string{}
	for left := all; len(left) > 0; {
		w.server.stop()
		check := w.checker()
		var next []waiting
		armed := map[string]*aCase{}
		for _, one := range left {
			id := check.next(one.c, one.subject)
			armed[id], asSet[id] = one.c, check.deadlines()[id].due
			check.fallDue(id, time.Now().Add(-time.Minute))
			if one.times--; one.times > 0 {
				next = append(next, one)
			}
		}
		w.start(launch{})
		eventually(w.t, 20*time.Second, func(context.Context) error {
			for id, c := range armed {
				if fired := check.fired(c.id); !slices.Contains(fired, id) {
					return fmt.Errorf("fired %v, want %s", fired, id)
				}
			}
			return nil
		})
		check.close()
		left = next
	}
	return asSet
}

// next is the deadline about something in a case that is the first to fall due.
func (c *checker) next(of *aCase, subject string) string {
	c.t.Helper()
	var first model.Due
	for id, d := range c.deadlines() {
		at := model.Due{ID: id, At: at(c.t, d.due)}
		if strings.HasPrefix(id, of.id) && at.Subject() == subject && d.fired == "" && (first.ID == "" || at.At.Before(first.At)) {
			first = at
		}
	}
	if first.ID == "" {
		c.t.Fatalf("nothing about %s waits in the case of %s", subject, of.team)
	}
	return first.ID
}

// areArmed requires a deadline of every kind that has not fired.
func (c *checker) areArmed(all map[string]deadlineState) {
	c.t.Helper()
	armed := map[model.DeadlineKind]bool{}
	for id, d := range all {
		armed[model.Due{ID: id}.Kind()] = armed[model.Due{ID: id}.Kind()] || d.fired == ""
	}
	for _, kind := range everyDeadline {
		if !armed[kind] {
			c.t.Errorf("no deadline of the kind %s is armed", kind)
		}
	}
}

// deadlineState is a deadline as its row says it.
type deadlineState struct{ due, fired string }

// deadlines reads every deadline by its id.
func (c *checker) deadlines() map[string]deadlineState {
	c.t.Helper()
	all := map[string]deadlineState{}
	for _, id := range c.cases() {
		rows, err := c.st.Deadlines(c.t.Context(), org, id)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, d := range rows {
			s := deadlineState{due: d.DueAt.Format(time.RFC3339Nano)}
			if !d.FiredAt.IsZero() {
				s.fired = d.FiredAt.Format(time.RFC3339Nano)
			}
			all[d.ID] = s
		}
	}
	if len(all) == 0 {
		c.t.Fatal("there are no deadlines")
	}
	return all
}

// forgetChanges makes cases look as if they had not changed for long: what changed
// of late is reloaded at the start, and here the first touch has to do it.
func (c *checker) forgetChanges(cases ...*aCase) {
	c.t.Helper()
	then := c.w.moment(time.Now().Add(-time.Hour))
	for _, forget := range cases {
		for _, change := range []string{
			"UPDATE cases SET updated_at = ? WHERE id = ?", "UPDATE commands SET acked_at = ? WHERE case_id = ?",
		} {
			if _, err := c.db.ExecContext(c.t.Context(), c.w.sql(change), then, forget.id); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// moment writes a time as the record does.
func (w *world) moment(at time.Time) any {
	at = at.UTC().Truncate(time.Microsecond)
	if w.url == "" {
		return at.Format("2006-01-02 15:04:05.999999-07:00")
	}
	return at
}
