package act

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
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
// ifMatch is the task's entity tag that the decider has read. joint answers the
// second part of a task that has two, and is nil for one that has not (AD-02).
func (s *Service) Decide(ctx context.Context, r Request, taskID, ifMatch string, d model.Decision, joint *model.Decision) (Answer, error) {
	t, err := s.store.Task(ctx, r.Actor.OrgID, taskID)
	if err != nil {
		return Answer{}, err
	}
	if t.CaseID == "" {
		return s.decideElsewhere(ctx, r, t, ifMatch, d)
	}
	return s.do(ctx, r, model.ActDecide, t.CaseID, func(ctx context.Context) (prepared, error) {
		c, on, err := s.readCase(ctx, r.Actor, t.CaseID)
		if err != nil {
			return prepared{}, err
		}
		if err := s.prepareDecision(ctx, r.Actor, on, c, t, ifMatch, &d); err != nil {
			return prepared{}, err
		}
		p := prepared{version: c.Version, payload: model.Payload{Decision: &d, Joint: joint}}
		if err := s.prepareJoint(ctx, r.Actor, on, c, t, d.Outcome, joint); err != nil {
			return prepared{}, err
		}
		if p.evaluation, err = s.evaluateDecision(ctx, c, t, &d); err != nil {
			return prepared{}, err
		}
		return p, s.decideInUse(ctx, c, t, &d, &p)
	})
}

// prepareDecision checks one answer: that the task is the decider's, that it is
// answered on what stands, that it is complete, and that the rules allow it.
func (s *Service) prepareDecision(ctx context.Context, a model.Actor, on access.Object, c store.Case, t store.Task, ifMatch string, d *model.Decision) error {
	if refused := answerable(a, on, t, ifMatch, d); refused != nil {
		return refused
	}
	if !s.stepUp.Allows(a, cmp.Or(d.Role, t.Role), t.Key.Kind, d.Outcome, s.clock.Now()) {
		return model.Refuse(model.CodeStepUp)
	}
	assessed := strings.Contains(t.ScopeHash, ".")
	switch {
	case assessed && d.Revision != t.Revision:
		return model.Refuse(model.CodeStale)
	case !assessed && (d.Revision < 1 || d.Revision > c.Revision || d.Revision < t.Revision):
		return model.Refuse(model.CodeStale)
	}
	d.TaskID, d.Task, d.TaskETag = t.ID, t.Key, ifMatch
	problems := checkDecision(s.bookOf(c), t, d)
	if len(problems) > 0 {
		return invalid(problems)
	}
	if err := s.judgeDecision(ctx, c, t, d); err != nil {
		return err
	}
	return s.countReplaced(ctx, c, t, d)
}

// countReplaced counts the conditions of an earlier answer to the task, which
// those of this one replace.
func (s *Service) countReplaced(ctx context.Context, c store.Case, t store.Task, d *model.Decision) error {
	if t.Key.Round == 1 {
		return nil
	}
	conditions, err := s.store.Conditions(ctx, c.OrgID, c.ID)
	for _, x := range conditions {
		if x.Stage == t.Key.Stage && x.TaskKind == t.Key.Kind && x.Status != model.ConditionReplaced {
			d.Replaces++
		}
	}
	return err
}

// prepareJoint checks the second part of an answer. A task that has two parts is
// answered with both, but for the silence of the DPO, who may be late with one
// only (AD-01).
func (s *Service) prepareJoint(ctx context.Context, a model.Actor, on access.Object, c store.Case, t store.Task, o model.Outcome, joint *model.Decision) error {
	other, err := s.JointTask(ctx, t)
	switch {
	case err != nil:
		return err
	case other == nil && joint != nil:
		return invalid([]rulebook.Problem{jointFault(false)})
	case other == nil, joint == nil && o == model.OutcomeNotGivenInTime:
		return nil
	case joint == nil:
		return invalid([]rulebook.Problem{jointFault(true)})
	}
	return s.prepareDecision(ctx, a, on, c, *other, other.ETag(), joint)
}

func jointFault(missing bool) rulebook.Problem {
	p := rulebook.Problem{Pointer: "/joint", Code: "AD-02", Source: "AD-02", Missing: missing, Text: lang.Text{
		SV: "Uppgiften har bara en del. Lämna joint tomt.", EN: "The task has one part only. Leave joint out.",
	}}
	if missing {
		p.Text = lang.Text{
			SV: "Uppgiften har två delar: rättslig grund och konsekvensbedömning. Svara på den andra delen i joint.",
			EN: "The task has two parts: legal basis and impact assessment. Answer the second part in joint.",
		}
	}
	return p
}

// JointTask returns the second part of a task that has two: while the DPO's
// advice on the legal basis and on the DPIA are both open, they are one task
// (AD-02). It is nil for every other task.
func (s *Service) JointTask(ctx context.Context, t store.Task) (*store.Task, error) {
	if t.Key.Kind != model.TaskAdvice || t.Status != model.TaskOpen {
		return nil, nil
	}
	var other model.StageKey
	switch t.Key.Stage {
	case model.StageLegalBasis:
		other = model.StageDPIA
	case model.StageDPIA:
		other = model.StageLegalBasis
	default:
		return nil, nil
	}
	tasks, err := s.store.CaseTasks(ctx, t.OrgID, t.CaseID)
	if err != nil {
		return nil, err
	}
	joint := store.LatestTask(tasks, other, model.TaskAdvice)
	if joint == nil || joint.Status != model.TaskOpen {
		return nil, nil
	}
	return joint, nil
}

// evaluateDecision asks the rules of today about the revision that is decided,
// where the decision is one that approves (rulebook 9.3) or is itself a fact of
// triage (T-34). The process asks for it where another one turns out to be the
// last and so approves.
func (s *Service) evaluateDecision(ctx context.Context, c store.Case, t store.Task, d *model.Decision) (*model.Evaluation, error) {
	o := d.Outcome
	if t.Key.Stage == model.StageOverride && (o == model.OutcomeOverride || o == model.OutcomeConfirm) {
		return s.evaluateOverride(ctx, c, d)
	}
	approves := t.Key.Kind == model.TaskDecision && (t.Key.Stage == model.StageCISO || t.Key.Stage == model.StageInfoOwner)
	switch {
	case !approves, o == model.OutcomeReturn:
		return nil, nil
	case t.Key.Stage == model.StageInfoOwner && slices.Contains(c.Blockers, "RT-16"):
		return s.evaluateLicence(ctx, c, o)
	case o == model.OutcomeReject:
		return nil, nil
	}
	return s.evaluateSubmitted(ctx, c, d)
}

// answersAs says whether the actor may answer the task in their own name, or by a
// delegation for somebody else, which the decision then rests on.
func answersAs(a model.Actor, on access.Object, t store.Task, d *model.Decision) error {
	err := access.Answers(a, on, t.Key.Kind, t.Role, t.AssigneeID)
	if err == nil {
		return nil
	}
	deputy, void := access.DeputyFor(a, on, t.CaseID, t.Key.Kind, t.Role, t.AssigneeID)
	switch {
	case void != nil:
		return void
	case deputy == nil:
		return err
	}
	d.For = &model.OnBehalf{PersonID: deputy.For.PersonID, DelegationID: deputy.DelegationID}
	return nil
}

// answerable says whether the actor may answer the task as it stands, and in which
// function where it is not the task's own.
func answerable(a model.Actor, on access.Object, t store.Task, ifMatch string, d *model.Decision) error {
	switch {
	case t.Key.Kind == model.TaskPrepare:
		return model.Refuse(model.CodeStateConflict, "T-19")
	case d.Outcome == model.OutcomeNotGivenInTime:
		if !access.Holds(a, on, model.RoleUnitHead) {
			return model.Refuse(model.CodeForbidden, "AD-01")
		}
		d.Role = model.RoleUnitHead
	case t.Key.Kind == model.TaskStatement && a.Has(model.RoleDPO):
		d.Role = model.RoleDPO // the DPO may step in (AD-04)
	default:
		if err := answersAs(a, on, t, d); err != nil {
			return err
		}
	}
	switch {
	case t.Status != model.TaskOpen:
		return model.Refuse(model.CodeTaskClosed)
	case t.ETag() != ifMatch:
		return model.Refuse(model.CodeStale)
	}
	return nil
}

// checkDecision applies the rules of form: the outcome is offered, a return and
// a rejection show a way forward (V-60), and conditions come with the outcomes
// that carry them, complete (rulebook 8.1, SOD-04).
func checkDecision(b *rulebook.Book, t store.Task, d *model.Decision) []rulebook.Problem {
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
		add("/reason_codes", "V-60", "Ange minst en orsakskod: id för en regel eller en egen kod.",
			"Give at least one reason code: the id of a rule or a code of your own.")
	}
	for i, code := range d.ReasonCodes {
		if text := reasonFault(b, code); text != nil {
			add(fmt.Sprintf("/reason_codes/%d", i), "V-60", text.SV, text.EN)
		}
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
		if spec, known := model.Stage(model.StageKey(d.Target)); d.Target != store.Intake && (!known || len(spec.Prepare) == 0) {
			add("/target", "V-01", "Ange intake eller ett steg vars underlag någon förbereder.",
				"Give intake or a stage whose assessment somebody prepares.")
		}
	}
	if d.Outcome != model.OutcomeReturn && d.Target != "" {
		add("/target", "V-01", "Bara en återlämning har ett mål. Lämna target tomt.",
			"Only a return goes somewhere. Leave target out.")
	}
	if !d.Outcome.WithConditions() && len(d.Conditions) > 0 {
		add("/conditions", "8.1", "Utfallet har inga villkor. Välj utfallet med villkor.",
			"The outcome has no conditions. Choose the outcome with conditions.")
	}
	out = append(out, lookFaults(t, d)...)
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
		if (c.DueKind == model.DueRecurring) != (c.Months > 0) {
			add(fmt.Sprintf("/conditions/%d/months", i), "8.2",
				"Ange hur många månader det går mellan gångerna för återkommande villkor, och bara för dem.",
				"Give the number of months between the times for recurring conditions, and only for those.")
		}
	}
	return out
}

// ReadTask returns a task that the actor may read: of a case that they may read, or
// of an incident or the year.
func (s *Service) ReadTask(ctx context.Context, a model.Actor, taskID string) (store.Task, error) {
	t, err := s.store.Task(ctx, a.OrgID, taskID)
	if err != nil {
		return store.Task{}, err
	}
	if t.CaseID == "" {
		return s.readTaskElsewhere(ctx, a, t)
	}
	c, err := s.ReadCase(ctx, a, t.CaseID)
	t.CaseTitle, t.CaseState = c.Title, c.State
	return t, err
}
