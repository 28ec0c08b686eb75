//go:build !slim

package apitest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model/audit"
	"sluss/model/audit/bundle"
)

// growTree fills the tree of the organisation, as the program does meanwhile.
func growTree(h *apitest.House) {
	h.T.Helper()
	for {
		n, err := h.Store.GrowTree(h.T.Context(), apitest.Org, time.Time{}, 100)
		if err != nil {
			h.T.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// opened reads a checkpoint and checks its signature.
func opened(h *apitest.House, v api.CheckpointView) audit.Checkpoint {
	h.T.Helper()
	c, err := audit.OpenCheckpoint([]byte(v.Checkpoint), v.VerifierKey)
	if err != nil || c.Origin != v.Origin || c.Size != v.TreeSize || c.Root.String() != v.RootHash {
		h.T.Fatalf("%+v, %v of %+v", c, err, v)
	}
	return c
}

// What a checkpoint says of the log can be proven, event by event, to those who read
// the log; and that a later one has only grown.
func TestProofs(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		id := h.Draft("owner", m{"title": "Ett ärende"})
		h.Draft("other", m{"title": "Ett annat"})
		path := "/audit/proof?case_id=" + id + "&seq=1"
		h.Get("owner", path).Problem(http.StatusConflict, "not_in_tree")
		var first, then api.CheckpointView
		h.Get("auditor", "/audit/checkpoint").Want(http.StatusOK).Into(&first)
		if opened(h, first).Size != 0 {
			t.Errorf("the tree of nothing is %+v", first)
		}
		h.Get("auditor", "/audit/proof?from=1").Problem(http.StatusUnprocessableEntity, "invalid")

		growTree(h)
		h.Get("auditor", "/audit/checkpoint").Want(http.StatusOK).Into(&first)
		smaller := opened(h, first)
		h.Do(h.Attach("owner", id, onIntake(aPDF))).Want(http.StatusCreated)
		growTree(h)
		h.Get("ciso", "/audit/checkpoint").Want(http.StatusOK).Into(&then)
		larger := opened(h, then)
		if smaller.Size != 2 || larger.Size != 3 || smaller.Origin != larger.Origin {
			t.Errorf("%+v, %+v", smaller, larger)
		}

		for _, who := range []string{"owner", "dpo", "auditor", "admin"} {
			var p api.ProofView
			if who == "owner" || who == "auditor" || who == "admin" { // the others do not read drafts
				h.Get(who, path).Want(http.StatusOK).Into(&p)
				c := opened(h, p.CheckpointView)
				if err := tlog.CheckRecord(p.Proof, c.Size, larger.Root, *p.Leaf, audit.LeafHash(p.EventHash)); err != nil || c != larger {
					t.Errorf("%s: %v of %+v", who, err, p)
				}
			} else {
				h.Get(who, path).Problem(http.StatusNotFound, "not_found")
			}
		}
		var p api.ProofView
		h.Get("auditor", path+"&size=2").Want(http.StatusOK).Into(&p)
		if err := tlog.CheckRecord(p.Proof, 2, smaller.Root, *p.Leaf, audit.LeafHash(p.EventHash)); err != nil {
			t.Error(err)
		}
		var events struct{ Items []audit.Event }
		h.Get("auditor", "/cases/"+id+"/events").Want(http.StatusOK).Into(&events)
		if p.EventHash != events.Items[0].Hash {
			t.Errorf("the event is %s, not %s", events.Items[0].Hash, p.EventHash)
		}
		var grown api.ProofView
		h.Get("auditor", "/audit/proof?from=2").Want(http.StatusOK).Into(&grown)
		if err := tlog.CheckTree(tlog.TreeProof(grown.Proof), 3, larger.Root, 2, smaller.Root); err != nil {
			t.Error(err)
		}
		h.Get("auditor", path[:len(path)-1]+"2&size=2").Problem(http.StatusConflict, "not_in_tree")
	})
}

func TestProofRefusals(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{}, nil)
	id := h.Draft("owner", m{"title": "Ett ärende"})
	growTree(h)
	path := "/audit/proof?seq=1&case_id=" + id
	for _, who := range []string{"other", "employee", "stranger", "strange_admin", "ciso"} { // a draft is nobody's but its owner's
		h.Get(who, path).Problem(http.StatusNotFound, "not_found")
	}
	for _, who := range []string{"owner", "manager", "info", "system", "environment", "coordinator", "employee", "head"} {
		h.Get(who, "/audit/checkpoint").Problem(http.StatusForbidden, "forbidden")
		h.Get(who, "/audit/proof?from=1").Problem(http.StatusForbidden, "forbidden")
	}
	for _, query := range []string{"", "?seq=1", "?case_id=" + id, "?case_id=" + id + "&seq=1&from=1", "?case_id=" + id + "&incident_id=" + id + "&seq=1",
		"?from=1&seq=1", "?case_id=" + id + "&seq=0", "?from=0", "?from=2", "?from=1&size=2", "?case_id=" + id + "&seq=1&size=2", "?unknown=1", "?seq=x"} {
		h.Get("auditor", "/audit/proof"+query).Problem(http.StatusUnprocessableEntity, "invalid")
	}
	for _, query := range []string{"case_id=x&seq=1", "incident_id=" + id + "&seq=1", fmt.Sprintf("case_id=%s&seq=2", id)} {
		h.Get("auditor", "/audit/proof?"+query).Problem(http.StatusNotFound, "not_found")
	}
	var elsewhere api.CheckpointView
	h.Get("strange_admin", "/audit/checkpoint").Want(http.StatusOK).Into(&elsewhere)
	if opened(h, elsewhere).Size != 0 {
		t.Error("another organisation's tree is shown")
	}
}

// A case goes out in one file, to those who read its log.
func TestBundle(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		id := h.Draft("owner", m{"title": "Ett ärende"})
		h.Do(h.Attach("owner", id, onIntake(aPDF))).Want(http.StatusCreated)
		growTree(h)
		var c api.CheckpointView
		h.Get("auditor", "/audit/checkpoint").Want(http.StatusOK).Into(&c)
		for _, who := range []string{"owner", "auditor", "admin"} {
			a := h.Get(who, "/cases/"+id+"/bundle").Want(http.StatusOK)
			file := a.Body.Bytes()
			if got := a.Header().Get("Content-Disposition"); got != "attachment; filename=sluss-"+id+".zip" {
				t.Errorf("named %q", got)
			}
			r := bundle.Verify(bytes.NewReader(file), int64(len(file)), c.VerifierKey)
			if len(r.Findings) > 0 || r.Included != 2 || r.Opened == 0 || !r.Manifest.Rulebook {
				t.Errorf("%s: %+v", who, r)
			}
		}
		for _, who := range []string{"other", "employee", "stranger", "dpo"} {
			h.Get(who, "/cases/"+id+"/bundle").Problem(http.StatusNotFound, "not_found")
		}
		h.Get("auditor", "/cases/x/bundle").Problem(http.StatusNotFound, "not_found")
		if strings.Contains(h.Log.String(), "Ett ärende") {
			t.Error("the log tells the title")
		}
	})
}
