//go:build !slim

package apitest_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/rulebook"
	"sluss/model/store"
)

var writeMatrix = flag.Bool("matrix", false, "write the golden file of who may do what anew")

const goldenMatrix = "testdata/matrix.txt"

// right is a row of the matrix of routes: what an operation is about, and who of those
// who may read that may do it, by model/access. Without may everybody may who reads it.
type right struct {
	on  string
	may func(who model.Actor, on access.Object, s *scene) bool
}

// What an operation is about; noToken needs no token, and signedIn only that.
const (
	noToken  = "public"
	signedIn = "signed in"
	aCase    = "case"
	aTask    = "task"
	incident = "incident"
	retriage = "retriage"
)

func can(p access.Permission, does ...string) func(model.Actor, access.Object, *scene) bool {
	return func(who model.Actor, on access.Object, _ *scene) bool { return access.Can(who, on, p, does...) }
}

func anywhere(p access.Permission, does ...string) func(model.Actor, access.Object, *scene) bool {
	return func(who model.Actor, _ access.Object, _ *scene) bool { return access.Anywhere(who, p, does...) == nil }
}

func proposes(who model.Actor, _ access.Object, _ *scene) bool {
	_, may := access.ProposesRulebooks(who)
	return may
}

func opensCases(who model.Actor, _ access.Object, _ *scene) bool {
	return access.CanOpenCase(who) == nil
}

func readsLog(who model.Actor, _ access.Object, _ *scene) bool { return access.ReadsLog(who) }
func writes(who model.Actor, _ access.Object, _ *scene) bool   { return access.Writes(who) == nil }

func stageOf(key model.StageKey) model.StageSpec {
	spec, _ := model.Stage(key)
	return spec
}

// rights has a row for every operation of the contract.
var rights = map[string]right{
	"get-api-info": {on: noToken}, "get-openapi": {on: noToken}, "get-livez": {on: noToken}, "get-readyz": {on: noToken},
	"list-register": {on: noToken},

	"get-me": {on: signedIn}, "change-password": {on: signedIn}, "list-people": {on: signedIn}, "get-person": {on: signedIn}, "list-units": {on: signedIn}, "list-advice": {on: signedIn},
	"list-rulebooks": {on: signedIn}, "get-rulebook": {on: signedIn}, "get-questionnaire": {on: signedIn}, "list-rules": {on: signedIn},
	"preview-agent-risk": {on: signedIn}, "preview-dpia-threshold": {on: signedIn}, "preview-environment": {on: signedIn},
	"preview-legal-basis": {on: signedIn}, "preview-prior-consultation": {on: signedIn}, "preview-risk-level": {on: signedIn},
	"preview-triage": {on: signedIn}, "preview-working-days": {on: signedIn}, "check-register": {on: signedIn},
	// Lists show what the reader may read; TestListsLeakNothing holds them to it.
	"list-cases": {on: signedIn}, "list-tasks": {on: signedIn}, "list-incidents": {on: signedIn}, "list-retriages": {on: signedIn},
	"list-my-messages": {on: signedIn}, "report-incident": {on: signedIn},
	"open-case": {signedIn, opensCases}, "list-similar-cases": {signedIn, opensCases},

	"get-register-entry": {on: "entry"}, "read-message": {on: "message"},
	"give-advice":       {signedIn, anywhere(access.StandingAdvice, access.Advise)},
	"withdraw-advice":   {signedIn, anywhere(access.StandingAdvice, access.Advise)},
	"list-overrides":    {signedIn, anywhere(access.ListOverrides, access.Read)},
	"get-statistics":    {signedIn, anywhere(access.Statistics, access.Read)},
	"get-overview":      {signedIn, anywhere(access.Statistics, access.Read)},
	"get-yearly-report": {signedIn, anywhere(access.Statistics, access.Read)},
	"list-suppliers":    {signedIn, anywhere(access.Suppliers, access.Read)},
	"get-supplier":      {signedIn, anywhere(access.Suppliers, access.Read)},
	"add-supplier":      {signedIn, anywhere(access.Suppliers, access.Edit)},
	"change-supplier":   {signedIn, anywhere(access.Suppliers, access.Edit)},
	"list-messages":     {signedIn, anywhere(access.Administer, access.Execute)},
	"retry-message":     {signedIn, anywhere(access.Administer, access.Execute)},
	"reconcile":         {signedIn, anywhere(access.Administer, access.Execute)},

	"list-delegations": {on: signedIn}, "delegate": {signedIn, writes}, "preview-delegation": {signedIn, writes},
	"end-delegation": {"delegation", writes},
	"list-absences":  {on: signedIn}, "note-absence": {signedIn, writes}, "preview-absence": {signedIn, writes},
	"end-absence": {"absence", writes},

	"list-restorations":   {signedIn, anywhere(access.Administer, access.Execute, access.Read)},
	"approve-restoration": {signedIn, anywhere(access.Administer, access.Execute)},

	"list-services":        {signedIn, anywhere(access.Administer, access.Execute, access.Read)},
	"get-service":          {signedIn, anywhere(access.Administer, access.Execute, access.Read)},
	"add-service":          {signedIn, anywhere(access.Administer, access.Execute)},
	"add-service-token":    {signedIn, anywhere(access.Administer, access.Execute)},
	"revoke-service-token": {signedIn, anywhere(access.Administer, access.Execute)},

	"list-disposals":   {signedIn, anywhere(access.Dispose, access.Read)},
	"ask-for-erasure":  {signedIn, anywhere(access.Dispose, access.Execute)},
	"approve-disposal": {signedIn, anywhere(access.Dispose, access.Execute)},
	"keep-record":      {signedIn, anywhere(access.Dispose, access.Execute)},

	"get-rulebook-impact": {signedIn, func(who model.Actor, _ access.Object, _ *scene) bool { return access.ReadsProposals(who) }},
	"propose-rulebook":    {signedIn, proposes}, "withdraw-rulebook": {signedIn, proposes},
	"publish-rulebook": {signedIn, func(who model.Actor, _ access.Object, _ *scene) bool {
		_, may := access.PublishesRulebooks(who)
		return may
	}},

	"get-case": {on: aCase}, "get-intake": {on: aCase}, "get-assessment": {on: aCase}, "list-case-tasks": {on: aCase},
	"list-conditions": {on: aCase}, "list-decisions": {on: aCase}, "list-revisions": {on: aCase}, "get-revision": {on: aCase},
	"list-attachments": {on: aCase}, "get-attachment": {on: aCase}, "list-comments": {on: aCase}, "list-remarks": {on: aCase},
	"list-records": {on: aCase}, "get-record": {on: aCase}, "list-consultation-events": {on: aCase},
	"list-events": {aCase, can(access.ReadLog, access.Read)}, "export-case": {aCase, can(access.ReadLog, access.Read)},
	"get-checkpoint": {signedIn, readsLog}, "get-proof": {on: signedIn}, // whose, its query says: TestProofRefusals

	"submit": {aCase, can(access.Submission, access.Execute)}, "withdraw": {aCase, can(access.Submission, access.Execute)},
	"correct": {aCase, can(access.Submission, access.Execute)}, "re-examine": {aCase, can(access.Submission, access.Execute)},
	"renew":                     {aCase, can(access.Submission, access.Execute)},
	"save-intake":               {aCase, can(access.Draft, access.Edit)},
	"activate":                  {aCase, can(access.Activate, access.Execute)},
	"archive":                   {aCase, can(access.Archive, access.Execute)},
	"replace-project-owner":     {aCase, can(access.Reassign, access.Execute)},
	"raise-stage":               {aCase, can(access.RaiseStage, access.Execute)},
	"suspend":                   {aCase, can(access.Suspend, access.Execute, access.Advise)},
	"resume":                    {aCase, can(access.Resume, access.Execute)},
	"report-change":             {aCase, can(access.ReportChange, access.Execute)},
	"decommission":              {aCase, can(access.Decommission, access.Execute)},
	"override":                  {aCase, can(access.Override, access.Decide)},
	"allow-interim-use":         {aCase, can(access.InterimUse, access.Decide)},
	"record-consultation-event": {aCase, can(access.Consultation, access.Execute)},
	"waive-condition":           {aCase, can(access.Waive, access.Decide)},
	"verify-condition":          {aCase, verifies}, "extend-condition": {aCase, verifies},
	"save-assessment": {aCase, func(who model.Actor, on access.Object, _ *scene) bool {
		_, err := access.WritesAs(who, on, stageOf(model.StageLegalBasis))
		return err == nil
	}},
	"remark": {aCase, func(who model.Actor, on access.Object, _ *scene) bool {
		_, err := access.RemarksAs(who, on, stageOf(model.StageEnvironment))
		return err == nil
	}},
	"reply": {aCase, func(who model.Actor, on access.Object, _ *scene) bool {
		return access.AnswersRemarks(who, on, stageOf(model.StageLegalBasis))
	}},
	"comment":           {aCase, func(who model.Actor, _ access.Object, _ *scene) bool { return access.Writes(who) == nil }},
	"attach":            {aCase, attaches},
	"remove-attachment": {aCase, func(who model.Actor, _ access.Object, s *scene) bool { return who.PersonID == s.w.Owner }},
	"add-record":        {aCase, keepsRecord}, "change-record": {aCase, keepsRecord},

	"get-task": {on: aTask}, "preview-task": {on: aTask}, "preview-assignment": {on: aTask},
	"decide": {aTask, func(who model.Actor, on access.Object, s *scene) bool { return answers(who, on, s.task) }},
	"assign": {aTask, func(who model.Actor, on access.Object, s *scene) bool {
		return access.MayHave(who, on, s.task.Key.Kind, s.task.Role) == nil
	}},
	"extend-task": {aTask, can(access.ExtendTask, access.Execute)},

	"get-incident": {on: incident}, "list-incident-events": {on: incident},
	"correct-incident": {incident, leads}, "close-incident": {incident, leads},
	"accept-retriage": {retriage, answersRetriage}, "dismiss-retriage": {retriage, answersRetriage},
}

func verifies(who model.Actor, on access.Object, s *scene) bool {
	_, err := access.CanVerify(who, on, s.condition.OwnerRole, s.condition.VerifierRole)
	return err == nil
}

func answers(who model.Actor, on access.Object, t store.Task) bool {
	return access.Answers(who, on, t.Key.Kind, t.Role, t.AssigneeID) == nil
}

func attaches(who model.Actor, on access.Object, s *scene) bool {
	return access.Can(who, on, access.Draft, access.Edit) || slices.ContainsFunc(s.tasks, func(t store.Task) bool {
		return t.Status == model.TaskOpen && answers(who, on, t)
	})
}

func keepsRecord(who model.Actor, on access.Object, _ *scene) bool {
	return access.KeepsRecord(who, on, model.RecordComplaint) == nil
}

func leads(who model.Actor, _ access.Object, s *scene) bool {
	_, err := access.LeadsIncident(who, s.incident.LeadID)
	return err == nil
}

func answersRetriage(who model.Actor, on access.Object, _ *scene) bool {
	_, err := access.AnswersRetriages(who, on)
	return err == nil
}

// bodies are valid for their operations, so that nothing but a right keeps a request
// from being looked at. What would move a case is about a version that never was.
var bodies = map[string]any{
	"propose-rulebook": m{"files": m{"rulebook.yaml": "{}"}, "reason": "Nytt."}, "publish-rulebook": nil, "withdraw-rulebook": nil,
	"give-advice": m{
		"title": "Råd", "text": "Det går bra.", "value": "supports", "valid_until": "2027-11-01",
		"scope": m{"personal_data": []string{"incidental"}, "max_ipl": 1, "data_subject_groups": []string{"employees"}},
	},
	"withdraw-advice": nil, "open-case": m{"answers": m{}}, "activate": m{}, "archive": m{"reason": "Klart."},
	"save-assessment": m{"answers": m{}}, "save-intake": m{"answers": m{}},
	"report-change": m{"triggers": []string{"RA-01"}, "reason": "Nytt."}, "comment": m{"text": "Hej."},
	"extend-condition": m{"until": "2027-01-11", "reason": "Dröjer."}, "verify-condition": m{"outcome": "met", "evidence_note": "Sett."},
	"waive-condition": m{"reason": "Borta.", "decision_authority": "4.3"}, "correct": m{"reason": "Rättat."},
	"decommission":              m{"data": "none", "access_removed": true, "logs_archived": true, "reason": "Slut."},
	"allow-interim-use":         m{"allowed_until": "2026-12-01", "ipl": 0, "uses": []string{"utkast"}, "reason": "Används.", "decision_authority": "9"},
	"override":                  m{"reason": "Nyttan.", "decision_authority": "4", "uses": []string{"utkast"}},
	"record-consultation-event": m{"event": "submitted", "date": "2026-11-23"}, "re-examine": m{"reason": "Igen."},
	"add-record": m{"kind": "complaint", "answers": m{}}, "change-record": m{"answers": m{}},
	"remark": m{"stage": "environment", "text": "Se över.", "severity": "to_fix"}, "reply": m{"reply": "Tack.", "followed": true},
	"renew": m{"reason": "Åter.", "unchanged": true}, "resume": m{"reason": "Löst."},
	"raise-stage": m{"requirement": "full", "reason": "Mer."}, "submit": m{"stage": "intake", "revision": 1},
	"replace-project-owner": m{"project_owner_id": "nobody", "reason": "left"},
	"suspend":               m{"reason": "Fel."}, "withdraw": m{"reason": "Ångrat."},
	"report-incident": m{"category": "no_such", "severity": "low", "personal_data": "no", "description": "Fel."},
	"close-incident":  m{"lessons": "Lärt."}, "correct-incident": m{"reason": "Fel först.", "description": "Nytt."},
	"preview-agent-risk": m{"facts": m{}}, "preview-dpia-threshold": m{"facts": m{}}, "preview-environment": m{"facts": m{}},
	"preview-legal-basis": m{"facts": m{}}, "preview-prior-consultation": m{"facts": m{}}, "preview-risk-level": m{"facts": m{}},
	"preview-triage": m{"facts": m{}}, "preview-working-days": m{"facts": m{}}, "reconcile": m{"after": "ffffffff-ffff-7fff-bfff-ffffffffffff"},
	"check-register": m{"tool_id": "x", "use": "utkast", "information_level": 0}, "accept-retriage": m{"reason": "Ja."},
	"dismiss-retriage": m{"reason": "Nej."}, "add-supplier": m{"answers": m{}}, "change-supplier": m{"answers": m{}},
	"assign": m{"assignee": "me"}, "preview-task": m{"answers": m{}}, "decide": m{"outcome": "justified", "revision": 1}, "extend-task": m{"until": "2027-01-11", "reason": "Dröjer."},
	"delegate":           m{"to": "nobody", "roles": []string{"manager"}, "from_day": "2026-11-23", "until_day": "2026-11-24"},
	"preview-delegation": m{"to": "nobody", "roles": []string{"manager"}, "from_day": "2026-11-23", "until_day": "2026-11-24"}, "end-delegation": nil,
	"note-absence": m{"person": "nobody", "from_day": "2026-11-23", "until_day": "2026-11-24"}, "end-absence": nil,
	"preview-absence": m{"person": "nobody", "from_day": "2026-11-23", "until_day": "2026-11-24"},
	"ask-for-erasure": m{"person_id": "nobody", "reason": "Begärt."}, "approve-disposal": m{"reason": "Ja."}, "keep-record": m{"reason": "Nej."},
	"change-password": m{"old": "gissat", "new": "femton tecken är minst"},
	"add-service":     m{"name": "x", "org_unit": "nowhere"}, "add-service-token": m{"label": "x", "days": 1}, "revoke-service-token": nil,
	"approve-restoration": nil, "read-message": nil, "retry-message": nil, "remove-attachment": nil, "attach": nil,
}

// TestMatrix asks the server for everything as everybody: each role, each operation of
// the contract, and each of a case of theirs, one in which they have a task, one of
// another unit and one of another organisation. Each cell is what model/access says,
// what the server does, and what the golden file shows.
func TestMatrix(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	ops := routedOps(t)
	for _, name := range slices.Sorted(maps.Keys(rights)) {
		if _, ok := ops[name]; !ok {
			t.Errorf("%s has a row and is not in the contract", name)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Who may do what: yes, no (403) or - (404, as what does not exist), a column for each role:\n# %s\n", roleNames())
	cells := 0
	for _, name := range inOrder(ops) {
		row, ok := rights[name]
		if !ok {
			t.Errorf("%s has no row: say in rights who may", name)
			continue
		}
		for _, scope := range scopes {
			if (row.on == noToken || row.on == signedIn) && scope != "own" {
				continue
			}
			var line []string
			for _, role := range model.Roles() {
				who := st.actor(role, scope)
				s := st.scene(role, scope)
				want := st.predict(who, row, s)
				got := st.ask(who, name, ops[name], s)
				cells++
				if got != want {
					t.Errorf("%s, %s, as %s: the server says %s, the matrix %s", name, scope, role, got, want)
				}
				line = append(line, want)
			}
			fmt.Fprintf(&b, "%-26s %-18s %s\n", name, scope, strings.Join(line, " "))
		}
	}
	t.Logf("%d cells of %d operations", cells, len(ops))
	if *writeMatrix {
		if err := os.WriteFile(goldenMatrix, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	golden, err := os.ReadFile(goldenMatrix)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(golden) {
		t.Error("the matrix has changed: look at the difference after go test ./api/apitest -run TestMatrix -matrix")
	}
}

func roleNames() string {
	var names []string
	for _, r := range model.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, " ")
}

// scopes are whose case it is, for the one who asks.
var scopes = []string{"own", "assigned", "other unit", "other organisation"}

// operation is where an operation of the contract is.
type routedOp struct {
	method, path   string
	keyed, matched bool
}

func routedOps(t *testing.T) map[string]routedOp {
	t.Helper()
	c, err := apitest.Load()
	if err != nil {
		t.Fatal(err)
	}
	ops := map[string]routedOp{}
	for path, item := range c.Paths {
		for method, op := range item {
			o := routedOp{method: strings.ToUpper(method), path: path}
			for _, p := range op.Parameters {
				o.keyed = o.keyed || p.Name == "Idempotency-Key"
				o.matched = o.matched || p.Name == "If-Match"
			}
			ops[op.OperationID] = o
		}
	}
	return ops
}

// inOrder lists the operations by name, those that take something away last.
func inOrder(ops map[string]routedOp) []string {
	return slices.SortedFunc(maps.Keys(ops), func(a, b string) int {
		last := func(name string) int {
			switch {
			case ops[name].method == http.MethodDelete || name == "dismiss-retriage":
				return 1
			case name == "accept-retriage" || name == "withdraw-advice":
				return 2
			}
			return 0
		}
		return cmp.Or(last(a)-last(b), strings.Compare(a, b))
	})
}

// predict says what model/access says of a cell.
func (st *stage) predict(who model.Actor, r right, s *scene) string {
	on := access.Object{}
	reads := true
	switch r.on {
	case aCase, aTask:
		on, reads = st.on(who, s.caseID), st.reads(who, s.caseID)
	case retriage:
		on, reads = st.on(who, s.retriaged), st.reads(who, s.retriaged)
	case incident:
		reads = st.readsIncident(who, s)
	case "delegation":
		reads = who.PersonID == st.People["manager"] || who.PersonID == st.People["employee"] || access.ReadsDelegations(who)
	case "absence":
		reads = who.PersonID == st.People["manager"] || access.ReadsDelegations(who)
	case "message":
		reads = who.PersonID == s.told
	case "entry":
		reads = s.w.Org == who.OrgID
	}
	switch {
	case !reads:
		return "-"
	case r.may != nil && !r.may(who, on, s):
		return "no"
	}
	return "yes"
}

func (st *stage) on(who model.Actor, caseID string) access.Object {
	c, err := st.Store.Case(st.T.Context(), who.OrgID, caseID)
	if err != nil {
		return access.Object{}
	}
	on := access.Object{UnitID: c.UnitID}
	people, err := st.Store.CasePeople(st.T.Context(), who.OrgID, caseID)
	st.must(err)
	for _, p := range people {
		if p.PersonID == who.PersonID {
			on.Functions = append(on.Functions, p.Role)
		}
	}
	return on
}

func (st *stage) reads(who model.Actor, caseID string) bool {
	c, err := st.Store.Case(st.T.Context(), who.OrgID, caseID)
	if err != nil {
		return false // another organisation's
	}
	reader := access.ReaderOf(who)
	tasks, err := st.Store.CaseTasks(st.T.Context(), who.OrgID, caseID)
	st.must(err)
	return reader.ReadsCase(c.State, st.on(who, caseID)) || slices.ContainsFunc(tasks, func(t store.Task) bool {
		return reader.ReadsTask(t.Key.Kind, t.Role, t.AssigneeID)
	})
}

func (st *stage) readsIncident(who model.Actor, s *scene) bool {
	if who.OrgID != s.w.Org {
		return false
	}
	concerned := []string{s.incident.ReporterID, s.incident.LeadID}
	people, err := st.Store.CasePeople(st.T.Context(), who.OrgID, s.incident.CaseID)
	st.must(err)
	for _, p := range people {
		if p.Role == model.RoleInformationOwner || p.Role == model.RoleSystemOwner {
			concerned = append(concerned, p.PersonID)
		}
	}
	return access.ReadsAllIncidents(who) || slices.Contains(concerned, who.PersonID)
}

// ask asks the server and says what became of it. What is not found is answered as
// what does not exist.
func (st *stage) ask(who model.Actor, name string, op routedOp, s *scene) string {
	st.T.Helper()
	a := st.send(who, name, op, s.ids())
	switch a.Code {
	case http.StatusForbidden:
		return "no"
	case http.StatusNotFound:
		st.sameAsMissing(a, st.send(who, name, op, missing()), name)
		return "-"
	case http.StatusUnauthorized, http.StatusTooManyRequests:
		st.T.Errorf("%s: %d %s", name, a.Code, a.Body)
	}
	if a.Code >= 500 {
		st.T.Errorf("%s: %d %s", name, a.Code, a.Body)
	}
	return "yes"
}

// sameAsMissing compares two answers in everything but the number of the request.
func (st *stage) sameAsMissing(a, b apitest.Answer, name string) {
	st.T.Helper()
	strip := func(a apitest.Answer) string {
		var p api.Problem
		a.Into(&p)
		p.Instance = ""
		text, _ := json.Marshal(p)
		return fmt.Sprint(a.Code, a.Header().Get("ETag"), a.Header().Get("Cache-Control"), string(text))
	}
	if strip(a) != strip(b) {
		st.T.Errorf("%s: %s, and of what does not exist %s", name, strip(a), strip(b))
	}
}

func (st *stage) send(who model.Actor, name string, op routedOp, ids map[string]string) apitest.Answer {
	st.T.Helper()
	path := op.path
	for param, value := range ids {
		path = strings.ReplaceAll(path, "{"+param+"}", value)
	}
	if name == "preview-assignment" {
		path += "?assignee=me"
	}
	as := st.handles[who.PersonID]
	if name == "attach" {
		return st.Do(st.Attach(as, ids["case_id"], apitest.Upload{Name: "a.pdf", Content: aPDF, Fields: map[string]string{"part": "intake"}}))
	}
	c := apitest.Call{Method: op.method, Path: path, As: as}
	if op.method != http.MethodGet {
		body, ok := bodies[name]
		if !ok {
			st.T.Fatalf("%s has no body to ask with", name)
		}
		c.Body = body
	}
	if name == "ask-for-erasure" {
		c.Body = m{"person_id": st.People["leaves_too"], "reason": "Begärt."}
	}
	if op.keyed {
		c.Header = apitest.Key()
	}
	if op.matched {
		tag := `"99999"`
		switch name {
		case "read-message":
			tag = `"unread"`
		case "publish-rulebook", "withdraw-rulebook":
			tag = `"` + rulebook.Default().Digest + `"`
		}
		c.Header += "\nIf-Match: " + tag
	}
	return st.Do(c)
}
