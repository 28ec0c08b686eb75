package rulebook

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// The types of fields, facts and parameters.
const (
	typeStr    = "str"    // one line of text
	typeText   = "text"   // text of up to 4,000 characters
	typeBool   = "bool"   //
	typeInt    = "int"    //
	typeNumber = "number" //
	typeEnum   = "enum"   // one value of an enumeration
	typeMulti  = "multi"  // a set of values of an enumeration
	typeDate   = "date"   // "2006-01-02"
	typeRef    = "ref"    // an id
	typeList   = "list"   // of texts, or of objects with the fields in Items
	typeObject = "object" // the fields in Items
)

// maxText is the longest text that a form takes, in characters.
const maxText = 4000

// maxItems is the longest list that a form takes.
const maxItems = 200

const unknownWord = "unknown"

// shape is what a value must look like.
type shape struct {
	kind      string
	enum      *Enum
	min, max  *float64
	orUnknown bool
	nullable  bool
	items     []*Field
	typeName  string // CEL name of an item's or object's type
}

// fault says why a value does not fit its shape; where is the pointer below
// the value.
type fault struct {
	where string
	code  string
	args  []any
	// orUnknown says that the word unknown would have been right too.
	orUnknown bool
}

// celType is the type by which conditions know the value.
func (s shape) celType() *cel.Type {
	if s.orUnknown && s.kind != typeDate {
		return cel.DynType
	}
	switch s.kind {
	case typeBool:
		return cel.BoolType
	case typeInt:
		return cel.IntType
	case typeNumber:
		return cel.DoubleType
	case typeMulti:
		return cel.ListType(cel.StringType)
	case typeList:
		if len(s.items) > 0 {
			return cel.ListType(cel.ObjectType(s.typeName))
		}
		return cel.ListType(cel.StringType)
	case typeObject:
		return cel.ObjectType(s.typeName)
	}
	return cel.StringType
}

// zero is the value of something that was not given.
func (s shape) zero() ref.Val {
	if s.orUnknown && s.kind != typeDate {
		return types.NullValue
	}
	switch s.kind {
	case typeBool:
		return types.False
	case typeInt:
		return types.IntZero
	case typeNumber:
		return types.Double(0)
	case typeMulti, typeList:
		return emptyList
	case typeObject:
		return emptyMap
	}
	return types.String("")
}

var (
	emptyList = types.NewStringList(types.DefaultTypeAdapter, nil)
	emptyMap  = types.NewStringInterfaceMap(types.DefaultTypeAdapter, map[string]any{})
)

// val turns a normalised value into what conditions read.
func (s shape) val(v any) ref.Val {
	switch x := v.(type) {
	case nil:
		return s.zero()
	case bool:
		return types.Bool(x)
	case int64:
		return types.Int(x)
	case float64:
		return types.Double(x)
	case string:
		if s.kind == typeDate && x == unknownWord {
			return types.String("")
		}
		return types.String(x)
	case []string:
		if len(x) == 0 {
			return emptyList
		}
		return types.NewStringList(types.DefaultTypeAdapter, x)
	case []any:
		return types.NewDynamicList(types.DefaultTypeAdapter, x)
	case map[string]any:
		return types.NewStringInterfaceMap(types.DefaultTypeAdapter, x)
	}
	return types.NewErr("a value of type %T cannot be read", v)
}

// normalise brings a value into its one form: trimmed text, int64 for whole
// numbers, sets in the order of their enumeration without repetitions. It
// takes what encoding/json and encoding/yaml give and its own results. What has
// that form already is returned as it came, so that the answer shares what is below
// it with the value.
func (s shape) normalise(v any) (any, []fault) {
	if v == nil {
		if s.nullable {
			return nil, nil
		}
		return nil, bad("null")
	}
	if s.orUnknown {
		if v == unknownWord {
			return unknownWord, nil
		}
		x, faults := s.known(v)
		for i := range faults {
			faults[i].orUnknown = true
		}
		return x, faults
	}
	return s.known(v)
}

// known is normalise for a value that is there and known.
func (s shape) known(v any) (any, []fault) {
	switch s.kind {
	case typeBool:
		if x, ok := v.(bool); ok {
			return x, nil
		}
		return nil, bad("type_bool")
	case typeInt:
		return s.whole(v)
	case typeNumber:
		x, ok := number(v)
		if !ok {
			return nil, bad("type_number")
		}
		if _, is := v.(float64); is {
			return v, s.within(x)
		}
		return x, s.within(x)
	case typeMulti:
		return s.set(v)
	case typeList:
		return s.list(v)
	case typeObject:
		return s.object(v)
	}
	text, ok := v.(string)
	if !ok {
		return nil, bad("type_text")
	}
	x := strings.TrimSpace(text)
	if faults := s.word(x); faults != nil {
		return nil, faults
	}
	if x == text {
		return v, nil // as it came, without another copy
	}
	return x, nil
}

// word checks the types that are written as text.
func (s shape) word(x string) []fault {
	if !utf8.ValidString(x) || strings.ContainsRune(x, 0) {
		return bad("type_text")
	}
	switch s.kind {
	case typeEnum:
		if !s.enum.Has(x) {
			return bad("enum", s.enum.listed())
		}
	case typeDate:
		if x == "" {
			return nil
		}
		if _, err := time.Parse(time.DateOnly, x); err != nil {
			return bad("date")
		}
	case typeText:
		if longer(x, maxText) {
			return bad("too_long", maxText)
		}
	default:
		if strings.ContainsAny(x, "\n\r") {
			return bad("line")
		}
		if limit := maxText / 4; longer(x, limit) {
			return bad("too_long", limit)
		}
	}
	return nil
}

// longer reports whether a text has more characters than the limit. They are counted
// only where there are as many bytes.
func longer(x string, limit int) bool {
	return len(x) > limit && utf8.RuneCountInString(x) > limit
}

func bad(code string, args ...any) []fault { return []fault{{code: code, args: args}} }

// within checks the bounds of a number.
func (s shape) within(x float64) []fault {
	if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > 1e15 {
		return bad("type_number")
	}
	if s.min != nil && x < *s.min {
		return bad("min", *s.min)
	}
	if s.max != nil && x > *s.max {
		return bad("max", *s.max)
	}
	return nil
}

func (s shape) whole(v any) (any, []fault) {
	x, ok := number(v)
	if !ok || x != math.Trunc(x) {
		return nil, bad("type_int")
	}
	if f := s.within(x); f != nil {
		return nil, f
	}
	if _, is := v.(int64); is {
		return v, nil
	}
	return int64(x), nil
}

func number(v any) (float64, bool) {
	switch x := v.(type) {
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case float64:
		return x, true
	case json.Number:
		f, err := x.Float64()
		return f, err == nil
	}
	return 0, false
}

// elements takes the kinds of slice that a list may come as.
func elements(v any) ([]any, bool) {
	switch x := v.(type) {
	case []any:
		return x, true
	case []string:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = e
		}
		return out, true
	}
	return nil, false
}

func (s shape) set(v any) (any, []fault) {
	if have, ok := v.([]string); ok && s.sorted(have) {
		return have, nil
	}
	in, ok := elements(v)
	if !ok {
		return nil, bad("type_list")
	}
	out := make([]string, 0, len(in))
	var faults []fault
	for i, e := range in {
		x, ok := e.(string)
		x = strings.TrimSpace(x)
		if !ok || !s.enum.Has(x) {
			faults = append(faults, fault{where: fmt.Sprintf("/%d", i), code: "enum", args: []any{s.enum.listed()}})
			continue
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b string) int { return s.enum.rank[a] - s.enum.rank[b] })
	return slices.Compact(out), faults
}

// maxListed is how many values a message lists before it stops.
const maxListed = 12

// listed writes the values for a message, the first of them where there are many.
func (e *Enum) listed() string {
	var ids []string
	for _, v := range e.Values[:min(len(e.Values), maxListed)] {
		ids = append(ids, v.ID)
	}
	if len(e.Values) > maxListed {
		ids = append(ids, "…")
	}
	return strings.Join(ids, ", ")
}

// sorted reports whether a set is already in its one form.
func (s shape) sorted(have []string) bool {
	last := -1
	for _, x := range have {
		r, ok := s.enum.rank[x]
		if !ok || r <= last {
			return false
		}
		last = r
	}
	return true
}

func (s shape) list(v any) (any, []fault) {
	if texts, ok := v.([]string); ok && len(s.items) == 0 && len(texts) <= maxItems && !slices.ContainsFunc(texts, untrimmed) {
		return v, nil
	}
	in, ok := elements(v)
	if !ok {
		return nil, bad("type_list")
	}
	if len(in) > maxItems {
		return nil, bad("too_many", maxItems)
	}
	if len(s.items) == 0 {
		return textsOf(in)
	}
	if len(in) == 0 {
		return []any{}, nil
	}
	var faults []fault
	out, own := in, false
	for i, e := range in {
		x, f := s.object(e)
		if f != nil {
			faults = append(faults, below(fmt.Sprintf("/%d", i), f)...)
		}
		if same(x, e) {
			continue
		}
		if !own {
			out, own = slices.Clone(in), true
		}
		out[i] = x
	}
	if !own {
		return v, faults
	}
	return out, faults
}

func untrimmed(x string) bool { return x == "" || strings.TrimSpace(x) != x }

// textsOf are the texts of a list, without the empty ones.
func textsOf(in []any) (any, []fault) {
	var faults []fault
	out := make([]string, 0, len(in))
	for i, e := range in {
		x, ok := e.(string)
		if x = strings.TrimSpace(x); !ok {
			faults = append(faults, fault{where: fmt.Sprintf("/%d", i), code: "type_text"})
		} else if x != "" {
			out = append(out, x)
		}
	}
	return out, faults
}

// object checks an object with the shape's items. Members that are left out
// stay out.
func (s shape) object(v any) (any, []fault) {
	in, ok := v.(map[string]any)
	if !ok {
		return nil, bad("type_object")
	}
	if in == nil {
		return map[string]any{}, nil
	}
	out, own := in, false
	change := func() {
		if !own {
			out, own = maps.Clone(in), true
		}
	}
	var faults []fault
	for key, e := range in {
		i := slices.IndexFunc(s.items, func(f *Field) bool { return f.ID == key })
		if i < 0 {
			faults = append(faults, fault{where: "/" + escape(key), code: "unknown_name"})
		}
		if i < 0 || e == nil {
			change()
			delete(out, key)
			continue
		}
		x, f := s.items[i].shape.normalise(e)
		switch {
		case f != nil:
			faults = append(faults, below("/"+escape(key), f)...)
			change()
			delete(out, key)
		case !same(x, e):
			change()
			out[key] = x
		}
	}
	slices.SortFunc(faults, func(a, b fault) int { return strings.Compare(a.where, b.where) })
	return out, faults
}

// same reports whether a normalised value is the one that it was made from, not only
// alike.
func same(x, from any) bool {
	switch x := x.(type) {
	case map[string]any:
		y, ok := from.(map[string]any)
		return ok && reflect.ValueOf(x).Pointer() == reflect.ValueOf(y).Pointer()
	case []any:
		y, ok := from.([]any)
		return ok && sameList(x, y)
	case []string:
		y, ok := from.([]string)
		return ok && sameList(x, y)
	}
	return x == from
}

func sameList[T any](x, y []T) bool { return len(x) == len(y) && len(x) > 0 && &x[0] == &y[0] }

func below(where string, faults []fault) []fault {
	for i := range faults {
		faults[i].where = where + faults[i].where
	}
	return faults
}

// escape writes a member's name as JSON Pointer asks (RFC 6901).
func escape(key string) string { return pointerEscape.Replace(key) }

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")
