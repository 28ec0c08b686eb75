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
		id: "list-rulebooks", method: http.MethodGet, path: "/rulebooks", tag: tagRulebooks,
		summary: "The versions of the rulebook, the one in force first of those that are published",
		errors:  []int{http.StatusUnprocessableEntity},
	}, s.listRulebooks)
	add(s, get("get-rulebook", "/{id}", "What a rulebook consists of"),
		func(ctx context.Context, in *bookInput) (*bookOutput[RulebookView], error) {
			return answerFrom(ctx, s, in.BookPath, bookView)
		})
	add(s, get("get-questionnaire", "/{id}/questionnaires/{name}", "The questions of one part"),
		func(ctx context.Context, in *questionnaireInput) (*bookOutput[Questionnaire], error) {
			_, b, err := s.version(ctx, in.ID)
			if err == nil && !slices.Contains(questionnaires(b), in.Name) {
				err = store.ErrNotFound
			}
			if err != nil {
				return nil, err
			}
			return answerFrom(ctx, s, in.BookPath, func(b *rulebook.Book) Questionnaire { return questionnaireOf(b, in.Name) })
		})
	add(s, get("list-rules", "/{id}/rules", "Every rule, with its source"),
		func(ctx context.Context, in *bookInput) (*bookOutput[Whole[RuleItem]], error) {
			return answerFrom(ctx, s, in.BookPath, rulesOf)
		})
	s.publicationRoutes()
}

// Paged is the input of a list without filters.
type Paged struct{ Paging }

// answerFrom answers with a view of a rulebook, which only changes with its digest.
func answerFrom[T any](ctx context.Context, s *server, p BookPath, view func(*rulebook.Book) T) (*bookOutput[T], error) {
	_, b, err := s.version(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out := &bookOutput[T]{Status: http.StatusOK, ETag: etag(b.Digest), CacheControl: "private, no-cache"}
	if strings.Contains(p.IfNoneMatch, out.ETag) {
		out.Status = http.StatusNotModified
		return out, nil
	}
	v := view(b)
	out.Body = &v
	return out, nil
}

// addressOfBook is the id of a version of a rulebook in addresses: its name and version.
func addressOfBook(name, version string) string { return name + "-" + version }

func bookItem(b *rulebook.Book) RulebookItem {
	return RulebookItem{addressOfBook(b.ID, b.Version), b.ID, b.Version, b.Digest, b.Title}
}

func bookView(b *rulebook.Book) RulebookView {
	return RulebookView{
		RulebookItem: bookItem(b), DefaultProfile: b.DefaultProfile(), Profiles: b.Profiles(), Parameters: b.Parameters(),
		LegalCalendar: b.LegalCalendar(), Stages: b.Stages(), Questionnaires: questionnaires(b), Facts: b.FactList(),
		Enums: b.Enums(), Environment: b.Environment, Retention: b.Retention(),
	}
}

// questionnaires lists the parts that have questions, those of the intake first.
// Conditions that follow by rule have none and are listed all the same: a client
// reads their catalogue there.
func questionnaires(b *rulebook.Book) []string {
	names := b.Parts()
	for _, a := range b.Assessments() {
		parts := a.Parts()
		if len(parts) == 0 && len(catalogues(a)) > 0 {
			parts = []string{a.ID}
		}
		names = append(names, parts...)
	}
	for _, r := range b.RecordForms() {
		names = append(names, r.Parts()...)
	}
	return names
}

// bookOf gives the book, of a stage or a record, that asks the questions of
// a questionnaire.
func bookOf(book *rulebook.Book, name string) *rulebook.Book {
	stage, _, _ := strings.Cut(name, ".")
	if a, ok := book.Assessment(stage); ok {
		return a
	}
	if r, ok := book.RecordForm(name); ok {
		return r
	}
	return book
}

func questionnaireOf(book *rulebook.Book, name string) Questionnaire {
	b := bookOf(book, name)
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
	case b != book:
		if _, ok := book.Assessment(b.ID); ok {
			q.Stage = b.ID
		}
		q.Catalogues = catalogues(b)
		q.addOwnEnums(b, book)
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

func rulesOf(b *rulebook.Book) Whole[RuleItem] {
	var items []RuleItem
	for _, r := range b.Rules() {
		item := RuleItem{ID: r.ID, Group: r.Group, When: r.When, Value: r.Value, Text: r.Text, Owner: r.Owner, Source: r.Source}
		if r.PathForward != (lang.Text{}) {
			item.PathForward = &r.PathForward
		}
		items = append(items, item)
	}
	for _, r := range model.ProcessRules() {
		if _, known := b.Rule(r.ID); !known {
			items = append(items, RuleItem{ID: r.ID, Group: groupProcess, Text: r.Text, Source: r.Source})
		}
	}
	return Whole[RuleItem]{items}
}
