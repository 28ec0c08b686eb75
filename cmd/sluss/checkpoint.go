package main

import (
	"cmp"
	"errors"
	"flag"
	"path/filepath"
	"time"

	"sluss/api/anchor"
	"sluss/model/audit"
)

// checkpointSettings say where signed checkpoints of the log are taken to, and how
// they are signed.
type checkpointSettings struct {
	file, url, keyFile string
	every              time.Duration
}

func (s *checkpointSettings) flags(fs *flag.FlagSet) {
	fs.StringVar(&s.file, "checkpoint-file", "", "`file` that signed checkpoints of the log are appended to; keep it where the database's administrator cannot write")
	fs.StringVar(&s.url, "checkpoint-url", "", "`URL` that signed checkpoints of the log are posted to (https)")
	fs.DurationVar(&s.every, "checkpoint-every", 10*time.Minute, "how often a checkpoint is taken, when the log has grown (`duration`, such as 10m)")
	fs.StringVar(&s.keyFile, "checkpoint-key-file", "", "`file` with the key that signs checkpoints (default: checkpoint.key in the data folder, made at the first start)")
}

func (s *checkpointSettings) complete() error {
	if s.every < time.Second {
		return errors.New("--checkpoint-every is a duration of a second or more, such as 10m")
	}
	if _, err := s.keepers(); err != nil {
		return err
	}
	return nil
}

func (s *checkpointSettings) keepers() (keepers []anchor.Keeper, err error) {
	if s.file != "" {
		keepers = append(keepers, anchor.File(s.file))
	}
	if s.url != "" {
		server, err := anchor.NewServer(s.url)
		if err != nil {
			return nil, errors.New("--checkpoint-url is https://host/path")
		}
		keepers = append(keepers, server)
	}
	return keepers, nil
}

// key reads the key that signs, and makes the data folder's own at the first start.
func (s *checkpointSettings) key(dataDir string) (audit.Key, error) {
	if s.keyFile != "" {
		return anchor.KeyAt(s.keyFile)
	}
	return anchor.OwnKeyAt(ownKey(dataDir))
}

// readKey is key for a command that writes nothing.
func (s *checkpointSettings) readKey(dataDir string) (audit.Key, error) {
	return anchor.KeyAt(cmp.Or(s.keyFile, ownKey(dataDir)))
}

func ownKey(dataDir string) string { return filepath.Join(dataDir, "checkpoint.key") }
