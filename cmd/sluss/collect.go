package main

import (
	"os"
	"runtime/debug"
)

// collectLess lets the heap grow to three times what is in use before it is looked
// through, and not to twice: that took a third of the processor time of a page. Whoever
// sets GOGC has said otherwise.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}
