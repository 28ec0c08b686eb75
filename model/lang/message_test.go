package lang_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-playground/validator/v10"

	"sluss/model/lang"
)

func TestEveryTagHasBothLanguages(t *testing.T) {
	t.Parallel()
	kinds := []reflect.Kind{reflect.Int, reflect.String, reflect.Slice, reflect.Struct}
	for _, tag := range lang.Tags() {
		for _, kind := range kinds {
			e := fieldError{tag, "7", kind}
			sv, en := lang.FieldMessage(lang.SV, e), lang.FieldMessage(lang.EN, e)
			if sv == en {
				t.Errorf("%s, %s: the same in both languages: %q", tag, kind, sv)
			}
			for _, s := range []string{sv, en} {
				if s == "" || strings.ContainsAny(s, "{}") || !strings.HasSuffix(s, ".") {
					t.Errorf("%s, %s: not a sentence: %q", tag, kind, s)
				}
			}
		}
	}
}

// A misspelt tag in the list would never be asked for.
func TestEveryTagIsARuleOfTheValidator(t *testing.T) {
	t.Parallel()
	for _, tag := range lang.Tags() {
		if !knownToValidator(tag) {
			t.Errorf("%q is no rule of the validator", tag)
		}
	}
}

// The validator panics on a rule that it does not know, and some rules also
// on a value or parameter that they cannot judge; only the first matters.
func knownToValidator(tag string) (known bool) {
	defer func() {
		if r := recover(); r != nil {
			s, _ := r.(string)
			known = !strings.HasPrefix(s, "Undefined validation function")
		}
	}()
	_ = validator.New().Var("x", tag)
	return true
}

func TestTagsAreSortedAndUnique(t *testing.T) {
	t.Parallel()
	tags := lang.Tags()
	if !slices.IsSorted(tags) || len(slices.Compact(slices.Clone(tags))) != len(tags) {
		t.Error("Tags must be sorted and without repetition")
	}
	for _, tag := range strings.Fields("required required_if min max len gte lte oneof uuid email datetime url unique") {
		if !slices.Contains(tags, tag) {
			t.Errorf("%q has no message", tag)
		}
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		tag, param string
		sv, en     string
	}{
		{"required", "", "Uppgiften måste fyllas i.", "This must be filled in."},
		{"min", "3", "Måste vara minst 3.", "Must be at least 3."},
		{"oneof", "sv en", "Välj ett av följande: sv, en.", "Choose one of the following: sv, en."},
		{"oneof", "'not yet' done", "Välj ett av följande: not yet, done.", "Choose one of the following: not yet, done."},
		{"datetime", "2006-01-02", "Skriv tiden så här: ÅÅÅÅ-MM-DD.", "Write the time like this: YYYY-MM-DD."},
		{"datetime", "2006-01-02T15:04:05Z07:00", "Skriv tiden så här: ÅÅÅÅ-MM-DDTtt:mm:ss±tt:mm.", "Write the time like this: YYYY-MM-DDThh:mm:ss±hh:mm."},
		{"required_if", "Kind ai_agent", "Uppgiften måste fyllas i på grund av ett annat svar.", "This must be filled in because of another answer."},
		{"startswith", "{list}", "Måste börja med {list}.", "Must begin with {list}."},
		{"no_such_rule", "1", "Värdet är inte giltigt.", "The value is not valid."},
	}
	for _, test := range tests {
		if got := lang.Message(lang.SV, test.tag, test.param); got != test.sv {
			t.Errorf("%s=%s, sv: %q, want %q", test.tag, test.param, got, test.sv)
		}
		if got := lang.Message(lang.EN, test.tag, test.param); got != test.en {
			t.Errorf("%s=%s, en: %q, want %q", test.tag, test.param, got, test.en)
		}
	}
}

func TestFieldMessageOfTheValidator(t *testing.T) {
	t.Parallel()
	const secret = "19121212-1212 sekretess"
	value := struct {
		Text  string    `validate:"max=1"`
		List  []string  `validate:"min=2"`
		Count int       `validate:"gte=5"`
		Start time.Time `validate:"gt"`
		Mail  string    `validate:"email"`
	}{secret, []string{secret}, 1, time.Unix(0, 0), secret}

	var errs validator.ValidationErrors
	if !errors.As(validator.New().Struct(value), &errs) {
		t.Fatal("the validator found nothing wrong")
	}
	want := map[string][2]string{
		"Text":  {"Skriv högst 1 tecken.", "Write at most 1 character."},
		"List":  {"Ange minst 2 val.", "Give at least 2 choices."},
		"Count": {"Måste vara minst 5.", "Must be at least 5."},
		"Start": {"Tidpunkten måste ligga i framtiden.", "The time must be in the future."},
		"Mail":  {"Måste vara en e-postadress, till exempel namn@exempel.se.", "Must be an e-mail address, for example name@example.com."},
	}
	if len(errs) != len(want) {
		t.Fatalf("%d errors, want %d: %v", len(errs), len(want), errs)
	}
	for _, e := range errs {
		got := [2]string{lang.FieldMessage(lang.SV, e), lang.FieldMessage(lang.EN, e)}
		if got != want[e.Field()] {
			t.Errorf("%s: %q, want %q", e.Field(), got, want[e.Field()])
		}
		if strings.Contains(got[0]+got[1], secret) {
			t.Errorf("%s: the message repeats the value", e.Field())
		}
	}
}

type fieldError struct {
	tag, param string
	kind       reflect.Kind
}

func (e fieldError) Tag() string        { return e.tag }
func (e fieldError) Param() string      { return e.param }
func (e fieldError) Kind() reflect.Kind { return e.kind }
