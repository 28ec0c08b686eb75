//go:build linux && !slim

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"text/tabwriter"

	"sluss/api/client"
	"sluss/model"
)

// filters are those of the list of cases, each as it finds many cases of a town and
// as it finds few or none.
var filters = []string{
	"state=MANAGER_REVIEW", "state=REJECTED", "stage=ciso", "stage=dpia", "role=ciso", "role=auditor", "assignee=me", "org_unit=unit-1",
	"tier=T2", "tier=T4", "ai_act_class=minimal", "ai_act_class=prohibited", "overdue=true", "due_before=2020-01-01", "hard_stop=HS-02",
	"q=remissvar", "q=finns+inte", "q=remissvar+999", "supplier=textverkstaden+ab", "supplier=ingen", "product=%C3%B6verblick+3", "product=ingen",
	"valid_until_before=2020-01-01", "valid_until_before=2090-01-01", "model=%C3%B6verblick-3-stor", "model=ingen",
	"sub_processor=molndrift+norden+ab", "sub_processor=ingen", "storage_location=eu_eea", "storage_location=sweden", "transfer_mechanism=not_needed",
	"transfer_mechanism=art49", "legal_ground=e", "legal_ground=a", "art9_ground=h", "dpia_result=threshold_only", "dpia_result=acceptable",
	"special_category=health", "data_subject_group=residents", "data_subject_group=patients", "dpo_advice=supports", "dpo_advice=advises_against",
	"deviated=true", "decision_authority_missing=true", "unit_adopted=unit-1", "unit_not_adopted=unit-1", "ropa_ref_missing=true",
	"model_end_of_life_before=2090-01-01", "tested_at_before=2090-01-01", "retest_due_before=2090-01-01", "credential_expiry_before=2090-01-01",
	"interim_until_before=2090-01-01", "condition_due_before=2090-01-01",
}

// runLists measures every list among very many cases: where a case stands, the inbox,
// each filter, the first page and the last, and the statistics, with several clients
// at once.
func runLists(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseRecords("lists", "1000000", "8", args, stderr)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o.options, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	fmt.Fprintf(stdout, "# What lists cost among many cases\n\nMachine: %s.\n\nEach line for %s.\n\n", lookAround(b.dir), o.lasts)
	t := tabwriter.NewWriter(stdout, 0, 0, 1, ' ', 0)
	fmt.Fprint(t, "| database\t| cases\t| clients\t| request\t| p50 ms\t| p95 ms\t| p99 ms\t| processor ms\t|\n")
	fmt.Fprint(t, "| ---\t| ---:\t| ---:\t| ---\t| ---:\t| ---:\t| ---:\t| ---:\t|\n")
	for _, database := range o.databases {
		for _, size := range o.sizes {
			if err := b.lists(ctx, database, size, o, t); err != nil {
				return fmt.Errorf("%d cases on %s: %w", size, database, err)
			}
		}
	}
	return t.Flush()
}

// listed are the tables that lists and the reading of a case need. The log of a
// million cases would fill the disk.
var listed = []string{
	"cases", "case_people", "revisions", "evaluations", "stages", "tasks", "decisions", "conditions", "case_facts", "case_products",
}

func (b *bench) lists(ctx context.Context, database string, size int, o recordOptions, out io.Writer) (err error) {
	r, err := b.town(ctx, database, size, listed...)
	if err != nil {
		return err
	}
	s, err := b.serve(ctx, theAPI, r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	ids, err := r.ids(ctx, 10_000)
	if err != nil {
		return err
	}
	reader := s.seats[0].people[model.RoleDPO]
	last, pages, err := lastPage(ctx, reader)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.progress, "%s: %d pages of a hundred\n", database, pages)
	ask := append(listRequests(ids), request{"last page of 100", func(ctx context.Context, _ *seat) error {
		_, err := reader.Do(ctx, client.Call{Method: http.MethodGet, Path: "/api/v1" + last}, nil) // the place is that reader's
		return err
	}})
	for _, clients := range o.clients {
		for _, q := range ask {
			p, err := s.pace(ctx, clients, o.lasts, q.send)
			var refused *client.Problem
			if errors.As(err, &refused) { // the rest is measured all the same
				fmt.Fprintf(out, "| %s\t| %d\t| %d\t| %s\t| %s\t|\t|\t|\t|\n", database, size, clients, q.name, refused.Code)
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			fmt.Fprintf(out, "| %s\t| %d\t| %d\t| %s\t| %.2f\t| %.2f\t| %.2f\t| %.2f\t|\n", database, size, clients, q.name, p.p50(), p.p95(), p.p99(), p.cpuEach())
		}
	}
	return nil
}

// listRequests are those that are measured beside the last page.
func listRequests(ids []string) []request {
	var all []request
	add := func(name string, role model.Role, path func() string) {
		all = append(all, request{name, func(ctx context.Context, s *seat) error {
			_, err := s.people[role].Do(ctx, client.Call{Method: http.MethodGet, Path: "/api/v1" + path()}, nil)
			return err
		}})
	}
	same := func(path string) func() string { return func() string { return path } }
	add("a case", model.RoleDPO, func() string { return "/cases/" + ids[rand.IntN(len(ids))] })
	add("inbox, manager", model.RoleManager, same("/tasks?assignee=me"))
	add("inbox, DPO", model.RoleDPO, same("/tasks?assignee=me"))
	add("inbox, others'", model.RoleDPO, same("/tasks"))
	add("first page", model.RoleDPO, same("/cases?limit=50"))
	add("first page of 100", model.RoleDPO, same("/cases?limit=100"))
	add("first page, owner", model.RoleProjectOwner, same("/cases?limit=50"))
	for _, f := range filters {
		add(f, model.RoleDPO, same("/cases?limit=50&"+f))
	}
	add("statistics", model.RoleDPO, same("/statistics"))
	add("overview", model.RoleDPO, same("/overview"))
	return all
}

// lastPage follows the cursors to the last page of all cases and returns its path.
func lastPage(ctx context.Context, c *client.Client) (path string, pages int, err error) {
	seen := map[string]bool{}
	for path = "/cases?limit=100"; ; pages++ {
		var page struct {
			Items []struct {
				ID string `json:"case_id"`
			} `json:"items"`
			Next string `json:"next_cursor"`
		}
		if _, err := c.Do(ctx, client.Call{Method: http.MethodGet, Path: "/api/v1" + path}, &page); err != nil {
			return "", pages, err
		}
		for _, item := range page.Items {
			if seen[item.ID] {
				return "", pages, fmt.Errorf("the case %s is on two pages", item.ID)
			}
			seen[item.ID] = true
		}
		if page.Next == "" {
			return path, pages + 1, nil
		}
		path = "/cases?limit=100&cursor=" + url.QueryEscape(page.Next)
	}
}
