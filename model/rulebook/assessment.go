package rulebook

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"gopkg.in/yaml.v3"

	"sluss/model/calendar"
)

// assessmentsDir holds a directory for each assessment: a book of its own, with
// its own facts, questions and rules, that shares the sources, enumerations,
// parameters, profiles and dates of the rulebook it belongs to.
const assessmentsDir = "assessments"

// recordsDir holds a directory for the form of each kind of record (rulebook 9.12),
// a book like that of an assessment, without rules.
const recordsDir = "records"

// factRequirement is the fact that says how much of a stage is asked for.
const factRequirement = "requirement"

// given is a name that an assessment takes over from the intake and its triage.
type given struct {
	from *name // in the rulebook
	fact *Fact // in the assessment
}

type givenSource struct {
	Name mark
	As   string
}

// UnmarshalYAML takes a name, or a name with the one that it gets here.
func (g *givenSource) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return g.Name.UnmarshalYAML(n)
	}
	var long struct {
		Name mark   `yaml:"name"`
		As   string `yaml:"as"`
	}
	err := n.Decode(&long)
	g.Name, g.As = long.Name, long.As
	return err
}

// Assessment gives the book of a stage's assessment.
func (b *Book) Assessment(stage string) (*Book, bool) {
	i := slices.IndexFunc(b.assessments, func(a *Book) bool { return a.ID == stage })
	if i < 0 {
		return nil, false
	}
	return b.assessments[i], true
}

// Assessments lists the books of the assessments by their names.
func (b *Book) Assessments() []*Book { return slices.Clone(b.assessments) }

// Parts lists the parts that the book's questions belong to, in their order.
func (b *Book) Parts() []string {
	var out []string
	for _, s := range b.sections {
		if !slices.Contains(out, s.Part) {
			out = append(out, s.Part)
		}
	}
	return out
}

// RecordForm gives the book of the form of a kind of record.
func (b *Book) RecordForm(kind string) (*Book, bool) {
	i := slices.IndexFunc(b.records, func(r *Book) bool { return r.ID == kind })
	if i < 0 {
		return nil, false
	}
	return b.records[i], true
}

// RecordForms lists the books of the forms of records by their names.
func (b *Book) RecordForms() []*Book { return slices.Clone(b.records) }

// books loads the books in the directories below one of the rulebook's, side by
// side: it is most of the time that a start takes.
func (c *compiler) books(fsys fs.FS, below string, plain map[string]any, search bool) ([]*Book, error) {
	dirs, err := fs.Glob(fsys, path.Join(c.dir, below, "*"))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", below, err)
	}
	books, contents, faults := make([]*Book, len(dirs)), make([]map[string]any, len(dirs)), make([]error, len(dirs))
	var wg sync.WaitGroup
	for i, dir := range dirs {
		wg.Go(func() { books[i], contents[i], faults[i] = c.part(fsys, dir, search) })
	}
	wg.Wait()
	if err := errors.Join(faults...); err != nil || len(dirs) == 0 {
		return nil, err
	}
	all := map[string]any{}
	for i, b := range books {
		all[b.ID] = contents[i]
	}
	plain[below] = all
	return books, nil
}

// part loads one of the books.
func (c *compiler) part(fsys fs.FS, dir string, search bool) (*Book, map[string]any, error) {
	src, plain, err := read(fsys, dir)
	if err != nil {
		return nil, nil, err
	}
	src.Sources = slices.Concat(c.src.Sources, src.Sources)
	src.Enums = slices.Concat(c.src.Enums, src.Enums)
	src.Parameters = slices.Concat(c.src.Parameters, src.Parameters)
	src.Profiles = slices.Concat(c.src.Profiles, src.Profiles)
	src.Calendar = slices.Concat(c.src.Calendar, src.Calendar)
	sub := newCompiler(src, dir)
	sub.parent, sub.ids = c.book, c.ids
	book, err := sub.build(search)
	if err != nil {
		return nil, nil, err
	}
	book.ID, book.Version, book.Title = path.Base(dir), c.book.Version, c.book.Title
	return book, plain, nil
}

// takeOver declares what an assessment is given by the rulebook as facts of its
// own.
func (c *compiler) takeOver() {
	for _, s := range c.src.Given {
		slot, ok := 0, false
		if c.parent != nil {
			slot, ok = c.parent.slots[celName(s.Name.Text)]
		}
		if !ok {
			c.fault(s.Name, s.Name.Text, CodeUnknownName, "the rulebook has no such name to give")
			continue
		}
		from := c.parent.names[slot]
		id := s.As
		if id == "" {
			id = from.id
		}
		f := &Fact{ID: id, Type: from.shape.kind, Nullable: true, System: true, shape: from.shape}
		if from.kind == isList {
			f.Type, f.shape = typeList, shape{kind: typeList}
		}
		if f.shape.enum != nil {
			f.shape.enum = c.book.enumByID[f.shape.enum.ID]
			f.Enum = f.shape.enum.ID
		}
		if len(f.shape.items) > 0 {
			c.objects[f.shape.typeName] = f.shape.items
		}
		f.shape.nullable = true
		f.def = f.shape.zero()
		f.slot = c.name(s.Name, &name{id: id, kind: isFact, shape: f.shape, fact: f}).slot
		c.book.facts = append(c.book.facts, f)
		c.book.factByID[id] = f
		c.book.given = append(c.book.given, given{from, f})
	}
}

// Giver gives assessments what they take over from an intake and its triage. Each
// condition is evaluated once, however many assessments ask for it. It is not safe for
// concurrent use.
type Giver struct{ triage, form *Evaluation }

// Giver evaluates the answers of an intake, and their triage with the given facts.
func (b *Book) Giver(profile string, answers, facts map[string]any, today calendar.Date) (*Giver, error) {
	triage, problems := b.Triage(profile, facts, today)
	if len(problems) > 0 {
		return nil, fmt.Errorf("facts do not fit the rulebook: %d problems", len(problems))
	}
	form := b.evaluation(profile, b.FormOf("", answers), b.readAnswers("", answers, true).given, today.String())
	return &Giver{triage, form}, nil
}

// Give computes what an assessment takes over.
func (from *Giver) Give(a *Book) (map[string]any, error) {
	out := map[string]any{}
	for _, g := range a.given {
		switch {
		case g.from.kind == isField && g.from.fact == nil:
			if v := from.form.form.effective(from.form, g.from.field); v != nil {
				out[g.fact.ID] = v
			}
		default:
			if v := raw(from.triage.value(g.from.slot)); v != nil {
				out[g.fact.ID] = v
			}
		}
	}
	return out, from.triage.Err()
}

// raw turns a value of a condition into what a fact takes; nil for what is
// missing.
func raw(v ref.Val) any {
	switch x := v.(type) {
	case types.Bool:
		return bool(x)
	case types.Int:
		return int64(x)
	case types.Double:
		return float64(x)
	case types.String:
		if x == "" {
			return nil
		}
		return string(x)
	case types.Null:
		return nil
	}
	words := []string{}
	eachWord(v, func(w types.String) bool { words = append(words, string(w)); return true })
	return words
}

// SystemFacts lists the facts that a caller gives beside the answers.
func (b *Book) SystemFacts() []*Fact {
	return slices.DeleteFunc(slices.Clone(b.facts), func(f *Fact) bool { return !f.System })
}

// conditionKinds are the kinds of rulebook 8.2.
var conditionKinds = []string{"before_use", "date", "recurring"}

// condition reads what a rule asks for when it holds.
func (c *compiler) condition(src ruleSource) *RuleCondition {
	s := src.Condition
	if s == nil {
		return nil
	}
	id := src.ID.Text
	if !slices.Contains(conditionKinds, s.Kind) {
		c.fault(src.ID, id, CodeValue, "the kind %q of a condition is none of %v", s.Kind, conditionKinds)
	}
	if s.Owner == "" || s.Verifier == "" || s.Owner == s.Verifier {
		c.fault(src.ID, id, CodeValue, "a condition needs an owner and another verifier (SOD-04)")
	}
	c.text(src.ID, id, "the verification", s.Verification)
	c.text(src.ID, id, "the consequence", s.Consequence)
	return &RuleCondition{
		Kind: s.Kind, Months: s.Months, Owner: s.Owner, Verifier: s.Verifier,
		Verification: s.Verification, Consequence: s.Consequence,
	}
}

// scored reads what scored questions and check lists need.
func (c *compiler) scored(s fieldSource, f *Field) {
	f.Weight, f.Critical, f.Control, f.Refs = s.Weight, s.Critical, s.Control, s.Refs
	f.Must, f.Light, f.Requirement = s.Must.Text, s.Light, s.Requirement
	values := c.book.enumByID[factRequirement]
	for _, r := range s.Requirement {
		if values == nil || !values.Has(r) {
			c.fault(s.ID, f.ID, CodeValue, "%q is no requirement", r)
		}
	}
}

// Must reports whether a field of a check list is a must.
func (e *Evaluation) Must(f *Field) bool { return f.must.given() && e.holds(f.must) }

// AskedFor reports whether the field belongs to the stage's requirement: a
// field may be left out of the lighter forms.
func (e *Evaluation) AskedFor(f *Field) bool {
	slot, known := e.book.slots[factRequirement]
	if !known {
		return true
	}
	now, _ := e.value(slot).(types.String)
	if len(f.Requirement) > 0 && !slices.Contains(f.Requirement, string(now)) {
		return false
	}
	return now != "light" || f.Light || !e.book.hasLight()
}

// hasLight reports whether the book tells apart what the light form asks.
func (b *Book) hasLight() bool {
	return slices.ContainsFunc(b.fields, func(f *Field) bool { return f.Light })
}

// compileMust compiles when a field is a must.
func (c *compiler) compileMust(s fieldSource, f *Field) {
	if s.Must.Text != "" {
		f.must = c.cond(s.Must, f.ID, cel.BoolType, wholeForm, shape{})
		c.keep(compiled{id: f.ID, cond: f.must})
	}
}
