package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// traced is what `sluss rulebook trace` prints: what the guidelines say, what
// carries it out and where something is wrong.
type traced struct {
	Statements []*rulebook.Statement `json:"statements"`
	Gaps       []rulebook.Gap        `json:"gaps"`
	// TestsChecked says that the names of tests were looked up, which takes the
	// source code.
	TestsChecked bool `json:"tests_checked"`

	// explained is true where somebody asked for statements by their ids: what
	// carries them out is then told in words.
	explained bool
}

// traceStatements prints the statements with the given ids, or all of them. The
// error says how many gaps there are: statements that nothing carries out, and
// names of what does not exist.
func traceStatements(ids []string, l lang.Lang, asJSON bool, stdout io.Writer) error {
	trace := rulebook.Statements()
	out := traced{Statements: trace.All(), Gaps: []rulebook.Gap{}, explained: len(ids) > 0}
	if len(ids) > 0 {
		out.Statements = nil
		for _, id := range ids {
			s, ok := trace.Statement(id)
			if !ok {
				return noStatement(trace, id)
			}
			out.Statements = append(out.Statements, s)
		}
	}
	known := rulebook.Known{Process: isProcess}
	if root, ok := sourceRoot(); ok {
		tests, err := testsBelow(root)
		if err != nil {
			return err
		}
		known.Test, out.TestsChecked = func(name string) bool { return tests[name] }, true
	}
	for _, g := range trace.Gaps(rulebook.Default(), known) {
		if slices.ContainsFunc(out.Statements, func(s *rulebook.Statement) bool { return s.ID == g.Statement }) {
			out.Gaps = append(out.Gaps, g)
		}
	}
	if err := out.print(l, asJSON, stdout); err != nil {
		return err
	}
	if n := len(out.Gaps); n > 0 {
		return fmt.Errorf("%d gaps between the guidelines and what carries them out", n)
	}
	return nil
}

func noStatement(trace *rulebook.Trace, id string) error {
	var all []string
	for _, s := range trace.All() {
		all = append(all, s.ID)
	}
	if near := nearest(id, all); len(near) > 0 {
		return fmt.Errorf("the guidelines have no statement %q; did you mean %s?", id, strings.Join(near, ", "))
	}
	return fmt.Errorf("the guidelines have no statement %q; `sluss rulebook trace` lists them", id)
}

// isProcess reports whether a name is a rule of the process or a stage.
func isProcess(name string) bool {
	if _, ok := model.ProcessRule(name); ok {
		return true
	}
	_, ok := model.Stage(model.StageKey(name))
	return ok
}

var testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(`)

// testsBelow lists the tests in the source code as folder.TestName.
func testsBelow(root string) (map[string]bool, error) {
	tests := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range testFunc.FindAllSubmatch(text, -1) {
			tests[filepath.Base(filepath.Dir(path))+"."+string(m[1])] = true
		}
		return err
	})
	return tests, err
}

// sourceRoot finds the source code of Sluss around the working directory.
func sourceRoot() (string, bool) {
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			return dir, strings.HasPrefix(string(text), "module sluss\n")
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// The words around what is printed.
var traceWords = map[string]lang.Text{
	"rules":      {SV: "Regler", EN: "Rules"},
	"questions":  {SV: "Frågor", EN: "Questions"},
	"conditions": {SV: "Villkor", EN: "Conditions"},
	"processes":  {SV: "Process", EN: "Process"},
	"parameters": {SV: "Inställningar", EN: "Settings"},
	"pages":      {SV: "Sidor", EN: "Pages"},
	"tests":      {SV: "Test", EN: "Tests"},
	"later":      {SV: "Saknas ännu", EN: "Still missing"},
	"sum":        {SV: "%d påståenden, varav %d saknar något ännu och %d är policy utan mekanism. Fel: %d.\n", EN: "%d statements, of which %d still lack something and %d are policy without a mechanism. Gaps: %d.\n"},
	"unchecked":  {SV: "Testernas namn är inte kontrollerade: det kräver källkoden.\n", EN: "The names of the tests were not checked: that takes the source code.\n"},
}

// print writes the statements, what carries them out and the gaps.
func (t traced) print(l lang.Lang, asJSON bool, w io.Writer) error {
	if asJSON {
		return writeJSON(w, t)
	}
	document, later, policy := "", 0, 0
	for _, s := range t.Statements {
		if s.Document != document {
			document = s.Document
			fmt.Fprintf(w, "%s\n\n", titleOf(document).In(l))
		}
		t.printStatement(w, s, l)
		if s.Later.Complete() {
			later++
		}
		if slices.Equal(s.Kinds, []string{"POL"}) {
			policy++
		}
	}
	for _, g := range t.Gaps {
		fmt.Fprintf(w, "%s: %s\n", strings.TrimSpace(g.Statement+" "+g.Name), g.Text.In(l))
	}
	fmt.Fprintf(w, traceWords["sum"].In(l), len(t.Statements), later, policy, len(t.Gaps))
	if !t.TestsChecked {
		fmt.Fprint(w, traceWords["unchecked"].In(l))
	}
	return nil
}

func titleOf(document string) lang.Text {
	for _, d := range rulebook.Statements().Documents {
		if d.ID == document {
			return d.Title
		}
	}
	return lang.Text{}
}

func (t traced) printStatement(w io.Writer, s *rulebook.Statement, l lang.Lang) {
	kinds := make([]string, len(s.Kinds))
	for i, k := range s.Kinds {
		kinds[i] = k + " (" + rulebook.KindLabel(k).In(l) + ")"
	}
	fmt.Fprintf(w, "%s  %s  %s\n      %s\n", s.ID, s.Heading, strings.Join(kinds, ", "), s.Says.In(l))
	c := s.CarriedBy
	for _, line := range []struct {
		word  string
		names []string
	}{
		{"rules", c.Rules}, {"questions", c.Questions}, {"conditions", c.Conditions}, {"processes", c.Processes},
		{"parameters", c.Parameters}, {"pages", c.Pages}, {"tests", c.Tests},
	} {
		switch {
		case len(line.names) == 0:
		case t.explained && line.word != "pages" && line.word != "tests":
			fmt.Fprintf(w, "      %s\n", traceWords[line.word].In(l))
			for _, name := range line.names {
				fmt.Fprintf(w, "        %-20s %s\n", name, meaning(line.word, name).In(l))
			}
		default:
			fmt.Fprintf(w, "      %-14s %s\n", traceWords[line.word].In(l), strings.Join(line.names, ", "))
		}
	}
	if s.Later.Complete() {
		fmt.Fprintf(w, "      %-14s %s\n", traceWords["later"].In(l), s.Later.In(l))
	}
	fmt.Fprintln(w)
}

// meaning says in words what a name among the carriers stands for, nothing for a
// name that has no words of its own.
func meaning(kind, name string) lang.Text {
	b := rulebook.Default()
	switch kind {
	case "questions":
		if stage, question, ok := strings.Cut(name, ":"); ok {
			if a, known := b.Assessment(stage); known {
				b, name = a, question
			}
		}
		if f, ok := b.Field(name); ok {
			return f.Text
		}
	case "processes":
		if r, ok := model.ProcessRule(name); ok {
			return r.Text
		}
		if i := slices.IndexFunc(b.Stages(), func(st *rulebook.Stage) bool { return st.Key == name }); i >= 0 {
			return b.Stages()[i].Text
		}
	case "parameters":
		if i := slices.IndexFunc(b.Parameters(), func(p rulebook.Param) bool { return p.ID == name }); i >= 0 {
			return b.Parameters()[i].Text
		}
	default:
		return ruleText(b, name)
	}
	return lang.Text{}
}

// ruleText is the text of a rule, of the first of those that share the code, or of
// a check.
func ruleText(b *rulebook.Book, name string) lang.Text {
	if r, ok := b.Rule(name); ok && r.Text.Complete() {
		return r.Text
	}
	rules := b.Rules()
	if i := slices.IndexFunc(rules, func(r *rulebook.Rule) bool { return r.Code == name && r.ID != name }); i >= 0 {
		return rules[i].Text
	}
	return checkWords[name]
}
