package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sluss/api/authn"
)

const mediaZIP = "application/zip"

func (s *server) bundleRoutes() {
	add(s, route{
		id: "export-case", method: http.MethodGet, path: "/cases/{case_id}/bundle", tag: tagCases, file: []string{mediaZIP},
		errors:  []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
		summary: "The case in one file that proves itself, with its log, its attachments and the rulebook; for those who read its log",
	}, s.exportCase)
}

func (s *server) exportCase(ctx context.Context, in *CasePath) (*huma.StreamResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	file, err := s.Act.ExportCase(ctx, authn.Actor(ctx), id)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer file.Close()
		size, err := file.Seek(0, io.SeekEnd)
		if err == nil {
			_, err = file.Seek(0, io.SeekStart)
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_, w := humago.Unwrap(ctx)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(transferTime))
		h := w.Header()
		h.Set("Content-Type", mediaZIP)
		h.Set("Content-Length", strconv.FormatInt(size, 10))
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "sluss-" + id + ".zip"}))
		if _, err := io.Copy(w, file); err != nil {
			panic(http.ErrAbortHandler) // the reader has gone
		}
	}}, nil
}
