package act

import "sluss/model/rulebook"

// Invalid says what in a request does not fit, by JSON pointer and by the code of
// the rule.
type Invalid struct {
	Problems []rulebook.Problem
}

// Error counts the problems; it repeats nothing of what was sent.
func (e *Invalid) Error() string { return "the request does not fit the rules" }
