//go:build !slim

package apitest_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/lang"
)

// remark makes a remark on the legal basis.
func (o office) remark(as, id string, changes m) apitest.Answer {
	o.T.Helper()
	body := m{"stage": "legal_basis", "question_id": "LB-03", "text": "Grunden är svag.", "severity": "to_fix"}
	maps.Copy(body, changes)
	if body["question_id"] == nil {
		delete(body, "question_id")
	}
	return o.note(as, "/cases/"+id+"/remarks", body)
}

// note puts something beside a case.
func (o office) note(as, path string, body any) apitest.Answer {
	o.T.Helper()
	return o.Do(apitest.Call{Method: http.MethodPost, Path: path, As: as, Body: body, Header: apitest.Key()})
}

// untouched does what must leave no event of a case.
func (o office) untouched(id string, do func()) {
	o.T.Helper()
	count := func() any {
		o.T.Helper()
		return o.Get("owner", "/cases/"+id+"/events?limit=1&include_total=true").Want(http.StatusOK).Object()["total"]
	}
	before := count()
	do()
	if after := count(); after != before {
		o.T.Errorf("%v events before, %v after", before, after)
	}
}

func (o office) remarks(as, id, query string) []m {
	o.T.Helper()
	var l struct {
		Items []m `json:"items"`
	}
	o.Get(as, "/cases/"+id+"/remarks"+query).Want(http.StatusOK).Into(&l)
	return l.Items
}

// remarksAndReplies: reviewers remark on their stage and the DPO on every one; the
// controller's side answers each remark, once (AD-05).
func (o office) remarksAndReplies() {
	t := o.T
	id := o.submitted([]string{"base", "personal_data"}, nil)
	first := o.remark("dpo", id, nil).Want(http.StatusCreated).Object()["remark_id"].(string)
	second := o.remark("info", id, m{"question_id": nil, "severity": "improvable"}).Want(http.StatusCreated).Object()["remark_id"].(string)
	o.remark("dpo", id, m{"stage": "ciso"}).Want(http.StatusCreated)
	for _, as := range []string{"owner", "ciso", "system", "admin", "auditor"} {
		o.remark(as, id, nil).Problem(http.StatusForbidden, "forbidden")
	}
	o.remark("other", id, nil).Problem(http.StatusNotFound, "not_found")
	o.remark("dpo", id, m{"stage": "prior_consultation"}).Problem(http.StatusUnprocessableEntity, "invalid")

	items := o.remarks("owner", id, "?stage=legal_basis&status=open")
	if len(items) != 2 || items[0]["remark_id"] != first || items[0]["author_role"] != "dpo" || items[0]["stage_label"] == "" ||
		items[0]["author"].(m)["name"] != "Namn dpo" || items[0]["replied_at"] != nil || items[1]["question_id"] != nil {
		t.Errorf("remarks %v", items)
	}
	at := func(remark string) string { return "/cases/" + id + "/remarks/" + remark + "/reply" }
	yes, no := m{"reply": "Kompletterat.", "followed": true}, m{"reply": "Vi delar inte bedömningen.", "followed": false, "reasons": "Stöd finns i 4 §."}
	for _, as := range []string{"dpo", "ciso", "manager", "admin", "auditor"} {
		o.note(as, at(first), yes).Problem(http.StatusForbidden, "forbidden")
	}
	o.note("info", at(second), yes).Problem(http.StatusForbidden, "forbidden") // by its author
	o.note("info", at(first), no).Want(http.StatusCreated)
	o.note("owner", at(first), yes).Problem(http.StatusConflict, "state_conflict")
	call := apitest.Call{Method: http.MethodPost, Path: at(second), As: "owner", Body: yes, Header: apitest.Key()}
	answer := o.Do(call).Want(http.StatusCreated)
	o.untouched(id, func() {
		if again := o.Do(call).Want(http.StatusCreated); again.Body.String() != answer.Body.String() {
			t.Errorf("two answers: %s and %s", answer.Body, again.Body)
		}
	})
	items = o.remarks("dpo", id, "?stage=legal_basis")
	if items[0]["status"] != "not_followed" || items[0]["reasons"] != "Stöd finns i 4 §." || items[0]["reply_by"].(m)["name"] != "Namn info" ||
		items[1]["status"] != "answered" || items[1]["replied_at"] == nil {
		t.Errorf("answered %v", items)
	}
	n, err := o.Store.OpenRemarks(t.Context(), apitest.Org, id, model.StageCISO, model.RoleDPO)
	if err != nil || n != 1 || len(o.remarks("dpo", id, "?status=open")) != 1 {
		t.Errorf("%d open remarks, %v", n, err)
	}
	if events := o.Get("owner", "/cases/"+id+"/events?limit=100").Body.String(); strings.Contains(events, "svag") || strings.Contains(events, "bedömningen") {
		t.Errorf("events %s", events)
	}
	if err := o.Store.VerifyCase(t.Context(), apitest.Org, id); err != nil {
		t.Error(err)
	}
}

// TestComments: whoever reads a case may comment on it, but for the auditor.
func TestComments(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		o := office{House: h}
		id := h.Draft("owner", m{"title": "Ett ärende"})
		path := "/cases/" + id + "/comments"
		for _, as := range []string{"owner", "admin"} {
			o.note(as, path, m{"text": "En fråga\ntill alla."}).Want(http.StatusCreated)
		}
		o.note("auditor", path, m{"text": "En fråga."}).Problem(http.StatusForbidden, "forbidden")
		o.note("other", path, m{"text": "En fråga."}).Problem(http.StatusNotFound, "not_found")
		page := h.Get("owner", path+"?limit=1").Want(http.StatusOK).Object()
		first := page["items"].([]any)[0].(m)
		if first["text"] != "En fråga\ntill alla." || first["author"].(m)["name"] != "Namn owner" || page["next_cursor"] == nil {
			t.Errorf("comments %v", page)
		}
		h.Get("other", path).Problem(http.StatusNotFound, "not_found")
	})
}

// Whatever is wrong with a remark, a reply or a comment is refused in both
// languages, and leaves no row.
func TestRefusedRemarks(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		id := h.Draft("owner", m{"title": "Ett ärende"})
		remark := func(changes string) string {
			return `{"stage": "dpia", "text": "t", "severity": "to_fix"` + changes + `}`
		}
		long := strings.Repeat("å", 4001)
		for _, test := range []struct {
			path, as, body string
			status         int
			code, pointer  string
		}{
			{"/remarks", "admin", remark(``), 403, "forbidden", ""},
			{"/remarks", "owner", remark(``), 403, "forbidden", ""},
			{"/remarks", "dpo", remark(``), 404, "not_found", ""}, // nobody's draft to read
			{"/remarks", "owner", remark(`, "stage": "dpia"`), 400, "malformed", ""},
			{"/remarks", "owner", `{"stage": "coffee", "text": "t", "severity": "to_fix"}`, 422, "invalid", "/stage"},
			{"/remarks", "owner", `{"text": "t", "severity": "to_fix"}`, 422, "invalid", "/stage"},
			{"/remarks", "owner", `{"stage": "dpia", "text": "t", "severity": "grave"}`, 422, "invalid", "/severity"},
			{"/remarks", "owner", `{"stage": "dpia", "text": "", "severity": "to_fix"}`, 422, "invalid", "/text"},
			{"/remarks", "owner", `{"stage": "dpia", "text": "` + long + `", "severity": "to_fix"}`, 422, "invalid", "/text"},
			{"/remarks", "owner", remark(`, "question_id": "a b"`), 422, "invalid", "/question_id"},
			{"/remarks", "owner", remark(`, "reply": "x"`), 422, "invalid", "/reply"},
			{"/remarks/" + model.NewID() + "/reply", "owner", `{"reply": "r", "followed": true}`, 404, "not_found", ""},
			{"/remarks/1/reply", "owner", `{"reply": "r", "followed": true}`, 404, "not_found", ""},
			{"/remarks/" + model.NewID() + "/reply", "owner", `{"reply": "r"}`, 422, "invalid", "/followed"},
			{"/remarks/" + model.NewID() + "/reply", "owner", `{"reply": "", "followed": true}`, 422, "invalid", "/reply"},
			{"/remarks/" + model.NewID() + "/reply", "owner", `{"reply": "r", "followed": false, "reasons": "` + long + `"}`, 422, "invalid", "/reasons"},
			{"/comments", "owner", `{"text": ""}`, 422, "invalid", "/text"},
			{"/comments", "owner", `{"text": "` + long + `"}`, 422, "invalid", "/text"},
			{"/comments", "owner", `{"text": "a\u0000b"}`, 400, "malformed", ""},
			{"/comments", "", `{"text": "t"}`, 401, "unauthenticated", ""},
		} {
			refusedNote(h, "/cases/"+id+test.path, test.as, test.body, test.status, test.code, test.pointer)
		}
		for query, pointer := range map[string]string{"stage=coffee": "/stage", "status=closed": "/status", "sort=x": "/sort"} {
			p := h.Get("owner", "/cases/"+id+"/remarks?"+query).Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
				t.Errorf("%s: faults %+v", query, p.Errors)
			}
		}
	})
}

func refusedNote(h *apitest.House, path, as, body string, status int, code, pointer string) {
	h.T.Helper()
	h.Unchanged(func() {
		for _, l := range lang.Languages() {
			p := h.Do(apitest.Call{
				Method: http.MethodPost, Path: path, As: as, Body: body, Header: apitest.Key() + "\nAccept-Language: " + string(l),
			}).Problem(status, code)
			pointers := []string{}
			for _, f := range p.Errors {
				pointers = append(pointers, f.Pointer)
			}
			if want := slices.DeleteFunc([]string{pointer}, func(p string) bool { return p == "" }); !slices.Equal(pointers, want) {
				h.T.Errorf("%s %s: faults %+v, want one at %q", path, body, p.Errors, pointer)
			}
		}
	})
}

// reasonsOfReplies: reasons belong to a remark that is not followed, and only
// there.
func (o office) reasonsOfReplies() {
	id := o.submitted([]string{"base", "personal_data"}, nil)
	remark := o.remark("dpo", id, nil).Want(http.StatusCreated).Object()["remark_id"].(string)
	for body, code := range map[string]string{
		`{"reply": "r", "followed": false}`:                  "required",
		`{"reply": "r", "followed": true, "reasons": "Nej"}`: "excluded",
	} {
		o.untouched(id, func() {
			p := o.note("owner", "/cases/"+id+"/remarks/"+remark+"/reply", body).Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != "/reasons" || p.Errors[0].Code != code {
				o.T.Errorf("%s: faults %+v", body, p.Errors)
			}
		})
	}
}
