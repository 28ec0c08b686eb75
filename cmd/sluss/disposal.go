package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"text/tabwriter"

	"sluss/api/client"
	"sluss/model/lang"
)

const disposalAbout = `Dispose of records whose time has come, and erase personal data, over the API. Two
people are needed: the registrar and the administrator, or two of either.

Usage:
  sluss disposal list                                      what is to be disposed of, and was
  sluss disposal approve ID --reason TEXT                  the second approval disposes of it
  sluss disposal keep ID --reason TEXT                     keep the record instead
  sluss disposal erase-person PERSON --reason TEXT         ask for the erasure of a person (GDPR 17)
  sluss disposal erase-comment CASE COMMENT --reason TEXT  ask for the erasure of a comment`

// shownDisposal is what the command line shows of a disposal.
type shownDisposal struct {
	ID          string `json:"disposal_id"`
	KindLabel   string `json:"kind_label"`
	CaseID      string `json:"case_id"`
	RegistryNo  string `json:"registry_no"`
	Due         string `json:"due"`
	StatusLabel string `json:"status_label"`
	Removed     int    `json:"removed"`
}

func disposalCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var reason string
	action, args := actionOf(args)
	rest, err := r.parse("disposal "+action, disposalAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&reason, "reason", "", "why; the decision on disposal, or the request")
	})
	if err != nil {
		return err
	}
	want, known := map[string]int{"list": 0, "approve": 1, "keep": 1, "erase-person": 1, "erase-comment": 2}[action]
	if !known || len(rest) != want {
		fmt.Fprintln(stderr, disposalAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	const path = "/api/v1/disposals"
	body := map[string]string{"reason": reason}
	switch action {
	case "list":
		return r.listDisposals(ctx, path)
	case "approve":
		return r.dispose(ctx, path+"/"+url.PathEscape(rest[0])+"/approval", body)
	case "keep":
		return r.dispose(ctx, path+"/"+url.PathEscape(rest[0])+"/keeping", body)
	case "erase-person":
		body["person_id"] = rest[0]
	default:
		body["case_id"], body["comment_id"] = rest[0], rest[1]
	}
	return r.dispose(ctx, path, body)
}

func (r *remote) listDisposals(ctx context.Context, path string) error {
	none := lang.Text{SV: "Inget att gallra.\n", EN: "Nothing to dispose of.\n"}
	return getList(ctx, r, path+"?limit=100", none, func(all []shownDisposal) {
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, d := range all {
			r.printDisposal(w, d)
		}
		_ = w.Flush()
	})
}

func (r *remote) printDisposal(w io.Writer, d shownDisposal) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", d.ID, d.Due, d.StatusLabel, d.RegistryNo, d.KindLabel)
}

func (r *remote) dispose(ctx context.Context, path string, body map[string]string) error {
	var d shownDisposal
	return r.call(ctx, client.Call{Method: "POST", Path: path, Key: client.NewKey(), Body: body}, &d, func() {
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		r.printDisposal(w, d)
		_ = w.Flush()
	})
}
