package web

import (
	"slices"
	"strings"

	"sluss/api"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// Facts that change the outcome are told at their question, once they are saved.

// toldRule is a rule that an answer has made hold.
type toldRule struct{ ID, Text, Source string }

// tellers are the rules of the intake that are told at a question: the criteria and
// cases that call for an impact assessment, the protection level, and what stops or
// holds up the case. Other rules rest on so much that no answer is their reason.
var tellers = []string{"DC-", "A35-", "IPL-", "HS-", "RT-"}

// told are the rules that hold because of the answers, by the question.
func (s *site) told(d draft, l lang.Lang) map[string][]toldRule {
	out := map[string][]toldRule{}
	add := func(id string, r toldRule) {
		if !slices.Contains(out[id], r) {
			out[id] = append(out[id], r)
		}
	}
	take := func(rules []api.FiredRule, chosen func(api.FiredRule) bool) {
		for _, r := range rules {
			if !chosen(r) {
				continue
			}
			for fact, value := range r.Facts {
				if speaks(value) {
					for _, id := range behind(d.book, fact) {
						add(id, toldRule{r.ID, s.tell(r, l), r.Source})
					}
				}
			}
		}
	}
	if d.Triage != nil {
		take(d.Triage.Rules, func(r api.FiredRule) bool {
			stops := slices.Contains(d.Triage.Result.HardStops, r.ID) || slices.Contains(d.Triage.Result.Blockers, r.ID)
			return stops || slices.ContainsFunc(tellers, func(prefix string) bool { return strings.HasPrefix(r.ID, prefix) }) && r.ID != "IPL-0"
		})
		take(d.Triage.Warnings, func(api.FiredRule) bool { return true })
	}
	if d.Judgement != nil {
		take(d.Judgement.Rules, func(api.FiredRule) bool { return true })
		for _, h := range d.Judgement.Hindrances {
			if f := fieldOf(d, h.Pointer); f != nil {
				add(f.ID, toldRule{h.ID, h.Text, h.Source})
			}
		}
	}
	return out
}

// tell says a rule at the question whose answer it rests on.
func (s *site) tell(r api.FiredRule, l lang.Lang) string {
	text := r.Text
	switch {
	case strings.HasPrefix(r.ID, "DC-"):
		text = lang.Text{SV: "Räknas som kriterium ", EN: "Counts as criterion "}.In(l) + strings.TrimPrefix(r.ID, "DC-") +
			lang.Text{SV: " för konsekvensbedömning: ", EN: " for an impact assessment: "}.In(l) + text + "."
	case strings.HasPrefix(r.ID, "A35-"):
		text = lang.Text{SV: "Gör att en konsekvensbedömning krävs: ", EN: "Makes an impact assessment required: "}.In(l) + text + "."
	}
	if r.PathForward != "" {
		text += " " + r.PathForward
	}
	return text
}

// speaks reports whether a value is one that a rule can rest on: what is absent, no
// or none says nothing.
func speaks(value any) bool {
	switch x := value.(type) {
	case bool:
		return x
	case string:
		return x != "" && x != "no" && x != "none"
	case float64:
		return x != 0
	case []any:
		return len(x) > 0
	}
	return false
}

// behind are the questions that a fact of a rule is answered by: its own, or those
// of a list that is derived from others.
func behind(book *rulebook.Book, fact string) []string {
	if f, ok := book.Field(fact); ok {
		return []string{f.ID}
	}
	if derived := derivedFrom[fact]; derived != "" {
		if _, ok := book.Field(derived); ok {
			return []string{derived}
		}
	}
	return nil
}

// derivedFrom are facts that say in other words what one question has answered.
var derivedFrom = map[string]string{"vulnerable_groups": "data_subject_groups"}

// fieldOf is the question that a pointer leads to, nil for none.
func fieldOf(d draft, pointer string) *rulebook.Field {
	for _, f := range d.book.Fields() {
		if f.Part == d.Part && pointer != "" && (pointer == f.Pointer() || strings.HasPrefix(pointer, f.Pointer()+"/")) {
			return f
		}
	}
	return nil
}
