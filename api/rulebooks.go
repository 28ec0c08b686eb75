package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// RulebookItem is a rulebook in the list. Texts of a rulebook are in both
// languages: it is data.
type RulebookItem struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Version string    `json:"version"`
	Digest  string    `json:"digest" doc:"SHA-256 over the content"`
	Title   lang.Text `json:"title"`
}

// RulebookView is what a rulebook consists of.
type RulebookView struct {
	RulebookItem
	DefaultProfile string               `json:"default_profile"`
	Profiles       []rulebook.Profile   `json:"profiles"`
	Parameters     []rulebook.Param     `json:"parameters"`
	LegalCalendar  []rulebook.LegalDate `json:"legal_calendar"`
	Stages         []*rulebook.Stage    `json:"stages"`
	Questionnaires []string             `json:"questionnaires"`
	Facts          []*rulebook.Fact     `json:"facts" doc:"what triage reads, with defaults"`
	Enums          []*rulebook.Enum     `json:"enums"`
	Environment    rulebook.Environment `json:"environment" doc:"factors of the footprint"`
	Retention      []rulebook.Retention `json:"retention" doc:"how long each kind of record is kept (rulebook 9.6)"`
}

// Questionnaire is the questions of one part: of the intake, of a stage's
// assessment, or of the form that comes with the decision on one of its tasks.
type Questionnaire struct {
	Name     string              `json:"name"`
	Stage    string              `json:"stage,omitempty" doc:"the stage whose assessment it belongs to"`
	Sections []*rulebook.Section `json:"sections"`
	Forms    []*rulebook.Form    `json:"forms,omitempty" doc:"the sizes of the form"`
	Fields   []*rulebook.Field   `json:"fields"`
	Enums    []*rulebook.Enum    `json:"enums" doc:"the values that the fields allow, and those that only the assessment has"`
	// Catalogues are what the assessment chooses from and what follows from it.
	Catalogues []RuleCatalogue `json:"catalogues,omitempty" doc:"risks with their typical measures, controls, conditions"`
}

// RuleCatalogue is a list of rules that carry measures or conditions.
type RuleCatalogue struct {
	Name  string           `json:"name"`
	Rules []*rulebook.Rule `json:"rules"`
}

// RuleItem is a rule of a rulebook or of the process.
type RuleItem struct {
	ID          string     `json:"id"`
	Group       string     `json:"group"`
	When        string     `json:"when,omitempty" doc:"the condition, in CEL"`
	Value       any        `json:"value,omitempty" doc:"what the rule contributes when it holds"`
	Text        lang.Text  `json:"text"`
	PathForward *lang.Text `json:"path_forward,omitempty"`
	Owner       string     `json:"owner,omitempty"`
	Source      string     `json:"source"`
}

// groupProcess is the group of the rules that are not evaluated on facts.
const groupProcess = "process"

// BookPath names a rulebook.
type BookPath struct {
	ID string `path:"id" doc:"id of the rulebook"`
	// IfNoneMatch saves the way when nothing has changed.
	IfNoneMatch string `header:"If-None-Match"`
}

type (
	bookInput          struct{ BookPath }
	questionnaireInput struct {
		BookPath
		Name string `path:"name" doc:"name of the questionnaire"`
	}
	bookOutput[T any] struct {
		Status       int
		ETag         string `header:"ETag" doc:"digest of the rulebook"`
		CacheControl string `header:"Cache-Control"`
		Body         *T
	}
	// Whole is a list that is always given as a whole.
	Whole[T any] struct {
		Items []T `json:"items" nullable:"false"`
	}
)

func (s *server) rulebookRoutes() {
	get := func(id, path, summary string) route {
		return route{
			id: id, method: http.MethodGet, path: "/rulebooks" + path, tag: tagRulebooks, summary: summary,
			cached: true, errors: []int{http.StatusNotFound},
		}
	}
	add(s, route{
		id: "list-rulebooks", method: http.MethodGet, path: "/rulebooks", tag: tagRulebooks, summary: "The rulebooks",
		errors: []int{http.StatusUnprocessableEntity},
	}, func(ctx context.Context, in *Paged) (*pageOutput[RulebookItem], error) {
		return page(s.newList(ctx, "/rulebooks", nil, in.Paging), []RulebookItem{s.bookItem()})
	})
	add(s, get("get-rulebook", "/{id}", "What a rulebook consists of"),
		func(_ context.Context, in *bookInput) (*bookOutput[RulebookView], error) {
			return answerFrom(s, in.BookPath, s.bookView)
		})
	add(s, get("get-questionnaire", "/{id}/questionnaires/{name}", "The questions of one part"),
		func(_ context.Context, in *questionnaireInput) (*bookOutput[Questionnaire], error) {
			if !slices.Contains(s.questionnaires(), in.Name) {
				return nil, store.ErrNotFound
			}
			return answerFrom(s, in.BookPath, func() Questionnaire { return s.questionnaire(in.Name) })
		})
	add(s, get("list-rules", "/{id}/rules", "Every rule, with its source"),
		func(_ context.Context, in *bookInput) (*bookOutput[Whole[RuleItem]], error) {
			return answerFrom(s, in.BookPath, s.rules)
		})
}

// Paged is the input of a list without filters.
type Paged struct{ Paging }

// bookID is the id of the rulebook in addresses: its name and version.
func (s *server) bookID() string { return s.Book.ID + "-" + s.Book.Version }

// isBook reports whether an id names the rulebook, with or without its version.
func (s *server) isBook(id string) bool { return id == s.bookID() || id == s.Book.ID }

// answerFrom answers with a view of the rulebook, which only changes with its
// digest.
func answerFrom[T any](s *server, p BookPath, view func() T) (*bookOutput[T], error) {
	if !s.isBook(p.ID) {
		return nil, store.ErrNotFound
	}
	out := &bookOutput[T]{Status: http.StatusOK, ETag: etag(s.Book.Digest), CacheControl: "private, no-cache"}
	if strings.Contains(p.IfNoneMatch, out.ETag) {
		out.Status = http.StatusNotModified
		return out, nil
	}
	v := view()
	out.Body = &v
	return out, nil
}

func (s *server) bookItem() RulebookItem {
	return RulebookItem{s.bookID(), s.Book.ID, s.Book.Version, s.Book.Digest, s.Book.Title}
}

func (s *server) bookView() RulebookView {
	b := s.Book
	return RulebookView{
		RulebookItem: s.bookItem(), DefaultProfile: b.DefaultProfile(), Profiles: b.Profiles(), Parameters: b.Parameters(),
		LegalCalendar: b.LegalCalendar(), Stages: b.Stages(), Questionnaires: s.questionnaires(), Facts: b.FactList(),
		Enums: b.Enums(), Environment: b.Environment, Retention: b.Retention(),
	}
}

// questionnaires lists the parts that have questions, those of the intake first.
// Conditions that follow by rule have none and are listed all the same: a client
// reads their catalogue there.
func (s *server) questionnaires() []string {
	names := s.Book.Parts()
	for _, a := range s.Book.Assessments() {
		parts := a.Parts()
		if len(parts) == 0 && len(catalogues(a)) > 0 {
			parts = []string{a.ID}
		}
		names = append(names, parts...)
	}
	for _, r := range s.Book.RecordForms() {
		names = append(names, r.Parts()...)
	}
	return names
}

// bookOf gives the book that asks the questions of a questionnaire.
func (s *server) bookOf(name string) *rulebook.Book {
	stage, _, _ := strings.Cut(name, ".")
	if a, ok := s.Book.Assessment(stage); ok {
		return a
	}
	if r, ok := s.Book.RecordForm(name); ok {
		return r
	}
	return s.Book
}

func (s *server) questionnaire(name string) Questionnaire {
	b := s.bookOf(name)
	q := Questionnaire{Name: name, Sections: []*rulebook.Section{}, Fields: []*rulebook.Field{}, Enums: []*rulebook.Enum{}}
	for _, section := range b.Sections() {
		if section.Part == name {
			q.Sections = append(q.Sections, section)
		}
	}
	for _, f := range b.Fields() {
		if f.Part == name {
			q.Fields = append(q.Fields, f)
			q.addEnums(b, f)
		}
	}
	switch {
	case b != s.Book:
		if _, ok := s.Book.Assessment(b.ID); ok {
			q.Stage = b.ID
		}
		q.Catalogues = catalogues(b)
		q.addOwnEnums(b, s.Book)
	case name == rulebook.PartIntake:
		q.Forms = b.Forms()
	}
	return q
}

// catalogues are the lists of an assessment whose rules carry measures or
// conditions.
func catalogues(b *rulebook.Book) []RuleCatalogue {
	var out []RuleCatalogue
	for _, r := range b.Rules() {
		if len(r.Measures) == 0 && r.Condition == nil {
			continue
		}
		i := slices.IndexFunc(out, func(c RuleCatalogue) bool { return c.Name == r.Group })
		if i < 0 {
			i, out = len(out), append(out, RuleCatalogue{Name: r.Group})
		}
		out[i].Rules = append(out[i].Rules, r)
	}
	return out
}

// addOwnEnums adds the values that only the assessment has: its rules and their
// measures name them.
func (q *Questionnaire) addOwnEnums(b, parent *rulebook.Book) {
	for _, e := range b.Enums() {
		if _, shared := parent.Enum(e.ID); !shared && !slices.Contains(q.Enums, e) {
			q.Enums = append(q.Enums, e)
		}
	}
}

// addEnums adds the values that a field or its members allow.
func (q *Questionnaire) addEnums(b *rulebook.Book, f *rulebook.Field) {
	e, ok := b.Enum(f.Enum)
	if ok && !slices.Contains(q.Enums, e) {
		q.Enums = append(q.Enums, e)
	}
	for _, item := range f.Items {
		q.addEnums(b, item)
	}
}

func (s *server) rules() Whole[RuleItem] {
	var items []RuleItem
	for _, r := range s.Book.Rules() {
		item := RuleItem{ID: r.ID, Group: r.Group, When: r.When, Value: r.Value, Text: r.Text, Owner: r.Owner, Source: r.Source}
		if r.PathForward != (lang.Text{}) {
			item.PathForward = &r.PathForward
		}
		items = append(items, item)
	}
	for _, r := range model.ProcessRules() {
		if _, known := s.Book.Rule(r.ID); !known {
			items = append(items, RuleItem{ID: r.ID, Group: groupProcess, Text: r.Text, Source: r.Source})
		}
	}
	return Whole[RuleItem]{items}
}
