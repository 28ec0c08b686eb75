//go:build linux && !slim

package floor

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sluss/model"
	"sluss/model/clock"
)

// stages and tasks are what the one case of the measurement goes through: a
// simple service with some personal data, its stages open at the same time.
var stages = []struct{ key, requirement, status, result string }{
	{"manager", "required", "open", ""},
	{"legal_basis", "short", "open", ""},
	{"secrecy", "attest", "open", ""},
	{"dpia", "threshold_only", "done", "threshold_only"},
	{"environment", "light", "done", "light_ok"},
	{"ciso", "light", "open", ""},
}

type task struct{ stage, kind, role string }

// The tasks open in two batches: reviewers wait until the assessment of the legal
// basis is handed in.
const (
	atSubmission = iota
	atHandIn
)

var tasks = [2][]task{
	atSubmission: {
		{"manager", "endorse", "manager"},
		{assessed, "prepare", "legal_counsel"},
		{"secrecy", "decision", "legal_counsel"},
		{"ciso", "decision", "ciso"},
	},
	atHandIn: {
		{assessed, "advice", "dpo"},
		{assessed, "decision", "information_owner"},
	},
}

// assessed is the stage that has an assessment.
const assessed = "legal_basis"

// named are the roles whose people the intake names.
var named = []string{"project_owner", "manager", "information_owner", "system_owner"}

// caseState is what the floor reads of a case's row.
type caseState struct {
	state        string
	seq, version int64
	lastHash     string
	beforeUse    int
}

// record is the one activity: one transaction with all rows of a step.
func (d *database) record(ctx context.Context, s step) (result, error) {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return result{}, err
	}
	defer tx.Rollback()
	w := &writer{ctx: ctx, tx: tx, d: d, s: s, now: now()}
	if err := w.run(); err != nil {
		return result{}, err
	}
	return result{w.c.version}, tx.Commit()
}

func now() time.Time { return clock.Normalise(time.Now()) }

// writer is one transaction.
type writer struct {
	ctx context.Context
	tx  *sql.Tx
	d   *database
	s   step
	now time.Time

	c          caseState
	actor      string
	body       decision
	decisionID string
	err        error
}

// run locks the case, looks the command up and writes.
func (w *writer) run() error {
	w.lock()
	if w.err != nil {
		return w.err
	}
	var state, payload string
	err := w.tx.StmtContext(w.ctx, w.d.findCommand).QueryRowContext(w.ctx, w.s.OrgID, w.s.CommandID).Scan(&state, &w.actor, &payload)
	if err != nil || state == "done" {
		return err
	}
	if err := json.Unmarshal([]byte(payload), &w.body); err != nil {
		return err
	}
	w.c.version++
	switch w.s.Kind {
	case "submit":
		w.submit()
	case "hand_in":
		w.handIn()
	default:
		w.decide()
	}
	return w.answer()
}

// lock locks the case and reads its row.
func (w *writer) lock() {
	w.err = w.tx.StmtContext(w.ctx, w.d.lockCase).QueryRowContext(w.ctx, w.s.OrgID, w.s.CaseID).
		Scan(&w.c.state, &w.c.seq, &w.c.version, &w.c.lastHash)
}

func (w *writer) updateCase() {
	w.exec(w.d.updateCase, w.c.state, w.c.seq, w.c.version, w.c.lastHash, w.c.beforeUse, w.now, w.s.OrgID, w.s.CaseID)
}

func (w *writer) answer() error {
	answer, err := json.Marshal(receipt{
		CaseID: w.s.CaseID, State: w.c.state, Version: w.c.version, Seq: w.c.seq, DecisionID: w.decisionID, TaskID: w.body.TaskID,
		RecordedAt: w.now.Format(time.RFC3339Nano),
	})
	if err != nil {
		return err
	}
	w.exec(w.d.answerCommand, string(answer), w.now, w.s.OrgID, w.s.CommandID)
	return w.err
}

func (w *writer) exec(s *sql.Stmt, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.StmtContext(w.ctx, s).ExecContext(w.ctx, args...)
	}
}

// submit freezes the intake and opens the stages with their first tasks.
func (w *writer) submit() {
	org, id := w.s.OrgID, w.s.CaseID
	w.exec(w.d.freeze, w.actor, w.now, org, id, "intake")
	var last int64
	if w.err == nil {
		w.err = w.tx.StmtContext(w.ctx, w.d.number).QueryRowContext(w.ctx, org, w.now.Year()).Scan(&last)
	}
	number := fmt.Sprintf("SL %d-%d", w.now.Year(), last)
	w.c.state = "MANAGER_REVIEW"
	var people []any
	for _, role := range named {
		people = append(people, org, id, w.d.colleagues[w.actor][role], role, "named")
	}
	w.exec(w.d.addPeople, people...)
	w.exec(w.d.addProduct, org, id, "textverkstaden", "överblick 3")
	w.exec(w.d.addEval, org, id, w.c.version, 1, w.now.Format(time.DateOnly), digest, digest, filler(evaluationSize))

	var rows []any
	for _, st := range stages {
		rows = append(rows, org, id, st.key, st.requirement, false, st.status, st.result, digest[:16], w.now)
	}
	w.exec(w.d.addStages, rows...)
	w.openTasks(atSubmission)
	w.facts(w.d.addFacts[1], intakeFacts)
	w.events([]string{"submitted", "triaged"}, []int{submittedSize, triagedSize}, "part_hash", "title")
	w.exec(w.d.rewriteCase, number, filler(serviceTimesSize), title+"\n"+number, w.c.state, w.c.seq, w.c.version, w.c.lastHash,
		w.c.beforeUse, w.now, org, id)
}

// openTasks opens a batch of tasks, with their deadlines and messages.
func (w *writer) openTasks(batch int) {
	org, id := w.s.OrgID, w.s.CaseID
	due := w.now.AddDate(0, 0, 7)
	var opened, messages, deadlines []any
	for _, t := range tasks[batch] {
		taskID := model.NewID()
		var assignee any
		if slices.Contains(named, t.role) {
			assignee = w.d.colleagues[w.actor][t.role]
		}
		opened = append(opened, org, taskID, id, t.stage, t.kind, 1, t.role, "open", "", assignee, 1, digest[:16], w.now, due)
		role := t.role
		if assignee != nil {
			role = ""
		}
		messages = append(messages, org, model.NewID(), id, w.c.seq+1, "task_opened", taskID, role, assignee, w.actor, w.now)
		subject := t.stage + "." + t.kind
		deadlines = append(deadlines, org, deadlineID(id, subject), id, subject, "due", 1, due, false)
	}
	w.exec(w.d.addTasks[batch], opened...)
	w.exec(w.d.addMessages[batch], messages...)
	w.exec(w.d.addDeadlines[batch], deadlines...)
}

// fact is an answer that cases are found by.
type fact struct{ name, value, source string }

var intakeFacts = []fact{
	{"covered_unit", digest[:36], "intake"}, {"data_subject_group", "employees", "intake"}, {"data_subject_group", "residents", "intake"},
	{"model", "överblick-3-stor", "intake"}, {"storage_location", "eu_eea", "intake"}, {"sub_processor", "molndrift norden ab", "intake"},
}

func (w *writer) facts(insert *sql.Stmt, facts []fact) {
	var rows []any
	for _, f := range facts {
		rows = append(rows, w.s.OrgID, w.s.CaseID, f.name, f.value, f.source)
	}
	w.exec(insert, rows...)
}

// toldOfApproval are those who are told that a case has been approved.
var toldOfApproval = []string{"project_owner", "manager", "information_owner", "system_owner"}

// tell leaves a message for each of the roles.
func (w *writer) tell(insert *sql.Stmt, roles []string) {
	var rows []any
	for _, role := range roles {
		rows = append(rows, w.s.OrgID, model.NewID(), w.s.CaseID, w.c.seq+1, "decided", role, w.actor, w.now)
	}
	w.exec(insert, rows...)
}

func deadlineID(caseID, subject string) string { return caseID + "/" + subject + "/due/1" }

// closeTask closes a task and what was due of it.
func (w *writer) closeTask(stage, kind, outcome string) {
	w.exec(w.d.closeTask, outcome, w.now, w.s.OrgID, w.s.CaseID, stage, kind)
	w.exec(w.d.cancelled, w.now, w.s.OrgID, deadlineID(w.s.CaseID, stage+"."+kind))
}

// putStage writes how a stage stands, with the assessment where it has one.
func (w *writer) putStage(stage, status, result string, doneAt any) {
	part, revision := "", 0
	if stage == assessed {
		part, revision = digest[:16], 1
	}
	w.exec(w.d.putStage, w.s.OrgID, w.s.CaseID, stage, "required", false, status, result, digest[:16], part, revision, doneAt)
}

// event is what the chain holds.
type event struct {
	OrgID       string            `json:"org_id"`
	CaseID      string            `json:"case_id"`
	Seq         int64             `json:"seq"`
	Kind        string            `json:"kind"`
	ActorID     string            `json:"actor_id"`
	CommandID   string            `json:"command_id"`
	At          time.Time         `json:"at"`
	Data        string            `json:"data"`
	Commitments map[string]string `json:"commitments"`
}

// events chains events to those of the case. The first has salted commitments
// to the named texts.
func (w *writer) events(kinds []string, sizes []int, texts ...string) {
	if w.err != nil {
		return
	}
	args, salts, err := chain(&w.c, event{
		OrgID: w.s.OrgID, CaseID: w.s.CaseID, ActorID: w.actor, CommandID: w.s.CommandID, At: w.now,
	}, kinds, sizes, texts)
	if err != nil {
		w.err = err
		return
	}
	w.exec(w.d.addEvents[len(kinds)-1], args...)
	w.exec(w.d.addSalts[len(texts)-1], salts...)
}

// chain returns the columns of events and of the salts of the first one's
// commitments, and moves the case to the end of the chain.
func chain(c *caseState, e event, kinds []string, sizes []int, texts []string) (args, salts []any, err error) {
	for i, kind := range kinds {
		c.seq++
		e.Seq, e.Kind, e.Data, e.Commitments = c.seq, kind, filler(sizes[i]), map[string]string{}
		if i == 0 {
			for _, field := range texts {
				salt := make([]byte, 32)
				rand.Read(salt)
				e.Commitments[field] = hash(string(salt), field)
				salts = append(salts, e.OrgID, e.CaseID, e.Seq, field, hex.EncodeToString(salt))
			}
		}
		body, err := json.Marshal(e)
		if err != nil {
			return nil, nil, err
		}
		commitments, err := json.Marshal(e.Commitments)
		if err != nil {
			return nil, nil, err
		}
		sum := hash(string(body), c.lastHash)
		args = append(args, e.OrgID, e.CaseID, e.Seq, e.Kind, e.ActorID, e.CommandID, e.At, digest, e.Data,
			string(commitments), c.lastHash, sum)
		c.lastHash = sum
	}
	return args, salts, nil
}

func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}
