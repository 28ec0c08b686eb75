package act

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/store"
)

// UseCheck is the question whether a tool may be used (rulebook 9.7).
type UseCheck struct {
	// Tool is the id of an entry or of a case, or the name of a tool or a product.
	Tool string
	// Unit is the id or the code of a unit, "" for the actor's own.
	Unit string
	// Question is the rest; Units is filled in, Date is today where it is not given.
	Question assess.UseQuestion
}

// CheckedUse is the register's answer.
type CheckedUse struct {
	assess.UseAnswer
	// EntryID and Entry are those of the tool, empty for an unknown tool.
	EntryID string
	Entry   model.RegisterEntry
	// Unit and Date are those that the answer is for.
	Unit store.Unit
	Date calendar.Date
}

// ErrUnknownUnit says that the organisation has no such unit.
var ErrUnknownUnit = errors.New("no such unit")

// CheckUse answers from the register of the actor's organisation as the record has
// it at the time of asking, and writes nothing. Of several entries of a tool the
// one that allows most answers. The errors are ErrUnknownUnit and, while the
// register cannot be read, a refusal with CodeUnavailable.
func (s *Service) CheckUse(ctx context.Context, a model.Actor, c UseCheck) (CheckedUse, error) {
	shelf, err := s.register.of(ctx, a.OrgID)
	if err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "register not read", slog.String("class", classOf(err)))
		return CheckedUse{}, model.Refuse(model.CodeUnavailable)
	}
	shelf.mu.RLock()
	defer shelf.mu.RUnlock()
	unit, units, ok := shelf.unit(cmp.Or(c.Unit, a.UnitID))
	if !ok {
		return CheckedUse{}, ErrUnknownUnit
	}
	q := c.Question
	q.Units = units
	if q.Date.IsZero() {
		q.Date = calendar.Today(s.clock.Now())
	}
	id, answer := shelf.best(c.Tool, q)
	return CheckedUse{answer, id, shelf.entries[id], unit, q.Date}, nil
}

// readRegisters reads the registers of all organisations, so that nobody waits for
// it later.
func (s *Service) readRegisters(ctx context.Context) {
	orgs, err := s.store.Organisations(ctx)
	for _, o := range orgs {
		if err == nil {
			_, err = s.register.of(ctx, o.ID)
		}
	}
	if err != nil && ctx.Err() == nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "registers not read ahead", slog.String("class", classOf(err)))
	}
}
