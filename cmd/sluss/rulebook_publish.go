package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"text/tabwriter"

	"sluss/api/client"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

const rulebookPublishAbout = `Versions of the rulebook, over the API. One person proposes a version and another
publishes it.

Usage:
  sluss rulebook list                             the versions, and which one is in force
  sluss rulebook propose [FOLDER] --reason TEXT   propose a version; without a folder that of
                                                  this program
  sluss rulebook publish ID                       put in force what somebody else has proposed
  sluss rulebook withdraw ID                      take a proposal back`

// shownVersion is what the command line shows of a version of the rulebook.
type shownVersion struct {
	ID         string `json:"id"`
	StateLabel string `json:"state_label"`
	InForce    bool   `json:"in_force"`
	Digest     string `json:"digest"`
	ProposedBy *struct {
		Name string `json:"name"`
	} `json:"proposed_by"`
	Reason string `json:"reason"`
}

// rulebookVersions lists, proposes, publishes and withdraws versions.
func rulebookVersions(ctx context.Context, action string, args []string, stdout, stderr io.Writer) error {
	var r remote
	var reason string
	rest, err := r.parse("rulebook "+action, rulebookPublishAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&reason, "reason", "", "why the version is proposed")
	})
	if err != nil {
		return err
	}
	if n := len(rest); n > 1 || n == 1 && action == "list" || n == 0 && (action == "publish" || action == "withdraw") {
		fmt.Fprintln(stderr, rulebookPublishAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	switch action {
	case "list":
		return r.listRulebooks(ctx)
	case "propose":
		return r.proposeRulebook(ctx, rest, reason)
	case "publish":
		return r.endProposal(ctx, rest[0], "publication")
	}
	return r.endProposal(ctx, rest[0], "withdrawal")
}

func (r *remote) listRulebooks(ctx context.Context) error {
	var page struct {
		Items []shownVersion `json:"items"`
	}
	return r.get(ctx, "/api/v1/rulebooks?limit=100", &page, func() { r.printVersions(page.Items...) })
}

func (r *remote) printVersions(all ...shownVersion) {
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	for _, v := range all {
		state, by := v.StateLabel, ""
		if v.InForce {
			state += lang.Text{SV: ", gäller nu", EN: ", in force"}.In(r.lang)
		}
		if v.ProposedBy != nil {
			by = v.ProposedBy.Name
		}
		fmt.Fprintf(w, "%s\t%s\t%.12s\t%s\t%s\n", v.ID, state, v.Digest, by, v.Reason)
	}
	_ = w.Flush()
}

// proposeRulebook checks the files here first, where a fault can be told in full.
func (r *remote) proposeRulebook(ctx context.Context, folders []string, reason string) error {
	files, err := rulebook.DefaultFiles()
	if len(folders) == 1 {
		parent, name := filepath.Split(filepath.Clean(folders[0]))
		if parent == "" {
			parent = "."
		}
		if files, err = rulebook.ReadFiles(os.DirFS(parent), name); err == nil {
			_, err = files.Load()
		}
	}
	if err != nil {
		return err
	}
	var v shownVersion
	return r.call(ctx, client.Call{
		Method: "POST", Path: "/api/v1/rulebooks", Key: client.NewKey(), Body: map[string]any{"files": files, "reason": reason},
	}, &v, func() { r.printVersions(v) })
}

func (r *remote) endProposal(ctx context.Context, id, what string) error {
	path := "/api/v1/rulebooks/" + url.PathEscape(id)
	read, err := r.client.Do(ctx, client.Call{Method: "GET", Path: path}, nil)
	if err != nil {
		return r.explain(err)
	}
	var v shownVersion
	return r.call(ctx, client.Call{Method: "POST", Path: path + "/" + what, Key: client.NewKey(), IfMatch: read.ETag()}, &v, func() { r.printVersions(v) })
}
