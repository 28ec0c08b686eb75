//go:build failpoint

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var (
	place string
	left  atomic.Int64
)

func init() {
	var count string
	place, count, _ = strings.Cut(os.Getenv("SLUSS_FAILPOINT"), ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		n = 1
	}
	left.Store(n)
}

// Hit kills the process, as a power cut would, when this is the place and the
// time that the environment names.
func Hit(name string) {
	if name == place && left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
