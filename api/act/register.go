package act

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// RegisterEntry composes what the register will say of an approved case, and
// lists what is missing before the case can come into use (T-22). p is what is
// about to be recorded.
func (s *Service) RegisterEntry(ctx context.Context, c store.Case, p Pending) (model.RegisterEntry, []assess.Missing, error) {
	in := assess.RegisterInput{Book: s.bookOf(c), CaseID: c.ID, RegistryNo: c.RegistryNo}
	for _, step := range []func(context.Context, store.Case, *assess.RegisterInput) error{
		s.registerIntake, s.registerStages, s.registerDecisions, s.registerUnits, s.registerPeople,
	} {
		if err := step(ctx, c, &in); err != nil {
			return model.RegisterEntry{}, nil, err
		}
	}
	if err := s.registerConditions(ctx, c, &in, p.Met); err != nil {
		return model.RegisterEntry{}, nil, err
	}
	if err := p.decide(&in, calendar.Today(s.clock.Now())); err != nil {
		return model.RegisterEntry{}, nil, err
	}
	e, missing := assess.RegisterEntry(in)
	return e, missing, nil
}

// Pending is what an act is about to record and the register already says.
type Pending struct {
	// Met is the condition that is being met or waived.
	Met string
	// Decision is the answer to a task.
	Decision *model.Decision
}

// decide lays an answer that passes over what is recorded. It may be the one that
// approves the use again.
func (p Pending) decide(in *assess.RegisterInput, today calendar.Date) error {
	d := p.Decision
	if d == nil || !passing(d.Outcome) {
		return nil
	}
	answers := map[string]any{}
	if len(d.Answers) > 0 {
		var err error
		if answers, err = rulebook.ReadAnswers(d.Answers); err != nil {
			return err
		}
	}
	stage := string(d.Task.Stage)
	if in.Answers[stage] == nil {
		in.Answers[stage] = map[string]any{}
	}
	maps.Copy(in.Answers[stage], answers)
	in.Decided = today
	for _, c := range d.Conditions {
		if !c.Met {
			in.Conditions = append(in.Conditions, registerCondition(c.TextSV, c.TextEN, c.DueKind, c.DueDate, c.OwnerRole))
		}
	}
	return nil
}

// registerIntake takes the submitted intake and what the rules say of it today.
func (s *Service) registerIntake(ctx context.Context, c store.Case, in *assess.RegisterInput) error {
	p, err := s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, c.Revision)
	if err != nil {
		return err
	}
	answers, approval, err := s.answersOf(ctx, c, p)
	if err != nil {
		return err
	}
	j, err := s.judge(ctx, c, answers, approval)
	in.Intake, in.Triage = answers, j.Classification
	return err
}

// registerStages takes what the stages came to, and the assessments as they were
// handed in.
func (s *Service) registerStages(ctx context.Context, c store.Case, in *assess.RegisterInput) error {
	stages, err := s.store.CaseStages(ctx, c.OrgID, c.ID)
	if err != nil {
		return err
	}
	in.Outcomes, in.Answers = map[string]string{}, map[string]map[string]any{}
	for _, st := range stages {
		in.Outcomes[string(st.Key)] = string(st.Result)
		answers, err := s.handedIn(ctx, c, string(st.Key))
		if err != nil {
			return err
		}
		in.Answers[string(st.Key)] = answers
	}
	return nil
}

// handedIn gives the answers of a part as they were handed in last, none where
// they never were.
func (s *Service) handedIn(ctx context.Context, c store.Case, part string) (map[string]any, error) {
	revisions, err := s.store.Revisions(ctx, c.OrgID, c.ID, part)
	if err != nil || len(revisions) == 0 {
		return map[string]any{}, err
	}
	p, err := s.store.Revision(ctx, c.OrgID, c.ID, part, revisions[0].Revision)
	if err != nil {
		return nil, err
	}
	return rulebook.ReadAnswers(p.Answers)
}

// registerDecisions lays the answers that came with the decisions that stand over
// those of the assessments, and finds the day of the decision that approved the use: the
// CISO's clearance, an override in its place, or, after it, the information owner's (T-16,
// T-17, OV-02).
func (s *Service) registerDecisions(ctx context.Context, c store.Case, in *assess.RegisterInput) error {
	decisions, err := s.store.Decisions(ctx, c.OrgID, c.ID)
	if err != nil {
		return err
	}
	tasks, err := s.store.CaseTasks(ctx, c.OrgID, c.ID)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		stage := string(d.Stage)
		answers, err := rulebook.ReadAnswers(d.Answers)
		if err != nil {
			return err
		}
		if d.Kind == string(model.ActOverride) {
			stage = string(model.StageOverride)
			in.Answers[stage] = answers
		}
		if in.Answers[stage] == nil {
			in.Answers[stage] = map[string]any{}
		}
		if t := find(tasks, d.TaskID); t != nil && passing(d.Outcome) && current(tasks, *t) {
			maps.Copy(in.Answers[stage], answers)
		}
		overrides := d.Stage == model.StageOverride && d.Outcome == model.OutcomeConfirm
		if overrides || slices.Contains([]model.Outcome{model.OutcomeApprove, model.OutcomeApproveWithConditions, model.OutcomeAccept}, d.Outcome) {
			in.Decided = calendar.Today(d.DecidedAt)
		}
	}
	return nil
}

// registerUnits takes the units that the approval binds: the one that opened the
// case, and those that have adopted (rulebook 9.3).
func (s *Service) registerUnits(ctx context.Context, c store.Case, in *assess.RegisterInput) error {
	u, err := s.store.Unit(ctx, c.OrgID, c.UnitID)
	in.Unit = u.Name
	in.Units = []model.RegisterUnit{{UnitID: c.UnitID, RopaRef: ropaRef(in.Answers[string(model.StageLegalBasis)], c.UnitID, u.Code, u.Name.SV, u.Name.EN)}}
	if err != nil {
		return err
	}
	adopters, err := s.store.Adopters(ctx, c.OrgID, c.ID, s.clock.Now())
	in.Units = append(in.Units, adopters...)
	return err
}

// questionRopa is the question about the entries in the record of processing, a
// list of units and references (LB-20, GDPR 30).
const questionRopa = "LB-20a"

// ropaRef is a unit's reference in the record of processing, by one of the unit's
// names, from the answers about the legal basis.
func ropaRef(answers map[string]any, names ...string) string {
	rows, _ := answers[questionRopa].([]any)
	for _, row := range rows {
		m, _ := row.(map[string]any)
		unit, _ := m["unit"].(string)
		if ref, _ := m["ropa_ref"].(string); slices.Contains(names, unit) || len(rows) == 1 {
			return ref
		}
	}
	return ""
}

func (s *Service) registerPeople(ctx context.Context, c store.Case, in *assess.RegisterInput) error {
	people, err := s.store.CasePeople(ctx, c.OrgID, c.ID)
	if err != nil {
		return err
	}
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.PersonID
	}
	names, err := s.store.Names(ctx, c.OrgID, ids)
	for _, p := range people {
		in.People = append(in.People, assess.RegisterPerson{Role: p.Role, ID: p.PersonID, Name: names[p.PersonID]})
	}
	return err
}

func (s *Service) registerConditions(ctx context.Context, c store.Case, in *assess.RegisterInput, met string) error {
	conditions, err := s.store.Conditions(ctx, c.OrgID, c.ID)
	for _, x := range conditions {
		if !x.Status.Unmet() || x.ID == met {
			continue
		}
		in.Conditions = append(in.Conditions, registerCondition(x.TextSV, x.TextEN, x.DueKind, x.DueDate, x.OwnerRole))
	}
	return err
}

func registerCondition(sv, en string, kind model.DueKind, date string, owner model.Role) model.RegisterCondition {
	return model.RegisterCondition{Text: lang.Text{SV: sv, EN: cmp.Or(en, sv)}, DueKind: kind, DueDate: date, OwnerRole: owner}
}
