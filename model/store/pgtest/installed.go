//go:build unix

package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// ErrNotInstalled says that this machine has no PostgreSQL server to start.
var ErrNotInstalled = errors.New("no PostgreSQL found")

// Where distributions put the programs of a server, which is rarely in PATH.
var installed = []string{
	"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                   // Fedora, Red Hat
	"/usr/lib/postgresql*/bin",           // Alpine, SUSE
	"/opt/homebrew/opt/postgresql@*/bin", // macOS
	"/usr/local/opt/postgresql@*/bin",    // macOS on Intel
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// findServer returns the folder with the newest installed server.
func findServer() (string, error) {
	var folders []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			folders = append(folders, filepath.Dir(path))
		}
	}
	for _, pattern := range installed {
		matches, _ := filepath.Glob(pattern) // fails only for a bad pattern
		folders = append(folders, matches...)
	}
	best, newest := "", 0
	for _, folder := range folders {
		if v := version(folder); v > newest {
			best, newest = folder, v
		}
	}
	if best == "" {
		return "", ErrNotInstalled
	}
	return best, nil
}

var majorVersion = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// version returns the major version of the server in a folder, 0 if there is
// none or it cannot be set up.
func version(folder string) int {
	if _, err := os.Stat(filepath.Join(folder, "initdb")); err != nil {
		return 0
	}
	out, err := exec.Command(filepath.Join(folder, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	match := majorVersion.FindSubmatch(out)
	if match == nil {
		return 0
	}
	v, _ := strconv.Atoi(string(match[1]))
	return v
}
