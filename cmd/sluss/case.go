package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"sluss/api/client"
)

const caseAbout = `Cases, over the API.

Usage:
  sluss case open --file INTAKE.yaml   open a draft with these answers
  sluss case save ID --file INTAKE.yaml   replace the draft's answers
  sluss case submit ID                 hand the draft to the reviewers
  sluss case show ID                   where a case stands, what stops it, who has it
  sluss case list                      the cases that you may read
  sluss case activate ID               bring an approved case into use
  sluss case withdraw ID --reason TEXT end a case of yours before it is in use

INTAKE.yaml has one line for each answer, by the names that
` + "`sluss rulebook show`" + ` lists: "title: Transkribering i socialtjänsten".`

// shownCase is what the command line shows of a case.
type shownCase struct {
	CaseID     string `json:"case_id"`
	RegistryNo string `json:"registry_no"`
	Title      string `json:"title"`
	State      string `json:"state"`
	StateLabel string `json:"state_label"`
	Tier       string `json:"tier"`
	AIActClass string `json:"ai_act_class"`
	IPL        *int   `json:"ipl"`
	Stages     []struct {
		Key          string     `json:"key"`
		Label        string     `json:"label"`
		Requirement  string     `json:"requirement"`
		Status       string     `json:"status"`
		ResultLabel  string     `json:"result_label"`
		AssigneeRole string     `json:"assignee_role"`
		Due          *time.Time `json:"due"`
	} `json:"stages"`
	Triage *struct {
		Rules    []shownRule `json:"rules"`
		Warnings []shownRule `json:"warnings"`
	} `json:"triage"`
	HardStops []string `json:"hard_stops"`
	Blockers  []string `json:"blockers"`
	Allowed   []struct {
		Act string `json:"act"`
	} `json:"allowed"`
}

type shownRule struct {
	ID          string `json:"id"`
	Text        string `json:"text"`
	Source      string `json:"source"`
	PathForward string `json:"path_forward"`
}

// shownIntake is what the command line shows of a draft.
type shownIntake struct {
	Revision int    `json:"revision"`
	Form     string `json:"form"`
	Missing  []struct {
		Pointer string `json:"pointer"`
		Message string `json:"message"`
	} `json:"missing"`
	Similar []struct {
		RegistryNo string `json:"registry_no"`
		Title      string `json:"title"`
		StateLabel string `json:"state_label"`
	} `json:"similar"`
}

func caseCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var file, state, query, reason string
	action, args := actionOf(args)
	rest, err := r.parse("case "+action, caseAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&file, "file", "", "`file` with the answers of the intake, YAML or JSON; - is standard input")
		fs.StringVar(&state, "state", "", "list only cases in this `state`, such as CISO_REVIEW")
		fs.StringVar(&reason, "reason", "", "the `reason` for a withdrawal")
		fs.StringVar(&query, "q", "", "list only cases with these `words` in title or registry number")
	})
	if err != nil {
		return err
	}
	if err := r.connect(); err != nil {
		return err
	}
	switch {
	case action == "open" && len(rest) == 0 && file != "":
		return r.openCase(ctx, file)
	case action == "save" && len(rest) == 1 && file != "":
		return r.saveCase(ctx, rest[0], file)
	case action == "submit" && len(rest) == 1:
		return r.submitCase(ctx, rest[0])
	case action == "show" && len(rest) == 1:
		return r.showCase(ctx, rest[0])
	case action == "activate" && len(rest) == 1:
		return r.actOnCase(ctx, rest[0], "activation", reason)
	case action == "withdraw" && len(rest) == 1 && reason != "":
		return r.actOnCase(ctx, rest[0], "withdrawal", reason)
	case action == "list" && len(rest) == 0:
		return r.listCases(ctx, state, query)
	}
	fmt.Fprintln(stderr, caseAbout)
	return errUsage
}

// actionOf takes the action from the front of the arguments. Asking for help is
// no action.
func actionOf(args []string) (string, []string) {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return "", args
	}
	return args[0], args[1:]
}

func (r *remote) openCase(ctx context.Context, file string) error {
	answers := map[string]any{}
	if err := readFile(file, &answers); err != nil {
		return err
	}
	var out struct {
		CaseID string `json:"case_id"`
	}
	call := client.Call{
		Method: "POST", Path: "/api/v1/cases", Key: client.NewKey(), Body: map[string]any{"answers": answers},
	}
	if err := r.call(ctx, call, &out, func() { fmt.Fprintf(r.stdout, "Draft %s is open.\n", out.CaseID) }); err != nil || r.asJSON {
		return err
	}
	return r.showIntake(ctx, out.CaseID)
}

func (r *remote) saveCase(ctx context.Context, id, file string) error {
	answers := map[string]any{}
	if err := readFile(file, &answers); err != nil {
		return err
	}
	path := casePath(id) + "/intake"
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: path}, nil)
	if err != nil {
		return r.explain(err)
	}
	call := client.Call{Method: "PUT", Path: path, IfMatch: now.ETag(), Body: map[string]any{"answers": answers}}
	var in shownIntake
	return r.call(ctx, call, &in, func() { r.printIntake(id, in) })
}

func (r *remote) showIntake(ctx context.Context, id string) error {
	var in shownIntake
	return r.get(ctx, casePath(id)+"/intake", &in, func() { r.printIntake(id, in) })
}

func (r *remote) printIntake(id string, in shownIntake) {
	for _, c := range in.Similar {
		fmt.Fprintf(r.stdout, "There is a similar case already: %s %s (%s)\n", c.RegistryNo, c.Title, c.StateLabel)
	}
	if len(in.Missing) == 0 {
		fmt.Fprintf(r.stdout, "Nothing is missing. Hand it in with: sluss case submit %s\n", id)
		return
	}
	fmt.Fprintf(r.stdout, "Still missing (form %s):\n", in.Form)
	for _, m := range in.Missing {
		fmt.Fprintf(r.stdout, "  %-34s %s\n", strings.TrimPrefix(m.Pointer, "/answers/"), m.Message)
	}
}

func (r *remote) submitCase(ctx context.Context, id string) error {
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: casePath(id)}, nil)
	if err != nil {
		return r.explain(err)
	}
	var in shownIntake
	if _, err := r.client.Do(ctx, client.Call{Method: "GET", Path: casePath(id) + "/intake"}, &in); err != nil {
		return r.explain(err)
	}
	call := client.Call{
		Method: "POST", Path: casePath(id) + "/submissions", Key: client.NewKey(), IfMatch: now.ETag(),
		Body: map[string]any{"stage": "intake", "revision": in.Revision},
	}
	if r.asJSON {
		return r.call(ctx, call, nil, func() {})
	}
	if _, err := r.client.Do(ctx, call, nil); err != nil {
		return r.explain(err)
	}
	return r.showCase(ctx, id)
}

// actOnCase does an act on the case as a whole and shows where it then stands.
func (r *remote) actOnCase(ctx context.Context, id, act, reason string) error {
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: casePath(id)}, nil)
	if err != nil {
		return r.explain(err)
	}
	call := client.Call{
		Method: "POST", Path: casePath(id) + "/" + act, Key: client.NewKey(), IfMatch: now.ETag(),
		Body: map[string]any{"reason": reason},
	}
	if _, err := r.client.Do(ctx, call, nil); err != nil {
		return r.explain(err)
	}
	return r.showCase(ctx, id)
}

// shownDecision is what the command line shows of a decision.
type shownDecision struct {
	Outcome         string   `json:"outcome"`
	Stage           string   `json:"stage"`
	Motivation      string   `json:"motivation"`
	ReasonCodes     []string `json:"reason_codes"`
	PathForwardText string   `json:"path_forward_text"`
}

func (r *remote) showCase(ctx context.Context, id string) error {
	var c shownCase
	if err := r.get(ctx, casePath(id), &c, func() { r.printCase(c) }); err != nil || r.asJSON {
		return err
	}
	if c.State != "RETURNED" && c.State != "REJECTED" {
		return nil
	}
	var page struct {
		Items []shownDecision `json:"items"`
	}
	return r.get(ctx, casePath(id)+"/decisions?limit=100", &page, func() { r.printReasons(page.Items) })
}

// printReasons says why the case came back or was turned down last, and how to go
// on.
func (r *remote) printReasons(decisions []shownDecision) {
	for _, d := range slices.Backward(decisions) {
		if d.Outcome == "return" || d.Outcome == "reject" {
			fmt.Fprintf(r.stdout, "\n%s, %s: %s %s\n  %s\n", d.Stage, d.Outcome, strings.Join(d.ReasonCodes, ", "), d.Motivation, d.PathForwardText)
			return
		}
	}
}

func casePath(id string) string { return "/api/v1/cases/" + url.PathEscape(id) }

func (r *remote) printCase(c shownCase) {
	fmt.Fprintf(r.stdout, "%s  %s\n%s (%s)\n", c.Title, c.RegistryNo, c.StateLabel, c.State)
	if c.Triage == nil {
		return
	}
	if c.IPL != nil {
		fmt.Fprintf(r.stdout, "Tier %s, protection level %d, AI Act class %s\n", c.Tier, *c.IPL, c.AIActClass)
	}
	for _, f := range c.Triage.Rules {
		if slices.Contains(c.HardStops, f.ID) || slices.Contains(c.Blockers, f.ID) {
			fmt.Fprintf(r.stdout, "\n%s %s [%s]\n  %s\n", f.ID, f.Text, f.Source, f.PathForward)
		}
	}
	for _, f := range c.Triage.Warnings {
		fmt.Fprintf(r.stdout, "\n%s %s [%s]\n", f.ID, f.Text, f.Source)
	}
	fmt.Fprintln(r.stdout)
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	for _, st := range c.Stages {
		if st.Status == "not_required" {
			continue
		}
		due := ""
		if st.Due != nil {
			due = st.Due.Local().Format(time.DateOnly)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", st.Label, st.Requirement, st.Status, st.ResultLabel, st.AssigneeRole, due)
	}
	_ = w.Flush()
}

func (r *remote) listCases(ctx context.Context, state, query string) error {
	var page struct {
		Items []shownCase `json:"items"`
	}
	q := url.Values{"limit": {"100"}}
	if state != "" {
		q.Set("state", state)
	}
	if query != "" {
		q.Set("q", query)
	}
	return r.get(ctx, "/api/v1/cases?"+q.Encode(), &page, func() {
		if len(page.Items) == 0 {
			fmt.Fprintln(r.stdout, "No cases.")
			return
		}
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, c := range page.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.CaseID, c.RegistryNo, c.State, c.Tier, c.Title)
		}
		_ = w.Flush()
	})
}
