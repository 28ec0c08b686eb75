package rulebook

import (
	"errors"
	"fmt"
	"strings"
)

// The codes of Error.
const (
	CodeSyntax      = "syntax"       // not YAML, or a key that the format does not have
	CodeCondition   = "condition"    // CEL that does not parse or type-check
	CodeLiteral     = "literal"      // a literal outside the enumeration it is compared with
	CodeDuplicate   = "duplicate"    // an id that is already taken
	CodeTranslation = "translation"  // a text without Swedish or English
	CodeSource      = "source"       // a rule without its source
	CodeNeverFires  = "never_fires"  // a rule that no facts can fire
	CodeUnknownName = "unknown_name" // a reference to something that is not declared
	CodeValue       = "value"        // a value that does not fit its type
	CodeCycle       = "cycle"        // a name that is defined by itself
	CodeMissing     = "missing"      // a part that every rulebook must have
)

// Error is one fault in a rulebook.
type Error struct {
	File string // path inside the file system that was loaded
	Line int    // 1-based, 0 when the fault is in no single line
	Rule string // id of the rule, field or value, if known
	Code string // one of the codes above
	Msg  string
}

// Error gives file, line, rule and message in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Rule != "" {
		fmt.Fprintf(&b, ": %s", e.Rule)
	}
	fmt.Fprintf(&b, ": %s: %s", e.Code, e.Msg)
	return b.String()
}

// Errors lists the faults joined in an error that Load returned.
func Errors(err error) []*Error {
	var one *Error
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*Error
		for _, e := range many.Unwrap() {
			out = append(out, Errors(e)...)
		}
		return out
	}
	if errors.As(err, &one) {
		return []*Error{one}
	}
	return nil
}
