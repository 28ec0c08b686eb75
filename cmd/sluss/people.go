package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"sluss/model/lang"
)

const unitAbout = `The units of the organisation, over the API.

Usage:
  sluss unit list      code, profile and name; answers name a unit by its code`

const personAbout = `The people of the organisation, over the API.

Usage:
  sluss person list    user name, unit, name, roles and who is away; answers name a person by the user name`

func unitCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return listCommand(ctx, "unit", unitAbout, args, stdout, stderr, (*remote).listUnits)
}

func personCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return listCommand(ctx, "person", personAbout, args, stdout, stderr, (*remote).listPeople)
}

// listCommand runs a command whose one action is list.
func listCommand(ctx context.Context, name, about string, args []string, stdout, stderr io.Writer, list func(*remote, context.Context) error) error {
	var r remote
	action, args := actionOf(args)
	rest, err := r.parse(name+" "+action, about, args, stdout, stderr)
	if err != nil {
		return err
	}
	if action != "list" || len(rest) > 0 {
		fmt.Fprintln(stderr, about)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	return list(&r, ctx)
}

func (r *remote) listUnits(ctx context.Context) error {
	var page struct {
		Items []struct {
			Code    string `json:"code"`
			Name    string `json:"name"`
			Profile string `json:"profile"`
		} `json:"items"`
	}
	return r.get(ctx, "/api/v1/units?limit=100", &page, func() {
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, u := range page.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\n", u.Code, u.Profile, u.Name)
		}
		_ = w.Flush()
	})
}

// shownPerson is what the command line shows of a person.
type shownPerson struct {
	User      string   `json:"user"`
	Name      string   `json:"name"`
	Roles     []string `json:"roles"`
	OrgUnit   string   `json:"org_unit"`
	AwayUntil string   `json:"away_until"`
}

func (r *remote) listPeople(ctx context.Context) error {
	return getList(ctx, r, "/api/v1/people?limit=100", lang.Text{}, func(all []shownPerson) {
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, p := range all {
			away := ""
			if p.AwayUntil != "" {
				away = lang.Text{SV: "borta t.o.m. ", EN: "away until "}.In(r.lang) + p.AwayUntil
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.User, p.OrgUnit, p.Name, strings.Join(p.Roles, ", "), away)
		}
		_ = w.Flush()
	})
}
