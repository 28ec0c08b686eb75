//go:build !slim

package main

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"sluss/model"
)

// visitor is somebody who uses the pages with scripts off: what is filled in is what
// the page asks.
type visitor struct {
	*testing.T
	w    *world
	http *http.Client
}

// visitor signs a person in.
func (w *world) visitor(t *testing.T, user string) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := visitor{t, w, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	_, code, _ := strings.Cut(w.link(user), "code=")
	v.post("/sign-in", url.Values{"code": {code}}, http.StatusSeeOther)
	return v
}

func (v visitor) get(path string) string {
	v.Helper()
	resp, err := v.http.Get(v.w.base + path)
	if err != nil {
		v.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		v.Fatalf("GET %s: %d %v %s", path, resp.StatusCode, err, body)
	}
	return string(body)
}

// post sends a form and returns where it leads, or the page.
func (v visitor) post(path string, form url.Values, status int) string {
	v.Helper()
	resp, err := v.http.PostForm(v.w.base+path, form)
	if err != nil {
		v.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		v.Fatalf("POST %s %v: %d %v %s", path, form, resp.StatusCode, err, body)
	}
	if status == http.StatusSeeOther {
		return resp.Header.Get("Location")
	}
	return string(body)
}

var (
	hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	sectionLink = regexp.MustCompile(`<li><a href="([^"]*\?section=[^"]*)">`)
)

// hidden are the hidden inputs of a page, but for the choice of language.
func hidden(page string) url.Values {
	form := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(page, -1) {
		if m[1] != "back" {
			form.Add(m[1], html.UnescapeString(m[2]))
		}
	}
	return form
}

// enter fills an answer in.
func enter(form url.Values, name string, answer any) {
	switch a := answer.(type) {
	case nil:
	case map[string]any:
		for key, part := range a {
			enter(form, name+"."+key, part)
		}
	case []any:
		if len(a) == 0 {
			form.Set(name, "")
			form.Set(name+".none", "1")
		}
		for i, item := range a {
			if row, ok := item.(map[string]any); ok {
				enter(form, fmt.Sprintf("%s.%d", name, i), row)
			} else {
				form.Add(name, fmt.Sprint(item))
			}
		}
	case []string:
		for _, item := range a {
			form.Add(name, item)
		}
	default:
		form.Set(name, strings.TrimSuffix(fmt.Sprint(a), ".0"))
	}
}

// writes fills an assessment in, section by section, and sends it.
func (v visitor) writes(page string, answers map[string]any) {
	v.Helper()
	for range 5 {
		overview := v.get(page)
		if strings.Contains(overview, "Inget saknas.") {
			form := hidden(overview)
			form.Set("do", "send")
			v.post(page, form, http.StatusSeeOther)
			return
		}
		for _, m := range sectionLink.FindAllStringSubmatch(overview, -1) {
			to := html.UnescapeString(m[1])
			for followed := true; followed; {
				form := hidden(v.get(to))
				enter(form, "a", answers)
				form.Set("do", "stay")
				followed = strings.HasSuffix(v.post(to, form, http.StatusSeeOther), "&followed")
			}
			v.writesRows(to, answers)
		}
	}
	v.Fatalf("%s still lacks something: %s", page, v.get(page))
}

// writesRows fills in the risks that a section does not have yet: each has a page of
// its own.
func (v visitor) writesRows(section string, answers map[string]any) {
	v.Helper()
	page := v.get(section)
	rows, _ := answers["risks"].([]any)
	if !strings.Contains(page, `name="row" value="new"`) {
		return
	}
	for i := strings.Count(page, `class="first"`); i < len(rows); i++ {
		form := hidden(v.get(section + "&row=new"))
		enter(form, fmt.Sprintf("a.risks.%d", i), rows[i])
		form.Set("do", "back")
		v.post(section+"&row=new", form, http.StatusSeeOther)
	}
}

// answers answers a task on its page: fills in, goes on, confirms.
func (v visitor) answers(t openTask, outcome model.Outcome) {
	v.Helper()
	path := "/tasks/" + t.ID
	form := hidden(v.get(path))
	body := t.answer(outcome).Body.(map[string]any)
	form.Set("outcome", string(outcome))
	form.Set("motivation", fmt.Sprint(body["motivation"]))
	if answers, ok := body["answers"].(map[string]any); ok {
		enter(form, "a", answers)
	}
	enter(form, "c", body["conditions"])
	form.Set("do", "review")
	sure := hidden(v.post(path, form, http.StatusOK))
	sure.Set("do", "send")
	if to := v.post(path, sure, http.StatusSeeOther); to != path+"?sent=1" {
		v.Errorf("%s leads to %s", path, to)
	}
	if receipt := v.get(path); !strings.Contains(receipt, "Referens") || !strings.Contains(receipt, "Prövat mot underlaget.") {
		v.Errorf("no receipt for %s.%s in %s", t.Stage, t.Kind, receipt)
	}
}

// isUsed meets the conditions of an approved case on their pages, has it come into use
// and finds it in the register.
func (p *pagesWalk) isUsed() {
	p.Helper()
	for _, o := range p.conditions() {
		p.as(p.team.who(o.Verifier)).does(p.path("/conditions/"+o.ID+"/verification"), map[string]any{"evidence_note": "Sett."})
	}
	p.comesIntoUse()
	user := p.as("user")
	_, after, found := strings.Cut(user.get("/register?q="+url.QueryEscape(fmt.Sprint(p.intake["product_name"]))), `href="/register/0`)
	if !found {
		p.Errorf("the register does not have %s", p.intake["product_name"])
		return
	}
	entry, _, _ := strings.Cut(after, `"`)
	user.finds(user.get("/register/0"+entry), "Får användas", fmt.Sprint(p.intake["product_name"]))
}

// TestWholeCaseOnPages takes cases from submission into use and the register by
// their pages alone, each task by the person who has it, with scripts off. Where there is a
// browser every task and assessment is looked at in it before it is answered.
func TestWholeCaseOnPages(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	windows := map[string]*browser{}
	look := func(string, string, string) {}
	if _, err := exec.LookPath("chromium"); err == nil || os.Getenv("CI") == "true" {
		chrome := chromium(t)
		look = func(user, path, name string) {
			b := windows[user]
			if b == nil {
				b = window(t, chrome, w, "sv")
				windows[user] = b
				b.signIn(user)
			}
			b.open(path)
			for _, width := range []int64{1200, 320} {
				b.wide(width)
				b.accessible(name)
			}
			b.wide(1200)
			b.picture(name)
		}
	}
	for _, name := range []string{transcription, bookingAgent} {
		c := w.open(demoTeam, intake(t, name))
		c.submit()
		people := map[string]visitor{}
		for answered := 0; ; answered++ {
			open := c.openTasks()
			if len(open) == 0 || answered > 30 {
				break
			}
			next := open[0]
			user := c.team.who(next.Role)
			if _, ok := people[user]; !ok {
				people[user] = w.visitor(t, user)
			}
			picture := fmt.Sprintf("%s-%s-%s", name, next.Stage, next.Kind)
			if next.Kind == model.TaskPrepare {
				page := c.path("/assessments/" + string(next.Stage))
				people[user].writes(page, next.form())
				look(user, page, picture)
				continue
			}
			look(user, "/tasks/"+next.ID, picture)
			people[user].answers(next, next.freest())
		}
		if v := c.view(); v.State != model.Approved && v.State != model.ApprovedCond {
			t.Fatalf("%s is %s", name, v.State)
		}
		look("project_owner", c.path(""), name+"-approved")
		(&pagesWalk{T: t, aCase: c, w: w, gallery: gallery{t, w, look}, people: people}).isUsed()
	}
}
