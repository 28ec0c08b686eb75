package rulebook

import (
	"slices"
	"strings"

	"github.com/google/cel-go/cel"

	"sluss/model/lang"
)

// Field is a question of a form.
type Field struct {
	ID      string `json:"id"`
	Section string `json:"section,omitempty"`
	Part    string `json:"part,omitempty"`
	// Group is the group of the field-to-stage map that the field belongs to.
	Group     string   `json:"group,omitempty"`
	Type      string   `json:"type"`
	Enum      string   `json:"enum,omitempty"`
	Items     []*Field `json:"items,omitempty"`
	Min       *float64 `json:"min,omitempty"` // of the number, or of the length of a text
	Max       *float64 `json:"max,omitempty"`
	OrUnknown bool     `json:"or_unknown,omitempty"`
	MustBe    *bool    `json:"must_be,omitempty"`
	// System fields are set by the system and refused from a person.
	System     bool        `json:"system,omitempty"`
	Required   bool        `json:"required"`
	RequiredIf string      `json:"required_if,omitempty"`
	MayBeEmpty bool        `json:"may_be_empty,omitempty"`
	Default    any         `json:"default,omitempty"`
	Choices    string      `json:"choices,omitempty"` // parameter that names the enumeration of proposals
	Forms      []FormField `json:"forms,omitempty"`
	Text       lang.Text   `json:"text"`
	Help       lang.Text   `json:"help,omitzero"`
	Example    lang.Text   `json:"example,omitzero"`
	Source     string      `json:"source,omitempty"`

	// Weight, Critical, Control and Refs belong to scored questions.
	Weight   int    `json:"weight,omitempty"`
	Critical bool   `json:"critical,omitempty"`
	Control  string `json:"control,omitempty"`
	Refs     string `json:"refs,omitempty"`
	// Must says when an item of a check list is a must (CEL), Light that the
	// light form asks for it too.
	Must  string `json:"must,omitempty"`
	Light bool   `json:"light,omitempty"`
	// Requirement lists the requirements of the stage at which it is asked;
	// empty means all.
	Requirement []string `json:"requirement,omitempty"`

	shape       shape
	section     *Section
	must        condition
	slot        int
	present     int
	requiredIf  condition
	missingCode string
	defaults    []fieldDefault
	defaultFrom *Field
	force       *fieldDefault
}

// FormField says on which short form a field stands, and in which row.
type FormField struct {
	Form string `json:"form"`
	Row  int    `json:"row,omitempty"`
	When string `json:"when,omitempty"`
}

// Pointer is the JSON Pointer of the field's answer.
func (f *Field) Pointer() string { return pointerOf(f.ID) }

// pointerOf writes the id of a field, whose dots are levels, as a JSON
// Pointer.
func pointerOf(id string) string { return "/" + strings.ReplaceAll(id, ".", "/") }

type fieldDefault struct {
	when  condition
	value any
}

// Form is a size of the intake form.
type Form struct {
	ID    string    `json:"id"`
	Text  lang.Text `json:"text"`
	Tiers []string  `json:"tiers"`
	// First are the questions whose answers decide which form is offered.
	First []string `json:"first,omitempty"`

	all      bool
	offer    condition
	allowed  condition
	fields   map[string]*formField
	defaults []formDefaultValue
}

type formField struct {
	row      int
	when     condition
	optional bool
}

type formDefaultValue struct {
	field *Field
	when  condition
	value any
	from  *Field
}

// check is a validation rule.
type check struct {
	ID     string
	Part   string
	Forms  []string
	Source string
	tests  []checkCase
}

type checkCase struct {
	when    condition
	pointer string
	text    lang.Text
	needs   []*Field // plain values that must be answered for the test to make sense
}

// Fields lists the questions of all parts in their order.
func (b *Book) Fields() []*Field { return slices.Clone(b.fields) }

// Field gives a question by its id.
func (b *Book) Field(id string) (*Field, bool) {
	f, ok := b.fieldByID[id]
	return f, ok
}

// Forms lists the sizes of the intake form, the smallest first.
func (b *Book) Forms() []*Form { return slices.Clone(b.forms) }

// fields reads sections and questions.
func (c *compiler) fields() {
	for _, s := range c.src.Sections {
		c.text(s.ID, s.ID.Text, "a section", s.Text)
		c.book.sections = append(c.book.sections, &Section{ID: s.ID.Text, Part: s.Part, AskedWhen: s.AskedWhen.Text, Text: s.Text})
	}
	for _, s := range c.src.Fields {
		f := c.field(s, "")
		i := slices.IndexFunc(c.book.sections, func(x *Section) bool { return x.ID == s.Section })
		if i < 0 {
			c.fault(s.ID, f.ID, CodeUnknownName, "the section %q is not declared", s.Section)
			continue
		}
		f.section = c.book.sections[i]
		f.Part = f.section.Part
		c.nameField(s, f)
		c.book.fields = append(c.book.fields, f)
		c.book.fieldByID[f.ID] = f
	}
	c.groups()
}

// nameField makes a field known to conditions: its own name, shared with the
// fact of the same id, and present.<id>.
func (c *compiler) nameField(s fieldSource, f *Field) {
	if fact := c.book.factByID[f.ID]; fact != nil {
		f.slot = fact.slot
		c.book.names[f.slot].field = f
		if !fact.shape.celType().IsExactType(f.shape.celType()) || fact.shape.enum != f.shape.enum {
			c.fault(s.ID, f.ID, CodeValue, "the field and the fact of the same name have different types")
		}
	} else {
		f.slot = c.name(s.ID, &name{id: f.ID, kind: isField, shape: f.shape, field: f}).slot
	}
	f.present = c.name(s.ID, &name{id: "present." + f.ID, kind: isPresent, typ: cel.BoolType, field: f}).slot
}

// groups declares present.<group> for objects of fields such as agent.
func (c *compiler) groups() {
	seen := map[string]bool{}
	for _, f := range c.book.fields {
		group, _, ok := strings.Cut(f.ID, ".")
		if !ok || seen[group] {
			continue
		}
		seen[group] = true
		c.name(mark{}, &name{id: "present." + group, kind: isPresent, typ: cel.BoolType})
	}
}

// field reads one question, or one member of a list or object below parent.
func (c *compiler) field(s fieldSource, parent string) *Field {
	id := parent + s.ID.Text
	f := &Field{ID: s.ID.Text, Section: s.Section, Type: s.Type, Enum: s.Enum, Min: s.Min, Max: s.Max,
		OrUnknown: s.OrUnknown, MustBe: s.MustBe, System: s.System, Required: s.Required,
		RequiredIf: s.RequiredIf.Text, MayBeEmpty: s.MayBeEmpty, Default: s.Default, Choices: s.Choices,
		Text: s.Text, Help: s.Help, Example: s.Example, Source: s.Source, missingCode: s.MissingCode}
	c.text(s.ID, id, "a label", s.Text)
	if parent == "" && !s.System {
		c.text(s.ID, id, "a help text", s.Help)
	}
	if s.Example != (lang.Text{}) {
		c.text(s.ID, id, "an example", s.Example)
	}
	if parent == "" {
		c.source(s.ID, id, s.Source)
	}
	c.scored(s, f)
	f.shape = c.shapeOf(s.ID, id, s.Type, s.Enum, s.Min, s.Max)
	f.shape.orUnknown = s.OrUnknown
	for _, item := range s.Items {
		f.Items = append(f.Items, c.field(item, id+"."))
	}
	if f.shape.items = f.Items; len(f.Items) > 0 {
		f.shape.typeName = "form." + celName(strings.ReplaceAll(id, ".", "_"))
		c.objects[f.shape.typeName] = f.Items
	}
	if s.Default != nil {
		f.Default = c.checked(s.ID, id, f.shape, s.Default)
	}
	if f.missingCode == "" {
		f.missingCode = codeMissing
	}
	return f
}

// compileForms compiles everything that reads the answers of a form.
func (c *compiler) compileForms() {
	for i, s := range c.src.Sections {
		c.book.sections[i].asked = c.optional(s.AskedWhen, "section "+s.ID.Text)
	}
	for _, s := range c.src.Fields {
		if f := c.book.fieldByID[s.ID.Text]; f != nil {
			c.compileField(s, f)
		}
	}
	for _, s := range c.src.Forms {
		c.form(s)
	}
	for _, s := range c.src.Checks {
		c.check(s)
	}
	for _, s := range c.src.Notices {
		r := c.rule(s, "form_warnings", shape{kind: typeStr})
		r.cond = c.cond(s.When, r.ID, cel.BoolType, wholeForm, shape{})
		c.keep(compiled{id: r.ID, cond: r.cond})
		c.book.notices = append(c.book.notices, r)
	}
	c.scope()
}

func (c *compiler) compileField(s fieldSource, f *Field) {
	c.compileMust(s, f)
	if s.RequiredIf.Text != "" {
		f.requiredIf = c.formCond(s.RequiredIf, f.ID)
	}
	for _, d := range s.DefaultWhen {
		f.defaults = append(f.defaults, c.fieldDefault(d, f))
	}
	if s.DefaultFrom != "" {
		if f.defaultFrom = c.book.fieldByID[s.DefaultFrom]; f.defaultFrom == nil {
			c.fault(s.ID, f.ID, CodeUnknownName, "the field %q is not declared", s.DefaultFrom)
		}
	}
	if s.ForceWhen != nil {
		d := c.fieldDefault(*s.ForceWhen, f)
		f.force = &d
	}
}

func (c *compiler) fieldDefault(s defaultSource, f *Field) fieldDefault {
	return fieldDefault{when: c.formCond(s.When, f.ID), value: c.checked(s.When, f.ID, f.shape, s.Value)}
}

// formCond compiles a condition over answers.
func (c *compiler) formCond(src mark, id string) condition {
	cond := c.cond(src, id, cel.BoolType, wholeForm, shape{})
	c.keep(compiled{id: id, cond: cond})
	return cond
}

// optional compiles a condition that may be left out.
func (c *compiler) optional(src mark, id string) condition {
	if src.Text == "" {
		return condition{}
	}
	return c.formCond(src, id)
}

func (c *compiler) form(s formSource) {
	f := &Form{ID: s.ID.Text, Text: s.Text, Tiers: s.Tiers, First: s.First, all: s.All, fields: map[string]*formField{}}
	c.text(s.ID, f.ID, "a form", s.Text)
	c.source(s.ID, f.ID, s.Source)
	f.offer, f.allowed = c.optional(s.OfferWhen, f.ID), c.optional(s.AllowedWhen, f.ID)
	for _, x := range s.Fields {
		field := c.book.fieldByID[x.ID.Text]
		if field == nil {
			c.fault(x.ID, f.ID, CodeUnknownName, "the field %q is not declared", x.ID.Text)
			continue
		}
		f.fields[field.ID] = &formField{row: x.Row, when: c.optional(x.When, f.ID), optional: x.Blank}
		field.Forms = append(field.Forms, FormField{Form: f.ID, Row: x.Row, When: x.When.Text})
	}
	for _, x := range s.Defaults {
		c.formDefault(f, x)
	}
	for _, id := range s.First {
		if c.book.fieldByID[id] == nil {
			c.fault(s.ID, f.ID, CodeUnknownName, "the field %q is not declared", id)
		}
	}
	c.book.forms = append(c.book.forms, f)
}

func (c *compiler) formDefault(f *Form, x formDefault) {
	field := c.book.fieldByID[x.ID.Text]
	if field == nil {
		c.fault(x.ID, f.ID, CodeUnknownName, "the field %q is not declared", x.ID.Text)
		return
	}
	d := formDefaultValue{field: field, when: c.optional(x.When, f.ID)}
	if x.From != "" {
		if d.from = c.book.fieldByID[x.From]; d.from == nil {
			c.fault(x.ID, f.ID, CodeUnknownName, "the field %q is not declared", x.From)
		}
	} else {
		d.value = c.checked(x.ID, f.ID, field.shape, x.Value)
	}
	f.defaults = append(f.defaults, d)
}

func (c *compiler) check(s checkSource) {
	c.claim(s.ID)
	c.source(s.ID, s.ID.Text, s.Source)
	k := &check{ID: s.ID.Text, Part: s.Part, Forms: s.Forms, Source: s.Source}
	for _, t := range s.Tests {
		c.text(t.When, k.ID, "a test", t.Text)
		cc := checkCase{when: c.formCond(t.When, k.ID), pointer: t.Pointer, text: t.Text}
		if !strings.HasPrefix(t.Pointer, "/") {
			c.fault(t.When, k.ID, CodeValue, "a test needs a JSON pointer")
		}
		cc.needs = c.needs(cc.when)
		k.tests = append(k.tests, cc)
	}
	c.book.checks = append(c.book.checks, k)
	r := &Rule{ID: k.ID, Group: "checks", Source: k.Source}
	if len(s.Tests) > 0 {
		r.Text, r.When = s.Tests[0].Text, s.Tests[0].When.Text
	}
	c.add(r)
}

// needs lists the plain values that a condition names and whose absence it
// does not itself look at. Until they are answered the test says nothing: the
// missing answer is reported as such.
func (c *compiler) needs(cond condition) []*Field {
	var out []*Field
	looked := map[*Field]bool{}
	for _, slot := range cond.names {
		if n := c.book.names[slot]; n.kind == isPresent && n.field != nil {
			looked[n.field] = true
		}
	}
	for _, slot := range cond.names {
		n := c.book.names[slot]
		if n.kind == isPresent || n.field == nil || looked[n.field] || n.field.System {
			continue
		}
		switch n.shape.kind {
		case typeBool, typeInt, typeNumber, typeEnum, typeDate:
			out = append(out, n.field)
		}
	}
	return out
}

// compileFrom compiles what a fact is computed from.
func (c *compiler) compileFrom(f *Fact) {
	i := slices.IndexFunc(c.src.Facts, func(s factSource) bool { return s.ID.Text == f.ID })
	if i < 0 {
		return // given by the rulebook
	}
	s := c.src.Facts[i]
	if s.From.Text == "" {
		return
	}
	f.from = c.cond(s.From, f.ID, f.shape.celType(), wholeForm, f.shape)
	for _, id := range s.Needs {
		field := c.book.fieldByID[id]
		if field == nil {
			c.fault(s.ID, f.ID, CodeUnknownName, "the field %q is not declared", id)
			continue
		}
		f.needs = append(f.needs, field.slot)
	}
}

// finish reads what needs no conditions.
func (c *compiler) finish() {
	c.deadlines()
	c.triggers()
	c.retention()
	c.initialEntries()
	c.environment()
}
