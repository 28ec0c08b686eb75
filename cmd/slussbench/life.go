//go:build linux && !slim

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"sluss/api/client"
	"sluss/model"
)

// wholeLife is the worked example that goes through the most stages: an AI agent with
// an impact assessment and an assessment of agent risk.
const wholeLife = "wc-5b"

// example is a worked example of Sluss: what its people write and decide.
type example struct {
	folder string
	intake map[string]any
	steps  map[string]exampleStep
}

// exampleStep is what somebody decides.
type exampleStep struct {
	Outcome    model.Outcome    `json:"outcome"`
	Motivation string           `json:"motivation"`
	Conditions []map[string]any `json:"conditions"`
}

// readExample reads an example where the source of Sluss lies.
func readExample(ctx context.Context, name string) (e example, err error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "sluss/cmd/sluss").Output()
	if err != nil {
		return e, fmt.Errorf("find cmd/sluss: %w", err)
	}
	e.folder = filepath.Join(strings.TrimSpace(string(out)), "examples", name)
	if err := readYAML(e.folder+".yaml", &e.intake); err != nil {
		return e, err
	}
	e.intake["planned_start"] = time.Now().AddDate(0, 3, 0).Format(time.DateOnly)
	return e, readYAML(filepath.Join(e.folder, "decisions.yaml"), &e.steps)
}

// form reads the answers to one of the example's forms.
func (e example) form(name string) (answers map[string]any, err error) {
	return answers, readYAML(filepath.Join(e.folder, name+".yaml"), &answers)
}

// readYAML reads a file as JSON has it: days are text.
func readYAML(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var written any
	if err := yaml.Unmarshal(text, &written); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	asJSON, err := json.Marshal(daysAsText(written))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return json.Unmarshal(asJSON, v)
}

func daysAsText(v any) any {
	switch x := v.(type) {
	case time.Time:
		return x.Format(time.DateOnly)
	case []any:
		for i := range x {
			x[i] = daysAsText(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = daysAsText(x[k])
		}
	}
	return v
}

// life is a case that is played from an example, by the people of the demo.
type life struct {
	example
	people map[string]*client.Client
	id     string
	// acts and requests are how many of them it took.
	acts, requests int
}

// send sends a request as somebody and counts it.
func (l *life) send(ctx context.Context, who string, call client.Call, out any) (client.Answer, error) {
	l.requests++
	if call.Method == http.MethodPost {
		l.acts, call.Key = l.acts+1, client.NewKey()
	}
	call.Path = "/api/v1" + call.Path
	a, err := l.people[who].Do(ctx, call, out)
	if err != nil {
		return a, fmt.Errorf("%s %s as %s: %w", call.Method, call.Path, who, err)
	}
	return a, nil
}

// post acts on the case as it stands.
func (l *life) post(ctx context.Context, who, rest string, body any) error {
	seen, err := l.send(ctx, who, client.Call{Method: http.MethodGet, Path: "/cases/" + l.id}, nil)
	if err != nil {
		return err
	}
	_, err = l.send(ctx, who, client.Call{Method: http.MethodPost, Path: "/cases/" + l.id + rest, IfMatch: seen.ETag(), Body: body}, nil)
	return err
}

// play takes a new case from its draft through every stage into use.
func (l *life) play(ctx context.Context) error {
	var opened struct {
		CaseID string `json:"case_id"`
	}
	draft := client.Call{Method: http.MethodPost, Path: "/cases", Body: map[string]any{"answers": l.intake}}
	if _, err := l.send(ctx, "project_owner", draft, &opened); err != nil {
		return err
	}
	l.id = opened.CaseID
	if err := l.post(ctx, "project_owner", "/submissions", map[string]any{"stage": "intake", "revision": 1}); err != nil {
		return err
	}
	for {
		next, err := l.next(ctx)
		if err != nil {
			return err
		}
		if next == nil {
			break
		}
		if err := l.answer(ctx, *next); err != nil {
			return err
		}
	}
	if err := l.meet(ctx); err != nil {
		return err
	}
	return l.post(ctx, "system_owner", "/activation", nil)
}

// playTask is a task as its people see it.
type playTask struct {
	openTask
	Role          model.Role       `json:"role"`
	Status        model.TaskStatus `json:"status"`
	Current       int              `json:"current_revision"`
	Questionnaire string           `json:"questionnaire"`
	Joint         *struct {
		Stage   model.StageKey `json:"stage"`
		Current int            `json:"current_revision"`
	} `json:"joint"`
}

// turn is when a task is answered among those that are open: assessments and advice
// before decisions, the CISO and the information owner at the end.
func (t playTask) turn() int {
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

// next is the open task whose turn it is, nil when there is none.
func (l *life) next(ctx context.Context) (*playTask, error) {
	var list struct {
		Items []playTask `json:"items"`
	}
	if _, err := l.send(ctx, "project_owner", client.Call{Method: http.MethodGet, Path: "/cases/" + l.id + "/tasks?limit=100"}, &list); err != nil {
		return nil, err
	}
	open := slices.DeleteFunc(list.Items, func(t playTask) bool {
		_, recurs := t.Kind.Condition() // that is met in its own time
		return t.Status != model.TaskOpen || recurs
	})
	if len(open) == 0 {
		return nil, nil
	}
	first := slices.MinFunc(open, func(a, b playTask) int { return cmp.Compare(a.turn(), b.turn()) })
	return &first, nil
}

func (l *life) answer(ctx context.Context, t playTask) error {
	who := string(t.Role)
	if t.Kind == model.TaskPrepare {
		return l.prepare(ctx, who, t.Stage)
	}
	seen, err := l.send(ctx, who, client.Call{Method: http.MethodGet, Path: "/tasks/" + t.ID}, &t)
	if err != nil {
		return err
	}
	step, written := l.steps[string(t.Stage)+"."+string(t.Kind)]
	if !written {
		return fmt.Errorf("the example does not say what is answered to %s %s", t.Stage, t.Kind)
	}
	body := map[string]any{"outcome": step.Outcome, "revision": t.Current, "motivation": step.Motivation}
	if len(step.Conditions) > 0 {
		body["conditions"] = step.Conditions
	}
	if t.Questionnaire != "" {
		if body["answers"], err = l.form(t.Questionnaire); err != nil {
			return err
		}
	}
	if t.Joint != nil {
		second := l.steps[string(t.Joint.Stage)+"."+string(t.Kind)]
		body["joint"] = map[string]any{"outcome": second.Outcome, "revision": t.Joint.Current, "motivation": second.Motivation}
	}
	_, err = l.send(ctx, who, client.Call{
		Method: http.MethodPost, Path: "/tasks/" + t.ID + "/decision", IfMatch: seen.ETag(), Body: body,
	}, nil)
	return err
}

// prepare writes a stage's assessment and hands it in.
func (l *life) prepare(ctx context.Context, who string, stage model.StageKey) error {
	path := "/cases/" + l.id + "/assessments/" + string(stage)
	seen, err := l.send(ctx, who, client.Call{Method: http.MethodGet, Path: path}, nil)
	if err != nil {
		return err
	}
	answers, err := l.form(string(stage))
	if err != nil {
		return err
	}
	var draft struct {
		Revision int `json:"revision"`
	}
	save := client.Call{Method: http.MethodPut, Path: path, IfMatch: seen.ETag(), Body: map[string]any{"answers": answers}}
	if _, err := l.send(ctx, who, save, &draft); err != nil {
		return err
	}
	return l.post(ctx, who, "/submissions", map[string]any{"stage": stage, "revision": draft.Revision})
}

// meet verifies the conditions that have to be met before use.
func (l *life) meet(ctx context.Context) error {
	var list struct {
		Items []struct {
			ID       string                `json:"condition_id"`
			Verifier model.Role            `json:"verifier_role"`
			DueKind  model.DueKind         `json:"due_kind"`
			Status   model.ConditionStatus `json:"status"`
		} `json:"items"`
	}
	if _, err := l.send(ctx, "project_owner", client.Call{Method: http.MethodGet, Path: "/cases/" + l.id + "/conditions?limit=100"}, &list); err != nil {
		return err
	}
	for _, c := range list.Items {
		if c.DueKind != model.DueBeforeUse || c.Status != model.ConditionOpen {
			continue
		}
		met := map[string]any{"outcome": "met", "evidence_note": "Underlaget är visat och granskat."}
		if err := l.post(ctx, string(c.Verifier), "/conditions/"+c.ID+"/verification", met); err != nil {
			return err
		}
	}
	return nil
}
