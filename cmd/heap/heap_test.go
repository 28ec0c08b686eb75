package heap

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{
		0: 22_300, 1 << 20: 22_300, 32 << 20: 600, 56 << 20: 300, 112 << 20: 100, 4 << 30: 100,
	} {
		if got := growth(live); got != want {
			t.Errorf("%d bytes in use: %d, want %d", live, got, want)
		}
	}
}

// What is in use changes, and with it how far the heap may grow.
func TestRoomy(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	t.Setenv("GOGC", "")
	Roomy()
	if got := percent(); got < 300 {
		t.Errorf("with little in use the heap grows by %d percent", got)
	}
	kept := make([]byte, 200<<20)
	becomes(t, 100)
	runtime.KeepAlive(kept)
	t.Setenv("GOGC", "50")
	becomes(t, 100) // the last that was said
	debug.SetGCPercent(50)
	Roomy()
	becomes(t, 50)
}

// becomes waits until the heap may grow by so much, and goes on doing so.
func becomes(t *testing.T, want int) {
	t.Helper()
	for n, since := 0, time.Now(); n < 5; n++ {
		if runtime.GC(); percent() != want {
			n = 0
		}
		if time.Since(since) > 10*time.Second {
			t.Fatalf("the heap grows by %d percent, want %d", percent(), want)
		}
		time.Sleep(time.Millisecond)
	}
}

// percent is how far the heap may grow now.
func percent() int {
	now := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(now)
	return int(now[0].Value.Uint64())
}
