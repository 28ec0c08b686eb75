package anchor

import (
	"errors"
	"fmt"
	"os"

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
	made := path + ".new"
	if err := writeKey(made, key); err != nil {
		return key, fmt.Errorf("make the key of checkpoints: %w", err)
	}
	return key, os.Rename(made, path)
}

func writeKey(path string, key audit.Key) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, key)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
