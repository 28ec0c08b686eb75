package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

const caseAbout = `Cases, over the API.

Usage:
  sluss case open --file INTAKE.yaml     open a draft with these answers
  sluss case save ID --file INTAKE.yaml  replace the draft's answers; people and unit
                                         that the file does not name stay
  sluss case submit ID                   hand the draft to the reviewers
  sluss case show ID                     where a case stands, why, what stops it, who has it
  sluss case list                        the cases that you may read
  sluss case activate ID                 bring an approved case into use
  sluss case withdraw ID --reason TEXT   end a case of yours before it is in use
  sluss case consult ID                  the prior consultation of a case: what has happened,
                                         and when the authority's time ends
  sluss case consult ID --event EVENT --date DAY [--text TEXT] [--authority TEXT] [--complete]
                                         record an event of it; EVENT is submitted (with
                                         --complete: all of GDPR 36(3) a to e goes along),
                                         received, extension_notified, info_requested,
                                         info_delivered, advice_received, powers_used,
                                         withdrawn or period_ended
  sluss case re-examine ID --reason TEXT have a stop by rule or a rejection looked at again
  sluss case interim ID --until DATE --ipl N --use TEXT --authority TEXT --reason TEXT
                                         allow an existing tool meanwhile, as information
                                         owner or CISO; --use may stand several times
  sluss case override ID --use TEXT --authority TEXT --reason TEXT
                                         as head of the unit, begin to set the CISO's
                                         rejection aside
` + inUseAbout + bundleAbout + `
INTAKE.yaml has one line for each answer, by the names that
` + "`sluss rulebook show`" + ` lists: "title: Transkribering i socialtjänsten".
` + "`sluss rulebook show NAME`" + ` explains one and gives an example.`

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
	Conditions struct {
		Total         int `json:"total"`
		Open          int `json:"open"`
		OpenBeforeUse int `json:"open_before_use"`
	} `json:"conditions"`
	ValidUntil string       `json:"valid_until"`
	Use        *usedNow     `json:"use"`
	Triage     *shownTriage `json:"triage"`
	HardStops  []string     `json:"hard_stops"`
	Blockers   []string     `json:"blockers"`
}

// shownIntake is what the command line shows of a draft.
type shownIntake struct {
	// State is that of the case, where it may be in use.
	State    model.CaseState `json:"-"`
	Revision int             `json:"revision"`
	Answers  map[string]any  `json:"answers"`
	Form     string          `json:"form"`
	// Checked is the form that Missing is measured by.
	Checked string         `json:"checked_form"`
	Missing []client.Fault `json:"missing"`
	Triage  *shownTriage   `json:"triage"`
	Similar []struct {
		RegistryNo string `json:"registry_no"`
		Title      string `json:"title"`
		StateLabel string `json:"state_label"`
	} `json:"similar"`
}

func caseCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var file, state, query string
	var event consultationEvent
	var said caseWords
	var inUse actInUse
	action, args := actionOf(args)
	switch action {
	case "export":
		return caseExport(ctx, args, stdout, stderr)
	case "verify":
		return caseVerify(args, stdout, stderr)
	}
	rest, err := r.parse("case "+action, caseAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&file, "file", "", "`file` with the answers of the intake, YAML or JSON; - is standard input")
		fs.StringVar(&state, "state", "", "list only cases in this `state`, such as CISO_REVIEW")
		event.flags(fs)
		inUse.flags(fs)
		fs.StringVar(&query, "q", "", "list only cases with these `words` in title or registry number")
		said.flags(fs)
	})
	if err != nil {
		return err
	}
	if action == "" {
		fmt.Fprintln(stderr, caseAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	act, body, complete := said.act(action)
	event.DecisionAuthority = said.authority
	switch {
	case complete && len(rest) == 1:
		return r.actOnCase(ctx, rest[0], act, body)
	case action == "open" && len(rest) == 0 && file != "":
		return r.openCase(ctx, file)
	case action == "save" && len(rest) == 1 && file != "":
		return r.saveCase(ctx, rest[0], file)
	case action == "submit" && len(rest) == 1:
		return r.submitCase(ctx, rest[0])
	case action == "show" && len(rest) == 1:
		return r.showCase(ctx, rest[0])
	case actsInUse[action] != "" && len(rest) == 1 && said.reason != "":
		return r.actOnCase(ctx, rest[0], actsInUse[action], inUse.body(action, said.reason))
	case action == "consult" && len(rest) == 1 && event.Event == "":
		return r.showConsultation(ctx, rest[0])
	case action == "consult" && len(rest) == 1 && event.Date != "":
		return r.consult(ctx, rest[0], event)
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
	if err := readAnswers(r.book, file, &answers); err != nil {
		return err
	}
	var out struct {
		CaseID string `json:"case_id"`
	}
	call := client.Call{
		Method: "POST", Path: "/api/v1/cases", Key: client.NewKey(), Body: map[string]any{"answers": answers},
	}
	if err := r.call(ctx, call, &out, func() { r.tell("Utkastet %s är öppet.\n", "Draft %s is open.\n", out.CaseID) }); err != nil || r.asJSON {
		return err
	}
	return r.showIntake(ctx, out.CaseID)
}

func (r *remote) saveCase(ctx context.Context, id, file string) error {
	answers := map[string]any{}
	if err := readAnswers(r.book, file, &answers); err != nil {
		return err
	}
	path := casePath(id) + "/intake"
	var draft shownIntake
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: path}, &draft)
	if err != nil {
		return r.explain(err)
	}
	keepRefs(answers, draft.Answers)
	var c struct {
		State model.CaseState `json:"state"`
	}
	if _, err := r.client.Do(ctx, client.Call{Method: "GET", Path: casePath(id)}, &c); err != nil {
		return r.explain(err)
	}
	call := client.Call{Method: "PUT", Path: path, IfMatch: now.ETag(), Body: map[string]any{"answers": answers}}
	in := shownIntake{State: c.State}
	return r.call(ctx, call, &in, func() { r.printIntake(id, in) })
}

// keepRefs keeps the people and the unit of a draft that a file does not name: they
// are proposed when the draft is opened.
func keepRefs(answers, draft map[string]any) {
	for _, f := range rulebook.Default().Fields() {
		if _, named := answers[f.ID]; !named && f.Type == "ref" && draft[f.ID] != nil {
			answers[f.ID] = draft[f.ID]
		}
	}
}

func (r *remote) showIntake(ctx context.Context, id string) error {
	var in shownIntake
	return r.get(ctx, casePath(id)+"/intake", &in, func() { r.printIntake(id, in) })
}

func (r *remote) printIntake(id string, in shownIntake) {
	for _, c := range in.Similar {
		r.tell("Det finns redan ett liknande ärende: %s %s (%s)\n", "There is a similar case already: %s %s (%s)\n",
			c.RegistryNo, c.Title, c.StateLabel)
	}
	r.tell("Formulär: %s (%s)\n", "Form: %s (%s)\n", in.Checked, r.label("intake_form", in.Checked))
	if in.Form != in.Checked {
		r.tell("Inget formulär är valt. Svaren hittills räcker för %s (%s): skriv intake_form: %[1]s\n",
			"No form is chosen. The answers so far do with %s (%s): write intake_form: %[1]s\n", in.Form, r.label("intake_form", in.Form))
	}
	if in.Triage != nil {
		r.tell("Med svaren hittills:\n", "With the answers so far:\n")
		r.printClass(in.Triage)
		r.printStops(in.Triage, append(in.Triage.Result.HardStops, in.Triage.Result.Blockers...)...)
		fmt.Fprintln(r.stdout)
	}
	if len(in.Missing) == 0 {
		r.tellHandIn(id, in.State, in.Revision)
		return
	}
	fmt.Fprint(r.stdout, faultsText(in.Missing, r.book, r.lang))
	r.tell("Rätta och fyll i filen, och spara med: sluss case save %s --file FIL\n",
		"Correct and complete the file, and save it with: sluss case save %s --file FILE\n", id)
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
func (r *remote) actOnCase(ctx context.Context, id, act string, body any) error {
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: casePath(id)}, nil)
	if err != nil {
		return r.explain(err)
	}
	call := client.Call{
		Method: "POST", Path: casePath(id) + "/" + act, Key: client.NewKey(), IfMatch: now.ETag(), Body: body,
	}
	if _, err := r.client.Do(ctx, call, nil); err != nil {
		return r.withConditions(id, r.explain(err))
	}
	return r.showCase(ctx, id)
}

// withConditions says where the conditions are that keep a case from use.
func (r *remote) withConditions(id string, err error) error {
	var p *client.Problem
	if !errors.As(err, &p) || p.Code != "conditions_open" {
		return err
	}
	return fmt.Errorf("%w\n"+lang.Text{SV: "`sluss condition list %s` räknar upp dem", EN: "`sluss condition list %s` lists them"}.In(r.lang), err, id)
}

// shownDecision is what the command line shows of a decision.
type shownDecision struct {
	Outcome         string   `json:"outcome"`
	Stage           string   `json:"stage"`
	Motivation      string   `json:"motivation"`
	ReasonCodes     []string `json:"reason_codes"`
	PathForwardText string   `json:"path_forward_text"`
	Decider         struct {
		Name string `json:"name"`
	} `json:"decider"`
	For *struct {
		Label string `json:"label"`
	} `json:"for"`
}

func (r *remote) showCase(ctx context.Context, id string) error {
	var c shownCase
	if err := r.get(ctx, casePath(id), &c, func() { r.printCase(c) }); err != nil || r.asJSON {
		return err
	}
	switch c.State {
	case "DRAFT":
		return r.showIntake(ctx, id)
	case "RETURNED", "REJECTED":
	default:
		return nil
	}
	var page struct {
		Items []shownDecision `json:"items"`
	}
	err := r.get(ctx, casePath(id)+"/decisions?limit=100", &page, func() { r.printReasons(page.Items) })
	if err == nil && c.State == "RETURNED" {
		r.tell("\nÄndra svaren med `sluss case save %s --file FIL` och skicka in igen med `sluss case submit %[1]s`.\n",
			"\nChange the answers with `sluss case save %s --file FILE` and hand in again with `sluss case submit %[1]s`.\n", id)
	}
	return err
}

// printReasons says why the case came back or was turned down last, and how to go
// on.
func (r *remote) printReasons(decisions []shownDecision) {
	for _, d := range slices.Backward(decisions) {
		if d.Outcome == "return" || d.Outcome == "reject" {
			fmt.Fprintf(r.stdout, "\n%s, %s: %s %s\n  %s\n", d.Stage, d.Outcome, strings.Join(d.ReasonCodes, ", "), d.Motivation, d.PathForwardText)
			if d.For != nil {
				fmt.Fprintf(r.stdout, "  %s, %s\n", d.Decider.Name, d.For.Label)
			}
			return
		}
	}
}

func casePath(id string) string { return "/api/v1/cases/" + url.PathEscape(id) }

func (r *remote) printCase(c shownCase) {
	fmt.Fprintf(r.stdout, "%s  %s\n%s (%s)\n", c.Title, c.RegistryNo, c.StateLabel, c.State)
	r.printMayBeUsed(c)
	if c.Triage == nil {
		return
	}
	r.printClass(c.Triage)
	r.printStops(c.Triage, append(c.HardStops, c.Blockers...)...)
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
	if n := c.Conditions; n.Total > 0 {
		r.tell("\nVillkor: %d, öppna: %d, varav före användning: %d. `sluss condition list %s` räknar upp dem.\n",
			"\nConditions: %d, of which %d are open, %d of them before use. `sluss condition list %s` lists them.\n",
			n.Total, n.Open, n.OpenBeforeUse, c.CaseID)
	}
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
			r.tell("Inga ärenden.\n", "No cases.\n")
			return
		}
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, c := range page.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.CaseID, c.RegistryNo, c.State, c.Tier, c.Title)
		}
		_ = w.Flush()
	})
}
