package model

// MessageKind names what a person is told about a case, an incident or a task that
// belongs to neither. The text belongs to whoever shows or sends it; a message
// carries a link, and the case's title where there is one, only.
type MessageKind string

// What people are told (rulebook 3.7, 5.6, 8.2, 9.2, 9.5).
const (
	MessageAssigned  MessageKind = "task_opened"
	MessageReminder  MessageKind = "reminder"
	MessageDue       MessageKind = "due"
	MessageEscalated MessageKind = "escalated"
	// MessageAdviceSilent says that the DPO has not answered and that the head of
	// the unit may note it (AD-01).
	MessageAdviceSilent MessageKind = "advice_silent"
	MessageReturned     MessageKind = "returned"
	MessageDecided      MessageKind = "decided"
	MessageWithdrawn    MessageKind = "withdrawn"
	MessageSuspended    MessageKind = "suspended"
	MessageResumed      MessageKind = "resumed"
	MessageExpiring     MessageKind = "expiring"
	MessageExpired      MessageKind = "expired"
	MessageReassessment MessageKind = "reassessment"
	MessageCondition    MessageKind = "condition_due"
	MessageConsultation MessageKind = "prior_consultation"
	MessageIncident     MessageKind = "incident"
	// MessageNewOwner says, to both, that a case has a new project owner.
	MessageNewOwner MessageKind = "new_project_owner"
)

// MessageKinds lists every kind.
func MessageKinds() []MessageKind {
	return []MessageKind{
		MessageAssigned, MessageReminder, MessageDue, MessageEscalated, MessageAdviceSilent,
		MessageReturned, MessageDecided, MessageWithdrawn, MessageSuspended, MessageResumed,
		MessageExpiring, MessageExpired, MessageReassessment, MessageCondition, MessageConsultation,
		MessageIncident, MessageNewOwner,
	}
}

// WaitingKinds lists the kinds that say that a task waits for an answer.
func WaitingKinds() []MessageKind {
	return []MessageKind{MessageAssigned, MessageReminder, MessageDue, MessageEscalated}
}

// Recipient is whom a message is for: one person, or whoever holds a role when it
// is delivered: in the case where the role is held case by case, for the case's
// unit where the role is held there, and otherwise everybody who has it.
type Recipient struct {
	PersonID string
	Role     Role
}
