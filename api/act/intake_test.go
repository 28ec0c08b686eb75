package act

import (
	"log/slog"
	"path/filepath"
	"testing"

	"sluss/model"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// TestTheProfileFollowsTheUnit lets nobody choose the guidelines that suit: a case
// is judged by the profile of the unit that its answers name, wherever it was
// opened.
func TestTheProfileFollowsTheUnit(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	st, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "record.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	now := clock.System.Now()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(st.AddOrganisation(ctx, store.Organisation{ID: "o", Name: "Slussby", Profile: "strictest"}, now))
	for code, profile := range map[string]string{"board": "", "company": "lidkoping"} {
		must(st.PutUnit(ctx, store.Unit{
			OrgID: "o", ID: code, Code: code, Name: lang.Text{SV: code, EN: code},
			ControllerType: "public_authority", Profile: profile,
		}))
	}
	must(st.AddPerson(ctx, store.Person{
		OrgID: "o", ID: "p", Handle: "p", Name: "P", UnitID: "company", Roles: []model.Role{model.RoleProjectOwner},
	}, now))
	s := New(Options{Store: st, Book: rulebook.Default(), Clock: clock.System, Log: slog.New(slog.DiscardHandler)})
	actor := model.Actor{OrgID: "o", PersonID: "p", UnitID: "company", Roles: []model.Role{model.RoleProjectOwner}}

	opened, err := s.OpenCase(ctx, Request{Actor: actor, Path: "/cases", Key: "1"}, map[string]any{"title": "Privat licens"})
	must(err)
	c, err := st.Case(ctx, "o", opened.Receipt.CaseID)
	must(err)
	for unit, want := range map[string]string{"company": "lidkoping", "board": "strictest"} {
		judged, err := s.judge(ctx, c, map[string]any{"org_unit_id": unit, "account_type": "private_licence"}, "")
		must(err)
		if judged.Profile != want {
			t.Errorf("opened in a company, answered for %s: judged by %s, want %s", unit, judged.Profile, want)
		}
	}
}
