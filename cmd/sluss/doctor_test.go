package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/api/anchor"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

// patient is an installation that nothing is wrong with, and a doctor for it.
func patient(t *testing.T, record string) (*doctor, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sluss")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	onSQLite := record == ""
	if onSQLite {
		record = "sqlite:" + filepath.Join(dir, "record.db")
	}
	st, err := store.Open(t.Context(), store.Options{URL: record, MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	w := storetest.NewWorld(t, st)
	if onSQLite { // PostgreSQL has a clock of its own, which the case would be ahead of
		w.Submitted(model.StageManager)
		w.GrowTree(100)
	}
	now := w.Clock.Now()
	key, err := anchor.OwnKeyAt(ownKey(dir))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := st.Tree(t.Context(), w.Org)
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(t.TempDir(), "kept")
	if err := anchor.File(kept).Keep(t.Context(), key.Signer(w.Org).Checkpoint(tree.Size(), tree.Root())); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup.zip")
	write(t, backup, "x")
	d := &doctor{
		clock: clock.At(now), backups: filepath.Dir(backup), backupEvery: 25 * time.Hour,
		freeDisk: func(string) (uint64, error) { return 1 << 40, nil },
	}
	args := []string{"--data-dir", dir, "--listen", "127.0.0.1:1", "--checkpoint-file", kept}
	if strings.HasPrefix(record, "postgres") {
		args = append(args, "--database-url", record)
	}
	if _, err := d.settings.parse("doctor", "", args, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(backup, now, now); err != nil {
		t.Fatal(err)
	}
	return d, dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// answering is an address where something answers /readyz.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the doctor complains when it does not come
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// silent is an address where nobody answers.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// seen are the checks that are not ok, each with its status.
func seen(d *doctor) (out []string) {
	for _, s := range d.found {
		if s.status != healthy {
			out = append(out, s.check+" "+string(s.status))
		}
	}
	return out
}

// TestDoctorSeesWhatIsWrong breaks one thing after the other of a sound installation.
func TestDoctorSeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		breaks func(d *doctor, dir string)
		want   []string
	}{
		"nothing":               {func(*doctor, string) {}, nil},
		"an open folder":        {func(_ *doctor, dir string) { must(os.Chmod(dir, 0o750)) }, []string{"folder fault"}},
		"an open record":        {func(_ *doctor, dir string) { must(os.Chmod(filepath.Join(dir, "record.db"), 0o644)) }, []string{"folder warning"}},
		"not verified":          {func(_ *doctor, dir string) { write(t, filepath.Join(dir, "not-verified.txt"), "x") }, []string{"folder fault"}},
		"a damaged engine file": {func(_ *doctor, dir string) { write(t, filepath.Join(dir, "engine.db"), "not a database, this") }, []string{"engine_file fault"}},
		"an empty engine file":  {func(_ *doctor, dir string) { write(t, filepath.Join(dir, "engine.db"), "") }, []string{"engine_file fault"}},
		"little room":           {func(d *doctor, _ string) { d.freeDisk = func(string) (uint64, error) { return scarceDisk - 1, nil } }, []string{"disk warning"}},
		"no room":               {func(d *doctor, _ string) { d.freeDisk = func(string) (uint64, error) { return leastDisk - 1, nil } }, []string{"disk fault"}},
		"a damaged key":         {func(_ *doctor, dir string) { write(t, ownKey(dir), "x") }, []string{"key fault", "checkpoint fault"}},
		"a lost key":            {func(_ *doctor, dir string) { must(os.Remove(ownKey(dir))) }, []string{"key warning", "checkpoint fault"}},
		"an open secret": {func(d *doctor, dir string) {
			d.settings.smtpSecret = filepath.Join(t.TempDir(), "secret")
			write(t, d.settings.smtpSecret, "x")
			must(os.Chmod(d.settings.smtpSecret, 0o640))
		}, []string{"secret fault"}},
		"a lost secret":    {func(d *doctor, dir string) { d.settings.smtpSecret = filepath.Join(dir, "nothing") }, []string{"secret fault"}},
		"a damaged record": {func(_ *doctor, dir string) { write(t, filepath.Join(dir, "record.db"), "not a database, this") }, []string{"database fault"}},
		"an old schema": {func(_ *doctor, dir string) {
			migrations(t, dir, "DELETE FROM bun_migrations WHERE id = (SELECT MAX(id) FROM bun_migrations)")
		}, []string{"schema fault"}},
		"a new schema": {func(_ *doctor, dir string) {
			migrations(t, dir, "UPDATE bun_migrations SET name = '29990101000000' WHERE id = (SELECT MAX(id) FROM bun_migrations)")
		}, []string{"schema fault"}},
		"no tables": {func(_ *doctor, dir string) {
			must(os.Remove(filepath.Join(dir, "record.db")))
			write(t, filepath.Join(dir, "record.db"), "")
		}, []string{"schema fault"}},
		"a clock that is behind": {func(d *doctor, _ string) { d.clock = clock.At(d.clock.Now().Add(-time.Hour)) }, []string{"clock fault"}},
		"no checkpoints":         {func(d *doctor, _ string) { d.settings.checkpoint.file = "" }, []string{"checkpoint warning"}},
		"lost checkpoints":       {func(d *doctor, _ string) { must(os.Remove(d.settings.checkpoint.file)) }, []string{"checkpoint fault"}},
		"old checkpoints": {func(d *doctor, _ string) {
			write(t, d.settings.checkpoint.file, "")
			old := d.clock.Now().Add(-time.Hour)
			must(os.Chtimes(d.settings.checkpoint.file, old, old))
		}, []string{"checkpoint fault"}},
		"a checkpoint that is due": {func(d *doctor, _ string) {
			write(t, d.settings.checkpoint.file, "")
			must(os.Chtimes(d.settings.checkpoint.file, d.clock.Now(), d.clock.Now()))
		}, nil},
		"no backups":           {func(d *doctor, _ string) { d.backups = t.TempDir() }, []string{"backup fault"}},
		"nobody's":             {func(d *doctor, _ string) { d.backups = "" }, []string{"backup warning"}},
		"an old backup":        {func(d *doctor, _ string) { d.clock = clock.At(d.clock.Now().Add(26 * time.Hour)) }, []string{"backup warning"}},
		"a very old one":       {func(d *doctor, _ string) { d.clock = clock.At(d.clock.Now().Add(8 * 25 * time.Hour)) }, []string{"backup fault"}},
		"backups by a pattern": {func(d *doctor, _ string) { d.backups = filepath.Join(d.backups, "back*.zip") }, nil},
		"no mail server": {func(d *doctor, _ string) {
			d.settings.smtpURL, d.settings.mailFrom, d.settings.baseURL = "smtp://"+silent(t)+"?tls=none", "sluss@example.se", "http://127.0.0.1"
		}, []string{"mail fault"}},
		"a name that there is not":     {func(d *doctor, _ string) { d.settings.baseURL = "https://sluss.invalid" }, []string{"address fault"}},
		"providers that there are not": {func(d *doctor, dir string) { d.settings.providers = filepath.Join(dir, "nothing") }, []string{"identity fault"}},
		"ready": {func(d *doctor, _ string) {
			d.settings.listen = answering(t, 200, `{"status":"ok","checks":[{"name":"disk","ok":true}]}`)
		}, nil},
		"not ready": {func(d *doctor, _ string) {
			d.settings.listen = answering(t, 503, `{"code":"unavailable","checks":[{"name":"disk","ok":false,"code":"disk_full"}]}`)
		}, []string{"server fault"}},
		"restored":        {func(d *doctor, _ string) { d.settings.listen = answering(t, 503, `{"code":"restored"}`) }, []string{"server fault"}},
		"somebody else's": {func(d *doctor, _ string) { d.settings.listen = answering(t, 404, `<html>`) }, []string{"server fault"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := patient(t, "")
			tt.breaks(d, dir)
			d.examine(t.Context())
			if got := seen(d); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
			for _, s := range d.found {
				if s.says.SV == "" || s.says.EN == "" || s.says.SV == s.says.EN || s.status != healthy && (s.do.SV == "" || s.do.EN == "") {
					t.Errorf("%+v", s)
				}
				if all := fmt.Sprint(s); strings.Contains(all, "%!") {
					t.Error(all)
				}
			}
		})
	}
}

// migrations changes what a record says of the migrations that it has been through.
func migrations(t *testing.T, dir, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "record.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorOnPostgres(t *testing.T) {
	t.Parallel()
	d, _ := patient(t, pgtest.NewDatabase(t, nil))
	d.clock = clock.System
	d.examine(t.Context())
	if got := seen(d); !slices.Contains(got, "grants warning") || slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, " fault") && !strings.HasPrefix(s, "backup") }) {
		t.Errorf("of an owner of tables: %v", got) // the backup is of the record's time
	}
	d.found, d.clock = nil, clock.At(time.Now().Add(time.Hour))
	d.examine(t.Context())
	if got := seen(d); !slices.Contains(got, "clock fault") {
		t.Errorf("an hour away: %v", got)
	}
	d.found, d.settings.databaseURL = nil, "postgres://sluss:hemligt@"+silent(t)+"/sluss"
	d.examine(t.Context())
	if got := seen(d); !slices.Contains(got, "database fault") || !slices.Contains(got, "engine fault") || strings.Contains(fmt.Sprint(d.found), "hemligt") {
		t.Errorf("without a database: %v", d.found)
	}
}

// TestDoctorSeesTheEnginesDatabase: it is there, is going to be made, cannot be made, or
// does not answer.
func TestDoctorSeesTheEnginesDatabase(t *testing.T) {
	t.Parallel()
	there := pgtest.NewDatabase(t, nil)
	at := func(change func(*url.URL)) string {
		u, err := url.Parse(there)
		if err != nil {
			t.Fatal(err)
		}
		change(u)
		return u.String()
	}
	elsewhere := func(u *url.URL) { u.Path += "_nowhere" }
	for name, tt := range map[string]struct{ url, want, says string }{
		"there":      {there, "ok", "answers"},
		"to be made": {at(elsewhere), "ok", "is made at the start"},
		"not to be made": {at(func(u *url.URL) {
			elsewhere(u)
			q := u.Query()
			q.Set("role", "pg_monitor")
			u.RawQuery = q.Encode()
		}), "fault", "may not make it"},
		"away": {"postgres://sluss:hemligt@" + silent(t) + "/sluss_engine", "fault", "does not answer"},
	} {
		d := &doctor{}
		d.settings.databaseURL, d.settings.engineDB = there, tt.url
		d.engine(t.Context())
		if len(d.found) != 1 || d.found[0].check != "engine" || string(d.found[0].status) != tt.want || !strings.Contains(d.found[0].says.EN, tt.says) ||
			strings.Contains(fmt.Sprint(d.found), "hemligt") {
			t.Errorf("%s: %v", name, d.found)
		}
	}
}

// TestDoctorSeesTemporal: settings that cannot be read, a server that does not answer,
// and one that speaks another TLS. What a server says that answers is looked at beside
// one (TestWorkerTellsHowItIs).
func TestDoctorSeesTemporal(t *testing.T) {
	t.Parallel()
	authority := httptest.NewUnstartedServer(http.NotFoundHandler())
	authority.Config.ErrorLog = log.New(io.Discard, "", 0)
	authority.StartTLS()
	t.Cleanup(authority.Close)
	for name, tt := range map[string]struct {
		settings temporalSettings
		says     string
	}{
		"no key":   {temporalSettings{address: silent(t), keyFile: filepath.Join(t.TempDir(), "nothing")}, "cannot be read"},
		"away":     {temporalSettings{address: silent(t)}, "does not answer"},
		"with TLS": {temporalSettings{address: authority.Listener.Addr().String()}, "do not agree on TLS"},
	} {
		d := &doctor{settings: settings{temporal: tt.settings}}
		d.engine(t.Context())
		if got := seen(d); !slices.Equal(got, []string{"temporal fault"}) || !strings.Contains(d.found[0].says.EN, tt.says) {
			t.Errorf("%s: %+v", name, d.found)
		}
	}
	d := &doctor{}
	if d.engine(t.Context()); len(d.found) != 0 {
		t.Errorf("with files alone: %v", d.found)
	}
}

// Before the first start there is nothing wrong, and nothing is made.
func TestDoctorBeforeTheFirstStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "sluss")
	args := []string{"doctor", "--data-dir", dir, "--listen", silent(t)}
	out, _, err := sluss(t, append(args, "--lang", "en")...)
	if err != nil || !strings.Contains(out, "warning  folder ") || !strings.Contains(out, "is made at the first start") || strings.Contains(out, "fault") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder was made: %v", err)
	}
	if out, _, err = sluss(t, args...); err != nil || !strings.Contains(out, "varning  folder ") {
		t.Errorf("%v\n%s", err, out)
	}
	out, _, err = sluss(t, append(args, "--json")...)
	var report struct {
		Symptoms []struct{ Check, Status, Says, Do string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Symptoms) < 7 {
		t.Errorf("%v\n%s", err, out)
	}
	if err != nil {
		t.Error(err)
	}
	if _, _, err = sluss(t, append(args, "--base-url", "https://sluss.invalid", "--lang", "en")...); err == nil || err.Error() != "faults: 1" || exitCode(err, io.Discard) != 1 {
		t.Errorf("with a fault: %v", err)
	}
}
