//go:build !slim

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluss/api/anchor"
	"sluss/api/authn"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

// administrators are two people beside the demo's who may restore and approve.
var administrators = []string{"adam", "eva"}

// linkOf is before a user name the name of the code of that person's sign-in link.
const linkOf = "link of "

// employ adds the two administrators to the record.
func (w *world) employ() {
	w.t.Helper()
	st := w.beside()
	defer st.Close()
	units, err := st.Units(w.t.Context(), org)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, user := range administrators {
		p := store.Person{OrgID: org, ID: model.NewID(), Handle: user, Name: surname + " " + user, Email: mark + "@example.invalid", UnitID: units[0].ID, Roles: []model.Role{model.RoleAdministrator}}
		secret, hash := authn.NewSecret()
		now := clock.System.Now()
		code, codeHash := authn.NewSecret()
		token := store.Token{
			OrgID: org, ID: model.NewID(), PersonID: p.ID, Label: "test", Purpose: store.PurposeAPI, Hash: hash, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
		}
		link := token
		link.ID, link.Purpose, link.Hash = model.NewID(), store.PurposeSignIn, codeHash
		if err := errors.Join(st.AddPerson(w.t.Context(), p, now), st.AddToken(w.t.Context(), token), st.AddToken(w.t.Context(), link)); err != nil {
			w.t.Fatal(err)
		}
		w.tokens[user], w.tokens[linkOf+user] = secret, code
	}
}

// beside opens the record beside the server.
func (w *world) beside() *store.Store {
	w.t.Helper()
	st, err := store.Open(w.t.Context(), store.Options{URL: w.recordURL(), MaxConns: 2})
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// restore restores a file into the world's folder, or adopts its database, as somebody.
func (w *world) restore(as, file string, more ...string) (string, error) {
	w.t.Helper()
	args := []string{"restore", "--data-dir", w.dir, "--token", w.tokens[as]}
	if w.url != "" {
		args = append(args, "--database-url", w.url)
	} else {
		args = append(args, "--from", file)
	}
	return w.program(append(args, more...)...)
}

// waits starts the server on a record that waits for approval.
func (w *world) waits(l launch) *server {
	w.t.Helper()
	return w.waitsFor(w.spawn(l))
}

// waitsFor has the world served by what has been started on a record that waits for
// approval.
func (w *world) waitsFor(s *server) *server {
	w.t.Helper()
	w.server = s
	select {
	case s.address = <-s.output.waits:
		w.base = s.address
	case <-s.ended:
		w.t.Fatalf("the server ended: %s", s.output.tail())
	case <-time.After(time.Minute):
		w.t.Fatalf("the server neither waits nor ends\n%s", s.output.tail())
	}
	return s
}

// approve approves as somebody, when the record has been verified.
func (w *world) approve(as string) {
	w.t.Helper()
	eventually(w.t, time.Minute, func(context.Context) error {
		out, err := w.program("restore", "approve", "--server", w.base, "--token", w.tokens[as])
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		return err
	})
	w.opens()
}

// opens waits until a record that was put back is served.
func (w *world) opens() {
	w.t.Helper()
	select {
	case <-w.server.output.ready:
	case <-time.After(time.Minute):
		w.t.Fatalf("approved and not ready\n%s", w.server.output.tail())
	}
}

// copied is a world on a copy of the database, which is what a dump that is read into
// another database is. Whoever is connected to it is not any more.
func (w *world) copied() *world {
	w.t.Helper()
	other := w.elsewhere()
	other.url = w.anotherDatabase(" TEMPLATE " + pathOf(w.t, w.url))
	return other
}

// anotherDatabase makes a database on the server of the world's record, as the end of
// the statement says, and returns its URL. What is copied may have no sessions.
func (w *world) anotherDatabase(as string) string {
	w.t.Helper()
	from := pathOf(w.t, w.url)
	u, err := url.Parse(w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	u.Path = "/postgres"
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	name := from + "_copy" + model.NewID()[24:]
	eventually(w.t, 20*time.Second, func(ctx context.Context) error {
		if as != "" {
			if _, err := db.ExecContext(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", from); err != nil {
				return err
			}
		}
		_, err := db.ExecContext(ctx, "CREATE DATABASE "+name+as)
		return err
	})
	w.t.Cleanup(func() {
		for _, database := range []string{name, name + "_engine"} {
			if _, err := db.ExecContext(context.Background(), "DROP DATABASE IF EXISTS "+database+" WITH (FORCE)"); err != nil {
				w.t.Error(err)
			}
		}
	})
	u.Path = "/" + name
	return u.String()
}

// pathOf is the name of the database in its URL.
func pathOf(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// backedUp is a world elsewhere, with the file to restore in it.
func (w *world) backedUp() (there *world, file string) {
	w.t.Helper()
	if w.url != "" {
		return w.copied(), ""
	}
	file = filepath.Join(w.t.TempDir(), "sluss.zip")
	if out, err := w.program("backup", "--data-dir", w.dir, "--to", file); err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
	return w.elsewhere(), file
}

// status asks without a client's manners.
func (w *world) status(path string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.base+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Authorization", "Bearer "+w.tokens["eva"])
	a, err := wire.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer a.Body.Close()
	text := make([]byte, 4096)
	n, _ := a.Body.Read(text)
	return a.StatusCode, string(text[:n])
}

// TestRestoreByTwo: one administrator puts the record back, and nobody is served before
// another one has approved it. Both stay in the log.
func TestRestoreByTwo(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.employ()
		w.start(launch{})
		c := w.open(teamOf(0), intake(t, minutes))
		c.submit()
		w.server.stop()
		there, file := w.backedUp()
		if w.url != "" {
			s := there.spawn(launch{})
			s.exits(1)
			if !strings.Contains(s.output.log(), "sluss restore") {
				t.Errorf("on a database that was put back the server says\n%s", s.output.log())
			}
		}
		for name, as := range map[string]string{"nobody": "", "somebody else": c.owner()} {
			refused, from := w.backedUp()
			if out, err := refused.restore(as, from); err == nil || !strings.Contains(out, "administrator") {
				t.Errorf("restored by %s: %v\n%s", name, err, out)
			}
			if as != "" {
				refused.spawn(launch{}).exits(1)
			}
		}
		if out, err := there.restore("adam", file); err != nil || !strings.Contains(out, "answers nobody") {
			t.Fatalf("%v\n%s", err, out)
		}
		token := []string{"token", "create", "--data-dir", there.dir, "eva"}
		if w.url != "" {
			token = append(token, "--database-url", there.url)
		}
		if out, err := there.program(token...); err == nil || !strings.Contains(out, "restore approve") {
			t.Errorf("a token meanwhile: %v\n%s", err, out)
		}

		there.waits(launch{})
		there.answersNobody()
		there.server.kill() // and the power comes back
		there.waits(launch{})
		there.answersNobody()
		there.server.stop()
		there.waits(launch{})
		eventually(t, time.Minute, func(context.Context) error {
			out, err := there.program("restore", "list", "--server", there.base, "--token", there.tokens["eva"])
			if err == nil && !strings.Contains(out, "waits for a second person") {
				err = errors.New(out)
			}
			return err
		})
		for as, want := range map[string]string{"adam": "segregation_of_duties", c.owner(): "forbidden"} {
			if got := there.tryApproval(as); got != want {
				t.Errorf("approved by %s: %q, want %q", as, got, want)
			}
		}
		there.answersNobody()
		approved := false
		if w.url == "" {
			t.Run("in a browser", func(t *testing.T) {
				there.approvedOnPages(t)
				approved = true
			})
		}
		if approved {
			there.opens()
		} else {
			there.approve("eva")
		}
		eventually(t, time.Minute, func(context.Context) error { // when what was left behind has been sent again
			if code, text := there.status("/readyz"); code != http.StatusOK {
				return fmt.Errorf("after the approval readyz answers %d %s", code, text)
			}
			return nil
		})
		st := there.beside()
		events, err := st.OrganisationEvents(t.Context(), org)
		if err != nil || len(events) != 2 || events[0].Kind != string(model.EventRestored) || events[1].Kind != string(model.EventRestorationApproved) ||
			events[0].ActorID == events[1].ActorID || events[1].ActorID == model.System {
			t.Errorf("the log says %+v, %v", events, err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
		there.server.stop()
		there.start(launch{}) // without being asked again
		c.in(there).pass()
		there.stopAndCheck()
	})
}

// tryApproval tries to approve the last restoration and returns the code of the refusal.
func (w *world) tryApproval(as string) string {
	w.t.Helper()
	var all struct {
		Items []struct {
			ID string `json:"restoration_id"`
		} `json:"items"`
	}
	w.get("eva", "/restorations", &all)
	a, err := w.as(as).Send(w.t.Context(), client.Call{Method: "POST", Path: v1 + "/restorations/" + all.Items[0].ID + "/approval", Key: client.NewKey()})
	var p client.Problem
	if err == nil {
		err = a.Decode(&p)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Code
}

// answersNobody asks a server that waits for this and that.
func (w *world) answersNobody() {
	w.t.Helper()
	for path, want := range map[string]int{
		"/livez": 200, v1 + "/api-info": 200, v1 + "/restorations": 200,
		"/readyz": 503, v1 + "/me": 503, v1 + "/cases": 503, "/": 503, "/cases": 503, "/privacy": 503, "/sign-in": 200, v1 + "/nothing": 503,
	} {
		code, text := w.status(path)
		if code != want || want == 503 && !strings.Contains(text, "Restored from a backup, not approved") {
			w.t.Errorf("%s is answered %d %s", path, code, text)
		}
	}
}

// inTheOffice is a record with a log, on SQLite or PostgreSQL, for restoring without a
// server.
type inTheOffice struct {
	*storetest.World
	t           *testing.T
	dir, url    string
	key         string
	checkpoints string
	token       string
	id          string
	backups     int
}

func newOffice(t *testing.T, dbURL string) *inTheOffice {
	t.Helper()
	o := &inTheOffice{t: t, dir: t.TempDir(), url: dbURL, checkpoints: filepath.Join(t.TempDir(), "checkpoints")}
	s := settings{dataDir: o.dir, databaseURL: dbURL}
	st, err := store.Open(t.Context(), store.Options{URL: s.recordURL(), MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	o.World = storetest.NewWorld(t, st)
	o.id = o.Submitted(model.StageManager)
	admin := o.Person("adam", model.RoleAdministrator)
	secret, hash := authn.NewSecret()
	o.token = secret
	now := clock.System.Now()
	if err := st.AddToken(t.Context(), store.Token{
		OrgID: o.Org, ID: model.NewID(), PersonID: admin, Purpose: store.PurposeAPI, Hash: hash, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	o.keep()
	return o
}

// keep takes a checkpoint of the tree to the file.
func (o *inTheOffice) keep() {
	o.t.Helper()
	key, err := anchor.OwnKeyAt(ownKey(o.dir))
	if err != nil {
		o.t.Fatal(err)
	}
	o.GrowTree(100)
	tree, err := o.Store.Tree(o.t.Context(), o.Org)
	if err != nil {
		o.t.Fatal(err)
	}
	signer := key.Signer(o.Org)
	o.key = signer.VerifierKey()
	if err := anchor.File(o.checkpoints).Keep(o.t.Context(), signer.Checkpoint(tree.Size(), tree.Root())); err != nil {
		o.t.Fatal(err)
	}
}

// backUp returns what restores what is there now.
func (o *inTheOffice) backUp() func(more ...string) (out, dir, dbURL string, err error) {
	o.t.Helper()
	w := &world{t: o.t, dir: o.dir, url: o.url}
	dir := filepath.Join(o.t.TempDir(), "restored")
	var from []string
	there := w
	if o.url == "" {
		file := filepath.Join(o.t.TempDir(), "sluss.zip")
		if out, _, err := sluss(o.t, "backup", "--data-dir", o.dir, "--to", file); err != nil {
			o.t.Fatalf("%v\n%s", err, out)
		}
		from = []string{"--from", file}
	} else {
		_ = o.Store.Close()
		there = w.copied()
		from = []string{"--database-url", there.url}
	}
	return func(more ...string) (string, string, string, error) {
		if o.url == "" {
			o.backups++
			dir = filepath.Join(o.t.TempDir(), fmt.Sprint("restored", o.backups))
		}
		args := append([]string{"restore", "--data-dir", dir, "--token", o.token, "--lang", "en"}, from...)
		out, _, err := sluss(o.t, append(args, more...)...)
		return out, dir, there.url, err
	}
}

func inOffices(t *testing.T, test func(t *testing.T, o *inTheOffice)) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, newOffice(t, ""))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, newOffice(t, pgtest.NewDatabase(t, nil)))
	})
}

// restoredAs is what the record says of its restoration.
func restoredAs(t *testing.T, dir, dbURL string) (store.Restoration, error) {
	t.Helper()
	s := settings{dataDir: dir, databaseURL: dbURL}
	st, err := store.Open(t.Context(), store.Options{URL: s.recordURL(), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	return st.WaitingRestoration(t.Context())
}

// A backup that is older than the last checkpoint that was kept says from where on
// things are gone, and is restored only by who accepts that, which is noted.
func TestRestoreWithCheckpoints(t *testing.T) {
	inOffices(t, func(t *testing.T, o *inTheOffice) {
		var restore func(more ...string) (string, string, string, error)
		if o.url == "" {
			restore = o.backUp()
		}
		kept := []string{"--checkpoints", o.checkpoints, "--verifier-key"}
		if o.url == "" {
			out, dir, _, err := restore(append(kept, o.key)...)
			if err != nil || !strings.Contains(out, "The first 3 events of the tree are those that were signed (1 checkpoints)") {
				t.Fatalf("a backup with everything: %v\n%s", err, out)
			}
			if r, err := restoredAs(t, dir, ""); err != nil || r.TreeSize != 3 || r.Kept != 3 {
				t.Errorf("%+v, %v", r, err)
			}
			o.Draft()
			o.keep() // with a fourth event, which the backup has not
		} else {
			signer, err := anchor.OwnKeyAt(ownKey(o.dir))
			if err != nil {
				t.Fatal(err)
			}
			later := signer.Signer(o.Org).Checkpoint(5, [32]byte{1})
			if err := anchor.File(o.checkpoints).Keep(t.Context(), later); err != nil {
				t.Fatal(err)
			}
			restore = o.backUp()
		}
		if out, _, _, err := restore(append(kept, o.otherKey())...); err == nil || !strings.Contains(out, "do not count") || !strings.Contains(err.Error(), "none of the checkpoints") {
			t.Errorf("with another key: %v\n%s", err, out)
		}
		if out, _, _, err := restore("--checkpoints", o.checkpoints); err == nil {
			t.Errorf("without a key:\n%s", out)
		}
		out, dir, dbURL, err := restore(append(kept, o.key)...)
		gone := fmt.Sprintf("the event of leaf 3: gone, and all after it: a checkpoint has %d events, the tree has 3; the last that is here is event 3 of %s (leaf 2, ", o.larger(), o.id)
		if err == nil || !strings.Contains(out, gone) {
			t.Errorf("an older backup: %v\n%s\nshould say %s", err, out, gone)
		}
		if _, err := os.Stat(filepath.Join(dir, "not-verified.txt")); err != nil {
			t.Error(err)
		}
		if _, err := restoredAs(t, dir, dbURL); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("it is noted all the same: %v", err)
		}
		if out, dir, dbURL, err = restore(append(kept, o.key, "--accept-loss")...); err != nil || !strings.Contains(out, gone) {
			t.Fatalf("with the loss accepted: %v\n%s", err, out)
		}
		if r, err := restoredAs(t, dir, dbURL); err != nil || r.TreeSize != 3 || r.Kept != o.larger() {
			t.Errorf("%+v, %v", r, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "not-verified.txt")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the mark: %v", err)
		}
	})
}

// larger is how many events the last checkpoint has.
func (o *inTheOffice) larger() int64 {
	if o.url == "" {
		return 4
	}
	return 5
}

func (o *inTheOffice) otherKey() string {
	o.t.Helper()
	key, err := anchor.OwnKeyAt(filepath.Join(o.t.TempDir(), "key"))
	if err != nil {
		o.t.Fatal(err)
	}
	return key.Signer(o.Org).VerifierKey()
}

// A backup of a record in which somebody has changed the log, or calculated it anew, is
// refused, and the event is named.
func TestRestoreTampered(t *testing.T) {
	inOffices(t, func(t *testing.T, o *inTheOffice) {
		w := &world{t: t, dir: o.dir, url: o.url}
		db := w.database()
		drop := "DROP TRIGGER events_no_update;"
		if o.url != "" {
			drop = "DROP TRIGGER events_stay ON events;"
		}
		if _, err := db.ExecContext(t.Context(), drop+" UPDATE events SET actor_id = 'x' WHERE case_id = '"+o.id+"' AND seq = 2"); err != nil {
			t.Fatal(err)
		}
		_ = db.Close()
		restore := o.backUp()
		out, dir, dbURL, err := restore()
		if err == nil || !strings.Contains(out, "event 2 of "+o.id) || !strings.Contains(out, "chain or rows do not fit") {
			t.Errorf("%v\n%s", err, out)
		}
		text, err := os.ReadFile(filepath.Join(dir, "not-verified.txt"))
		if err != nil || !strings.Contains(string(text), "händelse 2 i "+o.id) {
			t.Errorf("the mark says %s, %v", text, err)
		}
		if _, err := restoredAs(t, dir, dbURL); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("it is noted all the same: %v", err)
		}
	})
}
