package assess

import (
	"maps"
	"slices"
	"strconv"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// ruleHolds is the value of a rule that holds.
const ruleHolds = "holds"

// Differences compares an earlier triage of a case, which may be of another
// rulebook, with a later one under b, in the order of model.DifferenceKinds (RA-07).
func Differences(b *rulebook.Book, before, after Classification) []model.Difference {
	d := differ{book: b, fired: after.Rules}
	d.rules(model.DiffersHardStop, before.HardStops, after.HardStops)
	d.value(model.DiffersOutcome, "outcome", before.Outcome, after.Outcome)
	d.value(model.DiffersTier, "tier", before.Tier, after.Tier)
	d.value(model.DiffersIPL, "info_protection_level", strconv.Itoa(before.InfoProtectionLevel), strconv.Itoa(after.InfoProtectionLevel))
	d.value(model.DiffersClass, "ai_act_class", before.AIActClass, after.AIActClass)
	d.rules(model.DiffersBlocker, before.Blockers, after.Blockers)
	d.stages(before, after)
	d.rules(model.DiffersWarning, firedIDs(before.Warnings), firedIDs(after.Warnings))
	return d.out
}

// Duties are the dates of the law that came after one day and not after another
// and that lay a duty on the case, as differences. The error is an *InputError when
// facts are unknown or have unknown values.
func Duties(b *rulebook.Book, profile string, facts map[string]any, after, until calendar.Date) ([]model.Difference, error) {
	e, problems := b.Triage(profile, facts, until)
	if len(problems) > 0 {
		return nil, &InputError{Problems: problems}
	}
	var out []model.Difference
	for _, d := range e.Binding(b.LawSince(after, until)) {
		out = append(out, model.Difference{Kind: model.DiffersDuty, Name: d.Key, After: d.Date, Rules: []string{d.Key}})
	}
	return out, e.Err()
}

// Unread are the answers that the rules cannot read any more, as differences.
func (e *InputError) Unread() []model.Difference {
	out := make([]model.Difference, len(e.Problems))
	for i, p := range e.Problems {
		out[i] = model.Difference{Kind: model.DiffersUnread, Name: p.Pointer, Rules: []string{}}
	}
	return out
}

// differ gathers what differs.
type differ struct {
	book  *rulebook.Book
	fired []Fired
	out   []model.Difference
}

// value compares what a case has one of. group is that of the rules behind it.
func (d *differ) value(kind model.DifferenceKind, group, before, after string) {
	if before != after {
		d.out = append(d.out, model.Difference{Kind: kind, Before: before, After: after, Rules: d.behind(group)})
	}
}

// rules compares which rules hold.
func (d *differ) rules(kind model.DifferenceKind, before, after []string) {
	for _, id := range after {
		if !slices.Contains(before, id) {
			d.out = append(d.out, model.Difference{Kind: kind, Name: id, After: ruleHolds, Rules: []string{id}})
		}
	}
	for _, id := range before {
		if !slices.Contains(after, id) {
			d.out = append(d.out, model.Difference{Kind: kind, Name: id, Before: ruleHolds, Rules: []string{id}})
		}
	}
}

// stages compares what is asked of each stage, also of those that one of the two
// does not know.
func (d *differ) stages(before, after Classification) {
	keys := []string{}
	for _, s := range d.book.Stages() {
		keys = append(keys, s.Key)
	}
	for _, key := range slices.Sorted(maps.Keys(before.Stages)) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		was, is := requirementOf(before, key), requirementOf(after, key)
		if was != is {
			d.out = append(d.out, model.Difference{Kind: model.DiffersStage, Name: key, Before: was, After: is, Rules: d.behind("stage." + key)})
		}
	}
}

func requirementOf(t Classification, stage string) string {
	if r, ok := t.Stages[stage]; ok {
		return r
	}
	return notRequired
}

// behind lists the rules of a group that hold now.
func (d *differ) behind(group string) []string {
	ids := []string{}
	for _, f := range d.fired {
		if r, ok := d.book.Rule(f.ID); ok && r.Group == group && !slices.Contains(ids, f.ID) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

func firedIDs(rules []Fired) []string {
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	return ids
}

// ValueLabel gives the words for a value before or after a difference.
func ValueLabel(b *rulebook.Book, kind model.DifferenceKind, value string) lang.Text {
	switch kind {
	case model.DiffersStage:
		return b.Label("requirement", value)
	case model.DiffersUnread, model.DiffersDuty:
		return lang.Text{SV: value, EN: value}
	case model.DiffersHardStop, model.DiffersBlocker, model.DiffersWarning:
		if value == ruleHolds {
			return lang.Text{SV: "gäller", EN: "holds"}
		}
		return lang.Text{SV: "gäller inte", EN: "does not hold"}
	}
	if value == "" {
		return lang.Text{SV: "inte prövat", EN: "not examined"} // of a case out of scope
	}
	return b.Label(string(kind), value) // the enumeration has the kind's name
}
