//go:build !slim

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"sluss/model"
	"sluss/workflows/contract"
)

// incidentPaths are the ways through the process of an incident.
func incidentPaths() []path {
	return []path{
		{name: "incident-closed", incident: incidentClosed},
		{name: "incident-corrected", incident: incidentCorrected},
		{name: "incident-deadline-fired", incident: incidentDeadline},
		{name: "incident-newer-record-adopted", incident: incidentAdopted},
		{name: "incident-database-away", incident: incidentAway},
		{name: "incident-refused", incident: incidentRefused},
		{name: "incident-continued-as-new", incident: incidentContinued, longAfter: 20},
	}
}

// incidentPath is a synthetic incident on its way.
type incidentPath struct {
	*pathRun
	rec *memoryIncident
}

func newIncidentPath(r *pathRun) *incidentPath {
	return &incidentPath{r, &memoryIncident{done: map[string]bool{}}}
}

func (i *incidentPath) act(a contract.IncidentAct) error {
	i.acts++
	a.CommandID = fmt.Sprintf("command-%d", i.acts)
	a.Version = i.rec.snapshot().Version
	return i.update(contract.ActUpdate, a.CommandID, a)
}

func syntheticFacts() *model.IncidentFacts {
	return &model.IncidentFacts{
		Severity: model.SeverityHigh, PersonalData: model.Yes, Units: []model.IncidentUnit{{ID: "unit", CSL: true}},
		AwareAt: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
	}
}

func (i *incidentPath) reports() error {
	return i.act(contract.IncidentAct{Kind: model.ActReportIncident, Facts: syntheticFacts()})
}

// answers answers the latest round of a task.
func (i *incidentPath) answers(kind model.TaskKind, unit string, o model.Outcome) func() error {
	return func() error {
		snap := i.rec.snapshot()
		t := snap.Latest(kind, unit)
		if t == nil {
			return fmt.Errorf("there is no task %s", kind)
		}
		return i.act(contract.IncidentAct{Kind: model.ActDecideIncident, Task: &t.IncidentTaskKey, Outcome: o, SignificantAt: syntheticFacts().AwareAt})
	}
}

func (i *incidentPath) answersAll() error {
	return all(
		i.answers(model.TaskAcknowledge, "", model.OutcomeDone),
		i.answers(model.TaskStopDecision, "", model.OutcomeSuspend),
		i.answers(model.TaskAdvice, "", model.OutcomeAdvisesNotice),
		i.answers(model.TaskBreachNotice, "unit", model.OutcomeNotifiedPartially),
		i.answers(model.TaskAssessRisk, "", model.OutcomeRiskHigh),
		i.answers(model.TaskBreachNotice, "unit", model.OutcomeNotified),
		i.answers(model.TaskInformPersons, "unit", model.OutcomeInformed),
		i.answers(model.TaskCSLSignificance, "", model.OutcomeSignificanceUnsure),
		i.answers(model.TaskCSLWarning, "", model.OutcomeDone),
		i.answers(model.TaskCSLNotification, "", model.OutcomeDone),
		i.answers(model.TaskCSLFinalReport, "", model.OutcomeDone),
	)
}

func (i *incidentPath) closes() error {
	return i.act(contract.IncidentAct{Kind: model.ActCloseIncident})
}

func incidentClosed(i *incidentPath) error { return all(i.reports, i.answersAll, i.closes) }

func incidentCorrected(i *incidentPath) error {
	return all(i.reports, func() error {
		f := syntheticFacts()
		f.PersonalData, f.Units = model.No, append(f.Units, model.IncidentUnit{ID: "other"})
		return i.act(contract.IncidentAct{Kind: model.ActCorrectIncident, Facts: f})
	}, i.answers(model.TaskAcknowledge, "", model.OutcomeDone))
}

func incidentDeadline(i *incidentPath) error {
	i.rec.setDue(time.Now().Add(time.Second))
	return all(i.reports, func() error {
		for i.rec.snapshot().Next != nil {
			time.Sleep(10 * time.Millisecond)
		}
		return i.sync()
	})
}

func incidentAdopted(i *incidentPath) error {
	return all(i.reports, func() error { i.rec.touch(); return nil }, i.answers(model.TaskAcknowledge, "", model.OutcomeDone))
}

func incidentAway(i *incidentPath) error {
	i.rec.setAway(true)
	defer i.rec.setAway(false)
	return all(i.reports, i.answers(model.TaskAcknowledge, "", model.OutcomeDone))
}

// incidentRefused pins the run that an act on an incident nobody has reported
// starts: it loads, refuses and ends.
func incidentRefused(i *incidentPath) error {
	err := i.closes()
	if refused := contract.RefusalIn(err); refused == nil || refused.Code != model.CodeStateConflict {
		return fmt.Errorf("the act was not refused: %w", err)
	}
	return nil
}

func incidentContinued(i *incidentPath) error {
	return all(i.reports, i.sync, i.sync, i.answersAll, i.sync)
}

// memoryIncident is a record in memory that holds one incident.
type memoryIncident struct {
	mu   sync.Mutex
	snap model.IncidentSnapshot
	done map[string]bool
	due  *model.Due
	away bool
}

func (m *memoryIncident) register(r worker.ActivityRegistry) {
	r.RegisterActivityWithOptions(m.load, activity.RegisterOptions{Name: contract.LoadIncident})
	r.RegisterActivityWithOptions(m.record, activity.RegisterOptions{Name: contract.RecordIncident})
}

func (m *memoryIncident) setDue(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.due = &model.Due{ID: "task-1/due", At: at.UTC()}
}

func (m *memoryIncident) setAway(away bool) { m.mu.Lock(); defer m.mu.Unlock(); m.away = away }

func (m *memoryIncident) touch() { m.mu.Lock(); defer m.mu.Unlock(); m.snap.Version++ }

func (m *memoryIncident) snapshot() model.IncidentSnapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.read()
}

func (m *memoryIncident) read() model.IncidentSnapshot {
	s := m.snap.Clone()
	if s.Found {
		s.Next = m.due
	}
	return s
}

var errAway = errors.New("away")

func (m *memoryIncident) isAway(ctx context.Context) bool {
	return m.away && activity.GetInfo(ctx).IsLocalActivity
}

func (m *memoryIncident) load(ctx context.Context, _ contract.IncidentInput) (model.IncidentSnapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.isAway(ctx) {
		return model.IncidentSnapshot{}, errAway
	}
	return m.read(), nil
}

func (m *memoryIncident) record(ctx context.Context, t model.IncidentTransition) (model.IncidentRecorded, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.isAway(ctx):
		return model.IncidentRecorded{}, errAway
	case m.done[t.CommandID]:
		return model.IncidentRecorded{Replayed: true}, nil
	case t.Expect != m.snap.Version:
		s := m.read()
		return model.IncidentRecorded{Mismatch: &s}, nil
	}
	m.done[t.CommandID] = true
	m.snap.Apply(t.Changes)
	m.snap.Version++
	if t.Deadline != "" {
		m.due = nil
	}
	return model.IncidentRecorded{Version: m.snap.Version, Next: m.read().Next}, nil
}
