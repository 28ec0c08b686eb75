package bundle

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
)

// The bounds of a bundle that is read. No case comes near them.
const (
	maxFiles    = 10_000
	maxDocument = 64 << 20 // of a file that is read into memory, in bytes
	maxTotal    = 8 << 30  // of all files, unpacked
)

// names are those that a file in a bundle may have. None leads anywhere, and nothing
// is ever unpacked.
var names = regexp.MustCompile(`^(?:manifest\.json|manifest\.note|people\.json|log/(?:events|salts|proofs)\.json|log/checkpoint\.txt|` +
	`record/[a-z_]{1,64}\.json|attachments/[0-9a-f]{64}|rulebook/[A-Za-z0-9._-]{1,100}(?:/[A-Za-z0-9._-]{1,100}){0,3})$`)

// archive is a bundle that has been opened: its names and sizes have been checked,
// its contents not yet.
type archive struct {
	manifest Manifest
	// sum is the hash of the manifest.
	sum   string
	files map[string]*zip.File
}

// open reads the list of files and the manifest. An error says what is wrong with
// the archive as a whole.
func open(r io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not a ZIP archive")
	}
	a := &archive{files: map[string]*zip.File{}}
	if len(z.File) > maxFiles {
		return nil, fmt.Errorf("more than %d files", maxFiles)
	}
	var total uint64
	for _, f := range z.File {
		total += min(f.UncompressedSize64, maxTotal+1)
		switch {
		case !names.MatchString(f.Name) || path.Clean(f.Name) != f.Name || strings.Contains(f.Name, ".."):
			return nil, fmt.Errorf("a file with a name that a bundle does not have: %.60q", f.Name)
		case a.files[f.Name] != nil:
			return nil, fmt.Errorf("%s is there twice", f.Name)
		case total > maxTotal:
			return nil, fmt.Errorf("larger than %d bytes", int64(maxTotal))
		}
		a.files[f.Name] = f
	}
	text, err := a.read(manifestName, maxDocument)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &a.manifest); err != nil {
		return nil, fmt.Errorf("%s cannot be read", manifestName)
	}
	if a.manifest.Format != Format {
		return nil, fmt.Errorf("not of the form %s", Format)
	}
	sum := sha256.Sum256(text)
	a.sum = hex.EncodeToString(sum[:])
	return a, nil
}

// read reads a file of at most so many bytes.
func (a *archive) read(name string, most int64) ([]byte, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("%s is missing", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read", name)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil || int64(len(text)) > most {
		return nil, fmt.Errorf("%s cannot be read", name)
	}
	return text, nil
}

// hash returns the SHA-256 of a file of the given size.
func (a *archive) hash(name string, size int64) (string, bool) {
	r, err := a.files[name].Open()
	if err != nil {
		return "", false
	}
	defer r.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(r, size+1))
	return hex.EncodeToString(sum.Sum(nil)), err == nil && n == size
}

// json reads a file of JSON.
func (a *archive) json(name string, v any) error {
	text, err := a.read(name, maxDocument)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s cannot be read", name)
	}
	return nil
}
