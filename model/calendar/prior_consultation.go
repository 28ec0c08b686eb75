package calendar

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sluss/model/lang"
)

// The periods of GDPR Art 36(2), in days. The month in which the authority
// must tell of an extension is counted as a calendar month.
const (
	consultationDays = 8 * 7
	extensionDays    = 6 * 7
	noticeMonths     = 1
)

// Consultation is what has happened in a consultation of the supervisory
// authority (rulebook 5.6).
type Consultation struct {
	// Received is the day on which the authority received the request.
	Received Date `json:"received"`
	// ExtNotified is the day on which the authority told of an extension; nil
	// when it has not.
	ExtNotified *Date `json:"ext_notified,omitempty"`
	// Suspensions are the times when the authority waited for information that
	// it had asked for, in any order.
	Suspensions []Suspension `json:"suspensions,omitempty"`
}

// Suspension is one request for information: the day of the request and the
// day on which the information was delivered, nil while it has not been. In
// JSON it is a list of the two: ["2027-02-01", null].
type Suspension struct {
	Requested Date
	Delivered *Date
}

// MarshalJSON writes the list of the two days.
func (s Suspension) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]*Date{&s.Requested, s.Delivered})
}

// UnmarshalJSON reads the list of the two days.
func (s *Suspension) UnmarshalJSON(b []byte) error {
	var days []*Date
	if err := json.Unmarshal(b, &days); err != nil {
		return err
	}
	if len(days) != 2 || days[0] == nil {
		return errors.New("a suspension is a list of two dates, of which the second may be null")
	}
	*s = Suspension{*days[0], days[1]}
	return nil
}

// ClockState says whether the time of a consultation runs.
type ClockState string

// The states of the clock.
const (
	ClockRunning   ClockState = "running"
	ClockSuspended ClockState = "suspended"
)

// ConsultationClock is where a consultation stands.
type ConsultationClock struct {
	// ExtensionNoticeLimit is the last day on which the authority may tell of
	// an extension.
	ExtensionNoticeLimit Date `json:"extension_notice_limit"`
	// ExtensionValid says whether it did so in time; nil when it has not told
	// of any. An extension that was told of too late moves nothing (PC-02).
	ExtensionValid *bool `json:"extension_valid"`
	// SuspendedDays counts the days of the suspensions that are over. A day in
	// two of them counts once.
	SuspendedDays int `json:"suspended_days"`
	// Clock is suspended while information is owed.
	Clock ClockState `json:"clock"`
	// Due is the last day of the period; nil while the clock is suspended.
	Due *Date `json:"due"`
}

// ConsultationError says what is impossible about a consultation.
type ConsultationError struct {
	Pointer string    // JSON pointer to the date
	Text    lang.Text // what is wrong with it
}

func (e *ConsultationError) Error() string {
	return fmt.Sprintf("prior consultation: %s: %s", e.Pointer, e.Text.EN)
}

// PriorConsultation reckons the time of a prior consultation: eight weeks from receipt,
// six more when the authority tells of it within a month, and as many days as
// the time was suspended (GDPR Art 36(2)); a period that ends on a Saturday, a
// Sunday or a public holiday ends on the next day that is none (Reg. 1182/71
// Art 3(4)). It returns a *ConsultationError when Received is missing, when
// something happened before it, or when information was delivered before it
// was requested.
func (c Calendar) PriorConsultation(in Consultation) (ConsultationClock, error) {
	if err := in.check(); err != nil {
		return ConsultationClock{}, err
	}
	out := ConsultationClock{
		ExtensionNoticeLimit: c.Roll(in.Received.AddMonths(noticeMonths)),
		Clock:                ClockRunning,
	}
	days := consultationDays
	if in.ExtNotified != nil {
		inTime := !in.ExtNotified.After(out.ExtensionNoticeLimit)
		out.ExtensionValid = &inTime
		if inTime {
			days += extensionDays
		}
	}
	var open bool
	if out.SuspendedDays, open = suspendedDays(in.Suspensions); open {
		out.Clock = ClockSuspended
		return out, nil
	}
	due := c.Roll(in.Received.AddDays(days + out.SuspendedDays))
	out.Due = &due
	return out, nil
}

func (in Consultation) check() error {
	wrong := func(pointer, sv, en string) error {
		return &ConsultationError{pointer, lang.Text{SV: sv, EN: en}}
	}
	beforeReceipt := func(d Date) bool { return d.Before(in.Received) }
	const svEarly, enEarly = "Dagen ligger före mottagandet.", "The day is before the receipt."

	if in.Received.IsZero() {
		return wrong("/received", "Ange dagen för mottagandet.", "Give the day of receipt.")
	}
	if in.ExtNotified != nil && beforeReceipt(*in.ExtNotified) {
		return wrong("/ext_notified", svEarly, enEarly)
	}
	for i, s := range in.Suspensions {
		if beforeReceipt(s.Requested) {
			return wrong(fmt.Sprintf("/suspensions/%d/0", i), svEarly, enEarly)
		}
		if s.Delivered != nil && s.Delivered.Before(s.Requested) {
			return wrong(fmt.Sprintf("/suspensions/%d/1", i),
				"Uppgifterna kan inte ha lämnats innan de begärdes.",
				"The information cannot have been delivered before it was requested.")
		}
	}
	return nil
}

// suspendedDays counts the days in suspensions that are over, each day once,
// and says whether any suspension is still open.
func suspendedDays(all []Suspension) (days int, open bool) {
	all = slices.SortedFunc(slices.Values(all), func(a, b Suspension) int { return a.Requested.Compare(b.Requested) })
	var counted Date // up to here
	for _, s := range all {
		if s.Delivered == nil {
			open = true
			continue
		}
		from := s.Requested
		if from.Before(counted) {
			from = counted
		}
		if s.Delivered.After(from) {
			days += s.Delivered.DaysSince(from)
			counted = *s.Delivered
		}
	}
	return days, open
}
