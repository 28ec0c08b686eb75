package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

const tagAbsences = "absences"

// AbsenceItem is that somebody is away, from a day to a day.
type AbsenceItem struct {
	AbsenceID  string          `json:"absence_id,omitempty" doc:"absent in a preview"`
	Person     *PersonNote     `json:"person" doc:"who is away"`
	FromDay    string          `json:"from_day" format:"date" doc:"first day, in Sweden"`
	UntilDay   string          `json:"until_day" format:"date" doc:"last day, in Sweden"`
	Away       bool            `json:"away" doc:"whether they are away now"`
	Delegation *DelegationItem `json:"delegation,omitempty" doc:"who answers for them; absent without a deputy, and then new tasks lie open to their role"`
	MadeBy     *PersonNote     `json:"made_by"`
	MadeAt     *time.Time      `json:"made_at"`
	EndedBy    *PersonNote     `json:"ended_by,omitempty" doc:"who ended it before its time"`
	EndedAt    *time.Time      `json:"ended_at"`
}

// AbsencePreview is an absence before it is noted.
type AbsencePreview struct {
	Absence     AbsenceItem `json:"absence"`
	VoidIn      []VoidItem  `json:"void_in" nullable:"false" doc:"open cases, of those that you may read, in which the deputy cannot answer"`
	MoreVoid    bool        `json:"more_void" doc:"whether there are more than are listed"`
	Waiting     []TaskItem  `json:"waiting" nullable:"false" doc:"tasks that the person has and that nobody would answer"`
	MoreWaiting bool        `json:"more_waiting" doc:"whether there are more than are listed"`
}

// absenceBody notes an absence.
type absenceBody struct {
	Person   string       `json:"person,omitempty" validate:"max=64" doc:"id or user name, absent for yourself; the administrator notes it for others"`
	Deputy   string       `json:"deputy,omitempty" validate:"max=64" doc:"who answers meanwhile, by id or user name; absent for nobody"`
	Roles    []model.Role `json:"roles,omitempty" validate:"max=14" doc:"in which roles the deputy answers; absent for all that can be delegated"`
	FromDay  string       `json:"from_day" validate:"required,max=10" format:"date"`
	UntilDay string       `json:"until_day" validate:"required,max=10" format:"date"`
}

// Resolve checks the body.
func (b *absenceBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

func (b absenceBody) asked() act.Absence {
	return act.Absence{Person: b.Person, Deputy: b.Deputy, Roles: b.Roles, FromDay: b.FromDay, UntilDay: b.UntilDay}
}

// AbsenceFilters are the filters of the list of absences.
type AbsenceFilters struct {
	All bool `query:"all" doc:"also those that are over"`
}

type (
	absencesInput struct {
		AbsenceFilters
		Paging
	}
	absenceInput struct {
		Keyed
		Body absenceBody
	}
	previewAbsenceInput struct{ Body absenceBody }
	endAbsenceInput     struct {
		AbsenceID string `path:"absence_id" doc:"id of the absence"`
		Keyed
	}
	absenceOutput        struct{ Body AbsenceItem }
	absencePreviewOutput struct{ Body AbsencePreview }
)

func (s *server) absenceRoutes() {
	const all = "/absences"
	add(s, route{
		id: "list-absences", method: http.MethodGet, path: all, tag: tagAbsences,
		summary: "Who is away, or will be: yours, and everybody's for those who administer and audit", errors: []int{http.StatusUnprocessableEntity},
	}, s.listAbsences)
	add(s, route{
		id: "note-absence", method: http.MethodPost, path: all, tag: tagAbsences, keyed: true,
		summary: "Note that you are away, or somebody else, and who answers meanwhile", errors: []int{http.StatusForbidden},
	}, s.noteAbsence)
	add(s, route{
		id: "preview-absence", method: http.MethodPost, path: all + "/preview", tag: tagAbsences,
		summary: "What an absence would mean: where the deputy cannot answer and what would wait; stores nothing", errors: []int{http.StatusForbidden},
	}, s.previewAbsence)
	add(s, route{
		id: "end-absence", method: http.MethodPost, path: all + "/{absence_id}/end", tag: tagAbsences, keyed: true,
		summary: "End an absence before its time, and its delegation", errors: []int{http.StatusNotFound, http.StatusForbidden, http.StatusConflict},
	}, s.endAbsence)
}

func (s *server) listAbsences(ctx context.Context, in *absencesInput) (*pageOutput[AbsenceItem], error) {
	a := authn.Actor(ctx)
	values := url.Values{}
	f := store.AbsenceFilter{OrgID: a.OrgID, Offset: int64(in.Offset), Limit: int64(in.Limit) + 1}
	if !access.ReadsDelegations(a) {
		f.PersonID = a.PersonID
	}
	if in.All {
		values.Set("all", "true")
	} else {
		f.HoldAt = s.Clock.Now()
	}
	l := s.newList(ctx, "/absences", values, in.Paging)
	return keyset[store.Absence, store.AbsenceCursor, AbsenceItem]{
		find: func(after *store.AbsenceCursor) ([]store.Absence, error) {
			f.After = after
			return s.Store.Absences(ctx, f)
		},
		place: func(a store.Absence) store.AbsenceCursor { return store.AbsenceCursor{MadeAt: a.MadeAt, ID: a.ID} },
		items: func(found []store.Absence) ([]AbsenceItem, error) { return s.absenceItems(ctx, found) },
		count: func(upTo int64) (int, error) {
			f.After = nil
			return s.Store.CountAbsences(ctx, f, upTo)
		},
	}.page(l)
}

func (s *server) noteAbsence(ctx context.Context, in *absenceInput) (*absenceOutput, error) {
	found, err := s.Act.NoteAbsence(ctx, s.request(ctx, "/absences", in.Keyed, in.Body), in.Body.asked())
	return s.absenceAnswered(ctx, found, err)
}

func (s *server) previewAbsence(ctx context.Context, in *previewAbsenceInput) (*absencePreviewOutput, error) {
	p, err := s.Act.PreviewAbsence(ctx, authn.Actor(ctx), in.Body.asked())
	if err != nil {
		return nil, err
	}
	items, err := s.absenceItems(ctx, []store.Absence{p.Absence})
	if err != nil {
		return nil, err
	}
	out := &absencePreviewOutput{AbsencePreview{
		Absence: items[0], VoidIn: voidItems(p.Void), MoreVoid: p.MoreVoid, Waiting: make([]TaskItem, len(p.Waiting)), MoreWaiting: p.MoreWaiting,
	}}
	if p.Delegation != nil {
		d, err := s.delegationItems(ctx, []store.Delegation{*p.Delegation})
		if err != nil {
			return nil, err
		}
		out.Body.Absence.Delegation = &d[0]
	}
	for i, t := range p.Waiting {
		out.Body.Waiting[i] = s.taskItem(t, items[0].Person, languageOf(ctx))
	}
	return out, nil
}

func (s *server) endAbsence(ctx context.Context, in *endAbsenceInput) (*absenceOutput, error) {
	id, err := knownID(in.AbsenceID)
	if err != nil {
		return nil, err
	}
	found, err := s.Act.EndAbsence(ctx, s.request(ctx, "/absences/"+id+"/end", in.Keyed, nil), id)
	return s.absenceAnswered(ctx, found, err)
}

func (s *server) absenceAnswered(ctx context.Context, found store.Absence, err error) (*absenceOutput, error) {
	if err != nil {
		return nil, err
	}
	items, err := s.absenceItems(ctx, []store.Absence{found})
	if err != nil {
		return nil, err
	}
	return &absenceOutput{items[0]}, nil
}

func (s *server) absenceItems(ctx context.Context, found []store.Absence) ([]AbsenceItem, error) {
	org, now := authn.Actor(ctx).OrgID, s.Clock.Now()
	var people, ids []string
	for _, a := range found {
		people = append(people, a.PersonID, a.MadeBy)
		if a.EndedBy != "" {
			people = append(people, a.EndedBy)
		}
		if a.DelegationID != "" {
			ids = append(ids, a.DelegationID)
		}
	}
	names, err := s.Store.Names(ctx, org, people)
	if err != nil {
		return nil, err
	}
	byID := map[string]*DelegationItem{}
	if len(ids) > 0 {
		delegations, err := s.Store.Delegations(ctx, store.DelegationFilter{OrgID: org, IDs: ids})
		if err != nil {
			return nil, err
		}
		items, err := s.delegationItems(ctx, delegations)
		if err != nil {
			return nil, err
		}
		for i := range items {
			byID[items[i].DelegationID] = &items[i]
		}
	}
	out := make([]AbsenceItem, len(found))
	for i, a := range found {
		out[i] = AbsenceItem{
			AbsenceID: a.ID, Person: named(names, a.PersonID), FromDay: a.FromDay, UntilDay: a.UntilDay,
			Away:       a.ID != "" && a.EndedAt.IsZero() && !a.StartsAt.After(now) && a.EndsAt.After(now),
			Delegation: byID[a.DelegationID], MadeBy: named(names, a.MadeBy), MadeAt: when(a.MadeAt),
			EndedBy: named(names, a.EndedBy), EndedAt: when(a.EndedAt),
		}
	}
	return out, nil
}

// markAway says at the open tasks whose person is away until when.
func (s *server) markAway(ctx context.Context, items []TaskItem) error {
	var people []string
	waits := func(t TaskItem) bool { return t.Status == model.TaskOpen && t.Assignee != nil }
	for _, t := range items {
		if waits(t) {
			people = append(people, t.Assignee.ID)
		}
	}
	if len(people) == 0 {
		return nil
	}
	until, err := s.Store.AwayUntil(ctx, authn.Actor(ctx).OrgID, people, s.Clock.Now())
	for i, t := range items {
		if waits(t) {
			items[i].AwayUntil = until[t.Assignee.ID]
		}
	}
	return err
}
