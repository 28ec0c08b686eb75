package main

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluss/api/anchor"
	"sluss/model"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// The log is verified while the record is open, against checkpoints from a file and
// from a server; what was changed is named, in both languages.
func TestAuditVerify(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(dir, "record.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	w := storetest.NewWorld(t, st)
	key, err := anchor.OwnKeyAt(ownKey(dir))
	if err != nil {
		t.Fatal(err)
	}
	id := w.Submitted(model.StageManager)
	w.GrowTree(100)
	tree, err := st.Tree(t.Context(), w.Org)
	if err != nil {
		t.Fatal(err)
	}
	signer := key.Signer(w.Org)
	kept := filepath.Join(t.TempDir(), "checkpoints")
	if err := anchor.File(kept).Keep(t.Context(), signer.Checkpoint(tree.Size(), tree.Root())); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, kept) }))
	t.Cleanup(server.Close)
	w.Draft()

	verify := func(wrong bool, says []string, args ...string) {
		t.Helper()
		out, _, err := sluss(t, append([]string{"audit", "verify", "--data-dir", dir}, args...)...)
		if (err != nil) != wrong {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		for _, s := range says {
			if !strings.Contains(out, s) {
				t.Errorf("%v do not say %q:\n%s", args, s, out)
			}
		}
	}
	unproven := "From event 1 of "
	verify(false, []string{"Chains, rows and tree fit.", "No checkpoint", "4 events, of which 3 in the tree", unproven + id + " (leaf 0, 2026-"}, "--lang", "en")
	verify(false, []string{"Kedjor, rader och träd stämmer.", "De första 3 händelserna", "Från och med händelse 1 i ", "inte i trädet"}, "--checkpoints", kept)
	verify(false, []string{"first 3 events", unproven, "(not in the tree)"}, "--lang", "en", "--checkpoints", server.URL, "--verifier-key", signer.VerifierKey())
	verify(false, []string{`"proven": 3`, `"unproven": 1`}, "--json", "--checkpoints", kept)
	other, err := anchor.OwnKeyAt(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	verify(false, []string{"1 checkpoints are not whole", "No checkpoint"}, "--lang", "en", "--checkpoints", kept, "--verifier-key", other.Signer(w.Org).VerifierKey())

	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := anchor.File(elsewhere).Keep(t.Context(), key.Signer("gone").Checkpoint(1, tree.Root())); err != nil {
		t.Fatal(err)
	}
	verify(false, []string{"1 checkpoints are of logs that are not here", "first 3 events"}, "--lang", "en", "--checkpoints", kept, "--checkpoints", elsewhere)

	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "record.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "DROP TRIGGER events_no_update; UPDATE events SET actor_id = 'x' WHERE case_id = ? AND seq = 2", id); err != nil {
		t.Fatal(err)
	}
	verify(true, []string{"FEL  händelse 2 i " + id, "(changed)"}, "--checkpoints", kept)
	verify(true, []string{"FAULT  event 2 of " + id, "(changed)"}, "--lang", "en")
}

func TestAuditRefusesWrongUse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, says string }{
		{"audit verify --data-dir " + t.TempDir(), "no such file"},
		{"audit verify --checkpoints nothing.txt --data-dir " + t.TempDir(), "nothing.txt"},
		{"audit verify --checkpoints http://log.example/x --data-dir " + t.TempDir(), "https"},
		{"serve --checkpoint-url http://log.example/", "--checkpoint-url"},
		{"serve --checkpoint-every 1ms", "--checkpoint-every"},
		{"serve --checkpoint-every soon", "usage"},
		{"audit checkpoint --token x --server http://127.0.0.1:1", "--server"},
		{"audit", "usage"}, {"audit nothing", "usage"}, {"audit verify x --data-dir " + t.TempDir(), "usage"},
	} {
		_, _, err := sluss(t, strings.Fields(test.args)...)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("sluss %s: %v, want it to say %s", test.args, err, test.says)
		}
	}
	broken := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(broken, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := settings{checkpoint: checkpointSettings{keyFile: broken}}
	if _, err := s.checkpoint.key(t.TempDir()); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a broken key: %v", err)
	}
}
