//go:build linux && !slim

package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// plan is what organisations are assumed to do.
type plan struct {
	casesYear, years int
}

// organisations are the sizes of a house that are planned for.
var organisations = []int{1, 30, 300}

const (
	workingDays  = 220 // in a year
	daysInAMonth = 365. / 12
)

// planned is what so many organisations need when each case costs what was measured.
type planned struct {
	organisations                   int
	cases, open                     float64 // in a year, and at any time once the first have gone out of use
	busiest, core                   float64 // acts a second, and share of a core in %, when a day's acts come within an hour
	record, engine                  float64 // GB a year, and GB in all
	actionsOfCases, actionsOfAsking float64 // of Temporal Cloud, in a month
}

// on works the plan out for a number of organisations. Every process is asked once a day
// what it knows, and at the next comparison after each step, which is a query and so an
// action.
func (p plan) on(organisations int, c caseCost) planned {
	cases := float64(organisations * p.casesYear)
	open := cases * float64(p.years)
	busiest := cases * c.acts / workingDays / 3600
	return planned{
		organisations: organisations, cases: cases, open: open,
		busiest: busiest, core: 100 * busiest * c.cpu / c.acts / 1000,
		record: cases * c.record / 1e9, engine: open * c.engine / 1e9,
		actionsOfCases: cases / 12 * c.allActions(), actionsOfAsking: open*daysInAMonth + cases/12*c.acts,
	}
}

// write prints the plan as Markdown.
func (p plan) write(out io.Writer, c caseCost) error {
	fmt.Fprintf(out, "\n# On paper\n\nEach organisation opens %d cases a year, all go the whole way, and each stays in use for %d years.\n\n", p.casesYear, p.years)
	t := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprint(t, "| organisations\t| cases a year\t| open at a time\t| acts a second, busiest\t| of a core, %\t| record, GB a year\t| engine, GB\t| actions a month, of cases\t| of asking what they know\t|\n")
	fmt.Fprint(t, "| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t|\n")
	for _, n := range organisations {
		x := p.on(n, c)
		fmt.Fprintf(t, "| %d\t| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", n, about2(x.cases), about2(x.open), about2(x.busiest), about2(x.core),
			about2(x.record), about2(x.engine), about2(x.actionsOfCases), about2(x.actionsOfAsking))
	}
	return t.Flush()
}

// about2 writes a number with two digits that mean something.
func about2(f float64) string {
	text := strconv.FormatFloat(f, 'g', 2, 64)
	rounded, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
