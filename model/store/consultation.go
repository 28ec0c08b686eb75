package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/calendar"
)

type consultationRow struct {
	bun.BaseModel     `bun:"table:consultation_events"`
	OrgID             string                  `bun:"org_id,pk"`
	ID                string                  `bun:"id,pk"`
	CaseID            string                  `bun:"case_id"`
	Round             int                     `bun:"round"`
	Kind              model.ConsultationEvent `bun:"kind"`
	EventDate         string                  `bun:"event_date"`
	Text              string                  `bun:"text"`
	DecisionAuthority string                  `bun:"decision_authority"`
	PersonID          string                  `bun:"person_id"`
	Role              model.Role              `bun:"role"`
	RecordedAt        time.Time               `bun:"recorded_at"`
}

// ConsultationEvent is an event of a prior consultation as the record has it.
type ConsultationEvent struct {
	ID string
	// Round counts the consultations of the case from 1.
	Round int
	model.Consult
	PersonID   string
	Role       model.Role
	RecordedAt time.Time
}

// ConsultationEvents returns the events of the prior consultations of a case, in
// the order in which they were recorded.
func (s *Store) ConsultationEvents(ctx context.Context, orgID, caseID string) ([]ConsultationEvent, error) {
	var rows []consultationRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("org_id = ? AND case_id = ?", orgID, caseID).
		Order("round", "recorded_at", "id"))
	events := make([]ConsultationEvent, len(rows))
	for i, r := range rows {
		note, faulty := r.note()
		if faulty != nil {
			return nil, faulty
		}
		events[i] = ConsultationEvent{
			ID: r.ID, Round: r.Round, PersonID: r.PersonID, Role: r.Role, RecordedAt: r.RecordedAt.UTC(),
			Consult: model.Consult{ConsultationNote: note, Text: r.Text, DecisionAuthority: r.DecisionAuthority},
		}
	}
	return events, err
}

func (row consultationRow) note() (model.ConsultationNote, error) {
	on, err := calendar.ParseDate(row.EventDate)
	if err != nil {
		return model.ConsultationNote{}, fmt.Errorf("date of a consultation event: %w", ErrValue)
	}
	return model.ConsultationNote{Event: row.Kind, On: on}, nil
}

func (row consultationRow) codes() model.ConsultationCodes {
	return model.ConsultationCodes{ID: row.ID, Round: row.Round, Event: row.Kind, On: row.EventDate}
}

// takeConsultation writes down what has happened in a prior consultation, and sets
// the end of the authority's time anew (PC-05). The time of one that has come to
// its end, or has been overtaken, is cancelled.
func (r *recorder) takeConsultation(ctx context.Context) error {
	before := model.InUse{}
	if err := json.Unmarshal([]byte(r.c.InUse), &before); err != nil {
		return fmt.Errorf("in use: %w", err)
	}
	_, after, err := r.stands()
	if err != nil {
		return err
	}
	row, ok := r.consultation(before, after)
	if ok {
		if err := insert(ctx, r.store, r.q, "", row); err != nil {
			return err
		}
		codes := row.codes()
		r.consulted = &codes
		r.tellConsultation(row.Kind)
	}
	if !ok && after.Consultation == before.Consultation || r.deadline != nil {
		return nil
	}
	if err := r.cancelSubject(ctx, model.SubjectConsultation); err != nil || after.Consultation != model.ConsultationRunning {
		return err
	}
	return r.setPeriodEnd(ctx, after.Consultations)
}

// consultation is the event that the transition records: what the act says, or the
// decision to consult.
func (r *recorder) consultation(before, after model.InUse) (consultationRow, bool) {
	row := consultationRow{
		OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, Round: after.Consultations,
		PersonID: r.command.ActorID, Role: r.actingRole(), RecordedAt: r.now,
	}
	x, d := r.command.Payload.Consult, r.command.Payload.Decision
	switch {
	case x != nil:
		row.Kind, row.EventDate, row.Text, row.DecisionAuthority = x.Event, x.On.String(), x.Text, x.DecisionAuthority
	case d != nil && after.Consultations > before.Consultations:
		row.Kind, row.EventDate = model.ConsultDecided, r.today().String()
		row.Text, row.DecisionAuthority = d.Motivation, d.DecisionAuthority
	default:
		return row, false
	}
	return row, true
}

// setPeriodEnd sets the end of the authority's time as the events of the round give
// it. One that has passed already fires at once, and late.
func (r *recorder) setPeriodEnd(ctx context.Context, round int) error {
	var rows []consultationRow
	err := list(ctx, r.store, r.q, &rows, `SELECT kind, event_date FROM consultation_events
		WHERE org_id = ? AND case_id = ? AND round = ? ORDER BY recorded_at, id`, r.c.OrgID, r.c.ID, round)
	if err != nil {
		return err
	}
	notes := make([]model.ConsultationNote, len(rows))
	for i, row := range rows {
		if notes[i], err = row.note(); err != nil {
			return err
		}
	}
	clock, started, err := model.ConsultationClock(notes)
	if err != nil || !started || clock.Due == nil {
		return fmt.Errorf("the clock of a consultation: %w", ErrValue)
	}
	var set struct {
		N int `bun:"n"`
	}
	err = get(ctx, r.store, r.q, &set, `SELECT COUNT(*) AS n FROM deadlines
		WHERE org_id = ? AND case_id = ? AND subject = ? AND round = ?`, r.c.OrgID, r.c.ID, model.SubjectConsultation, round)
	if err != nil {
		return err
	}
	r.setDeadline(deadlineRow{
		Subject: model.SubjectConsultation, Kind: model.DeadlinePeriodEnd, Round: round, Extension: set.N, Since: r.now,
		DueAt: calendar.EndOfDay(*clock.Due),
	})
	return nil
}

// tellConsultation tells the registrar of a request that goes out, which is
// registered the same day, and the information owner and the DPO of what the
// authority does; of its powers the CISO too (rulebook 5.6).
func (r *recorder) tellConsultation(e model.ConsultationEvent) {
	if e == model.ConsultSubmitted {
		r.tell(model.MessageConsultation, "", model.Recipient{Role: model.RoleRegistrar})
	}
	if e.FromAuthority() {
		r.tell(model.MessageConsultation, "", model.Recipient{Role: model.RoleInformationOwner}, model.Recipient{Role: model.RoleDPO})
	}
	if e == model.ConsultPowersUsed {
		r.tell(model.MessageConsultation, "", model.Recipient{Role: model.RoleCISO})
	}
}
