package web

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// jargon are words of the program and of what drives it, in both languages.
var jargon = regexp.MustCompile(`(?i)\b(workflows?|temporal|updates?|activit(y|ies)|timers?|signals?|namespaces?|task queues?|payloads?|` +
	`arbetsflöden?a?|aktivitet(en|er|erna)?|signal(en|er|erna)|namnrymd(en|er)?)\b`)

// people are signed out without it, which is no word of the engine.
var withoutActivity = strings.NewReplacer("without activity", "", "utan aktivitet", "")

// The pages speak of the work and not of the program.
func TestPagesSpeakPlainly(t *testing.T) {
	t.Parallel()
	says := func(where, text string) {
		for _, word := range jargon.FindAllString(withoutActivity.Replace(text), -1) {
			t.Errorf("%s says %q: %.120q", where, word, text)
		}
	}
	templates, err := fs.Glob(files, "templates/*.html")
	if err != nil || len(templates) < 50 {
		t.Fatalf("%d templates, %v", len(templates), err)
	}
	for _, name := range templates {
		text, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		says(name, string(text))
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	literals := 0
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var s scanner.Scanner
		s.Init(token.NewFileSet().AddFile(name, -1, len(src)), src, nil, 0)
		for {
			_, tok, lit := s.Scan()
			if tok == token.EOF {
				break
			}
			if tok == token.STRING {
				literals++
				says(name, lit)
			}
		}
	}
	if literals < 1000 {
		t.Errorf("only %d texts were read", literals)
	}
}
