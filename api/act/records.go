package act

import (
	"context"
	"errors"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/audit"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// AddRecord begins a record beside a case, or for the organisation where caseID is
// "" (rulebook 9.12). Who may is access.KeepsRecord's word.
func (s *Service) AddRecord(ctx context.Context, r Request, caseID string, kind model.RecordKind, answers map[string]any) (model.EvidenceReceipt, error) {
	return s.noted(ctx, r, caseID, "add_record", func(c model.Command) (model.EvidenceReceipt, error) {
		if err := s.mayKeep(ctx, r.Actor, caseID, kind); err != nil {
			return model.EvidenceReceipt{}, err
		}
		text, err := s.recordText(r.Actor.OrgID, kind, answers)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		return s.store.AddRecord(ctx, c, kind, text, s.clock.Now())
	})
}

// ChangeRecord writes the next version of a record, if the author has read the one
// that holds, and returns it.
func (s *Service) ChangeRecord(ctx context.Context, a model.Actor, caseID, id string, ifVersion int, answers map[string]any) (store.Record, error) {
	before, err := s.Record(ctx, a, caseID, id)
	if err != nil {
		return store.Record{}, err
	}
	if err := s.mayKeep(ctx, a, caseID, before.Kind); err != nil {
		return store.Record{}, err
	}
	text, err := s.recordText(before.OrgID, before.Kind, answers)
	if err != nil {
		return store.Record{}, err
	}
	_, err = s.store.ChangeRecord(ctx, store.RecordChange{
		OrgID: a.OrgID, CaseID: caseID, ID: id, IfVersion: ifVersion, ActorID: a.PersonID, RecordText: text,
	}, s.clock.Now())
	if err != nil {
		return store.Record{}, err
	}
	return s.store.RecordByID(ctx, a.OrgID, caseID, id)
}

// Record returns a record of a case that the actor may read, or of the
// organisation where caseID is "".
func (s *Service) Record(ctx context.Context, a model.Actor, caseID, id string) (store.Record, error) {
	if err := s.mayReadRecords(ctx, a, caseID); err != nil {
		return store.Record{}, err
	}
	return s.store.RecordByID(ctx, a.OrgID, caseID, id)
}

// Records lists the records of a case that the actor may read, or of the
// organisation where the filter names no case.
func (s *Service) Records(ctx context.Context, a model.Actor, f store.RecordFilter) ([]store.Record, error) {
	if err := s.mayReadRecords(ctx, a, f.CaseID); err != nil {
		return nil, err
	}
	f.OrgID = a.OrgID
	return s.store.Records(ctx, f)
}

func (s *Service) mayReadRecords(ctx context.Context, a model.Actor, caseID string) error {
	if caseID != "" {
		_, err := s.ReadCase(ctx, a, caseID)
		return err
	}
	return access.Anywhere(a, access.Suppliers, access.Read)
}

func (s *Service) mayKeep(ctx context.Context, a model.Actor, caseID string, kind model.RecordKind) error {
	var on access.Object
	if caseID != "" {
		var err error
		if _, on, err = s.readCase(ctx, a, caseID); err != nil {
			return err
		}
	}
	return access.KeepsRecord(a, on, kind)
}

// recordText checks the answers to the form of a kind of record and brings them
// into their one form.
func (s *Service) recordText(orgID string, kind model.RecordKind, answers map[string]any) (store.RecordText, error) {
	spec, known := model.Record(kind)
	form, asked := s.books.of(orgID).RecordForm(string(kind))
	if !known || !asked {
		return store.RecordText{}, store.ErrNotFound
	}
	normal, problems := form.Normalise(string(kind), answers)
	if len(problems) == 0 {
		problems = form.Check(string(kind), "", "", normal, calendar.Today(s.clock.Now()))
	}
	if err := invalid(below("/answers", problems)); err != nil {
		return store.RecordText{}, err
	}
	text, err := audit.CanonicalJSON(normal)
	return store.RecordText{
		Answers: text, Name: spec.NameIn(normal), Due: spec.DueIn(normal), Facts: spec.FactsIn(normal),
	}, err
}

// KeepsRecord reports whether the actor may write the next version of a record that
// they may read.
func (s *Service) KeepsRecord(ctx context.Context, a model.Actor, r store.Record) (bool, error) {
	err := s.mayKeep(ctx, a, r.CaseID, r.Kind)
	var refused *model.Refusal
	if errors.As(err, &refused) {
		return false, nil
	}
	return err == nil, err
}

// Complaints says whether complaints about the tool of a case have come so often
// that it has to be assessed again (RA-10). Requests about rights are none.
func (s *Service) Complaints(ctx context.Context, c store.Case) (assess.ComplaintsResult, error) {
	found, err := s.store.Records(ctx, store.RecordFilter{OrgID: c.OrgID, CaseID: c.ID, Kind: model.RecordComplaint})
	if err != nil {
		return assess.ComplaintsResult{}, err
	}
	var received []calendar.Date
	for _, r := range found {
		answers, err := rulebook.ReadAnswers(r.Answers)
		if err != nil {
			return assess.ComplaintsResult{}, err
		}
		day, err := calendar.ParseDate(textIn(answers, "received_at"))
		if err == nil && answers["complaint_kind"] == "complaint" {
			received = append(received, day)
		}
	}
	return assess.Complaints(s.bookOf(c), c.Profile, received, calendar.Today(s.clock.Now())), nil
}
