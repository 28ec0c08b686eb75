//go:build !slim

package apitest_test

import (
	"net/http"
	"strings"
	"testing"

	"sluss/api/apitest"
)

// TestOWASPAPI6SensitiveFlows attacks the decision, the flow that this product is for
// (OWASP API6:2023), as a program would: without having read, with a tag that is
// guessed, many times at once, and once more. One decision is taken, by whoever has it,
// on what they read.
func TestOWASPAPI6SensitiveFlows(t *testing.T) {
	t.Parallel()
	o := ownOffice(t, apitest.RecordFile)
	id := o.submitted([]string{"base"}, nil)
	task := o.task(id, "manager", "endorse")
	endorse := func(as, tag, key string) apitest.Call {
		c := apitest.Call{Method: http.MethodPost, Path: task + "/decision", As: as, Body: m{"outcome": "endorse", "revision": 1}, Header: key}
		if tag != "" {
			c.Header += "\nIf-Match: " + tag
		}
		return c
	}
	o.Unchanged(func() {
		o.Do(endorse("manager", "", apitest.Key())).Problem(http.StatusPreconditionRequired, "precondition_required")
		for _, guess := range []string{"*", `"0"`, `"1"`, `W/"1"`, `"` + strings.Repeat("0", 64) + `"`} {
			o.Do(endorse("manager", guess, apitest.Key())).Problem(http.StatusPreconditionFailed, "stale")
		}
		o.Do(endorse("manager", o.etag("manager", task), "")).Problem(http.StatusBadRequest, "idempotency_key_missing")
	})
	body := o.Answers("manager", task, nil)
	tag := o.etag("manager", task)
	taken := 0
	for _, a := range o.atOnce(30, func(int) apitest.Call {
		c := endorse("manager", tag, apitest.Key())
		c.Body = m{"outcome": "endorse", "revision": 1, "answers": body}
		return c
	}) {
		if a.Code == http.StatusOK {
			taken++
		} else if a.Code >= 500 {
			t.Errorf("answered with %d %s", a.Code, a.Body)
		}
	}
	if taken != 1 {
		t.Errorf("%d of 30 decisions at once were taken", taken)
	}
	if n := len(o.Get("auditor", "/cases/"+id+"/decisions").Want(http.StatusOK).Object()["items"].([]any)); n != 1 {
		t.Errorf("%d decisions are in the record", n)
	}
	o.Do(endorse("manager", tag, apitest.Key())).Problem(http.StatusConflict, "task_closed")
}
