package web

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store/blobs"
)

const (
	// transferTime is how long a file may be on its way, in or out, as in the API.
	transferTime = 5 * time.Minute
	// maxUpload is how much of a form with a file is read, in bytes: the API says what
	// is too large, and reads no further.
	maxUpload = 2 * blobs.MaxSize
)

// attachmentsPage are the files of a case.
type attachmentsPage struct {
	caseHead
	Files []attachedFile
	// Places are what a file can be attached to, empty for who may attach nothing.
	Places []choice
	Key    string
	// Done is what the page follows upon: added or removed.
	Done string
}

// attachedFile is a file that is attached to a case.
type attachedFile struct {
	api.AttachmentItem
	// About is what the file belongs to.
	About string
	// Mine is true for who attached it, as long as they can take it away.
	Mine bool
}

// Largest is how large a file may be.
func (attachmentsPage) Largest() string { return sizeOf(blobs.MaxSize, lang.SV) }

// Accept are the kinds of file that are taken, as a browser asks for them.
func (attachmentsPage) Accept() string { return strings.Join(blobs.MediaTypes(), ",") }

// sizeOf is a size in words.
func sizeOf(bytes int64, l lang.Lang) string {
	comma := map[lang.Lang]string{lang.SV: ",", lang.EN: "."}[l]
	switch {
	case bytes >= 1<<20:
		tenths := (bytes*10 + 1<<19) >> 20
		if tenths%10 == 0 {
			return strconv.FormatInt(tenths/10, 10) + " MB"
		}
		return strconv.FormatInt(tenths/10, 10) + comma + strconv.FormatInt(tenths%10, 10) + " MB"
	case bytes >= 1<<10:
		return strconv.FormatInt((bytes+1<<9)>>10, 10) + " kB"
	}
	return strconv.FormatInt(bytes, 10) + map[lang.Lang]string{lang.SV: " byte", lang.EN: " bytes"}[l]
}

// Size is how large the file is, in words.
func (f attachedFile) SizeIn(l lang.Lang) string { return sizeOf(f.AttachmentItem.Size, l) }

// attachments lists the files of a case.
func (s *site) attachments(v *visit) error {
	return s.showAttachments(v, http.StatusOK, nil)
}

func (s *site) showAttachments(v *visit, status int, problem *client.Problem) error {
	p, err := s.readAttachments(v)
	if err != nil {
		return err
	}
	title := lang.Text{SV: "Filer", EN: "Files"}.In(v.lang) + ": " + p.Title
	return v.show(status, "attachments", view{Section: "cases", Title: title, Page: p, Problem: problem})
}

func (s *site) readAttachments(v *visit) (attachmentsPage, error) {
	p := attachmentsPage{Key: client.NewKey(), Done: v.r.URL.Query().Get("done")}
	var err error
	if p.caseHead, err = v.caseHead("/attachments"); err != nil {
		return p, err
	}
	items, err := all[api.AttachmentItem](v, "/cases/"+p.CaseID+"/attachments")
	if err != nil {
		return p, err
	}
	sent := map[string]time.Time{}
	for _, a := range items {
		f := attachedFile{AttachmentItem: a, Mine: a.AddedBy != nil && a.AddedBy.ID == v.person.ID && p.open(v)}
		if f.Mine && p.State != model.Draft && a.Part != "" {
			if _, known := sent[a.Part]; !known {
				if sent[a.Part], err = v.sentIn(p.CaseID, a.Part); err != nil {
					return p, err
				}
			}
			f.Mine = sent[a.Part].Before(a.AddedAt) // otherwise somebody may have judged by it
		}
		switch {
		case a.ConditionID != "":
			f.About = lang.Text{SV: "Underlag för ett villkor", EN: "Evidence for a condition"}.In(v.lang)
		case a.Part != "":
			f.About = partLabel(v, a.Part)
		}
		p.Files = append(p.Files, f)
	}
	p.Places = p.places(v)
	return p, nil
}

// sentIn is when a text was last sent in, the zero time before.
func (v *visit) sentIn(caseID, part string) (time.Time, error) {
	var l api.Page[api.RevisionItem]
	err := v.get("/cases/"+caseID+"/revisions", url.Values{"part": {part}, "limit": {"1"}}, &l)
	if err != nil || len(l.Items) == 0 {
		return time.Time{}, err
	}
	return l.Items[0].SubmittedAt, nil
}

// places are the texts of the case to which the person may attach files: project
// owners, and reviewers with something to answer.
func (h caseHead) places(v *visit) []choice {
	owner := access.Can(v.person.Actor(), h.on, access.Draft, access.Edit)
	if !h.open(v) || !owner && !h.may("decide") {
		return nil
	}
	out := []choice{{Value: rulebook.PartIntake, Label: partLabel(v, rulebook.PartIntake), Chosen: owner}}
	for _, st := range h.Stages {
		if st.Status != model.StageNotRequired {
			mine := !owner && slices.ContainsFunc(st.Tasks, func(t api.StageTask) bool { return t.Assignee != nil && t.Assignee.ID == v.person.ID })
			out = append(out, choice{Value: string(st.Key), Label: st.Label, Chosen: mine})
		}
	}
	return out
}

// isUpload reports whether a form comes with files. It is read where it goes.
func isUpload(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == "multipart/form-data"
}

// attach hands a form with a file to the API, as it comes from the browser. The key
// is in the address, for the form is not read here.
func (s *site) attach(v *visit) error {
	id := v.r.PathValue("id")
	if !isUpload(v.r) {
		return &client.Problem{Status: http.StatusBadRequest}
	}
	c, end := http.NewResponseController(v.w), time.Now().Add(transferTime)
	_ = c.SetReadDeadline(end) // not every connection has deadlines
	_ = c.SetWriteDeadline(end.Add(transferTime))
	body := http.MaxBytesReader(v.w, v.r.Body, maxUpload)
	err := v.hand(http.MethodPost, "/cases/"+url.PathEscape(id)+"/attachments", v.r.URL.Query().Get("key"), v.r.Header.Get("Content-Type"), body)
	_, _ = io.Copy(io.Discard, body) // a browser shows no answer while it is still sending
	problem, err := refusal(err)
	switch {
	case err != nil:
		return err
	case problem != nil:
		return s.showAttachments(v, problem.Status, problem)
	}
	return v.redirect("/cases/" + id + "/attachments?done=added")
}

// hand makes a request of the API with a body as it is.
func (v *visit) hand(method, path, key, contentType string, body io.Reader) error {
	r, err := http.NewRequestWithContext(v.r.Context(), method, v.api.Base+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Accept-Language", string(v.lang))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	resp, err := v.api.HTTP.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode < http.StatusBadRequest {
		return nil
	}
	p := &client.Problem{Status: resp.StatusCode}
	return errorOf(p, json.NewDecoder(resp.Body).Decode(p))
}

// errorOf is a problem that was read, or what went wrong while it was.
func errorOf(p *client.Problem, err error) error {
	if err != nil {
		return err
	}
	return p
}

// attachment hands out a file as the API does: browsers keep it and never show it.
func (s *site) attachment(v *visit) error {
	path := "/api/v1/cases/" + url.PathEscape(v.r.PathValue("id")) + "/attachments/" + url.PathEscape(v.r.PathValue("attachment")) + "/content"
	r, err := http.NewRequestWithContext(v.r.Context(), http.MethodGet, v.api.Base+path, http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("Accept-Language", string(v.lang))
	w := &passing{to: v.w, response: response{header: http.Header{}, status: http.StatusOK}, began: func(status int) { v.status = status }}
	s.API.ServeHTTP(w, r)
	if w.through {
		return nil
	}
	p := &client.Problem{Status: w.status}
	return errorOf(p, json.Unmarshal(w.body.Bytes(), p))
}

// passing lets a good answer through as it comes, and keeps another.
type passing struct {
	response
	to      http.ResponseWriter
	through bool
	began   func(status int)
}

func (p *passing) WriteHeader(status int) {
	if p.written {
		return
	}
	p.response.WriteHeader(status)
	if p.through = status < http.StatusBadRequest; p.through {
		for name, values := range p.header {
			p.to.Header()[name] = values
		}
		p.began(status)
		p.to.WriteHeader(status)
	}
}

func (p *passing) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	if p.through {
		return p.to.Write(b)
	}
	return p.body.Write(b)
}

// Unwrap gives http.ResponseController the writer underneath.
func (p *passing) Unwrap() http.ResponseWriter { return p.to }

// removalPage asks once more before a file is taken away.
type removal struct {
	caseHead
	File attachedFile
}

func (s *site) removalPage(v *visit) error {
	p, err := s.readAttachments(v)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(p.Files, func(f attachedFile) bool { return f.AttachmentID == v.r.PathValue("attachment") })
	if i < 0 || !p.Files[i].Mine {
		return errNoPage
	}
	title := lang.Text{SV: "Ta bort filen", EN: "Take the file away"}.In(v.lang) + ": " + p.Title
	return v.show(http.StatusOK, "removal", view{Section: "cases", Title: title, Page: removal{p.caseHead, p.Files[i]}})
}

// removeAttachment takes a file away.
func (s *site) removeAttachment(v *visit) error {
	id := v.r.PathValue("id")
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodDelete, Path: "/api/v1/cases/" + url.PathEscape(id) + "/attachments/" + url.PathEscape(v.r.PathValue("attachment")),
	}, nil)
	problem, err := refusal(err)
	switch {
	case err != nil:
		return err
	case problem != nil:
		return s.showAttachments(v, problem.Status, problem)
	}
	return v.redirect("/cases/" + id + "/attachments?done=removed")
}
