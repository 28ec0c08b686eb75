//go:build failpoint

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// armed is where the process dies, and left how often it passes the place until it
// does, the last time included.
var (
	armed atomic.Value
	left  atomic.Int64
)

func init() {
	place, count, _ := strings.Cut(os.Getenv("SLUSS_FAILPOINT"), ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		n = 1
	}
	left.Store(n)
	armed.Store(place)
}

// Arm makes the process die the next time that it passes a place.
func Arm(name string) {
	left.Store(1)
	armed.Store(name)
}

// Hit kills the process, as a power cut would, when this is the place and the
// time that the environment or Arm names.
func Hit(name string) {
	if name == armed.Load() && left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
