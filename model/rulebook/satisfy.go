package rulebook

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// neverFires refuses conditions that no facts can make true: a contradiction,
// or a rule of a table that the rules before it leave nothing to.
//
// The search assigns values to the facts one by one, always the one that the
// condition stumbled over, and evaluates with the rest unknown; what is false
// already needs no further assignment. A few random walks find most of what
// can fire; for the rest all values are gone through. An enumeration is tried with all its
// values, so a condition over enumerations, truth values and small numbers is
// decided. Where a few values stand in for many (texts that are measured,
// dates, amounts, lists) or the search grows too long, the rule is given the
// benefit of the doubt: no rule that can fire is ever refused.
func (c *compiler) neverFires() {
	domains := map[int]domain{}
	for _, k := range c.conds {
		s := &search{book: c.book, goal: k, domains: domains, budget: 4000, complete: true}
		if !s.found(200) && !s.possible() && s.complete {
			c.fault(k.cond.src, k.id, CodeNeverFires, "no facts can make this condition true")
		}
	}
}

// search looks for facts that make a condition true.
type search struct {
	book     *Book
	goal     compiled
	domains  map[int]domain
	assigned []choice
	budget   int
	complete bool // everything that was tried stands for all there is
	stumbled *name
}

// domain is what a name is tried with, and whether that is all there is.
type domain struct {
	values []ref.Val
	whole  bool
}

type choice struct {
	slot int
	val  ref.Val
}

// unknown is asked for a name without a value and notes the first.
func (s *search) unknown(n *name) ref.Val {
	if s.stumbled == nil {
		s.stumbled = n
	}
	return types.NewUnknown(int64(n.slot)+1, nil)
}

// profile gives a parameter once the profile is assigned.
func (s *search) profile(e *Evaluation, n *name) ref.Val {
	slot, ok := s.book.slots["policy_profile"]
	if !ok {
		return s.book.profiles[0].vals[n.param]
	}
	if id, ok := e.value(slot).(types.String); ok {
		for i := range s.book.profiles {
			if s.book.profiles[i].ID == string(id) {
				return s.book.profiles[i].vals[n.param]
			}
		}
	}
	return s.unknown(s.book.names[slot])
}

// found makes n random walks and reports whether one of them made the goal
// true; assigned is then how. The walks are the same at every load.
func (s *search) found(n int) bool {
	dice := rand.New(rand.NewPCG(1, uint64(len(s.goal.cond.src.Text))))
	for i := range n {
		if s.walk(dice, 2<<(i%3)) {
			return true
		}
	}
	s.assigned = nil
	return false
}

// walk assigns values to the names that the goal stumbles over until it is
// decided: a random one once in so many times, otherwise the default.
func (s *search) walk(dice *rand.Rand, once int) bool {
	s.assigned = s.assigned[:0]
	for {
		verdict, open := s.try()
		if verdict != nil {
			return *verdict
		}
		values, _ := s.values(open)
		if len(values) == 0 {
			return false
		}
		v := values[dice.IntN(len(values))]
		if open.fact != nil && dice.IntN(once) > 0 {
			v = open.fact.def
		}
		s.assigned = append(s.assigned, choice{open.slot, v})
	}
}

// possible reports whether some facts make the goal true, or may do so.
func (s *search) possible() bool {
	if s.budget--; s.budget < 0 {
		s.complete = false
		return true
	}
	verdict, open := s.try()
	if verdict != nil {
		return *verdict
	}
	values, whole := s.values(open)
	if len(values) == 0 {
		s.complete = false
		return true
	}
	s.complete = s.complete && whole
	for _, v := range values {
		s.assigned = append(s.assigned, choice{open.slot, v})
		ok := s.possible()
		s.assigned = s.assigned[:len(s.assigned)-1]
		if ok {
			return true
		}
	}
	return false
}

// try evaluates the goal under the present assignment: true, false, or the
// name that it needs.
func (s *search) try() (*bool, *name) {
	s.stumbled = nil
	e := &Evaluation{book: s.book, vals: make([]ref.Val, len(s.book.names)), search: s}
	for _, c := range s.assigned {
		e.vals[c.slot] = c.val
	}
	yes, no := true, false
	open := false
	for _, b := range s.goal.before {
		switch v := e.eval(b); {
		case v == types.True:
			return &no, nil
		case v != types.False:
			open = true
		}
	}
	switch v := e.eval(s.goal.cond); {
	case v == types.False:
		return &no, nil
	case v == types.True && !open:
		return &yes, nil
	}
	if s.stumbled == nil { // an error, or something that cannot be assigned
		s.complete = false
		return &yes, nil
	}
	return nil, s.stumbled
}

// values lists what a name is tried with.
func (s *search) values(n *name) ([]ref.Val, bool) {
	d, ok := s.domains[n.slot]
	if !ok {
		d.values, d.whole = s.domainOf(n)
		s.domains[n.slot] = d
	}
	return d.values, d.whole
}

func (s *search) domainOf(n *name) ([]ref.Val, bool) {
	if n.kind == isPresent {
		return []ref.Val{types.True, types.False}, true
	}
	if n.kind == isSystem {
		return s.words(n)
	}
	switch n.shape.kind {
	case typeBool:
		return []ref.Val{types.True, types.False}, true
	case typeEnum:
		return s.enumValues(n), true
	case typeMulti:
		return s.sets(n)
	case typeInt, typeNumber:
		return s.numbers(n)
	case typeDate:
		return s.dates(), false
	case typeList, typeObject:
		return nil, false
	}
	return s.words(n)
}

func (s *search) enumValues(n *name) []ref.Val {
	var out []ref.Val
	for _, v := range n.shape.enum.Values {
		out = append(out, types.String(v.ID))
	}
	if n.shape.nullable {
		out = append(out, types.String(""))
	}
	return out
}

// sets tries the subsets of the values that some condition of the rulebook
// mentions and one that none does, small ones first.
func (s *search) sets(n *name) ([]ref.Val, bool) {
	var named []string
	other := ""
	for _, v := range n.shape.enum.Values {
		if n.shape.enum.mentioned[v.ID] {
			named = append(named, v.ID)
		} else if other == "" {
			other = v.ID
		}
	}
	if other != "" {
		named = append(named, other)
	}
	whole := len(named) <= 10
	if !whole {
		named = named[:10]
	}
	masks := make([]int, 1<<len(named))
	for i := range masks {
		masks[i] = i
	}
	slices.SortStableFunc(masks, func(a, b int) int { return ones(a) - ones(b) })
	var out []ref.Val
	for _, m := range masks {
		var set []string
		for i, v := range named {
			if m&(1<<i) != 0 {
				set = append(set, v)
			}
		}
		out = append(out, n.shape.val(set))
	}
	return out, whole && !n.shape.enum.measured
}

func ones(n int) int {
	c := 0
	for ; n > 0; n &= n - 1 {
		c++
	}
	return c
}

// numbers tries every whole number of a small range, otherwise the ends and
// zero.
func (s *search) numbers(n *name) ([]ref.Val, bool) {
	sh := n.shape
	if sh.kind == typeInt && sh.min != nil && sh.max != nil && *sh.max-*sh.min <= 100 {
		var out []ref.Val
		for i := int64(*sh.min); i <= int64(*sh.max); i++ {
			out = append(out, types.Int(i))
		}
		return out, true
	}
	var out []ref.Val
	for _, f := range []float64{math.Max(0, at(sh.min, 0)), math.Min(1e12, at(sh.max, 1e12)), 1} {
		if sh.kind == typeInt {
			out = append(out, types.Int(f))
		} else {
			out = append(out, types.Double(f))
		}
	}
	return out, false
}

func at(p *float64, otherwise float64) float64 {
	if p != nil {
		return *p
	}
	return otherwise
}

// dates tries no date, long ago, far ahead, and the days around the dates of
// the legal calendar.
func (s *search) dates() []ref.Val {
	out := []ref.Val{types.String(""), types.String("2000-01-01"), types.String("2100-01-01")}
	for _, d := range s.book.calendar {
		if d.Date == "" {
			continue
		}
		day := types.String(d.Date)
		out = append(out, plusDays(day, types.Int(-1)), day, plusDays(day, types.Int(1)))
	}
	return out
}

// words tries the texts that a name is compared with, none, a short and a long
// one. They never stand for all: a derived name may compare further.
func (s *search) words(n *name) ([]ref.Val, bool) {
	out := []ref.Val{types.String(""), types.String("x"), types.String(strings.Repeat("x", maxText))}
	for _, w := range slices.Sorted(maps.Keys(n.literals)) {
		out = append(out, types.String(w))
	}
	return out, false
}
