//go:build !slim

package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
)

// TestFinalDecisions: people whom a provider knows decide, and the provider says
// otherwise meanwhile. The engine's clock is that of the machine, and so is the house's.
func TestFinalDecisions(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			t.Run("role revoked", func(t *testing.T) { o.in(t).roleRevoked() })
			t.Run("role of another token", func(t *testing.T) { o.in(t).roleGranted() })
			t.Run("fresh sign-in", func(t *testing.T) { o.in(t).freshSignIn() })
			t.Run("acts of two", func(t *testing.T) { o.in(t).actsOfTwo() })
		})
	}
}

// roleRevoked: between reading a task and answering it the CISO is one no more. The
// token with which the task was read is of no more use than the new one.
func (o office) roleRevoked() {
	k := knowing(o.House, nil)
	o.House = k.House
	subject := "revoked"
	o.Tokens["nina"] = k.idp.AccessToken(subject, holding("sluss-ciso"))
	id := o.submitted([]string{"base"}, nil)
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse"}).Want(http.StatusOK)
	task := o.task(id, "ciso", "decision")
	tag := o.etag("nina", task)

	o.Clock.Advance(time.Second)
	old := o.Tokens["nina"]
	o.Tokens["nina"] = k.idp.AccessToken(subject, nil)
	call := o.decision("nina", task, m{"outcome": "approve"})
	call.Header = "If-Match: " + tag + "\n" + apitest.Key()
	if a := o.Do(call); a.Code != http.StatusForbidden && a.Code != http.StatusNotFound {
		o.T.Errorf("the new token: %d %s", a.Code, a.Body)
	}
	o.Tokens["nina"] = old
	o.Unchanged(func() {
		if a := o.Do(call); a.Code != http.StatusForbidden && a.Code != http.StatusNotFound {
			o.T.Errorf("the old token: %d %s", a.Code, a.Body)
		}
	})
	o.decide("ciso", task, m{"outcome": "approve"}).Want(http.StatusOK)
}

// roleGranted: a role that is there at the next token is there at once.
func (o office) roleGranted() {
	k := knowing(o.House, nil)
	o.House = k.House
	o.Tokens["nina"] = k.idp.AccessToken("granted", nil)
	id := o.submitted([]string{"base"}, nil)
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse"}).Want(http.StatusOK)
	task := o.task(id, "ciso", "decision")
	o.Get("nina", task).Problem(http.StatusNotFound, "not_found")
	o.Clock.Advance(time.Second)
	o.Tokens["nina"] = k.idp.AccessToken("granted", holding("sluss-ciso"))
	o.decide("nina", task, m{"outcome": "approve"}).Want(http.StatusOK)
}

// freshSignIn: where it is asked for, the CISO decides with a token that says when and
// how she last showed who she is, and with no other. The same request goes on then.
func (o office) freshSignIn() {
	k := knowing(o.Asking(&access.StepUp{MaxAge: 15 * time.Minute, ACR: []string{"loa3"}, Roles: []model.Role{model.RoleCISO}}), nil)
	o.House = k.House
	id := o.submitted([]string{"base"}, nil)
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse"}).Want(http.StatusOK) // is not asked
	task := o.task(id, "ciso", "decision")
	now := o.Clock.Now()
	sign := func(claims m) string { return k.idp.AccessToken("fresh", and(holding("sluss-ciso"), claims)) }
	o.Tokens["nina"] = sign(nil)
	o.Get("nina", "/me").Want(http.StatusOK)
	call := o.decision("nina", task, m{"outcome": "approve"})
	for name, token := range map[string]string{
		"no time":                 sign(m{"acr": "loa3"}),
		"too long ago":            sign(m{"acr": "loa3", "auth_time": now.Add(-16 * time.Minute).Unix()}),
		"too weak":                sign(m{"acr": "loa2", "auth_time": now.Unix()}),
		"in no known way":         sign(m{"auth_time": now.Unix()}),
		"with a token of Sluss's": o.Tokens["ciso"],
		"with somebody else's":    o.Tokens["ciso_2"],
	} {
		o.Tokens["nina"] = token
		o.Unchanged(func() {
			a := o.Do(call)
			a.Problem(http.StatusUnauthorized, "insufficient_user_authentication")
			want := `Bearer realm="sluss", error="insufficient_user_authentication", max_age="900", acr_values="loa3"`
			if got := a.Header().Get("WWW-Authenticate"); got != want {
				o.T.Errorf("%s: the challenge is %s", name, got)
			}
		})
	}
	o.Tokens["nina"] = sign(m{"acr": "loa3", "auth_time": now.Add(-14 * time.Minute).Unix()})
	o.Do(call).Want(http.StatusOK)
	o.Tokens["nina"] = sign(nil)
	o.Do(call).Want(http.StatusOK) // its recorded answer

	if log := o.Log.String(); strings.Contains(log, "eyJ") {
		o.T.Error("a token is in the log")
	}
}

// actsOfTwo: where a fresh sign-in is asked for, what takes two persons asks both for it, whatever their
// roles. Keeping a record ends nothing and asks for none.
func (o office) actsOfTwo() {
	used, meanwhile := o.inUse(), o.submitted([]string{"base"}, m{"case_type": "existing_use"})
	o.post("ciso", "/cases/"+used+"/suspension", o.etag("ciso", "/cases/"+used), m{"reason": "Fel."}).Want(http.StatusOK)
	proposed := propose(o.House, "ciso", m{"files": nextFiles(o.T, "2026.12"), "reason": "En fråga till"}).Want(http.StatusCreated)
	var book api.VersionItem
	proposed.Into(&book)
	comment := func() m {
		id := o.note("owner", "/cases/"+meanwhile+"/comments", m{"text": "Ring Kalle"}).Want(http.StatusCreated).Object()["comment_id"]
		return m{"case_id": meanwhile, "comment_id": id, "reason": "Kalle ber om det"}
	}
	asked := comment()
	disposals := make([]string, 2)
	for i := range disposals {
		disposals[i] = "/disposals/" + o.note("registrar", "/disposals", comment()).Want(http.StatusOK).Object()["disposal_id"].(string)
	}

	k := knowing(o.Asking(&access.StepUp{MaxAge: 15 * time.Minute, Roles: []model.Role{model.RoleDPO}}), nil)
	o.House = k.House
	sign := func(subject, role string, ago time.Duration) string {
		return k.idp.AccessToken(subject, and(holding(role), m{"auth_time": o.Clock.Now().Add(-ago).Unix()}))
	}
	acts := map[string]func(as string) apitest.Answer{
		"publication": func(as string) apitest.Answer {
			return endProposal(o.House, as, book.VersionID, "publication", proposed.Header().Get("ETag"))
		},
		"erasure":  func(as string) apitest.Answer { return o.note(as, "/disposals", asked) },
		"approval": func(as string) apitest.Answer { return o.note(as, disposals[0]+"/approval", m{"reason": "Prövat"}) },
		"resumption": func(as string) apitest.Answer {
			return o.post(as, "/cases/"+used+"/resumption", o.etag("auditor", "/cases/"+used), m{"reason": "Löst."})
		},
		"interim use": func(as string) apitest.Answer {
			return o.post(as, "/cases/"+meanwhile+"/interim-use", o.etag("auditor", "/cases/"+meanwhile), m{
				"allowed_until": calendar.Today(o.Clock.Now()).AddDays(60).String(), "ipl": 0, "uses": []string{"utkast till texter"},
				"reason": "Verktyget används redan.", "decision_authority": "Delegationsordning 9",
			})
		},
	}
	for name, act := range acts {
		role, sluss := "sluss-admin", "admin"
		if name == "resumption" || name == "interim use" {
			role, sluss = "sluss-ciso", "ciso"
		}
		o.Tokens["nina"] = sign("two-"+role, role, 16*time.Minute)
		for _, as := range []string{sluss, "nina"} {
			o.Get(as, "/me").Want(http.StatusOK) // a new person is added at first sight
			o.Unchanged(func() { act(as).Problem(http.StatusUnauthorized, "insufficient_user_authentication") })
		}
		o.Tokens["nina"] = sign("two-"+role, role, 14*time.Minute)
		if a := act("nina"); a.Code != http.StatusOK {
			o.T.Errorf("%s, freshly signed in: %d %s", name, a.Code, a.Body)
		}
	}
	o.note("admin", disposals[1]+"/keeping", m{"reason": "Behövs"}).Want(http.StatusOK)
}
