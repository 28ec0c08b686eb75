//go:build !slim

package main

import (
	"maps"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/calendar"
)

// TestExampleUnderConsultation plays the fall camera. A high risk remains while the
// pictures are analysed at the supplier's, so that the supervisory authority is
// consulted; on its advice they are analysed in the room, the risk is lower, and the
// case is approved and comes into use.
func TestExampleUnderConsultation(t *testing.T) {
	t.Parallel()
	inDemo(t, func(t *testing.T, w *world) {
		l := lifeOf(w, fallCamera)
		sameResult(t, l.triage(), worked(t, fallCamera).Triage)
		l.play()
		l.is(model.PriorConsultation)
		same(t, "residual risk", l.result(model.StageDPIA)["max_residual"], "high")
		w.refused("project_owner", l.post("/prior-consultation/events", map[string]any{
			"event": "submitted", "date": calendar.Today(time.Now()).String(),
		}), 403, model.CodeForbidden)
		l.consult()
		l.is(model.DPIA)

		answers := example(t, fallCamera)
		maps.Copy(answers, formOf(t, fallCamera, "intake.local"))
		l.edit(answers)
		l.submit()
		l.again = ".local"
		l.play()
		l.compareReviews()
		l.compareConditions()
		l.meet()
		w.must("system_owner", l.post("/activation", nil))
		l.is(model.Active)
		l.compareRegister()
	})
}

// consult records the events of the consultation, with an extension and a time in
// which the authority waits for information, and looks at the clock after each. All
// of it happens today.
func (l aLife) consult() {
	l.w.t.Helper()
	today := calendar.Today(time.Now())
	due := func(days int) any { return calendar.Swedish.Roll(today.AddDays(days)).String() }
	for _, e := range []struct {
		event, as, text string
		clock           string
		due             any
	}{
		{"submitted", "dpo", "", "submitted", nil},
		{"received", "dpo", "", "running", due(56)},
		{"extension_notified", "dpo", "Ärendet är komplicerat. Tiden förlängs med sex veckor.", "running", due(98)},
		{"info_requested", "information_owner", "Beskriv hur bilderna skyddas på vägen till leverantören.", "suspended", nil},
		{"info_delivered", "information_owner", "", "running", due(98)},
		{"advice_received", "dpo", "Behandlingen bör inte börja så länge bilder lämnar rummet. Tolka dem lokalt.", "", nil},
	} {
		body := map[string]any{"event": e.event, "date": today.String(), "text": e.text}
		if e.event == "submitted" {
			body["package"] = map[string]any{
				"responsibilities": true, "purposes_and_means": true, "measures": true, "dpo_contact": true, "dpia": true,
			}
		}
		l.w.must(e.as, l.post("/prior-consultation/events", body))
		var status struct {
			Consultation *struct {
				Clock string `json:"clock"`
				Due   any    `json:"due"`
			} `json:"prior_consultation"`
		}
		l.w.get(l.owner(), l.path(""), &status)
		switch now := status.Consultation; {
		case e.clock == "" && now != nil:
			l.w.t.Errorf("after the advice the consultation is %+v", *now)
		case e.clock != "" && (now == nil || now.Clock != e.clock || now.Due != e.due):
			l.w.t.Errorf("after %s the consultation is %+v, want %s until %v", e.event, now, e.clock, e.due)
		}
	}
}
