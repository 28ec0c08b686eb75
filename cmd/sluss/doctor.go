package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"time"

	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/store"
)

const doctorAbout = `Look at the settings, the data folder, the database and what Sluss needs around it, before it
starts or while it runs. Nothing is changed.

Usage:
  sluss doctor [flags]

Give it the settings that the server has, by flag or environment. Each line is ok, a warning or
a fault with what to do next. It ends with 1 when there is a fault, with 0 otherwise.`

// status says how bad a symptom is.
type status string

const (
	healthy status = "ok"
	warning status = "warning"
	fault   status = "fault"
)

// symptom is one thing that was looked at.
type symptom struct {
	check  string
	status status
	// says is how it is, do what to do next where something is wrong.
	says, do lang.Text
}

// said is a text in both languages, with the same values in it.
func said(sv, en string, args ...any) lang.Text {
	return lang.Text{SV: fmt.Sprintf(sv, args...), EN: fmt.Sprintf(en, args...)}
}

// doctor looks at an installation and notes what it sees.
type doctor struct {
	settings settings
	// backups is a folder or a pattern of files that backups are kept in, "" where that
	// is not known, and backupEvery how old the newest may be.
	backups     string
	backupEvery time.Duration
	clock       clock.Clock
	// freeDisk is how many bytes may still be written to a folder.
	freeDisk func(folder string) (uint64, error)
	found    []symptom
}

func (d *doctor) ok(check string, says lang.Text) {
	d.found = append(d.found, symptom{check: check, status: healthy, says: says})
}

func (d *doctor) warn(check string, says, do lang.Text) {
	d.found = append(d.found, symptom{check, warning, says, do})
}

func (d *doctor) fault(check string, says, do lang.Text) {
	d.found = append(d.found, symptom{check, fault, says, do})
}

func doctorCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	d := &doctor{clock: clock.System, freeDisk: freeDisk}
	var language string
	var asJSON bool
	rest, err := d.settings.parse("doctor", doctorAbout, args, stderr, languageFlag(&language), func(fs *flag.FlagSet) {
		fs.BoolVar(&asJSON, "json", false, "print what was found as JSON")
		fs.StringVar(&d.backups, "backups", "", "`folder or pattern` of the files with backups, whose age is looked at")
		fs.DurationVar(&d.backupEvery, "backup-every", 25*time.Hour, "how old the newest backup may be (`duration`, such as 25h)")
	})
	if err != nil {
		return err
	}
	say, err := speaker(language, stdout)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		fmt.Fprintln(stderr, doctorAbout)
		return errUsage
	}
	d.examine(ctx)
	if asJSON {
		err = d.printJSON(say)
	} else {
		d.print(say)
	}
	if err != nil {
		return err
	}
	faults := 0
	for _, s := range d.found {
		if s.status == fault {
			faults++
		}
	}
	if faults > 0 {
		return say.error("antal fel: %d", "faults: %d", faults)
	}
	return nil
}

// examine looks at everything, from the inside to the outside. Where there is no
// record yet, what is in it is not looked at.
func (d *doctor) examine(ctx context.Context) {
	d.folder()
	d.disk()
	d.keys()
	if st := d.record(ctx); st != nil {
		d.schema(ctx, st)
		_ = st.Close() // nothing was written
	}
	d.engine(ctx)
	d.server(ctx)
	d.addresses(ctx)
	d.mail(ctx)
	d.backupAge()
}

// schema looks into a record that could be opened, if its schema is the program's.
func (d *doctor) schema(ctx context.Context, st *store.Store) {
	h, err := st.Health(ctx)
	next := said("Kör sluss migrate som tabellernas ägare; sluss serve gör det själv i sin egen mapp.",
		"Run sluss migrate as the owner of the tables; sluss serve does so itself in its own folder.")
	switch {
	case err != nil && h.Applied == "":
		d.fault("schema", said("Databasen har inga tabeller som kan läsas.", "The database has no tables that can be read."), next)
		return
	case h.Applied > h.Newest:
		d.fault("schema", said("Schemat (%s) är nyare än programmet (%s).", "The schema (%s) is newer than the program (%s).", h.Applied, h.Newest),
			said("Kör samma eller en nyare version av Sluss.", "Run the same or a newer version of Sluss."))
		return
	case h.Applied < h.Newest:
		d.fault("schema", said("Schemat (%s) är äldre än programmet (%s).", "The schema (%s) is older than the program (%s).", h.Applied, h.Newest), next)
		return
	case err != nil:
		d.fault("schema", said("Databasen kunde inte läsas (%T).", "The database could not be read (%T).", err), next)
		return
	}
	d.ok("schema", said("Schemat stämmer med programmet (%s).", "The schema fits the program (%s).", h.Applied))
	d.clocks(h)
	d.grants(ctx, st)
	d.restoration(ctx, st)
	d.checkpoints(ctx, st)
}

var statusWords = map[status]lang.Text{
	healthy: {SV: "ok", EN: "ok"}, warning: {SV: "varning", EN: "warning"}, fault: {SV: "fel", EN: "fault"},
}

func (d *doctor) print(say spoken) {
	for _, s := range d.found {
		fmt.Fprintf(say.w, "%-8s %-12s %s", statusWords[s.status].In(say.lang), s.check, s.says.In(say.lang))
		if s.status != healthy {
			fmt.Fprintf(say.w, " %s", s.do.In(say.lang))
		}
		fmt.Fprintln(say.w)
	}
}

func (d *doctor) printJSON(say spoken) error {
	type line struct {
		Check  string `json:"check"`
		Status status `json:"status"`
		Says   string `json:"says"`
		Do     string `json:"do,omitempty"`
	}
	lines := make([]line, len(d.found))
	for i, s := range d.found {
		lines[i] = line{s.check, s.status, s.says.In(say.lang), s.do.In(say.lang)}
	}
	enc := json.NewEncoder(say.w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string]any{"symptoms": lines})
}
