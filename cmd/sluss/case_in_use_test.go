package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"sluss/model"
	"sluss/model/lang"
)

// posted is an act that a command has sent.
type posted struct {
	path, ifMatch, key, body string
}

// inUseServer answers as if it had a case in use, with one condition and one task,
// and keeps the acts that it is sent.
type inUseServer struct {
	*httptest.Server
	mu   sync.Mutex
	acts []posted
}

func serveInUse(t *testing.T) *inUseServer {
	t.Helper()
	s := &inUseServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"7"`)
		answer := `{"case_id": "case-1", "title": "Rättstava", "state": "ACTIVE", "state_label": "Får användas", "valid_until": "2029-11-22", "use": {"allowed": true}}`
		switch {
		case strings.HasSuffix(r.URL.Path, "/conditions"):
			answer = `{"items": [{"condition_id": "condition-1", "source_rule": "C-LOG", "status": "open", "due_kind": "date", "due_date": "2027-01-31"}]}`
		case r.Method == http.MethodPut:
			answer = `{"revision": 3, "checked_form": "short_t1", "form": "short_t1"}`
		case r.Method == http.MethodPost:
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			s.mu.Lock()
			s.acts = append(s.acts, posted{r.URL.Path, r.Header.Get("If-Match"), r.Header.Get("Idempotency-Key"), string(body)})
			s.mu.Unlock()
			answer = `{"state": "ACTIVE"}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s
}

// runs runs a command and returns what it printed and what it sent.
func (s *inUseServer) runs(t *testing.T, args ...string) (string, []posted, error) {
	t.Helper()
	out, _, err := sluss(t, append(args, "--server", s.URL, "--token", "x")...)
	s.mu.Lock()
	defer s.mu.Unlock()
	acts := s.acts
	s.acts = nil
	return out, acts, err
}

// TestActsInUseAreSent: each act on a case in use is posted where it belongs, with
// its own body, the version that it was given on and a key.
func TestActsInUseAreSent(t *testing.T) {
	t.Parallel()
	s := serveInUse(t)
	promised := readContract(t)
	for _, tt := range []struct{ command, template, body, says string }{
		{
			"case suspend case-1 --reason fel --reason-code HS-02 --reason-code oklart", "/cases/{case_id}/suspension",
			`{"reason":"fel","reason_codes":["HS-02","oklart"]}`, "till och med 2029-11-22",
		},
		{"case resume case-1 --reason rättat", "/cases/{case_id}/resumption", `{"reason":"rättat"}`, "Får användas"},
		{
			"case change case-1 --trigger RA-04 --trigger RA-01 --stage environment --revision 3 --reason nytt",
			"/cases/{case_id}/changes",
			`{"reason":"nytt","triggers":["RA-04","RA-01"],"stages":["environment"],"revision":3}`, "ACTIVE",
		},
		{"case renew case-1 --unchanged --reason intygas", "/cases/{case_id}/renewal", `{"reason":"intygas","unchanged":true}`, "ACTIVE"},
		{"case renew case-1 --revision 3 --reason ändrat", "/cases/{case_id}/renewal", `{"reason":"ändrat","revision":3}`, "ACTIVE"},
		{
			"case decommission case-1 --data deleted --access-removed --logs-archived --note arkivet --reason klart",
			"/cases/{case_id}/decommissioning",
			`{"reason":"klart","data":"deleted","access_removed":true,"logs_archived":true,"note":"arkivet"}`, "ACTIVE",
		},
		{
			"case decommission case-1 --data none --reason klart", "/cases/{case_id}/decommissioning",
			`{"reason":"klart","data":"none","access_removed":false,"logs_archived":false}`, "ACTIVE",
		},
		{
			"condition extend case-1 c-log --until 2027-02-15 --reason semester",
			"/cases/{case_id}/conditions/{condition_id}/extension", `{"reason":"semester","until":"2027-02-15"}`, "C-LOG",
		},
		{
			"task extend task-1 --until 2027-02-15 --reason semester", "/tasks/{task_id}/extension",
			`{"reason":"semester","until":"2027-02-15"}`, "senast 2027-02-15",
		},
	} {
		out, acts, err := s.runs(t, strings.Fields(tt.command)...)
		if err != nil || len(acts) != 1 || !strings.Contains(out, tt.says) {
			t.Errorf("sluss %s: %v, sent %v, prints\n%s", tt.command, err, acts, out)
			continue
		}
		ids := strings.NewReplacer("{case_id}", "case-1", "{condition_id}", "condition-1", "{task_id}", "task-1")
		got := acts[0]
		if got.path != "/api/v1"+ids.Replace(tt.template) || strings.TrimSpace(got.body) != tt.body || got.ifMatch != `"7"` || got.key == "" {
			t.Errorf("sluss %s sends %+v, want %s", tt.command, got, tt.body)
		}
		if err := promised.takes(tt.template, got.body); err != "" {
			t.Errorf("sluss %s: %s", tt.command, err)
		}
	}
}

// openAPI is what the API promises to take: for each path the schema of the body.
type openAPI struct {
	Paths map[string]struct {
		Post struct {
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					} `json:"schema"`
				} `json:"content"`
			} `json:"requestBody"`
		} `json:"post"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]struct {
			Properties map[string]any `json:"properties"`
			Required   []string       `json:"required"`
		} `json:"schemas"`
	} `json:"components"`
}

func readContract(t *testing.T) openAPI {
	t.Helper()
	text, err := os.ReadFile("../../api/testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var c openAPI
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// takes says what of a body does not belong to the path or is missing, or nothing.
func (c openAPI) takes(path, body string) string {
	name := strings.TrimPrefix(c.Paths["/api/v1"+path].Post.RequestBody.Content["application/json"].Schema.Ref, "#/components/schemas/")
	schema, ok := c.Components.Schemas[name]
	if !ok {
		return "the contract has no body for " + path
	}
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		return err.Error()
	}
	for field := range fields {
		if _, known := schema.Properties[field]; !known {
			return name + " has no " + field
		}
	}
	for _, field := range schema.Required {
		if _, given := fields[field]; !given {
			return name + " needs " + field
		}
	}
	return ""
}

// TestActsInUseNeedTheirParts: what cannot be sent as it is explains the command,
// and sends nothing.
func TestActsInUseNeedTheirParts(t *testing.T) {
	t.Parallel()
	s := serveInUse(t)
	for _, command := range []string{
		"case suspend case-1", "case resume --reason x", "case change case-1 --trigger RA-04", "case renew case-1 case-2 --reason x",
		"case decommission case-1", "condition extend case-1 C-LOG --until 2027-02-15", "condition extend case-1 --until 2027-02-15 --reason x",
		"task extend task-1 --reason x", "task extend --until 2027-02-15 --reason x", "case change case-1 --revision three --reason x",
	} {
		if _, acts, err := s.runs(t, strings.Fields(command)...); err != errUsage || len(acts) > 0 {
			t.Errorf("sluss %s: %v, sent %v", command, err, acts)
		}
	}
}

// TestChecklistOfAnotherActIsSent: what does not belong to an act is not passed over
// in silence, the server refuses it.
func TestChecklistOfAnotherActIsSent(t *testing.T) {
	t.Parallel()
	s := serveInUse(t)
	_, acts, err := s.runs(t, "case", "resume", "case-1", "--reason", "x", "--logs-archived")
	if err != nil || len(acts) != 1 || readContract(t).takes("/cases/{case_id}/resumption", acts[0].body) == "" {
		t.Errorf("%v, sent %v", err, acts)
	}
}

// TestSavedChangeLeadsOn: who saves the changed intake of a case in use is told how
// to hand it in, and as which revision.
func TestSavedChangeLeadsOn(t *testing.T) {
	t.Parallel()
	out, _, err := serveInUse(t).runs(t, "case", "save", "case-1", "--file", "testdata/quickstart.yaml")
	if want := "sluss case change case-1 --revision 3"; err != nil || !strings.Contains(out, want) {
		t.Errorf("%v, want %q in\n%s", err, want, out)
	}
}

// TestUseIsTold says in both languages whether a tool may be used, and whose word is
// missing before it may be again.
func TestUseIsTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		use    *usedNow
		sv, en string
	}{
		{nil, "", ""},
		{&usedNow{Allowed: true}, "till och med 2029-11-22", "including 2029-11-22"},
		{&usedNow{}, "Får inte användas.", "May not be used."},
		{&usedNow{Agreed: model.RoleCISO}, "även informationsägaren", "information owner agrees too"},
		{&usedNow{Agreed: model.RoleInformationOwner}, "även CISO", "CISO agrees too"},
	} {
		for l, want := range map[lang.Lang]string{lang.SV: tt.sv, lang.EN: tt.en} {
			var out strings.Builder
			(&remote{lang: l, stdout: &out}).printMayBeUsed(shownCase{Use: tt.use, ValidUntil: "2029-11-22"})
			if !strings.Contains(out.String(), want) || (want == "") != (out.String() == "") {
				t.Errorf("%+v, %s: %q, want %q", tt.use, l, out.String(), want)
			}
		}
	}
}

// TestHelpShowsActsInUse names each act in the help of the command.
func TestHelpShowsActsInUse(t *testing.T) {
	t.Parallel()
	for action := range actsInUse {
		if !strings.Contains(caseAbout, "\n  sluss case "+action+" ID ") {
			t.Errorf("the help of sluss case does not show %s", action)
		}
	}
}
