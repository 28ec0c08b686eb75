package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/store/backup"
)

const backupAbout = `Copy the data folder into one new file. The server may be running on the folder.

Usage:
  sluss backup --to FILE [flags]

The file holds the record and what is attached to it, and can be read by its owner
only. A record in PostgreSQL is backed up with that database's own tools; copy the
folder of attachments after it.`

func backupCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	var to, language string
	rest, err := s.parse("backup", backupAbout, args, stderr, languageFlag(&language), func(fs *flag.FlagSet) {
		fs.StringVar(&to, "to", "", "`file` to write, which must not be there yet")
	})
	if err != nil {
		return err
	}
	say, err := speaker(language, stdout)
	switch {
	case err != nil:
		return err
	case len(rest) > 0 || to == "":
		fmt.Fprintln(stderr, backupAbout)
		return errUsage
	case s.databaseURL != "":
		return say.error("databasen ligger i PostgreSQL: säkerhetskopiera den med pg_dump och därefter mappen attachments",
			"the record is in PostgreSQL: back it up with pg_dump, and the folder attachments after it")
	}
	began := time.Now()
	m, err := backup.Make(ctx, s.dataDir, to, version(), clock.System.Now())
	if err != nil {
		return say.fault(err, to, s.dataDir)
	}
	info, err := os.Stat(to)
	if err != nil {
		return err
	}
	say.tell("%s: %d ärenden, %d händelser, %d bilagor, %s på %s\n", "%s: %d cases, %d events, %d attachments, %s in %s\n",
		to, m.Cases(), m.Events(), len(m.Files)-1, megabytes(info.Size()), took(began))
	for _, name := range m.Damaged {
		say.tell("Skadad redan i mappen och inte med: %s\n", "Damaged in the folder already and left out: %s\n", name)
	}
	if n := len(m.Damaged); n > 0 {
		return say.error("säkerhetskopian är gjord utan %d skadade bilagor", "the backup was made without %d damaged attachments", n)
	}
	return nil
}

// spoken prints in the language that was chosen.
type spoken struct {
	lang lang.Lang
	w    io.Writer
}

func languageFlag(language *string) func(*flag.FlagSet) {
	return func(fs *flag.FlagSet) { fs.StringVar(language, "lang", string(lang.Default), "sv or en") }
}

func speaker(language string, w io.Writer) (spoken, error) {
	l, err := lang.Parse(language)
	if err != nil {
		return spoken{}, errors.New("--lang is sv or en")
	}
	return spoken{l, w}, nil
}

func (s spoken) tell(sv, en string, args ...any) {
	fmt.Fprintf(s.w, lang.Text{SV: sv, EN: en}.In(s.lang), args...)
}

func (s spoken) error(sv, en string, args ...any) error {
	return fmt.Errorf(lang.Text{SV: sv, EN: en}.In(s.lang), args...)
}

// fault says what keeps a backup from being made or restored.
func (s spoken) fault(err error, file, folder string) error {
	switch {
	case errors.Is(err, backup.ErrExists):
		return s.error("%s finns redan: välj ett annat namn", "%s exists already: choose another name", file)
	case errors.Is(err, backup.ErrNoRecord):
		return s.error("%s är ingen datamapp med en databas: ange den med --data-dir", "%s is no data folder with a record: name it with --data-dir", folder)
	case errors.Is(err, backup.ErrSchema):
		return s.error("databasen hör till en annan version: säkerhetskopiera med den version som använder den",
			"the record belongs to another version: back it up with the one that runs on it")
	case errors.Is(err, backup.ErrNewer):
		return s.error("%s är gjord av en nyare version: återställ med den", "%s was made by a newer version: restore it with that one", file)
	case errors.Is(err, backup.ErrNotEmpty):
		return s.error("%s är inte tom: återställ till en tom mapp", "%s is not empty: restore into an empty folder", folder)
	case errors.Is(err, backup.ErrDamaged):
		return s.error("%s är ingen hel säkerhetskopia: %w", "%s is no whole backup: %w", file, err)
	}
	return err
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func took(began time.Time) string { return time.Since(began).Round(10 * time.Millisecond).String() }
