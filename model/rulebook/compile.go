package rulebook

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"

	"sluss/model/lang"
)

// nameKind says where the value of a name comes from.
type nameKind int

const (
	isFact nameKind = iota
	isField
	isPresent // whether a field is answered
	isParam
	isConst // a date of the legal calendar
	isDerived
	isTable
	isList
	isSystem // today, form
)

// name is something that a condition may name.
type name struct {
	id   string
	cel  string
	kind nameKind
	typ  *cel.Type
	// shape is set for facts and fields, and for derived names and tables
	// as far as their values are enumerated.
	shape   shape
	fact    *Fact
	field   *Field
	param   int
	value   ref.Val
	derived *derived
	table   *Table
	list    *List
	slot    int
	// literals are the texts that the name is compared with.
	literals map[string]bool
}

// condition is a compiled CEL expression. The zero condition is absent.
type condition struct {
	src   mark
	prog  interpreter.Interpretable
	names []int // what it names directly
}

func (c condition) given() bool { return c.src.Text != "" }

// derived is a name that an expression defines.
type derived struct {
	rule *Rule
	is   condition
	// report lists the rule among those that fired when the value is true.
	report bool
}

// Load reads the rulebook in the directory name of fsys and checks it. The
// error joins every fault that was found, each an *Error.
func Load(fsys fs.FS, name string) (*Book, error) {
	return load(fsys, name, true)
}

// load leaves out the search for rules that never fire when asked to: it takes
// most of the time and need not be repeated for what a test has checked.
func load(fsys fs.FS, dir string, search bool) (*Book, error) {
	src, plain, err := read(fsys, dir)
	if err != nil {
		return nil, err
	}
	c := newCompiler(src, dir)
	book, err := c.build(search)
	if err != nil {
		return nil, err
	}
	if book.assessments, err = c.books(fsys, assessmentsDir, plain, search); err != nil {
		return nil, err
	}
	if book.records, err = c.books(fsys, recordsDir, plain, search); err != nil {
		return nil, err
	}
	book.Digest = digest(plain)
	return book, nil
}

func newCompiler(src *content, dir string) *compiler {
	return &compiler{src: src, dir: dir, ids: &claims{at: map[string]mark{}}, book: &Book{
		modes:  src.Modes,
		tables: map[string]*Table{}, lists: map[string]*List{}, slots: map[string]int{},
		fieldByID: map[string]*Field{}, factByID: map[string]*Fact{},
		enumByID: map[string]*Enum{}, ruleByID: map[string]*Rule{},
	}, objects: map[string][]*Field{}}
}

// build compiles the content. The error joins every fault that was found.
func (c *compiler) build(search bool) (*Book, error) {
	// Each step needs the one before; what a step finds is reported together.
	for _, step := range []func(){c.declare, c.compile, c.order, c.finish} {
		if step(); len(c.faults) > 0 {
			return nil, errors.Join(c.faults...)
		}
	}
	if search {
		if c.neverFires(); len(c.faults) > 0 {
			return nil, errors.Join(c.faults...)
		}
	}
	return c.book, nil
}

// compiler turns the content of a rulebook into a Book.
type compiler struct {
	src     *content
	dir     string
	book    *Book
	ids     *claims // of rules
	objects map[string][]*Field
	faults  []error
	parent  *Book // of an assessment
	env     *cel.Env
	planner interpreter.Interpreter // of env
	// conds are the compiled conditions with the rules they belong to, for
	// the checks that come after compiling.
	conds []compiled
}

type compiled struct {
	id   string
	cond condition
	// before are the conditions that must not hold for this one to be asked.
	before []condition
}

func (c *compiler) fault(at mark, rule, code, format string, args ...any) {
	file := at.File
	if file == "" {
		file = c.dir
	}
	c.faults = append(c.faults, &Error{File: file, Line: at.Line, Rule: rule, Code: code, Msg: fmt.Sprintf(format, args...)})
}

// text demands both languages.
func (c *compiler) text(at mark, rule string, what string, t lang.Text) {
	if strings.TrimSpace(t.SV) == "" || strings.TrimSpace(t.EN) == "" {
		c.fault(at, rule, CodeTranslation, "%s needs Swedish and English", what)
	}
}

// source demands where a rule comes from.
func (c *compiler) source(at mark, rule, source string) {
	if strings.TrimSpace(source) == "" {
		c.fault(at, rule, CodeSource, "a rule needs its source")
	}
}

// claims are the ids of rules, which a rulebook shares with its assessments.
type claims struct {
	mu sync.Mutex
	at map[string]mark
}

// claim reserves an id, or tells where it is taken already.
func (c *claims) claim(id mark) (had mark, taken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if had, taken = c.at[id.Text]; !taken {
		c.at[id.Text] = id
	}
	return had, taken
}

// claim reserves the id of a rule.
func (c *compiler) claim(id mark) {
	if id.Text == "" {
		c.fault(id, "", CodeMissing, "an id is missing")
		return
	}
	if had, taken := c.ids.claim(id); taken {
		c.fault(id, id.Text, CodeDuplicate, "the id is already used in %s line %d", had.File, had.Line)
	}
}

// declare reads everything but the conditions.
func (c *compiler) declare() {
	c.header()
	c.sources()
	c.enums()
	c.settings()
	c.takeOver()
	c.facts()
	c.fields()
	c.derivedNames()
	c.rulesOfTables()
	c.rulesOfLists()
	c.rulesOfStages()
	c.system("today", cel.StringType)
	c.system("form", cel.StringType)
}

func (c *compiler) header() {
	h := c.src.Rulebook
	if c.parent != nil {
		return // an assessment is part of its rulebook
	}
	if h == nil {
		c.fault(mark{}, "", CodeMissing, "the part rulebook with id and version is missing")
		return
	}
	c.book.ID, c.book.Version, c.book.Title = h.ID.Text, h.Version, h.Title
	if h.ID.Text == "" || h.Version == "" {
		c.fault(h.ID, "", CodeMissing, "a rulebook needs an id and a version")
	}
	c.text(h.ID, h.ID.Text, "the title", h.Title)
}

func (c *compiler) sources() {
	for _, s := range c.src.Sources {
		c.text(s.Key, s.Key.Text, "a source", s.Text)
		c.book.sources = append(c.book.sources, SourceKey{Key: s.Key.Text, Status: s.Status, Text: s.Text})
	}
}

func (c *compiler) enums() {
	for _, s := range c.src.Enums {
		if c.book.enumByID[s.ID.Text] != nil {
			c.fault(s.ID, s.ID.Text, CodeDuplicate, "the enumeration is declared twice")
			continue
		}
		e := &Enum{ID: s.ID.Text, rank: map[string]int{}, mentioned: map[string]bool{}}
		for _, v := range s.Values {
			if e.Has(v.ID.Text) {
				c.fault(v.ID, s.ID.Text, CodeDuplicate, "the value %q is listed twice", v.ID.Text)
			}
			c.text(v.ID, s.ID.Text+"."+v.ID.Text, "a value", v.Text)
			e.rank[v.ID.Text] = len(e.Values)
			e.Values = append(e.Values, Value{ID: v.ID.Text, Text: v.Text, Shown: v.Shown})
		}
		c.book.enums = append(c.book.enums, e)
		c.book.enumByID[e.ID] = e
	}
}

// shapeOf reads type, enumeration and bounds as they are declared.
func (c *compiler) shapeOf(at mark, id, kind, enum string, min, max *float64) shape {
	s := shape{kind: kind, min: min, max: max}
	known := []string{typeStr, typeText, typeBool, typeInt, typeNumber, typeEnum, typeMulti, typeDate, typeRef, typeList, typeObject}
	if !slices.Contains(known, kind) {
		c.fault(at, id, CodeValue, "the type %q is none of %s", kind, strings.Join(known, ", "))
	}
	if kind == typeEnum || kind == typeMulti {
		if s.enum = c.book.enumByID[enum]; s.enum == nil {
			c.fault(at, id, CodeUnknownName, "the enumeration %q is not declared", enum)
			s.enum = &Enum{mentioned: map[string]bool{}}
		}
	} else if enum != "" {
		c.fault(at, id, CodeValue, "the type %s takes no enumeration", kind)
	}
	return s
}

// checked normalises a value that the rulebook gives.
func (c *compiler) checked(at mark, id string, s shape, v any) any {
	out, faults := s.normalise(v)
	if faults != nil {
		c.fault(at, id, CodeValue, "the value %v does not fit: %s", v, faults[0].code)
		return nil
	}
	return out
}

// name declares a name for conditions.
func (c *compiler) name(at mark, n *name) *name {
	n.cel = celName(n.id)
	if i, ok := c.book.slots[n.cel]; ok {
		c.fault(at, n.id, CodeDuplicate, "the name is already declared (%s)", c.book.names[i].id)
		return n
	}
	if n.typ == nil {
		n.typ = n.shape.celType()
	}
	n.slot = len(c.book.names)
	n.literals = map[string]bool{}
	c.book.slots[n.cel] = n.slot
	c.book.names = append(c.book.names, n)
	return n
}

// celName is how a condition writes an id: a hyphen would be a minus there.
func celName(id string) string { return strings.ReplaceAll(id, "-", "_") }

func (c *compiler) system(id string, t *cel.Type) {
	c.name(mark{}, &name{id: id, kind: isSystem, typ: t})
}

// settings reads parameters, profiles and the legal calendar.
func (c *compiler) settings() {
	b := c.book
	shapes := map[string]shape{}
	for i, s := range c.src.Parameters {
		sh := c.shapeOf(s.ID, s.ID.Text, s.Type, s.Enum, nil, nil)
		shapes[s.ID.Text] = sh
		c.text(s.ID, s.ID.Text, "a parameter", s.Text)
		c.source(s.ID, s.ID.Text, s.Source)
		p := Param{ID: s.ID.Text, Type: s.Type, Text: s.Text, Source: s.Source}
		p.Default = c.checked(s.ID, s.ID.Text, sh, s.Default)
		b.params = append(b.params, p)
		c.name(s.ID, &name{id: "param." + s.ID.Text, kind: isParam, shape: sh, param: i})
	}
	for _, s := range c.src.Profiles {
		p := Profile{ID: s.ID.Text, Default: s.Default, Text: s.Text, Values: map[string]any{}}
		c.text(s.ID, s.ID.Text, "a profile", s.Text)
		for _, param := range b.params {
			v := param.Default
			if given, ok := s.Values[param.ID]; ok {
				v = c.checked(s.ID, s.ID.Text, shapes[param.ID], given)
			}
			p.Values[param.ID] = v
			p.vals = append(p.vals, shapes[param.ID].val(v))
		}
		for id := range s.Values {
			if _, ok := shapes[id]; !ok {
				c.fault(s.ID, s.ID.Text, CodeUnknownName, "the parameter %q is not declared", id)
			}
		}
		b.profiles = append(b.profiles, p)
	}
	if len(b.profiles) == 0 {
		c.fault(mark{}, "", CodeMissing, "a rulebook needs a profile")
	}
	for _, s := range c.src.Calendar {
		c.text(s.Key, s.Key.Text, "a date", s.Text)
		c.source(s.Key, s.Key.Text, s.Source)
		c.checked(s.Key, s.Key.Text, shape{kind: typeDate}, s.Date)
		b.calendar = append(b.calendar, LegalDate{
			Key: s.Key.Text, Date: s.Date, Text: s.Text, Source: s.Source, Binds: s.Binds.Text, binds: condition{src: s.Binds},
		})
		c.name(s.Key, &name{id: "calendar." + s.Key.Text, kind: isConst, shape: shape{kind: typeDate}, value: types.String(s.Date)})
	}
}

func (c *compiler) facts() {
	for _, s := range c.src.Facts {
		f := &Fact{ID: s.ID.Text, Type: s.Type, Enum: s.Enum, Nullable: s.Nullable, System: s.System}
		f.shape = c.shapeOf(s.ID, f.ID, s.Type, s.Enum, s.Min, s.Max)
		f.shape.nullable = s.Nullable
		if s.Default != nil {
			f.Default = c.checked(s.ID, f.ID, f.shape, s.Default)
		} else if !s.Nullable && s.Type != typeDate {
			c.fault(s.ID, f.ID, CodeMissing, "a fact needs a default")
		}
		f.def = f.shape.val(f.Default)
		f.slot = c.name(s.ID, &name{id: f.ID, kind: isFact, shape: f.shape, fact: f}).slot
		c.book.facts = append(c.book.facts, f)
		c.book.factByID[f.ID] = f
	}
}

// result reads the declared type of a derived name or a table.
func (c *compiler) result(at mark, id, kind, enum string) shape {
	if kind == "words" {
		s := shape{kind: typeList}
		if enum != "" {
			s = c.shapeOf(at, id, typeMulti, enum, nil, nil)
		}
		return s
	}
	return c.shapeOf(at, id, kind, enum, nil, nil)
}

func (c *compiler) derivedNames() {
	for _, s := range c.src.Derived {
		c.claim(s.ID)
		c.text(s.ID, s.ID.Text, "a derived name", s.Text)
		c.source(s.ID, s.ID.Text, s.Source)
		r := &Rule{ID: s.ID.Text, Group: "derived", When: s.Is.Text, Text: s.Text, Source: s.Source}
		d := &derived{rule: r, report: s.Report}
		d.is.src = s.Is
		c.book.derived = append(c.book.derived, d)
		c.add(r)
		c.name(s.ID, &name{id: s.Name, kind: isDerived, shape: c.result(s.ID, s.ID.Text, s.Type, s.Enum), derived: d})
	}
}

func (c *compiler) add(r *Rule) {
	if r.Code == "" {
		r.Code = r.ID
	}
	c.book.rules = append(c.book.rules, r)
	c.book.ruleByID[r.ID] = r
}

// rule reads a rule of a table or list; s is the shape of its value.
func (c *compiler) rule(src ruleSource, group string, s shape) *Rule {
	c.claim(src.ID)
	id := src.ID.Text
	c.text(src.ID, id, "a rule", src.Text)
	if src.PathForward != (lang.Text{}) {
		c.text(src.ID, id, "a path forward", src.PathForward)
	}
	c.source(src.ID, id, src.Source)
	if src.When.Text == "" {
		c.fault(src.ID, id, CodeMissing, "a rule needs a condition")
	}
	r := &Rule{ID: id, Group: group, When: src.When.Text, Text: src.Text,
		PathForward: src.PathForward, Owner: src.Owner, Source: src.Source, ClosedByTask: src.ClosedByTask,
		Code: src.Code, Measures: src.Measures}
	r.Condition = c.condition(src)
	r.cond.src = src.When
	r.Value = id
	if src.Value != nil {
		r.Value = c.checked(src.ID, id, s, src.Value)
	} else if s.kind != typeStr {
		c.fault(src.ID, id, CodeMissing, "a rule of a table needs a value")
	}
	r.value = s.val(r.Value)
	c.add(r)
	return r
}

func (c *compiler) rulesOfTables() {
	for _, s := range c.src.Tables {
		sh := c.result(s.Name, s.Name.Text, s.Type, s.Enum)
		c.table(s.Name, s.Name.Text, sh, s.Rules)
	}
}

func (c *compiler) table(at mark, id string, s shape, rules []ruleSource) *Table {
	t := &Table{Name: id}
	for _, r := range rules {
		t.Rules = append(t.Rules, c.rule(r, id, s))
	}
	if len(rules) == 0 || rules[len(rules)-1].When.Text != "true" {
		c.fault(at, id, CodeMissing, "the last rule of a table must hold always (when: true)")
	}
	c.book.tables[id] = t
	c.name(at, &name{id: id, kind: isTable, shape: s, table: t})
	return t
}

func (c *compiler) rulesOfLists() {
	for _, s := range c.src.Lists {
		l := &List{Name: s.Name.Text}
		for _, r := range s.Rules {
			l.Rules = append(l.Rules, c.rule(r, l.Name, shape{kind: typeStr}))
			if s.PathForward && r.PathForward == (lang.Text{}) {
				c.fault(r.ID, r.ID.Text, CodeMissing, "a rule of %s needs a path forward", l.Name)
			}
		}
		c.book.lists[l.Name] = l
		c.name(s.Name, &name{id: l.Name, kind: isList, typ: cel.ListType(cel.StringType), list: l})
	}
}

func (c *compiler) rulesOfStages() {
	values := c.book.enumByID["requirement"]
	if values == nil && len(c.src.Stages) > 0 {
		c.fault(c.src.Stages[0].Key, "", CodeMissing, "the enumeration requirement is missing")
		return
	}
	for _, s := range c.src.Stages {
		c.text(s.Key, s.Key.Text, "a stage", s.Text)
		st := &Stage{Key: s.Key.Text, Code: s.Code, Text: s.Text, Values: s.Values}
		st.table = c.table(s.Key, "stage."+st.Key, shape{kind: typeEnum, enum: values}, s.Rules)
		for _, r := range st.table.Rules {
			if v, _ := r.Value.(string); v != "" && !slices.Contains(s.Values, v) {
				c.fault(s.Key, r.ID, CodeValue, "%s is not among the values of the stage", v)
			}
		}
		c.book.stages = append(c.book.stages, st)
	}
}

// compile compiles every condition.
func (c *compiler) compile() {
	env, err := newEnv(c.book.names, c.objects)
	if err != nil {
		c.fault(mark{}, "", CodeValue, "the names cannot be declared: %v", err)
		return
	}
	c.env = env
	if c.planner, err = newPlanner(env); err != nil {
		c.fault(mark{}, "", CodeValue, "the functions cannot be declared: %v", err)
		return
	}
	for _, f := range c.book.facts {
		c.compileFrom(f)
	}
	for _, n := range c.book.names {
		switch n.kind {
		case isDerived:
			d := n.derived
			d.is = c.cond(d.is.src, d.rule.ID, n.typ, triageOnly, n.shape)
			if n.typ.IsExactType(cel.BoolType) {
				c.keep(compiled{id: d.rule.ID, cond: d.is})
			}
		case isTable:
			c.compileRules(n.table.Rules, true)
		case isList:
			c.compileRules(n.list.Rules, false)
		}
	}
	c.compileCalendar()
	c.compileForms()
}

func (c *compiler) keep(k compiled) { c.conds = append(c.conds, k) }

// compileRules compiles the rules of a table (where a rule is asked only when
// none before holds) or list.
func (c *compiler) compileRules(rules []*Rule, first bool) {
	var before []condition
	for _, r := range rules {
		r.cond = c.cond(r.cond.src, r.ID, cel.BoolType, triageOnly, shape{})
		c.keep(compiled{id: r.ID, cond: r.cond, before: slices.Clone(before)})
		if first {
			before = append(before, r.cond)
		}
	}
}

// The names that a condition may use.
type reach bool

const (
	triageOnly reach = false // facts and what is derived from them
	wholeForm  reach = true  // fields too
)

// cond compiles one condition and checks the names and literals in it.
func (c *compiler) cond(src mark, id string, want *cel.Type, r reach, s shape) condition {
	out := condition{src: src}
	if src.Text == "" {
		c.fault(src, id, CodeMissing, "the condition is missing")
		return out
	}
	ast, iss := c.env.Compile(src.Text)
	if iss.Err() != nil {
		for _, e := range iss.Errors() {
			c.fault(mark{File: src.File, Line: src.Line + e.Location.Line() - 1}, id, CodeCondition, "%s", e.Message)
		}
		return out
	}
	if !ast.OutputType().IsExactType(want) && !ast.OutputType().IsExactType(cel.DynType) {
		c.fault(src, id, CodeCondition, "the condition gives %s and not %s", ast.OutputType(), want)
		return out
	}
	out.names = c.inspect(ast, src, id, r, s)
	prog, err := c.planner.NewInterpretable(ast.NativeRep(), interpreter.Optimize(),
		interpreter.CompileRegexConstants(interpreter.MatchesRegexOptimization))
	if err != nil {
		c.fault(src, id, CodeCondition, "%v", err)
		return out
	}
	out.prog = prog
	return out
}

// order refuses names that are defined by themselves.
func (c *compiler) order() {
	const open, done = 1, 2
	state := make([]int, len(c.book.names))
	var visit func(slot int)
	visit = func(slot int) {
		n := c.book.names[slot]
		if state[slot] == done {
			return
		}
		if state[slot] == open {
			c.fault(n.at(), n.id, CodeCycle, "the name is defined by itself")
			state[slot] = done
			return
		}
		state[slot] = open
		for _, cond := range n.conditions() {
			for _, s := range cond.names {
				visit(s)
			}
		}
		state[slot] = done
	}
	for slot := range c.book.names {
		visit(slot)
	}
}

// conditions lists what a name's value can depend on in a form: what it is
// computed from, and what decides about an answer's default.
func (n *name) conditions() []condition {
	out := n.computed()
	if n.field == nil || n.kind == isPresent {
		return out
	}
	for _, d := range n.field.defaults {
		out = append(out, d.when)
	}
	if n.field.force != nil {
		out = append(out, n.field.force.when)
	}
	return out
}

// computed lists the conditions of a derived name, table or list.
func (n *name) computed() []condition {
	var out []condition
	switch n.kind {
	case isDerived:
		return []condition{n.derived.is}
	case isTable:
		for _, r := range n.table.Rules {
			out = append(out, r.cond)
		}
	case isList:
		for _, r := range n.list.Rules {
			out = append(out, r.cond)
		}
	}
	return out
}

func (n *name) at() mark {
	if c := n.conditions(); len(c) > 0 {
		return c[0].src
	}
	return mark{}
}
