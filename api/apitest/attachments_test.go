//go:build !slim

package apitest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store/blobs"
)

const aPDF = "%PDF-1.7\nEtt avtal."

// onIntake is a document for the intake.
func onIntake(content string) apitest.Upload {
	return apitest.Upload{Fields: map[string]string{"part": "intake"}, Name: "Avtal.pdf", Content: content}
}

// onBothRecords opens a house without an engine on each database.
func onBothRecords(t *testing.T, test func(t *testing.T, h *apitest.House)) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, apitest.OpenAt(t, record(t), api.Options{}, nil))
		})
	}
}

// attachments are the files of a case as somebody sees them.
func attachments(h *apitest.House, as, id string) []m {
	h.T.Helper()
	var l struct {
		Items []m `json:"items"`
	}
	h.Get(as, "/cases/"+id+"/attachments").Want(http.StatusOK).Into(&l)
	return l.Items
}

// A file goes in, is listed, comes out as it was, and can be taken away again.
func TestAttachment(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		id := h.Draft("owner", m{"title": "Ett ärende"})
		call := h.Attach("owner", id, apitest.Upload{
			Fields: map[string]string{"part": "intake", "pointer": "/purpose_text", "note": "Det tecknade avtalet."},
			Name:   `C:\akter\Avtal å "1".pdf`, Content: aPDF,
		})
		first := h.Do(call).Want(http.StatusCreated)
		receipt := first.Object()
		sum := sha256.Sum256([]byte(aPDF))
		path := "/cases/" + id + "/attachments/" + receipt["attachment_id"].(string)
		if receipt["sha256"] != hex.EncodeToString(sum[:]) || first.Header().Get("Location") != "/api/v1"+path+"/content" {
			t.Errorf("receipt %v at %s", receipt, first.Header().Get("Location"))
		}
		h.Unchanged(func() { // the same request again
			if again := h.Do(call).Want(http.StatusCreated); again.Body.String() != first.Body.String() {
				t.Errorf("two answers: %s and %s", first.Body, again.Body)
			}
		})
		item := attachments(h, "owner", id)[0]
		for name, want := range (m{
			"part": "intake", "pointer": "/purpose_text", "file_name": "Avtal å _1_.pdf", "media_type": "application/pdf",
			"size": float64(len(aPDF)), "sha256": receipt["sha256"], "note": "Det tecknade avtalet.", "content": "/api/v1" + path + "/content",
		}) {
			if item[name] != want {
				t.Errorf("%s is %v, want %v", name, item[name], want)
			}
		}
		if who := item["added_by"].(m); who["id"] != h.People["owner"] || who["name"] != "Namn owner" {
			t.Errorf("added by %v", who)
		}
		downloaded(h, path+"/content")
		removed(h, id, path)
	})
}

// downloaded reads a file, which is never shown or kept by the reader's program.
func downloaded(h *apitest.House, path string) {
	h.T.Helper()
	a := h.Get("owner", path).Want(http.StatusOK)
	if a.Body.String() != aPDF {
		h.T.Errorf("read %q", a.Body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Length": "19", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Content-Disposition":     "attachment; filename*=utf-8''Avtal%20%C3%A5%20_1_.pdf",
		"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
	} {
		if got := a.Header().Get(name); got != want {
			h.T.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, as := range []string{"other", "stranger", "strange_admin"} {
		h.Get(as, path).Problem(http.StatusNotFound, "not_found")
	}
}

func removed(h *apitest.House, id, path string) {
	h.T.Helper()
	remove := func(as string) apitest.Answer {
		h.T.Helper()
		return h.Do(apitest.Call{Method: http.MethodDelete, Path: path, As: as})
	}
	remove("admin").Problem(http.StatusForbidden, "forbidden")
	remove("other").Problem(http.StatusNotFound, "not_found")
	remove("owner").Want(http.StatusNoContent)
	h.Unchanged(func() { remove("owner").Want(http.StatusNoContent) })
	if left := attachments(h, "owner", id); len(left) > 0 {
		h.T.Errorf("left %v", left)
	}
	h.Get("owner", path+"/content").Problem(http.StatusNotFound, "not_found")
	if err := h.Store.VerifyCase(h.T.Context(), apitest.Org, id); err != nil {
		h.T.Error(err)
	}
}

// The same content twice is kept once, and stays while one of the two refers to it.
func TestSameContentTwice(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		id := h.Draft("owner", m{"title": "Ett ärende"})
		var paths []string
		for range 2 {
			a := h.Do(h.Attach("owner", id, onIntake(aPDF))).Want(http.StatusCreated)
			paths = append(paths, "/cases/"+id+"/attachments/"+a.Object()["attachment_id"].(string))
		}
		kept, err := filepath.Glob(h.Attachments + "/*/*")
		if err != nil || len(kept) != 1 {
			t.Errorf("kept %v, %v", kept, err)
		}
		h.Do(apitest.Call{Method: http.MethodDelete, Path: paths[0], As: "owner"}).Want(http.StatusNoContent)
		if n, err := h.Act.SweepAttachments(t.Context()); n != 0 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		h.Get("owner", paths[1]+"/content").Want(http.StatusOK)
		page := h.Get("owner", "/cases/"+id+"/attachments?limit=1&include_total=true").Want(http.StatusOK).Object()
		if page["total"] != 1.0 || page["next_cursor"] != nil {
			t.Errorf("page %v", page)
		}
	})
}

// Another body under the same key is refused, and so is the same key for another
// file.
func TestAttachmentKeys(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		id := h.Draft("owner", m{"title": "Ett ärende"})
		first, second := h.Attach("owner", id, onIntake(aPDF)), h.Attach("owner", id, onIntake(aPDF+" Nytt."))
		_, key, _ := strings.Cut(first.Header, "\n")
		contentType, _, _ := strings.Cut(second.Header, "\n")
		second.Header = contentType + "\n" + key
		h.Do(first).Want(http.StatusCreated)
		h.Unchanged(func() { h.Do(second).Problem(http.StatusUnprocessableEntity, "idempotency_key_reused") })
	})
}

// A file that has changed on its disk is never handed out, and is heard of.
func TestDamagedAttachment(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		id := h.Draft("owner", m{"title": "Ett ärende"})
		path := damaged(h, id)
		a := h.Get("owner", path)
		a.Problem(http.StatusInternalServerError, "attachment_damaged")
		if strings.Contains(a.Body.String(), "avtal") || a.Header().Get("Content-Disposition") != "" {
			t.Errorf("handed out: %v %s", a.Header(), a.Body)
		}
		if log := h.Log.String(); !strings.Contains(log, `"msg":"an attachment is damaged"`) || strings.Contains(log, "Avtal") {
			t.Errorf("log %s", log)
		}
		h.Do(h.Attach("owner", id, onIntake(aPDF))).Want(http.StatusCreated) // mends it
		h.Get("owner", path).Want(http.StatusOK)
	})
}

// damaged attaches a file and changes it on its disk. It returns where the file
// is read.
func damaged(h *apitest.House, id string) string {
	h.T.Helper()
	receipt := h.Do(h.Attach("owner", id, onIntake(aPDF))).Want(http.StatusCreated).Object()
	if err := os.WriteFile(filepath.Join(h.Attachments, apitest.Org, receipt["sha256"].(string)), []byte("%PDF-1.7\nEtt annat avtal."), 0o600); err != nil {
		h.T.Fatal(err)
	}
	return "/cases/" + id + "/attachments/" + receipt["attachment_id"].(string) + "/content"
}

// Whatever is wrong with a file or its form is refused in both languages, and
// leaves no row.
func TestRefusedAttachments(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		id := h.Draft("owner", m{"title": "Ett ärende"})
		upload := func(change func(*apitest.Upload)) apitest.Call {
			u := onIntake(aPDF)
			change(&u)
			return h.Attach("owner", id, u)
		}
		field := func(name, value string) apitest.Call {
			return upload(func(u *apitest.Upload) { u.Fields[name] = value })
		}
		named := func(name, content string) apitest.Call {
			return upload(func(u *apitest.Upload) { u.Name, u.Content = name, content })
		}
		as := func(who string) apitest.Call { return h.Attach(who, id, onIntake(aPDF)) }
		without := func(c apitest.Call, header string) apitest.Call {
			c.Header = strings.Join(slices.DeleteFunc(strings.Split(c.Header, "\n"), func(line string) bool { return strings.HasPrefix(line, header) }), "\n")
			return c
		}
		broken := upload(func(*apitest.Upload) {})
		broken.Body = broken.Body.(string)[:40]
		list := func(query string) apitest.Call {
			return apitest.Call{Method: http.MethodGet, Path: "/cases/" + id + "/attachments" + query, As: "owner"}
		}
		for name, test := range map[string]struct {
			apitest.Call
			status         int
			code           string
			pointer, fault string
		}{
			"too large":                    {named("stor.pdf", aPDF+strings.Repeat("x", blobs.MaxSize)), 413, "attachment_too_large", "", ""},
			"much too large":               {named("stor.pdf", aPDF+strings.Repeat("x", blobs.MaxSize+2<<20)), 413, "attachment_too_large", "", ""},
			"a page":                       {named("sida.html", "<!DOCTYPE html>"), 415, "attachment_type", "", ""},
			"a picture with scripts":       {named("bild.svg", "<svg onload='x'/>"), 415, "attachment_type", "", ""},
			"a program":                    {named("program.pdf", "MZ\x90\x00"), 415, "attachment_type", "", ""},
			"another name":                 {named("avtal.docx", aPDF), 415, "attachment_type", "", ""},
			"an empty file":                {named("tom.txt", ""), 422, "invalid", "/file", "empty"},
			"no file":                      {upload(func(u *apitest.Upload) { u.NoFile = true }), 422, "invalid", "/file", "required"},
			"no part":                      {field("part", ""), 422, "invalid", "/part", "oneof"},
			"an unknown part":              {field("part", "coffee"), 422, "invalid", "/part", "oneof"},
			"no pointer":                   {field("pointer", "risks/0"), 422, "invalid", "/pointer", "pointer"},
			"half an escape":               {field("pointer", "/a~2"), 422, "invalid", "/pointer", "pointer"},
			"a long pointer":               {field("pointer", "/"+strings.Repeat("a", 500)), 422, "invalid", "/pointer", "pointer"},
			"a long note":                  {field("note", strings.Repeat("å", 4001)), 422, "invalid", "/note", "max"},
			"a part and a condition":       {field("condition_id", model.NewID()), 422, "invalid", "/condition_id", "excluded"},
			"an unknown condition":         {upload(func(u *apitest.Upload) { u.Fields = map[string]string{"condition_id": model.NewID()} }), 422, "invalid", "/condition_id", "unknown_condition"},
			"an unknown field":             {field("about", "x"), 422, "invalid", "/about", "unknown_name"},
			"a null character":             {field("note", "a\x00b"), 400, "malformed", "", ""},
			"invalid UTF-8":                {field("note", "\xff"), 400, "malformed", "", ""},
			"half a form":                  {broken, 400, "malformed", "", ""},
			"JSON":                         {apitest.Call{Method: http.MethodPost, Path: "/cases/" + id + "/attachments", As: "owner", Body: "{}", Header: apitest.Key()}, 415, "unsupported_media_type", "", ""},
			"a form without boundary":      {apitest.Call{Method: http.MethodPost, Path: "/cases/" + id + "/attachments", As: "owner", Body: "x", Header: apitest.Key() + "\nContent-Type: multipart/form-data"}, 415, "unsupported_media_type", "", ""},
			"a form where JSON is due":     {apitest.Call{Method: http.MethodPost, Path: "/cases", As: "owner", Body: broken.Body, Header: broken.Header}, 415, "unsupported_media_type", "", ""},
			"no key":                       {without(as("owner"), "Idempotency-Key"), 400, "idempotency_key_missing", "", ""},
			"nobody":                       {as(""), 401, "unauthenticated", "", ""},
			"somebody else's draft":        {as("other"), 404, "not_found", "", ""},
			"another organisation":         {as("strange_admin"), 404, "not_found", "", ""},
			"who only reads":               {as("auditor"), 403, "forbidden", "", ""},
			"who administers":              {as("admin"), 403, "forbidden", "", ""},
			"no such case":                 {h.Attach("owner", model.NewID(), onIntake(aPDF)), 404, "not_found", "", ""},
			"no id":                        {h.Attach("owner", "1", onIntake(aPDF)), 404, "not_found", "", ""},
			"no such attachment":           {list("/" + model.NewID() + "/content"), 404, "not_found", "", ""},
			"no attachment's id":           {list("/1/content"), 404, "not_found", "", ""},
			"a long list":                  {list("?limit=101"), 422, "invalid", "/limit", "max"},
			"no such attachment to remove": {apitest.Call{Method: http.MethodDelete, Path: "/cases/" + id + "/attachments/" + model.NewID(), As: "owner"}, 404, "not_found", "", ""},
		} {
			h.Unchanged(func() {
				for _, l := range lang.Languages() {
					call := test.Call
					call.Header = strings.TrimSpace(call.Header + "\nAccept-Language: " + string(l))
					p := h.Do(call).Problem(test.status, test.code)
					if test.pointer == "" && len(p.Errors) == 0 {
						continue
					}
					if len(p.Errors) != 1 || p.Errors[0].Pointer != test.pointer || p.Errors[0].Code != test.fault || p.Errors[0].Message == "" {
						t.Errorf("%s: faults %+v", name, p.Errors)
					}
				}
			})
		}
	})
}

// A file goes over a real connection in both directions, also when nobody says
// how long it is, and a temporary file is not left behind.
func TestAttachmentOverTheWire(t *testing.T) {
	h := apitest.Open(t, api.Options{}, nil)
	t.Setenv("TMPDIR", t.TempDir())
	id := h.Draft("owner", m{"title": "Ett ärende"})
	s := httptest.NewServer(h.Handler)
	defer s.Close()
	content := aPDF + strings.Repeat("x", 20<<20)
	call := h.Attach("owner", id, onIntake(content))
	r, err := http.NewRequestWithContext(t.Context(), call.Method, s.URL+"/api/v1"+call.Path, struct{ *strings.Reader }{strings.NewReader(call.Body.(string))})
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = -1
	r.Header.Set("Authorization", "Bearer "+h.Tokens["owner"])
	for line := range strings.Lines(call.Header) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		r.Header.Set(name, value)
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("answered with %s", answer.Status)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind %v, %v", left, err)
	}
	if a := h.Get("owner", strings.TrimPrefix(answer.Header.Get("Location"), "/api/v1")).Want(http.StatusOK); a.Body.String() != content {
		t.Errorf("%d bytes came out, %d went in", a.Body.Len(), len(content))
	}
}

// evidence: reviewers attach while they have a task, whoever has to meet a
// condition shows that it is met, and what was handed in stays.
func (o office) evidence() {
	t := o.T
	id := o.Draft("owner", o.answers([]string{"base"}, nil))
	attach := func(as string, fields map[string]string) apitest.Answer {
		t.Helper()
		return o.Do(o.Attach(as, id, apitest.Upload{Fields: fields, Name: "Avtal.pdf", Content: aPDF}))
	}
	remove := func(as string, a apitest.Answer) apitest.Answer {
		t.Helper()
		return o.Do(apitest.Call{Method: http.MethodDelete, Path: "/cases/" + id + "/attachments/" + a.Object()["attachment_id"].(string), As: as})
	}
	early := attach("owner", map[string]string{"part": "intake"}).Want(http.StatusCreated)
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	remove("owner", early).Problem(http.StatusConflict, "state_conflict")

	manager := o.task(id, "manager", "endorse")
	reviewers := attach("manager", map[string]string{"part": "manager"}).Want(http.StatusCreated)
	remove("owner", reviewers).Problem(http.StatusForbidden, "forbidden")
	remove("manager", reviewers).Want(http.StatusNoContent)
	attach("system", map[string]string{"part": "intake"}).Problem(http.StatusForbidden, "forbidden")
	o.decide("manager", manager, m{"outcome": "endorse"}).Want(http.StatusOK)
	attach("manager", map[string]string{"part": "manager"}).Problem(http.StatusForbidden, "forbidden")

	o.decide("ciso", o.task(id, "ciso", "decision"), m{"outcome": "approve_with_conditions", "conditions": []m{condition(nil)}}).Want(http.StatusOK)
	conditions := o.Get("owner", "/cases/"+id+"/conditions").Want(http.StatusOK).Object()["items"].([]any)
	about := map[string]string{"condition_id": conditions[0].(m)["condition_id"].(string)}
	attach("ciso", about).Problem(http.StatusForbidden, "forbidden")
	attach("system", about).Want(http.StatusCreated)
	remove("owner", attach("owner", about).Want(http.StatusCreated)).Want(http.StatusNoContent)
	items := attachments(o.House, "dpo", id)
	if len(items) != 2 || items[1]["condition_id"] != about["condition_id"] || items[1]["part"] != nil {
		t.Errorf("attachments %v", items)
	}
	events := o.Get("owner", "/cases/"+id+"/events?limit=100").Want(http.StatusOK).Body.String()
	if strings.Contains(events, "Avtal") || strings.Contains(events, items[0]["sha256"].(string)) || !strings.Contains(events, `"kind":"attachment_removed"`) {
		t.Errorf("events %s", events)
	}
}
