package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
)

// A version is checked, proposed, listed and published from the command line.
func TestRulebookPublishCommand(t *testing.T) {
	t.Chdir("../../api/apitest") // the house looks for its contract from there
	h := apitest.Open(t, api.Options{}, nil)
	server := httptest.NewServer(h.Handler)
	t.Cleanup(server.Close)
	call := func(as string, args ...string) (string, error) {
		t.Helper()
		out, _, err := sluss(t, append(append([]string{"rulebook"}, args...), "--server", server.URL, "--token", h.Tokens[as])...)
		return strings.Join(strings.Fields(out), " "), err
	}
	want := func(as, text string, args ...string) {
		t.Helper()
		if out, err := call(as, args...); err != nil || !strings.Contains(out, text) {
			t.Errorf("%v: %s, %v, want %s", args, out, err, text)
		}
	}
	refused := func(as, text string, args ...string) {
		t.Helper()
		if out, err := call(as, args...); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v: %s, %v, want %s", args, out, err, text)
		}
	}
	want("employee", "se-kommun-2026.11 Publicerad, gäller nu", "list")
	refused("ciso", "(version_taken)", "propose", "--reason", "Samma igen")
	next := changedRulebook(t, "rulebook.yaml", `version: "2026.11"`, `version: "2026.12"`)
	want("ciso", "se-kommun-2026.12 Föreslagen", "propose", next, "--reason", "Ny version")
	want("ciso", "se-kommun-2026.12 Återtagen", "withdraw", "se-kommun-2026.12")
	want("ciso", "se-kommun-2026.12 Proposed", "propose", next, "--reason", "Ny version", "--lang", "en")
	refused("ciso", "(forbidden)", "publish", "se-kommun-2026.12")
	want("admin", "se-kommun-2026.12 Publicerad, gäller nu", "publish", "se-kommun-2026.12")
	want("employee", "se-kommun-2026.12 Published, in force", "list", "--lang", "en")
	broken := changedRulebook(t, "rulebook.yaml", "default: dpo\n    source:", "default: 7\n    source:")
	refused("ciso", "rulebook.yaml:", "propose", broken, "--reason", "Trasig")
	for _, args := range [][]string{{"list", "x"}, {"publish"}, {"withdraw"}, {"propose", "x", "y"}} {
		if _, err := call("admin", args...); err != errUsage {
			t.Errorf("%v: %v", args, err)
		}
	}
}
