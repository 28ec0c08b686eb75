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

	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

// ways are the ways round the segregation of duties (rulebook 10): by roles that come
// and go, by tasks that are given away, by conditions, joint tasks, raising, standing
// advice, interim use, incidents, overriding and activation.
var ways = map[string]func(office){
	"SOD-01 the owner becomes a reviewer":            office.ownerBecomesReviewer,
	"SOD-01 the owner hands the case over":           office.ownerHandsOver,
	"SOD-02 the DPO becomes the CISO":                office.dpoBecomesCISO,
	"SOD-02 the adviser becomes the decider":         office.adviserDecides,
	"SOD-03 the CISO operates":                       office.cisoOperates,
	"SOD-04 whoever owes a condition verifies it":    office.debtorVerifies,
	"SOD-05 the CISO overrides the own rejection":    office.rejecterOverrides,
	"SOD-05 the rejecter reads it again":             office.rejecterReads,
	"SOD-06 the administrator reviews":               office.administratorReviews,
	"SOD-08 whoever answers reviews":                 office.answererReviews,
	"SOD-09 the auditor writes":                      office.auditorWrites,
	"two words are two people's":                     office.twoWords,
	"a role is revoked between reading and deciding": office.revokedMeanwhile,
}

// TestSegregation tries them on both databases. Afterwards the rows of every case are
// looked through.
func TestSegregation(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			for way, try := range ways {
				t.Run(way, func(t *testing.T) { try(o.in(t)) })
			}
			t.Run("fifty at once", func(t *testing.T) { o.in(t).fiftyAtOnce() })
			o.keptApart()
		})
	}
}

// refuses checks that somebody is refused by a rule, and that the case is as it was.
func (o office) refuses(id, rule string, do func() apitest.Answer) {
	o.T.Helper()
	o.refused(id, http.StatusForbidden, "segregation_of_duties", rule, do)
}

func (o office) toEnvironment() string {
	o.T.Helper()
	id := o.Draft("owner", o.intakeOf(o.vectors().facts("TV-26", imaging)))
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	return id
}

// give has the administrator give a task to somebody.
func (o office) give(as, task, to string) apitest.Answer {
	o.T.Helper()
	return o.Do(apitest.Call{
		Method: http.MethodPut, Path: task + "/assignment", As: as, Body: m{"assignee": o.People[to], "reason": "Ledig."},
		Header: "If-Match: " + o.etag("auditor", task),
	})
}

func (o office) claim(as, task string) apitest.Answer {
	o.T.Helper()
	return o.Do(apitest.Call{
		Method: http.MethodPut, Path: task + "/assignment", As: as, Body: m{"assignee": "me"}, Header: "If-Match: " + o.etag("auditor", task),
	})
}

func (o office) ownerBecomesReviewer() {
	id := o.toEnvironment()
	defer o.SetRoles("owner", model.RoleProjectOwner, model.RoleUser)
	o.SetRoles("owner", model.RoleProjectOwner, model.RoleUser, model.RoleEnvironmentReviewer, model.RoleCISO)
	task := o.task(id, "environment", "decision")
	o.refuses(id, "SOD-01", func() apitest.Answer { return o.claim("owner", task) })
	o.refuses(id, "SOD-01", func() apitest.Answer { return o.give("admin", task, "owner") })
	o.refuses(id, "SOD-01", func() apitest.Answer { return o.decide("owner", task, m{"outcome": "justified"}) })
	o.refuses(id, "SOD-01", func() apitest.Answer {
		return o.post("owner", "/cases/"+id+"/stages/environment/raise", o.etag("owner", "/cases/"+id), m{"requirement": "full", "reason": "Mer."})
	})
	o.refuses(id, "SOD-01", func() apitest.Answer {
		return o.Do(apitest.Call{
			Method: http.MethodPost, Path: "/cases/" + id + "/remarks", As: "owner", Header: apitest.Key(),
			Body: m{"stage": "environment", "text": "Bra.", "severity": "to_fix"},
		})
	})
	used := o.inUse()
	o.refuses(used, "SOD-01", func() apitest.Answer {
		return o.post("owner", "/cases/"+used+"/suspension", o.etag("owner", "/cases/"+used), m{"reason": "Fel."})
	})
}

// ownerHandsOver: whoever opened the case stays its owner, whoever is named next.
func (o office) ownerHandsOver() {
	first := o.hire(model.RoleProjectOwner, model.RoleUser, model.RoleManager, model.RoleCISO)
	id := o.Draft(first, o.answers([]string{"base"}, m{"project_owner_id": o.People["owner"]}))
	path := "/cases/" + id
	o.post(first, path+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	task := o.task(id, "manager", "endorse")
	o.refuses(id, "SOD-01", func() apitest.Answer { return o.give("admin", task, first) })
	draft := o.Get("owner", path+"/intake").Want(http.StatusOK)
	answers := draft.Object()["answers"].(m)
	answers["manager_id"] = o.People[first]
	o.Do(apitest.Call{
		Method: http.MethodPut, Path: path + "/intake", As: "owner", Body: m{"answers": answers}, Header: "If-Match: " + draft.Header().Get("ETag"),
	}).Want(http.StatusOK)
	o.refuses(id, "SOD-01", func() apitest.Answer {
		return o.post("owner", path+"/submissions", o.etag("owner", path), m{"stage": "intake", "revision": 2})
	})
	o.decide("manager", task, m{"outcome": "endorse", "motivation": "Behövs."}).Want(http.StatusOK)
	o.refuses(id, "SOD-01", func() apitest.Answer { return o.decide(first, o.task(id, "ciso", "decision"), m{"outcome": "approve"}) })
}

func (o office) dpoBecomesCISO() {
	both := o.hire(model.RoleDPO, model.RoleCISO, model.RoleEnvironmentReviewer)
	id := o.submitted([]string{"base"}, nil)
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse", "motivation": "Behövs."}).Want(http.StatusOK)
	task := o.task(id, "ciso", "decision")
	o.refuses(id, "SOD-02", func() apitest.Answer { return o.claim(both, task) })
	o.refuses(id, "SOD-02", func() apitest.Answer { return o.give("admin", task, both) })
	o.refuses(id, "SOD-02", func() apitest.Answer { return o.decide(both, task, m{"outcome": "approve"}) })
	pictures := o.toEnvironment()
	o.refuses(pictures, "SOD-02", func() apitest.Answer {
		return o.decide(both, o.task(pictures, "environment", "decision"), m{"outcome": "justified"})
	})
	o.Do(apitest.Call{Method: http.MethodPost, Path: "/advice", As: both, Header: apitest.Key(), Body: bodies["give-advice"]}).
		Problem(http.StatusForbidden, "segregation_of_duties")
	used := o.inUse()
	for path, body := range map[string]m{
		"/suspension": {"reason": "Fel."}, "/changes": {"triggers": []string{"RA-05"}, "reason": "Ny version."}, "/resumption": {"reason": "Löst."},
	} {
		o.refuses(used, "SOD-02", func() apitest.Answer { return o.post(both, "/cases/"+used+path, o.etag("owner", "/cases/"+used), body) })
	}
	incident := o.reported("employee", m{"severity": "high", "case_id": used})
	o.answer(both, incident, "stop_decision", m{"outcome": "suspend"}).Problem(http.StatusForbidden, "segregation_of_duties")
}

// adviserDecides: advice is given as the DPO, also on two parts at once; later the
// same person has another role.
func (o office) adviserDecides() {
	adviser := o.hire(model.RoleDPO)
	id := o.personal(nil)
	o.HandIn("legal", id, "legal_basis", nil)
	o.HandIn("owner", id, "dpia", nil)
	o.Pass(adviser, o.task(id, "legal_basis", "advice"), nil)
	for _, role := range []model.Role{model.RoleCISO, model.RoleLegalCounsel, model.RoleInformationOwner} {
		o.SetRoles(adviser, role)
		stage, kind, outcome := "ciso", "decision", "approve"
		switch role {
		case model.RoleLegalCounsel:
			stage, outcome = "secrecy", "not_secret"
		case model.RoleInformationOwner:
			stage, outcome = "legal_basis", "lawful"
		}
		if !slices.ContainsFunc(o.open(id), func(t string) bool { return t == stage+"."+kind }) {
			continue
		}
		task := o.task(id, stage, kind)
		o.refuses(id, "SOD-02", func() apitest.Answer { return o.give("admin", task, adviser) })
		if !role.PerCase() { // otherwise it is the named person's
			o.refuses(id, "SOD-02", func() apitest.Answer { return o.decide(adviser, task, m{"outcome": outcome}) })
		}
	}
}

// open are the open tasks of a case, by stage and kind.
func (o office) open(id string) []string {
	o.T.Helper()
	var open []string
	for _, s := range o.Get("auditor", "/cases/"+id).Want(http.StatusOK).Object()["stages"].([]any) {
		for _, t := range s.(m)["tasks"].([]any) {
			if t := t.(m); t["status"] == "open" {
				open = append(open, fmt.Sprint(s.(m)["key"], ".", t["kind"]))
			}
		}
	}
	return open
}

func (o office) cisoOperates() {
	both := o.hire(model.RoleCISO, model.RoleSystemOwner)
	id := o.submitted([]string{"base"}, m{"system_owner_id": o.People[both]})
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse", "motivation": "Behövs."}).Want(http.StatusOK)
	task := o.task(id, "ciso", "decision")
	o.refuses(id, "SOD-03", func() apitest.Answer { return o.claim(both, task) })
	o.refuses(id, "SOD-03", func() apitest.Answer { return o.decide(both, task, m{"outcome": "approve"}) })
	o.decide("ciso", task, m{"outcome": "approve_with_conditions", "conditions": []m{condition(nil)}}).Want(http.StatusOK)
	o.refuses(id, "SOD-03", func() apitest.Answer { return o.waive(both, id, o.conditions(id)[0]["condition_id"].(string)) })
}

// debtorVerifies: the one who has to meet a condition gets the verifier's role.
func (o office) debtorVerifies() {
	id := o.approved()
	path := "/cases/" + id
	first := o.conditions(id)[0]
	debtor := apitest.Hand(model.Role(first["owner_role"].(string)))
	defer o.SetRoles(debtor, model.Role(first["owner_role"].(string)), model.RoleUser)
	o.SetRoles(debtor, model.Role(first["owner_role"].(string)), model.RoleCISO, model.RoleLegalCounsel)
	for act, body := range map[string]m{
		"verification": {"outcome": "met", "evidence_note": "Jag har sett det."}, "extension": {"until": "2027-03-01", "reason": "Dröjer."},
	} {
		o.refuses(id, "SOD-04", func() apitest.Answer {
			return o.post(debtor, path+"/conditions/"+first["condition_id"].(string)+"/"+act, o.etag("owner", path), body)
		})
	}
}

// rejecterOverrides: whoever rejected as the CISO becomes the head of the unit, and
// whoever overrode becomes the second reader.
func (o office) rejecterOverrides() {
	both := o.hire(model.RoleCISO, model.RoleUnitHead)
	id := o.submitted([]string{"base"}, nil)
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse", "motivation": "Behövs."}).Want(http.StatusOK)
	o.decide(both, o.task(id, "ciso", "decision"), m{
		"outcome": "reject", "reason_codes": []string{"unclear_purpose"}, "motivation": "Nej.",
		"path_forward_text": "Välj ett annat verktyg, med avtal och loggning som går att granska.",
	}).Want(http.StatusOK)
	o.refuses(id, "SOD-05", func() apitest.Answer { return o.overrides(both, id) })
	o.overrides("head", id).Want(http.StatusOK)
	o.hear(id, "override", map[string]string{"ciso": "review_security", "dpo": "advice"})
	against := m{
		"outcome": "override", "decision_authority": "Nämndens reglemente 4 §",
		"motivation": strings.Repeat("Nyttan för de boende väger tyngre än de brister som CISO har pekat på. ", 2),
	}
	decision := o.task(id, "override", "decision")
	o.refuses(id, "SOD-05", func() apitest.Answer { return o.decide(both, decision, against) })
	o.decide("head", decision, against).Want(http.StatusOK)
	defer o.SetRoles("head", model.RoleUnitHead)
	o.SetRoles("head", model.RoleUnitHead, model.RoleLegalCounsel)
	second := o.task(id, "override", "second_reading")
	o.refuses(id, "SOD-05", func() apitest.Answer { return o.claim("head", second) })
	o.refuses(id, "SOD-05", func() apitest.Answer { return o.give("admin", second, "head") })
	o.refuses(id, "SOD-05", func() apitest.Answer {
		return o.decide("head", second, m{"outcome": "confirm", "motivation": "Läst."})
	})
	o.decide("legal", second, m{"outcome": "confirm", "motivation": "Läst."}).Want(http.StatusOK)
}

// rejecterReads: a rejection in T3 is read by legal counsel, which whoever rejected has
// become.
func (o office) rejecterReads() {
	id := o.Draft("owner", o.intakeOf(o.vectors().facts("TV-17", nil)))
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	o.decide("manager", o.task(id, "manager", "endorse"), m{
		"outcome": "reject", "reason_codes": []string{"unclear_purpose"}, "motivation": "Nej.",
		"path_forward_text": "Välj ett annat verktyg, med avtal och loggning som går att granska.",
	}).Want(http.StatusOK)
	defer o.SetRoles("manager", model.RoleManager)
	o.SetRoles("manager", model.RoleManager, model.RoleLegalCounsel)
	second := o.task(id, "manager", "second_reading")
	o.refuses(id, "SOD-05", func() apitest.Answer { return o.claim("manager", second) })
	o.refuses(id, "SOD-05", func() apitest.Answer { return o.give("admin", second, "manager") })
	o.refuses(id, "SOD-05", func() apitest.Answer {
		return o.decide("manager", second, m{"outcome": "confirm", "motivation": "Läst."})
	})
	o.decide("legal", second, m{"outcome": "confirm", "motivation": "Läst."}).Want(http.StatusOK)
}

func (o office) administratorReviews() {
	id := o.submitted([]string{"base"}, nil)
	endorse := o.task(id, "manager", "endorse")
	o.refuses(id, "SOD-06", func() apitest.Answer { return o.give("admin", endorse, "admin") })
	o.decide("manager", endorse, m{"outcome": "endorse", "motivation": "Behövs."}).Want(http.StatusOK)
	task := o.task(id, "ciso", "decision")
	both := o.hire(model.RoleAdministrator, model.RoleCISO)
	for _, as := range []string{"admin", both} {
		o.refuses(id, "SOD-06", func() apitest.Answer { return o.decide(as, task, m{"outcome": "approve"}) })
		o.refuses(id, "SOD-06", func() apitest.Answer { return o.give("admin", task, as) })
	}
	o.refuses(id, "SOD-06", func() apitest.Answer { return o.claim(both, task) })
	// What was the CISO's is not the administrator's, who was the CISO when they took it.
	later := o.hire(model.RoleCISO)
	o.claim(later, task).Want(http.StatusOK)
	o.SetRoles(later, model.RoleAdministrator)
	o.refuses(id, "SOD-06", func() apitest.Answer { return o.decide(later, task, m{"outcome": "approve"}) })
	o.give("admin", task, "ciso").Want(http.StatusOK)
	o.decide("ciso", task, m{"outcome": "approve"}).Want(http.StatusOK)
}

// answererReviews: the project owner answers the agent's questions and becomes legal
// counsel.
func (o office) answererReviews() {
	id := o.Draft("owner", o.intakeOf(o.vectors().facts("TV-31", nil)))
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	o.Drive(id, apitest.Answering{
		Own:   map[string]map[string]any{"manager": negotiated},
		Leave: []string{"agent_risk.benefit", "agent_risk.review_legal", "agent_risk.review_security", "ciso.decision", "info_owner.decision"},
	})
	defer o.SetRoles("owner", model.RoleProjectOwner, model.RoleUser)
	o.SetRoles("owner", model.RoleProjectOwner, model.RoleUser, model.RoleLegalCounsel)
	review := o.task(id, "agent_risk", "review_legal")
	o.refuses(id, "SOD-08", func() apitest.Answer { return o.claim("owner", review) })
	o.refuses(id, "SOD-08", func() apitest.Answer { return o.give("admin", review, "owner") })
	o.refuses(id, "SOD-08", func() apitest.Answer {
		return o.Decide("owner", review, m{"outcome": "pass", "motivation": "Prövat."}, nil)
	})
	o.Pass("legal", review, nil)
}

// auditorWrites: whatever else they are, an auditor writes nothing.
func (o office) auditorWrites() {
	id := o.submitted([]string{"base"}, nil)
	path := "/cases/" + id
	roles := map[string][]model.Role{
		"owner": {model.RoleProjectOwner, model.RoleUser}, "manager": {model.RoleManager}, "registrar": {model.RoleRegistrar},
	}
	for as, had := range roles {
		o.SetRoles(as, append([]model.Role{model.RoleAuditor}, had...)...)
	}
	defer func() {
		for as, had := range roles {
			o.SetRoles(as, had...)
		}
	}()
	o.refuses(id, "SOD-09", func() apitest.Answer {
		return o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse"})
	})
	o.refuses(id, "SOD-09", func() apitest.Answer {
		return o.post("owner", path+"/withdrawal", o.etag("owner", path), m{"reason": "Ångrat."})
	})
	o.Unchanged(func() {
		o.post("registrar", path+"/archiving", o.etag("auditor", path), m{"reason": "Klart."}).Problem(http.StatusForbidden, "segregation_of_duties")
		o.Do(apitest.Call{Method: http.MethodPost, Path: path + "/comments", As: "owner", Body: m{"text": "Hej."}, Header: apitest.Key()}).Problem(http.StatusForbidden, "forbidden")
		o.Do(apitest.Call{Method: http.MethodPost, Path: "/cases", As: "owner", Body: m{"answers": m{}}, Header: apitest.Key()}).Problem(http.StatusForbidden, "forbidden")
	})
}

// twoWords: what takes two is not one person's in two functions (CO-04, EX-01, T-24).
func (o office) twoWords() {
	both := o.hire(model.RoleCISO, model.RoleInformationOwner)
	id := o.submitted([]string{"base"}, m{"information_owner_id": o.People[both]})
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse", "motivation": "Behövs."}).Want(http.StatusOK)
	o.decide("ciso", o.task(id, "ciso", "decision"), m{"outcome": "approve_with_conditions", "conditions": []m{condition(nil)}}).Want(http.StatusOK)
	first := o.conditions(id)[0]["condition_id"].(string)
	o.waive(both, id, first).Want(http.StatusOK)
	if again := o.waive(both, id, first); again.Code < 400 {
		o.T.Errorf("one person has waived twice: %s", again.Body)
	}
	for _, c := range o.conditions(id) {
		if c["condition_id"] == first && c["status"] == "waived" {
			o.T.Error("the condition is waived by one person")
		}
	}
}

// revokedMeanwhile: the CISO has read the task and taken it; then the role is somebody
// else's.
func (o office) revokedMeanwhile() {
	former := o.hire(model.RoleCISO, model.RoleUser)
	id := o.submitted([]string{"base"}, nil)
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse", "motivation": "Behövs."}).Want(http.StatusOK)
	task := o.task(id, "ciso", "decision")
	o.claim(former, task).Want(http.StatusOK)
	call := o.decision(former, task, m{"outcome": "approve"})
	o.SetRoles(former, model.RoleUser)
	before := o.etag("auditor", "/cases/"+id)
	o.Do(call).Problem(http.StatusForbidden, "forbidden")
	if o.etag("auditor", "/cases/"+id) != before {
		o.T.Error("refused, and changed the case")
	}
	o.give("admin", task, "ciso").Want(http.StatusOK)
	o.decide("ciso", task, m{"outcome": "approve"}).Want(http.StatusOK)
}

// fiftyAtOnce: one person has a role, and another, and again the first, while fifty
// requests of theirs are on their way to the same cases, as their DPO and as their
// CISO. Each is done or refused; what is done is apart.
func (o office) fiftyAtOnce() {
	t := o.T
	racer := o.hire(model.RoleCISO)
	var ids []string
	for range 5 {
		id := o.personal(nil)
		o.HandIn("legal", id, "legal_basis", nil)
		ids = append(ids, id)
	}
	used := []string{o.inUse(), o.inUse()}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // roles come and go
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
			o.SetRoles(racer, [][]model.Role{
				{model.RoleCISO}, {model.RoleDPO}, {model.RoleDPO, model.RoleCISO}, {model.RoleCISO, model.RoleAuditor}, {model.RoleLegalCounsel},
			}[i%5]...)
		}
	}()
	var mu sync.Mutex
	codes := map[int]int{}
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			for range 10 { // until it is done, or refused for another reason than being late
				a := o.Do(o.attempt(racer, ids[i%len(ids)], used[i%len(used)], i%4))
				mu.Lock()
				codes[a.Code]++
				mu.Unlock()
				if a.Code >= 500 && a.Code != http.StatusServiceUnavailable {
					t.Errorf("%d %s", a.Code, a.Body)
				}
				if a.Code != http.StatusPreconditionFailed && a.Code != http.StatusForbidden {
					return
				}
			}
		})
	}
	group.Wait()
	close(stop)
	<-done
	t.Logf("answers %v", codes)
	if codes[http.StatusOK] == 0 || codes[http.StatusForbidden] == 0 {
		t.Errorf("nothing was done, or nothing refused: %v", codes)
	}
}

// attempt is one of what the DPO and what the CISO does, with a case as it stands now.
func (o office) attempt(as, id, used string, which int) apitest.Call {
	path, body := "", m{}
	switch which {
	case 0:
		for _, t := range o.Get("auditor", "/cases/"+id+"/tasks?limit=100").Object()["items"].([]any) {
			if t := t.(m); t["stage"] == "legal_basis" && t["kind"] == "advice" {
				return apitest.Call{
					Method: http.MethodPost, Path: "/tasks/" + t["task_id"].(string) + "/decision", As: as,
					Body:   m{"outcome": "supports", "revision": 1, "motivation": "Bra."},
					Header: "If-Match: " + t["etag"].(string) + "\n" + apitest.Key(),
				}
			}
		}
	case 1:
		path, body = "/stages/dpia/raise", m{"requirement": "required", "reason": "Mer."}
	case 2:
		id, path, body = used, "/changes", m{"triggers": []string{"RA-05"}, "reason": "Ny version."}
	case 3:
		id, path, body = used, "/suspension", m{"reason": "Fel."}
	}
	tag := o.Get("auditor", "/cases/"+id).Header().Get("ETag")
	return apitest.Call{Method: http.MethodPost, Path: "/cases/" + id + path, As: as, Body: body, Header: "If-Match: " + tag + "\n" + apitest.Key()}
}

// keptApart looks through the rows of every case: nobody has two functions in it that
// must be apart, met a condition of their own or read their own rejection, and no
// approval stands without every stage that it needs.
func (o office) keptApart() {
	o.T.Helper()
	ctx := o.T.Context()
	cases, err := o.Store.Cases(ctx, store.CaseFilter{OrgID: apitest.Org})
	o.must(err)
	if len(cases) < len(ways) {
		o.T.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		o.must(o.Store.VerifyCase(ctx, c.OrgID, c.ID))
		functions := map[string][]model.Role{}
		acted, err := o.Store.ActedPeople(ctx, c.OrgID, c.ID)
		o.must(err)
		for _, p := range acted {
			functions[p.PersonID] = append(functions[p.PersonID], p.Role)
		}
		decisions, err := o.Store.Decisions(ctx, c.OrgID, c.ID)
		o.must(err)
		rejected := ""
		for _, d := range decisions {
			if !slices.Contains(functions[d.DeciderID], d.Role) && d.Stage != model.StageAdoption {
				o.T.Errorf("%s: %s decided as %s and is not remembered for it", c.ID, d.DeciderID, d.Role)
			}
			if d.Outcome == model.OutcomeConfirm && d.DeciderID == rejected {
				o.T.Errorf("%s: %s has read their own word", c.ID, d.DeciderID)
			}
			if d.Outcome == model.OutcomeReject || d.Outcome == model.OutcomeOverride {
				rejected = d.DeciderID
			}
		}
		for person, roles := range functions {
			for _, a := range roles {
				if rule := access.Conflict(roles, nil, a); rule != "" {
					o.T.Errorf("%s: %s was %v (%s)", c.ID, person, roles, rule)
				}
			}
		}
		conditions, err := o.Store.Conditions(ctx, c.OrgID, c.ID)
		o.must(err)
		for _, x := range conditions {
			if x.Status == model.ConditionMet && slices.Contains(functions[x.VerifiedBy], x.OwnerRole) {
				o.T.Errorf("%s: %s met their own condition", c.ID, x.VerifiedBy)
			}
		}
		if !slices.Contains([]model.CaseState{model.Approved, model.ApprovedCond, model.Active}, c.State) {
			continue
		}
		stages, err := o.Store.CaseStages(ctx, c.OrgID, c.ID)
		o.must(err)
		for _, st := range stages {
			spec, _ := model.Stage(st.Key)
			if spec.Reviews() && st.Status != model.StageDone && st.Status != model.StageNotRequired {
				o.T.Errorf("%s is %s, and %s is %s", c.ID, c.State, st.Key, st.Status)
			}
		}
	}
}
