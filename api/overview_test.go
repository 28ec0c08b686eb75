package api_test

import (
	"net/http"
	"testing"

	"sluss/api"
	"sluss/model"
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
	h.SetRoles("ciso", model.RoleCISO, model.RoleUser, model.RoleProjectOwner)
	h.Draft("ciso", map[string]any{"title": "Säkerhetschefens eget"})
	if o := got("ciso"); len(o.Cases) != 1 || o.Cases[0].Cases != 1 || o.AsOf.IsZero() {
		t.Errorf("the CISO, who has a draft, sees %+v", o)
	}
	if o := got("dpo"); len(o.Cases) != 0 {
		t.Errorf("the DPO sees, beside it, %+v", o)
	}
	if o := got("admin"); len(o.Cases) != 1 || o.Cases[0].Cases != 2 {
		t.Errorf("the administrator, with the draft of the CISO, sees %+v", o)
	}
	h.Get("employee", "/overview").Problem(http.StatusForbidden, "forbidden")
	h.Get("", "/overview").Want(http.StatusUnauthorized)
}
