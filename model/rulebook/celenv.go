package rulebook

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"

	"sluss/model/calendar"
)

// newEnv declares every name and function that conditions may use.
func newEnv(names []*name, objects map[string][]*Field) (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	words := cel.ListType(cel.StringType)
	opts := []cel.EnvOption{
		cel.CustomTypeProvider(&objectTypes{Registry: registry, objects: objects}),
		cel.ClearMacros(),
		cel.Macros(cel.ExistsMacro, cel.AllMacro),
		cel.Function("intersects", cel.Overload("intersects_words",
			[]*cel.Type{words, words}, cel.BoolType, cel.BinaryBinding(intersects))),
		cel.Function("union", cel.Overload("union_words",
			[]*cel.Type{words, words}, words, cel.BinaryBinding(union))),
		cel.Function("without", cel.Overload("without_words",
			[]*cel.Type{words, words}, words, cel.BinaryBinding(without))),
		cel.Function("join", cel.Overload("join_words",
			[]*cel.Type{words, cel.StringType}, cel.StringType, cel.BinaryBinding(joinWords))),
		cel.Function("plus_days", cel.Overload("plus_days_date",
			[]*cel.Type{cel.StringType, cel.IntType}, cel.StringType, cel.BinaryBinding(plusDays))),
		cel.Function("plus_months", cel.Overload("plus_months_date",
			[]*cel.Type{cel.StringType, cel.IntType}, cel.StringType, cel.BinaryBinding(plusMonths))),
	}
	for _, n := range names {
		opts = append(opts, cel.Variable(n.cel, n.typ))
	}
	return cel.NewEnv(opts...)
}

// newPlanner makes the programs of conditions. It is what cel.Env.Program does, but
// that gives each program all functions anew, which takes more memory than all else of
// a rulebook.
func newPlanner(env *cel.Env) (interpreter.Interpreter, error) {
	functions := interpreter.NewDispatcher()
	for _, f := range env.Functions() {
		bindings, err := f.Bindings()
		if err != nil {
			return nil, err
		}
		if err := functions.Add(bindings...); err != nil {
			return nil, err
		}
	}
	adapter, provider := env.CELTypeAdapter(), env.CELTypeProvider()
	attributes := interpreter.NewAttributeFactory(env.Container, adapter, provider)
	return interpreter.NewInterpreter(functions, env.Container, provider, adapter, attributes), nil
}

// objectTypes lets conditions select the declared members of list items and
// objects, and no others.
type objectTypes struct {
	*types.Registry
	objects map[string][]*Field
}

// FindStructType tells the checker which object types there are.
func (p *objectTypes) FindStructType(id string) (*types.Type, bool) {
	if _, ok := p.objects[id]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(id)), true
	}
	return p.Registry.FindStructType(id)
}

// FindStructFieldNames lists an object type's members.
func (p *objectTypes) FindStructFieldNames(id string) ([]string, bool) {
	items, ok := p.objects[id]
	if !ok {
		return p.Registry.FindStructFieldNames(id)
	}
	var out []string
	for _, f := range items {
		out = append(out, f.ID)
	}
	return out, true
}

// FindStructFieldType reads a member; one that is absent has its zero value.
func (p *objectTypes) FindStructFieldType(id, member string) (*types.FieldType, bool) {
	items, ok := p.objects[id]
	if !ok {
		return p.Registry.FindStructFieldType(id, member)
	}
	i := slices.IndexFunc(items, func(f *Field) bool { return f.ID == member })
	if i < 0 {
		return nil, false
	}
	s := items[i].shape
	return &types.FieldType{
		Type: s.celType(),
		IsSet: func(target any) bool {
			m, _ := target.(map[string]any)
			return m[member] != nil
		},
		GetFrom: func(target any) (any, error) {
			m, ok := target.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("no object with the member %s", member)
			}
			return s.val(m[member]), nil
		},
	}, true
}

// eachWord calls f for every element of a list of texts until f says stop.
func eachWord(v ref.Val, f func(types.String) bool) {
	l, ok := v.(traits.Lister)
	if !ok {
		return
	}
	for it := l.Iterator(); it.HasNext() == types.True; {
		w, ok := it.Next().(types.String)
		if ok && !f(w) {
			return
		}
	}
}

func contains(list ref.Val, w types.String) bool {
	c, ok := list.(traits.Container)
	return ok && c.Contains(w) == types.True
}

func intersects(a, b ref.Val) ref.Val {
	found := false
	eachWord(a, func(w types.String) bool {
		found = contains(b, w)
		return !found
	})
	return types.Bool(found)
}

// union keeps each word once, in alphabetical order.
func union(a, b ref.Val) ref.Val {
	var out []string
	add := func(w types.String) bool { out = append(out, string(w)); return true }
	eachWord(a, add)
	eachWord(b, add)
	if len(out) == 0 {
		return emptyList
	}
	slices.Sort(out)
	return types.NewStringList(types.DefaultTypeAdapter, slices.Compact(out))
}

func without(a, b ref.Val) ref.Val {
	var out []string
	eachWord(a, func(w types.String) bool {
		if !contains(b, w) {
			out = append(out, string(w))
		}
		return true
	})
	if len(out) == 0 {
		return emptyList
	}
	return types.NewStringList(types.DefaultTypeAdapter, out)
}

func joinWords(list, sep ref.Val) ref.Val {
	var out []string
	eachWord(list, func(w types.String) bool { out = append(out, string(w)); return true })
	return types.String(strings.Join(out, string(sep.(types.String))))
}

func plusDays(date, n ref.Val) ref.Val {
	return moveDate(date, n, func(t time.Time, n int) time.Time { return t.AddDate(0, 0, n) })
}

func plusMonths(date, n ref.Val) ref.Val {
	return moveDate(date, n, addMonths)
}

// addMonths keeps the day of the month, or takes the month's last day.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, n, 0)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// moveDate leaves a missing date missing.
func moveDate(date, n ref.Val, move func(time.Time, int) time.Time) ref.Val {
	s, ok := date.(types.String)
	if !ok || s == "" {
		return types.String("")
	}
	t, err := time.Parse(time.DateOnly, string(s))
	if err != nil {
		return types.NewErr("not a date")
	}
	return types.String(move(t, int(n.(types.Int))).Format(time.DateOnly))
}

// dateVal is a date as conditions read it.
func dateVal(d calendar.Date) ref.Val { return types.String(d.String()) }
