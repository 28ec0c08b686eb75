package api

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"sluss/api/act"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/store"
)

// dossier is what the record has on a case.
type dossier struct {
	act.View
	now        time.Time
	unit       store.Unit
	people     []model.CasePerson
	stages     []store.Stage
	tasks      []store.Task
	conditions []store.Condition
	deadlines  []store.Deadline
	complaints assess.ComplaintsResult
	// consultation is empty while none is under way.
	consultation []store.ConsultationEvent
	last         *EventNote
	beside       store.Beside
	triage       json.RawMessage
	names        map[string]string
	// away are those with open tasks who are away, with the last day.
	away    map[string]string
	covered map[string]store.Unit
	interim []store.InterimApproval
}

// read reads what belongs to a case; what a case cannot have yet is not asked
// for.
func (s *server) read(ctx context.Context, v act.View) (dossier, error) {
	d := dossier{View: v, now: s.Clock.Now()}
	steps := []func() error{
		func() (err error) { d.unit, err = s.Store.Unit(ctx, v.OrgID, v.UnitID); return },
		func() (err error) { d.people, err = s.Store.CasePeople(ctx, v.OrgID, v.ID); return },
		func() (err error) { d.last, d.beside, err = s.lastEvent(ctx, v.Case); return },
	}
	if v.Revision > 0 {
		steps = append(steps,
			func() (err error) { d.stages, err = s.Store.CaseStages(ctx, v.OrgID, v.ID); return },
			func() (err error) { d.tasks, err = s.Store.CaseTasks(ctx, v.OrgID, v.ID); return },
			func() (err error) { d.deadlines, err = s.Store.Deadlines(ctx, v.OrgID, v.ID); return },
			func() (err error) { d.triage, err = s.Store.Evaluation(ctx, v.OrgID, v.ID); return },
			func() (err error) { d.covered, err = s.coveredUnits(ctx, v.Case); return },
			func() (err error) { d.complaints, err = s.Act.Complaints(ctx, v.Case); return },
		)
	}
	if v.InUse.Consultation != "" {
		steps = append(steps, func() (err error) {
			d.consultation, err = s.Store.ConsultationEvents(ctx, v.OrgID, v.ID)
			return
		})
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return d, err
		}
	}
	var err error
	if d.beside.Interim {
		if d.interim, err = s.Store.InterimApprovals(ctx, v.OrgID, v.ID); err != nil {
			return d, err
		}
	}
	if d.beside.Conditions {
		if d.conditions, err = s.Store.Conditions(ctx, v.OrgID, v.ID); err != nil {
			return d, err
		}
	}
	ids, waiting := []string{}, []string{}
	for _, p := range d.people {
		ids = append(ids, p.PersonID)
	}
	for _, t := range d.tasks {
		ids = append(ids, t.AssigneeID)
		if t.Status == model.TaskOpen && t.AssigneeID != "" {
			waiting = append(waiting, t.AssigneeID)
		}
	}
	for _, a := range d.interim {
		ids = append(ids, a.PersonID)
	}
	if d.names, err = s.Store.Names(ctx, v.OrgID, ids); err != nil || len(waiting) == 0 {
		return d, err
	}
	d.away, err = s.Store.AwayUntil(ctx, v.OrgID, waiting, d.now)
	return d, err
}

// awayFrom is the last day that the one who has an open task is away, or "".
func (d dossier) awayFrom(t *store.Task) string {
	if t.Status != model.TaskOpen {
		return ""
	}
	return d.away[t.AssigneeID]
}

// lastEvent is what happened last in a case, and what the case has beside: perhaps
// everything where the event is not there.
func (s *server) lastEvent(ctx context.Context, c store.Case) (*EventNote, store.Beside, error) {
	e, beside, err := s.Store.Happened(ctx, c.OrgID, c.ID, c.Seq)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, store.Beside{Conditions: true, Interim: true}, nil
	case err != nil:
		return nil, beside, err
	}
	return &EventNote{e.Seq, e.Kind, e.ActorID, e.At}, beside, nil
}

// person names somebody, nil for nobody.
func (d dossier) person(id string) *PersonNote {
	if id == "" {
		return nil
	}
	return &PersonNote{id, d.names[id]}
}

func (d dossier) counts() ConditionCounts {
	n := ConditionCounts{Total: len(d.conditions), OpenBeforeUse: d.OpenBeforeUse}
	for _, c := range d.conditions {
		switch c.Status {
		case model.ConditionOpen:
			n.Open++
		case model.ConditionOverdue:
			n.Overdue++
		case model.ConditionMet:
			n.Met++
		case model.ConditionWaived:
			n.Waived++
		}
	}
	return n
}

func (d dossier) nextDeadline() *DeadlineNote {
	for _, x := range d.deadlines {
		if x.FiredAt.IsZero() && x.CancelledAt.IsZero() {
			return &DeadlineNote{x.Subject, string(x.Kind), x.DueAt}
		}
	}
	return nil
}
