package rulebooktest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// Gap is what a form still lacks: the pointer to an answer that is missing, or
// that a check refuses. A leading /answers is not part of it.
type Gap struct {
	Pointer string
	Missing bool
}

// Filler answers questions of a book. It is for one form: what a check has
// refused is not answered in the same way again.
type Filler struct {
	book  *rulebook.Book
	today calendar.Date
	given map[string]any
	tried map[string]int
}

// New gives a filler for the questions of a book: that of an assessment, or the
// rulebook itself. own are the answers to be given instead of the filler's, by the
// id of the question; they are never changed. today is the day on which the form
// is filled in.
func New(book *rulebook.Book, today calendar.Date, own map[string]any) *Filler {
	return &Filler{book: book, today: today, given: own, tried: map[string]int{}}
}

// Answers gives the least answers to a part of an assessment that leave nothing
// missing. given are the facts that the assessment takes over from the intake, its
// triage and the process, by their names there, and own as in New.
func Answers(t testing.TB, book *rulebook.Book, stage, part string, today calendar.Date, given, own map[string]any) map[string]any {
	t.Helper()
	a, ok := book.Assessment(stage)
	if !ok {
		t.Fatalf("the rulebook has no assessment %s", stage)
	}
	return Fill(t, New(a, today, own), own, func(answers map[string]any) []Gap {
		in := maps.Clone(answers)
		maps.Copy(in, given)
		return Gaps(a.Check(part, "", "", in, today))
	})
}

// Gaps are the problems of a form.
func Gaps(problems []rulebook.Problem) []Gap {
	out := make([]Gap, len(problems))
	for i, p := range problems {
		out[i] = Gap{p.Pointer, p.Missing}
	}
	return out
}

// rounds is how often a form is looked at again before it is given up.
const rounds = 40

// Fill answers a form until lacks has nothing to say.
func Fill(t testing.TB, f *Filler, start map[string]any, lacks func(answers map[string]any) []Gap) map[string]any {
	t.Helper()
	answers := map[string]any{}
	Add(answers, start)
	for range rounds {
		gaps := lacks(answers)
		if len(gaps) == 0 {
			return answers
		}
		if err := f.Mend(answers, gaps); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("the form still lacks %v", lacks(answers))
	return nil
}

// Add puts answers by the ids of their questions, in which dots are levels, where
// they belong.
func Add(answers, more map[string]any) {
	for id, v := range more {
		put(answers, strings.Split(id, "."), copied(v))
	}
}

// Ask answers questions by their ids, but for those that are answered.
func (f *Filler) Ask(answers map[string]any, ids ...string) {
	for _, id := range ids {
		q, ok := f.book.Field(id)
		if ok && at(answers, strings.Split(id, ".")) == nil {
			put(answers, strings.Split(id, "."), f.first(q, id))
		}
	}
}

// Follow answers the questions of a part that the answers so far give rise to. It
// knows nothing of what the part is given, so it may leave some out.
func (f *Filler) Follow(answers map[string]any, part string) {
	for range rounds {
		var ids []string
		for _, q := range f.book.Questions(part, "", "", answers, f.today) {
			if q.Needed && !q.Answered {
				ids = append(ids, q.ID)
			}
		}
		if len(ids) == 0 {
			return
		}
		f.Ask(answers, ids...)
	}
}

// Mend answers what a form lacks. It returns an error when a check refuses every
// answer that there is.
func (f *Filler) Mend(answers map[string]any, gaps []Gap) error {
	for _, g := range gaps {
		path := steps(g.Pointer)
		q, _, ok := f.book.FieldAt("/" + strings.Join(path, "/"))
		if !ok {
			return fmt.Errorf("the rulebook does not ask for %s", g.Pointer)
		}
		key := strings.Join(path, ".")
		if none(at(answers, path)) {
			put(answers, path, f.first(q, key))
			continue
		}
		next, ok := f.next(q, key)
		if !ok {
			return fmt.Errorf("no other answer is known for %s", g.Pointer)
		}
		put(answers, path, next)
	}
	return nil
}

// first is the answer that is tried first.
func (f *Filler) first(q *rulebook.Field, key string) any {
	if v, own := f.given[key]; own {
		return copied(v)
	}
	f.tried[key] = 0
	return copied(f.candidates(q)[0])
}

// next is the answer that is tried when the one before was refused.
func (f *Filler) next(q *rulebook.Field, key string) (any, bool) {
	if _, own := f.given[key]; own {
		return nil, false
	}
	f.tried[key]++
	all := f.candidates(q)
	if f.tried[key] >= len(all) {
		return nil, false
	}
	return copied(all[f.tried[key]]), true
}

// copied is an answer that may be changed.
func copied(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, member := range x {
			out[name] = copied(member)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, row := range x {
			out[i] = copied(row)
		}
		return out
	}
	return v
}

// candidates are the answers to a question, the best first.
func (f *Filler) candidates(q *rulebook.Field) []any {
	best, known := favourable[q.ID]
	switch q.Type {
	case "bool":
		yes, ok := best.(bool)
		if !ok {
			yes = q.MustBe == nil || *q.MustBe
		}
		return []any{yes, !yes}
	case "enum":
		return f.words(q, best)
	case "date":
		return []any{f.today.String(), f.today.AddDays(180).String(), f.today.AddDays(-30).String()}
	case "object":
		return []any{f.object(q)}
	case "list":
		if known {
			return []any{best}
		}
		if _, every := everyOf[q.ID]; every {
			return []any{f.every(q)}
		}
		if len(q.Items) > 0 {
			return []any{[]any{f.object(q)}}
		}
		return []any{[]any{"Utkast till text"}}
	}
	if known {
		return []any{best}
	}
	return []any{q.Sample(lang.SV)}
}

// words are the values of an enumeration, with the favourable ones first.
func (f *Filler) words(q *rulebook.Field, best any) []any {
	e, ok := f.book.Enum(q.Enum)
	if !ok {
		return []any{best}
	}
	var out []any
	for _, word := range slices.Concat([]any{best}, good) {
		if id, ok := word.(string); ok && e.Has(id) && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	for _, v := range e.Values {
		if !slices.Contains(out, any(v.ID)) {
			out = append(out, v.ID)
		}
	}
	return out
}

// object answers the parts of a question: those that are needed, and every text.
func (f *Filler) object(q *rulebook.Field) map[string]any {
	out := map[string]any{}
	for _, item := range q.Items {
		if item.Required || item.Type == "text" || item.Type == "str" {
			out[item.ID] = f.candidates(item)[0]
		}
	}
	return out
}

// every is a list with a row for each value that one of its parts can have.
func (f *Filler) every(q *rulebook.Field) []any {
	rows := []any{}
	of := everyOf[q.ID]
	for _, item := range q.Items {
		e, ok := f.book.Enum(item.Enum)
		if item.ID != of.named || !ok {
			continue
		}
		for _, v := range e.Values {
			row := maps.Clone(of.row)
			row[of.named] = v.ID
			rows = append(rows, row)
		}
	}
	return rows
}

// steps takes a pointer apart.
func steps(pointer string) []string {
	path := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	if path[0] == "answers" {
		path = path[1:]
	}
	return path
}

// none reports whether an answer says nothing.
func none(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case []any:
		return len(x) == 0
	}
	return false
}

// at is the answer at a path, nil where there is none.
func at(v any, path []string) any {
	if len(path) == 0 {
		return v
	}
	switch x := v.(type) {
	case map[string]any:
		return at(x[path[0]], path[1:])
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(x) {
			return at(x[i], path[1:])
		}
	}
	return nil
}

// put sets the answer at a path, within rows and groups that are made when they
// are not there.
func put(in map[string]any, path []string, v any) {
	if len(path) == 1 {
		in[path[0]] = v
		return
	}
	switch x := in[path[0]].(type) {
	case map[string]any:
		put(x, path[1:], v)
	case []any:
		if i, err := strconv.Atoi(path[1]); err == nil && i < len(x) && len(path) > 2 {
			if row, ok := x[i].(map[string]any); ok {
				put(row, path[2:], v)
			}
		}
	default:
		inner := map[string]any{}
		in[path[0]] = inner
		put(inner, path[1:], v)
	}
}
