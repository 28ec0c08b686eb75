package store_test

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store/storetest"
)

// The database itself keeps apart what the rules keep apart, whatever the
// program believes: two functions in a case, and a function beside a role in the
// organisation. It says so as the rules do.
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
					if has != acting {
						err := s.ActAs(t.Context(), w.Org, id, person, acting)
						sameRefusal(t, has, acting, err, access.Conflict([]model.Role{has}, nil, acting))
					}
					person = w.Person("a "+string(has)+" as "+string(acting), has)
					err := s.ActAs(t.Context(), w.Org, id, person, acting)
					sameRefusal(t, "a "+has, acting, err, access.Conflict(nil, []model.Role{has}, acting))
				}
			}
		})
	}
}

// sameRefusal compares what the database says with the rule. Where two rules keep
// functions apart it may name either.
func sameRefusal(t *testing.T, has, acting model.Role, err error, rule string) {
	t.Helper()
	either := []string{rule}
	if rule == "SOD-01" || rule == "SOD-02" {
		either = []string{"SOD-01", "SOD-02"}
	}
	agrees := rule == "" && err == nil || slices.ContainsFunc(either, func(r string) bool {
		return rule != "" && err != nil && err.Error() == model.Refuse(model.CodeSegregation, r).Error()
	})
	if !agrees {
		t.Errorf("%s who acts as %s: %v, and the rule is %q", has, acting, err, rule)
	}
}
