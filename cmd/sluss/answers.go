package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"sluss/model/lang"
	"sluss/model/rulebook"
)

// bookOf is the book that asks a stage's questions; the rulebook itself, with the
// questions of the intake, where a stage has none of its own.
func bookOf(stage string) *rulebook.Book {
	if book, ok := rulebook.Default().Assessment(stage); ok {
		return book
	}
	return rulebook.Default()
}

// readAnswers reads a YAML or JSON file, or standard input for "-", with a line for
// each answer to questions of the book. The file may hold more around its answers.
func readAnswers(book *rulebook.Book, path string, v *map[string]any) error {
	in := os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	var doc yaml.Node
	if err := yaml.NewDecoder(in).Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return fmt.Errorf("read %s: write a line for each answer, such as `title: Minutes of meetings`", path)
	}
	plainYes(book, doc.Content[0], "")
	if err := doc.Decode(v); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	for name, value := range *v {
		(*v)[name] = plainDates(value)
	}
	return nil
}

// yesWords are what people write for yes and no where YAML has true and false.
var yesWords = map[string]string{"ja": "true", "yes": "true", "nej": "false", "no": "false"}

// sameWords are the words of the two languages that mean the same.
var sameWords = map[string]string{"ja": "yes", "yes": "ja", "nej": "no", "no": "nej"}

// plainYes turns yes and no into true and false below a node where the question
// is of that kind, and into the other language's word where that is the choice. A
// word between quotes, as in JSON, stays a word.
func plainYes(book *rulebook.Book, n *yaml.Node, at string) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			plainYes(book, n.Content[i+1], at+"/"+n.Content[i].Value)
		}
	case yaml.SequenceNode:
		for _, row := range n.Content {
			plainYes(book, row, at)
		}
	case yaml.ScalarNode:
		word, known := yesWords[strings.ToLower(n.Value)]
		f, _, ok := book.FieldAt(at)
		if !known || n.Style != 0 || !ok {
			return
		}
		if f.Type == "bool" {
			n.Tag, n.Value = "!!bool", word
		} else {
			n.Value = choiceWord(book, f, n.Value)
		}
	}
}

// choiceWord is the word as the choices of a question have it: the other language's
// yes or no where only that is one of them.
func choiceWord(book *rulebook.Book, f *rulebook.Field, word string) string {
	e, ok := book.Enum(f.Enum)
	if ok && f.Type == "enum" && !e.Has(word) && e.Has(sameWords[word]) {
		return sameWords[word]
	}
	return word
}

// plainDates turns the times that YAML makes of dates back into what was written.
func plainDates(v any) any {
	switch v := v.(type) {
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339Nano)
	case []any:
		for i := range v {
			v[i] = plainDates(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plainDates(v[name])
		}
	}
	return v
}

// answerFlags are answers on the command line: --answer name=value, once for each.
type answerFlags []string

// String is what flag shows as the default: nothing.
func (a *answerFlags) String() string { return "" }

// Set takes one flag.
func (a *answerFlags) Set(text string) error {
	if name, _, ok := strings.Cut(text, "="); !ok || name == "" {
		return errors.New("write --answer NAME=VALUE")
	}
	*a = append(*a, text)
	return nil
}

// addTo puts the answers into those of a form. A name may lead to a part of an
// answer, as in A1.answer=yes; a list takes a row from each flag of its name.
func (a answerFlags) addTo(answers map[string]any, book *rulebook.Book, l lang.Lang) error {
	begun := map[string]bool{} // lists that flags write, whatever a file holds
	for _, text := range a {
		name, value, _ := strings.Cut(text, "=")
		f, _, ok := book.FieldAt(name)
		if !ok {
			return unknownAnswer(name, book, l)
		}
		v, err := answerFrom(f, choiceWord(book, f, value))
		if err != nil {
			return fmt.Errorf("--answer %s: %w", name, err)
		}
		at, steps := answers, strings.Split(name, ".")
		for _, step := range steps[:len(steps)-1] {
			inner, ok := at[step].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[step] = inner
			}
			at = inner
		}
		last := steps[len(steps)-1]
		if row, isList := v.([]any); isList && begun[name] {
			before, _ := at[last].([]any)
			v = slices.Concat(before, row)
		}
		at[last], begun[name] = v, true
	}
	return nil
}

// answerFrom reads what stands after the sign of equality, as the question's type
// has it: a text as it is, the others as in a YAML file.
func answerFrom(f *rulebook.Field, value string) (any, error) {
	switch f.Type {
	case "str", "text", "enum", "date", "ref":
		return value, nil
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(value), &doc); err != nil || len(doc.Content) == 0 {
		doc = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}}}
	}
	node := doc.Content[0]
	several := f.Type == "list" || f.Type == "multi"
	if several && node.Kind != yaml.SequenceNode {
		if node.Kind == yaml.ScalarNode {
			node = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
		}
		node = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{node}}
	}
	if word, known := yesWords[strings.ToLower(value)]; known && f.Type == "bool" {
		node = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: word}
	}
	var v any
	if err := node.Decode(&v); err != nil {
		return nil, errors.New("the value cannot be read")
	}
	return plainDates(v), nil
}

// unknownAnswer refuses a name that no question has, with those that are nearest.
func unknownAnswer(name string, book *rulebook.Book, l lang.Lang) error {
	text := fmt.Sprintf(lang.Text{SV: "formuläret har ingen fråga %q", EN: "the form has no question %q"}.In(l), name)
	if near := nearest(name, questionNames(book)); len(near) > 0 {
		text += lang.Text{SV: "; menar du ", EN: "; do you mean "}.In(l) + strings.Join(near, ", ") + "?"
	}
	return errors.New(text)
}
