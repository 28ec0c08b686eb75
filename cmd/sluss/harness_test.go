//go:build !slim

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sluss/api/client"
)

// scratch is the folder of everything that the tests write. It is gone when they
// end.
var scratch string

func TestMain(m *testing.M) {
	if options := os.Getenv(temporalVariable); options != "" {
		os.Exit(runTemporal(options))
	}
	os.Exit(func() int {
		removeStale()
		var err error
		if scratch, err = os.MkdirTemp("", "sluss-test-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch)
		defer func() { closeChromium() }()
		if code := m.Run(); code != 0 || allLookedAt() {
			return code
		}
		return 1
	}())
}

// removeStale removes what earlier tests left behind that were killed: folders
// that are older than any run of these tests can be.
func removeStale() {
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), "sluss-test-*")) // the pattern is sound
	for _, folder := range folders {
		if info, err := os.Stat(folder); err == nil && time.Since(info.ModTime()) > 3*time.Hour {
			_ = os.RemoveAll(folder) // another's folder stays where it is
		}
	}
}

// inCI is the first value where what comes into main is tried, and the second where
// somebody waits for the answer.
func inCI[T any](thorough, quick T) T {
	if os.Getenv("CI") == "true" {
		return thorough
	}
	return quick
}

// Four builds of the program: the released one and the one without an engine, and of
// each one that can be told where to die and asked what a case's process knows.
var (
	slim       = sync.OnceValues(func() (string, error) { return build("sluss-slim", "-tags", "slim") })
	released   = sync.OnceValues(func() (string, error) { return build("sluss") })
	mortal     = sync.OnceValues(func() (string, error) { return build("sluss-mortal", "-tags", "failpoint") })
	slimMortal = sync.OnceValues(func() (string, error) { return build("sluss-slim-mortal", "-tags", "slim failpoint") })
)

func build(name string, flags ...string) (string, error) {
	file := filepath.Join(scratch, name)
	cmd := exec.Command("go", append(append([]string{"build", "-o", file}, flags...), ".")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return file, nil
}

func binary(t testing.TB, built func() (string, error)) string {
	t.Helper()
	file, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// launch is how a server is started. The zero value is the released program on
// the folder's record.
type launch struct {
	// mortal takes the build with failpoints, failpoint names the one to die at.
	mortal    bool
	failpoint string
	// hang makes the mortal build's first recording hang once it has committed.
	hang bool
	// longAfter makes the mortal build's cases continue as new after so many
	// events.
	longAfter int
	demo      bool
	// next takes the next release, with failpoints.
	next bool
	// more are further flags, env further variables of the environment.
	more, env []string
}

// server is a running program.
type server struct {
	t       testing.TB
	cmd     *exec.Cmd
	address string
	// ready is how long the program took from its start to its ready line.
	ready  time.Duration
	ended  chan struct{}
	output *output
}

// start starts the program in the world's data folder and waits until it says
// that it is ready. It is killed when the test ends.
func (w *world) start(l launch) *server {
	w.t.Helper()
	s := w.spawn(l)
	select {
	case address := <-s.output.ready:
		s.ready, s.address = time.Since(s.output.began), address
	case <-s.ended:
		w.t.Fatalf("the server ended before it was ready: %v\n%s", s.cmd.ProcessState, s.output.tail())
	case <-time.After(time.Minute):
		w.t.Fatalf("the server is not ready after a minute\n%s", s.output.tail())
	}
	w.server = s
	if w.base != s.address {
		w.base = s.address
	}
	if l.demo {
		w.readDemoPeople()
	}
	return s
}

// spawn starts the program and does not wait.
func (w *world) spawn(l launch) *server {
	w.t.Helper()
	built := released
	switch {
	case l.next:
		built = nextMortal
	case l.mortal, l.failpoint != "", l.longAfter > 0:
		built = mortal
	}
	args := []string{"serve", "--listen", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0", "--data-dir", w.dir}
	if w.url != "" {
		args = append(args, "--database-url", w.url)
	}
	if l.demo {
		args = append(args, "--demo")
	}
	return w.run(binary(w.t, built), l.environment(), append(args, l.more...)...)
}

// environment is what tells the mortal builds how to behave.
func (l launch) environment() []string {
	environment := append([]string{"SLUSS_FAILPOINT=" + l.failpoint, "SLUSS_LONG_AFTER=" + strconv.Itoa(l.longAfter)}, l.env...)
	if l.hang {
		environment = append(environment, "SLUSS_HANG=1")
	}
	return environment
}

// run starts a program and does not wait. It is killed when the test ends.
func (w *world) run(program string, environment []string, args ...string) *server {
	w.t.Helper()
	s := &server{t: w.t, cmd: exec.Command(program, args...), ended: make(chan struct{})}
	s.cmd.Env = append(withoutSettings(os.Environ()), environment...)
	s.output = capture(w.t, s.cmd)
	startWithUs(w.t, s.cmd)
	w.logs = append(w.logs, s.output)
	go func() {
		s.output.reading.Wait()
		_ = s.cmd.Wait() // how it ended stands in ProcessState
		close(s.ended)
	}()
	w.t.Cleanup(s.kill)
	return s
}

// withoutSettings leaves out what would change how the program runs.
func withoutSettings(environment []string) []string {
	var kept []string
	for _, v := range environment {
		if !strings.HasPrefix(v, "SLUSS_") && !strings.HasPrefix(v, "TEMPORAL_") {
			kept = append(kept, v)
		}
	}
	return kept
}

// starter starts processes on a thread that lives as long as the tests: on Linux
// a process can ask to be killed when the thread that started it is gone.
var starter = sync.OnceValue(func() chan<- func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for job := range jobs {
			job()
		}
	}()
	return jobs
})

// startWithUs starts a process that does not outlive the tests.
func startWithUs(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	dieWithUs(cmd)
	result := make(chan error)
	starter() <- func() { result <- cmd.Start() }
	if err := <-result; err != nil {
		t.Fatal(err)
	}
}

// kill ends the program without warning, as a power cut does to a process.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may be dead already
	<-s.ended
}

// died waits until the program has killed itself.
func (s *server) died() {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(underLoad * 20 * time.Second):
		s.t.Fatalf("the server did not die\n%s", s.output.tail())
	}
	if status := s.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		s.t.Fatalf("the server ended by %v and not by its failpoint\n%s", s.cmd.ProcessState, s.output.tail())
	}
}

// stop asks the program to stop and requires that it does so in order.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatalf("stop the server: %v", err)
	}
	s.exits(0)
}

// exits waits until the program has ended with the given code.
func (s *server) exits(code int) {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(underLoad * 30 * time.Second):
		s.t.Fatalf("the server has not ended\n%s", s.output.tail())
	}
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.t.Fatalf("the server ended with %d, want %d\n%s", got, code, s.output.tail())
	}
}

// output is what a program prints.
type output struct {
	began   time.Time
	ready   chan string
	waits   chan string
	reading sync.WaitGroup

	mu     sync.Mutex
	stderr strings.Builder
}

const (
	readyLine = "Sluss is ready on "
	worksLine = "Sluss works on cases"
	waitsLine = "Sluss was restored from a backup and waits for another administrator (sluss restore approve) on "
)

// capture reads what a program that is about to start will print.
func capture(t testing.TB, cmd *exec.Cmd) *output {
	t.Helper()
	o := &output{began: time.Now(), ready: make(chan string, 1), waits: make(chan string, 1)}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	o.reading.Go(func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if address, ok := strings.CutPrefix(lines.Text(), readyLine); ok {
				o.ready <- address
			}
			if lines.Text() == worksLine {
				o.ready <- ""
			}
			if address, ok := strings.CutPrefix(lines.Text(), waitsLine); ok {
				o.waits <- address
			}
		}
	})
	o.reading.Go(func() {
		for lines := bufio.NewReader(stderr); ; {
			line, err := lines.ReadString('\n')
			o.mu.Lock()
			o.stderr.WriteString(line)
			o.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	return o
}

// log is everything that the program has written to its log.
func (o *output) log() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stderr.String()
}

// tail is the end of the log, for messages.
func (o *output) tail() string {
	text := o.log()
	return text[max(0, len(text)-4000):]
}

// wire keeps connections to the servers open, so that many clients do not run
// out of ports. It waits longer than a server takes to give a request up.
var wire = &http.Client{
	Timeout:   90 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 128},
}

// fixedAddress is a free address, for a server that is to come back at the same
// place.
func fixedAddress(t testing.TB) []string {
	t.Helper()
	return []string{"--listen", net.JoinHostPort("127.0.0.1", strconv.Itoa(freePorts(t, 1)))}
}

// as returns a client that speaks for a person, by user name.
func (w *world) as(user string) *client.Client {
	token, known := w.tokens[user]
	if !known {
		w.t.Errorf("nobody is called %s", user)
	}
	return &client.Client{Base: w.base, Token: token, Language: "en", HTTP: wire}
}

// readDemoPeople takes the tokens that a demo has written.
func (w *world) readDemoPeople() {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "demo-people.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	var file demoPeople
	if err := json.Unmarshal(text, &file); err != nil {
		w.t.Fatal(err)
	}
	for _, p := range file.People {
		w.tokens[p.User] = p.Token
	}
}

// eventually polls until check returns nil, and fails with its last complaint when
// underLoad times the limit is over: what has to happen at all must not depend on what
// else the machine does. It returns how long it took.
func eventually(t testing.TB, limit time.Duration, check func(context.Context) error) time.Duration {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), underLoad*limit)
	defer cancel()
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		err := check(ctx)
		if err == nil {
			return time.Since(began)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			t.Fatalf("not within %s: %v", underLoad*limit, err)
		}
	}
}
