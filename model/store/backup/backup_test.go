package backup

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
	"sluss/model/store/blobs"
	"sluss/model/store/storetest"
)

var now = time.Date(2026, 11, 23, 2, 30, 0, 500, time.UTC)

// place is a data folder with a record, in which somebody works.
type place struct {
	*storetest.World
	folder string
	files  *blobs.Blobs
}

func newPlace(t testing.TB) *place {
	t.Helper()
	folder := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(folder, recordName), MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	files, err := blobs.OpenFolder(filepath.Join(folder, attachmentsName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(st.Close(), files.Close()); err != nil {
			t.Error(err)
		}
	})
	for _, other := range []string{"engine.db", "sluss.lock", "demo-people.json"} {
		if err := os.WriteFile(filepath.Join(folder, other), []byte("not backed up"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &place{storetest.NewWorld(t, st), folder, files}
}

// attach attaches a text to a new draft.
func (p *place) attach(content string) (caseID, id, hash string) {
	p.Helper()
	caseID = p.Draft()
	hash, size, err := blobs.Hash(strings.NewReader(content))
	if err != nil {
		p.Fatal(err)
	}
	err = p.files.Put(p.Context(), p.Org, hash, strings.NewReader(content), func() error {
		receipt, err := p.Store.AddAttachment(p.Context(), store.NewAttachment{
			Part: store.Intake, FileName: "avtal.txt", MediaType: "text/plain", Size: size, SHA256: hash,
			Command: model.Command{
				OrgID: p.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: caseID, Kind: "add_attachment", ActorID: p.Owner,
			},
		}, p.Clock.Now())
		id = receipt.AttachmentID
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
	return caseID, id, hash
}

func (p *place) content(hash string) string {
	return filepath.Join(p.folder, attachmentsName, p.Org, hash)
}

func (p *place) back(t testing.TB) (file string, m Manifest) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "sluss.zip")
	m, err := Make(t.Context(), p.folder, file, "v1", now)
	if err != nil {
		t.Fatal(err)
	}
	return file, m
}

// restored restores a file into a new folder.
func restored(t testing.TB, file string) (folder string, problems []Problem) {
	t.Helper()
	b, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	folder = t.TempDir()
	result, err := Restore(t.Context(), b, folder, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return folder, result.Problems
}

// filesIn are the files below a folder with their modes.
func filesIn(t testing.TB, folder string) map[string]os.FileMode {
	t.Helper()
	found := map[string]os.FileMode{}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		name, _ := filepath.Rel(folder, path)
		found[name] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestBackUpAndRestore(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	cases := []string{p.Submitted(model.StageManager), p.Submitted(model.StageLegalBasis), p.Draft()}
	_, _, kept := p.attach("Avtalet är tecknat.")
	gone, id, removed := p.attach("Hemligt, och borttaget.")
	if err := p.Store.RemoveAttachment(t.Context(), p.Org, gone, id, p.Owner, p.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	other := storetest.NewWorld(t, p.Store)
	other.Submitted(model.StageManager)

	file, m := p.back(t)
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("others may read the backup: %v, %v", info.Mode(), err)
	}
	if left := filesIn(t, filepath.Dir(file)); len(left) != 1 {
		t.Errorf("left beside the backup: %v", left)
	}
	if m.Cases() != 6 || m.Events() < 10 || len(m.Organisations) != 2 || !m.At.Equal(now.Truncate(time.Second)) || len(m.Damaged) > 0 {
		t.Errorf("manifest %+v", m)
	}
	folder, problems := restored(t, file)
	if len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
	if err := Unverified(folder); err != nil {
		t.Error(err)
	}
	content := filepath.Join(attachmentsName, p.Org, kept)
	found := filesIn(t, folder)
	delete(found, attachmentsName+".lock") // of the processes that share the folder
	if len(found) != 2 || found[recordName] != 0o600 || found[content] != 0o600 {
		t.Errorf("restored %v, want the record and %s without %s", found, kept, removed)
	}
	st, err := store.Connect(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(folder, recordName)})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, id := range cases {
		was, err := p.Store.Case(t.Context(), p.Org, id)
		is, err2 := st.Case(t.Context(), p.Org, id)
		if err := errors.Join(err, err2); err != nil || was.Seq != is.Seq || was.Version != is.Version || was.State != is.State {
			t.Errorf("case %s was %+v and is %+v, %v", id, was, is, err)
		}
	}
	again, _ := p.back(t)
	if _, err := Make(t.Context(), p.folder, again, "v1", now); !errors.Is(err, ErrExists) {
		t.Errorf("onto a backup: %v", err)
	}
	if _, err := Make(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "b"), "v1", now); !errors.Is(err, ErrNoRecord) {
		t.Errorf("of an empty folder: %v", err)
	}
}

// A writer goes on while the record is copied, and every copy is sound.
func TestBackUpWhileWriting(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.Submitted(model.StageManager)
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	writers.Go(func() {
		for ctx.Err() == nil {
			p.attach(model.NewID())
			p.Submitted(model.StageManager)
		}
	})
	last := 0
	for range 5 {
		file, m := p.back(t)
		if _, problems := restored(t, file); len(problems) > 0 {
			t.Errorf("problems: %v", problems)
		}
		if len(m.Damaged) > 0 || m.Cases() < last {
			t.Errorf("manifest %+v after %d cases", m, last)
		}
		last = m.Cases()
	}
	stop()
	writers.Wait()
	if last < 2 {
		t.Error("nobody wrote meanwhile")
	}
}

// Content that somebody removes after the record was copied is swept away before
// it is backed up: then the record is copied anew. Content that is gone for another
// reason is named, and the rest backed up.
func TestContentThatIsGone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	caseID, id, hash := p.attach("Borttagen just nu.")
	_, _, lost := p.attach("Försvunnen.")
	if err := os.Remove(p.content(lost)); err != nil {
		t.Fatal(err)
	}
	copies := 0
	w := writing{folder: p.folder, work: t.TempDir(), files: p.files, m: Manifest{Format: Format}}
	w.copy = func(ctx context.Context, from, to string) error {
		copies++
		err := store.CopySQLite(ctx, from, to)
		if copies == 1 {
			err = errors.Join(err, p.Store.RemoveAttachment(ctx, p.Org, caseID, id, p.Owner, p.Clock.Now()), os.Remove(p.content(hash)))
		}
		return err
	}
	if err := w.all(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{attachmentName(p.Org, lost)}; copies != 3 || !slices.Equal(w.m.Damaged, want) || len(w.m.Files) != 1 {
		t.Errorf("%d copies, damaged %v, want %v; files %v", copies, w.m.Damaged, want, w.m.Files)
	}
	if _, problems := restored(t, w.archive()); len(problems) > 0 {
		t.Errorf("what was damaged before is held against the backup: %v", problems)
	}
}

// entry is a file of an archive.
type entry struct {
	name    string
	content []byte
}

func entriesOf(t testing.TB, file string) (all []entry) {
	t.Helper()
	r, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, f := range r.File {
		c, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(c)
		if err := errors.Join(err, c.Close()); err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{f.Name, text})
	}
	return all
}

func archive(t testing.TB, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.Create(e.name)
		if err == nil {
			_, err = f.Write(e.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A damaged backup is refused before anything is written.
func TestDamagedBackups(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, _, hash := p.attach("Avtalet är tecknat.")
	file, _ := p.back(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	entries := entriesOf(t, file)
	at := func(name string) int {
		return slices.IndexFunc(entries, func(e entry) bool { return strings.HasPrefix(e.name, name) })
	}
	record, attachment, manifest := at(recordName), at(attachmentsName), at(manifestName)
	with := func(change func([]entry) []entry) []byte { return archive(t, change(slices.Clone(entries))) }
	changed := func(i int, old, new string) []byte {
		return with(func(e []entry) []entry {
			if !bytes.Contains(e[i].content, []byte(old)) {
				t.Errorf("%s does not hold %s", e[i].name, old)
			}
			e[i].content = bytes.Replace(e[i].content, []byte(old), []byte(new), 1)
			return e
		})
	}
	for name, damage := range map[string]struct {
		file []byte
		want error
	}{
		"whole (the control)": {with(func(e []entry) []entry { return e }), nil},
		"empty":               {nil, ErrDamaged},
		"no archive":          {[]byte("Detta är ingen säkerhetskopia."), ErrDamaged},
		"the end is missing":  {whole[:len(whole)-1], ErrDamaged},
		"half of it":          {whole[:len(whole)/2], ErrDamaged},
		"the beginning":       {whole[1:], ErrDamaged},
		"another record":      {changed(record, "Sjöstad", "Sjöstan"), ErrDamaged},
		"another attachment":  {changed(attachment, "Avtalet", "avtalet"), ErrDamaged},
		"a longer attachment": {changed(attachment, "tecknat", "tecknat nu"), ErrDamaged},
		"another hash":        {changed(manifest, hash+`",`, strings.Repeat("0", 64)+`",`), ErrDamaged},
		"no attachment": {with(func(e []entry) []entry {
			return slices.Delete(e, attachment, attachment+1)
		}), ErrDamaged},
		"no record":                {with(func(e []entry) []entry { return slices.Delete(e, record, record+1) }), ErrDamaged},
		"no manifest":              {with(func(e []entry) []entry { return slices.Delete(e, manifest, manifest+1) }), ErrDamaged},
		"a manifest that is none":  {with(func(e []entry) []entry { e[manifest].content = []byte("{"); return e }), ErrDamaged},
		"no schema":                {changed(manifest, `"schema": "2`, `"x": "2`), ErrDamaged},
		"a file too many":          {with(func(e []entry) []entry { return append(e, entry{"attachments/x/" + strings.Repeat("0", 64), nil}) }), ErrDamaged},
		"the record twice":         {with(func(e []entry) []entry { return append(e, e[record]) }), ErrDamaged},
		"a file of another name":   {with(func(e []entry) []entry { return append(e, entry{"engine.db", nil}) }), ErrDamaged},
		"a folder":                 {with(func(e []entry) []entry { return append(e, entry{"attachments/", nil}) }), ErrDamaged},
		"a path upwards":           {with(func(e []entry) []entry { return append(e, entry{"../sluss", nil}) }), ErrDamaged},
		"a path upwards, hidden":   {with(func(e []entry) []entry { return append(e, entry{"attachments/../" + hash, nil}) }), ErrDamaged},
		"an absolute path":         {with(func(e []entry) []entry { return append(e, entry{"/etc/sluss", nil}) }), ErrDamaged},
		"a path with backslashes":  {with(func(e []entry) []entry { return append(e, entry{`attachments\..\..\sluss`, nil}) }), ErrDamaged},
		"of a newer program":       {changed(manifest, `"schema": "2`, `"schema": "9`), ErrNewer},
		"in a form of the future":  {changed(manifest, Format, "sluss-backup/2"), ErrNewer},
		"a listed file that is no": {changed(manifest, `"record.db"`, `"../../x"`), ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "damaged.zip")
			if err := os.WriteFile(path, damage.file, 0o600); err != nil {
				t.Fatal(err)
			}
			b, err := Open(path)
			if err == nil {
				err = b.Close()
			}
			if !errors.Is(err, damage.want) {
				t.Errorf("got %v, want %v", err, damage.want)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "nothing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// A bit that flips anywhere is found, or is one of those that say nothing about the
// content.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.attach("Avtalet är tecknat.")
	file, _ := p.back(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := entriesOf(t, file)
	refused := 0
	var places []int
	for at := 0; at < len(whole)-1500; at += 97 { // compressed content, checked by its sums
		places = append(places, at)
	}
	for at := max(0, len(whole)-1500); at < len(whole); at++ { // manifest and directory
		places = append(places, at)
	}
	path := filepath.Join(t.TempDir(), "flipped.zip")
	for _, at := range places {
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1 << (at % 8)
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := Open(path)
		if err != nil {
			refused++
			continue
		}
		for _, f := range b.Manifest.Files {
			i := slices.IndexFunc(want, func(e entry) bool { return e.name == f.Name })
			err := b.read(f, func(r io.Reader) error {
				got, err := io.ReadAll(r)
				if i < 0 || !bytes.Equal(got, want[i].content) {
					t.Errorf("byte %d: %s is not what it was", at, f.Name)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	if refused < len(places)*3/4 {
		t.Errorf("%d of %d flips were found", refused, len(places))
	}
}

// What was wrong in the record already is found when it is restored, and the folder
// keeps its mark.
func TestUnsoundRecords(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{
		"a state is changed":       "UPDATE cases SET state = 'APPROVED' WHERE state <> 'DRAFT'",
		"an event is gone":         "DROP TRIGGER events_no_delete; DELETE FROM events WHERE seq = 2",
		"a row refers to nothing":  "DELETE FROM people",
		"nothing (the control)":    "SELECT 1",
		"a last event is changed":  "UPDATE cases SET last_hash = 'x'",
		"a deadline is moved away": "UPDATE deadlines SET due_at = '2030-01-01 00:00:00+00:00'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			id := p.Submitted(model.StageManager)
			db, err := sql.Open("sqlite", filepath.Join(p.folder, recordName))
			if err == nil {
				_, err = db.ExecContext(t.Context(), spoil)
			}
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			file, _ := p.back(t)
			folder, problems := restored(t, file)
			if want := !strings.HasSuffix(name, "(the control)"); (len(problems) > 0) != want || (Unverified(folder) != nil) != want {
				t.Fatalf("problems %v, mark %v", problems, Unverified(folder))
			}
			if len(problems) == 0 {
				return
			}
			text, err := os.ReadFile(filepath.Join(folder, markName))
			if err != nil || !strings.Contains(string(text), problems[0].What.SV) || !strings.Contains(string(text), problems[0].What.EN) {
				t.Errorf("the mark says %q, %v", text, err)
			}
			if !strings.HasPrefix(name, "a row") && !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.What.SV, id) }) {
				t.Errorf("%s is not named in %v", id, problems)
			}
		})
	}
}

// A restoration that is broken off leaves its mark.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.attach("Avtalet är tecknat.")
	file, _ := p.back(t)
	b, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	folder := t.TempDir()
	if _, err := Restore(ctx, b, folder, Options{}); err == nil {
		t.Error("restored all the same")
	}
	if err := Unverified(folder); !errors.Is(err, ErrUnverified) {
		t.Errorf("the mark: %v", err)
	}
	if err := Empty(folder); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("empty: %v", err)
	}
	if err := errors.Join(Empty(t.TempDir()), Empty(filepath.Join(folder, "nowhere"))); err != nil {
		t.Error(err)
	}
}

// Content that is damaged after it was unpacked is found.
func TestVerifyAttachments(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, _, hash := p.attach("Avtalet är tecknat.")
	file, m := p.back(t)
	folder, _ := restored(t, file)
	if err := os.WriteFile(filepath.Join(folder, attachmentsName, p.Org, hash), []byte("avtalet är tecknat."), 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := store.Connect(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(folder, recordName)})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	r, err := verify(t.Context(), st, m, folder, Options{})
	problems := r.Problems
	if err != nil || len(problems) != 1 || problems[0].What != textAttachment || problems[0].Subject != attachmentName(p.Org, hash) {
		t.Errorf("%v, %v", problems, err)
	}
	m.Organisations[0].Events++
	if r, err = verify(t.Context(), st, m, folder, Options{}); err != nil || len(r.Problems) < 2 {
		t.Errorf("another number of events: %v, %v", r.Problems, err)
	}
}

func TestAttachmentNames(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("0a", 32)
	for _, org := range []string{"here", "..", ".", "å/ö", "a.b", `c:\d`, "x y", "demo-2_3"} {
		name := attachmentName(org, hash)
		gotOrg, gotHash, ok := attachmentOf(name)
		if !ok || gotOrg != org || gotHash != hash || !filepath.IsLocal(name) || strings.Count(name, "/") != 2 || strings.Contains(name, "..") {
			t.Errorf("%q is named %s and read as %q, %s, %v", org, name, gotOrg, gotHash, ok)
		}
	}
	if _, _, ok := attachmentOf(recordName); ok {
		t.Error("the record is an attachment")
	}
}
