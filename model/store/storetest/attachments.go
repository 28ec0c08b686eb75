package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/store"
)

// noting is a command of something that is put beside a case.
func (w *World) noting(caseID, actor string) model.Command {
	return model.Command{
		OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: caseID, Kind: "note",
		ActorID: actor, BodyHash: "b1",
	}
}

// attachment is a file of the owner's that can be attached to the intake.
func (w *World) attachment(caseID string) store.NewAttachment {
	return store.NewAttachment{
		Part: store.Intake, Pointer: "/purpose_text", FileName: "Hemlig bilaga.pdf", MediaType: "application/pdf",
		Size: 1234, SHA256: strings.Repeat("ab", 32), Note: "Visar det hemliga avtalet.", Command: w.noting(caseID, w.Owner),
	}
}

// attach attaches a file, after which rows and events must agree.
func (w *World) attach(n store.NewAttachment) store.Attachment {
	w.Helper()
	receipt, err := w.Store.AddAttachment(w.ctx(), n, w.Clock.Now())
	w.must(err)
	if c := w.Case(n.Command.CaseID); receipt.CaseID != c.ID || receipt.Seq != c.Seq || receipt.SHA256 != n.SHA256 {
		w.Errorf("receipt %+v, case at %d", receipt, c.Seq)
	}
	w.Verify(n.Command.CaseID)
	a, err := w.Store.Attachment(w.ctx(), w.Org, n.Command.CaseID, receipt.AttachmentID)
	w.must(err)
	return a
}

func (w *World) attachments(caseID string) []store.Attachment {
	w.Helper()
	all, err := w.Store.Attachments(w.ctx(), w.Org, caseID)
	w.must(err)
	return all
}

// opened returns what the commitments of a case's last event open to, among the
// given texts by field.
func (w *World) opened(caseID string, texts map[string]string) (audit.Event, map[string]string) {
	w.Helper()
	c := w.Case(caseID)
	events, err := w.Store.Events(w.ctx(), w.Org, caseID, c.Seq-1, 1)
	w.must(err)
	salts, err := w.Store.Salts(w.ctx(), w.Org, caseID)
	w.must(err)
	found := map[string]string{}
	for _, s := range salts {
		if s.Seq == c.Seq && audit.Opens(events[0].Commitments[s.Field], s.Salt, texts[s.Field]) {
			found[s.Field] = texts[s.Field]
		}
	}
	if len(events[0].Commitments) != len(found) {
		w.Errorf("%d commitments, %d of them open", len(events[0].Commitments), len(found))
	}
	return events[0], found
}

func testAttachments(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	n := w.attachment(id)
	first := w.attach(n)
	want := store.Attachment{
		ID: first.ID, CaseID: id, Part: n.Part, Pointer: n.Pointer, FileName: n.FileName, MediaType: n.MediaType,
		Size: n.Size, SHA256: n.SHA256, Note: n.Note, AddedBy: w.Owner, AddedAt: w.Clock.Now(),
	}
	if first != want {
		t.Errorf("attached %+v, want %+v", first, want)
	}
	texts := map[string]string{"file_name": n.FileName, "note": n.Note, "pointer": n.Pointer, "sha256": n.SHA256}
	event, found := w.opened(id, texts)
	if !maps.Equal(found, texts) || event.Kind != string(model.EventAttachmentAdded) || event.CommandID != n.Command.ID || event.ActorID != w.Owner {
		t.Errorf("event %+v, committed to %v", event, found)
	}
	for _, secret := range []string{"emlig", n.SHA256, "purpose_text"} {
		if strings.Contains(toJSON(event), secret) {
			t.Errorf("the event says %q", secret)
		}
	}
	if c := w.Case(id); c.Version != 0 || !c.UpdatedAt.Equal(w.Clock.Now()) {
		t.Errorf("case %+v", c)
	}

	// The same content again is another row.
	again := w.attachment(id)
	again.Note, again.Pointer, again.Part = "", "", "dpia"
	w.Clock.Advance(time.Second)
	second := w.attach(again)
	if all := w.attachments(id); !slices.Equal(all, []store.Attachment{first, second}) {
		t.Errorf("attachments %+v", all)
	}
	w.otherSeesNothing(id, first.ID)
}

// otherSeesNothing asks as another organisation.
func (w *World) otherSeesNothing(caseID, attachmentID string) {
	w.Helper()
	other := NewWorld(w.TB, w.Store)
	if all, err := w.Store.Attachments(w.ctx(), other.Org, caseID); len(all) > 0 || err != nil {
		w.Errorf("another organisation sees %v, %v", all, err)
	}
	if a, err := w.Store.Attachment(w.ctx(), other.Org, caseID, attachmentID); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("another organisation reads %v, %v", a, err)
	}
	if err := w.Store.RemoveAttachment(w.ctx(), other.Org, caseID, attachmentID, w.Owner, w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("another organisation removes: %v", err)
	}
	n := other.attachment(caseID)
	if _, err := w.Store.AddAttachment(w.ctx(), n, w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("another organisation attaches: %v", err)
	}
	used, err := w.Store.ReferredContent(w.ctx(), other.Org, []string{n.SHA256})
	if len(used) > 0 || err != nil {
		w.Errorf("another organisation refers to %v, %v", used, err)
	}
}

// What is refused leaves nothing behind, the command neither.
func testAttachmentRefusals(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	used := w.attachment(id)
	w.attach(used)
	ended := w.Draft()
	w.Do(ended, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	for name, test := range map[string]struct {
		change func(*store.NewAttachment)
		is     func(error) bool
	}{
		"the case has ended": {func(n *store.NewAttachment) { n.Command.CaseID = ended }, coded(model.CodeStateConflict)},
		"no such case":       {func(n *store.NewAttachment) { n.Command.CaseID = model.NewID() }, is(store.ErrNotFound)},
		"no such condition":  {func(n *store.NewAttachment) { n.ConditionID = model.NewID() }, is(store.ErrReference)},
		"a null character":   {func(n *store.NewAttachment) { n.Note = "a\x00b" }, coded(model.CodeInvalid)},
		"the same key":       {func(n *store.NewAttachment) { n.Command.RequestKey = used.Command.RequestKey }, store.IsConflict},
	} {
		n := w.attachment(id)
		test.change(&n)
		if _, err := w.Store.AddAttachment(w.ctx(), n, w.Clock.Now()); !test.is(err) {
			t.Errorf("%s: %v", name, err)
		}
		if c, err := w.Store.Command(w.ctx(), w.Org, n.Command.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: the command is there: %+v, %v", name, c, err)
		}
	}
	if c := w.Case(id); c.Seq != 2 || len(w.attachments(id)) != 1 {
		t.Errorf("%d events, attachments %+v", c.Seq, w.attachments(id))
	}
	w.Verify(id)
	w.Verify(ended)
}

func is(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }

func coded(code model.Code) func(error) bool {
	return func(err error) bool { return model.CodeOf(err) == code }
}

func testRemoveAttachment(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	remove := func(a store.Attachment, actor string) error {
		return w.Store.RemoveAttachment(w.ctx(), w.Org, a.CaseID, a.ID, actor, w.Clock.Now())
	}
	id := w.Draft()
	a, same := w.attach(w.attachment(id)), w.attach(w.attachment(id))
	if err := remove(a, w.Everybody); model.CodeOf(err) != model.CodeForbidden {
		t.Errorf("another person's: %v", err)
	}
	for range 2 { // the second time changes nothing
		w.must(remove(a, w.Owner))
	}
	if c := w.Case(id); c.Seq != 4 || w.eventKinds(id)[3] != string(model.EventAttachmentRemoved) {
		t.Errorf("events %v", w.eventKinds(id))
	}
	if all := w.attachments(id); !slices.Equal(all, []store.Attachment{same}) {
		t.Errorf("left %+v", all)
	}
	gone, err := w.Store.Attachment(w.ctx(), w.Org, id, a.ID)
	if err != nil || !gone.RemovedAt.Equal(w.Clock.Now()) {
		t.Errorf("removed %+v, %v", gone, err)
	}
	w.refers(a.SHA256, true) // by the other row
	w.must(remove(same, w.Owner))
	w.refers(a.SHA256, false)
	w.Verify(id)

	// What was handed in with the part stays; what was attached after does not.
	early := w.attach(w.attachment(id))
	w.Clock.Advance(time.Minute)
	w.Do(id, w.Submit(id, Plan("s1", model.StageLegalBasis)))
	w.Clock.Advance(time.Minute)
	late, elsewhere := w.attach(w.attachment(id)), w.attachment(id)
	elsewhere.Part = "dpia"
	if err := remove(early, w.Owner); model.CodeOf(err) != model.CodeStateConflict {
		t.Errorf("handed in: %v", err)
	}
	w.must(remove(late, w.Owner))
	w.must(remove(w.attach(elsewhere), w.Owner))
	w.evidenceIsKept(id, remove)
}

// evidenceIsKept: evidence for a condition can be taken away until the condition
// is met.
func (w *World) evidenceIsKept(id string, remove func(store.Attachment, string) error) {
	w.Helper()
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawfulWithConditions, Condition(model.DueBeforeUse)))
	conditions, err := w.Store.Conditions(w.ctx(), w.Org, id)
	w.must(err)
	evidence := func() store.Attachment {
		n := w.attachment(id)
		n.Part, n.Pointer, n.ConditionID = "", "", conditions[0].ID
		return w.attach(n)
	}
	w.must(remove(evidence(), w.Owner))
	kept := evidence()
	w.Do(id, w.VerifyCondition(w.DPO, conditions[0].ID, model.ConditionMet))
	if err := remove(kept, w.Owner); model.CodeOf(err) != model.CodeStateConflict {
		w.Errorf("evidence for a condition that is met: %v", err)
	}
	w.Verify(id)
}

// refers checks whether an attachment refers to content, among many that none
// refers to.
func (w *World) refers(hash string, want bool) {
	w.Helper()
	hashes := []string{}
	for i := range 1500 {
		hashes = append(hashes, fmt.Sprintf("%064x", i))
	}
	used, err := w.Store.ReferredContent(w.ctx(), w.Org, append(hashes, hash))
	if err != nil || used[hash] != want || len(used) > 1 {
		w.Errorf("referred to: %v, %v", used, err)
	}
}
