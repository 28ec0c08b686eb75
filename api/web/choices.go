package web

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
)

// There can be hundreds of choices, and a template would spend more time on them than
// on all the rest of the page: they are written here.

// options are choices as a list to open has them.
func options(choices []choice) template.HTML {
	var b strings.Builder
	for _, c := range choices {
		b.WriteString(`<option value="` + template.HTMLEscapeString(c.Value) + `"`)
		if c.Chosen {
			b.WriteString(" selected")
		}
		b.WriteString(">" + template.HTMLEscapeString(c.Label) + "</option>")
	}
	return template.HTML(b.String())
}

// ticks are the choices of a question that are shown at once, of which one or several
// can be chosen.
func ticks(c control) template.HTML {
	kind := "radio"
	if c.Kind == "choices" {
		kind = "checkbox"
	}
	var b strings.Builder
	for i, o := range c.Choices {
		id := template.HTMLEscapeString(c.ID + "-o" + strconv.Itoa(i))
		b.WriteString(`<p class="choice"><input type="` + kind + `" name="` + template.HTMLEscapeString(c.Name) + `" id="` + id +
			`" value="` + template.HTMLEscapeString(o.Value) + `"`)
		if o.Chosen {
			b.WriteString(" checked")
		}
		b.WriteString(`><label for="` + id + `">` + template.HTMLEscapeString(o.Label) + "</label></p>")
	}
	return template.HTML(b.String())
}

// reasons are the rules that a task can be answered with, each with its id; prefix is
// what their ids in the page begin with.
func reasons(prefix string, choices []choice) template.HTML {
	var b strings.Builder
	for i, c := range choices {
		id, value := prefix+strconv.Itoa(i), template.HTMLEscapeString(c.Value)
		b.WriteString(`<p class="choice"><input type="checkbox" name="reason_codes" id="` + id + `" value="` + value + `"`)
		if c.Chosen {
			b.WriteString(" checked")
		}
		b.WriteString(`><label for="` + id + `">` + template.HTMLEscapeString(c.Label) + ` <span class="source">` + value + "</span></label></p>")
	}
	return template.HTML(b.String())
}

// Given are the choices that are an answer.
func (c control) Given() []choice {
	return slices.DeleteFunc(slices.Clone(c.Choices), func(o choice) bool { return o.Value == "" })
}
