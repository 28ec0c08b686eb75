package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// decommissioned returns a case that was decommissioned, with a condition, a comment
// and a file of the security review.
func (w *World) decommissioned() string {
	w.Helper()
	id := w.Submitted(model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawfulWithConditions, Condition(model.DueDate)))
	_, err := w.Store.AddComment(w.ctx(), w.noting(id, w.Owner), "En hemlig kommentar", w.Clock.Now())
	w.must(err)
	file := w.attachment(id)
	file.Part = string(model.StageCISO)
	_, err = w.Store.AddAttachment(w.ctx(), file, w.Clock.Now())
	w.must(err)
	w.Do(id, w.Plain(model.ActActivate, w.SystemOwner, model.EventActivated, model.Active))
	w.Do(id, w.Plain(model.ActDecommission, w.SystemOwner, model.EventDecommissioned, model.Decommissioned))
	return id
}

// retention disposes of all that a rule can, two years after decommissioning.
func (w *World) retention(kind string, removes ...string) store.Retention {
	return store.Retention{
		OrgID: w.Org, Kind: kind, Removes: removes, Before: w.Clock.Now().AddDate(-2, 0, 0), Due: w.Today(), RulebookDigest: "d1",
	}
}

func (w *World) proposed(r store.Retention, want int) []store.Disposal {
	w.Helper()
	n, err := w.Store.ProposeDisposals(w.ctx(), r, w.Clock.Now())
	w.must(err)
	found, err := w.Store.Disposals(w.ctx(), store.DisposalFilter{OrgID: w.Org, Kind: r.Kind})
	w.must(err)
	if n != want {
		w.Fatalf("%d disposals proposed, want %d", n, want)
	}
	return found
}

// disposes answers a disposal and verifies its case.
func (w *World) disposes(d store.Disposal, actor string, keep bool, removes ...string) error {
	w.Helper()
	_, err := w.Store.AnswerDisposal(w.ctx(), store.DisposalAnswer{
		ID: d.ID, Keep: keep, As: model.RoleRegistrar, Reason: "Gallringsbeslut 12", Removes: removes, Command: w.noting(d.CaseID, actor),
	}, w.Clock.Now())
	if d.CaseID != "" {
		w.Verify(d.CaseID)
	}
	return err
}

func testDisposal(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	registrar, other := w.Person("rut", model.RoleRegistrar), w.Person("ada", model.RoleAdministrator)
	id := w.decommissioned()
	all := []string{"comments", "conditions", "reminders", "evidence"}
	w.proposed(w.retention("notes", all...), 0) // its time has not come
	w.Clock.Advance(3 * 366 * 24 * time.Hour)
	w.proposed(w.retention("camera", "camera_assessment"), 0) // it holds none
	d := w.proposed(w.retention("notes", all...), 1)[0]
	w.proposed(w.retention("notes", all...), 0)
	if d.CaseID != id || d.Status != model.DisposalProposed || d.ProposedBy != model.System || d.RegistryNo == "" {
		t.Fatalf("proposed %+v", d)
	}
	before := w.Case(id).Seq

	w.must(w.disposes(d, registrar, false, all...))
	if err := w.disposes(d, registrar, false, all...); model.CodeOf(err) != model.CodeSegregation {
		t.Fatalf("the same person twice: %v", err)
	}
	if comments, _ := w.Store.Comments(w.ctx(), w.Org, id); comments[0].Text == "" || w.Case(id).Seq != before {
		t.Fatal("one person disposed of it")
	}
	w.must(w.disposes(d, other, false, all...))
	if err := w.disposes(d, other, true); model.CodeOf(err) != model.CodeStateConflict {
		t.Errorf("after the end: %v", err)
	}

	comments, err := w.Store.Comments(w.ctx(), w.Org, id)
	w.must(err)
	conditions, err := w.Store.Conditions(w.ctx(), w.Org, id)
	w.must(err)
	files, err := w.Store.Attachments(w.ctx(), w.Org, id)
	w.must(err)
	if comments[0].Text != "" || conditions[0].TextSV != "" || len(files) != 0 {
		t.Errorf("left: %+v %+v %+v", comments, conditions, files)
	}
	salts, err := w.Store.Salts(w.ctx(), w.Org, id)
	w.must(err)
	for _, s := range salts {
		if s.Field == "text" || s.Field == "file_name" || strings.HasPrefix(s.Field, "conditions.") {
			t.Errorf("the salt of %s is left", s.Field)
		}
	}
	if !slices.ContainsFunc(salts, func(s store.Salt) bool { return s.Field == "motivation" }) {
		t.Error("the motivation of the decision is not preserved")
	}
	kinds := w.eventKinds(id)
	if kinds[len(kinds)-1] != string(model.EventDisposed) {
		t.Errorf("events %v", kinds)
	}
	if after, err := w.Store.Disposal(w.ctx(), w.Org, d.ID); err != nil || after.Status != model.DisposalDone || after.FirstBy != registrar ||
		after.ClosedBy != other || after.Removed < 3 {
		t.Errorf("disposal %+v, %v", after, err)
	}
	w.proposed(w.retention("notes", all...), 0)
}

func testDisposalKept(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	registrar := w.Person("rut", model.RoleRegistrar)
	id := w.decommissioned()
	w.Clock.Advance(3 * 366 * 24 * time.Hour)
	d := w.proposed(w.retention("notes", "comments"), 1)[0]
	w.must(w.disposes(d, registrar, true))
	w.proposed(w.retention("notes", "comments"), 0) // it is not asked for again
	kinds := w.eventKinds(id)
	if comments, _ := w.Store.Comments(w.ctx(), w.Org, id); comments[0].Text == "" || kinds[len(kinds)-1] != string(model.EventDisposalKept) {
		t.Errorf("comments %+v, events %v", comments, kinds)
	}
	if found, err := w.Store.Disposals(w.ctx(), store.DisposalFilter{OrgID: w.Org, Status: model.DisposalKept, CaseID: id}); err != nil || len(found) != 1 {
		t.Errorf("kept: %+v, %v", found, err)
	}
	if found, err := w.Store.Disposals(w.ctx(), store.DisposalFilter{OrgID: NewWorld(t, w.Store).Org}); err != nil || len(found) != 0 {
		t.Errorf("another organisation reads %+v, %v", found, err)
	}
}

// erases asks for an erasure by one person and does it by another.
func (w *World) erases(n store.NewErasure, first, second string) error {
	w.Helper()
	n.As, n.Reason, n.Due = model.RoleRegistrar, "GDPR 17", w.Today()
	n.Command = w.noting(n.Command.CaseID, first)
	receipt, err := w.Store.AddErasure(w.ctx(), n, w.Clock.Now())
	if err != nil {
		return err
	}
	d, err := w.Store.Disposal(w.ctx(), w.Org, receipt.DisposalID)
	w.must(err)
	if err := w.disposes(d, first, false); model.CodeOf(err) != model.CodeSegregation {
		w.Errorf("who asks erases alone: %v", err)
	}
	return w.disposes(d, second, false)
}

func testErasure(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	registrar, other := w.Person("rut", model.RoleRegistrar), w.Person("ada", model.RoleAdministrator)
	id := w.Submitted(model.StageManager)
	var comments []string
	for _, text := range []string{"Ring Kalle på 070", "En annan"} {
		r, err := w.Store.AddComment(w.ctx(), w.noting(id, w.Owner), text, w.Clock.Now())
		w.must(err)
		comments = append(comments, r.CommentID)
		w.Clock.Advance(time.Second)
	}
	erase := store.NewErasure{CommentID: comments[0], Command: model.Command{CaseID: id}}
	w.must(w.erases(erase, registrar, other))
	if got, err := w.Store.Comments(w.ctx(), w.Org, id); err != nil || got[0].Text != "" || got[1].Text == "" {
		t.Errorf("comments %+v, %v", got, err)
	}
	if err := w.erases(erase, registrar, other); model.CodeOf(err) != model.CodeUnchanged {
		t.Errorf("erased twice: %v", err)
	}
	if err := w.erases(store.NewErasure{CommentID: model.NewID(), Command: model.Command{CaseID: id}}, registrar, other); err != store.ErrNotFound {
		t.Errorf("an unknown comment: %v", err)
	}

	owner := store.NewErasure{PersonID: w.Owner}
	if err := w.erases(owner, registrar, other); model.CodeOf(err) != model.CodePersonNeeded {
		t.Errorf("an owner of a case that goes on: %v", err)
	}
	w.Do(id, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	asked, err := w.Store.Disposals(w.ctx(), store.DisposalFilter{OrgID: w.Org, Kind: model.DisposalPerson})
	w.must(err)
	w.must(w.disposes(asked[0], other, false))
	w.Verify(id)
	names, err := w.Store.Names(w.ctx(), w.Org, []string{w.Owner})
	w.must(err)
	_, byName := w.Store.Person(w.ctx(), w.Org, "olle")
	_, byIdentity := w.Store.PersonByIdentity(w.ctx(), w.Org, store.LocalIssuer, "olle")
	if names[w.Owner] != model.ErasedName || byName != store.ErrNotFound || byIdentity != store.ErrNotFound {
		t.Errorf("the person is %q, %v, %v", names[w.Owner], byName, byIdentity)
	}
	kinds := w.eventKinds(id)
	if kinds[len(kinds)-1] != string(model.EventPersonErased) || w.Case(id).ProjectOwnerID != w.Owner {
		t.Errorf("events %v", kinds)
	}
}
