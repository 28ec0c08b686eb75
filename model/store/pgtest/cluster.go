//go:build unix

package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	startTimeout = time.Minute
	superuser    = "postgres"
)

// cluster is a server that this process has started.
type cluster struct {
	folder   string
	programs string
	options  options
	password string
	as       *syscall.SysProcAttr // how its programs are run
	process  *os.Process
	ended    chan struct{} // closed when the process has
}

// startServer starts a server in a temporary folder.
func startServer(o options) (*server, error) {
	c, err := newCluster(o)
	if err != nil {
		return nil, err
	}
	address, err := c.start()
	if err != nil {
		return nil, err
	}
	return newServer(address), nil
}

// newCluster makes the files of a server that does not run yet.
func newCluster(o options) (*cluster, error) {
	programs, err := findServer()
	if err != nil {
		return nil, err
	}
	removeStale(os.TempDir())
	folder, err := newFolder()
	if err != nil {
		return nil, err
	}
	c := &cluster{folder: folder, programs: programs, options: o, password: rand.Text()}
	if c.as, err = unprivileged(folder); err != nil {
		return nil, err
	}
	if err := c.init(); err != nil {
		return nil, fmt.Errorf("initdb: %w", err)
	}
	return c, nil
}

// unprivileged says how to run programs that refuse to be run by root: by root
// as another user, to whom the folder is given; by anybody else as they are.
// The programs get a process group of their own, so that an interrupt at the
// keyboard does not reach them before what cleans up after them.
func unprivileged(folder string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() != 0 {
		return attr, nil
	}
	uid, gid, err := anotherUser()
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	return attr, os.Chown(folder, int(uid), int(gid))
}

// init makes the files of an empty server.
func (c *cluster) init() error {
	// A password, because every user of the machine can reach the port.
	file := filepath.Join(c.folder, "password")
	if err := os.WriteFile(file, []byte(c.password), 0o644); err != nil { // the folder is for its owner only
		return err
	}
	cmd := c.command("initdb",
		"--pgdata", c.data(), "--username", superuser, "--auth", "scram-sha-256", "--pwfile", file,
		"--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// start runs the server on a free loopback port and returns the URL of its
// database postgres once it answers.
func (c *cluster) start() (*url.URL, error) {
	const attempts = 5
	var err error
	for range attempts {
		var port int
		if port, err = freePort(); err != nil {
			return nil, err
		}
		if err = c.run(port); err == nil {
			return c.address(port), nil
		}
		if !errors.Is(err, errEnded) {
			break
		}
		// Perhaps somebody else took the port in between.
	}
	return nil, err
}

var errEnded = errors.New("the server ended")

// address is the URL of the database postgres of a server that listens on a port.
func (c *cluster) address(port int) *url.URL {
	return &url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, c.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path:     "/postgres",
		RawQuery: "sslmode=disable",
	}
}

// run runs the server on the port and waits until it answers.
func (c *cluster) run(port int) error {
	log, err := os.Create(filepath.Join(c.folder, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := c.command("postgres", append([]string{"-D", c.data()}, c.settings(port)...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	c.process, c.ended = cmd.Process, ended
	go func() {
		_ = cmd.Wait() // what went wrong is in the log
		close(ended)
	}()

	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, c.address(port).String())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-tick.C:
		case <-ended:
			return fmt.Errorf("%w:\n%s", errEnded, c.logTail())
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w\n%s", err, c.logTail())
		}
	}
}

func (c *cluster) settings(port int) []string {
	settings := []string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(port),
		"unix_socket_directories=",
		"max_connections=400",
		"max_wal_senders=0",
		"wal_level=minimal",
		"log_checkpoints=off",
		"jit=off",
	}
	if !c.options.durable {
		settings = append(settings, "shared_buffers=32MB", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
	}
	args := make([]string, 0, 2*len(settings))
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	return args
}

// command prepares a program of the server. It gets nothing of this process's
// environment that could change what it does.
func (c *cluster) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.programs, program), args...)
	cmd.Dir = c.folder
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=" + c.programs + ":" + os.Getenv("PATH")}
	cmd.SysProcAttr = c.as
	return cmd
}

func (c *cluster) data() string { return filepath.Join(c.folder, "data") }

// logTail returns the end of what the server has to say.
func (c *cluster) logTail() string {
	f, err := os.Open(filepath.Join(c.folder, "log"))
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	const most = 4 << 10
	if info, err := f.Stat(); err == nil && info.Size() > most {
		_, _ = f.Seek(-most, io.SeekEnd)
	}
	b, _ := io.ReadAll(f)
	return strings.TrimSpace(string(bytes.ToValidUTF8(b, nil)))
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
