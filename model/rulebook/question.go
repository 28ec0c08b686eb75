package rulebook

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"sluss/model/lang"
)

// FieldAt finds a question, or a part of one, by its id or by a JSON Pointer to
// its answer: env.workloads.model_class and /env/workloads/0/model_class are the
// same. parents are the questions that it is a part of, the outermost first.
func (b *Book) FieldAt(path string) (f *Field, parents []*Field, ok bool) {
	steps := stepsOf(path)
	for n := len(steps); n > 0; n-- {
		f, ok = b.fieldByID[strings.Join(steps[:n], ".")]
		if !ok {
			continue
		}
		for _, step := range steps[n:] {
			i := slices.IndexFunc(f.Items, func(item *Field) bool { return item.ID == step })
			if i < 0 {
				return nil, nil, false
			}
			f, parents = f.Items[i], append(parents, f)
		}
		return f, parents, true
	}
	return nil, nil, false
}

// Group lists the questions of a group such as agent, by its id or pointer; it is
// empty when there is no such group.
func (b *Book) Group(path string) []*Field {
	prefix := strings.Join(stepsOf(path), ".") + "."
	var out []*Field
	for _, f := range b.fields {
		if strings.HasPrefix(f.ID, prefix) {
			out = append(out, f)
		}
	}
	return out
}

// stepsOf takes an id or a pointer apart. The numbers of rows are no steps.
func stepsOf(path string) []string {
	steps := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '.' })
	if strings.HasPrefix(path, "/") && len(steps) > 1 && steps[0] == "answers" {
		steps = steps[1:]
	}
	return slices.DeleteFunc(steps, func(step string) bool {
		_, err := strconv.Atoi(step)
		return err == nil
	})
}

// Sample gives an answer that the question takes, texts in the language l. What a
// reference refers to is made up.
func (f *Field) Sample(l lang.Lang) any {
	switch f.Type {
	case typeBool:
		return f.MustBe == nil || *f.MustBe
	case typeInt, typeNumber:
		return f.sampleNumber()
	case typeEnum:
		if word, ok := f.Default.(string); ok {
			return word
		}
		return f.shape.enum.Values[0].ID
	case typeMulti:
		return []string{f.shape.enum.Values[0].ID}
	case typeDate:
		return "2027-01-31"
	case typeList:
		if len(f.Items) > 0 {
			return []any{f.sampleObject(l)}
		}
		return []string{f.sampleText(l)}
	case typeObject:
		return f.sampleObject(l)
	}
	return f.sampleText(l)
}

func (f *Field) sampleNumber() any {
	x := 1.0
	if f.Min != nil {
		x = max(x, *f.Min)
	}
	if f.Max != nil {
		x = min(x, *f.Max)
	}
	if f.Type == typeInt {
		return int64(x)
	}
	return x
}

// sampleParts is how many parts a sample shows where none has to be there.
const sampleParts = 3

func (f *Field) sampleObject(l lang.Lang) map[string]any {
	needed := slices.ContainsFunc(f.Items, func(item *Field) bool { return item.Required })
	out := map[string]any{}
	for i, item := range f.Items {
		if item.Required || !needed && i < sampleParts {
			out[item.ID] = item.Sample(l)
		}
	}
	return out
}

var sampleWords = lang.Text{SV: "Här står svaret med egna ord.", EN: "Here is the answer in your own words."}

// sampleText is the question's own example, or words enough.
func (f *Field) sampleText(l lang.Lang) string {
	if text := f.Example.In(l); text != "" {
		return text
	}
	if f.Min == nil && f.Type != typeText {
		return f.Text.In(l)
	}
	text := sampleWords.In(l)
	for f.Min != nil && float64(utf8.RuneCountInString(text)) < *f.Min {
		text += " " + sampleWords.In(l)
	}
	return text
}

// Bounds says how small and large a number, how short and long a text or how long
// a list may be, in the language l; "" when nothing bounds the answer.
func (f *Field) Bounds(l lang.Lang) string {
	least, most := f.Min, f.Max
	unit := lang.Text{}
	switch f.Type {
	case typeStr, typeText:
		unit = lang.Text{SV: " tecken", EN: " characters"}
		if most == nil {
			limit := float64(maxText)
			if f.Type == typeStr {
				limit = maxText / 4
			}
			most = &limit
		}
	case typeList:
		unit = lang.Text{SV: " rader", EN: " rows"}
		limit := float64(maxItems)
		most = &limit
	case typeInt, typeNumber:
	default:
		return ""
	}
	var parts []string
	if least != nil {
		parts = append(parts, lang.Text{SV: "minst ", EN: "at least "}.In(l)+lang.Number(*least, -1, l))
	}
	if most != nil {
		parts = append(parts, lang.Text{SV: "högst ", EN: "at most "}.In(l)+lang.Number(*most, -1, l))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + unit.In(l)
}

// profileIDs lists the profiles for a message.
func (b *Book) profileIDs() string {
	ids := make([]string, len(b.profiles))
	for i, p := range b.profiles {
		ids[i] = p.ID
	}
	return strings.Join(ids, ", ")
}

// Named gives the rules behind a name that conditions use: what it is derived
// from, or the rules of a table, list or stage. It is empty when the rulebook
// computes no such name.
func (b *Book) Named(id string) []*Rule {
	slot, ok := b.slots[celName(id)]
	if !ok {
		return nil
	}
	switch n := b.names[slot]; {
	case n.derived != nil:
		return []*Rule{n.derived.rule}
	case n.table != nil:
		return slices.Clone(n.table.Rules)
	case n.list != nil:
		return slices.Clone(n.list.Rules)
	}
	return nil
}

// Faults says what is told of an answer that does not fit, by the kind of the
// fault; a limit in the text is written as an ellipsis.
func Faults() map[string]lang.Text {
	out := make(map[string]lang.Text, len(messages))
	for kind, t := range messages {
		out[kind] = lang.Text{SV: strings.ReplaceAll(t.SV, "%s", "…"), EN: strings.ReplaceAll(t.EN, "%s", "…")}
	}
	return out
}

// Demand is what a check of the form asks of an answer.
type Demand struct {
	Pointer string    `json:"pointer"`
	Text    lang.Text `json:"text"`
}

// Demands lists what a check asks for: its tests, and the questions whose missing
// answer it reports. Of V-01, which reports most of them, it lists the tests only.
func (b *Book) Demands(id string) []Demand {
	var out []Demand
	for _, k := range b.checks {
		for _, t := range k.tests {
			if k.ID == id {
				out = append(out, Demand{t.pointer, t.text})
			}
		}
	}
	for _, f := range b.fields {
		if f.missingCode == id && id != codeMissing {
			out = append(out, Demand{f.Pointer(), f.Text})
		}
	}
	return out
}
