package anchor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sluss/model/audit"
)

// KeyAt reads the key in a file.
func KeyAt(path string) (audit.Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return audit.Key{}, fmt.Errorf("read the key of checkpoints: %w", err)
	}
	key, err := audit.ParseKey(string(text))
	if err != nil {
		return key, fmt.Errorf("read %s: %w", path, err)
	}
	return key, nil
}

// OwnKeyAt reads the key in a file of the program's own, and makes it when it is
// not there. Only its owner can read it.
func OwnKeyAt(path string) (audit.Key, error) {
	key, err := KeyAt(path)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	key = audit.NewKey()
	err = writeKey(path, key)
	if errors.Is(err, os.ErrExist) {
		return KeyAt(path) // another process was faster
	}
	if err != nil {
		return key, fmt.Errorf("make the key of checkpoints: %w", err)
	}
	return key, nil
}

// writeKey writes a whole file or none, and never over another one.
func writeKey(path string, key audit.Key) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-") // readable by its owner only
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = fmt.Fprintln(file, key)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	err = os.Link(file.Name(), path)
	if err == nil || errors.Is(err, os.ErrExist) {
		return err
	}
	return os.Rename(file.Name(), path) // where files cannot have two names
}
