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
	"sluss/model/lang"
)

const incidentAbout = `Incidents, over the API.

Usage:
  sluss incident report --category CODE --severity LEVEL --personal-data yes|no|unsure
        --description TEXT [--case CASE | --tool NAME] [--unit CODES]
                           report one; everybody may
  sluss incident list      those that concern you, the latest first
  sluss incident show ID   what happened, what is to be done until when, what was decided
  sluss incident decide TASK --outcome OUTCOME --motivation TEXT
                           answer one of its tasks, as ` + "`sluss task decide`" + ` does; --serious and
                           --significant-at belong to two of them
  sluss incident close ID --lessons TEXT [--reassess STAGES]
                           close it, and have the case assessed again (RA-06)

` + "`sluss rulebook show incident_category`" + ` lists the categories. Times are 2026-11-22T10:00:00+01:00.`

// shownIncident is what the command line shows of an incident.
type shownIncident struct {
	IncidentID    string      `json:"incident_id"`
	StateLabel    string      `json:"state_label"`
	CategoryLabel string      `json:"category_label"`
	SeverityLabel string      `json:"severity_label"`
	PersonalData  string      `json:"personal_data"`
	CaseID        string      `json:"case_id"`
	ToolName      string      `json:"tool_name"`
	Description   string      `json:"description"`
	ReportedAt    time.Time   `json:"reported_at"`
	AwareAt       time.Time   `json:"aware_at"`
	RiskLabel     string      `json:"risk_assessment_label"`
	Significant   string      `json:"csl_significant"`
	Tasks         []shownTask `json:"tasks"`
	Decisions     []struct {
		OutcomeLabel string    `json:"outcome_label"`
		Role         string    `json:"role"`
		DecidedAt    time.Time `json:"decided_at"`
	} `json:"decisions"`
	Lessons string `json:"lessons"`
}

// incidentFlags are the parts of a report, and of what follows it.
type incidentFlags struct {
	category, severity, personalData, description, caseID, tool, units, ref string
	occurred, aware, lessons, reassess, serious, significantAt              string
	decision                                                                decisionFlags
}

func (f *incidentFlags) declare(fs *flag.FlagSet) {
	fs.StringVar(&f.category, "category", "", "`code` of the category")
	fs.StringVar(&f.severity, "severity", "", "low, medium, high or critical")
	fs.StringVar(&f.personalData, "personal-data", "", "yes, no or unsure")
	fs.StringVar(&f.description, "description", "", "what `happened`")
	fs.StringVar(&f.caseID, "case", "", "`id` of the case that it concerns")
	fs.StringVar(&f.tool, "tool", "", "`name` of the tool, where there is no case")
	fs.StringVar(&f.units, "unit", "", "`codes` of the affected units, with commas")
	fs.StringVar(&f.ref, "ref", "", "`reference` in the organisation's own incident system")
	fs.StringVar(&f.occurred, "occurred-at", "", "`time` when it happened")
	fs.StringVar(&f.aware, "aware-at", "", "`time` when the organisation became aware (default: now)")
	fs.StringVar(&f.lessons, "lessons", "", "what was `learnt`")
	fs.StringVar(&f.reassess, "reassess", "", "`stages` of the case that are affected, with commas (RA-06)")
	fs.StringVar(&f.serious, "serious", "", "serious, widespread or death, with the assessment of a high-risk system")
	fs.StringVar(&f.significantAt, "significant-at", "", "`time` since when it is known to be significant")
	fs.StringVar(&f.decision.outcome, "outcome", "", "one of the task's `outcomes`")
	fs.StringVar(&f.decision.motivation, "motivation", "", "the `reasons` for the decision")
	fs.StringVar(&f.decision.authority, "authority", "", "the `delegation` that the decision rests on")
}

func incidentCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var f incidentFlags
	action, args := actionOf(args)
	rest, err := r.parse("incident "+action, incidentAbout, args, stdout, stderr, f.declare)
	if err != nil {
		return err
	}
	if action == "" {
		fmt.Fprintln(stderr, incidentAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	switch {
	case action == "report" && len(rest) == 0:
		return r.reportIncident(ctx, f)
	case action == "list" && len(rest) == 0:
		return r.listIncidents(ctx)
	case action == "show" && len(rest) == 1:
		return r.showIncident(ctx, rest[0])
	case action == "decide" && len(rest) == 1 && f.decision.outcome != "":
		return r.decideIncident(ctx, rest[0], f)
	case action == "close" && len(rest) == 1 && f.lessons != "":
		return r.closeIncident(ctx, rest[0], f)
	}
	fmt.Fprintln(stderr, incidentAbout)
	return errUsage
}

func incidentPathOf(id string) string { return "/api/v1/incidents/" + url.PathEscape(id) }

func (r *remote) reportIncident(ctx context.Context, f incidentFlags) error {
	body := map[string]any{}
	for name, value := range map[string]string{
		"category": f.category, "severity": f.severity, "personal_data": f.personalData, "description": f.description,
		"case_id": f.caseID, "tool_name": f.tool, "external_incident_ref": f.ref, "occurred_at": f.occurred, "aware_at": f.aware,
	} {
		if value != "" {
			body[name] = value
		}
	}
	if f.units != "" {
		body["affected_unit_ids"] = strings.Split(f.units, ",")
	}
	var receipt struct {
		IncidentID string `json:"incident_id"`
	}
	call := client.Call{Method: "POST", Path: "/api/v1/incidents", Key: client.NewKey(), Body: body}
	return r.call(ctx, call, &receipt, func() {
		r.tell("Incidenten är rapporterad: %s\n", "The incident is reported: %s\n", receipt.IncidentID)
	})
}

func (r *remote) listIncidents(ctx context.Context) error {
	var page struct {
		Items []shownIncident `json:"items"`
	}
	return r.get(ctx, "/api/v1/incidents?limit=100", &page, func() {
		if len(page.Items) == 0 {
			r.tell("Inga incidenter.\n", "No incidents.\n")
			return
		}
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, i := range page.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", i.IncidentID, i.ReportedAt.Local().Format(time.DateOnly), i.StateLabel, i.SeverityLabel, i.CategoryLabel)
		}
		_ = w.Flush()
	})
}

func (r *remote) showIncident(ctx context.Context, id string) error {
	var i shownIncident
	return r.get(ctx, incidentPathOf(id), &i, func() { r.printIncident(i) })
}

func (r *remote) printIncident(i shownIncident) {
	fmt.Fprintf(r.stdout, "%s, %s: %s\n%s\n", i.CategoryLabel, strings.ToLower(i.SeverityLabel), i.StateLabel, i.Description)
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	line := func(sv, en, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %s\t%s\n", lang.Text{SV: sv, EN: en}.In(r.lang), value)
		}
	}
	line("Rapporterad", "Reported", clockTime(i.ReportedAt))
	line("Vetskap", "Aware since", clockTime(i.AwareAt))
	line("Personuppgifter", "Personal data", i.PersonalData)
	line("Ärende", "Case", i.CaseID)
	line("Verktyg", "Tool", i.ToolName)
	line("Risk", "Risk", i.RiskLabel)
	line("Betydande enligt cybersäkerhetslagen", "Significant under the Cybersecurity Act", i.Significant)
	line("Lärdomar", "Lessons", i.Lessons)
	_ = w.Flush()
	fmt.Fprintln(r.stdout)
	w = tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	for _, t := range i.Tasks {
		due := ""
		if t.Due != nil && t.Status == "open" {
			due = clockTime(*t.Due)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.TaskID, t.Kind, t.Role, cmp.Or(t.Outcome, t.Status), due)
	}
	_ = w.Flush()
}

// clockTime is a time as people read it, where they are.
func clockTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

func (r *remote) decideIncident(ctx context.Context, id string, f incidentFlags) error {
	var t shownTask
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: taskPath(id)}, &t)
	if err != nil {
		return r.explain(err)
	}
	if t.IncidentID == "" {
		return errors.New(lang.Text{
			SV: "uppgiften hör inte till en incident; svara med `sluss task decide`",
			EN: "the task belongs to no incident; answer with `sluss task decide`"}.In(r.lang))
	}
	body, err := f.decision.body(r, t)
	if err != nil {
		return err
	}
	answers := map[string]any{}
	for name, value := range map[string]string{"serious_incident": f.serious, "significant_at": f.significantAt} {
		if value != "" {
			answers[name] = value
		}
	}
	if len(answers) > 0 {
		body["answers"] = answers
	}
	call := client.Call{Method: "POST", Path: taskPath(id) + "/decision", Key: client.NewKey(), IfMatch: now.ETag(), Body: body}
	if r.asJSON {
		return r.call(ctx, call, nil, func() {})
	}
	if _, err := r.client.Do(ctx, call, nil); err != nil {
		return r.explain(err)
	}
	return r.showIncident(ctx, t.IncidentID)
}

func (r *remote) closeIncident(ctx context.Context, id string, f incidentFlags) error {
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: incidentPathOf(id)}, nil)
	if err != nil {
		return r.explain(err)
	}
	body := map[string]any{"lessons": f.lessons}
	if f.reassess != "" {
		body["triggers"], body["stages"] = []string{"RA-06"}, strings.Split(f.reassess, ",")
	}
	call := client.Call{Method: "POST", Path: incidentPathOf(id) + "/closing", Key: client.NewKey(), IfMatch: now.ETag(), Body: body}
	return r.call(ctx, call, nil, func() {
		r.tell("Incidenten är avslutad.\n", "The incident is closed.\n")
	})
}
