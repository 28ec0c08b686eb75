//go:build !slim

package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/rulebook/rulebooktest"
)

// formsFilled are the forms that have been filled in, by intake and task: many
// cases have the same intake.
var formsFilled sync.Map

// form gives answers to the questions that come with a task, nil where none do.
func (t openTask) form() map[string]any {
	part := t.part()
	if part == "" || t.c == nil {
		return nil
	}
	key, err := json.Marshal([]any{part, plainIntake(t.c.intake)})
	if err != nil {
		t.c.w.t.Fatal(err)
	}
	known, ok := formsFilled.Load(string(key))
	if !ok {
		known = fillIn(t.c.w.t, t.c.intake, string(t.Stage), part)
		formsFilled.Store(string(key), known)
	}
	answers := maps.Clone(known.(map[string]any))
	if t.c.wording != nil {
		for id, v := range answers {
			answers[id] = reword(bookOf(string(t.Stage)), id, v, t.c.wording)
		}
	}
	return answers
}

// reword gives an answer in which every text of a person's own is written anew.
func reword(book *rulebook.Book, id string, v any, wording func(string) string) any {
	f, _, ok := book.FieldAt(id)
	free := ok && (f.Type == "text" || f.Type == "str" || f.Type == "list" && len(f.Items) == 0)
	switch v := v.(type) {
	case string:
		if free {
			return wording(v)
		}
	case []any:
		rows := make([]any, len(v))
		for i, row := range v {
			if rows[i] = reword(book, id, row, wording); free && len(f.Items) == 0 {
				if text, isText := row.(string); isText {
					rows[i] = wording(text)
				}
			}
		}
		return rows
	case map[string]any:
		parts := map[string]any{}
		for part, value := range v {
			parts[part] = reword(book, id+"."+part, value, wording)
		}
		return parts
	}
	return v
}

// plainIntake leaves out who, where and in which words, on which no form depends.
func plainIntake(intake map[string]any) map[string]any {
	out := maps.Clone(intake)
	for id := range out {
		f, ok := rulebook.Default().Field(id)
		switch {
		case ok && f.Type == "ref":
			delete(out, id)
		case ok && (f.Type == "text" || f.Type == "str"):
			out[id] = ""
		}
	}
	return out
}

// part names the questions of a task: those of its kind, or the stage's own where
// its deciders answer them or where it prepares them.
func (t openTask) part() string {
	book, ok := rulebook.Default().Assessment(string(t.Stage))
	if !ok {
		return ""
	}
	spec, _ := model.Stage(t.Stage)
	own := string(t.Stage) + "." + string(t.Kind)
	switch {
	case slices.Contains(book.Parts(), own):
		return own
	case t.Kind == model.TaskPrepare, len(spec.Prepare) == 0 && t.Kind == spec.Tasks[len(spec.Tasks)-1].Kind:
		return string(t.Stage)
	}
	return ""
}

// fillIn answers the questions of a part as the rulebook asks them of an intake,
// so that no rule speaks against passing the stage.
func fillIn(t testing.TB, intake map[string]any, stage, part string) map[string]any {
	t.Helper()
	today := calendar.Today(time.Now())
	book := rulebook.Default()
	submission, err := assess.Submit(book, "", "", intake, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	in := assess.Assessed{
		Book: book, Profile: book.DefaultProfile(), Today: today, Requirement: submission.Stages[stage],
		Intake: intake, Process: map[string]any{"final_decision": true},
	}
	own := ownAnswers(t, part)
	own["approved_max_ipl"] = submission.InfoProtectionLevel
	if _, asks := own["user_groups"]; !asks {
		own["user_groups"] = intake["user_groups"]
	}
	questions, _ := book.Assessment(stage)
	filler := rulebooktest.New(questions, today, own)
	return rulebooktest.Fill(t, filler, startOf(questions, part, own), func(answers map[string]any) []rulebooktest.Gap {
		problems, err := in.Missing(stage, part, answers)
		if err != nil {
			t.Fatal(err)
		}
		return rulebooktest.Gaps(problems)
	})
}

// startOf are the answers of our own that the part asks for.
func startOf(book *rulebook.Book, part string, own map[string]any) map[string]any {
	out := map[string]any{}
	for id, v := range own {
		if f, ok := book.Field(id); ok && f.Part == part && v != nil {
			out[id] = v
		}
	}
	return out
}

// ownAnswers are those of testdata/answers, for parts in which the rules look at
// what the answers say.
func ownAnswers(t testing.TB, part string) map[string]any {
	t.Helper()
	out := map[string]any{}
	file := filepath.Join("testdata", "answers", part+".yaml")
	if _, err := os.Stat(file); err != nil {
		return out
	}
	if err := readAnswers(bookOf(stageOf(part)), file, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// stageOf is the stage that a part belongs to.
func stageOf(part string) string {
	for _, spec := range model.Stages() {
		if part == string(spec.Key) || len(part) > len(spec.Key) && part[:len(spec.Key)+1] == string(spec.Key)+"." {
			return string(spec.Key)
		}
	}
	return part
}

// submissionOf saves the assessment that a task asks for and returns the request
// that hands it in.
func (t openTask) submissionOf(send func(user string, call client.Call) client.Answer) client.Call {
	c := t.c
	user, path := c.team.who(t.Role), v1+c.path("/assessments/"+string(t.Stage))
	var draft struct {
		Revision int `json:"revision"`
	}
	now := send(user, client.Call{Method: http.MethodGet, Path: path})
	// A save whose answer was lost is refused the second time: the draft is there.
	send(user, client.Call{Method: http.MethodPut, Path: path, IfMatch: now.ETag(), Body: map[string]any{"answers": t.form()}})
	if err := send(user, client.Call{Method: http.MethodGet, Path: path}).Decode(&draft); err != nil {
		c.w.t.Errorf("the assessment of %s: %v", t.Stage, err)
	}
	whole := send(user, client.Call{Method: http.MethodGet, Path: v1 + c.path("")})
	return client.Call{
		Method: http.MethodPost, Path: v1 + c.path("/submissions"), Key: client.NewKey(), IfMatch: whole.ETag(),
		Body: map[string]any{"stage": t.Stage, "revision": draft.Revision},
	}
}

// sent sends a request that has to succeed.
func (w *world) sent(user string, call client.Call) client.Answer {
	w.t.Helper()
	a, err := w.try(user, call)
	if err != nil || a.Status >= 300 {
		w.t.Fatalf("%s %s as %s: %d %s %v", call.Method, call.Path, user, a.Status, a.Body, err)
	}
	return a
}

// handInAll hands in every assessment that the case waits for.
func (c *aCase) handInAll() {
	c.w.t.Helper()
	for _, t := range c.openTasks() {
		if t.Kind == model.TaskPrepare {
			c.w.must(c.team.who(t.Role), t.answer(model.OutcomeHandedIn))
		}
	}
}
