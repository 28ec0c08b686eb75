package act

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"sluss/model"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// A decision to stop the use reaches the case under one request, however often the
// program has to ask: after trouble it is asked again, a refusal is noted, and once
// the case has answered nobody asks any more.
func TestIncidentAsksItsCaseUntilItAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		last    error
		outcome string
	}{
		"done":    {nil, "done"},
		"refused": {model.Refuse(model.CodeStateConflict, "T-23"), "state_conflict"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "record.db")})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = st.Close() })
			w := storetest.NewWorld(t, st)
			caseID := w.Submitted(model.StageLegalBasis)
			incident := w.ReportIncident(caseID)
			command := w.StopUse(incident)
			s := New(Options{Store: st, Book: rulebook.Default(), Clock: w.Clock, Log: slog.New(slog.DiscardHandler)})
			outcome := func() string {
				t.Helper()
				asked, err := st.CaseActs(t.Context(), w.Org, incident)
				if err != nil || len(asked) != 1 {
					t.Fatalf("asked %+v: %v", asked, err)
				}
				return asked[0].Outcome
			}
			answers := []error{errors.New("the engine is away"), model.Refuse(model.CodePending), model.Refuse(model.CodeStale), tt.last}
			calls := 0
			s.caseActs = map[model.IncidentCaseAct]askCase{
				model.AskSuspension: func(_ context.Context, r Request, a store.IncidentAsks, in CaseAct) (Answer, error) {
					if r.Key != command.ID || r.Actor.PersonID != w.CISO || !r.Actor.Has(model.RoleCISO) || a.CaseID != caseID || in.Reason != "stopp" || in.IfVersion != w.Case(caseID).Version {
						t.Errorf("asked %+v for %+v", r, a)
					}
					calls++
					return Answer{}, answers[calls-1]
				},
			}
			for range answers {
				if got := outcome(); got != "" {
					t.Fatalf("answered %q after %d calls", got, calls)
				}
				s.askCases(t.Context())
			}
			s.askNow(t.Context(), w.Org, incident)
			if got := outcome(); got != tt.outcome || calls != len(answers) {
				t.Errorf("answered %q after %d calls, want %q", got, calls, tt.outcome)
			}
		})
	}
}
