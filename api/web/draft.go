package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// draftPage is a text that somebody is writing: the intake of a case, or the
// assessment of a stage. It is written section by section, and each section is
// saved as a whole.
type draftPage struct {
	draft
	Case  string
	Title string
	// Nav are the sections, At the one that is written, Next the one that follows.
	Nav  []draftSection
	At   draftSection
	Next string
	Form decisionForm
	// Returned is why the case has been returned, nil where it is not.
	Returned *api.DecisionItem
	// Followed are the questions without an answer, when answers have led to some that
	// were not there.
	Followed []control
	// Theirs are the answers that somebody else has given meanwhile.
	Theirs []line
	// Overview is true on the page with everything, from which it is sent.
	Overview bool
	Sections []section
	Missing  []missingNote
	// Remarks are those on the text that nobody has answered, OnQuestions the same by
	// question for those who only read, of whom some may make one.
	Remarks     []remark
	OnQuestions map[string][]remark
	MayRemark   bool
	// Outlook is what the answers lead to, nil before that can be said.
	Outlook *outlook
	// Found is what the rules say of the answers to an assessment.
	Found *findings
	// Rows is the table of a list that is too large for its section, Row the page of
	// one of its rows.
	Rows *rowsView
	Row  *rowForm
}

// outlook is what the answers of an intake lead to.
type outlook struct {
	Tier, Class string
	Protection  int
	Stages      []string
	// Stops are the rules that stop the case as it is described.
	Stops []api.FiredRule
}

// Reading is the text as those read it who do not write it.
func (p draftPage) Reading() reading {
	return reading{p.Sections, p.OnQuestions, p.CaseID, p.Part, p.MayRemark}
}

// Page is the page of the text.
func (p draftPage) Page() string { return p.page }

// Asked are the questions on the page.
func (p draftPage) Asked() []string {
	var ids []string
	for _, q := range p.Questions {
		if f, ok := p.book.Field(q.ID); ok && q.Section == p.At.ID && !large(f) {
			ids = append(ids, q.ID)
		}
	}
	return ids
}

// Base tells the answers of the section from others. A section that nobody else has
// changed meanwhile is saved whatever has been written in the other ones.
func (p draftPage) Base() string {
	h := sha256.New()
	for _, id := range p.Asked() {
		text, _ := json.Marshal(at(p.Answers, id)) // it was read from JSON
		fmt.Fprintf(h, "%s=%s\n", id, text)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// FormSection is where the size of the form is chosen.
func (p draftPage) FormSection() string {
	f, _ := p.book.Field("intake_form")
	return f.Section
}

// Saved reports whether the page follows when its section was saved.
func (p draftPage) Saved(path string) bool { return strings.Contains(path, "&saved") }

// draftSection is a section of a text that is being written.
type draftSection struct {
	ID, Title string
	// Open are the questions that need an answer and have none, and those whose answer
	// has to be put right.
	Open int
	Here bool
}

// missingNote says what is missing, in which section and, of a large list, in which
// row.
type missingNote struct{ Section, Row, Message string }

// draft is what the API has of a text that is being written.
type draft struct {
	// Part is intake or the key of the stage.
	Part      string
	CaseID    string
	ETag      string
	Revision  int
	HandedIn  int
	Answers   map[string]any
	Questions []api.QuestionNote
	Faults    []api.Fault
	// Triage is what the answers lead to, for an intake; Judgement for an assessment.
	Triage *api.TriageNote
	// Smaller is the form that the answers so far would do with, "" where they do not.
	Smaller   string
	Judgement *api.JudgementNote
	Statement *lang.Text
	Similar   []api.SimilarNote
	MayEdit   bool
	MaySubmit bool

	book *rulebook.Book
	// api is where the API has it, page where the pages have it.
	api, page string
	// head is the case that the text belongs to.
	head caseHead
}

// readDraft reads the intake of a case, or the assessment of a stage.
func (s *site) readDraft(v *visit) (draft, api.CaseStatus, error) {
	d := draft{CaseID: v.r.PathValue("id"), Part: v.r.PathValue("stage"), book: v.book} // the next text is judged by the version in force
	var c api.CaseStatus
	if err := v.getCase(d.CaseID, &c); err != nil {
		return d, c, err
	}
	may := func(what string) bool {
		return slices.ContainsFunc(c.Allowed, func(a api.AllowedAct) bool { return a.Act == what })
	}
	d.page = "/cases/" + d.CaseID + "/intake"
	var text json.RawMessage
	var err error
	if d.Part == "" {
		d.Part = rulebook.PartIntake
		var in api.IntakeDraft
		d.ETag, err = v.getTagged(d.page, &in)
		d.Revision, text, d.Questions, d.Faults = in.Revision, in.Answers, in.Asked, in.Missing
		d.Smaller = smaller(d.book, in)
		d.Triage, d.Similar, d.MayEdit, d.MaySubmit = in.Triage, in.Similar, may(act.MayEdit), may(act.MaySubmit)
	} else {
		d.page = "/cases/" + d.CaseID + "/assessments/" + url.PathEscape(d.Part)
		var a api.AssessmentDraft
		d.ETag, err = v.getTagged(d.page+revisionOf(v), &a)
		d.Revision, text, d.Questions, d.Faults = a.Revision, a.Answers, a.Form, a.Missing
		d.HandedIn, d.Judgement, d.Statement, d.MayEdit = a.HandedIn, &a.Judgement, a.Statement, a.MayEdit && a.Status != model.StageDone
		spec, _ := model.Stage(a.Stage)
		d.MaySubmit = d.MayEdit && len(spec.Prepare) > 0
		if book, ok := v.book.Assessment(d.Part); ok {
			d.book = book
		}
	}
	if err != nil {
		return d, c, err
	}
	d.api, d.head = "/api/v1"+d.page, caseHead{CaseStatus: c, on: v.on(c)}
	d.Answers, err = rulebook.ReadAnswers(text)
	if d.Answers == nil {
		d.Answers = map[string]any{}
	}
	return d, c, err
}

// revisionOf asks for the revision that the address names, "" for the draft.
func revisionOf(v *visit) string {
	if n, err := strconv.Atoi(v.r.URL.Query().Get("revision")); err == nil && n > 0 {
		return "?revision=" + strconv.Itoa(n)
	}
	return ""
}

// getTagged reads what the API has at a path, with its entity tag.
func (v *visit) getTagged(path string, out any) (string, error) {
	a, err := v.api.Do(v.r.Context(), client.Call{Method: http.MethodGet, Path: "/api/v1" + path}, out)
	return a.ETag(), err
}

// draftView shows a section to write, or the overview.
func (s *site) draftView(v *visit) error {
	d, c, err := s.readDraft(v)
	if err != nil {
		return err
	}
	p := s.newDraftPage(v, d, c)
	if p.Overview {
		return s.showOverview(v, http.StatusOK, p, nil)
	}
	if list := p.largeIn(); list != nil && v.r.URL.Query().Has("row") {
		return s.showRow(v, http.StatusOK, p, list, nil, nil)
	}
	return s.showSection(v, http.StatusOK, p, nil, nil)
}

func (s *site) newDraftPage(v *visit, d draft, c api.CaseStatus) draftPage {
	p := draftPage{draft: d, Case: c.Title, Title: lang.Text{SV: "Beskrivning av ärendet", EN: "Description of the case"}.In(v.lang)}
	if label, ok := v.book.StageLabel(d.Part); ok {
		p.Title = label.In(v.lang)
	}
	at, wrong := v.r.URL.Query().Get("section"), d.wrong()
	for _, sec := range d.book.Sections() {
		if sec.Part != d.Part {
			continue
		}
		n := draftSection{ID: sec.ID, Title: sec.Text.In(v.lang), Here: sec.ID == at}
		asked := false
		for _, q := range d.Questions {
			if q.Section == sec.ID {
				asked = true
				if open(q) || wrong[q.ID] {
					n.Open++
				}
			}
		}
		if asked {
			if len(p.Nav) > 0 && p.Nav[len(p.Nav)-1].Here {
				p.Next = n.ID
			}
			p.Nav = append(p.Nav, n)
			if n.Here {
				p.At = n
			}
		}
	}
	p.Overview = p.At.ID == "" || !d.MayEdit
	p.Outlook = s.outlook(v, d.Triage)
	p.Found = s.findingsOf(v, model.StageKey(d.Part), d.Judgement)
	if p.Found != nil && d.Statement != nil {
		p.Found.Statement = d.Statement.In(v.lang)
	}
	return p
}

// open reports whether a question needs an answer and has none.
func open(q api.QuestionNote) bool { return q.Needed && !q.Answered && q.Value == nil }

func (s *site) outlook(v *visit, t *api.TriageNote) *outlook {
	if t == nil || t.Result.Tier == "" {
		return nil
	}
	o := &outlook{
		Tier: v.book.Label("tier", t.Result.Tier).In(v.lang), Class: v.book.Label("ai_act_class", t.Result.AIActClass).In(v.lang),
		Protection: t.Result.InfoProtectionLevel,
	}
	for _, spec := range model.Stages() {
		if _, asked := t.Result.Stages[string(spec.Key)]; asked {
			label, _ := v.book.StageLabel(string(spec.Key))
			o.Stages = append(o.Stages, label.In(v.lang))
		}
	}
	for _, rule := range t.Rules {
		if slices.Contains(t.Result.HardStops, rule.ID) || slices.Contains(t.Result.Blockers, rule.ID) {
			o.Stops = append(o.Stops, rule)
		}
	}
	return o
}

// showOverview shows all that has been written, what is missing, and the way on.
func (s *site) showOverview(v *visit, status int, p draftPage, problem *client.Problem) error {
	var err error
	if p.Sections, err = s.sections(v, p.book, p.Part, p.Answers); err != nil {
		return err
	}
	if p.Remarks, err = v.unanswered(p.head, p.Part); err != nil {
		return err
	}
	if p.head.State == model.Returned && p.Part == rulebook.PartIntake {
		decisions, err := all[api.DecisionItem](v, "/cases/"+p.CaseID+"/decisions")
		if err != nil {
			return err
		}
		p.Returned = returned(p.head.CaseStatus, decisions)
	}
	if !p.MayEdit {
		p.MayRemark = len(p.head.remarkable(v)) > 0
		p.OnQuestions = byQuestion(p.Remarks)
	}
	for _, f := range p.Faults {
		p.Missing = append(p.Missing, s.missing(v, p.draft, f))
	}
	p.Form.Key = client.NewKey()
	return v.show(status, "draft", view{Title: p.Title + ": " + p.Case, Page: p, Problem: problem})
}

// smaller names the form that the answers point to, where the case would be sent in on
// a larger one and its tier allows the smaller (rulebook 2.3).
func smaller(b *rulebook.Book, in api.IntakeDraft) string {
	if in.Form == in.Checked || in.Triage == nil {
		return ""
	}
	for _, f := range b.Forms() {
		if f.ID == in.Form && slices.Contains(f.Tiers, in.Triage.Result.Tier) {
			return f.ID
		}
	}
	return ""
}

// wrong are the questions that something is missing or wrong with.
func (d draft) wrong() map[string]bool {
	out := map[string]bool{}
	for _, f := range d.Faults {
		if field, _, ok := d.field(f); ok {
			out[field.ID] = true
		}
	}
	return out
}

// unfit says what is wrong with answers that were saved all the same, by their pointers.
func (d draft) unfit() map[string]string {
	out := map[string]string{}
	for _, f := range d.Faults {
		if !f.Missing {
			out[f.Pointer] = f.Message
		}
	}
	return out
}

// field is the question that a fault points to, and what of it: "" for the whole.
func (d draft) field(f api.Fault) (*rulebook.Field, string, bool) {
	for _, field := range d.book.Fields() {
		if field.Part == d.Part && (f.Pointer == "/answers"+field.Pointer() || strings.HasPrefix(f.Pointer, "/answers"+field.Pointer()+"/")) {
			return field, strings.TrimPrefix(strings.TrimPrefix(f.Pointer, "/answers"+field.Pointer()), "/"), true
		}
	}
	return nil, "", false
}

// missing says what is missing, and in which section.
func (s *site) missing(v *visit, d draft, f api.Fault) missingNote {
	field, within, ok := d.field(f)
	if !ok {
		return missingNote{Message: f.Message}
	}
	n := missingNote{Section: field.Section, Message: strings.TrimRight(field.Text.In(v.lang), "?.") + ": " + f.Message}
	if large(field) {
		n.Row, _, _ = strings.Cut(within, "/")
	}
	return n
}

// showSection shows the questions of a section with what has been written, which is
// what the record has unless a form was sent.
func (s *site) showSection(v *visit, status int, p draftPage, form url.Values, problem *client.Problem) error {
	f := decisionForm{ETag: p.ETag, Wrong: wrongOf(problem)}
	remarks, err := v.unanswered(p.head, p.Part)
	if err != nil {
		return err
	}
	draw := paper{book: p.book, lang: v.lang, wrong: f.Wrong, more: form.Get("more"), names: s.directory(v, p)}
	words := reader{book: p.book, lang: v.lang, names: map[string]string{}}
	for _, choices := range draw.names {
		for _, c := range choices {
			words.names[c.Value] = c.Label
		}
	}
	if form == nil {
		draw.wrong = p.unfit()
	}
	told := s.told(p.draft, v.lang)
	for _, q := range p.Questions {
		field, ok := p.book.Field(q.ID)
		if !ok || q.Section != p.At.ID {
			continue
		}
		if large(field) {
			s.drawRows(v, &p, field)
			continue
		}
		value := at(p.Answers, q.ID)
		if form != nil {
			value = answer(form, field, "a."+q.ID)
		}
		c := draw.control(field, "a."+q.ID, "/answers"+field.Pointer(), value)
		c.Needed, c.Remarks, c.Told = q.Needed, on(remarks, q.ID), told[q.ID]
		c.sayOnce(form != nil)
		if value == nil && q.Value != nil {
			c.Default = words.say(field, q.Value)
		}
		if open(q) && form == nil && v.r.URL.Query().Has("followed") {
			p.Followed = append(p.Followed, c)
		}
		f.add("", c)
	}
	if problem != nil {
		f.Faults = f.faults(problem)
	}
	p.Form = f
	return v.show(status, "draft", view{Title: p.At.Title + ": " + p.Case, Page: p, Problem: problem})
}

// directory is whom and which units answers may name, where the section asks.
func (s *site) directory(v *visit, p draftPage) map[string][]choice {
	if !slices.ContainsFunc(p.Questions, func(q api.QuestionNote) bool { return q.Section == p.At.ID && (q.Type == "ref" || q.Type == "list") }) {
		return nil
	}
	units, unitErr := v.units()
	people, peopleErr := v.colleagues()
	if unitErr != nil || peopleErr != nil || len(people) >= maxShown {
		return nil // then ids are written
	}
	out := map[string][]choice{"unit": unitChoices(units, unitID)}
	for _, person := range people {
		out["person"] = append(out["person"], choice{Value: person.ID, Label: person.Name})
	}
	slices.SortFunc(out["person"], func(a, b choice) int { return strings.Compare(a.Label, b.Label) })
	return out
}

// writeDraft saves a section, or sends the whole in.
func (s *site) writeDraft(v *visit) error {
	d, c, err := s.readDraft(v)
	if err != nil {
		return err
	}
	p, form := s.newDraftPage(v, d, c), v.r.PostForm
	if form.Get("do") == "send" {
		return s.sendDraft(v, p, c)
	}
	if p.Overview {
		return v.redirect(d.page)
	}
	if list := p.largeIn(); list != nil && v.r.URL.Query().Has("row") {
		return s.writeRow(v, p, list)
	}
	if form.Has("more") {
		return s.showSection(v, http.StatusOK, p, form, nil)
	}
	if form.Get("base") == p.Base() {
		form.Set("etag", d.ETag) // what others have written meanwhile is in other sections
	}
	answers := s.merge(p, form)
	_, err = v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPut, Path: d.api, Body: map[string]any{"answers": answers}, IfMatch: form.Get("etag"),
	}, nil)
	var problem *client.Problem
	switch {
	case err == nil:
		return s.saved(v, p, form)
	case !errors.As(err, &problem) || problem.Status >= 500:
		return err
	case problem.Code == string(model.CodeStale):
		p.Theirs = s.theirs(v, p, form)
	}
	return s.showSection(v, problem.Status, p, form, problem)
}

// merge puts the answers of a section into those of the rest.
func (s *site) merge(p draftPage, form url.Values) map[string]any {
	answers := copied(p.Answers)
	for _, q := range p.Questions {
		field, ok := p.book.Field(q.ID)
		if ok && q.Section == p.At.ID && slices.Contains(form["asked"], q.ID) {
			put(answers, q.ID, answer(form, field, "a."+q.ID))
		}
	}
	return answers
}

// copied copies answers, of which put changes the levels above an answer.
func copied(answers map[string]any) map[string]any {
	out := make(map[string]any, len(answers))
	for name, value := range answers {
		if level, ok := value.(map[string]any); ok {
			value = copied(level)
		}
		out[name] = value
	}
	return out
}

// theirs are the answers of the section that are not those of the form.
func (s *site) theirs(v *visit, p draftPage, form url.Values) []line {
	r := reader{book: p.book, lang: v.lang}
	var out []line
	for _, q := range p.Questions {
		field, ok := p.book.Field(q.ID)
		theirs := at(p.Answers, q.ID)
		if !ok || q.Section != p.At.ID || reflect.DeepEqual(theirs, answer(form, field, "a."+q.ID)) {
			continue
		}
		l, answered := r.line(field, theirs)
		if !answered {
			l.Text = lang.Text{SV: "inget svar", EN: "no answer"}.In(v.lang)
		}
		out = append(out, l)
	}
	return out
}

// saved leads on: to the questions that followed from the answers, to the next
// section, or to the overview.
func (s *site) saved(v *visit, before draftPage, form url.Values) error {
	d, c, err := s.readDraft(v)
	if err != nil {
		return err
	}
	p := s.newDraftPage(v, d, c)
	here := d.page + "?section=" + url.QueryEscape(before.At.ID)
	for _, q := range p.Questions {
		f, ok := p.book.Field(q.ID)
		if ok && !large(f) && q.Section == before.At.ID && open(q) && !slices.Contains(form["asked"], q.ID) {
			return v.redirect(here + "&followed")
		}
	}
	switch {
	case form.Get("do") == "stay":
		return v.redirect(here + "&saved")
	case p.Next != "":
		return v.redirect(d.page + "?section=" + url.QueryEscape(p.Next))
	}
	return v.redirect(d.page)
}

// sendDraft sends the text to the reviewers.
func (s *site) sendDraft(v *visit, p draftPage, c api.CaseStatus) error {
	form := v.r.PostForm
	revision, _ := strconv.Atoi(form.Get("revision"))
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPost, Path: "/api/v1/cases/" + p.CaseID + "/submissions", Key: form.Get("key"),
		IfMatch: strconv.Quote(strconv.FormatInt(c.Version, 10)), Body: map[string]any{"stage": p.Part, "revision": revision},
	}, nil)
	var problem *client.Problem
	switch {
	case err == nil:
		return v.redirect("/cases/" + p.CaseID + "?sent")
	case !errors.As(err, &problem) || problem.Status >= 500 && problem.Status != http.StatusServiceUnavailable:
		return err
	}
	p.Overview = true
	return s.showOverview(v, problem.Status, p, problem)
}
