//go:build !slim

package apitest_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/rulebook"
)

// nextFiles are the program's rulebook as another version, whose form of the manager
// has one question more.
func nextFiles(t testing.TB, version string) rulebook.Files {
	t.Helper()
	files, err := rulebook.DefaultFiles()
	if err != nil {
		t.Fatal(err)
	}
	change := func(suffix, old, new string) {
		for name, text := range files {
			if strings.HasSuffix(name, suffix) && strings.Contains(text, old) {
				files[name] = strings.Replace(text, old, new, 1)
				return
			}
		}
		t.Fatalf("%q stands in no file", old)
	}
	change("rulebook.yaml", `version: "2026.11"`, `version: "`+version+`"`)
	const before = "  - {id: training_course, section: S0, type: str, "
	change(".yaml", before, `  - {id: extra_check, section: S0, type: bool, required: true, source: K-07, text: {sv: "En fråga till", en: "One more question"}, help: {sv: "Svara ja eller nej.", en: "Answer yes or no."}}`+"\n"+before)
	return files
}

// rulebooks lists the versions as somebody sees them.
func rulebooks(h *apitest.House, as string) (items []api.VersionItem) {
	h.T.Helper()
	var l struct {
		Items []api.VersionItem `json:"items"`
	}
	h.Get(as, "/rulebooks").Want(http.StatusOK).Into(&l)
	return l.Items
}

// propose proposes files, endProposal publishes or withdraws a version as it was
// read.
func propose(h *apitest.House, as string, body any) apitest.Answer {
	h.T.Helper()
	return h.Do(apitest.Call{As: as, Method: http.MethodPost, Path: "/rulebooks", Body: body, Header: apitest.Key()})
}

func endProposal(h *apitest.House, as, id, what, tag string) apitest.Answer {
	h.T.Helper()
	return h.Do(apitest.Call{
		As: as, Method: http.MethodPost, Path: "/rulebooks/" + id + "/" + what, Header: "If-Match: " + tag + "\n" + apitest.Key(),
	})
}

// A version is proposed by one person and published by another (SOD-07), and nobody
// else sees it before.
func TestRulebookByTwo(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		if first := rulebooks(h, "employee"); len(first) != 1 || !first[0].InForce || first[0].State != model.RulebookPublished ||
			first[0].ProposedBy != nil || first[0].ID != "se-kommun-2026.11" {
			t.Fatalf("at first: %+v", first)
		}
		body := m{"files": nextFiles(t, "2026.12"), "reason": "En fråga till chefen"}
		for _, as := range []string{"owner", "manager", "info", "auditor", "head", "employee", "registrar"} {
			h.Unchanged(func() { propose(h, as, body).Problem(http.StatusForbidden, "forbidden") })
		}
		answer := propose(h, "ciso", body).Want(http.StatusCreated)
		tag := answer.Header().Get("ETag")
		var v api.VersionItem
		answer.Into(&v)
		if v.State != model.RulebookProposed || v.InForce || v.ProposedBy.ID != h.People["ciso"] || v.ProposedAs != model.RoleCISO || tag != `"`+v.Digest+`"` {
			t.Errorf("proposed: %+v", v)
		}
		h.Unchanged(func() {
			propose(h, "admin", body).Problem(http.StatusConflict, "version_taken")
			for as, want := range map[string]string{"ciso": "forbidden", "legal": "forbidden", "owner": "not_found", "strange_admin": "not_found", "dpo": "segregation_of_duties"} {
				p := endProposal(h, as, v.ID, "publication", tag)
				if status := map[string]int{"not_found": 404}[want]; status == 0 {
					p.Problem(http.StatusForbidden, want)
				} else {
					p.Problem(status, want)
				}
			}
			endProposal(h, "admin", v.ID, "publication", `"another"`).Problem(http.StatusPreconditionFailed, "stale")
		})
		if len(rulebooks(h, "employee")) != 1 || len(rulebooks(h, "auditor")) != 2 || len(rulebooks(h, "strange_admin")) != 1 {
			t.Error("a proposal is seen by others, or not by the auditor")
		}
		h.Get("employee", "/rulebooks/"+v.ID).Problem(http.StatusNotFound, "not_found")
		h.Get("legal", "/rulebooks/"+v.ID+"/questionnaires/manager").Want(http.StatusOK)
		if impact := h.Get("ciso", "/rulebooks/"+v.ID+"/impact").Want(http.StatusOK).Object(); impact["rulebook_version"] != "2026.12" {
			t.Errorf("impact %v", impact)
		}
		h.Get("employee", "/rulebooks/"+v.ID+"/impact").Problem(http.StatusNotFound, "not_found")
		h.Get("employee", "/rulebooks/se-kommun/impact").Problem(http.StatusForbidden, "forbidden")

		publishedAtOnce(h, v.ID, tag)
		now := rulebooks(h, "employee")
		if len(now) != 2 || now[0].ID != v.ID || !now[0].InForce || now[1].InForce || now[0].PublishedBy == nil || now[0].PublishedBy.ID != h.People["admin"] {
			t.Errorf("published: %+v", now)
		}
		if now := rulebooks(h, "strange_admin"); len(now) != 1 || !now[0].InForce {
			t.Errorf("elsewhere: %+v", now)
		}
		facts := m{"rulebook": "se-kommun-2026.11", "facts": m{}}
		for id, status := range map[string]int{"se-kommun-2026.11": 200, "se-kommun-2026.12": 200, "se-kommun": 200, v.VersionID: 200, "se-kommun-2026.13": 422} {
			facts["rulebook"] = id
			h.Do(apitest.Call{As: "employee", Method: http.MethodPost, Path: "/previews/triage", Body: facts}).Want(status)
		}
	})
}

// publishedAtOnce publishes a version by the person who may, many times at once: one
// request is the one that does it, and its key gives the same answer again.
func publishedAtOnce(h *apitest.House, id, tag string) {
	t := h.T
	key := apitest.Key()
	var mu sync.Mutex
	status := map[int]int{}
	var wg sync.WaitGroup
	for i := range 6 {
		header := key
		if i > 2 {
			header = apitest.Key()
		}
		wg.Go(func() {
			a := h.Do(apitest.Call{As: "admin", Method: http.MethodPost, Path: "/rulebooks/" + id + "/publication", Header: "If-Match: " + tag + "\n" + header})
			mu.Lock()
			status[a.Code]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if status[http.StatusOK]+status[http.StatusConflict] != 6 || status[http.StatusOK] == 0 {
		t.Errorf("published at once: %v", status)
	}
	h.Unchanged(func() {
		endProposal(h, "admin", id, "publication", tag).Problem(http.StatusConflict, "state_conflict")
		endProposal(h, "admin", id, "withdrawal", tag).Problem(http.StatusConflict, "state_conflict")
	})
}

// Files that are no rulebook leave nothing, and each fault has its place. What they
// say is not repeated.
func TestRulebookUnsound(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		sound := nextFiles(t, "2026.12")
		with := func(name, text string) rulebook.Files {
			f := maps.Clone(sound)
			f[name] = text
			return f
		}
		for name, tt := range map[string]struct {
			files         any
			pointer, code string
		}{
			"no files":       {m{}, "/files", "missing"},
			"left out":       {nil, "/files", "object"},
			"another place":  {m{"../hemlig.yaml": ""}, "/files/..~1hemlig.yaml", "unknown_name"},
			"no YAML":        {with("checks.yaml", "hemlig: ["), "/files/checks.yaml", "syntax"},
			"a condition":    {with("zz.yaml", "form_warnings:\n  - {id: X-1, when: \"hemlig_fact > 1\", source: K-07, text: {sv: a, en: b}}\n"), "/files/zz.yaml", "condition"},
			"a second title": {with("zz.yaml", "rulebook: {id: x}"), "/files/zz.yaml", "duplicate"},
		} {
			h.Unchanged(func() {
				a := propose(h, "admin", m{"files": tt.files, "reason": "x"})
				p := a.Problem(http.StatusUnprocessableEntity, "invalid")
				if !slices.ContainsFunc(p.Errors, func(f api.Fault) bool { return f.Pointer == tt.pointer && f.Code == tt.code && f.Message != "" }) {
					t.Errorf("%s: %+v, want %s %s", name, p.Errors, tt.pointer, tt.code)
				}
				if strings.Contains(strings.ReplaceAll(a.Body.String(), "hemlig.yaml", ""), "hemlig") || strings.Contains(h.Log.String(), "hemlig") {
					t.Errorf("%s: the files are quoted: %s", name, a.Body)
				}
			})
		}
	})
}

// A case keeps its version until it is triaged again; every process follows what is
// published, and one that starts anew too.
func TestCaseKeepsItsRulebook(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ownOffice(t, record).keepsItsRulebook()
		})
	}
}

func (o office) keepsItsRulebook() {
	t := o.T
	old, approved := o.submitted([]string{"base"}, nil), o.approved()
	other := o.Another()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); other.Run(ctx) }()
	defer func() { cancel(); <-ended }()

	proposed := propose(o.House, "legal", m{"files": nextFiles(t, "2026.12"), "reason": "En fråga till"}).Want(http.StatusCreated)
	endProposal(o.House, "admin", "se-kommun-2026.12", "publication", proposed.Header().Get("ETag")).Want(http.StatusOK)
	o.Clock.Advance(time.Second)
	fresh := o.submitted([]string{"base"}, nil)
	o.judgedBy(old, "2026.11", false)
	o.judgedBy(fresh, "2026.12", true)
	missing := o.decide("manager", o.task(fresh, "manager", "endorse"), m{"outcome": "endorse"}).Problem(http.StatusUnprocessableEntity, "invalid")
	if len(missing.Errors) != 1 || missing.Errors[0].Pointer != "/answers/extra_check" {
		t.Errorf("a new case: %+v", missing.Errors)
	}

	until := time.Now().Add(30 * time.Second)
	for other.Rulebook(apitest.Org).Version != "2026.12" {
		if time.Now().After(until) {
			t.Fatal("another process does not follow")
		}
		time.Sleep(20 * time.Millisecond)
	}
	for len(o.retriages("admin", "?case="+approved)) == 0 { // by the other process, on its own
		if time.Now().After(until) {
			t.Fatal("an approved case was not triaged again")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if r := o.retriages("admin", "?case="+approved)[0]; r.RulebookVersion != "2026.12" || r.Status != model.RetriageUnchanged {
		t.Errorf("triaged again: %+v", r)
	}
	later := o.Another()
	o.must(later.LoadRulebooks(t.Context()))
	c, err := later.ReadCase(t.Context(), model.Actor{OrgID: apitest.Org, PersonID: o.People["admin"], Roles: []model.Role{model.RoleAdministrator}}, old)
	if err != nil || later.RulebookOf(c).Version != "2026.11" || later.Rulebook(apitest.Org).Version != "2026.12" {
		t.Errorf("started anew: %s and %s, %v", later.RulebookOf(c).Version, later.Rulebook(apitest.Org).Version, err)
	}

	o.decide("manager", o.task(old, "manager", "endorse"), m{
		"outcome": "return", "reason_codes": []string{"unclear_purpose"},
		"path_forward_text": "Beskriv vilka texter som tjänsten ska användas till och vem som granskar.",
	}).Want(http.StatusOK)
	draft := o.Get("owner", "/cases/"+old+"/intake").Want(http.StatusOK)
	answers := draft.Object()["answers"].(m)
	answers["purpose_text"] = answers["purpose_text"].(string) + " Två redaktörer granskar varje text."
	o.Do(apitest.Call{
		Method: http.MethodPut, Path: "/cases/" + old + "/intake", As: "owner", Body: m{"answers": answers},
		Header: "If-Match: " + draft.Header().Get("ETag"),
	}).Want(http.StatusOK)
	o.post("owner", "/cases/"+old+"/submissions", o.etag("owner", "/cases/"+old), m{"stage": "intake", "revision": 2}).Want(http.StatusOK)
	o.judgedBy(old, "2026.12", true)
	for _, id := range []string{old, approved, fresh} {
		o.must(o.Store.VerifyCase(t.Context(), apitest.Org, id))
	}
}

// judgedBy checks which version a case has, and what its manager is asked by it.
func (o office) judgedBy(id, version string, extra bool) {
	o.T.Helper()
	if got := o.status(id)["rulebook_version"]; got != version {
		o.T.Errorf("the case has version %v, want %s", got, version)
	}
	var view api.TaskView
	o.Get("manager", o.task(id, "manager", "endorse")).Want(http.StatusOK).Into(&view)
	if got := slices.ContainsFunc(view.Form, func(q api.QuestionNote) bool { return q.ID == "extra_check" }); got != extra {
		o.T.Errorf("by version %s the manager is asked the new question: %v", version, got)
	}
}
