package rulebook

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"sluss/model/lang"
)

const smallPath = "small/book.yaml"

// small is the small rulebook's file system with one text replaced.
func small(t testing.TB, old, new string) fs.FS {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + smallPath)
	if err != nil {
		t.Fatal(err)
	}
	if old != "" && strings.Count(string(raw), old) != 1 {
		t.Fatalf("%q stands %d times in the small rulebook", old, strings.Count(string(raw), old))
	}
	body := strings.Replace(string(raw), old, new, 1)
	return fstest.MapFS{smallPath: {Data: []byte(body)}}
}

func TestLoadSmall(t *testing.T) {
	t.Parallel()
	b, err := Load(small(t, "", ""), "small")
	if err != nil {
		t.Fatal(err)
	}
	e, problems := b.Triage("strict", map[string]any{"count": 2, "colours": []any{"red"}, "day": "2025-12-31"}, mustDay(t, today))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if e.Int("level") != 2 || len(e.Words("stops")) != 1 || e.String("stage.review") != "required" || e.Profile() != "strict" {
		t.Errorf("level %d, stops %v, review %s, profile %s", e.Int("level"), e.Words("stops"), e.String("stage.review"), e.Profile())
	}
	r, ok := b.Rule("S-1")
	if !ok || r.PathForward != (lang.Text{SV: "Byt färg", EN: "Change colour"}) || r.Source != "Law 3" {
		t.Error(r)
	}
	seen := e.Seen(r)
	if seen["day"] != "2025-12-31" || seen["calendar.start"] != "2026-01-01" {
		t.Error(seen)
	}
	if got := found(b.Check("intake", "", "", map[string]any{"colour": "green", "rows": []any{map[string]any{"shade": "red"}}}, mustDay(t, today))); len(got) != 1 || got[0] != "V-1 /rows" {
		t.Error(got)
	}
}

// TestDigest: the digest is that of the content, whatever the layout, and
// changes with every rule.
func TestDigest(t *testing.T) {
	t.Parallel()
	digest := func(f fs.FS) string {
		b, err := Load(f, "small")
		if err != nil {
			t.Fatal(err)
		}
		return b.Digest
	}
	same := digest(small(t, "", ""))
	for _, layout := range [][2]string{
		{"# A small rulebook for the tests of the loader.", "# Other words.\n\n"},
		{"title: {sv: Litet regelverk, en: Small rulebook}", "title:\n    en: Small rulebook\n    sv: Litet regelverk"},
		{"{key: start, date: \"2026-01-01\",", "{date: 2026-01-01, key: start,"},
	} {
		if got := digest(small(t, layout[0], layout[1])); got != same {
			t.Errorf("%q changes the digest", layout[1])
		}
	}
	for _, content := range [][2]string{
		{"en: Small rulebook", "en: A small rulebook"}, {"count > param.limit", "count >= param.limit"},
		{"values: {limit: 1}", "values: {limit: 0}"}, {"days: {T1: 3}", "days: {T1: 4}"},
	} {
		if got := digest(small(t, content[0], content[1])); got == same {
			t.Errorf("%q leaves the digest", content[1])
		}
	}
	// Split over two files it is the same rulebook.
	raw, _ := fs.ReadFile(small(t, "", ""), smallPath)
	head, tail, _ := strings.Cut(string(raw), "facts:\n")
	if got := digest(fstest.MapFS{"small/1.yaml": {Data: []byte(head)}, "small/2.yaml": {Data: []byte("facts:\n" + tail)}}); got != same {
		t.Error("splitting the file changes the digest")
	}
}

func TestBrokenRulebooks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		old, new string
		code     string
		rule     string
		line     string // a piece of the line that the fault is in
	}{
		{"not YAML", "rulebook:", "rulebook: [", CodeSyntax, "", ""},
		{"unknown key", "{stage: review, days:", "{stage: review, hours: 3, days:", CodeSyntax, "", "{stage: review"},
		{"key twice", "id: small", "id: small\n  id: smaller", CodeSyntax, "", ""},
		{"wrong kind of value", "months: 12", "months: twelve", CodeSyntax, "", "id: VAL"},
		{"misspelt fact", "count > param.limit", "counts > param.limit", CodeCondition, "D-1", "id: D-1"},
		{"misspelt parameter", "count > param.limit", "count > param.limits", CodeCondition, "D-1", "id: D-1"},
		{"misspelt member", "r.shade", "r.shades", CodeCondition, "V-1", "when: rows"},
		{"wrong type", "count > param.limit", "count > 'two'", CodeCondition, "D-1", "id: D-1"},
		{"not a condition", "when: level > 0", "when: level + 1", CodeCondition, "R-1", "id: R-1"},
		{"does not parse", "when: level > 0", "when: level >", CodeCondition, "R-1", "id: R-1"},
		{"unknown value", "colour == 'green', value", "colour == 'blue', value", CodeLiteral, "L-1", "id: L-1"},
		{"unknown value of a set", "'red' in colours", "'blue' in colours", CodeLiteral, "S-1", "'blue' in"},
		{"unknown value in a list", "when: colour == 'green', value", "when: \"colour in ['green', 'blue']\", value", CodeLiteral, "L-1", "id: L-1"},
		{"unknown value in a function", "'red' in colours", "intersects(colours, ['blue'])", CodeLiteral, "S-1", "intersects"},
		{"unknown value of a row", "r.shade == 'red'", "r.shade == 'blue'", CodeLiteral, "V-1", "when: rows"},
		{"no date", "day < calendar.start", "day < '1 January'", CodeLiteral, "S-1", "1 January"},
		{"missing translation", "text: {sv: Stopp, en: Stop}", "text: {sv: Stopp}", CodeTranslation, "S-1", "id: S-1"},
		{"blank translation", "{id: red, sv: Röd, en: Red}", "{id: red, sv: Röd, en: ' '}", CodeTranslation, "colour.red", "id: red"},
		{"missing path forward", "        path_forward: {sv: Byt färg, en: Change colour}\n", "", CodeMissing, "S-1", "id: S-1"},
		{"half a path forward", "{sv: Byt färg, en: Change colour}", "{sv: Byt färg}", CodeTranslation, "S-1", "id: S-1"},
		{"missing help", "help: {sv: Välj, en: Choose}", "help: {sv: Välj}", CodeTranslation, "colour", "id: colour, section"},
		{"missing source", "source: Law 3", "source: ''", CodeSource, "S-1", "id: S-1"},
		{"missing source of a parameter", "default: 2, source: Law 1", "default: 2", CodeSource, "limit", "id: limit"},
		{"id twice", "id: R-1", "id: L-1", CodeDuplicate, "L-1", "id: L-1, when: level"},
		{"value twice", "{id: green, sv: Grön", "{id: red, sv: Grön", CodeDuplicate, "colour", "sv: Grön"},
		{"name twice", "name: many", "name: count", CodeDuplicate, "count", "name: count"},
		{"part twice", "", "", CodeDuplicate, "", ""},
		{"contradiction", "when: many, value", "when: many && count == 0, value", CodeNeverFires, "L-2", "id: L-2"},
		{"contradictory values", "colour == 'green', value", "colour == 'green' && colour == 'red', value", CodeNeverFires, "L-1", "id: L-1"},
		{"false", "when: level > 0", "when: \"false\"", CodeNeverFires, "R-1", "id: R-1"},
		{"never by what it rests on", "when: level > 0", "when: level > 0 && colour == 'red' && !many", CodeNeverFires, "R-1", "id: R-1"},
		{"shadowed", "when: many, value", "when: colour == 'green' || many, value", CodeNeverFires, "L-1", "id: L-1"},
		{"shadowed by always", "when: many, value", "when: \"true\", value", CodeNeverFires, "L-1", "id: L-1"},
		{"out of range", "when: many, value", "when: count > 4, value", CodeNeverFires, "L-2", "id: L-2"},
		{"unknown enumeration", "{id: colour, type: enum, enum: colour, default", "{id: colour, type: enum, enum: color, default", CodeUnknownName, "colour", "enum: color,"},
		{"unknown type", "id: note, type: str", "id: note, type: string", CodeValue, "note", "id: note"},
		{"default outside", "enum: colour, default: red", "enum: colour, default: blue", CodeValue, "colour", "default: blue"},
		{"default missing", "max: 4, default: 0", "max: 4", CodeMissing, "count", "id: count"},
		{"value of another type", "value: 2,", "value: two,", CodeValue, "L-2", "id: L-2"},
		{"value missing", "value: 2, ", "", CodeMissing, "L-2", "id: L-2"},
		{"no last rule", "{id: L-0, when: \"true\"", "{id: L-0, when: colour == 'red'", CodeMissing, "level", "name: level"},
		{"stage value", "value: required,", "value: needed,", CodeValue, "R-1", "id: R-1"},
		{"unknown section", "{id: colour, section: A", "{id: colour, section: B", CodeUnknownName, "colour", "section: B"},
		{"unknown parameter of a profile", "{limit: 1}", "{limits: 1}", CodeUnknownName, "strict", "id: strict"},
		{"field and fact differ", "{id: colour, section: A, type: enum, enum: colour,", "{id: colour, section: A, type: str,", CodeValue, "colour", "section: A, type: str"},
		{"field in triage", "when: level > 0", "when: size(rows) > 0", CodeUnknownName, "R-1", "id: R-1"},
		{"defined by itself", "is: count > param.limit", "is: \"count > param.limit || stops == []\"", CodeCycle, "", ""},
		{"unknown stage", "[{stage: review}]", "[{stage: reviews}]", CodeUnknownName, "G", "stage: reviews"},
		{"unknown field of the map", "fields: [colour, rows]", "fields: [colour, rows, shade]", CodeUnknownName, "G", "group: G"},
		{"field in no group", "fields: [colour, rows]", "fields: [colour]", CodeMissing, "rows", ""},
		{"pointer", "pointer: /rows", "pointer: rows", CodeValue, "V-1", "when: rows"},
		{"mode", "{T1: parallel}", "{T1: both}", CodeValue, "T1", ""},
		{"validity", "months: 12", "months: 0", CodeValue, "VAL", "id: VAL"},
		{"no header", "  id: small\n", "", CodeMissing, "", ""},
		{"no profiles", "profiles:\n  - {id: normal, default: true, text: {sv: Normal, en: Normal}, values: {}}\n  - {id: strict, text: {sv: Sträng, en: Strict}, values: {limit: 1}}\n", "", CodeMissing, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := small(t, tt.old, tt.new)
			switch tt.name {
			case "part twice":
				files.(fstest.MapFS)["small/more.yaml"] = &fstest.MapFile{Data: []byte("modes: {T1: parallel}\n")}
			case "defined by itself":
				files = small(t, "'red' in colours && day", "many && 'red' in colours && day")
				raw, _ := fs.ReadFile(files, smallPath)
				files = fstest.MapFS{smallPath: {Data: []byte(strings.Replace(string(raw), tt.old, tt.new, 1))}}
			}
			_, err := Load(files, "small")
			if err == nil {
				t.Fatal("the rulebook is accepted")
			}
			list := Errors(err)
			if len(list) == 0 {
				t.Fatalf("no fault is listed in %v", err)
			}
			raw, _ := fs.ReadFile(files, smallPath)
			lines := strings.Split(string(raw), "\n")
			for _, e := range list {
				if e.Code != tt.code || tt.rule != "" && e.Rule != tt.rule {
					continue
				}
				if tt.line == "" || e.Line > 0 && e.File == smallPath && strings.Contains(lines[e.Line-1], tt.line) {
					return
				}
			}
			t.Errorf("want %s in %s at %q, got:\n%v", tt.code, tt.rule, tt.line, err)
		})
	}
}

// TestEveryFaultIsListed: one load tells all faults of a kind.
func TestEveryFaultIsListed(t *testing.T) {
	t.Parallel()
	raw, _ := fs.ReadFile(small(t, "", ""), smallPath)
	body := strings.NewReplacer("count > param.limit", "counts > param.limit", "level > 0", "levels > 0", "r.shade", "r.shades").Replace(string(raw))
	_, err := Load(fstest.MapFS{smallPath: {Data: []byte(body)}}, "small")
	if got := Errors(err); len(got) != 3 {
		t.Errorf("got %v", err)
	}
	for _, e := range Errors(err) {
		if !strings.HasPrefix(e.Error(), smallPath+":") {
			t.Error(e)
		}
	}
}

func TestLoadNothing(t *testing.T) {
	t.Parallel()
	_, err := Load(fstest.MapFS{}, "small")
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeMissing {
		t.Error(err)
	}
}

// TestDoubtIsInFavour: a condition that the search cannot decide is accepted.
func TestDoubtIsInFavour(t *testing.T) {
	t.Parallel()
	for _, cond := range []string{
		"size(note) == 37",                                 // a length that no sample has
		"day == '2031-05-05'",                              // a day that no sample has
		"rows.exists(r, r.shade == 'red')",                 // a list
		"day != '' && plus_months(day, 3) == '2026-08-31'", // a computed day
	} {
		body := "'red' in colours && day != '' && day < calendar.start"
		if strings.Contains(cond, "rows") {
			if _, err := Load(small(t, "present.colour && colour == 'green'", cond), "small"); err != nil {
				t.Errorf("%s: %v", cond, err)
			}
			continue
		}
		if _, err := Load(small(t, body, cond), "small"); err != nil {
			t.Errorf("%s: %v", cond, err)
		}
	}
}

// TestDataHasBothLanguagesAndSources walks the rules and questions of the
// rulebook in the program, beyond what the loader demands.
func TestDataHasBothLanguagesAndSources(t *testing.T) {
	t.Parallel()
	b := Default()
	for _, r := range b.Rules() {
		if r.ID == "V-03" || r.ID == "V-07" { // said by the questions that they concern
			continue
		}
		if !r.Text.Complete() || r.Source == "" {
			t.Errorf("%s has no text or source", r.ID)
		}
		if r.Group == "blockers" && r.Owner == "" {
			t.Errorf("%s has no owner", r.ID)
		}
	}
	for _, f := range b.Fields() {
		if !f.System && (!f.Help.Complete() || f.Source == "") {
			t.Errorf("%s has no help or source", f.ID)
		}
	}
	for _, want := range []string{"HS-01", "HS-12", "RT-01", "RT-20", "W-01", "W-02", "W-03", "W-04", "W-05", "W-06", "DP-01", "DP-01a",
		"DP-02", "DP-03", "DP-04", "TR-01", "TR-10", "TR-11", "TR-12", "TR-13", "TR-14", "TR-15", "AG-01", "V-01", "V-14b", "V-60"} {
		if _, ok := b.Rule(want); !ok {
			t.Errorf("%s is missing", want)
		}
	}
	for kind, m := range messages {
		if !m.Complete() {
			t.Errorf("the message %s is not in both languages", kind)
		}
	}
}
