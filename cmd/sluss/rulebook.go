package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

const rulebookAbout = `The guidelines as data.

Usage:
  sluss rulebook show               the questions of the intake, by section
  sluss rulebook show NAME          what a name means: a question with its choices, limits
                                    and an example; a rule, tier, stage, state, role,
                                    profile or any code that a message names
  sluss rulebook show STAGE.NAME    a question of a stage's assessment, such as ciso.A1
  sluss rulebook show reasons       the rules that a return or a rejection often names
  sluss rulebook check FOLDER...    is a rulebook sound? Errors name file, line and rule
  sluss rulebook impact [FOLDER]    what a rulebook would mean for the cases that there are;
                                    without a folder the one of this program
  sluss rulebook list               the versions on a server, and which one is in force
  sluss rulebook propose [FOLDER]   propose a version, for another person to publish
  sluss rulebook publish ID         put in force what somebody else has proposed
  sluss rulebook withdraw ID        take a proposal back
  sluss rulebook test FILE...       run vectors of triage (JSON) against the rulebook
  sluss rulebook trace [ID...]      what the guidelines say, statement by statement, and
                                    what carries it out`

func rulebookCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "impact":
			return rulebookImpact(ctx, args[1:], stdout, stderr)
		case "list", "propose", "publish", "withdraw":
			return rulebookVersions(ctx, args[0], args[1:], stdout, stderr)
		}
	}
	var language string
	var asJSON bool
	fs := flag.NewFlagSet("sluss rulebook", flag.ContinueOnError)
	fs.StringVar(&language, "lang", "sv", "sv or en")
	fs.BoolVar(&asJSON, "json", false, "print as JSON")
	action, args := actionOf(args)
	rest, err := readFlags(fs, rulebookAbout, args, stderr)
	if err != nil {
		return err
	}
	l, err := lang.Parse(language)
	if err != nil {
		return errors.New("--lang is sv or en")
	}
	switch {
	case action == "show" && len(rest) == 0:
		return glossary{rulebook.Default(), l, asJSON, stdout}.questions()
	case action == "show" && len(rest) == 1:
		return glossary{rulebook.Default(), l, asJSON, stdout}.show(rest[0])
	case action == "check" && len(rest) > 0:
		return checkRulebooks(rest, asJSON, stdout)
	case action == "test" && len(rest) > 0:
		return testVectors(rulebook.Default(), rest, stdout)
	case action == "trace":
		return traceStatements(rest, l, asJSON, stdout)
	}
	fmt.Fprintln(stderr, rulebookAbout)
	return errUsage
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func loadRulebook(folder string) (*rulebook.Book, error) {
	parent, name := filepath.Split(filepath.Clean(folder))
	if parent == "" {
		parent = "."
	}
	return rulebook.Load(os.DirFS(parent), name)
}

// checkRulebooks loads each folder and prints what is wrong, a line each.
func checkRulebooks(folders []string, asJSON bool, stdout io.Writer) error {
	var all []*rulebook.Error
	for _, folder := range folders {
		b, err := loadRulebook(folder)
		found := rulebook.Errors(err)
		if err != nil && len(found) == 0 {
			return err
		}
		all = append(all, found...)
		if err == nil && !asJSON {
			fmt.Fprintf(stdout, "%s: sound, %s %s, %d rules, digest %s\n", folder, b.ID, b.Version, len(b.Rules()), b.Digest)
		}
	}
	if asJSON {
		if err := writeJSON(stdout, all); err != nil {
			return err
		}
	} else {
		for _, e := range all {
			fmt.Fprintln(stdout, e)
		}
	}
	if len(all) > 0 {
		return fmt.Errorf("%d errors", len(all))
	}
	return nil
}

// vectorFile is a file of triage vectors: facts are base with overrides.
type vectorFile struct {
	Base      map[string]any `json:"base"`
	AgentBase map[string]any `json:"agent_base"`
	Vectors   []struct {
		ID        string         `json:"id"`
		Overrides map[string]any `json:"overrides"`
		Expected  map[string]any `json:"expected"`
	} `json:"vectors"`
}

func testVectors(b *rulebook.Book, files []string, stdout io.Writer) error {
	passed, failed := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var vectors vectorFile
		if err := json.Unmarshal(text, &vectors); err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		for _, v := range vectors.Vectors {
			differences, err := vectors.run(b, v.Overrides, v.Expected)
			if err != nil {
				return fmt.Errorf("%s: %w", v.ID, err)
			}
			if len(differences) == 0 {
				passed++
				continue
			}
			failed++
			fmt.Fprintf(stdout, "%s: %s\n", v.ID, strings.Join(differences, "; "))
		}
	}
	fmt.Fprintf(stdout, "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return fmt.Errorf("%d vectors failed", failed)
	}
	return nil
}

// run triages one vector and says where the result differs.
func (f vectorFile) run(b *rulebook.Book, overrides, expected map[string]any) ([]string, error) {
	facts := map[string]any{}
	for _, layer := range []map[string]any{f.Base, overrides} {
		for k, v := range layer {
			facts[k] = v
		}
	}
	if agent, ok := overrides["agent"].(map[string]any); ok {
		merged := map[string]any{}
		for _, layer := range []map[string]any{f.AgentBase, agent} {
			for k, v := range layer {
				merged[k] = v
			}
		}
		facts["agent"] = merged
	}
	day, _ := facts["decision_date"].(string)
	date, err := calendar.ParseDate(day)
	if err != nil {
		return nil, fmt.Errorf("decision_date: %w", err)
	}
	got, err := assess.Triage(b, "", facts, date)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(got.TriageResult)
	if err != nil {
		return nil, err
	}
	var result map[string]any
	if err := json.Unmarshal(text, &result); err != nil {
		return nil, err
	}
	var differences []string
	for name, want := range expected {
		if !reflect.DeepEqual(result[name], want) {
			differences = append(differences, fmt.Sprintf("%s is %v, expected %v", name, result[name], want))
		}
	}
	return differences, nil
}
