package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"sluss/api/client"
	"sluss/model/audit/bundle"
	"sluss/model/lang"
)

// bundleAbout is how a case is exported and what was exported verified.
const bundleAbout = `  sluss case export ID --to FILE         the case in one file that proves itself: its log,
                                         attachments and rulebook; for those who read its log
  sluss case verify FILE [--verifier-key KEY]
                                         verify such a file, with nothing else at hand; give it
                                         the organisation's public key, which the auditor gets
                                         with "sluss audit checkpoint --to FILE"
`

// caseExport writes the bundle of a case into a new file.
func caseExport(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var to string
	rest, err := r.parse("case export", caseAbout, args, stdout, stderr, stringFlag(&to, "to", "`file` to write, which must not be there yet"))
	if err != nil {
		return err
	}
	if len(rest) != 1 || to == "" {
		fmt.Fprintln(stderr, caseAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	a, err := r.client.Do(ctx, client.Call{Method: "GET", Path: casePath(rest[0]) + "/bundle"}, nil)
	if err != nil {
		return r.explain(err)
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // it holds personal data
	if err != nil {
		return err
	}
	_, err = file.Write(a.Body)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	r.tell("%s: %s. Kontrollera med: sluss case verify %s\n", "%s: %s. Verify with: sluss case verify %s\n", to, megabytes(int64(len(a.Body))), to)
	return nil
}

// caseVerify verifies a bundle without a server.
func caseVerify(args []string, stdout, stderr io.Writer) error {
	var language, key string
	var asJSON bool
	fs := flag.NewFlagSet("sluss case verify", flag.ContinueOnError)
	languageFlag(&language)(fs)
	stringFlag(&key, "verifier-key", "public `key` of the log that the file comes from")(fs)
	fs.BoolVar(&asJSON, "json", false, "print the report as JSON")
	rest, err := readFlags(fs, caseAbout, args, stderr)
	if err != nil {
		return err
	}
	say, err := speaker(language, stdout)
	switch {
	case err != nil:
		return err
	case len(rest) != 1:
		fmt.Fprintln(stderr, caseAbout)
		return errUsage
	}
	file, err := os.Open(rest[0])
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	report := bundle.Verify(file, info.Size(), key)
	if asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(report); err != nil {
			return err
		}
	} else {
		say.bundle(report, key != "")
	}
	if n := len(report.Findings); n > 0 {
		return say.error("%s är inte som den gjordes: %d fel", "%s is not as it was made: %d faults", rest[0], n)
	}
	return nil
}

// bundle tells what was found in a bundle.
func (s spoken) bundle(r bundle.Report, pinned bool) {
	for _, f := range r.Findings {
		s.tell("FEL  %s\n", "FAULT  %s\n", bundleFinding(f).In(s.lang))
	}
	if m := r.Manifest; m.CaseID != "" {
		s.tell("Ärende %s, exporterat %s av Sluss %s\n", "Case %s, exported %s by Sluss %s\n", m.CaseID, m.MadeAt.Format("2006-01-02 15:04:05Z07:00"), m.Program)
		if !m.Rulebook {
			s.tell("Regelboken finns inte med.\n", "The rulebook is not in it.\n")
		}
	}
	if len(r.Findings) > 0 {
		return
	}
	s.tell("%d händelser, varav %d bevisligen finns i loggens träd (%d händelser).\n", "%d events, of which %d are proven to be in the tree of the log (%d events).\n",
		r.Events, r.Included, r.TreeSize)
	s.tell("%d texter är de som loggades; %d är från utkast som inte sparas, och %d är raderade.\n",
		"%d texts are those that were logged; %d are of drafts that are not kept, and %d have been erased.\n", r.Opened, r.Drafts, r.Erased)
	if pinned {
		s.tell("Undertecknat med nyckeln som angavs.\n", "Signed with the key that was given.\n")
		return
	}
	s.tell("Undertecknat med nyckeln nedan, som följde med filen. Jämför den med organisationens, eller ange den med --verifier-key.\n%s\n",
		"Signed with the key below, which came with the file. Compare it with the organisation's, or give that with --verifier-key.\n%s\n", r.Manifest.VerifierKey)
}

// bundleFinding says what is wrong.
func bundleFinding(f bundle.Finding) lang.Text {
	where := f.File
	if f.Seq > 0 {
		where += fmt.Sprintf(" #%d", f.Seq)
	}
	if f.Detail != "" {
		where += " (" + f.Detail + ")"
	}
	what := map[bundle.Kind]lang.Text{
		bundle.BadArchive:    {SV: "filen är ingen hel export", EN: "the file is no whole export"},
		bundle.FileChanged:   {SV: "är inte den fil som förteckningen anger", EN: "is not the file that the manifest lists"},
		bundle.NotSigned:     {SV: "är inte undertecknad med nyckeln", EN: "is not signed by the key"},
		bundle.ChainBroken:   {SV: "händelsen är inte som den loggades", EN: "the event is not as it was logged"},
		bundle.NotIncluded:   {SV: "händelsen finns inte i det undertecknade trädet", EN: "the event is not in the tree that was signed"},
		bundle.TextChanged:   {SV: "texten är inte den som loggades", EN: "the text is not the one that was logged"},
		bundle.RecordDiffers: {SV: "uppgiften är inte den som loggen ger", EN: "is not what the log adds up to"},
		bundle.OtherRulebook: {SV: "är inte det regelverk som ärendet följer", EN: "is not the rulebook that the case follows"},
		bundle.Attachment:    {SV: "bilagan saknas eller är en annan", EN: "the attachment is missing or another one"},
	}[f.Kind]
	return lang.Text{SV: where + ": " + what.SV, EN: where + ": " + what.EN}
}
