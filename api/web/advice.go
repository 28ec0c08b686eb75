package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// advicePage is the standing advice of the DPO (AD-03), what holds first.
type advicePage struct {
	Holds, Over []adviceShown
	MayGive     bool
}

// adviceShown is standing advice in words.
type adviceShown struct {
	api.StandingAdvice
	ValueLabel string
	Scope      []line
}

var adviceWord = lang.Text{SV: "Generella råd", EN: "Standing advice"}

// coveredData are how much personal data the cases of standing advice may have.
var coveredData = []string{"account_only", "incidental"}

func (s *site) advice(v *visit) error {
	items, err := all[api.StandingAdvice](v, "/advice")
	if err != nil {
		return err
	}
	p := advicePage{MayGive: v.advises()}
	today := calendar.Today(s.Clock.Now())
	for _, item := range items {
		shown := adviceShown{item, outcomeWord(item.Value, v.lang), s.adviceScope(v, item)}
		until, err := calendar.ParseDate(item.ValidUntil)
		if item.WithdrawnAt != nil || err != nil || until.Before(today) {
			p.Over = append(p.Over, shown)
		} else {
			p.Holds = append(p.Holds, shown)
		}
	}
	return v.show(http.StatusOK, "advice", view{Title: adviceWord.In(v.lang), Page: p})
}

// advises reports whether the reader gives standing advice.
func (v *visit) advises() bool {
	return access.Anywhere(v.person.Actor(), access.StandingAdvice, access.Advise) == nil
}

func outcomeWord(o model.Outcome, l lang.Lang) string {
	return apiWords()[[2]string{"outcome", string(o)}].In(l)
}

// adviceScope says which cases standing advice covers.
func (s *site) adviceScope(v *visit, item api.StandingAdvice) []line {
	r, a := reader{book: v.book, lang: v.lang}, map[string]any{
		"personal_data": anys(item.Scope.PersonalData), "max_ipl": protection(v.book, item.Scope.MaxIPL, v.lang), "data_subject_groups": anys(item.Scope.Groups),
	}
	if item.Scope.Supplier != "" {
		a["supplier"] = item.Scope.Supplier
	}
	var out []line
	for _, f := range adviceFields() {
		if id, scoped := scopeOf(f); scoped {
			if l, given := r.line(f, a[id]); given {
				out = append(out, l)
			}
		}
	}
	return out
}

func anys(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

// adviceFields are what is asked of standing advice.
func adviceFields() []*rulebook.Field {
	title := asked("title", "str", true, lang.Text{SV: "Rubrik", EN: "Title"}, lang.Text{SV: "Så att den som söker hittar rådet.", EN: "So that people find the advice."})
	limit := 200.0
	title.Max = &limit
	personal := asked("scope.personal_data", "multi", true, lang.Text{SV: "Personuppgifter i ärendena", EN: "Personal data in the cases"}, lang.Text{})
	groups := asked("scope.data_subject_groups", "multi", false, lang.Text{SV: "Registrerade i ärendena", EN: "Data subjects in the cases"},
		lang.Text{SV: "Bara de här grupperna får förekomma.", EN: "Only these groups may occur."})
	personal.Enum, groups.Enum = "personal_data", "data_subject_groups"
	supplier := asked("scope.supplier", "str", false, lang.Text{SV: "Leverantör", EN: "Supplier"}, lang.Text{SV: "Lämna tomt om rådet gäller alla.", EN: "Leave empty where the advice covers any."})
	supplier.Max = &limit
	return []*rulebook.Field{
		title,
		asked("value", "enum", true, lang.Text{SV: "Ditt råd", EN: "Your advice"}, lang.Text{}),
		asked("text", "text", true, lang.Text{SV: "Rådet i ord", EN: "The advice in words"}, lang.Text{SV: "Vad ska den som följer rådet tänka på?", EN: "What is to be kept in mind by those who rely on it?"}),
		personal,
		asked("scope.max_ipl", "enum", true, lang.Text{SV: "Högsta informationsskyddsnivå", EN: "Highest information protection level"}, lang.Text{}),
		supplier, groups,
		asked("valid_until", "date", true, lang.Text{SV: "Gäller till och med", EN: "Valid until"}, lang.Text{SV: "Som längst 24 månader framåt.", EN: "At most 24 months ahead."}),
	}
}

func scopeOf(f *rulebook.Field) (id string, scoped bool) {
	const prefix = "scope."
	if len(f.ID) > len(prefix) && f.ID[:len(prefix)] == prefix {
		return f.ID[len(prefix):], true
	}
	return "", false
}

// giveAdvice is the page on which the DPO gives standing advice.
func (s *site) giveAdvice(v *visit) error {
	e := errand{
		Over: adviceWord.In(v.lang), Back: "/advice", Title: lang.Text{SV: "Ge ett generellt råd", EN: "Give standing advice"}.In(v.lang),
		Button: lang.Text{SV: "Skriv under rådet", EN: "Sign the advice"}.In(v.lang), Not: !v.advises(), Rules: processRules(v.lang, "AD-03", "SOD-10"),
		About: []string{lang.Text{
			SV: "Rådet gäller alla ärenden som stämmer med beskrivningen, så att du inte behöver svara i vart och ett. Det som ligger utanför kommer till dig som förut.",
			EN: "The advice covers every case that fits the description, so that you need not answer in each. What lies outside comes to you as before."}.In(v.lang)},
		Final:   lang.Text{SV: "Ett råd som är underskrivet kan inte ändras, bara återkallas.", EN: "Advice that has been signed cannot be changed, only withdrawn."}.In(v.lang),
		fields:  adviceFields(),
		choices: map[string][]choice{},
	}
	for _, o := range []model.Outcome{model.OutcomeSupports, model.OutcomeSupportsWithRemarks} {
		e.choices["value"] = append(e.choices["value"], choice{Value: string(o), Label: outcomeWord(o, v.lang)})
	}
	for _, value := range coveredData {
		e.choices["scope.personal_data"] = append(e.choices["scope.personal_data"], choice{Value: value, Label: v.book.Label("personal_data", value).In(v.lang)})
	}
	for level := range 4 {
		e.choices["scope.max_ipl"] = append(e.choices["scope.max_ipl"], choice{Value: strconv.Itoa(level), Label: levelChoice(v.book, level, v.lang)})
	}
	e.send = func(answers map[string]any) client.Call {
		scope, _ := answers["scope"].(map[string]any)
		if scope == nil {
			scope = map[string]any{}
		}
		scope["max_ipl"], _ = strconv.Atoi(written(scope["max_ipl"]))
		if scope["data_subject_groups"] == nil {
			scope["data_subject_groups"] = []any{}
		}
		answers["scope"] = scope
		return client.Call{Method: http.MethodPost, Path: "/api/v1/advice", Body: answers}
	}
	e.after = func(done) string { return "/advice" }
	return s.run(v, e)
}

// withdrawAdvice is the page on which the DPO withdraws standing advice.
func (s *site) withdrawAdvice(v *visit) error {
	items, err := all[api.StandingAdvice](v, "/advice")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(items, func(a api.StandingAdvice) bool { return a.AdviceID == v.r.PathValue("advice") })
	if i < 0 {
		return errNoPage
	}
	e := errand{
		Over: adviceWord.In(v.lang), Back: "/advice", Title: lang.Text{SV: "Återkalla rådet", EN: "Withdraw the advice"}.In(v.lang),
		Button: lang.Text{SV: "Återkalla rådet", EN: "Withdraw the advice"}.In(v.lang), Not: !v.advises() || items[i].WithdrawnAt != nil, Rules: processRules(v.lang, "AD-03"),
		About: []string{lang.Text{
			SV: "Nya ärenden kan inte luta sig mot rådet, och frågorna kommer till dig. Ärenden som redan bygger på det behåller det. Det kan inte ångras.",
			EN: "New cases cannot rely on the advice, and the questions come to you. Cases that rest on it already keep it. This cannot be undone."}.In(v.lang)},
		Facts: []line{{Label: adviceWord.In(v.lang), Text: items[i].Title}},
		send: func(map[string]any) client.Call {
			return client.Call{Method: http.MethodPost, Path: "/api/v1/advice/" + url.PathEscape(items[i].AdviceID) + "/withdrawal"}
		},
		after: func(done) string { return "/advice" },
	}
	return s.run(v, e)
}
