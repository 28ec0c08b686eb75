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
	"sluss/model/store"
)

// RemarkItem is what a reviewer has remarked on a stage, and the reply.
type RemarkItem struct {
	RemarkID   string             `json:"remark_id"`
	Stage      model.StageKey     `json:"stage"`
	StageLabel string             `json:"stage_label"`
	QuestionID string             `json:"question_id,omitempty" doc:"absent for a remark on the stage as a whole"`
	Author     *PersonNote        `json:"author,omitempty"`
	AuthorRole model.Role         `json:"author_role"`
	Text       string             `json:"text"`
	Severity   model.Severity     `json:"severity"`
	Status     model.RemarkStatus `json:"status" doc:"open, answered, or not_followed with reasons"`
	Reply      string             `json:"reply,omitempty"`
	Reasons    string             `json:"reasons,omitempty" doc:"why the remark is not followed"`
	ReplyBy    *PersonNote        `json:"reply_by,omitempty"`
	RepliedAt  *time.Time         `json:"replied_at"`
	CreatedAt  time.Time          `json:"created_at"`
}

// CommentItem is what somebody has said about a case.
type CommentItem struct {
	CommentID string      `json:"comment_id"`
	Author    *PersonNote `json:"author,omitempty"`
	Text      string      `json:"text"`
	CreatedAt time.Time   `json:"created_at"`
}

// newRemarkBody makes a remark.
type newRemarkBody struct {
	Stage      model.StageKey `json:"stage" validate:"required,max=64" doc:"key of the stage"`
	QuestionID string         `json:"question_id,omitempty" validate:"omitempty,max=200,code" doc:"absent for a remark on the stage as a whole"`
	Text       string         `json:"text" validate:"required,max=4000"`
	Severity   model.Severity `json:"severity" validate:"required,oneof=to_fix improvable acceptable"`
}

// Resolve checks the body.
func (b *newRemarkBody) Resolve(huma.Context, *huma.PathBuffer) []error {
	errs := check(b)
	if _, known := model.Stage(b.Stage); b.Stage != "" && !known {
		errs = append(errs, fault{"/stage", "oneof", rule("oneof")(joined(stageKeys()))})
	}
	return errs
}

// replyBody answers a remark.
type replyBody struct {
	Reply    string `json:"reply" validate:"required,max=4000"`
	Followed *bool  `json:"followed" validate:"required"`
	Reasons  string `json:"reasons,omitempty" validate:"max=4000" doc:"why the remark is not followed, and only then"`
}

// Resolve checks the body.
func (b *replyBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// commentBody writes a comment.
type commentBody struct {
	Text string `json:"text" validate:"required,max=4000"`
}

// Resolve checks the body.
func (b *commentBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// RemarkFilters are the filters of the list of remarks.
type RemarkFilters struct {
	Stage  string `query:"stage" doc:"key of the stage"`
	Status string `query:"status" enum:"open,answered,not_followed"`
}

type (
	remarksInput struct {
		CasePath
		RemarkFilters
		Paging
	}
	newRemarkInput struct {
		CasePath
		Keyed
		Body newRemarkBody
	}
	replyInput struct {
		CasePath
		RemarkID string `path:"remark_id" doc:"id of the remark"`
		Keyed
		Body replyBody
	}
	commentInput struct {
		CasePath
		Keyed
		Body commentBody
	}
	noteOutput struct{ Body model.EvidenceReceipt }
)

func (s *server) remarkRoutes() {
	const remarks, comments = "/cases/{case_id}/remarks", "/cases/{case_id}/comments"
	read := []int{http.StatusNotFound, http.StatusUnprocessableEntity}
	write := []int{http.StatusNotFound}
	add(s, route{
		id: "list-remarks", method: http.MethodGet, path: remarks, tag: tagCases, errors: read,
		summary: "What reviewers have remarked, and the replies",
	}, s.listRemarks)
	add(s, route{
		id: "remark", method: http.MethodPost, path: remarks, tag: tagCases, status: http.StatusCreated, keyed: true, errors: write,
		summary: "Make a remark on a stage (AD-05)",
	}, s.remark)
	add(s, route{
		id: "reply", method: http.MethodPost, path: remarks + "/{remark_id}/reply", tag: tagCases, status: http.StatusCreated,
		keyed: true, errors: write, summary: "Answer a remark (AD-05)",
	}, s.reply)
	add(s, route{
		id: "list-comments", method: http.MethodGet, path: comments, tag: tagCases, errors: read,
		summary: "The comments on a case",
	}, s.listComments)
	add(s, route{
		id: "comment", method: http.MethodPost, path: comments, tag: tagCases, status: http.StatusCreated, keyed: true, errors: write,
		summary: "Comment on a case",
	}, s.comment)
}

func (s *server) listRemarks(ctx context.Context, in *remarksInput) (*pageOutput[RemarkItem], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if faults := (CaseFilters{Stage: in.Stage}).unknown(); len(faults) > 0 {
		return nil, faults
	}
	a := authn.Actor(ctx)
	f := store.RemarkFilter{Stage: model.StageKey(in.Stage), Status: model.RemarkStatus(in.Status)}
	rows, err := s.Act.Remarks(ctx, a, id, f)
	if err != nil {
		return nil, err
	}
	cut, err := page(s.newList(ctx, "/cases/"+id+"/remarks", in.RemarkFilters.values(), in.Paging), rows)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, r := range cut.Body.Items {
		ids = append(ids, r.AuthorID, r.ReplyBy)
	}
	names, err := s.Store.Names(ctx, a.OrgID, slices.DeleteFunc(ids, func(id string) bool { return id == "" }))
	if err != nil {
		return nil, err
	}
	b := cut.Body
	out := &pageOutput[RemarkItem]{Link: cut.Link, Body: Page[RemarkItem]{
		Items: make([]RemarkItem, len(b.Items)), NextCursor: b.NextCursor, Total: b.Total, TotalMore: b.TotalMore,
	}}
	for i, r := range b.Items {
		out.Body.Items[i] = s.remarkItem(r, names, languageOf(ctx))
	}
	return out, nil
}

func (f RemarkFilters) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"stage": f.Stage, "status": f.Status} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (s *server) remarkItem(r store.Remark, names map[string]string, l lang.Lang) RemarkItem {
	return RemarkItem{
		RemarkID: r.ID, Stage: r.Stage, StageLabel: s.stageLabel(r.Stage, l), QuestionID: r.QuestionID,
		Author: named(names, r.AuthorID), AuthorRole: r.AuthorRole, Text: r.Text, Severity: r.Severity, Status: r.Status,
		Reply: r.Reply, Reasons: r.Reasons, ReplyBy: named(names, r.ReplyBy), RepliedAt: when(r.RepliedAt), CreatedAt: r.CreatedAt,
	}
}

func (s *server) remark(ctx context.Context, in *newRemarkInput) (*noteOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return noted(s.Act.AddRemark(ctx, s.request(ctx, "/cases/"+id+"/remarks", in.Keyed, in.Body), id, act.NewRemark{
		Stage: in.Body.Stage, QuestionID: in.Body.QuestionID, Text: in.Body.Text, Severity: in.Body.Severity,
	}))
}

func (s *server) reply(ctx context.Context, in *replyInput) (*noteOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	remark, err := knownID(in.RemarkID)
	if err != nil {
		return nil, err
	}
	path := "/cases/" + id + "/remarks/" + remark + "/reply"
	return noted(s.Act.ReplyToRemark(ctx, s.request(ctx, path, in.Keyed, in.Body), id, remark, act.RemarkReply{
		Reply: in.Body.Reply, Followed: *in.Body.Followed, Reasons: in.Body.Reasons,
	}))
}

func (s *server) comment(ctx context.Context, in *commentInput) (*noteOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return noted(s.Act.AddComment(ctx, s.request(ctx, "/cases/"+id+"/comments", in.Keyed, in.Body), id, in.Body.Text))
}

// noted answers with what was put beside a case.
func noted(receipt model.EvidenceReceipt, err error) (*noteOutput, error) {
	if err != nil {
		return nil, err
	}
	return &noteOutput{receipt}, nil
}

func (s *server) listComments(ctx context.Context, in *partInput) (*pageOutput[CommentItem], error) {
	return part(ctx, s, in, "/comments", s.Store.Comments,
		func(c store.Comment) string { return c.AuthorID },
		func(c store.Comment, who *PersonNote, _ lang.Lang) CommentItem {
			return CommentItem{CommentID: c.ID, Author: who, Text: c.Text, CreatedAt: c.CreatedAt}
		})
}
