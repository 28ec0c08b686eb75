//go:build linux && !slim

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"sluss/api/client"
	"sluss/model"
)

// recordOptions say what runRecords measures.
type recordOptions struct {
	options
	sizes []int
	lasts time.Duration
}

// runRecords measures what needs no process: opening a draft with its event, reading
// a case, and the first page of fifty, over HTTP with a token, beside a server with
// hand-written SQL on the same rows of the same record.
func runRecords(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseRecords("records", "10000,100000", "1,32", args, stderr)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o.options, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	m := lookAround(b.dir)
	fmt.Fprintf(stdout, "# What reading costs\n\nMachine: %s.\n\nMedians of %d rounds of %s for each line, in turns. The floor is a server with hand-written SQL on the same rows.\n\n",
		m, o.rounds, o.lasts)
	t := tabwriter.NewWriter(stdout, 0, 0, 1, ' ', 0)
	fmt.Fprint(t, "| database\t| cases\t| clients\t| request\t| Sluss, p50 ms\t| Sluss, p95 ms\t| Sluss, 1/s\t| floor, 1/s\t| ratio\t| processor ms\t| floor's\t|\n")
	fmt.Fprint(t, "| ---\t| ---:\t| ---:\t| ---\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t|\n")
	for _, database := range o.databases {
		for _, size := range o.sizes {
			if err := b.records(ctx, database, size, o, t); err != nil {
				return fmt.Errorf("%d cases on %s: %w", size, database, err)
			}
		}
	}
	return t.Flush()
}

func parseRecords(name, defaultSizes, defaultClients string, args []string, stderr io.Writer) (o recordOptions, err error) {
	var databases, clients, sizes string
	fs := flag.NewFlagSet("slussbench "+name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&databases, "databases", sqlite+","+postgres, "`list` of databases")
	fs.StringVar(&clients, "clients", defaultClients, "`list` of numbers of clients at once")
	fs.StringVar(&sizes, "cases", defaultSizes, "`list` of numbers of cases")
	fs.IntVar(&o.rounds, "rounds", 5, "`number` of rounds")
	fs.DurationVar(&o.lasts, "for", time.Second, "how long each line is measured in a round")
	fs.StringVar(&o.sluss, "sluss", "", "`program` that makes the first cases (default: build it)")
	fs.StringVar(&o.dir, "dir", "", "`folder` for the data (default: the system's for temporary files)")
	if err := readFlags(fs, args); err != nil {
		return o, err
	}
	o.databases = strings.Split(databases, ",")
	for to, list := range map[*[]int]string{&o.clients: clients, &o.sizes: sizes} {
		for _, text := range strings.Split(list, ",") {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return o, fmt.Errorf("%q is no number from 1", text)
			}
			*to = append(*to, n)
		}
	}
	if o.rounds < 1 || o.lasts <= 0 || slices.Max(o.clients) > maxClients {
		return o, fmt.Errorf("at least one round, some time for each line and at most %d clients", maxClients)
	}
	return o, nil
}

// request is something that a client asks for again and again.
type request struct {
	name string
	// send asks once, as the people of a seat.
	send func(ctx context.Context, s *seat) error
}

// requests are those that are measured among the cases with some ids. New drafts come
// last: they would stand before all cases in the lists of their owners, and be stepped
// over in everybody else's.
func requests(ids []string) []request {
	get := func(ctx context.Context, c *client.Client, path string) error {
		_, err := c.Do(ctx, client.Call{Method: http.MethodGet, Path: "/api/v1" + path}, nil)
		return err
	}
	return []request{
		{"a case", func(ctx context.Context, s *seat) error {
			return get(ctx, s.people[model.RoleDPO], "/cases/"+ids[rand.IntN(len(ids))])
		}},
		{"the first 50", func(ctx context.Context, s *seat) error { return get(ctx, s.people[model.RoleDPO], "/cases?limit=50") }},
		{"a new draft", func(ctx context.Context, s *seat) error { _, err := s.draftOnly(ctx); return err }},
	}
}

func (b *bench) records(ctx context.Context, database string, size int, o recordOptions, out io.Writer) (err error) {
	fmt.Fprintf(b.progress, "%d cases on %s\n", size, database)
	r, err := b.town(ctx, database, size)
	if err != nil {
		return err
	}
	ids, err := r.ids(ctx, 1000)
	if err != nil {
		return err
	}
	servers := map[string]*server{}
	for _, name := range []string{theAPI, theFloor} {
		s, err := b.serve(ctx, name, r)
		if err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
		defer func() { err = errors.Join(err, s.stop()) }()
		servers[name] = s
	}
	for _, q := range requests(ids) {
		for _, clients := range o.clients {
			measured := map[string][]paced{}
			for range o.rounds {
				names := []string{theAPI, theFloor}
				rand.Shuffle(2, func(i, j int) { names[i], names[j] = names[j], names[i] })
				for _, name := range names {
					p, err := servers[name].pace(ctx, clients, o.lasts, q.send)
					if err != nil {
						return fmt.Errorf("%s, %s: %w", name, q.name, err)
					}
					measured[name] = append(measured[name], p)
				}
			}
			writeRecords(out, database, size, clients, q.name, measured)
		}
	}
	return nil
}

func writeRecords(out io.Writer, database string, size, clients int, name string, measured map[string][]paced) {
	ours, bare := measured[theAPI], measured[theFloor]
	of := func(all []paced, f func(paced) float64) float64 {
		values := make([]float64, len(all))
		for i, p := range all {
			values[i] = f(p)
		}
		return median(values)
	}
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i].rate() / bare[i].rate()
	}
	fmt.Fprintf(out, "| %s\t| %d\t| %d\t| %s\t| %.2f\t| %.2f\t| %.0f\t| %.0f\t| %.2f\t| %.2f\t| %.2f\t|\n", database, size, clients, name,
		of(ours, paced.p50), of(ours, paced.p95), of(ours, paced.rate), of(bare, paced.rate), median(ratios), of(ours, paced.cpuEach), of(bare, paced.cpuEach))
}

// paced is what clients got who asked one time after the other.
type paced struct {
	took         []time.Duration
	elapsed, cpu time.Duration
}

func (p paced) p50() float64     { return percentile(p.took, 50) }
func (p paced) p95() float64     { return percentile(p.took, 95) }
func (p paced) p99() float64     { return percentile(p.took, 99) }
func (p paced) rate() float64    { return float64(len(p.took)) / p.elapsed.Seconds() }
func (p paced) cpuEach() float64 { return ms(p.cpu) / float64(len(p.took)) }

// pace has clients ask for so long, each after its own last answer.
func (s *server) pace(ctx context.Context, clients int, lasts time.Duration, send func(context.Context, *seat) error) (p paced, err error) {
	took := make([][]time.Duration, clients)
	var over atomic.Bool
	before, err := s.cpu()
	if err != nil {
		return p, err
	}
	began := time.Now()
	err = together(ctx, clients, clients, func(ctx context.Context, worker, _ int) error {
		for !over.Load() && ctx.Err() == nil {
			asked := time.Now()
			if err := send(ctx, s.seats[worker]); err != nil {
				return err
			}
			took[worker] = append(took[worker], time.Since(asked))
			if time.Since(began) >= lasts {
				over.Store(true)
			}
		}
		return nil
	})
	p.elapsed = time.Since(began)
	after, cpuErr := s.cpu()
	p.took, p.cpu = slices.Concat(took...), after-before
	return p, errors.Join(err, cpuErr)
}
