package act_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/api/act"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/audit/bundle"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/blobs"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

const attached = "%PDF-1.7\nEtt avtal."

// exporting is a case with a bit of everything, and who exports it.
type exporting struct {
	*storetest.World
	t       *testing.T
	service *act.Service
	key     audit.Key
	id      string
	files   *blobs.Blobs
}

func newExporting(t *testing.T, url string) *exporting {
	t.Helper()
	return exportingBy(t, url, rulebook.Default().Digest)
}

// exportingBy is newExporting for a case that is judged by a version of the rulebook.
func exportingBy(t *testing.T, url, digest string) *exporting {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	files, err := blobs.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	x := &exporting{World: storetest.NewWorld(t, s), t: t, key: audit.NewKey(), files: files}
	x.service = act.New(act.Options{
		Store: s, Book: rulebook.Default(), Clock: x.Clock, Log: slog.New(slog.DiscardHandler), Attachments: files, Key: x.key, Version: "test",
	})
	n := x.NewCase()
	n.RulebookDigest = digest
	n.Hash, err = audit.Hash(audit.TagPart, n.Answers)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateCase(t.Context(), n, x.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	x.id = n.ID
	submit := x.Submit(x.id, storetest.Plan("s1", model.StageLegalBasis, model.StageCISO))
	submit.Evaluation.RulebookDigest = digest
	x.Do(x.id, submit)
	x.Do(x.id, x.Decide(x.id, x.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	x.Do(x.id, x.Decide(x.id, x.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawfulWithConditions, storetest.Condition(model.DueBeforeUse)))
	x.attach()
	x.comment("Texten är granskad.")
	x.Submitted(model.StageManager) // another's
	x.GrowTree(100)
	return x
}

func (x *exporting) command(actor string) model.Command {
	return model.Command{OrgID: x.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: x.id, Kind: "note", ActorID: actor, BodyHash: "b"}
}

func (x *exporting) attach() {
	x.t.Helper()
	sum := sha256.Sum256([]byte(attached))
	n := store.NewAttachment{
		Part: store.Intake, FileName: "Avtal.pdf", MediaType: "application/pdf", Size: int64(len(attached)),
		SHA256: hex.EncodeToString(sum[:]), Note: "Det tecknade avtalet.", Command: x.command(x.Owner),
	}
	err := x.files.Put(x.t.Context(), x.Org, n.SHA256, strings.NewReader(attached), func() error {
		_, err := x.Store.AddAttachment(x.t.Context(), n, x.Clock.Now())
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *exporting) comment(text string) {
	x.t.Helper()
	if _, err := x.Store.AddComment(x.t.Context(), x.command(x.Owner), text, x.Clock.Now()); err != nil {
		x.t.Fatal(err)
	}
}

func (x *exporting) export() []byte {
	x.t.Helper()
	f, err := x.service.ExportCase(x.t.Context(), model.Actor{OrgID: x.Org, PersonID: x.Owner, Roles: []model.Role{model.RoleUser}}, x.id)
	if err != nil {
		x.t.Fatal(err)
	}
	defer f.Close()
	all, err := io.ReadAll(f)
	if err != nil {
		x.t.Fatal(err)
	}
	return all
}

func verify(file []byte, key string) bundle.Report {
	return bundle.Verify(bytes.NewReader(file), int64(len(file)), key)
}

func onBothDatabases(t *testing.T, test func(t *testing.T, x *exporting)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newExporting(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newExporting(t, pgtest.NewDatabase(t, nil)))
	})
}

// A case is exported whole, and what is exported verifies with nothing but the key.
func TestExportCase(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, x *exporting) {
		file := x.export()
		r := verify(file, x.key.Signer(x.Org).VerifierKey())
		events := len(x.Chains([]string{x.id}, nil)[x.id])
		if len(r.Findings) > 0 || r.Events != events || r.Included != events || r.TreeSize != int64(events)+3 || r.Erased != 0 || r.Drafts != 0 || r.Opened < 12 {
			t.Errorf("%+v", r)
		}
		if m := r.Manifest; m.CaseID != x.id || m.OrgID != x.Org || m.Program != "test" || !m.Rulebook || m.RulebookDigest != rulebook.Default().Digest {
			t.Errorf("manifest %+v", m)
		}
		names := namesIn(t, file)
		sum := sha256.Sum256([]byte(attached))
		for _, want := range []string{
			"record/cases.json", "record/revisions.json", "record/decisions.json", "record/conditions.json", "record/commands.json",
			"attachments/" + hex.EncodeToString(sum[:]), "log/events.json", "log/proofs.json", "log/checkpoint.txt", "rulebook/rulebook.yaml",
			"manifest.json", "manifest.note", "people.json",
		} {
			if !slices.Contains(names, want) {
				t.Errorf("%s is missing in %v", want, names)
			}
		}

		// What has not come into the tree yet is told.
		x.comment("En till.")
		r = verify(x.export(), "")
		if len(r.Findings) > 0 || r.Events != events+1 || r.Included != events {
			t.Errorf("with an event outside the tree: %+v", r)
		}
	})
}

// A case that is judged by the organisation's own version of the rulebook takes that
// one with it, and whoever edits it is found out.
func TestExportWithOwnRulebook(t *testing.T) {
	t.Parallel()
	files, err := rulebook.DefaultFiles()
	if err != nil {
		t.Fatal(err)
	}
	const theirs, edit = `version: "2026.11-kommunen"`, `version: "2026.11-annan"`
	files["rulebook.yaml"] = strings.Replace(files["rulebook.yaml"], `version: "2026.11"`, theirs, 1)
	content, err := files.Pack()
	if err != nil {
		t.Fatal(err)
	}
	own, err := rulebook.Unpack(content)
	if err != nil || own.Digest == rulebook.Default().Digest {
		t.Fatal(err)
	}
	for name, url := range map[string]string{
		"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "record.db"), "postgres": pgtest.NewDatabase(t, nil),
	} {
		x := exportingBy(t, url, own.Digest)
		if r := verify(x.export(), ""); len(r.Findings) > 0 || r.Manifest.Rulebook {
			t.Errorf("%s: before it was kept: %+v", name, r)
		}
		if _, err := x.Store.EnterRulebook(t.Context(), x.Org, store.NewRulebook{
			RulebookID: own.ID, Version: own.Version, Digest: own.Digest, Title: own.Title, Content: content,
		}, x.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		file := x.export()
		if r := verify(file, x.key.Signer(x.Org).VerifierKey()); len(r.Findings) > 0 || !r.Manifest.Rulebook || r.Manifest.RulebookDigest != own.Digest {
			t.Errorf("%s: %+v", name, r)
		}
		entries := opened(t, file)
		edited := 0
		for i, e := range entries {
			if strings.HasPrefix(e.name, "rulebook/") && strings.Contains(e.content, theirs) {
				entries[i].content = strings.Replace(e.content, theirs, edit, 1)
				edited++
			}
		}
		r := verify(resigned(t, entries, x.key.Signer(x.Org)), "")
		if edited != 1 || len(r.Findings) != 1 || r.Findings[0].Kind != bundle.OtherRulebook {
			t.Errorf("%s: with another rulebook, signed anew: %+v", name, r)
		}
	}
}

// What has been disposed of is gone from the export too, which verifies all the same.
func TestExportAfterDisposal(t *testing.T) {
	t.Parallel()
	x := newExporting(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"))
	x.Do(x.id, x.Plain(model.ActActivate, x.SystemOwner, model.EventActivated, model.Active))
	x.Do(x.id, x.Plain(model.ActDecommission, x.SystemOwner, model.EventDecommissioned, model.Decommissioned))
	x.Clock.Advance(3 * 366 * 24 * time.Hour)
	removes := []string{"comments", "conditions", "evidence"}
	n, err := x.Store.ProposeDisposals(t.Context(), store.Retention{
		OrgID: x.Org, Kind: "notes", Removes: removes, Before: x.Clock.Now().AddDate(-2, 0, 0), Due: x.Today(), RulebookDigest: "d1",
	}, x.Clock.Now())
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	found, err := x.Store.Disposals(t.Context(), store.DisposalFilter{OrgID: x.Org})
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{x.Person("rut", model.RoleRegistrar), x.Person("ada", model.RoleAdministrator)} {
		_, err := x.Store.AnswerDisposal(t.Context(), store.DisposalAnswer{
			ID: found[0].ID, As: model.RoleRegistrar, Reason: "Gallringsbeslut 12", Removes: removes, Command: x.command(who),
		}, x.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
	}
	x.GrowTree(100)
	file := x.export()
	r := verify(file, "")
	if len(r.Findings) > 0 || r.Erased == 0 || r.Included != r.Events {
		t.Errorf("%+v", r)
	}
	for _, e := range opened(t, file) {
		if strings.Contains(e.content, "Texten är granskad.") {
			t.Errorf("%s has what was disposed of", e.name)
		}
	}
}

func TestExportRefusals(t *testing.T) {
	t.Parallel()
	x := newExporting(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"))
	try := func(person string, roles ...model.Role) error {
		f, err := x.service.ExportCase(t.Context(), model.Actor{OrgID: x.Org, PersonID: person, Roles: roles}, x.id)
		if err == nil {
			err = f.Close()
		}
		return err
	}
	for who, test := range map[string]struct {
		err  error
		want model.Code
	}{
		"owner":                      {try(x.Owner, model.RoleUser), ""},
		"information owner":          {try(x.InfoOwner, model.RoleUser), ""},
		"auditor":                    {try(x.Everybody, model.RoleAuditor), ""},
		"a coordinator reads no log": {try(x.Everybody, model.RoleCoordinator), model.CodeForbidden},
	} {
		if model.CodeOf(test.err) != test.want || test.want == "" && test.err != nil {
			t.Errorf("%s: %v", who, test.err)
		}
	}
	if err := try(x.Everybody, model.RoleUser); err != store.ErrNotFound {
		t.Errorf("somebody else: %v", err)
	}
	f, err := x.service.ExportCase(t.Context(), model.Actor{OrgID: "elsewhere", PersonID: x.Owner, Roles: []model.Role{model.RoleAuditor}}, x.id)
	if err != store.ErrNotFound {
		t.Errorf("another organisation: %v, %v", f, err)
	}
}

func namesIn(t *testing.T, file []byte) (names []string) {
	t.Helper()
	for _, f := range opened(t, file) {
		names = append(names, f.name)
	}
	return names
}

type entry struct{ name, content string }

func opened(t *testing.T, file []byte) (all []entry) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{f.Name, string(content)})
	}
	return all
}

func packed(t *testing.T, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.Create(e.name)
		if err == nil {
			_, err = io.WriteString(w, e.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// resigned makes the manifest fit the files again, and signs it with a key.
func resigned(t *testing.T, entries []entry, s *audit.Signer) []byte {
	t.Helper()
	var m bundle.Manifest
	files := entries[:0:0]
	for _, e := range entries {
		switch e.name {
		case "manifest.json":
			if err := json.Unmarshal([]byte(e.content), &m); err != nil {
				t.Fatal(err)
			}
		case "manifest.note":
		default:
			files = append(files, e)
		}
	}
	m.Files, m.Origin, m.VerifierKey = nil, s.Name(), s.VerifierKey()
	for _, e := range files {
		sum := sha256.Sum256([]byte(e.content))
		m.Files = append(m.Files, bundle.File{Name: e.name, Size: int64(len(e.content)), SHA256: hex.EncodeToString(sum[:])})
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	note := s.Note("sluss/case-bundle/v1\n" + hex.EncodeToString(sum[:]) + "\n")
	return packed(t, append(files, entry{"manifest.json", string(text)}, entry{"manifest.note", string(note)}))
}

// Every file that is edited, left out, added or doubled is named.
func TestEditedBundle(t *testing.T) {
	t.Parallel()
	x := newExporting(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"))
	file := x.export()
	key := x.key.Signer(x.Org).VerifierKey()
	entries := opened(t, file)
	if r := verify(packed(t, entries), key); len(r.Findings) > 0 {
		t.Fatalf("packed again: %+v", r)
	}
	named := func(what string, entries []entry, name string, kinds ...bundle.Kind) {
		t.Helper()
		r := verify(packed(t, entries), key)
		if !slices.ContainsFunc(r.Findings, func(f bundle.Finding) bool {
			return slices.Contains(kinds, f.Kind) && (f.File == name || strings.Contains(f.Detail, name))
		}) {
			t.Errorf("%s: %s is not named in %+v", what, name, r.Findings)
		}
	}
	for i, e := range entries {
		edited := slices.Clone(entries)
		edited[i].content = e.content[:len(e.content)-1] + "x"
		kind := bundle.FileChanged
		if e.name == "manifest.json" {
			kind = bundle.BadArchive // it is no JSON any more
		} else if e.name == "manifest.note" {
			kind = bundle.NotSigned
		}
		named("edited", edited, e.name, kind)
		named("left out", slices.Delete(slices.Clone(entries), i, i+1), e.name, bundle.BadArchive, bundle.NotSigned)
		named("doubled", append(slices.Clone(entries), e), e.name, bundle.BadArchive)
	}
	named("added", append(slices.Clone(entries), entry{"record/more.json", "[]"}), "record/more.json", bundle.BadArchive)
	for _, name := range []string{"../evil", "record/../../evil.json", "/etc/passwd", "rulebook/../x", "evil.exe", "rulebook/a/b/c/d/e.yaml", "attachments/x"} {
		named("added", append(slices.Clone(entries), entry{name, "x"}), name, bundle.BadArchive)
	}
	if r := verify(file[:len(file)/2], key); len(r.Findings) == 0 {
		t.Error("half a file is taken")
	}
	if r := verify(file, audit.NewKey().Signer(x.Org).VerifierKey()); !slices.ContainsFunc(r.Findings, func(f bundle.Finding) bool { return f.Kind == bundle.NotSigned }) {
		t.Error("another key is taken")
	}
}

// Who edits a bundle and signs it with a key of their own is found by the key that is
// known from elsewhere. Without it, a text that is not the one that was logged is found
// all the same, because the chain is another then.
func TestForgedBundle(t *testing.T) {
	t.Parallel()
	x := newExporting(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"))
	genuine := x.export()
	forger := audit.NewKey().Signer(x.Org)
	for _, test := range []struct {
		name, file, old, new string
		kind                 bundle.Kind
		detail               string
	}{
		{"a motivation", "record/decisions.json", "Underlaget räcker för beslut.", "Underlaget räcker inte.", bundle.TextChanged, "motivation"},
		{"a decision's authority", "record/decisions.json", "Delegationsordning 4.2", "Delegationsordning 9.9", bundle.TextChanged, "decision_authority"},
		{"a decision's answers", "record/decisions.json", "1.50", "1.51", bundle.TextChanged, "answers"},
		{"an outcome", "record/decisions.json", `"supports"`, `"advises_against"`, bundle.RecordDiffers, ""},
		{"the answers of the intake", "record/revisions.json", "bygglov", "bostad", bundle.TextChanged, "intake"},
		{"the note of a file", "record/attachments.json", "Det tecknade avtalet.", "Ett annat avtal.", bundle.TextChanged, "note"},
		{"a comment", "record/comments.json", "Texten är granskad.", "Texten är fel.", bundle.TextChanged, "text"},
		{"the state", "record/cases.json", "CISO_REVIEW", "ACTIVE", bundle.RecordDiffers, "state"},
		{"a condition's status", "record/conditions.json", `"open"`, `"met"`, bundle.RecordDiffers, ""},
		{"a stage", "record/stages.json", "lawful_with_conditions", "lawful", bundle.RecordDiffers, "legal_basis"},
		{"an event", "log/events.json", x.DPO, x.Owner, bundle.ChainBroken, "changed"},
		{"a salt", "log/salts.json", `"salt": "`, `"salt": "00`, bundle.TextChanged, ""},
		{"a proof", "log/proofs.json", `"leaf": 0`, `"leaf": 1`, bundle.NotIncluded, ""},
		{"a file", "attachments/", "Ett avtal.", "Ett annat.", bundle.Attachment, ""},
		{"the rulebook", "rulebook/rulebook.yaml", "2026.11", "2026.12", bundle.OtherRulebook, ""},
	} {
		entries := opened(t, genuine)
		i := slices.IndexFunc(entries, func(e entry) bool {
			return strings.HasPrefix(e.name, test.file) && strings.Contains(e.content, test.old)
		})
		if i < 0 {
			t.Errorf("%s: there is no %q in %s", test.name, test.old, test.file)
			continue
		}
		entries[i].content = strings.ReplaceAll(entries[i].content, test.old, test.new)
		c := slices.IndexFunc(entries, func(e entry) bool { return e.name == "log/checkpoint.txt" })
		signed, err := audit.OpenCheckpoint([]byte(entries[c].content), x.key.Signer(x.Org).VerifierKey())
		if err != nil {
			t.Fatal(err)
		}
		entries[c].content = string(forger.Checkpoint(signed.Size, signed.Root))
		forged := resigned(t, entries, forger)
		r := verify(forged, "")
		if !slices.ContainsFunc(r.Findings, func(f bundle.Finding) bool {
			return f.Kind == test.kind && (test.detail == "" || f.Detail == test.detail)
		}) {
			t.Errorf("%s: %+v", test.name, r.Findings)
		}
		if slices.ContainsFunc(r.Findings, func(f bundle.Finding) bool { return f.Kind == bundle.NotSigned }) {
			t.Errorf("%s: the forger's signature is not: %+v", test.name, r.Findings)
		}
		r = verify(forged, x.key.Signer(x.Org).VerifierKey())
		if !slices.ContainsFunc(r.Findings, func(f bundle.Finding) bool { return f.Kind == bundle.NotSigned }) {
			t.Errorf("%s: the forger is not found: %+v", test.name, r.Findings)
		}
	}
}
