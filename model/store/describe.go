package store

import (
	"context"
	"errors"
	"fmt"

	"sluss/model"
	"sluss/model/audit"
)

// writeEvents adds one event for each step. The last one carries what changed,
// so that the rows can be folded from the events again.
func (r *recorder) writeEvents(ctx context.Context) error {
	last := len(r.t.Steps) - 1
	for i, step := range r.t.Steps {
		data := model.EventData{State: step.State, Rules: step.Rules}
		var texts map[string]string
		if i == 0 {
			r.describeCause(&data)
			var err error
			if texts, err = r.texts(); err != nil {
				return err
			}
		}
		if step.Event == model.EventTriaged {
			r.describeTriage(&data)
		}
		if i == last {
			data.Version = r.c.Version
			data.Changes = &r.t.Changes
			data.Opened, data.Due, data.Cancelled = r.opened, r.due, r.cancelled
			data.Conditions = conditionCodes(r.conditions)
		}
		if err := r.journal.add(step.Event, data, texts); err != nil {
			return err
		}
	}
	return r.journal.write(ctx, r.store, r.q)
}

// describeCause says in the first event what caused the transition.
func (r *recorder) describeCause(d *model.EventData) {
	p := r.command.Payload
	d.DecisionID, d.Outcome = r.decisionID, r.outcome
	switch {
	case r.deadline != nil:
		d.Deadline, d.Late = r.deadline.ID, r.deadline.Late
	case p.Submission != nil:
		d.Part, d.Revision, d.RegistryNo = p.Submission.Part, p.Submission.Revision, r.c.RegistryNo
		d.People = r.named
	case p.Decision != nil:
		d.TaskID, d.Task = r.task.ID, r.t.Task
		d.Reasons, d.Revision = p.Decision.ReasonCodes, p.Decision.Revision
	}
}

func (r *recorder) describeTriage(d *model.EventData) {
	e := r.command.Evaluation
	if e == nil {
		return
	}
	d.Triage = &model.TriageCodes{
		On: e.On, FactsHash: e.FactsHash, Outcome: e.Plan.Outcome, IPL: e.IPL, AIActClass: e.AIActClass,
		HardStops: e.Plan.HardStops, Blockers: e.Plan.Blockers, Skipped: e.Skipped,
	}
}

// texts are what the actor wrote. Only commitments to them enter the chain. What
// is JSON is committed to in its canonical form.
func (r *recorder) texts() (map[string]string, error) {
	p := r.command.Payload
	switch {
	case p.Decision != nil:
		return decisionTexts(p.Decision)
	case p.Verification != nil:
		return map[string]string{"evidence_note": p.Verification.EvidenceNote}, nil
	case p.Submission != nil:
		return map[string]string{"part_hash": r.command.Evaluation.PartHash, "title": p.Submission.Title}, nil
	}
	return map[string]string{"reason": p.Reason}, nil
}

func decisionTexts(d *model.Decision) (map[string]string, error) {
	texts := map[string]string{
		"motivation":         d.Motivation,
		"path_forward_text":  d.PathForwardText,
		"decision_authority": d.DecisionAuthority,
	}
	if len(d.Answers) > 0 {
		answers, err := audit.Canonicalise(d.Answers)
		if err != nil {
			return nil, fmt.Errorf("answers of a decision: %w", errors.Join(err, ErrValue))
		}
		texts["answers"] = string(answers)
	}
	for i, c := range d.Conditions {
		condition, err := audit.CanonicalJSON(c)
		if err != nil {
			return nil, fmt.Errorf("condition of a decision: %w", errors.Join(err, ErrValue))
		}
		texts[fmt.Sprintf("conditions.%d", i)] = string(condition)
	}
	return texts, nil
}

func conditionCodes(rows []conditionRow) []model.ConditionCodes {
	out := make([]model.ConditionCodes, len(rows))
	for i, c := range rows {
		out[i] = model.ConditionCodes{ID: c.ID, Status: c.Status, DueKind: c.DueKind}
	}
	return out
}
