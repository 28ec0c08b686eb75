package web

import (
	"net/http"
	"net/url"
	"slices"

	"sluss/api"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// casePage is a case as a person sees it.
type casePage struct {
	caseHead
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
	// JustSent is true on the page that follows when somebody has sent a text in.
	JustSent bool
	// MayWrite is true for who may change the description.
	MayWrite bool
	// Mine are the tasks that wait for the person, Remarks those that nobody has answered.
	Mine    []api.TaskItem
	Remarks list[api.RemarkItem]
	// Returned is why the case has been returned, nil where it is not.
	Returned *api.DecisionItem
	// Latest is the description that holds, nil before the first.
	Latest *api.RevisionItem
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
func all[T any](v *visit, path string) ([]T, error) { return allOf[T](v, path, url.Values{}) }

// allOf is all of a list that has filters.
func allOf[T any](v *visit, path string, q url.Values) ([]T, error) {
	var out []T
	q.Set("limit", "100")
	for {
		var l api.Page[T]
		if err := v.get(path, q, &l); err != nil {
			return nil, err
		}
		out = append(out, l.Items...)
		if l.NextCursor == "" || len(out) >= maxShown {
			return out, nil
		}
		q.Set("cursor", l.NextCursor)
	}
}

// maxShown is about how many rows a page shows of what belongs to one case.
const maxShown = 1000

func (s *site) caseView(v *visit) error {
	path := "/cases/" + url.PathEscape(v.r.PathValue("id"))
	var p casePage
	var err error
	if p.caseHead, err = v.caseHead(""); err != nil {
		return err
	}
	p.JustSent = v.r.URL.Query().Has("sent")
	if p.Decisions, err = all[api.DecisionItem](v, path+"/decisions"); err != nil {
		return err
	}
	p.Returned = returned(p.CaseStatus, p.Decisions)
	if p.Conditions, err = all[api.ConditionItem](v, path+"/conditions"); err != nil {
		return err
	}
	if p.Waiting, err = all[api.TaskItem](v, path+"/tasks"); err != nil {
		return err
	}
	p.Waiting = slices.DeleteFunc(p.Waiting, func(t api.TaskItem) bool { return t.Status != model.TaskOpen })
	for _, t := range p.Waiting {
		if t.Assignee != nil && t.Assignee.ID == v.person.ID {
			p.Mine = append(p.Mine, t)
		}
	}
	if err := v.get(path+"/remarks", url.Values{"status": {string(model.RemarkOpen)}, "limit": {"1"}, "include_total": {"true"}}, &p.Remarks.Page); err != nil {
		return err
	}
	if p.Revision > 0 {
		var l api.Page[api.RevisionItem]
		if err := v.get(path+"/revisions", url.Values{"limit": {"1"}}, &l); err != nil {
			return err
		}
		if len(l.Items) > 0 {
			p.Latest = &l.Items[0]
		}
	}
	s.describe(v, &p)
	p.MayWrite = p.mayWrite()
	return v.show(http.StatusOK, "case", view{Section: "cases", Title: p.Title, Page: p})
}

// returned is the latest decision that sent the case back, as long as it has not been
// handed in again.
func returned(c api.CaseStatus, decisions []api.DecisionItem) *api.DecisionItem {
	if c.State != model.Returned {
		return nil
	}
	var latest *api.DecisionItem
	for _, d := range decisions {
		if d.Outcome == model.OutcomeReturn {
			latest = &d
		}
	}
	return latest
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

// sections is a text in words, with the names of the people and units that it
// mentions.
func (s *site) sections(v *visit, book *rulebook.Book, part string, answers map[string]any) ([]section, error) {
	names, err := s.namesIn(v, book, answers)
	return reader{book, v.lang, names}.text(part, answers), err
}

// namesIn are the names of the people and units that texts mention, by id.
func (s *site) namesIn(v *visit, book *rulebook.Book, texts ...map[string]any) (map[string]string, error) {
	var ids []string
	for _, f := range book.Fields() {
		if f.Type != "ref" {
			continue
		}
		for _, answers := range texts {
			if id, ok := at(answers, f.ID).(string); ok {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	names, err := s.Store.Names(v.r.Context(), v.person.OrgID, ids)
	if err != nil || len(names) == len(ids) {
		return names, err
	}
	units, err := v.units()
	for _, u := range units {
		names[u.ID] = u.Name
	}
	return names, err
}
