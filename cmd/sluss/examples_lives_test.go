//go:build !slim

package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/calendar"
)

// writtenOn is the day on which the examples were written. Played on another, all
// their days move with it.
var writtenOn = calendar.MustParseDate("2026-11-23")

// moved moves every day in answers from when they were written to today.
func moved(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			x[k] = moved(x[k])
		}
	case []any:
		for i := range x {
			x[i] = moved(x[i])
		}
	case string:
		if day, err := calendar.ParseDate(x); err == nil {
			return calendar.Today(time.Now()).AddDays(day.DaysSince(writtenOn)).String()
		}
	}
	return v
}

// formOf reads the answers of an example to one of its forms, none where it has
// no such file.
func formOf(t testing.TB, name, form string) map[string]any {
	t.Helper()
	path := filepath.Join("examples", name, form+".yaml")
	if files, err := filepath.Glob(path); err != nil || len(files) == 0 {
		return nil
	}
	stage, _, _ := strings.Cut(form, ".")
	written, answers := map[string]any{}, map[string]any{}
	if err := readAnswers(bookOf(stage), path, &written); err != nil {
		t.Fatal(err)
	}
	asJSON(t, written, &answers)
	return moved(answers).(map[string]any)
}

// stepOf is what somebody decides in an example.
type stepOf struct {
	Outcome    model.Outcome    `json:"outcome"`
	Motivation string           `json:"motivation"`
	Conditions []map[string]any `json:"conditions"`
	// Remarks are made with advice, and answered before anybody decides.
	Remarks []struct {
		QuestionID string `json:"question_id"`
		Text       string `json:"text"`
		Severity   string `json:"severity"`
		Reply      string `json:"reply"`
		Followed   bool   `json:"followed"`
		Reasons    string `json:"reasons"`
	} `json:"remarks"`
}

// aLife is a case that is played from an example.
type aLife struct {
	*aCase
	name  string
	steps map[string]stepOf
	// again is the ending of what people write and say the second time, empty the
	// first.
	again string
}

// form reads the answers to one of the example's forms as they are now.
func (l aLife) form(form string) map[string]any {
	if answers := formOf(l.w.t, l.name, form+l.again); answers != nil {
		return answers
	}
	return formOf(l.w.t, l.name, form)
}

// step is what somebody answers to a task now.
func (l aLife) step(key string) (stepOf, bool) {
	if s, written := l.steps[key+l.again]; written {
		return s, true
	}
	s, written := l.steps[key]
	return s, written
}

// lifeOf opens an example as its project owner and hands it in.
func lifeOf(w *world, name string) aLife {
	w.t.Helper()
	c := w.openAs(example(w.t, name))
	c.submit()
	steps := map[string]stepOf{}
	if written := formOf(w.t, name, "decisions"); written != nil {
		asJSON(w.t, written, &steps)
	}
	return aLife{aCase: c, name: name, steps: steps}
}

// workItem is a task as the API shows it to the person who answers it.
type workItem struct {
	openTask
	Current       int    `json:"current_revision"`
	Questionnaire string `json:"questionnaire"`
	MayDecide     bool   `json:"may_decide"`
	// Joint is the second part of the task (AD-02).
	Joint *struct {
		Stage   model.StageKey `json:"stage"`
		Current int            `json:"current_revision"`
	} `json:"joint"`
	Outcomes []struct {
		Outcome model.Outcome `json:"outcome"`
		Refused []string      `json:"refused_by"`
	} `json:"outcomes"`
}

// play takes the case as far as its people take it, each with what the example has
// them write.
func (l aLife) play() {
	l.w.t.Helper()
	for range 40 {
		open := slices.DeleteFunc(l.tasks(), func(t openTask) bool {
			_, recurs := t.Kind.Condition() // that is met in its own time
			return t.Status != model.TaskOpen || recurs
		})
		if len(open) == 0 {
			return
		}
		l.answer(slices.MinFunc(open, func(a, b openTask) int { return a.turn() - b.turn() }))
	}
	l.w.t.Fatal("the case has no end")
}

// turn is when a task is answered among those that are open: what is prepared and
// advised on before what is decided, and the CISO and the information owner at the
// end.
func (t openTask) turn() int {
	switch {
	case t.Stage == model.StageInfoOwner:
		return 4
	case t.Stage == model.StageCISO:
		return 3
	case t.Kind == model.TaskDecision:
		return 2
	case t.Kind == model.TaskPrepare:
		return 0
	}
	return 1
}

func (l aLife) answer(t openTask) {
	l.w.t.Helper()
	who := l.who(t.Role)
	if t.Kind == model.TaskPrepare {
		l.prepare(who, t.Stage)
		return
	}
	var view workItem
	l.w.get(who, "/tasks/"+t.ID, &view)
	key := string(t.Stage) + "." + string(t.Kind)
	step, written := l.step(key)
	if !written {
		l.w.t.Fatalf("%s does not say what %s answers to %s", l.name, who, key)
	}
	if !view.MayDecide {
		l.w.t.Errorf("%s may not answer %s", who, key)
	}
	for _, o := range view.Outcomes {
		// A rule about an answer of the form is settled by the answer.
		if o.Outcome == step.Outcome && len(o.Refused) > 0 && view.Questionnaire == "" {
			l.w.t.Errorf("%s is refused by %v", key, o.Refused)
		}
	}
	body := map[string]any{"outcome": step.Outcome, "revision": view.Current, "motivation": step.Motivation}
	if len(step.Conditions) > 0 {
		body["conditions"] = step.Conditions
	}
	if view.Questionnaire != "" {
		body["answers"] = l.form(view.Questionnaire)
	}
	if view.Joint != nil {
		second, _ := l.step(string(view.Joint.Stage) + "." + string(t.Kind))
		body["joint"] = map[string]any{"outcome": second.Outcome, "revision": view.Joint.Current, "motivation": second.Motivation}
	}
	l.remark(who, t.Stage, step)
	l.w.must(who, client.Call{
		Method: "POST", Path: v1 + "/tasks/" + t.ID + "/decision", Key: client.NewKey(), IfMatch: view.ETag, Body: body,
	})
}

// who is the person of the case for a role: its own project owner, or the demo's
// only person of the role.
func (l aLife) who(r model.Role) string { return l.team.forRole(r) }

// forRole is the team's member of a role; the demo has one person of the others.
func (g team) forRole(r model.Role) string {
	if r == model.RoleProjectOwner {
		return g.who(r)
	}
	return string(r)
}

// prepare writes a stage's assessment and hands it in.
func (l aLife) prepare(who string, stage model.StageKey) {
	l.w.t.Helper()
	path := l.path("/assessments/" + string(stage))
	var draft struct {
		Revision int                        `json:"revision"`
		Missing  []struct{ Pointer string } `json:"missing"`
	}
	etag := l.w.get(who, path, &draft)
	a, err := l.w.try(who, client.Call{
		Method: "PUT", Path: v1 + path, IfMatch: etag, Body: map[string]any{"answers": l.form(string(stage))},
	})
	if err != nil || a.Status != 200 || a.Decode(&draft) != nil || len(draft.Missing) > 0 {
		l.w.t.Fatalf("%s of %s as %s: %d %v lacks %v: %s", stage, l.name, who, a.Status, err, draft.Missing, a.Body[:min(600, len(a.Body))])
	}
	l.w.must(who, l.post("/submissions", map[string]any{"stage": stage, "revision": draft.Revision}))
}

// remark makes the remarks that go with advice and has the project owner answer
// them one by one (AD-05).
func (l aLife) remark(who string, stage model.StageKey, step stepOf) {
	l.w.t.Helper()
	for _, r := range step.Remarks {
		a, err := l.w.try(who, client.Call{Method: "POST", Path: v1 + l.path("/remarks"), Key: client.NewKey(), Body: map[string]any{
			"stage": stage, "question_id": r.QuestionID, "text": r.Text, "severity": r.Severity,
		}})
		var made struct {
			ID string `json:"remark_id"`
		}
		if err != nil || a.Status != 201 || a.Decode(&made) != nil {
			l.w.t.Fatalf("remark on %s: %d %s %v", stage, a.Status, a.Body, err)
		}
		reply := map[string]any{"reply": r.Reply, "followed": r.Followed}
		if !r.Followed {
			reply["reasons"] = r.Reasons
		}
		a, err = l.w.try(l.owner(), client.Call{
			Method: "POST", Path: v1 + l.path("/remarks/"+made.ID+"/reply"), Key: client.NewKey(), Body: reply,
		})
		if err != nil || a.Status != 201 {
			l.w.t.Fatalf("reply to a remark on %s: %d %s %v", stage, a.Status, a.Body, err)
		}
	}
}

// caseCondition is a condition as the case shows it.
type caseCondition struct {
	ID       string                `json:"condition_id"`
	Stage    model.StageKey        `json:"stage"`
	Text     string                `json:"text_sv"`
	Rule     string                `json:"source_rule"`
	Owner    model.Role            `json:"owner_role"`
	Verifier model.Role            `json:"verifier_role"`
	DueKind  model.DueKind         `json:"due_kind"`
	DueDate  string                `json:"due_date"`
	Months   int                   `json:"months"`
	Template bool                  `json:"template"`
	Status   model.ConditionStatus `json:"status"`
}

func (l aLife) conditions() []caseCondition {
	l.w.t.Helper()
	var list struct {
		Items []caseCondition `json:"items"`
	}
	l.w.get(l.owner(), l.path("/conditions?limit=100"), &list)
	return list.Items
}

// meet verifies every condition that has to be met before use.
func (l aLife) meet() {
	l.w.t.Helper()
	for _, x := range l.conditions() {
		if x.DueKind != model.DueBeforeUse || x.Status != model.ConditionOpen {
			continue
		}
		l.w.must(l.who(x.Verifier), l.post("/conditions/"+x.ID+"/verification", map[string]any{
			"outcome": "met", "evidence_note": "Underlaget är visat och granskat.",
		}))
	}
}

// TestExamplesInUse plays the worked cases from opening to use, each by its own
// people with their own words, and compares what came of them field by field.
func TestExamplesInUse(t *testing.T) {
	t.Parallel()
	names := slices.DeleteFunc(examples(), func(name string) bool { return name == orderingAgent || name == fallCamera })
	inDemo(t, func(t *testing.T, w *world) {
		sideBySide(t, w, names, func(t *testing.T, w *world, name string) {
			l := lifeOf(w, name)
			sameResult(t, l.triage(), worked(t, name).Triage)
			l.play()
			l.compareReviews()
			l.compareConditions()
			l.meet()
			w.must("system_owner", l.post("/activation", nil))
			l.is(model.Active)
			l.compareRegister()
			l.compareUses()
		})
	})
}

// TestStoppedExample: the first proposal of the agent is stopped by rule and
// nobody is asked.
func TestStoppedExample(t *testing.T) {
	t.Parallel()
	inDemo(t, func(t *testing.T, w *world) {
		l := lifeOf(w, orderingAgent)
		l.is(model.RejectedAuto)
		sameResult(t, l.triage(), worked(t, orderingAgent).Triage)
		if open := l.openTasks(); len(open) > 0 {
			t.Errorf("open tasks %+v", open)
		}
		w.refused("system_owner", l.post("/activation", nil), 409, model.CodeStateConflict)
	})
}
