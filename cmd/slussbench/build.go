//go:build linux && !slim

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// program is how a server is started: its command line without the data.
type program struct {
	path string
	args []string
}

// buildPrograms builds Sluss, unless a program was given. The floor is this
// program itself.
func buildPrograms(ctx context.Context, o options, dir string) (map[string]program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	path := o.sluss
	if path == "" {
		path = filepath.Join(dir, "sluss")
		if err := build(ctx, path, dir, o.profile != ""); err != nil {
			return nil, err
		}
	}
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o755); err != nil {
			return nil, err
		}
	}
	return map[string]program{
		sluss:    {path, []string{"serve", "--listen", "127.0.0.1:0", "--metrics-address", ""}},
		theFloor: {self, []string{"floor"}},
		theAPI:   {self, []string{"api"}},
	}, nil
}

// profileImport is a file that a build for profiles has beside those of Sluss.
const profileImport = `package main

import _ "sluss/cmd/slussbench/profile"
`

// build builds Sluss to path.
func build(ctx context.Context, path, dir string, profiled bool) error {
	args := []string{"build", "-o", path}
	if profiled {
		overlay, err := overlayFile(ctx, dir)
		if err != nil {
			return err
		}
		args = append(args, "-overlay", overlay)
	}
	if out, err := exec.CommandContext(ctx, "go", append(args, "sluss/cmd/sluss")...).CombinedOutput(); err != nil {
		return fmt.Errorf("build sluss: %w\n%s", err, out)
	}
	return nil
}

// overlayFile writes what tells the compiler that cmd/sluss has one file more.
func overlayFile(ctx context.Context, dir string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "sluss/cmd/sluss").Output()
	if err != nil {
		return "", fmt.Errorf("find cmd/sluss: %w", err)
	}
	source := filepath.Join(dir, "profile.go")
	if err := os.WriteFile(source, []byte(profileImport), 0o600); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(strings.TrimSpace(string(out)), "zz_profile.go"): source},
	})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}
