//go:build !slim

package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/calendar"
)

// TestThreeYears takes a worked case through three simulated years: people are
// reminded, a condition runs late and stops the use, two people resume it, what
// recurs comes back, the approval is renewed, an incident stops the use once more
// and teaches something, the supplier changes, the approval runs out and is renewed
// again, and at last the tool is decommissioned.
func TestThreeYears(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		simulate(t, w, func(s *simulation) {
			y := &years{simulation: s, aLife: lifeOf(s.world, caseNotes)}
			y.managerIsReminded()
			y.comesIntoUse()
			y.conditionRunsLate()
			y.conditionsComeBack()
			y.isRenewedUnchanged()
			y.hasAnIncident()
			y.changesSupplier()
			y.runsOut()
			y.isDecommissioned()
		})
	})
}

// years is a case whose time is skipped.
type years struct {
	*simulation
	aLife
	seen int
}

// happened lists the kinds of the events since it was last asked, and holds the
// rows of the case against its log.
func (y *years) happened() []model.EventKind {
	y.t.Helper()
	if err := y.store.VerifyCase(context.Background(), org, y.id); err != nil {
		y.t.Fatal(err)
	}
	events, err := y.store.Events(context.Background(), org, y.id, int64(y.seen), 1000)
	if err != nil {
		y.t.Fatal(err)
	}
	y.seen += len(events)
	var kinds []model.EventKind
	for _, e := range events {
		kinds = append(kinds, model.EventKind(e.Kind))
	}
	return kinds
}

func (y *years) expect(want ...model.EventKind) {
	y.t.Helper()
	if got := y.happened(); !slices.Equal(got, want) {
		y.t.Fatalf("since then %v, want %v", got, want)
	}
}

// told lists whom messages of a kind about the case were for, as roles, in their
// order.
func (y *years) told(kind model.MessageKind) []string {
	y.t.Helper()
	return y.toldOf(y.id, kind)
}

// toldOf is told for a case or an incident.
func (y *years) toldOf(id string, kind model.MessageKind) []string {
	y.t.Helper()
	check := y.checker()
	rows, err := check.column(`SELECT CASE WHEN o.role <> '' THEN o.role ELSE p.handle END FROM outbox o
		LEFT JOIN people p ON p.org_id = o.org_id AND p.id = o.person_id
		WHERE COALESCE(o.case_id, o.incident_id) = ? AND o.kind = ? ORDER BY o.created_at, o.id`, id, string(kind))
	if err != nil {
		y.t.Fatal(err)
	}
	check.close()
	return rows
}

func (y *years) does(user, path string, body any) {
	y.t.Helper()
	y.must(user, y.post(path, body))
}

// deadline is the waiting deadline that the case shows.
func (y *years) next() (subject, kind string) {
	y.t.Helper()
	var v struct {
		Next struct{ Subject, Kind string } `json:"next_deadline"`
	}
	y.get(y.owner(), y.path(""), &v)
	return v.Next.Subject, v.Next.Kind
}

// The manager has five working days: reminders after two and after four, the end,
// and the escalation five working days later. Nothing is decided for her, and the
// administrator gives her more time.
func (y *years) managerIsReminded() {
	y.t.Helper()
	y.happened()
	day := func(n int) calendar.Date { return calendar.Swedish.AddWorkingDays(y.today(), n) }
	first, second, last, over := day(2), day(4), day(5), day(10)
	check := func(at calendar.Date, kind model.MessageKind, want ...string) {
		y.t.Helper()
		y.until(calendar.Morning(at).Add(-time.Second))
		y.expect()
		y.until(calendar.EndOfDay(at).Add(time.Second))
		y.expect(model.EventDeadlineFired)
		if got := y.told(kind); !slices.Equal(got, want) {
			y.t.Fatalf("%s: told %v, want %v", kind, got, want)
		}
	}
	check(first, model.MessageReminder, "manager")
	check(second, model.MessageReminder, "manager", "manager")
	check(last, model.MessageDue, "manager", "manager")
	check(over, model.MessageEscalated, "manager", "administrator", "unit_head")
	y.is(model.ManagerReview)

	task := y.task(model.StageManager, model.TaskEndorse)
	extend := func(user, until string) client.Call {
		return client.Call{
			Method: "POST", Path: v1 + "/tasks/" + task.ID + "/extension", Key: client.NewKey(), IfMatch: task.ETag,
			Body: map[string]any{"until": until, "reason": "Chefen är sjuk."},
		}
	}
	until := calendar.Swedish.AddWorkingDays(y.today(), 4)
	y.refused("manager", extend("manager", until.String()), 403, model.CodeForbidden)
	y.refused("administrator", extend("administrator", y.today().String()), 422, model.CodeInvalid)
	y.must("administrator", extend("administrator", until.String()))
	y.expect(model.EventTaskExtended)
	y.until(calendar.EndOfDay(until).Add(time.Second))
	y.expect(model.EventDeadlineFired, model.EventDeadlineFired, model.EventDeadlineFired) // reminded twice more, and late again
	if got := y.task(model.StageManager, model.TaskEndorse); got.ETag != task.ETag {
		y.t.Errorf("an extension made the open task stale: %s became %s", task.ETag, got.ETag)
	}
}

// comesIntoUse plays the case with a condition that has a date.
func (y *years) comesIntoUse() {
	y.t.Helper()
	step := y.steps["ciso.decision"]
	step.Conditions = append(slices.Clone(step.Conditions), map[string]any{
		"text_sv": "Återläsning av säkerhetskopian är provad.", "text_en": "Restoring the backup has been tried.",
		"source_rule": "KLASSA", "owner_role": "system_owner", "verifier_role": "ciso", "verification": "Protokoll visas.",
		"consequence": "Användningen stoppas.", "due_kind": "date", "due_date": y.today().AddDays(60).String(),
	})
	y.steps["ciso.decision"] = step
	y.play()
	delete(y.steps, "ciso.decision")
	step.Conditions = step.Conditions[:len(step.Conditions)-1]
	y.steps["ciso.decision"] = step
	y.meet()
	y.does("system_owner", "/activation", nil)
	y.is(model.Active)
	y.happened()
}

// dated is the condition with a date.
func (y *years) dated() caseCondition {
	y.t.Helper()
	list := y.conditions()
	i := slices.IndexFunc(list, func(c caseCondition) bool { return c.DueKind == model.DueDate })
	return list[i]
}

// The condition is put off once, by who verifies it; then it runs late and stops
// the use. It is met, and two people resume the use (CO-02, T-23, T-24).
func (y *years) conditionRunsLate() {
	y.t.Helper()
	c := y.dated()
	due := calendar.MustParseDate(c.DueDate)
	path := "/conditions/" + c.ID
	extension := map[string]any{"until": due.AddDays(30).String(), "reason": "Leverantören är försenad."}
	y.refused("system_owner", y.post(path+"/extension", extension), 403, model.CodeSegregation)
	y.refused("ciso", y.post(path+"/extension", map[string]any{"until": due.AddDays(31).String(), "reason": "r"}), 409, model.CodeGuard)
	y.does("ciso", path+"/extension", extension)
	due = due.AddDays(30)
	y.refused("ciso", y.post(path+"/extension", map[string]any{"until": due.AddDays(1).String(), "reason": "r"}), 409, model.CodeGuard)
	y.happened()

	y.until(calendar.EndOfDay(due).Add(time.Second))
	if got := y.dated(); got.Status != model.ConditionOverdue {
		y.t.Fatalf("the condition is %s", got.Status)
	}
	y.is(model.Active)
	y.until(calendar.EndOfDay(calendar.Swedish.AddWorkingDays(due, 10)).Add(time.Second))
	y.is(model.Suspended)
	if got := y.happened(); !slices.Contains(got, model.EventSuspended) {
		y.t.Fatalf("events %v", got)
	}
	y.entryIs(model.RegisterSuspended)

	resume := func(user string) client.Call {
		return y.post("/resumption", map[string]any{"reason": "Orsaken är borta."})
	}
	y.refused("ciso", resume("ciso"), 409, model.CodeConditionsOpen)
	y.does("ciso", path+"/verification", map[string]any{"outcome": "met", "evidence_note": "Protokollet är visat."})
	y.must("ciso", resume("ciso"))
	y.is(model.Suspended)
	y.refused("ciso", resume("ciso"), 409, model.CodeUnchanged)
	y.refused("dpo", resume("dpo"), 403, model.CodeForbidden)
	y.must("information_owner", resume("information_owner"))
	y.is(model.Active)
	y.entryIs(model.RegisterActive)
	y.happened()
}

func (y *years) entryIs(want model.RegisterStatus) {
	y.t.Helper()
	if got := y.entry()["status"]; got != string(want) {
		y.t.Fatalf("the register says %v, want %s", got, want)
	}
}

// What recurs every month has come back a few times by now: each time a task for
// whoever has to meet it, which the verification settles (CO-03).
func (y *years) conditionsComeBack() {
	y.t.Helper()
	list := y.conditions()
	monthly := list[slices.IndexFunc(list, func(c caseCondition) bool { return c.Months == 1 })]
	kind := model.TaskFollowUp(monthly.ID)
	task := y.task(model.StageFollowUp, kind)
	if task.Role != monthly.Owner || task.Round < 3 {
		y.t.Fatalf("task %+v", task)
	}
	y.must("system_owner", client.Call{
		Method: "POST", Path: v1 + "/tasks/" + task.ID + "/decision", Key: client.NewKey(), IfMatch: task.ETag,
		Body: map[string]any{"outcome": "done", "revision": y.view().Revision, "motivation": "Protokollet är bifogat."},
	})
	y.does("ciso", "/conditions/"+monthly.ID+"/verification", map[string]any{"outcome": "met", "evidence_note": "Granskat."})
	month := y.today().AddMonths(1)
	y.untilDay(month)
	y.untilDay(month.AddDays(1))
	if again := y.task(model.StageFollowUp, kind); again.Round != task.Round+1 {
		y.t.Fatalf("round %d follows round %d", again.Round, task.Round)
	}
	y.happened()
}

// validUntil is the last day of the approval.
func (y *years) validUntil() calendar.Date {
	y.t.Helper()
	var v struct {
		Until calendar.Date `json:"valid_until"`
	}
	y.get(y.owner(), y.path(""), &v)
	return v.Until
}

// The owner renews in time, and nothing has changed: the CISO's glance is all
// (T-27, T-28).
func (y *years) isRenewedUnchanged() {
	y.t.Helper()
	last := y.validUntil()
	renewal := func() client.Call {
		return y.post("/renewal", map[string]any{"unchanged": true, "reason": "Vi använder tjänsten som förut."})
	}
	y.untilDay(last.AddDays(-91))
	y.refused(y.owner(), renewal(), 409, model.CodeGuard)
	if got := y.told(model.MessageExpiring); len(got) != 0 {
		y.t.Fatalf("told of the end already: %v", got)
	}
	y.untilDay(last.AddDays(-29))
	if got := y.told(model.MessageExpiring); len(got) != 6 {
		y.t.Fatalf("90 and 30 days before the end told %v", got)
	}
	y.happened()
	y.must(y.owner(), renewal())
	y.is(model.Reassessment)
	y.expect(model.EventRenewalRequested)
	y.play()
	y.is(model.Active)
	if got := y.validUntil(); got != y.today().AddMonths(12) {
		y.t.Fatalf("valid until %s", got)
	}
	y.untilDay(last.AddDays(1))
	y.is(model.Active)
	y.happened()
}

// The supplier moves its storage: the owner reports it with the changed answers,
// and legal basis, CISO and information owner decide anew, nobody else (RA-04).
func (y *years) changesSupplier() {
	y.t.Helper()
	y.edit(map[string]any{"provider_name": "Ny Leverantör AB"})
	_, etag := y.draft()
	var revision int
	for _, r := range strings.Trim(etag, `"`) {
		revision = revision*10 + int(r-'0')
	}
	y.refused(y.owner(), y.submission(), 409, model.CodeStateConflict)
	y.refused(y.owner(), y.post("/changes", map[string]any{"triggers": []string{"RA-99"}, "reason": "r"}), 422, model.CodeInvalid)
	y.does(y.owner(), "/changes", map[string]any{"triggers": []string{"RA-04"}, "revision": revision, "reason": "Leverantören är såld."})
	y.is(model.Reassessment)
	y.entryIs(model.RegisterActive)
	var open []string
	for _, task := range y.openTasks() {
		open = append(open, string(task.Stage))
	}
	slices.Sort(open)
	if got := slices.Compact(open); !slices.Equal(got, []string{"ciso", "follow_up", "info_owner", "legal_basis"}) {
		y.t.Fatalf("open are %v", got)
	}
	y.settleFollowUps()
	y.play()
	y.is(model.Active)
	if supplier := y.entry()["supplier"]; supplier != "Ny Leverantör AB" {
		y.t.Errorf("the register names %v", supplier)
	}
	y.happened()
}

// settleFollowUps does what recurs.
func (y *years) settleFollowUps() {
	y.t.Helper()
	for _, c := range y.conditions() {
		if c.DueKind == model.DueRecurring && (c.Status == model.ConditionOpen || c.Status == model.ConditionOverdue) {
			y.does(y.who(c.Verifier), "/conditions/"+c.ID+"/verification", map[string]any{"outcome": "met", "evidence_note": "Granskat."})
		}
	}
}

// Nobody renews: the approval runs out, and the use is forbidden until it has been
// renewed (T-27).
func (y *years) runsOut() {
	y.t.Helper()
	last := y.validUntil()
	y.until(calendar.EndOfDay(last).Add(-time.Second))
	y.is(model.Active)
	y.until(calendar.EndOfDay(last).Add(time.Second))
	y.is(model.Expired)
	y.entryIs(model.RegisterExpired)
	y.settleFollowUps()
	y.does(y.owner(), "/renewal", map[string]any{"unchanged": true, "reason": "Vi glömde förnya."})
	y.entryIs(model.RegisterExpired)
	y.play()
	y.is(model.Active)
	y.entryIs(model.RegisterActive)
	y.happened()
}

// The tool is no longer used: its checklist is done, and nothing is awaited (T-29,
// T-30).
func (y *years) isDecommissioned() {
	y.t.Helper()
	y.untilDay(y.today().AddMonths(9))
	list := map[string]any{"data": "exported_and_deleted", "access_removed": true, "logs_archived": false, "reason": "Ersätts."}
	y.refused("system_owner", y.post("/decommissioning", list), 422, model.CodeInvalid)
	list["logs_archived"] = true
	y.refused("ciso", y.post("/decommissioning", list), 403, model.CodeForbidden)
	y.does("system_owner", "/decommissioning", list)
	y.is(model.Decommissioned)
	y.entryIs(model.RegisterEnded)
	if subject, kind := y.next(); subject != "" {
		y.t.Errorf("%s %s still waits", subject, kind)
	}
	y.untilDay(y.today().AddMonths(12))
	y.does("registrar", "/archiving", map[string]any{"reason": "Avslutat."})
	y.is(model.Archived)
	y.happened()
}
