package web

import (
	"net/url"

	"sluss/api"
	"sluss/model"
	"sluss/model/lang"
)

// The answers that two tasks of an incident take beside their outcome, by their
// names in the API.
const (
	answerSerious       = "serious_incident"
	answerSignificantAt = "significant_at"
)

// readIncidentTask adds to a task what its incident is about, and the answer once
// there is one.
func (s *site) readIncidentTask(v *visit, p *taskPage) error {
	if p.IncidentID == "" {
		return nil
	}
	i, err := s.incident(v, p.IncidentID)
	if err != nil {
		return err
	}
	text := func(sv, en string) string { return lang.Text{SV: sv, EN: en}.In(v.lang) }
	p.Summary = append([]line{
		{Label: text("Verktyg", "Tool"), Text: i.Tool}, {Label: text("Vad som har hänt", "What has happened"), Text: i.Description},
	}, i.Facts...)
	for _, d := range i.Answers {
		if d.TaskID != p.TaskID {
			p.Answered = append(p.Answered, d)
			continue
		}
		p.Answer = &api.DecisionItem{
			DecisionID: d.TaskID, TaskID: d.TaskID, Outcome: d.Outcome, OutcomeLabel: d.OutcomeLabel, Decider: d.Decider, Role: d.Role,
			Motivation: d.Motivation, DecisionAuthority: d.DecisionAuthority, DecidedAt: d.DecidedAt,
		}
	}
	return nil
}

// incidentControls are the questions of a task of an incident that the rulebook does
// not have.
func incidentControls(t api.TaskView, l lang.Lang, form url.Values, wrong map[string]string) []control {
	switch {
	case t.IncidentID == "":
		return nil
	case t.Kind == model.TaskAssessRisk:
		c := control{
			Name: "a." + answerSerious, ID: "a-" + answerSerious, Kind: "choice", Few: true, Wrong: wrong["/answers/"+answerSerious],
			Label:  lang.Text{SV: "Är det en allvarlig incident enligt AI-förordningen?", EN: "Is it a serious incident under the AI Act?"}.In(l),
			Help:   lang.Text{SV: "Frågan gäller AI-system med hög risk. Svaret styr när den rapporteras: inom 15, 2 eller 10 dagar.", EN: "The question is about high-risk AI systems. The answer sets when it is reported: within 15, 2 or 10 days."}.In(l),
			Source: "AIA 73",
		}
		for _, kind := range []model.SeriousIncident{"", model.SeriousOther, model.SeriousWidespread, model.SeriousDeath} {
			given := form.Get(c.Name)
			c.Choices = append(c.Choices, choice{string(kind), seriousWords[kind].In(l), form.Has(c.Name) && given == string(kind)})
		}
		return []control{c}
	case t.Kind == model.TaskCSLSignificance:
		return []control{momentControl("a."+answerSignificantAt, "a-"+answerSignificantAt, l, form,
			lang.Text{SV: "Sedan när är det känt att den är betydande?", EN: "Since when is it known to be significant?"},
			lang.Text{SV: "Tiderna enligt cybersäkerhetslagen räknas från då. Lämna tomt för nu.", EN: "The times of the Cybersecurity Act count from then. Leave empty for now."},
			wrong["/answers/"+answerSignificantAt])}
	}
	return nil
}

// incidentAnswers reads the answers to them.
func incidentAnswers(t api.TaskView, form url.Values, answers map[string]any) {
	if t.IncidentID == "" {
		return
	}
	if serious := form.Get("a." + answerSerious); serious != "" && t.Kind == model.TaskAssessRisk {
		answers[answerSerious] = serious
	}
	if at := moment(form, "a."+answerSignificantAt); at != "" && t.Kind == model.TaskCSLSignificance {
		answers[answerSignificantAt] = at
	}
}
