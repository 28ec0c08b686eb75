package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"sluss/api/authn"
	"sluss/model/access"
	"sluss/model/calendar"
)

// OverrideItem is a rejection by the CISO that the controller has set aside, for
// the yearly report (OV-03).
type OverrideItem struct {
	DecisionID        string      `json:"decision_id"`
	CaseID            string      `json:"case_id"`
	RegistryNo        string      `json:"registry_no"`
	CaseTitle         string      `json:"case_title"`
	Decider           *PersonNote `json:"decider,omitempty"`
	Reasons           string      `json:"reasons"`
	DecisionAuthority string      `json:"decision_authority"`
	DecidedAt         time.Time   `json:"decided_at"`
	ConfirmedBy       *PersonNote `json:"confirmed_by,omitempty" doc:"the second person, absent while the override does not hold (SOD-05)"`
	ConfirmedAt       *time.Time  `json:"confirmed_at"`
}

type overridesInput struct {
	Year int `query:"year" minimum:"2000" maximum:"2999" doc:"the year in which it was decided; the present one where none is given"`
	Paging
}

func (s *server) overrideRoutes() {
	add(s, route{
		id: "list-overrides", method: http.MethodGet, path: "/overrides", tag: tagCases,
		summary: "The rejections by the CISO that were overridden in a year, for the yearly report (OV-03)",
		errors:  []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, s.listOverrides)
}

func (s *server) listOverrides(ctx context.Context, in *overridesInput) (*pageOutput[OverrideItem], error) {
	a := authn.Actor(ctx)
	if err := access.Anywhere(a, access.ListOverrides, access.Read); err != nil {
		return nil, err
	}
	year := in.Year
	if year == 0 {
		year = calendar.Today(s.Clock.Now()).Year()
	}
	period, err := yearOf(year)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.Overrides(ctx, a.OrgID, period.From, period.Until)
	if err != nil {
		return nil, err
	}
	cut, err := page(s.newList(ctx, "/overrides", map[string][]string{"year": {strconv.Itoa(year)}}, in.Paging), rows)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, r := range cut.Body.Items {
		ids = append(ids, r.DeciderID, r.ConfirmedBy)
	}
	names, err := s.Store.Names(ctx, a.OrgID, ids)
	b := cut.Body
	out := &pageOutput[OverrideItem]{Link: cut.Link, Body: Page[OverrideItem]{
		Items: []OverrideItem{}, NextCursor: b.NextCursor, Total: b.Total, TotalMore: b.TotalMore,
	}}
	for _, r := range b.Items {
		out.Body.Items = append(out.Body.Items, OverrideItem{
			DecisionID: r.ID, CaseID: r.CaseID, RegistryNo: r.RegistryNo, CaseTitle: r.CaseTitle, Decider: named(names, r.DeciderID),
			Reasons: r.Motivation, DecisionAuthority: r.DecisionAuthority, DecidedAt: r.DecidedAt,
			ConfirmedBy: named(names, r.ConfirmedBy), ConfirmedAt: when(r.ConfirmedAt),
		})
	}
	return out, err
}

// startOf is the moment at which a year begins in Sweden.
func startOf(year int) (time.Time, error) {
	last, err := calendar.ParseDate(strconv.Itoa(year-1) + "-12-31")
	return calendar.EndOfDay(last).Add(time.Second), err
}
