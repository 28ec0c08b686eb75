package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// Every change to the register is counted, and what was written after a change is
// found by its number.
func testRegisterChanges(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	change := func() int64 {
		n, err := w.Store.RegisterChange(w.ctx(), w.Org)
		w.must(err)
		return n
	}
	after := func(n int64) string {
		records, err := w.Store.RegisterChangedAfter(w.ctx(), w.Org, n)
		w.must(err)
		var out []string
		for _, r := range records {
			out = append(out, fmt.Sprintf("%s %d", r.Entry.Tool, r.Version))
		}
		slices.Sort(out)
		return fmt.Sprint(out)
	}
	if got := after(-1); got != "[]" {
		t.Errorf("an empty register lists %s", got)
	}
	begun := change()
	first := w.putEntry("", w.Entry("", "Första"))
	w.putEntry("", w.Entry("", "Andra"))
	if n := change(); n != begun+2 || after(-1) != "[Andra 1 Första 1]" || after(n) != "[]" {
		t.Errorf("after two entries the change is %d and all are %s", n-begun, after(-1))
	}
	middle := change()
	w.putEntry(first, w.Entry("", "Första")) // says nothing new
	if change() != middle {
		t.Error("nothing was counted as a change")
	}
	stopped := w.Entry("", "Första")
	stopped.Status = model.RegisterSuspended
	w.putEntry(first, stopped)
	stopped.ApprovedMaxIPL = 0
	w.putEntry(first, stopped)
	if n := change(); n != middle+2 || after(middle) != "[Första 3]" || after(-1) != "[Andra 1 Första 3]" {
		t.Errorf("after two changes the number is %d more, and they are %s", n-middle, after(middle))
	}
	before := change()
	w.must(w.Store.PutUnit(w.ctx(), store.Unit{
		OrgID: w.Org, ID: model.NewID(), Code: "ny", Name: lang.Text{SV: "Ny", EN: "New"}, ControllerType: "board",
	}))
	if change() != before+1 || after(before) != "[]" {
		t.Error("a new unit is not a change of its own")
	}
	other := NewWorld(t, w.Store)
	if n, err := w.Store.RegisterChange(w.ctx(), other.Org); err != nil || n >= before {
		t.Errorf("another organisation's number is %d, %v", n, err)
	}
	if got, err := w.Store.RegisterChangedAfter(w.ctx(), other.Org, -1); err != nil || len(got) > 0 {
		t.Errorf("another organisation's register lists %d, %v", len(got), err)
	}
	if n, err := w.Store.RegisterChange(w.ctx(), "nowhere"); err != nil || n != 0 {
		t.Errorf("where there is no organisation the number is %d, %v", n, err)
	}
}

// Whoever has read up to a change misses nothing that is committed later, however
// many write at once.
func testRegisterChangesAtOnce(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	const writers, entries = 6, 8
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for i := range entries {
				if _, err := w.Store.PutRegisterEntry(w.ctx(), w.Org, "", w.Entry("", fmt.Sprint(i)), w.Clock.Now()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writing.Wait(); close(done) }()
	seen, last := map[string]bool{}, int64(-1)
	read := func() {
		next, err := w.Store.RegisterChange(w.ctx(), w.Org)
		w.must(err)
		records, err := w.Store.RegisterChangedAfter(w.ctx(), w.Org, last)
		w.must(err)
		for _, r := range records {
			seen[r.ID] = true
		}
		last = next
	}
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-time.After(time.Millisecond):
		}
		read()
	}
	if len(seen) != writers*entries {
		t.Errorf("%d of %d entries were seen", len(seen), writers*entries)
	}
}

// A service account that somebody adds gets tokens and loses them, each by a command of
// its own that is stored with it.
func testServiceTokens(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	command := func(kind model.ActKind) model.Command {
		return model.Command{OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), Kind: kind, ActorID: w.Owner, BodyHash: "b"}
	}
	account := store.Person{OrgID: w.Org, ID: model.NewID(), Handle: "gateway", UnitID: w.Unit, Service: &store.Service{PerMinute: 60}}
	made, err := w.Store.AddService(w.ctx(), account, command("add_service"), w.Clock.Now())
	w.must(err)
	if made.ServiceID != account.ID {
		t.Errorf("the receipt is %+v", made)
	}
	for _, taken := range []string{"gateway", "cilla"} {
		account.ID, account.Handle = model.NewID(), taken
		c := command("add_service")
		if _, err := w.Store.AddService(w.ctx(), account, c, w.Clock.Now()); !errors.Is(err, store.ErrNameTaken) {
			t.Errorf("%s once more: %v", taken, err)
		}
		if _, err := w.Store.CommandByKey(w.ctx(), w.Org, c.RequestKey); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("what was refused is stored: %v", err)
		}
	}
	token := func(id, of string) (model.EvidenceReceipt, error) {
		return w.Store.AddServiceToken(w.ctx(), store.Token{
			OrgID: w.Org, ID: id, PersonID: of, Label: "x", Hash: "hash-" + id, ExpiresAt: w.Clock.Now().Add(time.Hour),
		}, command("add_service_token"), w.Clock.Now())
	}
	id := model.NewID()
	if _, err := token(id, w.Owner); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a token for a person: %v", err)
	}
	_, err = token(id, made.ServiceID)
	w.must(err)
	byToken := func() error {
		_, err := w.Store.PersonByToken(w.ctx(), "hash-"+id, store.PurposeAPI, w.Clock.Now())
		return err
	}
	w.must(byToken())
	revoke := func(of string) error {
		_, err := w.Store.RevokeServiceToken(w.ctx(), of, id, command("revoke_service_token"), w.Clock.Now())
		return err
	}
	if err := revoke(w.Owner); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("revoked as another account's: %v", err)
	}
	w.must(revoke(made.ServiceID))
	if err := revoke(made.ServiceID); model.CodeOf(err) != model.CodeStateConflict {
		t.Errorf("revoked twice: %v", err)
	}
	if err := byToken(); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a revoked token: %v", err)
	}
	all, err := w.Store.ServiceTokens(w.ctx(), w.Org)
	w.must(err)
	if len(all) != 1 || all[0].ID != id || all[0].PersonID != made.ServiceID || all[0].RevokedAt.IsZero() {
		t.Errorf("the tokens are %+v", all)
	}
}

// A service account asks with a token of its own and is nobody that could be named.
func testServices(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	put := func(handle string, perMinute int) string {
		id, err := w.Store.PutService(w.ctx(), w.Org, handle, w.Unit, store.Service{PerMinute: perMinute}, w.Clock.Now())
		w.must(err)
		return id
	}
	id := put("gateway", 0)
	if again := put("gateway", 600); again != id {
		t.Errorf("the same handle is account %s, not %s", again, id)
	}
	list, err := w.Store.Services(w.ctx(), w.Org)
	w.must(err)
	if len(list) != 1 || list[0].ID != id || list[0].Handle != "gateway" || list[0].UnitID != w.Unit || list[0].Service.PerMinute != 600 {
		t.Errorf("service accounts %+v", list)
	}
	if _, err := w.Store.PutService(w.ctx(), w.Org, "cilla", w.Unit, store.Service{}, w.Clock.Now()); !store.IsConflict(err) {
		t.Errorf("an account with a person's handle: %v", err)
	}
	if p, err := w.Store.Person(w.ctx(), w.Org, "cilla"); err != nil || p.Service != nil {
		t.Errorf("the person is %+v, %v", p, err)
	}
	hash := "hash-service" + w.Org
	w.must(w.Store.AddToken(w.ctx(), store.Token{
		OrgID: w.Org, ID: model.NewID(), PersonID: id, Label: "x", Purpose: store.PurposeAPI, Hash: hash,
		CreatedAt: w.Clock.Now(), ExpiresAt: w.Clock.Now().Add(time.Hour),
	}))
	p, err := w.Store.PersonByToken(w.ctx(), hash, store.PurposeAPI, w.Clock.Now())
	if err != nil || p.ID != id || p.Service == nil || p.Service.PerMinute != 600 || len(p.Roles) > 0 {
		t.Errorf("behind the token is %+v, %v", p, err)
	}
	for _, ref := range []string{id, "gateway"} {
		if _, err := w.Store.Person(w.ctx(), w.Org, ref); err == nil {
			t.Errorf("%s can be named", ref)
		}
	}
	if _, err := w.Store.PersonByIdentity(w.ctx(), w.Org, store.LocalIssuer, "gateway"); err == nil {
		t.Error("the account has an identity")
	}
	people, err := w.Store.People(w.ctx(), w.Org)
	w.must(err)
	if len(people) == 0 || slices.ContainsFunc(people, func(p store.Person) bool { return p.ID == id }) {
		t.Errorf("the account is among the people")
	}
	colleagues, err := w.Store.Colleagues(w.ctx(), store.ColleagueFilter{OrgID: w.Org})
	w.must(err)
	if len(colleagues) != len(people) {
		t.Errorf("there are %d people and %d colleagues", len(people), len(colleagues))
	}
}
