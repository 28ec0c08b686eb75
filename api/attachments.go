package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/blobs"
)

const (
	// maxForm is the largest form with a file, in bytes: the file and what is
	// around it.
	maxForm = blobs.MaxSize + maxBody
	// inMemory is how much of a form is kept in memory while it is read. The
	// rest lies in a temporary file.
	inMemory = 1 << 20
	// transferTime is how long a file may be on its way, in or out.
	transferTime = 5 * time.Minute
)

// AttachmentItem is a file that is attached to a case.
type AttachmentItem struct {
	AttachmentID string      `json:"attachment_id"`
	Part         string      `json:"part,omitempty" doc:"intake or a stage"`
	Pointer      string      `json:"pointer,omitempty" doc:"JSON Pointer to the answer that the file belongs to; absent for the whole part"`
	ConditionID  string      `json:"condition_id,omitempty" doc:"the condition that the file is evidence for"`
	FileName     string      `json:"file_name"`
	MediaType    string      `json:"media_type"`
	Size         int64       `json:"size" doc:"in bytes"`
	SHA256       string      `json:"sha256" doc:"hash of the content, in hexadecimal digits"`
	Note         string      `json:"note,omitempty"`
	AddedBy      *PersonNote `json:"added_by,omitempty"`
	AddedAt      time.Time   `json:"added_at"`
	Content      string      `json:"content" doc:"where the file is read"`
}

func attachmentItem(a store.Attachment, who *PersonNote) AttachmentItem {
	return AttachmentItem{
		AttachmentID: a.ID, Part: a.Part, Pointer: a.Pointer, ConditionID: a.ConditionID, FileName: a.FileName,
		MediaType: a.MediaType, Size: a.Size, SHA256: a.SHA256, Note: a.Note, AddedBy: who, AddedAt: a.AddedAt,
		Content: contentPath(a.CaseID, a.ID),
	}
}

func contentPath(caseID, id string) string {
	return fmt.Sprintf("%s/cases/%s/attachments/%s/content", base, caseID, id)
}

type attachInput struct {
	CasePath
	Keyed
}

type attachmentInput struct {
	CasePath
	AttachmentID string `path:"attachment_id" doc:"id of the attachment"`
}

// ids returns the ids in the path, or not found for what cannot be one.
func (in attachmentInput) ids() (caseID, id string, err error) {
	if caseID, err = in.id(); err != nil {
		return "", "", err
	}
	id, err = knownID(in.AttachmentID)
	return caseID, id, err
}

type evidenceOutput struct {
	Location string `header:"Location"`
	Body     model.EvidenceReceipt
}

// attachmentForm is the form of a file.
func attachmentForm() *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"file"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"file": {Type: huma.TypeString, Format: "binary", Description: "the file, at most 25 MiB, with its name"},
			"part": {Type: huma.TypeString, Description: "what the file belongs to: intake or a stage"},
			"pointer": {Type: huma.TypeString, Description: "JSON Pointer into the answers of the part, such as /risks/0; " +
				"absent for the whole part"},
			"condition_id": {Type: huma.TypeString, Description: "instead of a part: the condition that the file is evidence for"},
			"note":         {Type: huma.TypeString, Description: "what the file shows, at most 4,000 characters"},
		},
	}
}

func (s *server) attachmentRoutes() {
	const path = "/cases/{case_id}/attachments"
	add(s, route{
		id: "list-attachments", method: http.MethodGet, path: path, tag: tagCases,
		summary: "The files attached to a case", errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.listAttachments)
	add(s, route{
		id: "attach", method: http.MethodPost, path: path, tag: tagCases, status: http.StatusCreated, keyed: true,
		form: attachmentForm(), summary: "Attach a file to a place in the case or to a condition",
		errors: []int{http.StatusNotFound},
	}, s.attach)
	add(s, route{
		id: "get-attachment", method: http.MethodGet, path: path + "/{attachment_id}/content", tag: tagCases,
		file: blobs.MediaTypes(), summary: "The content of a file",
		errors: []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}, s.attachmentContent)
	add(s, route{
		id: "remove-attachment", method: http.MethodDelete, path: path + "/{attachment_id}", tag: tagCases,
		status: http.StatusNoContent, summary: "Take a file away that I attached, until a reviewer may have judged by it",
		errors: []int{http.StatusNotFound, http.StatusForbidden, http.StatusConflict},
	}, s.removeAttachment)
}

// takeForm makes an operation take a form with a file, which its handler reads.
func (s *server) takeForm(op *huma.Operation) {
	s.forms[op.Method+" "+op.Path] = true
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		next(huma.WithValue(ctx, exchangeKey{}, exchange{w, r}))
	})
}

// declareForm writes the form into the contract. An operation that had it before
// it was registered would have its body read and checked as JSON.
func (s *server) declareForm(op huma.Operation, form *huma.Schema) {
	s.huma.OpenAPI().Paths[op.Path].Post.RequestBody = &huma.RequestBody{
		Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}},
	}
}

// exchange is a request with the writer of its answer, for handlers that read the
// body themselves.
type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

type exchangeKey struct{}

// answerFile declares that an operation answers with a file.
func answerFile(op *huma.Operation, mediaTypes []string) {
	content := map[string]*huma.MediaType{}
	for _, media := range mediaTypes {
		content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	op.Responses = map[string]*huma.Response{"200": {Description: "the file", Content: content}}
}

func isForm(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	return err == nil && media == "multipart/form-data" && params["boundary"] != ""
}

func (s *server) listAttachments(ctx context.Context, in *partInput) (*pageOutput[AttachmentItem], error) {
	return part(ctx, s, in, "/attachments", s.Store.Attachments,
		func(a store.Attachment) string { return a.AddedBy },
		func(a store.Attachment, who *PersonNote, _ lang.Lang) AttachmentItem { return attachmentItem(a, who) })
}

func (s *server) attach(ctx context.Context, in *attachInput) (*evidenceOutput, error) {
	id, err := s.readableCase(ctx, in.CasePath) // before a large body is read
	if err != nil {
		return nil, err
	}
	form, err := readForm(ctx)
	if err != nil {
		return nil, err
	}
	defer form.RemoveAll() // what is left is the operating system's to clean
	file, name, err := fileOf(form)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	receipt, err := s.Act.AddAttachment(ctx, s.request(ctx, "/cases/"+id+"/attachments", in.Keyed, nil), id, act.NewAttachment{
		Part: field(form, "part"), Pointer: field(form, "pointer"), ConditionID: field(form, "condition_id"),
		Note: field(form, "note"), FileName: name, Content: file,
	})
	if err != nil {
		return nil, err
	}
	return &evidenceOutput{Location: contentPath(id, receipt.AttachmentID), Body: receipt}, nil
}

// readForm reads a form with a file, for which there is more time than for other
// requests. What is too large for memory lies in temporary files until RemoveAll.
func readForm(ctx context.Context) (*multipart.Form, error) {
	x := ctx.Value(exchangeKey{}).(exchange)
	c, end := http.NewResponseController(x.w), time.Now().Add(transferTime)
	_ = c.SetReadDeadline(end) // not every connection has deadlines
	_ = c.SetWriteDeadline(end.Add(transferTime))
	err := x.r.ParseMultipartForm(inMemory)
	var tooLarge *http.MaxBytesError
	var network net.Error
	switch {
	case err == nil:
		if err := checkForm(x.r.MultipartForm); err != nil {
			return nil, errors.Join(err, x.r.MultipartForm.RemoveAll())
		}
		return x.r.MultipartForm, nil
	case errors.As(err, &tooLarge), errors.Is(err, multipart.ErrMessageTooLarge):
		return nil, model.Refuse(model.CodeAttachmentTooLarge)
	case errors.As(err, &network) && network.Timeout():
		return nil, model.Refuse(codeTimeout)
	}
	return nil, model.Refuse(codeMalformed)
}

// formFields are the texts of the form.
var formFields = []string{"part", "pointer", "condition_id", "note"}

// checkForm refuses what strictJSON refuses in JSON: unknown fields, a field that
// is there twice, and what is no text.
func checkForm(form *multipart.Form) error {
	var faults faultError
	unknown := func(name string) {
		faults = append(faults, fault{"/" + escape(name), "unknown_name", unknownField.In})
	}
	for name, values := range form.Value {
		if !slices.Contains(formFields, name) {
			unknown(name)
		}
		if len(values) > 1 || !utf8.ValidString(name+values[0]) || strings.ContainsRune(name+values[0], 0) {
			return model.Refuse(codeMalformed)
		}
	}
	for name, files := range form.File {
		if name != "file" {
			unknown(name)
		}
		if len(files) > 1 {
			return model.Refuse(codeMalformed)
		}
	}
	if len(form.File["file"]) == 0 {
		faults = append(faults, fault{"/file", tagRequired, rule(tagRequired)("")})
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

var unknownField = lang.Text{SV: "Fältet finns inte.", EN: "There is no such field."}

func field(form *multipart.Form, name string) string {
	if values := form.Value[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func fileOf(form *multipart.Form) (multipart.File, string, error) {
	header := form.File["file"][0]
	file, err := header.Open()
	if err != nil {
		return nil, "", fmt.Errorf("read an attachment: %w", err)
	}
	return file, header.Filename, nil
}

// attachmentContent hands out a file, which the reader's program is told to keep
// as a file and never to show or run.
func (s *server) attachmentContent(ctx context.Context, in *attachmentInput) (*huma.StreamResponse, error) {
	caseID, id, err := in.ids()
	if err != nil {
		return nil, err
	}
	attachment, content, err := s.Act.OpenAttachment(ctx, authn.Actor(ctx), caseID, id)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer content.Close()
		_, w := humago.Unwrap(ctx)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(transferTime))
		h := w.Header()
		h.Set("Content-Type", attachment.MediaType)
		h.Set("Content-Length", strconv.FormatInt(attachment.Size, 10))
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": attachment.FileName}))
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
		if _, err := io.Copy(w, content); err != nil {
			// Changed between the verification and now, or the reader has gone:
			// the answer ends short of its length.
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

func (s *server) removeAttachment(ctx context.Context, in *attachmentInput) (*struct{}, error) {
	caseID, id, err := in.ids()
	if err != nil {
		return nil, err
	}
	return nil, s.Act.RemoveAttachment(ctx, authn.Actor(ctx), caseID, id)
}
