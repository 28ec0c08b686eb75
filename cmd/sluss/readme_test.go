//go:build !slim

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestReadme runs the commands of the README in their order, each in a demo of its
// own, and compares what they print with what the README shows. Ids and days are
// those of the run; an ellipsis stands for lines that are left out.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	ids := map[string]string{} // of the README to those of the run
	ran := 0
	for _, c := range shownCommands(string(text)) {
		args := shellWords(someID.ReplaceAllStringFunc(c.line, func(id string) string { return ids[id] }))
		for i, arg := range args {
			args[i] = strings.Replace(arg, "cmd/sluss/", "", 1) // where this test runs
		}
		out, _, err := sluss(t, append(args, "--lang", "en", "--server", w.base, "--data-dir", w.dir)...)
		if err != nil {
			t.Fatalf("%s: %v", c.line, err)
		}
		was, is := someID.FindAllString(c.output, -1), someID.FindAllString(out, -1)
		for i := range min(len(was), len(is)) {
			ids[was[i]] = is[i]
		}
		if !regexp.MustCompile("^" + shown(c.output) + "$").MatchString(blank(out)) {
			t.Errorf("%s prints\n%s\nand the README shows\n%s", c.line, out, c.output)
		}
		ran++
	}
	if ran < 10 {
		t.Errorf("the README has only %d commands", ran)
	}
}

// shownCommand is a command of the README, and what it is shown to print.
type shownCommand struct{ line, output string }

// shownCommands lists the commands of the program that the README shows.
func shownCommands(text string) []shownCommand {
	var all []shownCommand
	for i, block := range strings.Split(text, "```") {
		body, isConsole := strings.CutPrefix(block, "console\n")
		if i%2 == 0 || !isConsole {
			continue
		}
		body = strings.ReplaceAll(body, "\\\n", " ")
		for _, part := range strings.Split("\n"+body, "\n$ ")[1:] {
			line, output, _ := strings.Cut(part, "\n")
			if line, ours := strings.CutPrefix(line, "./sluss "); ours {
				all = append(all, shownCommand{line, output})
			}
		}
	}
	return all
}

// shellWords takes a command line apart. Words with blanks stand between quotes.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	quoted := false
	for _, r := range line + " " {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ' ' && !quoted:
			if word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
		default:
			word.WriteRune(r)
		}
	}
	return words
}

var (
	someDay   = regexp.MustCompile(`20[0-9]{2}-[0-9]{2}-[0-9]{2}`)
	someYear  = regexp.MustCompile(`SL 20[0-9]{2}-`)
	rowEnd    = regexp.MustCompile(`(?m) +$`)
	column    = regexp.MustCompile(`(\S)  +`)
	ofTheYear = regexp.MustCompile(`(?m)^\S+ +Task of the year .*\n?`)
)

// blank writes ids, days and the width of columns in one way, and leaves out the tasks
// that the last months of a year bring.
func blank(out string) string {
	out = column.ReplaceAllString(ofTheYear.ReplaceAllString(out, ""), "$1  ")
	out = someDay.ReplaceAllString(someID.ReplaceAllString(out, "ID"), "DAY")
	return strings.TrimSpace(rowEnd.ReplaceAllString(someYear.ReplaceAllString(out, "SL YEAR-"), ""))
}

// shown is a pattern of what the README shows.
func shown(output string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(blank(output)), "\n…\n", "\n(?s:.*)\n")
}
