package act

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// editable are the states in which the owner may change the intake. A change
// during the review takes effect with the next submission, which reopens what it
// touches.
var editable = []model.CaseState{
	model.Draft, model.Returned, model.RejectedAuto, model.Triaged,
	model.ManagerReview, model.LegalReview, model.DPIA, model.PriorConsultation, model.AgentReview, model.FRIA,
	model.EnvironmentReview, model.CISOReview, model.OwnerDecision, model.Reassessment,
	model.Active, model.Suspended, model.Expired,
}

// submittable are the states in which the changed intake is simply handed in. For
// a case in use the owner reports a change or renews the approval (T-25, T-28).
var submittable = slices.DeleteFunc(slices.Clone(editable), func(s model.CaseState) bool {
	return s == model.Active || s == model.Suspended || s == model.Expired
})

// OpenCase opens a draft (T-01) with what is known already. The actor becomes its
// project owner; the people of the unit are proposed.
func (s *Service) OpenCase(ctx context.Context, r Request, answers map[string]any) (Answer, error) {
	requestKey, bodyHash, err := r.key()
	if err != nil {
		return Answer{}, err
	}
	known, err := s.store.CommandByKey(ctx, r.Actor.OrgID, requestKey)
	if err == nil {
		return s.replay(known, bodyHash)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Answer{}, err
	}
	if err := access.CanOpenCase(r.Actor); err != nil {
		return Answer{}, err
	}
	draft, err := s.newDraft(ctx, r.Actor, answers)
	if err != nil {
		return Answer{}, err
	}
	draft.Command = model.Command{
		OrgID: r.Actor.OrgID, ID: model.NewID(), RequestKey: requestKey, CaseID: draft.ID,
		Kind: "open_case", ActorID: r.Actor.PersonID, BodyHash: bodyHash,
	}
	receipt, err := s.store.CreateCase(ctx, draft, s.clock.Now())
	if store.IsConflict(err) {
		if known, err = s.store.CommandByKey(ctx, r.Actor.OrgID, requestKey); err != nil {
			return Answer{}, err
		}
		return s.replay(known, bodyHash)
	}
	return Answer{Status: 201, Receipt: receipt}, err
}

// replay gives the answer again that a request got the first time.
func (s *Service) replay(known model.Command, bodyHash string) (Answer, error) {
	if known.BodyHash != bodyHash {
		return Answer{}, model.Refuse(model.CodeKeyReused)
	}
	return answerOf(known.Status, known.Answer)
}

func (s *Service) newDraft(ctx context.Context, a model.Actor, answers map[string]any) (store.NewCase, error) {
	answers, unknown, err := s.resolve(ctx, a.OrgID, answers)
	if err != nil {
		return store.NewCase{}, err
	}
	unit, err := s.unitOf(ctx, a, answers)
	if err != nil {
		return store.NewCase{}, err
	}
	propose(answers, map[string]string{
		"org_unit_id": unit.ID, "project_owner_id": a.PersonID, "manager_id": unit.ManagerID,
		"accountable_person_id": unit.ManagerID, "information_owner_id": unit.InformationOwnerID,
		"system_owner_id": unit.SystemOwnerID,
	})
	locked, err := s.inherit(ctx, a.OrgID, answers)
	if err != nil {
		return store.NewCase{}, err
	}
	unknown = append(unknown, locked...)
	st, err := s.settingOf(ctx, a.OrgID, unit.ID, answers)
	if err != nil {
		return store.NewCase{}, err
	}
	text, hash, err := s.writeIntake(st, answers, unknown)
	b := s.books.of(a.OrgID)
	return store.NewCase{
		ID: model.NewID(), Title: titleOf(answers), UnitID: unit.ID, Profile: st.profile,
		RulebookID: b.ID, RulebookVersion: b.Version, RulebookDigest: b.Digest,
		Answers: text, Hash: hash,
	}, err
}

// propose fills in answers that nobody has given.
func propose(answers map[string]any, values map[string]string) {
	for id, v := range values {
		if _, given := answers[id]; !given && v != "" {
			answers[id] = v
		}
	}
}

func (s *Service) unitOf(ctx context.Context, a model.Actor, answers map[string]any) (store.Unit, error) {
	id, _ := answers["org_unit_id"].(string)
	if id == "" {
		id = a.UnitID
	}
	return s.store.Unit(ctx, a.OrgID, id)
}

func titleOf(answers map[string]any) string { return textIn(answers, "title") }

// textIn returns an answer that is a text, or "".
func textIn(answers map[string]any, id string) string {
	text, _ := answers[id].(string)
	return text
}

// writeIntake brings the answers of an intake into their one form and hashes them.
// It refuses those that cannot be kept, unknown among them, and then names all
// that is known to be wrong at once: the rules too that the other answers break,
// but not the answers that are still missing.
func (s *Service) writeIntake(st setting, answers map[string]any, unknown []rulebook.Problem) (text json.RawMessage, hash string, err error) {
	normal, faults := s.books.of(st.unit.OrgID).Normalise(store.Intake, answers)
	if faults = append(unknown, faults...); len(faults) > 0 {
		return nil, "", &Invalid{append(faults, s.broken(st, normal, faults)...)}
	}
	return sealed(normal)
}

// broken lists the rules that answers break elsewhere than in what is wrong with
// them already.
func (s *Service) broken(st setting, answers map[string]any, known []rulebook.Problem) []rulebook.Problem {
	today := calendar.Today(s.clock.Now())
	found := assess.Check(s.books.of(st.unit.OrgID), st.profile, "", answers, st.system("", today), today)
	return slices.DeleteFunc(found, func(p rulebook.Problem) bool {
		return p.Missing || slices.ContainsFunc(known, func(k rulebook.Problem) bool { return within(p.Pointer, k.Pointer) })
	})
}

// within reports whether one pointer is the other or lies below it, either way.
func within(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

// Intake is the draft of a case's intake and what it still needs.
type Intake struct {
	Revision int
	Answers  json.RawMessage
	// Missing is what stands in the way of sending in: answers that are missing
	// or break a rule.
	Missing []rulebook.Problem
	// Form is the size of the form that the owner has chosen, or that the answers
	// so far point to. CheckedForm is the one that Missing is measured by: the full
	// one until one is chosen.
	Form, CheckedForm string
	// Similar are cases in use or under review about the same supplier or
	// product, before a duplicate is made.
	Similar []store.SimilarCase
	// Questions are those that CheckedForm asks, with the answers so far, so that
	// whatever is missing is asked.
	Questions []rulebook.Question
}

// maxSimilar bounds the hint about similar cases.
const maxSimilar = 5

// ReadIntake returns the draft of the intake.
func (s *Service) ReadIntake(ctx context.Context, a model.Actor, caseID string) (Intake, error) {
	c, _, err := s.readCase(ctx, a, caseID)
	if err != nil {
		return Intake{}, err
	}
	part, err := s.store.Part(ctx, a.OrgID, caseID, store.Intake)
	if err != nil {
		return Intake{}, err
	}
	return s.describe(ctx, c, part.Revision, part.Answers)
}

func (s *Service) describe(ctx context.Context, c store.Case, revision int, text json.RawMessage) (Intake, error) {
	answers, err := rulebook.ReadAnswers(text)
	if err != nil {
		return Intake{}, err
	}
	today := calendar.Today(s.clock.Now())
	st, err := s.settingOf(ctx, c.OrgID, c.UnitID, answers)
	if err != nil {
		return Intake{}, err
	}
	similar, err := s.store.Similar(ctx, c.OrgID, c.ID, textIn(answers, "provider_name"), textIn(answers, "product_name"), maxSimilar)
	if err != nil {
		return Intake{}, err
	}
	book, form := s.books.of(st.unit.OrgID), s.formOf(st, answers)
	asked := slices.DeleteFunc(book.Questions(rulebook.PartIntake, st.profile, "", answers, today),
		func(q rulebook.Question) bool { return !q.Asked })
	return Intake{
		Revision: revision, Answers: text,
		Missing: stillWrong(c, assess.Check(book, st.profile, "", answers, st.system("", today), today)),
		Form:    form, CheckedForm: book.FormOf("", answers).ID, Similar: similar, Questions: asked,
	}, nil
}

func (s *Service) formOf(st setting, answers map[string]any) string {
	if textIn(answers, "intake_form") != "" {
		return s.books.of(st.unit.OrgID).FormOf("", answers).ID
	}
	return s.books.of(st.unit.OrgID).Offer(st.profile, answers).ID
}

// SaveIntake replaces the draft of the intake, if the author has read the
// revision that stands.
func (s *Service) SaveIntake(ctx context.Context, a model.Actor, caseID string, ifRevision int, answers map[string]any) (Intake, error) {
	c, on, err := s.readCase(ctx, a, caseID)
	if err != nil {
		return Intake{}, err
	}
	if _, err := access.As(a, on, access.Draft, access.Edit); err != nil {
		return Intake{}, err
	}
	answers, unknown, err := s.resolve(ctx, a.OrgID, answers)
	if err != nil {
		return Intake{}, err
	}
	locked, err := s.inherit(ctx, a.OrgID, answers)
	if err != nil {
		return Intake{}, err
	}
	unknown = append(unknown, locked...)
	st, err := s.settingOf(ctx, c.OrgID, c.UnitID, answers)
	if err != nil {
		return Intake{}, err
	}
	text, hash, err := s.writeIntake(st, answers, unknown)
	if err != nil {
		return Intake{}, err
	}
	revision, err := s.store.SaveDraft(ctx, store.Draft{
		OrgID: a.OrgID, CaseID: caseID, Part: store.Intake, IfRevision: ifRevision,
		Answers: text, Hash: hash, Title: titleOf(answers), ActorID: a.PersonID, States: editable,
	}, s.clock.Now())
	if err != nil {
		return Intake{}, err
	}
	return s.describe(ctx, c, revision, text)
}

// personFields are the answers that name a person, unitFields those that name a
// unit or several.
var (
	personFields = []string{
		"project_owner_id", "manager_id", "information_owner_id", "system_owner_id", "accountable_person_id",
	}
	unitFields = []string{"org_unit_id", "covered_unit_ids"}
)

// resolve replaces the handles of people and the codes of units by their ids. Those
// that the organisation does not have are left out and named as problems.
func (s *Service) resolve(ctx context.Context, orgID string, answers map[string]any) (out map[string]any, unknown []rulebook.Problem, err error) {
	out = make(map[string]any, len(answers))
	for id, v := range answers {
		out[id] = v
		var find func(string) (string, error)
		switch {
		case slices.Contains(personFields, id):
			find = func(ref string) (string, error) {
				p, err := s.store.Person(ctx, orgID, ref)
				return p.ID, err
			}
		case slices.Contains(unitFields, id):
			find = func(ref string) (string, error) {
				u, err := s.store.Unit(ctx, orgID, ref)
				return u.ID, err
			}
		default:
			continue
		}
		found, err := resolveRef(v, find)
		if errors.Is(err, store.ErrNotFound) {
			unknown = append(unknown, unknownRef(id))
			delete(out, id)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		out[id] = found
	}
	return out, unknown, nil
}

// resolveRef finds what a reference, or each of a list, stands for. Values of
// another type are left for the rulebook to refuse.
func resolveRef(v any, find func(string) (string, error)) (any, error) {
	switch v := v.(type) {
	case string:
		if v == "" {
			return v, nil
		}
		return find(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			var err error
			if out[i], err = resolveRef(item, find); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}
