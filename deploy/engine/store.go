//go:build !slim

package engine

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/server/common/config"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// busyTime is how long a connection waits for somebody else's lock. Nobody else
// should have one.
const busyTime = time.Second

// sqliteConfig is the server's data store on the file of o, or in memory.
//
// The server shares one connection for each data source name and keeps it for
// the life of the process. So the name is different at each start: an engine
// never gets the connection that an earlier one left, perhaps to a file that has
// been moved since. One connection is also the fastest: there is one writer.
func sqliteConfig(o Options) *config.SQL {
	unique := uuid.NewString()
	cfg := &config.SQL{PluginName: sqliteplugin.PluginName, MaxConns: 1, MaxIdleConns: 1}
	if o.Path == "" {
		cfg.DatabaseName = unique
		cfg.ConnectAttributes = map[string]string{"mode": "memory", "cache": "shared"}
		return cfg
	}
	cfg.DatabaseName = escapePath(o.Path)
	cfg.ConnectAttributes = map[string]string{
		"mode":         "rw",
		"setup":        unique, // without effect unless it is "true"
		"busy_timeout": strconv.FormatInt(busyTime.Milliseconds(), 10),
		"journal_mode": "wal",
		"synchronous":  "normal",
	}
	return cfg
}

// createNamespace writes the namespace of o to the store unless it is there. The
// server reads it when it starts; made through its API, it would be there for
// the other services seconds later.
func createNamespace(cfg *config.SQL, o Options) error {
	ns, err := sqliteschema.NewNamespaceConfig(clusterName, o.Namespace, false, nil)
	if err != nil {
		return fmt.Errorf("create namespace: %w", err)
	}
	ns.Detail.Config.Retention = durationpb.New(o.retention())
	if err := sqliteschema.CreateNamespaces(cfg, ns); err != nil {
		return fmt.Errorf("create namespace: %w", err)
	}
	return nil
}

// dsn is the data source name of a file, with pragmas.
func dsn(path string, pragmas ...string) string {
	query := url.Values{"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTime.Milliseconds())}}
	for _, p := range pragmas {
		query.Add("_pragma", p)
	}
	return "file:" + escapePath(path) + "?" + query.Encode()
}

// absolute returns path independent of the working directory.
func absolute(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("engine file: %w", err)
	}
	return path, nil
}

// escapePath writes an absolute path as SQLite reads it in a "file:" name.
func escapePath(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // it begins with a drive letter
		path = "/" + path
	}
	return (&url.URL{Path: path}).EscapedPath()
}
