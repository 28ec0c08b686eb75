package apitest

import (
	"bytes"
	"database/sql"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"go.temporal.io/sdk/client"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/audit"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/blobs"
)

// Monday is when a house without an engine stands: a working day, at noon in
// Sweden.
var Monday = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)

// The organisations of a house. Strangers are in the second.
const (
	Org       = "here"
	Elsewhere = "there"
)

// patience is how long an act waits for the engine: on a machine that is busy with
// other tests, the engine takes its time.
const patience = time.Minute

// cast are the people, by organisation and handle.
var cast = map[string]map[string][]model.Role{
	Org: {
		"owner":       {model.RoleProjectOwner, model.RoleUser},
		"other":       {model.RoleProjectOwner, model.RoleUser},
		"manager":     {model.RoleManager},
		"info":        {model.RoleInformationOwner},
		"system":      {model.RoleSystemOwner},
		"dpo":         {model.RoleDPO},
		"ciso":        {model.RoleCISO},
		"ciso_2":      {model.RoleCISO},
		"legal":       {model.RoleLegalCounsel},
		"environment": {model.RoleEnvironmentReviewer},
		"admin":       {model.RoleAdministrator},
		"auditor":     {model.RoleAuditor},
		"coordinator": {model.RoleCoordinator, model.RoleUser},
		"employee":    {model.RoleUser},
		"head":        {model.RoleUnitHead},
		"registrar":   {model.RoleRegistrar},
	},
	Elsewhere: {
		"stranger":      {model.RoleProjectOwner, model.RoleUser},
		"strange_admin": {model.RoleAdministrator},
	},
}

// House is an API over a record of its own, with people to act.
type House struct {
	T       testing.TB
	Handler http.Handler
	Store   *store.Store
	Act     *act.Service
	Clock   *clock.Manual
	Log     *Log
	// Tokens and People are the tokens and ids by handle.
	Tokens, People map[string]string
	// Attachments is the folder of what is attached.
	Attachments string
	// Unit is the unit that everybody of Org belongs to.
	Unit string

	options  api.Options
	acts     act.Options
	contract *Contract
	// rows looks at the record past the store, tables lists its tables.
	rows   *sql.DB
	tables string
	// driver and writing open a connection that may write past the store.
	driver, writing string
}

// Open opens a house whose record is in a file. o may hold what a test wants to
// be different. Without an engine no act can move a case, and the clock stands on
// Monday; with one it stands at the present time.
func Open(t testing.TB, o api.Options, engine client.Client) *House {
	t.Helper()
	return OpenAt(t, RecordFile(t), o, engine)
}

// RecordFile is the URL of a record in a file that is not there yet.
func RecordFile(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "record.db") }

// OpenAt is Open for a house whose record is at a URL as in store.Options, where
// there is none yet.
func OpenAt(t testing.TB, url string, o api.Options, engine client.Client) *House {
	t.Helper()
	start := Monday
	if engine != nil {
		start = clock.System.Now() // the engine's clock cannot be set
	}
	h := &House{T: t, Clock: clock.At(start), Log: &Log{}, Tokens: map[string]string{}, People: map[string]string{}}
	var err error
	h.contract, err = Load()
	h.must(err)
	h.openRecord(url)
	for org, people := range cast {
		h.populate(org, people)
	}
	o.Store, o.Book, o.Clock, o.Version = h.Store, rulebook.Default(), h.Clock, "test"
	o.Log = slog.New(slog.NewJSONHandler(h.Log, nil))
	h.Attachments = t.TempDir()
	attachments, err := blobs.OpenFolder(h.Attachments)
	h.must(err)
	h.acts = act.Options{
		Attachments: attachments, StepUp: o.StepUp, Key: audit.NewKey(),
		Store: h.Store, Temporal: engine, Book: o.Book, Clock: h.Clock, Log: o.Log, Wait: patience,
	}
	h.Act = h.Another()
	h.must(h.Act.LoadRulebooks(t.Context()))
	o.Act = h.Act
	if o.Limits == (api.Limits{}) {
		o.Limits = api.Limits{Person: 1e6, Address: 1e6}
	}
	h.options, h.Handler = o, api.Handler(o)
	return h
}

// In is the same house for a part of a test.
func (h *House) In(t testing.TB) *House {
	other := *h
	other.T = t
	return &other
}

// Asking is the same house where final decisions ask for a fresh sign-in.
func (h *House) Asking(s *access.StepUp) *House {
	other := *h
	other.acts.StepUp, other.options.StepUp = s, s
	other.Act = act.New(other.acts)
	other.options.Act = other.Act
	other.Handler = api.Handler(other.options)
	return &other
}

// Knowing is the same house for people whom providers of identities know.
func (h *House) Knowing(p authn.Providers) *House {
	other := *h
	other.options.Providers = p
	other.Handler = api.Handler(other.options)
	return &other
}

// Waiting is the same house where an act waits so long for the engine.
func (h *House) Waiting(wait time.Duration) *House {
	other := *h
	other.acts.Wait = wait
	other.Act = act.New(other.acts)
	other.options.Act = other.Act
	other.Handler = api.Handler(other.options)
	return &other
}

// Another is the service of another process on the same record and engine.
func (h *House) Another() *act.Service { return act.New(h.acts) }

func (h *House) must(err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatal(err)
	}
}

func (h *House) openRecord(url string) {
	h.T.Helper()
	var err error
	h.Store, err = store.Open(h.T.Context(), store.Options{URL: url})
	h.must(err)
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		h.tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
		h.driver, h.writing = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
		h.rows, err = sql.Open("sqlite", "file:"+path+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	} else {
		h.tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
		h.driver, h.writing = "pgx", url
		h.rows, err = sql.Open("pgx", url)
	}
	h.must(err)
	// A test keeps what it cleans up until all tests have ended: not the whole house.
	t, rows, st := h.T, h.rows, h.Store
	t.Cleanup(func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (h *House) populate(org string, people map[string][]model.Role) {
	h.T.Helper()
	ctx := h.T.Context()
	h.must(h.Store.AddOrganisation(ctx, store.Organisation{ID: org, Name: "Slussby", Profile: "strictest"}, h.Clock.Now()))
	unit := store.Unit{
		OrgID: org, ID: model.NewID(), Code: "namnden", Name: lang.Text{SV: "Nämnden", EN: "The board"}, ControllerType: "public_authority",
	}
	h.must(h.Store.PutUnit(ctx, unit))
	for handle, roles := range people {
		p := store.Person{OrgID: org, ID: model.NewID(), Handle: handle, Name: "Namn " + handle, UnitID: unit.ID, Roles: roles}
		h.must(h.Store.AddPerson(ctx, p, h.Clock.Now()))
		secret, hash := authn.NewSecret()
		h.must(h.Store.AddToken(ctx, store.Token{
			OrgID: org, ID: model.NewID(), PersonID: p.ID, Label: "test", Purpose: store.PurposeAPI, Hash: hash,
			CreatedAt: h.Clock.Now(), ExpiresAt: h.Clock.Now().AddDate(5, 0, 0), // a test may let years go by
		}))
		h.Tokens[handle], h.People[handle] = secret, p.ID
	}
	if org == Org {
		unit.ManagerID, unit.InformationOwnerID, unit.SystemOwnerID = h.People["manager"], h.People["info"], h.People["system"]
		h.must(h.Store.PutUnit(ctx, unit))
		h.Unit = unit.ID
	}
}

// Counts counts the rows of every table.
func (h *House) Counts() map[string]int {
	h.T.Helper()
	rows, err := h.rows.QueryContext(h.T.Context(), h.tables)
	h.must(err)
	counts := map[string]int{}
	for rows.Next() {
		var name string
		h.must(rows.Scan(&name))
		counts[name] = 0
	}
	h.must(rows.Err())
	h.must(rows.Close())
	for name := range counts {
		var n int
		h.must(h.rows.QueryRowContext(h.T.Context(), "SELECT COUNT(*) FROM "+name).Scan(&n))
		counts[name] = n
	}
	if counts["people"] == 0 {
		h.T.Fatalf("the rows of the wrong tables are counted: %v", counts)
	}
	return counts
}

// Unchanged does what must leave no trace.
func (h *House) Unchanged(do func()) {
	h.T.Helper()
	before := h.Counts()
	do()
	if after := h.Counts(); !maps.Equal(before, after) {
		h.T.Errorf("rows before %v, after %v", before, after)
	}
}

// Log keeps what is logged.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is everything that was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// MoveDue sets when a task is due, past the store: a test cannot wait for days
// while the engine's clock runs.
func (h *House) MoveDue(taskID string, due time.Time) {
	h.T.Helper()
	var value any = due
	if h.driver == "sqlite" {
		value = due.UTC().Format("2006-01-02 15:04:05.000000+00:00")
	}
	h.change("UPDATE tasks SET due_at = $1 WHERE id = $2", value, taskID)
}

// SetRoles gives a person these roles in the organisation and no others, past the
// store: from one moment to the next, whatever they are doing.
func (h *House) SetRoles(handle string, roles ...model.Role) {
	h.T.Helper()
	rows, err := sql.Open(h.driver, h.writing)
	h.must(err)
	defer rows.Close()
	tx, err := rows.BeginTx(h.T.Context(), nil)
	h.must(err)
	defer tx.Rollback()
	_, err = tx.ExecContext(h.T.Context(), "DELETE FROM person_roles WHERE org_id = $1 AND person_id = $2", Org, h.People[handle])
	h.must(err)
	for _, role := range roles {
		_, err = tx.ExecContext(h.T.Context(), "INSERT INTO person_roles (org_id, person_id, role) VALUES ($1, $2, $3)", Org, h.People[handle], role)
		h.must(err)
	}
	h.must(tx.Commit())
}

// LoseVersion lets a case's row say that its last step was not taken, as in a
// record that was restored, past the store.
func (h *House) LoseVersion(caseID string) {
	h.T.Helper()
	h.change("UPDATE cases SET version = version - 1 WHERE id = $1", caseID)
}

// LoseIncidentVersion is LoseVersion for an incident.
func (h *House) LoseIncidentVersion(incidentID string) {
	h.T.Helper()
	h.change("UPDATE incidents SET version = version - 1 WHERE id = $1", incidentID)
}

// SpoilLog changes the first event of the organisation's log, past the store and what
// keeps it from being changed. It is for records in files.
func (h *House) SpoilLog() {
	h.T.Helper()
	rows, err := sql.Open(h.driver, h.writing)
	h.must(err)
	defer rows.Close()
	_, err = rows.ExecContext(h.T.Context(), "DROP TRIGGER organisation_events_no_update")
	h.must(err)
	h.change("UPDATE organisation_events SET actor_id = 'x' WHERE org_id = $1 AND seq = 1", Org)
}

// change changes one row past the store.
func (h *House) change(query string, args ...any) {
	h.T.Helper()
	rows, err := sql.Open(h.driver, h.writing)
	h.must(err)
	defer rows.Close()
	result, err := rows.ExecContext(h.T.Context(), query, args...)
	h.must(err)
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		h.T.Fatalf("%d rows were changed: %v", n, err)
	}
}

// Told lists whom messages of a kind about an incident are for: roles, and people
// by their handle.
func (h *House) Told(incidentID, kind string) []string {
	h.T.Helper()
	rows, err := h.rows.QueryContext(h.T.Context(),
		"SELECT role, COALESCE(person_id, '') FROM outbox WHERE incident_id = $1 AND kind = $2 AND case_id IS NULL", incidentID, kind)
	h.must(err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var role, person string
		h.must(rows.Scan(&role, &person))
		for handle, id := range h.People {
			if id == person {
				role = handle
			}
		}
		out = append(out, role)
	}
	h.must(rows.Err())
	slices.Sort(out)
	return out
}
