//go:build linux && !slim

package floor

import (
	"cmp"
	"encoding/json"
	"net/http"
	"time"

	"sluss/model"
)

// decision is the body of a decision, and with the task that it answers what is
// stored of it.
type decision struct {
	Outcome    string          `json:"outcome"`
	Revision   int             `json:"revision"`
	Motivation string          `json:"motivation"`
	Answers    json.RawMessage `json:"answers,omitempty"`
	fromAnswers
	TaskID string `json:"task_id"`
	Stage  string `json:"stage"`
	Kind   string `json:"kind"`
	Role   string `json:"role"`
}

// fromAnswers are answers that a decision has in columns of their own.
type fromAnswers struct {
	DecisionAuthority string `json:"decision_authority,omitempty"`
	ReportToBoard     bool   `json:"report_to_board,omitempty"`
}

// texts are the names of what a person wrote.
func (b decision) texts() []string {
	names := []string{"motivation"}
	if len(b.Answers) > 0 {
		names = append(names, "answers")
	}
	if b.DecisionAuthority != "" {
		names = append(names, "decision_authority")
	}
	return names
}

func (s *server) decide(r *http.Request, p person) (answer, error) {
	var body decision
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return answer{}, err
	}
	if len(body.Answers) > 0 {
		if err := json.Unmarshal(body.Answers, &body.fromAnswers); err != nil {
			return answer{}, err
		}
	}
	var caseID string
	body.TaskID, body.Role = r.PathValue("task"), p.role
	err := s.db.taskCase.QueryRowContext(r.Context(), p.org, body.TaskID).Scan(&caseID, &body.Stage, &body.Kind)
	if err != nil {
		return answer{}, err
	}
	c, err := newCommand(r, p, "decide", caseID, body)
	if err != nil {
		return answer{}, err
	}
	if body.Stage == "ciso" {
		c.evaluation, c.evaluatedOn = filler(signoffEvaluationSize), now().Format(time.DateOnly)
	}
	return s.act(r.Context(), p, c, message{CommandID: c.id, Kind: c.kind, Task: body.Stage + "/" + body.Kind, Outcome: body.Outcome})
}

// conditions are those that the rules add to the approval.
var conditions = []struct {
	rule, due string
	months    int
}{{"C-EDU", "before_use", 0}, {"C-EDU-Y", "recurring", 12}}

// decide closes a task, writes the decision down and, but for advice, the stage's
// result.
func (w *writer) decide() {
	org, id, b := w.s.OrgID, w.s.CaseID, w.body
	w.decisionID = model.NewID()
	w.closeTask(b.Stage, b.Kind, w.s.Outcome)
	w.exec(w.d.addDecision, org, w.decisionID, id, b.TaskID, "decide", b.Stage, w.s.Outcome, w.actor, b.Role, 1, digest[:16],
		b.Motivation, "", "", b.DecisionAuthority, cmp.Or(string(b.Answers), "{}"), b.ReportToBoard, w.s.CommandID, w.now)
	w.exec(w.d.addPerson, org, id, w.actor, b.Role, "acted")
	if b.Kind != "advice" {
		w.putStage(b.Stage, "done", w.s.Outcome, w.now)
	}
	switch {
	case b.Stage == "ciso":
		w.addConditions()
		w.tell(w.d.addNews[1], toldOfApproval)
		w.c.state, w.c.beforeUse = "APPROVED", 1
		w.events([]string{"decided", "approved"}, []int{signedOffSize, approvedSize}, b.texts()...)
	case b.Kind == "advice":
		w.facts(w.d.addFacts[0], []fact{{"dpo_advice", w.s.Outcome, assessed}})
		w.events([]string{"advised"}, []int{advisedSize}, b.texts()...)
	default:
		w.tell(w.d.addNews[0], toldOfApproval[:1])
		w.events([]string{"decided"}, []int{decidedSize}, b.texts()...)
	}
	w.updateCase()
}

func (w *writer) addConditions() {
	text, note := filling[:conditionTextSize], filling[:conditionNoteSize]
	var rows []any
	for _, c := range conditions {
		rows = append(rows, w.s.OrgID, model.NewID(), w.s.CaseID, w.decisionID, "", true, text, text, c.rule, "manager",
			"information_owner", note, note, c.due, "", c.months, "open", "", w.now)
	}
	w.exec(w.d.addConditions, rows...)
}
