package notify

import (
	"strings"
	"time"
	"unicode"

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
	footer   = lang.Text{
		SV: "Meddelandet kommer från Sluss och kan inte besvaras.",
		EN: "This message comes from Sluss and cannot be replied to.",
	}
)

// letter writes the e-mail of a message: what it is about, the title of the case,
// the last day where there is one, and a link.
func (d *Drainer) letter(m store.Mail) Letter {
	l, title, label := m.Language, oneLine(m.Title), m.Kind.Label().In(m.Language)
	lines := []string{label + ".", "", caseLine.In(l) + title}
	if !m.LastDay.IsZero() {
		lines = append(lines, dayLine.In(l)+calendar.Today(m.LastDay).InWords(l))
	}
	lines = append(lines, "", d.link(m), "", footer.In(l), "")
	return Letter{
		ID: m.ID, To: m.Email, Lang: l, Subject: label + ": " + title, Text: strings.Join(lines, "\n"), Date: d.Clock.Now(),
	}
}

// link is where the reader goes on: to the task, or to the case.
func (d *Drainer) link(m store.Mail) string {
	if m.TaskID != "" {
		return d.BaseURL + "/tasks/" + m.TaskID
	}
	return d.BaseURL + "/cases/" + m.CaseID
}

// oneLine takes the line breaks and other control characters out of a text.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}
