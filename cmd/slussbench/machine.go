//go:build linux && !slim

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// machine is where and when was measured.
type machine struct {
	processor            string
	began                time.Time
	took                 time.Duration
	fsync                time.Duration
	loadBefore, loadThen string
}

func lookAround(dir string) machine {
	return machine{processor: processorName(), began: time.Now().UTC(), fsync: fsyncTime(dir), loadBefore: loadAverage()}
}

func (m *machine) end() {
	m.took, m.loadThen = time.Since(m.began), loadAverage()
}

func (m machine) String() string {
	return fmt.Sprintf("%d cores of %s, %s/%s, %s; %s, took %s; load average %s before and %s after; writing 4 kB through to the disk takes %s",
		runtime.NumCPU(), m.processor, runtime.GOOS, runtime.GOARCH, runtime.Version(), m.began.Format("2006-01-02 15:04 UTC"),
		m.took.Round(time.Second), m.loadBefore, m.loadThen, m.fsync.Round(10*time.Microsecond))
}

func processorName() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unnamed processor"
}

// loadAverage is that of the last minute: what else the machine had to do.
func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// fsyncTime is the median of a few writes that wait for the disk, 0 when that
// cannot be told.
func fsyncTime(dir string) time.Duration {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0
	}
	defer f.Close()
	var took []time.Duration
	for range 51 {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4<<10)); err != nil || f.Sync() != nil {
			return 0
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)/2]
}
