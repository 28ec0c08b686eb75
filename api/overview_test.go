package api_test

import (
	"net/http"
	"testing"

	"sluss/api"
)

// How things stand is told of what the reader may read, to those who read the
// statistics.
func TestOverview(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	h.Draft("owner", map[string]any{"title": "Ett utkast"})
	got := func(as string) (out api.Overview) {
		h.Get(as, "/overview").Want(http.StatusOK).Into(&out)
		return out
	}
	if o := got("admin"); len(o.Cases) != 1 || o.Cases[0].Label != "Utkast" || o.Cases[0].Cases != 1 || len(o.Queues) != 0 {
		t.Errorf("the administrator sees %+v", o)
	}
	if o := got("dpo"); len(o.Cases)+len(o.Queues) != 0 {
		t.Errorf("the DPO sees %+v", o)
	}
	h.Get("employee", "/overview").Problem(http.StatusForbidden, "forbidden")
	h.Get("", "/overview").Want(http.StatusUnauthorized)
}
