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
	"sluss/model/access"
	"sluss/model/store"
)

const tagDelegations = "delegations"

// DelegationItem is who answers for whom, for a time and in which roles.
type DelegationItem struct {
	DelegationID string       `json:"delegation_id,omitempty" doc:"absent in a preview"`
	From         *PersonNote  `json:"from" doc:"whose roles they are"`
	To           *PersonNote  `json:"to" doc:"the deputy"`
	Roles        []model.Role `json:"roles" nullable:"false"`
	RoleLabels   []string     `json:"role_labels" nullable:"false"`
	UnitID       string       `json:"unit_id,omitempty" doc:"only for the cases of this unit"`
	CaseID       string       `json:"case_id,omitempty" doc:"only for this case"`
	FromDay      string       `json:"from_day" format:"date" doc:"first day, in Sweden"`
	UntilDay     string       `json:"until_day" format:"date" doc:"last day, in Sweden"`
	Holds        bool         `json:"holds" doc:"whether it holds now"`
	Reason       string       `json:"reason,omitempty"`
	MadeBy       *PersonNote  `json:"made_by"`
	MadeAt       *time.Time   `json:"made_at"`
	EndedBy      *PersonNote  `json:"ended_by,omitempty" doc:"who ended it before its time"`
	EndedAt      *time.Time   `json:"ended_at"`
}

// VoidItem is an open case for which a delegation would be void, because of what the
// deputy is in it.
type VoidItem struct {
	CaseID     string     `json:"case_id"`
	RegistryNo string     `json:"registry_no,omitempty"`
	CaseTitle  string     `json:"case_title"`
	Role       model.Role `json:"role" doc:"the delegated role"`
	Has        model.Role `json:"has" doc:"what the deputy is in the case"`
	Rule       string     `json:"rule" doc:"the rule that keeps the two apart (rulebook 10)"`
}

// DelegationPreview is a delegation before it is made.
type DelegationPreview struct {
	Delegation DelegationItem `json:"delegation"`
	VoidIn     []VoidItem     `json:"void_in" nullable:"false" doc:"open cases, of those that you may read, for which it would be void"`
	More       bool           `json:"more" doc:"whether there are more than are listed"`
}

// delegationBody asks for a delegation.
type delegationBody struct {
	From     string       `json:"from,omitempty" validate:"max=64" doc:"id or user name, absent for yourself; the administrator delegates for others"`
	To       string       `json:"to" validate:"required,max=64" doc:"the deputy, by id or user name"`
	Roles    []model.Role `json:"roles" validate:"required,min=1,max=14" nullable:"false"`
	UnitID   string       `json:"unit_id,omitempty" validate:"max=64" doc:"only for the cases of this unit, by id or code"`
	CaseID   string       `json:"case_id,omitempty" validate:"max=64" doc:"only for this case"`
	FromDay  string       `json:"from_day" validate:"required,max=10" format:"date"`
	UntilDay string       `json:"until_day" validate:"required,max=10" format:"date"`
	Reason   string       `json:"reason,omitempty" validate:"max=4000" doc:"needed when you delegate for somebody else"`
}

// Resolve checks the body.
func (b *delegationBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

func (b delegationBody) asked() act.Delegation {
	return act.Delegation{
		From: b.From, To: b.To, Roles: b.Roles, UnitID: b.UnitID, CaseID: b.CaseID, FromDay: b.FromDay, UntilDay: b.UntilDay, Reason: b.Reason,
	}
}

// DelegationFilters are the filters of the list of delegations.
type DelegationFilters struct {
	All bool `query:"all" doc:"also those that have ended"`
}

type (
	delegationsInput struct {
		DelegationFilters
		Paging
	}
	delegationInput struct {
		Keyed
		Body delegationBody
	}
	previewDelegationInput struct{ Body delegationBody }
	endDelegationInput     struct {
		DelegationID string `path:"delegation_id" doc:"id of the delegation"`
		Keyed
	}
	delegationOutput        struct{ Body DelegationItem }
	delegationPreviewOutput struct{ Body DelegationPreview }
)

func (s *server) delegationRoutes() {
	const all = "/delegations"
	add(s, route{
		id: "list-delegations", method: http.MethodGet, path: all, tag: tagDelegations,
		summary: "Who answers for whom: yours, and everybody's for those who administer and audit", errors: []int{http.StatusUnprocessableEntity},
	}, s.listDelegations)
	add(s, route{
		id: "delegate", method: http.MethodPost, path: all, tag: tagDelegations, keyed: true,
		summary: "Let somebody answer for you, or for somebody else, for a time", errors: []int{http.StatusForbidden},
	}, s.delegate)
	add(s, route{
		id: "preview-delegation", method: http.MethodPost, path: all + "/preview", tag: tagDelegations,
		summary: "For which cases a delegation would be void, and why; stores nothing", errors: []int{http.StatusForbidden},
	}, s.previewDelegation)
	add(s, route{
		id: "end-delegation", method: http.MethodPost, path: all + "/{delegation_id}/end", tag: tagDelegations, keyed: true,
		summary: "End a delegation before its time", errors: []int{http.StatusNotFound, http.StatusForbidden, http.StatusConflict},
	}, s.endDelegation)
}

func (s *server) listDelegations(ctx context.Context, in *delegationsInput) (*pageOutput[DelegationItem], error) {
	a := authn.Actor(ctx)
	values := url.Values{}
	f := store.DelegationFilter{OrgID: a.OrgID, Offset: int64(in.Offset), Limit: int64(in.Limit) + 1}
	if !access.ReadsDelegations(a) {
		f.PersonID = a.PersonID
	}
	if in.All {
		values.Set("all", "true")
	} else {
		f.HoldAt = s.Clock.Now()
	}
	l := s.newList(ctx, "/delegations", values, in.Paging)
	return keyset[store.Delegation, store.DelegationCursor, DelegationItem]{
		find: func(after *store.DelegationCursor) ([]store.Delegation, error) {
			f.After = after
			return s.Store.Delegations(ctx, f)
		},
		place: func(d store.Delegation) store.DelegationCursor {
			return store.DelegationCursor{MadeAt: d.MadeAt, ID: d.ID}
		},
		items: func(found []store.Delegation) ([]DelegationItem, error) { return s.delegationItems(ctx, found) },
		count: func(upTo int64) (int, error) {
			f.After = nil
			return s.Store.CountDelegations(ctx, f, upTo)
		},
	}.page(l)
}

func (s *server) delegate(ctx context.Context, in *delegationInput) (*delegationOutput, error) {
	d, err := s.Act.Delegate(ctx, s.request(ctx, "/delegations", in.Keyed, in.Body), in.Body.asked())
	return s.delegationAnswered(ctx, d, err)
}

func (s *server) previewDelegation(ctx context.Context, in *previewDelegationInput) (*delegationPreviewOutput, error) {
	p, err := s.Act.PreviewDelegation(ctx, authn.Actor(ctx), in.Body.asked())
	if err != nil {
		return nil, err
	}
	items, err := s.delegationItems(ctx, []store.Delegation{p.Delegation})
	if err != nil {
		return nil, err
	}
	return &delegationPreviewOutput{DelegationPreview{Delegation: items[0], VoidIn: voidItems(p.Void), More: p.More}}, nil
}

func voidItems(void []store.VoidCase) []VoidItem {
	out := make([]VoidItem, len(void))
	for i, v := range void {
		out[i] = VoidItem{CaseID: v.CaseID, RegistryNo: v.RegistryNo, CaseTitle: v.Title, Role: v.Role, Has: v.Has, Rule: v.Rule}
	}
	return out
}

func (s *server) endDelegation(ctx context.Context, in *endDelegationInput) (*delegationOutput, error) {
	id, err := knownID(in.DelegationID)
	if err != nil {
		return nil, err
	}
	d, err := s.Act.EndDelegation(ctx, s.request(ctx, "/delegations/"+id+"/end", in.Keyed, nil), id)
	return s.delegationAnswered(ctx, d, err)
}

func (s *server) delegationAnswered(ctx context.Context, d store.Delegation, err error) (*delegationOutput, error) {
	if err != nil {
		return nil, err
	}
	items, err := s.delegationItems(ctx, []store.Delegation{d})
	if err != nil {
		return nil, err
	}
	return &delegationOutput{items[0]}, nil
}

func (s *server) delegationItems(ctx context.Context, found []store.Delegation) ([]DelegationItem, error) {
	l, now := languageOf(ctx), s.Clock.Now()
	ids := []string{}
	for _, d := range found {
		for _, id := range []string{d.FromID, d.ToID, d.MadeBy, d.EndedBy} {
			if id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	names, err := s.Store.Names(ctx, authn.Actor(ctx).OrgID, ids)
	items := make([]DelegationItem, len(found))
	for i, d := range found {
		labels := make([]string, len(d.Roles))
		for n, r := range d.Roles {
			labels[n] = r.Label().In(l)
		}
		items[i] = DelegationItem{
			DelegationID: d.ID, From: named(names, d.FromID), To: named(names, d.ToID), Roles: d.Roles, RoleLabels: labels,
			UnitID: d.UnitID, CaseID: d.CaseID, FromDay: d.FromDay, UntilDay: d.UntilDay, Reason: d.Reason,
			Holds:  d.ID != "" && d.EndedAt.IsZero() && !d.StartsAt.After(now) && d.EndsAt.After(now),
			MadeBy: named(names, d.MadeBy), MadeAt: when(d.MadeAt), EndedBy: named(names, d.EndedBy), EndedAt: when(d.EndedAt),
		}
	}
	return items, err
}
