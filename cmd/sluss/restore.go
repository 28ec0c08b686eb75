package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"sluss/api/authn"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/audit"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/backup"
	"sluss/model/store/logcheck"
)

const restoreAbout = `Make a data folder of a backup and verify all of it. It takes two administrators: one
restores, with an access token of their own that the backup knows, and another approves.
Until then the server on the folder answers nobody.

Usage:
  sluss restore --from FILE --data-dir DIR [flags]
  sluss restore --database-url URL --data-dir DIR [flags]
                                a record that pg_restore has put back, and its attachments
  sluss restore list [flags]    what was restored, and by whom, over the API
  sluss restore approve [flags] let the record that was restored be used, over the API

The folder of a backup must be empty or not there. With --checkpoints the restored log
must be the one of which checkpoints were kept; what they have and the backup has not is
named, and accepted with --accept-loss only.`

// restoring is what somebody who restores says.
type restoring struct {
	settings
	say            spoken
	from, language string
	verifierKey    string
	token          string
	tokenFile      string
	kept           places
	acceptLoss     bool
	verification   verification
	// backupAt is when the backup was made, name who restores it.
	backupAt time.Time
	name     string
}

func restoreCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && (args[0] == "list" || args[0] == "approve") {
		return restorations(ctx, args[0], args[1:], stdout, stderr)
	}
	var r restoring
	rest, err := r.parse("restore", restoreAbout, args, stderr, languageFlag(&r.language),
		stringFlag(&r.from, "from", "`file` to restore"),
		stringFlag(&r.token, "token", "your access `token` (better: SLUSS_TOKEN or --token-file)"),
		stringFlag(&r.tokenFile, "token-file", "`file` with your access token"),
		stringFlag(&r.verifierKey, "verifier-key", "public `key` of the log, with --checkpoints (or --checkpoint-key-file)"),
		func(fs *flag.FlagSet) {
			fs.Var(&r.kept, "checkpoints", "`file or URL` with checkpoints that were kept; may be given more than once")
			fs.BoolVar(&r.acceptLoss, "accept-loss", false, "restore although checkpoints have more than the backup; the log keeps that")
		})
	if err != nil {
		return err
	}
	if r.say, err = speaker(r.language, stdout); err != nil {
		return err
	}
	if len(rest) > 0 || (r.from == "") == (r.databaseURL == "") {
		fmt.Fprintln(stderr, restoreAbout)
		return errUsage
	}
	return r.run(ctx)
}

func (r *restoring) run(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	began := time.Now()
	o := backup.Options{Checkpoints: r.verification.checkpoints, AcceptLoss: r.acceptLoss, Note: r.noted}
	result, err := r.restore(ctx, &o)
	if err != nil {
		return r.say.fault(err, r.from, r.dataDir)
	}
	for _, report := range result.Reports {
		r.verification.show(report.OrgID, report)
	}
	for _, p := range result.Problems {
		fmt.Fprintln(r.say.w, p.In(r.say.lang))
	}
	if len(result.Problems) > 0 {
		return r.say.error("%d fel: servern startar inte på %s", "%d faults: the server does not start on %s", len(result.Problems), r.dataDir)
	}
	r.say.tell("Allt är kontrollerat på %s.\n", "Everything has been verified in %s.\n", took(began))
	r.say.tell("Återställt av %s. Roller, åtkomstnycklar och spärrar är som de var då. Servern svarar ingen innan en annan\n"+
		"administratör har godkänt. Starta med: sluss serve --data-dir %s\nGodkänn på sidan /administration/restorations, eller med: sluss restore approve --server URL\n",
		"Restored by %s. Roles, access tokens and blocks are as they were then. The server answers nobody before\n"+
			"another administrator has approved. Start with: sluss serve --data-dir %s\nApprove on the page /administration/restorations, or with: sluss restore approve --server URL\n",
		r.name, r.dataDir)
	return nil
}

// prepare reads the token and what was kept of the log.
func (r *restoring) prepare(ctx context.Context) error {
	if r.tokenFile != "" && r.token == "" {
		text, err := os.ReadFile(r.tokenFile)
		if err != nil {
			return err
		}
		r.token = strings.TrimSpace(string(text))
	}
	if r.token == "" {
		return r.say.error("vem är du? Ange SLUSS_TOKEN eller --token-file: en administratörs nyckel som säkerhetskopian känner till",
			"who are you? Set SLUSS_TOKEN or --token-file: an administrator's token that the backup knows")
	}
	r.verification.say = r.say
	for _, place := range r.kept {
		text, err := fileOrURL(ctx, place)
		if err != nil {
			return r.say.error("läs kontrollpunkterna: %w", "read the checkpoints: %w", err)
		}
		r.verification.notes = append(r.verification.notes, audit.SplitNotes(text)...)
	}
	var err error
	r.verification.keyOf, err = r.verifierKeys(r.verifierKey, len(r.verification.notes) > 0)
	return err
}

// restore makes the folder or adopts the record, and keeps others out meanwhile.
func (r *restoring) restore(ctx context.Context, o *backup.Options) (result backup.Result, err error) {
	var b *backup.Backup
	if r.from != "" {
		if b, err = backup.Open(r.from); err != nil {
			return result, err
		}
		defer b.Close()
		if err := backup.Empty(r.dataDir); err != nil {
			return result, err
		}
	}
	if err := os.MkdirAll(r.dataDir, 0o700); err != nil {
		return result, fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := lockFolder(r.dataDir, ownFolder)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if b == nil {
		return backup.Adopt(ctx, r.databaseURL, r.dataDir, *o)
	}
	m := b.Manifest
	r.say.tell("Säkerhetskopia från %s: %d ärenden, %d händelser, %d bilagor\n", "Backup of %s: %d cases, %d events, %d attachments\n",
		m.At.Local().Format(time.DateTime), m.Cases(), m.Events(), len(m.Files)-1)
	for _, name := range m.Damaged {
		r.say.tell("Skadad redan när kopian gjordes: %s\n", "Damaged when the backup was made already: %s\n", name)
	}
	note := o.Note
	o.Note = func(ctx context.Context, st *store.Store, reports []logcheck.Report) error {
		r.backupAt = m.At
		return note(ctx, st, reports)
	}
	return backup.Restore(ctx, b, r.dataDir, *o)
}

// noted notes in the record who restores it. That is an administrator, by a token that
// is in the backup.
func (r *restoring) noted(ctx context.Context, st *store.Store, reports []logcheck.Report) error {
	compared := 0
	trees := map[string]store.RestoredTree{}
	for _, report := range reports {
		compared += report.Checkpoints
		kept := report.Proven
		for _, f := range report.Findings {
			kept = max(kept, f.Size)
		}
		trees[report.OrgID] = store.RestoredTree{Size: report.TreeSize, Kept: kept}
	}
	if len(r.verification.notes) > 0 && compared == 0 {
		return r.say.error("ingen av kontrollpunkterna hör till den här loggen och är undertecknad med nyckeln",
			"none of the checkpoints is of this log and signed with the key")
	}
	now := clock.System.Now()
	p, err := st.PersonByToken(ctx, authn.Hash(r.token), store.PurposeAPI, now)
	if errors.Is(err, store.ErrNotFound) || err == nil && access.Anywhere(p.Actor(), access.Administer, access.Execute) != nil {
		return r.say.error("nyckeln är inte en administratörs i säkerhetskopian", "the token is not an administrator's in the backup")
	}
	if err != nil {
		return err
	}
	r.name = cmp.Or(p.Name, p.Handle)
	_, err = st.AddRestoration(ctx, store.Restored{OrgID: p.OrgID, By: p.ID, BackupAt: r.backupAt, Trees: trees}, now)
	return err
}

// shownRestoration is what the command line shows of a restoration.
type shownRestoration struct {
	ID          string                  `json:"restoration_id"`
	Status      model.RestorationStatus `json:"status"`
	StatusLabel string                  `json:"status_label"`
	RestoredAt  time.Time               `json:"restored_at"`
	RestoredBy  struct {
		Name string `json:"name"`
	} `json:"restored_by"`
	TreeSize int64    `json:"tree_size"`
	Kept     int64    `json:"kept"`
	Findings []string `json:"findings"`
}

// restorations lists restorations, or approves the one that waits.
func restorations(ctx context.Context, action string, args []string, stdout, stderr io.Writer) error {
	var r remote
	rest, err := r.parse("restore "+action, restoreAbout, args, stdout, stderr)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		fmt.Fprintln(stderr, restoreAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	const path = "/api/v1/restorations"
	var all struct {
		Items []shownRestoration `json:"items"`
	}
	if action == "list" {
		return r.get(ctx, path, &all, func() {
			if len(all.Items) == 0 {
				r.tell("Inget har återställts.\n", "Nothing was restored.\n")
			}
			for _, one := range all.Items {
				r.showRestoration(one)
			}
		})
	}
	if _, err := r.client.Do(ctx, client.Call{Method: "GET", Path: path}, &all); err != nil {
		return r.explain(err)
	}
	if len(all.Items) == 0 {
		return errors.New(lang.Text{SV: "inget har återställts", EN: "nothing was restored"}.In(r.lang))
	}
	var done shownRestoration
	call := client.Call{Method: "POST", Path: path + "/" + url.PathEscape(all.Items[0].ID) + "/approval", Key: client.NewKey()}
	return r.call(ctx, call, &done, func() { r.showRestoration(done) })
}

func (r *remote) showRestoration(one shownRestoration) {
	fmt.Fprintf(r.stdout, "%s  %s  %s  %s\n", one.ID, one.RestoredAt.Local().Format(time.DateTime), one.RestoredBy.Name, one.StatusLabel)
	if one.Kept > one.TreeSize {
		r.tell("  %d händelser som hade kontrollpunkter saknas\n", "  %d events that had checkpoints are missing\n", one.Kept-one.TreeSize)
	}
	for _, f := range one.Findings {
		fmt.Fprintln(r.stdout, "  "+f)
	}
}
