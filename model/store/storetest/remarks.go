package storetest

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// remark is a remark of the DPO's on the legal basis.
func (w *World) remark(caseID string) store.NewRemark {
	return store.NewRemark{
		Stage: model.StageLegalBasis, QuestionID: "LB-03", AuthorRole: model.RoleDPO, Text: "Grunden är hemligt svag.",
		Severity: model.SeverityToFix, Command: w.noting(caseID, w.DPO),
	}
}

func (w *World) addRemark(n store.NewRemark) store.Remark {
	w.Helper()
	receipt, err := w.Store.AddRemark(w.ctx(), n, w.Clock.Now())
	w.must(err)
	w.Verify(n.Command.CaseID)
	r, err := w.Store.Remark(w.ctx(), w.Org, n.Command.CaseID, receipt.RemarkID)
	w.must(err)
	return r
}

func (w *World) reply(r store.Remark, actor string, followed bool) (store.RemarkReply, error) {
	reply := store.RemarkReply{
		RemarkID: r.ID, Reply: "Hemligt svar.", Followed: followed, Command: w.noting(r.CaseID, actor),
	}
	if !followed {
		reply.Reasons = "Hemliga skäl."
	}
	_, err := w.Store.ReplyToRemark(w.ctx(), reply, w.Clock.Now())
	return reply, err
}

func testRemarks(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis, model.StageCISO)
	n := w.remark(id)
	first := w.addRemark(n)
	want := store.Remark{
		ID: first.ID, CaseID: id, Stage: n.Stage, QuestionID: n.QuestionID, AuthorID: w.DPO, AuthorRole: model.RoleDPO,
		Text: n.Text, Severity: n.Severity, Status: model.RemarkOpen, CreatedAt: w.Clock.Now(),
	}
	if first != want {
		t.Errorf("remark %+v, want %+v", first, want)
	}
	event, found := w.opened(id, map[string]string{"text": n.Text})
	if len(found) != 1 || event.Kind != string(model.EventRemarkAdded) || strings.Contains(toJSON(event), "emlig") {
		t.Errorf("event %s, committed to %v", toJSON(event), found)
	}
	w.Clock.Advance(time.Second)
	other := w.remark(id)
	other.AuthorRole, other.Command.ActorID, other.QuestionID = model.RoleInformationOwner, w.InfoOwner, ""
	second := w.addRemark(other)
	elsewhere := w.remark(id)
	elsewhere.Stage, elsewhere.AuthorRole, elsewhere.Command.ActorID = model.StageCISO, model.RoleCISO, w.CISO
	third := w.addRemark(elsewhere)
	_, err := w.reply(third, w.Owner, true)
	w.must(err)

	for _, test := range []struct {
		store.RemarkFilter
		want []string
	}{
		{store.RemarkFilter{}, []string{first.ID, second.ID, third.ID}},
		{store.RemarkFilter{Stage: model.StageLegalBasis}, []string{first.ID, second.ID}},
		{store.RemarkFilter{Status: model.RemarkAnswered}, []string{third.ID}},
		{store.RemarkFilter{Stage: model.StageLegalBasis, Status: model.RemarkAnswered}, nil},
	} {
		remarks, err := w.Store.Remarks(w.ctx(), w.Org, id, test.RemarkFilter)
		w.must(err)
		var got []string
		for _, r := range remarks {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v, want %v", test.RemarkFilter, got, test.want)
		}
	}
	w.openRemarks(id, model.StageLegalBasis, model.RoleDPO, 1)
	w.openRemarks(id, model.StageLegalBasis, "", 2)
	w.openRemarks(id, model.StageCISO, "", 0)
	w.remarkRefusals(id)
}

func (w *World) openRemarks(id string, stage model.StageKey, role model.Role, want int) {
	w.Helper()
	if n, err := w.Store.OpenRemarks(w.ctx(), w.Org, id, stage, role); err != nil || n != want {
		w.Errorf("open remarks of %q on %s: %d, %v, want %d", role, stage, n, err, want)
	}
}

func (w *World) remarkRefusals(id string) {
	w.Helper()
	before := w.Case(id)
	draft := w.Draft()
	for name, test := range map[string]struct {
		change func(*store.NewRemark)
		is     func(error) bool
	}{
		"a stage that the case does not have": {func(n *store.NewRemark) { n.Stage = model.StageDPIA }, coded(model.CodeStateConflict)},
		"a draft has no stages":               {func(n *store.NewRemark) { n.Command.CaseID = draft }, coded(model.CodeStateConflict)},
		"no such case":                        {func(n *store.NewRemark) { n.Command.CaseID = model.NewID() }, is(store.ErrNotFound)},
		"a null character":                    {func(n *store.NewRemark) { n.Text = "\x00" }, coded(model.CodeInvalid)},
	} {
		n := w.remark(id)
		test.change(&n)
		if _, err := w.Store.AddRemark(w.ctx(), n, w.Clock.Now()); !test.is(err) {
			w.Errorf("%s: %v", name, err)
		}
	}
	if after := w.Case(id); after.Seq != before.Seq {
		w.Errorf("what was refused left an event")
	}
}

func testReplyToRemark(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	for _, followed := range []bool{true, false} {
		r := w.addRemark(w.remark(id))
		if _, err := w.reply(r, w.DPO, followed); model.CodeOf(err) != model.CodeForbidden {
			t.Errorf("by its author: %v", err)
		}
		reply, err := w.reply(r, w.Owner, followed)
		w.must(err)
		want := r
		want.Status, want.Reply, want.Reasons, want.ReplyBy, want.RepliedAt = model.RemarkAnswered, reply.Reply, reply.Reasons, w.Owner, w.Clock.Now()
		texts := map[string]string{"reply": reply.Reply}
		if !followed {
			want.Status, texts["reasons"] = model.RemarkNotFollowed, reply.Reasons
		}
		got, err := w.Store.Remark(w.ctx(), w.Org, id, r.ID)
		if err != nil || got != want {
			t.Errorf("followed %v: %+v, %v", followed, got, err)
		}
		event, found := w.opened(id, texts)
		if !maps.Equal(found, texts) || event.Kind != string(model.EventRemarkAnswered) || strings.Contains(toJSON(event), "emlig") ||
			!strings.Contains(string(event.Data), string(want.Status)) || !strings.Contains(string(event.Data), string(r.Stage)) {
			t.Errorf("event %s, committed to %v", toJSON(event), found)
		}
		if _, err := w.reply(r, w.InfoOwner, followed); model.CodeOf(err) != model.CodeStateConflict {
			t.Errorf("a second time: %v", err)
		}
		w.Verify(id)
	}
	if _, err := w.reply(store.Remark{ID: model.NewID(), CaseID: id}, w.Owner, true); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such remark: %v", err)
	}
	left := w.addRemark(w.remark(id))
	if _, err := w.reply(store.Remark{ID: left.ID, CaseID: w.Draft()}, w.Owner, true); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another case's remark: %v", err)
	}
	other := NewWorld(t, w.Store)
	if r, err := w.Store.Remark(w.ctx(), other.Org, id, left.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another organisation reads %+v, %v", r, err)
	}
	if all, err := w.Store.Remarks(w.ctx(), other.Org, id, store.RemarkFilter{}); len(all) > 0 || err != nil {
		t.Errorf("another organisation lists %+v, %v", all, err)
	}
	if n, err := w.Store.OpenRemarks(w.ctx(), other.Org, id, model.StageLegalBasis, ""); n != 0 || err != nil {
		t.Errorf("another organisation counts %d, %v", n, err)
	}
}

// Of many answers to one remark exactly one is recorded.
func testOneReply(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	r := w.addRemark(w.remark(id))
	var recorded atomic.Int64
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			switch _, err := w.reply(r, w.Owner, true); {
			case err == nil:
				recorded.Add(1)
			case model.CodeOf(err) != model.CodeStateConflict:
				t.Errorf("reply: %v", err)
			}
		})
	}
	group.Wait()
	if c := w.Case(id); recorded.Load() != 1 || w.eventKinds(id)[c.Seq-1] != string(model.EventRemarkAnswered) {
		t.Errorf("%d replies, events %v", recorded.Load(), w.eventKinds(id))
	}
	w.Verify(id)
}

func testComments(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	const text = "Hemlig fråga?\nTill alla."
	for range 2 {
		c := w.noting(id, w.Owner)
		receipt, err := w.Store.AddComment(w.ctx(), c, text, w.Clock.Now())
		w.must(err)
		event, found := w.opened(id, map[string]string{"text": text})
		if receipt.Seq != event.Seq || len(found) != 1 || event.Kind != string(model.EventCommentAdded) || strings.Contains(toJSON(event), "emlig") {
			t.Errorf("receipt %+v, event %s", receipt, toJSON(event))
		}
		if _, err := w.Store.AddComment(w.ctx(), c, text, w.Clock.Now()); !store.IsConflict(err) {
			t.Errorf("the same key: %v", err)
		}
		w.Clock.Advance(time.Second)
	}
	comments, err := w.Store.Comments(w.ctx(), w.Org, id)
	w.must(err)
	if len(comments) != 2 || comments[0].Text != text || comments[0].AuthorID != w.Owner || !comments[0].CreatedAt.Before(comments[1].CreatedAt) {
		t.Errorf("comments %+v", comments)
	}
	if all, err := w.Store.Comments(w.ctx(), NewWorld(t, w.Store).Org, id); len(all) > 0 || err != nil {
		t.Errorf("another organisation reads %+v, %v", all, err)
	}
	w.Do(id, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	if _, err := w.Store.AddComment(w.ctx(), w.noting(id, w.Owner), text, w.Clock.Now()); model.CodeOf(err) != model.CodeStateConflict {
		t.Errorf("after the end: %v", err)
	}
	w.Verify(id)
}

// useEvidence calls every function that puts something beside a case.
func (w *World) useEvidence(id string) error {
	ctx, s := w.ctx(), w.Store
	a := w.attach(w.attachment(id))
	r := w.addRemark(w.remark(id))
	_, answered := w.reply(r, w.Owner, false)
	_, commented := s.AddComment(ctx, w.noting(id, w.Owner), "En fråga", w.Clock.Now())
	_, attachments := s.Attachments(ctx, w.Org, id)
	_, referred := s.ReferredContent(ctx, w.Org, []string{a.SHA256})
	_, remarks := s.Remarks(ctx, w.Org, id, store.RemarkFilter{Stage: r.Stage})
	_, open := s.OpenRemarks(ctx, w.Org, id, r.Stage, model.RoleDPO)
	_, comments := s.Comments(ctx, w.Org, id)
	return errors.Join(answered, commented, attachments, referred, remarks, open, comments,
		s.RemoveAttachment(ctx, w.Org, id, a.ID, w.Owner, w.Clock.Now()))
}
