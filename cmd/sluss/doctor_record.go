package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sluss/api/anchor"
	"sluss/model/audit"
	"sluss/model/store"
)

const (
	// skewed and apart are how far the clocks of the program and of the database may be
	// from each other before it is told, and before it is a fault: tokens of providers
	// are refused when a clock is a minute off (api/authn/idp).
	skewed = 2 * time.Second
	apart  = time.Minute
)

// record opens the record without changing it, or says why it cannot be.
func (d *doctor) record(ctx context.Context) *store.Store {
	path := filepath.Join(d.settings.dataDir, "record.db")
	if d.settings.databaseURL == "" {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			d.ok("database", said("Databasen finns inte än: den skapas vid första starten.", "The database is not there yet: it is made at the first start."))
			return nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, outsideWithin)
	defer cancel()
	st, err := store.Examine(ctx, store.Options{URL: d.settings.recordURL(), MaxConns: 1})
	switch {
	case err != nil && d.settings.databaseURL != "":
		d.fault("database", said("PostgreSQL svarar inte på %s.", "PostgreSQL does not answer at %s.", withoutSecret(d.settings.databaseURL)),
			said("Kontrollera att servern kör, och att namn och lösenord i --database-url stämmer.", "Check that the server runs, and that name and password in --database-url are right."))
	case err != nil:
		d.fault("database", said("Databasen %s kan inte öppnas.", "The database %s cannot be opened.", path),
			said("Kör som den användare som Sluss kör som. Är filen skadad: återställ den senaste säkerhetskopian.", "Run this as the user that Sluss runs as. If the file is damaged: restore the newest backup."))
	default:
		d.ok("database", said("Databasen svarar.", "The database answers."))
	}
	return st
}

// clocks compares the clock of the program with that of the database and with the
// newest change in the record.
func (d *doctor) clocks(h store.Health) {
	now := d.clock.Now()
	next := said("Ställ klockorna rätt (NTP).", "Set the clocks right (NTP).")
	off := time.Duration(0)
	if !h.Now.IsZero() {
		off = h.Now.Sub(now)
	}
	switch {
	case h.Latest.Sub(now) > apart:
		d.fault("clock", said("Databasen har en ändring från %s, som är i framtiden.", "The record has a change from %s, which is in the future.", h.Latest.Format(time.RFC3339)), next)
	case off.Abs() > apart:
		d.fault("clock", said("Databasens klocka går %s fel mot den här.", "The database's clock is %s away from this one.", off.Round(time.Second)), next)
	case off.Abs() > skewed:
		d.warn("clock", said("Databasens klocka går %s fel mot den här.", "The database's clock is %s away from this one.", off.Round(time.Second/10)), next)
	default:
		d.ok("clock", said("Klockan stämmer med databasen.", "The clock fits the database."))
	}
}

// grants compares the program's role in PostgreSQL with deploy/postgres/roles.sql.
func (d *doctor) grants(ctx context.Context, st *store.Store) {
	if d.settings.databaseURL == "" {
		return
	}
	g, err := st.Grants(ctx)
	next := said("Kör deploy/postgres/roles.sql som tabellernas ägare.", "Run deploy/postgres/roles.sql as the owner of the tables.")
	switch {
	case err != nil:
		d.fault("grants", said("Rollens rättigheter kan inte läsas.", "The role's privileges cannot be read."), next)
	case len(g.Missing) > 0:
		d.fault("grants", said("Rollen saknar rättigheter till %s.", "The role lacks privileges on %s.", strings.Join(g.Missing, ", ")), next)
	case len(g.Loose) > 0:
		d.warn("grants", said("Rollen kan ändra loggen: %s.", "The role can change the log: %s.", strings.Join(g.Loose, ", ")),
			said("Låt ägaren migrera och programmet arbeta under rollen i deploy/postgres/roles.sql.", "Let the owner migrate, and the program work under the role of deploy/postgres/roles.sql."))
	default:
		d.ok("grants", said("Rollen kan lägga till i loggen och inte ändra den.", "The role can add to the log and not change it."))
	}
}

// restoration looks whether a record that was put back waits for somebody.
func (d *doctor) restoration(ctx context.Context, st *store.Store) {
	_, err := st.WaitingRestoration(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		d.ok("restoration", said("Ingen återställning väntar på godkännande.", "No restoration waits for approval."))
	case err != nil:
		d.fault("restoration", said("Återställningar kan inte läsas.", "Restorations cannot be read."), said("Kontrollera databasen.", "Check the database."))
	default:
		d.fault("restoration", said("Databasen är återställd och väntar på en annan administratör.", "The record was restored and waits for another administrator."),
			said("Starta Sluss och kör sluss restore approve.", "Start Sluss and run sluss restore approve."))
	}
}

// checkpoints compares the log with the newest checkpoint in the file that they are
// appended to.
func (d *doctor) checkpoints(ctx context.Context, st *store.Store) {
	s := d.settings.checkpoint
	if s.file == "" {
		if s.url == "" {
			d.warn("checkpoint", said("Inga kontrollpunkter av loggen sparas någon annanstans.", "No checkpoints of the log are kept elsewhere."),
				said("Ange --checkpoint-file eller --checkpoint-url.", "Set --checkpoint-file or --checkpoint-url."))
			return
		}
		d.ok("checkpoint", said("Kontrollpunkter skickas till en server; jämför med sluss audit verify.", "Checkpoints are posted to a server; compare with sluss audit verify."))
		return
	}
	next := said("Se till att servern kör med --checkpoint-file och kan skriva till filen.", "See to it that the server runs with --checkpoint-file and can write to the file.")
	behind, err := d.notKept(ctx, st)
	info, missing := os.Stat(s.file)
	switch {
	case err != nil:
		d.fault("checkpoint", said("Loggen eller nyckeln kan inte läsas.", "The log or the key cannot be read."), next)
	case behind == 0:
		d.ok("checkpoint", said("Allt i loggen är undertecknat i %s.", "Everything in the log is signed in %s.", s.file))
	case missing != nil:
		d.fault("checkpoint", said("%s kan inte läsas, och %d händelser är inte undertecknade någon annanstans.", "%s cannot be read, and %d events are not signed elsewhere.", s.file, behind), next)
	case d.clock.Now().Sub(info.ModTime()) > 3*s.every:
		d.fault("checkpoint", said("Den senaste kontrollpunkten är %s gammal och %d händelser saknas i den.", "The newest checkpoint is %s old and lacks %d events.",
			d.clock.Now().Sub(info.ModTime()).Round(time.Second), behind), next)
	default:
		d.ok("checkpoint", said("%d händelser väntar på nästa kontrollpunkt.", "%d events wait for the next checkpoint.", behind))
	}
}

// notKept counts the events of all organisations that no checkpoint in the file has.
func (d *doctor) notKept(ctx context.Context, st *store.Store) (behind int64, err error) {
	s := d.settings.checkpoint
	text, err := os.ReadFile(s.file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	orgs, err := st.Organisations(ctx)
	if err != nil {
		return 0, err
	}
	path := s.keyFile
	if path == "" {
		path = ownKey(d.settings.dataDir)
	}
	for _, o := range orgs {
		size, err := st.TreeSize(ctx, o.ID)
		if err != nil {
			return 0, err
		}
		if size == 0 {
			continue
		}
		key, err := anchor.KeyAt(path)
		if err != nil {
			return 0, err
		}
		kept, verifier := int64(0), key.Signer(o.ID).VerifierKey()
		for _, note := range audit.SplitNotes(text) {
			if c, err := audit.OpenCheckpoint(note, verifier); err == nil {
				kept = max(kept, c.Size)
			}
		}
		behind += max(0, size-kept)
	}
	return behind, nil
}
