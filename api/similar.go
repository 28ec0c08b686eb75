package api

import (
	"context"
	"net/http"
	"net/url"

	"sluss/api/authn"
	"sluss/model/access"
)

// SimilarFilters say what a case is about that somebody thinks of opening.
type SimilarFilters struct {
	Supplier string `query:"supplier" maxLength:"200" doc:"in upper or lower case"`
	Product  string `query:"product" maxLength:"200" doc:"in upper or lower case"`
}

type similarInput struct {
	SimilarFilters
	Paging
}

// maxSimilar bounds the list: whoever has seen so many need not open one more.
const maxSimilar = 100

func (s *server) similarRoute() {
	add(s, route{
		id: "list-similar-cases", method: http.MethodGet, path: "/similar-cases", tag: tagCases,
		summary: "Cases in use or under review about the same supplier or product, before one more is opened",
		errors:  []int{http.StatusUnprocessableEntity},
	}, s.similarCases)
}

// similarCases answers those who may open a case what the draft of one would tell
// them; without a supplier and a product there is nothing to be like.
func (s *server) similarCases(ctx context.Context, in *similarInput) (*pageOutput[SimilarNote], error) {
	a := authn.Actor(ctx)
	if err := access.CanOpenCase(a); err != nil {
		return nil, err
	}
	found, err := s.Store.Similar(ctx, a.OrgID, "", in.Supplier, in.Product, maxSimilar)
	if err != nil {
		return nil, err
	}
	values := url.Values{}
	for name, value := range map[string]string{"supplier": in.Supplier, "product": in.Product} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return page(s.newList(ctx, "/similar-cases", values, in.Paging), similarNotes(found, languageOf(ctx)))
}
