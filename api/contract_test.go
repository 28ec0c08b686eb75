package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const golden = apitest.File

// TestContract compares the document that is served with the one that clients
// rely on. Run with -update after a change that is meant.
func TestContract(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	served := h.Get("", "/openapi.json").Want(http.StatusOK)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, served.Body.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	if *update {
		if err := os.WriteFile(golden, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pretty.Bytes(), want) {
		t.Errorf("the contract has changed: look at the difference after go test ./api -run TestContract -update")
	}
}

var (
	pathForm = regexp.MustCompile(`^(/(livez|readyz)|/api/v1(/[a-z][a-z0-9.-]*|/\{[a-z_]+\})+)$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
)

// TestNames holds the contract to its conventions: lower case paths with
// hyphens, snake_case names, problems for every error.
func TestNames(t *testing.T) {
	t.Parallel()
	for path, item := range declared.Paths {
		if !pathForm.MatchString(path) {
			t.Errorf("path %s", path)
		}
		for method, op := range item {
			if op.OperationID == "" {
				t.Errorf("%s %s has no operation id", method, path)
			}
			for _, p := range op.Parameters {
				if p.In != "header" && !nameForm.MatchString(p.Name) {
					t.Errorf("%s %s: parameter %s", method, path, p.Name)
				}
			}
			for status, r := range op.Responses {
				if status >= "400" && !slices.Equal(slices.Collect(maps.Keys(r.Content)), []string{"application/problem+json"}) {
					t.Errorf("%s %s: %s is answered with %v", method, path, status, r.Content)
				}
			}
		}
	}
	for name, s := range declared.Components.Schemas {
		for p := range s.Properties {
			if !nameForm.MatchString(p) {
				t.Errorf("schema %s: property %s", name, p)
			}
		}
	}
}

// TestDeclaredPreconditions requires the headers that the conventions ask for:
// If-Match on PUT and on every act that moves a case, Idempotency-Key on every
// act.
func TestDeclaredPreconditions(t *testing.T) {
	t.Parallel()
	for path, item := range declared.Paths {
		for method, op := range item {
			has := func(header string) bool {
				return slices.ContainsFunc(op.Parameters, func(p apitest.Parameter) bool {
					return p.In == "header" && p.Name == header
				})
			}
			preview := strings.Contains(path, "/previews/") || strings.HasSuffix(path, "/preview") || path == "/api/v1/register/check"
			if want := method == "post" && !preview; has("Idempotency-Key") != want {
				t.Errorf("%s %s: Idempotency-Key %v, want %v", method, path, !want, want)
			}
			if path == "/api/v1/me/password" { // the password that one has is what it rests on
				continue
			}
			if want := method == "put" || method == "post" && !preview && path != "/api/v1/cases" && !beside.MatchString(path); has("If-Match") != want {
				t.Errorf("%s %s: If-Match %v, want %v", method, path, !want, want)
			}
		}
	}
}

// beside are the paths of what stands beside a case, which nobody's reading is
// stale for. So are the DPO's standing advice, the suppliers, the e-mail of
// messages and the comparison of cases with their processes, which belong to no
// case, a new triage and a restoration, which say the same until they are answered,
// once, the accounts of programs, whose tokens are made and end once, and the report of
// an incident and the proposal of a rulebook, which are new.
var beside = regexp.MustCompile(`^/api/v1/((cases/\{case_id\}/(attachments|remarks|comments|records)|advice|suppliers|messages|retriages|disposals|delegations|absences|reconciliations|restorations|services)(/|$)|(incidents|rulebooks)$)`)
