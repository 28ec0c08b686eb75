//go:build !slim

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	temporal "go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"sluss/api/client"
	"sluss/deploy/engine/enginetest"
	"sluss/model"
	"sluss/workflows/contract"
)

// temporalVariable makes this test binary run a Temporal server instead of tests. Its
// value is the server's options.
const temporalVariable = "TEMPORAL_SERVER_FOR_TESTS"

func runTemporal(options string) int {
	var o enginetest.ExternalOptions
	err := json.Unmarshal([]byte(options), &o)
	if err == nil {
		var server interface{ Start() error }
		if server, err = enginetest.External(o); err == nil {
			err = server.Start() // until it is asked to stop
		}
	}
	fmt.Fprintln(os.Stderr, "temporal:", err)
	return 1
}

// cluster is an external Temporal server with api and worker processes of the slim
// build beside it, which share a record in PostgreSQL and a data folder.
type cluster struct {
	*world
	options  enginetest.ExternalOptions
	running  *server  // the Temporal server
	temporal string   // its address
	record   string   // its URL for the role that cannot change the log
	apis     []string // their addresses
}

// newCluster starts a Temporal server, which nobody has prepared, for a record in
// PostgreSQL. Its port is chosen.
func newCluster(w *world, o enginetest.ExternalOptions) *cluster {
	w.t.Helper()
	o.Port = freePorts(w.t, 4)
	c := &cluster{world: w, record: withRoles(w).app, options: o, temporal: net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port))}
	c.startTemporal()
	return c
}

// startTemporal starts the Temporal server, on the state that it left, and waits until
// it answers.
func (c *cluster) startTemporal() {
	c.t.Helper()
	options, err := json.Marshal(c.options)
	if err != nil {
		c.t.Fatal(err)
	}
	c.running = c.run(os.Args[0], []string{temporalVariable + "=" + string(options)})
	eventually(c.t, time.Minute, func(ctx context.Context) error {
		conn, err := temporal.DialContext(ctx, c.clientOptions())
		if err == nil {
			conn.Close()
		}
		return err
	})
}

func (c *cluster) clientOptions() temporal.Options {
	return temporal.Options{
		HostPort: c.temporal, Namespace: contract.Namespace, Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	}
}

// nextPort counts the ports that were given out, from somewhere on.
var nextPort atomic.Int64

func init() { nextPort.Store(rand.Int64N(1 << 32)) }

// freePorts finds n free ports in a row and returns the first. Whoever has them can give
// them up and take them again: they are below those that outgoing connections take, and
// no other test gets them.
func freePorts(t testing.TB, n int) int {
	t.Helper()
	for range 100 {
		port, held, err := 10_000+int((nextPort.Add(int64(n))-int64(n))%20_000), []net.Listener(nil), error(nil)
		for len(held) < n && err == nil {
			var next net.Listener
			if next, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+len(held)))); err == nil {
				held = append(held, next)
			}
		}
		for _, l := range held {
			_ = l.Close()
		}
		if err == nil {
			return port
		}
	}
	t.Fatalf("there are no %d free ports in a row", n)
	return 0
}

// slim runs a command of the slim build to its end.
func (c *cluster) slim(args ...string) (string, error) {
	c.t.Helper()
	cmd := exec.Command(binary(c.t, slim), append(args, c.flags()...)...)
	cmd.Env = withoutSettings(os.Environ())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *cluster) flags() []string {
	return []string{"--temporal-address", c.temporal, "--database-url", c.record, "--data-dir", c.dir, "--database-conns", "8"}
}

// process starts an api or a worker and waits until it is ready.
func (c *cluster) process(command string, more ...string) *server {
	c.t.Helper()
	s := c.run(binary(c.t, slim), nil, append(append([]string{command}, c.flags()...), more...)...)
	s.works()
	return s
}

// works waits until an api or a worker is ready.
func (s *server) works() {
	s.t.Helper()
	select {
	case s.address = <-s.output.ready:
	case <-s.ended:
		s.t.Fatalf("it ended before it was ready: %v: %v\n%s", s.cmd.Args, s.cmd.ProcessState, s.output.tail())
	case <-time.After(time.Minute):
		s.t.Fatalf("it is not ready after a minute: %v\n%s", s.cmd.Args, s.output.tail())
	}
}

// balanced serves the api processes at one address, each request at the next of them.
func (c *cluster) balanced() {
	var turn atomic.Int64
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			at, err := url.Parse(c.apis[int(turn.Add(1))%len(c.apis)])
			if err != nil {
				panic(err)
			}
			r.SetURL(at)
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	balancer := httptest.NewServer(proxy)
	c.t.Cleanup(balancer.Close)
	c.base = balancer.URL
}

// TestCluster takes cases through two api and two worker processes, while one of each
// is killed and one of each is asked to stop and started anew: nothing that was
// acknowledged is lost, nothing is done twice, and nothing is left waiting.
func TestCluster(t *testing.T) {
	t.Parallel()
	c := newCluster(onPostgres(t), enginetest.ExternalOptions{})
	if out, err := c.slim("worker"); err == nil || !strings.Contains(out, "has no namespace sluss: make it with sluss temporal setup") {
		t.Errorf("without the namespace, the worker says %v %s", err, out)
	}
	for _, says := range []string{"is made", "is there"} {
		if out, err := c.slim("temporal", "setup"); err != nil || !strings.Contains(out, "the namespace sluss "+says) {
			t.Fatalf("%v\n%s", err, out)
		}
	}

	apis, workers := c.staffed()
	c.listed()
	c.crowded()

	const clients = 6
	st := &stubborn{t: t, w: c.world, acknowledged: make(chan struct{}, 4096)}
	var working sync.WaitGroup
	for n := range clients {
		working.Go(func() { st.work(teamOf(n)) })
	}
	underWay := func() {
		t.Helper()
		for range 2 * clients {
			select {
			case <-st.acknowledged:
			case <-time.After(time.Minute):
				t.Fatal("nothing is acknowledged any more")
			}
		}
	}
	began := time.Now()
	underWay()
	apis[0].kill()
	underWay()
	apis[0] = c.process("api", "--listen", strings.TrimPrefix(c.apis[0], "http://"))
	workers[0].kill()
	underWay()
	workers[0] = c.process("worker")
	apis[1].stop()
	underWay()
	apis[1] = c.process("api", "--listen", strings.TrimPrefix(c.apis[1], "http://"))
	stopping := time.Now()
	workers[1].stop()
	stopped := time.Since(stopping)
	underWay()
	workers[1] = c.process("worker")
	underWay()
	st.enough.Store(true)
	working.Wait()
	t.Logf("%d acts in %s, %d answers lost and asked for again; a worker stopped in %s",
		st.acts.Load(), time.Since(began).Round(time.Millisecond), st.lost.Load(), stopped.Round(time.Millisecond))

	c.stopAndCheck(append(apis, workers...))
}

// killing is for how long processes are killed, 0 for a short while.
var killing = flag.Duration("cluster.killing", 0, "`how long` processes of a cluster are killed, one api and one worker every ten seconds")

// TestKilledEveryTenSeconds kills one of two api and one of two worker processes every
// ten seconds while people decide, and starts them anew.
//
//	go test ./cmd/sluss -run KilledEveryTenSeconds -cluster.killing 10m -timeout 0 -v
func TestKilledEveryTenSeconds(t *testing.T) {
	t.Parallel()
	c := newCluster(onPostgres(t), enginetest.ExternalOptions{})
	if out, err := c.slim("temporal", "setup"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	apis, workers := c.staffed()
	st := &stubborn{t: t, w: c.world, acknowledged: make(chan struct{})}
	go func() {
		for range st.acknowledged { // nobody waits for a single act
		}
	}()
	var working sync.WaitGroup
	for n := range 6 {
		working.Go(func() { st.work(teamOf(n)) })
	}
	const pause = 10 * time.Second
	kills := max(2, int(cmp.Or(*killing, inCI(3*pause, pause))/pause))
	for n := range kills {
		before := st.acts.Load()
		<-time.After(pause)
		if st.acts.Load() == before {
			t.Error("nothing was acknowledged since the last kill")
		}
		i := n % 2
		apis[i].kill()
		workers[i].kill()
		apis[i], workers[i] = c.process("api", "--listen", strings.TrimPrefix(c.apis[i], "http://")), c.process("worker")
	}
	st.enough.Store(true)
	working.Wait()
	close(st.acknowledged)
	slices.Sort(st.decided)
	share := func(of int) time.Duration {
		return st.decided[(len(st.decided)-1)*of/100].Round(time.Millisecond)
	}
	t.Logf("%d kills of an api and a worker: %d acts, %d answers lost and asked for again; %d decisions: p50 %s, p95 %s, p99 %s, longest %s",
		kills, st.acts.Load(), st.lost.Load(), len(st.decided), share(50), share(95), share(99), share(100))
	c.stopAndCheck(append(apis, workers...))
}

// staffed starts two worker and two api processes and serves the latter at one address.
func (c *cluster) staffed() (apis, workers []*server) {
	c.t.Helper()
	workers = []*server{c.process("worker"), c.process("worker")}
	for range 2 {
		at := fixedAddress(c.t)
		apis = append(apis, c.process("api", at...))
		c.apis = append(c.apis, "http://"+at[1])
	}
	c.server = apis[0] // whose log is shown
	c.balanced()
	return apis, workers
}

// stopAndCheck waits until nothing is under way, checks everything and stops the
// processes.
func (c *cluster) stopAndCheck(processes []*server) {
	c.t.Helper()
	check := c.checker()
	eventually(c.t, 40*time.Second, func(context.Context) error { return check.settled() })
	check.recordHolds()
	c.knowsAll(check)
	for _, s := range processes {
		s.stop()
	}
}

// listed begins a list at one api process and goes on at the other.
func (c *cluster) listed() {
	c.t.Helper()
	g := teamOf(21)
	for range 2 {
		c.open(g, intake(c.t, spelling))
	}
	var page struct {
		Items []struct {
			ID string `json:"case_id"`
		} `json:"items"`
		Next string `json:"next_cursor"`
	}
	seen := map[string]bool{}
	for _, at := range c.apis {
		from := c.as(g.who(model.RoleProjectOwner))
		from.Base = at
		path := v1 + "/cases?limit=1"
		if page.Next != "" {
			path += "&cursor=" + url.QueryEscape(page.Next)
		}
		if _, err := from.Do(context.Background(), client.Call{Method: "GET", Path: path}, &page); err != nil || len(page.Items) != 1 {
			c.t.Fatalf("%s: %v, %v", path, page, err)
		}
		seen[page.Items[0].ID] = true
	}
	if len(seen) != 2 {
		c.t.Errorf("two pages show %v", seen)
	}
}

// crowded has more acts on one case on their way at once, through both api processes,
// than the server takes: one wins, and nobody is told that the server was busy.
func (c *cluster) crowded() {
	c.t.Helper()
	one := c.open(teamOf(20), intake(c.t, minutes))
	one.submit()
	manager := one.task(model.StageManager, model.TaskEndorse)
	call, user := manager.answer(model.OutcomeEndorse), manager.c.team.who(model.RoleManager)
	tally := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 16 { // each process lets eight through at once
		all.Go(func() {
			mine := call
			mine.Key = client.NewKey()
			as := c.as(user)
			as.Base = c.apis[i%2]
			a, err := as.Send(context.Background(), mine)
			if err != nil {
				c.t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			tally[a.Status]++
		})
	}
	all.Wait()
	if tally[200] != 1 || tally[200]+tally[409]+tally[412] != 16 {
		c.t.Errorf("the answers are %v, want one 200 and otherwise 409 and 412", tally)
	}
}

// knowsAll compares every case's process with its rows.
func (c *cluster) knowsAll(check *checker) {
	c.t.Helper()
	conn, err := temporal.DialContext(c.t.Context(), c.clientOptions())
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	room := &engineRoom{c: conn}
	for _, id := range check.cases() {
		eventually(c.t, 40*time.Second, func(ctx context.Context) error { return check.knows(ctx, id, room.state) })
	}
}

// TestRestoredBesideTemporal: where a record is put back from a time at which cases were
// drafts, the Temporal server still has the processes of their submissions. One that was
// under way then is carried out, and another one can be handed in.
func TestRestoredBesideTemporal(t *testing.T) {
	t.Parallel()
	c := newCluster(onPostgres(t), enginetest.ExternalOptions{})
	c.employ()
	if out, err := c.slim("temporal", "setup"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c.server = c.process("api", fixedAddress(t)...)
	c.base = c.server.address
	underWay, draft := c.open(teamOf(0), intake(t, minutes)), c.open(teamOf(1), intake(t, minutes))
	sent := underWay.submission()
	if a, err := c.try(underWay.owner(), sent); err != nil || a.Status != http.StatusServiceUnavailable {
		t.Fatalf("with no worker: %d %s %v", a.Status, a.Body, err)
	}
	there := c.copied()
	worker := c.process("worker")
	check := c.checker()
	eventually(t, time.Minute, func(context.Context) error { return check.settled() })
	draft.submit()
	c.must(draft.owner(), draft.post("/withdrawal", map[string]any{"reason": "Behövs inte längre."}))
	worker.stop()
	c.server.stop()

	if out, err := there.restore("adam", ""); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	start, stop := c.onRestored(there)
	start()
	there.approve("eva")
	draft.in(there).submit()
	check = there.checker()
	eventually(t, time.Minute, func(context.Context) error { return check.settled() })
	stop()
}

// TestStopsWhileAnActWaits: an api process that is asked to stop while nobody carries
// out what it has accepted answers that, ends in order, and another one carries it out.
func TestStopsWhileAnActWaits(t *testing.T) {
	t.Parallel()
	c := newCluster(onPostgres(t), enginetest.ExternalOptions{})
	if out, err := c.slim("temporal", "setup"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	at := fixedAddress(t)
	api := c.process("api", at...)
	c.server, c.base = api, api.address
	draft := c.open(teamOf(0), intake(t, minutes))
	sent, answered := draft.submission(), make(chan int, 1)
	go func() {
		a, err := c.try(draft.owner(), sent)
		if err != nil {
			t.Error(err)
		}
		answered <- a.Status
	}()
	check := c.checker()
	eventually(t, 10*time.Second, func(context.Context) error {
		if check.settled() == nil {
			return errors.New("nothing is pending")
		}
		return nil
	})
	api.stop()
	if status := <-answered; status != http.StatusServiceUnavailable {
		t.Errorf("the act is answered %d, want 503", status)
	}
	c.process("worker")
	c.process("api", at...)
	eventually(t, time.Minute, func(context.Context) error { return check.settled() })
	c.must(draft.owner(), sent)
	draft.is(model.ManagerReview)
}

// TestWorkerTellsHowItIs: a worker serves its metrics and whether it is ready, and the
// doctor what is wrong with the Temporal server.
func TestWorkerTellsHowItIs(t *testing.T) {
	t.Parallel()
	c := newCluster(onPostgres(t), enginetest.ExternalOptions{})
	doctor := func() map[string]string {
		out, _ := c.slim("doctor", "--json") // it ends with 1 for any fault
		var report struct {
			Symptoms []struct{ Check, Status string }
		}
		if err := json.Unmarshal([]byte(out[:max(0, strings.LastIndex(out, "}")+1)]), &report); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		found := map[string]string{}
		for _, s := range report.Symptoms {
			found[s.Check] = s.Status
		}
		return found
	}
	if found := doctor(); found["temporal"] != "ok" || found["namespace"] != "fault" {
		t.Errorf("without the namespace: %v", found)
	}
	if out, err := c.slim("temporal", "setup"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if found := doctor(); found["temporal"] != "ok" || found["namespace"] != "ok" {
		t.Errorf("with the namespace: %v", found)
	}

	w := c.process("worker", "--metrics-address", "127.0.0.1:0")
	var at []string
	eventually(t, 10*time.Second, func(context.Context) error {
		if at = metricsServed.FindStringSubmatch(w.output.log()); at == nil {
			return errors.New("the log does not say where the metrics are")
		}
		return nil
	})
	ask := func(path string) (int, string) {
		a, err := wire.Get("http://" + at[1] + path)
		if err != nil {
			return 0, err.Error()
		}
		defer a.Body.Close()
		text, err := io.ReadAll(a.Body)
		if err != nil {
			return 0, err.Error()
		}
		return a.StatusCode, string(text)
	}
	has := func(path string, status int, says ...string) {
		t.Helper()
		eventually(t, 30*time.Second, func(context.Context) error {
			got, text := ask(path)
			if got != status || slices.ContainsFunc(says, func(s string) bool { return !strings.Contains(text, s) }) {
				return fmt.Errorf("%s: %d %s, want %d and %q", path, got, text, status, says)
			}
			return nil
		})
	}
	has("/livez", 200, `"ok"`)
	has("/readyz", 200, `"name":"database","ok":true`, `"name":"engine","ok":true`, `"name":"worker","ok":true`)
	has("/metrics", 200, `sluss_build_info{command="worker"`, "process_cpu_seconds_total")
	has("/api/v1/api-info", 404)

	address := fixedAddress(t)
	api := c.process("api", append(address, "--metrics-address", "")...)
	c.base, c.server = "http://"+address[1], api
	c.open(teamOf(0), intake(t, spelling)).submit()
	has("/metrics", 200, `sluss_activity_duration_seconds_count{activity="RecordTransition",outcome="done"}`)

	c.running.kill()
	has("/readyz", 503, `"name":"engine","ok":false,"code":"unreachable"`, `"name":"database","ok":true`)
	has("/livez", 200)
	if found := doctor(); found["temporal"] != "fault" {
		t.Errorf("without the server: %v", found)
	}
	w.kill()
	api.kill()
}

// TestTemporalSettings: what is not set here is read where every Temporal client reads
// it, and what is set wins.
func TestTemporalSettings(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEMPORAL_CONFIG_FILE", "")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for name, tt := range map[string]struct {
		environment        map[string]string
		set                temporalSettings
		address, namespace string
		tls                bool
	}{
		"flags":       {nil, temporalSettings{address: "flag:1"}, "flag:1", "sluss", false},
		"environment": {map[string]string{"TEMPORAL_ADDRESS": "env:1", "TEMPORAL_NAMESPACE": "theirs"}, temporalSettings{}, "env:1", "theirs", false},
		"both": {
			map[string]string{"TEMPORAL_ADDRESS": "env:1", "TEMPORAL_NAMESPACE": "theirs"},
			temporalSettings{address: "flag:1", namespace: "ours"}, "flag:1", "ours", false,
		},
		"an API key is never sent in the clear": {nil, temporalSettings{address: "flag:1", keyFile: key}, "flag:1", "sluss", true},
		"TLS":                                   {map[string]string{"TEMPORAL_TLS": "true"}, temporalSettings{address: "flag:1"}, "flag:1", "sluss", true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_TLS", "TEMPORAL_API_KEY"} {
				if v, ok := tt.environment[variable]; ok {
					t.Setenv(variable, v)
				}
			}
			o, err := tt.set.clientOptions(slog.New(slog.DiscardHandler))
			if err != nil || o.HostPort != tt.address || o.Namespace != tt.namespace || (o.ConnectionOptions.TLS != nil) != tt.tls {
				t.Errorf("%s %s, TLS %t, %v", o.HostPort, o.Namespace, o.ConnectionOptions.TLS != nil, err)
			}
			if (tt.set.keyFile != "") != (o.Credentials != nil) {
				t.Errorf("the credentials are %v", o.Credentials)
			}
		})
	}
}

// TestClusterNeeds names what is missing before anything is touched.
func TestClusterNeeds(t *testing.T) {
	for _, name := range []string{"TEMPORAL_ADDRESS", "TEMPORAL_CONFIG_FILE", "HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, "")
	}
	dir := filepath.Join(t.TempDir(), "data")
	for _, tt := range []struct{ args, names string }{
		{"api", "--database-url"},
		{"worker", "--database-url"},
		{"worker --database-url sqlite:x", "postgres://"},
		{"api --demo --database-url postgres://127.0.0.1:1/x", "--demo"},
		{"temporal setup", "--temporal-address"},
		{"temporal setup --temporal-address 127.0.0.1:1 --temporal-api-key-file nothing", "--temporal-api-key-file"},
		{"serve --temporal-address 127.0.0.1:1", "sluss api"},
		{"serve --engine-database-url postgres://127.0.0.1:1/x", "--engine-database-url"},
	} {
		_, _, err := sluss(t, append(strings.Fields(tt.args), "--data-dir", dir)...)
		if err == nil || !strings.Contains(err.Error(), tt.names) {
			t.Errorf("sluss %s: %v, want it to name %s", tt.args, err, tt.names)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("a data folder was made: %v", err)
	}
}
