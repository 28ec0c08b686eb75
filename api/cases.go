package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/store"
)

// CasePath names a case.
type CasePath struct {
	CaseID string `path:"case_id" doc:"id of the case"`
}

// id returns the case's id, or not found for what cannot be one.
func (p CasePath) id() (string, error) { return knownID(p.CaseID) }

func knownID(id string) (string, error) {
	if !model.ValidID(id) {
		return "", store.ErrNotFound
	}
	return id, nil
}

// CaseItem is a case in a list.
type CaseItem struct {
	CaseID       string          `json:"case_id"`
	RegistryNo   string          `json:"registry_no,omitempty"`
	Title        string          `json:"title"`
	State        model.CaseState `json:"state"`
	StateLabel   string          `json:"state_label"`
	OrgUnitID    string          `json:"org_unit_id"`
	OwnerID      string          `json:"project_owner_id"`
	Version      int64           `json:"version"`
	Revision     int             `json:"revision" doc:"the revision that was submitted last, 0 for a draft"`
	Outcome      string          `json:"outcome,omitempty" doc:"outcome of triage"`
	Tier         model.Tier      `json:"tier,omitempty"`
	IPL          *int            `json:"ipl" doc:"information protection level, null before triage"`
	AIActClass   string          `json:"ai_act_class,omitempty"`
	Target       string          `json:"target,omitempty" doc:"what a returned case waits for: intake or a stage"`
	HardStops    []string        `json:"hard_stops" nullable:"false"`
	Blockers     []string        `json:"blockers" nullable:"false"`
	ReturnsCount int             `json:"returns_count"`
	Waiting      *WaitingNote    `json:"waiting,omitempty" doc:"the open task that is due first, in lists; absent while nothing waits"`
	CreatedAt    time.Time       `json:"created_at"`
	UpdatedAt    time.Time       `json:"updated_at"`
}

// WaitingNote is the open task of a case that is due first: where the case lies.
type WaitingNote struct {
	Stage      model.StageKey `json:"stage"`
	StageLabel string         `json:"stage_label"`
	Role       model.Role     `json:"role"`
	Assignee   *PersonNote    `json:"assignee,omitempty" doc:"who has the task, absent while nobody has taken it"`
	Due        *time.Time     `json:"due"`
}

// addWaiting adds what the cases of a list wait for.
func (s *server) addWaiting(ctx context.Context, items []CaseItem) error {
	org, ids := authn.Actor(ctx).OrgID, make([]string, len(items))
	for i, c := range items {
		ids[i] = c.CaseID
	}
	tasks, err := s.Store.WaitingTasks(ctx, org, ids)
	if err != nil {
		return err
	}
	people := []string{}
	for _, t := range tasks {
		if t.AssigneeID != "" {
			people = append(people, t.AssigneeID)
		}
	}
	names, err := s.Store.Names(ctx, org, people)
	for i, c := range items {
		if t, waits := tasks[c.CaseID]; waits {
			items[i].Waiting = &WaitingNote{
				Stage: t.Stage, StageLabel: s.stageLabel(t.Stage, languageOf(ctx)), Role: t.Role,
				Assignee: named(names, t.AssigneeID), Due: when(t.DueAt),
			}
		}
	}
	return err
}

func caseItem(c store.Case, l lang.Lang) CaseItem {
	return CaseItem{
		CaseID: c.ID, RegistryNo: c.RegistryNo, Title: c.Title, State: c.State, StateLabel: stateWords[c.State].In(l),
		OrgUnitID: c.UnitID, OwnerID: c.ProjectOwnerID, Version: c.Version, Revision: c.Revision, Outcome: c.Outcome,
		Tier: c.Tier, IPL: c.IPL, AIActClass: c.AIActClass, Target: c.Target, HardStops: orEmpty(c.HardStops),
		Blockers: orEmpty(c.Blockers), ReturnsCount: c.ReturnsCount, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
}

// orEmpty makes JSON of a list that is never null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// CaseFilters are the filters of the list of cases.
type CaseFilters struct {
	State      string `query:"state" doc:"state of the case"`
	Stage      string `query:"stage" doc:"a stage that is open"`
	Role       string `query:"role" doc:"role of an open task"`
	Assignee   string `query:"assignee" maxLength:"64" doc:"me, or the id of the person who has an open task"`
	OrgUnit    string `query:"org_unit" maxLength:"200" doc:"id or code of the unit"`
	Tier       string `query:"tier" enum:"T1,T2,T3,T4"`
	AIActClass string `query:"ai_act_class" maxLength:"64"`
	Overdue    bool   `query:"overdue" doc:"only cases with a task that is overdue"`
	DueBefore  string `query:"due_before" maxLength:"40" doc:"a time (RFC 3339), or a date: before that day begins in Sweden"`
	HardStop   string `query:"hard_stop" maxLength:"16" pattern:"^[A-Za-z0-9-]+$" doc:"code of a hard stop"`
	Q          string `query:"q" maxLength:"200" doc:"words in title or registry number"`
	Supplier   string `query:"supplier" maxLength:"200" doc:"of the intake, in upper or lower case"`
	Product    string `query:"product" maxLength:"200" doc:"of the intake, in upper or lower case"`
	ValidUntil string `query:"valid_until_before" maxLength:"10" doc:"a date: the approval runs out before it"`
	FactFilters
}

type casesInput struct {
	CaseFilters
	Paging
}

// newCaseBody opens a case.
type newCaseBody struct {
	Answers map[string]any `json:"answers,omitempty" doc:"answers of the intake that are known already"`
}

// Resolve checks the body.
func (b *newCaseBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type newCaseInput struct {
	Keyed
	Body *newCaseBody
}

type receiptOutput struct {
	Status   int
	ETag     string `header:"ETag" doc:"the version of the case"`
	Location string `header:"Location"`
	Body     model.Receipt
}

// receipt answers with what was recorded and the new entity tag of the case.
func receipt(a act.Answer, err error) (*receiptOutput, error) {
	if err != nil {
		return nil, err
	}
	return &receiptOutput{Status: a.Status, ETag: etagOf(a.Receipt.Version), Body: a.Receipt}, nil
}

func (s *server) caseRoutes() {
	add(s, route{
		id: "list-cases", method: http.MethodGet, path: "/cases", tag: tagCases,
		summary: "Cases that I may read, the most recently changed first",
		errors:  []int{http.StatusUnprocessableEntity},
	}, s.listCases)
	add(s, route{
		id: "open-case", method: http.MethodPost, path: "/cases", tag: tagCases, status: http.StatusCreated, keyed: true,
		summary: "Open a case as a draft",
	}, s.openCase)
	add(s, route{
		id: "get-case", method: http.MethodGet, path: "/cases/{case_id}", tag: tagCases,
		summary: "Where a case stands", errors: []int{http.StatusNotFound},
	}, s.getCase)
}

func (s *server) openCase(ctx context.Context, in *newCaseInput) (*receiptOutput, error) {
	body := newCaseBody{}
	if in.Body != nil {
		body = *in.Body
	}
	a, err := s.Act.OpenCase(ctx, s.request(ctx, "/cases", in.Keyed, body), body.Answers)
	out, err := receipt(a, within("/answers", err))
	if err == nil {
		out.Location = base + "/cases/" + a.Receipt.CaseID
	}
	return out, err
}

// request is what an act comes with.
func (s *server) request(ctx context.Context, path string, k Keyed, body any) act.Request {
	return act.Request{Actor: authn.Actor(ctx), Path: base + path, Key: k.Key, Body: body}
}

func (s *server) listCases(ctx context.Context, in *casesInput) (*pageOutput[CaseItem], error) {
	f, err := s.caseFilter(ctx, in.CaseFilters)
	if err != nil {
		return nil, err
	}
	f.Offset, f.Limit = int64(in.Offset), int64(in.Limit)+1
	return keyset[store.Case, store.CaseCursor, CaseItem]{
		find: func(after *store.CaseCursor) ([]store.Case, error) {
			f.After = after
			return s.Store.Cases(ctx, f)
		},
		place: func(c store.Case) store.CaseCursor { return store.CaseCursor{UpdatedAt: c.UpdatedAt, ID: c.ID} },
		items: func(found []store.Case) ([]CaseItem, error) {
			out := make([]CaseItem, len(found))
			for i, c := range found {
				out[i] = caseItem(c, languageOf(ctx))
			}
			return out, s.addWaiting(ctx, out)
		},
		count: func(upTo int64) (int, error) { return s.Store.CountCases(ctx, f, upTo) }, // After does not count
	}.page(s.newList(ctx, "/cases", in.CaseFilters.values(), in.Paging))
}

// caseFilter translates the filters and adds whose cases the reader may see.
func (s *server) caseFilter(ctx context.Context, in CaseFilters) (store.CaseFilter, error) {
	a := authn.Actor(ctx)
	reader := access.ReaderOf(a)
	f := store.CaseFilter{
		OrgID: a.OrgID, Reader: &reader, State: model.CaseState(in.State), Stage: model.StageKey(in.Stage), Role: model.Role(in.Role),
		Tier: model.Tier(in.Tier), AIActClass: in.AIActClass, HardStop: in.HardStop, Query: in.Q,
		Supplier: in.Supplier, Product: in.Product, ValidUntilBefore: in.ValidUntil,
	}
	faults, err := s.addFacts(ctx, in.FactFilters, &f)
	if err != nil {
		return f, err
	}
	faults = append(faults, in.unknown()...)
	if in.ValidUntil != "" && !isDate(in.ValidUntil) {
		faults = append(faults, fault{"/valid_until_before", "date", dateText.In})
	}
	if f.AssigneeID = in.Assignee; in.Assignee == "me" {
		f.AssigneeID = a.PersonID
	}
	if in.Overdue {
		f.OverdueAt = s.Clock.Now()
	}
	if in.DueBefore != "" {
		at, ok := moment(in.DueBefore)
		if !ok {
			faults = append(faults, fault{"/due_before", "datetime", momentText.In})
		}
		f.DueBefore = at
	}
	if fault, err := s.unitID(ctx, a.OrgID, "/org_unit", in.OrgUnit, &f.UnitID); err != nil {
		return f, err
	} else {
		faults = append(faults, fault...)
	}
	if len(faults) > 0 {
		return f, faults
	}
	return f, nil
}

var (
	unknownUnit = lang.Text{
		SV: "Enheten finns inte i organisationen. Ange dess id eller kod.",
		EN: "The organisation has no such unit. Give its id or code."}
	momentText = lang.Text{
		SV: "Skriv en tid som 2026-11-23T12:00:00Z eller ett datum som 2026-11-23.",
		EN: "Write a time such as 2026-11-23T12:00:00Z or a date such as 2026-11-23."}
)

// unknown lists the filters whose value is none of the values that there are.
func (in CaseFilters) unknown() faultError {
	var faults faultError
	oneOf := func(name, value string, known bool, all string) {
		if value != "" && !known {
			faults = append(faults, fault{"/" + name, "oneof", rule("oneof")(all)})
		}
	}
	oneOf("state", in.State, slices.Contains(model.CaseStates(), model.CaseState(in.State)), joined(model.CaseStates()))
	_, known := model.Stage(model.StageKey(in.Stage))
	oneOf("stage", in.Stage, known, joined(stageKeys()))
	oneOf("role", in.Role, slices.Contains(model.Roles(), model.Role(in.Role)), joined(model.Roles()))
	return faults
}

// values are the filters in use, by name.
func (in CaseFilters) values() url.Values {
	v := in.FactFilters.values()
	for name, value := range map[string]string{
		"supplier": in.Supplier, "product": in.Product, "valid_until_before": in.ValidUntil, "state": in.State, "stage": in.Stage, "role": in.Role, "assignee": in.Assignee, "org_unit": in.OrgUnit,
		"tier": in.Tier, "ai_act_class": in.AIActClass, "due_before": in.DueBefore, "hard_stop": in.HardStop, "q": in.Q,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if in.Overdue {
		v.Set("overdue", "true")
	}
	return v
}

func stageKeys() []model.StageKey {
	var keys []model.StageKey
	for _, st := range model.Stages() {
		keys = append(keys, st.Key)
	}
	return keys
}

// joined lists values as the validator's rule oneof does.
func joined[T ~string](values []T) string {
	out := ""
	for i, v := range values {
		if i > 0 {
			out += " "
		}
		out += string(v)
	}
	return out
}

// moment reads a time with any zone, or a date as the beginning of that day in
// Sweden. It takes the years that every database can keep and sort.
func moment(s string) (at time.Time, ok bool) {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		d, err := calendar.ParseDate(s)
		if err != nil {
			return time.Time{}, false
		}
		at = beginningOf(d)
	}
	at = at.UTC()
	return at, 1 <= at.Year() && at.Year() <= 9999
}

// beginningOf is when a day begins in Sweden.
func beginningOf(d calendar.Date) time.Time { return calendar.EndOfDay(d.AddDays(-1)).Add(time.Second) }

// dayBegins is when, in Sweden, the day begins that comes some days after a date.
func dayBegins(date string, after int) (time.Time, bool) {
	d, err := calendar.ParseDate(date)
	if err != nil {
		return time.Time{}, false
	}
	return beginningOf(d.AddDays(after)), true
}

// isDate reports whether a text is an existing day, 2006-01-02.
func isDate(s string) bool {
	_, err := calendar.ParseDate(s)
	return err == nil
}
