package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"sluss/api"
	"sluss/api/act"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// casePage is a case as a person sees it.
type casePage struct {
	api.CaseStatus
	// Locks are the stages that the case has to pass, in their order.
	Locks []lock
	// Waiting are the open tasks, the earliest due first.
	Waiting    []api.TaskItem
	Decisions  []api.DecisionItem
	Conditions []api.ConditionItem
	Blocking   []api.RuleItem
	// TierWords and ClassWords are what the tier and the class under the AI Act are
	// called.
	TierWords, ClassWords string
	// MayWrite is true for who may change the description.
	MayWrite bool
}

// lock is a stage in the canal.
type lock struct {
	api.StageNote
	// Words say how far the stage has come, Asked how much of it is asked for.
	Words, Asked string
}

// stageWords say how far a stage has come, in words that cannot be taken for the
// end of the case.
var stageWords = map[model.StageStatus]lang.Text{
	model.StageWaiting:  {SV: "Inte påbörjat", EN: "Not started"},
	model.StageOpen:     {SV: "Pågår", EN: "Under way"},
	model.StageReturned: {SV: "Återlämnat", EN: "Returned"},
	model.StageDone:     {SV: "Klart", EN: "Done"},
}

// all reads all of a list that belongs to a case.
func all[T any](v *visit, path string) ([]T, error) {
	var out []T
	q := url.Values{"limit": {"100"}}
	for {
		var l list[T]
		if err := v.get(path, q, &l); err != nil {
			return nil, err
		}
		out = append(out, l.Items...)
		if l.Next == "" || len(out) >= maxShown {
			return out, nil
		}
		q.Set("cursor", l.Next)
	}
}

// maxShown is about how many rows a page shows of what belongs to one case.
const maxShown = 1000

func (s *site) caseView(v *visit) error {
	path := "/cases/" + url.PathEscape(v.r.PathValue("id"))
	var p casePage
	if err := v.getCase(v.r.PathValue("id"), &p.CaseStatus); err != nil {
		return err
	}
	var err error
	if p.Decisions, err = all[api.DecisionItem](v, path+"/decisions"); err != nil {
		return err
	}
	if p.Conditions, err = all[api.ConditionItem](v, path+"/conditions"); err != nil {
		return err
	}
	if p.Waiting, err = all[api.TaskItem](v, path+"/tasks"); err != nil {
		return err
	}
	p.Waiting = slices.DeleteFunc(p.Waiting, func(t api.TaskItem) bool { return t.Status != model.TaskOpen })
	s.describe(v, &p)
	p.MayWrite = slices.ContainsFunc(p.Allowed, func(a api.AllowedAct) bool { return a.Act == act.MayEdit })
	return v.show(http.StatusOK, "case", view{Title: p.Title, Page: p})
}

// describe gives the codes of a case their words.
func (s *site) describe(v *visit, p *casePage) {
	word := func(enum, value string) string { return v.book.Label(enum, value).In(v.lang) }
	if p.Tier != "" {
		p.TierWords = word("tier", string(p.Tier))
	}
	if p.AIActClass != "" {
		p.ClassWords = word("ai_act_class", p.AIActClass)
	}
	for _, st := range p.Stages {
		if st.Status != model.StageNotRequired {
			p.Locks = append(p.Locks, lock{st, stageWords[st.Status].In(v.lang), word("requirement", string(st.Requirement))})
		}
	}
	slices.Reverse(p.Decisions)
	for _, id := range slices.Concat(p.HardStops, p.Blockers) {
		if rule, ok := v.book.Rule(id); ok {
			p.Blocking = append(p.Blocking, api.RuleItem{ID: id, Text: rule.Text, PathForward: &rule.PathForward, Source: rule.Source})
		} else {
			p.Blocking = append(p.Blocking, api.RuleItem{ID: id})
		}
	}
}

// textPage is a text that was handed to the reviewers.
type textPage struct {
	api.RevisionText
	CaseID   string
	Case     string
	Sections []section
}

// revision shows what was sent in.
func (s *site) revision(v *visit) error {
	id, n := v.r.PathValue("id"), v.r.PathValue("revision")
	if _, err := strconv.Atoi(n); err != nil {
		return errNoPage
	}
	p := textPage{CaseID: id}
	if err := v.get("/cases/"+url.PathEscape(id)+"/revisions/"+n, nil, &p.RevisionText); err != nil {
		return err
	}
	answers, err := object(p.Answers)
	if err != nil {
		return err
	}
	p.Case = written(answers["title"])
	if p.Sections, err = s.sections(v, v.book, rulebook.PartIntake, answers); err != nil {
		return err
	}
	return v.show(http.StatusOK, "revision", view{Title: p.Case, Page: p})
}

// sections is a text in words, with the names of the people and units that it
// mentions.
func (s *site) sections(v *visit, book *rulebook.Book, part string, answers map[string]any) ([]section, error) {
	var ids []string
	for _, f := range book.Fields() {
		if id, ok := at(answers, f.ID).(string); ok && f.Type == "ref" {
			ids = append(ids, id)
		}
	}
	names, err := s.Store.Names(v.r.Context(), v.person.OrgID, ids)
	if err != nil {
		return nil, err
	}
	units, err := all[api.UnitItem](v, "/units")
	for _, u := range units {
		names[u.ID] = u.Name
	}
	return reader{book, v.lang, names}.text(part, answers), err
}

// object reads answers.
func object(text json.RawMessage) (map[string]any, error) {
	var out map[string]any
	if len(text) == 0 {
		return out, nil
	}
	err := json.Unmarshal(text, &out)
	return out, err
}
