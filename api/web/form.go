package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sluss/api/client"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// control is a question as a page asks it. The rulebook says what an answer looks
// like; a control has its words, its answer so far and what is wrong with it.
type control struct {
	// Name is the name of the question in the form, ID its id on the page.
	Name, ID string
	// Kind is line, text, lines, date, number, choice, choices, parts, check or rows.
	Kind   string
	Label  string
	Help   string
	Source string
	// Bounds says how small or large an answer may be.
	Bounds string
	Needed bool
	Value  string
	Wrong  string
	// Told are the rules that hold because of the answer.
	Told []toldRule
	// Default is what holds without an answer, in words.
	Default string
	// Choices are what can be chosen, Few that all are shown at once.
	Choices []choice
	Few     bool
	// Unchosen is what stands where nothing is chosen, if not all are shown at once.
	Unchosen string
	// None is true for a list that may be empty, and Empty for one that is.
	None, Empty bool
	// Remarks are what has been remarked on the question and nobody has answered.
	Remarks []remark
	// Parts are the parts of an answer that has some, Rows those of a list.
	Parts []control
	Rows  [][]control
}

// Answered reports whether there is an answer, or a part of one.
func (c control) Answered() bool {
	return c.Value != "" && c.Kind != "parts" || c.Empty || slices.ContainsFunc(c.Parts, control.Answered) ||
		slices.ContainsFunc(c.Choices, func(o choice) bool { return o.Chosen && o.Value != "" }) ||
		slices.ContainsFunc(c.Rows, func(row []control) bool { return slices.ContainsFunc(row, control.Answered) })
}

// sayOnce leaves out what would be said of a question twice: that a rule wants an answer
// is told, and is a fault only once something has been sent or answered.
func (c *control) sayOnce(sent bool) {
	same := func(r toldRule) bool { return r.Text == c.Wrong }
	switch {
	case c.Wrong == "" || !slices.ContainsFunc(c.Told, same):
	case sent || c.Answered():
		c.Told = slices.DeleteFunc(slices.Clone(c.Told), same)
	default:
		c.Wrong = ""
	}
}

// choice is an answer that can be chosen.
type choice struct {
	Value, Label string
	Chosen       bool
}

// fewChoices is how many choices are shown at once; more are in a list to open.
const fewChoices = 6

var (
	yesWord     = lang.Text{SV: "Ja", EN: "Yes"}
	noWord      = lang.Text{SV: "Nej", EN: "No"}
	unknownWord = lang.Text{SV: "Vet inte", EN: "Do not know"}
	noneWord    = lang.Text{SV: "Inget av detta", EN: "None of these"}
	noRowsWord  = lang.Text{SV: "Det finns inga", EN: "There are none"}
)

// unknown is the answer of somebody who does not know, where that is allowed.
const unknown = "unknown"

// wrongOf is what a problem says of the answers, by their pointers.
func wrongOf(p *client.Problem) map[string]string {
	wrong := map[string]string{}
	if p != nil {
		for _, e := range p.Errors {
			wrong[e.Pointer] = e.Message
		}
	}
	return wrong
}

// paper draws questions from the rulebook.
type paper struct {
	book *rulebook.Book
	lang lang.Lang
	// wrong says what is wrong with answers, by the pointer of the answer.
	wrong map[string]string
	// more is the name of a list that is to have one row more.
	more string
	// names are the units and the people that an answer may name.
	names map[string][]choice
}

// named is what kind of thing an answer names, "unit", "person" or "".
func named(f *rulebook.Field) string {
	switch {
	case strings.Contains(f.ID, "unit_id"):
		return "unit"
	case strings.HasSuffix(f.ID, "_id"):
		return "person"
	}
	return ""
}

// control draws a question with an answer.
func (p paper) control(f *rulebook.Field, name, pointer string, value any) control {
	c := control{
		Name: name, ID: strings.NewReplacer(".", "-", "/", "-").Replace(name), Label: f.Text.In(p.lang), Help: f.Help.In(p.lang),
		Source: f.Source, Bounds: f.Bounds(p.lang), Needed: f.Required, Wrong: p.wrong[pointer], Value: written(value),
	}
	switch f.Type {
	case "bool":
		c.Kind, c.Few = "choice", true
		c.Choices = []choice{{"true", yesWord.In(p.lang), value == true}, {"false", noWord.In(p.lang), value == false}}
	case "enum":
		c.Kind, c.Choices = "choice", p.choices(f, []any{value})
		c.Few = len(c.Choices) <= fewChoices
	case "multi":
		chosen, _ := value.([]any)
		c.Kind, c.Few, c.Choices = "choices", true, p.choices(f, chosen)
		if f.MayBeEmpty {
			c.Choices = append(c.Choices, choice{"", noneWord.In(p.lang), chosen != nil && len(chosen) == 0})
		}
	case "date", "text":
		c.Kind = f.Type
	case "int", "number":
		c.Kind = "number"
	case "object":
		c.Kind, c.Parts = "parts", p.parts(f.Items, name, pointer, value)
		if isCheck(f) {
			c.Kind = "check"
		}
	case "list":
		p.list(&c, f, name, pointer, value)
	default:
		c.Kind, c.Choices = "line", p.proposals(f)
		if choices := p.names[named(f)]; f.Type == "ref" && choices != nil {
			c.Kind, c.Choices = "choice", slices.Clone(choices)
			for i := range c.Choices {
				c.Choices[i].Chosen = c.Choices[i].Value == c.Value
			}
		}
	}
	if f.OrUnknown && value == unknown {
		c.Value = ""
	}
	if f.OrUnknown {
		c.Choices = append(c.Choices, choice{unknown, unknownWord.In(p.lang), value == unknown})
	}
	return c
}

// isCheck reports whether a question is an item of a check list: an answer to choose,
// and notes beside it.
func isCheck(f *rulebook.Field) bool {
	return len(f.Items) > 1 && f.Items[0].ID == "answer" && f.Items[0].Type == "enum"
}

// Answer is the answer of an item of a check list.
func (c control) Answer() control { return c.Parts[0] }

// Notes are the texts beside the answer of an item of a check list, More what is
// opened where it is needed.
func (c control) Notes() []control {
	return slices.DeleteFunc(slices.Clone(c.Parts[1:]), func(p control) bool { return p.Kind == "parts" })
}

// More is what an item of a check list asks for beside its texts.
func (c control) More() []control {
	return slices.DeleteFunc(slices.Clone(c.Parts[1:]), func(p control) bool { return p.Kind != "parts" })
}

// Filled reports whether a question, or a part of it, has an answer or a fault: then
// it is shown.
func (c control) Filled() bool {
	return c.Value != "" && c.Kind != "parts" || c.Wrong != "" || slices.ContainsFunc(c.Parts, control.Filled)
}

// list draws one row more than there are answers.
func (p paper) list(c *control, f *rulebook.Field, name, pointer string, value any) {
	rows, given := value.([]any)
	c.None, c.Empty = f.MayBeEmpty, given && len(rows) == 0
	if choices := p.names[named(f)]; len(f.Items) == 0 && choices != nil {
		c.Kind, c.Few, c.Bounds, c.Choices = "choices", true, "", slices.Clone(choices)
		for i := range c.Choices {
			c.Choices[i].Chosen = slices.Contains(rows, any(c.Choices[i].Value))
		}
		return
	}
	if len(f.Items) == 0 {
		lines := make([]string, len(rows))
		for i, row := range rows {
			lines[i] = written(row)
		}
		c.Kind, c.Value = "lines", strings.Join(lines, "\n")
		return
	}
	c.Kind = "rows"
	n := max(1, len(rows))
	if p.more == name && len(rows) > 0 {
		n = len(rows) + 1
	}
	for i := range n {
		var row any
		if i < len(rows) {
			row = rows[i]
		}
		c.Rows = append(c.Rows, p.parts(f.Items, fmt.Sprintf("%s.%d", name, i), fmt.Sprintf("%s/%d", pointer, i), row))
	}
}

func (p paper) parts(items []*rulebook.Field, name, pointer string, value any) []control {
	answers, _ := value.(map[string]any)
	var out []control
	for _, item := range items {
		if !item.System {
			out = append(out, p.control(item, name+"."+item.ID, pointer+"/"+item.ID, answers[item.ID]))
		}
	}
	return out
}

func (p paper) choices(f *rulebook.Field, chosen []any) []choice {
	e, ok := p.book.Enum(f.Enum)
	if !ok {
		return nil
	}
	var out []choice
	for _, v := range e.Values {
		out = append(out, choice{v.ID, v.In(p.lang), slices.Contains(chosen, any(v.ID))})
	}
	return out
}

// ownProposal is the proposal to write something else.
const ownProposal = "own"

// proposals are what can be chosen instead of writing it.
func (p paper) proposals(f *rulebook.Field) []choice {
	e, ok := proposed(p.book, f)
	if !ok {
		return nil
	}
	var out []choice
	for _, v := range e.Values {
		if v.ID != ownProposal {
			out = append(out, choice{Value: v.In(p.lang)})
		}
	}
	return out
}

// proposed is the enumeration of what is proposed as an answer.
func proposed(book *rulebook.Book, f *rulebook.Field) (*rulebook.Enum, bool) {
	name, ok := book.Param(book.DefaultProfile(), f.Choices).(string)
	if !ok {
		return nil, false
	}
	return book.Enum(name)
}

// written is an answer as it stands in a form.
func written(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// answer reads an answer from a form, nil for none. What a number cannot be read
// from is left for the API to refuse.
func answer(form url.Values, f *rulebook.Field, name string) any {
	text := strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n"))
	if f.OrUnknown && form.Has(name+".unknown") {
		return unknown
	}
	switch f.Type {
	case "bool":
		if text == "true" || text == "false" {
			return text == "true"
		}
	case "multi":
		if !form.Has(name) {
			return nil
		}
		chosen := []any{}
		for _, v := range form[name] {
			if v != "" {
				chosen = append(chosen, v)
			}
		}
		return chosen
	case "int", "number":
		if x, err := strconv.ParseFloat(strings.NewReplacer(" ", "", "\u00a0", "", ",", ".").Replace(text), 64); err == nil {
			return x
		}
	case "object":
		return parts(form, f.Items, name)
	case "list":
		return rows(form, f, name, text)
	}
	if text == "" {
		return nil
	}
	return text
}

func rows(form url.Values, f *rulebook.Field, name, text string) any {
	var out []any
	if chosen := form[name]; len(f.Items) == 0 && len(chosen) > 1 {
		for _, v := range chosen {
			out = append(out, v)
		}
	} else if len(f.Items) == 0 {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				out = append(out, line)
			}
		}
	} else {
		for i := range maxRows {
			row := parts(form, f.Items, fmt.Sprintf("%s.%d", name, i))
			if row != nil {
				out = append(out, row)
			}
		}
	}
	if out == nil && form.Has(name+".none") {
		return []any{}
	}
	if out == nil {
		return nil
	}
	return out
}

// maxRows is how many rows of a list a form takes.
const maxRows = 200

func parts(form url.Values, items []*rulebook.Field, name string) any {
	out := map[string]any{}
	for _, item := range items {
		if v := answer(form, item, name+"."+item.ID); v != nil {
			out[item.ID] = v
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// at returns the answer to a question, whose dots are levels.
func at(answers map[string]any, id string) any {
	first, rest, deeper := strings.Cut(id, ".")
	if !deeper {
		return answers[first]
	}
	level, _ := answers[first].(map[string]any)
	return at(level, rest)
}

// put sets the answer to a question.
func put(answers map[string]any, id string, value any) {
	first, rest, deeper := strings.Cut(id, ".")
	if !deeper {
		answers[first] = value
		return
	}
	level, ok := answers[first].(map[string]any)
	if !ok {
		level = map[string]any{}
		answers[first] = level
	}
	put(level, rest, value)
}
