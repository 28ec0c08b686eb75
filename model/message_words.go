package model

import "sluss/model/lang"

// MailState is how far a message has come by e-mail. On its person's page a
// message is in any case.
type MailState string

// A message is sent by e-mail where the person has an address and the
// organisation a mail server, and tried again until it is given up.
const (
	MailNone    MailState = "none"
	MailWaiting MailState = "waiting"
	MailSent    MailState = "sent"
	MailFailed  MailState = "failed"
	MailGivenUp MailState = "given_up"
)

// MailStates lists every state.
func MailStates() []MailState {
	return []MailState{MailNone, MailWaiting, MailSent, MailFailed, MailGivenUp}
}

// Label returns what the message says, without the title of its case: the
// subject of an e-mail, the line of a list.
func (k MessageKind) Label() lang.Text {
	if t, ok := messageLabels[k]; ok {
		return t
	}
	return lang.Text{SV: string(k), EN: string(k)}
}

var messageLabels = map[MessageKind]lang.Text{
	MessageAssigned:     {SV: "Ny uppgift", EN: "New task"},
	MessageReminder:     {SV: "Påminnelse", EN: "Reminder"},
	MessageDue:          {SV: "Tiden har gått ut", EN: "The time is up"},
	MessageEscalated:    {SV: "Uppgiften är fortfarande obesvarad", EN: "The task is still unanswered"},
	MessageAdviceSilent: {SV: "Dataskyddsombudets råd har inte kommit i tid", EN: "The DPO's advice has not come in time"},
	MessageReturned:     {SV: "Återlämnat för komplettering", EN: "Returned for completion"},
	MessageDecided:      {SV: "Nytt beslut", EN: "New decision"},
	MessageWithdrawn:    {SV: "Ärendet är återtaget", EN: "The case is withdrawn"},
	MessageSuspended:    {SV: "Användningen är tillfälligt stoppad", EN: "The use is suspended"},
	MessageResumed:      {SV: "Användningen får fortsätta", EN: "The use may go on"},
	MessageExpiring:     {SV: "Godkännandet går snart ut", EN: "The approval expires soon"},
	MessageExpired:      {SV: "Godkännandet har gått ut", EN: "The approval has expired"},
	MessageReassessment: {SV: "En ny bedömning behövs", EN: "A new assessment is needed"},
	MessageCondition:    {SV: "Ett villkor ska vara uppfyllt", EN: "A condition is to be met"},
	MessageConsultation: {SV: "Nytt i förhandssamrådet", EN: "News in the prior consultation"},
	MessageNewOwner:     {SV: "Ärendet har en ny projektägare", EN: "The case has a new project owner"},
	MessageIncident:     {SV: "En incident har rapporterats", EN: "An incident has been reported"},
}
