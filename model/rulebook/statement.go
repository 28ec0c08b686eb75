package rulebook

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"sluss/model/lang"
)

// statementsFile tells what carries out each statement of the guidelines. It is no
// part of the rulebook's digest: no rule rests on it.
const statementsFile = "statements.yaml"

// isRules reports whether a file of a rulebook's directory holds a part of the
// rulebook itself.
func isRules(name string) bool {
	return path.Base(name) != statementsFile && path.Base(name) != reportsFile
}

// Trace follows the guidelines from what they say to what carries it out.
type Trace struct {
	Documents []Document `yaml:"documents" json:"documents"`
}

// Document is one of the guidelines.
type Document struct {
	ID         string       `yaml:"id" json:"id"`
	Title      lang.Text    `yaml:"title" json:"title"`
	Statements []*Statement `yaml:"statements" json:"statements"`
}

// Statement is one thing that a guideline says.
type Statement struct {
	ID string `yaml:"id" json:"id"`
	// Document is the id of the guideline, Heading where in it the statement
	// stands, as the guideline itself is written.
	Document string `yaml:"-" json:"document"`
	Heading  string `yaml:"heading" json:"heading"`
	// Says is the statement in our own words.
	Says  lang.Text `yaml:"says" json:"says"`
	Kinds []string  `yaml:"kinds" json:"kinds"`
	// CarriedBy is what carries the statement out.
	CarriedBy Carriers `yaml:"carried_by" json:"carried_by"`
	// Later says what is missing, where the mechanism or a part of it does not
	// exist yet.
	Later lang.Text `yaml:"later" json:"later,omitzero"`
}

// Carriers carry a statement out. Rules are those of the rulebook and its checks,
// Questions fields of the intake or, as stage:question, of an assessment,
// Processes transitions, guards and stages, Pages methods and paths of the API,
// Tests a folder of Go code and the name of a test in it, as folder.TestName.
type Carriers struct {
	Rules      []string `yaml:"rules" json:"rules,omitempty"`
	Questions  []string `yaml:"questions" json:"questions,omitempty"`
	Conditions []string `yaml:"conditions" json:"conditions,omitempty"`
	Processes  []string `yaml:"processes" json:"processes,omitempty"`
	Parameters []string `yaml:"parameters" json:"parameters,omitempty"`
	Pages      []string `yaml:"pages" json:"pages,omitempty"`
	Tests      []string `yaml:"tests" json:"tests,omitempty"`
}

// any reports whether something but a test carries the statement out.
func (c Carriers) any() bool {
	return len(c.Rules)+len(c.Questions)+len(c.Conditions)+len(c.Processes)+len(c.Parameters)+len(c.Pages) > 0
}

// The kinds of statements (rulebook 1) and what they are called.
var statementKinds = map[string]lang.Text{
	"GATE": {SV: "stoppar eller hindrar", EN: "stops or blocks"},
	"Q":    {SV: "frågas", EN: "is asked"},
	"REG":  {SV: "står i registret", EN: "is in the register"},
	"COND": {SV: "blir villkor", EN: "becomes a condition"},
	"REP":  {SV: "sägs till dem det rör", EN: "is told to those concerned"},
	"INC":  {SV: "hör till incidenterna", EN: "belongs to the incidents"},
	"PROC": {SV: "hör till processen", EN: "belongs to the process"},
	"POL":  {SV: "är policy", EN: "is policy"},
}

// KindLabel says what a kind of statement is called.
func KindLabel(kind string) lang.Text { return statementKinds[kind] }

// NeedsCarrying reports whether something has to carry the statement out: it
// stops, asks, registers, sets a condition or belongs to the incidents.
func (s *Statement) NeedsCarrying() bool {
	return slices.ContainsFunc(s.Kinds, func(k string) bool {
		return slices.Contains([]string{"GATE", "Q", "REG", "COND", "INC"}, k)
	})
}

// Statements is the trace of the rulebook that comes with the program.
var Statements = sync.OnceValue(func() *Trace {
	raw, err := fs.ReadFile(data, path.Join(defaultDir, statementsFile))
	if err == nil {
		var t *Trace
		if t, err = readStatements(raw); err == nil {
			return t
		}
	}
	panic("the statements in the program are broken: " + err.Error()) // a build that no test has passed
})

func readStatements(raw []byte) (*Trace, error) {
	t := new(Trace)
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(t); err != nil {
		return nil, fmt.Errorf("read statements: %w", err)
	}
	for _, d := range t.Documents {
		for _, s := range d.Statements {
			s.Document = d.ID
		}
	}
	return t, nil
}

// All lists the statements in the order of the guidelines.
func (t *Trace) All() []*Statement {
	var out []*Statement
	for _, d := range t.Documents {
		out = append(out, d.Statements...)
	}
	return out
}

// Statement gives a statement by its id.
func (t *Trace) Statement(id string) (*Statement, bool) {
	all := t.All()
	i := slices.IndexFunc(all, func(s *Statement) bool { return strings.EqualFold(s.ID, id) })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

// Gap is what is wrong with a statement: nothing carries it out, or it names
// something that does not exist.
type Gap struct {
	Statement string    `json:"statement"`
	Kind      string    `json:"kind"` // uncarried, rule, question, condition, process, parameter, page, test
	Name      string    `json:"name,omitempty"`
	Text      lang.Text `json:"text"`
}

// Known says which names outside the rulebook exist; a nil function knows all.
type Known struct {
	Process, Page, Test func(name string) bool
}

// Gaps lists what is wrong with the statements, in their order.
func (t *Trace) Gaps(b *Book, known Known) []Gap {
	var gaps []Gap
	for _, s := range t.All() {
		if s.NeedsCarrying() && !s.CarriedBy.any() && s.Later == (lang.Text{}) {
			gaps = append(gaps, Gap{s.ID, "uncarried", "", lang.Text{
				SV: "Inget genomför påståendet.", EN: "Nothing carries the statement out."}})
		}
		c := s.CarriedBy
		for _, kind := range []struct {
			kind   string
			names  []string
			exists func(string) bool
			text   lang.Text
		}{
			{"rule", c.Rules, b.hasRule, lang.Text{SV: "Regeln finns inte.", EN: "There is no such rule."}},
			{"question", c.Questions, b.hasQuestion, lang.Text{SV: "Frågan finns inte.", EN: "There is no such question."}},
			{"condition", c.Conditions, b.hasCondition, lang.Text{SV: "Villkoret finns inte.", EN: "There is no such condition."}},
			{"process", c.Processes, known.Process, lang.Text{SV: "Steget finns inte i processen.", EN: "The process has no such step."}},
			{"parameter", c.Parameters, b.hasParameter, lang.Text{SV: "Inställningen finns inte.", EN: "There is no such setting."}},
			{"page", c.Pages, known.Page, lang.Text{SV: "Sidan finns inte.", EN: "There is no such page."}},
			{"test", c.Tests, known.Test, lang.Text{SV: "Testet finns inte.", EN: "There is no such test."}},
		} {
			for _, name := range kind.names {
				if kind.exists != nil && !kind.exists(name) {
					gaps = append(gaps, Gap{s.ID, kind.kind, name, kind.text})
				}
			}
		}
	}
	return gaps
}

// hasRule looks for a rule by its id or by the code that several share.
func (b *Book) hasRule(id string) bool {
	_, ok := b.Rule(id)
	return ok || slices.ContainsFunc(b.Rules(), func(r *Rule) bool { return r.Code == id })
}

// hasCondition looks for a rule that sets a condition.
func (b *Book) hasCondition(id string) bool {
	r, ok := b.Rule(id)
	return ok && r.Condition != nil
}

func (b *Book) hasQuestion(name string) bool {
	book := b
	if stage, question, ok := strings.Cut(name, ":"); ok {
		if book, ok = b.Assessment(stage); !ok {
			return false
		}
		name = question
	}
	_, ok := book.Field(name)
	return ok
}

func (b *Book) hasParameter(id string) bool {
	return slices.ContainsFunc(b.params, func(p Param) bool { return p.ID == id })
}
