package store_test

import (
	"fmt"
	"strings"
	"sluss/model/store"
	"os"
	"path/filepath"
	"testing"

	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

func BenchmarkCPU(b *testing.B) {
	for _, kind := range []string{"sqlite", "postgres"} {
		var dsn string
		if kind == "sqlite" {
			dir, _ := os.MkdirTemp("/dev/shm", "x")
			defer os.RemoveAll(dir)
			dsn = "sqlite:" + filepath.Join(dir, "r.db")
		} else {
			dsn = pgtest.NewDatabase(b, migrate)
		}
		s := openStore(b, dsn, 4)
		f := newFloor(b, dsn, 4)
		w := storetest.NewWorld(b, s)
		first := prepare(w, true)
		w.Record(first.transition)
		f.takeSample(b, w, first.caseID)
		b.Run(kind+"/store", func(b *testing.B) {
			ps := make([]*prepared, b.N)
			for i := range ps {
				ps[i] = prepare(w, true)
			}
			if kind == "postgres" {
				f.db.Exec("ANALYZE")
			}
			b.ReportAllocs()
			b.ResetTimer()
			store.TraceM.Clear()
			defer store.TraceM.Range(func(k, v any) bool {
				x := v.(*[2]int64)
				fmt.Printf("%6d x %8.1f µs  %.100s\n", x[0], float64(x[1])/float64(x[0])/1000, strings.ReplaceAll(k.(string), "\n", " "))
				return true
			})
			for _, p := range ps {
				if _, err := s.Record(b.Context(), p.transition, p.now); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(kind+"/floor", func(b *testing.B) {
			ps := make([]*prepared, b.N)
			for i := range ps {
				ps[i] = prepare(w, true)
			}
			if kind == "postgres" {
				f.db.Exec("ANALYZE")
			}
			b.ReportAllocs()
			b.ResetTimer()
			for _, p := range ps {
				if err := f.record(b.Context(), p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
