package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-playground/validator/v10"

	"sluss/model/audit"
	"sluss/model/lang"
)

// strictJSON reads bodies without losing anything: valid UTF-8, each name once,
// numbers that can be kept, and no null character, which no database takes.
var strictJSON = huma.Format{
	Marshal: answer,
	Unmarshal: func(data []byte, v any) error {
		if _, first := v.(*any); first {
			if err := checkJSON(data); err != nil {
				return err
			}
		}
		return json.Unmarshal(data, v)
	},
}

var errNull = errors.New("a text holds a null character")

// checkJSON is asked once for each body, when huma reads it for the first time.
func checkJSON(data []byte) error {
	canonical, err := audit.Canonicalise(data)
	if err != nil {
		return err
	}
	// In canonical JSON a null character has one form, and a backslash another.
	if bytes.Contains(bytes.ReplaceAll(canonical, []byte(`\\`), nil), []byte(`\u0000`)) {
		return errNull
	}
	return checkNesting(canonical)
}

// maxNesting is how deep a body may be nested: far deeper than any that is meant,
// and far less deep than what cannot be read again once it is wrapped.
const maxNesting = 64

var errNesting = errors.New("a body is nested too deep")

func checkNesting(data []byte) error {
	depth := 0
	for dec := json.NewDecoder(bytes.NewReader(data)); ; {
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case token == json.Delim('{'), token == json.Delim('['):
			depth++
		case token == json.Delim('}'), token == json.Delim(']'):
			depth--
		}
		if depth > maxNesting {
			return errNesting
		}
	}
}

// checker checks the values of a body by the tags of its type.
var checker = newChecker()

// codeForm is what a code looks like: it holds no space, because codes are kept
// as one text.
var codeForm = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// tagCode is the one rule that is not the validator's own.
const tagCode = "code"

var codeWords = lang.Text{
	SV: "Använd bara bokstäverna a–z, siffror, punkt, bindestreck och understreck.",
	EN: "Use the letters a–z, digits, full stop, hyphen and underscore only.",
}

func newChecker() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(jsonName)
	err := v.RegisterValidation(tagCode, func(f validator.FieldLevel) bool {
		return codeForm.MatchString(f.Field().String())
	})
	if err != nil {
		panic(err) // the name of the rule is wrong: no test has run
	}
	return v
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// check is what every body resolves itself with: the validator's errors join
// huma's in one answer.
func check(body any) []error {
	var failed validator.ValidationErrors
	if !errors.As(checker.Struct(body), &failed) {
		return nil
	}
	errs := make([]error, len(failed))
	for i, e := range failed {
		errs[i] = fault{pointerOf(e.Namespace()), e.Tag(), func(l lang.Lang) string {
			if e.Tag() == tagCode {
				return codeWords.In(l)
			}
			return lang.FieldMessage(l, e)
		}}
	}
	return errs
}

// bodies are the types of the bodies that are checked by tags.
var bodies = []reflect.Type{
	reflect.TypeFor[newCaseBody](), reflect.TypeFor[intakeBody](), reflect.TypeFor[submissionBody](),
	reflect.TypeFor[reasonBody](), reflect.TypeFor[remarkBody](), reflect.TypeFor[verificationBody](),
	reflect.TypeFor[decisionBody](), reflect.TypeFor[conditionBody](), reflect.TypeFor[assignmentBody](), reflect.TypeFor[ownerBody](),
	reflect.TypeFor[previewBody](), reflect.TypeFor[raiseBody](),
	reflect.TypeFor[newRemarkBody](), reflect.TypeFor[replyBody](), reflect.TypeFor[commentBody](),
	reflect.TypeFor[assessmentBody](), reflect.TypeFor[taskAnswersBody](), reflect.TypeFor[waiverBody](), reflect.TypeFor[adviceBody](),
	reflect.TypeFor[delegationBody](), reflect.TypeFor[AdviceScope](), reflect.TypeFor[jointBody](),
	reflect.TypeFor[absenceBody](), reflect.TypeFor[passwordBody](), reflect.TypeFor[serviceBody](), reflect.TypeFor[tokenBody](),
	reflect.TypeFor[suspensionBody](), reflect.TypeFor[changeBody](), reflect.TypeFor[renewalBody](),
	reflect.TypeFor[decommissioningBody](), reflect.TypeFor[extensionBody](), reflect.TypeFor[acceptanceBody](), reflect.TypeFor[erasureBody](), reflect.TypeFor[proposalBody](),
	reflect.TypeFor[checkBody](), reflect.TypeFor[reconciliationBody](),
	reflect.TypeFor[consultationBody](),
	reflect.TypeFor[newRecordBody](), reflect.TypeFor[recordBody](),
	reflect.TypeFor[interimBody](), reflect.TypeFor[overrideBody](),
	reflect.TypeFor[incidentBody](), reflect.TypeFor[incidentCorrectionBody](), reflect.TypeFor[incidentClosingBody](),
}

// documentRules writes the rules of the tags into the contract, so that they
// stand in one place in the code.
func documentRules(api *huma.OpenAPI) {
	for _, t := range bodies {
		schema := api.Components.Schemas.Map()[huma.DefaultSchemaNamer(t, "")]
		if schema == nil {
			continue
		}
		for i := range t.NumField() {
			f := t.Field(i)
			if s := schema.Properties[jsonName(f)]; s != nil && s.Ref == "" {
				documentField(s, strings.Split(f.Tag.Get("validate"), ","))
			}
		}
		schema.PrecomputeMessages()
	}
	// Of a case out of scope nothing else was examined.
	if triage := api.Components.Schemas.Map()["TriageResult"]; triage != nil {
		triage.Required = []string{"outcome", "ai_act_class"}
	}
}

func documentField(s *huma.Schema, rules []string) {
	for i, r := range rules {
		name, param, _ := strings.Cut(r, "=")
		n, _ := strconv.Atoi(param)
		switch {
		case name == "dive":
			if s.Items != nil && s.Items.Ref == "" {
				documentField(s.Items, rules[i+1:])
			}
			return
		case name == "max" && s.Type == huma.TypeString:
			s.MaxLength = &n
		case name == "min" && s.Type == huma.TypeString:
			s.MinLength = &n
		case name == "required" && s.Type == huma.TypeString:
			one := 1
			s.MinLength = &one
		case name == "max" && s.Type == huma.TypeArray:
			s.MaxItems = &n
		case name == "min" && s.Type == huma.TypeInteger:
			least := float64(n)
			s.Minimum = &least
		case name == "max" && s.Type == huma.TypeInteger:
			most := float64(n)
			s.Maximum = &most
		case name == "unique":
			s.UniqueItems = true
		case name == "oneof":
			s.Enum = nil
			for _, v := range strings.Fields(param) {
				s.Enum = append(s.Enum, v)
			}
		case name == "datetime":
			s.Format = "date"
		case name == tagCode:
			s.Pattern = codeForm.String()
		}
	}
}
