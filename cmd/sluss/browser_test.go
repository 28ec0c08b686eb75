//go:build !slim

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// browser is a window of Chromium in which one person uses the pages.
type browser struct {
	*testing.T
	ctx  context.Context
	w    *world
	lang string

	mu sync.Mutex
	// taken is what the latest page took over the wire, in bytes, hosts whom it asked.
	taken float64
	hosts map[string]bool
	// policy is what the latest page says it may load.
	policy any
	// asked counts how often somebody was asked whether to leave a page, and staying is
	// true for who does not.
	asked   int
	staying bool
}

// chromium is the browser of all tests. Without one the test is skipped, and fails
// where CI=true says that there has to be one.
func chromium(t *testing.T) context.Context {
	t.Helper()
	ctx, err := startedChromium()
	switch {
	case errors.Is(err, errNoChromium) && os.Getenv("CI") != "true":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return ctx
}

var errNoChromium = errors.New("NO CHROMIUM: the pages are not tried in a browser (Debian: apt-get install chromium)")

// closeChromium ends the browser, if there is one.
var closeChromium = func() {}

var startedChromium = sync.OnceValues(func() (context.Context, error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, errNoChromium
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		// Each window would have two hidden pages for what drops down from the address bar.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup"),
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium has none for root
	}
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(options...))
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	closeChromium = cancel
	return ctx, nil
})

// window opens a window with cookies of its own.
func window(t *testing.T, chromium context.Context, w *world, lang string) *browser {
	t.Helper()
	b := &browser{T: t, w: w, lang: lang, hosts: map[string]bool{}}
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	b.ctx = ctx // the first call has no time limit: the window lives as long as its context
	b.wide(1200)
	if _, err := chromedp.Call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil { // every page is somebody's first
		t.Fatal(err)
	}
	b.ctx, cancel = context.WithTimeout(ctx, 30*time.Minute)
	t.Cleanup(cancel)
	return b
}

// listen counts what comes over the wire, and from where.
func (b *browser) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *page.EventJavascriptDialogOpening:
		b.asked++
		accept := !b.staying
		go func() {
			_, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: accept})
		}()
	case *network.EventRequestWillBeSent:
		if rest, ok := strings.CutPrefix(ev.Request.URL, "http"); ok {
			host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(rest, "s"), "://"), "/")
			b.hosts[host] = true
		}
	case *network.EventResponseReceived:
		if ev.Type == network.ResourceTypeDocument {
			b.policy = ev.Response.Headers["Content-Security-Policy"]
		}
	case *network.EventLoadingFinished:
		b.taken += ev.EncodedDataLength
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// eval runs a script in the page, as a person with developer tools could.
func eval[T any](b *browser, script string) T {
	b.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%.80s: %v", script, err)
	}
	return out
}

func (b *browser) open(path string) {
	b.Helper()
	b.mu.Lock()
	b.taken = 0
	b.mu.Unlock()
	b.do(chromedp.Navigate(b.w.base + path))
}

// signIn opens a person's sign-in link and presses the button on its page.
func (b *browser) signIn(user string) {
	b.Helper()
	b.open(strings.TrimPrefix(b.w.link(user), b.w.base))
	b.press("main form .button")
	if b.lang == "en" && eval[string](b, "document.documentElement.lang") != "en" {
		b.press("button[name=lang]")
	}
}

// press presses a button and waits for the page that comes.
func (b *browser) press(selector string) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(selector)); err != nil {
		b.Fatalf("press %s: %v", selector, err)
	}
}

// stays begins to leave a page on which something is filled in, is asked, and stays.
func (b *browser) stays() {
	b.Helper()
	set := func(staying bool) int {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.staying = staying
		return b.asked
	}
	before, here := set(true), eval[string](b, "location.href")
	eval[string](b, `location.assign("/help"), "gone"`)
	eventually(b, 10*time.Second, func(context.Context) error {
		if set(true) != before+1 {
			return errors.New("nobody asked")
		}
		return nil
	})
	if after := set(false); after != before+1 || eval[string](b, "location.href") != here {
		b.Errorf("asked %d times, and then at %s", after-before, eval[string](b, "location.href"))
	}
}

// text is what stands in the page.
func (b *browser) text() string {
	b.Helper()
	return eval[string](b, "document.body.innerText")
}

// sees checks that words stand in the page.
func (b *browser) sees(words ...string) {
	b.Helper()
	text := b.text()
	for _, word := range words {
		if !strings.Contains(text, word) {
			b.Errorf("no %q on %s:\n%s", word, eval[string](b, "location.pathname"), text)
		}
	}
}

// link is a person's sign-in link.
func (w *world) link(user string) string {
	w.t.Helper()
	if code := w.tokens[linkOf+user]; code != "" {
		return w.base + "/sign-in?code=" + code
	}
	text, err := os.ReadFile(filepath.Join(w.dir, "demo-people.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	var file demoPeople
	if err := json.Unmarshal(text, &file); err != nil {
		w.t.Fatal(err)
	}
	for _, p := range file.People {
		if p.User == user {
			return p.SignInURL
		}
	}
	w.t.Fatalf("the demo has no %s", user)
	return ""
}

// axe is the script that looks for what keeps people out.
var axe = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile("testdata/axe/axe.min.js")
	return string(text), err
})

// barrier is something that keeps people out, by axe-core.
type barrier struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// accessible checks a page against WCAG 2.2 AA, as far as a program can, that it does
// not scroll sideways, that nothing runs in it but the one script, and that it speaks
// of the work and not of the program.
func (b *browser) accessible(name string) {
	b.Helper()
	b.closed(name)
	b.plain(name)
	b.lookForBarriers(name)
	b.fits(name)
}

// lookForBarriers has axe-core look at a page.
func (b *browser) lookForBarriers(name string) {
	b.Helper()
	if !eval[bool](b, `typeof axe === "object"`) { // it is still there when only the width has changed
		script, err := axe()
		if err != nil {
			b.Fatal(err)
		}
		eval[bool](b, script+";true")
	}
	found := eval[string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
		JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 200))}))))`)
	var barriers []barrier
	if err := json.Unmarshal([]byte(found), &barriers); err != nil {
		b.Fatal(err)
	}
	for _, v := range barriers {
		b.Errorf("%s: %s (%s): %s", name, v.Help, v.ID, strings.Join(v.Nodes, "\n  "))
	}
	lookedAt.Store(eval[string](b, "location.pathname"), true)
}

// fits checks that a page does not scroll sideways (WCAG 2.2, 1.4.10).
func (b *browser) fits(name string) {
	b.Helper()
	if wide, room := eval[int](b, "document.documentElement.scrollWidth"), eval[int](b, "innerWidth"); wide > room {
		b.Errorf("%s is %d wide in %d: %s", name, wide, room, eval[string](b, `[...document.querySelectorAll("main *")]
			.filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 150)).slice(-3).join("\n")`))
	}
}

// picture takes a picture of the whole page.
func (b *browser) picture(name string) {
	b.Helper()
	shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(80))
	if err == nil {
		err = os.MkdirAll("screenshots", 0o750)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join("screenshots", name+".jpeg"), shot, 0o600)
	}
	if err != nil {
		b.Error(err)
	}
}

// wide sets how many pixels the page has.
func (b *browser) wide(pixels int64) {
	b.Helper()
	b.do(chromedp.EmulateViewport(pixels, 900))
}

// zoomed checks a page at 400 per cent of a screen of 1,280 by 1,024, which has 320 by
// 256 pixels then: it does not scroll sideways, and nothing stands in front of it.
func (b *browser) zoomed(name string) {
	b.Helper()
	b.do(chromedp.EmulateViewport(320, 256, chromedp.EmulateScale(4)))
	b.fits(name + " at 400 %")
	if over := eval[string](b, `[...document.querySelectorAll("body *")].filter(e => ["fixed", "sticky"].includes(getComputedStyle(e).position)
		&& e.checkVisibility() && e.getBoundingClientRect().height > innerHeight / 2).map(e => e.outerHTML.slice(0, 150)).join("\n")`); over != "" {
		b.Errorf("%s at 400 %%: half of it is behind %s", name, over)
	}
	b.wide(1200)
}

// closed checks that a page may load what comes with the program only, and has no
// script or style of its own.
func (b *browser) closed(name string) {
	b.Helper()
	b.mu.Lock()
	policy := fmt.Sprint(b.policy)
	b.mu.Unlock()
	for _, rule := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, rule) {
			b.Errorf("%s may do more than %s: %s", name, rule, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		b.Errorf("%s may do what is unsafe: %s", name, policy)
	}
	if own := eval[string](b, `[...document.querySelectorAll("style, script:not([src]), [style]"), ...[...document.querySelectorAll("*")]
		.filter(e => [...e.attributes].some(a => a.name.startsWith("on")))].map(e => e.outerHTML.slice(0, 150)).join("\n")`); own != "" {
		b.Errorf("%s has a script or a style of its own: %s", name, own)
	}
}

// ofTheEngine are words that nobody needs who uses the pages.
var ofTheEngine = regexp.MustCompile(`(?i)\b(workflows?|temporal|namespaces?|task queues?|timers?|goroutines?|payloads?|sqlite|postgres\w*|commands?|update ids?|backend|worker)\b`)

// plain checks that no word of the engine stands in a page or is read out.
func (b *browser) plain(name string) {
	b.Helper()
	text := eval[string](b, `document.title + "\n" + document.body.textContent + "\n" +
		[...document.querySelectorAll("[aria-label]")].map(e => e.getAttribute("aria-label")).join("\n")`)
	for _, at := range ofTheEngine.FindAllStringIndex(text, -1) {
		b.Errorf("%s says %q: …%s…", name, text[at[0]:at[1]], strings.Join(strings.Fields(text[max(0, at[0]-60):min(len(text), at[1]+60)]), " "))
	}
}

// light checks what a first visit takes, and that nobody else is asked.
func (b *browser) light(name string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.taken == 0 || b.taken > 150_000 {
		b.Errorf("%s takes %.0f bytes", name, b.taken)
	}
	for host := range b.hosts {
		if "http://"+host != b.w.base {
			b.Errorf("%s asks %s", name, host)
		}
	}
}

// choose presses the button or the box that belongs to a label.
func (b *browser) choose(field, label string) {
	b.Helper()
	found := eval[bool](b, fmt.Sprintf(`(() => { const l = [...document.querySelectorAll('[id=%q] label')].find(l => l.innerText.startsWith(%q));
		if (l) { l.click(); } return !!l })()`, field, label))
	if !found {
		b.Fatalf("no %q in %s", label, field)
	}
}

func (b *browser) write(field, text string) {
	b.Helper()
	b.do(chromedp.SendKeys("#"+field, text))
}
