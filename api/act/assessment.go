package act

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/audit"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/workflows/contract"
)

// Assessment is a stage's assessment as its draft stands, and what the rules say
// of it.
type Assessment struct {
	Stage       model.StageKey
	Requirement model.Requirement
	Status      model.StageStatus
	// Revision is the draft's, 0 before the first save, and HandedIn the one that
	// the reviewers have, 0 before the first.
	Revision, HandedIn int
	Answers            json.RawMessage
	Judgement          assess.Judgement
	// Statement puts the outcome into words, where the rulebook has a text for it.
	Statement *lang.Text
	// MayEdit says whether the reader may change the draft.
	MayEdit bool

	in assess.Assessed
}

// writable reports whether the draft of a stage's assessment may be changed while
// the case is in a state: during the review, and for what has only to be done
// before use until then.
func writable(spec model.StageSpec, s model.CaseState) bool {
	approved := s == model.Approved || s == model.ApprovedCond
	return s.UnderReview() || approved && (spec.BeforeUse() || spec.Key == model.StageManager)
}

// stageOf returns a stage of the case that has an assessment.
func (s *Service) stageOf(ctx context.Context, c store.Case, key model.StageKey) (model.StageSpec, store.Stage, error) {
	spec, known := model.Stage(key)
	if _, asked := s.bookOf(c).Assessment(string(key)); !known || !asked {
		return spec, store.Stage{}, store.ErrNotFound
	}
	stages, err := s.store.CaseStages(ctx, c.OrgID, c.ID)
	if err != nil {
		return spec, store.Stage{}, err
	}
	i := slices.IndexFunc(stages, func(st store.Stage) bool { return st.Key == key })
	if i < 0 || stages[i].Status == model.StageNotRequired {
		return spec, store.Stage{}, store.ErrNotFound
	}
	return spec, stages[i], nil
}

// draftOf returns the draft of a part, with revision 0 before the first save.
func (s *Service) draftOf(ctx context.Context, c store.Case, part string) (store.Part, error) {
	p, err := s.store.Part(ctx, c.OrgID, c.ID, part)
	if errors.Is(err, store.ErrNotFound) {
		return store.Part{Answers: json.RawMessage("{}")}, nil
	}
	return p, err
}

// ReadAssessment returns a stage's assessment, judged as its draft stands, or as a
// revision of it was handed in: nobody approves what they have not seen. Revision 0
// is the draft; one that was not handed in is not found.
func (s *Service) ReadAssessment(ctx context.Context, a model.Actor, caseID string, key model.StageKey, revision int) (Assessment, error) {
	c, on, err := s.readCase(ctx, a, caseID)
	if err != nil {
		return Assessment{}, err
	}
	spec, stage, err := s.stageOf(ctx, c, key)
	if err != nil {
		return Assessment{}, err
	}
	if revision > 0 {
		handedIn, err := s.store.Revision(ctx, c.OrgID, c.ID, string(key), revision)
		if err != nil {
			return Assessment{}, err
		}
		return s.describeAssessment(ctx, c, stage, handedIn)
	}
	draft, err := s.draftOf(ctx, c, string(key))
	if err == nil && stage.Status == model.StageDone && len(spec.Prepare) == 0 && len(spec.Tasks) > 0 {
		draft.Answers, err = s.decidedAnswers(ctx, c, key, draft)
	}
	if err != nil {
		return Assessment{}, err
	}
	out, err := s.describeAssessment(ctx, c, stage, draft)
	_, refused := access.WritesAs(a, on, spec)
	out.MayEdit = writable(spec, c.State) && refused == nil
	return out, err
}

// decidedAnswers are those that came with the decision of a stage that nobody
// prepares, unless the draft is newer.
func (s *Service) decidedAnswers(ctx context.Context, c store.Case, key model.StageKey, draft store.Part) (json.RawMessage, error) {
	decisions, err := s.store.Decisions(ctx, c.OrgID, c.ID)
	answers, at := draft.Answers, draft.SavedAt
	for _, d := range decisions {
		if d.Stage == key && passing(d.Outcome) && len(d.Answers) > len("{}") && d.DecidedAt.After(at) {
			answers, at = d.Answers, d.DecidedAt
		}
	}
	return answers, err
}

func (s *Service) describeAssessment(ctx context.Context, c store.Case, stage store.Stage, draft store.Part) (Assessment, error) {
	out := Assessment{
		Stage: stage.Key, Requirement: stage.Requirement, Status: stage.Status,
		Revision: draft.Revision, HandedIn: stage.PartRevision, Answers: draft.Answers,
	}
	j, err := s.judged(ctx, c, stage, draft.Answers)
	if err != nil {
		return out, err
	}
	out.Judgement, out.in = j.Judgement, j.in
	out.Statement, err = s.statement(ctx, c, stage)
	return out, err
}

// Questions are what the assessment asks, with the answers so far.
func (a Assessment) Questions() ([]rulebook.Question, error) {
	return a.in.Questions(string(a.Stage), string(a.Stage))
}

// judged is an assessment with what the rules say of it.
type judged struct {
	assess.Judgement
	in assess.Assessed
}

// judged judges a text of a stage's assessment.
func (s *Service) judged(ctx context.Context, c store.Case, stage store.Stage, text json.RawMessage) (judged, error) {
	return store.Recall(ctx, "judgement of "+s.nameOf(c, stage, text), func() (j judged, err error) {
		if j.in, err = s.assessedText(ctx, c, stage, text); err != nil {
			return j, err
		}
		j.Judgement, err = s.judgements.Assess(string(stage.Key), j.in)
		return j, err
	})
}

// nameOf tells the texts of stages apart that are judged.
func (s *Service) nameOf(c store.Case, stage store.Stage, text json.RawMessage) string {
	return fmt.Sprintf("%s %s by %s: %s", c.ID, stage.Key, s.bookOf(c).Digest, text)
}

// besideAdvice judges as if the advice supported what is judged: that it is missing is
// no finding to whoever is about to give it. The questions are asked of what is so.
func (s *Service) besideAdvice(ctx context.Context, c store.Case, stage store.Stage, text json.RawMessage) (j judged, err error) {
	if j.in, err = s.assessedText(ctx, c, stage, text); err != nil {
		return j, err
	}
	in := j.in
	in.Process = maps.Clone(in.Process)
	in.Process["dpo_advice"], in.Process["advice_satisfied"] = "supports", true
	j.Judgement, err = s.judgements.Assess(string(stage.Key), in)
	return j, err
}

// assessedText is what a text of a stage's assessment is judged by. Nobody may change
// what it returns.
func (s *Service) assessedText(ctx context.Context, c store.Case, stage store.Stage, text json.RawMessage) (assess.Assessed, error) {
	return store.Recall(ctx, "assessed "+s.nameOf(c, stage, text), func() (assess.Assessed, error) {
		answers, err := rulebook.ReadAnswers(text)
		if err != nil {
			return assess.Assessed{}, err
		}
		return s.assessed(ctx, c, stage, answers)
	})
}

// SaveAssessment replaces the draft of a stage's assessment, if the author has
// read the revision that stands.
func (s *Service) SaveAssessment(ctx context.Context, a model.Actor, caseID string, key model.StageKey, ifRevision int, answers map[string]any) (Assessment, error) {
	c, on, err := s.readCase(ctx, a, caseID)
	if err != nil {
		return Assessment{}, err
	}
	spec, stage, err := s.stageOf(ctx, c, key)
	if err != nil {
		return Assessment{}, err
	}
	_, err = access.WritesAs(a, on, spec)
	switch {
	case err != nil:
		return Assessment{}, err
	case !writable(spec, c.State):
		return Assessment{}, model.Refuse(model.CodeStateConflict, "T-19")
	}
	text, hash, err := write(s.bookOf(c), key, string(key), answers)
	if err != nil {
		return Assessment{}, err
	}
	revision, err := s.store.SaveDraft(ctx, store.Draft{
		OrgID: a.OrgID, CaseID: caseID, Part: string(key), IfRevision: ifRevision,
		Answers: text, Hash: hash, ActorID: a.PersonID, States: []model.CaseState{c.State},
	}, s.clock.Now())
	if err != nil {
		return Assessment{}, err
	}
	out, err := s.describeAssessment(ctx, c, stage, store.Part{Revision: revision, Answers: text})
	out.MayEdit = true
	return out, err
}

// write brings the answers of a part of a stage's assessment into their one form
// and hashes them.
func write(b *rulebook.Book, key model.StageKey, part string, answers map[string]any) (text json.RawMessage, hash string, err error) {
	book, _ := b.Assessment(string(key))
	normal, faults := book.Normalise(part, answers)
	if len(faults) > 0 {
		return nil, "", &Invalid{faults}
	}
	return sealed(normal)
}

// sealed writes the answers of a part canonically and hashes them.
func sealed(answers map[string]any) (text json.RawMessage, hash string, err error) {
	if text, err = audit.CanonicalJSON(answers); err != nil {
		return nil, "", err
	}
	hash, err = audit.Hash(audit.TagPart, text)
	return text, hash, err
}

// HandIn gives a stage's assessment to its reviewers, once it is complete.
func (s *Service) HandIn(ctx context.Context, r Request, caseID string, key model.StageKey, sub Submission) (Answer, error) {
	return s.do(ctx, r, model.ActHandIn, caseID, func(ctx context.Context) (prepared, error) {
		c, on, err := s.readCase(ctx, r.Actor, caseID)
		if err != nil {
			return prepared{}, err
		}
		spec, stage, err := s.stageOf(ctx, c, key)
		if err != nil {
			return prepared{}, err
		}
		role, err := access.WritesAs(r.Actor, on, spec)
		switch {
		case err != nil:
			return prepared{}, err
		case len(spec.Prepare) == 0:
			return prepared{}, model.Refuse(model.CodeForbidden)
		case c.Version != sub.IfVersion:
			return prepared{}, model.Refuse(model.CodeStale)
		case !stage.Assess || !c.State.UnderReview():
			return prepared{}, model.Refuse(model.CodeStateConflict, "T-19")
		}
		draft, err := s.draftOf(ctx, c, string(key))
		if err != nil {
			return prepared{}, err
		}
		if draft.Revision != sub.Revision {
			return prepared{}, model.Refuse(model.CodeStale)
		}
		advice, err := s.checkHandIn(ctx, c, stage, role, draft)
		if err != nil {
			return prepared{}, err
		}
		answers, err := rulebook.ReadAnswers(draft.Answers)
		return prepared{version: c.Version, payload: model.Payload{
			IfVersion: &sub.IfVersion,
			HandIn: &model.HandIn{
				Stage: key, Revision: draft.Revision, Hash: draft.Hash, Advice: advice, Role: role,
				Facts: model.FactsIn(string(key), answers),
			},
		}}, err
	})
}

// checkHandIn refuses an assessment that is not complete and says whose advice it
// needs.
func (s *Service) checkHandIn(ctx context.Context, c store.Case, stage store.Stage, role model.Role, draft store.Part) (advice string, err error) {
	answers, err := rulebook.ReadAnswers(draft.Answers)
	if err != nil {
		return "", err
	}
	in, err := s.assessed(ctx, c, stage, answers)
	if err != nil {
		return "", err
	}
	in.Process["handed_in_by"] = string(role)
	j, err := assess.Assess(string(stage.Key), in)
	if err == nil {
		err = invalid(j.Problems)
	}
	if err != nil {
		return "", err
	}
	return s.adviceNeeded(ctx, c, stage, in)
}

// adviceNeeded says whose word the stage needs: the short form of the legal basis
// may rest on the DPO's standing advice (AD-03), or on the coordinator's
// statement where the profile says so (AD-04).
func (s *Service) adviceNeeded(ctx context.Context, c store.Case, stage store.Stage, in assess.Assessed) (string, error) {
	if stage.Key != model.StageLegalBasis || stage.Requirement != model.Short {
		return "", nil
	}
	if ref := textIn(in.Answers, fieldStandingAdvice); ref != "" {
		covers, err := s.standingAdviceCovers(ctx, c, ref, in, s.clock.Now())
		switch {
		case err != nil:
			return "", err
		case !covers:
			return "", invalid([]rulebook.Problem{standingAdviceFault()})
		}
		return contract.AdviceStanding, nil
	}
	if s.bookOf(c).Param(in.Profile, "s1_short_consult") == string(model.RoleCoordinator) {
		return contract.AdviceCoordinator, nil
	}
	return "", nil
}
