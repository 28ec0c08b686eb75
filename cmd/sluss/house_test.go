package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func under(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// TestHouse holds the packages to the arrows that are drawn in the README: who
// may import whom.
func TestHouse(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		inModel := under(p.ImportPath, "sluss/model") && !under(p.ImportPath, "sluss/model/store")
		inWorkflows := under(p.ImportPath, "sluss/workflows")
		for _, dep := range p.Deps {
			switch {
			case inModel && (under(dep, "github.com/uptrace/bun") || under(dep, "modernc.org/sqlite") || under(dep, "github.com/jackc/pgx")):
				t.Errorf("%s reaches the database through %s", p.ImportPath, dep)
			case inModel && (dep == "net/http" || under(dep, "go.temporal.io")):
				t.Errorf("%s reaches %s: the model knows neither HTTP nor Temporal", p.ImportPath, dep)
			case inWorkflows && (under(dep, "sluss/model/store") || under(dep, "sluss/activities") || under(dep, "sluss/api")):
				t.Errorf("%s reaches %s: workflows touch nothing but the model", p.ImportPath, dep)
			case under(p.ImportPath, "sluss/api") && dep == "sluss/workflows":
				t.Errorf("%s reaches the workflows' code: the API knows only their contract", p.ImportPath)
			case under(dep, "sluss/deploy/engine") && !under(p.ImportPath, "sluss/cmd") && !under(p.ImportPath, "sluss/deploy"):
				t.Errorf("%s reaches the engine: only cmd starts one", p.ImportPath)
			}
		}
		for _, dep := range p.Imports {
			if inWorkflows && (dep == "net/http" || dep == "database/sql" || dep == "os" || dep == "time/tzdata") {
				t.Errorf("%s imports %s", p.ImportPath, dep)
			}
		}
	}
}

// TestSlimBuildHasNoEngine keeps the in-process server out of the small build.
func TestSlimBuildHasNoEngine(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "-tags", "slim", "./cmd/sluss") {
		for _, dep := range p.Deps {
			if under(dep, "go.temporal.io/server") {
				t.Fatalf("the slim build links %s", dep)
			}
		}
	}
}

// TestFewTestsLinkTheEngine keeps the test suite quick to build: linking the
// engine costs each test binary more than a hundred megabytes.
func TestFewTestsLinkTheEngine(t *testing.T) {
	t.Parallel()
	var linking []string
	for _, p := range list(t, "./...") {
		for _, dep := range slices.Concat(p.TestImports, p.XTestImports) {
			if under(dep, "sluss/deploy/engine") {
				linking = append(linking, p.ImportPath)
				break
			}
		}
	}
	if len(linking) > 3 {
		t.Errorf("%d test packages link the engine, 3 are allowed: %v", len(linking), linking)
	}
}
