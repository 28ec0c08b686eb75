//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	folderPrefix = "sluss-pgtest-"
	lockName     = "lock"
)

// held are the files that say that this process lives: the system closes them
// when the process ends, in whatever way.
var held struct {
	sync.Mutex
	files []*os.File
}

// hold keeps f open until the process ends.
func hold(f *os.File) {
	held.Lock()
	defer held.Unlock()
	held.files = append(held.files, f)
}

// newFolder makes a temporary folder for a server. When this process is gone,
// the server in it is stopped and the folder removed.
func newFolder() (string, error) {
	folder, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return "", err
	}
	if err := removeAtEnd(folder); err != nil {
		return "", err
	}
	return folder, lockFolder(folder)
}

// lockFolder puts a locked file into the folder. It gets its name once it is
// locked, so that nobody finds it without its lock.
func lockFolder(folder string) error {
	unnamed := filepath.Join(folder, lockName+".new")
	lock, err := os.Create(unnamed)
	if err != nil {
		return err
	}
	hold(lock)
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	return os.Rename(unnamed, filepath.Join(folder, lockName))
}

// cleanUp waits for the end of its input, stops the server and removes the
// folder. The server has stopped when it has removed its pid file; the wait
// for that is bounded, in case it never does. A program that is still setting
// up the files may write while they are removed, but not for long.
const cleanUp = `
read -r _
file="$1/data/postmaster.pid"
if pid=$(head -n 1 "$file") && kill -QUIT "$pid"; then
	n=0
	while [ -e "$file" ] && [ $n -lt 200 ]; do sleep 0.05; n=$((n+1)); done
fi
rm -rf "$1" || { sleep 2; rm -rf "$1"; }
`

// removeAtEnd starts a process that does cleanUp when this one is gone. It
// reads from a pipe that only this process can write to, and never does.
func removeAtEnd(folder string) error {
	input, output, err := os.Pipe()
	if err != nil {
		return err
	}
	defer input.Close()
	hold(output)
	cmd := exec.Command("/bin/sh", "-c", cleanUp, "sh", folder)
	cmd.Dir = "/"
	cmd.Stdin = input
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // out of reach of an interrupt at the keyboard
	return cmd.Start()
}

// removeStale removes the folders in parent that belong to nobody any more,
// because something ended even the process that should have removed them. A
// server that should still run in one stops when it finds its files gone.
func removeStale(parent string) {
	folders, _ := filepath.Glob(filepath.Join(parent, folderPrefix+"*"))
	for _, folder := range folders {
		if isStale(folder) {
			_ = os.RemoveAll(folder) // not ours to remove, or being removed already
		}
	}
}

// isStale says whether nobody holds the lock in the folder. One without lock
// may just have been made.
func isStale(folder string) bool {
	lock, err := os.Open(filepath.Join(folder, lockName))
	if err != nil {
		info, err := os.Stat(folder)
		return err == nil && time.Since(info.ModTime()) > time.Minute
	}
	defer lock.Close()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// anotherUser finds somebody other than root to run the server as.
func anotherUser() (uid, gid uint32, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return uint32(uid), uint32(gid), nil
		}
	}
	return 0, 0, fmt.Errorf("postgres does not run as root, and there is no user postgres or nobody")
}
