//go:build unix

package pgtest

import (
	"bufio"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const holdVariable = "SLUSS_PGTEST_HOLD"

// TestHold is the process that TestNothingIsLeftBehind ends: it starts a
// server, says where, and waits.
func TestHold(t *testing.T) {
	if os.Getenv(holdVariable) == "" {
		return
	}
	s, err := startServer(options{})
	if err != nil {
		t.Fatal(err)
	}
	lock := held.files[len(held.files)-1].Name()
	os.Stdout.WriteString("\nheld " + filepath.Dir(lock) + " " + s.base.Host + "\n")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	NewDatabase(t, nil) // skips where there is no PostgreSQL
	for name, end := range map[string]func(*exec.Cmd, interface{ Close() error }) error{
		"killed":  func(cmd *exec.Cmd, _ interface{ Close() error }) error { return cmd.Process.Kill() },
		"stopped": func(_ *exec.Cmd, stdin interface{ Close() error }) error { return stdin.Close() },
		"interrupted": func(cmd *exec.Cmd, _ interface{ Close() error }) error {
			return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) // as the keyboard does: the whole group
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestHold$")
			cmd.Env = append(os.Environ(), holdVariable+"=1")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			folder, address := readHeld(t, bufio.NewScanner(stdout))
			if !reachable(address) {
				t.Errorf("no server at %s", address)
			}
			if err := end(cmd, stdin); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // killed or not, the process has ended
			eventually(t, "the server is gone", func() bool { return !reachable(address) })
			eventually(t, "its folder is gone", func() bool {
				_, err := os.Stat(folder)
				return errors.Is(err, fs.ErrNotExist)
			})
		})
	}
}

func readHeld(t *testing.T, lines *bufio.Scanner) (folder, address string) {
	t.Helper()
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) == 3 && words[0] == "held" {
			return words[1], words[2]
		}
	}
	t.Fatal("the process ended before it held a server")
	return "", ""
}

func reachable(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func TestStaleFoldersAreRemoved(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	folder := func(name string) string {
		path := filepath.Join(parent, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write := func(path string) {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour)

	abandoned := folder(folderPrefix + "abandoned")
	write(filepath.Join(abandoned, lockName))
	unfinished := folder(folderPrefix + "unfinished")
	if err := os.Chtimes(unfinished, old, old); err != nil {
		t.Fatal(err)
	}
	justMade := folder(folderPrefix + "just-made")
	foreign := folder("something-else")
	if err := os.Chtimes(foreign, old, old); err != nil {
		t.Fatal(err)
	}
	inUse := folder(folderPrefix + "in-use")
	if err := lockFolder(inUse); err != nil {
		t.Fatal(err)
	}

	removeStale(parent)
	for path, want := range map[string]bool{abandoned: false, unfinished: false, justMade: true, foreign: true, inUse: true} {
		_, err := os.Stat(path)
		if got := err == nil; got != want {
			t.Errorf("%s: still there is %v, want %v", filepath.Base(path), got, want)
		}
	}
}
