package apitest

import (
	"bytes"
	"mime/multipart"
	"net/http"

	"sluss/model"
)

// Upload is a form with a file.
type Upload struct {
	// Fields are the texts of the form.
	Fields map[string]string
	// Name is the file's name, Content what it holds.
	Name, Content string
	// NoFile leaves the file out.
	NoFile bool
}

// Attach is a request that attaches a file to a case, with a key of its own.
func (h *House) Attach(as, caseID string, u Upload) Call {
	h.T.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range u.Fields {
		h.must(w.WriteField(name, value))
	}
	if !u.NoFile {
		file, err := w.CreateFormFile("file", u.Name)
		h.must(err)
		_, err = file.Write([]byte(u.Content))
		h.must(err)
	}
	h.must(w.Close())
	return Call{
		Method: http.MethodPost, Path: "/cases/" + caseID + "/attachments", As: as, Body: b.String(),
		Header: "Content-Type: " + w.FormDataContentType() + "\nIdempotency-Key: " + model.NewID(),
	}
}
