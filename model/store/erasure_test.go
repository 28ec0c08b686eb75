package store_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// What somebody wrote about a person goes with the person, where it was not about a case.
func TestErasedReasons(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *storetest.World) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		command := func(actor string) model.Command {
			return model.Command{OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), Kind: "test", ActorID: actor, BodyHash: "b"}
		}
		registrar, admin := w.Person("rut", model.RoleRegistrar), w.Person("ada", model.RoleAdministrator)
		leaves, stays := w.Person("leo", model.RoleEnvironmentReviewer), w.Person("stina", model.RoleEnvironmentReviewer)
		reasonOf := func(people ...string) string { // leo stands in no reason that is about others
			if slices.Contains(people, leaves) {
				return "Leo är sjuk."
			}
			return "Ett annat skäl."
		}
		id := w.Submitted(model.StageEnvironment)
		task := w.Task(id, model.StageEnvironment, model.TaskDecision)
		incident, err := w.Store.IncidentTasks(t.Context(), w.Org, w.ReportIncident(""))
		must(err)
		stop := incident[slices.IndexFunc(incident, func(t store.Task) bool { return t.Key.Kind == model.TaskStopDecision })]
		second := w.Person("siv", model.RoleCISO, model.RoleEnvironmentReviewer)
		for taskID, people := range map[string][]string{task.ID: {leaves, w.Environment, stays}, stop.ID: {w.CISO, second}} {
			from := ""
			for _, to := range people {
				r := store.Reassignment{OrgID: w.Org, TaskID: taskID, ActorID: admin, From: from, Reason: reasonOf(from, to), To: model.Actor{PersonID: to}}
				must(w.Store.Reassign(t.Context(), r, w.Clock.Now()))
				w.Clock.Advance(time.Second)
				from = to
			}
		}
		today := calendar.Today(w.Clock.Now())
		for _, p := range []string{leaves, stays} {
			d := store.Delegation{
				OrgID: w.Org, ID: model.NewID(), FromID: p, ToID: w.Everybody, Roles: []model.Role{model.RoleEnvironmentReviewer}, Reason: reasonOf(p),
				FromDay: today.String(), UntilDay: today.String(), StartsAt: calendar.StartOfDay(today), EndsAt: calendar.StartOfDay(today.AddDays(1)),
			}
			_, err := w.Store.AddDelegation(t.Context(), d, command(p), w.Clock.Now())
			must(err)
			_, err = w.Store.EndDelegation(t.Context(), d.ID, command(p), w.Clock.Now())
			must(err)
		}
		must(w.Store.SetContact(t.Context(), w.Org, leaves, "leo@example.org", lang.Default))
		must(w.Store.AddToken(t.Context(), store.Token{
			OrgID: w.Org, ID: model.NewID(), PersonID: leaves, Label: "leos dator", Purpose: store.PurposeAPI, Hash: model.NewID(), CreatedAt: w.Clock.Now(), ExpiresAt: w.Clock.Now(),
		}))
		w.Away(leaves, "")
		stay := w.Away(stays, "")
		erase := func(person string) {
			t.Helper()
			c := command(registrar)
			receipt, err := w.Store.AddErasure(t.Context(), store.NewErasure{PersonID: person, As: model.RoleRegistrar, Reason: "Begärt", Due: w.Today(), Command: c}, w.Clock.Now())
			must(err)
			_, err = w.Store.AnswerDisposal(t.Context(), store.DisposalAnswer{ID: receipt.DisposalID, As: model.RoleAdministrator, Command: command(admin)}, w.Clock.Now())
			must(err)
		}
		holds := func() (found []string) {
			for _, c := range textColumns(t, w.Store) {
				table, column, _ := strings.Cut(c, ".")
				rows, err := w.Store.ReadPast(t.Context(), "SELECT CAST("+column+" AS TEXT) FROM "+table+" WHERE LOWER(CAST("+column+" AS TEXT)) LIKE '%leo%'")
				must(err)
				if len(rows) > 0 {
					found = append(found, c)
				}
			}
			return found
		}
		if got, want := holds(), []string{
			"delegations.reason", "identities.subject", "people.email", "people.handle", "people.name", "reassignments.reason", "tokens.label",
		}; !slices.Equal(got, want) {
			t.Errorf("the person stands in %v, want %v", got, want)
		}
		erase(leaves)
		if got := holds(); len(got) > 0 {
			t.Errorf("the person still stands in %v", got)
		}

		delegations, err := w.Store.Delegations(t.Context(), store.DelegationFilter{OrgID: w.Org})
		must(err)
		for _, d := range delegations {
			if (d.Reason == "") != (d.FromID == leaves) {
				t.Errorf("the delegation of %s has the reason %q", d.FromID, d.Reason)
			}
		}
		away, err := w.Store.Absences(t.Context(), store.AbsenceFilter{OrgID: w.Org})
		must(err)
		if len(away) != 1 || away[0].ID != stay.ID {
			t.Errorf("the absences %+v", away)
		}
		left := func(what string, wantReasons, wantSalts int) {
			t.Helper()
			reasons, err := w.Store.ReadPast(t.Context(), "SELECT reason FROM reassignments WHERE org_id = ? AND reason <> '-'", w.Org)
			must(err)
			salts, err := w.Store.ReadPast(t.Context(), `SELECT s.field FROM event_salts AS s JOIN events AS e ON e.org_id = s.org_id AND e.case_id = s.case_id AND e.seq = s.seq
				WHERE s.org_id = ? AND e.kind = 'task_reassigned' UNION ALL
				SELECT s.field FROM incident_event_salts AS s JOIN incident_events AS e ON e.org_id = s.org_id AND e.incident_id = s.incident_id AND e.seq = s.seq
				WHERE s.org_id = ? AND e.kind = 'task_reassigned'`, w.Org, w.Org)
			must(err)
			if len(reasons) != wantReasons || len(salts) != wantSalts {
				t.Errorf("%s: %d reasons and %d salts are left, want %d and %d", what, len(reasons), len(salts), wantReasons, wantSalts)
			}
		}
		left("of a case", 3, 3)
		must(w.Store.Reassign(t.Context(), store.Reassignment{OrgID: w.Org, TaskID: stop.ID, ActorID: admin, From: second, Reason: reasonOf(), To: model.Actor{PersonID: w.CISO}}, w.Clock.Now()))
		left("after one more", 4, 4)
		erase(second)
		left("of an incident", 2, 2)
		w.Verify(id)
		must(w.Store.VerifyIncident(t.Context(), w.Org, stop.IncidentID))
	})
}

// textColumns lists the columns of the record that hold text, as table.column.
func textColumns(t *testing.T, s *store.Store) []string {
	t.Helper()
	found, err := s.TextColumns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found = slices.DeleteFunc(found, func(c string) bool { return strings.HasPrefix(c, "bun_migration") || strings.HasPrefix(c, "sqlite_") })
	slices.Sort(found)
	return found
}

// Nobody forgets a text: testdata/texts.txt says of every column what becomes of it, and
// a new one has to say so.
func TestEveryTextHasAnEnd(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *storetest.World) {
		file, err := os.ReadFile("testdata/texts.txt")
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		table := ""
		for line := range strings.Lines(string(file)) {
			name, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
			switch {
			case strings.HasPrefix(line, "#"):
			case strings.HasPrefix(line, " "):
				said = append(said, table+"."+name)
				if !slices.Contains([]string{"kept", "person", "text", "comments", "conditions", "evidence"}, strings.TrimSpace(rest)) {
					t.Errorf("%s.%s is %q", table, name, rest)
				}
			default:
				table = name
				for _, column := range strings.Fields(rest) {
					said = append(said, table+"."+column)
				}
			}
		}
		slices.Sort(said)
		there := textColumns(t, w.Store)
		for _, c := range there {
			if !slices.Contains(said, c) {
				t.Errorf("testdata/texts.txt does not say what becomes of %s", c)
			}
		}
		for _, c := range said {
			if !slices.Contains(there, c) {
				t.Errorf("testdata/texts.txt speaks of %s, which is not there", c)
			}
		}
	})
}
