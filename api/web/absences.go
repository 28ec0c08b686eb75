package web

import (
	"net/http"
	"net/url"

	"sluss/api"
	"sluss/api/client"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
)

// absencesPage is who is away, or will be.
type absencesPage struct {
	sifted[api.AbsenceItem]
	// Everybody is true for who reads the absences of all, All for who may note and
	// end them, and May for who may note their own.
	Everybody, All, May bool
}

func (s *site) absences(v *visit) error { return s.showAbsences(v, nil) }

func (s *site) showAbsences(v *visit, refused *client.Problem) error {
	a := v.person.Actor()
	found, problem, err := sift[api.AbsenceItem](v, "/absences", filterTick("all", v.lang, lang.Text{SV: "Visa även avslutade", EN: "Show those that are over too"}))
	if err != nil {
		return err
	}
	if refused != nil {
		problem = refused
	}
	p := absencesPage{sifted: found, Everybody: access.ReadsDelegations(a), All: executes(access.Administer)(a), May: access.Writes(a) == nil}
	return v.showDeputies(http.StatusOK, "absences", lang.Text{SV: "Frånvaro", EN: "Absence"}, p, problem)
}

// absencePage is an absence that is being noted.
type absencePage struct {
	Form url.Values
	Key  string
	// All is true for who may note the absence of others.
	All bool
	// People may be away, Deputies answer for them.
	People, Deputies []choice
	// Preview is what the absence would mean, before it is noted.
	Preview *api.AbsencePreview
	// Wrong says what is wrong with answers, by the name of the question, Faults the
	// same with where it stands on the page.
	Wrong  map[string]string
	Faults []formFault
}

func (s *site) newAbsence(v *visit) error {
	today := calendar.Today(s.Clock.Now()).String()
	return s.showAbsence(v, url.Values{"person": {v.r.URL.Query().Get("person")}, "from_day": {today}, "until_day": {today}}, nil, nil)
}

func (s *site) showAbsence(v *visit, form url.Values, preview *api.AbsencePreview, problem *client.Problem) error {
	p := absencePage{Form: form, Key: keyAfter(form, problem), All: executes(access.Administer)(v.person.Actor()), Preview: preview}
	if preview == nil {
		people, err := v.colleagues()
		if err != nil {
			return err
		}
		self := v.person.ID
		if p.All {
			self, p.People = "", peopleChoices(people, form.Get("person"), "")
		}
		p.Deputies = deputyChoices(people, form.Get("deputy"), self, v.lang)
	}
	p.Wrong, p.Faults = faultsByName(problem, v.lang)
	return v.showDeputies(http.StatusOK, "absence", lang.Text{SV: "Anmäl frånvaro", EN: "Note an absence"}, p, problem)
}

// faultsByName are what is wrong with a short form, by the name of the question and in
// the order of the problem.
func faultsByName(problem *client.Problem, l lang.Lang) (map[string]string, []formFault) {
	wrong, faults := map[string]string{}, []formFault(nil)
	if problem != nil {
		for _, e := range problem.Errors {
			id := idOf(e.Pointer)
			wrong[id] = e.Message
			message := e.Message
			if label, ok := deputyLabels[id]; ok {
				message = label.In(l) + ": " + message
			}
			faults = append(faults, formFault{id, message})
		}
	}
	return wrong, faults
}

// deputyLabels are what absences and deputies are asked about, by the name of the question.
var deputyLabels = map[string]lang.Text{
	"from": {SV: "För vem", EN: "For whom"}, "to": {SV: "Vem ska svara", EN: "Who is to answer"},
	"person": {SV: "Vem är borta", EN: "Who is away"}, "deputy": {SV: "Ersättare", EN: "Deputy"},
	"roles": {SV: "Roller", EN: "Roles"}, "reason": {SV: "Skäl", EN: "Reasons"},
	"from_day": {SV: "Första dagen", EN: "First day"}, "until_day": {SV: "Sista dagen", EN: "Last day"},
}

// noteAbsence shows what an absence would mean, and notes it once that has been seen.
func (s *site) noteAbsence(v *visit) error {
	form := v.r.PostForm
	body := map[string]any{"from_day": form.Get("from_day"), "until_day": form.Get("until_day")}
	for _, name := range []string{"person", "deputy"} {
		if value := form.Get(name); value != "" {
			body[name] = value
		}
	}
	if form.Get("do") == "send" {
		err := v.send(http.MethodPost, "/absences", body, "")
		if problem := refusalOf(err); problem != nil {
			return s.showAbsence(v, form, nil, problem)
		} else if err != nil {
			return err
		}
		return v.redirect("/absences?done=made")
	}
	if form.Get("do") != "check" {
		return s.showAbsence(v, form, nil, nil)
	}
	var preview api.AbsencePreview
	_, err := v.api.Do(v.r.Context(), client.Call{Method: http.MethodPost, Path: "/api/v1/absences/preview", Body: body}, &preview)
	if problem := refusalOf(err); problem != nil {
		return s.showAbsence(v, form, nil, problem)
	} else if err != nil {
		return err
	}
	return s.showAbsence(v, form, &preview, nil)
}

// endAbsence ends an absence before its time.
func (s *site) endAbsence(v *visit) error {
	err := v.send(http.MethodPost, "/absences/"+url.PathEscape(v.r.PathValue("id"))+"/end", nil, "")
	if problem := refusalOf(err); problem != nil {
		return s.showAbsences(v, problem)
	} else if err != nil {
		return err
	}
	return v.redirect("/absences?done=ended")
}
