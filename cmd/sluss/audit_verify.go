package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"sluss/model/audit"
	"sluss/model/store"
	"sluss/model/store/logcheck"
)

// stringFlag declares a flag.
func stringFlag(to *string, name, about string) func(*flag.FlagSet) {
	return func(fs *flag.FlagSet) { fs.StringVar(to, name, "", about) }
}

func isURL(place string) bool {
	return strings.HasPrefix(place, "https://") || strings.HasPrefix(place, "http://")
}

// verification is what the log is verified with.
type verification struct {
	say    spoken
	asJSON bool
	// notes are the checkpoints that were kept, and keyOf gives the public key of an
	// organisation's log.
	notes   [][]byte
	keyOf   func(orgID string) string
	reports []logcheck.Report
	faults  int
}

func auditVerify(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	var language, verifierKey string
	var kept places
	var asJSON bool
	rest, err := s.parse("audit verify", auditAbout, args, stderr, languageFlag(&language),
		stringFlag(&verifierKey, "verifier-key", "public `key` of the log (default: that of the key in the data folder, which whoever can write there could have exchanged)"),
		func(fs *flag.FlagSet) {
			fs.Var(&kept, "checkpoints", "`file or URL` with checkpoints that were kept; may be given more than once (default: --checkpoint-file)")
			fs.BoolVar(&asJSON, "json", false, "print the report as JSON")
		})
	if err != nil {
		return err
	}
	say, err := speaker(language, stdout)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		fmt.Fprintln(stderr, auditAbout)
		return errUsage
	}
	v := verification{say: say, asJSON: asJSON}
	if len(kept) == 0 && s.checkpoint.file != "" {
		kept = places{s.checkpoint.file}
	}
	for _, place := range kept {
		text, err := fileOrURL(ctx, place)
		if err != nil {
			return say.error("läs kontrollpunkterna: %w", "read the checkpoints: %w", err)
		}
		v.notes = append(v.notes, audit.SplitNotes(text)...)
	}
	if v.keyOf, err = s.verifierKeys(verifierKey, len(v.notes) > 0); err != nil {
		return err
	}
	st, err := store.Connect(ctx, store.Options{URL: s.recordURL(), MaxConns: s.maxConns, ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(v.run(ctx, st), st.Close())
}

// verifierKeys returns the public key of the log of each organisation: the one that
// was given, for the organisation that it names, or those of the data folder's key.
func (s *settings) verifierKeys(given string, needed bool) (func(orgID string) string, error) {
	if given != "" || !needed {
		return func(orgID string) string {
			if name, _, _ := strings.Cut(given, "+"); !strings.HasSuffix(name, audit.OriginEnd(orgID)) {
				return ""
			}
			return given
		}, nil
	}
	key, err := s.checkpoint.readKey(s.dataDir)
	if err != nil {
		return nil, fmt.Errorf("--verifier-key: %w", err)
	}
	return func(orgID string) string { return key.Signer(orgID).VerifierKey() }, nil
}

func (v *verification) run(ctx context.Context, st *store.Store) error {
	orgs, err := st.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		r, err := logcheck.Verify(ctx, st, o.ID, v.checkpoints(o.ID))
		if err != nil {
			return err
		}
		v.reports = append(v.reports, r)
		v.faults += len(r.Findings) + r.More
		if !v.asJSON {
			v.show(o.Name, r)
		}
	}
	if n := v.foreign(orgs); n > 0 && !v.asJSON {
		v.say.tell("%d kontrollpunkter hör till loggar som inte finns här.\n", "%d checkpoints are of logs that are not here.\n", n)
	}
	if v.asJSON {
		enc := json.NewEncoder(v.say.w)
		enc.SetIndent("", "  ")
		if err := enc.Encode(map[string]any{"organisations": v.reports}); err != nil {
			return err
		}
	}
	if v.faults > 0 {
		return v.say.error("loggen är inte som den skrevs: %d fel", "the log is not as it was written: %d faults", v.faults)
	}
	return nil
}

// foreign counts the checkpoints of logs that no organisation has.
func (v *verification) foreign(orgs []store.Organisation) (n int) {
	for _, note := range v.notes {
		if !slices.ContainsFunc(orgs, func(o store.Organisation) bool {
			return strings.HasSuffix(audit.OriginOf(note), audit.OriginEnd(o.ID))
		}) {
			n++
		}
	}
	return n
}

// checkpoints returns the kept checkpoints of an organisation's log, and says which
// of them are not signed by its key.
func (v *verification) checkpoints(orgID string) (good []audit.Checkpoint) {
	key, bad := v.keyOf(orgID), 0
	for _, note := range v.notes {
		if !strings.HasSuffix(audit.OriginOf(note), audit.OriginEnd(orgID)) {
			continue
		}
		c, err := audit.OpenCheckpoint(note, key)
		if err != nil {
			bad++
			continue
		}
		good = append(good, c)
	}
	if bad > 0 && !v.asJSON {
		v.say.tell("%d kontrollpunkter är inte hela eller inte undertecknade med nyckeln, och räknas inte.\n",
			"%d checkpoints are not whole, or not signed by the key, and do not count.\n", bad)
	}
	return good
}

func (v *verification) show(name string, r logcheck.Report) {
	v.say.tell("%s: %d ärenden och incidenter, %d händelser, varav %d i trädet\n",
		"%s: %d cases and incidents, %d events, of which %d in the tree\n", name, r.Chains, r.Events, r.TreeSize)
	for _, f := range r.Findings {
		v.say.tell("  FEL  %s\n", "  FAULT  %s\n", f.Text().In(v.say.lang))
	}
	if r.More > 0 {
		v.say.tell("  och %d fel till\n", "  and %d more faults\n", r.More)
	}
	if len(r.Findings) == 0 {
		v.say.tell("  Kedjor, rader och träd stämmer.\n", "  Chains, rows and tree fit.\n")
	}
	switch {
	case r.Checkpoints == 0:
		v.say.tell("  Ingen kontrollpunkt att jämföra med: den som kan skriva i databasen kan ha räknat om allt.\n",
			"  No checkpoint to compare with: whoever can write to the database may have calculated everything anew.\n")
	case r.Proven > 0:
		v.say.tell("  De första %d händelserna i trädet är de som undertecknades (%d kontrollpunkter).\n",
			"  The first %d events of the tree are those that were signed (%d checkpoints).\n", r.Proven, r.Checkpoints)
	}
	if r.First != nil {
		v.say.tell("  Från och med %s kan ingenting bevisas: %d händelser.\n", "  From %s on nothing can be proven: %d events.\n",
			r.First.Text().In(v.say.lang), r.Unproven)
	}
}

// places is a flag that may be given more than once.
type places []string

// String implements flag.Value.
func (p *places) String() string { return strings.Join(*p, " ") }

// Set implements flag.Value.
func (p *places) Set(s string) error {
	*p = append(*p, s)
	return nil
}
