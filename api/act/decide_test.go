package act

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// TestTimesOfConditions: a dated condition has a date, one that comes back has the
// months between, and neither has what belongs to the other.
func TestTimesOfConditions(t *testing.T) {
	t.Parallel()
	const date, months = "/conditions/0/due_date", "/conditions/0/months"
	for name, c := range map[string]struct {
		condition model.NewCondition
		wrong     []string
	}{
		"before use":                 {model.NewCondition{DueKind: model.DueBeforeUse}, nil},
		"before use, with months":    {model.NewCondition{DueKind: model.DueBeforeUse, Months: 3}, []string{months}},
		"dated":                      {model.NewCondition{DueKind: model.DueDate, DueDate: "2027-01-01"}, nil},
		"dated without a date":       {model.NewCondition{DueKind: model.DueDate}, []string{date}},
		"recurring":                  {model.NewCondition{DueKind: model.DueRecurring, Months: 3}, nil},
		"recurring without months":   {model.NewCondition{DueKind: model.DueRecurring}, []string{months}},
		"recurring, with a date":     {model.NewCondition{DueKind: model.DueRecurring, Months: 1, DueDate: "2027-01-01"}, []string{date}},
		"recurring, but with a date": {model.NewCondition{DueKind: model.DueRecurring, DueDate: "2027-01-01"}, []string{date, months}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := store.Task{Key: model.TaskKey{Stage: model.StageCISO, Kind: model.TaskDecision, Round: 1}}
			c.condition.OwnerRole, c.condition.VerifierRole = model.RoleManager, model.RoleCISO
			d := model.Decision{Outcome: model.OutcomeApproveWithConditions, Conditions: []model.NewCondition{c.condition}}
			var wrong []string
			for _, p := range checkDecision(rulebook.Default(), task, &d) {
				if wrong = append(wrong, p.Pointer); !p.Text.Complete() {
					t.Errorf("%s has no words", p.Pointer)
				}
			}
			if !slices.Equal(wrong, c.wrong) {
				t.Errorf("wrong is %v, want %v", wrong, c.wrong)
			}
		})
	}
}
