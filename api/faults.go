package api

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"sluss/model/lang"
	"sluss/model/rulebook"
)

// fault is one thing that is wrong with a request, in both languages.
type fault struct {
	pointer, code string
	text          func(lang.Lang) string
}

// Error implements error with the code alone.
func (f fault) Error() string { return f.code }

// faultError is a request with faults.
type faultError []fault

// Error implements error; it repeats nothing of what was sent.
func (e faultError) Error() string { return "the request has faults" }

// refuse builds the error of a request with one fault.
func refuse(pointer, code string, text lang.Text) error {
	return faultError{{pointer, code, text.In}}
}

// in gives the faults in a language, in the order of their pointers.
func (e faultError) in(l lang.Lang) []Fault {
	out := make([]Fault, len(e))
	for i, f := range e {
		out[i] = Fault{Pointer: f.pointer, Code: f.code, Message: f.text(l)}
	}
	return inOrder(out)
}

func inOrder(faults []Fault) []Fault {
	slices.SortStableFunc(faults, func(a, b Fault) int { return strings.Compare(a.Pointer, b.Pointer) })
	return faults
}

// answerError is a request whose answers or facts have problems, in the part of
// the body that the pointer names.
type answerError struct {
	pointer  string
	problems []rulebook.Problem
}

// Error implements error; it repeats nothing of what was sent.
func (e answerError) Error() string { return "the answers have problems" }

// in gives the problems in a language, in the order of their pointers.
func (e answerError) in(l lang.Lang) []Fault {
	out := make([]Fault, len(e.problems))
	for i, p := range e.problems {
		out[i] = Fault{Pointer: e.pointer + p.Pointer, Code: p.Code, Message: p.Text.In(l), Missing: p.Missing}
	}
	return inOrder(out)
}

// faultsOf joins what huma found about the shape of a request with what the
// validator found about its values, which comes after. Of two faults at one place
// the validator's is kept, which says more, unless the value could not be read at
// all; below what could not be read there is nothing to find.
func faultsOf(errs []error) faultError {
	at := map[string]int{}
	var all faultError
	for _, err := range errs {
		f := faultOf(err)
		i, taken := at[f.pointer]
		switch {
		case !taken:
			at[f.pointer] = len(all)
			all = append(all, f)
		case !unread[all[i].code]:
			all[i] = f
		}
	}
	if i, whole := at[""]; whole && unread[all[i].code] {
		return all[i : i+1]
	}
	return all
}

// The codes of faults of shape: the value is of another type.
const (
	codeBoolean = "boolean"
	codeInteger = "integer"
	codeNumber  = "numeric"
	codeText    = "text"
	codeList    = "list"
	codeObject  = "object"
)

var unread = map[string]bool{
	codeBoolean: true, codeInteger: true, codeNumber: true, codeText: true, codeList: true, codeObject: true,
}

const tagRequired = "required"

func faultOf(err error) fault {
	var f fault
	if errors.As(err, &f) {
		return f
	}
	var d *huma.ErrorDetail
	if !errors.As(err, &d) {
		return fault{code: "invalid", text: general.In}
	}
	for _, k := range kinds {
		m := k.says.FindStringSubmatch(d.Message)
		if m == nil {
			continue
		}
		param := strings.Join(m[1:], " ")
		location := d.Location
		if k.names {
			location += "." + param
		}
		return fault{pointerOf(location), k.code, k.text(param)}
	}
	return fault{pointerOf(d.Location), "invalid", general.In}
}

// pointerOf turns a location as huma and the validator write it, such as
// body.conditions[0].text_sv, into a JSON Pointer: /conditions/0/text_sv. A
// parameter is pointed to by its name.
func pointerOf(location string) string {
	_, path, nested := strings.Cut(strings.NewReplacer("[", ".", "]", "").Replace(location), ".")
	if !nested {
		return ""
	}
	return "/" + strings.ReplaceAll(path, ".", "/")
}

// kind is a kind of message of huma's, and what is said instead.
type kind struct {
	says *regexp.Regexp
	code string
	// names is true when the message, not the location, names the member.
	names bool
	text  func(param string) func(lang.Lang) string
}

var general = lang.Text{SV: "Värdet passar inte här.", EN: "The value does not fit here."}

// kinds are what huma can say about the requests that there are. The patterns
// are made from huma's own templates.
var kinds = []kind{
	{template(validation.MsgExpectedRequiredProperty), tagRequired, true, rule(tagRequired)},
	{template("required .* parameter is missing"), tagRequired, false, rule(tagRequired)},
	{template(validation.MsgUnexpectedProperty), "unknown_name", false,
		words("Fältet finns inte.", "There is no such field.")},
	{template("unknown query parameter"), "unknown_name", false,
		words("Parametern finns inte.", "There is no such parameter.")},
	{template(validation.MsgExpectedBoolean), codeBoolean, false, rule("boolean")},
	{template("invalid boolean"), codeBoolean, false, rule("boolean")},
	{template(validation.MsgExpectedInteger), codeInteger, false,
		words("Måste vara ett heltal.", "Must be a whole number.")},
	{template("invalid integer"), codeInteger, false,
		words("Måste vara ett heltal.", "Must be a whole number.")},
	{template(validation.MsgExpectedNumber), codeNumber, false, rule("numeric")},
	{template(validation.MsgExpectedString), codeText, false,
		words("Måste vara text.", "Must be text.")},
	{template(validation.MsgExpectedArray), codeList, false,
		words("Måste vara en lista.", "Must be a list.")},
	{template(validation.MsgExpectedObject), codeObject, false,
		words("Måste vara ett objekt med namngivna fält.", "Must be an object with named fields.")},
	{template(validation.MsgExpectedOneOf), "oneof", false, choice},
	{template(validation.MsgExpectedMinimumNumber), "min", false, rule("min")},
	{template(validation.MsgExpectedMaximumNumber), "max", false, rule("max")},
	{template(validation.MsgExpectedMaxLength), "max", false, longest},
	{template(validation.MsgExpectedMatchPattern), tagCode, false, words(codeWords.SV, codeWords.EN)},
	{template(validation.MsgExpectedRFC3339Date), "datetime", false, date},
}

var verb = regexp.MustCompile(`%[vds]`)

// template makes a pattern of a template of huma's, whose verbs are what the
// message is about.
func template(msg string) *regexp.Regexp {
	parts := verb.Split(msg, -1)
	if len(parts) > 1 {
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
	}
	return regexp.MustCompile("^" + strings.Join(parts, "(.*)") + "$")
}

// words says the same whatever the parameter.
func words(sv, en string) func(string) func(lang.Lang) string {
	t := lang.Text{SV: sv, EN: en}
	return func(string) func(lang.Lang) string { return t.In }
}

// rule says what the validator's rule of that name says.
func rule(tag string) func(string) func(lang.Lang) string {
	return func(param string) func(lang.Lang) string {
		return func(l lang.Lang) string { return lang.Message(l, tag, param) }
	}
}

// choice lists the values, which huma separates by commas.
func choice(param string) func(lang.Lang) string {
	return rule("oneof")(strings.ReplaceAll(param, ",", ""))
}

func longest(param string) func(lang.Lang) string {
	return lang.Text{SV: "Skriv högst " + param + " tecken.", EN: "Write at most " + param + " characters."}.In
}

func date(string) func(lang.Lang) string { return rule("datetime")("2006-01-02") }

// escape writes a name as JSON Pointer asks (RFC 6901).
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
