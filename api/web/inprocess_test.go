package web

import (
	"errors"
	"net/http"
	"testing"

	"sluss/api/client"
	"sluss/model/store"
)

// What the API tells apart by its tag is read once, and asked for each time.
func TestKeptAnswers(t *testing.T) {
	t.Parallel()
	tag, text, status, sent := `"1"`, `{"items":["one"]}`, http.StatusOK, 0
	s := &site{}
	s.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		switch {
		case status != http.StatusOK:
			w.WriteHeader(status)
		case r.Header.Get("If-None-Match") == tag:
			w.WriteHeader(http.StatusNotModified)
		default:
			sent++
			_, _ = w.Write([]byte(text))
		}
	})
	read := func(org string) (string, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		v := &visit{site: s, r: r, person: &store.Person{OrgID: org}}
		v.api = client.Client{Base: "http://sluss", HTTP: &http.Client{Transport: inProcess{s.API, ""}}}
		got, err := getKept[struct{ Items []string }](v, "/rulebooks/a/rules")
		if err != nil {
			return "", err
		}
		return got.Items[0], nil
	}
	for _, step := range []struct {
		about, org, tag, text string
		want                  string
		sent                  int
	}{
		{"first", "a", `"1"`, `{"items":["one"]}`, "one", 1},
		{"again", "a", `"1"`, `{"items":["not sent"]}`, "one", 1},
		{"another organisation", "b", `"1"`, `{"items":["other"]}`, "other", 2},
		{"another tag", "a", `"2"`, `{"items":["two"]}`, "two", 3},
		{"the other tag again", "a", `"2"`, `{"items":["not sent"]}`, "two", 3},
	} {
		tag, text = step.tag, step.text
		got, err := read(step.org)
		if err != nil || got != step.want || sent != step.sent {
			t.Errorf("%s: %q after %d answers (%v), want %q after %d", step.about, got, sent, err, step.want, step.sent)
		}
	}
	status = http.StatusForbidden
	var p *client.Problem
	if got, err := read("a"); !errors.As(err, &p) || p.Status != http.StatusForbidden {
		t.Errorf("who may not read it any more gets %q (%v)", got, err)
	}
}
