package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"sluss/api/client"
)

const taskAbout = `What waits for you, over the API.

Usage:
  sluss task list          the tasks that you may answer, the earliest due first
  sluss task show ID       what is asked, on which revision, and the possible outcomes
  sluss task decide ID --outcome OUTCOME --motivation TEXT
                           answer it; a return or a rejection also needs --reason
                           and --path-forward, conditions come in a --file`

// shownTask is what the command line shows of a task.
type shownTask struct {
	TaskID          string     `json:"task_id"`
	CaseID          string     `json:"case_id"`
	CaseTitle       string     `json:"case_title"`
	StageLabel      string     `json:"stage_label"`
	Kind            string     `json:"kind"`
	Role            string     `json:"role"`
	Status          string     `json:"status"`
	Due             *time.Time `json:"due"`
	Question        string     `json:"question"`
	CurrentRevision int        `json:"current_revision"`
	Note            string     `json:"note"`
	Outcomes        []struct {
		Outcome  string   `json:"outcome"`
		Label    string   `json:"label"`
		Requires []string `json:"requires"`
	} `json:"outcomes"`
}

func (t shownTask) due() string {
	if t.Due == nil {
		return ""
	}
	return t.Due.Local().Format(time.DateOnly)
}

// decisionFlags are the parts of a decision that fit on a command line.
type decisionFlags struct {
	outcome, motivation, reasons, pathForward, authority, file string
}

func taskCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var d decisionFlags
	action, args := actionOf(args)
	rest, err := r.parse("task "+action, taskAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&d.outcome, "outcome", "", "one of the task's `outcomes`")
		fs.StringVar(&d.motivation, "motivation", "", "the `reasons` for the decision")
		fs.StringVar(&d.reasons, "reason", "", "`codes` of the reasons for a return or rejection, with commas")
		fs.StringVar(&d.pathForward, "path-forward", "", "the way forward after a return or rejection, at least 30 characters")
		fs.StringVar(&d.authority, "authority", "", "the `delegation` that the decision rests on")
		fs.StringVar(&d.file, "file", "", "`file` with the whole decision, YAML or JSON; flags come on top")
	})
	if err != nil {
		return err
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
			fmt.Fprintln(r.stdout, "Nothing waits for you.")
			return
		}
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, t := range page.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.TaskID, t.StageLabel, t.Kind, t.due(), t.CaseTitle)
		}
		_ = w.Flush()
	})
}

func taskPath(id string) string { return "/api/v1/tasks/" + url.PathEscape(id) }

func (r *remote) showTask(ctx context.Context, id string) error {
	var t shownTask
	return r.get(ctx, taskPath(id), &t, func() {
		fmt.Fprintf(r.stdout, "%s: %s\n%s\n", t.StageLabel, t.CaseTitle, t.Question)
		fmt.Fprintf(r.stdout, "Case %s, revision %d, %s, due %s\n", t.CaseID, t.CurrentRevision, t.Status, t.due())
		if t.Note != "" {
			fmt.Fprintln(r.stdout, t.Note)
		}
		for _, o := range t.Outcomes {
			fmt.Fprintf(r.stdout, "  --outcome %-26s %s", o.Outcome, o.Label)
			if len(o.Requires) > 0 {
				fmt.Fprintf(r.stdout, " (needs %s)", strings.Join(o.Requires, ", "))
			}
			fmt.Fprintln(r.stdout)
		}
	})
}

func (r *remote) decideTask(ctx context.Context, id string, d decisionFlags) error {
	body := map[string]any{}
	if d.file != "" {
		if err := readFile(d.file, &body); err != nil {
			return err
		}
	}
	for name, value := range map[string]string{
		"outcome": d.outcome, "motivation": d.motivation, "path_forward_text": d.pathForward, "decision_authority": d.authority,
	} {
		if value != "" {
			body[name] = value
		}
	}
	if d.reasons != "" {
		body["reason_codes"] = strings.Split(d.reasons, ",")
	}
	var t shownTask
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: taskPath(id)}, &t)
	if err != nil {
		return r.explain(err)
	}
	if _, given := body["revision"]; !given {
		body["revision"] = t.CurrentRevision
	}
	var receipt struct {
		State      string `json:"state"`
		DecisionID string `json:"decision_id"`
	}
	call := client.Call{
		Method: "POST", Path: taskPath(id) + "/decision", Key: client.NewKey(), IfMatch: now.ETag(), Body: body,
	}
	return r.call(ctx, call, &receipt, func() {
		fmt.Fprintf(r.stdout, "Recorded as %s. The case is now %s.\n", receipt.DecisionID, receipt.State)
	})
}
