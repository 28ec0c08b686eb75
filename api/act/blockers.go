package act

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// closing is how a person closes a blocker (rulebook 3.5): by passing a stage,
// with answers that settle the matter.
type closing struct {
	stage model.StageKey
	// settles looks at the intake and at the answers of the stage; nil accepts
	// every passing outcome.
	settles func(intake, answers map[string]any) bool
}

// closings are the blockers that are closed by a task. RT-16 is closed by a fact
// of triage (T-34).
var closings = map[string]closing{
	"RT-05": {stage: model.StageSecrecy},
	"RT-06": {model.StageLegalBasis, func(intake, _ map[string]any) bool { return intake["transfer_mechanism"] == "art49" }},
	"RT-10": {model.StageAgentRisk, func(intake, _ map[string]any) bool {
		agent, _ := intake["agent"].(map[string]any)
		return agent["identity"] != "shared" // V-19
	}},
	"RT-18": {stage: model.StageDerogation},
	"RT-19": {model.StageSecrecy, func(_, answers map[string]any) bool { return answers["provider_obligations_met"] == true }},
	"RT-20": {model.StageManager, func(_, answers map[string]any) bool {
		route := textIn(answers, "procurement_route")
		return route != "" && route != "not_applicable"
	}},
}

// openBlockers leaves those of the blockers that nobody has closed. What a person
// has closed stays closed while the facts that it rests on are unchanged.
func (s *Service) openBlockers(ctx context.Context, c store.Case, intake map[string]any, blockers []string) ([]string, error) {
	if !slices.ContainsFunc(blockers, func(id string) bool { return closings[id].stage != "" }) {
		return blockers, nil
	}
	stages, err := s.store.CaseStages(ctx, c.OrgID, c.ID)
	if err != nil {
		return nil, err
	}
	decisions, err := s.store.Decisions(ctx, c.OrgID, c.ID)
	if err != nil {
		return nil, err
	}
	open := []string{}
	for _, id := range blockers {
		closed, err := s.closedBlocker(ctx, c, id, intake, stages, decisions)
		if err != nil {
			return nil, err
		}
		if !closed {
			open = append(open, id)
		}
	}
	return open, nil
}

func (s *Service) closedBlocker(ctx context.Context, c store.Case, id string, intake map[string]any, stages []store.Stage, decisions []store.Decision) (bool, error) {
	how, byTask := closings[id]
	i := slices.IndexFunc(stages, func(st store.Stage) bool { return st.Key == how.stage })
	if !byTask || i < 0 || stages[i].Status != model.StageDone || !passing(stages[i].Result) {
		return false, nil
	}
	for _, d := range slices.Backward(decisions) {
		if d.Stage != how.stage || d.TaskID == "" || !passing(d.Outcome) {
			continue
		}
		answers, err := rulebook.ReadAnswers(d.Answers)
		if err != nil || how.settles != nil && !how.settles(intake, answers) {
			return false, err
		}
		if stages[i].Assess {
			return true, nil // the stage stands for what it depends on
		}
		return s.sameFacts(ctx, c, id, intake, d.Revision)
	}
	return false, nil
}

// sameFacts reports whether the facts that a blocker rests on are those of an
// earlier revision of the intake.
func (s *Service) sameFacts(ctx context.Context, c store.Case, id string, intake map[string]any, revision int) (bool, error) {
	part, err := s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, revision)
	if err != nil {
		return false, err
	}
	then, err := rulebook.ReadAnswers(part.Answers)
	if err != nil {
		return false, err
	}
	st, err := s.settingOf(ctx, c.OrgID, c.UnitID, intake)
	if err != nil {
		return false, err
	}
	system := st.system("", calendar.Today(s.clock.Now()))
	b := s.bookOf(c)
	before, now := assess.Facts(b, then, system), assess.Facts(b, intake, system)
	return !slices.ContainsFunc(b.RestsOn(id), func(fact string) bool {
		return !reflect.DeepEqual(factIn(before, fact), factIn(now, fact))
	}), nil
}

// factIn reads a fact by its id, whose dots are levels.
func factIn(facts map[string]any, id string) any {
	group, rest, nested := strings.Cut(id, ".")
	if !nested {
		return facts[id]
	}
	inner, _ := facts[group].(map[string]any)
	return factIn(inner, rest)
}

// standsOpen lists the blockers of a case that are still open, as it is shown.
func (s *Service) standsOpen(ctx context.Context, c store.Case) ([]string, error) {
	if len(c.Blockers) == 0 || c.Revision == 0 {
		return c.Blockers, nil
	}
	part, err := s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, c.Revision)
	if err != nil {
		return nil, err
	}
	answers, err := rulebook.ReadAnswers(part.Answers)
	if err != nil {
		return nil, err
	}
	return s.openBlockers(ctx, c, answers, c.Blockers)
}
