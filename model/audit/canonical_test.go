package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sluss/model/audit"
)

// The examples of RFC 8785, sections 3.2.2 and 3.2.3, and others of the kind.
func TestCanonicalise(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"RFC 8785 3.2.2",
			`{
			  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
			  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
			  "literals": [null, true, false]
			}`,
			`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
				`"string":"€$\u000f\nA'B\"\\\\\"/"}`},
		{"RFC 8785 3.2.3",
			`{
			  "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
			  "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
			  "\u00f6": "Latin Small Letter O With Diaeresis"
			}`,
			"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\"," +
				"\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\"," +
				"\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}"},
		{"nested", ` { "b" : [ 3 , { "z" : 1 , "a" : [ ] } ] , "a" : { } , "" : null } `, `{"":null,"a":{},"b":[3,{"a":[],"z":1}]}`},
		{"order is by code unit, not by letter", `{"péché":1,"peach":2,"pêche":3,"sin":4}`, `{"peach":2,"péché":1,"pêche":3,"sin":4}`},
		{"letters are not composed", `"A\u030a"`, "\"A\u030a\""},
		{"control characters", `"\u0000\u0008\u0009\u000a\u000c\u000d\u001f\u007f\u2028"`, "\"\\u0000\\b\\t\\n\\f\\r\\u001f\u007f\u2028\""},
		{"nothing is escaped for HTML", `"\u003c/script\u003e\u0026"`, `"</script>&"`},
		{"numbers", `[0,-0,0.0,-0e9,1.0,1e2,100,1E-7,1e21,123456789012345,9007199254740991,-9007199254740992]`,
			`[0,0,0,0,1,100,100,1e-7,1e+21,123456789012345,9007199254740991,-9007199254740992]`},
		{"a string that looks like a number", `"9007199254740993 1e999"`, `"9007199254740993 1e999"`},
		{"scalars", "\ttrue\n", "true"},
	}
	for _, test := range tests {
		in := []byte(test.in)
		got, err := audit.Canonicalise(in)
		if err != nil || string(got) != test.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", test.name, got, err, test.want)
			continue
		}
		if string(in) != test.in {
			t.Errorf("%s: the input was changed", test.name)
		}
		if again, err := audit.Canonicalise(got); err != nil || !bytes.Equal(again, got) {
			t.Errorf("%s: canonicalised again it is %s, %v", test.name, again, err)
		}
		if got, err := audit.CanonicalJSON(json.RawMessage(test.in)); err != nil || string(got) != test.want {
			t.Errorf("%s: as a value it is %s, %v", test.name, got, err)
		}
	}
}

// The replacement character is a character like others, but encoding/json
// also puts its escape in the place of what is not UTF-8.
func TestReplacementCharacter(t *testing.T) {
	t.Parallel()
	const text, want = `["\ufffd","\\ufffd"]`, "[\"\ufffd\",\"\\\\ufffd\"]"
	if got, err := audit.Canonicalise([]byte(text)); err != nil || string(got) != want {
		t.Errorf("as text: %s, %v; want %s", got, err, want)
	}
	if got, err := audit.CanonicalJSON([]string{"\ufffd", `\ufffd`}); err != nil || string(got) != want {
		t.Errorf("as a value: %s, %v; want %s", got, err, want)
	}
	if got, err := audit.CanonicalJSON(json.RawMessage(text)); !errors.Is(err, audit.ErrNotJSON) {
		t.Errorf("the escape in a value: %s, %v; want ErrNotJSON", got, err)
	}
}

// The samples of RFC 8785, appendix B.
func TestNumbers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		bits uint64
		want string
	}{
		{0x0000000000000000, "0"},
		{0x8000000000000000, "0"},
		{0x0000000000000001, "5e-324"},
		{0x8000000000000001, "-5e-324"},
		{0x7fefffffffffffff, "1.7976931348623157e+308"},
		{0xffefffffffffffff, "-1.7976931348623157e+308"},
		{0x4340000000000000, "9007199254740992"},
		{0xc340000000000000, "-9007199254740992"},
		{0x4430000000000000, "295147905179352830000"},
		{0x44b52d02c7e14af5, "9.999999999999997e+22"},
		{0x44b52d02c7e14af6, "1e+23"},
		{0x44b52d02c7e14af7, "1.0000000000000001e+23"},
		{0x444b1ae4d6e2ef4e, "999999999999999700000"},
		{0x444b1ae4d6e2ef4f, "999999999999999900000"},
		{0x444b1ae4d6e2ef50, "1e+21"},
		{0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
		{0x3eb0c6f7a0b5ed8d, "0.000001"},
		{0x41b3de4355555553, "333333333.3333332"},
		{0x41b3de4355555554, "333333333.33333325"},
		{0x41b3de4355555555, "333333333.3333333"},
		{0x41b3de4355555556, "333333333.3333334"},
		{0x41b3de4355555557, "333333333.33333343"},
		{0xbecbf647612f3696, "-0.0000033333333333333333"},
		{0x43143ff3c1cb0959, "1424953923781206.2"},
	}
	for _, test := range tests {
		got, err := audit.CanonicalJSON(math.Float64frombits(test.bits))
		if err != nil || string(got) != test.want {
			t.Errorf("%016x: %s, %v; want %s", test.bits, got, err, test.want)
		}
		if again, err := audit.Canonicalise(got); err != nil || string(again) != test.want {
			t.Errorf("%s canonicalised again is %s, %v", got, again, err)
		}
	}
	for _, bits := range []uint64{0x7fffffffffffffff, 0x7ff0000000000000, 0xfff0000000000000} {
		if got, err := audit.CanonicalJSON(math.Float64frombits(bits)); !errors.Is(err, audit.ErrNumber) {
			t.Errorf("%016x: %s, %v; want ErrNumber", bits, got, err)
		}
	}
}

func TestCanonicalJSONFollowsEncodingJSON(t *testing.T) {
	t.Parallel()
	type answer struct {
		Z    string          `json:"z"`
		A    json.Number     `json:"a"`
		Skip *int            `json:"skip,omitempty"`
		Raw  json.RawMessage `json:"raw"`
		Map  map[string]any  `json:"map"`
	}
	got, err := audit.CanonicalJSON(answer{
		Z: "å < ö & \u2028", A: "1.50", Raw: json.RawMessage(` {"b": 1, "a": "\u00e5"} `), Map: map[string]any{"ö": true, "o": nil},
	})
	const want = "{\"a\":1.5,\"map\":{\"o\":null,\"ö\":true},\"raw\":{\"a\":\"å\",\"b\":1},\"z\":\"å < ö & \u2028\"}"
	if err != nil || string(got) != want {
		t.Errorf(" got %s, %v\nwant %s", got, err, want)
	}
}

func TestNoCanonicalForm(t *testing.T) {
	t.Parallel()
	raw := func(s string) any { return json.RawMessage(s) }
	tests := []struct {
		name  string
		value any
		want  error
	}{
		{"NaN", math.NaN(), audit.ErrNumber},
		{"infinite, deep inside", map[string]any{"a": []any{math.Inf(-1)}}, audit.ErrNumber},
		{"integer beyond 2^53", int64(1<<53 + 1), audit.ErrNumber},
		{"the largest uint64", uint64(math.MaxUint64), audit.ErrNumber},
		{"number out of range", json.Number("-1e400"), audit.ErrNumber},
		{"raw integer beyond 2^53", raw(`{"a":[9007199254740993]}`), audit.ErrNumber},
		{"raw number out of range", raw(`1e400`), audit.ErrNumber},
		{"invalid UTF-8", "sekret\xff", audit.ErrNotJSON},
		{"invalid UTF-8 in a name", map[string]int{"sekret\xc3": 1}, audit.ErrNotJSON},
		{"invalid UTF-8 after an escape", "\\\xff", audit.ErrNotJSON},
		{"raw invalid UTF-8", raw("\"sekret\xff\""), audit.ErrNotJSON},
		{"half a surrogate pair", raw(`"sekret\ud800"`), audit.ErrNotJSON},
		{"halves in the wrong order", raw(`"\udc00\ud800"`), audit.ErrNotJSON},
		{"two members of one name", raw(`{"sekret":1,"sekret":1}`), audit.ErrDuplicateName},
		{"two of one name, written differently", raw(`[{"a":1,"\u0061":2}]`), audit.ErrDuplicateName},
		{"cut off", raw(`{"sekret":`), audit.ErrNotJSON},
		{"two values", raw(`1 2`), audit.ErrNotJSON},
		{"nothing", raw(``), audit.ErrNotJSON},
		{"leading zero", raw(`01`), audit.ErrNotJSON},
		{"hexadecimal", raw(`0x1p4`), audit.ErrNotJSON},
		{"comma at the end", raw(`[1,]`), audit.ErrNotJSON},
		{"comment", raw(`[1/*sekret*/]`), audit.ErrNotJSON},
		{"too deep", raw(strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)), audit.ErrNotJSON},
		{"a value that refuses", refusing{}, audit.ErrNotJSON},
		{"a channel", make(chan int), nil},
		{"a function", map[string]any{"f": func() {}}, nil},
	}
	for _, test := range tests {
		got, err := audit.CanonicalJSON(test.value)
		if err == nil || (test.want != nil && !errors.Is(err, test.want)) {
			t.Errorf("%s: %.60s, %v; want %v", test.name, got, err, test.want)
			continue
		}
		if strings.Contains(err.Error(), "sekret") {
			t.Errorf("%s: the error repeats the value: %v", test.name, err)
		}
		if text, ok := test.value.(json.RawMessage); ok {
			if got, err := audit.Canonicalise(text); !errors.Is(err, test.want) {
				t.Errorf("%s, as text: %.60s, %v; want %v", test.name, got, err, test.want)
			}
		}
		if hash, err := audit.Hash(audit.TagPart, test.value); err == nil {
			t.Errorf("%s: has the hash %s", test.name, hash)
		}
	}
}

type refusing struct{}

func (refusing) MarshalJSON() ([]byte, error) { return nil, errors.New("sekret") }

// The canonical form is compared with one made another way, from the decoded
// value.
func TestCanonicalFormOfAnyValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(4).Draw(t, "value")
		got, err := audit.CanonicalJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		if want := naive(t, v); string(got) != want {
			t.Fatalf(" got %s\nwant %s", got, want)
		}
		indented, err := json.MarshalIndent(v, " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := audit.Canonicalise(indented); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("from indented text: %s, %v; want %s", again, err, got)
		}
	})
}

func anyValue(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil),
		rapid.Bool().AsAny(),
		rapid.String().AsAny(),
		rapid.Map(rapid.Float64Range(-1e300, 1e300), func(f float64) any { return f }),
		rapid.Map(rapid.IntRange(-1<<53, 1<<53), func(n int) any { return float64(n) }),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	inner := rapid.Deferred(func() *rapid.Generator[any] { return anyValue(depth - 1) })
	return rapid.OneOf(append(scalars,
		rapid.SliceOfN(inner, 0, 4).AsAny(),
		rapid.MapOfN(rapid.String(), inner, 0, 6).AsAny())...)
}

// naive writes v member by member, sorted by UTF-16 code units. It leaves
// single strings and numbers to the code under test, whose form of them is
// checked against the RFC above.
func naive(t *rapid.T, v any) string {
	switch v := v.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = naive(t, e)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		names := slices.SortedFunc(maps.Keys(v), func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		})
		parts := make([]string, len(names))
		for i, n := range names {
			parts[i] = naive(t, n) + ":" + naive(t, v[n])
		}
		return "{" + strings.Join(parts, ",") + "}"
	default:
		b, err := audit.CanonicalJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
}

func FuzzCanonicalise(f *testing.F) {
	for _, s := range []string{`{"b":[1,2.5e3,"\ud83d\ude00"],"a":null}`, `"\ufffd"`, `[9007199254740993]`, `{"a":1,"a":2}`, `-`, `"\`, `1e`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := audit.Canonicalise(text)
		if err != nil {
			return
		}
		if !json.Valid(text) || !json.Valid(got) || !utf8.Valid(got) {
			t.Fatalf("%q became %q", text, got)
		}
		again, err := audit.Canonicalise(got)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q canonicalised again is %q, %v", got, again, err)
		}
		var before, after any
		if json.Unmarshal(text, &before) != nil || json.Unmarshal(got, &after) != nil {
			t.Fatalf("%q became %q, and one of them cannot be read", text, got)
		}
		a, errA := json.Marshal(before)
		b, errB := json.Marshal(after)
		// −0 and 0 are the same number, written in two ways.
		if errA != nil || errB != nil || strings.ReplaceAll(string(a), "-0", "0") != strings.ReplaceAll(string(b), "-0", "0") {
			t.Fatalf("%q became %q, another value", text, got)
		}
	})
}
