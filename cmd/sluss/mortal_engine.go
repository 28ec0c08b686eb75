//go:build failpoint && !slim

package main

import (
	"os"
	"strconv"

	inprocess "sluss/deploy/engine"
)

// mortalEngine lets a test have cases continue as new after a few acts, which
// they otherwise do after hundreds, and the engine's store fail.
func mortalEngine(o inprocess.Options) inprocess.Options {
	o.HistoryCountSuggestContinueAsNew, _ = strconv.Atoi(os.Getenv("SLUSS_LONG_AFTER")) // 0 is the engine's default
	o.StoreFaults, _ = strconv.ParseFloat(os.Getenv("SLUSS_STORE_FAULTS"), 64)          // 0 is none
	o.StoreFaultsSeed, _ = strconv.ParseInt(os.Getenv("SLUSS_STORE_FAULTS_SEED"), 10, 64)
	return o
}
