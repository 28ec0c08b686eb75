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

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/rulebook/rulebooktest"
)

// vectors are the facts of triage that the rulebook's own vectors have.
type vectors struct {
	Base    m `json:"base"`
	Vectors []struct {
		ID        string `json:"id"`
		Overrides m      `json:"overrides"`
	} `json:"vectors"`
}

// facts are those of a vector, with the changes that it takes to pass.
func (v vectors) facts(id string, changes m) m {
	out := maps.Clone(v.Base)
	for _, vector := range v.Vectors {
		if vector.ID == id {
			maps.Copy(out, vector.Overrides)
		}
	}
	maps.Copy(out, changes)
	return out
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
			rulebooktest.Add(answers, m{id: v})
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

// imaging is what a case that draws pictures answers about them.
var imaging = m{
	"notice_confirmed":  true,
	"env.justification": strings.Repeat("Bilderna behövs i samrådet. ", 5),
	"env.alternatives":  []any{"Handritade skisser", "Befintliga bilder"},
	"env.limits":        m{"images_year": 200},
	"env.workloads":     []any{m{"requests_year": 2000, "output_tokens": 300, "images_year": 200}},
}

// negotiated are the answers of a manager who has negotiated with the unions.
var negotiated = m{"mbl_status": "concluded", "mbl_date": "2026-01-15", "mbl_protocol": "MBL 2026:4"}

// everyStage drives cases that together have every stage: each task says what it
// asks, finds the questionnaire that it names, is answered, and leads on.
func (o office) everyStage() {
	all := o.vectors()
	seen := map[string]bool{}
	for id, changes := range map[string]m{
		"TV-17": nil, "TV-19": nil, "TV-26": imaging, "TV-31": nil, "TV-55": nil, "TV-38": {"consents": "routine"},
	} {
		o.T.(*testing.T).Run(id, func(t *testing.T) {
			o := o.in(t)
			id := o.Draft("owner", o.intakeOf(all.facts(id, changes)))
			o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
			o.Drive(id, apitest.Answering{
				Own:  map[string]map[string]any{"manager": negotiated},
				Seen: func(as, task string) { seen[o.asks(as, task)] = true },
			})
			if s := o.status(id)["state"]; s != "APPROVED" && s != "APPROVED_WITH_CONDITIONS" {
				t.Errorf("the case ends as %v", s)
			}
		})
	}
	for _, s := range model.Stages() {
		if s.Step > 0 && !seen[string(s.Key)] {
			o.T.Errorf("no case had the stage %s", s.Key)
		}
	}
}

// asks checks that a client can draw a task: every question of its form is in the
// questionnaire that it names, with words in both languages and the values that it
// allows. It returns the task's stage.
func (o office) asks(as, task string) string {
	t := o.T
	var view api.TaskView
	o.Get(as, task).Want(http.StatusOK).Into(&view)
	if view.Questionnaire == "" {
		if len(view.Form) > 0 {
			t.Errorf("%s.%s asks and names no questionnaire", view.Stage, view.Kind)
		}
		return string(view.Stage)
	}
	if !view.MayDecide && view.Kind != model.TaskPrepare {
		t.Errorf("%s.%s cannot be answered by %s", view.Stage, view.Kind, as)
	}
	q := o.questionnaire(view.Questionnaire)
	for _, asked := range view.Form {
		i := slices.IndexFunc(q.Fields, func(f *rulebook.Field) bool { return f.ID == asked.ID })
		if i < 0 {
			t.Errorf("%s has no question %s", view.Questionnaire, asked.ID)
			continue
		}
		o.drawable(q, q.Fields[i])
	}
	return string(view.Stage)
}

func (o office) questionnaire(name string) (q api.Questionnaire) {
	o.T.Helper()
	o.Get("employee", "/rulebooks/se-kommun/questionnaires/"+name).Want(http.StatusOK).Into(&q)
	return q
}

// drawable checks a question and its parts.
func (o office) drawable(q api.Questionnaire, f *rulebook.Field) {
	if !f.Text.Complete() {
		o.T.Errorf("%s: %s lacks words", q.Name, f.ID)
	}
	if f.Enum != "" && !slices.ContainsFunc(q.Enums, func(e *rulebook.Enum) bool { return e.ID == f.Enum && len(e.Values) > 0 }) {
		o.T.Errorf("%s: %s allows values of %s, which it does not list", q.Name, f.ID, f.Enum)
	}
	for _, item := range f.Items {
		o.drawable(q, item)
	}
}
