package web_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sluss/model/store/blobs"
)

var uploadKey = regexp.MustCompile(`action="(/cases/[^"]*/attachments\?key=[^"]+)"`)

// upload sends the form of a page with a file, as a browser does.
func (b *browser) upload(caseID, name, content string) shown {
	b.t.Helper()
	m := uploadKey.FindStringSubmatch(b.get("/cases/"+caseID+"/attachments").want(b.t, http.StatusOK).body)
	if m == nil {
		b.t.Fatal("the page has no form for a file")
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for field, value := range map[string]string{"part": "intake", "note": "Det som behövs"} {
		if err := w.WriteField(field, value); err != nil {
			b.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+html.UnescapeString(m[1]), &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// A file goes through the page to the record, or is refused with the reason; one that
// is far larger than a form can be does too.
func TestFilesOfACase(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.signedIn(t, "owner")
	id := h.Draft("owner", map[string]any{"title": "Ett <b>ärende"})
	if got := b.upload(id, "avtal.txt", strings.Repeat("Avtal. ", 400_000)); got.location != "/cases/"+id+"/attachments?done=added" {
		t.Fatalf("%d to %s: %s", got.status, got.location, got.body)
	}
	page := b.get("/cases/"+id+"/attachments?done=added").want(t, http.StatusOK, "Filen är bifogad.", "avtal.txt", "Det som behövs", "2,7 MB", "/removal").body
	m := regexp.MustCompile(`/attachments/([0-9a-f-]{36})"`).FindStringSubmatch(page)
	file := "/cases/" + id + "/attachments/" + m[1]
	got := b.get(file).want(t, http.StatusOK)
	if got.body != strings.Repeat("Avtal. ", 400_000) || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment; filename=avtal.txt") ||
		!strings.HasPrefix(got.header.Get("Content-Security-Policy"), "sandbox;") || got.header.Get("Content-Type") != "text/plain" {
		t.Errorf("the file is handed out as %v", got.header)
	}

	b.upload(id, "program.exe", "MZ\x90\x00").want(t, http.StatusUnsupportedMediaType, "Den sortens fil tas inte emot", "avtal.txt")
	b.upload(id, "tom.txt", "").want(t, http.StatusUnprocessableEntity, "Filen är tom.")
	b.upload(id, "stor.txt", strings.Repeat("a", blobs.MaxSize+1)).want(t, http.StatusRequestEntityTooLarge, "avtal.txt")
	b.upload(id, "större.txt", strings.Repeat("a", blobs.MaxSize+(2<<20))).want(t, http.StatusRequestEntityTooLarge)
	b.post("/cases/"+id+"/attachments", "part", "intake").want(t, http.StatusBadRequest)

	stranger, auditor := h.signedIn(t, "employee"), h.signedIn(t, "auditor")
	stranger.get(file).want(t, http.StatusNotFound, "<h1>Sidan finns inte</h1>")
	auditor.get(file).want(t, http.StatusOK)
	if page := auditor.get("/cases/"+id+"/attachments").want(t, http.StatusOK, "avtal.txt").body; strings.Contains(page, `type="file"`) || strings.Contains(page, "removal") {
		t.Error("the auditor is offered to change files")
	}
	auditor.get(file+"/removal").want(t, http.StatusNotFound)
	auditor.post(file+"/removal").want(t, http.StatusForbidden, "avtal.txt")
	b.get(file+"/removal").want(t, http.StatusOK, "Ta bort filen?", "avtal.txt", "kan inte hämtas tillbaka")
	if got := b.post(file + "/removal"); got.location != "/cases/"+id+"/attachments?done=removed" {
		t.Errorf("removal: %d to %s", got.status, got.location)
	}
	b.get(file).want(t, http.StatusNotFound)
	if got := h.browser(t).get(file); got.status != http.StatusSeeOther {
		t.Errorf("without signing in: %d", got.status)
	}
}

func TestConversationOfACase(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.signedIn(t, "owner")
	id := h.Draft("owner", map[string]any{"title": "Ett ärende"})
	path := "/cases/" + id + "/comments"
	_, after, _ := strings.Cut(b.get(path).want(t, http.StatusOK, "Ingen har kommenterat").body, `name="key" value="`)
	key, _, _ := strings.Cut(after, `"`)
	for range 2 { // a second press of the button writes nothing more
		if got := b.post(path, "key", key, "text", "Rad 1\r\nRad <2>"); got.location != path+"?done=comment#comments" {
			t.Fatalf("%d to %s", got.status, got.location)
		}
	}
	page := b.get(path+"?done=comment").want(t, http.StatusOK, "Kommentaren är sparad.", "Rad 1\nRad &lt;2&gt;", "Namn owner").body
	if strings.Count(page, "Rad 1") != 1 {
		t.Error("the comment is there twice")
	}
	b.post(path, "key", key, "text", "Något annat").want(t, http.StatusUnprocessableEntity, "Något annat</textarea>")
	long := strings.Repeat("x", 4001)
	b.post(path, "key", "k-long", "text", long).want(t, http.StatusUnprocessableEntity, long)
	if page := h.signedIn(t, "auditor").get(path).want(t, http.StatusOK, "Rad 1").body; strings.Contains(page, "<textarea") {
		t.Error("the auditor is offered to comment")
	}
	h.signedIn(t, "employee").get(path).want(t, http.StatusNotFound)

	b.get("/cases/"+id+"/remarks/new").want(t, http.StatusNotFound) // nothing to remark on yet
	b.get("/cases/"+id+"/revisions").want(t, http.StatusOK, "Beskrivningen har inte skickats in än.")
	b.get("/cases/"+id+"/revisions/1").want(t, http.StatusNotFound)
	b.get("/cases/"+id+"/revisions/1?part=nonsense").want(t, http.StatusNotFound)
	b.get("/cases/"+id+"/timeline").want(t, http.StatusOK, "En kommentar skrevs", "Ärendet öppnades", "Namn owner")
	timeline := b.get("/cases/"+id+"/timeline?show=texts").want(t, http.StatusOK)
	if strings.Contains(timeline.body, "En kommentar skrevs") {
		t.Error("a part of the timeline has what is not of it")
	}
	b.get("/cases/"+id+"/timeline?at=x").want(t, http.StatusUnprocessableEntity)
}

func TestListOfCases(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.signedIn(t, "owner")
	b.get("/cases").want(t, http.StatusOK, "Du har inga ärenden att läsa än.", "Nytt ärende")
	id := h.Draft("owner", map[string]any{"title": "Klotterskanner"})
	h.Draft("owner", map[string]any{"title": "Mötesnotiser"})
	b.get("/cases").want(t, http.StatusOK, "<title>(2) Ärenden – Sluss</title>", "Klotterskanner", "Mötesnotiser", `href="/cases/`+id+`"`)
	if page := b.get("/cases?q=klotter&state=DRAFT").want(t, http.StatusOK, "Klotterskanner", `href="/cases?q=klotter"`, `value="DRAFT" selected`).body; strings.Contains(page, "Mötesnotiser") {
		t.Error("the search finds what it should not")
	}
	b.get("/cases?state=ACTIVE").want(t, http.StatusOK, "Inga ärenden stämmer med urvalet.", "Får användas")
	b.get("/cases?due_before=x").want(t, http.StatusUnprocessableEntity, "Skriv datumet så här: ÅÅÅÅ-MM-DD.")
	b.get("/cases?state=NOWHERE").want(t, http.StatusUnprocessableEntity)
	if page := h.signedIn(t, "dpo").get("/cases").want(t, http.StatusOK).body; strings.Contains(page, "Klotter") || strings.Contains(page, "Nytt ärende") {
		t.Error("the DPO reads drafts, or is offered to open a case")
	}
}
