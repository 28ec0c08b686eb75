package backup

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"sluss/migrations"
)

// Errors of a file that is not restored.
var (
	// ErrDamaged says that a file is no backup, or not as it was made.
	ErrDamaged = errors.New("the file is no backup, or is damaged")
	// ErrNewer says that a backup was made by a newer version of the program.
	ErrNewer = errors.New("the backup was made by a newer version of the program")
)

// maxManifest bounds the manifest, in bytes: a hundred for each attachment.
const maxManifest = 256 << 20

// Backup is a file that holds what its manifest says, no more and no less.
type Backup struct {
	Manifest Manifest

	archive *zip.ReadCloser
	entries map[string]*zip.File
}

// Open reads a backup through and returns it. It returns ErrDamaged when anything
// is missing, too much or changed, and ErrNewer when this program cannot read it.
func Open(path string) (*Backup, error) {
	archive, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, zip.ErrInsecurePath) {
		return nil, errors.Join(damaged("its end"), close(archive))
	}
	if err != nil {
		return nil, err
	}
	b := &Backup{archive: archive, entries: map[string]*zip.File{}}
	for _, check := range []func() error{b.index, b.readManifest, b.compare, b.readThrough} {
		if err := check(); err != nil {
			return nil, errors.Join(err, archive.Close())
		}
	}
	return b, nil
}

func close(archive *zip.ReadCloser) error {
	if archive == nil {
		return nil
	}
	return archive.Close()
}

// Close closes the file.
func (b *Backup) Close() error { return b.archive.Close() }

// damaged says where a backup is damaged, by a name that a backup may hold.
func damaged(where string) error { return fmt.Errorf("%w: %s", ErrDamaged, where) }

// index lists the files in the archive by name, of which each is there once and is
// one that a backup holds: no path leads out of the folder.
func (b *Backup) index() error {
	for _, f := range b.archive.File {
		if f.Name != manifestName && !fileNames.MatchString(f.Name) {
			return damaged("the name of a file")
		}
		if b.entries[f.Name] != nil {
			return damaged(f.Name + " is there twice")
		}
		b.entries[f.Name] = f
	}
	return nil
}

func (b *Backup) readManifest() error {
	entry := b.entries[manifestName]
	if entry == nil || entry.UncompressedSize64 > maxManifest {
		return damaged(manifestName)
	}
	r, err := entry.Open()
	if err != nil {
		return damaged(manifestName)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil || json.Unmarshal(text, &b.Manifest) != nil {
		return damaged(manifestName)
	}
	switch {
	case b.Manifest.Format != Format, b.Manifest.Schema > migrations.Newest():
		return ErrNewer
	case b.Manifest.Schema == "":
		return damaged(manifestName)
	}
	return nil
}

// compare requires that the archive holds exactly the files of the manifest.
func (b *Backup) compare() error {
	listed := map[string]bool{manifestName: true}
	for _, f := range b.Manifest.Files {
		entry := b.entries[f.Name]
		switch {
		case listed[f.Name], entry == nil:
			return damaged(manifestName + " and the files")
		case entry.UncompressedSize64 != uint64(f.Size):
			return damaged(f.Name)
		}
		listed[f.Name] = true
	}
	if len(b.entries) != len(listed) || !listed[recordName] {
		return damaged(manifestName + " and the files")
	}
	return nil
}

// readThrough compares every file with its hash.
func (b *Backup) readThrough() error {
	for _, f := range b.Manifest.Files {
		err := b.read(f, func(r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// read gives a file's content to a function, which is to read it to its end. At
// the end it fails with ErrDamaged unless the content is what the manifest says.
func (b *Backup) read(f File, use func(io.Reader) error) error {
	r, err := b.entries[f.Name].Open()
	if err != nil {
		return damaged(f.Name)
	}
	defer r.Close()
	return use(&checked{r: r, sum: sha256.New(), file: f})
}

// checked compares what was read with the manifest, at the end.
type checked struct {
	r    io.Reader
	sum  hash.Hash
	size int64
	file File
}

// Read implements io.Reader.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.sum.Write(p[:n])
	c.size += int64(n)
	switch {
	case err == nil && c.size <= c.file.Size:
		return n, nil
	case err == io.EOF && c.size == c.file.Size && hex.EncodeToString(c.sum.Sum(nil)) == c.file.SHA256:
		return n, io.EOF
	}
	return n, damaged(c.file.Name)
}
