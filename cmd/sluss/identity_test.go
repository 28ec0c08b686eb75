package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIdentity links, lists, blocks and unlinks as an administrator does.
func TestIdentity(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "directory.yaml")
	if err := os.WriteFile(file, demoDirectory, 0o600); err != nil {
		t.Fatal(err)
	}
	do := func(args ...string) (string, error) {
		t.Helper()
		out, _, err := sluss(t, append(args, "--data-dir", filepath.Join(dir, "data"))...)
		return out, err
	}
	if _, err := do("directory", file); err != nil {
		t.Fatal(err)
	}
	const issuer = "https://id.example.se/realms/kommunen"
	account := []string{"--issuer", issuer, "--subject", "0001"}
	for _, step := range []struct {
		args []string
		says string // of the output, or of the error
		ok   bool
	}{
		{append([]string{"identity", "link", "nobody"}, account...), "no such person", false},
		{append([]string{"identity", "link", "ciso"}, account...), "linked", true},
		{append([]string{"identity", "link", "dpo"}, account...), "already", false},
		{[]string{"identity", "link", "ciso", "--issuer", "local", "--subject", "dpo"}, "address of a provider", false},
		{[]string{"identity", "list"}, issuer + "  0001", true},
		{[]string{"identity", "block", "ciso"}, "blocked", true},
		{[]string{"identity", "block", "ciso"}, "no such person", false},
		{[]string{"identity", "list"}, "(blocked)", true},
		{[]string{"token", "create", "ciso"}, "no such person", false},
		{[]string{"identity", "unblock", "dpo"}, "blocked", false},
		{[]string{"identity", "unblock", "ciso"}, "unblocked", true},
		{append([]string{"identity", "unlink"}, account...), "unlinked", true},
		{append([]string{"identity", "unlink"}, account...), "no such account", false},
		{[]string{"identity", "unlink", "--issuer", "local", "--subject", "ciso"}, "no such account", false},
	} {
		out, err := do(step.args...)
		if err != nil {
			out = err.Error()
		}
		if (err == nil) != step.ok || !strings.Contains(out, step.says) {
			t.Errorf("%v: %q, %v", step.args, out, err)
		}
	}
}

func TestIdentityCheck(t *testing.T) {
	t.Parallel()
	out, _, err := sluss(t, "identity", "check", "../../deploy/identity/providers.yaml")
	if err != nil || !strings.Contains(out, "entra: https://login.microsoftonline.com/") {
		t.Errorf("%q, %v", out, err)
	}
	if _, _, err := sluss(t, "identity", "check", "main.go"); err == nil || !strings.Contains(err.Error(), "--identity-providers") {
		t.Errorf("a file of another kind: %v", err)
	}
	if _, _, err := sluss(t, "serve", "--identity-providers", "nothing.yaml", "--data-dir", t.TempDir(), "--listen", "127.0.0.1:0"); err == nil ||
		!strings.Contains(err.Error(), "--identity-providers") {
		t.Errorf("a file that is not there: %v", err)
	}
}
