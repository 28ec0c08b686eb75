// Package heap says how far the heap of a server grows before garbage is collected. What is
// measured beside Sluss does as Sluss does.
package heap

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// roomy is how far the heap may grow before it is looked through, in bytes. A server that
// has little in use would otherwise look through it many times a second: with it a ninth of
// all pages were too slow, for that alone.
const roomy = 224 << 20

// Roomy lets the heap of this process grow to 224 MB before it is looked through, and to
// twice what is in use where that is more. Whoever sets GOGC has said otherwise.
func Roomy() { afterCollecting(nil) }

// collected is garbage each time that the heap is looked through. It is large enough to be
// found alone: the smallest values are found together with others that are in use.
type collected [2]uint64

// afterCollecting says how far the heap may grow from what is in use now, and again when it
// has been looked through.
func afterCollecting(*collected) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth(inUse()))
		runtime.SetFinalizer(new(collected), afterCollecting)
	}
}

// inUse is what was in use when the heap was last looked through, in bytes.
func inUse() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}

// growth is how far the heap may grow beyond what is in use, in percent of that.
func growth(live uint64) int {
	return max(100, int(roomy*100/max(live, 1<<20))-100)
}
