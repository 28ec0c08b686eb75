package act

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

func service(w *storetest.World) *Service {
	return New(Options{Store: w.Store, Book: rulebook.Default(), Clock: w.Clock, Log: slog.New(slog.DiscardHandler)})
}

// TestOneReconcilesEachHour: of several processes one makes the hourly comparison, and
// another one when that has not done so for an hour and a half.
func TestOneReconcilesEachHour(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "record.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := storetest.NewWorld(t, st)
	first, second := service(w), service(w)
	for _, s := range []struct {
		after         time.Duration
		first, second bool
	}{{0, true, false}, {time.Hour, true, false}, {89 * time.Minute, false, false}, {time.Minute, false, true}} {
		w.Clock.Advance(s.after)
		if s.first && !first.reconcilesNow(t.Context()) {
			t.Errorf("after %s the first does not", s.after)
		}
		if second.reconcilesNow(t.Context()) != s.second {
			t.Errorf("after %s, the second: %t", s.after, !s.second)
		}
	}
}

// TestRefusedWhileAnotherProcessGoesOn: a request that another process has evaluated
// anew, under another id, is not refused by whoever still has the old one.
func TestRefusedWhileAnotherProcessGoesOn(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "record.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := storetest.NewWorld(t, st)
	s := service(w)
	c := model.Command{
		OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: w.Submitted(model.StageManager),
		Kind: model.ActDecide, ActorID: w.CISO, BodyHash: "b",
	}
	if err := st.AddCommand(t.Context(), c, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	renewed := model.NewID()
	if err := st.RenewCommand(t.Context(), c.OrgID, c.ID, renewed, &model.Evaluation{}); err != nil {
		t.Fatal(err)
	}
	refused := model.Refuse(model.CodeStale)
	if _, err := s.settle(t.Context(), c, refused); !errors.Is(err, errAgain) {
		t.Errorf("while it goes on: %v, want to look again", err)
	}
	c.ID = renewed
	for range 2 { // the second time somebody else has ended it
		if _, err := s.settle(t.Context(), c, refused); model.CodeOf(err) != model.CodeStale {
			t.Errorf("when it is over: %v, want the refusal", err)
		}
	}
}
