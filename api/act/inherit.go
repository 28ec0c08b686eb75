package act

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// fieldParentEntry is the answer that names the register entry of a tool whose
// review the case inherits (INH-01).
const fieldParentEntry = "based_on_register_entry"

// sectionProvider is the section of the intake about provider and agreement,
// which an inheriting case takes over whole.
const sectionProvider = "C"

// parentOf returns the register entry that the answers refer to, and nil when
// they refer to none that there is.
func (s *Service) parentOf(ctx context.Context, orgID string, answers map[string]any) (*store.RegisterRecord, error) {
	id := textIn(answers, fieldParentEntry)
	if id == "" {
		return nil, nil
	}
	entry, err := s.store.RegisterEntry(ctx, orgID, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &entry, err
}

// parentFacts are what the rules read of the entry (V-20).
func parentFacts(p *store.RegisterRecord, answers map[string]any) map[string]any {
	e := p.Entry
	status := e.Status
	if status == model.RegisterEnded {
		status = model.RegisterExpired
	}
	return map[string]any{
		"status": string(status), "reviewed_on": e.DecisionDate, "approved_max_ipl": e.ApprovedMaxIPL,
		"same_product": strings.EqualFold(e.Product, textIn(answers, "product_name")) &&
			strings.EqualFold(e.Supplier, textIn(answers, "provider_name")),
	}
}

// parentIntake are the answers of the case behind the entry.
func (s *Service) parentIntake(ctx context.Context, p *store.RegisterRecord) (map[string]any, error) {
	if p == nil || p.Entry.CaseID == "" {
		return nil, nil
	}
	c, err := s.caseOf(ctx, p.OrgID, p.Entry.CaseID)
	if err != nil {
		return nil, err
	}
	part, err := s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, c.Revision)
	if err != nil {
		return nil, err
	}
	return rulebook.ReadAnswers(part.Answers)
}

// inherit fills in what the case takes over of the reviewed tool. Those answers
// are locked: one that is no longer true is corrected in the parent entry, which
// reaches all its children (RA-04).
func (s *Service) inherit(ctx context.Context, orgID string, answers map[string]any) ([]rulebook.Problem, error) {
	parent, err := s.parentOf(ctx, orgID, answers)
	if err != nil {
		return nil, err
	}
	from, err := s.parentIntake(ctx, parent)
	if err != nil || from == nil {
		return nil, err
	}
	var locked []rulebook.Problem
	for _, f := range s.books.of(orgID).Fields() {
		if f.Section != sectionProvider || f.System {
			continue
		}
		given, answered := answers[f.ID]
		switch {
		case from[f.ID] == nil:
		case !answered || given == nil:
			answers[f.ID] = from[f.ID]
		case !sameAnswer(given, from[f.ID]):
			locked = append(locked, lockedFault(f))
		}
	}
	return locked, nil
}

// sameAnswer compares two answers as JSON shows them.
func sameAnswer(a, b any) bool {
	plain := func(v any) any {
		text, err := json.Marshal(v)
		if err != nil {
			return v
		}
		var out any
		_ = json.Unmarshal(text, &out) // was written just now
		return out
	}
	return reflect.DeepEqual(plain(a), plain(b))
}

func lockedFault(f *rulebook.Field) rulebook.Problem {
	return rulebook.Problem{Pointer: f.Pointer(), Code: "INH-01", Source: "INH-01", Text: lang.Text{
		SV: "Svaret ärvs från det granskade verktyget. Rätta det där, eller ta bort hänvisningen till registerposten.",
		EN: "The answer is inherited from the reviewed tool. Correct it there, or remove the reference to the register entry.",
	}}
}

// inheritsReview reports whether the light security review is replaced by the one
// of the reviewed tool (INH-01). A submission that refers to an entry which does
// not hold has been refused before (V-20).
func inheritsReview(key model.StageKey, requirement string, answers map[string]any) bool {
	return key == model.StageCISO && requirement == string(model.Light) && textIn(answers, fieldParentEntry) != ""
}

// inheritedItems are the answers of the CISO who reviewed the tool, by item of
// the check list. Which of them count is the rules' to say.
func (s *Service) inheritedItems(ctx context.Context, orgID string, answers map[string]any) (map[string]any, error) {
	parent, err := s.parentOf(ctx, orgID, answers)
	if err != nil || parent == nil || parent.Entry.CaseID == "" {
		return nil, err
	}
	decisions, err := s.store.Decisions(ctx, orgID, parent.Entry.CaseID)
	if err != nil {
		return nil, err
	}
	items := map[string]any{}
	for _, d := range decisions {
		if d.Stage != model.StageCISO || !passing(d.Outcome) {
			continue
		}
		given, err := rulebook.ReadAnswers(d.Answers)
		if err != nil {
			return nil, err
		}
		for id, v := range given {
			if row, ok := v.(map[string]any); ok && row["answer"] != nil {
				items[id] = v
			}
		}
	}
	return items, nil
}

// inheritReview adds the inherited answers to those of the CISO: they are locked,
// so that what the CISO may have written in their place does not count.
func (s *Service) inheritReview(ctx context.Context, c store.Case, in *assess.Assessed) error {
	items, err := s.inheritedItems(ctx, c.OrgID, in.Intake)
	if err != nil || len(items) == 0 {
		return err
	}
	book, ok := s.bookOf(c).Assessment(string(model.StageCISO))
	if !ok {
		return nil
	}
	blocks, _ := book.Enum("ciso_inherited_block")
	ids := []string{}
	for _, f := range book.Fields() {
		if v, answered := items[f.ID]; answered && blocks != nil && blocks.Has(f.Section) {
			ids = append(ids, f.ID)
			in.Answers[f.ID] = v
		}
	}
	in.Process["inherited"] = ids
	return nil
}
