//go:build linux && !slim

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what has been measured.
type report struct {
	options
	machine   machine
	samples   map[cell][]sample
	histories map[cell]history // of no number of clients
}

// measure is a line of the table: one figure of a sample.
type measure struct {
	name, unit string
	of         func(sample) float64
}

var measures = []measure{
	{"cases from draft to approval", "1/s", func(s sample) float64 { return float64(s.cases) / (s.opening + s.deciding).Seconds() }},
	{"decisions", "1/s", func(s sample) float64 { return float64(s.decisions) / s.deciding.Seconds() }},
	{"decision, p50", "ms", func(s sample) float64 { return percentile(s.latencies, 50) }},
	{"decision, p95", "ms", func(s sample) float64 { return percentile(s.latencies, 95) }},
	{"decision, p99", "ms", func(s sample) float64 { return percentile(s.latencies, 99) }},
	{"processor time per decision", "ms", func(s sample) float64 { return ms(s.decidingCPU) / float64(s.decisions) }},
	{"processor time to open and submit", "ms", func(s sample) float64 { return ms(s.openingCPU) / float64(s.cases) }},
}

// lengths are the lines that tell of histories.
var lengths = []struct {
	name, unit string
	of         func(history) float64
}{
	{"history of a case to its approval", "events", func(h history) float64 { return h.events }},
	{"history of a case to its approval", "bytes", func(h history) float64 { return h.bytes }},
	{"history of six decisions", "events", func(h history) float64 { return h.deciding.events * 6 / float64(len(walk)) }},
	{"history of six decisions", "bytes", func(h history) float64 { return h.deciding.bytes * 6 / float64(len(walk)) }},
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// percentile is the p-th percentile in milliseconds, by nearest rank.
func percentile(all []time.Duration, p int) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return ms(sorted[max(0, (len(sorted)*p+99)/100-1)])
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// line is a line of the table: medians of the rounds, of the ratios between the
// two programs in the same round, and of their differences.
type line struct {
	database, clients, name, unit   string
	sluss, floor, ratio, difference float64
}

func (r *report) lines() []line {
	var lines []line
	for _, database := range r.databases {
		for _, clients := range r.clients {
			ours, bare := r.samples[cell{database, clients, sluss}], r.samples[cell{database, clients, theFloor}]
			for _, m := range measures {
				l := compare(ours, bare, m.of)
				l.database, l.clients, l.name, l.unit = database, fmt.Sprint(clients), m.name, m.unit
				lines = append(lines, l)
			}
		}
		ours, bare := r.histories[cell{database: database, program: sluss}], r.histories[cell{database: database, program: theFloor}]
		for _, m := range lengths {
			x, y := m.of(ours), m.of(bare)
			lines = append(lines, line{database, "", m.name, m.unit, x, y, x / y, x - y})
		}
	}
	return lines
}

func compare(ours, bare []sample, of func(sample) float64) line {
	var a, b, ratios, differences []float64
	for i := range ours {
		x, y := of(ours[i]), of(bare[i])
		a, b = append(a, x), append(b, y)
		ratios, differences = append(ratios, x/y), append(differences, x-y)
	}
	return line{sluss: median(a), floor: median(b), ratio: median(ratios), difference: median(differences)}
}

// write prints the report as Markdown.
func (r *report) write(w io.Writer) error {
	fmt.Fprintf(w, "# What Sluss costs\n\nMachine: %s.\n\n", r.machine)
	fmt.Fprintf(w, "Options: %d rounds, medians; in a round %s, six acts each and an assessment that is not measured, in %d turns; %d database connections; seed %d.%s\n\n",
		r.rounds, r.casesInWords(), turns, conns, r.seed, r.note())
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprint(t, "| database\t| clients\t| measure\t| unit\t| Sluss\t| floor\t| ratio\t| difference\t|\n")
	fmt.Fprint(t, "| ---\t| ---\t| ---\t| ---\t| ---:\t| ---:\t| ---:\t| ---:\t|\n")
	for _, l := range r.lines() {
		fmt.Fprintf(t, "| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t| %.2f\t| %s\t|\n", l.database, l.clients, l.name, l.unit,
			figure(l.sluss), figure(l.floor), l.ratio, figure(l.difference))
	}
	return t.Flush()
}

// casesInWords says how many cases there are for each number of clients.
func (r *report) casesInWords() string {
	parts := make([]string, len(r.clients))
	for i, clients := range r.clients {
		parts[i] = fmt.Sprintf("%d cases with %d at once", r.casesFor(clients), clients)
	}
	return strings.Join(parts, ", ")
}

func (r *report) note() string {
	if r.quick {
		return " A quick run: the figures mean nothing."
	}
	return ""
}

// figure writes a number with as many digits as it deserves.
func figure(f float64) string {
	switch {
	case f >= 100 || f <= -100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10 || f <= -10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}
