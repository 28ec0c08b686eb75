package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// neverShown are the codes that stay between the program's own parts.
var neverShown = []model.Code{model.CodeReevaluate, model.CodeDraining, model.CodeEnded}

// TestCatalogue holds the catalogue of errors to the model: every code that a
// client can meet has an entry in both languages, and no other.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	for _, code := range codesIn(t, "../model/error.go") {
		_, shown := Catalogue(code)
		if hidden := slices.Contains(neverShown, code); shown == hidden {
			t.Errorf("%s: in the catalogue %v, never shown %v", code, shown, hidden)
		}
	}
	for _, code := range Codes() {
		e, _ := Catalogue(code)
		if e.Status < 400 || e.Status > 599 {
			t.Errorf("%s: status %d", code, e.Status)
		}
		for _, text := range []lang.Text{e.Title, e.Detail} {
			checkWords(t, string(code), text)
		}
		if strings.HasSuffix(e.Title.SV, ".") || !strings.HasSuffix(e.Detail.SV, ".") || !strings.HasSuffix(e.Detail.EN, ".") {
			t.Errorf("%s: a title is a few words, a detail is sentences", code)
		}
	}
}

// codesIn reads the constants of type Code from a source file.
func codesIn(t *testing.T, path string) []model.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []model.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Code" {
			return true
		}
		for _, v := range spec.Values {
			code, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, model.Code(code))
		}
		return true
	})
	if len(codes) < 15 {
		t.Fatalf("only %d codes found", len(codes))
	}
	return codes
}

func checkWords(t *testing.T, what string, text lang.Text) {
	t.Helper()
	if !text.Complete() {
		t.Errorf("%s: not in both languages: %+v", what, text)
	}
	if text.SV == text.EN && len(text.SV) > 12 {
		t.Errorf("%s: the same in both languages: %q", what, text.SV)
	}
}

// TestWords requires words in both languages for every code of the process.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, state := range model.CaseStates() {
		checkWords(t, string(state), stateWords[state])
	}
	s := &server{Options: Options{Book: rulebook.Default()}}
	for _, stage := range model.Stages() {
		for _, l := range lang.Languages() {
			if s.stageLabel(stage.Key, l) == "" {
				t.Errorf("%s has no label in %s", stage.Key, l)
			}
		}
		tasks := slices.Clone(stage.Tasks)
		for _, kind := range []model.TaskKind{model.TaskPrepare, model.TaskStatement, model.TaskHead, model.TaskSecondReading} {
			if task, ok := stage.Task(kind); ok {
				tasks = append(tasks, task)
			}
		}
		for _, task := range tasks {
			checkWords(t, string(stage.Key)+"."+string(task.Kind), questionOf(model.TaskKey{Stage: stage.Key, Kind: task.Kind}))
			for _, o := range task.Outcomes {
				checkWords(t, string(o), outcomeWords[o])
			}
		}
	}
	for _, o := range []model.Outcome{model.OutcomeLightOK, model.OutcomeAttested, model.OutcomeThresholdOnly, model.OutcomeStandingAdvice} {
		checkWords(t, string(o), outcomeWords[o])
	}
}

var ruleID = regexp.MustCompile(`"((?:SG|SOD|CO|T|LB|DP|V|HS|RT|TR|PC|OV|AD)-[0-9A-Za-z]+)"`)

// TestRulesOfRefusals requires words and a source for every rule that the code
// names: what it cites when it refuses is what a client is shown.
func TestRulesOfRefusals(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, folder := range []string{"../workflows", "../model/store", "../model/access", "act"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.Contains(path, "storetest") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range ruleID.FindAllStringSubmatch(string(text), -1) {
				seen[m[1]] = path
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) < 20 {
		t.Fatalf("only %d rules found", len(seen))
	}
	for id, path := range seen {
		if isQuestion(id) {
			continue
		}
		if r, ok := rulebook.Default().Rule(id); ok {
			checkWords(t, id, r.Text)
			continue
		}
		r, ok := model.ProcessRule(id)
		if !ok {
			t.Errorf("%s, named in %s, is neither in the rulebook nor a rule of the process", id, path)
			continue
		}
		checkWords(t, id, r.Text)
		if r.Source == "" {
			t.Errorf("%s has no source", id)
		}
	}
}

func TestProcessRules(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range model.ProcessRules() {
		checkWords(t, r.ID, r.Text)
		if r.Source == "" || seen[r.ID] {
			t.Errorf("%s: no source, or there twice", r.ID)
		}
		seen[r.ID] = true
	}
	want := []string{"V-60", "LB-R19", "DP-07", "DP-20", "T-07a"}
	for prefix, n := range map[string]int{"SG-": 8, "SOD-": 10, "CO-": 4, "T-": 34} {
		for i := 1; i <= n; i++ {
			want = append(want, prefix+string(rune('0'+i/10))+string(rune('0'+i%10)))
		}
	}
	for _, id := range want {
		if !seen[id] {
			t.Errorf("%s is missing", id)
		}
	}
	if _, ok := model.ProcessRule("XX-99"); ok {
		t.Error("a rule that nobody wrote")
	}
}

// isQuestion reports whether an id that looks like a rule's is a question's.
func isQuestion(id string) bool {
	return slices.ContainsFunc(rulebook.Default().Assessments(), func(b *rulebook.Book) bool {
		_, ok := b.Field(id)
		return ok
	})
}
