package act

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

var textUnknownRef = lang.Text{
	SV: "Finns inte i organisationen. Ange id, användarnamn eller enhetskod.",
	EN: "Not found in the organisation. Give an id, a user name or a unit code.",
}

// minPathForward is the shortest way forward in characters (V-60).
const minPathForward = 30

// Decide answers a task: advice, a passing outcome, a return or a rejection.
// ifMatch is the task's entity tag that the decider has read.
func (s *Service) Decide(ctx context.Context, r Request, taskID, ifMatch string, d model.Decision) (Answer, error) {
	t, err := s.store.Task(ctx, r.Actor.OrgID, taskID)
	if err != nil {
		return Answer{}, err
	}
	return s.do(ctx, r, model.ActDecide, t.CaseID, func(ctx context.Context) (prepared, error) {
		c, _, err := s.readCase(ctx, r.Actor, t.CaseID)
		if err != nil {
			return prepared{}, err
		}
		if refused := answerable(r.Actor, t, ifMatch); refused != nil {
			return prepared{}, refused
		}
		if d.Revision < 1 || d.Revision > c.Revision || d.Revision < t.Revision {
			return prepared{}, model.Refuse(model.CodeStale)
		}
		d.TaskID, d.Task, d.TaskETag = t.ID, t.Key, ifMatch
		if err := invalid(checkDecision(t, &d)); err != nil {
			return prepared{}, err
		}
		p := prepared{version: c.Version, payload: model.Payload{Decision: &d}}
		p.evaluation, err = s.evaluateDecision(ctx, c, t, d.Outcome)
		return p, err
	})
}

// evaluateDecision asks the rules of today about the revision that is decided,
// where the decision is one that approves (rulebook 9.3) or is itself a fact of
// triage (T-34). The process asks for it where another one turns out to be the
// last and so approves.
func (s *Service) evaluateDecision(ctx context.Context, c store.Case, t store.Task, o model.Outcome) (*model.Evaluation, error) {
	approves := t.Key.Kind == model.TaskDecision && (t.Key.Stage == model.StageCISO || t.Key.Stage == model.StageInfoOwner)
	switch {
	case !approves, o == model.OutcomeReturn:
		return nil, nil
	case t.Key.Stage == model.StageInfoOwner && slices.Contains(c.Blockers, "RT-16"):
		return s.evaluateLicence(ctx, c, o)
	case o == model.OutcomeReject:
		return nil, nil
	}
	return s.evaluateSubmitted(ctx, c)
}

// answerable says whether the actor may answer the task as it stands.
func answerable(a model.Actor, t store.Task, ifMatch string) error {
	switch {
	case !a.Has(t.Role) && t.AssigneeID != a.PersonID:
		return model.Refuse(model.CodeForbidden)
	case t.Status != model.TaskOpen:
		return model.Refuse(model.CodeTaskClosed)
	case t.AssigneeID != "" && t.AssigneeID != a.PersonID:
		return model.Refuse(model.CodeTaskTaken)
	case t.ETag() != ifMatch:
		return model.Refuse(model.CodeStale)
	}
	return nil
}

// checkDecision applies the rules of form: the outcome is offered, a return and
// a rejection show a way forward (V-60), and conditions come with the outcomes
// that carry them, complete (rulebook 8.1, SOD-04).
func checkDecision(t store.Task, d *model.Decision) []rulebook.Problem {
	var out []rulebook.Problem
	add := func(pointer, rule, sv, en string) {
		out = append(out, rulebook.Problem{Pointer: pointer, Code: rule, Text: lang.Text{SV: sv, EN: en}, Source: rule})
	}
	stage, _ := model.Stage(t.Key.Stage)
	spec, _ := stage.Task(t.Key.Kind)
	if !spec.Offers(d.Outcome) {
		add("/outcome", "V-01", "Steget har inte det utfallet. Välj ett av uppgiftens utfall.",
			"The task has no such outcome. Choose one of the task's outcomes.")
	}
	back := d.Outcome == model.OutcomeReturn || d.Outcome == model.OutcomeReject
	if back && len(d.ReasonCodes) == 0 {
		add("/reason_codes", "V-60", "Ange minst en orsakskod.", "Give at least one reason code.")
	}
	if back && utf8.RuneCountInString(d.PathForwardText) < minPathForward {
		add("/path_forward_text", "V-60",
			fmt.Sprintf("Beskriv vägen framåt med minst %d tecken.", minPathForward),
			fmt.Sprintf("Describe the way forward in at least %d characters.", minPathForward))
	}
	if d.Outcome == model.OutcomeReturn {
		if d.Target == "" {
			d.Target = store.Intake
		}
		if _, known := model.Stage(model.StageKey(d.Target)); !known && d.Target != store.Intake {
			add("/target", "V-01", "Ange intake eller ett steg.", "Give intake or a stage.")
		}
	}
	switch {
	case d.Outcome.WithConditions() && len(d.Conditions) == 0:
		add("/conditions", "8.1", "Utfallet kräver minst ett villkor.", "The outcome requires at least one condition.")
	case !d.Outcome.WithConditions() && len(d.Conditions) > 0:
		add("/conditions", "8.1", "Utfallet har inga villkor. Välj utfallet med villkor.",
			"The outcome has no conditions. Choose the outcome with conditions.")
	}
	for i, c := range d.Conditions {
		if c.OwnerRole == c.VerifierRole {
			add(fmt.Sprintf("/conditions/%d/verifier_role", i), "SOD-04",
				"Den som kontrollerar villkoret får inte vara den som ska uppfylla det.",
				"Whoever verifies the condition must not be the one who has to fulfil it.")
		}
		if (c.DueKind == model.DueDate) != (c.DueDate != "") {
			add(fmt.Sprintf("/conditions/%d/due_date", i), "8.2",
				"Ange datum för villkor med datum, och bara för dem.", "Give a date for dated conditions, and only for those.")
		}
	}
	return out
}

// Assign claims a task for the actor, or releases it when claim is false.
func (s *Service) Assign(ctx context.Context, a model.Actor, taskID string, claim bool) (store.Task, error) {
	t, err := s.ReadTask(ctx, a, taskID)
	if err != nil {
		return store.Task{}, err
	}
	if !a.Has(t.Role) {
		return store.Task{}, model.Refuse(model.CodeForbidden)
	}
	if t.Role.PerCase() {
		return store.Task{}, model.Refuse(model.CodeStateConflict)
	}
	expect, assignee := "", a.PersonID
	if !claim {
		expect, assignee = a.PersonID, ""
	}
	if err := s.store.AssignTask(ctx, a.OrgID, taskID, a.PersonID, expect, assignee, s.clock.Now()); err != nil {
		return store.Task{}, err
	}
	return s.store.Task(ctx, a.OrgID, taskID)
}

// ReadTask returns a task of a case that the actor may read.
func (s *Service) ReadTask(ctx context.Context, a model.Actor, taskID string) (store.Task, error) {
	t, err := s.store.Task(ctx, a.OrgID, taskID)
	if err != nil {
		return store.Task{}, err
	}
	c, err := s.ReadCase(ctx, a, t.CaseID)
	t.CaseTitle, t.CaseState = c.Title, c.State
	return t, err
}

// VerifyCondition notes that a condition is met (rulebook 8.2).
func (s *Service) VerifyCondition(ctx context.Context, r Request, caseID string, ifVersion int64, v model.Verification) (Answer, error) {
	return s.do(ctx, r, model.ActVerifyCondition, caseID, func(ctx context.Context) (prepared, error) {
		c, _, err := s.readCase(ctx, r.Actor, caseID)
		if err != nil {
			return prepared{}, err
		}
		conditions, err := s.store.Conditions(ctx, r.Actor.OrgID, caseID)
		if err != nil {
			return prepared{}, err
		}
		i := slices.IndexFunc(conditions, func(c store.Condition) bool { return c.ID == v.ConditionID })
		switch {
		case i < 0:
			return prepared{}, store.ErrNotFound
		case !access.CanVerify(r.Actor, conditions[i].VerifierRole):
			return prepared{}, model.Refuse(model.CodeForbidden)
		case c.Version != ifVersion:
			return prepared{}, model.Refuse(model.CodeStale)
		}
		return prepared{version: c.Version, payload: model.Payload{IfVersion: &ifVersion, Verification: &v}}, nil
	})
}
