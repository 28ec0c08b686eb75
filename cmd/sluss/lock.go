package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// folderUse is how a process uses a data folder.
type folderUse int

const (
	ownFolder    folderUse = syscall.LOCK_EX // alone
	sharedFolder folderUse = syscall.LOCK_SH // with others that share it
)

// lockFolder makes sure that this is the only process on a data folder, or that
// nobody has it alone. The lock ends with the process, however it ends.
func lockFolder(folder string, whose folderUse) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, "sluss.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), int(whose)|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(
			fmt.Errorf("another Sluss is running on %s: stop it, or give this one a --data-dir of its own", folder), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the data folder: %w", err), f.Close())
	}
	return f, nil
}
