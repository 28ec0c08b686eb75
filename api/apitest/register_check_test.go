//go:build !slim

package apitest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/apitest"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// tool is an entry of the register that allows notes of client meetings.
func tool(h *apitest.House, name string) model.RegisterEntry {
	return model.RegisterEntry{
		Status: model.RegisterActive, Tool: name, Product: "Samtalsnot 4", Kind: "ai_service", Purpose: "Anteckningar.",
		Units: []model.RegisterUnit{{UnitID: h.Unit}}, ApprovedMaxIPL: 3, PersonalData: model.DataApproved,
		SpecialCategories: []string{"health"}, SecrecyProvisions: []string{"OSL 26 kap. 1 §"},
		ApprovedUses: []string{"utkast till journalanteckning"}, NotApprovedUses: []string{"klientärenden"},
		DecisionDate: "2026-11-20", ValidUntil: "2026-12-31", Contact: lang.Text{SV: "Systemägare", EN: "System owner"},
	}
}

func put(h *apitest.House, id string, e model.RegisterEntry) string {
	h.T.Helper()
	id, err := h.Store.PutRegisterEntry(h.T.Context(), apitest.Org, id, e, h.Clock.Now())
	if err != nil {
		h.T.Fatal(err)
	}
	return id
}

// useOf is a question that the tool allows, with changes; nil leaves a field out.
func useOf(tool string, changes m) m {
	body := m{"tool_id": tool, "use": "Utkast till journalanteckning", "information_level": 3}
	for name, v := range changes {
		if body[name] = v; v == nil {
			delete(body, name)
		}
	}
	return body
}

func ask(h *apitest.House, as string, body any) apitest.Answer {
	h.T.Helper()
	return h.Do(apitest.Call{Method: http.MethodPost, Path: "/register/check", As: as, Body: body})
}

// answered is the answer, its reasons' codes and the entry behind it.
func answered(h *apitest.House, as string, body any) string {
	h.T.Helper()
	var a api.UseAnswer
	ask(h, as, body).Want(http.StatusOK).Into(&a)
	out := string(a.Answer)
	for _, r := range a.Reasons {
		out += " " + r.Code
		if r.ID == "" || r.Source == "" || r.Text == "" {
			h.T.Errorf("the reason %+v is incomplete", r)
		}
	}
	if (a.RegisterEntryID == nil) != (a.Answer == model.UnknownTool) || a.AnswerLabel == "" || a.OrgUnit.Code == "" || a.Date.IsZero() {
		h.T.Errorf("answer %+v", a)
	}
	return out
}

func TestUseIsChecked(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		e := tool(h, "Samtalsnot i socialtjänsten")
		e.CaseID = h.Draft("owner", m{"title": "Samtalsnot"})
		id := put(h, "", e)
		branch := store.Unit{OrgID: apitest.Org, ID: model.NewID(), Code: "ifo", Name: lang.Text{SV: "IFO", EN: "IFO"}, ParentID: h.Unit}
		company := branch
		company.ID, company.Code, company.ControllerType = model.NewID(), "bolaget", "municipal_company"
		for _, u := range []store.Unit{branch, company} {
			if err := h.Store.PutUnit(t.Context(), u); err != nil {
				t.Fatal(err)
			}
		}
		h.Unchanged(func() {
			for name, test := range map[string]struct {
				body m
				want string
			}{
				"by entry":             {useOf(id, nil), "allowed"},
				"by case":              {useOf(e.CaseID, nil), "allowed"},
				"by tool":              {useOf(" SAMTALSNOT i  socialtjänsten", nil), "allowed"},
				"by product":           {useOf("samtalsnot 4", nil), "allowed"},
				"with everything":      {useOf(id, m{"personal_data": "yes", "special": []string{"health"}, "secrecy_provision": "OSL 26:1", "org_unit": "namnden", "date": "2026-12-31"}), "allowed"},
				"unknown":              {useOf("Samtalsnot 5", nil), "unknown_tool unknown_tool"},
				"another organisation": {useOf(model.NewID(), nil), "unknown_tool unknown_tool"},
				"excluded":             {useOf(id, m{"use": "Klientärenden", "information_level": 1}), "denied use_excluded"},
				"another use":          {useOf(id, m{"use": "beslut"}), "denied use_not_approved"},
				"too high":             {useOf(id, m{"information_level": 4}), "denied level_not_approved"},
				"another provision":    {useOf(id, m{"secrecy_provision": "OSL 25:1"}), "denied secrecy_not_approved"},
				"another category":     {useOf(id, m{"special": []string{"trade_union"}}), "denied special_categories_not_approved"},
				"after the last day":   {useOf(id, m{"date": "2027-01-01"}), "denied expired"},
				"part of the unit":     {useOf(id, m{"org_unit": "ifo"}), "allowed"},
				"a company below it":   {useOf(id, m{"org_unit": company.ID}), "denied unit_not_adopting"},
			} {
				if got := answered(h, "employee", test.body); got != test.want {
					t.Errorf("%s: %s, want %s", name, got, test.want)
				}
			}
			if got := answered(h, "stranger", useOf(id, nil)); got != "unknown_tool unknown_tool" {
				t.Errorf("another organisation is told %s", got)
			}
		})
		h.Clock.Advance(60 * 24 * time.Hour) // nobody has written that it has expired
		if got := answered(h, "employee", useOf(id, nil)); got != "denied expired" {
			t.Errorf("after the last day: %s", got)
		}
		for as := range h.Tokens {
			ask(h, as, useOf(id, nil)).Want(http.StatusOK)
		}
		ask(h, "", useOf(id, nil)).Problem(http.StatusUnauthorized, "unauthenticated")
	})
}

// TestUseAnswerTellsWhatToKeepTo: conditions, what is kept out, whom to ask; in
// both languages, and not in the log.
func TestUseAnswerTellsWhatToKeepTo(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		e := tool(h, "Samtalsnot")
		e.SecrecyNote, e.Transparency = "Skyddade adresser", []string{"50(1)"}
		e.ConditionsOpen = []model.RegisterCondition{{
			Text: lang.Text{SV: "Loggkontroll", EN: "Log review"}, DueKind: model.DueRecurring, OwnerRole: model.RoleSystemOwner}}
		id := put(h, "", e)
		body := useOf(id, m{"secrecy_provision": "OSL 26:1"})
		if got := answered(h, "employee", body); got != "allowed_with_conditions conditions_open transparency secrecy_note" {
			t.Fatal(got)
		}
		sv := ask(h, "employee", body).Object()
		en := h.Do(apitest.Call{Method: http.MethodPost, Path: "/register/check", As: "employee", Body: body, Header: "Accept-Language: en"}).Object()
		for name, want := range map[string][2]any{
			"answer_label": {"Ja, på villkoren nedan.", "Yes, on the conditions below."}, "contact": {"Systemägare", "System owner"},
			"tool": {"Samtalsnot", "Samtalsnot"}, "valid_until": {"2026-12-31", "2026-12-31"},
			"secrecy_note": {"Skyddade adresser", "Skyddade adresser"}, "date": {"2026-11-23", "2026-11-23"},
		} {
			if sv[name] != want[0] || en[name] != want[1] {
				t.Errorf("%s is %v and %v, want %v", name, sv[name], en[name], want)
			}
		}
		condition := func(a m) any { return a["conditions_open"].([]any)[0].(m)["text"] }
		if condition(sv) != "Loggkontroll" || condition(en) != "Log review" {
			t.Errorf("conditions %v and %v", condition(sv), condition(en))
		}
		if log := h.Log.String(); strings.Contains(log, "ournalanteckning") || strings.Contains(log, "OSL") || !strings.Contains(log, "/register/check") {
			t.Errorf("the log tells what was asked: %s", log)
		}
	})
}

// TestBestEntryAnswers: of the entries of a product the one that allows most.
func TestBestEntryAnswers(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		with := func(status model.RegisterStatus, use string) string {
			e := tool(h, "Samtalsnot för "+use)
			e.Status, e.ApprovedUses = status, []string{use}
			return put(h, "", e)
		}
		ids := map[string]string{
			"a": with(model.RegisterActive, "a"), "b": with(model.RegisterInterim, "b"),
			"stopped": with(model.RegisterSuspended, "a"), "c": with(model.RegisterSuspended, "c"),
		}
		for use, want := range map[string]model.RegisterAnswer{
			"a": model.UseAllowed, "b": model.UseAllowedWithConditions, "c": model.UseDenied,
		} {
			var got api.UseAnswer
			ask(h, "employee", useOf("Samtalsnot 4", m{"use": use})).Want(http.StatusOK).Into(&got)
			if got.Answer != want || got.RegisterEntryID == nil || want != model.UseDenied && *got.RegisterEntryID != ids[use] {
				t.Errorf("%s: %+v", use, got)
			}
		}
		// An entry that is called something else is not found by its old name.
		e := tool(h, "Omdöpt")
		e.Product = "Annan"
		put(h, ids["a"], e)
		if got := answered(h, "employee", useOf("Samtalsnot för a", m{"use": "a"})); got != "denied suspended" {
			t.Errorf("by the old name: %s", got)
		}
		if got := answered(h, "employee", useOf("omdöpt", nil)); got != "allowed" {
			t.Errorf("by the new name: %s", got)
		}
	})
}

func TestUseCheckFaults(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{}, nil)
	id := put(h, "", tool(h, "Samtalsnot"))
	h.Unchanged(func() {
		for _, test := range []struct {
			changes       m
			pointer, code string
		}{
			{m{"tool_id": nil}, "/tool_id", "required"},
			{m{"tool_id": ""}, "/tool_id", "required"},
			{m{"tool_id": strings.Repeat("a", 501)}, "/tool_id", "max"},
			{m{"use": nil}, "/use", "required"},
			{m{"use": strings.Repeat("å", 1001)}, "/use", "max"},
			{m{"information_level": nil}, "/information_level", "required"},
			{m{"information_level": 5}, "/information_level", "max"},
			{m{"information_level": -1}, "/information_level", "min"},
			{m{"information_level": 1.5}, "/information_level", "integer"},
			{m{"information_level": "1"}, "/information_level", "integer"},
			{m{"personal_data": "approved"}, "/personal_data", "oneof"},
			{m{"special": "health"}, "/special", "list"},
			{m{"special": []string{"healthy"}}, "/special", "oneof"},
			{m{"org_unit": "there"}, "/org_unit", "unknown_unit"},
			{m{"date": "2026-02-30"}, "/date", "datetime"},
			{m{"level": 1}, "/level", "unknown_name"},
		} {
			p := ask(h, "employee", useOf(id, test.changes)).Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != test.pointer || p.Errors[0].Code != test.code || p.Errors[0].Message == "" {
				t.Errorf("%v: %+v", test.changes, p.Errors)
			}
		}
		ask(h, "employee", `{"tool_id":`).Problem(http.StatusBadRequest, "malformed")
	})
}

// service gives the house a service account with a token, by its handle.
func service(h *apitest.House, handle string, perMinute int) {
	h.T.Helper()
	id, err := h.Store.PutService(h.T.Context(), apitest.Org, handle, h.Unit, store.Service{PerMinute: perMinute}, h.Clock.Now())
	secret, hash := authn.NewSecret()
	if err == nil {
		err = h.Store.AddToken(h.T.Context(), store.Token{
			OrgID: apitest.Org, ID: model.NewID(), PersonID: id, Purpose: store.PurposeAPI, Hash: hash,
			CreatedAt: h.Clock.Now(), ExpiresAt: h.Clock.Now().AddDate(1, 0, 0),
		})
	}
	if err != nil {
		h.T.Fatal(err)
	}
	h.Tokens[handle], h.People[handle] = secret, id
}

// TestServiceAccount: a gateway asks the register, and nothing else is answered,
// whatever the contract offers.
func TestServiceAccount(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		service(h, "gateway", 0)
		id := put(h, "", tool(h, "Samtalsnot"))
		if got := answered(h, "gateway", useOf(id, nil)); got != "allowed" {
			t.Error(got)
		}
		open := []string{"/register/check", "/api-info", "/openapi.json", "/me", "/livez", "/readyz"}
		for _, path := range open[1:] {
			h.Get("gateway", path).Want(http.StatusOK)
		}
		h.Unchanged(func() {
			contract, err := apitest.Load()
			if err != nil {
				t.Fatal(err)
			}
			fill := strings.NewReplacer("{name}", "intake", "{id}", "se-kommun", "{stage}", "dpia", "{revision}", "1", "{entry_id}", id)
			for path, item := range contract.Paths {
				if slices.Contains(open, strings.TrimPrefix(path, "/api/v1")) {
					continue
				}
				for method := range item {
					h.Do(apitest.Call{Method: strings.ToUpper(method), Path: anyID(fill.Replace(path)), As: "gateway"}).
						Problem(http.StatusForbidden, "forbidden")
				}
			}
		})
		var people struct {
			Items []struct{ User string }
		}
		h.Get("admin", "/people?limit=100").Want(http.StatusOK).Into(&people)
		for _, p := range people.Items {
			if p.User == "gateway" {
				t.Error("the account is among the people")
			}
		}
		h.Get("gateway", "/nowhere").Problem(http.StatusNotFound, "not_found")
	})
}

// anyID puts an id in the place of what is left of a path's parameters.
func anyID(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = model.NewID()
		}
	}
	return strings.Join(parts, "/")
}

// TestServiceLimits: a service account has a limit of its own, or the usual one of
// service accounts.
func TestServiceLimits(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{Limits: api.Limits{Person: 2, Address: 1e6, Service: 5}}, nil)
	service(h, "gateway", 0)
	service(h, "busy", 9)
	let := func(as string) (n int) {
		for range 20 {
			if h.Get(as, "/me").Code == http.StatusOK {
				n++
			}
		}
		return n
	}
	for as, want := range map[string]int{"employee": 2, "gateway": 5, "busy": 9} {
		if n := let(as); n != want {
			t.Errorf("%s: %d let through, want %d", as, n, want)
		}
	}
	service(h, "busy", 12)
	if n := let("busy"); n != 12 {
		t.Errorf("with a new limit %d are let through", n)
	}
}

// TestEveryProcessFollowsTheRegister: two processes on one record, each with a
// connection of its own, answer by the entry as it was last written, by whichever
// of them.
func TestEveryProcessFollowsTheRegister(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := record(t)
			h := apitest.OpenAt(t, url, api.Options{}, nil)
			second, err := store.Open(t.Context(), store.Options{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = second.Close() })
			other := act.New(act.Options{Store: second, Book: rulebook.Default(), Clock: h.Clock})
			stores, services := []*store.Store{h.Store, second}, []*act.Service{h.Act, other}
			e := tool(h, "Samtalsnot")
			id := put(h, "", e)
			for i := range 60 {
				e.Status = []model.RegisterStatus{model.RegisterSuspended, model.RegisterActive}[i%2]
				e.RegistryNo = fmt.Sprint(i)
				if _, err := stores[i%3%2].PutRegisterEntry(t.Context(), apitest.Org, id, e, h.Clock.Now()); err != nil {
					t.Fatal(err)
				}
				want := []model.RegisterAnswer{model.UseDenied, model.UseAllowed}[i%2]
				for n, s := range services {
					if got := checkedBy(t, s, h, id); got.Answer != want || got.Entry.RegistryNo != e.RegistryNo {
						t.Fatalf("change %d: process %d answers %s by entry %s, want %s", i, n, got.Answer, got.Entry.RegistryNo, want)
					}
				}
			}
			manyAtOnce(t, h, services, id)
		})
	}
}

func checkedBy(t *testing.T, s *act.Service, h *apitest.House, id string) act.CheckedUse {
	t.Helper()
	got, err := s.CheckUse(context.Background(), model.Actor{OrgID: apitest.Org, UnitID: h.Unit}, act.UseCheck{
		Tool: id, Question: assess.UseQuestion{Use: "utkast till journalanteckning", Date: calendar.MustParseDate("2026-12-01")},
	})
	if err != nil {
		t.Error(err)
	}
	return got
}

// manyAtOnce writes while both processes are asked: nobody is answered by an older
// entry than was there when the question was put.
func manyAtOnce(t *testing.T, h *apitest.House, services []*act.Service, id string) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	written := 0
	stop := make(chan struct{})
	for _, s := range services {
		for range 4 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					mu.Lock()
					least := written
					mu.Unlock()
					if got := checkedBy(t, s, h, id); got.Entry.ApprovedMaxIPL < least {
						t.Errorf("answered by version %d when %d was there", got.Entry.ApprovedMaxIPL, least)
						return
					}
				}
			})
		}
	}
	e := tool(h, "Samtalsnot")
	for n := 4; n < 60; n++ {
		e.ApprovedMaxIPL = n // counts the versions
		put(h, id, e)
		mu.Lock()
		written = n
		mu.Unlock()
	}
	close(stop)
	wg.Wait()
}

// TestRegistersAreApart: each organisation is answered by its own register, also
// where the other has a tool of the same name, and after either has changed.
func TestRegistersAreApart(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		stranger, err := h.Store.Person(t.Context(), apitest.Elsewhere, "stranger")
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]string{}
		say := func(org string, status model.RegisterStatus, unit string) {
			e := tool(h, "Samtalsnot")
			e.Status, e.Units = status, []model.RegisterUnit{{UnitID: unit}}
			if ids[org], err = h.Store.PutRegisterEntry(t.Context(), org, ids[org], e, h.Clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
		are := func(here, there string) {
			t.Helper()
			for as, want := range map[string]string{"employee": here, "stranger": there} {
				if got := answered(h, as, useOf("samtalsnot", nil)); got != want {
					t.Errorf("%s: %s, want %s", as, got, want)
				}
			}
		}
		say(apitest.Org, model.RegisterActive, h.Unit)
		are("allowed", "unknown_tool unknown_tool")
		say(apitest.Elsewhere, model.RegisterSuspended, stranger.UnitID)
		are("allowed", "denied suspended")
		say(apitest.Org, model.RegisterSuspended, h.Unit)
		say(apitest.Elsewhere, model.RegisterActive, stranger.UnitID)
		are("denied suspended", "allowed")
	})
}

// TestUnreadRegister: while the register cannot be read, nobody is told that a tool
// may be used, or not, whatever was read before.
func TestUnreadRegister(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := record(t)
			h := apitest.OpenAt(t, url, api.Options{}, nil)
			id := put(h, "", tool(h, "Samtalsnot"))
			other, err := store.Open(t.Context(), store.Options{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			process := func() *act.Service {
				return act.New(act.Options{Store: other, Book: rulebook.Default(), Clock: h.Clock, Log: slog.New(slog.DiscardHandler)})
			}
			before, after := process(), process()
			if got := checkedBy(t, before, h, id); got.Answer != model.UseAllowed {
				t.Errorf("before: %s", got.Answer)
			}
			if err := other.Close(); err != nil {
				t.Fatal(err)
			}
			for name, s := range map[string]*act.Service{"one that has read it": before, "one that has not": after} {
				got, err := s.CheckUse(t.Context(), model.Actor{OrgID: apitest.Org, UnitID: h.Unit}, act.UseCheck{Tool: id})
				if model.CodeOf(err) != model.CodeUnavailable || got.Answer != "" {
					t.Errorf("%s: answered %q with %v", name, got.Answer, err)
				}
			}
		})
	}
}
