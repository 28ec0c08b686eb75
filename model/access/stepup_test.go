package access_test

import (
	"testing"
	"time"

	"sluss/model"
	"sluss/model/access"
)

func TestStepUp(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ask := access.StepUp{MaxAge: 15 * time.Minute, ACR: []string{"loa3", "loa4"}, Roles: []model.Role{model.RoleCISO, model.RoleDPO}}
	any := ask
	any.ACR = nil
	fresh := model.Actor{ProvedAt: now.Add(-15 * time.Minute), ACR: "loa3"}
	for name, test := range map[string]struct {
		ask     *access.StepUp
		actor   model.Actor
		role    model.Role
		kind    model.TaskKind
		outcome model.Outcome
		want    bool
	}{
		"nothing is asked for":      {nil, model.Actor{}, model.RoleCISO, model.TaskDecision, model.OutcomeApprove, true},
		"fresh and strong":          {&ask, fresh, model.RoleCISO, model.TaskDecision, model.OutcomeApprove, true},
		"advice":                    {&ask, fresh, model.RoleDPO, model.TaskAdvice, "support", true},
		"too long ago":              {&ask, model.Actor{ProvedAt: fresh.ProvedAt.Add(-1), ACR: "loa3"}, model.RoleCISO, model.TaskDecision, model.OutcomeApprove, false},
		"at no known time":          {&ask, model.Actor{ACR: "loa3"}, model.RoleDPO, model.TaskAdvice, "support", false},
		"too weak":                  {&ask, model.Actor{ProvedAt: now, ACR: "loa2"}, model.RoleCISO, model.TaskDecision, model.OutcomeReject, false},
		"in no known way":           {&ask, model.Actor{ProvedAt: now}, model.RoleCISO, model.TaskDecision, model.OutcomeApprove, false},
		"any way":                   {&any, model.Actor{ProvedAt: now}, model.RoleCISO, model.TaskDecision, model.OutcomeApprove, true},
		"any way, too long ago":     {&any, model.Actor{ProvedAt: now.Add(-time.Hour)}, model.RoleCISO, model.TaskDecision, model.OutcomeApprove, false},
		"a role that is not meant":  {&ask, model.Actor{}, model.RoleManager, model.TaskDecision, model.OutcomeApprove, true},
		"a task that ends nothing":  {&ask, model.Actor{}, model.RoleCISO, model.TaskReview, model.OutcomeApprove, true},
		"a second reading":          {&ask, model.Actor{}, model.RoleLegalCounsel, model.TaskSecondReading, model.OutcomeConfirm, false},
		"a fresh second reading":    {&ask, fresh, model.RoleLegalCounsel, model.TaskSecondReading, model.OutcomeConfirm, true},
		"the word of the head":      {&ask, model.Actor{}, model.RoleUnitHead, model.TaskHead, model.OutcomeConfirm, false},
		"sent back":                 {&ask, model.Actor{}, model.RoleCISO, model.TaskDecision, model.OutcomeReturn, true},
		"by a clock that is behind": {&ask, model.Actor{ProvedAt: now.Add(time.Minute), ACR: "loa3"}, model.RoleCISO, model.TaskDecision, model.OutcomeApprove, true},
	} {
		if got := test.ask.Allows(test.actor, test.role, test.kind, test.outcome, now); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
