package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/store"
)

// ReportEntry is an entry of the yearly report (rulebook 9.12, OV-03).
type ReportEntry struct {
	Kind              model.ReportKind `json:"kind"`
	KindLabel         string           `json:"kind_label"`
	Rule              RuleNote         `json:"rule" doc:"the rule behind it"`
	CaseID            string           `json:"case_id"`
	RegistryNo        string           `json:"registry_no"`
	CaseTitle         string           `json:"case_title"`
	OrgUnitID         string           `json:"org_unit_id"`
	On                string           `json:"on" format:"date" doc:"the day in Sweden on which it was decided or, of a review, is due"`
	Decider           *PersonNote      `json:"decider,omitempty" doc:"absent where nobody decided for this case"`
	DecisionAuthority string           `json:"decision_authority,omitempty"`
	Reasons           string           `json:"reasons,omitempty"`
	AdviceID          string           `json:"advice_id,omitempty" doc:"the standing advice"`
	ConditionID       string           `json:"condition_id,omitempty" doc:"the condition that was waived"`
}

// ReportFilters are the filters of the yearly report.
type ReportFilters struct {
	Year int    `query:"year" minimum:"2000" maximum:"2999" doc:"the year in Sweden; the present one where none is given"`
	Kind string `query:"kind" doc:"what the entries tell of"`
}

type reportInput struct {
	ReportFilters
	Paging
}

func (s *server) reportRoutes() {
	add(s, route{
		id: "get-yearly-report", method: http.MethodGet, path: "/yearly-report", tag: tagService,
		errors:  []int{http.StatusForbidden, http.StatusUnprocessableEntity},
		summary: "What a year's report tells of: waivers, reused assessments and advice, prior consultations, overrides, and the reviews that are due",
	}, s.yearlyReport)
}

func (s *server) yearlyReport(ctx context.Context, in *reportInput) (*pageOutput[ReportEntry], error) {
	a := authn.Actor(ctx)
	if err := access.Anywhere(a, access.Statistics, access.Read); err != nil {
		return nil, err
	}
	kind := model.ReportKind(in.Kind)
	if in.Kind != "" && !slices.Contains(model.ReportKinds(), kind) {
		return nil, faultError{{"/kind", "oneof", rule("oneof")(joined(model.ReportKinds()))}}
	}
	if in.Year == 0 {
		in.Year = calendar.Today(s.Clock.Now()).Year()
	}
	period, err := yearOf(in.Year)
	if err != nil {
		return nil, err
	}
	entries, err := s.Store.YearlyReport(ctx, a.OrgID, period, kind)
	if err != nil {
		return nil, err
	}
	filter := url.Values{"year": {strconv.Itoa(in.Year)}}
	if in.Kind != "" {
		filter.Set("kind", in.Kind)
	}
	cut, err := page(s.newList(ctx, "/yearly-report", filter, in.Paging), entries)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range cut.Body.Items {
		ids = append(ids, e.DeciderID)
	}
	names, err := s.Store.Names(ctx, a.OrgID, ids)
	b := cut.Body
	out := &pageOutput[ReportEntry]{Link: cut.Link, Body: Page[ReportEntry]{
		Items: make([]ReportEntry, len(b.Items)), NextCursor: b.NextCursor, Total: b.Total, TotalMore: b.TotalMore,
	}}
	for i, e := range b.Items {
		out.Body.Items[i] = reportEntry(ctx, e, names)
	}
	return out, err
}

// yearOf is a year in Sweden.
func yearOf(year int) (store.Period, error) {
	from, err := startOf(year)
	if err != nil {
		return store.Period{}, err
	}
	until, err := startOf(year + 1)
	return store.Period{From: from, Until: until}, err
}

func reportEntry(ctx context.Context, e store.ReportEntry, names map[string]string) ReportEntry {
	out := ReportEntry{
		Kind: e.Kind, KindLabel: e.Kind.Label().In(languageOf(ctx)), Rule: ruleNote(ctx, e.Kind.Rule()), CaseID: e.CaseID,
		RegistryNo: e.RegistryNo, CaseTitle: e.CaseTitle, OrgUnitID: e.UnitID, On: calendar.Today(e.At).String(),
		Decider: named(names, e.DeciderID), DecisionAuthority: e.DecisionAuthority, Reasons: e.Text,
	}
	switch e.Kind {
	case model.ReportStandingAdvice:
		out.AdviceID = e.Ref
	case model.ReportConditionWaived:
		out.ConditionID = e.Ref
	}
	return out
}
