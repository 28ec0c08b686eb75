package model

import (
	"errors"
	"fmt"
	"strings"
)

// Code is a reason that never changes its name. The API turns it into a status
// and a text in the reader's language.
type Code string

// The reasons why something is not done.
const (
	CodeNotFound        Code = "not_found"
	CodeForbidden       Code = "forbidden"
	CodeUnauthenticated Code = "unauthenticated"
	CodeInvalid         Code = "invalid"
	// CodeStepUp is named as in RFC 9470.
	CodeStepUp               Code = "insufficient_user_authentication"
	CodeStale                Code = "stale"
	CodePreconditionRequired Code = "precondition_required"
	CodeKeyMissing           Code = "idempotency_key_missing"
	CodeKeyReused            Code = "idempotency_key_reused"
	CodeStateConflict        Code = "state_conflict"
	CodeTaskClosed           Code = "task_closed"
	CodeTaskTaken            Code = "task_taken"
	CodeGuard                Code = "guard"
	CodeSegregation          Code = "segregation_of_duties"
	CodeConditionsOpen       Code = "conditions_open"
	CodeUnchanged            Code = "unchanged"
	CodeBusy                 Code = "busy"
	CodePending              Code = "pending"
	CodeUnavailable          Code = "unavailable"
	CodeNotInTree            Code = "not_in_tree"

	// CodeReevaluate is never shown: the evaluation is of another day and the
	// sender evaluates again.
	CodeReevaluate Code = "reevaluate"
	// CodeDraining is never shown: the process is about to continue as new and
	// the sender tries again.
	CodeDraining Code = "draining"
	// CodeEnded is never shown: the command was ended before it was recorded.
	CodeEnded Code = "ended"
)

// Refusal is a refusal by the rules: a code and the identifiers of the rules
// behind it. It carries no text and nothing that a person has written.
type Refusal struct {
	Code  Code     `json:"code"`
	Rules []string `json:"rules,omitempty"`
}

// Refuse builds a refusal.
func Refuse(code Code, rules ...string) *Refusal { return &Refusal{code, rules} }

// Error gives the code and the rules.
func (r *Refusal) Error() string {
	if len(r.Rules) == 0 {
		return string(r.Code)
	}
	return fmt.Sprintf("%s (%s)", r.Code, strings.Join(r.Rules, ", "))
}

// Is makes errors.Is compare refusals by code.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// CodeOf returns the code of the refusal within err, or "".
func CodeOf(err error) Code {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}
