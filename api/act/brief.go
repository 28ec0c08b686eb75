package act

import (
	"context"
	"slices"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Brief is what somebody needs to answer a task: what to read, what is asked, and
// what the rules say of it as it stands.
type Brief struct {
	// Part and Revision are what is judged.
	Part     string
	Revision int
	// Questionnaire is the part of the rulebook that asks the Questions; empty
	// where a task has no form.
	Questionnaire string
	Questions     []rulebook.Question
	// Judgement is nil where the stage has no rules of its own. To whoever is asked for
	// advice it is what the rules come to beside that advice.
	Judgement *assess.Judgement

	// stage and in are what the questions are asked of, "" where none are.
	stage string
	in    assess.Assessed
}

// beside are the questions that apply beside other answers than those that are kept.
func (b Brief) beside(answers map[string]any) ([]rulebook.Question, error) {
	if b.stage == "" {
		return nil, nil
	}
	b.in.Answers = answers
	return b.in.Questions(b.stage, b.Questionnaire)
}

// Refused lists the rules that refuse an outcome as things stand.
func (b Brief) Refused(kind model.TaskKind, o model.Outcome) []string {
	if b.Judgement == nil {
		return nil
	}
	var rules []string
	for _, h := range hindering(*b.Judgement, kind, o) {
		if !slices.Contains(rules, h.Rule) {
			rules = append(rules, h.Rule)
		}
	}
	return rules
}

// Conditional reports whether conditions follow by rule as things stand, so that an
// outcome with conditions needs none from the decider.
func (b Brief) Conditional() bool { return b.Judgement != nil && len(b.Judgement.Conditions) > 0 }

// Brief says what a task is about.
func (s *Service) Brief(ctx context.Context, c store.Case, t store.Task) (Brief, error) {
	b := Brief{Part: store.Intake, Revision: c.Revision}
	book, asked := s.bookOf(c).Assessment(string(t.Key.Stage))
	if !asked {
		return b, nil
	}
	spec, stage, err := s.stageOf(ctx, c, t.Key.Stage)
	if err != nil {
		return b, err
	}
	if stage.Assess && stage.PartRevision > 0 {
		b.Part, b.Revision = string(stage.Key), t.Revision
	}
	b.Questionnaire = partOf(book, spec, t.Key.Kind)
	if t.Key.Kind == model.TaskPrepare {
		b.Questionnaire = string(spec.Key)
	}
	if t.Status != model.TaskOpen {
		return b, nil
	}
	return b, s.fillBrief(ctx, c, spec, stage, t.Key.Kind, &b)
}

func (s *Service) fillBrief(ctx context.Context, c store.Case, spec model.StageSpec, stage store.Stage, kind model.TaskKind, b *Brief) error {
	text, err := s.textToJudge(ctx, c, stage)
	if err != nil {
		return err
	}
	if b.Questionnaire == string(spec.Key) {
		draft, err := s.draftOf(ctx, c, string(spec.Key))
		if err != nil {
			return err
		}
		text = draft.Answers
	}
	var j judged
	if kind == model.TaskAdvice || kind == model.TaskStatement {
		j, err = s.besideAdvice(ctx, c, stage, text)
	} else {
		j, err = s.judged(ctx, c, stage, text)
	}
	if err != nil {
		return err
	}
	b.Judgement = &j.Judgement
	switch b.Questionnaire {
	case "":
		return nil
	case string(spec.Key):
		b.Judgement.Rules = answered(j.Judgement)
	}
	b.stage, b.in = string(spec.Key), j.in
	b.Questions, err = b.beside(j.in.Answers)
	return err
}

// answered are the rules that say something of what has been answered: to whoever
// answers, what has not been is still to be done, and no finding.
func answered(j assess.Judgement) []assess.Fired {
	return slices.DeleteFunc(slices.Clone(j.Rules), func(r assess.Fired) bool {
		return slices.ContainsFunc(j.Problems, func(p rulebook.Problem) bool { return p.Missing && p.Code == r.ID })
	})
}

// TaskQuestions are the questions of an open task that apply beside answers that have
// not been sent. Answers that do not fit are left out; nothing is stored.
func (s *Service) TaskQuestions(ctx context.Context, a model.Actor, taskID string, answers map[string]any) ([]rulebook.Question, error) {
	t, err := s.ReadTask(ctx, a, taskID)
	if err != nil || t.Status != model.TaskOpen {
		return nil, err
	}
	if t.CaseID == "" {
		return s.YearlyQuestions(t, answers), nil
	}
	c, err := s.caseOf(ctx, a.OrgID, t.CaseID)
	if err != nil {
		return nil, err
	}
	b, err := s.Brief(ctx, c, t)
	if err != nil {
		return nil, err
	}
	return b.beside(answers)
}
