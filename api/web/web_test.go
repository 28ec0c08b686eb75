package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluss/model"
)

// A link in an e-mail says how to go on, whether there is such a thing or not.
func TestLinked(t *testing.T) {
	t.Parallel()
	id := model.NewID()
	for path, want := range map[string]string{
		"/cases/" + id:     "<code>sluss case show " + id + "</code>",
		"/tasks/" + id:     "<code>sluss task show " + id + "</code>",
		"/incidents/" + id: "<code>sluss incident show " + id + "</code>",
		"/cases/x":         "",
		"/tasks/<b>":       "",
		"/units/" + id:     "",
	} {
		w := httptest.NewRecorder()
		Handler(Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if found := w.Code == http.StatusOK; found != (want != "") || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d\n%s", path, w.Code, w.Body)
		}
	}
}
