package rulebook

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"sluss/model/lang"
)

// mark is a scalar that remembers where it stands. Ids and conditions are
// marks, so that a fault can be told with its line.
type mark struct {
	Text string
	File string
	Line int
}

// UnmarshalYAML takes any scalar as it is written.
func (m *mark) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: a single value is needed here", n.Line)
	}
	m.Text, m.Line = n.Value, n.Line
	return nil
}

// content is what a rulebook's files hold together.
type content struct {
	Rulebook    *header           `yaml:"rulebook"`
	Sources     []sourceKey       `yaml:"sources"`
	Enums       []enumSource      `yaml:"enums"`
	Parameters  []paramSource     `yaml:"parameters"`
	Profiles    []profileSource   `yaml:"profiles"`
	Calendar    []calendarSource  `yaml:"legal_calendar"`
	Facts       []factSource      `yaml:"facts"`
	Derived     []derivedSource   `yaml:"derived"`
	Tables      []tableSource     `yaml:"tables"`
	Lists       []listSource      `yaml:"lists"`
	Stages      []stageSource     `yaml:"stages"`
	Sections    []sectionSource   `yaml:"sections"`
	Fields      []fieldSource     `yaml:"fields"`
	Forms       []formSource      `yaml:"forms"`
	Checks      []checkSource     `yaml:"checks"`
	Notices     []ruleSource      `yaml:"form_warnings"`
	Scope       []scopeSource     `yaml:"scope"`
	SLA         []slaSource       `yaml:"sla"`
	Validity    []validitySource  `yaml:"validity"`
	Triggers    []triggerSource   `yaml:"triggers"`
	Retention   []retentionSource `yaml:"retention"`
	Register    []InitialEntry    `yaml:"register"`
	Modes       map[string]string `yaml:"modes"`
	Environment *Environment      `yaml:"environment"`
	// Given is what an assessment takes over from the intake.
	Given []givenSource `yaml:"given"`
}

type header struct {
	ID      mark      `yaml:"id"`
	Version string    `yaml:"version"`
	Title   lang.Text `yaml:"title"`
}

type sourceKey struct {
	Key    mark      `yaml:"key"`
	Status string    `yaml:"status"`
	Text   lang.Text `yaml:"text"`
}

type enumSource struct {
	ID     mark          `yaml:"id"`
	Values []valueSource `yaml:"values"`
}

type valueSource struct {
	ID        mark `yaml:"id"`
	lang.Text `yaml:",inline"`
	// Shown is the code that people see instead of the id.
	Shown string `yaml:"shown"`
}

type paramSource struct {
	ID      mark      `yaml:"id"`
	Type    string    `yaml:"type"`
	Enum    string    `yaml:"enum"`
	Default any       `yaml:"default"`
	Text    lang.Text `yaml:"text"`
	Source  string    `yaml:"source"`
}

type profileSource struct {
	ID      mark           `yaml:"id"`
	Default bool           `yaml:"default"`
	Text    lang.Text      `yaml:"text"`
	Values  map[string]any `yaml:"values"`
}

type calendarSource struct {
	Key    mark      `yaml:"key"`
	Date   string    `yaml:"date"`
	Text   lang.Text `yaml:"text"`
	Source string    `yaml:"source"`
	// Binds (CEL) says on which cases the date lays a duty.
	Binds mark `yaml:"binds"`
}

type factSource struct {
	ID       mark     `yaml:"id"`
	Type     string   `yaml:"type"`
	Enum     string   `yaml:"enum"`
	Min      *float64 `yaml:"min"`
	Max      *float64 `yaml:"max"`
	Nullable bool     `yaml:"nullable"`
	System   bool     `yaml:"system"`
	Default  any      `yaml:"default"`
	// From computes the fact from the answers when one of Needs is answered.
	From  mark     `yaml:"from"`
	Needs []string `yaml:"needs"`
}

type derivedSource struct {
	ID     mark      `yaml:"id"`
	Name   string    `yaml:"name"`
	Type   string    `yaml:"type"`
	Enum   string    `yaml:"enum"`
	Is     mark      `yaml:"is"`
	Text   lang.Text `yaml:"text"`
	Source string    `yaml:"source"`
	// Report lists the rule among those that fired when it is true.
	Report bool `yaml:"report"`
}

type ruleSource struct {
	ID          mark      `yaml:"id"`
	When        mark      `yaml:"when"`
	Value       any       `yaml:"value"`
	Text        lang.Text `yaml:"text"`
	PathForward lang.Text `yaml:"path_forward"`
	Owner       string    `yaml:"owner"`
	Source      string    `yaml:"source"`
	// ClosedByTask says that a person may close the blocker while the facts
	// still make its condition true.
	ClosedByTask bool `yaml:"closed_by_task"`
	// Code is shown instead of the id where several rules share one.
	Code      string           `yaml:"code"`
	Measures  []string         `yaml:"measures"`
	Condition *conditionSource `yaml:"condition"`
}

type conditionSource struct {
	Kind         string    `yaml:"kind"`
	Months       int       `yaml:"months"`
	Owner        string    `yaml:"owner"`
	Verifier     string    `yaml:"verifier"`
	Verification lang.Text `yaml:"verification"`
	Consequence  lang.Text `yaml:"consequence"`
}

type tableSource struct {
	Name  mark         `yaml:"name"`
	Type  string       `yaml:"type"`
	Enum  string       `yaml:"enum"`
	Rules []ruleSource `yaml:"rules"`
}

type listSource struct {
	Name  mark         `yaml:"name"`
	Rules []ruleSource `yaml:"rules"`
	// PathForward demands a way forward in every rule of the list.
	PathForward bool `yaml:"path_forward"`
}

type stageSource struct {
	Key    mark         `yaml:"key"`
	Code   string       `yaml:"code"`
	Text   lang.Text    `yaml:"text"`
	Values []string     `yaml:"values"` // from least to most
	Rules  []ruleSource `yaml:"rules"`
}

type sectionSource struct {
	ID   mark      `yaml:"id"`
	Part string    `yaml:"part"`
	Text lang.Text `yaml:"text"`
	// AskedWhen (CEL) leaves the whole section out when it does not hold.
	AskedWhen mark `yaml:"asked_when"`
}

type fieldSource struct {
	ID      mark     `yaml:"id"`
	Section string   `yaml:"section"`
	Type    string   `yaml:"type"`
	Enum    string   `yaml:"enum"`
	Min     *float64 `yaml:"min"` // of the number, or of the length of a text
	Max     *float64 `yaml:"max"`
	// OrUnknown also accepts the word "unknown".
	OrUnknown bool          `yaml:"or_unknown"`
	MustBe    *bool         `yaml:"must_be"`
	System    bool          `yaml:"system"`
	Items     []fieldSource `yaml:"items"`
	// Required and RequiredIf (CEL) say when the full form needs an answer.
	Required   bool `yaml:"required"`
	RequiredIf mark `yaml:"required_if"`
	// MayBeEmpty accepts an empty set or list as an answer.
	MayBeEmpty bool `yaml:"may_be_empty"`
	// MissingCode is reported instead of V-01 when the answer is missing.
	MissingCode string          `yaml:"missing_code"`
	Default     any             `yaml:"default"`
	DefaultWhen []defaultSource `yaml:"default_when"`
	DefaultFrom string          `yaml:"default_from"` // takes the answer of another field
	ForceWhen   *defaultSource  `yaml:"force_when"`
	Choices     string          `yaml:"choices"`
	// What scored questions and check lists need.
	Weight   int    `yaml:"weight"`
	Critical bool   `yaml:"critical"`
	Control  string `yaml:"control"`
	Refs     string `yaml:"refs"`
	Must     mark   `yaml:"must"`  // when the item is a must (CEL)
	Light    bool   `yaml:"light"` // asked in the light form too
	// Requirement leaves the question out at other requirements of the stage.
	Requirement []string  `yaml:"requirement"`
	Text        lang.Text `yaml:"text"`
	Help        lang.Text `yaml:"help"`
	Example     lang.Text `yaml:"example"`
	Source      string    `yaml:"source"`
}

type defaultSource struct {
	When  mark `yaml:"when"`
	Value any  `yaml:"value"`
}

type formSource struct {
	ID     mark      `yaml:"id"`
	Text   lang.Text `yaml:"text"`
	Source string    `yaml:"source"`
	// Tiers are the tiers that a case sent in on this form may have.
	Tiers []string `yaml:"tiers"`
	// OfferWhen decides from the first answers whether the form is offered.
	OfferWhen mark     `yaml:"offer_when"`
	First     []string `yaml:"first"`
	// AllowedWhen must hold for the answers of a case on this form.
	AllowedWhen mark              `yaml:"allowed_when"`
	All         bool              `yaml:"all"`
	Fields      []formFieldSource `yaml:"fields"`
	Defaults    []formDefault     `yaml:"defaults"`
}

type formFieldSource struct {
	ID    mark     `yaml:"id"`
	Row   int      `yaml:"row"`
	When  mark     `yaml:"when"`
	Min   *float64 `yaml:"min"`
	Blank bool     `yaml:"optional"`
}

type formDefault struct {
	ID    mark   `yaml:"id"`
	When  mark   `yaml:"when"`
	Value any    `yaml:"value"`
	From  string `yaml:"from"` // takes the answer of another field
}

type checkSource struct {
	ID     mark        `yaml:"id"`
	Part   string      `yaml:"part"`
	Forms  []string    `yaml:"forms"`
	Source string      `yaml:"source"`
	Tests  []checkTest `yaml:"tests"`
}

type checkTest struct {
	When    mark      `yaml:"when"`
	Pointer string    `yaml:"pointer"`
	Text    lang.Text `yaml:"text"`
}

type scopeSource struct {
	Group  mark         `yaml:"group"`
	Fields []string     `yaml:"fields"`
	Stages []scopeStage `yaml:"stages"`
}

type scopeStage struct {
	Stage mark `yaml:"stage"`
	// All names every stage but those in Except.
	Except []string `yaml:"except"`
	When   mark     `yaml:"when"`
	// Only narrows the group to these fields.
	Only []string `yaml:"only"`
}

type slaSource struct {
	Stage       mark      `yaml:"stage"`
	Requirement []string  `yaml:"requirement"`
	Days        tierDays  `yaml:"days"`
	Text        lang.Text `yaml:"text"`
}

type tierDays struct {
	T1 *int `yaml:"T1"`
	T2 *int `yaml:"T2"`
	T3 *int `yaml:"T3"`
}

type validitySource struct {
	ID     mark      `yaml:"id"`
	When   mark      `yaml:"when"`
	Months int       `yaml:"months"`
	Days   int       `yaml:"days"`
	Text   lang.Text `yaml:"text"`
	Source string    `yaml:"source"`
}

type triggerSource struct {
	ID     mark      `yaml:"id"`
	Code   string    `yaml:"code"`
	When   mark      `yaml:"when"`
	Stages []string  `yaml:"stages"`
	Text   lang.Text `yaml:"text"`
	Source string    `yaml:"source"`
}

// read reads the YAML files of a rulebook directory and joins them; the plain
// form is what the digest is made of.
func read(fsys fs.FS, dir string) (*content, map[string]any, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, nil, fmt.Errorf("list rulebook files: %w", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !isRules(name) })
	if len(names) == 0 {
		return nil, nil, &Error{File: dir, Code: CodeMissing, Msg: "no YAML files here"}
	}
	slices.Sort(names)
	all, plain := &content{}, map[string]any{}
	var faults []error
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, nil, fmt.Errorf("read rulebook file: %w", err)
		}
		one, err := readFile(name, raw)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if err := join(all, one, name); err != nil {
			faults = append(faults, err)
		}
		if err := joinPlain(plain, raw); err != nil {
			faults = append(faults, &Error{File: name, Code: CodeSyntax, Msg: err.Error()})
		}
	}
	if len(faults) > 0 {
		return nil, nil, errors.Join(faults...)
	}
	return all, plain, nil
}

func readFile(name string, raw []byte) (*content, error) {
	one := &content{}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(one); err != nil && !errors.Is(err, io.EOF) {
		return nil, yamlErrors(name, err)
	}
	placeMarks(reflect.ValueOf(one).Elem(), name)
	return one, nil
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// yamlErrors takes the library's messages apart into errors with lines.
func yamlErrors(name string, err error) error {
	lines := []string{err.Error()}
	var many *yaml.TypeError
	if errors.As(err, &many) {
		lines = many.Errors
	}
	var out []error
	for _, l := range lines {
		e := &Error{File: name, Code: CodeSyntax, Msg: l}
		if m := yamlLine.FindStringSubmatch(l); m != nil {
			e.Line, _ = strconv.Atoi(m[1])
			e.Msg = m[2]
		}
		out = append(out, e)
	}
	return errors.Join(out...)
}

var markType = reflect.TypeFor[mark]()

// placeMarks writes the file name into every mark below v.
func placeMarks(v reflect.Value, file string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			placeMarks(v.Elem(), file)
		}
	case reflect.Slice:
		for i := range v.Len() {
			placeMarks(v.Index(i), file)
		}
	case reflect.Struct:
		if v.Type() == markType {
			v.FieldByName("File").SetString(file)
			return
		}
		for i := range v.NumField() {
			placeMarks(v.Field(i), file)
		}
	}
}

// join adds one file's content: lists are appended, single parts may stand in
// one file only.
func join(all, one *content, file string) error {
	to, from := reflect.ValueOf(all).Elem(), reflect.ValueOf(one).Elem()
	for i := range to.NumField() {
		dst, src := to.Field(i), from.Field(i)
		if src.IsZero() {
			continue
		}
		if dst.Kind() == reflect.Slice {
			dst.Set(reflect.AppendSlice(dst, src))
			continue
		}
		if !dst.IsZero() {
			key := to.Type().Field(i).Tag.Get("yaml")
			return &Error{File: file, Code: CodeDuplicate, Msg: fmt.Sprintf("%s stands in another file too", key)}
		}
		dst.Set(src)
	}
	return nil
}

// joinPlain adds one file's content as plain maps and lists, which is what the
// digest is made of: it does not depend on comments, layout, the order of keys
// or on how this package's types look.
func joinPlain(all map[string]any, raw []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil || len(doc.Content) == 0 {
		return err
	}
	top, ok := plainValue(doc.Content[0]).(map[string]any)
	if !ok {
		return errors.New("the file must be a mapping")
	}
	for key, v := range top {
		if list, ok := v.([]any); ok {
			had, _ := all[key].([]any)
			all[key] = append(had, list...)
			continue
		}
		all[key] = v
	}
	return nil
}

// plainValue turns a node into maps, lists, booleans, numbers and strings.
// What is neither boolean, number nor null counts as the text it is.
func plainValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.AliasNode:
		return plainValue(n.Alias)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			list = append(list, plainValue(c))
		}
		return list
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plainValue(n.Content[i+1])
		}
		return m
	}
	switch n.Tag {
	case "!!bool", "!!int", "!!float", "!!null":
		var v any
		if n.Decode(&v) == nil {
			return v
		}
	}
	return n.Value
}

// digest is the SHA-256 over a domain tag and the content as JSON with sorted
// keys.
func digest(plain map[string]any) string {
	body, err := json.Marshal(plain) // sorts the keys of maps
	if err != nil {
		body = fmt.Append(nil, slices.Sorted(maps.Keys(plain)), err)
	}
	sum := sha256.Sum256(append([]byte("sluss/rulebook/v1\x00"), body...))
	return hex.EncodeToString(sum[:])
}
