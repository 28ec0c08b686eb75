package storetest

import (
	"maps"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// The figures are those of all organisations together.
func testFigures(t *testing.T, open Open) {
	s := open(t, 1)
	figures := func(now time.Time) store.Figures {
		t.Helper()
		f, err := s.Figures(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if f := figures(time.Now()); len(f.Cases)+len(f.Overdue)+f.MailsGivenUp != 0 || f.Commands != (store.Waiting{}) || f.Messages != (store.Waiting{}) {
		t.Errorf("of an empty record %+v", f)
	}
	w, other := NewWorld(t, s), NewWorld(t, s)
	w.Draft()
	id := w.Submitted(model.StageManager)
	other.Submitted(model.StageManager)
	began := w.Clock.Now()
	w.Clock.Advance(time.Second)
	withdraw := w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn)
	first := w.Command(id, withdraw)
	w.Clock.Advance(time.Second)
	w.Command(w.Draft(), withdraw)

	f := figures(w.Clock.Now())
	if want := map[model.CaseState]int{model.Draft: 2, model.ManagerReview: 2}; !maps.Equal(f.Cases, want) {
		t.Errorf("cases %v, want %v", f.Cases, want)
	}
	if len(f.Overdue) != 0 || f.Commands != (store.Waiting{N: 2, Oldest: began.Add(time.Second)}) {
		t.Errorf("overdue %v, commands %+v", f.Overdue, f.Commands)
	}
	if f.Messages.N == 0 || f.Messages.Oldest.IsZero() || f.Messages.Oldest.After(began) {
		t.Errorf("messages %+v", f.Messages)
	}
	if f := figures(began.Add(90 * 24 * time.Hour)); f.Overdue[model.RoleManager] != 2 {
		t.Errorf("overdue later %v", f.Overdue)
	}
	w.Record(w.Transition(id, w.Snapshot(id), first.ID, withdraw))
	if f := figures(w.Clock.Now()); f.Commands.N != 1 || f.Cases[model.Withdrawn] != 1 {
		t.Errorf("after one was recorded %+v, %v", f.Commands, f.Cases)
	}

	// What was addressed waits for a mail server, until it is given up.
	w.must(s.SetContact(w.ctx(), w.Org, w.Manager, "maja@sjostad.example", lang.SV))
	_, err := s.AddressMessages(w.ctx(), true, 1000, w.Clock.Now())
	w.must(err)
	f = figures(w.Clock.Now())
	if f.Messages != (store.Waiting{}) || f.Mails.N == 0 || f.Mails.Oldest.IsZero() || f.Mails.Oldest.After(w.Clock.Now()) {
		t.Errorf("addressed: messages %+v, mails %+v", f.Messages, f.Mails)
	}
	due, err := s.DueMail(w.ctx(), w.Clock.Now(), 1)
	w.must(err)
	w.must(s.MailGivenUp(w.ctx(), due[0], "refused"))
	if later := figures(w.Clock.Now()); later.Mails.N != f.Mails.N-1 || later.MailsGivenUp != 1 {
		t.Errorf("given up: %+v, %d", later.Mails, later.MailsGivenUp)
	}
}
