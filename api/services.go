package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model/store"
)

const tagServices = "services"

// ServiceItem is the account of a program, such as a gateway in front of AI tools. It
// may ask the register and who it is, and nothing else.
type ServiceItem struct {
	ServiceID string      `json:"service_id"`
	Name      string      `json:"name"`
	OrgUnit   string      `json:"org_unit" doc:"code of the unit that it asks for when it names none"`
	PerMinute int         `json:"per_minute" doc:"how many requests it may make in a minute"`
	Tokens    []TokenItem `json:"tokens" nullable:"false" doc:"the newest first"`
}

// TokenItem is an access token, without its secret.
type TokenItem struct {
	TokenID   string     `json:"token_id"`
	Label     string     `json:"label"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	Holds     bool       `json:"holds" doc:"whether it is accepted now"`
}

// NewToken is an access token that has just been made.
type NewToken struct {
	TokenItem
	Secret string `json:"secret,omitempty" doc:"what the program sends in Authorization: Bearer; answered once, absent when the same request is sent again"`
}

type serviceBody struct {
	Name      string `json:"name" validate:"required,max=64" doc:"a–z, digits, full stop, hyphen and underscore"`
	OrgUnit   string `json:"org_unit" validate:"required,max=200" doc:"id or code of the unit that it asks for when it names none"`
	PerMinute int    `json:"per_minute,omitempty" validate:"min=0,max=1000000" doc:"how many requests it may make in a minute, absent for the usual number"`
}

// Resolve checks the body.
func (b *serviceBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type tokenBody struct {
	Label string `json:"label" validate:"required,max=200" doc:"what the token is for"`
	Days  int    `json:"days" validate:"required,min=1,max=366" doc:"how many days it works"`
}

// Resolve checks the body.
func (b *tokenBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type (
	addServiceInput struct {
		Keyed
		Body serviceBody
	}
	serviceInput struct {
		ServiceID string `path:"service_id" doc:"id of the service account"`
	}
	addTokenInput struct {
		ServiceID string `path:"service_id" doc:"id of the service account"`
		Keyed
		Body tokenBody
	}
	revokeTokenInput struct {
		ServiceID string `path:"service_id" doc:"id of the service account"`
		TokenID   string `path:"token_id" doc:"id of the token"`
		Keyed
	}
	serviceOutput  struct{ Body ServiceItem }
	newTokenOutput struct{ Body NewToken }
	tokenOutput    struct{ Body TokenItem }
)

func (s *server) serviceRoutes() {
	const all = "/services"
	add(s, route{
		id: "list-services", method: http.MethodGet, path: all, tag: tagServices,
		summary: "The accounts of programs, and their tokens without the secrets", errors: []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, s.listServices)
	add(s, route{
		id: "add-service", method: http.MethodPost, path: all, tag: tagServices, keyed: true, status: http.StatusCreated,
		summary: "Add the account of a program, which may ask the register and nothing else", errors: []int{http.StatusForbidden},
	}, s.addService)
	add(s, route{
		id: "get-service", method: http.MethodGet, path: all + "/{service_id}", tag: tagServices,
		summary: "The account of a program, and its tokens without the secrets", errors: []int{http.StatusForbidden, http.StatusNotFound},
	}, s.getService)
	add(s, route{
		id: "add-service-token", method: http.MethodPost, path: all + "/{service_id}/tokens", tag: tagServices, keyed: true, status: http.StatusCreated,
		summary: "Give a service account an access token; its secret is answered once", errors: []int{http.StatusForbidden, http.StatusNotFound},
	}, s.addServiceToken)
	add(s, route{
		id: "revoke-service-token", method: http.MethodPost, path: all + "/{service_id}/tokens/{token_id}/revocation", tag: tagServices, keyed: true,
		summary: "Make a service account's token useless at once", errors: []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict},
	}, s.revokeServiceToken)
}

func (s *server) listServices(ctx context.Context, in *Paged) (*pageOutput[ServiceItem], error) {
	all, err := s.Act.Services(ctx, authn.Actor(ctx))
	if err != nil {
		return nil, err
	}
	items, err := s.serviceItems(ctx, all)
	if err != nil {
		return nil, err
	}
	return page(s.newList(ctx, "/services", nil, in.Paging), items)
}

func (s *server) getService(ctx context.Context, in *serviceInput) (*serviceOutput, error) {
	account, err := s.Act.ServiceByID(ctx, authn.Actor(ctx), in.ServiceID)
	return s.serviceAnswered(ctx, account, err)
}

func (s *server) addService(ctx context.Context, in *addServiceInput) (*serviceOutput, error) {
	account, err := s.Act.AddService(ctx, s.request(ctx, "/services", in.Keyed, in.Body), act.NewService{
		Name: in.Body.Name, Unit: in.Body.OrgUnit, PerMinute: in.Body.PerMinute,
	})
	return s.serviceAnswered(ctx, account, err)
}

func (s *server) serviceAnswered(ctx context.Context, account act.ServiceAccount, err error) (*serviceOutput, error) {
	if err != nil {
		return nil, err
	}
	items, err := s.serviceItems(ctx, []act.ServiceAccount{account})
	if err != nil {
		return nil, err
	}
	return &serviceOutput{items[0]}, nil
}

func (s *server) addServiceToken(ctx context.Context, in *addTokenInput) (*newTokenOutput, error) {
	id, err := knownID(in.ServiceID)
	if err != nil {
		return nil, err
	}
	r := s.request(ctx, "/services/"+id+"/tokens", in.Keyed, in.Body)
	t, secret, err := s.Act.AddServiceToken(ctx, r, id, in.Body.Label, in.Body.Days)
	if err != nil {
		return nil, err
	}
	return &newTokenOutput{NewToken{s.tokenItem(t), secret}}, nil
}

func (s *server) revokeServiceToken(ctx context.Context, in *revokeTokenInput) (*tokenOutput, error) {
	id, err := knownID(in.ServiceID)
	if err != nil {
		return nil, err
	}
	token, err := knownID(in.TokenID)
	if err != nil {
		return nil, err
	}
	r := s.request(ctx, "/services/"+id+"/tokens/"+token+"/revocation", in.Keyed, nil)
	t, err := s.Act.RevokeServiceToken(ctx, r, id, token)
	if err != nil {
		return nil, err
	}
	return &tokenOutput{s.tokenItem(t)}, nil
}

func (s *server) tokenItem(t store.Token) TokenItem {
	return TokenItem{
		TokenID: t.ID, Label: t.Label, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, RevokedAt: when(t.RevokedAt),
		Holds: t.RevokedAt.IsZero() && t.ExpiresAt.After(s.Clock.Now()),
	}
}

func (s *server) serviceItems(ctx context.Context, all []act.ServiceAccount) ([]ServiceItem, error) {
	units, err := s.Store.Units(ctx, authn.Actor(ctx).OrgID)
	codes := make(map[string]string, len(units))
	for _, u := range units {
		codes[u.ID] = u.Code
	}
	items := make([]ServiceItem, len(all))
	for i, a := range all {
		items[i] = ServiceItem{
			ServiceID: a.ID, Name: a.Handle, OrgUnit: codes[a.UnitID], PerMinute: cmp.Or(a.Service.PerMinute, s.limits.Service), Tokens: []TokenItem{},
		}
		for _, t := range a.Tokens {
			items[i].Tokens = append(items[i].Tokens, s.tokenItem(t))
		}
	}
	return items, err
}
