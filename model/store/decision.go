package store

import (
	"context"
	"encoding/json"
	"slices"

	"sluss/model"
)

// takeDecision writes down who decided what and why, and the conditions that
// come with it. What no person did is no decision.
func (r *recorder) takeDecision(ctx context.Context) error {
	p := r.command.Payload
	row := decisionRow{
		OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, Kind: string(r.t.Kind), DeciderID: r.command.ActorID,
		Role: r.actingRole(), Revision: r.c.Revision, Answers: "{}",
		CommandID: r.command.ID, DecidedAt: r.now,
	}
	switch {
	case p.Decision != nil:
		row.take(r.task, p.Decision)
	case p.Raise != nil:
		row.Stage, row.Outcome, row.Motivation = p.Raise.Stage, model.Outcome(p.Raise.Requirement), p.Reason
	case p.Submission != nil && p.Reason == "", p.HandIn != nil, p.Verification != nil, p.Waiver != nil, p.Consult != nil,
		r.command.ActorID == model.System:
		return nil
	case p.Extension != nil && p.Extension.Task != nil:
		row.Stage, row.Motivation = p.Extension.Task.Stage, p.Reason
	default:
		row.Motivation, row.ReasonCodes, row.Answers = p.Reason, p.Rules, jsonText(p.Answers)
		row.DecisionAuthority = p.DecisionAuthority
	}
	r.decisionID, r.outcome = row.ID, row.Outcome
	if err := insert(ctx, r.store, r.q, "", row); err != nil {
		return err
	}
	if err := r.takeJoint(ctx, row); err != nil {
		return err
	}
	if p.Decision == nil {
		return nil
	}
	return r.setConditions(ctx, p.Decision.Conditions)
}

// take takes over what the decider wrote about a task.
func (row *decisionRow) take(t *taskRow, d *model.Decision) {
	row.TaskID, row.Stage, row.Outcome = t.ID, t.Stage, d.Outcome
	row.Revision, row.ScopeHash = d.Revision, t.ScopeHash
	row.Motivation, row.ReasonCodes, row.PathForwardText = d.Motivation, d.ReasonCodes, d.PathForwardText
	row.DecisionAuthority, row.Answers = d.DecisionAuthority, jsonText(d.Answers)
	row.Deviates, row.ReportToBoard = d.Deviates, d.ReportToBoard
	if d.For != nil {
		row.ForID, row.DelegationID = d.For.PersonID, d.For.DelegationID
	}
}

// takeJoint writes down the second part of an answer to two tasks at once, as a
// decision of its own (AD-02).
func (r *recorder) takeJoint(ctx context.Context, first decisionRow) error {
	d := r.command.Payload.Joint
	if d == nil {
		return nil
	}
	row := decisionRow{
		OrgID: first.OrgID, ID: model.NewID(), CaseID: first.CaseID, Kind: first.Kind, DeciderID: first.DeciderID,
		Role: first.Role, CommandID: first.CommandID + "/" + string(r.joint.Stage), DecidedAt: first.DecidedAt,
	}
	row.take(r.joint, d)
	r.jointID = row.ID
	return insert(ctx, r.store, r.q, "", row)
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
//
// Who answers for another unit has no function in the case: it is not theirs to
// suspend or to waive.
func (r *recorder) noteActor(ctx context.Context) error {
	role := r.actingRole()
	if role == "" || r.command.ActorID == model.System || r.task != nil && r.task.Stage == model.StageAdoption {
		return nil
	}
	involved, err := r.people(ctx)
	source := sourceActed
	if d := r.command.Payload.Decision; d != nil && d.For != nil {
		source = sourceDeputy
	}
	if err != nil || slices.Contains(involved, involvedRow{r.command.ActorID, role, source}) {
		return err
	}
	r.involved = append(r.involved, involvedRow{r.command.ActorID, role, source})
	return insert(ctx, r.store, r.q, "", casePersonRow{
		OrgID: r.c.OrgID, CaseID: r.c.ID, PersonID: r.command.ActorID, Role: role, Source: source,
	})
}

// setConditions makes the conditions of a task those of its latest answer: what
// an earlier answer set and this one sets again stays as it is, what it no longer
// sets is replaced.
func (r *recorder) setConditions(ctx context.Context, conditions []model.NewCondition) error {
	var before []conditionRow
	if r.task.Round > 1 {
		var err error
		if before, err = r.standing(ctx, "stage = ? AND task_kind = ?", r.task.Stage, r.task.Kind); err != nil {
			return err
		}
	}
	return r.replaceConditions(ctx, before, r.newConditions(conditions, conditionRow{
		DecisionID: r.decisionID, Stage: r.task.Stage, TaskKind: r.task.Kind,
	}))
}

// happens reports whether the transition leaves one of the events behind.
func (r *recorder) happens(events ...model.EventKind) bool {
	return slices.ContainsFunc(r.t.Steps, func(s model.Step) bool { return slices.Contains(events, s.Event) })
}

// addTemplates adds, when the case is approved or passes again, the conditions that the rules add
// to every approval on its facts (rulebook 8.2).
func (r *recorder) addTemplates(ctx context.Context) error {
	if !r.happens(model.EventApproved, model.EventReassessed) || r.command.Evaluation == nil {
		return nil
	}
	before, err := r.standing(ctx, "template = ?", true)
	if err != nil {
		return err
	}
	return r.replaceConditions(ctx, before, r.newConditions(r.command.Evaluation.Templates, conditionRow{
		DecisionID: r.decisionID, Template: true,
	}))
}

// dropConditions replaces, by nothing, the conditions of stages that are no longer
// asked for.
func (r *recorder) dropConditions(ctx context.Context) error {
	for _, st := range r.t.Changes.Stages {
		if st.Status != model.StageNotRequired || r.c.Conditions == 0 {
			continue
		}
		before, err := r.standing(ctx, "stage = ?", st.Key)
		if err != nil {
			return err
		}
		if err := r.replaceConditions(ctx, before, nil); err != nil {
			return err
		}
	}
	return nil
}

// standing returns the conditions of the case that nothing has replaced.
func (r *recorder) standing(ctx context.Context, where string, args ...any) ([]conditionRow, error) {
	var rows []conditionRow
	err := list(ctx, r.store, r.q, &rows, "SELECT "+columns[conditionRow](r.store)+` FROM conditions
		WHERE org_id = ? AND case_id = ? AND status <> ? AND `+where,
		append([]any{r.c.OrgID, r.c.ID, model.ConditionReplaced}, args...)...)
	return rows, err
}

func (r *recorder) newConditions(conditions []model.NewCondition, of conditionRow) []conditionRow {
	rows := make([]conditionRow, len(conditions))
	for i, c := range conditions {
		rows[i] = conditionRow{
			OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, DecisionID: of.DecisionID, Stage: of.Stage,
			TaskKind: of.TaskKind, Template: of.Template,
			TextSV: c.TextSV, TextEN: c.TextEN, SourceRule: c.SourceRule, OwnerRole: c.OwnerRole,
			VerifierRole: c.VerifierRole, Verification: c.Verification, Consequence: c.Consequence,
			DueKind: c.DueKind, DueDate: c.DueDate, Months: c.Months, Status: model.ConditionOpen, CreatedAt: r.now,
		}
		if c.Met {
			rows[i].Status, rows[i].EvidenceNote, rows[i].VerifiedAt = model.ConditionMet, c.EvidenceNote, r.now
		}
	}
	return rows
}

// same reports whether two conditions ask for the same: a decision that is taken
// again does not open again what has been met.
func (row conditionRow) same(as conditionRow) bool {
	return row.SourceRule == as.SourceRule && row.TextSV == as.TextSV && row.OwnerRole == as.OwnerRole &&
		row.DueKind == as.DueKind && row.DueDate == as.DueDate
}

func (r *recorder) replaceConditions(ctx context.Context, before, after []conditionRow) error {
	for _, old := range before {
		if slices.ContainsFunc(after, old.same) {
			continue
		}
		r.count(old, -1)
		old.Status = model.ConditionReplaced
		if err := update(ctx, r.store, r.q, &old); err != nil {
			return err
		}
		if err := r.cancelSubject(ctx, model.SubjectCondition(old.ID)); err != nil {
			return err
		}
		r.conditions = append(r.conditions, old)
	}
	var added []conditionRow
	for _, c := range after {
		if slices.ContainsFunc(before, c.same) {
			continue
		}
		r.count(c, 1)
		r.setConditionTime(c)
		added = append(added, c)
	}
	r.conditions = append(r.conditions, added...)
	return insert(ctx, r.store, r.q, "", added...)
}

// count keeps the case's counts of its conditions.
func (r *recorder) count(c conditionRow, by int) {
	codes := c.codes()
	if codes.Counts() {
		r.c.Conditions += by
	}
	if codes.KeepsFromUse() {
		r.c.OpenBeforeUse += by
	}
	if codes.Stops() {
		r.c.Lapsed += by
	}
}

// takeVerification marks a condition as met.
func (r *recorder) takeVerification(ctx context.Context) error {
	v := r.command.Payload.Verification
	if v == nil {
		return nil
	}
	return r.settle(ctx, v.Outcome, v.EvidenceNote)
}

// takeWaiver keeps the word of one of the two who waive a condition together, and
// waives it with the second (CO-04).
func (r *recorder) takeWaiver(ctx context.Context) error {
	w := r.command.Payload.Waiver
	if w == nil {
		return nil
	}
	err := insert(ctx, r.store, r.q, "", waiverRow{
		OrgID: r.c.OrgID, CaseID: r.c.ID, ConditionID: w.ConditionID, Role: w.Role, PersonID: r.command.ActorID,
		Reason: w.Reason, DecisionAuthority: w.DecisionAuthority, WaivedAt: r.now,
	})
	if err != nil || !r.waivedByOther {
		return err
	}
	return r.settle(ctx, model.ConditionWaived, "")
}

func (r *recorder) settle(ctx context.Context, status model.ConditionStatus, note string) error {
	c := &r.conditions[0]
	if c.codes().KeepsFromUse() {
		r.c.OpenBeforeUse--
	}
	if c.codes().Stops() {
		r.c.Lapsed--
	}
	c.Status, c.EvidenceNote, c.VerifiedBy, c.VerifiedAt, c.Lapsed = status, note, r.command.ActorID, r.now, false
	if err := update(ctx, r.store, r.q, c); err != nil || c.DueKind == model.DueRecurring && status == model.ConditionMet {
		return err // it comes back
	}
	return r.cancelSubject(ctx, model.SubjectCondition(c.ID))
}
