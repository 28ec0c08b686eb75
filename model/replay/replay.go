// Package replay makes a case out of its events again: what the rows of the
// record must say, whatever happened to the process that wrote them. It imports
// model and model/audit only.
package replay

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sluss/model"
	"sluss/model/audit"
)

// Case is what the events of a case add up to.
type Case struct {
	// Snapshot is complete: counts and the next deadline are worked out too.
	Snapshot model.Snapshot
	// Seq and Hash are those of the last event.
	Seq  int64
	Hash string
	// Deadlines and Conditions are kept by id.
	Deadlines  map[string]Deadline
	Conditions map[string]model.ConditionCodes
	// Outcomes gives the recorded outcome of each decision by its id.
	Outcomes map[string]model.Outcome
	// Consultations are the events of prior consultations by their ids.
	Consultations map[string]model.ConsultationCodes
}

// Deadline is how a deadline stands.
type Deadline struct {
	At        time.Time
	Fired     bool
	Late      bool
	Cancelled bool
}

// Fold adds up the events of one case, from the first on. It returns an error
// for a log that does not add up: a chain that is broken, a version that is
// skipped, a deadline that fires twice or was never set. No events give a case
// that was not found.
func Fold(events []audit.Event) (Case, error) {
	c := Case{
		Deadlines:  map[string]Deadline{},
		Conditions: map[string]model.ConditionCodes{},
		Outcomes:   map[string]model.Outcome{},

		Consultations: map[string]model.ConsultationCodes{},
	}
	if err := audit.VerifyChain(events); err != nil {
		return c, err
	}
	for i := range events {
		if err := c.add(&events[i]); err != nil {
			return c, fmt.Errorf("event %d (%s): %w", events[i].Seq, events[i].Kind, err)
		}
	}
	c.count()
	return c, nil
}

func (c *Case) add(e *audit.Event) error {
	var d model.EventData
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return fmt.Errorf("data that cannot be read")
	}
	c.Seq, c.Hash = e.Seq, e.Hash
	c.Snapshot.Found = true
	if model.EventKind(e.Kind) == model.EventCreated {
		c.Snapshot.State = d.State
	}
	if d.DecisionID != "" {
		c.Outcomes[d.DecisionID] = d.Outcome
	}
	if d.Consultation != nil {
		c.Consultations[d.Consultation.ID] = *d.Consultation
	}
	if d.Deadline != "" {
		if err := c.fire(d); err != nil {
			return err
		}
	}
	if err := c.move(d.Moved); err != nil {
		return err
	}
	if d.Changes == nil {
		return nil
	}
	if d.Version != c.Snapshot.Version+1 {
		return fmt.Errorf("version %d follows version %d", d.Version, c.Snapshot.Version)
	}
	c.Snapshot.Version = d.Version
	c.Snapshot.Apply(*d.Changes)
	return c.changeDeadlines(d)
}

func (c *Case) fire(d model.EventData) error {
	due, ok := c.Deadlines[d.Deadline]
	if !ok || due.Fired || due.Cancelled {
		return fmt.Errorf("fires a deadline that was not waiting")
	}
	due.Fired, due.Late = true, d.Late
	c.Deadlines[d.Deadline] = due
	return nil
}

func (c *Case) move(moved []model.Due) error {
	for _, due := range moved {
		d, ok := c.Deadlines[due.ID]
		if !ok || d.Fired || d.Cancelled {
			return fmt.Errorf("moves a deadline that was not waiting")
		}
		d.At = due.At
		c.Deadlines[due.ID] = d
	}
	return nil
}

// changeDeadlines takes over what a process step set, cancelled and decided.
func (c *Case) changeDeadlines(d model.EventData) error {
	for _, due := range d.Due {
		if _, ok := c.Deadlines[due.ID]; ok {
			return fmt.Errorf("sets a deadline twice")
		}
		c.Deadlines[due.ID] = Deadline{At: due.At}
	}
	for _, id := range d.Cancelled {
		due, ok := c.Deadlines[id]
		if !ok || due.Fired || due.Cancelled {
			return fmt.Errorf("cancels a deadline that was not waiting")
		}
		due.Cancelled = true
		c.Deadlines[id] = due
	}
	for _, condition := range d.Conditions {
		c.Conditions[condition.ID] = condition
	}
	return nil
}

// count works out what the record counts along.
func (c *Case) count() {
	s := &c.Snapshot
	s.Conditions, s.OpenBeforeUse, s.Lapsed, s.Next = 0, 0, 0, nil
	for _, condition := range c.Conditions {
		if condition.Counts() {
			s.Conditions++
		}
		if condition.KeepsFromUse() {
			s.OpenBeforeUse++
		}
		if condition.Stops() {
			s.Lapsed++
		}
	}
	for id, d := range c.Deadlines {
		if d.Fired || d.Cancelled {
			continue
		}
		if before := s.Next; before == nil || d.At.Before(before.At) ||
			d.At.Equal(before.At) && strings.Compare(id, before.ID) < 0 {
			s.Next = &model.Due{ID: id, At: d.At}
		}
	}
}
