package store

import (
	"context"
	"encoding/json"
	"slices"

	"sluss/model"
)

// takeDecision writes down who decided what and why, and the conditions that
// come with it.
func (r *recorder) takeDecision(ctx context.Context) error {
	p := r.command.Payload
	row := decisionRow{
		OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, Kind: string(r.t.Kind), DeciderID: r.command.ActorID,
		Role: r.actingRole(), Revision: r.c.Revision, Answers: "{}",
		CommandID: r.command.ID, DecidedAt: r.now,
	}
	switch {
	case p.Decision != nil:
		d := p.Decision
		row.TaskID, row.Stage, row.Outcome = r.task.ID, r.task.Stage, d.Outcome
		row.Revision, row.ScopeHash = d.Revision, r.task.ScopeHash
		row.Motivation, row.ReasonCodes, row.PathForwardText = d.Motivation, d.ReasonCodes, d.PathForwardText
		row.DecisionAuthority, row.Answers = d.DecisionAuthority, jsonText(d.Answers)
	case p.Raise != nil:
		row.Stage, row.Outcome, row.Motivation = p.Raise.Stage, model.Outcome(p.Raise.Requirement), p.Reason
	case p.Submission != nil, p.Verification != nil, r.deadline != nil:
		return nil
	default:
		row.Motivation = p.Reason
	}
	r.decisionID, r.outcome = row.ID, row.Outcome
	if err := insert(ctx, r.store, r.q, "", row); err != nil {
		return err
	}
	if err := r.noteActor(ctx, row.Role); err != nil {
		return err
	}
	if p.Decision == nil {
		return nil
	}
	return r.addConditions(ctx, p.Decision.Conditions)
}

// jsonText is a JSON value as it is kept: nothing is the empty object.
func jsonText(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "{}"
	}
	return string(raw)
}

// noteActor remembers in which function a person has acted in the case, for the
// segregation of duties.
func (r *recorder) noteActor(ctx context.Context, role model.Role) error {
	involved, err := r.people(ctx)
	if err != nil || slices.Contains(involved, involvedRow{r.command.ActorID, role, sourceActed}) {
		return err
	}
	return insert(ctx, r.store, r.q, "", casePersonRow{
		OrgID: r.c.OrgID, CaseID: r.c.ID, PersonID: r.command.ActorID, Role: role, Source: sourceActed,
	})
}

func (r *recorder) addConditions(ctx context.Context, conditions []model.NewCondition) error {
	for _, c := range conditions {
		r.conditions = append(r.conditions, conditionRow{
			OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, DecisionID: r.decisionID, Stage: r.task.Stage,
			TextSV: c.TextSV, TextEN: c.TextEN, SourceRule: c.SourceRule, OwnerRole: c.OwnerRole,
			VerifierRole: c.VerifierRole, Verification: c.Verification, Consequence: c.Consequence,
			DueKind: c.DueKind, DueDate: c.DueDate, Status: model.ConditionOpen, CreatedAt: r.now,
		})
		r.c.Conditions++
		if c.DueKind == model.DueBeforeUse {
			r.c.OpenBeforeUse++
		}
	}
	return insert(ctx, r.store, r.q, "", r.conditions...)
}

// takeVerification marks a condition as met or waived.
func (r *recorder) takeVerification(ctx context.Context) error {
	v := r.command.Payload.Verification
	if v == nil {
		return nil
	}
	c := &r.conditions[0]
	c.Status, c.EvidenceNote, c.VerifiedBy, c.VerifiedAt = v.Outcome, v.EvidenceNote, r.command.ActorID, r.now
	if c.DueKind == model.DueBeforeUse {
		r.c.OpenBeforeUse--
	}
	return update(ctx, r.store, r.q, c)
}
