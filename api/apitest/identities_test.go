//go:build !slim

package apitest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/api/authn/authntest"
	"sluss/api/authn/idp"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// TestKeys: the provider changes its keys, goes away and comes back, and is asked only
// so often whatever the tokens say.
func TestKeys(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(known){
		"every algorithm":                        everyAlgorithm,
		"rotated":                                keysRotated,
		"withdrawn":                              keyWithdrawn,
		"a flood of unknown ones":                keyFlood,
		"a flood while the provider is away":     keyFloodWhileAway,
		"cached while the provider is away":      keysCached,
		"the provider is away at the start":      awayAtStart,
		"the provider has another name":          otherName,
		"the clock is set back":                  clockSetBack,
		"the clocks are ten minutes apart":       clocksApart,
		"a refusal counts against the address":   refusalsCount,
		"several keys, and those of other kinds": severalKeys,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(knowing(apitest.Open(t, api.Options{}, nil), nil))
		})
	}
}

func everyAlgorithm(k known) {
	for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA} {
		k.idp.Rotate(alg)
		k.restart()
		k.accepted(k.idp.AccessToken("nina", nil))
		k.refused(k.idp.AccessToken("nina", nil)[:200]+"AAAA"+k.idp.AccessToken("nina", nil)[204:], "")
	}
}

func keysRotated(k known) {
	old := k.idp.AccessToken("nina", nil)
	k.accepted(old)
	k.idp.Add(jose.ES256)
	k.refused(k.idp.AccessToken("nina", nil), "key") // asked a moment ago
	k.Clock.Advance(time.Minute)
	k.accepted(k.idp.AccessToken("nina", nil))
	k.accepted(old) // still published
	if n := k.idp.AskedForKeys(); n != 2 {
		k.T.Errorf("asked %d times", n)
	}
}

func keyWithdrawn(k known) {
	old := k.idp.AccessToken("nina", m{"exp": k.Clock.Now().Add(time.Hour).Unix()})
	k.accepted(old)
	k.idp.Rotate(jose.ES256)
	k.accepted(old)
	k.Clock.Advance(10 * time.Minute)
	eventually(k.T, func() bool { return k.me(old).Code == http.StatusUnauthorized })
	k.refused(old, "key")
}

// keyFlood sends a thousand tokens with keys that there are not, many at once.
func keyFlood(k known) {
	good := k.idp.AccessToken("nina", nil)
	k.accepted(good)
	before := k.idp.AskedForKeys()
	k.Clock.Advance(time.Minute)
	flood := func() {
		tokens := make(chan string, 1000)
		for i := range 1000 {
			tokens <- k.idp.Forge(m{"typ": "at+jwt", "kid": fmt.Sprint("unknown-", i)}, k.idp.Access("nina", nil))
		}
		close(tokens)
		var senders sync.WaitGroup
		for range 16 {
			senders.Go(func() {
				for token := range tokens {
					if a := k.me(token); a.Code != http.StatusUnauthorized {
						k.T.Errorf("an unknown key: %d", a.Code)
					}
				}
			})
		}
		senders.Wait()
	}
	flood()
	if n := k.idp.AskedForKeys() - before; n != 1 {
		k.T.Errorf("1,000 tokens in a minute made %d questions", n)
	}
	k.Clock.Advance(59 * time.Second)
	flood()
	if n := k.idp.AskedForKeys() - before; n != 1 {
		k.T.Errorf("2,000 tokens in a minute made %d questions", n)
	}
	k.accepted(good)
}

func keyFloodWhileAway(k known) {
	k.idp.SetDown(true)
	for range 20 {
		k.me(k.idp.AccessToken("nina", nil)).Problem(http.StatusServiceUnavailable, "unavailable")
	}
	if n := k.idp.AskedForKeys(); n != 1 {
		k.T.Errorf("asked %d times in a moment", n)
	}
	k.Clock.Advance(10 * time.Second)
	k.me(k.idp.AccessToken("nina", nil)).Problem(http.StatusServiceUnavailable, "unavailable")
	if n := k.idp.AskedForKeys(); n != 2 {
		k.T.Errorf("asked %d times in ten seconds", n)
	}
}

func keysCached(k known) {
	k.accepted(k.idp.AccessToken("nina", nil))
	k.idp.SetDown(true)
	for range 30 {
		k.Clock.Advance(10 * time.Minute)
		k.accepted(k.idp.AccessToken("nina", nil))
	}
	k.refused(k.idp.Forge(m{"typ": "at+jwt", "kid": "unknown"}, k.idp.Access("nina", nil)), "key")
	k.idp.SetDown(false)
	k.idp.Add(jose.ES256)
	k.Clock.Advance(time.Minute)
	k.accepted(k.idp.AccessToken("nina", nil))
}

func awayAtStart(k known) {
	k.idp.SetDown(true)
	k.Get("owner", "/me").Want(http.StatusOK) // Sluss's own tokens
	a := k.me(k.idp.AccessToken("nina", nil))
	a.Problem(http.StatusServiceUnavailable, "unavailable")
	if a.Header().Get("Retry-After") == "" {
		k.T.Error("nobody says when to come again")
	}
	k.idp.SetDown(false)
	k.Clock.Advance(10 * time.Second)
	k.accepted(k.idp.AccessToken("nina", nil))
}

// otherName: what answers at the address says that it is somebody else.
func otherName(k known) {
	k.config.Providers[0].Issuer += "/"
	k.restart()
	k.me(k.idp.AccessToken("nina", m{"iss": k.idp.Issuer + "/"})).Problem(http.StatusServiceUnavailable, "unavailable")
}

func clockSetBack(k known) {
	k.accepted(k.idp.AccessToken("nina", nil))
	k.Clock.Advance(-time.Hour)
	k.idp.Rotate(jose.ES256)
	k.accepted(k.idp.AccessToken("nina", nil))
}

func clocksApart(k known) {
	k.accepted(k.idp.AccessToken("nina", nil))
	ahead := k.Clock.Now().Add(10 * time.Minute)
	k.refused(k.idp.AccessToken("nina", m{"iat": ahead.Unix(), "nbf": ahead.Unix(), "exp": ahead.Add(5 * time.Minute).Unix()}), "not_yet_valid")
	behind := k.Clock.Now().Add(-10 * time.Minute)
	k.refused(k.idp.AccessToken("nina", m{"iat": behind.Unix(), "nbf": behind.Unix(), "exp": behind.Add(5 * time.Minute).Unix()}), "expired")
}

func refusalsCount(k known) {
	limited := apitest.Open(k.T, api.Options{Limits: api.Limits{Person: 1000, Address: 3}}, nil)
	k = knowing(limited, nil)
	for range 3 {
		k.refused(k.idp.AccessToken("nina", m{"aud": "x"}), "audience")
	}
	k.me(k.idp.AccessToken("nina", m{"aud": "x"})).Problem(http.StatusTooManyRequests, "too_many_requests")
	k.accepted(k.idp.AccessToken("nina", nil))
}

func severalKeys(k known) {
	var tokens []string
	for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.EdDSA, jose.ES256} {
		k.idp.Add(alg)
		tokens = append(tokens, k.idp.AccessToken("nina", nil), k.idp.Sign(m{"typ": "at+jwt", "kid": nil}, k.idp.Access("nina", nil)))
	}
	for _, token := range tokens {
		k.accepted(token)
	}
	k.refused(k.idp.Sign(m{"typ": "at+jwt", "kid": "key-of-tomorrow"}, k.idp.Access("nina", nil)), "key")
}

func eventually(t testing.TB, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come to pass")
		}
	}
}

// TestPeopleOfProviders: who somebody is, and what they may do, as the provider says.
func TestPeopleOfProviders(t *testing.T) {
	for name, test := range map[string]func(*testing.T, *apitest.House){
		"first sight":      firstSight,
		"names":            namesOfPeople,
		"at once":          firstSightAtOnce,
		"linked":           linkedPeople,
		"organisations":    twoOrganisations,
		"roles":            rolesFollow,
		"roles kept apart": rolesApart,
		"roles left out":   rolesLeftOut,
		"units":            unitsFollow,
		"blocked":          blockedPeople,
		"Entra ID":         entraID,
	} {
		t.Run(name, func(t *testing.T) { eachRecord(t, test) })
	}
}

func firstSight(_ *testing.T, h *apitest.House) {
	k := knowing(h, nil)
	before := k.Counts()["people"]
	me := k.accepted(k.idp.AccessToken("nina-0001", and(holding("sluss-ciso", "unknown"), m{
		"preferred_username": "Nina.Nilsson", "name": " Nina \n Nilsson ", "email": "nina@example.org",
	})))
	if me.User != "nina.nilsson" || me.Name != "Nina Nilsson" || me.OrgID != apitest.Org || me.OrgUnit != "namnden" ||
		!slices.Equal(me.Roles, []model.Role{model.RoleCISO, model.RoleUser}) {
		k.T.Errorf("she is %+v", me)
	}
	if again := k.accepted(k.idp.AccessToken("nina-0001", and(holding("sluss-ciso"), m{"preferred_username": "changed", "name": "Nina Ny"}))); again.ID != me.ID || again.User != me.User {
		k.T.Errorf("again she is %+v", again)
	}
	p, err := k.Store.Person(k.T.Context(), apitest.Org, me.ID)
	if err != nil || p.Email != "nina@example.org" {
		k.T.Errorf("in the record she is %+v, %v", p, err)
	}
	// The same address is not the same person.
	if other := k.accepted(k.idp.AccessToken("nina-0002", m{"email": "nina@example.org", "preferred_username": "nina.nilsson"})); other.ID == me.ID ||
		!strings.HasPrefix(other.User, "nina.nilsson-") {
		k.T.Errorf("somebody else is %+v", other)
	}
	if n := k.Counts()["people"]; n != before+2 {
		k.T.Errorf("%d people were added", n-before)
	}
	for _, personal := range []string{"Nilsson", "nilsson", "example.org", "nina-0001"} {
		if strings.Contains(k.Log.String(), personal) {
			k.T.Errorf("%s is in the log", personal)
		}
	}
}

// namesOfPeople: what a claim says becomes nobody else's user name and no id.
func namesOfPeople(_ *testing.T, h *apitest.House) {
	k := knowing(h, nil)
	victim := k.People["owner"]
	for i, name := range []string{"owner", victim, strings.ToUpper(victim), "", " ", "a b", "a/b", "ni\x00na", "<b>", strings.Repeat("n", 65)} {
		me := k.accepted(k.idp.AccessToken(fmt.Sprint("s", i), m{"preferred_username": name, "name": name}))
		if me.ID == victim || me.User == "owner" || me.User == victim || me.User == "" || me.Name == "" || strings.ContainsAny(me.User, " /\x00<") {
			k.T.Errorf("%q became %+v", name, me)
		}
	}
	if p, err := k.Store.Person(k.T.Context(), apitest.Org, victim); err != nil || p.ID != victim {
		k.T.Errorf("the id names %+v, %v", p, err)
	}
}

func firstSightAtOnce(_ *testing.T, h *apitest.House) {
	k := knowing(h, nil)
	before := k.Counts()["people"]
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if a := k.me(k.idp.AccessToken("nina-0001", m{"preferred_username": "nina"})); a.Code != http.StatusOK {
				k.T.Errorf("%d: %s", a.Code, a.Body)
			}
		})
	}
	all.Wait()
	if n := k.Counts()["people"]; n != before+1 {
		k.T.Errorf("%d people were added", n-before)
	}
}

// linkedPeople: nobody is added, and who was linked beforehand is let in as they are.
func linkedPeople(_ *testing.T, h *apitest.House) {
	k := knowing(h, func(pc *idp.ProviderConfig) { pc.People.Create, pc.Roles = false, nil })
	token := k.idp.AccessToken("nina-0001", and(holding("sluss-admin"), m{"preferred_username": "ciso", "email": "ciso@example.org"}))
	k.Unchanged(func() { k.refused(token, "person") })
	link := store.Identity{OrgID: apitest.Org, Issuer: k.idp.Issuer, Subject: "nina-0001", PersonID: k.People["ciso"]}
	if err := k.Store.LinkIdentity(k.T.Context(), link); err != nil {
		k.T.Fatal(err)
	}
	if me := k.accepted(token); me.ID != k.People["ciso"] || !slices.Equal(me.Roles, []model.Role{model.RoleCISO}) {
		k.T.Errorf("linked: %+v", me)
	}
	k.refused(k.idp.AccessToken("nina-0001 ", nil), "person")
	if err := k.Store.UnlinkIdentity(k.T.Context(), apitest.Org, k.idp.Issuer, "nina-0001"); err != nil {
		k.T.Fatal(err)
	}
	k.refused(token, "person")
}

// twoOrganisations: each provider knows the people of one.
func twoOrganisations(_ *testing.T, h *apitest.House) {
	k := knowing(h, nil)
	other := authntest.New(k.T, k.Clock)
	pc := k.config.Providers[0]
	pc.Name, pc.Issuer, pc.Organisation = "other", other.Issuer, apitest.Elsewhere
	k.config.Providers = append(k.config.Providers, pc)
	k.restart()
	here, there := k.accepted(k.idp.AccessToken("nina-0001", nil)), k.accepted(other.AccessToken("nina-0001", nil))
	if here.OrgID != apitest.Org || there.OrgID != apitest.Elsewhere || here.ID == there.ID {
		k.T.Errorf("here %+v, there %+v", here, there)
	}
	// One provider cannot speak for the other.
	k.refused(other.AccessToken("nina-0001", m{"iss": k.idp.Issuer}), "")
	k.refused(k.idp.AccessToken("nina-0001", m{"iss": other.Issuer}), "")
}

// rolesFollow: the newest token says what somebody may do, whoever asks with an older
// one.
func rolesFollow(_ *testing.T, h *apitest.House) {
	k := knowing(h, nil)
	has := func(token string, want ...model.Role) {
		k.T.Helper()
		if me := k.accepted(token); !slices.Equal(me.Roles, want) {
			k.T.Errorf("the roles are %v, want %v", me.Roles, want)
		}
	}
	older := k.idp.AccessToken("nina-0001", holding("sluss-ciso"))
	has(older, model.RoleCISO, model.RoleUser)
	k.Clock.Advance(time.Second)
	none := k.idp.AccessToken("nina-0001", nil)
	has(none, model.RoleUser)
	has(older, model.RoleUser)
	k.Clock.Advance(time.Second)
	newer := k.idp.AccessToken("nina-0001", holding("sluss-admin"))
	has(newer, model.RoleAdministrator, model.RoleUser)
	has(none, model.RoleAdministrator, model.RoleUser)
	// A token that says nothing new is still the newest.
	k.Clock.Advance(time.Second)
	unseen := k.idp.AccessToken("nina-0001", holding("sluss-ciso"))
	k.Clock.Advance(time.Second)
	has(k.idp.AccessToken("nina-0001", holding("sluss-admin")), model.RoleAdministrator, model.RoleUser)
	has(unseen, model.RoleAdministrator, model.RoleUser)
	k.Unchanged(func() { has(newer, model.RoleAdministrator, model.RoleUser) })
}

func rolesApart(_ *testing.T, h *apitest.House) {
	k := knowing(h, nil)
	me := k.accepted(k.idp.AccessToken("nina-0001", holding("sluss-dpo")))
	k.Clock.Advance(time.Second)
	both := k.idp.AccessToken("nina-0001", holding("sluss-dpo", "sluss-admin"))
	k.Unchanged(func() {
		p := k.me(both).Problem(http.StatusForbidden, "segregation_of_duties")
		if got := ruleIDs(p); !slices.Equal(got, []string{"SOD-02"}) {
			k.T.Errorf("the rules are %v", got)
		}
	})
	if !strings.Contains(k.Log.String(), `"rule":"SOD-02"`) {
		k.T.Error("nobody reports it")
	}
	p, err := k.Store.Person(k.T.Context(), apitest.Org, me.ID)
	if err != nil || !slices.Equal(p.Roles, []model.Role{model.RoleDPO, model.RoleUser}) {
		k.T.Errorf("in the record %+v, %v", p, err)
	}
}

// rolesLeftOut: who is in too many groups for a token is not somebody without any.
func rolesLeftOut(_ *testing.T, h *apitest.House) {
	k := knowing(h, func(pc *idp.ProviderConfig) { pc.Roles.Claim = "groups" })
	me := k.accepted(k.idp.AccessToken("nina-0001", m{"groups": []string{"sluss-ciso"}}))
	k.Clock.Advance(time.Second)
	for _, claims := range []m{
		{"_claim_names": m{"groups": "src1"}, "_claim_sources": m{"src1": m{"endpoint": "https://graph.example/groups"}}},
		{"hasgroups": true},
	} {
		k.refused(k.idp.AccessToken("nina-0001", claims), "left_out")
	}
	p, err := k.Store.Person(k.T.Context(), apitest.Org, me.ID)
	if err != nil || !slices.Contains(p.Roles, model.RoleCISO) {
		k.T.Errorf("in the record %+v, %v", p, err)
	}
	for name, claims := range map[string]m{"a text": {"groups": "sluss-ciso"}, "mixed": {"groups": []any{7, "sluss-ciso", nil}}} {
		k.Clock.Advance(time.Second)
		if me := k.accepted(k.idp.AccessToken("nina-0001", claims)); !slices.Contains(me.Roles, model.RoleCISO) {
			k.T.Errorf("%s: %+v", name, me)
		}
	}
}

func unitsFollow(_ *testing.T, h *apitest.House) {
	k := knowing(h, nil)
	moved := k.idp.AccessToken("nina-0001", m{"department": "Barn och utbildning"})
	if me := k.accepted(moved); me.OrgUnit != "namnden" { // there is no such unit yet
		k.T.Errorf("she is %+v", me)
	}
	unit := store.Unit{OrgID: apitest.Org, ID: model.NewID(), Code: "bun", Name: lang.Text{SV: "Barn", EN: "Children"}, ControllerType: "board"}
	if err := k.Store.PutUnit(k.T.Context(), unit); err != nil {
		k.T.Fatal(err)
	}
	for _, claims := range []m{{"department": "Barn och utbildning"}, {"department": "unknown"}, nil} {
		k.Clock.Advance(time.Second)
		if me := k.accepted(k.idp.AccessToken("nina-0001", claims)); me.OrgUnit != "bun" {
			k.T.Errorf("%v: she is %+v", claims, me)
		}
	}
	if me := k.accepted(k.idp.AccessToken("nina-0002", m{"department": "Barn och utbildning"})); me.OrgUnit != "bun" {
		k.T.Errorf("a new person is %+v", me)
	}
}

// blockedPeople: who is blocked is refused at once, with a token that was good a moment
// ago and with a new one, and is nobody new.
func blockedPeople(_ *testing.T, h *apitest.House) {
	k := knowing(h, nil)
	token := k.idp.AccessToken("nina-0001", nil)
	me := k.accepted(token)
	if err := k.Store.BlockPerson(k.T.Context(), apitest.Org, me.ID, k.Clock.Now()); err != nil {
		k.T.Fatal(err)
	}
	k.Unchanged(func() {
		k.refused(token, "person")
		k.Clock.Advance(time.Second)
		k.refused(k.idp.AccessToken("nina-0001", holding("sluss-admin")), "person")
	})
	if err := k.Store.UnblockPerson(k.T.Context(), apitest.Org, me.ID); err != nil {
		k.T.Fatal(err)
	}
	if again := k.accepted(token); again.ID != me.ID || slices.Contains(again.Roles, model.RoleAdministrator) {
		k.T.Errorf("let in again: %+v", again)
	}
}

// entraID: tokens of the type JWT, people by oid, one scope that tells them from ID
// tokens.
func entraID(_ *testing.T, h *apitest.House) {
	k := knowing(h, func(pc *idp.ProviderConfig) {
		pc.API.TokenType, pc.API.Scope, pc.People.Subject, pc.Roles.Claim = "jwt", "sluss.use", "oid", "roles"
	})
	token := func(more m) string {
		return k.idp.Sign(m{"typ": "JWT"}, k.idp.Access("pairwise", and(m{
			"oid": "nina-0001", "scp": "openid sluss.use", "roles": []string{"sluss-ciso"}, "azp": "a-client", "client_id": nil,
		}, more)))
	}
	me := k.accepted(token(nil))
	if again := k.accepted(token(m{"sub": "pairwise elsewhere"})); again.ID != me.ID || !slices.Contains(me.Roles, model.RoleCISO) {
		k.T.Errorf("she is %+v and %+v", me, again)
	}
	for name, test := range map[string]struct {
		more   m
		reason string
	}{
		"ID token":            {m{"scp": nil, "nonce": "n"}, "type"},
		"ID token, no nonce":  {m{"scp": nil}, "scope"},
		"of an application":   {m{"scp": nil, "idtyp": "app"}, "scope"},
		"another scope":       {m{"scp": "sluss.used"}, "scope"},
		"no oid":              {m{"oid": nil}, "claims"},
		"oid that is no text": {m{"oid": 1}, "claims"},
	} {
		k.T.(*testing.T).Run(name, func(t *testing.T) {
			k := k
			k.House = k.In(t)
			k.refused(token(test.more), test.reason)
		})
	}
	k.accepted(k.idp.Sign(m{"typ": "at+jwt"}, k.idp.Access("pairwise", m{"oid": "nina-0001", "scope": "sluss.use other"})))
}
