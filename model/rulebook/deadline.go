package rulebook

import (
	"slices"

	"github.com/google/cel-go/cel"
)

// How the stages of a case follow each other.
const (
	ModeParallel   = "parallel"
	ModeSequential = "sequential"
)

// slaRow says how many working days a stage has, by tier.
type slaRow struct {
	stage       string
	requirement []string // empty for any
	days        map[string]int
}

// validityRow says how long an approval holds when its condition is met.
type validityRow struct {
	rule   *Rule
	months int
	days   int
}

// Validity is how long an approval holds: months, or days where Months is 0.
type Validity struct {
	Months int
	Days   int
}

// shorter compares by the days that they come to, a month as 30.
func (v Validity) shorter(w Validity) bool { return v.Months*30+v.Days < w.Months*30+w.Days }

// SLA gives the working days that a stage has before it is due. ok is false
// where the rulebook sets none: the stage is part of the form, or only has to
// be done before use. Beside the stages of triage there are triage_check,
// dpo_advice, adoption and owner_reply.
func (b *Book) SLA(stage, requirement, tier string) (workingDays int, ok bool) {
	for _, r := range b.sla {
		if r.stage == stage && (len(r.requirement) == 0 || slices.Contains(r.requirement, requirement)) {
			n, ok := r.days[tier]
			return n, ok
		}
	}
	return 0, false
}

// Mode says whether the stages of a case of the tier run one after the other
// or side by side.
func (b *Book) Mode(tier string) string {
	if m, ok := b.modes[tier]; ok {
		return m
	}
	return ModeSequential
}

// Validity gives how long an approval of the case holds: the shortest of the
// rows that apply to it.
func (e *Evaluation) Validity() (Validity, *Rule) {
	var best Validity
	var why *Rule
	for _, r := range e.book.validity {
		v := Validity{r.months, r.days}
		if e.holds(r.rule.cond) && (why == nil || v.shorter(best)) {
			best, why = v, r.rule
		}
	}
	return best, why
}

// deadlines reads due times, validity and modes.
func (c *compiler) deadlines() {
	for _, s := range c.src.SLA {
		c.text(s.Stage, s.Stage.Text, "a due time", s.Text)
		row := slaRow{stage: s.Stage.Text, requirement: s.Requirement, days: map[string]int{}}
		for tier, n := range map[string]*int{"T1": s.Days.T1, "T2": s.Days.T2, "T3": s.Days.T3} {
			if n == nil {
				continue
			}
			if row.days[tier] = *n; *n < 0 || *n > 250 {
				c.fault(s.Stage, row.stage, CodeValue, "%d working days are out of range", *n)
			}
		}
		c.book.sla = append(c.book.sla, row)
	}
	for _, s := range c.src.Validity {
		r := c.rule(ruleSource{ID: s.ID, When: s.When, Text: s.Text, Source: s.Source}, "validity", shape{kind: typeStr})
		r.cond = c.cond(s.When, r.ID, cel.BoolType, triageOnly, shape{})
		c.keep(compiled{id: r.ID, cond: r.cond})
		if s.Months+s.Days <= 0 {
			c.fault(s.ID, r.ID, CodeValue, "an approval holds for some months or days")
		}
		c.book.validity = append(c.book.validity, validityRow{rule: r, months: s.Months, days: s.Days})
	}
	for tier, m := range c.src.Modes {
		if m != ModeParallel && m != ModeSequential {
			c.fault(mark{}, tier, CodeValue, "the mode is parallel or sequential")
		}
	}
}
