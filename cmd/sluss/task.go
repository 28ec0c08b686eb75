package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

const taskAbout = `What waits for you, over the API.

Usage:
  sluss task list          the tasks that you may answer, the earliest due first
  sluss task show ID       what is asked, on which revision, the questions to answer, what
                           the rules say, and the possible outcomes
  sluss task decide ID --outcome OUTCOME --motivation TEXT
                           answer it; a return or a rejection also needs --reason
                           and --path-forward, conditions come in a --file
  sluss task extend ID --until DAY --reason TEXT
                           give it more time; administrators and unit heads may

The questions that ` + "`task show`" + ` lists are answered with --answers FILE.yaml, one line
for each ("goal_confirmed: yes"), or one by one with --answer goal_confirmed=yes.
The parts of an answer have names too (--answer A1.answer=yes), and a list takes a row
from each flag of its name. A task to prepare an assessment is answered with
` + "`sluss assessment save`" + ` and ` + "`sluss assessment submit`" + `. The data protection officer's
task with two parts takes --joint OUTCOME for the second.

Reasons are ids of rules, or codes of the organisation's own:
` + "`sluss rulebook show reasons`" + ` lists the rules.`

// shownTask is what the command line shows of a task.
type shownTask struct {
	TaskID          string     `json:"task_id"`
	CaseID          string     `json:"case_id"`
	IncidentID      string     `json:"incident_id"`
	CaseTitle       string     `json:"case_title"`
	Stage           string     `json:"stage"`
	StageLabel      string     `json:"stage_label"`
	Kind            string     `json:"kind"`
	Role            string     `json:"role"`
	Status          string     `json:"status"`
	Outcome         string     `json:"outcome"`
	Due             *time.Time `json:"due"`
	Question        string     `json:"question"`
	CurrentRevision int        `json:"current_revision"`
	Note            string     `json:"note"`
	For             *struct {
		Label string `json:"label"`
	} `json:"for"`

	Outcomes      []shownOutcome      `json:"outcomes"`
	Questionnaire string              `json:"questionnaire"`
	Form          []shownQuestionNote `json:"form"`
	Judgement     *shownJudgement     `json:"judgement"`
	Joint         *struct {
		StageLabel      string         `json:"stage_label"`
		Question        string         `json:"question"`
		CurrentRevision int            `json:"current_revision"`
		Outcomes        []shownOutcome `json:"outcomes"`
	} `json:"joint"`
}

// shownOutcome is an outcome, what it needs and which rules refuse it.
type shownOutcome struct {
	Outcome  string   `json:"outcome"`
	Label    string   `json:"label"`
	Requires []string `json:"requires"`
	Refused  []string `json:"refused_by"`
}

// book asks the questions of the task: that of its stage, or of the task itself
// where it belongs to no case.
func (t shownTask) book() *rulebook.Book {
	if t.CaseID == "" && t.Questionnaire != "" {
		return bookOf(t.Questionnaire)
	}
	return bookOf(t.Stage)
}

func (t shownTask) due() string {
	if t.Due == nil {
		return ""
	}
	return t.Due.Local().Format(time.DateOnly)
}

// decisionFlags are the parts of a decision that fit on a command line.
type decisionFlags struct {
	outcome, motivation, reasons, pathForward, authority, target, file string
	// joint is the answer to the second part of a task that has two.
	joint, jointMotivation string
	answersFile            string
	answers                answerFlags
}

func taskCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var d decisionFlags
	var until string
	action, args := actionOf(args)
	rest, err := r.parse("task "+action, taskAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&d.outcome, "outcome", "", "one of the task's `outcomes`")
		fs.StringVar(&d.motivation, "motivation", "", "the `reasons` for the decision")
		fs.StringVar(&d.reasons, "reason", "", "`codes` of the reasons for a return or rejection, with commas; why a task gets more time")
		fs.StringVar(&until, "until", "", "the new last `day` of a task, 2027-01-31")
		fs.StringVar(&d.pathForward, "path-forward", "", "the way forward after a return or rejection, at least 30 characters")
		fs.StringVar(&d.authority, "authority", "", "the `delegation` that the decision rests on")
		fs.StringVar(&d.target, "target", "", "where a return goes: intake, or a `stage` whose assessment is handed in")
		fs.StringVar(&d.file, "file", "", "`file` with the whole decision, YAML or JSON; flags come on top")
		fs.StringVar(&d.answersFile, "answers", "", "`file` with the answers to the task's questions, YAML or JSON")
		fs.Var(&d.answers, "answer", "one answer, `name=value`; may be given many times, and on top of a file")
		fs.StringVar(&d.joint, "joint", "", "one of the `outcomes` of the task's second part")
		fs.StringVar(&d.jointMotivation, "joint-motivation", "", "the `reasons` for the answer to the second part (default: those of the first)")
	})
	if err != nil {
		return err
	}
	if action == "" {
		fmt.Fprintln(stderr, taskAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	switch {
	case action == "list" && len(rest) == 0:
		return r.listTasks(ctx)
	case action == "show" && len(rest) == 1:
		return r.showTask(ctx, rest[0])
	case action == "decide" && len(rest) == 1 && (d.outcome != "" || d.file != ""):
		return r.decideTask(ctx, rest[0], d)
	case action == "extend" && len(rest) == 1 && until != "" && d.reasons != "":
		return r.extendTask(ctx, rest[0], until, d.reasons)
	}
	fmt.Fprintln(stderr, taskAbout)
	return errUsage
}

func (r *remote) listTasks(ctx context.Context) error {
	var page struct {
		Items []shownTask `json:"items"`
	}
	return r.get(ctx, "/api/v1/tasks?limit=100&status=open&assignee=me", &page, func() {
		if len(page.Items) == 0 {
			r.tell("Inget väntar på dig.\n", "Nothing waits for you.\n")
			return
		}
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, t := range page.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.TaskID, t.StageLabel, t.Kind, t.due(), t.titled())
		}
		_ = w.Flush()
	})
}

// titled is the title of the case, with for whom the reader would answer.
func (t shownTask) titled() string {
	if t.For == nil {
		return t.CaseTitle
	}
	return t.CaseTitle + " (" + t.For.Label + ")"
}

func taskPath(id string) string { return "/api/v1/tasks/" + url.PathEscape(id) }

func (r *remote) showTask(ctx context.Context, id string) error {
	var t shownTask
	return r.get(ctx, taskPath(id), &t, func() { r.printTask(t) })
}

func (r *remote) printTask(t shownTask) {
	r.book = t.book()
	fmt.Fprintf(r.stdout, "%s: %s\n%s\n", t.StageLabel, cmp.Or(t.titled(), t.IncidentID, t.Kind), t.Question)
	if t.CaseID != "" {
		r.tell("Ärende %s, revision %d, %s", "Case %s, revision %d, %s", t.CaseID, t.CurrentRevision, t.Status)
	} else {
		fmt.Fprint(r.stdout, t.Status)
	}
	if t.Due != nil {
		r.tell(", senast %s", ", due %s", t.due())
	}
	fmt.Fprintln(r.stdout)
	if t.Note != "" {
		fmt.Fprintln(r.stdout, t.Note)
	}
	r.printForm(t.Questionnaire, t.Form)
	r.printJudgement(t.Judgement)
	fmt.Fprintln(r.stdout)
	if t.Kind == "prepare" {
		r.tell("Svara med: sluss assessment save %s %s --file FIL\nLämna in med: sluss assessment submit %[1]s %[2]s\n",
			"Answer with: sluss assessment save %s %s --file FILE\nHand in with: sluss assessment submit %[1]s %[2]s\n", t.CaseID, t.Stage)
		return
	}
	if spec, _ := model.Stage(model.StageKey(t.Stage)); len(spec.Prepare) > 0 {
		r.tell("Läs det inlämnade med: sluss assessment show %s %s\n\n", "Read what was handed in with: sluss assessment show %s %s\n\n", t.CaseID, t.Stage)
	}
	r.printOutcomes("--outcome", t.Outcomes)
	if t.Joint != nil {
		fmt.Fprintf(r.stdout, "\n%s: %s\n", t.Joint.StageLabel, t.Joint.Question)
		r.printOutcomes("--joint", t.Joint.Outcomes)
	}
}

// printOutcomes prints the outcomes as they are given on the command line, with what
// each needs and what refuses it.
func (r *remote) printOutcomes(as string, outcomes []shownOutcome) {
	for _, o := range outcomes {
		fmt.Fprintf(r.stdout, "  %s %-26s %s", as, o.Outcome, o.Label)
		if len(o.Requires) > 0 {
			r.tell(" (kräver %s)", " (needs %s)", strings.Join(flagsFor(o.Requires), ", "))
		}
		if len(o.Refused) > 0 {
			r.tell(" (hindras av %s)", " (refused by %s)", strings.Join(o.Refused, ", "))
		}
		fmt.Fprintln(r.stdout)
	}
}

// partFlags are the flags that give parts of a decision.
var partFlags = map[string]string{
	"motivation": "--motivation", "reason_codes": "--reason", "path_forward_text": "--path-forward",
	"decision_authority": "--authority", "conditions": "--file", "answers": "--answers",
	"outcome": "--outcome", "joint": "--joint",
}

// flagsFor says how the parts that an outcome needs are given.
func flagsFor(parts []string) []string {
	var flags []string
	for _, part := range parts {
		flags = append(flags, cmp.Or(partFlags[part], part))
	}
	return flags
}

func (r *remote) decideTask(ctx context.Context, id string, d decisionFlags) error {
	var t shownTask
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: taskPath(id)}, &t)
	if err != nil {
		return r.explain(err)
	}
	r.book = t.book()
	body, err := d.body(r, t)
	if err != nil {
		return err
	}
	var receipt struct {
		State      string `json:"state"`
		DecisionID string `json:"decision_id"`
	}
	call := client.Call{
		Method: "POST", Path: taskPath(id) + "/decision", Key: client.NewKey(), IfMatch: now.ETag(), Body: body,
	}
	return r.call(ctx, call, &receipt, func() {
		if receipt.State == "" {
			r.tell("Antecknat som %s.\n", "Recorded as %s.\n", receipt.DecisionID)
			return
		}
		r.tell("Antecknat som %s. Ärendet är nu %s.\n", "Recorded as %s. The case is now %s.\n", receipt.DecisionID, receipt.State)
	})
}

// body is the decision: what the file says, and the flags on top.
func (d decisionFlags) body(r *remote, t shownTask) (map[string]any, error) {
	body := map[string]any{"revision": t.CurrentRevision}
	if d.file != "" {
		if err := readAnswers(r.book, d.file, &body); err != nil {
			return nil, err
		}
	}
	for name, value := range map[string]string{
		"outcome": d.outcome, "motivation": d.motivation, "path_forward_text": d.pathForward,
		"decision_authority": d.authority, "target": d.target,
	} {
		if value != "" {
			body[name] = value
		}
	}
	if d.reasons != "" {
		body["reason_codes"] = strings.Split(d.reasons, ",")
	}
	if err := d.addAnswers(r, body); err != nil {
		return nil, err
	}
	switch {
	case d.joint != "" && t.Joint == nil:
		return nil, errors.New(lang.Text{SV: "uppgiften har ingen andra del att besvara med --joint", EN: "the task has no second part to answer with --joint"}.In(r.lang))
	case d.joint != "":
		body["joint"] = map[string]any{
			"outcome": d.joint, "revision": t.Joint.CurrentRevision, "motivation": cmp.Or(d.jointMotivation, d.motivation),
		}
	}
	return body, nil
}

// addAnswers puts the answers to the task's questions into the decision.
func (d decisionFlags) addAnswers(r *remote, body map[string]any) error {
	answers, given := body["answers"].(map[string]any)
	if !given {
		answers = map[string]any{}
	}
	if d.answersFile != "" {
		if err := readAnswers(r.book, d.answersFile, &answers); err != nil {
			return err
		}
	}
	if err := d.answers.addTo(answers, r.book, r.lang); err != nil {
		return err
	}
	if len(answers) > 0 {
		body["answers"] = answers
	}
	return nil
}

// extendTask gives a task more time and shows when it is due.
func (r *remote) extendTask(ctx context.Context, id, until, reason string) error {
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: taskPath(id)}, nil)
	if err != nil {
		return r.explain(err)
	}
	call := client.Call{
		Method: "POST", Path: taskPath(id) + "/extension", Key: client.NewKey(), IfMatch: now.ETag(),
		Body: map[string]any{"until": until, "reason": reason},
	}
	return r.call(ctx, call, nil, func() {
		r.tell("Uppgiften ska nu vara klar senast %s.\n", "The task is now due on %s.\n", until)
	})
}
