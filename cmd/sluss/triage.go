package main

import (
	"fmt"
	"slices"
	"strconv"

	"sluss/model/rulebook"
)

// shownTriage is what the command line shows of a triage.
type shownTriage struct {
	Result struct {
		Tier       string   `json:"tier"`
		IPL        *int     `json:"info_protection_level"`
		AIActClass string   `json:"ai_act_class"`
		HardStops  []string `json:"hard_stops"`
		Blockers   []string `json:"blockers"`
	} `json:"result"`
	Rules    []shownRule `json:"rules"`
	Warnings []shownRule `json:"warnings"`
}

type shownRule struct {
	ID          string `json:"id"`
	Text        string `json:"text"`
	Source      string `json:"source"`
	PathForward string `json:"path_forward"`
}

func (f shownRule) line() string {
	if f.Source == "" {
		return f.ID + " " + f.Text
	}
	return fmt.Sprintf("%s %s [%s]", f.ID, f.Text, f.Source)
}

// group is the part of the rulebook that the rule stands in.
func (f shownRule) group() string {
	if r, ok := rulebook.Default().Rule(f.ID); ok {
		return r.Group
	}
	return ""
}

// label is what the rulebook calls a value of an enumeration.
func (r *remote) label(enum, value string) string {
	return rulebook.Default().Label(enum, value).In(r.lang)
}

// printClass says what class a case is, what that means and which rules say so.
func (r *remote) printClass(t *shownTriage) {
	class := t.Result.AIActClass
	if t.Result.IPL == nil { // a case out of scope has a class and nothing else
		r.tell("Klass enligt AI-förordningen: %s (%s)\n", "AI Act class: %s (%s)\n", class, r.label("ai_act_class", class))
		r.printRules(t, "ai_act_class")
		return
	}
	level := strconv.Itoa(*t.Result.IPL)
	r.tell("Nivå %s: %s\n", "Tier %s: %s\n", t.Result.Tier, r.label("tier", t.Result.Tier))
	r.printRules(t, "tier")
	r.tell("Skyddsnivå %s av 4: %s\n", "Protection level %s of 4: %s\n", level, r.label("info_protection_level", level))
	r.printRules(t, "info_protection_level")
	r.tell("Klass enligt AI-förordningen: %s (%s)\n", "AI Act class: %s (%s)\n", class, r.label("ai_act_class", class))
	r.printRules(t, "ai_act_class", "transparency")
	if dpia := t.fired("dpia_criteria", "art35_3"); len(dpia) > 0 {
		r.tell("Det som talar för en konsekvensbedömning (DPIA):\n", "What counts towards an impact assessment (DPIA):\n")
		r.printRules(t, "dpia_criteria", "art35_3")
	}
	r.tell("`sluss rulebook show %s` säger vad nivån betyder.\n", "`sluss rulebook show %s` says what the tier means.\n", t.Result.Tier)
}

// fired lists the rules of the groups that held.
func (t *shownTriage) fired(groups ...string) []shownRule {
	return slices.DeleteFunc(slices.Clone(t.Rules), func(f shownRule) bool { return !slices.Contains(groups, f.group()) })
}

// printRules prints the rules of the groups that held, a line each.
func (r *remote) printRules(t *shownTriage, groups ...string) {
	for _, f := range t.fired(groups...) {
		fmt.Fprintf(r.stdout, "  %s\n", f.line())
	}
}

// printStops prints the rules that stop or hold up a case, with the way forward, and
// the warnings.
func (r *remote) printStops(t *shownTriage, rules ...string) {
	for _, f := range t.Rules {
		if slices.Contains(rules, f.ID) {
			fmt.Fprintf(r.stdout, "\n%s\n  %s\n", f.line(), f.PathForward)
		}
	}
	for _, f := range t.Warnings {
		fmt.Fprintf(r.stdout, "\n%s\n", f.line())
	}
}
