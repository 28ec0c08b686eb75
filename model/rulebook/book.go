package rulebook

import (
	"slices"
	"sync"

	"github.com/google/cel-go/common/types/ref"

	"sluss/model/lang"
)

// Book is a loaded rulebook. It does not change and may be used by many
// goroutines at once.
type Book struct {
	ID      string    `json:"id"`
	Version string    `json:"version"`
	Digest  string    `json:"digest"` // SHA-256 over the content, hexadecimal
	Title   lang.Text `json:"title"`
	// Environment holds the factors of the footprint.
	Environment Environment `json:"-"`

	sources   []SourceKey
	enums     []*Enum
	params    []Param
	profiles  []Profile
	calendar  []LegalDate
	sections  []*Section
	fields    []*Field
	facts     []*Fact
	forms     []*Form
	tables    map[string]*Table
	lists     map[string]*List
	stages    []*Stage
	derived   []*derived
	checks    []*check
	notices   []*Rule
	scope     []scopeGroup
	sla       []slaRow
	validity  []validityRow
	triggers  []triggerRow
	retention []Retention
	register  []InitialEntry
	modes     map[string]string
	rules     []*Rule

	assessments []*Book // the books of the stages
	records     []*Book // the forms of the records
	given       []given

	kept sync.Map // what Keep has kept, by its key

	names     []*name        // everything that a condition may name
	slots     map[string]int // by the name used in conditions
	fieldByID map[string]*Field
	factByID  map[string]*Fact
	enumByID  map[string]*Enum
	ruleByID  map[string]*Rule
}

// Keep works something out that follows from the rulebook alone and keeps it with the
// book, under a key whose type is its caller's own. There must be few keys. What cannot
// be worked out is not kept.
func Keep[K comparable, V any](b *Book, key K, work func() (V, error)) (V, error) {
	if v, ok := b.kept.Load(key); ok {
		return v.(V), nil
	}
	v, err := work()
	if err == nil {
		b.kept.Store(key, v)
	}
	return v, err
}

// SourceKey is a source that rules name, and whether its wording was read:
// text, secondary, partly, list, draft or unverified.
type SourceKey struct {
	Key    string    `json:"key"`
	Status string    `json:"status"`
	Text   lang.Text `json:"text"`
}

// Enum is a list of allowed values with the words for each.
type Enum struct {
	ID     string  `json:"id"`
	Values []Value `json:"values"`
	rank   map[string]int
	// mentioned are the values that some condition names, and measured says
	// that some condition asks how many of them a set has: what the search for
	// rules that never fire has to know.
	mentioned map[string]bool
	measured  bool
}

// Value is one value of an enumeration.
type Value struct {
	ID string `json:"id"`
	lang.Text
	// Shown is the code that people see where it differs from the id.
	Shown string `json:"shown,omitempty"`
}

// Has reports whether id is one of the values.
func (e *Enum) Has(id string) bool { _, ok := e.rank[id]; return ok }

// Label gives the words for a value, the value itself when it has none.
func (e *Enum) Label(id string) lang.Text {
	if i, ok := e.rank[id]; ok {
		return e.Values[i].Text
	}
	return lang.Text{SV: id, EN: id}
}

// Param is a setting of the organisation; profiles give it their value.
type Param struct {
	ID      string    `json:"id"`
	Type    string    `json:"type"`
	Default any       `json:"default"`
	Text    lang.Text `json:"text"`
	Source  string    `json:"source"`
}

// Profile is a set of parameter values.
type Profile struct {
	ID      string         `json:"id"`
	Default bool           `json:"default"`
	Text    lang.Text      `json:"text"`
	Values  map[string]any `json:"values"`
	vals    []ref.Val      // by the order of the parameters
}

// Rule is a condition and what it says when it holds. When a rule stands in a
// table or list, Value is what it contributes.
type Rule struct {
	ID          string    `json:"id"`
	Group       string    `json:"group"`
	When        string    `json:"when"`
	Value       any       `json:"value,omitempty"`
	Text        lang.Text `json:"text"`
	PathForward lang.Text `json:"path_forward,omitzero"`
	Owner       string    `json:"owner,omitempty"`
	Source      string    `json:"source"`
	// ClosedByTask says that a person may close the blocker. It then stays
	// closed while the facts that it rests on are unchanged.
	ClosedByTask bool `json:"closed_by_task,omitempty"`
	// Code is what is shown and reported: the id, or what several rules share.
	Code string `json:"code,omitempty"`
	// Measures are the typical measures against a risk.
	Measures []string `json:"measures,omitempty"`
	// Condition is what the rule asks for when it holds, beside its text.
	Condition *RuleCondition `json:"condition,omitempty"`

	cond  condition
	value ref.Val
}

// RuleCondition says by when a condition is met, by whom and how that is
// shown.
type RuleCondition struct {
	Kind         string    `json:"kind"`             // before_use, date or recurring
	Months       int       `json:"months,omitempty"` // period of one that comes back
	Owner        string    `json:"owner"`
	Verifier     string    `json:"verifier"`
	Verification lang.Text `json:"verification"`
	Consequence  lang.Text `json:"consequence"`
}

// Table is an ordered list of rules; the first that holds gives the value.
type Table struct {
	Name  string
	Rules []*Rule
}

// List is a set of rules; all that hold give their values.
type List struct {
	Name  string
	Rules []*Rule
}

// Stage is a stage of the review and the rules that say how much of it is
// needed. Values go from least to most.
type Stage struct {
	Key    string    `json:"key"`
	Code   string    `json:"code,omitempty"`
	Text   lang.Text `json:"text"`
	Values []string  `json:"values"`
	table  *Table
}

// Section is a part of a form under one heading.
type Section struct {
	ID        string    `json:"id"`
	Part      string    `json:"part"`
	AskedWhen string    `json:"asked_when,omitempty"`
	Text      lang.Text `json:"text"`

	asked condition
}

// Fact is a value that triage reads.
type Fact struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Enum     string `json:"enum,omitempty"`
	Nullable bool   `json:"nullable,omitempty"`
	System   bool   `json:"system,omitempty"`
	// Default is taken when the fact is left out; nil is null, or the day of
	// the evaluation for decision_date.
	Default any `json:"default"`

	shape shape
	def   ref.Val
	slot  int
	from  condition
	needs []int
}

// Sources lists what the rules go back to.
func (b *Book) Sources() []SourceKey { return slices.Clone(b.sources) }

// Param gives a parameter as the profile sets it; nil when there is no such
// parameter.
func (b *Book) Param(profile, id string) any {
	for _, p := range b.profiles {
		if p.ID == profile {
			return p.Values[id]
		}
	}
	return nil
}

// Int gives a parameter that is a whole number; 0 when there is none.
func (b *Book) Int(profile, id string) int {
	n, _ := b.Param(profile, id).(int64)
	return int(n)
}

// RestsOn lists the facts that a rule rests on, directly or through what is
// derived from them, in the order of their declaration.
func (b *Book) RestsOn(id string) []string {
	r := b.ruleByID[id]
	if r == nil {
		return nil
	}
	seen := map[int]bool{}
	var visit func(slots []int)
	visit = func(slots []int) {
		for _, slot := range slots {
			if seen[slot] {
				continue
			}
			seen[slot] = true
			for _, c := range b.names[slot].computed() {
				visit(c.names)
			}
			if b.names[slot].kind == isParam {
				visit(b.profileSlot())
			}
		}
	}
	visit(b.conditionOf(r).names)
	var out []string
	for _, f := range b.facts {
		if seen[f.slot] {
			out = append(out, f.ID)
		}
	}
	return out
}

// profileSlot is the slot of the fact that chooses the profile, if there is
// one.
func (b *Book) profileSlot() []int {
	if f := b.factByID["policy_profile"]; f != nil {
		return []int{f.slot}
	}
	return nil
}

// conditionOf gives a rule's condition, for a derived name its expression.
func (b *Book) conditionOf(r *Rule) condition {
	for _, d := range b.derived {
		if d.rule == r {
			return d.is
		}
	}
	return r.cond
}

// Rules lists every rule of the rulebook in its order, with those of its
// assessments.
func (b *Book) Rules() []*Rule {
	out := slices.Clone(b.rules)
	for _, a := range b.assessments {
		out = append(out, a.rules...)
	}
	return out
}

// Rule gives a rule by its id, from the assessments too, or the first of those
// that share the id as their code.
func (b *Book) Rule(id string) (*Rule, bool) {
	if r, ok := b.ruleByID[id]; ok {
		return r, true
	}
	for _, a := range b.assessments {
		if r, ok := a.ruleByID[id]; ok {
			return r, true
		}
	}
	rules := b.Rules()
	if i := slices.IndexFunc(rules, func(r *Rule) bool { return r.Code == id }); i >= 0 {
		return rules[i], true
	}
	return nil, false
}

// Enums lists the enumerations.
func (b *Book) Enums() []*Enum { return slices.Clone(b.enums) }

// Enum gives an enumeration by its id.
func (b *Book) Enum(id string) (*Enum, bool) {
	e, ok := b.enumByID[id]
	return e, ok
}

// Label gives the words for a value of an enumeration.
func (b *Book) Label(enum, value string) lang.Text {
	if e, ok := b.enumByID[enum]; ok {
		return e.Label(value)
	}
	return lang.Text{SV: value, EN: value}
}

// FactList lists what triage reads.
func (b *Book) FactList() []*Fact { return slices.Clone(b.facts) }

// Sections lists the headings of all parts.
func (b *Book) Sections() []*Section { return slices.Clone(b.sections) }

// Stages lists the stages in the order in which they are shown.
func (b *Book) Stages() []*Stage { return slices.Clone(b.stages) }

// StageLabel gives what a stage is called, and false for one that the rulebook does
// not name.
func (b *Book) StageLabel(key string) (lang.Text, bool) {
	i := slices.IndexFunc(b.stages, func(st *Stage) bool { return st.Key == key })
	if i < 0 {
		return lang.Text{}, false
	}
	return b.stages[i].Text, true
}

// Parameters lists the settings that a profile may set.
func (b *Book) Parameters() []Param { return slices.Clone(b.params) }

// Profiles lists the policy profiles.
func (b *Book) Profiles() []Profile { return slices.Clone(b.profiles) }

// DefaultProfile is the profile that holds when none is named.
func (b *Book) DefaultProfile() string {
	for _, p := range b.profiles {
		if p.Default {
			return p.ID
		}
	}
	return b.profiles[0].ID
}

// Table gives the rules of a table, a stage's under "stage.<key>".
func (b *Book) Table(name string) []*Rule {
	if t, ok := b.tables[name]; ok {
		return slices.Clone(t.Rules)
	}
	return nil
}

// List gives the rules of a list.
func (b *Book) List(name string) []*Rule {
	if l, ok := b.lists[name]; ok {
		return slices.Clone(l.Rules)
	}
	return nil
}
