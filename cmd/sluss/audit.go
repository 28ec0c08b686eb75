package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"sluss/api"
	"sluss/api/anchor"
	"sluss/api/client"
)

const auditAbout = `Verify the log of cases and incidents, and keep signed checkpoints of it elsewhere.

Usage:
  sluss audit verify [--checkpoints FILE or URL]... [--verifier-key KEY] [flags]
  sluss audit checkpoint [--to FILE] [flags]

verify reads the record itself, also while the server runs, and writes nothing to it:
every chain, the rows that its events add up to, the tree over all events, and that
the tree is the one of which the checkpoints were signed. Give it those that were kept
where the database's administrator cannot write: what was logged after the last of
them cannot be proven.

checkpoint asks the server for a signed checkpoint, and prints it or appends it to a
file. For those who read the whole log.`

func auditCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "verify":
			return auditVerify(ctx, args[1:], stdout, stderr)
		case "checkpoint":
			return auditCheckpoint(ctx, args[1:], stdout, stderr)
		}
	}
	if len(args) > 0 && (args[0] == "-h" || args[0] == "--help") {
		fmt.Fprintln(stderr, auditAbout)
		return flag.ErrHelp
	}
	fmt.Fprintln(stderr, auditAbout)
	return errUsage
}

func auditCheckpoint(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var to string
	rest, err := r.parse("audit checkpoint", auditAbout, args, stdout, stderr, stringFlag(&to, "to", "`file` to append the checkpoint to"))
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		fmt.Fprintln(stderr, auditAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	var c api.CheckpointView
	if _, err := r.client.Do(ctx, client.Call{Method: "GET", Path: "/api/v1/audit/checkpoint"}, &c); err != nil {
		return r.explain(err)
	}
	if to == "" {
		_, err := io.WriteString(stdout, c.Checkpoint)
		return err
	}
	if err := anchor.File(to).Keep(ctx, []byte(c.Checkpoint)); err != nil {
		return err
	}
	r.tell("%s: %d händelser. Kontrollera med: sluss audit verify --checkpoints %s --verifier-key '%s'\n",
		"%s: %d events. Verify with: sluss audit verify --checkpoints %s --verifier-key '%s'\n", to, c.TreeSize, to, c.VerifierKey)
	return nil
}

// fileOrURL reads a file, or what a URL answers.
func fileOrURL(ctx context.Context, place string) ([]byte, error) {
	if text, err := os.ReadFile(place); err == nil || !isURL(place) {
		return text, err
	}
	return anchor.Fetch(ctx, place)
}
