package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/blobs"
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
	textCase = lang.Text{
		SV: "ärendets uppgifter är inte de som dess logg ger", EN: "the case is not what its log adds up to",
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

// Restore unpacks a backup into a folder that is empty but for its lock, and
// verifies it: the file of the record, every case against its log, the logs
// against the manifest, every attachment against its hash. It brings the schema up
// to date on the way. When it returns problems, or an error, the folder keeps its
// mark.
func Restore(ctx context.Context, b *Backup, folder string) ([]Problem, error) {
	if err := mark(folder, nil); err != nil {
		return nil, err
	}
	if err := unpack(ctx, b, folder); err != nil {
		return nil, err
	}
	problems, err := verify(ctx, b.Manifest, folder)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return problems, mark(folder, problems)
	}
	return nil, unmark(folder)
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

// verify looks at everything that was restored.
func verify(ctx context.Context, m Manifest, folder string) ([]Problem, error) {
	st, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(folder, recordName), MaxConns: atOnce})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	files, err := blobs.OpenFolder(filepath.Join(folder, attachmentsName))
	if err != nil {
		return nil, err
	}
	defer files.Close()
	v := verifying{ctx: ctx, m: m, st: st, files: files}
	for _, check := range []func() error{v.file, v.logs, v.cases, v.attachments} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return v.problems, nil
}

// atOnce is how many cases are verified at the same time.
const atOnce = 4

type verifying struct {
	ctx   context.Context
	m     Manifest
	st    *store.Store
	files *blobs.Blobs

	mu       sync.Mutex
	problems []Problem
}

func (v *verifying) found(what lang.Text, subject string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problems = append(v.problems, Problem{what, subject})
}

func (v *verifying) file() error {
	if err := v.st.CheckFile(v.ctx); err != nil {
		v.found(textFile, "")
	}
	return v.ctx.Err()
}

func (v *verifying) logs() error {
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

func (v *verifying) cases() error {
	var group sync.WaitGroup
	places := make(chan struct{}, atOnce)
	defer group.Wait()
	for _, o := range v.m.Organisations {
		err := eachHead(v.ctx, v.st, o.ID, func(h store.Head) {
			places <- struct{}{}
			group.Go(func() {
				defer func() { <-places }()
				if err := v.st.VerifyCase(v.ctx, o.ID, h.CaseID); err != nil {
					v.found(textCase, h.CaseID)
				}
			})
		})
		if err != nil {
			return err
		}
	}
	group.Wait()
	return v.ctx.Err()
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
