package store_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// prepared is a case whose manager is about to endorse it.
type prepared struct {
	w          *storetest.World
	caseID     string
	before     store.Case
	command    model.Command
	transition model.Transition
	now        time.Time

	// What the floor needs as text.
	payload, evaluation string
	ids                 [5]string
	deadlines           [3]string
}

func prepare(w *storetest.World, addCommand bool) *prepared {
	stages := []model.StageKey{model.StageManager, model.StageLegalBasis, model.StageCISO}
	id := w.Submitted(stages...)
	act := w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	act.Evaluation = w.Evaluation(1, "h1", storetest.Plan("s1", stages...))
	p := &prepared{
		w: w, caseID: id, before: w.Case(id), now: w.Clock.Now(),
		command: model.Command{
			OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: id, Kind: act.Kind, ActorID: act.Actor,
			BodyHash: "b", Payload: act.Payload, Evaluation: act.Evaluation,
		},
	}
	p.transition = w.Transition(id, w.Snapshot(id), p.command.ID, act)
	for i := range p.ids {
		p.ids[i] = model.NewID()
	}
	for i, subject := range []string{"manager.endorse", "legal_basis.advice", "legal_basis.decision"} {
		p.deadlines[i] = model.DeadlineID(id, subject, model.DeadlineDue, 1)
	}
	p.payload, p.evaluation = text(act.Payload), text(act.Evaluation)
	if addCommand {
		if err := w.Store.AddCommand(context.Background(), p.command, p.now); err != nil {
			w.Fatal(err)
		}
	}
	return p
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// BenchmarkRecord compares recording a decision with its floor, in five rounds
// in which they take turns, and reports the medians of what one decision takes
// and of the rounds' ratios: the transaction alone ("record") and together with
// storing the command ("act"). PostgreSQL runs with fsync on, SQLite with
// synchronous FULL on a file.
//
//	go test -run '^$' -bench Record -benchtime 1x ./model/store
func BenchmarkRecord(b *testing.B) {
	for name, dsn := range databases() {
		for _, mode := range []string{"record", "act"} {
			for _, writers := range []int{1, 8} {
				b.Run(fmt.Sprintf("%s/%s/%d", name, mode, writers), func(b *testing.B) {
					benchmarkRecord(b, dsn(b), writers, mode == "act")
				})
			}
		}
	}
}

const rounds, decisions = 5, 96

func benchmarkRecord(b *testing.B, dsn string, writers int, act bool) {
	ctx := b.Context()
	s := openStore(b, dsn, writers)
	f := newFloor(b, dsn, writers)
	w := storetest.NewWorld(b, s)
	first := prepare(w, true)
	w.Record(first.transition)
	f.takeSample(b, w, first.caseID)

	record := func(p *prepared) error {
		if act {
			if err := s.AddCommand(ctx, p.command, p.now); err != nil {
				return err
			}
		}
		r, err := s.Record(ctx, p.transition, p.now)
		if err == nil && r.Version != 2 {
			err = fmt.Errorf("not recorded: %+v", r)
		}
		return err
	}
	least := func(p *prepared) error {
		if act {
			if err := f.add(ctx, p); err != nil {
				return err
			}
		}
		return f.record(ctx, p)
	}
	for b.Loop() {
		var took, floor []time.Duration
		var ratios []float64
		for round := range rounds {
			var a, z time.Duration
			if round%2 == 0 {
				a = measure(b, w, f, writers, !act, record)
				z = measure(b, w, f, writers, !act, least)
			} else {
				z = measure(b, w, f, writers, !act, least)
				a = measure(b, w, f, writers, !act, record)
			}
			took, floor, ratios = append(took, a), append(floor, z), append(ratios, float64(a)/float64(z))
		}
		b.ReportMetric(float64(median(took).Microseconds()), "store-µs/op")
		b.ReportMetric(float64(median(floor).Microseconds()), "floor-µs/op")
		b.ReportMetric(median(ratios), "ratio")
	}
}

// measure returns the time that one decision takes when all writers are at it.
func measure(b *testing.B, w *storetest.World, f *floor, writers int, addCommand bool, do func(*prepared) error) time.Duration {
	b.Helper()
	work := make(chan *prepared, decisions)
	for range decisions {
		work <- prepare(w, addCommand)
	}
	close(work)
	f.settle(b)
	var group sync.WaitGroup
	start := time.Now()
	for range writers {
		group.Go(func() {
			for p := range work {
				if err := do(p); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(start) / decisions
}

func median[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
