//go:build !slim

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sluss/model"
)

// ledger is a case as its clients have to see it: a register of its version, and the
// log of the acts that brought it there, each with its key and the version it made.
type ledger struct {
	version int64
	log     string
}

// at is the version that the act of a key has made, or 0.
func (l ledger) at(key string) (version int64) {
	if _, rest, done := strings.Cut(l.log, "|"+key+"="); done {
		if _, err := fmt.Sscanf(rest, "%d|", &version); err != nil {
			panic(err)
		}
	}
	return version
}

func (l ledger) with(key string) ledger {
	return ledger{l.version + 1, fmt.Sprintf("%s|%s=%d|", l.log, key, l.version+1)}
}

// told is what somebody asked of a case and was told: an act that made a version, an
// act that was refused, one of which nothing is known, or, without a key, a reading.
type told struct {
	key     string
	refused bool
	version int64 // -1 is unknown
}

// linear is what a case does, one act after the other: an act makes the next version,
// asked for again it is told that it has, and one that is refused does nothing.
var linear = porcupine.Model{
	Init: func() any { return ledger{} },
	Step: func(state, asked, _ any) (bool, any) {
		l, op := state.(ledger), asked.(told)
		made := l.at(op.key)
		switch {
		case op.key == "":
			return l.version == op.version, l
		case op.refused:
			return made == 0, l
		case made > 0:
			return op.version == made || op.version < 0, l
		case op.version < 0:
			return true, l.with(op.key) // if it never was done, that is after everything else
		}
		return op.version == l.version+1, l.with(op.key)
	},
	DescribeOperation: func(asked, _ any) string { return fmt.Sprintf("%+v", asked) },
}

// never is when those are answered who never were.
const never = math.MaxInt64

// isLinear finds an order for each case in which everything that clients did, read and
// were told could have happened one after the other.
func (s *scenario) isLinear(check *checker) {
	lines, err := check.column("SELECT id || ' ' || case_id FROM tasks WHERE case_id IS NOT NULL")
	if err != nil {
		s.t.Fatal(err)
	}
	caseOf := map[string]string{}
	for _, line := range lines {
		id, in, _ := strings.Cut(line, " ")
		caseOf[id] = in
	}
	for id, history := range s.w.journal.histories(caseOf) {
		s.total.add("linear: acts and readings", len(history))
		switch result := porcupine.CheckOperationsTimeout(linear, history, 20*time.Second); result {
		case porcupine.Illegal:
			s.t.Errorf("case %s: no order of what was done explains what was told", id)
			for _, op := range history {
				s.t.Logf("%d to %d: %+v", op.Call, op.Return, op.Input)
			}
		case porcupine.Unknown:
			s.total.add("linear: not found out in time", 1)
		}
	}
}

// histories are what clients did with each case, given the cases of tasks.
func (j *journal) histories(caseOf map[string]string) map[string][]porcupine.Operation {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := map[string][]porcupine.Operation{}
	open := map[string]bool{} // keys of which somebody was told nothing: once is enough
	for _, e := range j.entries {
		id := e.of(caseOf)
		if id == "" || e.Err == nil && e.Status == http.StatusTooManyRequests {
			continue
		}
		op := porcupine.Operation{Input: told{key: e.Key, version: -1}, Call: e.Asked.UnixNano(), Return: never}
		var r model.Receipt
		switch {
		case e.done() && json.Unmarshal(e.Body, &r) == nil:
			op.Input, op.Return = told{key: e.Key, version: r.Version}, e.Told.UnixNano()
		case e.refused():
			op.Input, op.Return = told{key: e.Key, refused: true}, e.Told.UnixNano()
		case open[e.Key]:
			continue
		default:
			open[e.Key] = true
		}
		all[id] = append(all[id], op)
	}
	for _, r := range j.seen {
		all[r.caseID] = append(all[r.caseID], porcupine.Operation{
			Input: told{version: r.version}, Call: r.asked.UnixNano(), Return: r.told.UnixNano(),
		})
	}
	return all
}

// of is the case that an act was about, or "" if it was to open one.
func (e entry) of(caseOf map[string]string) string {
	about, rest, _ := strings.Cut(strings.TrimPrefix(e.Path, v1+"/"), "/")
	id, _, _ := strings.Cut(rest, "/")
	if about == "tasks" {
		return caseOf[id]
	}
	return id
}

// TestLinear tries the model: what cannot have happened is found.
func TestLinear(t *testing.T) {
	t.Parallel()
	const a, b = "a", "b"
	op := func(from, to int64, asked told) porcupine.Operation {
		return porcupine.Operation{Input: asked, Call: from, Return: to}
	}
	for name, tt := range map[string]struct {
		history []porcupine.Operation
		want    bool
	}{
		"one after the other":                {[]porcupine.Operation{op(1, 2, told{key: a, version: 1}), op(3, 4, told{key: b, version: 2}), op(5, 6, told{version: 2})}, true},
		"at once":                            {[]porcupine.Operation{op(1, 9, told{key: a, version: 2}), op(1, 9, told{key: b, version: 1}), op(1, 9, told{version: 1})}, true},
		"asked again":                        {[]porcupine.Operation{op(1, never, told{key: a, version: -1}), op(3, 4, told{key: a, version: 1}), op(5, 6, told{key: a, version: 1})}, true},
		"never done":                         {[]porcupine.Operation{op(1, never, told{key: a, version: -1}), op(3, 4, told{}), op(5, 6, told{key: b, version: 1})}, true},
		"done late":                          {[]porcupine.Operation{op(1, never, told{key: a, version: -1}), op(3, 4, told{}), op(5, 6, told{key: b, version: 2})}, true},
		"an act lost":                        {[]porcupine.Operation{op(1, 2, told{key: a, version: 1}), op(3, 4, told{})}, false},
		"a reading of old":                   {[]porcupine.Operation{op(1, 2, told{key: a, version: 1}), op(3, 4, told{key: b, version: 2}), op(5, 6, told{version: 1})}, false},
		"done twice":                         {[]porcupine.Operation{op(1, 2, told{key: a, version: 1}), op(3, 4, told{key: a, version: 2})}, false},
		"two acts with one version":          {[]porcupine.Operation{op(1, 9, told{key: a, version: 1}), op(1, 9, told{key: b, version: 1})}, false},
		"done, and refused when asked again": {[]porcupine.Operation{op(1, 2, told{key: a, version: 1}), op(3, 4, told{key: a, refused: true})}, false},
		"an act of nobody":                   {[]porcupine.Operation{op(1, 2, told{key: a, version: 2})}, false},
	} {
		if got := porcupine.CheckOperations(linear, tt.history); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
