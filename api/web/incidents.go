package web

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sluss/api"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/store"
)

// incidentList are the incidents that concern a person.
type incidentList struct {
	list[api.IncidentItem]
	Filters []control
	More    string
	// All is true for who reads those of the whole organisation.
	All, Narrowed bool
}

// incidentStates are how far incidents have come.
var incidentStates = []choice{{"open", "", false}, {"closed", "", false}}

func (s *site) incidents(v *visit) error {
	q := v.r.URL.Query()
	p := incidentList{All: access.ReadsAllIncidents(v.person.Actor())}
	ask := url.Values{"limit": {"25"}, "include_total": {"true"}}
	states := slices.Clone(incidentStates)
	states[0].Label = lang.Text{SV: "Pågår", EN: "Open"}.In(v.lang)
	states[1].Label = lang.Text{SV: "Avslutade", EN: "Closed"}.In(v.lang)
	for _, f := range []struct {
		name    string
		text    lang.Text
		choices []choice
	}{
		{"state", lang.Text{SV: "Läge", EN: "Status"}, states},
		{"severity", lang.Text{SV: "Allvarlighetsgrad", EN: "Severity"}, s.values("incident_severity", v.lang)},
	} {
		c := control{Name: f.name, ID: f.name, Kind: "choice", Needed: true, Label: f.text.In(v.lang), Value: q.Get(f.name), Choices: f.choices}
		for i := range c.Choices {
			c.Choices[i].Chosen = c.Choices[i].Value == c.Value
		}
		if p.Filters = append(p.Filters, c); c.Value != "" {
			ask.Set(c.Name, c.Value)
			p.Narrowed = true
		}
	}
	if at := q.Get("at"); at != "" {
		ask.Set("cursor", at)
	}
	if err := v.get("/incidents", ask, &p.Page); err != nil {
		return err
	}
	p.More = v.more(p.NextCursor)
	return v.show(http.StatusOK, "incidents", view{Section: "incident", Title: lang.Text{SV: "Incidenter", EN: "Incidents"}.In(v.lang), Page: p})
}

// incidentPage is an incident with what is to be done about it.
type incidentPage struct {
	api.IncidentView
	// ETag is the version that is shown.
	ETag string
	// Tool is what the incident concerns. Case is true for who may read its case.
	Tool    string
	Case    bool
	Clocks  []incidentClock
	Answers []incidentAnswer
	Events  []incidentEvent
	Facts   []line
	// JustReported is true on the page that follows a report.
	JustReported bool
	// AtOnce is true when those in charge have been told at once.
	AtOnce bool
}

// incidentClock is something that is to be done by a time.
type incidentClock struct {
	api.TaskItem
	Unit string
	// Law is true for a duty by law.
	Law bool
	// Left says how long there is left, in hours where it is hours that count.
	Left string
	Late bool
}

// incidentAnswer is the answer to a task, with what was asked.
type incidentAnswer struct {
	api.IncidentDecision
	Question string
}

// incidentEvent is something that happened.
type incidentEvent struct {
	What, Who string
	At        time.Time
}

// incidentEvents are what the events of an incident are called.
var incidentEvents = map[model.EventKind]lang.Text{
	model.EventIncidentReported:  {SV: "Incidenten rapporterades", EN: "The incident was reported"},
	model.EventIncidentCorrected: {SV: "Uppgifter rättades", EN: "Facts were corrected"},
	model.EventIncidentClosed:    {SV: "Incidenten avslutades", EN: "The incident was closed"},
	model.EventDecided:           {SV: "En uppgift besvarades", EN: "A task was answered"},
	model.EventAdvised:           {SV: "Råd lämnades", EN: "Advice was given"},
	model.EventDeadlineFired:     {SV: "En tid gick ut, eller en påminnelse skickades", EN: "A time ran out, or a reminder was sent"},
	model.EventCaseAnswered:      {SV: "Ärendet svarade på det som begärdes", EN: "The case answered what was asked of it"},
	model.EventTaskClaimed:       {SV: "Någon tog en uppgift", EN: "Somebody took a task"},
	model.EventTaskReleased:      {SV: "En uppgift lämnades tillbaka", EN: "A task was given back"},
	model.EventTaskReassigned:    {SV: "En uppgift lämnades över", EN: "A task was given to somebody else"},
}

func (s *site) incidentView(v *visit) error {
	p, err := s.incident(v, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	p.JustReported = v.r.URL.Query().Has("reported")
	events, err := all[api.EventNote](v, "/incidents/"+p.IncidentID+"/events")
	if err != nil {
		return err
	}
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ActorID)
	}
	names, err := s.Store.Names(v.r.Context(), v.person.OrgID, ids)
	if err != nil {
		return err
	}
	for _, e := range events {
		what := incidentEvents[e.Kind].In(v.lang)
		p.Events = append(p.Events, incidentEvent{cmp.Or(what, string(e.Kind)), names[e.ActorID], e.At})
	}
	return v.show(http.StatusOK, "incident", view{Section: "incident", Title: p.CategoryLabel + ": " + p.Tool, Page: p})
}

// incident reads an incident and says it in words.
func (s *site) incident(v *visit, id string) (incidentPage, error) {
	var p incidentPage
	var err error
	p.ETag, err = v.getTagged("/incidents/"+url.PathEscape(id), &p.IncidentView)
	if err != nil {
		return p, err
	}
	p.AtOnce = p.PersonalData.Possible() || p.Severity.Grave()
	if err := s.nameIncident(v, &p); err != nil {
		return p, err
	}
	units := map[string]string{}
	for _, u := range p.Units {
		units[u.ID] = u.Name
	}
	for _, t := range p.Tasks {
		if t.Status != model.TaskOpen {
			continue
		}
		spec, _ := model.IncidentTaskOf(t.Kind)
		c := incidentClock{TaskItem: t, Law: spec.Law, Unit: units[t.UnitID]}
		if t.Due != nil {
			c.Left, c.Late = left(*t.Due, s.Clock.Now(), v.lang), s.Clock.Now().After(*t.Due)
		}
		p.Clocks = append(p.Clocks, c)
	}
	for _, d := range p.Decisions {
		a := incidentAnswer{IncidentDecision: d}
		if i := slices.IndexFunc(p.Tasks, func(t api.TaskItem) bool { return t.TaskID == d.TaskID }); i >= 0 {
			a.Question = p.Tasks[i].Question
		}
		p.Answers = append(p.Answers, a)
	}
	slices.SortStableFunc(p.Clocks, func(a, b incidentClock) int { return compareDue(a.Due, b.Due) })
	p.Facts = s.incidentFacts(v, p)
	return p, nil
}

// nameIncident finds what the incident concerns: the tool, and the case for who may
// read it.
func (s *site) nameIncident(v *visit, p *incidentPage) error {
	p.Tool = p.ToolName
	if p.Tool == "" && p.RegisterEntryID != "" {
		var t api.ToolItem
		if err := v.get("/register/"+url.PathEscape(p.RegisterEntryID), nil, &t); err != nil {
			return err
		}
		p.Tool = t.Tool
	}
	if p.CaseID != "" {
		title, err := s.Store.CaseTitle(v.r.Context(), v.person.OrgID, p.CaseID, access.ReaderOf(v.person.Actor()))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		p.Tool, p.Case = cmp.Or(p.Tool, title), err == nil
	}
	p.Tool = cmp.Or(p.Tool, lang.Text{SV: "okänt verktyg", EN: "unknown tool"}.In(v.lang))
	return nil
}

func compareDue(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return a.Compare(*b)
}

// hoursCount is for how long before its end a time is told in hours: a time of an
// incident that is set in hours runs through nights and weekends (rulebook 9.5).
const hoursCount = 96 * time.Hour

// left says how long there is left, in hours where the time is one of hours.
func left(due, now time.Time, l lang.Lang) string {
	rest := due.Sub(now)
	if rest <= 0 || rest > hoursCount || due.Equal(calendar.EndOfDay(calendar.Today(due))) {
		return calendar.Remaining(due, now, l)
	}
	hours := int(math.Floor(rest.Hours()))
	switch hours {
	case 0:
		return lang.Text{SV: "Mindre än en timme kvar", EN: "Less than an hour left"}.In(l)
	case 1:
		return lang.Text{SV: "1 timme kvar", EN: "1 hour left"}.In(l)
	}
	return fmt.Sprintf(lang.Text{SV: "%d timmar kvar", EN: "%d hours left"}.In(l), hours)
}

// certainty is an answer that may be open, in words.
func certainty(c model.Certainty, l lang.Lang) string {
	return map[model.Certainty]lang.Text{model.Yes: yesWord, model.No: noWord, model.Unsure: {SV: "Osäkert", EN: "Unsure"}}[c].In(l)
}

// seriousWords are the kinds of serious incident of AI Act 73.
var seriousWords = map[model.SeriousIncident]lang.Text{
	"":                      {SV: "Nej", EN: "No"},
	model.SeriousOther:      {SV: "Ja, en allvarlig incident", EN: "Yes, a serious incident"},
	model.SeriousWidespread: {SV: "Ja, och den är utbredd eller rör kritisk infrastruktur", EN: "Yes, and it is widespread or concerns critical infrastructure"},
	model.SeriousDeath:      {SV: "Ja, och någon har avlidit", EN: "Yes, and somebody has died"},
}

// incidentFacts are the facts of an incident as they are read.
func (s *site) incidentFacts(v *visit, p incidentPage) []line {
	var out []line
	add := func(sv, en, text string) {
		if text != "" {
			out = append(out, line{Label: lang.Text{SV: sv, EN: en}.In(v.lang), Text: text})
		}
	}
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return calendar.InWords(*t, v.lang)
	}
	add("Slag", "Category", p.CategoryLabel)
	add("Allvarlighetsgrad", "Severity", p.SeverityLabel)
	add("Personuppgifter berörs", "Concerns personal data", certainty(p.PersonalData, v.lang))
	add("Hände", "Happened", cmp.Or(at(p.OccurredAt), lang.Text{SV: "Okänt när", EN: "Not known when"}.In(v.lang)))
	add("Upptäcktes", "Discovered", at(&p.AwareAt))
	add("Rapporterades", "Reported", at(&p.ReportedAt))
	if p.Reporter != nil {
		add("Av", "By", p.Reporter.Name)
	}
	if p.Lead != nil {
		add("Leds av", "Led by", p.Lead.Name)
	}
	var units []string
	for _, u := range p.Units {
		units = append(units, u.Name)
	}
	add("Berörda nämnder och bolag", "Boards and companies affected", strings.Join(units, ", "))
	add("Risk för dem som uppgifterna gäller", "Risk to those whose data it concerns", p.RiskLabel)
	if p.Significant != "" {
		add("Betydande enligt cybersäkerhetslagen", "Significant under the Cybersecurity Act", certainty(p.Significant, v.lang))
	}
	if p.Serious != "" {
		add("Allvarlig enligt AI-förordningen", "Serious under the AI Act", seriousWords[p.Serious].In(v.lang))
	}
	add("Referens i ert eget system", "Reference in your own system", p.ExternalRef)
	return out
}

// ReadsIncidents reports whether the person reads the incidents of the whole
// organisation.
func (v view) ReadsIncidents() bool {
	return v.Person != nil && access.ReadsAllIncidents(v.Person.Actor())
}
