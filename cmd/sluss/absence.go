package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"

	"sluss/api/client"
	"sluss/model/lang"
)

const absenceAbout = `Note who is away and who answers for them meanwhile, over the API. Nobody is asked
why. Without a deputy, new tasks lie open to everybody of the person's role.

Usage:
  sluss absence list [--all]               yours, and everybody's for administrators
  sluss absence note --from-day DAY --until-day DAY [--deputy PERSON [--roles ROLE,ROLE]]
                                           note it; administrators add --person PERSON
                                           to note somebody else's
  sluss absence check ...                  the same, without noting it: where the deputy
                                           cannot answer, and what would wait
  sluss absence end ID                     end it before its time
  sluss absence waiting                    the tasks that wait for somebody who is away`

// shownAbsence is what the command line shows of an absence.
type shownAbsence struct {
	ID         string                `json:"absence_id"`
	Person     struct{ Name string } `json:"person"`
	FromDay    string                `json:"from_day"`
	UntilDay   string                `json:"until_day"`
	Delegation *shownDelegation      `json:"delegation"`
}

func absenceCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var all bool
	body := map[string]any{}
	action, args := actionOf(args)
	rest, err := r.parse("absence "+action, absenceAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.BoolVar(&all, "all", false, "also those that are over")
		fs.Func("roles", "the roles in which the deputy answers, with commas between them; all when left out", func(v string) error {
			body["roles"] = strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == ' ' })
			return nil
		})
		for name, about := range map[string]string{
			"person": "who is away, by id or user name; yourself when left out", "deputy": "who answers meanwhile, by id or user name",
			"from-day": "first day, such as 2026-12-01", "until-day": "last day",
		} {
			fs.Func(name, about, func(v string) error {
				body[strings.ReplaceAll(name, "-", "_")] = v
				return nil
			})
		}
	})
	if err != nil {
		return err
	}
	want, known := map[string]int{"list": 0, "note": 0, "check": 0, "end": 1, "waiting": 0}[action]
	if !known || len(rest) != want {
		fmt.Fprintln(stderr, absenceAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	const path = "/api/v1/absences"
	switch action {
	case "list":
		return r.listAbsences(ctx, fmt.Sprintf("%s?limit=100&all=%t", path, all))
	case "check":
		return r.checkAbsence(ctx, path+"/preview", body)
	case "end":
		return r.noteAbsence(ctx, path+"/"+url.PathEscape(rest[0])+"/end", nil)
	case "waiting":
		return r.listWaiting(ctx)
	}
	return r.noteAbsence(ctx, path, body)
}

func (r *remote) noteAbsence(ctx context.Context, path string, body any) error {
	var a shownAbsence
	return r.call(ctx, client.Call{Method: "POST", Path: path, Key: client.NewKey(), Body: body}, &a, func() { r.printAbsences(a) })
}

func (r *remote) listAbsences(ctx context.Context, path string) error {
	return getList(ctx, r, path, lang.Text{SV: "Ingen är borta.\n", EN: "Nobody is away.\n"}, func(all []shownAbsence) { r.printAbsences(all...) })
}

func (r *remote) checkAbsence(ctx context.Context, path string, body any) error {
	var p struct {
		Absence shownAbsence  `json:"absence"`
		VoidIn  []shownVoid   `json:"void_in"`
		Waiting []shownWaiter `json:"waiting"`
	}
	return r.call(ctx, client.Call{Method: "POST", Path: path, Body: body}, &p, func() {
		r.printAbsences(p.Absence)
		if len(p.VoidIn) > 0 {
			r.tell("Ersättaren kan inte svara i:\n", "The deputy cannot answer in:\n")
			r.printVoid(p.VoidIn)
		}
		if len(p.Waiting) == 0 {
			r.tell("Ingen uppgift blir liggande.\n", "No task would wait.\n")
			return
		}
		r.tell("Blir liggande, om ingen får dem i stället:\n", "Would wait, unless somebody else is given them:\n")
		r.printWaiting(p.Waiting)
	})
}

// shownWaiter is a task that waits for somebody who is away.
type shownWaiter struct {
	TaskID     string                `json:"task_id"`
	StageLabel string                `json:"stage_label"`
	CaseTitle  string                `json:"case_title"`
	Assignee   struct{ Name string } `json:"assignee"`
	AwayUntil  string                `json:"away_until"`
}

func (r *remote) listWaiting(ctx context.Context) error {
	none := lang.Text{SV: "Inget väntar på någon som är borta.\n", EN: "Nothing waits for somebody who is away.\n"}
	return getList(ctx, r, "/api/v1/tasks?limit=100&assignee=away", none, r.printWaiting)
}

func (r *remote) printWaiting(tasks []shownWaiter) {
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	for _, t := range tasks {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.TaskID, t.Assignee.Name, t.AwayUntil, t.StageLabel, t.CaseTitle)
	}
	_ = w.Flush()
}

func (r *remote) printAbsences(all ...shownAbsence) {
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	for _, a := range all {
		deputy, roles := "", ""
		if d := a.Delegation; d != nil {
			deputy, roles = d.To.Name, strings.Join(d.RoleLabels, ", ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.FromDay, a.UntilDay, a.Person.Name, deputy, roles)
	}
	_ = w.Flush()
}
