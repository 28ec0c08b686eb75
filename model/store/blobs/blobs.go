package blobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"
)

// ErrDamaged says that content is gone, or is not what it was when it was stored.
var ErrDamaged = errors.New("stored content is missing or has changed")

// Blobs keeps content. It is safe for concurrent use.
type Blobs struct {
	bucket *blob.Bucket
	// folder is where the bucket keeps its files, "" for a bucket elsewhere.
	folder string
	// sweep is held for reading between the writing of content and of the row
	// that refers to it. A lock on a file does the same between processes that share
	// the folder.
	sweep sync.RWMutex
}

// share and alone are how the lock on the folder is held.
const (
	share = syscall.LOCK_SH
	alone = syscall.LOCK_EX
)

// lock takes the lock that keeps Put and Sweep of several processes apart.
func (b *Blobs) lock(how int) (unlock func() error, err error) {
	if b.folder == "" {
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(b.folder+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		if err = syscall.Flock(int(f.Fd()), how); err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(err, f.Close())
		}
	}
}

// New keeps content in a bucket, which Close closes.
func New(bucket *blob.Bucket) *Blobs { return &Blobs{bucket: bucket} }

// OpenFolder keeps content in a folder, which is made when it is not there and
// which nobody else may read.
func OpenFolder(path string) (*Blobs, error) {
	bucket, err := fileblob.OpenBucket(path, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, fmt.Errorf("open the folder of attachments: %w", err)
	}
	b := New(bucket)
	b.folder = path
	return b, nil
}

// Close ends the use of the bucket.
func (b *Blobs) Close() error { return b.bucket.Close() }

// Hash returns the SHA-256 of everything that r holds, in lower-case hexadecimal
// digits, and its length in bytes.
func Hash(r io.Reader) (hash string, size int64, err error) {
	h := sha256.New()
	size, err = io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// key is where content lies. Organisations are apart even where they share it.
func key(orgID, hash string) string { return orgID + "/" + hash }

// Put stores content under its hash, as Hash returns it, and then calls record,
// which writes what refers to it. It returns record's error. Content that is
// there already is written again, which mends what was damaged.
func (b *Blobs) Put(ctx context.Context, orgID, hash string, content io.Reader, record func() error) error {
	b.sweep.RLock()
	defer b.sweep.RUnlock()
	unlock, err := b.lock(share)
	if err != nil {
		return fmt.Errorf("store an attachment: %w", err)
	}
	defer unlock()
	if err := b.write(ctx, orgID, hash, content); err != nil {
		return fmt.Errorf("store an attachment: %w", err)
	}
	return record()
}

// write writes content so that it survives a loss of power: a file is on the disk
// before it gets its name, and the name is on the disk before anybody is told.
func (b *Blobs) write(ctx context.Context, orgID, hash string, content io.Reader) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var file *os.File
	w, err := b.bucket.NewWriter(ctx, key(orgID, hash), &blob.WriterOptions{
		ContentType: "application/octet-stream",
		BeforeWrite: func(as func(any) bool) error {
			as(&file)
			return nil
		},
	})
	if err != nil {
		return err
	}
	h := sha256.New()
	if file != nil {
		err = file.Chmod(0o600)
	}
	if err == nil {
		_, err = io.Copy(w, io.TeeReader(content, h))
	}
	if err == nil && hex.EncodeToString(h.Sum(nil)) != hash {
		err = errors.New("the content does not have this hash")
	}
	if err == nil && file != nil {
		err = file.Sync()
	}
	if err != nil {
		cancel() // closing then leaves nothing behind
		return errors.Join(err, ignoreCancelled(w.Close()))
	}
	if err := w.Close(); err != nil {
		return err
	}
	return b.syncFolders(orgID)
}

func ignoreCancelled(err error) error {
	if errors.Is(err, context.Canceled) || gcerrors.Code(err) == gcerrors.Canceled {
		return nil
	}
	return err
}

// syncFolders brings the names of files to the disk.
func (b *Blobs) syncFolders(orgID string) error {
	if b.folder == "" {
		return nil
	}
	for _, path := range []string{filepath.Join(b.folder, orgID), b.folder} {
		folder, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Open returns content that was verified just now. Reading it to its end fails
// with ErrDamaged should it change meanwhile. Content that is gone or has changed
// is ErrDamaged too.
func (b *Blobs) Open(ctx context.Context, orgID, hash string) (io.ReadCloser, error) {
	first, err := b.read(ctx, orgID, hash)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, first)
	if err := errors.Join(err, first.Close()); err != nil {
		return nil, err
	}
	return b.read(ctx, orgID, hash)
}

func (b *Blobs) read(ctx context.Context, orgID, hash string) (io.ReadCloser, error) {
	r, err := b.bucket.NewReader(ctx, key(orgID, hash), nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, ErrDamaged
	}
	if err != nil {
		return nil, fmt.Errorf("read an attachment: %w", err)
	}
	h := sha256.New()
	return &verified{Reader: io.TeeReader(r, h), Closer: r, hash: hash, sum: func() string { return hex.EncodeToString(h.Sum(nil)) }}, nil
}

// verified compares what was read with its hash, at the end.
type verified struct {
	io.Reader
	io.Closer
	hash string
	sum  func() string
}

// Read implements io.Reader. Instead of io.EOF it returns ErrDamaged when the
// content is not what it was.
func (v *verified) Read(p []byte) (int, error) {
	n, err := v.Reader.Read(p)
	if err == io.EOF && v.sum() != v.hash {
		return n, ErrDamaged
	}
	return n, err
}

// Sweep removes the content to which nothing refers and which was written before
// a time, and returns how much there was. referred returns those of an
// organisation's hashes to which something refers. The time must lie so far back
// that nobody is still between writing content and what refers to it; on one folder
// Put and Sweep keep apart by themselves.
func (b *Blobs) Sweep(ctx context.Context, before time.Time,
	referred func(ctx context.Context, orgID string, hashes []string) (map[string]bool, error)) (removed int, err error) {
	old, err := b.olderThan(ctx, before)
	for try := 1; gcerrors.Code(err) == gcerrors.NotFound && try < maxLists; try++ {
		old, err = b.olderThan(ctx, before)
	}
	if err != nil {
		return 0, fmt.Errorf("list attachments: %w", err)
	}
	for orgID, names := range old {
		n, err := b.sweepOrganisation(ctx, orgID, names, before, referred)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// maxLists bounds how often the content is listed: files on their way, which are
// renamed while somebody looks at them, break off a list.
const maxLists = 20

// olderThan lists the content that was written before a time, by organisation.
func (b *Blobs) olderThan(ctx context.Context, before time.Time) (map[string][]string, error) {
	old := map[string][]string{}
	for list := b.bucket.List(nil); ; {
		object, err := list.Next(ctx)
		if err == io.EOF {
			return old, nil
		}
		if err != nil {
			return nil, err
		}
		orgID, name, ok := strings.Cut(object.Key, "/")
		if ok && object.ModTime.Before(before) {
			old[orgID] = append(old[orgID], name)
		}
	}
}

func (b *Blobs) sweepOrganisation(ctx context.Context, orgID string, names []string, before time.Time,
	referred func(ctx context.Context, orgID string, hashes []string) (map[string]bool, error)) (removed int, err error) {
	b.sweep.Lock()
	defer b.sweep.Unlock()
	unlock, err := b.lock(alone)
	if err != nil {
		return 0, fmt.Errorf("remove content: %w", err)
	}
	defer unlock()
	known, err := referred(ctx, orgID, names)
	if err != nil {
		return 0, fmt.Errorf("look for what refers to attachments: %w", err)
	}
	for _, name := range names {
		if known[name] {
			continue
		}
		at, err := b.bucket.Attributes(ctx, key(orgID, name))
		if err == nil && !at.ModTime.Before(before) {
			continue // written again meanwhile
		}
		if err == nil {
			err = b.bucket.Delete(ctx, key(orgID, name))
		}
		switch {
		case gcerrors.Code(err) == gcerrors.NotFound:
		case err != nil:
			return removed, fmt.Errorf("remove content: %w", err)
		default:
			removed++
		}
	}
	return removed, nil
}
