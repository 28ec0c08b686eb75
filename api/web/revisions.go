package web

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss/api"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// textsPage lists the texts of a case with their revisions.
type textsPage struct {
	caseHead
	Texts []textOf
	// Answers are the texts that come with a decision, and are not handed in before.
	Answers  []textOf
	MayWrite bool
}

// textOf is a text of a case: its description, or the assessment of a stage.
type textOf struct {
	Part, Label string
	// Draft is where the text is written or read as it stands.
	Draft     string
	Revisions []api.RevisionItem
}

// Nth is which submission of the text a revision is: the newest is listed first.
func (t textOf) Nth(i int) int { return len(t.Revisions) - i }

// revisions lists the texts of a case.
func (s *site) revisions(v *visit) error {
	head, err := v.caseHead("/revisions")
	if err != nil {
		return err
	}
	p := textsPage{caseHead: head, MayWrite: head.mayWrite()}
	base := "/cases/" + head.CaseID
	texts := []textOf{{Part: rulebook.PartIntake, Label: partLabel(v, rulebook.PartIntake), Draft: base + "/intake"}}
	for _, st := range head.Stages {
		if _, written := v.book.Assessment(string(st.Key)); written && st.Status != model.StageNotRequired {
			texts = append(texts, textOf{Part: string(st.Key), Label: st.Label, Draft: base + "/assessments/" + string(st.Key)})
		}
	}
	found, err := v.revisionsOf(head.CaseID, "all")
	if err != nil {
		return err
	}
	for _, t := range texts {
		for _, r := range found {
			if r.Part == t.Part {
				t.Revisions = append(t.Revisions, r)
			}
		}
		spec, _ := model.Stage(model.StageKey(t.Part))
		if t.Part != rulebook.PartIntake && len(spec.Prepare) == 0 && len(t.Revisions) == 0 {
			p.Answers = append(p.Answers, t)
			continue
		}
		p.Texts = append(p.Texts, t)
	}
	return v.show(http.StatusOK, "texts", view{Section: "cases", Title: lang.Text{SV: "Texter", EN: "Texts"}.In(v.lang) + ": " + p.Title, Page: p})
}

// revisionsOf lists the revisions of a text, the latest first, or of "all" texts.
func (v *visit) revisionsOf(caseID, part string) ([]api.RevisionItem, error) {
	return allOf[api.RevisionItem](v, "/cases/"+caseID+"/revisions", url.Values{"part": {part}})
}

// partLabel is what a text is called.
func partLabel(v *visit, part string) string {
	if part == rulebook.PartIntake {
		return lang.Text{SV: "Beskrivning av ärendet", EN: "Description of the case"}.In(v.lang)
	}
	return api.StageLabel(v.book, model.StageKey(part)).In(v.lang)
}

// textPage is a text that was handed to the reviewers, or what differs between two
// of its revisions.
type textPage struct {
	caseHead
	api.RevisionText
	Label    string
	Sections []section
	// Others are the revisions that it can be held against, Against the one that it is,
	// nil for none, and Changes what differs.
	Others  []api.RevisionItem
	Against *api.RevisionItem
	Changes []changedSection
	// MayRemark is true for who may make a remark on a question.
	MayRemark bool
	// Remarks are those on the questions of the text, by question.
	Remarks map[string][]remark
	// Path is the page's own without what it is held against.
	Path string
}

// Reading is the text with the remarks on its questions.
func (p textPage) Reading() reading {
	return reading{p.Sections, p.Remarks, p.CaseID, p.Part, p.MayRemark}
}

// IsAgainst reports whether the text is held against a revision.
func (p textPage) IsAgainst(revision int) bool {
	return p.Against != nil && p.Against.Revision == revision
}

// revision shows what was sent in.
func (s *site) revision(v *visit) error {
	n, part, against := v.r.PathValue("revision"), v.r.URL.Query().Get("part"), v.r.URL.Query().Get("against")
	if part == "" {
		part = rulebook.PartIntake
	}
	if _, err := strconv.Atoi(n); err != nil {
		return errNoPage
	}
	head, err := v.caseHead("/revisions")
	if err != nil {
		return err
	}
	p := textPage{caseHead: head, Label: partLabel(v, part)}
	book, asked := v.bookOfPart(part)
	if !asked {
		return errNoPage
	}
	answers, err := v.textOf(head.CaseID, part, n, &p.RevisionText)
	if err != nil {
		return err
	}
	p.Path = revisionPath(head.CaseID, part, p.RevisionText.Revision)
	if p.Others, err = v.revisionsOf(head.CaseID, part); err != nil {
		return err
	}
	p.Others = slices.DeleteFunc(p.Others, func(r api.RevisionItem) bool { return r.Revision == p.RevisionText.Revision })
	if against != "" {
		var other api.RevisionText
		before, err := v.textOf(head.CaseID, part, against, &other)
		if err != nil {
			return err
		}
		p.Against = &other.RevisionItem
		if other.Revision > p.RevisionText.Revision {
			before, answers = answers, before
		}
		p.Changes, err = s.difference(v, book, part, before, answers)
		if err != nil {
			return err
		}
	} else if p.Sections, err = s.sections(v, book, part, answers); err != nil {
		return err
	}
	if err := s.addRemarks(v, &p, part); err != nil {
		return err
	}
	title := p.Label + ", " + lang.Text{SV: "revision", EN: "revision"}.In(v.lang) + " " + n + ": " + head.Title
	return v.show(http.StatusOK, "revision", view{Section: "cases", Title: title, Page: p})
}

// addRemarks adds what has been remarked on the questions of a text.
func (s *site) addRemarks(v *visit, p *textPage, part string) error {
	p.MayRemark = len(p.remarkable(v)) > 0
	if p.Against != nil {
		return nil
	}
	remarks, err := v.remarks(p.caseHead)
	p.Remarks = byQuestion(slices.DeleteFunc(remarks, func(r remark) bool { return !v.isAbout(r.RemarkItem, part) }))
	return err
}

// byQuestion are the remarks on each question.
func byQuestion(remarks []remark) map[string][]remark {
	out := map[string][]remark{}
	for _, r := range remarks {
		if r.QuestionID != "" {
			out[r.QuestionID] = append(out[r.QuestionID], r)
		}
	}
	return out
}

// isAbout reports whether a remark is about a question of a part: a reviewer may
// remark on a question of their own stage, or on one of the description.
func (v *visit) isAbout(r api.RemarkItem, part string) bool {
	if r.QuestionID == "" {
		return part == string(r.Stage)
	}
	if b, ok := v.book.Assessment(string(r.Stage)); ok {
		if _, own := b.Field(r.QuestionID); own {
			return part == string(r.Stage)
		}
	}
	return part == rulebook.PartIntake
}

// bookOfPart is the book that asks the questions of a part of a case.
func (v *visit) bookOfPart(part string) (*rulebook.Book, bool) {
	if part == rulebook.PartIntake {
		return v.book, true
	}
	return v.book.Assessment(part)
}

// textOf reads a revision of a text and its answers.
func (v *visit) textOf(caseID, part, revision string, out *api.RevisionText) (map[string]any, error) {
	if _, err := strconv.Atoi(revision); err != nil {
		return nil, errNoPage
	}
	if err := v.get("/cases/"+caseID+"/revisions/"+revision, url.Values{"part": {part}}, out); err != nil {
		return nil, err
	}
	return rulebook.ReadAnswers(out.Answers)
}

// changedSection is a part of a text in which answers differ.
type changedSection struct {
	Title   string
	Changes []change
}

// change is an answer that differs. Before or After is nil where there is no answer.
type change struct {
	Label         string
	Before, After *line
}

// difference compares two texts, question by question.
func (s *site) difference(v *visit, book *rulebook.Book, part string, before, after map[string]any) ([]changedSection, error) {
	names, err := s.namesIn(v, book, before, after)
	if err != nil {
		return nil, err
	}
	return reader{book, v.lang, names}.difference(part, before, after), nil
}

func (r reader) difference(part string, before, after map[string]any) []changedSection {
	var out []changedSection
	for _, sec := range r.book.Sections() {
		if sec.Part != part {
			continue
		}
		found := changedSection{Title: sec.Text.In(r.lang)}
		for _, f := range r.book.Fields() {
			if f.Section != sec.ID || f.Part != sec.Part || f.System {
				continue
			}
			old, now := at(before, f.ID), at(after, f.ID)
			if !reflect.DeepEqual(old, now) {
				found.Changes = append(found.Changes, change{f.Text.In(r.lang), r.given(f, old), r.given(f, now)})
			}
		}
		if len(found.Changes) > 0 {
			out = append(out, found)
		}
	}
	return out
}

// given is an answer in words, nil for none.
func (r reader) given(f *rulebook.Field, value any) *line {
	l, ok := r.line(f, value)
	if !ok {
		return nil
	}
	return &l
}

// changesSince is what differs between the text that a stage was last answered on
// and the one that is to be answered on now.
type changesSince struct {
	From, To int
	// Outcome is what was answered, and At when.
	Outcome  string
	At       time.Time
	Sections []changedSection
}

// changes says what has changed in what a task judges since its role last answered
// it; nil where nobody has, or where it is the same revision. decisions are those of
// the case, in their order.
func (s *site) changes(v *visit, t api.TaskView, decisions []api.DecisionItem) (*changesSince, error) {
	var last *api.DecisionItem
	for i, d := range decisions {
		if d.Stage == t.Stage && d.Role == t.Role && d.TaskID != t.TaskID {
			last = &decisions[i]
		}
	}
	if t.Status != model.TaskOpen || last == nil || last.Revision == 0 || last.Revision == t.Current {
		return nil, nil
	}
	part := partOf(t.Review)
	book, asked := v.bookOfPart(part)
	if !asked {
		return nil, nil
	}
	var old, now api.RevisionText
	before, err := v.textOf(t.CaseID, part, strconv.Itoa(last.Revision), &old)
	if err != nil {
		return nil, err
	}
	after, err := v.textOf(t.CaseID, part, strconv.Itoa(t.Current), &now)
	if err != nil {
		return nil, err
	}
	out := &changesSince{From: last.Revision, To: t.Current, Outcome: last.OutcomeLabel, At: last.DecidedAt}
	out.Sections, err = s.difference(v, book, part, before, after)
	return out, err
}

// partOf is the part of a case that stands at an address of the API.
func partOf(review string) string {
	if _, stage, ok := strings.Cut(review, "/assessments/"); ok {
		return stage
	}
	return rulebook.PartIntake
}
