package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"sluss/model/audit"
	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/blobs"
	"sluss/model/store/logcheck"
)

// ErrNotEmpty says that there are files already where a backup is to be restored.
var ErrNotEmpty = errors.New("the folder is not empty")

// Problem is something that is wrong with what was restored.
type Problem struct {
	What lang.Text
	// Subject names it: a case, an attachment, an organisation.
	Subject string
}

// In says what is wrong in a language.
func (p Problem) In(l lang.Lang) string {
	if p.Subject == "" {
		return p.What.In(l)
	}
	return p.What.In(l) + ": " + p.Subject
}

var (
	textFile = lang.Text{
		SV: "databasfilen är skadad", EN: "the file of the record is damaged",
	}
	textLogs = lang.Text{
		SV: "antalet ärenden, eller var deras loggar slutar, är inte det som säkerhetskopian uppger för organisationen",
		EN: "the number of cases, or where their logs end, is not what the backup says of the organisation",
	}
	textAttachment = lang.Text{
		SV: "bilagan saknas eller är ändrad", EN: "the attachment is missing or has changed",
	}
)

// Empty returns ErrNotEmpty when there is anything in a folder. There need be no
// folder.
func Empty(folder string) error {
	entries, err := os.ReadDir(folder)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return ErrNotEmpty
	}
	return nil
}

// Options say what a restored record is compared with, and who is told.
type Options struct {
	// Checkpoints returns the checkpoints of an organisation's log that were kept
	// elsewhere, their signatures checked. Nil means that there are none.
	Checkpoints func(orgID string) []audit.Checkpoint
	// AcceptLoss takes a record that is older than the last of them.
	AcceptLoss bool
	// Note is called when everything has been verified, before the mark is taken away.
	Note func(ctx context.Context, st *store.Store, reports []logcheck.Report) error
}

// Result is what was found.
type Result struct {
	Problems []Problem
	// Reports are those of the organisations' logs.
	Reports []logcheck.Report
}

// Restore unpacks a backup into a folder that is empty but for its lock, and
// verifies it: the file of the record, every case, incident and log, the logs against
// the manifest and the kept checkpoints, every attachment against its hash. It brings
// the schema up to date on the way. When it returns problems, or an error, the folder
// keeps its mark.
func Restore(ctx context.Context, b *Backup, folder string, o Options) (Result, error) {
	if err := mark(folder, nil); err != nil {
		return Result{}, err
	}
	if err := unpack(ctx, b, folder); err != nil {
		return Result{}, err
	}
	return settle(ctx, "sqlite:"+filepath.Join(folder, recordName), folder, b.Manifest, o)
}

// Adopt is Restore for a record that PostgreSQL's own tools have put back, and for the
// folder with its attachments. What the engine knew goes.
func Adopt(ctx context.Context, url, folder string, o Options) (Result, error) {
	if err := mark(folder, nil); err != nil {
		return Result{}, err
	}
	left, err := filepath.Glob(filepath.Join(folder, "engine.db*"))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		return Result{}, err
	}
	return settle(ctx, url, folder, Manifest{}, o)
}

// settle verifies what is there and takes the mark away.
func settle(ctx context.Context, url, folder string, m Manifest, o Options) (r Result, err error) {
	st, err := store.Open(ctx, store.Options{URL: url, MaxConns: atOnce})
	if err != nil {
		return r, err
	}
	if r, err = verify(ctx, st, m, folder, o); err == nil && len(r.Problems) == 0 && o.Note != nil {
		err = o.Note(ctx, st, r.Reports)
	}
	if err := errors.Join(err, st.Close()); err != nil {
		return r, err
	}
	if len(r.Problems) > 0 {
		return r, mark(folder, r.Problems)
	}
	return r, unmark(folder)
}

func unpack(ctx context.Context, b *Backup, folder string) error {
	files, err := blobs.OpenFolder(filepath.Join(folder, attachmentsName))
	if err != nil {
		return err
	}
	defer files.Close()
	for _, f := range b.Manifest.Files {
		err := b.read(f, func(r io.Reader) error {
			if orgID, hash, ok := attachmentOf(f.Name); ok {
				return files.Put(ctx, orgID, hash, r, func() error { return nil })
			}
			return unpackRecord(filepath.Join(folder, recordName), r)
		})
		if err != nil {
			return fmt.Errorf("restore %s: %w", f.Name, err)
		}
	}
	return syncFolder(folder)
}

func unpackRecord(to string, content io.Reader) error {
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// verify looks at everything that was restored. Without a manifest there is nothing
// that the logs are to be as large as.
func verify(ctx context.Context, st *store.Store, m Manifest, folder string, o Options) (Result, error) {
	files, err := blobs.OpenFolder(filepath.Join(folder, attachmentsName))
	if err != nil {
		return Result{}, err
	}
	defer files.Close()
	v := verifying{ctx: ctx, m: m, o: o, st: st, files: files}
	for _, check := range []func() error{v.file, v.size, v.logs, v.attachments} {
		if err := check(); err != nil {
			return Result{}, err
		}
	}
	return v.Result, nil
}

// atOnce is how many connections to the record are used.
const atOnce = 4

type verifying struct {
	Result
	ctx   context.Context
	m     Manifest
	o     Options
	st    *store.Store
	files *blobs.Blobs
}

func (v *verifying) found(what lang.Text, subject string) {
	v.Problems = append(v.Problems, Problem{what, subject})
}

func (v *verifying) file() error {
	if err := v.st.CheckFile(v.ctx); err != nil {
		v.found(textFile, "")
	}
	return v.ctx.Err()
}

// size compares where the logs end with what the manifest says.
func (v *verifying) size() error {
	if v.m.Format == "" {
		return nil
	}
	orgs, err := organisations(v.ctx, v.st)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		if !slices.Contains(v.m.Organisations, o) {
			v.found(textLogs, o.ID)
		}
	}
	for _, o := range v.m.Organisations {
		if !slices.ContainsFunc(orgs, func(is Organisation) bool { return is.ID == o.ID }) {
			v.found(textLogs, o.ID)
		}
	}
	return nil
}

// logs verifies the log of each organisation. A record that is older than a checkpoint
// is a problem unless that is accepted.
func (v *verifying) logs() error {
	orgs, err := v.st.Organisations(v.ctx)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		var kept []audit.Checkpoint
		if v.o.Checkpoints != nil {
			kept = v.o.Checkpoints(org.ID)
		}
		r, err := logcheck.Verify(v.ctx, v.st, org.ID, kept)
		if err != nil {
			return err
		}
		v.Reports = append(v.Reports, r)
		for _, f := range r.Findings {
			if f.Kind != logcheck.CutOff || !v.o.AcceptLoss {
				v.found(f.Text(), "")
			}
		}
	}
	return nil
}

// attachments compares what is attached with its hash. What was damaged when the
// backup was made is no worse for it.
func (v *verifying) attachments() error {
	return eachContent(v.ctx, v.st, func(orgID, hash string) error {
		name := attachmentName(orgID, hash)
		if slices.Contains(v.m.Damaged, name) {
			return nil
		}
		content, err := v.files.Open(v.ctx, orgID, hash)
		if errors.Is(err, blobs.ErrDamaged) {
			v.found(textAttachment, name)
			return nil
		}
		if err != nil {
			return err
		}
		return content.Close()
	})
}
