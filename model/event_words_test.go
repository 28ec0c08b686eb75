package model

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// constants are the values of the constants of a type, as the package declares them.
func constants(t *testing.T, of string) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != of {
				return true
			}
			for _, v := range spec.Values {
				lit, ok := v.(*ast.BasicLit)
				if !ok {
					t.Fatalf("%s: a constant of %s is no text", name, of)
				}
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, text)
			}
			return true
		})
	}
	return out
}

// Whatever can stand in the log of a case has words for people.
func TestEveryEventHasWords(t *testing.T) {
	t.Parallel()
	kinds := constants(t, "EventKind")
	if len(kinds) < 50 || len(kinds) != len(EventKinds()) {
		t.Errorf("%d kinds are declared, %d listed", len(kinds), len(EventKinds()))
	}
	for _, k := range kinds {
		if !slices.Contains(EventKinds(), EventKind(k)) || !EventKind(k).Label().Complete() {
			t.Errorf("event %s has no words in both languages, or is not listed", k)
		}
	}
	deadlines := constants(t, "DeadlineKind")
	if len(deadlines) < 14 {
		t.Errorf("%d kinds of deadline", len(deadlines))
	}
	for _, k := range deadlines {
		if !DeadlineKind(k).Label().Complete() {
			t.Errorf("deadline %s has no words in both languages", k)
		}
	}
	severities := constants(t, "Severity")
	for _, s := range severities {
		if !slices.Contains(Severities(), Severity(s)) || !Severity(s).Label().Complete() {
			t.Errorf("severity %s has no words", s)
		}
	}
	for _, s := range RemarkStatuses() {
		if !s.Label().Complete() {
			t.Errorf("status %s has no words", s)
		}
	}
}
