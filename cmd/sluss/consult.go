package main

import (
	"context"
	"flag"
	"fmt"
	"text/tabwriter"

	"sluss/api/client"
)

// consultationEvent is an event of a prior consultation as the command line takes it.
type consultationEvent struct {
	Event             string          `json:"event"`
	Date              string          `json:"date"`
	Text              string          `json:"text,omitempty"`
	DecisionAuthority string          `json:"decision_authority,omitempty"`
	Package           map[string]bool `json:"package,omitempty"`

	complete bool
}

func (e *consultationEvent) flags(fs *flag.FlagSet) {
	fs.StringVar(&e.Event, "event", "", "the `event` of a prior consultation")
	fs.StringVar(&e.Date, "date", "", "the `day` on which it happened, 2026-11-23")
	fs.StringVar(&e.Text, "text", "", "what the authority wrote, or why the request is withdrawn")
	fs.BoolVar(&e.complete, "complete", false, "the request holds all that GDPR 36(3) asks for, (a) to (e)")
}

func consultationPath(id string) string { return casePath(id) + "/prior-consultation/events" }

// consult records an event and shows where the consultation then stands.
func (r *remote) consult(ctx context.Context, id string, e consultationEvent) error {
	if e.complete {
		e.Package = map[string]bool{
			"responsibilities": true, "purposes_and_means": true, "measures": true, "dpo_contact": true, "dpia": true,
		}
	}
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: casePath(id)}, nil)
	if err != nil {
		return r.explain(err)
	}
	call := client.Call{Method: "POST", Path: consultationPath(id), Key: client.NewKey(), IfMatch: now.ETag(), Body: e}
	if _, err := r.client.Do(ctx, call, nil); err != nil {
		return r.explain(err)
	}
	return r.showConsultation(ctx, id)
}

func (r *remote) showConsultation(ctx context.Context, id string) error {
	var page struct {
		Items []struct {
			Round      int    `json:"round"`
			EventLabel string `json:"event_label"`
			Date       string `json:"date"`
			Role       string `json:"role"`
		} `json:"items"`
		Consultation *struct {
			Clock string `json:"clock"`
			Due   string `json:"due"`
		} `json:"prior_consultation"`
	}
	return r.get(ctx, consultationPath(id), &page, func() {
		if len(page.Items) == 0 {
			r.tell("Inget förhandssamråd.\n", "No prior consultation.\n")
			return
		}
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, e := range page.Items {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", e.Round, e.Date, e.EventLabel, e.Role)
		}
		_ = w.Flush()
		switch now := page.Consultation; {
		case now == nil:
			r.tell("\nSamrådet är avslutat.\n", "\nThe consultation has ended.\n")
		case now.Due == "":
			r.tell("\nTiden löper inte: %s\n", "\nThe period does not run: %s\n", now.Clock)
		default:
			r.tell("\nMyndighetens tid slutar %s (%s).\n", "\nThe authority's time ends on %s (%s).\n", now.Due, now.Clock)
		}
	})
}
