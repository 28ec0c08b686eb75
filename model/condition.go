package model

// ConditionStatus is how far a condition has come (rulebook 8.2).
type ConditionStatus string

// The condition statuses of rulebook 8.2.
const (
	ConditionOpen    ConditionStatus = "open"
	ConditionMet     ConditionStatus = "met"
	ConditionOverdue ConditionStatus = "overdue"
	ConditionWaived  ConditionStatus = "waived"

	// ConditionReplaced is a condition of a decision that was taken again.
	ConditionReplaced ConditionStatus = "replaced"
)

// Unmet reports whether the condition has still to be met.
func (s ConditionStatus) Unmet() bool { return s == ConditionOpen || s == ConditionOverdue }

// DueKind says when a condition has to be met (rulebook 8.2).
type DueKind string

// The kinds of rulebook 8.2.
const (
	DueBeforeUse DueKind = "before_use"
	DueDate      DueKind = "date"
	DueRecurring DueKind = "recurring"
)
