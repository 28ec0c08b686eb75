//go:build !slim

package main

import (
	"fmt"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/assess"
)

// useAsked is what somebody asks the register, and what it answers: the answer and
// one of its reasons.
type useAsked struct {
	guard  string
	body   map[string]any
	answer model.RegisterAnswer
	reason string
}

// usesOf are the guard vectors of rulebook 9.10 that ask about an example, and
// what else can be told from it.
var usesOf = map[string][]useAsked{
	assistantForAll: {
		{"GV-15", map[string]any{"use": "klientärenden", "information_level": 1}, model.UseDenied, "use_excluded"},
		{"L-37", map[string]any{"use": "dikter", "information_level": 1}, model.UseDenied, "use_not_approved"},
		{"L-14", map[string]any{"use": "klientärenden", "information_level": 4}, model.UseDenied, "level_not_approved"},
	},
	caseNotes: {
		{"GV-16", map[string]any{"use": "utkast till journalanteckning", "information_level": 3, "secrecy_provision": "OSL 26:1"},
			model.UseAllowedWithConditions, "conditions_open"},
		{"GV-16, with health", map[string]any{
			"use": "Utkast till  journalanteckning", "information_level": 3, "secrecy_provision": "OSL 26 kap. 1 §",
			"personal_data": "yes", "special": []string{"health"},
		}, model.UseAllowedWithConditions, "secrecy_note"},
		{"L-19", map[string]any{"use": "utkast till journalanteckning", "information_level": 3, "secrecy_provision": "OSL 25:1"},
			model.UseDenied, "secrecy_not_approved"},
		{"GV-26", map[string]any{"use": "utkast till journalanteckning", "information_level": 3, "org_unit": "bostadsbolaget"},
			model.UseDenied, "unit_not_adopting"},
		{"T-27", map[string]any{"use": "utkast till journalanteckning", "information_level": 3, "date": daysAhead(2000)},
			model.UseDenied, "expired"},
	},
}

// compareUses asks the register about the case's tool as an employee of the unit
// would, by the case, by its entry and by name, and GV-17 about one that nobody
// has reviewed.
func (l aLife) compareUses() {
	l.w.t.Helper()
	unit := l.intake["org_unit_id"]
	for _, u := range usesOf[l.name] {
		for _, tool := range []any{l.id, l.intake["title"]} {
			got := l.w.askUse(unit, tool, u.body)
			if got.Answer != u.answer || !slices.ContainsFunc(got.Reasons, func(r api.UseReason) bool { return r.Code == u.reason }) {
				l.w.t.Errorf("%s about %s: %+v, want %s because of %s", u.guard, l.name, got, u.answer, u.reason)
			}
			if got.RegisterEntryID == nil || got.Tool != l.intake["title"] {
				l.w.t.Errorf("%s about %s is answered by %+v", u.guard, l.name, got)
			}
		}
	}
	got := l.w.askUse(unit, "Nobody's tool", map[string]any{"use": "text", "information_level": 0})
	if text := assess.NotReviewed().Reasons[0].Text.EN; got.Answer != model.UnknownTool ||
		got.RegisterEntryID != nil || len(got.Reasons) != 1 || got.Reasons[0].Text != text || got.Reasons[0].ID != "L-39" {
		l.w.t.Errorf("GV-17: %+v", got)
	}
	// Every approved use of an example may be made of it, and none that is excluded.
	uses := l.w.askUse(unit, l.id, map[string]any{"use": "?", "information_level": 0})
	for _, use := range uses.ApprovedUses {
		if got := l.w.askUse(unit, l.id, map[string]any{"use": use, "information_level": 0}); got.Answer == model.UseDenied {
			l.w.t.Errorf("%q is approved and is answered %+v", use, got)
		}
	}
	for _, use := range uses.NotApprovedUses {
		if got := l.w.askUse(unit, l.id, map[string]any{"use": strings.ToUpper(use), "information_level": 0}); got.Answer != model.UseDenied {
			l.w.t.Errorf("%q is not approved and is answered %+v", use, got)
		}
	}
}

// askUse asks the register whether a tool may be used in a unit, unless the body
// names another.
func (w *world) askUse(unit, tool any, body map[string]any) (got api.UseAnswer) {
	w.t.Helper()
	a, err := w.try("user", client.Call{
		Method: "POST", Path: v1 + "/register/check", Body: changed(map[string]any{"tool_id": tool, "org_unit": unit}, body),
	})
	if err == nil && a.Status == 200 {
		err = a.Decode(&got)
	} else if err == nil {
		err = fmt.Errorf("%d %s", a.Status, a.Body)
	}
	if err != nil {
		w.t.Fatalf("ask about %v: %v", tool, err)
	}
	return got
}
