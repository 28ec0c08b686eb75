package apitest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sluss/api"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/rulebook/rulebooktest"
)

// hands are who acts for a role in a house.
var hands = map[model.Role]string{
	model.RoleProjectOwner: "owner", model.RoleManager: "manager", model.RoleInformationOwner: "info",
	model.RoleSystemOwner: "system", model.RoleDPO: "dpo", model.RoleCISO: "ciso", model.RoleLegalCounsel: "legal",
	model.RoleEnvironmentReviewer: "environment", model.RoleAdministrator: "admin", model.RoleCoordinator: "coordinator",
	model.RoleUnitHead: "head", model.RoleRegistrar: "registrar",
}

// Hand is the handle of who acts for a role.
func Hand(r model.Role) string { return hands[r] }

// filler answers the questions of a questionnaire: of a stage, or of one of its
// tasks.
func (h *House) filler(questionnaire string, own map[string]any) *rulebooktest.Filler {
	h.T.Helper()
	stage, _, _ := strings.Cut(questionnaire, ".")
	book, ok := rulebook.Default().Assessment(stage)
	if !ok {
		h.T.Fatalf("the rulebook has no questionnaire %s", questionnaire)
	}
	return rulebooktest.New(book, calendar.Today(h.Clock.Now()), own)
}

// gapsOf are the faults that are about answers.
func gapsOf(faults []api.Fault) []rulebooktest.Gap {
	var out []rulebooktest.Gap
	for _, f := range faults {
		if strings.HasPrefix(f.Pointer, "/answers/") {
			out = append(out, rulebooktest.Gap{Pointer: f.Pointer, Missing: f.Missing})
		}
	}
	return out
}

// needed are the questions of a form that are to be answered.
func needed(form []api.QuestionNote) []string {
	var ids []string
	for _, q := range form {
		if (q.Needed || rulebooktest.Useful(q.ID)) && !q.Answered {
			ids = append(ids, q.ID)
		}
	}
	return ids
}

// Answers fills in the form of a task as it stands. own are the answers that are
// given, by the ids of their questions.
func (h *House) Answers(as, task string, own map[string]any) map[string]any {
	h.T.Helper()
	var view api.TaskView
	h.Get(as, task).Want(http.StatusOK).Into(&view)
	answers := map[string]any{}
	if view.Questionnaire == "" {
		return answers
	}
	rulebooktest.Add(answers, own)
	fill := h.filler(view.Questionnaire, own)
	fill.Ask(answers, needed(view.Form)...)
	fill.Follow(answers, view.Questionnaire)
	return answers
}

// Assess writes the draft of a stage's assessment until nothing is missing, and
// returns its revision.
func (h *House) Assess(as, caseID, stage string, own map[string]any) (revision int) {
	h.T.Helper()
	path := "/cases/" + caseID + "/assessments/" + stage
	var draft api.AssessmentDraft
	a := h.Get(as, path).Want(http.StatusOK)
	a.Into(&draft)
	fill := h.filler(stage, own)
	answers := map[string]any{}
	rulebooktest.Add(answers, own)
	fill.Ask(answers, needed(draft.Form)...)
	rulebooktest.Fill(h.T, fill, answers, func(answers map[string]any) []rulebooktest.Gap {
		a = h.Do(Call{
			Method: http.MethodPut, Path: path, As: as, Body: map[string]any{"answers": answers},
			Header: "If-Match: " + a.Header().Get("ETag"),
		}).Want(http.StatusOK)
		a.Into(&draft)
		return gapsOf(draft.Missing)
	})
	return draft.Revision
}

// HandIn writes a stage's assessment and gives it to its reviewers.
func (h *House) HandIn(as, caseID, stage string, own map[string]any) Answer {
	h.T.Helper()
	return h.Do(h.HandingIn(as, caseID, stage, h.Assess(as, caseID, stage, own))).Want(http.StatusOK)
}

// HandingIn gives a revision of a stage's assessment to its reviewers.
func (h *House) HandingIn(as, caseID, stage string, revision int) Call {
	h.T.Helper()
	etag := h.Get("auditor", "/cases/"+caseID).Want(http.StatusOK).Header().Get("ETag")
	return Call{
		Method: http.MethodPost, Path: "/cases/" + caseID + "/submissions", As: as,
		Body:   map[string]any{"stage": stage, "revision": revision},
		Header: "If-Match: " + etag + "\n" + Key(),
	}
}

// Decide answers a task on what stands, with its form filled in. own are answers
// as in Answers.
func (h *House) Decide(as, task string, body, own map[string]any) Answer {
	h.T.Helper()
	var view api.TaskView
	h.Get(as, task).Want(http.StatusOK).Into(&view)
	if view.Joint != nil && body["joint"] == nil {
		body["joint"] = map[string]any{"outcome": body["outcome"], "revision": view.Joint.Current}
	}
	if body["revision"] == nil {
		body["revision"] = view.Current
	}
	answers := h.Answers(as, task, own)
	var fill *rulebooktest.Filler
	if view.Questionnaire != "" {
		fill = h.filler(view.Questionnaire, own)
	}
	for range 20 {
		if len(answers) > 0 {
			body["answers"] = answers
		}
		a := h.Do(Call{Method: http.MethodPost, Path: task + "/decision", As: as, Body: body, Header: "If-Match: " + view.ETag + "\n" + Key()})
		if a.Code != http.StatusUnprocessableEntity || fill == nil {
			return a
		}
		var p api.Problem
		a.Into(&p)
		gaps := gapsOf(p.Errors)
		if len(gaps) == 0 || fill.Mend(answers, gaps) != nil {
			return a
		}
	}
	h.T.Fatalf("%s is never complete", task)
	return Answer{}
}

// Pass answers a task with the first of its outcomes that lets the case go on.
func (h *House) Pass(as, task string, own map[string]any) Answer {
	h.T.Helper()
	var view api.TaskView
	h.Get(as, task).Want(http.StatusOK).Into(&view)
	stopping := []model.Outcome{
		model.OutcomeReturn, model.OutcomeReject, model.OutcomeAdvisesAgainst, model.OutcomeNotGivenInTime, model.OutcomePriorConsultation,
	}
	var said []string
	for _, o := range view.Outcomes {
		if slices.Contains(stopping, o.Outcome) {
			continue
		}
		a := h.Decide(as, task, map[string]any{"outcome": o.Outcome, "motivation": "Prövat."}, own)
		if a.Code == http.StatusOK {
			return a
		}
		said = append(said, fmt.Sprintf("%s is answered with %d %s", o.Outcome, a.Code, a.Body))
	}
	h.T.Fatalf("%s.%s cannot be passed: %s", view.Stage, view.Kind, strings.Join(said, "\n"))
	return Answer{}
}

// openTask is a task of a case as its status shows it.
type openTask struct {
	TaskID string         `json:"task_id"`
	Kind   model.TaskKind `json:"kind"`
	Role   model.Role     `json:"role"`
	Status string         `json:"status"`
	Stage  model.StageKey `json:"-"`
}

// openTasks are the tasks of a case that wait for an answer, in the order of their
// stages.
func (h *House) openTasks(caseID string) []openTask {
	h.T.Helper()
	var status struct {
		Stages []struct {
			Key   model.StageKey `json:"key"`
			Tasks []openTask     `json:"tasks"`
		} `json:"stages"`
	}
	h.Get("auditor", "/cases/"+caseID).Want(http.StatusOK).Into(&status)
	var open []openTask
	for _, s := range status.Stages {
		for _, t := range s.Tasks {
			if t.Stage = s.Key; t.Status == string(model.TaskOpen) {
				open = append(open, t)
			}
		}
	}
	return open
}

// Answering says how a case is driven.
type Answering struct {
	// Own are answers that are given, by stage or questionnaire and by question.
	Own map[string]map[string]any
	// Leave are tasks that are left alone, by stage and kind, as "ciso.decision".
	Leave []string
	// Seen is told of every task before it is answered. It may be nil.
	Seen func(as, task string)
}

// Drive answers the open tasks of a case by those who have their roles, until none
// is left but those to leave. Those who advise and prepare answer before
// those who decide.
func (h *House) Drive(caseID string, how Answering) {
	h.T.Helper()
	for range 60 {
		open := h.openTasks(caseID)
		open = slices.DeleteFunc(open, func(t openTask) bool { return slices.Contains(how.Leave, string(t.Stage)+"."+string(t.Kind)) })
		if len(open) == 0 {
			return
		}
		h.answer(caseID, first(open), how)
	}
	h.T.Fatal("the case has no end")
}

// first is the task to answer first: decisions wait for everything else, and of
// decisions that of the CISO waits for the others of the review.
func first(open []openTask) openTask {
	rank := func(t openTask) int {
		switch {
		case t.Kind == model.TaskPrepare:
			return 0
		case t.Kind != model.TaskDecision:
			return 1
		case t.Stage == model.StageInfoOwner:
			return 4
		case t.Stage == model.StageCISO:
			return 3
		}
		return 2
	}
	return slices.MinFunc(open, func(a, b openTask) int { return rank(a) - rank(b) })
}

func (h *House) answer(caseID string, t openTask, how Answering) {
	h.T.Helper()
	as, path := Hand(t.Role), "/tasks/"+t.TaskID
	if how.Seen != nil {
		how.Seen(as, path)
	}
	if t.Kind == model.TaskPrepare {
		h.HandIn(as, caseID, string(t.Stage), how.own(string(t.Stage)))
		return
	}
	h.Pass(as, path, how.own(string(t.Stage), string(t.Stage)+"."+string(t.Kind)))
}

// own are the answers given for a form by the first of its names that has some.
func (how Answering) own(names ...string) map[string]any {
	out := map[string]any{}
	for _, name := range names {
		for id, v := range how.Own[name] {
			out[id] = v
		}
	}
	return out
}

// openCondition is a condition of a case as the list shows it.
type openCondition struct {
	ID       string        `json:"condition_id"`
	Verifier model.Role    `json:"verifier_role"`
	Due      model.DueKind `json:"due_kind"`
	Status   string        `json:"status"`
}

// MeetConditions has every open condition before use verified by those who have
// to, but for those in except, and returns how many there were.
func (h *House) MeetConditions(caseID string, except ...string) (met int) {
	h.T.Helper()
	path := "/cases/" + caseID
	var list struct {
		Items []openCondition `json:"items"`
	}
	h.Get("auditor", path+"/conditions?limit=100").Want(http.StatusOK).Into(&list)
	for _, c := range list.Items {
		if c.Status != string(model.ConditionOpen) || c.Due != model.DueBeforeUse || slices.Contains(except, c.ID) {
			continue
		}
		h.Do(Call{
			Method: http.MethodPost, Path: path + "/conditions/" + c.ID + "/verification", As: Hand(c.Verifier),
			Body:   map[string]any{"outcome": "met", "evidence_note": "Underlaget är sett."},
			Header: "If-Match: " + h.Get("auditor", path).Want(http.StatusOK).Header().Get("ETag") + "\n" + Key(),
		}).Want(http.StatusOK)
		met++
	}
	return met
}
