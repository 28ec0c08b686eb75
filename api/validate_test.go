package api

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"sluss/model/audit"
	"sluss/model/lang"
)

// TestTagsHaveWords walks all rules in use on bodies and requires a message in
// both languages for each.
func TestTagsHaveWords(t *testing.T) {
	t.Parallel()
	structural := []string{"omitempty", "dive", ""}
	used := map[string]bool{}
	for _, body := range bodies {
		for i := range body.NumField() {
			for _, r := range strings.Split(body.Field(i).Tag.Get("validate"), ",") {
				name, _, _ := strings.Cut(r, "=")
				used[name] = true
			}
		}
	}
	if !used["required"] || !used["oneof"] || !used["unique"] {
		t.Fatalf("rules found: %v", used)
	}
	for tag := range used {
		switch {
		case slices.Contains(structural, tag):
		case tag == tagCode:
			checkWords(t, tag, codeWords)
		case !slices.Contains(lang.Tags(), tag):
			t.Errorf("the rule %s has no message", tag)
		}
	}
}

// TestEveryBodyIsChecked requires that every body that a route takes is one of
// those that the other tests walk, and resolves itself.
func TestEveryBodyIsChecked(t *testing.T) {
	t.Parallel()
	api := testServer().huma.OpenAPI()
	resolver := reflect.TypeFor[huma.ResolverWithPath]()
	found := 0
	for path, item := range api.Paths {
		for _, op := range []*huma.Operation{item.Post, item.Put, item.Patch} {
			if op == nil || op.RequestBody == nil {
				continue
			}
			if op.RequestBody.Content["multipart/form-data"] != nil {
				continue // checked by what reads it
			}
			found++
			body := api.Components.Schemas.TypeFromRef(op.RequestBody.Content["application/json"].Schema.Ref)
			if !slices.Contains(bodies, body) || !reflect.PointerTo(body).Implements(resolver) {
				t.Errorf("%s %s: the body %v is not checked", op.Method, path, body)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d bodies found", found)
	}
}

// TestTextsAreBounded requires an upper bound on every text and list of a body.
func TestTextsAreBounded(t *testing.T) {
	t.Parallel()
	for _, body := range bodies {
		for i := range body.NumField() {
			f := body.Field(i)
			rules := f.Tag.Get("validate")
			if k := f.Type.Kind(); (k == reflect.String || k == reflect.Slice) &&
				!strings.Contains(rules, "max=") && !strings.Contains(rules, "oneof=") && !strings.Contains(rules, "datetime=") {
				t.Errorf("%s.%s has no upper bound", body.Name(), f.Name)
			}
		}
	}
}

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       error
	}{
		{"an object", `{"a": [1, "å", null]}`, nil},
		{"a backslash before u0000", `{"a": "\\u0000"}`, nil},
		{"a null character", `{"a": "b\u0000"}`, errNull},
		{"a null character after a backslash", `{"a": "\\\u0000"}`, errNull},
		{"a null character in a name", `{"\u0000": 1}`, errNull},
		{"a name twice", `{"a": 1, "a": 2}`, audit.ErrDuplicateName},
		{"a name twice below", `{"a": {"b": 1, "b": 2}}`, audit.ErrDuplicateName},
		{"invalid UTF-8", "{\"a\": \"\xff\"}", audit.ErrNotJSON},
		{"half a pair", `{"a": "\ud800"}`, audit.ErrNotJSON},
		{"no JSON", `{"a":`, audit.ErrNotJSON},
		{"more behind", `{} {}`, audit.ErrNotJSON},
		{"a number too large", `{"a": 1e400}`, audit.ErrNumber},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if err := checkJSON([]byte(test.text)); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestPointerOf(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"body":                         "",
		"body.outcome":                 "/outcome",
		"body.conditions[12].text_sv":  "/conditions/12/text_sv",
		"decisionBody.reason_codes[0]": "/reason_codes/0",
		"query.limit":                  "/limit",
	} {
		if got := pointerOf(location); got != want {
			t.Errorf("pointerOf(%q) = %q, want %q", location, got, want)
		}
	}
}
