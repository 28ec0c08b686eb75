package rulebook

import (
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// inspector looks at a checked condition: which names it uses, and whether the
// literals compared with an enumeration are among its values.
type inspector struct {
	c     *compiler
	refs  map[int64]*ast.ReferenceInfo
	src   mark
	id    string
	reach reach
	items map[string][]*Field // members of the variables of exists and all
	names []int
	// asked are the calls of size whose result is only compared with 0.
	asked map[int64]bool
}

// inspect gives the names that a condition uses, and reports literals and
// names that do not belong.
func (c *compiler) inspect(a *cel.Ast, src mark, id string, r reach, result shape) []int {
	checked := a.NativeRep()
	in := &inspector{c: c, refs: checked.ReferenceMap(), src: src, id: id, reach: r, items: map[string][]*Field{}, asked: map[int64]bool{}}
	in.walk(checked.Expr())
	if result.enum != nil || result.kind == typeDate {
		in.compare(result, checked.Expr())
	}
	slices.Sort(in.names)
	return slices.Compact(in.names)
}

// nameOf is the declared name that an expression stands for, if any.
func (in *inspector) nameOf(e ast.Expr) *name {
	r, ok := in.refs[e.ID()]
	if !ok || r.Name == "" {
		return nil
	}
	if slot, ok := in.c.book.slots[r.Name]; ok {
		return in.c.book.names[slot]
	}
	return nil
}

func (in *inspector) walk(e ast.Expr) {
	if n := in.nameOf(e); n != nil {
		in.use(n)
		return
	}
	switch e.Kind() {
	case ast.SelectKind:
		in.walk(e.AsSelect().Operand())
	case ast.ListKind:
		for _, x := range e.AsList().Elements() {
			in.walk(x)
		}
	case ast.ComprehensionKind:
		in.comprehension(e.AsComprehension())
	case ast.CallKind:
		in.call(e.ID(), e.AsCall())
	}
}

func (in *inspector) use(n *name) {
	if in.reach == triageOnly && (n.kind == isField || n.kind == isPresent || n.kind == isSystem) {
		in.c.fault(in.src, in.id, CodeUnknownName, "%s belongs to the form and is no fact of triage", n.id)
	}
	in.names = append(in.names, n.slot)
}

func (in *inspector) comprehension(e ast.ComprehensionExpr) {
	in.walk(e.IterRange())
	if n := in.nameOf(e.IterRange()); n != nil {
		in.measure(n)
		in.items[e.IterVar()] = n.shape.items
	}
	in.walk(e.LoopStep())
	in.walk(e.Result())
	delete(in.items, e.IterVar())
}

func (in *inspector) call(id int64, e ast.CallExpr) {
	args := e.Args()
	if e.IsMemberFunction() {
		args = append([]ast.Expr{e.Target()}, args...)
	}
	switch e.FunctionName() {
	case operators.Equals, operators.NotEquals, operators.In, operators.Less, operators.LessEquals,
		operators.Greater, operators.GreaterEquals, "intersects", "union", "without":
		for i, a := range args {
			if s, n, ok := in.domain(a); ok {
				in.compare(s, args[1-i])
				in.remember(n, args[1-i])
			}
			if a.Kind() == ast.LiteralKind && a.AsLiteral() == ref.Val(types.IntZero) {
				in.asked[args[1-i].ID()] = true
			}
		}
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional:
	default:
		// size, join and the like read more than which values there are.
		for _, a := range args {
			if _, n, ok := in.domain(a); ok && n != nil && !in.asked[id] {
				in.measure(n)
			}
		}
	}
	for _, a := range args {
		in.walk(a)
	}
}

// domain tells what values an expression can have, if that is enumerated, and
// the name it reads, if it is one.
func (in *inspector) domain(e ast.Expr) (shape, *name, bool) {
	if n := in.nameOf(e); n != nil {
		return n.shape, n, true
	}
	switch e.Kind() {
	case ast.SelectKind:
		sel := e.AsSelect()
		if sel.Operand().Kind() != ast.IdentKind {
			break
		}
		for _, f := range in.items[sel.Operand().AsIdent()] {
			if f.ID == sel.FieldName() {
				return f.shape, nil, true
			}
		}
	case ast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case "union", "without":
			return in.domain(call.Args()[0])
		case operators.Conditional:
			return in.domain(call.Args()[1])
		case "plus_days", "plus_months":
			return shape{kind: typeDate}, nil, true
		}
	}
	return shape{}, nil, false
}

// compare reports the literals in e that are no value of s.
func (in *inspector) compare(s shape, e ast.Expr) {
	if s.enum == nil && s.kind != typeDate {
		return
	}
	for _, v := range literals(e) {
		text, ok := v.(types.String)
		if !ok || text == "" && (s.nullable || s.kind == typeDate) {
			continue
		}
		if s.enum != nil && !s.enum.Has(string(text)) {
			in.c.fault(in.src, in.id, CodeLiteral, "%q is no value of %s", string(text), s.enum.ID)
		}
		if s.kind == typeDate {
			if _, faults := s.normalise(string(text)); faults != nil {
				in.c.fault(in.src, in.id, CodeLiteral, "%q is no date", string(text))
			}
		}
	}
}

// remember notes what a name is compared with. It is noted for all names of
// the same enumeration: a derived name may hand on the values of another.
func (in *inspector) remember(n *name, e ast.Expr) {
	if n == nil {
		return
	}
	for _, v := range literals(e) {
		text, ok := v.(types.String)
		if !ok {
			continue
		}
		n.literals[string(text)] = true
		if n.shape.enum != nil {
			n.shape.enum.mentioned[string(text)] = true
		}
	}
}

// measure notes that a condition asks how many values a set has.
func (in *inspector) measure(n *name) {
	if n.shape.enum != nil {
		n.shape.enum.measured = true
	}
}

// literals lists the constants that an expression can be or contain.
func literals(e ast.Expr) []ref.Val {
	var out []ref.Val
	switch e.Kind() {
	case ast.LiteralKind:
		return []ref.Val{e.AsLiteral()}
	case ast.ListKind:
		for _, x := range e.AsList().Elements() {
			out = append(out, literals(x)...)
		}
	case ast.CallKind:
		if call := e.AsCall(); call.FunctionName() == operators.Conditional {
			return append(literals(call.Args()[1]), literals(call.Args()[2])...)
		}
	}
	return out
}
