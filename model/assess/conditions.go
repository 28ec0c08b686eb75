package assess

import (
	"fmt"
	"slices"
	"strings"

	"sluss/model/lang"
)

// stageConditions is the book of the conditions that the rules add.
const stageConditions = "conditions"

// Templates gives the conditions that the rules add to an approval, in the order
// of rulebook 8.2, with the rules behind them. a.Process holds what some of them
// depend on: environment_result, agent_result, and the training that the manager
// has stated.
func Templates(a Assessed) ([]Condition, []Fired, error) {
	_, e, err := a.open(stageConditions)
	if err != nil {
		return nil, nil, err
	}
	words := map[string]lang.Text{
		"course": same(sentence(written(a.Process["training_course"]))),
		"share":  same(fmt.Sprint(e.Int("training_share"))),
	}
	var out []Condition
	for _, r := range e.All("templates") {
		c := conditionOf(r)
		c.Text, _ = fillText(c.Text, words) // the rules say the words only where they are there
		out = append(out, c)
	}
	return out, allFired(e, "templates"), e.Err()
}

// ruleNoWaiver keeps some conditions from being waived (rulebook 8.2).
const ruleNoWaiver = "CO-04"

// unwaivable is how the ids of the rules begin whose conditions are never waived:
// hard stops, legal basis, prior consultation and the agent rules, which ask for
// the mandatory controls. The rulebook lists them as unwaivable_family.
var unwaivable = []string{"HS-", "LB-", "DP-32", "AG-", "MC-"}

// CanWaive reports whether a condition that follows from the rule may be waived,
// and otherwise the rule that forbids it (CO-04).
func CanWaive(sourceRule string) (rule string, ok bool) {
	forbidden := slices.ContainsFunc(unwaivable, func(family string) bool {
		return strings.HasPrefix(sourceRule, family)
	})
	if forbidden {
		return ruleNoWaiver, false
	}
	return "", true
}
