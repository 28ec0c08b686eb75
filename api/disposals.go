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
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

const tagDisposals = "disposals"

// DisposalItem is something that is to be disposed of, or was: because the time of
// a rule of retention has come (rulebook 9.6), or because somebody asked (GDPR 17).
type DisposalItem struct {
	DisposalID    string               `json:"disposal_id"`
	Kind          string               `json:"kind" doc:"person, comment, or the rule of retention"`
	KindLabel     string               `json:"kind_label"`
	Source        string               `json:"source"`
	CaseID        string               `json:"case_id,omitempty"`
	RegistryNo    string               `json:"registry_no,omitempty"`
	Person        *PersonNote          `json:"person,omitempty" doc:"who is to be erased, or was"`
	CommentID     string               `json:"comment_id,omitempty"`
	Due           string               `json:"due" format:"date" doc:"day in Sweden on which the time came or somebody asked"`
	Status        model.DisposalStatus `json:"status" enum:"proposed,approved,done,kept"`
	StatusLabel   string               `json:"status_label"`
	ProposedAt    time.Time            `json:"proposed_at"`
	Reason        string               `json:"reason,omitempty" doc:"of the first of the two persons"`
	First         *PersonNote          `json:"first,omitempty" doc:"the first of the two persons"`
	FirstAs       model.Role           `json:"first_as,omitempty"`
	FirstAt       *time.Time           `json:"first_at"`
	Closed        *PersonNote          `json:"closed,omitempty" doc:"who disposed of it, as the second, or kept it"`
	ClosedAs      model.Role           `json:"closed_as,omitempty"`
	ClosedAt      *time.Time           `json:"closed_at"`
	ClosingReason string               `json:"closing_reason,omitempty"`
	Removed       int                  `json:"removed" doc:"how many rows lost their text"`
}

// DisposalFilters are the filters of the list of disposals.
type DisposalFilters struct {
	Status string `query:"status" enum:"proposed,approved,done,kept"`
	Case   string `query:"case" maxLength:"64" doc:"id of a case"`
	Kind   string `query:"kind" maxLength:"64" pattern:"^[a-z_]+$" doc:"person, comment, or a rule of retention"`
}

func (f DisposalFilters) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"status": f.Status, "case": f.Case, "kind": f.Kind} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// erasureBody asks for the erasure of a person, or of a comment on a case.
type erasureBody struct {
	PersonID  string `json:"person_id,omitempty" validate:"max=64" doc:"whom to erase"`
	CaseID    string `json:"case_id,omitempty" validate:"max=64" doc:"the case of the comment"`
	CommentID string `json:"comment_id,omitempty" validate:"max=64"`
	Reason    string `json:"reason" validate:"required,max=4000"`
}

// Resolve checks the body.
func (b *erasureBody) Resolve(huma.Context, *huma.PathBuffer) []error {
	errs := check(b)
	if (b.PersonID == "") == (b.CommentID == "") || (b.CommentID == "") != (b.CaseID == "") {
		errs = append(errs, fault{"/person_id", "required", personOrComment.In})
	}
	return errs
}

var personOrComment = lang.Text{
	SV: "Ange antingen person_id eller både case_id och comment_id.",
	EN: "Give either person_id, or both case_id and comment_id.",
}

type (
	disposalsInput struct {
		DisposalFilters
		Paging
	}
	erasureInput struct {
		Keyed
		Body erasureBody
	}
	disposalInput struct {
		DisposalID string `path:"disposal_id" doc:"id of the disposal"`
		Keyed
		Body reasonBody
	}
	disposalOutput struct{ Body DisposalItem }
)

func (s *server) disposalRoutes() {
	const one = "/disposals/{disposal_id}"
	add(s, route{
		id: "list-disposals", method: http.MethodGet, path: "/disposals", tag: tagDisposals,
		summary: "What is to be disposed of, and was (rulebook 9.6)", errors: []int{http.StatusUnprocessableEntity},
	}, s.listDisposals)
	add(s, route{
		id: "ask-for-erasure", method: http.MethodPost, path: "/disposals", tag: tagDisposals, keyed: true,
		summary: "Ask for the erasure of a person or of a comment (GDPR 17); a second person does it",
		errors:  []int{http.StatusNotFound, http.StatusConflict},
	}, s.askForErasure)
	add(s, route{
		id: "approve-disposal", method: http.MethodPost, path: one + "/approval", tag: tagDisposals, keyed: true,
		summary: "Approve a disposal; the second person's approval removes the texts", errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, in *disposalInput) (*disposalOutput, error) {
		return s.answerDisposal(ctx, in, false)
	})
	add(s, route{
		id: "keep-record", method: http.MethodPost, path: one + "/keeping", tag: tagDisposals, keyed: true,
		summary: "Keep what was to be disposed of", errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, in *disposalInput) (*disposalOutput, error) {
		return s.answerDisposal(ctx, in, true)
	})
}

func (s *server) listDisposals(ctx context.Context, in *disposalsInput) (*pageOutput[DisposalItem], error) {
	a := authn.Actor(ctx)
	l := s.newList(ctx, "/disposals", in.DisposalFilters.values(), in.Paging)
	f := store.DisposalFilter{
		CaseID: in.Case, Kind: in.Kind, Status: model.DisposalStatus(in.Status), Offset: int64(in.Offset), Limit: int64(in.Limit) + 1,
	}
	return keyset[store.Disposal, store.DisposalCursor, DisposalItem]{
		find: func(after *store.DisposalCursor) ([]store.Disposal, error) {
			f.After = after
			return s.Act.Disposals(ctx, a, f)
		},
		place: func(d store.Disposal) store.DisposalCursor {
			return store.DisposalCursor{ProposedAt: d.ProposedAt, ID: d.ID}
		},
		items: func(found []store.Disposal) ([]DisposalItem, error) { return s.disposalItems(ctx, found) },
		count: func(upTo int64) (int, error) {
			f.After = nil
			return s.Act.CountDisposals(ctx, a, f, upTo)
		},
	}.page(l)
}

func (s *server) askForErasure(ctx context.Context, in *erasureInput) (*disposalOutput, error) {
	b := in.Body
	d, err := s.Act.Erase(ctx, s.request(ctx, "/disposals", in.Keyed, b), act.Erasure{
		PersonID: b.PersonID, CaseID: b.CaseID, CommentID: b.CommentID, Reason: b.Reason,
	})
	return s.disposalAnswered(ctx, d, err)
}

func (s *server) answerDisposal(ctx context.Context, in *disposalInput, keep bool) (*disposalOutput, error) {
	id, err := knownID(in.DisposalID)
	if err != nil {
		return nil, err
	}
	path := "/disposals/" + id + "/approval"
	if keep {
		path = "/disposals/" + id + "/keeping"
	}
	d, err := s.Act.AnswerDisposal(ctx, s.request(ctx, path, in.Keyed, in.Body), id, keep, in.Body.Reason)
	return s.disposalAnswered(ctx, d, err)
}

func (s *server) disposalAnswered(ctx context.Context, d store.Disposal, err error) (*disposalOutput, error) {
	if err != nil {
		return nil, err
	}
	items, err := s.disposalItems(ctx, []store.Disposal{d})
	if err != nil {
		return nil, err
	}
	return &disposalOutput{items[0]}, nil
}

func (s *server) disposalItems(ctx context.Context, found []store.Disposal) ([]DisposalItem, error) {
	l := languageOf(ctx)
	ids := []string{}
	for _, d := range found {
		for _, id := range []string{d.PersonID, d.FirstBy, d.ClosedBy} {
			if id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	names, err := s.Store.Names(ctx, authn.Actor(ctx).OrgID, ids)
	items := make([]DisposalItem, len(found))
	for i, d := range found {
		label, source := disposalKind(s.book(ctx), d.Kind)
		items[i] = DisposalItem{
			DisposalID: d.ID, Kind: d.Kind, KindLabel: label.In(l), Source: source, CaseID: d.CaseID, RegistryNo: d.RegistryNo,
			Person: named(names, d.PersonID), CommentID: d.CommentID, Due: d.Due, Status: d.Status,
			StatusLabel: d.Status.Label().In(l), ProposedAt: d.ProposedAt, Reason: d.Reason,
			First: named(names, d.FirstBy), FirstAs: d.FirstAs, FirstAt: when(d.FirstAt),
			Closed: named(names, d.ClosedBy), ClosedAs: d.ClosedAs, ClosedAt: when(d.ClosedAt), ClosingReason: d.ClosingReason,
			Removed: d.Removed,
		}
	}
	return items, err
}

// disposalKind says what a kind of disposal is and which rule is behind it.
func disposalKind(b *rulebook.Book, kind string) (lang.Text, string) {
	if t, ok := erasureWords[kind]; ok {
		return t, "GDPR 17"
	}
	for _, r := range b.Retention() {
		if r.ID == kind {
			return r.Text, r.Source
		}
	}
	return lang.Text{SV: kind, EN: kind}, "rulebook 9.6"
}

var erasureWords = map[string]lang.Text{
	model.DisposalPerson:  {SV: "En persons uppgifter raderas", EN: "Somebody's personal data are erased"},
	model.DisposalComment: {SV: "En kommentar raderas", EN: "A comment is erased"},
}
