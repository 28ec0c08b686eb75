package web

import (
	"html/template"
	"strconv"
	"strings"

	"sluss/api"
)

// What a report, a case and a task have many of: decisions, conditions, events and
// risks.

// BeginBlock is a block of a report up to its findings.
func (v view) BeginBlock(k block) template.HTML {
	var b strings.Builder
	escaped := template.HTMLEscapeString
	if k.Computed {
		b.WriteString(`<div class="block computed">` + "\n" + `<p class="says"><span class="kind computed">` + v.T("Uträknat", "Computed"))
	} else {
		b.WriteString(`<div class="block written-by">` + "\n" + `<p class="says"><span class="kind written">` + v.T("Skrivet", "Written"))
	}
	b.WriteString("</span>")
	if k.Title != "" {
		b.WriteString(" <strong>" + escaped(k.Title) + "</strong>")
	}
	if k.By != "" {
		b.WriteString(` <span class="minor-inline">` + v.T("av", "by") + " " + escaped(k.By) + "</span>")
	}
	b.WriteString("</p>\n")
	if k.Note != "" {
		b.WriteString("<p>" + escaped(k.Note) + "</p>\n")
	}
	if n := k.long(); n > 0 {
		b.WriteString("<details><summary>")
		if len(k.Events) > 0 {
			b.WriteString(v.T("Visa alla händelser", "Show all events"))
		} else {
			b.WriteString(v.T("Visa alla svar", "Show all answers"))
		}
		b.WriteString(" (" + strconv.Itoa(n) + `)<span class="hidden">`)
		if k.Title != "" {
			b.WriteString(": " + escaped(k.Title))
		}
		b.WriteString("</span></summary>\n")
	}
	if len(k.Lines) > 0 {
		b.WriteString(`<dl class="facts">` + string(v.TellSourced(k.Lines)) + "</dl>\n")
	}
	if len(k.Rules) > 0 {
		b.WriteString(string(v.TellRules(k.Rules)))
	}
	return template.HTML(b.String())
}

// EndBlock is a block of a report from its findings on.
func (v view) EndBlock(k block) template.HTML {
	var b strings.Builder
	if len(k.Decisions) > 0 {
		b.WriteString(`<ol class="timeline">`)
		for _, d := range k.Decisions {
			b.WriteString("<li>" + string(v.TellDecision(d.DecisionItem)))
			if len(d.Lines) > 0 {
				b.WriteString(`<dl class="facts">` + string(v.TellSourced(d.Lines)) + "</dl>")
			}
			b.WriteString("</li>")
		}
		b.WriteString("</ol>\n")
	}
	if len(k.Conditions) > 0 {
		v.writeConditions(&b, k.Conditions)
	}
	if len(k.Events) > 0 {
		v.writeEvents(&b, k.Events)
	}
	if k.long() > 0 {
		b.WriteString("</details>\n")
	}
	if k.Link != nil {
		b.WriteString(`<p class="noprint"><a href="` + template.HTMLEscapeString(k.Link.Path) + `">` + template.HTMLEscapeString(k.Link.Label) + "</a></p>\n")
	}
	b.WriteString("</div>\n")
	return template.HTML(b.String())
}

// TellDecision is a decision or a piece of advice, with who gave it and why.
func (v view) TellDecision(d api.DecisionItem) template.HTML {
	var b strings.Builder
	escaped := template.HTMLEscapeString
	b.WriteString(`<p class="decided">`)
	if d.Stage != "" {
		b.WriteString(escaped(v.Stage(d.Stage)) + ": ")
	}
	b.WriteString(escaped(v.Decided(d)) + "</p>\n" + `<p class="minor">`)
	if d.Decider != nil {
		b.WriteString(escaped(d.Decider.Name) + ", ")
	}
	b.WriteString(escaped(v.Role(d.Role)) + " · " + string(v.Minute(d.DecidedAt)))
	if d.Revision > 0 {
		b.WriteString(" · revision " + strconv.Itoa(d.Revision))
	}
	b.WriteString("</p>\n")
	if d.Motivation != "" {
		b.WriteString(`<p class="written">` + escaped(d.Motivation) + "</p>\n")
	}
	if d.PathForwardText != "" {
		b.WriteString("<p><strong>" + v.T("Väg framåt:", "Way forward:") + `</strong> <span class="written">` + escaped(d.PathForwardText) + "</span></p>\n")
	}
	for _, id := range d.ReasonCodes {
		b.WriteString("<p><strong>" + v.T("Orsak:", "Reason:") + "</strong> ")
		if words := ruleWords(v.book, id, v.Lang); words != id {
			b.WriteString(escaped(words) + " ")
		}
		b.WriteString(`<span class="source">` + string(v.Source(id)) + "</span></p>\n")
	}
	if d.DecisionAuthority != "" {
		b.WriteString("<p><strong>" + v.T("Beslutanderätt:", "Authority:") + "</strong> " + escaped(d.DecisionAuthority) + "</p>\n")
	}
	if d.Deviates {
		b.WriteString(`<p class="late">` + v.T("Beslutet går emot ett råd.", "The decision goes against advice.") + "</p>\n")
	}
	return template.HTML(b.String())
}

// writeConditions writes conditions, with who sees to them and by when.
func (v view) writeConditions(b *strings.Builder, conditions []api.ConditionItem) {
	escaped := template.HTMLEscapeString
	by, verified := v.T("uppfylls av", "met by"), v.T("kontrolleras av", "verified by")
	b.WriteString(`<ul class="rules">`)
	for _, c := range conditions {
		text, rule := c.TextSV, c.SourceRule
		if !v.SV() && c.TextEN != "" {
			text = c.TextEN
		}
		if rule == "" {
			rule = v.T("regelverket", "rulebook") + " 8.2"
		}
		b.WriteString("<li>" + escaped(text) + ` <span class="tag">` + escaped(v.Word("condition_status", c.Status)) +
			`</span> <span class="source">` + by + " " + escaped(v.Role(c.OwnerRole)))
		if c.VerifierRole != "" {
			b.WriteString(", " + verified + " " + escaped(v.Role(c.VerifierRole)))
		}
		if c.DueDate != "" {
			b.WriteString(" · " + escaped(c.DueDate))
		}
		b.WriteString(" · " + escaped(rule) + "</span></li>")
	}
	b.WriteString("</ul>\n")
}

// writeEvents writes the log.
func (v view) writeEvents(b *strings.Builder, events []loggedNote) {
	no, at, who := v.T("Nr", "No"), v.T("Tid", "Time"), v.T("Vem", "Who")
	b.WriteString(`<table class="list log" role="table"><thead role="rowgroup"><tr role="row">`)
	for _, head := range []string{no, at, v.T("Händelse", "Event"), who} {
		b.WriteString(`<th scope="col" role="columnheader">` + head + "</th>")
	}
	b.WriteString(`</tr></thead><tbody role="rowgroup">` + "\n")
	for _, e := range events {
		b.WriteString(`<tr role="row"><td role="cell" data-label="` + no + `">` + strconv.FormatInt(e.Seq, 10) +
			`</td><td role="cell" data-label="` + at + `">` + string(v.Minute(e.At)) +
			`</td><td role="cell">` + template.HTMLEscapeString(e.What) +
			`</td><td role="cell" data-label="` + who + `">` + template.HTMLEscapeString(e.Who) + "</td></tr>")
	}
	b.WriteString("</tbody></table>\n")
}

// TellRisks are the rows of the table of risks, before and after their measures.
func (v view) TellRisks(risks []riskLine) template.HTML {
	var b strings.Builder
	escaped := template.HTMLEscapeString
	before, measures, after := v.T("Före", "Before"), v.T("Åtgärder", "Measures"), v.T("Efter", "After")
	uncounted, accepted := v.T("räknas inte:", "does not count:"), v.T("ska godtas av:", "to be accepted by:")
	for _, r := range risks {
		b.WriteString(`<tr role="row"><th scope="row" role="rowheader">` + escaped(r.Name) + "</th>\n" +
			`<td role="cell" data-label="` + before + `">` + escaped(r.Before) + "</td>\n" +
			`<td role="cell" data-label="` + measures + `">`)
		if len(r.Measures) == 0 {
			b.WriteString("–")
		} else {
			b.WriteString("<ul>")
			for _, m := range r.Measures {
				b.WriteString("<li>" + escaped(m.Name))
				if !m.Counted {
					b.WriteString(` <span class="minor">` + uncounted + " " + escaped(m.Why) + "</span>")
				}
				b.WriteString("</li>")
			}
			b.WriteString("</ul>")
		}
		b.WriteString("</td>\n" + `<td role="cell" data-label="` + after + `"><strong>` + escaped(r.After) + "</strong>")
		if r.Why != "" {
			b.WriteString(`<span class="minor">` + escaped(r.Why) + "</span>")
		}
		if r.Accepted != "" {
			b.WriteString(`<span class="minor">` + accepted + " " + escaped(r.Accepted) + "</span>")
		}
		b.WriteString("</td></tr>")
	}
	return template.HTML(b.String())
}
