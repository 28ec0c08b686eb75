//go:build !slim

package apitest_test

import (
	"net/http"
	"strings"
	"testing"

	"sluss/api/apitest"
)

// TestOWASPAPI10UnsafeConsumption attacks by what comes from elsewhere and is handed on
// (OWASP API10:2023): a file that a browser or an office program would run is refused,
// or given back so that it runs nowhere. Restored backups are TestDamagedBackups, the
// mail server TestWrongCertificate, the loader of rulebooks FuzzLoad.
func TestOWASPAPI10UnsafeConsumption(t *testing.T) {
	t.Parallel()
	o := ownOffice(t, apitest.RecordFile)
	id := o.submitted([]string{"base"}, nil)
	for name, content := range map[string]string{
		"page.html":       "<!DOCTYPE html><script>alert(1)</script>",
		"picture.svg":     `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`,
		"program.exe":     "MZ\x90\x00\x03",
		"picture.png":     "<html><script>alert(1)</script>",
		"text.txt":        "<script>alert(1)</script>",
		"agreement.pdf":   "%PDF-1.7\n<script>alert(1)</script>\n%%EOF",
		"..\\..\\run.bat": "del *.*",
		"a\r\nX-Evil: 1":  "text",
	} {
		a := o.Do(o.Attach("owner", id, apitest.Upload{Fields: map[string]string{"part": "intake"}, Name: name, Content: content}))
		if a.Code != http.StatusCreated {
			if a.Code >= 500 || strings.Contains(a.Body.String(), "alert") {
				t.Errorf("%q is answered with %d %s", name, a.Code, a.Body)
			}
			continue
		}
		back := o.Get("manager", "/cases/"+id+"/attachments/"+a.Object()["attachment_id"].(string)+"/content").Want(http.StatusOK)
		h := back.Header()
		if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || h.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("X-Evil") != "" || strings.Contains(h.Get("Content-Type"), "html") {
			t.Errorf("%q is given back as %v", name, h)
		}
	}
}
