package act

import (
	"time"

	"sluss/model"
)

// Meter is told what acts come to.
type Meter interface {
	// Acted is told how long an act took that moves a case: from the request to its
	// recorded answer, or until nobody waited for that any more. Refusals are not told.
	Acted(kind model.ActKind, took time.Duration)
	// Reconciled is told what was found when cases and incidents were compared with their
	// processes.
	Reconciled(Reconciliation)
}

// unmetered is the meter of nobody.
type unmetered struct{}

func (unmetered) Acted(model.ActKind, time.Duration) {}
func (unmetered) Reconciled(Reconciliation)          {}
