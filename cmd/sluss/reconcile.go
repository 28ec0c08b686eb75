package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"sluss/api/act"
	"sluss/api/client"
	"sluss/model/lang"
)

const reconcileAbout = `Compare every case and open incident with its process and repair what does not fit,
over the API. The server does the same when it starts, and again and again (--reconcile-every). For administrators.

Usage:
  sluss reconcile [flags]`

func reconcileCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	rest, err := r.parse("reconcile", reconcileAbout, args, stdout, stderr)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		fmt.Fprintln(stderr, reconcileAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	all, err := r.reconcile(ctx)
	if err != nil {
		return err
	}
	if err := r.showReconciliation(all); err != nil || all.Failed == 0 {
		return err
	}
	return fmt.Errorf(lang.Text{
		SV: "%d ärenden eller incidenter kunde inte jämföras eller rättas; serverns logg visar vilka",
		EN: "%d cases or incidents could not be compared or repaired; the server's log names them",
	}.In(r.lang), all.Failed)
}

func (r *remote) showReconciliation(all act.Reconciliation) error {
	if r.asJSON {
		text, err := json.Marshal(all)
		if err != nil {
			return err
		}
		return r.printJSON(text)
	}
	r.tell("%d ärenden och incidenter jämförda med sina processer\n",
		"%d cases and incidents compared with their processes\n", all.Checked)
	for _, line := range []struct {
		sv, en string
		n      int
	}{
		{"saknade process och har fått en", "had no process and have one now", all.Missing},
		{"hade en avslutad process och har fått en ny", "had a process that had ended and have a new one", all.Closed},
		{"hade en process som visste mindre än databasen och har läst om", "had a process that knew less than the record and have reloaded", all.Behind},
		{"hade en process som visste mer än databasen och har fått en ny", "had a process that knew more than the record and have a new one", all.Ahead},
		{"hade en process som inte kom vidare och har fått en ny", "had a process that could not go on and have a new one", all.Stuck},
	} {
		if line.n > 0 {
			r.tell("%d "+line.sv+"\n", "%d "+line.en+"\n", line.n)
		}
	}
	return nil
}

// reconcile asks until all have been compared.
func (r *remote) reconcile(ctx context.Context) (all act.Reconciliation, err error) {
	for {
		var some act.Reconciliation
		call := client.Call{Method: "POST", Path: "/api/v1/reconciliations", Key: client.NewKey()}
		if all.Next != "" {
			call.Body = map[string]string{"after": all.Next}
		}
		if _, err := r.client.Do(ctx, call, &some); err != nil {
			return all, r.explain(err)
		}
		all.Add(some)
		if all.Next == "" {
			return all, nil
		}
	}
}
