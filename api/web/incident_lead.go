package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
)

// leadPage is an incident that somebody corrects or closes.
type leadPage struct {
	incidentPage
	Form incidentForm
	// Sure asks once more before the incident is closed; Sent is what was sent.
	Sure bool
	Sent []sentValue
}

// led reads an incident that the person may correct and close.
func (s *site) led(v *visit) (leadPage, error) {
	p, err := s.incident(v, v.r.PathValue("id"))
	if err == nil && !p.MayLead {
		err = errNoPage
	}
	return leadPage{incidentPage: p, Form: incidentForm{Key: client.NewKey(), ETag: p.ETag, Incident: p.IncidentID}}, err
}

// said is what an incident says now, as a form.
func (p incidentPage) said() url.Values {
	form := url.Values{}
	for name, value := range map[string]string{
		"description": p.Description, "category": p.Category, "severity": string(p.Severity), "personal_data": string(p.PersonalData),
		"external_incident_ref": p.ExternalRef, "risk_assessment": string(p.Risk), "csl_significant": string(p.Significant),
	} {
		form.Set(name, value)
	}
	for _, u := range p.Units {
		form.Add("affected_unit_ids", u.ID)
	}
	for name, at := range map[string]*time.Time{"occurred_at": p.OccurredAt, "aware_at": &p.AwareAt} {
		if at != nil {
			form.Set(name+".day", calendar.Clock(*at)[:10])
			form.Set(name+".time", calendar.Clock(*at)[11:])
		}
	}
	return form
}

func (s *site) correctionForm(v *visit) error {
	p, err := s.led(v)
	if err != nil {
		return err
	}
	return s.showCorrection(v, http.StatusOK, p, p.said(), nil)
}

func (s *site) showCorrection(v *visit, status int, p leadPage, form url.Values, problem *client.Problem) error {
	wrong := wrongOf(problem)
	ask := func(name, kind string, needed bool, text, help lang.Text, choices []choice) {
		p.Form.draw(v.lang, form, wrong, name, kind, needed, text, help, choices)
	}
	ask("reason", "text", true, lang.Text{SV: "Varför rättas uppgifterna?", EN: "Why are the facts corrected?"},
		lang.Text{SV: "Särskilt om tiden för upptäckten flyttas.", EN: "Above all if the time of discovery moves."}, nil)
	ask("description", "text", true, lang.Text{SV: "Vad har hänt?", EN: "What has happened?"}, lang.Text{}, nil)
	s.incidentQuestions(v, ask)
	s.timeQuestions(ask)
	units, err := v.units()
	if err != nil {
		return err
	}
	ask("affected_unit_ids", "choices", true, lang.Text{SV: "Berörda nämnder och bolag", EN: "Boards and companies affected"},
		lang.Text{SV: "Var och en som är personuppgiftsansvarig gör sin egen anmälan.", EN: "Each controller makes a notification of its own."}, unitChoices(units, unitID))
	role, _ := access.LeadsIncident(v.person.Actor(), p.leadID())
	if role == model.RoleInformationOwner {
		ask("risk_assessment", "choice", false, lang.Text{SV: "Risk för dem som uppgifterna gäller", EN: "Risk to those whose data it concerns"},
			lang.Text{}, s.values("incident_risk", v.lang))
	}
	if role == model.RoleCISO {
		ask("csl_significant", "choice", false, lang.Text{SV: "Betydande enligt cybersäkerhetslagen?", EN: "Significant under the Cybersecurity Act?"},
			lang.Text{}, certainties(v.lang))
	}
	ask("external_incident_ref", "line", false, lang.Text{SV: "Referens i ert eget system för incidenter", EN: "Reference in your own incident system"}, lang.Text{}, nil)
	p.Form.note(problem)
	if len(p.Form.Faults) > 0 {
		problem = nil
	}
	title := lang.Text{SV: "Rätta uppgifter", EN: "Correct facts"}.In(v.lang)
	return v.show(status, "incident-correction", view{Section: "incident", Title: title, Page: p, Problem: problem})
}

func (p incidentPage) leadID() string {
	if p.Lead == nil {
		return ""
	}
	return p.Lead.ID
}

// correction is the body that changes what the form says otherwise than the incident.
func (p leadPage) correction(form url.Values) map[string]any {
	before, body := p.said(), map[string]any{"reason": strings.TrimSpace(form.Get("reason"))}
	for _, name := range []string{
		"description", "category", "severity", "personal_data", "external_incident_ref", "risk_assessment", "csl_significant",
	} {
		now := strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n"))
		if form.Has(name) && now != before.Get(name) {
			body[name] = now
		}
	}
	for _, name := range []string{"occurred_at", "aware_at"} {
		if now := moment(form, name); now != "" && now != moment(before, name) {
			body[name] = now
		}
	}
	units := slices.Sorted(slices.Values(form["affected_unit_ids"]))
	if len(units) > 0 && !slices.Equal(units, slices.Sorted(slices.Values(before["affected_unit_ids"]))) {
		body["affected_unit_ids"] = units
	}
	return body
}

func (s *site) correctIncident(v *visit) error {
	p, err := s.led(v)
	if err != nil {
		return err
	}
	form := v.r.PostForm
	refused, err := v.leads(p.IncidentID, "/corrections", form, p.correction(form))
	switch {
	case err != nil:
		return err
	case refused != nil:
		return s.showCorrection(v, refused.Status, p, form, refused)
	}
	return v.redirect("/incidents/" + p.IncidentID)
}

// leads sends an act of somebody who leads an incident, and returns why it was
// refused.
func (v *visit) leads(incident, act string, form url.Values, body any) (*client.Problem, error) {
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPost, Path: "/api/v1/incidents/" + incident + act, Key: form.Get("key"), IfMatch: form.Get("etag"), Body: body,
	}, nil)
	var problem *client.Problem
	if errors.As(err, &problem) && problem.Code != string(model.CodeStepUp) && (problem.Status < 500 || problem.Status == http.StatusServiceUnavailable) {
		return problem, nil
	}
	return nil, err
}

func (s *site) closingForm(v *visit) error {
	p, err := s.led(v)
	if err != nil {
		return err
	}
	return s.showClosing(v, http.StatusOK, p, url.Values{}, nil)
}

func (s *site) showClosing(v *visit, status int, p leadPage, form url.Values, problem *client.Problem) error {
	wrong := wrongOf(problem)
	ask := func(name, kind string, needed bool, text, help lang.Text, choices []choice) {
		p.Form.draw(v.lang, form, wrong, name, kind, needed, text, help, choices)
	}
	ask("lessons", "text", true, lang.Text{SV: "Vad har ni lärt er?", EN: "What have you learnt?"},
		lang.Text{SV: "Vad hände, varför, och vad görs för att det inte ska hända igen.", EN: "What happened, why, and what is done so that it does not happen again."}, nil)
	if p.CaseID != "" {
		again := lang.Text{SV: "Ja, bedöm användningen på nytt", EN: "Yes, assess the use again"}
		ask("triggers", "choices", false, lang.Text{SV: "Ska användningen bedömas på nytt?", EN: "Is the use to be assessed again?"},
			lang.Text{SV: "Efter en allvarlig incident ska den det (RA-06). CISO granskar då alltid.", EN: "After a serious incident it is (RA-06). The CISO then always reviews."},
			[]choice{{"RA-06", again.In(v.lang), false}})
		ask("stages", "choices", false, lang.Text{SV: "Vilka steg berörs?", EN: "Which stages are affected?"}, lang.Text{}, s.reviewed(v))
	}
	p.Form.note(problem)
	if len(p.Form.Faults) > 0 {
		problem = nil
	}
	title := lang.Text{SV: "Avsluta incidenten", EN: "Close the incident"}.In(v.lang)
	return v.show(status, "incident-closing", view{Section: "incident", Title: title, Page: p, Problem: problem})
}

// reviewed are the stages of a case that somebody reviews.
func (s *site) reviewed(v *visit) []choice {
	var out []choice
	for _, spec := range model.Stages() {
		label, ok := s.Book.StageLabel(string(spec.Key))
		if ok && spec.Reviews() && spec.Step > 0 {
			out = append(out, choice{string(spec.Key), label.In(v.lang), false})
		}
	}
	return out
}

// closeIncident closes an incident: first it asks whether the person is sure, for a
// closed one is never opened again.
func (s *site) closeIncident(v *visit) error {
	p, err := s.led(v)
	if err != nil {
		return err
	}
	form := v.r.PostForm
	p.Form.Key, p.Form.ETag = cmp.Or(form.Get("key"), p.Form.Key), cmp.Or(form.Get("etag"), p.ETag)
	if form.Get("do") == "edit" {
		return s.showClosing(v, http.StatusOK, p, form, nil)
	}
	body := map[string]any{"lessons": strings.TrimSpace(form.Get("lessons"))}
	if again := form["triggers"]; len(again) > 0 {
		body["triggers"] = again
		if stages := form["stages"]; len(stages) > 0 {
			body["stages"] = stages
		}
	}
	if form.Get("do") != "send" && body["lessons"] != "" {
		p.Sure, p.Sent = true, sent(form, "do")
		return s.showClosing(v, http.StatusOK, p, form, nil)
	}
	refused, err := v.leads(p.IncidentID, "/closing", form, body)
	switch {
	case err != nil:
		return err
	case refused != nil:
		p.Form.Key, p.Form.ETag = client.NewKey(), p.ETag
		return s.showClosing(v, refused.Status, p, form, refused)
	}
	return v.redirect("/incidents/" + p.IncidentID)
}
