package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"text/tabwriter"

	"sluss/model/lang"
)

const statisticsAbout = `How long stages take, what comes back and is stopped, what is overdue, and the
footprint of what is in use, over the API. For those who read every case.

Usage:
  sluss statistics [flags]        the figures, of a period with --from and --to
  sluss statistics --now          cases by state and open tasks by role, as they stand
  sluss statistics --report YEAR  the yearly report: what was waived, reused and
                                  overridden, prior consultations, and the reviews
                                  that are due in the year`

// shownEntry is what the command line shows of an entry of the yearly report.
type shownEntry struct {
	Kind       string `json:"kind"`
	KindLabel  string `json:"kind_label"`
	On         string `json:"on"`
	RegistryNo string `json:"registry_no"`
	CaseTitle  string `json:"case_title"`
	Authority  string `json:"decision_authority"`
	Decider    struct {
		Name string `json:"name"`
	} `json:"decider"`
}

// shownStatistics is what the command line shows of the statistics.
type shownStatistics struct {
	Submitted  int        `json:"submitted"`
	Returned   shownShare `json:"returned"`
	Rejected   shownShare `json:"rejected"`
	RejectedBy []struct {
		Code string `json:"code"`
		shownShare
	} `json:"rejected_by"`
	Stages []struct {
		Label      string  `json:"label"`
		Done       int     `json:"done"`
		MedianDays float64 `json:"median_days"`
	} `json:"stages"`
	Overdue []struct {
		Label string `json:"label"`
		Tasks int    `json:"tasks"`
	} `json:"overdue"`
	Active struct {
		Tools      int     `json:"tools"`
		KWhYear    float64 `json:"kwh_year"`
		CO2eKgYear float64 `json:"co2e_kg_year"`
	} `json:"active"`
}

// shownOverview is what the command line shows of how things stand.
type shownOverview struct {
	Cases []struct {
		Label string `json:"label"`
		Cases int    `json:"cases"`
	} `json:"cases"`
	Queues []struct {
		Label   string `json:"label"`
		Open    int    `json:"open"`
		Overdue int    `json:"overdue"`
		Free    int    `json:"free"`
	} `json:"queues"`
}

type shownShare struct {
	Cases int     `json:"cases"`
	Share float64 `json:"share"`
}

func (s shownShare) String() string { return fmt.Sprintf("%d (%.1f %%)", s.Cases, s.Share*100) }

func statisticsCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var from, to, kind string
	var year int
	var now bool
	rest, err := r.parse("statistics", statisticsAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&from, "from", "", "only cases opened and stages done from this `day`, such as 2026-01-01")
		fs.StringVar(&to, "to", "", "only cases opened and stages done until this `day`, which counts too")
		fs.BoolVar(&now, "now", false, "cases by state and open tasks by role")
		fs.IntVar(&year, "report", 0, "the yearly report of this `year`")
		fs.StringVar(&kind, "kind", "", "only this `kind` of entry of the yearly report, such as dpia_waived")
	})
	if err != nil {
		return err
	}
	if len(rest) > 0 || year != 0 && from+to != "" || year == 0 && kind != "" || now && (year != 0 || from+to != "") {
		fmt.Fprintln(stderr, statisticsAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	if year != 0 {
		return r.yearlyReport(ctx, year, kind)
	}
	if now {
		var o shownOverview
		return r.get(ctx, "/api/v1/overview", &o, func() { r.printOverview(o) })
	}
	q := url.Values{}
	for name, value := range map[string]string{"from": from, "to": to} {
		if value != "" {
			q.Set(name, value)
		}
	}
	var s shownStatistics
	return r.get(ctx, "/api/v1/statistics?"+q.Encode(), &s, func() { r.printStatistics(s) })
}

func (r *remote) printStatistics(s shownStatistics) {
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	defer w.Flush()
	say := func(sv, en string) string { return lang.Text{SV: sv, EN: en}.In(r.lang) }
	fmt.Fprintf(w, "%s\t%d\n", say("Inskickade ärenden", "Cases sent in"), s.Submitted)
	fmt.Fprintf(w, "%s\t%s\n", say("Återlämnade", "Returned"), s.Returned)
	fmt.Fprintf(w, "%s\t%s\n", say("Avslagna eller stoppade", "Rejected or stopped"), s.Rejected)
	for _, c := range s.RejectedBy {
		fmt.Fprintf(w, "  %s\t%s\n", c.Code, c.shownShare)
	}
	for _, t := range s.Stages {
		fmt.Fprintf(w, "%s\t%.1f %s\n", t.Label, t.MedianDays, fmt.Sprintf(say("dagar i median, %d klara", "days in the median, %d done"), t.Done))
	}
	for _, o := range s.Overdue {
		fmt.Fprintf(w, "%s: %s\t%d\n", say("Försenade uppgifter", "Overdue tasks"), o.Label, o.Tasks)
	}
	fmt.Fprintf(w, "%s\t%d, %.1f kWh, %.2f kg CO2e %s\n", say("Verktyg i bruk", "Tools in use"), s.Active.Tools,
		s.Active.KWhYear, s.Active.CO2eKgYear, say("per år", "a year"))
}

func (r *remote) printOverview(o shownOverview) {
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	defer w.Flush()
	text := lang.Text{SV: "%s\t%d öppna, %d försenade, %d som ingen har tagit\n", EN: "%s\t%d open, %d overdue, %d not taken\n"}.In(r.lang)
	for _, c := range o.Cases {
		fmt.Fprintf(w, "%s\t%d\n", c.Label, c.Cases)
	}
	for _, q := range o.Queues {
		fmt.Fprintf(w, text, q.Label, q.Open, q.Overdue, q.Free)
	}
}

// yearlyReport shows the report of a year, every page of it.
func (r *remote) yearlyReport(ctx context.Context, year int, kind string) error {
	q := url.Values{"limit": {"100"}, "year": {strconv.Itoa(year)}}
	if kind != "" {
		q.Set("kind", kind)
	}
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	defer w.Flush()
	for n := 0; ; {
		var page struct {
			Items []shownEntry `json:"items"`
			Next  string       `json:"next_cursor"`
		}
		err := r.get(ctx, "/api/v1/yearly-report?"+q.Encode(), &page, func() {
			for _, e := range page.Items {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", e.On, e.KindLabel, e.RegistryNo, e.CaseTitle, e.Decider.Name, e.Authority)
			}
		})
		if n += len(page.Items); err != nil || page.Next == "" {
			if err == nil && n == 0 && !r.asJSON {
				r.tell("Inget att rapportera.\n", "Nothing to report.\n")
			}
			return err
		}
		q.Set("cursor", page.Next)
	}
}
