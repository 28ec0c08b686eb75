package rulebook

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

const parentYAML = `
rulebook: {id: small, version: "1", title: {sv: Liten, en: Small}}
profiles: [{id: plain, default: true, text: {sv: Vanlig, en: Plain}}]
enums:
  - id: requirement
    values:
      - {id: light, sv: lätt, en: light}
      - {id: full, sv: full, en: full}
  - id: colour
    values: [{id: red, sv: röd, en: red}, {id: blue, sv: blå, en: blue}]
facts:
  - {id: colour, type: enum, enum: colour, default: red}
sections: [{id: A, part: intake, text: {sv: A, en: A}}]
fields:
  - {id: colour, section: A, type: enum, enum: colour, source: x, text: {sv: f, en: c}, help: {sv: h, en: h}}
  - {id: note, section: A, type: str, source: x, text: {sv: a, en: n}, help: {sv: h, en: h}}
derived:
  - {id: D-1, name: warm, type: bool, is: colour == 'red', source: x, text: {sv: varm, en: warm}}
`

const childYAML = `
given:
  - warm
  - {name: note, as: intake_note}
facts:
  - {id: requirement, type: enum, enum: requirement, system: true, default: full}
  - {id: safe, type: bool, default: false}
sections: [{id: Q, part: paint, text: {sv: Q, en: Q}}]
fields:
  - {id: safe, section: Q, type: bool, required: true, light: true, must: warm, source: x, text: {sv: s, en: s}, help: {sv: h, en: h}}
  - {id: reason, section: Q, type: text, required: true, source: x, text: {sv: s, en: s}, help: {sv: h, en: h}}
lists:
  - name: stops
    rules:
      - {id: P-01a, code: P-01, when: warm && !safe, source: x, text: {sv: nej, en: no}}
      - id: P-02
        when: intake_note != ''
        source: x
        text: {sv: villkor, en: condition}
        condition: {kind: before_use, owner: ciso, verifier: dpo, verification: {sv: v, en: v}, consequence: {sv: k, en: c}}
`

func withAssessment(parent, child string) fstest.MapFS {
	return fstest.MapFS{
		"book/a.yaml":                   {Data: []byte(parent)},
		"book/assessments/paint/q.yaml": {Data: []byte(child)},
	}
}

func TestAssessmentReadsIntakeAndAnswers(t *testing.T) {
	t.Parallel()
	b, err := Load(withAssessment(parentYAML, childYAML), "book")
	if err != nil {
		t.Fatal(err)
	}
	a, ok := b.Assessment("paint")
	if !ok {
		t.Fatal("the assessment is missing")
	}
	intake := map[string]any{"colour": "red", "note": "hello"}
	from, err := b.Giver("", intake, b.TriageFacts(intake, nil), mustDay(t, today))
	if err != nil {
		t.Fatal(err)
	}
	system, err := from.Give(a)
	if err != nil {
		t.Fatal(err)
	}
	e, problems := a.Triage("", a.TriageFacts(map[string]any{"safe": false}, system), mustDay(t, today))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var codes []string
	for _, r := range e.All("stops") {
		codes = append(codes, r.Code)
	}
	if got := strings.Join(codes, " "); got != "P-01 P-02" {
		t.Errorf("rules that hold: %s", got)
	}
	if f, _ := a.Field("safe"); !e.Must(f) {
		t.Error("the item is a must where the colour is warm")
	}
	if r, ok := b.Rule("P-02"); !ok || r.Condition.Owner != "ciso" {
		t.Error("the rulebook knows the rules of its assessments")
	}
}

func TestLightFormAsksLess(t *testing.T) {
	t.Parallel()
	b, err := Load(withAssessment(parentYAML, childYAML), "book")
	if err != nil {
		t.Fatal(err)
	}
	a, _ := b.Assessment("paint")
	for requirement, want := range map[string]int{"light": 1, "full": 2} {
		got := a.Check("paint", "", "", map[string]any{"requirement": requirement}, mustDay(t, today))
		if len(got) != want {
			t.Errorf("%s: %d questions are missing, want %d", requirement, len(got), want)
		}
	}
}

func TestAssessmentFaultsHaveTheirPlace(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][3]string{
		"a name that the rulebook has not":  {"- warm\n", "- cold\n", CodeUnknownName},
		"a condition that checks itself":    {"verifier: dpo", "verifier: ciso", CodeValue},
		"a kind of condition there is none": {"kind: before_use", "kind: sometime", CodeValue},
		"a rule of the rulebook again":      {"id: P-02", "id: D-1", CodeDuplicate},
		"a requirement there is none":       {"light: true", "requirement: [heavy]", CodeValue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(withAssessment(parentYAML, strings.Replace(childYAML, change[0], change[1], 1)), "book")
			var fault *Error
			if !errors.As(err, &fault) || fault.Code != change[2] || fault.File != "book/assessments/paint/q.yaml" || fault.Line == 0 {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDigestCoversAssessments(t *testing.T) {
	t.Parallel()
	one, err := Load(withAssessment(parentYAML, childYAML), "book")
	if err != nil {
		t.Fatal(err)
	}
	other, err := Load(withAssessment(parentYAML, strings.Replace(childYAML, "sv: villkor", "sv: krav", 1)), "book")
	if err != nil {
		t.Fatal(err)
	}
	if one.Digest == other.Digest {
		t.Error("a changed text of an assessment changes the digest")
	}
}
