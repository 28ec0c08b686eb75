package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"gopkg.in/yaml.v3"

	"sluss/model/lang"
	"sluss/model/rulebook"
)

// shownQuestion is a question as JSON: what the rulebook holds of it, with the
// words of its choices and an answer that it takes.
type shownQuestion struct {
	*rulebook.Field
	Pointer string           `json:"pointer"`
	PartOf  string           `json:"part_of,omitempty"`
	Values  []rulebook.Value `json:"values,omitempty"`
	Example string           `json:"example_yaml"`
}

// question explains a question, or a part of one.
func (g glossary) question(f *rulebook.Field, parents []*rulebook.Field) error {
	sample := g.sample(f, parents)
	if g.asJSON {
		shown := shownQuestion{Field: f, Pointer: "/" + strings.ReplaceAll(nameIn(f, parents), ".", "/"), Values: g.values(f), Example: sample}
		if len(parents) > 0 {
			shown.PartOf = parents[0].ID
		}
		return writeJSON(g.out, shown)
	}
	fmt.Fprintf(g.out, "%s: %s\n", nameIn(f, parents), f.Text.In(g.lang))
	if help := f.Help.In(g.lang); help != "" {
		fmt.Fprintln(g.out, help)
	}
	g.line("Svaret är", "The answer is", g.form(f))
	if len(parents) == 0 {
		g.applies(f)
	}
	g.line("Källa", "Source", f.Source)
	g.choices(f)
	g.parts(f)
	if !f.System {
		fmt.Fprintf(g.out, "%s:\n%s", lang.Text{SV: "Exempel", EN: "Example"}.In(g.lang), indent(sample))
	}
	return nil
}

// nameIn is the full name of a question: agent.tools.name for a part.
func nameIn(f *rulebook.Field, parents []*rulebook.Field) string {
	name := ""
	for _, p := range parents {
		name += p.ID + "."
	}
	return name + f.ID
}

// form says what an answer looks like.
func (g glossary) form(f *rulebook.Field) string {
	text := typeWords[f.Type].In(g.lang)
	if bounds := f.Bounds(g.lang); bounds != "" {
		text += ", " + bounds
	}
	if f.OrUnknown {
		text += lang.Text{SV: ", eller ordet unknown om ni inte vet", EN: ", or the word unknown if you do not know"}.In(g.lang)
	}
	return text
}

// applies says when a question is asked and when it has to be answered.
func (g glossary) applies(f *rulebook.Field) {
	say := func(sv, en string, args ...any) {
		fmt.Fprintf(g.out, lang.Text{SV: sv, EN: en}.In(g.lang)+"\n", args...)
	}
	for _, s := range g.book.Sections() {
		if s.ID == f.Section && s.Part == f.Part {
			say("Avsnitt %s: %s", "Section %s: %s", s.ID, s.Text.In(g.lang))
			if s.AskedWhen != "" {
				say("Ställs när: %s", "Asked when: %s", s.AskedWhen)
			}
		}
	}
	switch {
	case f.System:
		say("Sätts av systemet; besvaras inte", "Set by the system; not to be answered")
	case f.Required:
		say("Svar krävs: alltid", "An answer is required: always")
	case f.RequiredIf != "":
		say("Svar krävs när: %s", "An answer is required when: %s", f.RequiredIf)
	default:
		say("Svar krävs: inte", "An answer is required: no")
	}
	if f.Default != nil {
		say("Utan svar gäller: %v", "Without an answer holds: %v", f.Default)
	}
	if f.Part == rulebook.PartIntake && !f.System {
		forms := []string{"full"}
		for _, on := range f.Forms {
			form := on.Form
			if on.When != "" {
				form += lang.Text{SV: " när ", EN: " when "}.In(g.lang) + on.When
			}
			forms = append(forms, form)
		}
		say("Formulär: %s", "Forms: %s", strings.Join(forms, "; "))
	}
}

// values are the allowed or proposed values of a question.
func (g glossary) values(f *rulebook.Field) []rulebook.Value {
	id := f.Enum
	if f.Choices != "" {
		id, _ = g.book.Param(g.book.DefaultProfile(), f.Choices).(string)
	}
	if e, ok := g.book.Enum(id); ok {
		return e.Values
	}
	return nil
}

func (g glossary) choices(f *rulebook.Field) {
	values := g.values(f)
	if len(values) == 0 {
		return
	}
	heading := lang.Text{SV: "Alternativ:", EN: "Choices:"}
	if f.Choices != "" {
		heading = lang.Text{SV: "Förslag (skriv texten, eller egna ord):", EN: "Proposals (write the text, or your own words):"}
	}
	fmt.Fprintln(g.out, heading.In(g.lang))
	w := tabwriter.NewWriter(g.out, 0, 4, 2, ' ', 0)
	for _, v := range values {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", v.ID, v.Text.In(g.lang), v.Text.In(other(g.lang)))
	}
	_ = w.Flush()
}

// other is the language that was not chosen.
func other(l lang.Lang) lang.Lang {
	if l == lang.EN {
		return lang.SV
	}
	return lang.EN
}

// parts lists what a row of a list, or an object, consists of.
func (g glossary) parts(f *rulebook.Field) {
	if len(f.Items) == 0 {
		return
	}
	heading := lang.Text{SV: "Delar (* måste finnas):", EN: "Parts (* must be there):"}
	if f.Type == "list" {
		heading = lang.Text{SV: "Delar av varje rad (* måste finnas):", EN: "Parts of each row (* must be there):"}
	}
	fmt.Fprintln(g.out, heading.In(g.lang))
	w := tabwriter.NewWriter(g.out, 0, 4, 2, ' ', 0)
	for _, item := range f.Items {
		name, form := item.ID, g.form(item)
		if item.Required {
			name += " *"
		}
		if values := g.values(item); len(values) > 0 {
			ids := make([]string, len(values))
			for i, v := range values {
				ids[i] = v.ID
			}
			form = strings.Join(ids, ", ")
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", name, item.Text.In(g.lang), form)
	}
	_ = w.Flush()
}

// sampleRefs are references that the demo knows, for examples.
var sampleRefs = map[string]any{
	"org_unit_id": "socialnamnden", "covered_unit_ids": []string{"socialnamnden"}, "project_owner_id": "project_owner",
	"manager_id": "manager", "accountable_person_id": "manager", "information_owner_id": "information_owner",
	"system_owner_id": "system_owner",
}

// sample writes an answer that the question takes, as a file would hold it. Of a
// part of a question it is the whole question with that part.
func (g glossary) sample(f *rulebook.Field, parents []*rulebook.Field) string {
	whole := f
	if len(parents) > 0 {
		whole = parents[0]
	}
	value, known := sampleRefs[whole.ID]
	if !known {
		value = whole.Sample(g.lang)
	}
	if proposals := g.values(whole); whole.Choices != "" && len(proposals) > 0 {
		value = proposals[0].Text.In(g.lang)
	}
	if whole != f {
		addPart(value, f, g.lang)
	}
	steps := strings.Split(whole.ID, ".")
	for i := len(steps) - 1; i >= 0; i-- {
		value = map[string]any{steps[i]: value}
	}
	var text strings.Builder
	enc := yaml.NewEncoder(&text)
	enc.SetIndent(2)
	if err := enc.Encode(value); err != nil {
		return ""
	}
	return text.String()
}

// addPart adds a part to the sample of the list or object that it belongs to.
func addPart(sample any, part *rulebook.Field, l lang.Lang) {
	if rows, ok := sample.([]any); ok {
		sample = rows[0]
	}
	if row, ok := sample.(map[string]any); ok {
		row[part.ID] = part.Sample(l)
	}
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}
