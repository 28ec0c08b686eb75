package api

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Statistics are the figures of rulebook 9.9.
type Statistics struct {
	AsOf       time.Time        `json:"as_of" doc:"when they were counted: up to ten times as long ago as the counting took, where that was long"`
	Submitted  int              `json:"submitted" doc:"cases that were opened in the period and sent in"`
	Returned   Share            `json:"returned" doc:"of them, those that came back at least once"`
	Rejected   Share            `json:"rejected" doc:"of them, those that a person or a rule has stopped"`
	RejectedBy []RejectedShare  `json:"rejected_by" nullable:"false" doc:"the same by reason code or hard stop, the most frequent first; a case counts once for each code"`
	Stages     []StageTime      `json:"stages" nullable:"false" doc:"how long stages took that were done in the period, in the order of the review"`
	Overdue    []OverdueByRole  `json:"overdue" nullable:"false" doc:"open tasks that are overdue now"`
	Active     ActiveStatistics `json:"active" doc:"tools in the register that may be used now, interim use apart"`
}

// Share is a part of the cases that were sent in.
type Share struct {
	Cases int     `json:"cases"`
	Share float64 `json:"share" doc:"0 to 1, three decimals"`
}

// RejectedShare is the part that has been stopped for one reason.
type RejectedShare struct {
	Code string `json:"code"`
	Text string `json:"text,omitempty" doc:"what the code means, where a rule has it"`
	Share
}

// StageTime says how long a stage takes from its opening to its decision.
type StageTime struct {
	Stage      model.StageKey `json:"stage"`
	Label      string         `json:"label"`
	Done       int            `json:"done" doc:"how often it was done"`
	MedianDays float64        `json:"median_days" doc:"days of 24 hours, one decimal"`
}

// OverdueByRole counts the tasks of a role.
type OverdueByRole struct {
	Role  model.Role `json:"role"`
	Label string     `json:"label"`
	Tasks int        `json:"tasks"`
}

// ActiveStatistics sums up the tools in use.
type ActiveStatistics struct {
	Tools      int     `json:"tools"`
	KWhYear    float64 `json:"kwh_year"`
	CO2eKgYear float64 `json:"co2e_kg_year"`
}

type (
	statisticsInput struct {
		From string `query:"from" maxLength:"10" doc:"a date: the first day of the period, in Sweden"`
		To   string `query:"to" maxLength:"10" doc:"a date: the last day of the period, in Sweden"`
	}
	statisticsOutput struct{ Body Statistics }
)

func (s *server) statisticsRoutes() {
	add(s, route{
		id: "get-statistics", method: http.MethodGet, path: "/statistics", tag: tagService,
		errors:  []int{http.StatusForbidden, http.StatusUnprocessableEntity},
		summary: "How long stages take, what comes back and is stopped, what is overdue, and the footprint of what is in use",
	}, s.statistics)
}

func (s *server) statistics(ctx context.Context, in *statisticsInput) (*statisticsOutput, error) {
	a := authn.Actor(ctx)
	if err := access.Anywhere(a, access.Statistics, access.Read); err != nil {
		return nil, err
	}
	period, faults := in.period()
	if len(faults) > 0 {
		return nil, faults
	}
	counted, err := s.counted.get(ctx, strings.Join([]string{a.OrgID, in.From, in.To}, " "), func(ctx context.Context) (store.Statistics, error) {
		return s.Store.Statistics(ctx, a.OrgID, period, s.Clock.Now())
	})
	if err != nil {
		return nil, err
	}
	view := s.statisticsView(s.book(ctx), counted.value, languageOf(ctx))
	view.AsOf = s.Clock.Now().Add(-time.Since(counted.at)).UTC()
	return &statisticsOutput{view}, nil
}

// period reads the days of the period, both of which belong to it.
func (in *statisticsInput) period() (store.Period, faultError) {
	var p store.Period
	var faults faultError
	for _, day := range []struct {
		pointer, value string
		at             *time.Time
		days           int
	}{{"/from", in.From, &p.From, 0}, {"/to", in.To, &p.Until, 1}} {
		if day.value == "" {
			continue
		}
		at, ok := dayBegins(day.value, day.days)
		if !ok {
			faults = append(faults, fault{day.pointer, "date", dateText.In})
		}
		*day.at = at
	}
	if len(faults) == 0 && in.From != "" && in.To != "" && in.From > in.To {
		faults = append(faults, fault{"/to", "period", periodText.In})
	}
	return p, faults
}

var periodText = lang.Text{
	SV: "Perioden slutar innan den börjar. Byt plats på datumen.",
	EN: "The period ends before it begins. Exchange the dates.",
}

func (s *server) statisticsView(b *rulebook.Book, found store.Statistics, l lang.Lang) Statistics {
	share := func(n int) Share {
		return Share{n, rounded(float64(n)/float64(max(1, found.Submitted)), 3)}
	}
	out := Statistics{
		Submitted: found.Submitted, Returned: share(found.Returned), Rejected: share(found.Rejected),
		RejectedBy: []RejectedShare{}, Stages: []StageTime{}, Overdue: []OverdueByRole{},
		Active: ActiveStatistics{found.Active, rounded(found.KWhYear, 1), rounded(found.CO2eKgYear, 2)},
	}
	for code, n := range found.RejectedBy {
		r := RejectedShare{Code: code, Share: share(n)}
		if known, ok := b.Rule(code); ok {
			r.Text = known.Text.In(l)
		}
		out.RejectedBy = append(out.RejectedBy, r)
	}
	slices.SortFunc(out.RejectedBy, func(a, b RejectedShare) int {
		if a.Cases != b.Cases {
			return b.Cases - a.Cases
		}
		return strings.Compare(a.Code, b.Code)
	})
	for _, spec := range model.Stages() {
		for _, t := range found.Stages {
			if t.Stage == spec.Key {
				out.Stages = append(out.Stages, StageTime{t.Stage, s.stageLabel(t.Stage, l), t.Done, rounded(float64(t.Hours)/24, 1)})
			}
		}
	}
	for _, role := range model.Roles() {
		if n := found.Overdue[role]; n > 0 {
			out.Overdue = append(out.Overdue, OverdueByRole{role, role.Label().In(l), n})
		}
	}
	return out
}

func rounded(x float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(x*p) / p
}
