//go:build !slim

package apitest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/rulebook/rulebooktest"
)

// machine is the life of one case, as it is driven and as it is expected.
type machine struct {
	t     *rapid.T
	l     *live
	tally *tally
	// goal is what the life is to lead to if it can: a transition of rulebook 9.2.
	goal   string
	intake intake

	id     string
	status api.CaseStatus
	tasks  []api.TaskItem
	seq    int64

	// draft are the answers of the intake as they stand, sent those of each
	// revision that was submitted.
	draft    fields
	revision int
	sent     map[int]fields
	// handed is the revision of each assessment that its reviewers have, basis
	// what each answered task rests on.
	handed map[model.StageKey]int
	basis  map[string]basis

	last    request
	answer  reply
	journal []string
	begun   int
}

// basis is the content that was judged, and at which step.
type basis struct{ intake, part, step int }

// effect is what a request may do to a case.
type effect int

const (
	reads effect = iota // nothing at all
	keeps               // something beside the process
	moves               // one step of the process
)

// dice is a number below 65536, each as likely as the other: what rapid draws
// from a range favours its ends.
var dice = rapid.Custom(func(t *rapid.T) int {
	n := 0
	for range 16 {
		n <<= 1
		if rapid.Bool().Draw(t, "bit") {
			n |= 1
		}
	}
	return n
})

func (m *machine) below(n int, what string) int { return dice.Draw(m.t, what) % n }

func (m *machine) chance(percent int, what string) bool { return m.below(100, what) < percent }

func oneOf[T any](m *machine, what string, list []T) T { return list[m.below(len(list), what)] }

// fail ends the test with the life so far.
func (m *machine) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\nintake %q, goal %s, state %s, version %d\n%s", fmt.Sprintf(format, args...),
		m.intake.name, m.goal, m.status.State, m.status.Version, strings.Join(m.journal, "\n"))
}

func (m *machine) note(q request, r reply) {
	body, _ := bodyOf(q.body)
	line := fmt.Sprintf("%3d %s %s as %s, If-Match %s, %.600s\n    -> %d", len(m.journal)+1, q.method, q.path, q.as, q.etag, body, r.status)
	if !r.ok() {
		line += " " + string(r.code()) + " " + strings.Join(ruleIDsOf(r.problem), " ") + " " + strings.Join(pointers(r.problem), " ")
	}
	m.journal = append(m.journal, line)
}

func ruleIDsOf(p api.Problem) []string {
	var ids []string
	for _, r := range p.Rules {
		ids = append(ids, r.ID)
	}
	return ids
}

func pointers(p api.Problem) []string {
	var out []string
	for _, f := range p.Errors {
		out = append(out, f.Pointer)
	}
	return out
}

// do is one step: a request, and what must hold after it.
func (m *machine) do(e effect, q request) reply {
	m.t.Helper()
	r, err := m.l.send(q)
	m.tally.steps++
	m.note(q, r)
	if err != nil {
		m.fail("%v", err)
	}
	switch {
	case !r.ok():
		m.tally.refused[r.code()]++
		m.unmoved(true)
	case e == moves:
		m.moved(q, r)
	case e == keeps:
		m.unmoved(false)
		m.look()
	default:
		m.unmoved(true)
	}
	return r
}

// refused does what must be refused, for one of the reasons.
func (m *machine) refused(q request, codes ...model.Code) {
	m.t.Helper()
	r := m.do(moves, q)
	if r.ok() || !slices.Contains(codes, r.code()) {
		m.fail("want a refusal %v, got %d %s", codes, r.status, r.body)
	}
}

// unmoved checks that the process stands where it stood, and where nothing at all
// was done that the log does too.
func (m *machine) unmoved(log bool) {
	m.t.Helper()
	if m.id == "" {
		return
	}
	c, err := m.l.house.Store.Case(m.t.Context(), apitest.Org, m.id)
	if err != nil {
		m.fail("read the case: %v", err)
	}
	if c.Version != m.status.Version || c.State != m.status.State || log && c.Seq != m.seq {
		m.fail("the case has moved to %s, version %d, event %d from event %d", c.State, c.Version, c.Seq, m.seq)
	}
	if m.tally.steps%8 != 0 {
		return
	}
	r, err := m.l.send(request{as: "owner", method: http.MethodGet, path: m.path("")})
	if err != nil || r.etag != m.etag() {
		m.fail("the entity tag is %s: %v", r.etag, err)
	}
}

// look reads where the case stands.
func (m *machine) look() {
	m.t.Helper()
	m.status = api.CaseStatus{}
	if _, err := m.l.read("owner", m.path(""), &m.status); err != nil {
		m.fail("%v", err)
	}
	m.seq = m.status.LastEvent.Seq
	var err error
	if m.tasks, err = all[api.TaskItem](m.l, "owner", m.path("/tasks")); err != nil {
		m.fail("%v", err)
	}
	slices.SortFunc(m.tasks, func(a, b api.TaskItem) int { // as ids do not: the same in every run
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Kind, b.Kind), a.Round-b.Round)
	})
}

// moved checks a step of the process: the version has grown by one, and what the
// rules ask of the new state holds.
func (m *machine) moved(q request, r reply) {
	m.t.Helper()
	before := m.status
	m.look()
	switch {
	case m.status.Version != before.Version+1:
		m.fail("the version went from %d to %d", before.Version, m.status.Version)
	case r.etag != m.etag():
		m.fail("the answer says %s, the case %s", r.etag, m.etag())
	}
	m.last, m.answer = q, r
	m.check(before)
}

func (m *machine) etag() string { return fmt.Sprintf(`"%d"`, m.status.Version) }

func (m *machine) path(rest string) string { return "/cases/" + m.id + rest }

// act is an act on the case as a whole.
func (m *machine) act(as, rest string, body any) request {
	return request{as: as, method: http.MethodPost, path: m.path(rest), etag: m.etag(), key: model.NewID(), body: body}
}

// open begins a life.
func (m *machine) open() {
	m.t.Helper()
	m.sent, m.handed, m.basis = map[int]fields{}, map[model.StageKey]int{}, map[string]basis{}
	m.begun = m.tally.steps
	r := m.do(reads, request{as: "owner", method: http.MethodPost, path: "/cases", key: model.NewID(), body: fields{"answers": m.intake.answers}})
	if !r.ok() {
		m.fail("a case cannot be opened: %s", r.body)
	}
	var receipt model.Receipt
	if err := json.Unmarshal(r.body, &receipt); err != nil {
		m.fail("%v", err)
	}
	m.id = receipt.CaseID
	m.look()
	m.readDraft()
}

func (m *machine) readDraft() {
	m.t.Helper()
	var d api.IntakeDraft
	if _, err := m.l.read("owner", m.path("/intake"), &d); err != nil {
		m.fail("%v", err)
	}
	m.takeDraft(d)
}

func (m *machine) takeDraft(d api.IntakeDraft) {
	m.draft, m.revision = fields{}, d.Revision
	if err := json.Unmarshal(d.Answers, &m.draft); err != nil {
		m.fail("%v", err)
	}
}

// save replaces the draft of the intake.
func (m *machine) save(answers fields) reply {
	m.t.Helper()
	r := m.do(keeps, request{
		as: "owner", method: http.MethodPut, path: m.path("/intake"), etag: fmt.Sprintf(`"%d"`, m.revision), body: fields{"answers": answers},
	})
	if r.ok() {
		var d api.IntakeDraft
		if err := json.Unmarshal(r.body, &d); err != nil {
			m.fail("%v", err)
		}
		m.takeDraft(d)
	}
	return r
}

// edit changes an answer or two of the intake.
func (m *machine) edit() {
	m.t.Helper()
	answers := maps.Clone(m.draft)
	for range 1 + m.below(2, "changes") {
		c := oneOf(m, "change", changes)
		if _, asked := answers[c.field]; asked {
			answers[c.field] = oneOf(m, "to", c.to)
		}
	}
	m.save(answers)
}

// submit sends the intake in, and completes it where it lacks something.
func (m *machine) submit() reply {
	m.t.Helper()
	fill := rulebooktest.New(m.l.book, m.l.today(), nil)
	for n := 0; ; n++ {
		revision, answers := m.revision, m.draft
		m.sent[revision] = answers // it is looked at when it is done
		r := m.do(moves, m.act("owner", "/submissions", fields{"stage": "intake", "revision": revision}))
		if r.status != http.StatusUnprocessableEntity || n > 5 {
			return r
		}
		answers = copyOf(m.draft)
		if fill.Mend(answers, gapsIn(r.problem.Errors)) != nil || !m.save(answers).ok() {
			return r
		}
	}
}

// copyOf is a copy of answers of which every part may be changed.
func copyOf(answers fields) fields {
	out := fields{}
	rulebooktest.Add(out, answers)
	return out
}

func gapsIn(faults []api.Fault) []rulebooktest.Gap {
	var gaps []rulebooktest.Gap
	for _, f := range faults {
		if strings.HasPrefix(f.Pointer, "/answers/") {
			gaps = append(gaps, rulebooktest.Gap{Pointer: f.Pointer, Missing: f.Missing})
		}
	}
	return gaps
}

// close looks at what the life has left behind.
func (m *machine) close() {
	m.t.Helper()
	if err := m.l.house.Store.VerifyCase(m.t.Context(), apitest.Org, m.id); err != nil {
		m.fail("the record does not hold: %v", err)
	}
	events, err := all[audit.Event](m.l, "auditor", m.path("/events"))
	if m.status.State == model.Draft {
		events, err = all[audit.Event](m.l, "owner", m.path("/events"))
	}
	if err == nil {
		err = audit.VerifyChain(events)
	}
	if err != nil {
		m.fail("the log does not hold: %v", err)
	}
	m.checkEvents(events)
}
