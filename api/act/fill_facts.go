package act

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"

	"sluss/model"
	"sluss/model/store"
)

// factsVersion counts the changes of what is said of a case by its facts (rulebook
// 9.12). Cases that were recorded by a program of another version are filled anew,
// once for each organisation.
const factsVersion = 1

// fillFacts writes what the lists of an organisation's cases are narrowed by, for the
// cases that are older than those facts, unless it has been done. Whoever is
// interrupted begins again, and several processes may do it at once.
func (s *Service) fillFacts(ctx context.Context, orgID string) error {
	r := Request{
		Actor: model.Actor{OrgID: orgID, PersonID: model.System}, Path: "/facts", Key: strconv.Itoa(factsVersion), Body: factsVersion,
	}
	key, hash, err := r.key()
	if err != nil {
		return err
	}
	if _, err := s.store.CommandByKey(ctx, orgID, key); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	filled, err := s.fillEach(ctx, orgID)
	if err != nil {
		return err
	}
	err = s.store.AddAnswered(ctx, model.Command{
		OrgID: orgID, ID: model.NewID(), RequestKey: key, Kind: "fill_facts", ActorID: model.System, BodyHash: hash,
	}, map[string]int64{"cases": filled}, s.clock.Now())
	if err == nil && filled > 0 {
		s.log.InfoContext(ctx, "facts of cases filled", slog.Int64("cases", filled))
	}
	if store.IsConflict(err) {
		return nil // another process has done the same
	}
	return err
}

// fillEach fills every case of the organisation that has been sent in.
func (s *Service) fillEach(ctx context.Context, orgID string) (filled int64, err error) {
	var done, failed atomic.Int64
	for after := ""; ctx.Err() == nil; {
		refs, err := s.store.CasesSentIn(ctx, orgID, after, batch)
		switch {
		case err != nil:
			return done.Load(), err
		case len(refs) == 0 && failed.Load() > 0:
			return done.Load(), model.Refuse(model.CodeUnavailable)
		case len(refs) == 0:
			return done.Load(), nil
		}
		each(ctx, refs, func(ctx context.Context, ref store.CaseRef) {
			if err := s.store.FillFacts(ctx, ref.OrgID, ref.CaseID); err != nil {
				s.log.WarnContext(ctx, "facts of a case not filled", slog.String("case_id", ref.CaseID), slog.String("class", classOf(err)))
				failed.Add(1)
				return
			}
			done.Add(1)
		})
		after = refs[len(refs)-1].CaseID
	}
	return done.Load(), ctx.Err()
}
