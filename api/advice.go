package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/store"
)

// StandingAdvice is advice that the DPO gives once for a described class of cases
// (AD-03).
type StandingAdvice struct {
	AdviceID    string        `json:"advice_id"`
	Title       string        `json:"title"`
	Text        string        `json:"text"`
	Value       model.Outcome `json:"value"`
	Scope       AdviceScope   `json:"scope"`
	ValidUntil  string        `json:"valid_until" format:"date"`
	GivenBy     *PersonNote   `json:"given_by,omitempty"`
	GivenAt     time.Time     `json:"given_at"`
	WithdrawnAt *time.Time    `json:"withdrawn_at"`
}

// AdviceScope describes the class of cases that standing advice covers.
type AdviceScope struct {
	PersonalData []string `json:"personal_data" validate:"min=1,max=4,dive,oneof=account_only incidental" doc:"how much personal data the cases may have"`
	MaxIPL       int      `json:"max_ipl" validate:"min=0,max=3" doc:"highest information protection level"`
	Supplier     string   `json:"supplier,omitempty" validate:"max=200" doc:"only this supplier; any when left out"`
	Groups       []string `json:"data_subject_groups" validate:"max=20,dive,max=64,code" doc:"the only data subjects that the cases may have"`
}

type (
	adviceBody struct {
		Title      string        `json:"title" validate:"required,max=200"`
		Text       string        `json:"text" validate:"required,max=4000"`
		Value      model.Outcome `json:"value" validate:"required,oneof=supports supports_with_remarks"`
		Scope      AdviceScope   `json:"scope"`
		ValidUntil string        `json:"valid_until" validate:"required,datetime=2006-01-02" doc:"at most 24 months ahead"`
	}
	adviceInput struct {
		Keyed
		Body adviceBody
	}
	adviceIDInput struct {
		AdviceID string `path:"advice_id" doc:"id of the advice"`
		Keyed
	}
	adviceOutput struct{ Body StandingAdvice }
)

// Resolve checks the body.
func (b *adviceBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

func (s *server) adviceRoutes() {
	add(s, route{
		id: "list-advice", method: http.MethodGet, path: "/advice", tag: tagCases,
		summary: "Standing advice of the DPO (AD-03)", errors: []int{http.StatusUnprocessableEntity},
	}, s.listAdvice)
	add(s, route{
		id: "give-advice", method: http.MethodPost, path: "/advice", tag: tagCases, keyed: true, status: http.StatusCreated,
		summary: "Sign standing advice for a class of cases (AD-03)", errors: []int{http.StatusForbidden},
	}, s.giveAdvice)
	add(s, route{
		id: "withdraw-advice", method: http.MethodPost, path: "/advice/{advice_id}/withdrawal", tag: tagCases, keyed: true,
		summary: "Withdraw standing advice", errors: []int{http.StatusNotFound, http.StatusForbidden},
	}, s.withdrawAdvice)
}

func (s *server) listAdvice(ctx context.Context, in *Paged) (*pageOutput[StandingAdvice], error) {
	found, err := s.Store.StandingAdvices(ctx, authn.Actor(ctx).OrgID)
	if err != nil {
		return nil, err
	}
	items := make([]StandingAdvice, len(found))
	for i, a := range found {
		if items[i], err = s.adviceItem(ctx, a); err != nil {
			return nil, err
		}
	}
	return page(s.newList(ctx, "/advice", nil, in.Paging), items)
}

func (s *server) adviceItem(ctx context.Context, a store.StandingAdvice) (StandingAdvice, error) {
	names, err := s.Store.Names(ctx, a.OrgID, []string{a.GivenBy})
	return StandingAdvice{
		AdviceID: a.ID, Title: a.Title, Text: a.Text, Value: a.Value, Scope: AdviceScope(a.Scope), ValidUntil: a.ValidUntil,
		GivenBy: named(names, a.GivenBy), GivenAt: a.GivenAt, WithdrawnAt: when(a.WithdrawnAt),
	}, err
}

func (s *server) giveAdvice(ctx context.Context, in *adviceInput) (*adviceOutput, error) {
	b := in.Body
	a, err := s.Act.GiveStandingAdvice(ctx, s.request(ctx, "/advice", in.Keyed, b), store.StandingAdvice{
		Title: b.Title, Text: b.Text, Value: b.Value, Scope: store.AdviceScope(b.Scope), ValidUntil: b.ValidUntil,
	})
	if err != nil {
		return nil, err
	}
	item, err := s.adviceItem(ctx, a)
	return &adviceOutput{item}, err
}

func (s *server) withdrawAdvice(ctx context.Context, in *adviceIDInput) (*adviceOutput, error) {
	id, err := knownID(in.AdviceID)
	if err != nil {
		return nil, err
	}
	a, err := s.Act.WithdrawStandingAdvice(ctx, s.request(ctx, "/advice/"+id+"/withdrawal", in.Keyed, nil), id)
	if err != nil {
		return nil, err
	}
	item, err := s.adviceItem(ctx, a)
	return &adviceOutput{item}, err
}
