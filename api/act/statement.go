package act

import (
	"context"
	"slices"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/store"
)

// statement puts the legal basis into words, as the record keeps it (rulebook
// 4.2): of the assessment that the reviewers have, with the advice and the
// decision once they are there. It is nil for other stages and before the
// assessment is handed in.
func (s *Service) statement(ctx context.Context, c store.Case, stage store.Stage) (*lang.Text, error) {
	if stage.Key != model.StageLegalBasis || stage.PartRevision == 0 {
		return nil, nil
	}
	handedIn, err := s.textToJudge(ctx, c, stage)
	if err != nil {
		return nil, err
	}
	j, err := s.judged(ctx, c, stage, handedIn)
	if err != nil {
		return nil, err
	}
	advice, decision, err := s.said(ctx, c, stage)
	if err != nil {
		return nil, err
	}
	text, err := assess.LegalBasisText(j.in, advice, decision)
	return &text, err
}

// said is what was advised and decided about the stage's assessment as it was
// handed in last.
func (s *Service) said(ctx context.Context, c store.Case, stage store.Stage) (*assess.Advice, *assess.LegalDecision, error) {
	decisions, err := s.store.Decisions(ctx, c.OrgID, c.ID)
	if err != nil {
		return nil, nil, err
	}
	tasks, err := s.store.CaseTasks(ctx, c.OrgID, c.ID)
	if err != nil {
		return nil, nil, err
	}
	var advice *assess.Advice
	var decision *assess.LegalDecision
	for _, d := range decisions {
		t := find(tasks, d.TaskID)
		if t == nil || d.Stage != stage.Key || t.Revision != stage.PartRevision || !current(tasks, *t) {
			continue
		}
		on := calendar.Today(d.DecidedAt)
		switch {
		case t.Key.Kind == model.TaskAdvice || t.Key.Kind == model.TaskStatement:
			advice = &assess.Advice{By: d.Role, Value: string(d.Outcome), On: on, Text: d.Motivation}
		case t.Key.Kind == model.TaskDecision && stage.Status == model.StageDone && passing(d.Outcome):
			deputised := ""
			if d.For != nil {
				deputised = d.For.PersonID
			}
			names, err := s.store.Names(ctx, c.OrgID, []string{d.DeciderID, deputised})
			if err != nil {
				return nil, nil, err
			}
			decision = &assess.LegalDecision{
				Outcome: string(d.Outcome), Role: d.Role.Label(), Name: names[d.DeciderID], For: names[deputised], Authority: d.DecisionAuthority, On: on,
			}
		}
	}
	return advice, decision, nil
}

// current reports whether no later round of the task was opened.
func current(tasks []store.Task, t store.Task) bool {
	return !slices.ContainsFunc(tasks, func(o store.Task) bool {
		return o.Key.Stage == t.Key.Stage && o.Key.Kind == t.Key.Kind && o.Key.Round > t.Key.Round
	})
}
