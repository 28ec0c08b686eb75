//go:build linux && !slim

package floor

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
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

var tasks = []struct{ stage, kind, role string }{
	{"manager", "endorse", "manager"},
	{"legal_basis", "advice", "dpo"},
	{"legal_basis", "decision", "information_owner"},
	{"secrecy", "decision", "legal_counsel"},
	{"ciso", "decision", "ciso"},
}

const serviceTimes = `{"ciso.decision":5,"legal_basis.advice":10,"legal_basis.decision":5,"manager.endorse":5,` +
	`"project_owner.reply":15,"secrecy.decision":5}`

// caseState is what the floor reads of a case's row.
type caseState struct {
	state        string
	seq, version int64
	lastHash     string
	number       any
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
	var state, payload string
	err := w.tx.StmtContext(w.ctx, w.d.lockCase).QueryRowContext(w.ctx, w.s.OrgID, w.s.CaseID).
		Scan(&w.c.state, &w.c.seq, &w.c.version, &w.c.lastHash)
	if err != nil {
		return err
	}
	err = w.tx.StmtContext(w.ctx, w.d.findCommand).QueryRowContext(w.ctx, w.s.OrgID, w.s.CommandID).Scan(&state, &w.actor, &payload)
	if err != nil || state == "done" {
		return err
	}
	if err := json.Unmarshal([]byte(payload), &w.body); err != nil {
		return err
	}
	w.c.version++
	if w.s.Task == "" {
		w.submit()
	} else {
		w.decide()
	}
	w.exec(w.d.updateCase, w.c.number, w.c.state, w.c.seq, w.c.version, w.c.lastHash, serviceTimes, w.now, w.s.OrgID, w.s.CaseID)
	answer, err := json.Marshal(receipt{
		CaseID: w.s.CaseID, State: w.c.state, Version: w.c.version, Seq: w.c.seq, DecisionID: w.decisionID,
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

// submit freezes the intake and opens the stages with their tasks, deadlines and
// messages.
func (w *writer) submit() {
	org, id := w.s.OrgID, w.s.CaseID
	w.exec(w.d.freeze, w.actor, w.now, org, id)
	var number int64
	if w.err == nil {
		w.err = w.tx.StmtContext(w.ctx, w.d.number).QueryRowContext(w.ctx, org, w.now.Year()).Scan(&number)
	}
	w.c.number, w.c.state = fmt.Sprintf("SL %d-%d", w.now.Year(), number), "MANAGER_REVIEW"
	var people []any
	for _, role := range []string{"project_owner", "manager", "information_owner", "system_owner"} {
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
	w.openTasks()
	w.events([]string{"submitted", "triaged"}, []int{submittedSize, triagedSize}, "part_hash", "title")
}

func (w *writer) openTasks() {
	org, id := w.s.OrgID, w.s.CaseID
	due := w.now.AddDate(0, 0, 7)
	var opened, messages, deadlines []any
	for _, t := range tasks {
		taskID := model.NewID()
		opened = append(opened, org, taskID, id, t.stage, t.kind, 1, t.role, "open", "", 1, digest[:16], w.now, due)
		messages = append(messages, org, model.NewID(), id, w.c.seq+1, "task_opened", taskID, w.now)
		subject := t.stage + "." + t.kind
		deadlines = append(deadlines, org, deadlineID(id, subject), id, subject, "due", 1, due, false)
	}
	w.exec(w.d.addTasks, opened...)
	w.exec(w.d.addMessages, messages...)
	w.exec(w.d.addDeadlines, deadlines...)
}

func deadlineID(caseID, subject string) string { return caseID + "/" + subject + "/due/1" }

// decide closes a task and its deadline, writes the decision down and, but for
// advice, the stage's result.
func (w *writer) decide() {
	org, id := w.s.OrgID, w.s.CaseID
	stage, kind := w.body.Stage, w.body.Kind
	w.decisionID = model.NewID()
	w.exec(w.d.closeTask, w.s.Outcome, w.now, org, id, stage, kind)
	w.exec(w.d.addDecision, org, w.decisionID, id, w.body.TaskID, "decide", stage, w.s.Outcome, w.actor, w.body.Role, 1, digest[:16],
		w.body.Motivation, "", "", "", cmp.Or(string(w.body.Answers), "{}"), w.s.CommandID, w.now)
	w.exec(w.d.addPerson, org, id, w.actor, w.body.Role, "acted")
	if kind != "advice" {
		w.exec(w.d.putStage, org, id, stage, "required", false, "done", w.s.Outcome, digest[:16], w.now)
	}
	w.exec(w.d.cancelled, w.now, org, deadlineID(id, stage+"."+kind))
	if stage == "ciso" {
		w.c.state = "APPROVED"
		w.events([]string{"decided", "approved"}, []int{decidedSize, approvedSize}, "motivation")
		return
	}
	w.events([]string{"decided"}, []int{decidedSize}, "motivation")
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
	w.exec([]*sql.Stmt{w.d.addEvent, w.d.addEvents}[len(kinds)-1], args...)
	w.exec([]*sql.Stmt{w.d.addSalt, w.d.addTwoSalts}[len(texts)-1], salts...)
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
