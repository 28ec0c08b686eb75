package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sluss runs the program in this process and returns what it printed.
func sluss(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = run(t.Context(), args, &out, &errs)
	return out.String(), errs.String(), err
}

func TestHelpNamesEveryCommand(t *testing.T) {
	t.Parallel()
	out, _, err := sluss(t, "help")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commands() {
		if !strings.Contains(out, "  "+c.name+" ") || !strings.Contains(out, c.about) {
			t.Errorf("help does not name %s", c.name)
		}
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		if c.name == "version" || c.name == "histories" {
			continue
		}
		_, stderr, err := sluss(t, c.name, "-h")
		if !errors.Is(err, flag.ErrHelp) || len(strings.Fields(stderr)) < 10 {
			t.Errorf("%s -h: %v\n%s", c.name, err, stderr)
		}
	}
}

// An argument too many is refused before anything is done.
func TestArgumentsTooManyAreRefused(t *testing.T) {
	t.Setenv("SLUSS_TOKEN", "x")
	for _, command := range []string{
		"serve", "api", "worker", "temporal", "temporal setup", "config", "version", "directory FILE", "register initial",
		"backup --to FILE", "restore --from FILE", "restore list", "audit", "audit verify", "audit checkpoint", "doctor", "reconcile",
		"migrate", "migrate unlock", "histories record FOLDER", "rulebook", "rulebook show NAME", "rulebook impact FOLDER", "rulebook list",
		"identity", "identity list", "password set ONE", "token", "token list", "token create ONE", "statistics", "case list", "task list",
		"assessment show ID STAGE", "condition list ID", "register list", "incident list", "delegation list", "absence list",
		"disposal list", "message list", "unit list", "person list",
	} {
		_, stderr, err := sluss(t, append(strings.Fields(command), "nonsense")...)
		if !errors.Is(err, errUsage) || exitCode(err, &bytes.Buffer{}) != 2 || stderr == "" {
			t.Errorf("sluss %s nonsense: %v, and says %q", command, err, stderr)
		}
	}
}

func TestUnknownCommandsAndFlagsAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"fly"}, {"serve", "--wings"}, {"token"}, {"token", "create"}, {"identity"}, {"identity", "link", "nina"}, {"identity", "fly"}, {"migrate", "back"},
		{"case", "fly", "--token", "x"}, {"rulebook", "fly"}, {"histories"},
		{"backup"}, {"backup", "--to", "x", "y"}, {"restore"}, {"reconcile", "x"},
	} {
		_, stderr, err := sluss(t, append(args, dataDirFor(t, args)...)...)
		if err == nil || exitCode(err, &bytes.Buffer{}) == 0 {
			t.Errorf("sluss %v was accepted", args)
		}
		if errors.Is(err, errUsage) && stderr == "" {
			t.Errorf("sluss %v says nothing", args)
		}
	}
}

// dataDirFor keeps commands that open the record away from the user's own.
func dataDirFor(t *testing.T, args []string) []string {
	if args[0] == "token" || args[0] == "identity" || args[0] == "migrate" {
		return []string{"--data-dir", t.TempDir()}
	}
	return nil
}

// One of each command that keeps running can be started on a machine with nothing said
// about addresses.
func TestServersHaveAddressesOfTheirOwn(t *testing.T) {
	t.Parallel()
	taken := map[string]string{}
	metrics := regexp.MustCompile(`(?s)-metrics-address.*?\(default "([^"]+)"\)`)
	for _, command := range []string{"api", "worker"} {
		_, help, err := sluss(t, command, "-h")
		at := metrics.FindStringSubmatch(help)
		if !errors.Is(err, flag.ErrHelp) || at == nil || taken[at[1]] != "" {
			t.Errorf("%s serves its metrics on %v, where %v do", command, at, taken)
			continue
		}
		taken[at[1]] = command
		named := read(t, "../../deploy/observability/prometheus.yaml") + read(t, "../../deploy/observability/README.md")
		if strings.Count(named, at[1]) != 2 {
			t.Errorf("Prometheus does not look, or no text says, that %s serves its metrics on %s", command, at[1])
		}
	}
	var s settings
	if _, err := s.parse("worker", "", []string{"--metrics-address", ""}, &bytes.Buffer{}, s.observe.ofWorker); err != nil || s.observe.metrics != "" {
		t.Errorf("a worker that is told otherwise serves its metrics on %q, %v", s.observe.metrics, err)
	}
}

func TestConfigShowsWhatIsInForceAndHidesSecrets(t *testing.T) {
	t.Setenv("SLUSS_LISTEN", "127.0.0.1:9999")
	t.Setenv("SLUSS_DATABASE_URL", "postgres://sluss:hemligt@db.example/sluss?sslpassword=ocksa")
	t.Setenv("SLUSS_ENGINE_DATABASE_URL", "postgres://engine:hemligt@db.example/engine")
	t.Setenv("SLUSS_TEMPORAL_ADDRESS", "temporal.example:7233")
	out, _, err := sluss(t, "config", "--log-level", "debug", "--data-dir", "/srv/sluss")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"SLUSS_LISTEN=127.0.0.1:9999", "SLUSS_LOG_LEVEL=debug", "SLUSS_DATA_DIR=/srv/sluss",
		"SLUSS_DATABASE_URL=postgres://sluss:hidden@db.example/sluss?hidden",
		"SLUSS_ENGINE_DATABASE_URL=postgres://engine:hidden@db.example/engine", "SLUSS_TEMPORAL_ADDRESS=temporal.example:7233",
	} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	if strings.Contains(out, "hemligt") || strings.Contains(out, "ocksa") {
		t.Error("a secret is shown")
	}
}

func TestWrongSettingsAreRefusedWithTheirName(t *testing.T) {
	for _, tt := range []struct{ args, names string }{
		{"serve --demo --listen 0.0.0.0:8080", "loopback"},
		{"serve --demo --listen 192.0.2.1:80", "loopback"},
		{"serve --log-level loud", "--log-level"},
		{"serve --log-format xml", "--log-format"},
		{"serve --reconcile-every 0s", "--reconcile-every"},
		{"serve --reconcile-every never", "usage"},
		{"rulebook show nothing", "nothing"},
		{"case list --server http://127.0.0.1:1", "--token-file"},
		{"case list --token x --server http://127.0.0.1:1", "--server"},
		{"reconcile --token x --server http://127.0.0.1:1", "--server"},
		{"backup --to backup.zip --data-dir " + t.TempDir(), "--data-dir"},
		{"backup --to backup.zip --database-url postgres://127.0.0.1/sluss", "pg_dump"},
		{"restore --token x --from main.go --data-dir " + t.TempDir(), "main.go"},
		{"restore --token x --from nothing.zip --data-dir " + t.TempDir(), "nothing.zip"},
		{"restore --from nothing.zip --data-dir " + t.TempDir(), "--token-file"},
		{"token create nobody --data-dir " + t.TempDir(), "directory"},
	} {
		_, _, err := sluss(t, strings.Fields(tt.args)...)
		if err == nil || !strings.Contains(err.Error(), tt.names) {
			t.Errorf("sluss %s: %v, want it to name %s", tt.args, err, tt.names)
		}
	}
	t.Setenv("SLUSS_DATABASE_CONNS", "many")
	if _, _, err := sluss(t, "config"); err == nil || !strings.Contains(err.Error(), "SLUSS_DATABASE_CONNS") {
		t.Errorf("a wrong environment variable: %v", err)
	}
}

func TestTokensAreCreatedListedAndRevoked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "people.yaml")
	if err := os.WriteFile(file, demoDirectory, 0o600); err != nil {
		t.Fatal(err)
	}
	at := func(args ...string) string {
		t.Helper()
		out, _, err := sluss(t, append(args, "--data-dir", dir)...)
		if err != nil {
			t.Fatalf("sluss %v: %v", args, err)
		}
		return out
	}
	if out := at("directory", file); out != "15 people added\n" {
		t.Fatalf("directory: %q", out)
	}
	if out := at("directory", file); out != "0 people added\n" {
		t.Fatalf("the same directory again: %q", out)
	}
	secret := strings.TrimSpace(at("token", "create", "--label", "gateway", "dpo"))
	if !regexp.MustCompile(`^sluss_[A-Za-z0-9_-]{43}$`).MatchString(secret) {
		t.Fatalf("secret %q", secret)
	}
	list := at("token", "list")
	if strings.Contains(list, secret) || !strings.Contains(list, "gateway") {
		t.Fatalf("list:\n%s", list)
	}
	id := strings.Fields(strings.Split(list, "\n")[1])[0]
	if out := at("token", "revoke", id); out != "revoked\n" {
		t.Fatalf("revoke: %q", out)
	}
	if _, _, err := sluss(t, "token", "revoke", "--data-dir", dir, id); err == nil {
		t.Fatal("a revoked token was revoked again")
	}
	for range 2 {
		secret := strings.TrimSpace(at("token", "service", "--unit", "socialnamnden", "--per-minute", "5000", "gateway-1"))
		if !regexp.MustCompile(`^sluss_[A-Za-z0-9_-]{43}$`).MatchString(secret) {
			t.Fatalf("secret %q", secret)
		}
	}
	if list := at("token", "list"); strings.Count(list, "gateway-1") != 2 {
		t.Errorf("list:\n%s", list)
	}
	for _, args := range []string{
		"token create gateway-1", "token service dpo --unit socialnamnden", "token service a --unit nowhere",
		"token service A! --unit socialnamnden", "token service a --unit socialnamnden --per-minute -1",
		"token service a --unit socialnamnden --days 0",
	} {
		if out, _, err := sluss(t, append(strings.Fields(args), "--data-dir", dir)...); err == nil {
			t.Errorf("%s prints %s", args, out)
		}
	}
	if list := at("token", "list"); strings.Contains(list, " a ") {
		t.Errorf("list:\n%s", list)
	}
}

func TestRulebookCommands(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"rulebook show":                                              "purpose_text",
		"rulebook show HS-02 --lang en":                              "agreement",
		"rulebook show case_type --lang en":                          "existing_use",
		"rulebook show case_type --json":                             `"enum"`,
		"rulebook check ../../model/rulebook/data/se-kommun-2026.11": "sound",
		"rulebook test ../../model/assess/testdata/triage.json":      " 0 failed",
	} {
		out, _, err := sluss(t, strings.Fields(args)...)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("sluss %s: %v\n%.300s", args, err, out)
		}
	}
}
