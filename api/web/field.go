package web

import (
	"html/template"
	"strings"
)

// A form or a row of filters has dozens of questions, and a template would spend more
// time on them than on all the rest of the page: they are written here, but for parts
// that are questions in turn.

// inFieldset reports whether a question has several fields to answer it in.
func (c control) inFieldset() bool {
	switch c.Kind {
	case "parts", "moment", "rows", "choices":
		return true
	}
	return c.Kind == "choice" && c.Few
}

// Asks begins a question: what it is called, and what is noted on it.
func (v view) Asks(c control) template.HTML {
	var b strings.Builder
	id := template.HTMLEscapeString(c.ID)
	b.WriteString(`<div class="field`)
	if c.Wrong != "" {
		b.WriteString(" is-wrong")
	}
	if b.WriteString(`">`); c.inFieldset() {
		b.WriteString("\n" + `<fieldset id="` + id + `" tabindex="-1"`)
		if c.Wrong != "" && c.Kind != "parts" && c.Kind != "rows" {
			b.WriteString(` aria-describedby="` + id + `-wrong"`)
		}
		b.WriteString("><legend>")
	} else {
		b.WriteString("\n" + `<label for="` + id + `">`)
	}
	b.WriteString(template.HTMLEscapeString(c.Label))
	if !c.Needed && c.Kind != "parts" {
		b.WriteString(` <span class="optional">(` + v.T("frivilligt", "optional") + ")</span>")
	}
	if c.inFieldset() {
		b.WriteString("</legend>")
	} else {
		b.WriteString("</label>")
	}
	v.note(&b, c, id)
	return template.HTML(b.String())
}

// note writes what is noted on a question: what holds without an answer, what helps to
// answer it, where it comes from, and what is wrong.
func (v view) note(b *strings.Builder, c control, id string) {
	asText := func(text string) template.HTML { return template.HTML(template.HTMLEscapeString(text)) }
	hint := func(named string, text template.HTML) {
		if text == "" {
			return
		}
		b.WriteString(`<span class="hint"`)
		if named != "" {
			b.WriteString(` id="` + id + named + `"`)
		}
		b.WriteString(">" + string(text) + "</span>")
	}
	if c.Default != "" {
		hint("", asText(v.T("Utan svar gäller:", "Without an answer this applies:")+" "+c.Default))
	}
	hint("-help", asText(c.Help))
	switch {
	case c.Bounds != "" && c.Source != "":
		hint("-bounds", asText(upperFirst(c.Bounds)+" · ")+v.Source(c.Source))
	case c.Bounds != "":
		hint("-bounds", asText(upperFirst(c.Bounds)))
	case c.Source != "":
		hint("", v.Source(c.Source))
	}
	if c.Wrong != "" {
		b.WriteString(`<span class="wrong" id="` + id + `-wrong"><span class="hidden">` + v.T("Fel:", "Error:") + " </span>" +
			template.HTMLEscapeString(c.Wrong) + "</span>")
	}
}

// Answers is what a question is answered in, where that has no parts.
func (v view) Answers(c control) template.HTML {
	var b strings.Builder
	id, value := template.HTMLEscapeString(c.ID), template.HTMLEscapeString(c.Value)
	named := ` id="` + id + `" name="` + template.HTMLEscapeString(c.Name) + `"`
	switch {
	case c.inFieldset():
		b.WriteString("\n" + string(ticks(c)) + string(v.NoneOf(c)) + "</fieldset>")
	case c.Kind == "choice":
		b.WriteString("\n<select" + named + describedBy(c, id) + `><option value="">` + template.HTMLEscapeString(c.Unchosen) + `</option>` + string(options(c.Given())) + "</select>")
	case c.Kind == "text", c.Kind == "lines":
		if c.Kind == "lines" {
			b.WriteString("\n" + `<span class="hint">` + v.T("En på varje rad.", "One on each line.") + "</span>")
		}
		b.WriteString("\n<textarea" + named + ` rows="2"` + describedBy(c, id) + ">" + value + "</textarea>" + string(v.NoneOf(c)))
	case c.Kind == "date":
		b.WriteString("\n" + `<input type="date" class="short"` + named + ` value="` + value + `"` + describedBy(c, id) + ">" + unknownOf(c))
	case c.Kind == "number":
		b.WriteString("\n" + `<input class="short" inputmode="decimal"` + named + ` value="` + value + `"` + describedBy(c, id) + ">" + unknownOf(c))
	case len(c.Choices) > 0:
		b.WriteString("\n<input" + named + ` value="` + value + `" list="` + id + `-list"` + describedBy(c, id) + `><datalist id="` + id + `-list">` + string(options(c.Choices)) + "</datalist>")
	default:
		b.WriteString("\n<input" + named + ` value="` + value + `"` + describedBy(c, id) + ">")
	}
	return template.HTML(b.String())
}

// describedBy names what is noted on a question to those who hear the page.
func describedBy(c control, id string) string {
	var by []string
	for _, note := range []struct{ text, name string }{{c.Help, "-help"}, {c.Bounds, "-bounds"}, {c.Wrong, "-wrong"}} {
		if note.text != "" {
			by = append(by, id+note.name)
		}
	}
	switch {
	case by == nil:
		return ""
	case c.Wrong != "":
		return ` aria-describedby="` + strings.Join(by, " ") + `" aria-invalid="true"`
	}
	return ` aria-describedby="` + strings.Join(by, " ") + `"`
}

// Fields are filters, which have neither parts nor remarks.
func (v view) Fields(filters []control) template.HTML {
	var b strings.Builder
	for _, c := range filters {
		if c.Kind == "yes" {
			b.WriteString(tick(c.Name, c.ID, "true", c.Label, c.Value == "true"))
			continue
		}
		c.Unchosen = v.T("Alla", "All")
		b.WriteString("\n" + string(v.Asks(c)) + string(v.Answers(c)) + "\n</div>\n")
	}
	return template.HTML(b.String())
}

// NoneOf lets somebody say that a list is empty, where it may be.
func (v view) NoneOf(c control) template.HTML {
	if !c.None {
		return ""
	}
	return template.HTML(besides(c, "none", v.T("Det finns inga", "There are none"), c.Empty))
}

// unknownOf lets somebody say that they do not know, where they may.
func unknownOf(c control) string {
	var out string
	for _, o := range c.Choices {
		out += besides(c, "unknown", o.Label, o.Chosen)
	}
	return out
}

// besides is a box to tick beside a field.
func besides(c control, name, label string, ticked bool) string {
	return tick(c.Name+"."+name, c.ID+"-"+name, "1", label, ticked)
}

// tick is a box to tick.
func tick(name, id, value, label string, ticked bool) string {
	id = template.HTMLEscapeString(id)
	checked := ""
	if ticked {
		checked = " checked"
	}
	return `<p class="choice"><input type="checkbox" name="` + template.HTMLEscapeString(name) + `" id="` + id + `" value="` + value + `"` + checked +
		`><label for="` + id + `">` + template.HTMLEscapeString(label) + "</label></p>"
}

// Says are the rules that hold because of the answer to a question.
func (v view) Says(c control) template.HTML {
	if len(c.Told) == 0 {
		return ""
	}
	var b strings.Builder
	why := v.T("Utan svar:", "Without an answer:")
	if c.Answered() {
		why = v.T("Ditt svar:", "Your answer:")
	}
	for _, t := range c.Told {
		b.WriteString(`<p class="told"><strong>` + why + "</strong> " + template.HTMLEscapeString(t.Text) + ` <span class="source">` + string(v.Basis(t.ID, t.Source)) + "</span></p>")
	}
	return template.HTML(b.String())
}
