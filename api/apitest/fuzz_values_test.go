//go:build !slim

package apitest_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss/api/apitest"
	"sluss/model/rulebook"
)

// mark is in every text that a walker writes.
const mark = "mRk7qX"

// markOf is in every text that is written by people of an organisation.
func markOf(org string) string { return mark + org }

// text is a text that tells where it comes from.
func (w *walker) text(org string) string {
	w.written++
	return markOf(org) + " " + strconv.Itoa(w.written) + " " + pick(w, "tail", []string{
		"", "Underlaget är läst och räcker för det som ska avgöras här.", "=1+1", "<script>alert(1)</script>", "'; DROP TABLE cases; --", "åäö\n\r\t", "\u202e",
	})
}

// oddText is what a client should not send.
func (w *walker) oddText(org string) string {
	return pick(w, "odd text", []string{
		"", " ", w.text(org), strings.Repeat(mark, 1000), mark + "\x00", mark + "/../..", "-1", "99999999999999999999", "1.5", "NaN", "true", "null",
		"0000-00-00", "2026-02-30", "9999-12-31T23:59:59-23:59", "%", "_", "*", mark + "\u2028", "ÅÄÖ", "[]", "{}",
	})
}

// value is one that fits a schema: mostly one that has been seen under its name.
func (w *walker) value(org, name string, s *apitest.Schema, depth int) any {
	s = w.l.contract.Resolve(s)
	if s == nil {
		return w.any(org, depth)
	}
	if name == "facts" && w.chance(60, "some facts") {
		return maps.Clone(pick(w, "facts", someFacts))
	}
	if name == "answers" || name == "facts" {
		return w.answers(org)
	}
	if len(s.Enum) > 0 {
		return pick(w, "enum", s.Enum)
	}
	if seen := w.known[org].values("", name); len(seen) > 0 && w.chance(60, "seen") {
		return pick(w, "seen value", seen)
	}
	if values := w.valuesNamed(name); len(values) > 0 && w.chance(80, "of the rulebook") {
		return pick(w, "value", values).ID
	}
	if len(s.Type) == 0 {
		return w.any(org, depth)
	}
	switch s.Type[0] {
	case "boolean":
		return w.chance(50, "boolean")
	case "integer", "number":
		return w.number(s)
	case "array":
		return w.list(org, strings.TrimSuffix(name, "s"), s, depth)
	case "object":
		return w.object(org, s, depth)
	}
	return w.string(org, s)
}

// valuesNamed are those of the enumeration of the rulebook that a member is called
// after.
func (w *walker) valuesNamed(name string) []rulebook.Value {
	for _, e := range w.l.book.Enums() {
		if name != "" && (e.ID == name || strings.HasSuffix(e.ID, "_"+name)) {
			return e.Values
		}
	}
	return nil
}

func (w *walker) number(s *apitest.Schema) any {
	low, high := 0.0, 5.0
	if s.Minimum != nil {
		low, high = *s.Minimum, *s.Minimum+5
	}
	if s.Maximum != nil && w.chance(50, "up to the maximum") {
		high = *s.Maximum
	}
	if w.odd(15, "odd number") {
		return pick(w, "number", []any{-1, 0, 1.5, 1e15, -1e300, json.Number("99999999999999999999")})
	}
	return int(low) + w.below(max(1, int(high-low)+1), "number")
}

func (w *walker) list(org, name string, s *apitest.Schema, depth int) any {
	if len(s.Type) > 1 && w.chance(10, "no list") {
		return nil
	}
	n := w.below(3, "length")
	if s.MaxItems != nil && w.odd(4, "too many") {
		n = *s.MaxItems + 1
	}
	out := []any{}
	for range n {
		out = append(out, w.value(org, name, s.Items, depth+1))
	}
	return out
}

func (w *walker) object(org string, s *apitest.Schema, depth int) any {
	out := fields{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) && !w.odd(5, "not required") || depth < 4 && w.chance(35, "optional") {
			out[name] = w.value(org, name, s.Properties[name], depth+1)
		}
	}
	return out
}

func (w *walker) string(org string, s *apitest.Schema) string {
	today := w.l.house.Clock.Now()
	switch {
	case s.Format == "date":
		return today.AddDate(0, 0, w.below(800, "days")-400).Format(time.DateOnly)
	case s.Format == "date-time":
		return today.Add(time.Duration(w.below(2000, "hours")-1000) * time.Hour).Format(time.RFC3339)
	case s.Pattern != "":
		return pick(w, "code", []string{"approve", "return", "reject", "endorse", "supports", "lawful", "RA-04", "unclear", mark, "dpia", "ciso", "intake"})
	}
	out := w.text(org)
	if s.MaxLength != nil {
		if w.odd(8, "too long") {
			return out + strings.Repeat("å", *s.MaxLength)
		}
		if r := []rune(out); len(r) > *s.MaxLength {
			return string(r[:*s.MaxLength])
		}
	}
	return out
}

// any is any JSON.
func (w *walker) any(org string, depth int) any {
	n := w.below(10, "kind")
	if depth > 5 {
		n %= 6
	}
	switch n {
	case 0:
		return nil
	case 1:
		return w.chance(50, "boolean")
	case 2:
		return w.below(10, "number")
	case 3:
		return 1.5
	case 4, 5, 6:
		return w.oddText(org)
	case 7, 8:
		return []any{w.any(org, depth+1), w.any(org, depth+1)}
	}
	return fields{"id": w.any(org, depth+1), pick(w, "member", w.questions).ID: w.any(org, depth+1)}
}

// someFacts are facts of which each calculation takes some.
var someFacts = []fields{
	{}, {"from": "2026-11-20", "add": 5}, {"severity": 3, "likelihood": 2}, {"events": []any{fields{"event": "submitted", "date": "2026-01-10"}}},
	{"personal_data": "yes", "info_k": 2}, {"autonomy_level": 3, "kind": "ai_agent"},
}

// answers are answers to a form: those of an intake as they stand or with one of
// them otherwise, those of a record, or some to questions that there are.
func (w *walker) answers(org string) any {
	out := fields{}
	switch w.below(10, "which answers") {
	case 0, 1, 2, 3:
		maps.Copy(out, pick(w, "intake", w.l.intakes).answers)
	case 4:
		maps.Copy(out, kept[pick(w, "kind", slices.Sorted(maps.Keys(kept)))])
	case 5:
		return fields{"name": w.text(org), "country": "Sverige"} // a supplier
	}
	for range w.below(4, "questions") {
		f := pick(w, "question", w.questions)
		out[f.ID] = w.answer(org, f)
	}
	return out
}

// answer is an answer to a question: mostly one of its type.
func (w *walker) answer(org string, f *rulebook.Field) any {
	if w.odd(20, "odd answer") {
		return w.any(org, 0)
	}
	if e, ok := w.l.book.Enum(f.Enum); ok {
		v := pick(w, "value", e.Values).ID
		if f.Type == "multi" {
			return []any{v}
		}
		return v
	}
	switch f.Type {
	case "bool":
		return w.chance(50, "answer")
	case "int", "number":
		return w.below(6, "answer")
	case "date":
		return w.string(org, &apitest.Schema{Format: "date"})
	case "list":
		return []any{w.text(org)}
	}
	if seen := w.known[org].values("", f.ID); len(seen) > 0 && w.chance(40, "seen answer") {
		return pick(w, "seen value", seen)
	}
	return w.text(org)
}

// questionsOf lists the questions of a rulebook and of the assessments and records
// beside it.
func questionsOf(b *rulebook.Book) []*rulebook.Field {
	out := b.Fields()
	for _, beside := range append(b.Assessments(), b.RecordForms()...) {
		out = append(out, beside.Fields()...)
	}
	return out
}

// spoil changes one place of a value.
func (w *walker) spoil(org string, v any) any {
	switch v := v.(type) {
	case fields:
		names := slices.Sorted(maps.Keys(v))
		switch n := w.below(10, "how"); {
		case n == 0 || len(names) == 0:
			v["unknown"] = w.text(org)
		case n == 1:
			delete(v, pick(w, "member", names))
		default:
			name := pick(w, "member", names)
			v[name] = w.spoil(org, v[name])
		}
		return v
	case []any:
		if len(v) == 0 || w.chance(20, "longer") {
			return append(v, w.any(org, 3))
		}
		i := w.below(len(v), "item")
		v[i] = w.spoil(org, v[i])
		return v
	}
	return w.any(org, 3)
}

// knowledge is what a walker has learned from answers: values by the names of
// their members, those of a case by its id before the name as well, and entity
// tags by path.
type knowledge struct {
	byName map[string][]any
	etags  map[string]string
	keys   []string
}

func newKnowledge() *knowledge {
	return &knowledge{
		byName: map[string][]any{"id": {"se-kommun"}, "name": {"intake", "manager", "dpia", "ciso"}, "stage": {"intake", "manager", "dpia", "ciso", "environment", "legal_basis"}},
		etags:  map[string]string{},
	}
}

// most is how many values are kept for a name.
const most = 40

func (k *knowledge) learnValue(name string, v any) {
	list := k.byName[name]
	if slices.Contains(list, v) {
		return
	}
	if len(list) == most {
		list = list[1:]
	}
	k.byName[name] = append(list, v)
}

// values are those known of a name: of the case, if there are any.
func (k *knowledge) values(caseID, name string) []any {
	if own := k.byName[caseID+"/"+name]; caseID != "" && len(own) > 0 {
		return own
	}
	return k.byName[name]
}

// unlearned are names whose values stay what they were at the start: they are not about
// one thing.
var unlearned = []string{"id", "name"}

func (k *knowledge) learn(path, caseID, etag string, body []byte) {
	path, _, _ = strings.Cut(path, "?")
	if etag != "" {
		k.etags[path] = etag
	}
	var v any
	if json.Unmarshal(body, &v) == nil {
		k.learnIn("", caseID, v)
	}
}

func (k *knowledge) learnIn(name, caseID string, v any) {
	switch v := v.(type) {
	case fields:
		if id, ok := v["case_id"].(string); ok {
			caseID = id
		}
		for member, value := range v {
			k.learnIn(member, caseID, value)
		}
	case []any:
		for _, item := range v {
			k.learnIn(strings.TrimSuffix(name, "s"), caseID, item)
		}
	case string:
		if len(v) < 200 && name != "" && !slices.Contains(unlearned, name) {
			k.learnValue(name, v)
			if strings.HasSuffix(name, "_id") && caseID != "" {
				k.learnValue(caseID+"/"+name, v)
			}
		}
	case float64:
		if name == "revision" {
			k.learnValue(name, int(v))
			k.learnValue(caseID+"/"+name, int(v))
		}
	}
}

// etagOf is the last entity tag seen of a path or of what it lies below.
func (k *knowledge) etagOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	for strings.Count(path, "/") > 3 {
		if tag, ok := k.etags[path]; ok {
			return tag
		}
		path = path[:strings.LastIndex(path, "/")]
	}
	return `"0"`
}
