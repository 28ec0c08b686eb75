package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/store"
)

// TaskItem is a task in a list.
type TaskItem struct {
	TaskID     string           `json:"task_id"`
	CaseID     string           `json:"case_id,omitempty" doc:"absent for a task of an incident or of the year"`
	IncidentID string           `json:"incident_id,omitempty" doc:"the incident that the task belongs to"`
	UnitID     string           `json:"unit_id,omitempty" doc:"the unit that a task without a case concerns"`
	AboutCase  string           `json:"about_case_id,omitempty" doc:"the case that a task of the year is about"`
	CaseTitle  string           `json:"case_title,omitempty"`
	CaseState  model.CaseState  `json:"case_state,omitempty"`
	Stage      model.StageKey   `json:"stage"`
	StageLabel string           `json:"stage_label"`
	Kind       model.TaskKind   `json:"kind"`
	Round      int              `json:"round" doc:"how often the task has been opened"`
	Role       model.Role       `json:"role"`
	Status     model.TaskStatus `json:"status"`
	Outcome    model.Outcome    `json:"outcome,omitempty"`
	Assignee   *PersonNote      `json:"assignee,omitempty" doc:"who has the task, absent while it is open to everybody of the role"`
	AwayUntil  string           `json:"away_until,omitempty" format:"date" doc:"the last day, in Sweden, that the one who has the open task is away"`
	For        *ForNote         `json:"for,omitempty" doc:"for whom you answer the task, as their deputy"`
	Revision   int              `json:"revision" doc:"the revision that stood when the task was opened"`
	Opened     time.Time        `json:"opened"`
	Due        *time.Time       `json:"due"`
	Closed     *time.Time       `json:"closed"`
	Question   string           `json:"question" doc:"what is asked"`
	// CaseUpdated and Viewed are filled in lists.
	CaseUpdated *time.Time `json:"case_updated,omitempty" doc:"when the case changed last, in lists"`
	Viewed      *time.Time `json:"viewed,omitempty" doc:"when I first opened the task's page, in lists; absent while it is new to me"`
	Overdue     bool       `json:"overdue"`
	ETag        string     `json:"etag" doc:"entity tag for decision and assignment"`
}

func (s *server) taskItem(t store.Task, who *PersonNote, l lang.Lang) TaskItem {
	return TaskItem{
		TaskID: t.ID, CaseID: t.CaseID, IncidentID: t.IncidentID, UnitID: t.UnitID, AboutCase: t.AboutCaseID, CaseTitle: t.CaseTitle, CaseState: t.CaseState, Stage: t.Key.Stage,
		StageLabel: s.stageLabel(t.Key.Stage, l), Kind: t.Key.Kind, Round: t.Key.Round, Role: t.Role, Status: t.Status,
		Outcome: t.Outcome, Assignee: who, Revision: t.Revision, Opened: t.OpenedAt, Due: when(t.DueAt),
		Closed: when(t.ClosedAt), ETag: etag(t.ETag()), Question: questionOf(t.Key).In(l),
		CaseUpdated: when(t.CaseUpdatedAt), Viewed: when(t.ViewedAt),
		Overdue: t.Status == model.TaskOpen && !t.DueAt.IsZero() && s.Clock.Now().After(t.DueAt),
	}
}

// TaskView is a task with everything that is needed to answer it.
type TaskView struct {
	TaskItem
	Current  int             `json:"current_revision" doc:"the revision to judge and to give with the decision"`
	Review   string          `json:"review" doc:"where that revision is read"`
	Outcomes []OutcomeChoice `json:"outcomes" nullable:"false"`
	// Questionnaire names the questionnaire of the rulebook that Form is drawn
	// from, empty where the task has none.
	Questionnaire string         `json:"questionnaire,omitempty"`
	Form          []QuestionNote `json:"form" nullable:"false" doc:"the questions to answer with the decision"`
	Judgement     *JudgementNote `json:"judgement,omitempty" doc:"what the rules say of what is judged, for advice beside that advice"`
	Joint         *JointTask     `json:"joint,omitempty" doc:"the second part of the task, to be answered in joint (AD-02)"`
	Note          string         `json:"note,omitempty"`
	// MayDecide says whether the reader may answer the task.
	MayDecide bool `json:"may_decide"`
}

// JointTask is the second part of a task that has two.
type JointTask struct {
	TaskID     string          `json:"task_id"`
	Stage      model.StageKey  `json:"stage"`
	StageLabel string          `json:"stage_label"`
	Question   string          `json:"question"`
	Current    int             `json:"current_revision" doc:"the revision to judge and to give with the answer"`
	Review     string          `json:"review"`
	Outcomes   []OutcomeChoice `json:"outcomes" nullable:"false"`
	Judgement  *JudgementNote  `json:"judgement,omitempty" doc:"what the rules say of what is judged, beside the advice that is asked for"`
}

// OutcomeChoice is an answer that a task takes, and what has to come with it.
type OutcomeChoice struct {
	Outcome  model.Outcome `json:"outcome"`
	Label    string        `json:"label"`
	Requires []string      `json:"requires" nullable:"false" doc:"fields of the decision that this outcome needs"`
	Refused  []string      `json:"refused_by" nullable:"false" doc:"rules that refuse the outcome as things stand"`
}

type taskOutput struct {
	ETag string `header:"ETag" doc:"covers status, round and what is judged"`
	Body TaskView
}

// TaskFilters are the filters of the inbox.
type TaskFilters struct {
	Assignee string `query:"assignee" maxLength:"64" doc:"me: what I have or may take; none: what I may take and nobody has; others: what waits for others in the cases in which I have a function; away: what waits for somebody who is away and whose deputy cannot answer it; or the id of the person who has the task"`
	Role     string `query:"role" doc:"role that answers the task"`
	Status   string `query:"status" enum:"open,done,cancelled,all" default:"open"`
	Overdue  bool   `query:"overdue" doc:"only tasks that are overdue"`
	Free     bool   `query:"free" doc:"only tasks that nobody has"`
	Sort     string `query:"sort" enum:"due,closed" default:"due" doc:"what is due first first, or what was closed last"`
}

type tasksInput struct {
	TaskFilters
	Paging
}

// TaskPath names a task.
type TaskPath struct {
	TaskID string `path:"task_id" doc:"id of the task"`
}

type taskInput struct{ TaskPath }

type (
	// taskAnswersBody are answers to a task's form that have not been sent.
	taskAnswersBody struct {
		Answers map[string]any `json:"answers" validate:"required" doc:"answers to the task's form so far; what does not fit counts as not answered"`
	}
	previewTaskInput struct {
		TaskPath
		Body taskAnswersBody
	}
	// TaskForm are the questions of a task.
	TaskForm struct {
		Form []QuestionNote `json:"form" nullable:"false" doc:"the questions that apply; those that are needed and not answered are missing"`
	}
	taskFormOutput struct{ Body TaskForm }
)

// Resolve checks the body.
func (b *taskAnswersBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

func (s *server) taskRoutes() {
	add(s, route{
		id: "list-tasks", method: http.MethodGet, path: "/tasks", tag: tagTasks,
		summary: "The inbox, what is due first first", errors: []int{http.StatusUnprocessableEntity},
	}, s.listTasks)
	add(s, route{
		id: "get-task", method: http.MethodGet, path: "/tasks/{task_id}", tag: tagTasks,
		summary: "What to decide, on which revision", errors: []int{http.StatusNotFound},
	}, s.getTask)
	add(s, route{
		id: "decide", method: http.MethodPost, path: "/tasks/{task_id}/decision", tag: tagTasks, matched: true, keyed: true,
		summary: "Answer a task", errors: []int{http.StatusNotFound},
	}, s.decide)
	add(s, route{
		id: "preview-task", method: http.MethodPost, path: "/tasks/{task_id}/preview", tag: tagTasks,
		summary: "Which questions a task asks beside these answers; stores nothing", errors: []int{http.StatusNotFound},
	}, s.previewTask)
	add(s, route{
		id: "assign", method: http.MethodPut, path: "/tasks/{task_id}/assignment", tag: tagTasks, matched: true,
		summary: "Take a task, release it, or give it to somebody else",
		errors:  []int{http.StatusNotFound, http.StatusForbidden, http.StatusConflict},
	}, s.assign)
	add(s, route{
		id: "preview-assignment", method: http.MethodGet, path: "/tasks/{task_id}/assignment", tag: tagTasks,
		summary: "Whether somebody can have a task, and what keeps them from it",
		errors:  []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.previewAssignment)
}

func (s *server) listTasks(ctx context.Context, in *tasksInput) (*pageOutput[TaskItem], error) {
	f, err := s.taskFilter(ctx, in.TaskFilters)
	if err != nil {
		return nil, err
	}
	f.Offset, f.Limit = int64(in.Offset), int64(in.Limit)+1
	return keyset[store.Task, store.TaskCursor, TaskItem]{
		find: func(after *store.TaskCursor) ([]store.Task, error) {
			f.After = after
			return s.Store.Tasks(ctx, f)
		},
		place: func(t store.Task) store.TaskCursor {
			return store.TaskCursor{DueAt: t.DueAt, ClosedAt: t.ClosedAt, ID: t.ID}
		},
		items: func(found []store.Task) ([]TaskItem, error) { return s.taskItems(ctx, found) },
		count: func(upTo int64) (int, error) { return s.Store.CountTasks(ctx, f, upTo) }, // After does not count
	}.page(s.newList(ctx, "/tasks", in.TaskFilters.values(), in.Paging))
}

// taskItems are tasks of the reader's organisation, with the names of who has them.
func (s *server) taskItems(ctx context.Context, found []store.Task) ([]TaskItem, error) {
	ids := []string{}
	for _, t := range found {
		if t.AssigneeID != "" {
			ids = append(ids, t.AssigneeID)
		}
	}
	names, err := s.Store.Names(ctx, authn.Actor(ctx).OrgID, ids)
	if err != nil {
		return nil, err
	}
	out := make([]TaskItem, len(found))
	for i, t := range found {
		out[i] = s.taskItem(t, named(names, t.AssigneeID), languageOf(ctx))
	}
	if err := s.markDeputised(ctx, found, out); err != nil {
		return nil, err
	}
	return out, s.markAway(ctx, out)
}

// taskFilter translates the filters. Whoever reads every case reads every task;
// others what they have or may take.
func (s *server) taskFilter(ctx context.Context, in TaskFilters) (store.TaskFilter, error) {
	a := authn.Actor(ctx)
	f := store.TaskFilter{OrgID: a.OrgID, Role: model.Role(in.Role), Status: model.TaskStatus(in.Status)}
	if in.Status == "all" {
		f.Status = ""
	}
	mine := in.Assignee == "me" || in.Assignee == "none"
	if mine || access.CasesReach(a) != access.ReachAll {
		f.ForPerson, f.ForRoles, f.ForUnit, f.HeadOf = a.PersonID, access.PoolRoles(a), a.UnitID, a.HeadOf
		f.Deputy = a.Deputy
	}
	f.CasesOnly, f.Person, f.Pool = !access.ReadsAllIncidents(a), a.PersonID, access.PoolRoles(a)
	f.Free, f.Latest = in.Free || in.Assignee == "none", in.Sort == "closed"
	away := in.Assignee == "away"
	if away {
		f.AwayAt = s.Clock.Now()
	}
	switch {
	case away && f.ForPerson == "": // whoever reads every case
	case away, in.Assignee == "others": // whoever has a function in a case reads it
		f.Others, f.ForPerson, f.ForRoles, f.ForUnit, f.HeadOf, f.Deputy = true, "", nil, "", nil, nil
	case !mine:
		f.AssigneeID = in.Assignee
	}
	if in.Overdue {
		f.OverdueAt = s.Clock.Now()
	}
	if faults := (CaseFilters{Role: in.Role}).unknown(); len(faults) > 0 {
		return f, faults
	}
	return f, nil
}

func (in TaskFilters) values() url.Values {
	v := url.Values{"status": {in.Status}, "sort": {in.Sort}}
	for name, value := range map[string]string{"assignee": in.Assignee, "role": in.Role} {
		if value != "" {
			v.Set(name, value)
		}
	}
	for name, on := range map[string]bool{"overdue": in.Overdue, "free": in.Free} {
		if on {
			v.Set(name, "true")
		}
	}
	return v
}

func (s *server) getTask(ctx context.Context, in *taskInput) (*taskOutput, error) {
	id, err := knownID(in.TaskID)
	if err != nil {
		return nil, err
	}
	t, err := s.Act.ReadTask(ctx, authn.Actor(ctx), id)
	if err != nil {
		return nil, err
	}
	return s.taskOutput(ctx, t)
}

func (s *server) previewTask(ctx context.Context, in *previewTaskInput) (*taskFormOutput, error) {
	id, err := knownID(in.TaskID)
	if err != nil {
		return nil, err
	}
	questions, err := s.Act.TaskQuestions(ctx, authn.Actor(ctx), id, in.Body.Answers)
	if err != nil {
		return nil, err
	}
	return &taskFormOutput{TaskForm{questionNotes(questions, languageOf(ctx))}}, nil
}

func (s *server) taskOutput(ctx context.Context, t store.Task) (*taskOutput, error) {
	if t.CaseID == "" {
		return s.elsewhereOutput(ctx, t)
	}
	a, l := authn.Actor(ctx), languageOf(ctx)
	c, on, err := s.Act.Rights(ctx, a, t.CaseID)
	if err != nil {
		return nil, err
	}
	s.aboutCase(ctx, c)
	t.CaseTitle, t.CaseState = c.Title, c.State
	ids := []string{}
	if t.AssigneeID != "" {
		ids = append(ids, t.AssigneeID)
	}
	names, err := s.Store.Names(ctx, a.OrgID, ids)
	if err != nil {
		return nil, err
	}
	item := []TaskItem{s.taskItem(t, named(names, t.AssigneeID), l)}
	if err := s.markDeputised(ctx, []store.Task{t}, item); err != nil {
		return nil, err
	}
	if err := s.markAway(ctx, item); err != nil {
		return nil, err
	}
	view, err := s.taskView(ctx, c, on, t, item[0])
	return &taskOutput{etag(t.ETag()), view}, err
}

// taskView says everything that is needed to answer a task.
func (s *server) taskView(ctx context.Context, c store.Case, on access.Object, t store.Task, item TaskItem) (TaskView, error) {
	a, l := authn.Actor(ctx), languageOf(ctx)
	brief, err := s.Act.Brief(ctx, c, t)
	if err != nil {
		return TaskView{}, err
	}
	v := TaskView{
		TaskItem: item, Current: brief.Revision, Review: reviewPath(c, brief),
		Outcomes: outcomeChoices(t, brief, l), Questionnaire: brief.Questionnaire, Form: questionNotes(brief.Questions, l),
		MayDecide: act.MayAnswer(a, on, t),
	}
	v.Judgement = briefNote(brief, l)
	if brief.Questionnaire == "" {
		v.Note = formNote.In(l)
	}
	joint, err := s.Act.JointTask(ctx, t)
	if err != nil || joint == nil {
		return v, err
	}
	other, err := s.Act.Brief(ctx, c, *joint)
	if err != nil {
		return v, err
	}
	v.Joint = &JointTask{
		TaskID: joint.ID, Stage: joint.Key.Stage, StageLabel: s.stageLabel(joint.Key.Stage, l), Question: questionOf(joint.Key).In(l),
		Current: other.Revision, Review: reviewPath(c, other), Outcomes: outcomeChoices(*joint, other, l),
		Judgement: briefNote(other, l),
	}
	return v, nil
}

// briefNote is what the rules say of what is judged, nil where the stage has none.
func briefNote(b act.Brief, l lang.Lang) *JudgementNote {
	if b.Judgement == nil {
		return nil
	}
	note := judgementNote(*b.Judgement, l)
	return &note
}

// reviewPath is where what is judged is read: the stage's assessment, or the
// intake.
func reviewPath(c store.Case, b act.Brief) string {
	if b.Part != store.Intake {
		return fmt.Sprintf("%s/cases/%s/assessments/%s?revision=%d", base, c.ID, b.Part, b.Revision)
	}
	return fmt.Sprintf("%s/cases/%s/revisions/%d", base, c.ID, b.Revision)
}

// outcomeChoices are the outcomes that an open task takes.
func outcomeChoices(t store.Task, b act.Brief, l lang.Lang) []OutcomeChoice {
	out := []OutcomeChoice{}
	if t.Status != model.TaskOpen {
		return out
	}
	stage, _ := model.Stage(t.Key.Stage)
	spec, _ := stage.Task(t.Key.Kind)
	for _, o := range spec.Outcomes {
		c := OutcomeChoice{o, outcomeWords[o].In(l), []string{}, orEmpty(b.Refused(t.Key.Kind, o))}
		switch {
		case o == model.OutcomeReturn || o == model.OutcomeReject:
			c.Requires = append(c.Requires, "reason_codes", "path_forward_text")
		case o.WithConditions() && !b.Conditional():
			c.Requires = append(c.Requires, "conditions")
		}
		out = append(out, c)
	}
	return out
}

// elsewhereOutput is a task that belongs to no case, with everything that is needed
// to answer it.
func (s *server) elsewhereOutput(ctx context.Context, t store.Task) (*taskOutput, error) {
	a, l := authn.Actor(ctx), languageOf(ctx)
	ids := []string{}
	if t.AssigneeID != "" {
		ids = append(ids, t.AssigneeID)
	}
	names, err := s.Store.Names(ctx, a.OrgID, ids)
	if err != nil {
		return nil, err
	}
	item := []TaskItem{s.taskItem(t, named(names, t.AssigneeID), l)}
	if err := s.markDeputised(ctx, []store.Task{t}, item); err != nil {
		return nil, err
	}
	if err := s.markAway(ctx, item); err != nil {
		return nil, err
	}
	questions := s.Act.YearlyQuestions(t, nil)
	v := TaskView{
		TaskItem: item[0], Current: t.Revision,
		Outcomes: []OutcomeChoice{}, Form: questionNotes(questions, l), MayDecide: act.MayAnswer(a, access.Object{UnitID: t.UnitID}, t),
	}
	if t.IncidentID != "" {
		v.Review = base + "/incidents/" + t.IncidentID
	}
	if len(questions) > 0 {
		v.Questionnaire = string(t.Key.Kind)
	} else {
		v.Note = formNote.In(l)
		if note, ok := incidentNotes[t.Key.Kind]; ok && t.IncidentID != "" {
			v.Note += " " + note.In(l)
		}
	}
	spec, _ := model.TaskSpecOf(t.Key)
	for _, o := range spec.Outcomes {
		if t.Status != model.TaskOpen {
			break
		}
		choice := OutcomeChoice{o, outcomeWords[o].In(l), []string{}, []string{}}
		reasons, authority := act.NeedsReasons(t, o)
		if reasons {
			choice.Requires = append(choice.Requires, "motivation")
		}
		if authority {
			choice.Requires = append(choice.Requires, "decision_authority")
		}
		v.Outcomes = append(v.Outcomes, choice)
	}
	return &taskOutput{etag(t.ETag()), v}, nil
}
