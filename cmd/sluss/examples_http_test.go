//go:build !slim

package main

import (
	"strings"
	"testing"

	"sluss/model"
)

// inSub gives a subtest the world's server. What its clients are told goes into
// the world's journal when it ends.
func (w *world) inSub(t *testing.T) *world {
	sub := &world{t: t, dir: w.dir, url: w.url, tokens: w.tokens, server: w.server, base: w.base}
	t.Cleanup(func() {
		for _, e := range sub.journal.entries {
			w.journal.note(e)
		}
	})
	return sub
}

// sideBySide runs a subtest for each name, all on the world's server, and waits
// for them.
func sideBySide(t *testing.T, w *world, names []string, test func(*testing.T, *world, string)) {
	t.Run("each", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, w.inSub(t), name)
			})
		}
	})
}

// openAs opens a draft for the project owner whom the answers name.
func (w *world) openAs(answers map[string]any) *aCase {
	w.t.Helper()
	owner := answers["project_owner_id"].(string)
	r := w.must(owner, w.openCall(answers))
	return &aCase{w: w, team: team(strings.TrimPrefix(owner, "project_owner")), id: r.CaseID, intake: answers}
}

// triage reads the case's latest triage.
func (c *aCase) triage() any {
	c.w.t.Helper()
	var v struct {
		Triage struct {
			Result any `json:"result"`
		} `json:"triage"`
	}
	c.w.get(c.owner(), c.path(""), &v)
	return v.Triage.Result
}

// TestExamplesAreCases takes every example through the API: opened with its title,
// filled in, and handed in by its owner.
func TestExamplesAreCases(t *testing.T) {
	t.Parallel()
	inDemo(t, func(t *testing.T, w *world) {
		sideBySide(t, w, examples(), func(t *testing.T, w *world, name string) {
			answers, want := example(t, name), worked(t, name).Triage
			c := w.openAs(map[string]any{
				"title": answers["title"], "org_unit_id": answers["org_unit_id"], "project_owner_id": answers["project_owner_id"],
			})
			if d, _ := c.draft(); len(d.Missing) < 10 {
				t.Errorf("a draft with a title lacks only %v", d.Missing)
			}
			c.edit(answers)
			var d struct {
				Triage struct {
					Result any `json:"result"`
				} `json:"triage"`
			}
			w.get(c.owner(), c.path("/intake"), &d)
			sameResult(t, d.Triage.Result, want)
			c.submit()
			sameResult(t, c.triage(), want)
			if v := c.view(); v.RegistryNo == "" || v.Revision == 0 {
				t.Errorf("the case is %+v", v)
			}
		})
	})
}

// TestVectorsAreCases hands in every triage vector that can be handed in today, and
// expects the triage of the vector and a state that follows from it.
func TestVectorsAreCases(t *testing.T) {
	t.Parallel()
	file := readVectors(t)
	names := []string{}
	for _, v := range file.Vectors {
		_, dated := v.Overrides["decision_date"]
		answer, asked := v.Overrides["info_owner_approval"]
		if unasked[v.ID] == "" && !dated && (!asked || answer == "none") {
			names = append(names, v.ID)
		}
	}
	inDemo(t, func(t *testing.T, w *world) {
		sideBySide(t, w, names, func(t *testing.T, w *world, name string) {
			v := file.vector(t, name)
			answers := asIntake(t, file.facts(v))
			if v.Overrides["controller_type"] == "municipal_company" {
				answers["org_unit_id"], answers["covered_unit_ids"] = "bostadsbolaget", []any{"bostadsbolaget"}
			}
			c := w.openAs(answers)
			r := c.submit()
			sameResult(t, c.triage(), v.Expected)
			outcome := v.Expected.(map[string]any)["outcome"].(string)
			want, known := map[string]model.CaseState{
				model.StoppedByRule: model.RejectedAuto, model.OutOfScope: model.Triaged,
			}[outcome]
			if known && r.State != want || !known && !r.State.UnderReview() {
				t.Errorf("the case is %s after the outcome %s", r.State, outcome)
			}
		})
	})
}
