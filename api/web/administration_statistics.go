package web

import (
	"net/http"
	"net/url"
	"strconv"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
)

// statisticsPage is what cases have come to, drawn.
type statisticsPage struct {
	api.Statistics
	From, To                string
	Returned, Rejected      string
	Energy, Climate         string
	Stages, Stopped, Behind bars
}

func (s *site) statistics(v *visit) error {
	q := v.r.URL.Query()
	p := statisticsPage{From: q.Get("from"), To: q.Get("to")}
	ask := url.Values{}
	for name, value := range map[string]string{"from": p.From, "to": p.To} {
		if value != "" {
			ask.Set(name, value)
		}
	}
	err := v.get("/statistics", ask, &p.Statistics)
	problem := refusalOf(err)
	if err != nil && (problem == nil || problem.Status != http.StatusUnprocessableEntity) {
		return err
	}
	p.draw(v.lang)
	return v.showAdministration("administration-statistics", lang.Text{SV: "Statistik", EN: "Statistics"}, p, problem)
}

// draw writes the figures and draws those that are compared.
func (p *statisticsPage) draw(l lang.Lang) {
	word := func(sv, en string) string { return lang.Text{SV: sv, EN: en}.In(l) }
	of := func(s api.Share) string { return strconv.Itoa(s.Cases) + " (" + percent(s.Share, l) + ")" }
	p.Returned, p.Rejected = of(p.Statistics.Returned), of(p.Statistics.Rejected)
	p.Energy, p.Climate = lang.Number(p.Active.KWhYear, 0, l)+" kWh", lang.Number(p.Active.CO2eKgYear, 0, l)+" kg CO₂e"
	p.Stages = bars{
		Caption: word("Tid per steg", "Time per stage"), Rowed: word("Steg", "Stage"),
		Columns: []string{word("Dagar i median", "Days in the median"), word("Klara", "Done")},
	}
	for _, st := range p.Statistics.Stages {
		p.Stages.Rows = append(p.Stages.Rows, barRow{Label: st.Label, Amounts: []barAmount{
			{Amount: st.MedianDays, Text: lang.Number(st.MedianDays, 1, l)}, {Amount: float64(st.Done), Text: strconv.Itoa(st.Done)},
		}})
	}
	p.Stopped = bars{
		Caption: word("Varför ärenden avslås eller stoppas", "Why cases are rejected or stopped"), Rowed: word("Orsak", "Reason"),
		Columns: []string{word("Ärenden", "Cases")},
	}
	for _, r := range p.RejectedBy {
		row := barRow{Label: r.Code, Amounts: []barAmount{{Amount: float64(r.Cases), Text: strconv.Itoa(r.Cases), Note: percent(r.Share.Share, l)}}}
		if r.Text != "" {
			row.Label, row.Note = r.Text, r.Code
		}
		p.Stopped.Rows = append(p.Stopped.Rows, row)
	}
	p.Behind = bars{
		Caption: word("Försenade uppgifter nu", "Overdue tasks now"), Rowed: word("Roll", "Role"), Columns: []string{word("Uppgifter", "Tasks")},
	}
	for _, o := range p.Overdue {
		p.Behind.Rows = append(p.Behind.Rows, barRow{Label: o.Label, Amounts: []barAmount{{Amount: float64(o.Tasks), Text: strconv.Itoa(o.Tasks)}}})
	}
}

// percent writes a part of one as people do.
func percent(part float64, l lang.Lang) string {
	if l == lang.EN {
		return lang.Number(part*100, 0, l) + "%"
	}
	return lang.Number(part*100, 0, l) + "\u00a0%"
}

// years are those that a report can be of: from the first that Sluss can know of to
// the next, whose reviews are known already.
func (s *site) years(l lang.Lang) control {
	now := calendar.Today(s.Clock.Now()).Year()
	c := filterBy("year", l, lang.Text{SV: "År", EN: "Year"})
	c.Needed, c.Value = true, strconv.Itoa(now)
	for year := now + 1; year >= now-4; year-- {
		c.Choices = append(c.Choices, choice{Value: strconv.Itoa(year), Label: strconv.Itoa(year)})
	}
	return c
}

func (s *site) yearlyReport(v *visit) error {
	p, problem, err := sift[api.ReportEntry](v, "/yearly-report", s.years(v.lang),
		filterBy("kind", v.lang, lang.Text{SV: "Vad det gäller", EN: "What it is about"}, labelled(model.ReportKinds(), model.ReportKind.Label, v.lang)...))
	if err != nil {
		return err
	}
	return v.showAdministration("administration-report", lang.Text{SV: "Årsrapport", EN: "Yearly report"}, p, problem)
}

func (s *site) overrides(v *visit) error {
	p, problem, err := sift[api.OverrideItem](v, "/overrides", s.years(v.lang))
	if err != nil {
		return err
	}
	return v.showAdministration("administration-overrides", lang.Text{SV: "Upphävda avslag", EN: "Overridden rejections"}, p, problem)
}

// answered is a list of which one thing is being answered.
type answered[T any] struct {
	sifted[T]
	// One is what is being answered, nil for none.
	One *T
	// May is true for who may answer it.
	May bool
	// Stages can be named to be assessed again.
	Stages []choice
}

// answering finds what the page's address says is to be answered, among what is
// listed.
func (p *answered[T]) answering(v *visit, id func(T) string, problem *client.Problem) error {
	asked := v.r.URL.Query().Get("answer")
	p.Key = keyAfter(p.Form, problem)
	if asked == "" {
		return nil
	}
	for i := range p.Items {
		if id(p.Items[i]) == asked {
			p.One = &p.Items[i]
			return nil
		}
	}
	return errNoPage
}
