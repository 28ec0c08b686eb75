//go:build linux && !slim

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/store/multiply"
)

// waitingOptions say how many cases wait, and for how long the server is watched
// while nobody asks it for anything.
type waitingOptions struct {
	options
	waiting int
	rest    time.Duration
}

// waitingAbout stands above the table.
const waitingAbout = `# What waiting cases cost

Machine: %s.

%d cases wait for somebody's task: some that people have taken one step further each, and copies of their rows. The engine
gets a process for each when the server starts on them and compares every case with its process; "alive" are those whose
process answered, when the server was started again, with what the record says; comparing all, which also happens every
hour, takes the processor time in the next column, the start in it. At rest is %s in which nobody asks for
anything, after a third of that to settle; resident is the server's own memory after it, without that of PostgreSQL. A
restart is timed from the start of the program to the answer to a decision on a waiting case: after the server was asked to
stop (median of %d), and after it was killed. New cases go from draft to approval with %d clients, in turns with a
server whose record is empty otherwise: medians of %d rounds of %d cases.

`

// runWaiting measures what very many open cases cost that wait.
func runWaiting(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseWaiting(args, stderr)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o.options, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	fmt.Fprintf(stdout, waitingAbout, lookAround(b.dir), o.waiting, o.rest, o.rounds, o.clients[0], o.rounds, o.casesFor(o.clients[0]))
	t := tabwriter.NewWriter(stdout, 0, 0, 1, ' ', 0)
	fmt.Fprint(t, "| database\t| waiting\t| alive\t| made alive in s\t| compared, processor s\t| of a core at rest, %\t| resident MB\t| restart s\t| after a kill s\t| new cases 1/s\t| on an empty record 1/s\t| ratio\t|\n")
	fmt.Fprint(t, "| ---\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t| ---:\t|\n")
	for _, database := range o.databases {
		w, err := b.waiting(ctx, database, o)
		if err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		fmt.Fprintf(t, "| %s\t| %d\t| %d\t| %.1f\t| %.2f\t| %.2f\t| %.0f\t| %.2f\t| %.2f\t| %s\t| %s\t| %.2f\t|\n", database, w.cases, w.alive, w.made.Seconds(), w.comparing.Seconds(),
			w.core, w.resident, median(w.restarts), w.killed, figure(median(w.full)), figure(median(w.empty)), median(w.ratios))
		if err := t.Flush(); err != nil { // the next one takes its time
			return err
		}
	}
	return nil
}

func parseWaiting(args []string, stderr io.Writer) (o waitingOptions, err error) {
	var databases string
	var clients int
	fs := flag.NewFlagSet("slussbench waiting", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&databases, "databases", sqlite+","+postgres, "`list` of databases")
	fs.IntVar(&o.waiting, "cases", 10_000, "`number` of cases that wait")
	fs.DurationVar(&o.rest, "for", 30*time.Second, "how long the server is watched at rest")
	fs.IntVar(&o.rounds, "rounds", 3, "`number` of restarts, and of rounds of new cases")
	fs.IntVar(&o.options.cases, "new", 192, "`number` of new cases that each server takes through in a round")
	fs.IntVar(&clients, "clients", 16, "`number` of clients that open them")
	fs.StringVar(&o.sluss, "sluss", "", "`program` to measure (default: build it)")
	fs.StringVar(&o.dir, "dir", "", "`folder` for the data (default: the system's for temporary files)")
	if err := readFlags(fs, args); err != nil {
		return o, err
	}
	o.databases, o.clients = strings.Split(databases, ","), []int{clients}
	if o.waiting < waitingSteps || o.rest <= 0 || o.rounds < 1 || o.options.cases < 4*turns || clients < 1 || clients > maxClients {
		return o, fmt.Errorf("at least %d waiting cases, some time, one round and %d new cases; 1 to %d clients", waitingSteps, 4*turns, maxClients)
	}
	return o, nil
}

// waited is what was found on one database.
type waited struct {
	cases, alive        int
	made                time.Duration
	comparing           time.Duration // of the processor, with the start
	core, resident      float64       // per cent, and megabytes
	restarts            []float64
	killed              float64
	full, empty, ratios []float64
}

func (b *bench) waiting(ctx context.Context, database string, o waitingOptions) (w waited, err error) {
	r, err := b.waitingRecord(ctx, database, o.waiting)
	if err != nil {
		return w, err
	}
	began := time.Now()
	s, err := b.serve(ctx, sluss, r)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if _, err := s.compared(ctx); err != nil {
		return w, err
	}
	w.made = time.Since(began)
	undecided, err := s.forManagers(ctx, o.rounds+1)
	if err != nil {
		return w, err
	}
	for _, c := range undecided[:o.rounds] {
		if err := s.stop(); err != nil {
			return w, err
		}
		took, err := b.again(ctx, &s, c)
		if err != nil {
			return w, err
		}
		w.restarts = append(w.restarts, took.Seconds())
	}
	if err := w.watch(ctx, s, o.rest); err != nil {
		return w, err
	}
	s.kill()
	took, err := b.again(ctx, &s, undecided[o.rounds])
	if err != nil {
		return w, err
	}
	w.killed = took.Seconds()
	if _, err := s.compared(ctx); err != nil {
		return w, err
	}
	return w, b.newCases(ctx, s, o, &w)
}

// waitingSteps is how many cases are taken one step further each before they are
// copied: the first is submitted, and the last lacks one decision.
var waitingSteps = len(walk) + 1

// waitingRecord makes a record of cases that wait, in the hands of all units.
func (b *bench) waitingRecord(ctx context.Context, database string, cases int) (record, error) {
	fmt.Fprintf(b.progress, "%d waiting cases on %s\n", cases, database)
	r, err := b.newRecord(ctx, database, filepath.Join(b.dir, database+"-waiting"))
	if err != nil {
		return r, err
	}
	s, err := b.serve(ctx, sluss, r)
	if err != nil {
		return r, err
	}
	for steps := range waitingSteps {
		if err := s.seats[0].takeTo(ctx, steps+1); err != nil {
			return r, errors.Join(fmt.Errorf("%w\n%s", err, s.lastWords()), s.stop())
		}
	}
	if err := s.stop(); err != nil {
		return r, err
	}
	hands, err := r.hands(ctx, len(s.seats))
	if err != nil {
		return r, err
	}
	return r, multiply.Cases(ctx, r.url, multiply.Options{Copies: cases/waitingSteps - 1, Hands: hands})
}

// comparison is what a server logs when it has compared every case with its process.
type comparison struct{ checked, repaired, failed int }

var comparisonLine = regexp.MustCompile(`msg="processes reconciled" checked=(\d+) missing=(\d+) closed=(\d+) behind=(\d+) ahead=(\d+) stuck=(\d+) failed=(\d+)`)

// compared waits until the server has compared every case with its process.
func (s *server) compared(ctx context.Context) (c comparison, err error) {
	const long = 30 * time.Minute
	for deadline := time.Now().Add(long); time.Now().Before(deadline); {
		text, err := os.ReadFile(s.log.Name())
		if err != nil {
			return c, err
		}
		if m := comparisonLine.FindSubmatch(text); m != nil {
			numbers := make([]int, len(m))
			for i := range m[1:] {
				numbers[i+1], _ = strconv.Atoi(string(m[i+1])) // the pattern has digits
			}
			c.checked, c.failed = numbers[1], numbers[7]
			for _, n := range numbers[2:7] {
				c.repaired += n
			}
			return c, nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case err := <-s.ended:
			s.ended <- err // for stop
			return c, errors.New("it ended while it compared")
		case <-ctx.Done():
			return c, ctx.Err()
		}
	}
	return c, fmt.Errorf("the cases were not compared after %s\n%s", long, s.lastWords())
}

// managed is a case that waits for the manager of a unit.
type managed struct {
	openCase
	unit int
}

// forManagers finds cases that wait for the managers of the units.
func (s *server) forManagers(ctx context.Context, n int) ([]managed, error) {
	var found []managed
	for unit, seat := range s.seats {
		var list struct {
			Items []struct {
				CaseID string         `json:"case_id"`
				Stage  model.StageKey `json:"stage"`
			} `json:"items"`
		}
		call := client.Call{Method: http.MethodGet, Path: "/api/v1/tasks?assignee=me&limit=100"}
		if _, err := seat.people[model.RoleManager].Do(ctx, call, &list); err != nil {
			return nil, err
		}
		for _, item := range list.Items {
			if len(found) == n {
				return found, nil
			}
			if item.Stage != model.StageManager {
				continue
			}
			c := managed{openCase{id: item.CaseID, by: seat}, unit}
			if err := c.look(ctx); err != nil {
				return nil, err
			}
			found = append(found, c)
		}
	}
	if len(found) < n {
		return nil, fmt.Errorf("%d cases wait for a manager, and %d are needed", len(found), n)
	}
	return found, nil
}

// again starts the server of a record that has ended, and returns how long it took
// from then until it has answered a decision.
func (b *bench) again(ctx context.Context, s **server, c managed) (time.Duration, error) {
	began := time.Now()
	next, err := b.serve(ctx, sluss, (*s).record)
	if err != nil {
		return 0, err
	}
	*s = next
	c.by = next.seats[c.unit]
	for {
		_, err := c.decideFirst(ctx, 1)
		if err == nil {
			return time.Since(began), nil
		}
		if time.Since(began) > startTime {
			return 0, fmt.Errorf("no decision was accepted after the restart: %w\n%s", err, next.lastWords())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// watch looks at a server that has just been started again while nobody asks it for
// anything.
func (w *waited) watch(ctx context.Context, s *server, rest time.Duration) error {
	c, err := s.compared(ctx)
	if err != nil {
		return err
	}
	w.cases, w.alive = c.checked, c.checked-c.repaired-c.failed
	if w.comparing, err = s.cpu(); err != nil {
		return err
	}
	time.Sleep(rest / 3)
	before, err := s.cpu()
	if err != nil {
		return err
	}
	time.Sleep(rest)
	after, err := s.cpu()
	if err != nil {
		return err
	}
	w.core = 100 * (after - before).Seconds() / rest.Seconds()
	w.resident, err = s.resident()
	return err
}

// newCases takes new cases through the server and through one on an empty record, in
// turns.
func (b *bench) newCases(ctx context.Context, s *server, o waitingOptions, w *waited) (err error) {
	empty, err := b.start(ctx, sluss, s.database, filepath.Join(b.dir, s.database+"-empty"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, empty.stop()) }()
	order := rand.New(rand.NewPCG(rand.Uint64(), 0))
	rate := measures[0].of
	for range o.rounds {
		done, err := b.takeTurns(ctx, order, map[string]*server{"full": s, "empty": empty}, o.clients[0])
		if err != nil {
			return err
		}
		full, bare := rate(done["full"]), rate(done["empty"])
		w.full, w.empty, w.ratios = append(w.full, full), append(w.empty, bare), append(w.ratios, full/bare)
	}
	return nil
}

// resident is how much memory the process has now, in megabytes of a million bytes.
func (s *server) resident() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kB, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kB * 1024 / 1e6, err
		}
	}
	return 0, errors.New("the system does not say how much memory the process has")
}

// kill ends the server without asking it.
func (s *server) kill() {
	s.stopped = true
	_ = s.cmd.Process.Signal(syscall.SIGKILL)
	<-s.ended
	_ = s.log.Close()
}
