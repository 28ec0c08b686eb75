//go:build !slim

package apitest_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"sluss/api/apitest"
	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/workflows/contract"
)

// TestManyActsOnOneCase has eight writers suspend, resume and give more time on
// one case. Its history grows long enough to continue as new three times and more;
// nobody sees anything but success, 412 and 429, and each act that was acknowledged
// is there once, in order. SLUSS_LONG_TESTS makes it 2,500 acts on histories as
// long as the engine lets them grow by default.
func TestManyActsOnOneCase(t *testing.T) {
	t.Parallel()
	const writers = 8
	acts, e := 400, enginetest.Start(t, engine.Options{HistoryCountSuggestContinueAsNew: 600})
	if os.Getenv("SLUSS_LONG_TESTS") != "" {
		acts, e = 2500, enginetest.Shared(t)
	}
	o := officeOn(t, e)
	id := o.submitted([]string{"base"}, nil)
	o.Drive(id, apitest.Answering{})
	o.MeetConditions(id)
	path := "/cases/" + id
	o.post("system", path+"/activation", o.etag("owner", path), m{}).Want(http.StatusOK)
	o.post("owner", path+"/changes", o.etag("owner", path), m{"triggers": []string{"RA-04"}, "reason": "Ny leverantör."}).Want(http.StatusOK)
	from := int64(o.status(id)["version"].(float64))

	l := &long{office: o, id: id, task: o.task(id, "ciso", "decision"), tally: map[int]int{}, left: acts}
	l.last.Store(2000) // days ahead
	began := time.Now()
	var wg sync.WaitGroup
	for n := range writers {
		wg.Go(func() { l.write(rand.New(rand.NewPCG(1, uint64(n))), n == 0) })
	}
	wg.Wait()
	t.Logf("%d acts in %s: %v", acts, time.Since(began).Round(time.Second), l.tally)

	slices.Sort(l.versions)
	for i, v := range l.versions {
		if v != from+int64(i)+1 {
			t.Fatalf("act %d has the version %d, want %d", i, v, from+int64(i)+1)
		}
	}
	if n := l.tally[http.StatusOK]; n != len(l.versions) || n < acts || len(l.tally) > 3 {
		t.Errorf("answers %v for %d versions", l.tally, len(l.versions))
	}
	decisions, err := o.Store.Decisions(t.Context(), apitest.Org, id)
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	for _, d := range decisions {
		if slices.Contains([]string{"suspend", "resume", "extend_task"}, d.Kind) {
			written++
		}
	}
	if written != len(l.versions) {
		t.Errorf("%d acts were acknowledged and %d are written down", len(l.versions), written)
	}
	if err := o.Store.VerifyCase(t.Context(), apitest.Org, id); err != nil {
		t.Error(err)
	}
	if runs := runsOf(t, enginetest.Client(t, e), id); runs < 4 {
		t.Errorf("the case lived in %d runs, want 4 or more", runs)
	} else {
		t.Logf("%d runs", runs)
	}
}

// long is one case with many writers.
type long struct {
	office
	id, task string
	last     atomic.Int64

	mu       sync.Mutex
	left     int
	versions []int64
	tally    map[int]int
}

// write acts until there are enough acts. One of the writers gives the task more
// time, now and then; the others suspend and resume the use.
func (l *long) write(r *rand.Rand, extends bool) {
	for l.wanted() {
		var call apitest.Call
		if extends && r.IntN(2) == 0 {
			call = l.extension()
		} else {
			call = l.stopOrGo(r)
		}
		a := l.Do(call)
		switch a.Code {
		case http.StatusOK:
			l.note(a.Code, int64(a.Object()["version"].(float64)))
		case http.StatusPreconditionFailed, http.StatusTooManyRequests:
			l.note(a.Code, 0)
			time.Sleep(time.Duration(r.IntN(80)) * time.Millisecond) // as somebody does who has to read again
		default:
			l.note(a.Code, 0)
			l.T.Errorf("%s as %s: %d %s", call.Path, call.As, a.Code, a.Body)
		}
	}
}

func (l *long) wanted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left > 0
}

func (l *long) note(status int, version int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally[status]++
	if version > 0 {
		l.left--
		l.versions = append(l.versions, version)
	}
}

func (l *long) act(as, path, etag string, body m) apitest.Call {
	return apitest.Call{Method: http.MethodPost, Path: path, As: as, Body: body, Header: "If-Match: " + etag + "\n" + apitest.Key()}
}

func (l *long) extension() apitest.Call {
	until := calendar.Today(l.Clock.Now()).AddDays(int(l.last.Add(1)))
	return l.act("admin", l.task+"/extension", l.etag("ciso", l.task), m{"until": until.String(), "reason": "Mer tid."})
}

func (l *long) stopOrGo(r *rand.Rand) apitest.Call {
	path := "/cases/" + l.id
	a := l.Get("ciso", path).Want(http.StatusOK)
	etag, use := a.Header().Get("ETag"), a.Object()["use"].(m)
	if use["suspended"] != true {
		return l.act([]string{"ciso", "info", "admin", "ciso_2"}[r.IntN(4)], path+"/suspension", etag, m{"reason": "Prov."})
	}
	as := "ciso"
	if use["resumption_agreed_by"] == string(model.RoleCISO) {
		as = "info"
	}
	return l.act(as, path+"/resumption", etag, m{"reason": "Orsaken är borta."})
}

// runsOf counts in how many runs a case has lived.
func runsOf(t *testing.T, c client.Client, id string) int {
	t.Helper()
	run := ""
	for n := 1; ; n++ {
		events := c.GetWorkflowHistory(t.Context(), contract.CaseWorkflowID(id), run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		first, err := events.Next()
		if err != nil {
			t.Fatal(fmt.Errorf("history: %w", err))
		}
		if run = first.GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId(); run == "" {
			return n
		}
	}
}
