package backup

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sluss/migrations"
	"sluss/model/store"
	"sluss/model/store/blobs"
)

var (
	// ErrExists says that there is a file already where the backup is to go.
	ErrExists = errors.New("the file exists already")
	// ErrNoRecord says that a folder holds no record in a file.
	ErrNoRecord = errors.New("the data folder holds no record")
	// ErrSchema says that the record has another schema than the program: it is
	// backed up by the program that runs on it.
	ErrSchema = errors.New("the record has the schema of another version of the program")
)

// Make backs a data folder up to a new file, which nobody else may read. The
// program may be running on the folder. The file appears under its name when it is
// whole and on the disk. What is attached and damaged is left out and named in the
// manifest.
func Make(ctx context.Context, folder, to, program string, now time.Time) (Manifest, error) {
	m := Manifest{Format: Format, Program: program, At: now.UTC().Truncate(time.Second)}
	if _, err := os.Lstat(to); !errors.Is(err, os.ErrNotExist) {
		return m, errors.Join(ErrExists, err)
	}
	if _, err := os.Stat(filepath.Join(folder, recordName)); err != nil {
		return m, errors.Join(ErrNoRecord, err)
	}
	work, err := os.MkdirTemp(filepath.Dir(to), ".sluss-backup-*")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(work)
	files, err := blobs.OpenFolder(filepath.Join(folder, attachmentsName))
	if err != nil {
		return m, err
	}
	defer files.Close()

	w := writing{folder: folder, work: work, files: files, copy: store.CopySQLite, m: m}
	if err := w.all(ctx); err != nil {
		return m, err
	}
	if err := os.Rename(w.archive(), to); err != nil {
		return m, err
	}
	return w.m, syncFolder(filepath.Dir(to))
}

// writing is a backup on its way.
type writing struct {
	folder, work string
	files        *blobs.Blobs
	copy         func(ctx context.Context, from, to string) error
	m            Manifest
	zip          *zip.Writer
}

func (w *writing) record() string  { return filepath.Join(w.work, recordName) }
func (w *writing) archive() string { return filepath.Join(w.work, "backup.zip") }

// all copies and writes until nothing is missing that was there. What is missing
// twice is not what somebody removed meanwhile.
func (w *writing) all(ctx context.Context) error {
	for {
		before := w.m.Damaged
		w.m.Files, w.m.Damaged = nil, nil
		if err := w.once(ctx); err != nil {
			return err
		}
		if len(w.m.Damaged) == 0 || slices.Equal(w.m.Damaged, before) {
			return nil
		}
		if err := errors.Join(os.Remove(w.record()), os.Remove(w.archive())); err != nil {
			return err
		}
	}
}

func (w *writing) once(ctx context.Context) error {
	if err := w.copy(ctx, filepath.Join(w.folder, recordName), w.record()); err != nil {
		return err
	}
	content, err := w.describe(ctx)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(w.archive(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w.zip = zip.NewWriter(file)
	err = w.write(ctx, content)
	if err == nil {
		err = w.zip.Close()
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// describe reads from the copy what the manifest says of it, and what is attached.
func (w *writing) describe(ctx context.Context) (content [][2]string, err error) {
	st, err := store.Connect(ctx, store.Options{URL: "sqlite:" + w.record(), MaxConns: 1})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }() // which folds everything into the one file
	if w.m.Schema, err = st.Schema(ctx); err != nil {
		return nil, err
	}
	if w.m.Schema != migrations.Newest() {
		return nil, ErrSchema
	}
	if w.m.Organisations, err = organisations(ctx, st); err != nil {
		return nil, err
	}
	err = eachContent(ctx, st, func(orgID, hash string) error {
		content = append(content, [2]string{orgID, hash})
		return nil
	})
	return content, err
}

func (w *writing) write(ctx context.Context, content [][2]string) error {
	record, err := os.Open(w.record())
	if err != nil {
		return err
	}
	defer record.Close()
	if err := w.add(recordName, zip.Deflate, record); err != nil {
		return err
	}
	for _, c := range content {
		if err := w.attachment(ctx, c[0], c[1]); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(w.m, "", "  ")
	if err != nil {
		return err
	}
	entry, err := w.zip.CreateHeader(w.header(manifestName, zip.Deflate))
	if err == nil {
		_, err = entry.Write(append(text, '\n'))
	}
	return err
}

// attachment adds content that was verified just now, as it is: what is attached
// hardly gets smaller.
func (w *writing) attachment(ctx context.Context, orgID, hash string) error {
	content, err := w.files.Open(ctx, orgID, hash)
	if errors.Is(err, blobs.ErrDamaged) {
		w.m.Damaged = append(w.m.Damaged, attachmentName(orgID, hash))
		return nil
	}
	if err != nil {
		return err
	}
	defer content.Close()
	return w.add(attachmentName(orgID, hash), zip.Store, content)
}

func (w *writing) add(name string, method uint16, content io.Reader) error {
	entry, err := w.zip.CreateHeader(w.header(name, method))
	if err != nil {
		return err
	}
	size, sha, err := measured(entry, content)
	if err != nil {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	w.m.Files = append(w.m.Files, File{Name: name, Size: size, SHA256: sha})
	return nil
}

func (w *writing) header(name string, method uint16) *zip.FileHeader {
	h := &zip.FileHeader{Name: name, Method: method, Modified: w.m.At}
	h.SetMode(0o600)
	return h
}

// syncFolder brings the names in a folder to the disk.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
