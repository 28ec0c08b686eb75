//go:build !slim

package engine_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
)

// How long until a new installation answers.
func BenchmarkStartFresh(b *testing.B) {
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		startAndClose(b, filepath.Join(dir, strconv.Itoa(i)))
	}
}

// How long until an installation answers that has been there before.
func BenchmarkStartExisting(b *testing.B) {
	path := filepath.Join(b.TempDir(), "engine.db")
	startAndClose(b, path)
	for b.Loop() {
		startAndClose(b, path)
	}
}

// startAndClose starts an engine and closes it with the clock stopped.
func startAndClose(b *testing.B, path string) {
	e, err := engine.Start(b.Context(), engine.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	if err := e.Close(); err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
}

// One act after another on one workflow, on a file.
func BenchmarkUpdate(b *testing.B) {
	c := enginetest.Client(b, enginetest.Start(b, engine.Options{Path: filepath.Join(b.TempDir(), "engine.db")}))
	id, queue := uuid.NewString(), newQueue(b, c)
	for n := 0; b.Loop(); n++ {
		if n%500 == 0 { // a workflow takes 2,000 updates at most
			id = uuid.NewString()
		}
		if _, err := add(b.Context(), c, id, queue, 1); err != nil {
			b.Fatal(err)
		}
	}
}

// What an engine with a worker that waits for work costs, over five seconds.
// Run it alone and with -benchtime 1x.
func BenchmarkIdle(b *testing.B) {
	c := enginetest.Client(b, enginetest.Start(b, engine.Options{Path: filepath.Join(b.TempDir(), "engine.db")}))
	newQueue(b, c)
	runtime.GC()
	for b.Loop() {
		before := processorTime(b)
		const watched = 5 * time.Second
		<-time.After(watched)
		b.ReportMetric(100*float64(processorTime(b)-before)/float64(watched), "%cpu")
	}
	b.ReportMetric(residentMegabytes(b), "MB-rss")
	b.ReportMetric(float64(runtime.NumGoroutine()), "goroutines")
	b.ReportMetric(0, "ns/op")
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// residentMegabytes is the memory of this process, as Linux counts it; of it the
// program's own pages, which are shared with the file, are the larger part.
func residentMegabytes(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc on this system")
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kilobytes / 1024
}
