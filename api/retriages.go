package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/lang"
	"sluss/model/store"
)

const tagRetriages = "retriages"

// RetriageItem is a new triage of an approved case, made because the law or the
// guidelines changed (RA-07).
type RetriageItem struct {
	RetriageID      string               `json:"retriage_id"`
	CaseID          string               `json:"case_id"`
	RegistryNo      string               `json:"registry_no"`
	State           model.CaseState      `json:"state" doc:"of the case now"`
	StateLabel      string               `json:"state_label"`
	Reasons         []RuleNote           `json:"reasons" nullable:"false" doc:"dates of the legal calendar that came, or rulebook when it changed"`
	RulebookVersion string               `json:"rulebook_version"`
	RulebookDigest  string               `json:"rulebook_digest"`
	On              string               `json:"on" format:"date" doc:"day of the triage, in Sweden"`
	Before          TriagedBefore        `json:"before"`
	Differences     []DifferenceNote     `json:"differences" nullable:"false"`
	HardStops       []string             `json:"hard_stops" nullable:"false" doc:"all that hold now, also those that held before"`
	Blockers        []string             `json:"blockers" nullable:"false"`
	Warnings        []string             `json:"warnings" nullable:"false"`
	Proposal        model.Proposal       `json:"proposal,omitempty" enum:"suspend" doc:"what is proposed to the CISO"`
	Status          model.RetriageStatus `json:"status"`
	StatusLabel     string               `json:"status_label"`
	CreatedAt       time.Time            `json:"created_at"`
	AnsweredBy      *PersonNote          `json:"answered_by,omitempty"`
	AnsweredAs      model.Role           `json:"answered_as,omitempty"`
	AnsweredAt      *time.Time           `json:"answered_at"`
	Reason          string               `json:"reason,omitempty"`
	Stages          []model.StageKey     `json:"stages" nullable:"false" doc:"that are to be assessed again, where they were named"`
}

// TriagedBefore is the triage that a new one is compared with.
type TriagedBefore struct {
	On             string `json:"on" format:"date"`
	RulebookDigest string `json:"rulebook_digest"`
}

// DifferenceNote is one thing that a new triage sees differently.
type DifferenceNote struct {
	Kind        model.DifferenceKind `json:"kind"`
	KindLabel   string               `json:"kind_label"`
	Name        string               `json:"name,omitempty" doc:"the rule, the stage, the date of the law or the pointer of the answer"`
	NameLabel   string               `json:"name_label,omitempty"`
	Before      string               `json:"before" doc:"empty where the rule did not hold"`
	BeforeLabel string               `json:"before_label"`
	After       string               `json:"after" doc:"empty where the rule does not hold any more"`
	AfterLabel  string               `json:"after_label"`
	Rules       []RuleNote           `json:"rules" nullable:"false"`
}

// RetriageFilters are the filters of the list of new triages.
type RetriageFilters struct {
	Status   string `query:"status" enum:"open,unchanged,accepted,dismissed"`
	Case     string `query:"case" maxLength:"64" doc:"id of a case"`
	Rule     string `query:"rule" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"a rule behind a difference, or a key of the legal calendar"`
	Proposal string `query:"proposal" enum:"suspend"`
}

// acceptanceBody lets a new triage lead to a reassessment.
type acceptanceBody struct {
	Reason string           `json:"reason" validate:"required,max=4000"`
	Stages []model.StageKey `json:"stages,omitempty" validate:"max=20,unique,dive,max=64,code" doc:"further stages to be assessed again, beside those that the changed triage opens"`
}

// Resolve checks the body.
func (b *acceptanceBody) Resolve(huma.Context, *huma.PathBuffer) []error {
	errs := check(b)
	for _, key := range b.Stages {
		if _, known := model.Stage(key); !known {
			return append(errs, fault{"/stages", "oneof", rule("oneof")(joined(stageKeys()))})
		}
	}
	return errs
}

type (
	retriagesInput struct {
		RetriageFilters
		Paging
	}
	acceptanceInput struct {
		RetriageID string `path:"retriage_id" doc:"id of the new triage"`
		Keyed
		Body acceptanceBody
	}
	dismissalInput struct {
		RetriageID string `path:"retriage_id" doc:"id of the new triage"`
		Keyed
		Body reasonBody
	}
	retriageOutput struct{ Body RetriageItem }
)

func (s *server) retriageRoutes() {
	const one = "/retriages/{retriage_id}"
	add(s, route{
		id: "list-retriages", method: http.MethodGet, path: "/retriages", tag: tagRetriages,
		summary: "What changes of the law or the guidelines mean for approved cases, the newest first (RA-07)",
		errors:  []int{http.StatusUnprocessableEntity},
	}, s.listRetriages)
	add(s, route{
		id: "accept-retriage", method: http.MethodPost, path: one + "/acceptance", tag: tagRetriages, keyed: true,
		summary: "Let the differences lead to a reassessment (RA-07, T-25)", errors: []int{http.StatusNotFound},
	}, s.acceptRetriage)
	add(s, route{
		id: "dismiss-retriage", method: http.MethodPost, path: one + "/dismissal", tag: tagRetriages, keyed: true,
		summary: "Note that nothing follows from the differences (RA-07)", errors: []int{http.StatusNotFound},
	}, s.dismissRetriage)
}

func (s *server) listRetriages(ctx context.Context, in *retriagesInput) (*pageOutput[RetriageItem], error) {
	a := authn.Actor(ctx)
	l := s.newList(ctx, "/retriages", in.RetriageFilters.values(), in.Paging)
	f := store.RetriageFilter{
		CaseID: in.Case, Status: model.RetriageStatus(in.Status), Rule: in.Rule, Proposal: model.Proposal(in.Proposal),
		Offset: int64(in.Offset), Limit: int64(in.Limit) + 1,
	}
	return keyset[store.Retriage, store.RetriageCursor, RetriageItem]{
		find: func(after *store.RetriageCursor) ([]store.Retriage, error) {
			f.After = after
			return s.Act.Retriages(ctx, a, f)
		},
		place: func(r store.Retriage) store.RetriageCursor {
			return store.RetriageCursor{CreatedAt: r.CreatedAt, ID: r.ID}
		},
		items: func(found []store.Retriage) ([]RetriageItem, error) { return s.retriageItems(ctx, found) },
		count: func(upTo int64) (int, error) {
			f.After = nil
			return s.Act.CountRetriages(ctx, a, f, upTo)
		},
	}.page(l)
}

// values are the filters in use, by name.
func (f RetriageFilters) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"status": f.Status, "case": f.Case, "rule": f.Rule, "proposal": f.Proposal} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (s *server) acceptRetriage(ctx context.Context, in *acceptanceInput) (*retriageOutput, error) {
	id, err := knownID(in.RetriageID)
	if err != nil {
		return nil, err
	}
	r, err := s.Act.AcceptRetriage(ctx, s.request(ctx, "/retriages/"+id+"/acceptance", in.Keyed, in.Body), id,
		act.RetriageAnswer{Reason: in.Body.Reason, Stages: in.Body.Stages})
	return s.retriageAnswered(ctx, r, err)
}

func (s *server) dismissRetriage(ctx context.Context, in *dismissalInput) (*retriageOutput, error) {
	id, err := knownID(in.RetriageID)
	if err != nil {
		return nil, err
	}
	r, err := s.Act.DismissRetriage(ctx, s.request(ctx, "/retriages/"+id+"/dismissal", in.Keyed, in.Body), id,
		act.RetriageAnswer{Reason: in.Body.Reason})
	return s.retriageAnswered(ctx, r, err)
}

func (s *server) retriageAnswered(ctx context.Context, r store.Retriage, err error) (*retriageOutput, error) {
	if err != nil {
		return nil, err
	}
	items, err := s.retriageItems(ctx, []store.Retriage{r})
	if err != nil {
		return nil, err
	}
	return &retriageOutput{items[0]}, nil
}

func (s *server) retriageItems(ctx context.Context, found []store.Retriage) ([]RetriageItem, error) {
	ids := []string{}
	for _, r := range found {
		if r.AnsweredBy != "" && !slices.Contains(ids, r.AnsweredBy) {
			ids = append(ids, r.AnsweredBy)
		}
	}
	names, err := s.Store.Names(ctx, authn.Actor(ctx).OrgID, ids)
	if err != nil {
		return nil, err
	}
	items := make([]RetriageItem, len(found))
	for i, r := range found {
		if items[i], err = s.retriageItem(ctx, r); err != nil {
			return nil, err
		}
		items[i].AnsweredBy = named(names, r.AnsweredBy)
	}
	return items, nil
}

func (s *server) retriageItem(ctx context.Context, r store.Retriage) (RetriageItem, error) {
	l := languageOf(ctx)
	standing, err := act.Standing(r)
	item := RetriageItem{
		RetriageID: r.ID, CaseID: r.CaseID, RegistryNo: r.RegistryNo, State: r.State, StateLabel: stateWords[r.State].In(l),
		Reasons: s.lawNotes(ctx, r.Reasons), RulebookVersion: r.RulebookVersion, RulebookDigest: r.RulebookDigest, On: r.On,
		Before: TriagedBefore{r.Before.On, r.Before.RulebookDigest}, Differences: make([]DifferenceNote, len(r.Differences)),
		HardStops: orEmpty(standing.Result.HardStops), Blockers: orEmpty(standing.Result.Blockers), Warnings: []string{},
		Proposal: r.Proposal, Status: r.Status, StatusLabel: r.Status.Label().In(l), CreatedAt: r.CreatedAt,
		AnsweredAs: r.AnsweredAs, AnsweredAt: when(r.AnsweredAt), Reason: r.Reason, Stages: orEmpty(r.Stages),
	}
	for _, w := range standing.Warnings {
		item.Warnings = append(item.Warnings, w.ID)
	}
	for i, d := range r.Differences {
		item.Differences[i] = s.differenceNote(ctx, d)
	}
	return item, err
}

func (s *server) differenceNote(ctx context.Context, d model.Difference) DifferenceNote {
	l := languageOf(ctx)
	n := DifferenceNote{
		Kind: d.Kind, KindLabel: d.Kind.Label().In(l), Name: d.Name, Before: d.Before, After: d.After,
		BeforeLabel: assess.ValueLabel(s.book(ctx), d.Kind, d.Before).In(l), AfterLabel: assess.ValueLabel(s.book(ctx), d.Kind, d.After).In(l),
		Rules: s.lawNotes(ctx, d.Rules),
	}
	switch d.Kind {
	case model.DiffersStage:
		n.NameLabel = s.stageLabel(model.StageKey(d.Name), l)
	case model.DiffersUnread:
	default:
		if d.Name != "" {
			n.NameLabel = s.lawNotes(ctx, []string{d.Name})[0].Text
		}
	}
	return n
}

// textRulebook is what a changed rulebook is called among the reasons.
var textRulebook = lang.Text{SV: "Regelverket har ändrats", EN: "The rulebook has changed"}

// lawNotes gives rules and dates of the law with their words.
func (s *server) lawNotes(ctx context.Context, ids []string) []RuleNote {
	notes := ruleNotes(ctx, ids)
	for i, id := range ids {
		if d, ok := s.book(ctx).LegalDate(id); ok {
			notes[i] = RuleNote{ID: id, Text: d.Text.In(languageOf(ctx)), Source: d.Source}
		}
		if id == model.RetriageForRulebook {
			notes[i] = RuleNote{ID: id, Text: textRulebook.In(languageOf(ctx)), Source: "SOD-07"}
		}
	}
	return notes
}
