package act

import (
	"context"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// ReExamine asks people to look at a stop by rule (T-07), or the head of the unit at
// a rejection, within so many working days as the guidelines say (OV-01).
func (s *Service) ReExamine(ctx context.Context, r Request, caseID string, in CaseAct) (Answer, error) {
	return s.do(ctx, r, model.ActReExamine, caseID, func(ctx context.Context) (prepared, error) {
		c, _, err := s.acting(ctx, r.Actor, caseID, in, access.Submission, access.Execute)
		if err != nil {
			return prepared{}, err
		}
		if c.State == model.Rejected {
			err = s.inTime(ctx, c)
		}
		return prepared{version: c.Version, payload: model.Payload{IfVersion: &in.IfVersion, Reason: in.Reason}}, err
	})
}

// inTime refuses a re-examination that is asked for too late.
func (s *Service) inTime(ctx context.Context, c store.Case) error {
	rejected, err := s.rejectedStage(ctx, c)
	if err != nil || rejected == nil {
		return err
	}
	days := s.bookOf(c).Int(c.Profile, "re_examination_days")
	last := calendar.Swedish.AddWorkingDays(calendar.Today(rejected.DoneAt), days)
	if calendar.Today(s.clock.Now()).After(last) {
		return model.Refuse(model.CodeGuard, "OV-01")
	}
	return nil
}

// rejectedStage is the stage that a case was rejected in, or nil.
func (s *Service) rejectedStage(ctx context.Context, c store.Case) (*store.Stage, error) {
	stages, err := s.store.CaseStages(ctx, c.OrgID, c.ID)
	i := slices.IndexFunc(stages, func(st store.Stage) bool { return st.Result == model.OutcomeReject })
	if err != nil || i < 0 {
		return nil, err
	}
	return &stages[i], nil
}

// Override is the word of the head of the unit, for the controller, that a
// rejection by the CISO is to be set aside.
type Override struct {
	CaseAct
	DecisionAuthority string
	// Uses are what the tool is to be approved for in the place of the CISO's word.
	Uses []string
}

// Override begins to set a rejection by the CISO aside (OV-02). The CISO and the DPO
// are heard; then the head of the unit decides, and a second person confirms
// (SOD-05).
func (s *Service) Override(ctx context.Context, r Request, caseID string, in Override) (Answer, error) {
	return s.do(ctx, r, model.ActOverride, caseID, func(ctx context.Context) (prepared, error) {
		c, role, err := s.acting(ctx, r.Actor, caseID, in.CaseAct, access.Override, access.Decide)
		if err != nil {
			return prepared{}, err
		}
		answers, err := json.Marshal(map[string]any{"approved_uses": in.Uses})
		if err != nil {
			return prepared{}, err
		}
		p := prepared{version: c.Version, payload: model.Payload{
			IfVersion: &in.IfVersion, Reason: in.Reason, Role: role, DecisionAuthority: in.DecisionAuthority, Answers: answers,
		}}
		if c.State != model.Rejected {
			return p, nil // the process says why not
		}
		p.evaluation, err = s.evaluateOverride(ctx, c, nil)
		return p, err
	})
}

// evaluateOverride asks the rules of today about a case whose rejection is to be set
// aside. What has no legal basis and what the authority has to be asked about is
// never overridden (OV-02, DP-32).
func (s *Service) evaluateOverride(ctx context.Context, c store.Case, d *model.Decision) (*model.Evaluation, error) {
	legal, err := s.judgementOf(ctx, c, model.StageLegalBasis)
	if err != nil {
		return nil, err
	}
	impact, err := s.judgementOf(ctx, c, model.StageDPIA)
	if err != nil {
		return nil, err
	}
	remains, _ := impact.Result.(assess.DPIAResult)
	switch {
	case legal.Outcome == "no_legal_basis":
		return nil, model.Refuse(model.CodeGuard, "OV-02", "LB-O1")
	case slices.Contains(askTheAuthority, remains.MaxResidual):
		return nil, model.Refuse(model.CodeGuard, "OV-02", "DP-32")
	}
	return s.evaluateSubmitted(ctx, c, d)
}

// askTheAuthority are the levels of remaining risk at which the authority is asked
// (DP-32, rulebook 5.4).
var askTheAuthority = []string{"high", "very_high", "unacceptable"}

// judgementOf judges the assessment of a stage as it was handed in.
func (s *Service) judgementOf(ctx context.Context, c store.Case, key model.StageKey) (assess.Judgement, error) {
	stages, err := s.store.CaseStages(ctx, c.OrgID, c.ID)
	i := slices.IndexFunc(stages, func(st store.Stage) bool { return st.Key == key && st.PartRevision > 0 })
	if err != nil || i < 0 {
		return assess.Judgement{}, err
	}
	answers, err := s.answersToJudge(ctx, c, stages[i])
	if err != nil {
		return assess.Judgement{}, err
	}
	in, err := s.assessed(ctx, c, stages[i], answers)
	if err != nil {
		return assess.Judgement{}, err
	}
	return assess.Assess(string(key), in)
}

// looksAgain reports whether a task is about a rejection (OV-01, OV-02).
func looksAgain(key model.StageKey) bool {
	return key == model.StageReconsideration || key == model.StageOverride
}

// lookFaults says what an answer about a rejection lacks: reasons, and for an
// override long ones and the delegation that it rests on (DA-01).
func lookFaults(t store.Task, d *model.Decision) []rulebook.Problem {
	if !looksAgain(t.Key.Stage) || d.Outcome == model.OutcomeConfirm {
		return nil
	}
	rule, shortest := "OV-01", 1
	if t.Key.Stage == model.StageOverride {
		rule = "OV-02"
	}
	if d.Outcome == model.OutcomeOverride {
		shortest = minReasons
	}
	var out []rulebook.Problem
	if utf8.RuneCountInString(d.Motivation) < shortest {
		out = append(out, rulebook.Problem{Pointer: "/motivation", Code: rule, Source: rule, Text: lang.Text{
			SV: "Ange skälen. Den som går emot ett avslag motiverar det med minst 100 tecken.",
			EN: "Give the reasons. Whoever sets a rejection aside gives at least 100 characters.",
		}})
	}
	if d.Outcome == model.OutcomeOverride && d.DecisionAuthority == "" {
		out = append(out, rulebook.Problem{Pointer: "/decision_authority", Code: "DA-01", Source: "DA-01", Text: lang.Text{
			SV: "Ange den punkt i delegationsordningen som beslutet vilar på.", EN: "Give the delegation that the decision rests on.",
		}})
	}
	return out
}
