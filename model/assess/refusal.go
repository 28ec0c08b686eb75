package assess

import (
	"slices"
	"strings"

	"sluss/model/rulebook"
)

// The kinds of task that decide the stages whose rules are in this package, as
// model.TaskKind.
const (
	taskDecision     = "decision"
	taskRegistration = "registration"
)

// refusal is a rule as what stands in the way of outcomes of a task. It points
// to the question that names the rule among its refs, if one does.
func refusal(book *rulebook.Book, r *rulebook.Rule, task string, outcomes ...string) Hindrance {
	return Hindrance{Task: task, Outcomes: outcomes, Rule: r.Code, Pointer: askedBy(book, r.Code), Text: r.Text, Source: r.Source}
}

// refusals are the rules of a list that hold as what they refuse.
func refusals(book *rulebook.Book, e *rulebook.Evaluation, list, task string, outcomes ...string) []Hindrance {
	var out []Hindrance
	for _, r := range e.All(list) {
		out = append(out, refusal(book, r, task, outcomes...))
	}
	return out
}

// askedBy is the pointer of the question behind a rule, or empty.
func askedBy(book *rulebook.Book, code string) string {
	for _, f := range book.Fields() {
		if slices.Contains(strings.Split(f.Refs, "; "), code) {
			return f.Pointer()
		}
	}
	return ""
}

// allFired are the rules of lists that hold, in their order.
func allFired(e *rulebook.Evaluation, lists ...string) []Fired {
	out := []Fired{}
	for _, list := range lists {
		for _, r := range e.All(list) {
			out = append(out, fired(e, r))
		}
	}
	return out
}
