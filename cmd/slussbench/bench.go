//go:build linux && !slim

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// The databases that a record can be in, and the programs that are compared.
const (
	sqlite   = "sqlite"
	postgres = "postgres"

	sluss    = "sluss"
	theFloor = "floor"
	// theAPI is the API of Sluss without an engine and without limits for each person.
	theAPI = "api"
)

// bench is a measurement under way.
type bench struct {
	options
	dir      string
	programs map[string]program
	dropAll  []func() error // the databases that were made
	progress io.Writer
}

func newBench(ctx context.Context, o options, progress io.Writer) (*bench, error) {
	dir, err := o.scratch()
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, dir: dir, progress: progress}
	if b.programs, err = buildPrograms(ctx, o, dir); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close() {
	for _, drop := range b.dropAll {
		_ = drop() // the server is thrown away anyway
	}
	_ = os.RemoveAll(b.dir)
}

// cell is what one figure belongs to.
type cell struct {
	database string
	clients  int
	program  string
}

// measure runs the rounds. In each one both programs start on fresh data and
// take turns, in an order that the seed decides.
func (b *bench) measure(ctx context.Context) (*report, error) {
	r := &report{options: b.options, machine: lookAround(b.dir), samples: map[cell][]sample{}, histories: map[cell]history{}}
	order := rand.New(rand.NewPCG(b.seed, 0))
	for round := 1; round <= b.rounds; round++ {
		for _, database := range b.databases {
			fmt.Fprintf(b.progress, "round %d of %d on %s\n", round, b.rounds, database)
			if err := b.round(ctx, r, order, round, database); err != nil {
				return nil, fmt.Errorf("round %d on %s: %w", round, database, err)
			}
		}
	}
	r.machine.end()
	return r, nil
}

// turns is how often the programs take turns with the same clients in a round.
const turns = 4

// round starts both programs and lets them take turns. The last round looks at
// the histories too, which are in the engines' files once those are closed.
func (b *bench) round(ctx context.Context, r *report, order *rand.Rand, round int, database string) (err error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("%s-%d", database, round))
	servers := map[string]*server{}
	defer func() {
		for _, s := range servers {
			if stopErr := s.stop(); err == nil {
				err = stopErr
			}
		}
		_ = os.RemoveAll(dir)
	}()
	for _, name := range []string{sluss, theFloor} {
		s, err := b.start(ctx, name, database, filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
		servers[name] = s
	}
	for _, clients := range b.clients {
		done, err := b.takeTurns(ctx, order, servers, clients)
		if err != nil {
			return err
		}
		for name, s := range done {
			at := cell{database, clients, name}
			r.samples[at] = append(r.samples[at], s)
		}
	}
	if round < b.rounds {
		return nil
	}
	return b.readHistories(ctx, r, database, servers)
}

// takeTurns has the programs work one after the other, a few times, so that what
// else happens on the machine meanwhile touches both.
func (b *bench) takeTurns(ctx context.Context, order *rand.Rand, servers map[string]*server, clients int) (map[string]sample, error) {
	done := map[string]sample{}
	names := slices.Sorted(maps.Keys(servers))
	for turn := range turns {
		order.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for _, name := range names {
			server := servers[name]
			var err error
			if turn == 0 {
				err = server.warmUp(ctx, clients)
			}
			var s sample
			if err == nil {
				s, err = b.load(ctx, server, clients, b.casesFor(clients)/turns)
			}
			if err != nil {
				return nil, fmt.Errorf("%s with %d clients: %w\n%s", name, clients, err, server.lastWords())
			}
			done[name] = done[name].add(s)
		}
	}
	return done, nil
}

func (b *bench) readHistories(ctx context.Context, r *report, database string, servers map[string]*server) error {
	for name, s := range servers {
		if err := s.stop(); err != nil {
			return err
		}
		h, err := readHistories(ctx, s.record, s.finished)
		if err != nil {
			return fmt.Errorf("histories of %s: %w", name, err)
		}
		r.histories[cell{database: database, program: name}] = h
	}
	return nil
}
