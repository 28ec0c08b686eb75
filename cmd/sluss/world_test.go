//go:build !slim

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss/api/authn"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
	"sluss/model/store/pgtest"
)

// org is the organisation that all tests play in.
const org = "demo"

// world is a data folder with its record, the people in it, the server that runs
// on it and what its clients have been told.
type world struct {
	t testing.TB
	// dir is the data folder, url the PostgreSQL database or "" for SQLite.
	dir, url string
	// next is whether the record has the next release's schema.
	next   bool
	tokens map[string]string
	server *server
	// base is the server's address. It does not change when a server starts anew
	// on the same one, so that clients may use it meanwhile.
	base    string
	logs    []*output
	journal journal
}

// onBothDatabases runs a test on SQLite and on PostgreSQL.
func onBothDatabases(t *testing.T, test func(*testing.T, *world)) {
	for name, make := range map[string]func(testing.TB) *world{"SQLite": onSQLite, "PostgreSQL": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, make(t))
		})
	}
}

func onSQLite(t testing.TB) *world {
	t.Helper()
	from, err := provisioned()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: t.TempDir(), tokens: maps.Clone(townsfolk().tokens)}
	copyFolder(t, from, w.dir)
	return w
}

func onPostgres(t testing.TB) *world { return onServer(t) }

// onServer is onPostgres on a server of a kind.
func onServer(t testing.TB, kind ...pgtest.Option) *world {
	t.Helper()
	return &world{
		t: t, dir: t.TempDir(), url: pgtest.NewDatabase(t, provision, kind...), tokens: maps.Clone(townsfolk().tokens),
	}
}

// onMortal is onPostgres on a server that can be killed.
func onMortal(t testing.TB) (*world, *pgtest.Server) {
	t.Helper()
	s := pgtest.NewServer(t, freePorts(t, 1))
	return &world{t: t, dir: t.TempDir(), url: s.NewDatabase(provision), tokens: maps.Clone(townsfolk().tokens)}, s
}

// recordURL is where the world's record is.
func (w *world) recordURL() string {
	s := settings{dataDir: w.dir, databaseURL: w.url}
	return s.recordURL()
}

// provisioned makes, once, a data folder with everybody in it.
var provisioned = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(scratch, "provisioned")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	s := settings{dataDir: dir}
	return dir, provision(context.Background(), s.recordURL())
})

// team is a set of people, one for each role, whose user names end alike.
type team string

// demoTeam are the people of the demo.
const demoTeam team = ""

// teams is how many teams there are beside the demo's. Requests are limited by
// person, so that many clients have to be many people.
const teams = 66

func teamOf(n int) team { return team(fmt.Sprintf("_team%d", n%teams)) }

// who is the team's member of a role.
func (g team) who(r model.Role) string { return string(r) + string(g) }

// folk are people beyond the demo's: a directory file and everybody's tokens.
type folk struct {
	directory string
	tokens    map[string]string
	hashes    map[string]string
}

// surname is everybody's in the teams, so that a name is recognised wherever it
// turns up.
const surname = "Kvarnberga"

var teamRoles = []model.Role{
	model.RoleProjectOwner, model.RoleManager, model.RoleInformationOwner, model.RoleSystemOwner,
	model.RoleDPO, model.RoleCISO, model.RoleLegalCounsel, model.RoleEnvironmentReviewer,
}

var townsfolk = sync.OnceValue(func() folk {
	f := folk{tokens: map[string]string{}, hashes: map[string]string{}}
	var b strings.Builder
	b.WriteString("organisation: {id: demo, name: Slussby kommun, profile: strictest}\nunits:\n")
	for n := range teams {
		g := teamOf(n)
		fmt.Fprintf(&b, "  - {code: namnd%s, name: {sv: Nämnd, en: Board}, controller_type: public_authority, manager: %s, information_owner: %s, system_owner: %s}\n",
			g, g.who(model.RoleManager), g.who(model.RoleInformationOwner), g.who(model.RoleSystemOwner))
	}
	b.WriteString("people:\n")
	for n := range teams {
		for _, r := range teamRoles {
			user := teamOf(n).who(r)
			fmt.Fprintf(&b, "  - {user: %s, name: %s %s, unit: namnd%s, roles: [%s]}\n", user, surname, user, teamOf(n), r)
			f.tokens[user], f.hashes[user] = authn.NewSecret()
		}
	}
	f.directory = b.String()
	return f
})

// provision fills an empty record with the demo's people and the teams.
func provision(ctx context.Context, url string) error {
	st, err := store.Open(ctx, store.Options{URL: url, MaxConns: 2})
	if err != nil {
		return err
	}
	defer st.Close()
	now := clock.System.Now()
	for _, text := range []string{string(demoDirectory), townsfolk().directory} {
		if _, err := loadDirectory(ctx, st, []byte(text), now); err != nil {
			return err
		}
	}
	people, err := st.People(ctx, org)
	if err != nil {
		return err
	}
	for _, p := range people {
		hash, ours := townsfolk().hashes[p.Handle]
		if !ours {
			continue
		}
		if err := st.AddToken(ctx, store.Token{
			OrgID: org, ID: model.NewID(), PersonID: p.ID, Label: "test", Purpose: store.PurposeAPI, Hash: hash,
			CreatedAt: now, ExpiresAt: now.Add(24 * time.Hour),
		}); err != nil {
			return err
		}
	}
	return nil
}

// copyFolder copies the files of a folder that nobody writes to.
func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// intake reads one of the intakes in testdata. Its start lies ahead, whatever
// today is.
func intake(t testing.TB, name string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "intakes", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]any{}
	if err := json.Unmarshal(text, &answers); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	answers["planned_start"] = time.Now().AddDate(0, 3, 0).Format(time.DateOnly)
	return answers
}

// The intakes in testdata.
const (
	spelling      = "t1-spelling"       // T1: manager, CISO
	minutes       = "t2-minutes"        // T2, parallel: five tasks
	bookingAgent  = "t2-booking-agent"  // T2, parallel: an agent, nine tasks
	transcription = "t3-transcription"  // T3, sequential: eight tasks
	easyRead      = "stopped-easy-read" // stopped by HS-02
)

// try sends a request for a person and notes what came of it. An error, and a
// status from 500, leave open whether it was done.
func (w *world) try(user string, call client.Call) (client.Answer, error) {
	a, err := w.as(user).Send(context.Background(), call)
	if call.Key != "" {
		w.journal.note(entry{User: user, Path: call.Path, Key: call.Key, Status: a.Status, Body: a.Body, Err: err})
	}
	return a, err
}

// get reads a resource into out and returns its entity tag.
func (w *world) get(user, path string, out any) string {
	w.t.Helper()
	a, err := w.as(user).Do(context.Background(), client.Call{Method: "GET", Path: v1 + path}, out)
	if err != nil {
		w.t.Fatalf("GET %s as %s: %v", path, user, err)
	}
	return a.ETag()
}

// v1 is the base path of the JSON API.
const v1 = "/api/v1"

// aCase is a case as its team sees it.
type aCase struct {
	w    *world
	team team
	id   string
	// intake are the answers that the case was opened with and edited to.
	intake map[string]any
	// wording, if there is one, writes every text of a form anew.
	wording func(string) string
}

// openCall opens a draft.
func (w *world) openCall(answers map[string]any) client.Call {
	return client.Call{Method: "POST", Path: v1 + "/cases", Key: client.NewKey(), Body: map[string]any{"answers": answers}}
}

// open opens a draft for a team.
func (w *world) open(g team, answers map[string]any) *aCase {
	w.t.Helper()
	r := w.must(g.who(model.RoleProjectOwner), w.openCall(answers))
	return &aCase{w: w, team: g, id: r.CaseID, intake: answers}
}

// must sends an act on a case that has to succeed and returns its receipt.
func (w *world) must(user string, call client.Call) model.Receipt {
	w.t.Helper()
	return receiptOf(w.t, w.succeeds(user, call))
}

// succeeds sends an act that has to succeed, and sends it again with the same key as
// long as the answer is that it is not known yet what became of it.
func (w *world) succeeds(user string, call client.Call) client.Answer {
	w.t.Helper()
	a, err := w.try(user, call)
	for n := 1; n < underLoad && call.Key != "" && err == nil && a.Status == http.StatusServiceUnavailable; n++ {
		w.t.Logf("%s %s is answered %d %s", call.Method, call.Path, a.Status, a.Body)
		a, err = w.try(user, call)
	}
	if err != nil {
		w.t.Fatalf("%s %s as %s: %v\n%s", call.Method, call.Path, user, err, w.server.output.tail())
	}
	if a.Status >= 300 {
		w.t.Fatalf("%s %s as %s: %d %s", call.Method, call.Path, user, a.Status, a.Body)
	}
	return a
}

func receiptOf(t testing.TB, a client.Answer) model.Receipt {
	t.Helper()
	var r model.Receipt
	if err := a.Decode(&r); err != nil || r.CaseID == "" {
		t.Fatalf("no receipt: %d %s", a.Status, a.Body)
	}
	return r
}

// refused sends an act that has to be refused with a status and a code.
func (w *world) refused(user string, call client.Call, status int, code model.Code) client.Problem {
	w.t.Helper()
	a, err := w.try(user, call)
	if err != nil {
		w.t.Fatalf("%s %s as %s: %v", call.Method, call.Path, user, err)
	}
	var p client.Problem
	if err := a.Decode(&p); err != nil || a.Status != status || p.Code != string(code) {
		w.t.Fatalf("%s %s as %s: got %d %s, want %d %s", call.Method, call.Path, user, a.Status, a.Body, status, code)
	}
	return p
}

// standing is what the tests look at in a case.
type standing struct {
	State      model.CaseState `json:"state"`
	Version    int64           `json:"version"`
	Revision   int             `json:"revision"`
	RegistryNo string          `json:"registry_no"`
	Tier       model.Tier      `json:"tier"`
	Mode       model.Mode      `json:"mode"`
	HardStops  []string        `json:"hard_stops"`
	Returns    int             `json:"returns_count"`
	Conditions struct {
		Total         int `json:"total"`
		Met           int `json:"met"`
		OpenBeforeUse int `json:"open_before_use"`
	} `json:"conditions"`
	Allowed []struct {
		Act string `json:"act"`
	} `json:"allowed"`

	etag string
}

func (c *aCase) owner() string { return c.team.who(model.RoleProjectOwner) }

func (c *aCase) path(rest string) string { return "/cases/" + c.id + rest }

// view reads the case as its owner.
func (c *aCase) view() standing {
	c.w.t.Helper()
	var v standing
	v.etag = c.w.get(c.owner(), c.path(""), &v)
	return v
}

func (c *aCase) is(want model.CaseState) {
	c.w.t.Helper()
	if v := c.view(); v.State != want {
		c.w.t.Fatalf("the case is %s, want %s", v.State, want)
	}
}

// post is an act on the case as a whole.
func (c *aCase) post(rest string, body any) client.Call {
	c.w.t.Helper()
	return client.Call{
		Method: "POST", Path: v1 + c.path(rest), Key: client.NewKey(), IfMatch: c.view().etag, Body: body,
	}
}

type intakeDraft struct {
	Revision int            `json:"revision"`
	Answers  map[string]any `json:"answers"`
	Form     string         `json:"form"`
	Missing  []struct {
		Pointer string `json:"pointer"`
	} `json:"missing"`
}

// draft reads the intake and its entity tag.
func (c *aCase) draft() (intakeDraft, string) {
	c.w.t.Helper()
	var d intakeDraft
	etag := c.w.get(c.owner(), c.path("/intake"), &d)
	return d, etag
}

// submission sends the draft in as it stands.
func (c *aCase) submission() client.Call {
	c.w.t.Helper()
	d, _ := c.draft()
	if len(d.Missing) > 0 {
		c.w.t.Fatalf("the intake lacks %v", d.Missing)
	}
	return c.post("/submissions", map[string]any{"stage": "intake", "revision": d.Revision})
}

func (c *aCase) submit() model.Receipt {
	c.w.t.Helper()
	return c.w.must(c.owner(), c.submission())
}

// edit changes answers of the draft.
func (c *aCase) edit(changes map[string]any) {
	c.w.t.Helper()
	d, etag := c.draft()
	maps.Copy(d.Answers, changes)
	c.intake = d.Answers
	a, err := c.w.try(c.owner(), client.Call{
		Method: "PUT", Path: v1 + c.path("/intake"), IfMatch: etag, Body: map[string]any{"answers": d.Answers},
	})
	if err != nil || a.Status != 200 {
		c.w.t.Fatalf("save the draft: %d %s %v", a.Status, a.Body, err)
	}
}

// task is what the tests look at in a task.
type openTask struct {
	ID       string           `json:"task_id"`
	Stage    model.StageKey   `json:"stage"`
	Kind     model.TaskKind   `json:"kind"`
	Round    int              `json:"round"`
	Role     model.Role       `json:"role"`
	Status   model.TaskStatus `json:"status"`
	Outcome  model.Outcome    `json:"outcome"`
	Revision int              `json:"revision"`
	ETag     string           `json:"etag"`

	c *aCase
}

// tasks lists the case's tasks in the order in which they were opened.
func (c *aCase) tasks() []openTask {
	c.w.t.Helper()
	var list struct {
		Items []openTask `json:"items"`
	}
	c.w.get(c.owner(), c.path("/tasks?limit=100"), &list)
	return c.having(list.Items)
}

// having gives tasks the case that they belong to.
func (c *aCase) having(tasks []openTask) []openTask {
	for i := range tasks {
		tasks[i].c = c
	}
	return tasks
}

// openTasks lists the case's open tasks in the order of the stages.
func (c *aCase) openTasks() []openTask {
	c.w.t.Helper()
	return inOrder(c.tasks())
}

// inOrder leaves the open tasks and puts them in the order of the stages.
func inOrder(all []openTask) []openTask {
	var open []openTask
	for _, t := range all {
		if _, recurs := t.Kind.Condition(); recurs && t.Status == model.TaskOpen {
			open = append(open, t)
		}
	}
	for _, stage := range model.Stages() {
		kinds := []model.TaskKind{model.TaskPrepare}
		for _, spec := range stage.Tasks {
			kinds = append(kinds, spec.Kind)
		}
		for _, kind := range append(kinds, model.TaskHead, model.TaskSecondReading) {
			for _, t := range all {
				if t.Stage == stage.Key && t.Kind == kind && t.Status == model.TaskOpen {
					open = append(open, t)
				}
			}
		}
	}
	return open
}

// task returns the open task of a kind.
func (c *aCase) task(stage model.StageKey, kind model.TaskKind) openTask {
	c.w.t.Helper()
	for _, t := range c.openTasks() {
		if t.Stage == stage && t.Kind == kind {
			return t
		}
	}
	c.w.t.Fatalf("no task %s.%s is open", stage, kind)
	return openTask{}
}

// condition is one that a decision sets in these tests.
var condition = map[string]any{
	"text_sv": "Alla användare har gått kursen före start.", "text_en": "All users have taken the course before the start.",
	"source_rule": "L-67", "owner_role": "project_owner", "verifier_role": "ciso",
	"verification": "Kurslistan visas upp.", "consequence": "Verktyget tas inte i bruk.", "due_kind": "before_use",
}

// answer is the request with which a person of the task's role answers it: a
// decision, with the task's form filled in where the stage is passed, or the
// submission of the stage's assessment, whose draft is saved on the way.
func (t openTask) answer(o model.Outcome) client.Call {
	if t.Kind == model.TaskPrepare {
		return t.submissionOf(t.c.w.sent)
	}
	body := map[string]any{"outcome": o, "revision": t.Revision, "motivation": "Prövat mot underlaget."}
	switch {
	case o == model.OutcomeReturn, o == model.OutcomeReject:
		body["reason_codes"] = []string{"L-28"}
		body["path_forward_text"] = "Beskriv gallringen av ljudfilerna och skicka in på nytt."
	case o.WithConditions():
		body["conditions"] = []any{condition}
	}
	if answers := t.form(); len(answers) > 0 && o != model.OutcomeReturn && o != model.OutcomeReject {
		body["answers"] = answers
	}
	return client.Call{
		Method: "POST", Path: v1 + "/tasks/" + t.ID + "/decision", Key: client.NewKey(), IfMatch: t.ETag, Body: body,
	}
}

// decide answers an open task as the team's member of its role.
func (c *aCase) decide(stage model.StageKey, kind model.TaskKind, o model.Outcome) model.Receipt {
	c.w.t.Helper()
	t := c.task(stage, kind)
	return c.w.must(c.team.who(t.Role), t.answer(o))
}

// pass answers the first open task with its freest outcome.
func (c *aCase) pass() model.Receipt {
	c.w.t.Helper()
	open := c.openTasks()
	if len(open) == 0 {
		c.w.t.Fatalf("the case is %s and has no open task", c.view().State)
	}
	return c.w.must(c.team.who(open[0].Role), open[0].answer(open[0].freest()))
}

// freest is the outcome that lets a case go on most freely.
func (t openTask) freest() model.Outcome {
	stage, _ := model.Stage(t.Stage)
	spec, _ := stage.Task(t.Kind)
	return spec.Outcomes[0] // of a task to prepare, that it is handed in
}

// passUntil lets one reviewer after the other pass the case until it is in a
// state. An approval with conditions is one too.
func (c *aCase) passUntil(want model.CaseState) {
	c.w.t.Helper()
	for {
		now := c.view().State
		if now == want || want == model.Approved && now == model.ApprovedCond {
			return
		}
		c.pass()
	}
}
