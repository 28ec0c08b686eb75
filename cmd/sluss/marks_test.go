//go:build !slim

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/workflows/contract"
)

// plainMark is the part of the mark that is the same however a text is escaped.
const plainMark = "Glasbj"

// markedPassword is a password, and markedToken what looks like a token.
const (
	markedPassword = mark + "-fem små båtar"
	markedToken    = "sluss_" + plainMark + "4711rk0123456789012345678901234567890123"
)

// encoded finds what may be text in base64, as payloads of payloads are.
var encoded = regexp.MustCompile(`[A-Za-z0-9+/_-]{12,}`)

// revealed is a text with everything in it that is in base64, whatever stands before it.
func revealed(text []byte) []byte {
	all := bytes.Clone(text)
	for _, run := range encoded.FindAll(text, -1) {
		run = bytes.ReplaceAll(bytes.ReplaceAll(run, []byte("-"), []byte("+")), []byte("_"), []byte("/"))
		for from := range 4 {
			out := make([]byte, len(run))
			n, _ := base64.RawStdEncoding.Decode(out, run[from:]) // a rest that is too short does not matter
			all = append(append(all, '\n'), out[:n]...)
		}
	}
	return all
}

// sayElsewhere says the mark wherever a person can write something beside the answers
// to the questions of a case: in comments, files, incidents, delegations, erasures,
// questions to lists, passwords and tokens. It returns the incident.
func (w *world) sayElsewhere(c *aCase) (incident string) {
	w.t.Helper()
	note := func(as, path string, body any) client.Answer {
		w.t.Helper()
		a, err := w.as(as).Send(w.t.Context(), client.Call{Method: "POST", Path: v1 + path, Key: client.NewKey(), Body: body})
		if err != nil || a.Status >= 300 {
			w.t.Fatalf("POST %s as %s: %d %s %v", path, as, a.Status, a.Body, err)
		}
		return a
	}
	var r struct {
		DisposalID string `json:"disposal_id"`
		IncidentID string `json:"incident_id"`
	}
	read := func(a client.Answer) {
		if err := a.Decode(&r); err != nil {
			w.t.Fatal(err)
		}
	}
	w.attachMarked(c)
	st := w.beside()
	gone, err := st.Person(w.t.Context(), org, teamOf(3).who(model.RoleDPO))
	if err := errors.Join(err, st.Close()); err != nil {
		w.t.Fatal(err)
	}
	read(note("adam", "/disposals", map[string]any{"person_id": gone.ID, "reason": mark}))
	note("eva", "/disposals/"+r.DisposalID+"/approval", map[string]any{"reason": mark})
	note(c.owner(), c.path("/comments"), map[string]any{"text": mark})
	read(note(c.owner(), "/incidents", map[string]any{
		"category": "data_leak", "severity": "high", "personal_data": "yes", "case_id": c.id,
		"description": mark, "external_incident_ref": mark,
	}))
	today := calendar.Today(time.Now())
	note(c.team.who(model.RoleManager), "/delegations", map[string]any{
		"to": teamOf(2).who(model.RoleManager), "roles": []string{"manager"}, "reason": mark,
		"from_day": today.String(), "until_day": today.AddDays(1).String(),
	})
	if a, err := w.try("adam", client.Call{Method: "GET", Path: v1 + "/cases?q=" + url.QueryEscape(mark)}); err != nil || a.Status != 200 {
		w.t.Fatalf("%d %s %v", a.Status, a.Body, err)
	}
	w.signInMarked()
	return r.IncidentID
}

// attachMarked attaches a file whose name, content and note carry the mark.
func (w *world) attachMarked(c *aCase) {
	w.t.Helper()
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	_ = parts.WriteField("part", "intake") // a buffer takes everything
	_ = parts.WriteField("note", mark)
	file, _ := parts.CreateFormFile("file", mark+".txt")
	_, _ = file.Write([]byte(mark))
	_ = parts.Close()
	w.ask(http.MethodPost, v1+c.path("/attachments"), form.Bytes(), http.StatusCreated, map[string]string{
		"Authorization": "Bearer " + w.tokens[c.owner()], "Content-Type": parts.FormDataContentType(), "Idempotency-Key": client.NewKey(),
	})
}

// signInMarked signs in with a password, and tries others and a token that there is not.
func (w *world) signInMarked() {
	w.t.Helper()
	args := []string{"password", "set", "--data-dir", w.dir, "adam"}
	if w.url != "" {
		args = append(args, "--database-url", w.url)
	}
	set := exec.Command(binary(w.t, released), args...)
	set.Env, set.Stdin = withoutSettings(set.Environ()), strings.NewReader(markedPassword+"\n")
	if out, err := set.CombinedOutput(); err != nil || bytes.Contains(out, []byte(plainMark)) {
		w.t.Fatalf("%v\n%s", err, out)
	}
	form := func(user, password string) []byte {
		return []byte(url.Values{"user": {user}, "password": {password}, "next": {"/"}}.Encode())
	}
	headers := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
	w.ask(http.MethodPost, "/sign-in", form("adam", markedPassword), http.StatusSeeOther, headers)
	w.ask(http.MethodPost, "/sign-in", form("adam", markedPassword+"!"), 0, headers)
	w.ask(http.MethodPost, "/sign-in", form(mark, mark), 0, headers)
	w.ask(http.MethodGet, v1+"/me", nil, http.StatusUnauthorized, map[string]string{"Authorization": "Bearer " + markedToken})
	w.ask(http.MethodGet, v1+"/cases/"+mark, nil, 0, map[string]string{"Authorization": "Bearer " + w.tokens["adam"]})
	w.ask(http.MethodPost, v1+"/cases", []byte(`{"answers": {"title": "`+mark+`"}, "`+mark+`": 1}`), 0, map[string]string{
		"Authorization": "Bearer " + w.tokens["adam"], "Content-Type": "application/json", "Idempotency-Key": mark,
	})
	w.ask(http.MethodGet, "/metrics", nil, http.StatusNotFound, nil) // which are served elsewhere
}

// metricsServed is where the log says that metrics are.
var metricsServed = regexp.MustCompile(`msg="metrics are served" address=(\S+)`)

// metrics are the metrics of the running program.
func (w *world) metrics() []byte {
	w.t.Helper()
	at := metricsServed.FindStringSubmatch(w.server.output.log())
	if at == nil {
		w.t.Fatal("the log does not say where the metrics are")
	}
	a, err := wire.Get("http://" + at[1] + "/metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK {
		w.t.Fatalf("the metrics: %d %v", a.StatusCode, err)
	}
	return text
}

// ask sends a request as it is, and wants a status unless that is 0.
func (w *world) ask(method, path string, body []byte, want int, headers map[string]string) []byte {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	once := *wire
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a, err := once.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer a.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(a.Body); err != nil {
		w.t.Fatal(err)
	}
	if want != 0 && a.StatusCode != want || a.StatusCode >= 500 {
		w.t.Fatalf("%s %s: %d %s", method, path, a.StatusCode, text.Bytes())
	}
	return text.Bytes()
}

// TestMarksAreFound leaks the mark on purpose, into a log, a history and the engine's
// file, plainly and in base64: a search that finds nothing anywhere would prove nothing.
func TestMarksAreFound(t *testing.T) {
	t.Parallel()
	hidden := base64.StdEncoding.EncodeToString([]byte("ab" + mark + "c"))
	escaped, err := json.Marshal(map[string]string{"a": mark})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plain": `msg="request" title="` + mark + `"`, "in base64": "x=" + hidden, "behind other letters": "abcde" + hidden,
		"in JSON": string(escaped), "escaped": `"Glasbj\u00f6rk4711"`, "in an address": "/cases?q=" + url.QueryEscape(mark),
		"in base64 for addresses": base64.RawURLEncoding.EncodeToString([]byte("???>>>" + mark)),
	} {
		found := &complaints{TB: t}
		lookFor(found, name, []byte("known "+text), "known", []string{mark, plainMark})
		if !found.any {
			t.Errorf("%s is not found", name)
		}
	}

	w := onSQLite(t)
	w.start(launch{})
	c := w.open(teamOf(0), intake(t, spelling))
	c.submit()
	_, room := w.stopAndCheck()
	lookFor(t, "a history without a leak", room.everything(t, contract.CaseWorkflowID(c.id)), c.id, []string{plainMark})
	err = room.c.SignalWorkflow(t.Context(), contract.CaseWorkflowID(c.id), "", "leak", map[string]any{"inner": []byte(mark)})
	if err != nil {
		t.Fatal(err)
	}
	found := &complaints{TB: t}
	lookFor(found, "a history with a leak", room.everything(t, contract.CaseWorkflowID(c.id)), c.id, []string{plainMark})
	if !found.any {
		t.Error("a leak into a history is not found")
	}
	found = &complaints{TB: t}
	lookFor(found, "the engine's file with a leak", w.engineText(), c.id, []string{plainMark})
	if !found.any {
		t.Error("a leak into the engine's file is not found")
	}
}
