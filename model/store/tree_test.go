package store_test

import (
	"reflect"
	"testing"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// stays are the tables that are only added to.
var stays = []string{"events", "incident_events", "organisation_events", "tree_leaves", "tree_hashes"}

// Nobody who comes through the program's own connection changes what was written.
func TestEventsStay(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]storetest.Open{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := storetest.NewWorld(t, open(t, 0))
			id := w.Submitted(model.StageManager)
			incident := w.ReportIncident(id)
			by := w.Person("adam", model.RoleAdministrator)
			if _, err := w.Store.AddRestoration(t.Context(), store.Restored{OrgID: w.Org, By: by}, w.Clock.Now()); err != nil {
				t.Fatal(err)
			}
			w.GrowTree(100)
			chains := func() map[string][]audit.Event {
				all := w.Chains([]string{id}, []string{incident})
				own, err := w.Store.OrganisationEvents(t.Context(), w.Org)
				if err != nil {
					t.Fatal(err)
				}
				all[w.Org] = own
				return all
			}
			before := chains()
			for _, table := range stays {
				for _, change := range []string{"UPDATE " + table + " SET org_id = org_id WHERE org_id = ?", "DELETE FROM " + table + " WHERE org_id = ?"} {
					if err := w.Store.Write(t.Context(), change, w.Org); err == nil {
						t.Errorf("it was possible: %s", change)
					}
				}
				if name == "sqlite" {
					if err := w.Store.Write(t.Context(), "INSERT OR REPLACE INTO "+table+" SELECT * FROM "+table); err == nil {
						t.Errorf("%s was replaced", table)
					}
				}
				if name == "postgres" {
					if err := w.Store.Write(t.Context(), "TRUNCATE "+table+" CASCADE"); err == nil {
						t.Errorf("%s was emptied", table)
					}
				}
			}
			if !reflect.DeepEqual(chains(), before) {
				t.Error("the log has changed")
			}
			w.TreeHolds(before)
		})
	}
}
