package assess

import (
	"maps"
	"slices"
	"strings"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// The answers to an item of the CISO's check list.
const (
	itemYes           = "yes"
	itemNo            = "no"
	itemPartly        = "partly"
	itemNotApplicable = "not_applicable"
)

// CheckItem is an item of the CISO's check list with what is made of it
// (rulebook 8).
type CheckItem struct {
	ID    string    `json:"id"`
	Block string    `json:"block"`
	Text  lang.Text `json:"text"`
	// Must says that an approval needs it in this case; otherwise it is a should.
	Must bool `json:"must"`
	// Asked says that this review has to answer it, Inherited that the review of
	// the same tool has answered it (INH-01).
	Asked     bool   `json:"asked"`
	Inherited bool   `json:"inherited,omitempty"`
	Answer    string `json:"answer,omitempty"`
}

// CISOJudgement is what the CISO sees of the check list.
type CISOJudgement struct {
	Requirement string      `json:"requirement"`
	Items       []CheckItem `json:"items"`
	// Unanswered counts the items that are asked and have no answer.
	Unanswered int `json:"unanswered"`
	// MustNo and MustPartly are the musts that are not met, or only partly.
	MustNo     []string `json:"must_no"`
	MustPartly []string `json:"must_partly"`
}

// ciso judges the CISO's review (S5; rulebook 8). A return or a rejection does
// not need the check list: its problems stand in the way of an approval only.
func ciso(a Assessed) (Judgement, error) {
	stage := string(model.StageCISO)
	list, err := readChecklist(a, stage)
	if err != nil {
		return Judgement{}, err
	}
	// What was counted is read by the rules as facts.
	a.Process = maps.Clone(a.Process)
	if a.Process == nil {
		a.Process = map[string]any{}
	}
	for fact, ids := range list.counts {
		a.Process[fact] = len(ids)
	}
	book, e, err := a.open(stage)
	if err != nil {
		return Judgement{}, err
	}
	problems, err := a.problems(stage, stage)
	if err != nil {
		return Judgement{}, err
	}
	problems = slices.DeleteFunc(problems, func(p rulebook.Problem) bool { return p.Missing && list.has(p.Pointer) })
	approve, limited := string(model.OutcomeApprove), string(model.OutcomeApproveWithConditions)
	found := allFired(e, "item_problems", "must_rules", "scope_refused", "sign_off_refused")
	for i, r := range found {
		if fact, ok := countedBy[r.ID]; ok {
			items := strings.Join(list.counts[fact], ", ") + ": "
			found[i].Text = lang.Text{SV: items + r.Text.SV, EN: items + r.Text.EN}
		}
	}
	return Judgement{
		Problems: append(problems, list.problems(e)...),
		Hindrances: slices.Concat(
			list.hindrances(e),
			refusals(book, e, "scope_refused", taskDecision, approve, limited),
			refusals(book, e, "sign_off_refused", taskDecision, approve, limited),
		),
		Rules: found,
		Result: CISOJudgement{
			Requirement: e.String("requirement"),
			Items:       list.items,
			Unanswered:  len(list.counts[countUnanswered]),
			MustNo:      list.counts[countMustNo],
			MustPartly:  list.counts[countMustPartly],
		},
	}, e.Err()
}

// The facts that hold what was counted.
const (
	countUnanswered = "items_unanswered"
	countEvidence   = "items_without_evidence"
	countNote       = "items_without_note"
	countLeftOut    = "items_wrongly_left_out"
	countMustNo     = "must_no"
	countMustPartly = "must_partly"
	countPartlyOpen = "must_partly_open"
)

// countedBy are the facts that the rules on single items read.
var countedBy = map[string]string{
	"CI-01": countUnanswered, "CI-02": countEvidence, "CI-03": countNote, "CI-04": countLeftOut,
	"CI-05": countMustNo, "CI-06": countMustPartly, "CI-07": countPartlyOpen,
}

// checklist is the check list as it is answered.
type checklist struct {
	items  []CheckItem
	fields map[string]*rulebook.Field
	// counts are the items with something to say about, by the fact that the
	// rules read. No list is nil.
	counts map[string][]string
}

// readChecklist reads the answers to the items and counts them.
func readChecklist(a Assessed, stage string) (checklist, error) {
	book, e, err := a.open(stage)
	if err != nil {
		return checklist{}, err
	}
	list := checklist{fields: map[string]*rulebook.Field{}, counts: map[string][]string{
		countUnanswered: {}, countEvidence: {}, countNote: {}, countLeftOut: {},
		countMustNo: {}, countMustPartly: {}, countPartlyOpen: {},
	}}
	answers, _ := a.normalise(book, stage)
	inherited, covered, applies := e.Words("inherited"), e.Words("conditions_for"), e.Words("must_apply")
	for _, f := range book.Fields() {
		if !isItem(f) {
			continue
		}
		given, _ := answers[f.ID].(map[string]any)
		item := CheckItem{ID: f.ID, Block: f.Section, Text: f.Text, Must: e.Must(f), Answer: written(given["answer"])}
		item.Inherited = slices.Contains(inherited, f.ID) && inheritable(book, f.Section)
		item.Asked = e.AskedFor(f) && !item.Inherited
		list.items, list.fields[f.ID] = append(list.items, item), f
		list.count(item, given, slices.Contains(covered, f.ID), slices.Contains(applies, f.ID))
	}
	return list, e.Err()
}

// isItem reports whether a field is an item of the check list.
func isItem(f *rulebook.Field) bool {
	return slices.ContainsFunc(f.Items, func(m *rulebook.Field) bool { return m.ID == "answer" })
}

// inheritable reports whether the answers of a block are handed on by the
// review of the same tool.
func inheritable(book *rulebook.Book, block string) bool {
	blocks, ok := book.Enum("ciso_inherited_block")
	return ok && blocks.Has(block)
}

// count notes what there is to say about an item. covered says that a
// before-use condition refers to it, applies that it cannot be left out.
func (l *checklist) count(item CheckItem, given map[string]any, covered, applies bool) {
	note := func(fact string, when bool) {
		if when {
			l.counts[fact] = append(l.counts[fact], item.ID)
		}
	}
	answer := item.Answer
	note(countUnanswered, item.Asked && answer == "")
	note(countEvidence, item.Must && answer == itemYes && written(given["evidence"]) == "")
	note(countNote, answer != "" && answer != itemYes && written(given["note"]) == "")
	note(countLeftOut, applies && answer == itemNotApplicable)
	note(countMustNo, item.Must && answer == itemNo)
	note(countMustPartly, item.Must && answer == itemPartly)
	note(countPartlyOpen, item.Must && answer == itemPartly && !covered)
}

// has reports whether a pointer leads to an item.
func (l *checklist) has(pointer string) bool {
	id, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	return l.fields[id] != nil
}

// problems says which items are not rightly answered.
func (l *checklist) problems(e *rulebook.Evaluation) []rulebook.Problem {
	var out []rulebook.Problem
	for _, r := range e.All("item_problems") {
		fact, member := countedBy[r.ID], "/answer"
		switch fact {
		case countEvidence:
			member = "/evidence"
		case countNote:
			member = "/note"
		}
		for _, id := range l.counts[fact] {
			out = append(out, rulebook.Problem{Pointer: l.fields[id].Pointer() + member, Code: r.Code,
				Text: l.named(id, r.Text), Source: r.Source, Missing: fact != countLeftOut})
		}
	}
	slices.SortStableFunc(out, func(p, q rulebook.Problem) int { return strings.Compare(p.Pointer, q.Pointer) })
	return out
}

// hindrances says which musts refuse an approval (rulebook 8.1). The rule that
// is named is the item.
func (l *checklist) hindrances(e *rulebook.Evaluation) []Hindrance {
	approve, limited := string(model.OutcomeApprove), string(model.OutcomeApproveWithConditions)
	var out []Hindrance
	for _, r := range e.All("must_rules") {
		outcomes := map[string][]string{"CI-05": {approve, limited}, "CI-06": {approve}, "CI-07": {limited}}[r.ID]
		for _, id := range l.counts[countedBy[r.ID]] {
			f := l.fields[id]
			out = append(out, Hindrance{Task: taskDecision, Outcomes: outcomes, Rule: id,
				Pointer: f.Pointer() + "/answer", Text: l.named(id, r.Text), Source: f.Source + "; " + r.Source})
		}
	}
	return out
}

// named puts an item before what is said of it.
func (l *checklist) named(id string, t lang.Text) lang.Text {
	f := l.fields[id]
	return lang.Text{SV: id + " " + f.Text.SV + ". " + t.SV, EN: id + " " + f.Text.EN + ". " + t.EN}
}
