package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// errand is something that a person does by a form of its own: what it is about,
// what is asked, and where the API does it. Questions that are not the rulebook's
// have the same form as its own, so that pages draw and read them alike.
type errand struct {
	// Over is what the errand belongs to, Back where that is shown.
	Over, Back string
	Title      string
	// RegistryNo and State are those of the case, "" for what belongs to none.
	RegistryNo, State string
	// About says in paragraphs what happens, Facts what the errand is about.
	About []string
	Facts []line
	Rules []api.FiredRule
	// First is where to go before, nil where nothing has to be done first.
	First *doing
	// Not is true where the person may not do this now: then nothing is asked.
	Not bool
	// Button says what happens when it is pressed.
	Button string
	// Final says what cannot be undone; then the person is asked once more.
	Final string
	ETag  string

	book   *rulebook.Book
	fields []*rulebook.Field
	// choices are those of questions whose answers are in no enumeration.
	choices map[string][]choice
	// old is what the form begins with.
	old map[string]any
	// below is where in the body the answers stand.
	below string
	// send is where the answers go, and what is sent.
	send func(answers map[string]any) client.Call
	// after is where it leads when it is done.
	after func(done) string
}

// done is what pages need of the receipts of the API.
type done struct {
	Seq      int64  `json:"seq"`
	RecordID string `json:"record_id"`
}

// errandPage is an errand as it is shown.
type errandPage struct {
	errand
	Form decisionForm
	// Sure asks once more, with what was filled in; Sent is sent again.
	Sure   bool
	Filled []line
	Sent   []sentValue
}

// DoneSeq is the number in the log of what has just been done, "" for nothing.
func (v view) DoneSeq() string {
	u, err := url.Parse(v.Path)
	if err != nil {
		return ""
	}
	if n, err := strconv.Atoi(u.Query().Get("done")); err == nil && n > 0 {
		return strconv.Itoa(n)
	}
	return ""
}

// run shows the form of an errand, asks once more where that is needed, and does it.
func (s *site) run(v *visit, e errand) error {
	if e.book == nil {
		e.book = v.book
	}
	if v.r.Method != http.MethodPost {
		return s.showErrand(v, http.StatusOK, e, nil, nil)
	}
	form := v.r.PostForm
	switch missing := e.missing(v, form); {
	case form.Get("do") == "edit":
		return s.showErrand(v, http.StatusOK, e, form, nil)
	case len(missing) > 0 && !e.Not:
		return s.showErrand(v, http.StatusUnprocessableEntity, e, form, &client.Problem{Errors: missing})
	case e.Final != "" && form.Get("do") != "send" && !e.Not:
		p := s.drawErrand(v, e, form, nil)
		p.Sure, p.Sent, p.Filled = true, sent(form, "do"), e.filled(v.lang, form)
		return v.show(http.StatusOK, "errand", view{Title: e.Title, Page: p})
	}
	call := e.send(e.answers(form))
	call.Key, call.IfMatch = form.Get("key"), form.Get("etag")
	var d done
	_, err := v.api.Do(v.r.Context(), call, &d)
	if err != nil {
		return s.errandRefused(v, e, err)
	}
	return v.redirect(e.after(d))
}

// errandRefused shows the form with what was filled in, and why it was not done.
func (s *site) errandRefused(v *visit, e errand, refused error) error {
	var problem *client.Problem
	if !errors.As(refused, &problem) || problem.Code == string(model.CodeStepUp) || problem.Status >= 500 && problem.Status != http.StatusServiceUnavailable {
		return refused
	}
	form := v.r.PostForm
	if problem.Code == string(model.CodeStale) {
		form.Del("etag") // the next try is on what is shown now
	}
	if problem.Status != http.StatusServiceUnavailable {
		form.Del("key") // this try is over
	}
	return s.showErrand(v, problem.Status, e, form, problem)
}

func (s *site) showErrand(v *visit, status int, e errand, form url.Values, problem *client.Problem) error {
	shown := view{Title: e.Title, Page: s.drawErrand(v, e, form, problem)}
	if problem != nil && problem.Title != "" {
		shown.Problem = problem
	}
	return v.show(status, "errand", shown)
}

// drawErrand draws the form with what has been filled in so far, and what is wrong.
func (s *site) drawErrand(v *visit, e errand, form url.Values, problem *client.Problem) errandPage {
	p := errandPage{errand: e, Form: decisionForm{
		Key: cmp.Or(form.Get("key"), client.NewKey()), ETag: cmp.Or(form.Get("etag"), e.ETag), Wrong: wrongIn(problem),
	}}
	if e.Not {
		return p
	}
	draw := paper{book: e.book, lang: v.lang, wrong: p.Form.Wrong}
	for _, f := range e.fields {
		value := at(e.old, f.ID)
		if form != nil {
			value = answer(form, f, e.name(f))
		}
		c := draw.control(f, e.name(f), e.below+f.Pointer(), value)
		if choices, ok := e.choices[f.ID]; ok {
			c.Choices, c.Few = chosen(choices, value), c.Kind == "choices" || len(choices) <= fewChoices
		}
		if f.Type == "list" {
			c.Bounds = "" // far more than anybody writes
		}
		p.Form.add("", c)
	}
	if problem != nil {
		p.Form.Faults = p.faults(problem, v.lang)
	}
	return p
}

// wrongIn says what is wrong with answers, by pointer. What is wrong with one of a
// list is wrong with the list.
func wrongIn(problem *client.Problem) map[string]string {
	wrong := map[string]string{}
	if problem == nil {
		return wrong
	}
	for _, e := range problem.Errors {
		pointer := e.Pointer
		if _, err := strconv.Atoi(path.Base(pointer)); err == nil {
			pointer = path.Dir(pointer)
		}
		wrong[pointer] = cmp.Or(wrong[pointer], e.Message)
	}
	return wrong
}

// faults are what is wrong, each with the question that it is about.
func (p errandPage) faults(problem *client.Problem, l lang.Lang) []formFault {
	labels := map[string]string{}
	var order []string
	for _, sec := range p.Form.Sections {
		labelsOf(sec.Questions, labels)
		order = append(order, idsOf(sec.Questions)...)
	}
	var out []formFault
	for _, e := range problem.Errors {
		id := idOf(e.Pointer)
		for labels[id] == "" && strings.Contains(id, "-") {
			id = id[:strings.LastIndex(id, "-")]
		}
		text := e.Message
		label := labels[id]
		if label == "" {
			id = "" // what is wrong stands on another page
			if f, ok := p.book.Field(idOf(e.Pointer)); ok {
				label = f.Text.In(l)
			}
		}
		if label != "" {
			text = strings.TrimRight(label, "?.") + ": " + e.Message
		}
		out = append(out, formFault{id, text})
	}
	slices.SortStableFunc(out, func(a, b formFault) int { return slices.Index(order, a.ID) - slices.Index(order, b.ID) })
	return out
}

// idsOf are the ids of questions and their parts, in the order of the page.
func idsOf(questions []control) []string {
	var ids []string
	for _, c := range questions {
		ids = append(append(ids, c.ID), idsOf(c.Parts)...)
	}
	return ids
}

func chosen(choices []choice, value any) []choice {
	out := slices.Clone(choices)
	many, _ := value.([]any)
	for i := range out {
		out[i].Chosen = written(value) == out[i].Value || slices.Contains(many, any(out[i].Value))
	}
	return out
}

// name is what a question is called in the form.
func (e errand) name(f *rulebook.Field) string {
	if e.below != "" {
		return "a." + f.ID
	}
	return f.ID
}

// answers are those of the form.
func (e errand) answers(form url.Values) map[string]any {
	out := map[string]any{}
	for _, f := range e.fields {
		if value := answer(form, f, e.name(f)); value != nil {
			put(out, f.ID, value)
		}
	}
	return out
}

// missing lists the questions that need an answer and have none, before anybody is
// asked to confirm.
func (e errand) missing(v *visit, form url.Values) []client.Fault {
	var out []client.Fault
	for _, f := range e.fields {
		if value := answer(form, f, e.name(f)); f.Required && value == nil {
			out = append(out, client.Fault{Pointer: e.below + f.Pointer(), Code: "required", Message: lang.Message(v.lang, "required", "")})
		}
	}
	return out
}

// filled is what was filled in, in words.
func (e errand) filled(l lang.Lang, form url.Values) []line {
	r := reader{book: e.book, lang: l, names: map[string]string{}}
	var out []line
	for _, f := range e.fields {
		for _, c := range e.choices[f.ID] {
			r.names[c.Value] = c.Label
		}
		if ln, given := r.line(f, answer(form, f, e.name(f))); given {
			out = append(out, ln)
		}
	}
	return out
}
