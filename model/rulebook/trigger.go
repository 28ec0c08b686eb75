package rulebook

import (
	"slices"

	"github.com/google/cel-go/cel"
)

// AllStages stands, in a trigger, for every stage of the review.
const AllStages = "all"

// triggerRow says which stages a trigger opens again when its condition holds.
type triggerRow struct {
	rule   *Rule
	stages []string
}

// Triggers lists what assesses a case in use again (rulebook 9.4), each code once.
func (b *Book) Triggers() []*Rule {
	var out []*Rule
	for _, t := range b.triggers {
		if !slices.ContainsFunc(out, func(r *Rule) bool { return r.Code == t.rule.Code }) {
			out = append(out, t.rule)
		}
	}
	return out
}

// Reopens lists the stages that the triggers open again in the case, in the order
// of the triggers; AllStages where it is every one.
func (e *Evaluation) Reopens(codes ...string) []string {
	var out []string
	for _, t := range e.book.triggers {
		if !slices.Contains(codes, t.rule.Code) || !e.holds(t.rule.cond) {
			continue
		}
		for _, stage := range t.stages {
			if !slices.Contains(out, stage) {
				out = append(out, stage)
			}
		}
	}
	return out
}

// triggers reads what assesses a case again.
func (c *compiler) triggers() {
	for _, s := range c.src.Triggers {
		r := c.rule(ruleSource{ID: s.ID, Code: s.Code, When: s.When, Text: s.Text, Source: s.Source}, "triggers", shape{kind: typeStr})
		r.cond = c.cond(s.When, r.ID, cel.BoolType, triageOnly, shape{})
		c.keep(compiled{id: r.ID, cond: r.cond})
		for _, stage := range s.Stages {
			named := slices.ContainsFunc(c.src.Stages, func(st stageSource) bool { return st.Key.Text == stage })
			if stage != AllStages && !named {
				c.fault(s.ID, r.ID, CodeValue, "there is no stage %q", stage)
			}
		}
		c.book.triggers = append(c.book.triggers, triggerRow{rule: r, stages: s.Stages})
	}
}
