package multiply_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
	"sluss/model/store/multiply"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

func migrated(ctx context.Context, url string) error {
	st, err := store.Open(ctx, store.Options{URL: url, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return st.Close()
}

func onBothDatabases(t *testing.T, test func(*testing.T, string)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, pgtest.NewDatabase(t, migrated))
	})
}

// TestCopiesAreCases copies a case in two people's hands, and finds the copies where
// cases are looked for: in lists, with their tasks, by state, and by who has them.
func TestCopiesAreCases(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, url string) {
		st, err := store.Open(t.Context(), store.Options{URL: url, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		w := storetest.NewWorld(t, st)
		id := w.SubmittedAbout(nil, model.StageManager)
		other := w.Person("mona", model.RoleUser)
		err = multiply.Cases(t.Context(), url, multiply.Options{
			Copies: 99, Hands: [][]string{{w.Manager}, {other}}, States: []string{string(model.Expired)},
		})
		if err != nil {
			t.Fatal(err)
		}
		everything := access.Reader{PersonID: w.DPO, All: true, Pool: []model.Role{model.RoleDPO}}
		found, states := map[string]store.Case{}, map[model.CaseState]int{}
		f := store.CaseFilter{OrgID: w.Org, Reader: &everything, Limit: 101}
		cases, err := st.Cases(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			found[c.ID] = c
			states[c.State]++
		}
		if len(found) != 100 || states[model.Expired] != 3 || states[model.ManagerReview] != 97 {
			t.Errorf("%d cases, %v", len(found), states)
		}
		copied := "0000001c" + id[8:]
		original := found[id]
		if c := found[copied]; c.Title != original.Title+" 28" || c.RegistryNo != original.RegistryNo+"/28" || !c.UpdatedAt.Equal(original.UpdatedAt.Add(-28*time.Minute)) {
			t.Errorf("copy 28 is %+v", c)
		}
		for person, want := range map[string]int{w.Manager: 50, other: 50} {
			tasks, err := st.Tasks(t.Context(), store.TaskFilter{OrgID: w.Org, AssigneeID: person, Limit: 101})
			if err != nil {
				t.Fatal(err)
			}
			if len(tasks) != want {
				t.Errorf("%s has %d tasks, want %d", person, len(tasks), want)
			}
			if !slices.ContainsFunc(tasks, func(t store.Task) bool { return t.CaseID == copied }) && person == w.Manager {
				t.Errorf("the copy %s is in nobody's hands", copied)
			}
		}
	})
}
