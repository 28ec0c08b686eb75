//go:build !slim

package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"sluss/api/client"
	"sluss/model"
	"sluss/workflows/contract"
)

// mark is a word that nobody writes but these tests.
const mark = "Glasbjörk4711"

// marked appends the mark to every text that a person writes. What names
// something else, such as a choice or a unit, stays as it is.
func marked(answers map[string]any) map[string]any {
	out := maps.Clone(answers)
	for _, id := range []string{
		"title", "summary", "purpose_text", "benefit_text", "provider_name", "provider_country", "product_name",
		"procurement_ref", "governance_ref", "bias_method_text", "review_routine_text", "records_plan_ref",
		"retention_rule", "delegation_ref",
	} {
		if text, ok := out[id].(string); ok {
			out[id] = text + " " + mark
		}
	}
	out["recipients"] = []any{mark}
	out["model_names"] = []any{mark}
	out["secrecy_provisions"] = []any{"OSL 26:1 " + mark}
	return out
}

// markedAnswer is a decision in which every text carries the mark.
func markedAnswer(t openTask, o model.Outcome) client.Call {
	call := t.answer(o)
	body := call.Body.(map[string]any)
	if t.Kind == model.TaskPrepare {
		return call // the texts are in the draft that has been saved
	}
	body["motivation"] = mark + " motiverar."
	body["decision_authority"] = "Delegationsordning " + mark
	if o == model.OutcomeReturn {
		body["path_forward_text"] = "Beskriv gallringen av ljudfilerna " + mark
	}
	if o.WithConditions() {
		c := maps.Clone(condition)
		for _, field := range []string{"text_sv", "text_en", "verification", "consequence"} {
			c[field] = mark
		}
		body["conditions"] = []any{c}
	}
	return call
}

// TestNothingPersonalLeavesTheRecord marks every text and every name in a case,
// and then looks for the marks where they must not be: in the engine's file and
// histories, with their payloads, memos, search attributes, ids and failures, and
// in the program's log at its most talkative.
func TestNothingPersonalLeavesTheRecord(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.employ()
		collected := collect(t)
		w.start(launch{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + collected.at, "OTEL_BSP_SCHEDULE_DELAY=200"}, more: []string{
			"--log-level", "debug", "--smtp-url", "smtp://127.0.0.1:1?tls=none", "--mail-from", "sluss@example.invalid", // where nobody is
		}})
		c := w.open(teamOf(0), marked(intake(t, transcription)))
		c.wording = func(text string) string { return text + " " + mark }
		c.submit()
		first := c.task(model.StageManager, model.TaskEndorse)
		w.must(c.team.who(first.Role), markedAnswer(first, model.OutcomeReturn))
		c.edit(map[string]any{"summary": "Ny sammanfattning av hur samtalen skrivs ut och rättas. " + mark})
		c.submit()
		if w.url != "" {
			endorseWithoutDatabase(c)
		}
		for c.view().State != model.ApprovedCond {
			open := c.openTasks()[0]
			o := open.freest()
			if open.Stage == model.StageCISO {
				o = model.OutcomeApproveWithConditions
			}
			w.must(c.team.who(open.Role), markedAnswer(open, o))
		}
		verify := c.verification(c.ours())
		verify.Body = map[string]any{"outcome": "met", "evidence_note": mark}
		w.must(c.team.who(model.RoleCISO), verify)
		incident := w.sayElsewhere(c)
		withdrawn := w.open(teamOf(1), marked(intake(t, spelling)))
		withdrawn.submit()
		w.must(withdrawn.owner(), withdrawn.post("/withdrawal", map[string]any{"reason": mark}))
		w.refused(withdrawn.owner(), withdrawn.post("/withdrawal", map[string]any{"reason": mark}), 409, model.CodeStateConflict)

		metrics := w.metrics()
		check, room := w.stopAndCheck()
		secrets := check.secrets()
		unnamed := slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return s == "sluss_" }) // tokens begin so, and names of metrics
		lookFor(t, "the traces", collected.everything(), "POST /api/v1/tasks/{task_id}/decision", append(unnamed, check.people()...))
		collected.lead(t)
		lookFor(t, "the metrics", metrics, "sluss_http_requests_total", slices.Concat(unnamed, check.people(), check.cases()))
		for _, log := range w.logs {
			lookFor(t, "the log", []byte(log.log()), "POST /api/v1/tasks/{task_id}/decision", secrets)
		}
		lookFor(t, "the history of the incident", room.everything(t, contract.IncidentWorkflowID(incident)), incident, append(secrets, check.people()...))
		for _, id := range check.cases() {
			if _, err := room.c.DescribeWorkflowExecution(t.Context(), contract.CaseWorkflowID(id), ""); err != nil {
				continue // a draft has none
			}
			lookFor(t, "the history of "+id, room.everything(t, contract.CaseWorkflowID(id)), id, append(secrets, check.people()...))
		}
		lookFor(t, "the engine's file", w.engineText(), c.id, append(secrets, check.people()...))
	})
}

// secrets are the words that have no business outside the record. They must be
// in it, or the test looks for nothing.
func (c *checker) secrets() []string {
	c.t.Helper()
	for _, statement := range []string{
		"SELECT answers FROM revisions WHERE answers LIKE '%" + mark + "%'",
		"SELECT payload FROM commands WHERE payload LIKE '%" + mark + "%'",
		"SELECT name FROM people WHERE name LIKE '" + surname + "%'",
		"SELECT email FROM people WHERE email LIKE '%" + mark + "%'",
		"SELECT text FROM comments WHERE text LIKE '%" + mark + "%'",
		"SELECT file_name FROM attachments WHERE file_name LIKE '%" + mark + "%'",
		"SELECT note FROM attachments WHERE note LIKE '%" + mark + "%'",
		"SELECT description FROM incidents WHERE description LIKE '%" + mark + "%'",
		"SELECT reason FROM delegations WHERE reason LIKE '%" + mark + "%'",
		"SELECT closing_reason FROM disposals WHERE closing_reason LIKE '%" + mark + "%'",
		"SELECT hash FROM passwords",
	} {
		if rows, err := c.column(statement); err != nil || len(rows) == 0 {
			c.t.Fatalf("%s finds nothing: %v", statement, err)
		}
	}
	return []string{mark, plainMark, surname, string(teamOf(0)), string(teamOf(1)), "sluss_"}
}

// people are the ids of everybody. A log names who acted by id, a process nobody.
func (c *checker) people() []string {
	c.t.Helper()
	ids, err := c.column("SELECT id FROM people")
	if err != nil {
		c.t.Fatal(err)
	}
	return ids
}

// lookFor fails when one of the secrets is in the text, plainly or in base64, or when
// the text is not the one that should be looked at.
func lookFor(t testing.TB, where string, text []byte, known string, secrets []string) {
	t.Helper()
	text = revealed(text)
	if !bytes.Contains(text, []byte(known)) {
		t.Errorf("%s does not even contain %s", where, known)
	}
	for _, s := range secrets {
		if i := bytes.Index(text, []byte(s)); i >= 0 {
			t.Errorf("%s contains %q: %q", where, s, text[max(0, i-100):min(len(text), i+100)])
		}
	}
}

// everything is what the engine has on a process: its description, with memo and
// search attributes, and all events, with payloads and failures, as they are.
func (r *engineRoom) everything(t *testing.T, workflowID string) []byte {
	t.Helper()
	d, err := r.c.DescribeWorkflowExecution(t.Context(), workflowID, "")
	if err != nil {
		t.Fatal(err)
	}
	all, err := proto.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.historyOf(t, workflowID) {
		text, err := proto.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// history reads the events of a case's latest run.
func (r *engineRoom) history(t *testing.T, id string) []*historypb.HistoryEvent {
	t.Helper()
	return r.historyOf(t, contract.CaseWorkflowID(id))
}

func (r *engineRoom) historyOf(t *testing.T, workflowID string) []*historypb.HistoryEvent {
	t.Helper()
	var all []*historypb.HistoryEvent
	events := r.c.GetWorkflowHistory(t.Context(), workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// endorseWithoutDatabase lets the manager decide while somebody holds the case's
// row: the activity fails, the sender is told to ask again, and the act is done
// when the row is free.
func endorseWithoutDatabase(c *aCase) {
	t := c.w.t
	t.Helper()
	db := c.w.database()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), c.w.sql("SELECT 1 FROM cases WHERE id = ? FOR UPDATE"), c.id); err != nil {
		t.Fatal(err)
	}
	task := c.task(model.StageManager, model.TaskEndorse)
	call := markedAnswer(task, model.OutcomeEndorse)
	user := c.team.who(task.Role)
	a, err := c.w.try(user, call)
	if err != nil || a.Status != 503 || a.Header.Get("Retry-After") == "" {
		t.Errorf("with the row held the answer is %d %s %v, want 503 with Retry-After", a.Status, a.Body, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, func(context.Context) error {
		a, err := c.w.try(user, call)
		if err == nil && a.Status != 200 {
			err = fmt.Errorf("%d %s", a.Status, a.Body)
		}
		return err
	})
}
