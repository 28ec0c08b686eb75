package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/lang"
	"sluss/model/store"
)

// ConditionItem is a condition of a case.
type ConditionItem struct {
	ConditionID  string                `json:"condition_id"`
	DecisionID   string                `json:"decision_id"`
	Stage        model.StageKey        `json:"stage"`
	TextSV       string                `json:"text_sv"`
	TextEN       string                `json:"text_en,omitempty"`
	SourceRule   string                `json:"source_rule,omitempty"`
	OwnerRole    model.Role            `json:"owner_role"`
	VerifierRole model.Role            `json:"verifier_role,omitempty"`
	Verification string                `json:"verification"`
	Consequence  string                `json:"consequence"`
	DueKind      model.DueKind         `json:"due_kind"`
	DueDate      string                `json:"due_date,omitempty" format:"date"`
	Months       int                   `json:"months,omitempty" doc:"period of a condition that comes back"`
	Template     bool                  `json:"template" doc:"added by the rules to every approval on these facts"`
	Status       model.ConditionStatus `json:"status"`
	EvidenceNote string                `json:"evidence_note,omitempty"`
	VerifiedBy   *PersonNote           `json:"verified_by,omitempty"`
	VerifiedAt   *time.Time            `json:"verified_at"`
	CreatedAt    time.Time             `json:"created_at"`
	Waivers      []WaiverNote          `json:"waivers" nullable:"false" doc:"who has said that it need not be met; it is waived once both have (CO-04)"`
}

// WaiverNote is the word of one of the two who waive a condition together.
type WaiverNote struct {
	PersonRole
	Reason            string    `json:"reason"`
	DecisionAuthority string    `json:"decision_authority"`
	GivenAt           time.Time `json:"given_at"`
}

// DecisionItem is what somebody decided or advised, and why.
type DecisionItem struct {
	DecisionID        string          `json:"decision_id"`
	TaskID            string          `json:"task_id,omitempty"`
	Kind              string          `json:"kind"`
	Stage             model.StageKey  `json:"stage,omitempty"`
	Outcome           model.Outcome   `json:"outcome,omitempty"`
	OutcomeLabel      string          `json:"outcome_label,omitempty"`
	Decider           *PersonNote     `json:"decider,omitempty"`
	For               *ForNote        `json:"for,omitempty" doc:"for whom it was decided, by a deputy"`
	Role              model.Role      `json:"role"`
	Revision          int             `json:"revision" doc:"the revision that it rests on"`
	Motivation        string          `json:"motivation"`
	ReasonCodes       []string        `json:"reason_codes" nullable:"false"`
	PathForwardText   string          `json:"path_forward_text,omitempty"`
	DecisionAuthority string          `json:"decision_authority,omitempty"`
	Deviates          bool            `json:"deviates" doc:"the decision goes against the advice"`
	ReportToBoard     bool            `json:"report_to_board"`
	Answers           json.RawMessage `json:"answers,omitempty"`
	DecidedAt         time.Time       `json:"decided_at"`
}

// RevisionItem is a text that was handed to the reviewers.
type RevisionItem struct {
	Part        string      `json:"part"`
	Revision    int         `json:"revision"`
	Hash        string      `json:"hash"`
	SubmittedBy *PersonNote `json:"submitted_by,omitempty"`
	SubmittedAt time.Time   `json:"submitted_at"`
}

// RevisionText is a revision with its answers.
type RevisionText struct {
	RevisionItem
	Answers json.RawMessage `json:"answers"`
}

type partInput struct {
	CasePath
	Paging
}

// TextPart says which text of a case is meant.
type TextPart struct {
	Part string `query:"part" maxLength:"64" default:"intake" doc:"intake, or the key of the stage whose assessment it is"`
}

// allParts stands for every text of a case in a list.
const allParts = "all"

// known refuses what is no part of a case.
func (p TextPart) known() error {
	if _, stage := model.Stage(model.StageKey(p.Part)); p.Part != store.Intake && !stage {
		return faultError{{"/part", "oneof", rule("oneof")(store.Intake + " " + joined(stageKeys()))}}
	}
	return nil
}

type (
	revisionsInput struct {
		CasePath
		Part string `query:"part" maxLength:"64" default:"intake" doc:"intake, the key of the stage whose assessment it is, or all"`
		Paging
	}
	revisionInput struct {
		CasePath
		TextPart
		Revision int `path:"revision" minimum:"1" doc:"number of the revision"`
	}
)

type revisionOutput struct{ Body RevisionText }

func (s *server) partRoutes() {
	get := func(id, path, summary string) route {
		return route{
			id: id, method: http.MethodGet, path: "/cases/{case_id}" + path, tag: tagCases, summary: summary,
			errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
		}
	}
	add(s, get("list-case-tasks", "/tasks", "The tasks of a case, in the order in which they were opened"), s.caseTasks)
	add(s, get("list-conditions", "/conditions", "The conditions of a case"), s.conditions)
	add(s, get("list-decisions", "/decisions", "What was decided and advised in a case"), s.decisions)
	add(s, get("list-events", "/events", "The log of a case, from its first event"), s.events)
	add(s, get("list-revisions", "/revisions", "The revisions that were submitted, the newest first"), s.revisions)
	add(s, get("get-revision", "/revisions/{revision}", "A submitted revision with its answers"), s.revision)
}

// readableCase returns the id of a case that the reader may read.
func (s *server) readableCase(ctx context.Context, p CasePath) (string, error) {
	id, err := p.id()
	if err != nil {
		return "", err
	}
	_, err = s.Act.ReadCase(ctx, authn.Actor(ctx), id)
	return id, err
}

// part reads a part of a case as a whole and answers with a page of it. about
// names the person whom a row is about.
func part[R, T any](ctx context.Context, s *server, in *partInput, path string,
	read func(ctx context.Context, orgID, caseID string) ([]R, error),
	about func(R) string, item func(R, *PersonNote, lang.Lang) T) (*pageOutput[T], error) {
	return filtered(ctx, s, in, path, nil, read, about, item)
}

// filtered is part of a list that has filters.
func filtered[R, T any](ctx context.Context, s *server, in *partInput, path string, filter url.Values,
	read func(ctx context.Context, orgID, caseID string) ([]R, error),
	about func(R) string, item func(R, *PersonNote, lang.Lang) T) (*pageOutput[T], error) {
	id, err := s.readableCase(ctx, in.CasePath)
	if err != nil {
		return nil, err
	}
	org := authn.Actor(ctx).OrgID
	rows, err := read(ctx, org, id)
	if err != nil {
		return nil, err
	}
	cut, err := page(s.newList(ctx, "/cases/"+id+path, filter, in.Paging), rows)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, r := range cut.Body.Items {
		if who := about(r); who != "" {
			ids = append(ids, who)
		}
	}
	names, err := s.Store.Names(ctx, org, ids)
	if err != nil {
		return nil, err
	}
	b := cut.Body
	out := &pageOutput[T]{Link: cut.Link, Body: Page[T]{Items: make([]T, len(b.Items)), NextCursor: b.NextCursor, Total: b.Total, TotalMore: b.TotalMore}}
	for i, r := range b.Items {
		out.Body.Items[i] = item(r, named(names, about(r)), languageOf(ctx))
	}
	return out, nil
}

func named(names map[string]string, id string) *PersonNote {
	if id == "" {
		return nil
	}
	return &PersonNote{id, names[id]}
}

func (s *server) caseTasks(ctx context.Context, in *partInput) (*pageOutput[TaskItem], error) {
	out, err := part(ctx, s, in, "/tasks", s.Store.CaseTasks,
		func(t store.Task) string { return t.AssigneeID },
		func(t store.Task, who *PersonNote, l lang.Lang) TaskItem { return s.taskItem(t, who, l) })
	if err != nil {
		return nil, err
	}
	return out, s.markAway(ctx, out.Body.Items)
}

func (s *server) conditions(ctx context.Context, in *partInput) (*pageOutput[ConditionItem], error) {
	out, err := part(ctx, s, in, "/conditions", s.Store.Conditions,
		func(c store.Condition) string { return c.VerifiedBy },
		func(c store.Condition, who *PersonNote, _ lang.Lang) ConditionItem {
			return ConditionItem{
				ConditionID: c.ID, DecisionID: c.DecisionID, Stage: c.Stage, TextSV: c.TextSV, TextEN: c.TextEN,
				SourceRule: c.SourceRule, OwnerRole: c.OwnerRole, VerifierRole: c.VerifierRole,
				Verification: c.Verification, Consequence: c.Consequence, DueKind: c.DueKind, DueDate: c.DueDate,
				Months: c.Months, Template: c.Template, Status: c.Status, EvidenceNote: c.EvidenceNote, VerifiedBy: who, VerifiedAt: when(c.VerifiedAt),
				CreatedAt: c.CreatedAt, Waivers: []WaiverNote{},
			}
		})
	if err != nil {
		return nil, err
	}
	return out, s.addWaivers(ctx, in.CaseID, out.Body.Items)
}

// addWaivers says at conditions who has waived them.
func (s *server) addWaivers(ctx context.Context, caseID string, items []ConditionItem) error {
	if len(items) == 0 {
		return nil
	}
	org := authn.Actor(ctx).OrgID
	given, err := s.Store.Waivers(ctx, org, caseID)
	if err != nil || len(given) == 0 {
		return err
	}
	ids := make([]string, len(given))
	for i, w := range given {
		ids[i] = w.PersonID
	}
	names, err := s.Store.Names(ctx, org, ids)
	for _, w := range given {
		for i := range items {
			if items[i].ConditionID == w.ConditionID {
				items[i].Waivers = append(items[i].Waivers, WaiverNote{
					PersonRole{*named(names, w.PersonID), w.Role, w.Role.Label().In(languageOf(ctx))}, w.Reason, w.DecisionAuthority, w.WaivedAt,
				})
			}
		}
	}
	return err
}

func (s *server) decisions(ctx context.Context, in *partInput) (*pageOutput[DecisionItem], error) {
	out, err := part(ctx, s, in, "/decisions", s.Store.Decisions,
		func(d store.Decision) string { return d.DeciderID },
		func(d store.Decision, who *PersonNote, l lang.Lang) DecisionItem {
			return DecisionItem{
				DecisionID: d.ID, TaskID: d.TaskID, Kind: d.Kind, Stage: d.Stage, Outcome: d.Outcome,
				OutcomeLabel: outcomeWords[d.Outcome].In(l), Decider: who, Role: d.Role, Revision: d.Revision,
				Motivation: d.Motivation, ReasonCodes: orEmpty(d.ReasonCodes), PathForwardText: d.PathForwardText,
				DecisionAuthority: d.DecisionAuthority, Deviates: d.Deviates, ReportToBoard: d.ReportToBoard, Answers: d.Answers, DecidedAt: d.DecidedAt,
				For: forNote(nil, d.For, l),
			}
		})
	if err != nil {
		return nil, err
	}
	return out, s.nameDeputised(ctx, out.Body.Items)
}

func (s *server) revisions(ctx context.Context, in *revisionsInput) (*pageOutput[RevisionItem], error) {
	name := in.Part
	if in.Part == allParts {
		name = ""
	} else if err := (TextPart{in.Part}).known(); err != nil {
		return nil, err
	}
	read := func(ctx context.Context, orgID, caseID string) ([]store.Part, error) {
		return s.Store.Revisions(ctx, orgID, caseID, name)
	}
	return filtered(ctx, s, &partInput{in.CasePath, in.Paging}, "/revisions", url.Values{"part": {in.Part}}, read, func(p store.Part) string { return p.SavedBy },
		func(p store.Part, who *PersonNote, _ lang.Lang) RevisionItem { return revisionItem(p.Name, p, who) })
}

func revisionItem(part string, p store.Part, who *PersonNote) RevisionItem {
	return RevisionItem{Part: part, Revision: p.Revision, Hash: p.Hash, SubmittedBy: who, SubmittedAt: p.SavedAt}
}

func (s *server) revision(ctx context.Context, in *revisionInput) (*revisionOutput, error) {
	id, err := s.readableCase(ctx, in.CasePath)
	if err != nil {
		return nil, err
	}
	if err := in.known(); err != nil {
		return nil, err
	}
	org := authn.Actor(ctx).OrgID
	p, err := s.Store.Revision(ctx, org, id, in.Part, in.Revision)
	if err != nil {
		return nil, err
	}
	names, err := s.Store.Names(ctx, org, []string{p.SavedBy})
	return &revisionOutput{RevisionText{revisionItem(in.Part, p, named(names, p.SavedBy)), p.Answers}}, err
}

// EventFilters choose among the events of a case.
type EventFilters struct {
	Kind []string `query:"kind" maxItems:"100" doc:"kinds of event, separated by commas"`
	Sort string   `query:"sort" enum:"first,latest" default:"first" doc:"what happened first first, or what happened last"`
}

type eventsInput struct {
	CasePath
	EventFilters
	Paging
}

// kinds are the kinds that are asked for, or what is wrong with one.
func (f EventFilters) kinds() ([]model.EventKind, error) {
	var out []model.EventKind
	for _, k := range f.Kind {
		if !slices.Contains(model.EventKinds(), model.EventKind(k)) {
			return nil, faultError{{"/kind", "oneof", rule("oneof")(joined(model.EventKinds()))}}
		}
		out = append(out, model.EventKind(k))
	}
	return out, nil
}

func (f EventFilters) values() url.Values {
	v := url.Values{"sort": {f.Sort}}
	if len(f.Kind) > 0 {
		v.Set("kind", strings.Join(f.Kind, ","))
	}
	return v
}

// eventPlace is a place in the log of a case.
type eventPlace struct {
	After int64 `json:"s"`
}

// events reads the log in its own order, or from its end.
func (s *server) events(ctx context.Context, in *eventsInput) (*pageOutput[audit.Event], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	c, err := s.Act.ReadLog(ctx, authn.Actor(ctx), id)
	if err != nil {
		return nil, err
	}
	kinds, err := in.kinds()
	if err != nil {
		return nil, err
	}
	l := s.newList(ctx, "/cases/"+id+"/events", in.values(), in.Paging)
	var at eventPlace
	if _, err := l.open(&at); err != nil {
		return nil, err
	}
	found, err := s.Store.EventsBy(ctx, c.OrgID, c.ID, store.EventFilter{
		Kinds: kinds, Latest: in.Sort == "latest", After: at.After, Offset: int64(in.Offset), Limit: int64(in.Limit) + 1,
	})
	if err != nil {
		return nil, err
	}
	out := &pageOutput[audit.Event]{Body: Page[audit.Event]{Items: found[:min(len(found), in.Limit)]}}
	if len(found) > in.Limit {
		out.Body.NextCursor = l.seal(eventPlace{found[in.Limit-1].Seq})
		out.Link = l.next(out.Body.NextCursor)
	}
	if in.IncludeTotal {
		n, err := s.Store.CountEvents(ctx, c.OrgID, c.ID, kinds)
		if err != nil {
			return nil, err
		}
		out.Body.setTotal(n, in.TotalUpTo)
	}
	return out, nil
}
