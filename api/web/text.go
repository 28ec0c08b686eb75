package web

import (
	"slices"
	"strings"

	"sluss/model/lang"
	"sluss/model/rulebook"
)

// section is a part of a text with its answers.
type section struct {
	Title string
	Lines []line
}

// line is an answered question. Parts are the parts of an answer that has some, one
// group for each row.
type line struct {
	// ID is the id of the question.
	ID    string
	Label string
	Text  string
	Parts [][]line
	// Source is where the question comes from.
	Source string
}

// reader turns answers into words.
type reader struct {
	book *rulebook.Book
	lang lang.Lang
	// names are of people and units, by id.
	names map[string]string
}

// text is what has been answered of a part, by section.
func (r reader) text(part string, answers map[string]any) []section {
	var out []section
	fields := r.book.Fields()
	for _, s := range r.book.Sections() {
		if s.Part != part {
			continue
		}
		found := section{Title: s.Text.In(r.lang)}
		for _, f := range fields {
			if f.Section == s.ID && f.Part == s.Part && !f.System {
				if l, ok := r.line(f, at(answers, f.ID)); ok {
					found.Lines = append(found.Lines, l)
				}
			}
		}
		if len(found.Lines) > 0 {
			out = append(out, found)
		}
	}
	return out
}

func (r reader) line(f *rulebook.Field, value any) (line, bool) {
	l := line{ID: f.ID, Label: f.Text.In(r.lang), Source: f.Source}
	switch v := value.(type) {
	case nil:
		return l, false
	case map[string]any:
		l.Parts = [][]line{r.lines(f.Items, v)}
	case []any:
		var words []string
		for _, item := range v {
			if row, ok := item.(map[string]any); ok {
				l.Parts = append(l.Parts, r.lines(f.Items, row))
			} else {
				words = append(words, r.word(f, item))
			}
		}
		l.Text = strings.Join(words, ", ")
		switch {
		case len(v) == 0 && f.Type == "list":
			l.Text = noRowsWord.In(r.lang)
		case len(v) == 0:
			l.Text = noneWord.In(r.lang)
		}
	default:
		l.Text = r.word(f, value)
	}
	return l, true
}

func (r reader) lines(items []*rulebook.Field, answers map[string]any) []line {
	var out []line
	for _, item := range items {
		if l, ok := r.line(item, answers[item.ID]); ok {
			out = append(out, l)
		}
	}
	return out
}

// word is one answer in words.
func (r reader) word(f *rulebook.Field, value any) string {
	switch {
	case value == true:
		return yesWord.In(r.lang)
	case value == false:
		return noWord.In(r.lang)
	case value == unknown && f.OrUnknown:
		return unknownWord.In(r.lang)
	}
	if x, ok := value.(float64); ok {
		return lang.Number(x, -1, r.lang)
	}
	text := written(value)
	e, ok := r.book.Enum(f.Enum)
	if f.Choices != "" {
		e, ok = proposed(r.book, f)
	}
	if ok {
		if i := slices.IndexFunc(e.Values, func(v rulebook.Value) bool { return v.ID == text }); i >= 0 {
			return e.Values[i].In(r.lang)
		}
	}
	if name := r.names[text]; name != "" {
		return name
	}
	return text
}

// say is an answer in words on one line.
func (r reader) say(f *rulebook.Field, value any) string {
	l, _ := r.line(f, value)
	return l.Text
}
