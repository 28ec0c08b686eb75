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

const delegationAbout = `Let somebody answer for you for a time, over the API. Whatever they decide is signed
by them for you. What a case keeps apart stays apart: there a delegation is void.

Usage:
  sluss delegation list [--all]            yours, and everybody's for administrators
  sluss delegation make --to PERSON --roles ROLE,ROLE --from-day DAY --until-day DAY
                                           give it; administrators add --from PERSON
                                           and --reason TEXT to give somebody else's
  sluss delegation check ...               the same, without giving it: for which open
                                           cases it would be void, and by which rule
  sluss delegation end ID                  end it before its time

--unit and --case narrow it to the cases of a unit, or to one case.`

// shownDelegation is what the command line shows of a delegation.
type shownDelegation struct {
	ID         string                `json:"delegation_id"`
	From       struct{ Name string } `json:"from"`
	To         struct{ Name string } `json:"to"`
	RoleLabels []string              `json:"role_labels"`
	FromDay    string                `json:"from_day"`
	UntilDay   string                `json:"until_day"`
	EndedAt    string                `json:"ended_at"`
}

func delegationCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var all bool
	var roles string
	body := map[string]any{}
	action, args := actionOf(args)
	rest, err := r.parse("delegation "+action, delegationAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.BoolVar(&all, "all", false, "also those that have ended")
		fs.StringVar(&roles, "roles", "", "the roles, with commas between them")
		for name, about := range map[string]string{
			"from": "whose roles, by id or user name; yourself when left out", "to": "the deputy, by id or user name",
			"unit": "only for the cases of this unit, by id or code", "case": "only for this case",
			"from-day": "first day, such as 2026-12-01", "until-day": "last day", "reason": "why, when it is for somebody else",
		} {
			fs.Func(name, about, func(v string) error {
				field := strings.ReplaceAll(name, "-", "_")
				if name == "unit" || name == "case" {
					field += "_id"
				}
				body[field] = v
				return nil
			})
		}
	})
	if err != nil {
		return err
	}
	want, known := map[string]int{"list": 0, "make": 0, "check": 0, "end": 1}[action]
	if !known || len(rest) != want {
		fmt.Fprintln(stderr, delegationAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	const path = "/api/v1/delegations"
	body["roles"] = strings.FieldsFunc(roles, func(c rune) bool { return c == ',' || c == ' ' })
	switch action {
	case "list":
		return r.listDelegations(ctx, fmt.Sprintf("%s?limit=100&all=%t", path, all))
	case "check":
		return r.checkDelegation(ctx, path+"/preview", body)
	case "end":
		return r.delegate(ctx, path+"/"+url.PathEscape(rest[0])+"/end", nil)
	}
	return r.delegate(ctx, path, body)
}

func (r *remote) delegate(ctx context.Context, path string, body any) error {
	var d shownDelegation
	return r.call(ctx, client.Call{Method: "POST", Path: path, Key: client.NewKey(), Body: body}, &d, func() { r.printDelegations(d) })
}

func (r *remote) listDelegations(ctx context.Context, path string) error {
	return getList(ctx, r, path, lang.Text{SV: "Inga ersättare.\n", EN: "No delegations.\n"}, func(all []shownDelegation) { r.printDelegations(all...) })
}

func (r *remote) checkDelegation(ctx context.Context, path string, body any) error {
	var p struct {
		Delegation shownDelegation `json:"delegation"`
		VoidIn     []shownVoid     `json:"void_in"`
	}
	return r.call(ctx, client.Call{Method: "POST", Path: path, Body: body}, &p, func() {
		r.printDelegations(p.Delegation)
		if len(p.VoidIn) == 0 {
			r.tell("Gäller för alla öppna ärenden som du kan läsa.\n", "Holds for every open case that you may read.\n")
			return
		}
		r.tell("Gäller inte för:\n", "Void for:\n")
		r.printVoid(p.VoidIn)
	})
}

// shownVoid is an open case in which a deputy cannot answer, and why.
type shownVoid struct {
	CaseID     string `json:"case_id"`
	RegistryNo string `json:"registry_no"`
	CaseTitle  string `json:"case_title"`
	Rule       string `json:"rule"`
}

func (r *remote) printVoid(cases []shownVoid) {
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	for _, v := range cases {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", v.Rule, v.CaseID, v.RegistryNo, v.CaseTitle)
	}
	_ = w.Flush()
}

func (r *remote) printDelegations(all ...shownDelegation) {
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	for _, d := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.FromDay, d.UntilDay, d.From.Name, d.To.Name, strings.Join(d.RoleLabels, ", "))
	}
	_ = w.Flush()
}
