package notify

import (
	"strings"
	"time"
	"unicode"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/store"
)

// Letter is an e-mail, ready to be sent.
type Letter struct {
	// ID is the same however often the letter is sent.
	ID            string
	To            string
	Lang          lang.Lang
	Subject, Text string
	Date          time.Time
}

var (
	caseLine = lang.Text{SV: "Ärende: ", EN: "Case: "}
	dayLine  = lang.Text{SV: "Sista dag: ", EN: "Last day: "}
	// incidentWord, yearWord and yearWords say what a task is about that belongs to
	// no case.
	incidentWord = lang.Text{SV: "incident", EN: "incident"}
	yearWord     = lang.Text{SV: "årlig uppgift", EN: "task of the year"}
	yearWords    = map[model.TaskKind]lang.Text{
		model.TaskPolicyReview: {SV: "årlig översyn av riktlinje och regelverk", EN: "yearly review of guideline and rulebook"},
		model.TaskUnitOverride: {SV: "årlig fråga om enhetens kompletterande regler", EN: "yearly question of the unit's supplementary rules"},
		model.TaskLegacyPlan:   {SV: "plan för ett äldre högrisksystem", EN: "plan for a legacy high-risk system"},
	}
	footer = lang.Text{
		SV: "Meddelandet kommer från Sluss och kan inte besvaras.",
		EN: "This message comes from Sluss and cannot be replied to.",
	}
)

// letter writes the e-mail of a message: what it is about, the title of the case
// where there is one, the last day where there is one, and a link.
func (d *Drainer) letter(m store.Mail) Letter {
	l, label := m.Language, m.Kind.Label().In(m.Language)
	subject, lines := label, []string{label + ".", ""}
	switch {
	case m.CaseID != "":
		title := oneLine(m.Title)
		subject += ": " + title
		lines = append(lines, caseLine.In(l)+title)
	case m.TaskID != "":
		subject += ": " + taskWord(m).In(l)
		lines[0] = subject + "."
	}
	if !m.LastDay.IsZero() {
		lines = append(lines, dayLine.In(l)+calendar.InWords(m.LastDay, l))
	}
	if lines[len(lines)-1] != "" {
		lines = append(lines, "")
	}
	lines = append(lines, d.link(m), "", footer.In(l), "")
	return Letter{
		ID: m.ID, To: m.Email, Lang: l, Subject: subject, Text: strings.Join(lines, "\n"), Date: d.Clock.Now(),
	}
}

func taskWord(m store.Mail) lang.Text {
	if m.IncidentID != "" {
		return incidentWord
	}
	if text, ok := yearWords[m.TaskKind]; ok {
		return text
	}
	return yearWord
}

// link is where the reader goes on: to the task, the case or the incident.
func (d *Drainer) link(m store.Mail) string {
	switch {
	case m.TaskID != "":
		return d.BaseURL + "/tasks/" + m.TaskID
	case m.IncidentID != "":
		return d.BaseURL + "/incidents/" + m.IncidentID
	}
	return d.BaseURL + "/cases/" + m.CaseID
}

// oneLine takes the line breaks and other control characters out of a text.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}
