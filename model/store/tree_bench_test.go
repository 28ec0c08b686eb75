package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store/storetest"
)

// BenchmarkTree fills the tree of a thousand waiting events in batches, and measures
// what recording a decision takes meanwhile and without, in turns.
//
//	go test -run '^$' -bench Tree -benchtime 1x ./model/store
func BenchmarkTree(b *testing.B) {
	for name, dsn := range databases() {
		b.Run(name, func(b *testing.B) {
			s := openStore(b, dsn(b), 8)
			for b.Loop() {
				var alone, beside []time.Duration
				var events int
				var filling time.Duration
				for range rounds {
					w := storetest.NewWorld(b, s)
					for range 350 {
						w.Submitted(model.StageManager)
					}
					work := make([]*prepared, 2*decisions)
					for i := range work {
						work[i] = prepare(w, true)
					}
					alone = append(alone, recordEach(b, work[:decisions])...)
					var group sync.WaitGroup
					group.Go(func() {
						start := time.Now()
						events += w.GrowTree(128)
						filling += time.Since(start)
					})
					beside = append(beside, recordEach(b, work[decisions:])...)
					group.Wait()
				}
				b.ReportMetric(float64(events)/filling.Seconds(), "leaves/s")
				for name, took := range map[string][]time.Duration{"alone": alone, "filling": beside} {
					slices.Sort(took)
					b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-"+name+"-µs")
					b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-"+name+"-µs")
				}
			}
		})
	}
}

// recordEach records decisions one after the other, and returns what each took.
func recordEach(b *testing.B, work []*prepared) []time.Duration {
	b.Helper()
	took := make([]time.Duration, len(work))
	for i, p := range work {
		start := time.Now()
		if r := p.w.Record(p.transition); r.Version != 2 {
			b.Fatalf("not recorded: %+v", r)
		}
		took[i] = time.Since(start)
	}
	return took
}
