package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
)

// incidentForm is what somebody fills in who reports an incident, or corrects one.
type incidentForm struct {
	// Key is the Idempotency-Key, ETag the version that is corrected.
	Key, ETag string
	// About is what the incident concerns where that is known, with the id of its
	// case or of its register entry.
	About, Case, Entry string
	Known              []string
	Questions          []control
	Faults             []formFault
	// Incident is the one that is corrected, "" for a new one.
	Incident string
}

// draw adds a question with what has been answered.
func (f *incidentForm) draw(l lang.Lang, form url.Values, wrong map[string]string, name, kind string, needed bool, text, help lang.Text, choices []choice) {
	c := control{
		Name: name, ID: idOf(name), Kind: kind, Few: len(choices) > 0, Label: text.In(l), Help: help.In(l), Needed: needed,
		Value: form.Get(name), Choices: choices, Wrong: wrong["/"+name],
	}
	for i := range c.Choices {
		c.Choices[i].Chosen = slices.Contains(form[name], c.Choices[i].Value)
	}
	if kind == "moment" {
		c = momentControl(name, c.ID, l, form, text, help, c.Wrong)
	}
	f.Questions = append(f.Questions, c)
}

// note takes what a problem says into the summary of what is wrong, in the order of
// the page.
func (f *incidentForm) note(p *client.Problem) {
	if p == nil {
		return
	}
	d := decisionForm{Sections: []formSection{{Questions: f.Questions}}}
	f.Faults = d.faults(p)
	at := func(x formFault) int {
		return slices.IndexFunc(f.Questions, func(c control) bool { return c.ID == x.ID })
	}
	slices.SortStableFunc(f.Faults, func(a, b formFault) int { return at(a) - at(b) })
}

// severityHints say what the severities mean to somebody who reports once in a
// lifetime.
var severityHints = map[string]lang.Text{
	"low":      {SV: "störande, men ingen har tagit skada", EN: "a nuisance, but nobody has come to harm"},
	"medium":   {SV: "fel som behöver rättas, få berörs", EN: "something to put right, few are affected"},
	"high":     {SV: "någon har tagit eller kan ta skada, eller många berörs", EN: "somebody has come or may come to harm, or many are affected"},
	"critical": {SV: "allvarlig skada, eller det pågår och går inte att hejda", EN: "serious harm, or it goes on and cannot be held back"},
}

// categoryHints say what the kinds of incident mean to the same person.
var categoryHints = map[string]lang.Text{
	"wrong_result":        {SV: "svaret var fel, uppdiktat eller gällde fel person", EN: "the answer was wrong, made up or about the wrong person"},
	"discrimination":      {SV: "någon behandlades sämre, till exempel för kön, ålder eller ursprung", EN: "somebody was treated worse, for example for sex, age or origin"},
	"data_leak":           {SV: "uppgifter har nått eller kan ha nått någon som inte skulle ha dem", EN: "data have reached, or may have reached, somebody who should not have them"},
	"secrecy":             {SV: "sekretessbelagda uppgifter har lagts in i verktyget eller lämnats ut", EN: "secret information has been put into the tool or disclosed"},
	"prompt_injection":    {SV: "en text, bild eller webbsida fick verktyget att göra något det inte skulle", EN: "a text, picture or web page made the tool do what it should not"},
	"unauthorised_action": {SV: "verktyget eller agenten gjorde något som den inte fick göra", EN: "the tool or agent did something that it was not allowed to do"},
	"cost":                {SV: "användningen kostade mycket mer än väntat", EN: "the use cost far more than expected"},
	"misuse":              {SV: "någon använde verktyget till något som inte är tillåtet", EN: "somebody used the tool for something that is not allowed"},
	"availability":        {SV: "verktyget låg nere eller gick inte att lita på när det behövdes", EN: "the tool was down or unreliable when it was needed"},
	"other":               {SV: "inget av det ovan, eller du vet inte", EN: "none of the above, or you do not know"},
}

// certainties are the answers to a question that may be open.
func certainties(l lang.Lang) []choice {
	var out []choice
	for _, c := range []model.Certainty{model.Yes, model.No, model.Unsure} {
		out = append(out, choice{string(c), certainty(c, l), false})
	}
	return out
}

// questions of a report, beside which tool it is.
func (s *site) reportQuestions(v *visit, f *incidentForm, form url.Values, problem *client.Problem) {
	wrong := wrongOf(problem)
	ask := func(name, kind string, needed bool, text, help lang.Text, choices []choice) {
		f.draw(v.lang, form, wrong, name, kind, needed, text, help, choices)
	}
	if f.About == "" {
		ask("tool_name", "line", false, lang.Text{SV: "Vilket verktyg gäller det?", EN: "Which tool is it about?"},
			lang.Text{SV: "Skriv så gott du kan om du inte vet.", EN: "Write as well as you can if you do not know."}, nil)
	}
	ask("description", "text", true, lang.Text{SV: "Vad har hänt?", EN: "What has happened?"},
		lang.Text{SV: "Några meningar räcker. Skriv inte av de uppgifter som har spritts.", EN: "A few sentences will do. Do not copy the data that have spread."}, nil)
	s.incidentQuestions(v, ask)
	ask("still", "choice", false, lang.Text{SV: "Pågår det fortfarande?", EN: "Is it still going on?"}, lang.Text{}, certainties(v.lang))
	s.timeQuestions(ask)
	ask("contact", "line", false, lang.Text{SV: "Hur når vi dig?", EN: "How do we reach you?"},
		lang.Text{SV: "Telefonnummer, om det brådskar.", EN: "A telephone number, if it is urgent."}, nil)
}

// withHints are choices, each with what it means after its name.
func withHints(choices []choice, hints map[string]lang.Text, l lang.Lang) []choice {
	for i, c := range choices {
		if hint, ok := hints[c.Value]; ok {
			choices[i].Label += ": " + hint.In(l)
		}
	}
	return choices
}

type asker func(name, kind string, needed bool, text, help lang.Text, choices []choice)

// incidentQuestions are those that a report and a correction share.
func (s *site) incidentQuestions(v *visit, ask asker) {
	ask("category", "choice", true, lang.Text{SV: "Vilket slags incident är det?", EN: "What kind of incident?"},
		lang.Text{
			SV: "Lex Sarah, Lex Maria, säkerhetsskydd och arbetsmiljötillbud anmäls dessutom enligt sina egna rutiner.",
			EN: "Lex Sarah, Lex Maria, protective security and work environment incidents are reported by their own routines too.",
		}, withHints(s.values("incident_category", v.lang), categoryHints, v.lang))
	ask("severity", "choice", true, lang.Text{SV: "Hur allvarligt är det?", EN: "How serious is it?"}, lang.Text{},
		withHints(s.values("incident_severity", v.lang), severityHints, v.lang))
	ask("personal_data", "choice", true, lang.Text{SV: "Berörs personuppgifter?", EN: "Are personal data concerned?"},
		lang.Text{
			SV: "Är du osäker, säg det. Vi räknar då med att det är så, för tiden till anmälan är kort.",
			EN: "If you are unsure, say so. We then assume that they are, since the time to notify is short.",
		}, certainties(v.lang))
}

// timeQuestions ask when it happened and when it was discovered.
func (s *site) timeQuestions(ask asker) {
	ask("occurred_at", "moment", false, lang.Text{SV: "När hände det?", EN: "When did it happen?"},
		lang.Text{SV: "Lämna tomt om du inte vet.", EN: "Leave empty if you do not know."}, nil)
	ask("aware_at", "moment", false, lang.Text{SV: "När upptäcktes det?", EN: "When was it discovered?"},
		lang.Text{
			SV: "Från den stunden räknas de 72 timmarna för en personuppgiftsincident. Lämna tomt om det var nyss.",
			EN: "From that moment the 72 hours for a personal data breach count. Leave empty if it was just now.",
		}, nil)
}

// momentControl asks for a day and a time, in Sweden.
func momentControl(name, id string, l lang.Lang, form url.Values, text, help lang.Text, wrong string) control {
	part := func(of, sv, en string) control {
		return control{Name: name + "." + of, ID: id + "-" + of, Label: lang.Text{SV: sv, EN: en}.In(l), Value: form.Get(name + "." + of)}
	}
	return control{
		Name: name, ID: id, Kind: "moment", Label: text.In(l), Help: help.In(l), Wrong: wrong,
		Parts: []control{part("day", "Dag", "Day"), part("time", "Klockslag", "Time")},
	}
}

// moment reads a day and a time of a form: "" for none, the time in UTC, or what was
// written where it cannot be read, which the API then refuses.
func moment(form url.Values, name string) string {
	day, clock := strings.TrimSpace(form.Get(name+".day")), strings.TrimSpace(form.Get(name+".time"))
	if day == "" && clock == "" {
		return ""
	}
	if clock == "" {
		clock = "00:00"
	}
	at, err := calendar.ParseClock(day + " " + clock)
	if err != nil {
		return day + " " + clock
	}
	return at.Format("2006-01-02T15:04:05Z07:00")
}

func (s *site) incidentForm(v *visit) error {
	q := v.r.URL.Query()
	f := incidentForm{Key: client.NewKey(), Case: q.Get("case"), Entry: q.Get("entry")}
	return s.showReport(v, http.StatusOK, f, url.Values{}, nil)
}

func (s *site) showReport(v *visit, status int, f incidentForm, form url.Values, problem *client.Problem) error {
	if err := s.fillIn(v, &f); err != nil {
		return err
	}
	s.reportQuestions(v, &f, form, problem)
	f.note(problem)
	if len(f.Faults) > 0 {
		problem = nil
	}
	title := lang.Text{SV: "Rapportera en incident", EN: "Report an incident"}.In(v.lang)
	return v.show(status, "incident-new", view{Section: "incident", Title: title, Page: f, Problem: problem})
}

// fillIn finds what is reported on: the case or the tool that the person comes from,
// otherwise the names to choose from.
func (s *site) fillIn(v *visit, f *incidentForm) error {
	switch {
	case f.Entry != "":
		var t api.ToolItem
		err := v.get("/register/"+url.PathEscape(f.Entry), nil, &t)
		f.About = t.Tool
		return err
	case f.Case != "":
		var c api.CaseItem
		err := v.get("/cases/"+url.PathEscape(f.Case), nil, &c)
		f.About = c.Title
		return err
	}
	var p usePage
	_, err := s.toolsMeant(v, &p)
	f.Known = p.Known
	return err
}

func (s *site) reportIncident(v *visit) error {
	form := v.r.PostForm
	f := incidentForm{Key: form.Get("key"), Case: form.Get("case"), Entry: form.Get("entry")}
	body := map[string]any{"description": s.account(v, form)}
	for _, name := range []string{"category", "severity", "personal_data"} {
		body[name] = form.Get(name)
	}
	for name, value := range map[string]string{
		"case_id": f.Case, "register_entry_id": f.Entry, "occurred_at": moment(form, "occurred_at"), "aware_at": moment(form, "aware_at"),
	} {
		if value != "" {
			body[name] = value
		}
	}
	if err := s.addTool(v, body, f, strings.TrimSpace(form.Get("tool_name"))); err != nil {
		return err
	}
	var receipt model.Receipt
	_, err := v.api.Do(v.r.Context(), client.Call{Method: http.MethodPost, Path: "/api/v1/incidents", Key: f.Key, Body: body}, &receipt)
	var problem *client.Problem
	if errors.As(err, &problem) && (problem.Status < 500 || problem.Status == http.StatusServiceUnavailable) {
		if problem.Status != http.StatusServiceUnavailable {
			f.Key = client.NewKey() // this try is over
		}
		return s.showReport(v, problem.Status, f, form, problem)
	}
	if err != nil {
		return err
	}
	return v.redirect("/incidents/" + receipt.IncidentID + "?reported")
}

// addTool names the tool of a report, by which lists tell incidents apart: as its case
// or entry does, by its entry where the register has just one of that name, otherwise
// as it was written.
func (s *site) addTool(v *visit, body map[string]any, f incidentForm, name string) error {
	if f.Case != "" || f.Entry != "" {
		err := s.fillIn(v, &f)
		body["tool_name"] = f.About
		return err
	}
	if name == "" {
		return nil
	}
	body["tool_name"] = name
	found, err := s.toolsNamed(v, name)
	if err == nil && len(found) == 1 {
		body["register_entry_id"] = found[0].ID
	}
	return err
}

// account is what somebody tells: what happened, whether it goes on, how to reach them.
func (s *site) account(v *visit, form url.Values) string {
	text := strings.TrimSpace(strings.ReplaceAll(form.Get("description"), "\r\n", "\n"))
	if text == "" {
		return ""
	}
	if still := form.Get("still"); still != "" {
		text += "\n\n" + lang.Text{SV: "Pågår fortfarande: ", EN: "Still going on: "}.In(v.lang) + certainty(model.Certainty(still), v.lang) + "."
	}
	if contact := strings.TrimSpace(form.Get("contact")); contact != "" {
		text += "\n" + lang.Text{SV: "Nås på: ", EN: "Can be reached at: "}.In(v.lang) + contact
	}
	return text
}
