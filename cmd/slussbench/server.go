//go:build linux && !slim

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sluss/cmd/slussbench/profile"
	"sluss/model/store/pgtest"
)

// server is a program that serves, in a process of its own.
type server struct {
	name string
	record

	base     string // its address
	seats    []*seat
	finished []string // the cases that were taken through
	profiles int

	cmd     *exec.Cmd
	log     *os.File
	ended   chan error
	stopped bool
	err     error
}

// startTime is how long a server may take until it is ready.
const startTime = time.Minute

// stopTime is how long a server may take to stop when it is asked to.
const stopTime = 30 * time.Second

// record is a record with people, in a folder or in a PostgreSQL database.
type record struct {
	database, dir, url string
	people             tokens
}

// start makes a record in dir, or in a new PostgreSQL database, and starts a program
// on it.
func (b *bench) start(ctx context.Context, name, database, dir string) (*server, error) {
	r, err := b.newRecord(ctx, database, dir)
	if err != nil {
		return nil, fmt.Errorf("make the record: %w", err)
	}
	return b.serve(ctx, name, r)
}

func (b *bench) newRecord(ctx context.Context, database, dir string) (r record, err error) {
	r = record{database: database, dir: dir, url: "sqlite:" + filepath.Join(dir, "record.db")}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, err
	}
	if database == postgres {
		var drop func() error
		if r.url, drop, err = pgtest.Create(ctx, nil, pgtest.Durable()); err != nil {
			return r, err
		}
		b.dropAll = append(b.dropAll, drop)
	}
	r.people, err = populate(ctx, r.url, slices.Max(b.clients))
	return r, err
}

// serve starts a program on a record.
func (b *bench) serve(ctx context.Context, name string, r record) (*server, error) {
	args := []string{"--data-dir", r.dir, "--database-conns", strconv.Itoa(conns)}
	if r.database == postgres {
		args = append(args, "--database-url", r.url)
	}
	s := &server{name: name, record: r, ended: make(chan error, 1)}
	var err error
	if s.base, err = s.run(ctx, b.programs[name], args); err == nil {
		s.seats, err = r.people.seats(s.base)
	}
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// run starts the process and returns the address that it prints when it is
// ready.
func (s *server) run(ctx context.Context, p program, args []string) (string, error) {
	var err error
	if s.log, err = os.Create(filepath.Join(s.dir, s.name+".log")); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, p.path, slices.Concat(p.args, args)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTime
	cmd.Stderr = s.log
	cmd.Env = append(os.Environ(), profile.Variable+"="+filepath.Join(s.dir, "profile"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	s.cmd = cmd
	ready := make(chan string, 1)
	go func() {
		findAddress(out, ready)
		s.ended <- cmd.Wait()
	}()
	select {
	case base := <-ready:
		return base, nil
	case err := <-s.ended:
		s.ended <- err // for stop
		return "", errors.New("it ended before it was ready")
	case <-time.After(startTime):
		return "", fmt.Errorf("it was not ready after %s", startTime)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

var readyLine = regexp.MustCompile(`ready on (http://\S+)`)

// findAddress reads what a server prints until the end and gives the address in
// it.
func findAddress(out io.Reader, ready chan<- string) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := readyLine.FindStringSubmatch(lines.Text()); m != nil {
			ready <- m[1]
			break
		}
	}
	_, _ = io.Copy(io.Discard, out)
}

// lastWords is the end of what the server has logged.
func (s *server) lastWords() string {
	b, _ := os.ReadFile(s.log.Name())
	return string(bytes.TrimSpace(b[max(0, len(b)-2000):]))
}

// stop asks the server to stop and waits for it. It may be called again.
func (s *server) stop() error {
	if s.stopped || s.cmd == nil {
		return s.err
	}
	s.stopped = true
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case s.err = <-s.ended:
	case <-time.After(stopTime):
		_ = s.cmd.Process.Kill()
		s.err = fmt.Errorf("%s did not stop", s.name)
	}
	if s.err != nil {
		s.err = fmt.Errorf("%s: %w\n%s", s.name, s.err, s.lastWords())
	}
	return errors.Join(s.err, s.log.Close())
}

// cpu is the processor time that the process has used so far, in steps of a
// hundredth of a second.
func (s *server) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name, in brackets, may hold anything; what follows it is numbers.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const user, system = 11, 12 // proc(5): fields 14 and 15, of which two are cut off
	var ticks int64
	for _, i := range []int{user, system} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	const perTick = 10 * time.Millisecond // USER_HZ is 100 wherever Go runs on Linux
	return time.Duration(ticks) * perTick, nil
}
