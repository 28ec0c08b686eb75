package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/clock"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// A case is exported over the API and verified from the file alone; a file that was
// edited is not taken, and the checkpoint that an auditor keeps brings the key.
func TestCaseExportAndVerify(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "record.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	w := storetest.NewWorld(t, st)
	id := w.Draft()
	w.GrowTree(100)
	token := func(person string) string {
		secret, hash := authn.NewSecret()
		err := st.AddToken(t.Context(), store.Token{
			OrgID: w.Org, ID: model.NewID(), PersonID: person, Label: "test", Purpose: store.PurposeAPI, Hash: hash,
			CreatedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	auditor := token(w.Person("greta", model.RoleAuditor))
	log, key := slog.New(slog.NewTextHandler(io.Discard, nil)), audit.NewKey()
	service := act.New(act.Options{Store: st, Book: rulebook.Default(), Clock: clock.System, Log: log, Key: key, Version: "test"})
	server := httptest.NewServer(api.Handler(api.Options{Act: service, Store: st, Book: rulebook.Default(), Clock: clock.System, Log: log}))
	t.Cleanup(server.Close)

	run := func(wrong bool, says string, args ...string) {
		t.Helper()
		out, _, err := sluss(t, args...)
		if err != nil {
			out += err.Error()
		}
		if (err != nil) != wrong || !strings.Contains(out, says) {
			t.Errorf("sluss %v: %v\n%s", args, err, out)
		}
	}
	file, kept := filepath.Join(t.TempDir(), "case.zip"), filepath.Join(t.TempDir(), "checkpoints")
	vkey := key.Signer(w.Org).VerifierKey()
	run(false, "sluss case verify "+file, "case", "export", id, "--to", file, "--server", server.URL, "--token", auditor)
	run(true, "exists", "case", "export", id, "--to", file, "--server", server.URL, "--token", auditor)
	run(true, "not_found", "case", "export", id, "--to", file+"2", "--server", server.URL, "--token", token(w.Everybody))
	run(false, "1 events, of which 1 are proven", "case", "verify", file, "--lang", "en")
	run(false, vkey, "case", "verify", file)
	run(false, "Undertecknat med nyckeln som angavs", "case", "verify", file, "--verifier-key", vkey)
	run(false, `"included": 1`, "case", "verify", file, "--json")
	run(true, "is not signed by the key", "case", "verify", file, "--lang", "en", "--verifier-key", audit.NewKey().Signer(w.Org).VerifierKey())

	run(false, vkey, "audit", "checkpoint", "--to", kept, "--server", server.URL, "--token", auditor)
	run(false, "\n1\n", "audit", "checkpoint", "--server", server.URL, "--token", auditor)
	run(true, "forbidden", "audit", "checkpoint", "--server", server.URL, "--token", token(w.Owner))
	if text, err := os.ReadFile(kept); err != nil || len(audit.SplitNotes(text)) != 1 {
		t.Errorf("%q, %v", text, err)
	}

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, spoilt := range [][]byte{text[:len(text)/2], bytes.ReplaceAll(text, []byte("log/events.json"), []byte("log/../x//.json"))} {
		if err := os.WriteFile(file, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		run(true, "FEL", "case", "verify", file)
	}
	for _, args := range [][]string{{"case", "verify"}, {"case", "export", id}, {"case", "verify", "a", "b"}} {
		if _, _, err := sluss(t, args...); err != errUsage {
			t.Errorf("%v: %v", args, err)
		}
	}
}
