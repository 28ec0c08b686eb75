//go:build failpoint && !slim

package main

import (
	"os"
	"strconv"

	inprocess "sluss/deploy/engine"
)

// mortalEngine lets a test have cases continue as new after a few acts, which
// they otherwise do after hundreds.
func mortalEngine(o inprocess.Options) inprocess.Options {
	o.HistoryCountSuggestContinueAsNew, _ = strconv.Atoi(os.Getenv("SLUSS_LONG_AFTER")) // 0 is the engine's default
	return o
}
