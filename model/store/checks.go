package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"sluss/model"
	"sluss/model/access"
)

// check asks what only the record can say, under the lock of the case: that the
// actor has seen what stands, that the evaluation is of this text and of today,
// that the task is the actor's, and that no one holds two roles that must be
// apart.
func (r *recorder) check(ctx context.Context) (*model.Refusal, error) {
	if r.deadline != nil {
		return nil, nil
	}
	p := r.command.Payload
	if p.IfVersion != nil && *p.IfVersion != r.c.Version {
		return model.Refuse(model.CodeStale), nil
	}
	for _, check := range []func(context.Context) (*model.Refusal, error){
		r.checkEvaluation, r.checkHandIn, r.checkTask, r.checkJoint, r.checkCondition, r.checkExtension, r.checkResumption, r.checkInterim, r.checkOverride,
		r.checkSegregation,
	} {
		if refused, err := check(ctx); refused != nil || err != nil {
			return refused, err
		}
	}
	return nil, nil
}

// checkEvaluation compares the revision that was evaluated with the one that
// stands: the draft when it is submitted, the submitted one when it is decided.
func (r *recorder) checkEvaluation(ctx context.Context) (*model.Refusal, error) {
	e, sub := r.command.Evaluation, r.command.Payload.Submission
	switch {
	case e == nil && sub == nil:
		return nil, nil
	case e == nil:
		return model.Refuse(model.CodeInvalid), nil
	case e.On != r.today().String():
		return model.Refuse(model.CodeReevaluate), nil
	case sub == nil && e.Revision != r.c.Revision:
		return model.Refuse(model.CodeReevaluate), nil
	case sub == nil:
		return nil, nil
	}
	var part partRow
	err := get(ctx, r.store, r.q, &part, "SELECT revision, hash FROM parts WHERE org_id = ? AND case_id = ? AND part = ?",
		r.c.OrgID, r.c.ID, sub.Part)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return model.Refuse(model.CodeNotFound), nil
	case err != nil:
		return nil, err
	case part.Revision != sub.Revision || part.Hash != e.PartHash || e.Revision != sub.Revision:
		return model.Refuse(model.CodeStale), nil
	}
	return nil, nil
}

// checkHandIn compares the assessment that was judged with the draft that stands.
func (r *recorder) checkHandIn(ctx context.Context) (*model.Refusal, error) {
	h := r.command.Payload.HandIn
	if h == nil {
		return nil, nil
	}
	var part partRow
	err := get(ctx, r.store, r.q, &part, "SELECT revision, hash FROM parts WHERE org_id = ? AND case_id = ? AND part = ?",
		r.c.OrgID, r.c.ID, h.Stage)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return model.Refuse(model.CodeNotFound), nil
	case err != nil:
		return nil, err
	case part.Revision != h.Revision || part.Hash != h.Hash:
		return model.Refuse(model.CodeStale), nil
	}
	return nil, nil
}

// checkTask reads the task that a decision answers: it must be the one that the
// transition closes, as the decider saw it, and not somebody else's.
func (r *recorder) checkTask(ctx context.Context) (*model.Refusal, error) {
	d := r.command.Payload.Decision
	if d == nil {
		return nil, nil
	}
	task, refused, err := r.readTask(ctx, d, r.t.Task)
	if refused != nil || err != nil {
		return refused, err
	}
	r.task = task
	if refused, err := r.checkUnit(ctx); refused != nil || err != nil {
		return refused, err
	}
	people := []string{r.command.ActorID}
	if d.For != nil {
		people = append(people, d.For.PersonID)
	}
	return r.store.keptFromTask(ctx, r.q, *task, people...)
}

// checkJoint reads the task of the second part of an answer.
func (r *recorder) checkJoint(ctx context.Context) (*model.Refusal, error) {
	d := r.command.Payload.Joint
	if d == nil {
		return nil, nil
	}
	task, refused, err := r.readTask(ctx, d, r.t.Joint)
	r.joint = task
	return refused, err
}

func (r *recorder) readTask(ctx context.Context, d *model.Decision, closes *model.TaskKey) (*taskRow, *model.Refusal, error) {
	task := new(taskRow)
	err := get(ctx, r.store, r.q, task, "SELECT "+columns[taskRow](r.store)+` FROM tasks
		WHERE org_id = ? AND id = ? AND case_id = ?`, r.c.OrgID, d.TaskID, r.c.ID)
	key := model.TaskKey{Stage: task.Stage, Kind: task.Kind, Round: task.Round}
	// The head of the unit and the DPO answer for somebody else (AD-01, AD-04).
	stepsIn := d.Role != "" && d.Role != task.Role
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, model.Refuse(model.CodeNotFound), nil
	case err != nil:
		return nil, nil, err
	case task.Status != model.TaskOpen:
		return nil, model.Refuse(model.CodeTaskClosed), nil
	case closes == nil || *closes != key:
		return nil, model.Refuse(model.CodeInvalid), nil
	case d.TaskETag != model.TaskETag(task.Round, task.Status, task.ScopeHash):
		return nil, model.Refuse(model.CodeStale), nil
	case d.For != nil && task.AssigneeID != "" && task.AssigneeID != d.For.PersonID:
		return nil, model.Refuse(model.CodeTaskTaken), nil
	case d.For != nil:
		refused, err := r.checkDelegation(ctx, d.For, task)
		return task, refused, err
	case task.AssigneeID != "" && task.AssigneeID != r.command.ActorID && !stepsIn:
		return nil, model.Refuse(model.CodeTaskTaken), nil
	}
	return task, nil, nil
}

// checkCondition lets only an unmet condition be met or waived: met not by the
// person who has to fulfil it (SOD-04), waived by two people (CO-04).
func (r *recorder) checkCondition(ctx context.Context) (*model.Refusal, error) {
	v, w := r.command.Payload.Verification, r.command.Payload.Waiver
	var id string
	switch {
	case v != nil:
		id = v.ConditionID
	case w != nil:
		id = w.ConditionID
	default:
		return nil, nil
	}
	var row conditionRow
	err := get(ctx, r.store, r.q, &row, "SELECT "+columns[conditionRow](r.store)+` FROM conditions
		WHERE org_id = ? AND id = ? AND case_id = ?`, r.c.OrgID, id, r.c.ID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return model.Refuse(model.CodeNotFound), nil
	case err != nil:
		return nil, err
	case v != nil && v.Outcome != model.ConditionMet:
		return model.Refuse(model.CodeInvalid), nil
	case !row.Status.Unmet():
		return model.Refuse(model.CodeStateConflict), nil
	}
	r.conditions = []conditionRow{row}
	if w != nil {
		return r.checkWaiver(ctx, w)
	}
	return r.checkOwner(ctx, row.OwnerRole)
}

// checkOwner refuses whoever has to meet a condition themselves, by their function in
// the case or their role in the organisation (SOD-04).
func (r *recorder) checkOwner(ctx context.Context, owner model.Role) (*model.Refusal, error) {
	functions, roles, err := r.functions(ctx)
	if slices.Contains(functions, owner) || !owner.PerCase() && slices.Contains(roles, owner) {
		return model.Refuse(model.CodeSegregation, "SOD-04"), err
	}
	return nil, err
}

// checkWaiver lets each of the two waive once, and not one person for both.
func (r *recorder) checkWaiver(ctx context.Context, w *model.Waiver) (*model.Refusal, error) {
	var given []waiverRow
	err := list(ctx, r.store, r.q, &given, "SELECT role, person_id FROM waivers WHERE org_id = ? AND condition_id = ?",
		r.c.OrgID, w.ConditionID)
	if err != nil {
		return nil, err
	}
	for _, g := range given {
		switch {
		case g.Role == w.Role:
			return model.Refuse(model.CodeUnchanged, "CO-04"), nil
		case g.PersonID == r.command.ActorID:
			return model.Refuse(model.CodeSegregation, "CO-04"), nil
		}
	}
	r.waivedByOther = len(given) > 0
	return nil, nil
}

// checkExtension lets only an unmet condition with a date be put off, once (CO-02).
func (r *recorder) checkExtension(ctx context.Context) (*model.Refusal, error) {
	x := r.command.Payload.Extension
	if x == nil || x.ConditionID == "" {
		return nil, nil
	}
	c, err := r.condition(ctx, x.ConditionID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return model.Refuse(model.CodeNotFound), nil
	case err != nil:
		return nil, err
	case !c.Status.Unmet() || c.DueKind != model.DueDate || x.Until <= c.DueDate:
		return model.Refuse(model.CodeStateConflict, "CO-02"), nil
	case c.Extended:
		return model.Refuse(model.CodeGuard, "CO-02"), nil
	}
	r.conditions = []conditionRow{c}
	return r.checkOwner(ctx, c.OwnerRole)
}

// checkResumption lets two people resume the use, not one in two functions (T-24).
func (r *recorder) checkResumption(ctx context.Context) (*model.Refusal, error) {
	if r.t.Kind != model.ActResume || !r.happens(model.EventResumed) {
		return nil, nil
	}
	var first decisionRow
	err := get(ctx, r.store, r.q, &first, `SELECT decider_id FROM decisions
		WHERE org_id = ? AND case_id = ? AND kind = ? ORDER BY decided_at DESC LIMIT 1`, r.c.OrgID, r.c.ID, model.ActResume)
	if err == nil && first.DeciderID == r.command.ActorID {
		return model.Refuse(model.CodeSegregation, "T-24"), nil
	}
	return nil, err
}

// checkOverride keeps whoever rejected a case from setting that aside (OV-02,
// SOD-05).
func (r *recorder) checkOverride(ctx context.Context) (*model.Refusal, error) {
	if r.t.Kind != model.ActOverride && (r.task == nil || r.task.Stage != model.StageOverride || r.task.Kind != model.TaskDecision) {
		return nil, nil
	}
	var row decisionRow
	err := get(ctx, r.store, r.q, &row, `SELECT decider_id, for_id FROM decisions
		WHERE org_id = ? AND case_id = ? AND stage = ? AND outcome = ? ORDER BY decided_at DESC, id DESC LIMIT 1`,
		r.c.OrgID, r.c.ID, model.StageCISO, model.OutcomeReject)
	people := []string{r.command.ActorID}
	if d := r.command.Payload.Decision; d != nil && d.For != nil {
		people = append(people, d.For.PersonID)
	}
	if err == nil && (slices.Contains(people, row.DeciderID) || slices.Contains(people, row.ForID)) {
		return model.Refuse(model.CodeSegregation, "SOD-05"), nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return nil, err
}

// checkSegregation compares the function in which the actor acts with those that
// the same person has in the case and in the organisation (SOD-01 to SOD-03, SOD-06,
// SOD-09), and the people whom a submission names with each other. A role in the
// organisation must still be the actor's: it may have been taken from them since they
// read what they answer.
func (r *recorder) checkSegregation(ctx context.Context) (*model.Refusal, error) {
	acting := r.actingRole()
	if acting == "" {
		return nil, nil
	}
	functions, roles, err := r.functions(ctx)
	if err != nil {
		return nil, err
	}
	if rule := access.Conflict(functions, roles, acting); rule != "" {
		return model.Refuse(model.CodeSegregation, rule), nil
	}
	if d := r.command.Payload.Decision; d != nil && d.For != nil { // whose role it is was asked with the delegation
		return nil, nil
	}
	if !acting.PerCase() && !slices.Contains(roles, acting) || slices.Contains(r.involved, involvedRow{r.command.ActorID, acting, sourceFormer}) {
		return model.Refuse(model.CodeForbidden), nil
	}
	if sub := r.command.Payload.Submission; sub != nil {
		return r.checkNamed(ctx, sub.People)
	}
	return nil, nil
}

// involvedRow is what a person is in the case, or the actor in the organisation.
type involvedRow struct {
	PersonID string     `bun:"person_id"`
	Role     model.Role `bun:"role"`
	Source   string     `bun:"source"`
}

// people returns what everybody is in the case, and the actor's roles in the
// organisation.
func (r *recorder) people(ctx context.Context) ([]involvedRow, error) {
	if r.involved != nil {
		return r.involved, nil
	}
	err := list(ctx, r.store, r.q, &r.involved, `
		SELECT person_id, role, source FROM case_people WHERE org_id = ? AND case_id = ?
		UNION ALL
		SELECT person_id, role, '' FROM person_roles WHERE org_id = ? AND person_id = ?`,
		r.c.OrgID, r.c.ID, r.c.OrgID, r.command.ActorID)
	return r.involved, err
}

// functions returns what the actor is in this case and in the organisation.
func (r *recorder) functions(ctx context.Context) (functions, roles []model.Role, err error) {
	people, err := r.people(ctx)
	for _, p := range people {
		switch {
		case p.PersonID != r.command.ActorID:
		case p.Source == sourceOrganisation:
			roles = append(roles, p.Role)
		default:
			functions = append(functions, p.Role)
		}
	}
	return functions, roles, err
}

// checkNamed refuses an intake that names two people for one function, somebody
// who is not there, or one person for two functions that must be apart, counting
// what the person has done in the case and is in the organisation.
func (r *recorder) checkNamed(ctx context.Context, named []model.CasePerson) (*model.Refusal, error) {
	known, err := r.knownPeople(ctx, named)
	if err != nil {
		return nil, err
	}
	acted, err := r.people(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range named {
		roles, ok := known[n.PersonID]
		if !ok {
			return model.Refuse(model.CodeInvalid), nil
		}
		var functions []model.Role
		for _, other := range named {
			switch {
			case other.Role == n.Role && other.PersonID != n.PersonID:
				return model.Refuse(model.CodeInvalid), nil
			case other.PersonID == n.PersonID && other.Role != n.Role:
				functions = append(functions, other.Role)
			}
		}
		for _, a := range acted {
			switch {
			case a.PersonID != n.PersonID || a.Source == sourceNamed || a.Source == sourceOrganisation:
			case a.Role != n.Role:
				functions = append(functions, a.Role)
			case a.Source == sourceFormer:
				return model.Refuse(model.CodeInvalid), nil
			}
		}
		if rule := access.Conflict(functions, roles, n.Role); rule != "" {
			return model.Refuse(model.CodeSegregation, rule), nil
		}
	}
	return nil, nil
}

// knownPeople returns the roles in the organisation of those of the people who
// belong to it.
func (r *recorder) knownPeople(ctx context.Context, people []model.CasePerson) (map[string][]model.Role, error) {
	if len(people) == 0 {
		return nil, nil
	}
	args := []any{r.c.OrgID}
	for _, p := range people {
		args = append(args, p.PersonID)
	}
	var rows []involvedRow
	err := list(ctx, r.store, r.q, &rows, `SELECT p.id AS person_id, COALESCE(o.role, '') AS role FROM people p
		LEFT JOIN person_roles o ON o.org_id = p.org_id AND o.person_id = p.id
		WHERE p.kind = 'person' AND p.org_id = ? AND p.id IN (`+marks(len(people))+`)`, args...)
	known := map[string][]model.Role{}
	for _, row := range rows {
		known[row.PersonID] = append(known[row.PersonID], row.Role)
	}
	return known, err
}
