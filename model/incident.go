package model

import (
	"slices"
	"strconv"
	"time"
)

// IncidentState is how far an incident has come (rulebook 9.5).
type IncidentState string

// An incident is open from its report until it is closed with its lessons. A
// closed incident is never opened again: what comes up later is a new report.
const (
	IncidentOpen   IncidentState = "open"
	IncidentClosed IncidentState = "closed"
)

// IncidentSeverity is how bad an incident is, as its reporter sees it and as it may be
// corrected.
type IncidentSeverity string

// The severities of rulebook 9.5.
const (
	SeverityLow      IncidentSeverity = "low"
	SeverityMedium   IncidentSeverity = "medium"
	SeverityHigh     IncidentSeverity = "high"
	SeverityCritical IncidentSeverity = "critical"
)

// Grave reports whether those in charge are told at once and decide on a stop
// (rulebook 9.5).
func (s IncidentSeverity) Grave() bool { return s == SeverityHigh || s == SeverityCritical }

// Certainty is an answer to a question that may still be open.
type Certainty string

// The answers. Whoever is unsure is treated as if it were so (rulebook 9.5).
const (
	Yes    Certainty = "yes"
	No     Certainty = "no"
	Unsure Certainty = "unsure"
)

// Possible reports whether the answer is yes or unsure.
func (c Certainty) Possible() bool { return c == Yes || c == Unsure }

// IncidentRisk is the risk of a breach to those whose data it concerns (GDPR
// 33(1), 34(1)), "" while nobody has assessed it.
type IncidentRisk string

// The risks of rulebook 9.5: only an unlikely one need not be notified, and of a
// high one the persons are informed.
const (
	RiskUnlikely IncidentRisk = "unlikely"
	RiskLikely   IncidentRisk = "risk"
	RiskHigh     IncidentRisk = "high"
)

// SeriousIncident says what kind of serious incident of a high-risk system it is
// (AI Act 3(49)), "" for none. The kind sets the time of the report (AI Act 73).
type SeriousIncident string

// The kinds of AI Act 73(2) to (4).
const (
	SeriousOther      SeriousIncident = "serious"
	SeriousWidespread SeriousIncident = "widespread"
	SeriousDeath      SeriousIncident = "death"
)

// IncidentUnit is an affected unit: a controller of its own (GDPR 4(7)).
type IncidentUnit struct {
	ID string `json:"id"`
	// CSL is true when the unit is covered by the Cybersecurity Act.
	CSL bool `json:"csl,omitempty"`
}

// IncidentFacts are what the process of an incident decides by: codes and times,
// no text and no person.
type IncidentFacts struct {
	Severity     IncidentSeverity `json:"severity"`
	PersonalData Certainty        `json:"personal_data"`
	Units        []IncidentUnit   `json:"units"`
	// Case is true when the incident concerns a case, HighRisk when that case is
	// a high-risk AI system.
	Case     bool `json:"case,omitempty"`
	HighRisk bool `json:"high_risk,omitempty"`
	// AwareAt is when the organisation became aware of the breach (GDPR 33(1)).
	AwareAt time.Time `json:"aware_at"`
	// What is assessed: the risk, whether the incident is significant under the
	// Cybersecurity Act and since when that is known, and what kind of serious
	// incident it is under the AI Act.
	Risk          IncidentRisk    `json:"risk,omitempty"`
	Significant   Certainty       `json:"significant,omitempty"`
	SignificantAt time.Time       `json:"significant_at,omitzero"`
	Serious       SeriousIncident `json:"serious,omitempty"`
}

// AtOnce reports whether those in charge are told at any hour (rulebook 9.5).
func (f IncidentFacts) AtOnce() bool { return f.PersonalData.Possible() || f.Severity.Grave() }

// CSL reports whether a unit is affected that the Cybersecurity Act covers.
func (f IncidentFacts) CSL() bool {
	return slices.ContainsFunc(f.Units, func(u IncidentUnit) bool { return u.CSL })
}

// Clone returns a deep copy.
func (f IncidentFacts) Clone() IncidentFacts {
	f.Units = slices.Clone(f.Units)
	return f
}

// Equal reports whether two sets of facts are the same.
func (f IncidentFacts) Equal(g IncidentFacts) bool {
	sameTimes := f.AwareAt.Equal(g.AwareAt) && f.SignificantAt.Equal(g.SignificantAt)
	return sameTimes && slices.Equal(f.Units, g.Units) && f.Severity == g.Severity && f.PersonalData == g.PersonalData &&
		f.Case == g.Case && f.HighRisk == g.HighRisk && f.Risk == g.Risk && f.Significant == g.Significant && f.Serious == g.Serious
}

// IncidentTaskKey names a task within its incident. Unit is "" for a task of the
// incident as a whole.
type IncidentTaskKey struct {
	Kind  TaskKind `json:"kind"`
	Unit  string   `json:"unit,omitempty"`
	Round int      `json:"round"`
}

// IncidentTask is a task of an incident as its process knows it.
type IncidentTask struct {
	IncidentTaskKey
	Status  TaskStatus `json:"status"`
	Outcome Outcome    `json:"outcome,omitempty"`
}

// IncidentSnapshot is what the process of an incident needs to know to decide what
// comes next. It is read from the record by one query path, whether the process
// starts, continues or recovers.
type IncidentSnapshot struct {
	// Found is false before the report is recorded.
	Found   bool           `json:"found"`
	Version int64          `json:"version"`
	State   IncidentState  `json:"state,omitempty"`
	Facts   IncidentFacts  `json:"facts,omitzero"`
	Tasks   []IncidentTask `json:"tasks,omitempty"` // by kind, unit and round
	// Next is the earliest deadline that has neither fired nor been cancelled.
	Next *Due `json:"next,omitempty"`
}

// Clone returns a deep copy.
func (s IncidentSnapshot) Clone() IncidentSnapshot {
	c := s
	c.Facts, c.Tasks = s.Facts.Clone(), slices.Clone(s.Tasks)
	if s.Next != nil {
		n := *s.Next
		c.Next = &n
	}
	return c
}

// Latest returns a pointer to the latest round of a task, or nil.
func (s *IncidentSnapshot) Latest(kind TaskKind, unit string) *IncidentTask {
	var latest *IncidentTask
	for i := range s.Tasks {
		t := &s.Tasks[i]
		if t.Kind == kind && t.Unit == unit && (latest == nil || t.Round > latest.Round) {
			latest = t
		}
	}
	return latest
}

// IncidentTransition is one step of an incident, decided by its process and
// recorded in one database transaction.
type IncidentTransition struct {
	OrgID      string  `json:"org_id"`
	IncidentID string  `json:"incident_id"`
	CommandID  string  `json:"command_id"`
	Kind       ActKind `json:"kind"`
	// Expect is the version that the decision rests on.
	Expect int64 `json:"expect"`
	// Task is the task that a decision answers, Deadline the deadline that fires.
	Task     *IncidentTaskKey `json:"task,omitempty"`
	Deadline string           `json:"deadline,omitempty"`
	Event    EventKind        `json:"event"`
	Rules    []string         `json:"rules,omitempty"`
	Changes  IncidentChanges  `json:"changes"`
}

// IncidentChanges is the difference that a transition makes to a snapshot.
type IncidentChanges struct {
	State  IncidentState     `json:"state,omitempty"`
	Facts  *IncidentFacts    `json:"facts,omitempty"`
	Opened []IncidentTaskKey `json:"opened,omitempty"`
	Closed []IncidentTask    `json:"closed,omitempty"`
}

// DiffIncidents returns what has to change in before to make it after.
func DiffIncidents(before, after IncidentSnapshot) IncidentChanges {
	var c IncidentChanges
	if after.State != before.State {
		c.State = after.State
	}
	if !after.Facts.Equal(before.Facts) {
		f := after.Facts.Clone()
		c.Facts = &f
	}
	for _, t := range after.Tasks {
		i := slices.IndexFunc(before.Tasks, func(b IncidentTask) bool { return b.IncidentTaskKey == t.IncidentTaskKey })
		switch {
		case i < 0:
			c.Opened = append(c.Opened, t.IncidentTaskKey)
		case t.Status != before.Tasks[i].Status:
			c.Closed = append(c.Closed, t)
		}
	}
	return c
}

// Apply folds the changes of one transition into the snapshot.
func (s *IncidentSnapshot) Apply(c IncidentChanges) {
	s.Found = true
	if c.State != "" {
		s.State = c.State
	}
	if c.Facts != nil {
		s.Facts = c.Facts.Clone()
	}
	for _, t := range c.Closed {
		i := slices.IndexFunc(s.Tasks, func(b IncidentTask) bool { return b.IncidentTaskKey == t.IncidentTaskKey })
		s.Tasks[i] = t
	}
	for _, k := range c.Opened {
		s.Tasks = append(s.Tasks, IncidentTask{IncidentTaskKey: k, Status: TaskOpen})
	}
	s.Sort()
}

// Sort puts tasks into one order, so that two snapshots of the same incident are
// equal.
func (s *IncidentSnapshot) Sort() {
	slices.SortFunc(s.Tasks, func(a, b IncidentTask) int {
		return compareTasks(a.IncidentTaskKey, b.IncidentTaskKey)
	})
}

func compareTasks(a, b IncidentTaskKey) int {
	order := func(k IncidentTaskKey) int {
		return slices.IndexFunc(incidentTasks, func(t IncidentTaskSpec) bool { return t.Kind == k.Kind })
	}
	switch {
	case a.Kind != b.Kind:
		return order(a) - order(b)
	case a.Unit < b.Unit:
		return -1
	case a.Unit > b.Unit:
		return 1
	}
	return a.Round - b.Round
}

// IncidentRecorded is what recording a step of an incident answers, as Recorded
// does for a case.
type IncidentRecorded struct {
	Version  int64             `json:"version,omitempty"`
	Next     *Due              `json:"next,omitempty"`
	Mismatch *IncidentSnapshot `json:"mismatch,omitempty"`
	Replayed bool              `json:"replayed,omitempty"`
	Refused  *Refusal          `json:"refused,omitempty"`
}

// TaskDeadlineID builds the identifier of a deadline of a task that belongs to no
// case: the task, its kind, and how often the task's time has been moved.
func TaskDeadlineID(taskID string, kind DeadlineKind, moved int) string {
	id := taskID + "/" + string(kind)
	if moved > 0 {
		id += "." + strconv.Itoa(moved)
	}
	return id
}

// Times that the rules give an incident (rulebook 9.5), by name: hours that are
// exact, working days, days and months.
const (
	TimeAcknowledge       = "acknowledge.working_days"
	TimeStopDecision      = "stop_decision.hours"
	TimeAssessRisk        = "assess_risk.hours"
	TimeBreachNotice      = "breach_notification.hours"
	TimeBreachRest        = "breach_rest.working_days"
	TimeInformPersons     = "inform_persons.hours"
	TimeCSLWarning        = "csl_warning.hours"
	TimeCSLNotification   = "csl_notification.hours"
	TimeCSLFinalReport    = "csl_final_report.months"
	TimeInformProvider    = "inform_provider.hours"
	TimeSerious           = "serious_incident.days"
	TimeSeriousWidespread = "serious_incident_widespread.days"
	TimeSeriousDeath      = "serious_incident_death.days"
)
