package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"sluss/api"
	"sluss/api/act"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// glossary explains every name and code that people meet, from the rulebook and
// from the process.
type glossary struct {
	book   *rulebook.Book
	lang   lang.Lang
	asJSON bool
	out    io.Writer
}

// term is a name or code and what it means, in both languages.
type term struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// Of is the list that a value belongs to.
	Of   string    `json:"of,omitempty"`
	Text lang.Text `json:"text"`
	// More says more: what the kind means, the way forward.
	More   []lang.Text  `json:"more,omitempty"`
	Source string       `json:"source,omitempty"`
	When   string       `json:"when,omitempty"`
	Terms  []termInTerm `json:"terms,omitempty"`
}

// termInTerm is a name that belongs to another, such as a value to its list.
type termInTerm struct {
	ID   string    `json:"id"`
	Text lang.Text `json:"text"`
}

// questions lists the questions of the intake by section.
func (g glossary) questions() error {
	if g.asJSON {
		return writeJSON(g.out, g.book.Fields())
	}
	fmt.Fprintf(g.out, "%s %s %s\n", g.book.ID, g.book.Version, g.book.Digest)
	w := tabwriter.NewWriter(g.out, 0, 4, 2, ' ', 0)
	for _, section := range g.book.Sections() {
		if section.Part == rulebook.PartIntake {
			fmt.Fprintf(w, "\n%s. %s\n", section.ID, section.Text.In(g.lang))
			for _, f := range g.inSection(section) {
				fmt.Fprintf(w, "  %s\t%s\t%s\n", f.ID, f.Type, f.Text.In(g.lang))
			}
		}
	}
	return w.Flush()
}

func (g glossary) inSection(s *rulebook.Section) []*rulebook.Field {
	return slices.DeleteFunc(g.book.Fields(), func(f *rulebook.Field) bool {
		return f.Part != s.Part || f.Section != s.ID || f.System
	})
}

// show explains a name: the question of that name, or everything else that is
// called so.
func (g glossary) show(name string) error {
	name = strings.TrimSpace(name)
	if f, parents, ok := g.book.FieldAt(name); ok {
		return g.question(f, parents)
	}
	if stage, id, ok := strings.Cut(name, "."); ok {
		if book, asks := g.book.Assessment(stage); asks {
			return g.of(book).questionOf(stage, id)
		}
	}
	if name == "reasons" {
		return g.terms([]term{g.reasons()})
	}
	found := g.called(func(id string) bool { return id == name })
	if len(found) == 0 {
		found = g.derived(name)
	}
	if len(found) == 0 {
		found = g.called(func(id string) bool { return strings.EqualFold(id, name) })
	}
	if len(found) == 0 {
		return g.unknown(name)
	}
	return g.terms(found)
}

// of is the glossary of the questions of a stage.
func (g glossary) of(book *rulebook.Book) glossary {
	g.book = book
	return g
}

// questionOf explains a question of a stage's assessment.
func (g glossary) questionOf(stage, id string) error {
	if f, parents, ok := g.book.FieldAt(id); ok {
		return g.question(f, parents)
	}
	text := fmt.Sprintf(lang.Text{SV: "steget %s har ingen fråga %q", EN: "the stage %s has no question %q"}.In(g.lang), stage, id)
	if near := nearest(id, questionNames(g.book)); len(near) > 0 {
		text += lang.Text{SV: "; menar du ", EN: "; do you mean "}.In(g.lang) + strings.Join(near, ", ") + "?"
	}
	return errors.New(text)
}

// asked lists the questions of a stage by the names that show takes.
func (g glossary) asked(stage string) []termInTerm {
	book, ok := g.book.Assessment(stage)
	if !ok {
		return nil
	}
	var out []termInTerm
	for _, f := range book.Fields() {
		if !f.System {
			out = append(out, termInTerm{stage + "." + f.ID, f.Text})
		}
	}
	return out
}

// inStages lists the questions of stages that are called so.
func (g glossary) inStages(name string) []string {
	var out []string
	for _, book := range g.book.Assessments() {
		for _, id := range questionNames(book) {
			if strings.EqualFold(id, name) {
				out = append(out, book.ID+"."+id)
			}
		}
	}
	return out[:min(len(out), mostNear)]
}

// called lists the terms whose id is right.
func (g glossary) called(right func(id string) bool) []term {
	return slices.DeleteFunc(g.all(), func(t term) bool { return !right(t.ID) })
}

// terms prints terms: one as an object, several as a list.
func (g glossary) terms(found []term) error {
	if g.asJSON && len(found) == 1 {
		return writeJSON(g.out, found[0])
	}
	if g.asJSON {
		return writeJSON(g.out, found)
	}
	for i, t := range found {
		if i > 0 {
			fmt.Fprintln(g.out)
		}
		g.term(t)
	}
	return nil
}

func (g glossary) term(t term) {
	fmt.Fprintf(g.out, "%s (%s)\n", t.ID, strings.TrimSpace(kindWords[t.Kind].In(g.lang)+" "+t.Of))
	for _, text := range append([]lang.Text{t.Text}, t.More...) {
		if line := text.In(g.lang); line != "" {
			fmt.Fprintln(g.out, line)
		}
	}
	g.line("Källa", "Source", t.Source)
	g.line("Villkor (CEL)", "Condition (CEL)", t.When)
	w := tabwriter.NewWriter(g.out, 0, 4, 2, ' ', 0)
	for _, part := range t.Terms {
		fmt.Fprintf(w, "  %s\t%s\n", part.ID, part.Text.In(g.lang))
	}
	_ = w.Flush()
}

// line prints what is known under a heading, nothing where nothing is known.
func (g glossary) line(sv, en, text string) {
	if text != "" {
		fmt.Fprintf(g.out, "%s: %s\n", lang.Text{SV: sv, EN: en}.In(g.lang), text)
	}
}

// all lists what can be looked up beside questions.
func (g glossary) all() []term {
	var out []term
	b := g.book
	for _, r := range b.Rules() {
		out = append(out, g.rule(r))
	}
	for _, r := range model.ProcessRules() {
		if _, known := b.Rule(r.ID); !known {
			out = append(out, term{ID: r.ID, Kind: "process", Text: r.Text, More: []lang.Text{groupWords["process"]}, Source: r.Source})
		}
	}
	for _, e := range b.Enums() {
		out = append(out, g.enum(e)...)
	}
	for _, s := range b.Stages() {
		out = append(out, g.stage(s))
	}
	for _, s := range b.Sections() {
		t := term{ID: s.ID, Kind: "section", Text: s.Text, When: s.AskedWhen}
		for _, f := range g.inSection(s) {
			t.Terms = append(t.Terms, termInTerm{f.ID, f.Text})
		}
		out = append(out, t)
	}
	out = append(out, g.settings()...)
	for _, w := range api.Words() {
		out = append(out, term{ID: w.Code, Kind: w.Kind, Text: w.Text, More: []lang.Text{w.More}})
	}
	return out
}

// rule is a rule of the rulebook. A check has a text for each thing that it asks.
func (g glossary) rule(r *rulebook.Rule) term {
	t := term{
		ID: r.ID, Kind: "rule", Text: r.Text, More: []lang.Text{groupWords[r.Group], r.PathForward}, Source: r.Source, When: r.When,
	}
	if r.Group != "checks" {
		return t
	}
	t.Text, t.When = checkWords[r.ID], ""
	for _, book := range append(g.book.Assessments(), g.book) {
		for _, d := range book.Demands(r.ID) {
			t.Terms = append(t.Terms, termInTerm{strings.ReplaceAll(strings.TrimPrefix(d.Pointer, "/"), "/", "."), d.Text})
		}
	}
	return t
}

// enum is an enumeration and each of its values.
func (g glossary) enum(e *rulebook.Enum) []term {
	out := []term{{ID: e.ID, Kind: "choices"}}
	for _, v := range e.Values {
		out[0].Terms = append(out[0].Terms, termInTerm{v.ID, v.Text})
		t := term{ID: v.ID, Kind: "value", Of: e.ID, Text: v.Text}
		if e.ID == "tier" {
			t.More, t.Terms = []lang.Text{tierWords}, g.tier(v.ID)
		}
		out = append(out, t)
	}
	return out
}

// tier lists the rules that put a case into a tier, and those that follow.
func (g glossary) tier(id string) []termInTerm {
	var out []termInTerm
	for _, r := range g.book.Rules() {
		if r.Group == "tier" && r.Value == id || r.Group == "validity" && strings.Contains(r.When, "'"+id+"'") {
			out = append(out, termInTerm{r.ID, r.Text})
		}
	}
	return out
}

func (g glossary) stage(s *rulebook.Stage) term {
	t := term{ID: s.Key, Kind: "stage", Text: s.Text}
	if s.Code != "" {
		t.More = []lang.Text{{SV: "Steg " + s.Code, EN: "Stage " + s.Code}}
	}
	for _, r := range g.book.Table("stage." + s.Key) {
		text := r.Text
		if value, ok := r.Value.(string); ok {
			label := g.book.Label("requirement", value)
			text = lang.Text{SV: label.SV + ": " + text.SV, EN: label.EN + ": " + text.EN}
		}
		t.Terms = append(t.Terms, termInTerm{r.ID, text})
	}
	t.Terms = append(t.Terms, g.asked(s.Key)...)
	return t
}

// settings are profiles, parameters, forms, sources and dates of the law.
func (g glossary) settings() []term {
	var out []term
	b := g.book
	for _, p := range b.Profiles() {
		t := term{ID: p.ID, Kind: "profile", Text: p.Text, More: []lang.Text{profileWords}}
		for _, param := range b.Parameters() {
			value := fmt.Sprint(p.Values[param.ID])
			t.Terms = append(t.Terms, termInTerm{param.ID, lang.Text{SV: value + "  " + param.Text.SV, EN: value + "  " + param.Text.EN}})
		}
		out = append(out, t)
	}
	for _, p := range b.Parameters() {
		t := term{ID: p.ID, Kind: "parameter", Text: p.Text, Source: p.Source}
		for _, profile := range b.Profiles() {
			value := fmt.Sprint(profile.Values[p.ID])
			t.Terms = append(t.Terms, termInTerm{profile.ID, lang.Text{SV: value, EN: value}})
		}
		out = append(out, t)
	}
	for _, s := range b.Sources() {
		out = append(out, term{ID: s.Key, Kind: "source", Text: s.Text})
	}
	for _, d := range b.LegalCalendar() {
		day := lang.Text{SV: cmp.Or(d.Date, "inget datum ännu"), EN: cmp.Or(d.Date, "no date yet")}
		out = append(out, term{ID: d.Key, Kind: "date", Text: d.Text, More: []lang.Text{day}, Source: d.Source})
	}
	return out
}

var statement = regexp.MustCompile(`^([A-Za-z]+)-([0-9]+)$`)

// derived explains what is not called so itself: a group of questions, a name that
// conditions compute, a statement in a source.
func (g glossary) derived(name string) []term {
	if fields := g.book.Group(name); len(fields) > 0 {
		t := term{ID: strings.Trim(name, "/."), Kind: "group"}
		for _, f := range fields {
			t.Terms = append(t.Terms, termInTerm{f.ID, f.Text})
		}
		return []term{t}
	}
	if rules := g.coded(name); len(rules) > 0 {
		return rules
	}
	if rules := g.book.Named(name); len(rules) > 0 {
		t := term{ID: name, Kind: "computed"}
		for _, r := range rules {
			t.Terms = append(t.Terms, termInTerm{r.ID, r.Text})
		}
		return []term{t}
	}
	plain := name
	for _, prefix := range []string{"param.", "present.", "calendar.", "stage."} {
		plain = strings.TrimPrefix(plain, prefix)
	}
	m := statement.FindStringSubmatch(name)
	var out []term
	for _, t := range g.all() {
		if plain != name && t.ID == plain || m != nil && t.Kind == "source" && strings.EqualFold(t.ID, m[1]) {
			if m != nil {
				t.ID = name
			}
			out = append(out, t)
		}
	}
	return out
}

// coded lists the rules that share a code, such as LB-R06.
func (g glossary) coded(code string) []term {
	var out []term
	for _, r := range g.book.Rules() {
		if strings.EqualFold(r.Code, code) {
			out = append(out, g.rule(r))
		}
	}
	return out
}

// reasons lists the rules that a return or a rejection often names.
func (g glossary) reasons() term {
	t := term{ID: "reasons", Kind: "codes", Text: reasonWords, Source: "V-60"}
	for _, r := range act.Reasons(g.book) {
		text := r.Text
		if own, ok := checkWords[r.ID]; ok {
			text = own
		}
		t.Terms = append(t.Terms, termInTerm{r.ID, text})
	}
	return t
}

// unknown refuses a name with those that are nearest.
func (g glossary) unknown(name string) error {
	ids := questionNames(g.book)
	for _, t := range g.all() {
		ids = append(ids, t.ID)
	}
	near := g.inStages(name)
	if len(near) == 0 {
		near = nearest(name, ids)
	}
	text := lang.Text{SV: "regelverket har inget som heter %q", EN: "the rulebook has nothing called %q"}.In(g.lang)
	text = fmt.Sprintf(text, name)
	if len(near) > 0 {
		text += lang.Text{SV: "; menar du ", EN: "; do you mean "}.In(g.lang) + strings.Join(near, ", ") + "?"
	}
	return errors.New(text + lang.Text{
		SV: "\n`sluss rulebook show` räknar upp frågorna, `sluss rulebook show reasons` reglerna som stoppar eller hindrar",
		EN: "\n`sluss rulebook show` lists the questions, `sluss rulebook show reasons` the rules that stop or hold up",
	}.In(g.lang))
}
