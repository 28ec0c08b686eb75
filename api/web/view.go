package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

//go:embed templates/*.html assets/*
var files embed.FS

// pages are the templates by language: what pages have in common once, and for each page
// what is its own, by its name.
var pages = map[lang.Lang]*template.Template{lang.SV: parse(lang.SV), lang.EN: parse(lang.EN)}

func parse(l lang.Lang) *template.Template {
	all := template.New("").Funcs(template.FuncMap{
		"asset": assetPath, "dict": dict, "options": options, "ticks": ticks, "reasons": reasons, "lines": tellParts, "answers": tellAnswers,
	})
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, path := range names {
		name, text := strings.TrimSuffix(strings.TrimPrefix(path, "templates/"), ".html"), spoken(path, l)
		style, content := ownPart(&text, "style", name), ownPart(&text, "content", name)
		template.Must(all.New(path).Parse(text))
		if content != "" {
			template.Must(all.New("page " + name).Parse(`{{template "top" .}}` + style + `{{template "head" .}}` + content + `{{template "bottom" .}}`))
		}
	}
	return all
}

// ownPart gives a part that pages call alike the name of the page whose it is, and returns
// what shows it, "" where the page has no such part.
func ownPart(text *string, part, page string) string {
	general, own := `{{define "`+part+`"}}`, `"`+part+" of "+page+`"`
	if !strings.Contains(*text, general) {
		return ""
	}
	*text = strings.Replace(*text, general, "{{define "+own+"}}", 1)
	return "{{template " + own + " .}}"
}

// saying is a place where a template says one thing in either language.
var saying = regexp.MustCompile(`\{\{\$?[A-Za-z.]*\.T ("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")\}\}`)

// spoken reads a template and puts in what it says in one language, so that only what
// differs from page to page is worked out for each.
func spoken(path string, l lang.Lang) string {
	text, err := files.ReadFile(path)
	if err != nil {
		panic(err) // the files are in the program
	}
	return string(saying.ReplaceAllFunc(text, func(found []byte) []byte {
		parts := saying.FindSubmatch(found)
		sv, err := strconv.Unquote(string(parts[1]))
		en, err2 := strconv.Unquote(string(parts[2]))
		if err := errors.Join(err, err2); err != nil {
			panic(fmt.Sprintf("%s: %s: %v", path, found, err))
		}
		return []byte(template.HTMLEscapeString(lang.Text{SV: sv, EN: en}.In(l)))
	}))
}

// dict makes what a part of a page is shown with: names and values in turn.
func dict(pairs ...any) (map[string]any, error) {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%v is no name", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// view is what a template shows.
type view struct {
	Lang   lang.Lang
	Now    time.Time
	Person *store.Person
	// Path is the page's own address, Title what the browser shows beside "Sluss".
	Path, Title string
	// Unread is how many messages the person has not read, "" for none.
	Unread string
	// Section is the part of the site that the page belongs to.
	Section string
	// Keys is true while single keys are shortcuts.
	Keys bool
	// References is true where it is said beside a source that nobody has checked it.
	References bool
	// Waits is true while the record waits for approval and there is no page to go to.
	Waits bool
	// Problem is why what was asked for was not done.
	Problem *client.Problem
	// Page is what the page is about.
	Page any

	book *rulebook.Book
}

// T is a text in the language of the page.
func (v view) T(sv, en string) string { return lang.Text{SV: sv, EN: en}.In(v.Lang) }

// SV reports whether the page is in Swedish.
func (v view) SV() bool { return v.Lang == lang.SV }

// Other is the language that the page could be in instead.
func (v view) Other() lang.Lang {
	if v.SV() {
		return lang.EN
	}
	return lang.SV
}

// Remaining says how long there is left until something ends.
func (v view) Remaining(ends *time.Time) string {
	if ends == nil {
		return ""
	}
	return calendar.Remaining(*ends, v.Now, v.Lang)
}

// Late reports whether something has ended.
func (v view) Late(ends *time.Time) bool { return ends != nil && v.Now.After(*ends) }

// Ago says how long ago something was.
func (v view) Ago(at *time.Time) string {
	if at == nil {
		return ""
	}
	return calendar.Ago(*at, v.Now, v.Lang)
}

// AgoOf is Ago of a time that is always there.
func (v view) AgoOf(at time.Time) string { return v.Ago(&at) }

// Asked is what a task asks, without what is said beside it.
func (v view) Asked(question string) string {
	asked, _, more := strings.Cut(question, "? ")
	if more {
		asked += "?"
	}
	return asked
}

// Added is what a task's question says after it has asked, "" for nothing.
func (v view) Added(question string) string {
	_, added, _ := strings.Cut(question, "? ")
	return added
}

// Role is what a role is called.
func (v view) Role(r model.Role) string { return roleWords(r, v.Lang) }

// roleWords are what a role is called, with unseen breaks where the longest words of it
// are put together: a narrow column breaks them there.
func roleWords(r model.Role, l lang.Lang) string { return softened.Replace(r.Label().In(l)) }

var softened = strings.NewReplacer("-/", "-/\u200b", "säkerhetsansvarig", "säkerhets\u00adansvarig", "säkerhetssamordnare", "säkerhets\u00adsamordnare")

// Stage is what the rulebook calls a stage.
func (v view) Stage(key model.StageKey) string {
	return api.StageLabel(v.book, key).In(v.Lang)
}

// Decided is what a decision came to, or for one without an outcome what was done.
func (v view) Decided(d api.DecisionItem) string {
	return cmp.Or(d.OutcomeLabel, acts[model.ActKind(d.Kind)].Label().In(v.Lang))
}

// Word is what the rulebook calls a value of an enumeration.
func (v view) Word(enum string, value any) string {
	return v.book.Label(enum, fmt.Sprint(value)).In(v.Lang)
}

// Source is where a rule or a question comes from, in words that people understand.
// That nobody has checked a reference yet is said in the rulebook and in reports, not
// to somebody who is about to decide.
// No id of a rule in it is broken between two lines.
func (v view) Source(source string) template.HTML {
	return together(v.sourceText(source))
}

// sourceText is a source in words that people understand, escaped.
func (v view) sourceText(source string) string {
	return template.HTMLEscapeString(sources[v.Lang][v.References].Replace(source))
}

// Basis is where what is said comes from: its rule, and the place in the guidelines and
// the law, each said once.
func (v view) Basis(id, source string) template.HTML { return together(v.basisText(id, source)) }

func (v view) basisText(id, source string) string {
	if source != "" && strings.Trim(source[:1], "0123456789") == "" {
		source = "rulebook " + source
	}
	switch {
	case source == "":
		return v.sourceText(id)
	case id == "" || strings.Contains(source, id):
		return v.sourceText(source)
	}
	return v.sourceText(id + " · " + source)
}

// together keeps the ids of rules in an escaped text, which have hyphens, on one line
// each.
func together(text string) template.HTML {
	if !strings.Contains(text, "-") {
		return template.HTML(text)
	}
	words := strings.Split(text, " ")
	for i, word := range words {
		if isID(word) {
			words[i] = `<span class="id">` + word + "</span>"
		}
	}
	return template.HTML(strings.Join(words, " "))
}

// isID reports whether a word is the id of a rule, or a date: capitals or figures on
// both sides of its first hyphen.
func isID(word string) bool {
	capital := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' }
	head, tail, hyphen := strings.Cut(strings.TrimLeft(word, "("), "-")
	return hyphen && head != "" && tail != "" && capital(head[0]) && capital(head[len(head)-1]) && capital(tail[0])
}

// Number counts from one.
func (v view) Number(i int) int { return i + 1 }

// InWordsOf is InWords of a time that is always there.
func (v view) InWordsOf(at time.Time) string { return v.InWords(&at) }

// Day is the day of a time in Sweden, in figures.
func (v view) Day(at *time.Time) template.HTML {
	if at == nil {
		return ""
	}
	return "<time>" + template.HTML(calendar.Today(*at).String()) + "</time>"
}

// Today is today in Sweden, in figures.
func (v view) Today() string { return calendar.Today(v.Now).String() }

// Hour is the hour and minute in Sweden at which the page is shown.
func (v view) Hour() string {
	_, hour, _ := strings.Cut(calendar.Clock(v.Now), " ")
	return hour
}

// Minute is the day, hour and minute of a time in Sweden.
func (v view) Minute(at time.Time) template.HTML {
	return "<time>" + template.HTML(calendar.Clock(at)) + "</time>"
}

// newFor is how long nobody needs to be told when figures were counted.
const newFor = 10 * time.Second

// Counted says when figures were counted that are told again for a while; "" while they
// are new.
func (v view) Counted(at time.Time) template.HTML {
	if v.Now.Sub(at) < newFor {
		return ""
	}
	return template.HTML(`<p class="minor">`+v.T("Räknat", "Counted")) + " " + v.Minute(at) + ".</p>"
}

// InWords is a time in Sweden in words.
func (v view) InWords(at *time.Time) string {
	if at == nil {
		return ""
	}
	return calendar.InWords(*at, v.Lang)
}

// show answers with a page.
func (v *visit) show(status int, name string, p view) error {
	p.Lang, p.Person, p.Now, p.Path, p.book = v.lang, v.person, v.site.Clock.Now(), v.r.URL.RequestURI(), v.book
	p.Keys, p.Waits = v.keys(), v.waits()
	if v.r.Method != http.MethodGet {
		p.Path = v.r.URL.Path // where the form came from
	}
	if v.person != nil && p.Unread == "" && !p.Waits {
		p.Unread = v.unread()
	}
	var out bytes.Buffer
	if err := pages[v.lang].ExecuteTemplate(&out, "page "+name, &p); err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(v.lang))
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Cookie, Accept-Language")
	v.status = status
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = out.WriteTo(v.w) // the reader has gone
	}
	return nil
}

// unread counts the person's unread messages. It is in the head of every page, which
// needs none of the messages, and so the record is asked.
func (v *visit) unread() string {
	f := store.MessageFilter{OrgID: v.person.OrgID, Reader: &access.Reader{PersonID: v.person.ID}, Unread: true}
	n, err := v.site.Store.CountMessages(v.r.Context(), f, countUpTo+1)
	if err != nil || n == 0 {
		return ""
	}
	return countOf(min(n, countUpTo), n > countUpTo)
}

// failure is the page that says why another is not shown.
type failure struct{ Kind string }

// failureTitles are what those pages are called.
var failureTitles = map[string]lang.Text{
	"missing":  {SV: "Sidan finns inte", EN: "There is no such page"},
	"foreign":  {SV: "Formuläret kom från en annan webbplats", EN: "The form came from another site"},
	"restored": {SV: "Återställd från säkerhetskopia, inte godkänd", EN: "Restored from a backup, not approved"},
	"busy":     {SV: "För många förfrågningar", EN: "Too many requests"},
	"large":    {SV: "Formuläret är för stort", EN: "The form is too large"},
	"refused":  {SV: "Det gick inte", EN: "That was not possible"},
	"failed":   {SV: "Sidan kunde inte visas", EN: "The page could not be shown"},
}

// fail shows what went wrong, and nothing of what it was about.
func (v *visit) fail(err error) {
	if v.status != 0 || errors.Is(err, context.Canceled) {
		return // an answer is on its way, or nobody waits for one
	}
	var p *client.Problem
	if errors.As(err, &p) && p.Code == string(model.CodeStepUp) {
		form := signInForm{Next: v.r.URL.Path, Wrong: "fresh", Fresh: true}
		if len(v.r.PostForm) > 0 {
			form.Unsent = &unsent{v.r.URL.RequestURI(), sent(v.r.PostForm)}
		}
		if err := v.site.askToSignIn(v, p.Status, form); err != nil {
			v.fail(err)
		}
		return
	}
	status, kind := http.StatusInternalServerError, "failed"
	switch {
	case errors.Is(err, errNoPage):
		status, kind = http.StatusNotFound, "missing"
	case errors.Is(err, errForeign):
		status, kind = http.StatusForbidden, "foreign"
	case errors.Is(err, errRestored), errors.As(err, &p) && p.Code == string(model.CodeRestored):
		status, kind = http.StatusServiceUnavailable, "restored"
		v.w.Header().Set("Retry-After", "60")
	case errors.Is(err, errTooMany):
		status, kind = http.StatusTooManyRequests, "busy"
		v.w.Header().Set("Retry-After", "60")
	case errors.Is(err, errTooLarge):
		status, kind = http.StatusRequestEntityTooLarge, "large"
	case errors.As(err, &p) && p.Status == http.StatusNotFound:
		status, kind = p.Status, "missing"
	case errors.As(err, &p) && p.Status < 500:
		status, kind = p.Status, "refused"
	default:
		v.site.Log.LogAttrs(v.r.Context(), slog.LevelError, "page failed", slog.String("route", v.r.Pattern), slog.String("class", fmt.Sprintf("%T", err)))
	}
	if kind == "busy" || kind == "failed" || kind == "foreign" {
		v.person = nil // ask the record nothing more
	}
	if err := v.show(status, "failure", view{Title: failureTitles[kind].In(v.lang), Problem: p, Page: failure{kind}}); err != nil {
		v.site.Log.ErrorContext(v.r.Context(), "page failed twice")
	}
}

// assetVersion is in the addresses of what pages are made of, so that browsers may
// keep it for good.
var assetVersion = func() string {
	h := sha256.New()
	names, _ := fs.Glob(files, "assets/*")
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}()

func assetPath(name string) string { return "/assets/" + assetVersion + "/" + name }

// asset serves what pages are made of.
func asset(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.URL.Path, "/assets/"+assetVersion+"/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeFileFS(w, r, files, "assets/"+name)
}
