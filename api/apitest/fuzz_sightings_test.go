//go:build !slim

package apitest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"sluss/model"
)

// sightings count what walkers have been answered.
type sightings struct {
	mu sync.Mutex
	// statuses are by operation, codes those of problems.
	statuses map[string]map[int]int
	codes    map[model.Code]int
	sent     int
	// findings are the first answer of each kind that must not be.
	findings map[string]string
}

func newSightings() *sightings {
	return &sightings{statuses: map[string]map[int]int{}, codes: map[model.Code]int{}, findings: map[string]string{}}
}

func (s *sightings) note(c crafted, a exchanged) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
	if a.status >= 400 {
		var p struct {
			Code model.Code `json:"code"`
		}
		_ = json.Unmarshal(a.body, &p) // judged elsewhere
		s.codes[p.Code]++
	}
	id := c.op.OperationID
	if c.other != "" || id == "" {
		return
	}
	if s.statuses[id] == nil {
		s.statuses[id] = map[int]int{}
	}
	s.statuses[id][a.status]++
}

// find keeps an answer that must not be, the first of its kind.
func (s *sightings) find(c crafted, a exchanged, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := fmt.Sprintf("%s %d %.60s", c.op.OperationID, a.status, err)
	if s.findings[kind] == "" {
		s.findings[kind] = fmt.Sprintf("%s\nis answered with %d %v %.2000s\n%v", c, a.status, a.header, a.body, err)
	}
}

func (s *sightings) report(t *testing.T) {
	t.Helper()
	t.Logf("%d requests, problems: %s", s.sent, lines(s.codes))
	done := 0
	for _, id := range slices.Sorted(maps.Keys(s.statuses)) {
		var b strings.Builder
		for _, status := range slices.Sorted(maps.Keys(s.statuses[id])) {
			fmt.Fprintf(&b, " %d×%d", status, s.statuses[id][status])
		}
		if s.done(id) {
			done++
		}
		t.Logf("%s:%s", id, b.String())
	}
	t.Logf("%d of %d operations were done at least once", done, len(s.statuses))
}

// done reports whether an operation was done at least once.
func (s *sightings) done(id string) bool {
	for status := range s.statuses[id] {
		if status < 400 {
			return true
		}
	}
	return false
}

// complete fails a run that has left an operation out, or that was refused nearly
// everything.
func (s *sightings) complete(t *testing.T, all []operation, requests int) {
	t.Helper()
	if requests < fuzzFull {
		return
	}
	done := 0
	for _, op := range all {
		if len(s.statuses[op.OperationID]) == 0 {
			t.Errorf("%s was never asked", op.OperationID)
		}
		if s.done(op.OperationID) {
			done++
		}
	}
	if done < len(all)/2 {
		t.Errorf("%d of %d operations were done at least once", done, len(all))
	}
}
