package store_test

import (
	"errors"
	"testing"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// The database itself keeps apart what the rules keep apart, whatever the
// program believes.
func TestDatabaseKeepsFunctionsApart(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]storetest.Open{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 1)
			w := storetest.NewWorld(t, s)
			for _, has := range model.Roles() {
				id := w.Draft()
				for _, acting := range model.Roles() {
					person := w.Person(string(has) + " as " + string(acting))
					if err := s.ActAs(t.Context(), w.Org, id, person, has); err != nil {
						t.Fatal(err)
					}
					if has == acting {
						continue
					}
					err := s.ActAs(t.Context(), w.Org, id, person, acting)
					rule := access.Conflict([]model.Role{has}, nil, acting)
					if rule == "" && err != nil || rule != "" && !errors.Is(err, store.ErrValue) {
						t.Errorf("%s who acts as %s: %v, and the rule is %q", has, acting, err, rule)
					}
				}
			}
		})
	}
}
