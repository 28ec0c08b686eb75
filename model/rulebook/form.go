package rulebook

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"sluss/model/calendar"
	"sluss/model/lang"
)

// PartIntake is the part that opens a case.
const PartIntake = "intake"

// codeMissing is the rule that every required answer is there and fits.
const codeMissing = "V-01"

// answers are what a form's evaluation reads: what was answered, and what
// takes its place where nothing was.
type answers struct {
	form  *Form
	given map[int]any // normalised, by slot of the field
	today string
}

// input is a form's answers taken apart.
type input struct {
	given    map[int]any
	problems []Problem
}

// readAnswers normalises answers. Empty texts and null count as not answered.
// Fields of other parts are accepted when part is empty; system fields when
// system is set.
func (b *Book) readAnswers(part string, in map[string]any, system bool) input {
	out := input{given: make(map[int]any, len(in))}
	b.readLevel(&out, part, "", in, system)
	slices.SortFunc(out.problems, byPointer)
	return out
}

func (b *Book) readLevel(out *input, part, prefix string, in map[string]any, system bool) {
	for key, v := range in {
		id := prefix + key
		f := b.fieldByID[id]
		switch {
		case f == nil && system && b.factByID[id] != nil && b.factByID[id].System:
			b.readFact(out, b.factByID[id], prefix, key, v)
		case f == nil && b.hasGroup(id):
			group, ok := v.(map[string]any)
			if !ok && v != nil {
				out.problems = append(out.problems, b.problem(pointerBelow(prefix, key), "type_object", codeMissing))
				continue
			}
			b.readLevel(out, part, id+".", group, system)
		case f == nil || part != "" && f.Part != part:
			out.problems = append(out.problems, b.problem(pointerBelow(prefix, key), "unknown_name", codeMissing))
		case f.System && !system:
			out.problems = append(out.problems, b.problem(pointerBelow(prefix, key), "system", codeMissing))
		case v == nil:
		default:
			x, faults := f.shape.normalise(v)
			if len(faults) > 0 {
				out.problems = append(out.problems, b.problems(pointerBelow(prefix, key), codeMissing, faults)...)
			}
			if len(faults) == 0 && x != "" {
				out.given[f.slot] = x
			}
		}
	}
}

// readFact takes a fact that the system gives beside the answers.
func (b *Book) readFact(out *input, f *Fact, prefix, key string, v any) {
	x, faults := f.shape.normalise(v)
	if len(faults) > 0 {
		out.problems = append(out.problems, b.problems(pointerBelow(prefix, key), codeFact, faults)...)
		return
	}
	out.given[f.slot] = x
}

func pointerBelow(prefix, key string) string { return pointerOf(prefix + escape(key)) }

// hasGroup reports whether id is an object of fields, such as agent.
func (b *Book) hasGroup(id string) bool {
	_, ok := b.slots["present."+celName(id)]
	return ok && b.fieldByID[id] == nil
}

// Normalise brings a part's answers into their one form: texts trimmed, sets
// in the order of their enumeration, whole numbers as int64, what is not
// answered left out. The problems name unknown fields and values that do not
// fit by JSON Pointer; the rest is returned all the same.
func (b *Book) Normalise(part string, in map[string]any) (map[string]any, []Problem) {
	read := b.readAnswers(part, in, false)
	return b.nest(read.given), read.problems
}

// nest writes answers by slot as the nested object that they came from.
func (b *Book) nest(given map[int]any) map[string]any {
	out := make(map[string]any, len(given))
	for slot, v := range given {
		place(out, b.names[slot].id, v)
	}
	return out
}

func place(out map[string]any, id string, v any) {
	group, rest, nested := strings.Cut(id, ".")
	if !nested {
		out[id] = v
		return
	}
	inner, ok := out[group].(map[string]any)
	if !ok {
		inner = map[string]any{}
		out[group] = inner
	}
	place(inner, rest, v)
}

// evaluation prepares the evaluation of a form.
func (b *Book) evaluation(profile string, form *Form, given map[int]any, today string) *Evaluation {
	e := &Evaluation{book: b, vals: make([]ref.Val, len(b.names)), form: &answers{form: form, given: given, today: today}}
	if profile == "" {
		profile = b.DefaultProfile()
	}
	i := max(0, slices.IndexFunc(b.profiles, func(p Profile) bool { return p.ID == profile }))
	e.useProfile(i)
	if f := b.factByID["decision_date"]; f != nil {
		e.vals[f.slot] = types.String(today)
	}
	return e
}

// value gives a name's value in a form.
func (a *answers) value(e *Evaluation, n *name) ref.Val {
	switch {
	case n.kind == isSystem && n.id == "form":
		return types.String(a.form.ID)
	case n.kind == isSystem:
		return types.String(a.today)
	case n.kind == isPresent && n.field == nil:
		return types.Bool(a.anyOf(e.book, strings.TrimPrefix(n.id, "present.")+"."))
	case n.kind == isPresent:
		return types.Bool(a.effective(e, n.field) != nil)
	case n.field != nil:
		if v := a.effective(e, n.field); v != nil {
			return n.shape.val(v)
		}
	}
	if n.fact != nil {
		if v, ok := a.given[n.slot]; ok {
			return n.shape.val(v)
		}
		return n.fact.def
	}
	return n.shape.zero()
}

func (a *answers) anyOf(b *Book, prefix string) bool {
	for slot := range a.given {
		if strings.HasPrefix(b.names[slot].id, prefix) {
			return true
		}
	}
	return false
}

// effective is the answer or what stands for it: what the rules force, the
// answer, the default of the form, the default of the field; nil when there is
// none of these.
func (a *answers) effective(e *Evaluation, f *Field) any {
	if f.force != nil && e.holds(f.force.when) {
		return f.force.value
	}
	if v, ok := a.given[f.slot]; ok {
		return v
	}
	for _, d := range a.form.defaults {
		if d.field != f || d.when.given() && !e.holds(d.when) {
			continue
		}
		if d.from != nil {
			return a.taken(e, d.from, f)
		}
		return d.value
	}
	for _, d := range f.defaults {
		if e.holds(d.when) {
			return d.value
		}
	}
	if f.defaultFrom != nil {
		return a.taken(e, f.defaultFrom, f)
	}
	return f.Default
}

// taken is the answer of another field as the answer of f, in a list where f
// is one.
func (a *answers) taken(e *Evaluation, from, f *Field) any {
	v := a.effective(e, from)
	if word, ok := v.(string); ok && f.Type == typeList {
		return []string{word}
	}
	return v
}

// FormOf gives the form by its id; "" is what the answers say, and the full
// form when they say nothing.
func (b *Book) FormOf(id string, in map[string]any) *Form {
	if id == "" {
		id, _ = in["intake_form"].(string)
	}
	for _, f := range b.forms {
		if f.ID == id {
			return f
		}
	}
	if len(b.forms) == 0 {
		return &Form{all: true}
	}
	return b.forms[len(b.forms)-1]
}

// Check says what stands in the way of sending a part in: answers that are
// missing or do not fit, and the validation rules that they break. Each
// pointer is reported once, by the most particular rule; nothing is reported of
// the members of a group that is itself reported. form "" is what the
// answers say; profile "" is the default profile. Answers may include those of
// other parts and system fields. today is the day of sending in.
func (b *Book) Check(part, profile, form string, in map[string]any, today calendar.Date) []Problem {
	read := b.readAnswers("", in, true)
	e := b.evaluation(profile, b.FormOf(form, in), read.given, today.String())
	found := read.problems
	for _, k := range b.checks {
		if k.Part == part && (len(k.Forms) == 0 || slices.Contains(k.Forms, e.form.form.ID)) {
			found = append(found, e.run(k)...)
		}
	}
	taken := map[string]bool{}
	for _, p := range found {
		taken[p.Pointer] = true
	}
	for _, f := range b.fields {
		if f.Part != part || taken[f.Pointer()] {
			continue
		}
		if p, ok := e.missing(f); ok {
			found = append(found, p)
		}
		found = append(found, e.gaps(f)...)
	}
	slices.SortStableFunc(found, byPointer)
	return b.withoutConsequences(found)
}

// withoutConsequences leaves out what is said of the members of a group, such as
// agent, with which something is wrong as a whole: they follow from it.
func (b *Book) withoutConsequences(found []Problem) []Problem {
	var groups []string
	for _, p := range found {
		if b.hasGroup(strings.TrimPrefix(p.Pointer, "/")) {
			groups = append(groups, p.Pointer+"/")
		}
	}
	return slices.DeleteFunc(found, func(p Problem) bool {
		return slices.ContainsFunc(groups, func(group string) bool { return strings.HasPrefix(p.Pointer, group) })
	})
}

// run evaluates a validation rule.
func (e *Evaluation) run(k *check) []Problem {
	var out []Problem
	for _, t := range k.tests {
		ready := !slices.ContainsFunc(t.needs, func(f *Field) bool { return e.form.effective(e, f) == nil })
		if ready && e.holds(t.when) {
			out = append(out, Problem{Pointer: t.pointer, Code: k.ID, Text: t.text, Source: k.Source})
		}
	}
	return out
}

// missing checks that a required answer is there, and the bounds of the
// length of a text that is.
func (e *Evaluation) missing(f *Field) (Problem, bool) {
	v := e.form.effective(e, f)
	if empty(v, f) {
		if !e.requires(f) {
			return Problem{}, false
		}
		return e.book.missing(f), true
	}
	if f.MustBe != nil && v != *f.MustBe && e.requires(f) {
		return e.book.problem(f.Pointer(), "must_be", f.missingCode), true
	}
	s, ok := v.(string)
	if !ok || f.Type != typeStr && f.Type != typeText {
		return Problem{}, false
	}
	n := float64(utf8.RuneCountInString(s))
	switch {
	case f.Min != nil && n < *f.Min && e.requires(f):
		return e.book.problem(f.Pointer(), "too_short", f.missingCode, *f.Min), true
	case f.Max != nil && n > *f.Max:
		return e.book.problem(f.Pointer(), "too_long", f.missingCode, *f.Max), true
	}
	return Problem{}, false
}

// gaps reports required members that are missing from the rows of a list.
func (e *Evaluation) gaps(f *Field) []Problem {
	var out []Problem
	rows, _ := e.form.effective(e, f).([]any)
	for i, row := range rows {
		members, _ := row.(map[string]any)
		for _, item := range f.Items {
			if item.Required && (members[item.ID] == nil || members[item.ID] == "") {
				p := e.book.problem(fmt.Sprintf("%s/%d/%s", f.Pointer(), i, item.ID), "missing", f.missingCode)
				p.Missing = true
				out = append(out, p)
			}
		}
	}
	return out
}

// empty reports whether an answer says nothing. An empty set is an answer only
// where the field takes it, and only when it was given.
func empty(v any, f *Field) bool {
	switch x := v.(type) {
	case nil:
		return true
	case []string:
		return len(x) == 0 && !f.MayBeEmpty
	case []any:
		return len(x) == 0 && !f.MayBeEmpty
	case map[string]any:
		return len(x) == 0
	}
	return false
}

// requires reports whether the form needs the answer.
func (e *Evaluation) requires(f *Field) bool {
	if !e.AskedFor(f) {
		return false
	}
	if !f.Required && !(f.requiredIf.given() && e.holds(f.requiredIf)) {
		return false
	}
	if f.section.asked.given() && !e.holds(f.section.asked) {
		return false
	}
	if e.form.form.all || f.Part != PartIntake {
		return true
	}
	on := e.form.form.fields[f.ID]
	return on != nil && !on.optional && (!on.when.given() || e.holds(on.when))
}

// Missing lists the answers that the form still needs, for a draft.
func (b *Book) Missing(part, profile, form string, in map[string]any, today calendar.Date) []Problem {
	return slices.DeleteFunc(b.Check(part, profile, form, in, today), func(p Problem) bool { return !p.Missing })
}

// Warnings gives the rules of the form that warn and do not stop.
func (b *Book) Warnings(profile string, in map[string]any, today calendar.Date) []*Rule {
	read := b.readAnswers("", in, true)
	e := b.evaluation(profile, b.FormOf("", in), read.given, today.String())
	var out []*Rule
	for _, r := range b.notices {
		if e.holds(r.cond) {
			out = append(out, r)
		}
	}
	return out
}

// Offer gives the form that the first answers point to: the smallest whose
// condition holds. Until all of them are answered, and where none holds, it is
// the full form.
func (b *Book) Offer(profile string, in map[string]any) *Form {
	read := b.readAnswers("", in, true)
	full := b.FormOf("full", nil)
	e := b.evaluation(profile, full, read.given, "")
	for _, f := range b.forms {
		answered := !slices.ContainsFunc(f.First, func(id string) bool { return e.form.given[b.fieldByID[id].slot] == nil })
		if f.offer.given() && answered && e.holds(f.offer) {
			return f
		}
	}
	return full
}

// FormFor gives the smallest form that a case of the tier may be sent in on,
// starting with the one it is on. A form that is too small is followed by the
// next, whose questions then have to be answered.
func (b *Book) FormFor(form, tier, profile string, in map[string]any) *Form {
	read := b.readAnswers("", in, true)
	at := b.FormOf(form, in)
	e := b.evaluation(profile, at, read.given, "")
	for _, f := range b.forms[max(0, slices.Index(b.forms, at)):] {
		if slices.Contains(f.Tiers, tier) && (!f.allowed.given() || e.holds(f.allowed)) {
			return f
		}
	}
	return b.FormOf("full", nil)
}

// TriageFacts turns the answers of the intake into the facts of triage.
// system gives the facts that nobody is asked for: policy_profile,
// controller_type, decision_date, est_kwh_year. Facts without an answer are
// left out and take their default, except texts and dates, which are null:
// nobody has given a reference by not being asked for one.
func (b *Book) TriageFacts(in, system map[string]any) map[string]any {
	read := b.readAnswers("", in, true)
	profile, _ := system["policy_profile"].(string)
	e := b.evaluation(profile, b.FormOf("", in), read.given, "")
	out := map[string]any{}
	for _, f := range b.facts {
		if v, ok := b.triageFact(e, f, system); ok {
			place(out, f.ID, v)
		}
	}
	return out
}

func (b *Book) triageFact(e *Evaluation, f *Fact, system map[string]any) (any, bool) {
	if v, ok := system[f.ID]; ok {
		return v, true
	}
	if f.from.given() {
		if len(f.needs) > 0 && !slices.ContainsFunc(f.needs, func(slot int) bool { return e.form.effective(e, b.names[slot].field) != nil }) {
			return nil, false
		}
		return plainVal(e.eval(f.from), &name{}), true
	}
	field := b.names[f.slot].field
	if field == nil {
		return nil, false
	}
	v := e.form.effective(e, field)
	if v == nil || f.Nullable && v == unknownWord {
		return nil, f.Nullable && !strings.Contains(f.ID, ".")
	}
	return v, true
}

// Problem is something in an answer or fact that is not right. Pointer is a
// JSON Pointer into what was sent; Code is the rule or the kind of fault. The
// text never repeats what was sent.
type Problem struct {
	Pointer string    `json:"pointer"`
	Code    string    `json:"code"`
	Text    lang.Text `json:"text"`
	Source  string    `json:"source,omitempty"`
	// Missing says that the answer is not there at all.
	Missing bool `json:"missing,omitempty"`
}

func byPointer(a, b Problem) int {
	if c := strings.Compare(a.Pointer, b.Pointer); c != 0 {
		return c
	}
	return strings.Compare(a.Code, b.Code)
}

// NormaliseItem brings one row of a list field into its one form.
func (b *Book) NormaliseItem(field string, row any) (map[string]any, []Problem) {
	f, ok := b.fieldByID[field]
	if !ok {
		return nil, []Problem{b.problem("", "unknown_name", codeFact)}
	}
	out, faults := f.shape.object(row)
	m, _ := out.(map[string]any)
	return m, b.problems("", codeFact, faults)
}

// Question is a field as a form shows it to somebody.
type Question struct {
	*Field
	// Asked is false for a field that the form leaves out while its default
	// holds; the owner can open it.
	Asked bool `json:"asked"`
	// Needed says that the form cannot be sent in without an answer.
	Needed bool `json:"needed"`
	// Value is the answer, or what stands for it while there is none.
	Value any `json:"value,omitempty"`
	// Answered says that Value was given and is no default.
	Answered bool `json:"answered"`
}

// Questions lists the fields of a part that make sense with the answers so
// far, in their order. form, profile and today are as in Check.
func (b *Book) Questions(part, profile, form string, in map[string]any, today calendar.Date) []Question {
	read := b.readAnswers("", in, true)
	e := b.evaluation(profile, b.FormOf(form, in), read.given, today.String())
	var out []Question
	for _, f := range b.fields {
		if f.Part != part || f.System || !e.AskedFor(f) || f.section.asked.given() && !e.holds(f.section.asked) {
			continue
		}
		_, answered := read.given[f.slot]
		relevant := f.Required || !f.requiredIf.given() || e.holds(f.requiredIf)
		if !relevant && !answered {
			continue
		}
		out = append(out, Question{Field: f, Asked: answered || e.shows(f), Needed: e.requires(f),
			Value: e.form.effective(e, f), Answered: answered})
	}
	return out
}

// shows reports whether the form has a place for the field.
func (e *Evaluation) shows(f *Field) bool {
	if e.form.form.all || f.Part != PartIntake {
		return true
	}
	on := e.form.form.fields[f.ID]
	return on != nil && (!on.when.given() || e.holds(on.when))
}

// Complete gives the answers with the defaults of the form in the place of
// those that are not given, normalised.
func (b *Book) Complete(part, profile, form string, in map[string]any, today calendar.Date) map[string]any {
	read := b.readAnswers("", in, true)
	e := b.evaluation(profile, b.FormOf(form, in), read.given, today.String())
	out := map[string]any{}
	for _, f := range b.fields {
		if f.Part != part || f.System {
			continue
		}
		if v := e.form.effective(e, f); v != nil {
			place(out, f.ID, v)
		}
	}
	return out
}
