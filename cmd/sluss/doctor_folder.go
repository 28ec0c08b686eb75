package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sluss/api/anchor"
	"sluss/model/store/backup"
)

// scarceDisk is how many bytes of a disk are little enough to be told of, and long
// before leastDisk, at which the program is no longer ready.
const scarceDisk = 1 << 30

// folder looks at the data folder: whether it is there, and whether others than its
// owner can read what is personal or secret.
func (d *doctor) folder() {
	dir := d.settings.dataDir
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.warn("folder", said("%s finns inte än.", "%s is not there yet.", dir),
			said("Den skapas vid första starten, eller ange en annan med --data-dir.", "It is made at the first start, or name another with --data-dir."))
		return
	case err != nil || !info.IsDir():
		d.fault("folder", said("%s är ingen mapp som kan läsas.", "%s is no folder that can be read.", dir),
			said("Ange mappen med --data-dir och kör som den användare som Sluss kör som.", "Name the folder with --data-dir, and run this as the user that Sluss runs as."))
		return
	}
	if err := backup.Unverified(dir); err != nil {
		d.fault("folder", said("%s är återställd från en säkerhetskopia och inte godkänd vid kontrollen.", "%s was restored from a backup and has not passed verification.", dir),
			said("Läs not-verified.txt i mappen.", "Read not-verified.txt in the folder."))
		return
	}
	open := []string{}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != dir && e.IsDir() {
			return fs.SkipDir // who cannot come here cannot come further; attachments are many
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && !e.IsDir() {
			open = append(open, e.Name())
		}
		return err
	})
	switch {
	case err != nil:
		d.fault("folder", said("Filerna i %s kan inte läsas.", "The files in %s cannot be read.", dir),
			said("Kör som den användare som Sluss kör som.", "Run this as the user that Sluss runs as."))
	case info.Mode().Perm()&0o077 != 0:
		d.fault("folder", said("Andra än ägaren kommer åt %s (%o).", "Others than its owner can get into %s (%o).", dir, info.Mode().Perm()),
			said("chmod 700 på mappen.", "chmod 700 the folder."))
	case len(open) > 0:
		d.warn("folder", said("Bara mappen skyddar %s.", "Only the folder protects %s.", strings.Join(open, ", ")), said("chmod 600 på filerna.", "chmod 600 the files."))
	default:
		d.ok("folder", said("Bara ägaren kommer åt %s.", "Only its owner can get into %s.", dir))
	}
	d.engineFile(filepath.Join(dir, "engine.db"))
}

// engineFile looks at the memory of the in-process engine, which can be deleted.
func (d *doctor) engineFile(path string) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		d.ok("engine_file", said("Motorns fil finns inte: den skapas vid start, ur databasen.", "The engine's file is not there: it is made at the start, from the record."))
		return
	}
	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	if err == nil {
		_, err = io.ReadFull(file, head)
		_ = file.Close() // was only read
	}
	if err != nil || string(head) != magic {
		d.fault("engine_file", said("Motorns fil %s är skadad eller kan inte läsas.", "The engine's file %s is damaged or cannot be read.", path),
			said("Stoppa Sluss och ta bort engine.db*: ärendena kommer tillbaka ur databasen.", "Stop Sluss and delete engine.db*: the cases come back from the record."))
		return
	}
	d.ok("engine_file", said("Motorns fil finns.", "The engine's file is there."))
}

// disk looks at the space for the data folder, or for the nearest folder above it that
// is there.
func (d *doctor) disk() {
	dir := d.settings.dataDir
	for _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir); _, err = os.Stat(dir) {
		dir = filepath.Dir(dir)
	}
	free, err := d.freeDisk(dir)
	next := said("Frigör plats eller flytta mappen till en större disk.", "Make room, or move the folder to a larger disk.")
	says := said("%d MB ledigt för %s.", "%d MB free for %s.", free>>20, d.settings.dataDir)
	switch {
	case err != nil:
		d.warn("disk", said("Det går inte att se hur mycket plats disken har.", "How much room the disk has cannot be seen."), next)
	case free < leastDisk:
		d.fault("disk", says, next)
	case free < scarceDisk:
		d.warn("disk", says, next)
	default:
		d.ok("disk", says)
	}
}

// keys looks at the key that signs checkpoints and at the files that hold secrets.
func (d *doctor) keys() {
	path := d.settings.checkpoint.keyFile
	own := path == ""
	if own {
		path = ownKey(d.settings.dataDir)
	}
	_, err := anchor.KeyAt(path)
	_, noRecord := os.Stat(filepath.Join(d.settings.dataDir, "record.db"))
	switch {
	case err == nil:
		d.ok("key", said("Nyckeln som undertecknar kontrollpunkter går att läsa.", "The key that signs checkpoints can be read."))
	case own && errors.Is(err, fs.ErrNotExist) && noRecord != nil && d.settings.databaseURL == "":
		d.ok("key", said("Nyckeln som undertecknar kontrollpunkter skapas vid första starten.", "The key that signs checkpoints is made at the first start."))
	case own && errors.Is(err, fs.ErrNotExist):
		d.warn("key", said("Nyckeln %s saknas. Nästa start skapar en ny, och loggen undertecknas som en annan.", "The key %s is missing. The next start makes a new one, and the log is signed as another.", path),
			said("Lägg tillbaka kopian av nyckeln om det finns en.", "Put the copy of the key back if there is one."))
	default:
		d.fault("key", said("Nyckeln %s kan inte läsas eller är skadad.", "The key %s cannot be read or is damaged.", path),
			said("Lägg tillbaka kopian av nyckeln.", "Put the copy of the key back."))
	}
	for _, file := range []string{d.settings.checkpoint.keyFile, d.settings.smtpSecret} {
		if file != "" {
			d.secret(file)
		}
	}
}

func (d *doctor) secret(path string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		d.fault("secret", said("%s kan inte läsas.", "%s cannot be read.", path), said("Rätta sökvägen eller rättigheterna.", "Correct the path or the permissions."))
	case info.Mode().Perm()&0o077 != 0:
		d.fault("secret", said("Andra än ägaren kommer åt %s (%o).", "Others than its owner can get at %s (%o).", path, info.Mode().Perm()),
			said("chmod 600 på filen.", "chmod 600 the file."))
	default:
		d.ok("secret", said("Bara ägaren kommer åt %s.", "Only its owner can get at %s.", path))
	}
}

// backupAge looks for the newest file of the backups.
func (d *doctor) backupAge() {
	next := said("Se till att säkerhetskopieringen körs (sluss backup, eller pg_dump och mappen attachments).",
		"See to it that backups are made (sluss backup, or pg_dump and the folder attachments).")
	if d.backups == "" {
		d.warn("backup", said("Det är inte sagt var säkerhetskopiorna finns.", "Nobody has said where backups are."),
			said("Ange mappen eller mönstret med --backups.", "Name their folder or pattern with --backups."))
		return
	}
	newest := d.newest()
	if newest.IsZero() {
		d.fault("backup", said("Det finns ingen säkerhetskopia i %s.", "There is no backup at %s.", d.backups), next)
		return
	}
	age := d.clock.Now().Sub(newest).Round(time.Minute)
	says := said("Den senaste säkerhetskopian är %s gammal.", "The newest backup is %s old.", age)
	switch {
	case age > 7*d.backupEvery:
		d.fault("backup", says, next)
	case age > d.backupEvery:
		d.warn("backup", says, next)
	default:
		d.ok("backup", says)
	}
}

// newest is when the newest file of the backups was written, the zero time for none.
func (d *doctor) newest() (at time.Time) {
	pattern := d.backups
	if info, err := os.Stat(pattern); err == nil && info.IsDir() {
		pattern = filepath.Join(pattern, "*")
	}
	files, _ := filepath.Glob(pattern) // a wrong pattern finds nothing
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Size() > 0 && info.ModTime().After(at) {
			at = info.ModTime()
		}
	}
	return at
}
