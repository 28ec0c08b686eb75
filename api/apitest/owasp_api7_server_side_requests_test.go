//go:build !slim

package apitest_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"sluss/api/apitest"
	"sluss/model/rulebook"
)

// TestOWASPAPI7ServerSideRequests attacks the server's own network (OWASP API7:2023):
// wherever text is taken an address of the server's neighbourhood is written, and
// nobody knocks there while the case goes all its way.
func TestOWASPAPI7ServerSideRequests(t *testing.T) {
	t.Parallel()
	var knocks atomic.Int64
	trap := httptest.NewUnstartedServer(http.NotFoundHandler())
	trap.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			knocks.Add(1)
		}
	}
	trap.Start()
	defer trap.Close()
	o := ownOffice(t, apitest.RecordFile)
	here := trap.URL + "/latest/meta-data/" + strings.Repeat("x", 60) // as long as an answer has to be
	changes := m{}
	for _, f := range bookOf(t).Fields() {
		if (f.Type == "str" || f.Type == "text") && !strings.Contains(f.ID, ".") && !f.System && !strings.HasSuffix(f.ID, "_id") && f.RequiredIf == "" {
			changes[f.ID] = here
		}
	}
	written := len(changes)
	id := o.Draft("owner", o.answers([]string{"base"}, nil))
	draft := o.Get("owner", "/cases/"+id+"/intake").Want(http.StatusOK)
	answers := draft.Object()["answers"].(m)
	for name := range answers {
		if _, text := changes[name]; text {
			answers[name] = here
		}
	}
	o.Do(apitest.Call{
		Method: http.MethodPut, Path: "/cases/" + id + "/intake", As: "owner", Body: m{"answers": answers}, Header: "If-Match: " + draft.Header().Get("ETag"),
	}).Want(http.StatusOK)
	o.post("owner", "/cases/"+id+"/submissions", o.etag("owner", "/cases/"+id), m{"stage": "intake", "revision": 2}).Want(http.StatusOK)
	o.Drive(id, apitest.Answering{})
	for path, body := range map[string]m{
		"/cases/" + id + "/comments": {"text": here},
		"/cases/" + id + "/records":  {"kind": "stop_contact", "answers": m{"name": here, "role": here, "telephone": here, "hours": here, "supplier_suspended": here}},
	} {
		o.note("ciso", path, body).Want(http.StatusCreated)
	}
	o.report("employee", m{"description": here, "tool": here})
	o.Do(o.Attach("owner", id, apitest.Upload{Fields: map[string]string{"part": "intake", "note": here}, Name: "link.txt", Content: "[InternetShortcut]\nURL=" + here}))
	if written < 5 {
		t.Errorf("only %d questions take text", written)
	}
	if n := knocks.Load(); n != 0 {
		t.Errorf("the server went to an address that it was sent, %d times", n)
	}
}

func bookOf(t *testing.T) *rulebook.Book {
	t.Helper()
	return rulebook.Default()
}
