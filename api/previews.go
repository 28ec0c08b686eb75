package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// previewBody asks what the rules say of some facts. Nothing is stored.
type previewBody struct {
	Rulebook string         `json:"rulebook,omitempty" validate:"max=100" doc:"id of the rulebook; the one in force when left out"`
	Profile  string         `json:"profile,omitempty" validate:"max=100" doc:"policy profile; the rulebook's default when left out"`
	Facts    map[string]any `json:"facts" validate:"required" doc:"facts left out take the rulebook's default"`
}

// Resolve checks the body.
func (b *previewBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type previewInput struct{ Body previewBody }

// Preview is the result of a calculation, and the rules behind it.
type Preview[T any] struct {
	Result T           `json:"result"`
	Rules  []FiredRule `json:"rules" nullable:"false"`
}

// TriagePreview is a triage, with what warns and does not stop.
type TriagePreview struct {
	Preview[assess.TriageResult]
	Warnings []FiredRule `json:"warnings" nullable:"false"`
}

// ThresholdPreview is a screening, with the answer to each criterion (DP-08).
type ThresholdPreview struct {
	Preview[assess.Threshold]
	Criteria []CriterionNote `json:"criteria" nullable:"false"`
}

// CriterionNote is one of the nine criteria and whether it is met.
type CriterionNote struct {
	No   int    `json:"no"`
	Met  bool   `json:"met"`
	Text string `json:"text"`
}

// WorkingDay is a day reckoned in working days.
type WorkingDay struct {
	Date calendar.Date `json:"date"`
}

type previewOutput[T any] struct{ Body T }

func (s *server) previewRoutes() {
	post := func(name, summary string) route {
		return route{
			id: "preview-" + name, method: http.MethodPost, path: "/previews/" + name, tag: tagPreviews, summary: summary,
			errors: []int{http.StatusUnprocessableEntity},
		}
	}
	add(s, post("triage", "What triage says of these facts"), s.previewTriage)
	add(s, post("dpia-threshold", "Whether these facts call for an impact assessment"), s.previewThreshold)
	add(s, post("legal-basis", "Whether these facts give a legal basis"), s.previewLegalBasis)
	add(s, post("agent-risk", "The level of risk of an agent and what it may lead to"), s.previewAgentRisk)
	add(s, post("risk-level", "The level of a risk to the persons concerned"), s.previewRiskLevel)
	add(s, post("environment", "The energy and climate impact of workloads in a year"), s.previewEnvironment)
	add(s, post("prior-consultation", "The clock of a prior consultation (GDPR 36)"), s.previewConsultation)
	add(s, post("working-days", "The day a number of Swedish working days from another"), s.previewWorkingDays)
}

// choose finds the rulebook that is asked for, and checks that it has the profile.
func (s *server) choose(ctx context.Context, b previewBody) (*rulebook.Book, error) {
	book := s.book(ctx)
	if b.Rulebook != "" {
		_, found, err := s.version(ctx, b.Rulebook)
		if errors.Is(err, store.ErrNotFound) {
			return nil, faultError{{"/rulebook", "unknown_rulebook", unknownBook.In}}
		}
		if err != nil {
			return nil, err
		}
		book = found
	}
	if ids := profilesOf(book); b.Profile != "" && !slices.Contains(ids, b.Profile) {
		return nil, faultError{{"/profile", "oneof", rule("oneof")(joined(ids))}}
	}
	return book, nil
}

var unknownBook = lang.Text{
	SV: "Regelverket finns inte. Utelämna fältet eller ange ett id från listan över regelverk.",
	EN: "There is no such rulebook. Leave the field out or give an id from the list of rulebooks."}

func profilesOf(b *rulebook.Book) []string {
	var ids []string
	for _, p := range b.Profiles() {
		ids = append(ids, p.ID)
	}
	return ids
}

func (s *server) today() calendar.Date { return calendar.Today(s.Clock.Now()) }

func (s *server) previewTriage(ctx context.Context, in *previewInput) (*previewOutput[TriagePreview], error) {
	book, err := s.choose(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	cls, err := assess.Triage(book, in.Body.Profile, in.Body.Facts, s.today())
	if err != nil {
		return nil, within("/facts", err)
	}
	l := languageOf(ctx)
	return &previewOutput[TriagePreview]{TriagePreview{
		Preview[assess.TriageResult]{cls.TriageResult, firedRules(cls.Rules, l)}, firedRules(cls.Warnings, l),
	}}, nil
}

func (s *server) previewThreshold(ctx context.Context, in *previewInput) (*previewOutput[ThresholdPreview], error) {
	book, err := s.choose(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	t, answers, rules, err := assess.DPIAThreshold(book, in.Body.Profile, in.Body.Facts, s.today())
	if err != nil {
		return nil, within("/facts", err)
	}
	l := languageOf(ctx)
	out := ThresholdPreview{Preview[assess.Threshold]{t, firedRules(rules, l)}, []CriterionNote{}}
	for _, a := range answers {
		out.Criteria = append(out.Criteria, CriterionNote{a.No, a.Met, a.About.Text.In(l)})
	}
	return &previewOutput[ThresholdPreview]{out}, nil
}

func (s *server) previewEnvironment(ctx context.Context, in *previewInput) (*previewOutput[Preview[assess.Footprint]], error) {
	book, err := s.choose(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	workloads, problems := assess.ReadWorkloads(book, in.Body.Facts)
	if len(problems) > 0 {
		return nil, answerError{"/facts", problems}
	}
	return &previewOutput[Preview[assess.Footprint]]{Preview[assess.Footprint]{
		assess.FootprintOf(book, workloads), firedRules(assess.Explain(book, workloads), languageOf(ctx)),
	}}, nil
}

func (s *server) previewConsultation(ctx context.Context, in *previewInput) (*previewOutput[Preview[calendar.ConsultationClock]], error) {
	if _, err := s.choose(ctx, in.Body); err != nil {
		return nil, err
	}
	f := facts{in: in.Body.Facts}
	c := calendar.Consultation{ExtNotified: f.date("ext_notified"), Suspensions: f.suspensions("suspensions")}
	if d := f.need("received"); d != nil {
		c.Received = *d
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	clock, err := calendar.Swedish.PriorConsultation(c)
	var impossible *calendar.ConsultationError
	if errors.As(err, &impossible) {
		return nil, refuse("/facts"+impossible.Pointer, "impossible", impossible.Text)
	}
	if err != nil {
		return nil, err
	}
	out := Preview[calendar.ConsultationClock]{Result: clock, Rules: []FiredRule{}}
	if clock.ExtensionValid != nil && !*clock.ExtensionValid {
		out.Rules = append(out.Rules, FiredRule{RuleNote: ruleNote(ctx, "PC-02")})
	}
	return &previewOutput[Preview[calendar.ConsultationClock]]{out}, nil
}

func (s *server) previewWorkingDays(ctx context.Context, in *previewInput) (*previewOutput[Preview[WorkingDay]], error) {
	if _, err := s.choose(ctx, in.Body); err != nil {
		return nil, err
	}
	f := facts{in: in.Body.Facts}
	from, n := f.need("from"), f.whole("add", calendar.MaxWorkingDays)
	if err := f.err(); err != nil {
		return nil, err
	}
	return &previewOutput[Preview[WorkingDay]]{Preview[WorkingDay]{
		WorkingDay{calendar.Swedish.AddWorkingDays(*from, n)}, []FiredRule{},
	}}, nil
}

// facts reads facts one by one and notes what is wrong with them.
type facts struct {
	in     map[string]any
	read   []string
	faults faultError
}

func (f *facts) wrong(name, code string, text func(lang.Lang) string) {
	f.faults = append(f.faults, fault{"/facts/" + name, code, text})
}

// take returns a fact, nil when it is left out or null.
func (f *facts) take(name string) any {
	f.read = append(f.read, name)
	return f.in[name]
}

// date reads a date that may be left out.
func (f *facts) date(name string) *calendar.Date {
	v := f.take(name)
	if v == nil {
		return nil
	}
	return f.day(name, v)
}

// need reads a date that may not be left out.
func (f *facts) need(name string) *calendar.Date {
	v := f.take(name)
	if v == nil {
		f.wrong(name, tagRequired, rule(tagRequired)(""))
		return nil
	}
	return f.day(name, v)
}

func (f *facts) day(name string, v any) *calendar.Date {
	text, _ := v.(string)
	d, err := calendar.ParseDate(text)
	if err != nil {
		f.wrong(name, "datetime", date(""))
		return nil
	}
	return &d
}

// whole reads a whole number between -most and most.
func (f *facts) whole(name string, most int) int {
	v := f.take(name)
	x, ok := v.(float64)
	switch {
	case v == nil:
		f.wrong(name, tagRequired, rule(tagRequired)(""))
	case !ok || x != math.Trunc(x):
		f.wrong(name, codeInteger, words("Måste vara ett heltal.", "Must be a whole number.")(""))
	case x > float64(most):
		f.wrong(name, "max", rule("max")(fmt.Sprint(most)))
	case x < -float64(most):
		f.wrong(name, "min", rule("min")(fmt.Sprint(-most)))
	default:
		return int(x)
	}
	return 0
}

// suspensions reads a list of pairs of dates, of which the second may be null.
func (f *facts) suspensions(name string) []calendar.Suspension {
	v := f.take(name)
	if v == nil {
		return nil
	}
	rows, ok := v.([]any)
	if !ok {
		f.wrong(name, codeList, words("Måste vara en lista.", "Must be a list.")(""))
		return nil
	}
	var out []calendar.Suspension
	for i, row := range rows {
		at := fmt.Sprintf("%s/%d", name, i)
		pair, ok := row.([]any)
		if !ok || len(pair) != 2 {
			f.wrong(at, codeList, words("Ange två datum, det andra får vara null.", "Give two dates, of which the second may be null.")(""))
			continue
		}
		var x calendar.Suspension
		if d := f.day(at+"/0", pair[0]); d != nil {
			x.Requested = *d
		}
		if pair[1] != nil {
			x.Delivered = f.day(at+"/1", pair[1])
		}
		out = append(out, x)
	}
	return out
}

// err adds the names that nobody asked for.
func (f *facts) err() error {
	for name := range f.in {
		if !slices.Contains(f.read, name) {
			f.wrong(escape(name), "unknown_name", words("Fältet finns inte.", "There is no such field.")(""))
		}
	}
	if len(f.faults) > 0 {
		return f.faults
	}
	return nil
}
