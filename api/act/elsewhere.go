package act

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// readTaskElsewhere returns a task that belongs to no case, if the actor may read
// it: it is theirs or may be taken by them, they may answer it for somebody else, or they
// may read what it belongs to.
func (s *Service) readTaskElsewhere(ctx context.Context, a model.Actor, t store.Task) (store.Task, error) {
	if access.ReadsAllIncidents(a) || t.AssigneeID == a.PersonID || t.AssigneeID == "" && access.Takes(a, t.Key.Kind, t.Role, t.UnitID) || deputiseElsewhere(a, t) {
		return t, nil
	}
	if t.IncidentID == "" {
		return store.Task{}, store.ErrNotFound
	}
	_, err := s.ReadIncident(ctx, a, t.IncidentID)
	return t, err
}

// deputiseElsewhere reports whether the actor may answer an open task that belongs to no
// case for somebody else.
func deputiseElsewhere(a model.Actor, t store.Task) bool {
	if t.Status != model.TaskOpen {
		return false
	}
	d, void := access.DeputyFor(a, access.Object{UnitID: t.UnitID}, "", t.Key.Kind, t.Role, t.AssigneeID)
	return d != nil && void == nil
}

// decideElsewhere answers a task that belongs to no case.
func (s *Service) decideElsewhere(ctx context.Context, r Request, t store.Task, ifMatch string, d model.Decision) (Answer, error) {
	if t.IncidentID == "" {
		return s.decideYearly(ctx, r, t, ifMatch, d)
	}
	answer, err := s.do(ctx, r, model.ActDecideIncident, t.IncidentID, func(ctx context.Context) (prepared, error) {
		if err := s.prepareElsewhere(ctx, r.Actor, t, ifMatch, &d); err != nil {
			return prepared{}, err
		}
		i, err := s.store.Incident(ctx, t.OrgID, t.IncidentID)
		if err != nil {
			return prepared{}, err
		}
		answer := model.IncidentDecision{
			TaskID: t.ID, Task: model.IncidentTaskKey{Kind: t.Key.Kind, Unit: t.UnitID, Round: t.Key.Round}, TaskETag: ifMatch,
			Outcome: d.Outcome, Motivation: d.Motivation, DecisionAuthority: d.DecisionAuthority, Answers: d.Answers, For: d.For,
		}
		if problems := s.readIncidentAnswers(i, &answer); len(problems) > 0 {
			return prepared{}, invalid(problems)
		}
		return prepared{version: i.Version, payload: model.Payload{Incident: &model.IncidentPayload{Decision: &answer}}}, nil
	})
	if err == nil && d.Outcome == model.OutcomeSuspend {
		s.askNow(context.WithoutCancel(ctx), t.OrgID, t.IncidentID)
	}
	return answer, err
}

// prepareElsewhere checks that the task is the decider's, is answered on what
// stands, and that the answer is complete.
func (s *Service) prepareElsewhere(ctx context.Context, a model.Actor, t store.Task, ifMatch string, d *model.Decision) error {
	if _, err := s.readTaskElsewhere(ctx, a, t); err != nil {
		return err
	}
	if refused := answerable(a, access.Object{UnitID: t.UnitID}, t, ifMatch, d); refused != nil {
		return refused
	}
	if d.Revision != t.Revision {
		return model.Refuse(model.CodeStale)
	}
	d.TaskID, d.Task, d.TaskETag = t.ID, t.Key, ifMatch
	return invalid(checkElsewhere(t, d))
}

func checkElsewhere(t store.Task, d *model.Decision) []rulebook.Problem {
	var out []rulebook.Problem
	spec, _ := model.TaskSpecOf(t.Key)
	if !spec.Offers(d.Outcome) {
		out = append(out, incidentFault("/outcome", "V-01", "Välj ett av uppgiftens utfall.", "Choose one of the task's outcomes."))
	}
	reasons, authority := NeedsReasons(t, d.Outcome)
	if reasons && d.Motivation == "" {
		out = append(out, incidentFault("/motivation", "INC-01", "Motivera beslutet.", "Give the reasons for the decision."))
	}
	if authority && d.DecisionAuthority == "" {
		out = append(out, incidentFault("/decision_authority", "DA-01",
			"Ange den punkt i delegationsordningen som beslutet vilar på.", "Give the item of the delegation order that the decision rests on."))
	}
	for pointer, given := range map[string]bool{
		"/conditions": len(d.Conditions) > 0, "/target": d.Target != "", "/reason_codes": len(d.ReasonCodes) > 0, "/path_forward_text": d.PathForwardText != "",
	} {
		if given {
			out = append(out, incidentFault(pointer, "V-01", "Uppgiften tar inte emot fältet. Lämna det tomt.", "The task does not take this field. Leave it out."))
		}
	}
	slices.SortFunc(out, func(a, b rulebook.Problem) int { return strings.Compare(a.Pointer, b.Pointer) })
	return out
}

// NeedsReasons reports what an outcome of a task without a case needs beside itself:
// a motivation, and the delegation that it rests on (GDPR 33(5), DA-01).
func NeedsReasons(t store.Task, o model.Outcome) (reasons, authority bool) {
	spec, _ := model.IncidentTaskOf(t.Key.Kind)
	if t.Key.Stage != model.StageIncident {
		return false, false
	}
	return slices.Contains(spec.Reasons, o), slices.Contains(spec.Authority, o)
}

// Names of the answers that two tasks of an incident take.
const (
	answerSignificantAt = "significant_at"
	answerSerious       = "serious_incident"
)

// readIncidentAnswers takes the codes out of the answers: since when the incident is
// known to be significant, by default now, and what kind of serious incident it is.
func (s *Service) readIncidentAnswers(i store.Incident, d *model.IncidentDecision) []rulebook.Problem {
	var answers map[string]json.RawMessage
	if len(d.Answers) > 0 {
		if err := json.Unmarshal(d.Answers, &answers); err != nil {
			return []rulebook.Problem{incidentFault("/answers", "V-01", "Svaren ska vara ett objekt.", "The answers are an object.")}
		}
	}
	if d.Task.Kind == model.TaskCSLSignificance {
		d.SignificantAt = s.clock.Now()
	}
	var problems []rulebook.Problem
	for name, raw := range answers {
		ok := false
		switch {
		case name == answerSignificantAt && d.Task.Kind == model.TaskCSLSignificance:
			var at time.Time
			if ok = json.Unmarshal(raw, &at) == nil && !at.After(s.clock.Now()) && !at.Before(i.Facts.AwareAt); ok {
				d.SignificantAt = normal(at)
			}
		case name == answerSerious && d.Task.Kind == model.TaskAssessRisk:
			var kind model.SeriousIncident
			known := []model.SeriousIncident{"", model.SeriousOther, model.SeriousWidespread, model.SeriousDeath}
			if ok = json.Unmarshal(raw, &kind) == nil && slices.Contains(known, kind); ok {
				d.Serious = kind
			}
		}
		if !ok {
			problems = append(problems, incidentFault("/answers/"+name, "V-01",
				"Uppgiften har ingen sådan fråga, eller så passar svaret inte.", "The task has no such question, or the answer does not fit."))
		}
	}
	return problems
}

// decideYearly answers a task that comes back every year, in a plain transaction.
func (s *Service) decideYearly(ctx context.Context, r Request, t store.Task, ifMatch string, d model.Decision) (Answer, error) {
	requestKey, bodyHash, err := r.key()
	if err != nil {
		return Answer{}, err
	}
	known, err := s.store.CommandByKey(ctx, r.Actor.OrgID, requestKey)
	if errors.Is(err, store.ErrNotFound) {
		if err := s.prepareElsewhere(ctx, r.Actor, t, ifMatch, &d); err != nil {
			return Answer{}, err
		}
		if err := s.checkYearly(t.OrgID, &d); err != nil {
			return Answer{}, err
		}
		receipt, err := s.store.DecideYearlyTask(ctx, model.Command{
			OrgID: r.Actor.OrgID, ID: model.NewID(), RequestKey: requestKey, Kind: "decide_yearly",
			ActorID: r.Actor.PersonID, BodyHash: bodyHash,
		}, d, t.Role, s.clock.Now())
		if !store.IsConflict(err) {
			return Answer{Status: 200, Receipt: receipt}, err
		}
		known, err = s.store.CommandByKey(ctx, r.Actor.OrgID, requestKey) // the same request at the same time
		if err != nil {
			return Answer{}, err
		}
		return s.replay(known, bodyHash)
	}
	if err != nil {
		return Answer{}, err
	}
	return s.replay(known, bodyHash)
}

// checkYearly holds the answers to the form of the rulebook.
func (s *Service) checkYearly(orgID string, d *model.Decision) error {
	part := string(d.Task.Kind)
	book, ok := s.books.of(orgID).Assessment(part)
	if !ok {
		return nil
	}
	answers := map[string]any{}
	if len(d.Answers) > 0 {
		var err error
		if answers, err = rulebook.ReadAnswers(d.Answers); err != nil {
			return err
		}
	}
	problems := book.Check(part, "", "", answers, calendar.Today(s.clock.Now()))
	for n := range problems {
		problems[n].Pointer = "/answers" + problems[n].Pointer
	}
	return invalid(problems)
}

// YearlyQuestions are the questions of a task that comes back, beside some answers.
func (s *Service) YearlyQuestions(t store.Task, answers map[string]any) []rulebook.Question {
	part := string(t.Key.Kind)
	book, ok := s.books.of(t.OrgID).Assessment(part)
	if !ok || t.Key.Stage != model.StageYearly {
		return nil
	}
	return book.Questions(part, "", "", answers, calendar.Today(s.clock.Now()))
}
