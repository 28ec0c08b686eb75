//go:build linux && !slim

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sluss/cmd/slussbench/profile"
)

// startProfile starts a profile of the server and returns what ends it and puts
// it into the folder that was asked for.
func (b *bench) startProfile(s *server, name string) (end func() error, err error) {
	if b.profile == "" {
		return func() error { return nil }, nil
	}
	s.profiles++
	from := fmt.Sprintf("%s.%d", filepath.Join(s.dir, "profile"), s.profiles)
	to := filepath.Join(b.profile, fmt.Sprintf("%s-%s-%s-%d.pprof", s.name, s.database, name, s.profiles))
	if err := s.cmd.Process.Signal(profile.Signal); err != nil {
		return nil, err
	}
	return func() error {
		if err := s.cmd.Process.Signal(profile.Signal); err != nil {
			return err
		}
		return copyWhenThere(from, to)
	}, nil
}

// copyWhenThere waits for a file to appear and copies it.
func copyWhenThere(from, to string) error {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(from)
		if err == nil {
			return os.WriteFile(to, text, 0o644)
		}
	}
	return fmt.Errorf("no profile in %s", from)
}
