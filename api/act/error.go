package act

import (
	"sluss/model/assess"
	"sluss/model/rulebook"
)

// Invalid says what in a request does not fit, by JSON pointer and by the code of
// the rule.
type Invalid struct {
	Problems []rulebook.Problem
}

// Error counts the problems; it repeats nothing of what was sent.
func (e *Invalid) Error() string { return "the request does not fit the rules" }

// Hindered says which rules of a stage stand in the way of an outcome.
type Hindered struct {
	Hindrances []assess.Hindrance
}

// Error names the rules; their texts are the rulebook's.
func (e *Hindered) Error() string {
	text := "refused by the stage's rules"
	for _, h := range e.Hindrances {
		text += " " + h.Rule
	}
	return text
}
