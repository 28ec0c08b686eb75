package model

import (
	"slices"

	"sluss/model/calendar"
)

// ConsultationEvent names what happens in a prior consultation (GDPR 36, rulebook
// 5.6).
type ConsultationEvent string

// The events of rulebook 5.6, and the controller's word that the period is over
// (T-12).
const (
	ConsultDecided           ConsultationEvent = "decided"
	ConsultSubmitted         ConsultationEvent = "submitted"
	ConsultReceived          ConsultationEvent = "received"
	ConsultExtensionNotified ConsultationEvent = "extension_notified"
	ConsultInfoRequested     ConsultationEvent = "info_requested"
	ConsultInfoDelivered     ConsultationEvent = "info_delivered"
	ConsultAdviceReceived    ConsultationEvent = "advice_received"
	ConsultPowersUsed        ConsultationEvent = "powers_used"
	ConsultWithdrawn         ConsultationEvent = "withdrawn"
	ConsultPeriodEnded       ConsultationEvent = "period_ended"
)

// ConsultationEvents lists the events that people record, in the order in which
// they come. The decision is an answer to the task of the DPIA.
func ConsultationEvents() []ConsultationEvent {
	return []ConsultationEvent{
		ConsultSubmitted, ConsultReceived, ConsultExtensionNotified, ConsultInfoRequested, ConsultInfoDelivered,
		ConsultAdviceReceived, ConsultPowersUsed, ConsultWithdrawn, ConsultPeriodEnded,
	}
}

// FromAuthority reports whether the event is the supervisory authority's doing, of
// which the information owner and the DPO are told.
func (e ConsultationEvent) FromAuthority() bool {
	return slices.Contains([]ConsultationEvent{
		ConsultReceived, ConsultExtensionNotified, ConsultInfoRequested, ConsultAdviceReceived, ConsultPowersUsed,
	}, e)
}

// consultationSteps says what each event makes of a consultation; "" is its end,
// which leads back to the DPIA (T-12). Letters arrive later than they are dated:
// an extension or a request that comes to light after the period's end lets the
// time run again, or stand still, as the clock then says. The use of powers decides
// nothing about the consultation: the advice may still come (GDPR 36(2), 58).
var consultationSteps = map[ConsultationEvent]map[ConsultationState]ConsultationState{
	ConsultSubmitted: {ConsultationDecided: ConsultationSubmitted},
	ConsultReceived:  {ConsultationSubmitted: ConsultationRunning},
	ConsultExtensionNotified: {
		ConsultationRunning: ConsultationRunning, ConsultationSuspended: ConsultationSuspended, ConsultationOver: ConsultationRunning,
	},
	ConsultInfoRequested:  {ConsultationRunning: ConsultationSuspended, ConsultationOver: ConsultationSuspended},
	ConsultInfoDelivered:  {ConsultationSuspended: ConsultationRunning},
	ConsultAdviceReceived: {ConsultationRunning: "", ConsultationSuspended: "", ConsultationOver: ""},
	ConsultPowersUsed: {
		ConsultationSubmitted: ConsultationSubmitted, ConsultationRunning: ConsultationRunning,
		ConsultationSuspended: ConsultationSuspended, ConsultationOver: ConsultationOver,
	},
	ConsultWithdrawn: {
		ConsultationDecided: "", ConsultationSubmitted: "", ConsultationRunning: "",
		ConsultationSuspended: "", ConsultationOver: "",
	},
	ConsultPeriodEnded: {ConsultationOver: ""},
}

// After is how far the consultation has come after an event, or why the event cannot
// happen as it stands. The request goes out only on a recorded decision (T-11).
func (s ConsultationState) After(e ConsultationEvent) (ConsultationState, *Refusal) {
	next, ok := consultationSteps[e][s]
	switch {
	case !ok && e == ConsultSubmitted && s == "":
		return "", Refuse(CodeGuard, "T-11")
	case !ok:
		return "", Refuse(CodeStateConflict, "T-12")
	}
	return next, nil
}

// followed names, for each event, those that it cannot be dated before: the first of
// them that the consultation has had, looked for from the latest back. The end of
// the period is dated by the clock.
var followed = map[ConsultationEvent][]ConsultationEvent{
	ConsultSubmitted:         {ConsultDecided},
	ConsultReceived:          {ConsultSubmitted},
	ConsultExtensionNotified: {ConsultReceived},
	ConsultInfoRequested:     {ConsultReceived},
	ConsultInfoDelivered:     {ConsultInfoRequested},
	ConsultAdviceReceived:    {ConsultReceived},
	ConsultPowersUsed:        {ConsultReceived, ConsultSubmitted},
	ConsultWithdrawn:         {ConsultSubmitted, ConsultDecided},
}

// NotBefore is the first day that an event can have after those that the
// consultation has had, zero where any will do.
func (e ConsultationEvent) NotBefore(events []ConsultationNote) calendar.Date {
	if e == ConsultPeriodEnded {
		if clock, started, err := ConsultationClock(events); err == nil && started && clock.Due != nil {
			return *clock.Due
		}
	}
	for _, earlier := range followed[e] {
		for _, n := range slices.Backward(events) {
			if n.Event == earlier {
				return n.On
			}
		}
	}
	return calendar.Date{}
}

// ConsultationNote is an event of a consultation and the day in Sweden on which it
// happened.
type ConsultationNote struct {
	Event ConsultationEvent `json:"event"`
	On    calendar.Date     `json:"on"`
}

// ConsultationClock reckons the time of a consultation from its events, in the
// order in which they were recorded. started is false while the authority has not
// received the request. The error is calendar's *ConsultationError.
func ConsultationClock(events []ConsultationNote) (clock calendar.ConsultationClock, started bool, err error) {
	in := calendar.Consultation{}
	for _, e := range events {
		switch on := e.On; e.Event {
		case ConsultReceived:
			in.Received, started = on, true
		case ConsultExtensionNotified:
			in.ExtNotified = &on
		case ConsultInfoRequested:
			in.Suspensions = append(in.Suspensions, calendar.Suspension{Requested: on})
		case ConsultInfoDelivered:
			if n := len(in.Suspensions); n > 0 {
				in.Suspensions[n-1].Delivered = &on
			}
		}
	}
	if !started {
		return clock, false, nil
	}
	clock, err = calendar.Swedish.PriorConsultation(in)
	return clock, true, err
}

// Consult is an event of a prior consultation as it is recorded.
type Consult struct {
	ConsultationNote
	Text              string `json:"text,omitempty"`
	DecisionAuthority string `json:"decision_authority,omitempty"`
}

// ConsultationCodes is an event of a consultation as the log has it.
type ConsultationCodes struct {
	ID    string            `json:"id"`
	Round int               `json:"round"`
	Event ConsultationEvent `json:"event"`
	On    string            `json:"on"`
}
