package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"sluss/model/audit"
)

// Format names the form of a bundle, and goes up when it changes so that older
// programs do not read what they do not understand.
const Format = "sluss-case-bundle/1"

// The names of files in a bundle.
const (
	manifestName   = "manifest.json"
	noteName       = "manifest.note"
	eventsName     = "log/events.json"
	saltsName      = "log/salts.json"
	proofsName     = "log/proofs.json"
	checkpointName = "log/checkpoint.txt"
	peopleName     = "people.json"
	recordFolder   = "record/"
	attachFolder   = "attachments/"
	rulebookFolder = "rulebook"
)

// noteHead begins the note that is signed over a manifest. It is no origin of a log,
// so that the note is no checkpoint.
const noteHead = "sluss/case-bundle/v1"

// Manifest says what a bundle holds.
type Manifest struct {
	Format string `json:"format"`
	// Program is the version of the program that made the bundle, MadeAt when, UTC.
	Program string    `json:"program"`
	MadeAt  time.Time `json:"made_at"`
	OrgID   string    `json:"org_id"`
	CaseID  string    `json:"case_id"`
	// Origin names the log, and VerifierKey is the public key that its checkpoints
	// and the manifest are checked with. A key that comes with what it is to prove
	// proves nothing: compare it with one that is known from elsewhere.
	Origin      string `json:"origin"`
	VerifierKey string `json:"verifier_key"`
	// RulebookDigest is that of the rulebook that the case is pinned to. Rulebook is
	// true when its files are here.
	RulebookDigest string `json:"rulebook_digest"`
	Rulebook       bool   `json:"rulebook"`
	Files          []File `json:"files"`
}

// File is one file of a bundle.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Proof shows that an event is a leaf of the tree of the checkpoint.
type Proof struct {
	Seq   int64            `json:"seq"`
	Leaf  int64            `json:"leaf"`
	Proof tlog.RecordProof `json:"proof"`
}

// Salt opens a commitment of an event.
type Salt struct {
	Seq   int64  `json:"seq"`
	Field string `json:"field"`
	Salt  string `json:"salt"` // in hexadecimal digits
}

// Log is what proves a case.
type Log struct {
	Events     []audit.Event
	Salts      []Salt
	Proofs     []Proof
	Checkpoint []byte
}

// Writer writes a bundle. What it is given goes into the archive in that order.
type Writer struct {
	z        *zip.Writer
	manifest Manifest
}

// NewWriter begins a bundle. The manifest's files are the writer's to list.
func NewWriter(w io.Writer, m Manifest) *Writer {
	m.Format, m.Files = Format, []File{}
	return &Writer{zip.NewWriter(w), m}
}

// Log writes the log.
func (w *Writer) Log(l Log) error {
	for _, f := range []struct {
		name string
		v    any
	}{{eventsName, l.Events}, {saltsName, l.Salts}, {proofsName, l.Proofs}} {
		if err := w.json(f.name, f.v); err != nil {
			return err
		}
	}
	return w.file(checkpointName, bytes.NewReader(l.Checkpoint))
}

// Rows writes the rows of a table.
func (w *Writer) Rows(table string, rows []map[string]any) error {
	return w.json(recordFolder+table+".json", rows)
}

// People writes the names of people by their ids. They are those of today, and
// nothing proves them.
func (w *Writer) People(names map[string]string) error { return w.json(peopleName, names) }

// Attachment writes the content of an attached file, which is named by its hash.
func (w *Writer) Attachment(sha string, content io.Reader) error {
	return w.file(attachFolder+sha, content)
}

// Rulebook writes the files of the rulebook that the case is pinned to.
func (w *Writer) Rulebook(files fs.FS) error {
	w.manifest.Rulebook = true
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		return w.file(rulebookFolder+"/"+name, bytes.NewReader(text))
	})
}

// Close writes the manifest and signs it.
func (w *Writer) Close(s *audit.Signer) error {
	text, err := json.MarshalIndent(w.manifest, "", "  ")
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if err := w.file(manifestName, bytes.NewReader(text)); err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	if err := w.file(noteName, bytes.NewReader(s.Note(noteText(hex.EncodeToString(sum[:]))))); err != nil {
		return err
	}
	return w.z.Close()
}

func noteText(sum string) string { return noteHead + "\n" + sum + "\n" }

func (w *Writer) json(name string, v any) error {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return w.file(name, bytes.NewReader(text))
}

func (w *Writer) file(name string, content io.Reader) error {
	f, err := w.z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: w.manifest.MadeAt})
	if err != nil {
		return err
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, sum), content)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	w.manifest.Files = append(w.manifest.Files, File{name, size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}
