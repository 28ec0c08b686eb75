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
		var err error
		switch {
		case i == 0:
			r.describeCause(&data)
			texts, err = r.texts()
		case i == 1 && r.joint != nil:
			r.describeJoint(&data)
			texts, err = textsOf(r.command.Payload.Joint)
		}
		if err != nil {
			return err
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

// describeJoint says in the second event what the second part of an answer was.
func (r *recorder) describeJoint(d *model.EventData) {
	answer := r.command.Payload.Joint
	d.DecisionID, d.Outcome = r.jointID, answer.Outcome
	d.TaskID, d.Task = r.joint.ID, r.t.Joint
	d.Reasons, d.Revision, d.For = answer.ReasonCodes, answer.Revision, answer.For
}

// describeCause says in the first event what caused the transition.
func (r *recorder) describeCause(d *model.EventData) {
	p := r.command.Payload
	d.DecisionID, d.Outcome, d.Register = r.decisionID, r.outcome, r.registerID
	d.Role, d.Reasons, d.Consultation = p.Role, p.Rules, r.consulted
	switch {
	case r.deadline != nil:
		d.Deadline, d.Late = r.deadline.ID, r.deadline.Late
	case p.Submission != nil:
		d.Part, d.Revision, d.RegistryNo = p.Submission.Part, p.Submission.Revision, r.c.RegistryNo
		d.People = r.named
	case p.Extension != nil:
		d.Task, d.ConditionID, d.Until = p.Extension.Task, p.Extension.ConditionID, p.Extension.Until
	case p.HandIn != nil:
		d.Part, d.Revision = string(p.HandIn.Stage), p.HandIn.Revision
	case p.Decision != nil:
		d.TaskID, d.Task, d.Joint = r.task.ID, r.t.Task, r.t.Joint
		d.Reasons, d.Revision, d.For = p.Decision.ReasonCodes, p.Decision.Revision, p.Decision.For
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
		return textsOf(p.Decision)
	case p.HandIn != nil:
		return map[string]string{"part_hash": p.HandIn.Hash}, nil
	case p.Consult != nil:
		return map[string]string{"text": p.Consult.Text, "decision_authority": p.Consult.DecisionAuthority}, nil
	case p.Waiver != nil:
		return map[string]string{"reason": p.Waiver.Reason, "decision_authority": p.Waiver.DecisionAuthority}, nil
	case p.Submission != nil:
		return map[string]string{
			"part_hash": r.command.Evaluation.PartHash, "title": p.Submission.Title, "reason": p.Reason,
		}, nil
	}
	texts := map[string]string{"reason": p.Reason, "answers": string(p.Answers), "decision_authority": p.DecisionAuthority}
	if p.Interim != nil {
		terms, err := audit.CanonicalJSON(p.Interim)
		if err != nil {
			return nil, fmt.Errorf("terms of interim use: %w", errors.Join(err, ErrValue))
		}
		texts["terms"] = string(terms)
	}
	if p.Verification != nil {
		texts["evidence_note"] = p.Verification.EvidenceNote
	}
	if p.Register != nil {
		entry, err := audit.CanonicalJSON(p.Register)
		if err != nil {
			return nil, fmt.Errorf("register entry: %w", errors.Join(err, ErrValue))
		}
		texts["register_entry"] = string(entry)
	}
	return texts, nil
}

func textsOf(d *model.Decision) (map[string]string, error) {
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
		out[i] = c.codes()
	}
	return out
}

func (row conditionRow) codes() model.ConditionCodes {
	return model.ConditionCodes{ID: row.ID, Status: row.Status, DueKind: row.DueKind, Template: row.Template, Lapsed: row.Lapsed}
}
