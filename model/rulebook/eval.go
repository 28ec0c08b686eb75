package rulebook

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"sluss/model/calendar"
)

// Evaluation evaluates conditions over one set of facts or answers. Every
// derived name is computed when it is first asked for and then kept. It is
// used by one goroutine.
type Evaluation struct {
	book    *Book
	profile *Profile
	vals    []ref.Val // by slot, nil while not yet computed
	form    *answers  // nil in triage
	search  *search   // nil outside the search for rules that never fire
	err     error     // the first condition that could not be evaluated
}

// Triage prepares the evaluation of triage facts. Facts that are left out take
// their default; policy_profile and decision_date among the facts go before
// the arguments. The problems are unknown names and values, with pointers.
func (b *Book) Triage(profile string, facts map[string]any, date calendar.Date) (*Evaluation, []Problem) {
	e := &Evaluation{book: b, vals: make([]ref.Val, len(b.names))}
	problems := e.readFacts(facts, "")
	if f := b.factByID["decision_date"]; f != nil && e.vals[f.slot] == nil {
		e.vals[f.slot] = dateVal(date)
	}
	if f := b.factByID["policy_profile"]; f != nil && e.vals[f.slot] != nil {
		profile = string(e.vals[f.slot].(types.String))
	}
	if profile == "" {
		profile = b.DefaultProfile()
	}
	i := slices.IndexFunc(b.profiles, func(p Profile) bool { return p.ID == profile })
	if i < 0 {
		return nil, append(problems, b.problem("/policy_profile", "enum", codeFact, b.profileIDs()))
	}
	e.useProfile(i)
	if len(problems) > 0 {
		return nil, problems
	}
	return e, nil
}

func (e *Evaluation) useProfile(i int) {
	e.profile = &e.book.profiles[i]
	if f := e.book.factByID["policy_profile"]; f != nil {
		e.vals[f.slot] = types.String(e.profile.ID)
	}
}

// readFacts takes the facts of one level; prefix is that of their ids.
func (e *Evaluation) readFacts(facts map[string]any, prefix string) []Problem {
	var problems []Problem
	for key, v := range facts {
		id := key
		if prefix != "" {
			id = prefix + key
		}
		f, ok := e.book.factByID[id]
		if !ok {
			problems = append(problems, e.readGroup(id, pointerOf(prefix+escape(key)), v)...)
			continue
		}
		x, faults := f.shape.normalise(v)
		if len(faults) > 0 {
			problems = append(problems, e.book.problems(pointerOf(id), codeFact, faults)...)
			continue
		}
		if x != nil {
			e.vals[f.slot] = f.shape.val(x)
		} else {
			e.vals[f.slot] = f.shape.zero()
		}
	}
	slices.SortFunc(problems, byPointer)
	return problems
}

// readGroup takes an object of facts, such as agent, or null for none.
func (e *Evaluation) readGroup(id, pointer string, v any) []Problem {
	prefix := id + "."
	if !slices.ContainsFunc(e.book.facts, func(f *Fact) bool { return strings.HasPrefix(f.ID, prefix) }) {
		return []Problem{e.book.problem(pointer, "unknown_name", codeFact)}
	}
	if v == nil {
		return nil
	}
	group, ok := v.(map[string]any)
	if !ok {
		return []Problem{e.book.problem(pointer, "type_object", codeFact)}
	}
	return e.readFacts(group, prefix)
}

// ResolveName gives conditions the values of names.
func (e *Evaluation) ResolveName(id string) (any, bool) {
	slot, ok := e.book.slots[id]
	if !ok {
		return nil, false
	}
	return e.value(slot), true
}

// Parent says that there is no other source of names.
func (e *Evaluation) Parent() cel.Activation { return nil }

// value computes the value of a name once.
func (e *Evaluation) value(slot int) ref.Val {
	if v := e.vals[slot]; v != nil {
		return v
	}
	v := e.compute(e.book.names[slot])
	e.vals[slot] = v
	return v
}

func (e *Evaluation) compute(n *name) ref.Val {
	if e.search != nil && n.kind <= isPresent || e.search != nil && n.kind == isSystem {
		return e.search.unknown(n)
	}
	switch n.kind {
	case isFact, isField, isPresent, isSystem:
		if e.form != nil {
			return e.form.value(e, n)
		}
		if n.fact != nil {
			return n.fact.def
		}
		return n.shape.zero()
	case isParam:
		if e.profile == nil {
			return e.search.profile(e, n)
		}
		return e.profile.vals[n.param]
	case isConst:
		return n.value
	case isDerived:
		return e.eval(n.derived.is)
	case isTable:
		return e.first(n.table)
	}
	return e.all(n.list)
}

// eval evaluates a condition. A condition that fails counts as its error,
// which Err reports.
func (e *Evaluation) eval(c condition) ref.Val {
	v, err := c.value(e)
	if err != nil {
		if e.err == nil {
			e.err = fmt.Errorf("evaluate %s line %d: %w", c.src.File, c.src.Line, err)
		}
		return types.NewErr("condition failed")
	}
	return v
}

// value runs the program of a condition.
func (c condition) value(e *Evaluation) (v ref.Val, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error: %v", r)
		}
	}()
	v = c.prog.Eval(e)
	if types.IsError(v) {
		return v, v.(*types.Err)
	}
	return v, nil
}

// first is the value of the first rule of a table that holds.
func (e *Evaluation) first(t *Table) ref.Val {
	for _, r := range t.Rules {
		switch v := e.eval(r.cond); {
		case v == types.True:
			return r.value
		case v != types.False:
			return v // unknown, or an error
		}
	}
	return types.NewErr("no rule of the table holds")
}

// all are the values of the rules of a list that hold.
func (e *Evaluation) all(l *List) ref.Val {
	var out []string
	for _, r := range l.Rules {
		switch v := e.eval(r.cond); {
		case v == types.True:
			out = append(out, string(r.value.(types.String)))
		case v != types.False:
			return v
		}
	}
	if len(out) == 0 {
		return emptyList
	}
	return types.NewStringList(types.DefaultTypeAdapter, out)
}

// holds evaluates a condition to a plain truth value.
func (e *Evaluation) holds(c condition) bool { return e.eval(c) == types.True }

// First gives the first rule of a table that holds.
func (e *Evaluation) First(table string) *Rule {
	t := e.book.tables[table]
	if t == nil {
		return nil
	}
	for _, r := range t.Rules {
		if e.holds(r.cond) {
			return r
		}
	}
	return nil
}

// All gives the rules of a list that hold, in their order.
func (e *Evaluation) All(list string) []*Rule {
	l := e.book.lists[list]
	if l == nil {
		return nil
	}
	var out []*Rule
	for _, r := range l.Rules {
		if e.holds(r.cond) {
			out = append(out, r)
		}
	}
	return out
}

// Findings gives the rules behind derived names that are true and are to be
// shown.
func (e *Evaluation) Findings() []*Rule {
	var out []*Rule
	for _, d := range e.book.derived {
		if d.report && e.holds(d.is) {
			out = append(out, d.rule)
		}
	}
	return out
}

// Bool gives the value of a name that is true or false.
func (e *Evaluation) Bool(id string) bool {
	v, _ := e.ResolveName(id)
	return v == types.True
}

// String gives the value of a name that is a text.
func (e *Evaluation) String(id string) string {
	v, _ := e.ResolveName(id)
	s, _ := v.(types.String)
	return string(s)
}

// Int gives the value of a name that is a whole number.
func (e *Evaluation) Int(id string) int {
	v, _ := e.ResolveName(id)
	n, _ := v.(types.Int)
	return int(n)
}

// Words gives the value of a name that is a set or list of texts, never nil.
func (e *Evaluation) Words(id string) []string {
	out := []string{}
	if v, ok := e.ResolveName(id); ok {
		eachWord(v.(ref.Val), func(w types.String) bool { out = append(out, string(w)); return true })
	}
	return out
}

// Err reports the first condition that could not be evaluated.
func (e *Evaluation) Err() error {
	if e.err == nil {
		return nil
	}
	return errors.Join(errors.New("evaluate rulebook"), e.err)
}

// Profile is the profile that the evaluation uses.
func (e *Evaluation) Profile() string { return e.profile.ID }

// Seen gives the values of what a rule's condition names directly: why it
// holds. Texts that people have written are not given, only whether they are
// there.
func (e *Evaluation) Seen(r *Rule) map[string]any {
	c := e.book.conditionOf(r)
	out := make(map[string]any, len(c.names))
	for _, slot := range c.names {
		n := e.book.names[slot]
		out[n.id] = plainVal(e.value(slot), n)
	}
	return out
}

// plainVal turns a value into what JSON shows.
func plainVal(v ref.Val, n *name) any {
	switch x := v.(type) {
	case types.Bool:
		return bool(x)
	case types.Int:
		return int64(x)
	case types.Double:
		return float64(x)
	case types.String:
		if n.shape.kind == typeStr || n.shape.kind == typeText {
			return x != ""
		}
		return string(x)
	}
	words := []string{}
	eachWord(v, func(w types.String) bool { words = append(words, string(w)); return true })
	return words
}
