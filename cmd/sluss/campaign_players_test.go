//go:build !slim

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"sluss/api/client"
	"sluss/model"
)

// player is a client that speaks for everybody in a team: it moves cases of its own,
// and one that all players share, and now and then does what it must not.
type player struct {
	*scenario
	r     *rand.Rand
	team  team
	cases []*aCase
	http  *http.Client
	turn  atomic.Int64
	// again is an act that was done, with what was told of it.
	again *played
}

type played struct {
	user string
	call client.Call
	told client.Answer
}

func newPlayer(s *scenario, n int) *player {
	return &player{
		scenario: s, r: s.random(uint64(n + 1)), team: teamOf(int(s.seed)*clientsAtOnce + n),
		http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
}

// move is something that a player can do next.
type move struct {
	name  string
	often int
	do    func(*player)
}

var moves = []move{
	{"open a case", 3, (*player).open},
	{"hand in", 8, (*player).handIn},
	{"answer a task", 24, (*player).answer},
	{"save a draft", 3, (*player).save},
	{"withdraw", 1, (*player).withdraw},
	{"activate", 2, (*player).activate},
	{"the same again", 2, (*player).sameAgain},
	{"the same key for something else", 1, (*player).sameKey},
	{"many at once under one key", 1, (*player).manyAtOnce},
	{"two keys for one decision", 2, (*player).twoKeys},
	{"what is somebody else's", 2, (*player).trespass},
	{"what is out of date", 2, (*player).outOfDate},
}

func (p *player) play() {
	defer p.http.CloseIdleConnections()
	var all []move
	for _, m := range moves {
		all = append(all, slices.Repeat([]move{m}, m.often)...)
	}
	for !p.over.Load() && !p.t.Failed() {
		m := all[p.r.IntN(len(all))]
		p.total.add("tried: "+m.name, 1)
		m.do(p)
	}
}

// ask sends a request once, through a proxy: to each process that answers in turn, so
// that what is asked again is asked of another.
func (p *player) ask(user string, call client.Call) (client.Answer, error) {
	front := p.fronts[int(p.turn.Add(1))%len(p.fronts)]
	c := client.Client{Base: "http://" + front.address(), Token: p.w.tokens[user], Language: "en", HTTP: p.http}
	return c.Send(context.Background(), call)
}

// noted sends an act once and notes what came of it.
func (p *player) noted(user string, call client.Call) (client.Answer, error) {
	asked := time.Now()
	a, err := p.ask(user, call)
	p.w.journal.note(entry{User: user, Path: call.Path, Key: call.Key, Status: a.Status, Body: a.Body, Err: err, Asked: asked, Told: time.Now()})
	return a, err
}

// act sends an act and notes what came of it. Of those of which nothing is known,
// every other one is asked for again until something is; the others never are.
func (p *player) act(user string, call client.Call) (client.Answer, bool) {
	a, known := p.once(user, call)
	if known || p.r.IntN(2) == 0 {
		if !known {
			p.total.add("unknown: never asked again", 1)
		}
		return a, known && a.Status < 300
	}
	p.total.add("unknown: asked again", 1)
	for until := time.Now().Add(time.Minute); !known; <-time.After(50 * time.Millisecond) {
		if time.Now().After(until) {
			p.t.Errorf("%s %s was not answered for a minute\n%s", call.Method, call.Path, p.tail())
			return a, false
		}
		a, known = p.once(user, call)
	}
	return a, a.Status < 300
}

// once sends an act once and reports whether it is known what came of it.
func (p *player) once(user string, call client.Call) (client.Answer, bool) {
	a, err := p.noted(user, call)
	switch {
	case err != nil || a.Status >= 500 || a.Status == http.StatusTooManyRequests:
		p.total.add("answered: unknown", 1)
		return a, false
	case a.Status >= 300:
		p.total.add("answered: refused", 1)
		return a, true
	}
	p.total.add("answered: done", 1)
	if call.IfMatch != "" && p.r.IntN(4) == 0 {
		p.again = &played{user, call, a}
	}
	return a, true
}

// read gets a resource, however long it takes while things are broken. It reports
// whether it is there.
func (p *player) read(user, path string, out any) (client.Answer, bool) {
	for until := time.Now().Add(time.Minute); ; <-time.After(20 * time.Millisecond) {
		a, err := p.ask(user, client.Call{Method: http.MethodGet, Path: v1 + path})
		if err == nil && a.Status == http.StatusOK {
			return a, a.Decode(out) == nil
		}
		if err == nil && a.Status == http.StatusNotFound {
			return a, false
		}
		if time.Now().After(until) {
			p.t.Errorf("GET %s as %s: %d %v\n%s", path, user, a.Status, err, p.tail())
			return a, false
		}
	}
}

// someCase is a case to move, or nil as long as there is none.
func (p *player) someCase() *aCase {
	if len(p.cases) == 0 {
		p.open()
	}
	if len(p.cases) == 0 {
		return nil
	}
	return p.cases[p.r.IntN(len(p.cases))]
}

// view reads a case as its owner.
func (p *player) view(c *aCase) (v standing, ok bool) {
	asked := time.Now()
	a, ok := p.read(c.owner(), c.path(""), &v)
	if ok {
		p.w.journal.read(reading{c.id, v.Version, asked, time.Now()})
	}
	v.etag = a.ETag()
	return v, ok
}

// someTask is an open task of a case.
func (p *player) someTask(c *aCase) (openTask, bool) {
	var list struct {
		Items []openTask `json:"items"`
	}
	if _, ok := p.read(c.owner(), c.path("/tasks?limit=100"), &list); !ok {
		return openTask{}, false
	}
	open := inOrder(c.having(list.Items))
	if len(open) == 0 {
		return openTask{}, false
	}
	return open[p.r.IntN(len(open))], true
}

func (p *player) open() {
	name := []string{spelling, minutes, minutes, bookingAgent, transcription, easyRead}[p.r.IntN(6)]
	answers := intake(p.t, name)
	a, ok := p.act(p.team.who(model.RoleProjectOwner), p.w.openCall(answers))
	if !ok {
		return
	}
	p.cases = append(p.cases, &aCase{w: p.w, team: p.team, id: receiptOf(p.t, a).CaseID, intake: answers})
}

func (p *player) handIn() {
	c := p.someCase()
	if c == nil {
		return
	}
	v, ok := p.view(c)
	var d intakeDraft
	if ok {
		_, ok = p.read(c.owner(), c.path("/intake"), &d)
	}
	if ok {
		p.act(c.owner(), p.post(c, v, "/submissions", map[string]any{"stage": "intake", "revision": d.Revision}))
	}
}

// post is an act on a case as a whole, as it was read.
func (p *player) post(c *aCase, v standing, rest string, body any) client.Call {
	return client.Call{Method: http.MethodPost, Path: v1 + c.path(rest), Key: client.NewKey(), IfMatch: v.etag, Body: body}
}

// save changes the draft of an intake.
func (p *player) save() {
	c := p.someCase()
	if c == nil {
		return
	}
	var d intakeDraft
	a, ok := p.read(c.owner(), c.path("/intake"), &d)
	if !ok || d.Answers == nil {
		return
	}
	d.Answers["summary"] = fmt.Sprintf("Samtal skrivs ut och sammanfattas, utkast %d.", p.r.IntN(1000))
	_, _ = p.ask(c.owner(), client.Call{Method: http.MethodPut, Path: v1 + c.path("/intake"), IfMatch: a.ETag(), Body: map[string]any{"answers": d.Answers}})
}

// decision is how a task is answered: usually so that the case goes on.
func (p *player) decision(t openTask) client.Call {
	if t.Kind == model.TaskPrepare {
		return t.submissionOf(func(user string, call client.Call) client.Answer {
			if call.Method == http.MethodGet {
				a, _ := p.read(user, call.Path[len(v1):], new(any))
				return a
			}
			a, _ := p.ask(user, call)
			return a
		})
	}
	outcome := t.freest()
	if p.r.IntN(6) == 0 {
		stage, _ := model.Stage(t.Stage)
		spec, _ := stage.Task(t.Kind)
		outcome = spec.Outcomes[p.r.IntN(len(spec.Outcomes))]
	}
	return t.answer(outcome)
}

func (p *player) answer() {
	c := p.someCase()
	if c == nil {
		return
	}
	if t, ok := p.someTask(c); ok {
		p.act(c.team.who(t.Role), p.decision(t))
	}
}

func (p *player) withdraw() {
	c := p.someCase()
	if c == nil {
		return
	}
	if v, ok := p.view(c); ok {
		p.act(c.owner(), p.post(c, v, "/withdrawal", map[string]any{"reason": "Behövs inte."}))
	}
}

func (p *player) activate() {
	c := p.someCase()
	if c == nil {
		return
	}
	if v, ok := p.view(c); ok {
		p.act(c.team.who(model.RoleSystemOwner), p.post(c, v, "/activation", nil))
	}
}

// sameAgain sends an act that was done once more: the answer is what it was.
func (p *player) sameAgain() {
	if p.again == nil {
		return
	}
	a, known := p.once(p.again.user, p.again.call)
	if known && (a.Status != p.again.told.Status || !sameJSON(a.Body, p.again.told.Body)) {
		p.t.Errorf("%s: asked again it is %d %s, it was %d %s", p.again.call.Path, a.Status, a.Body, p.again.told.Status, p.again.told.Body)
	}
}

// sameKey sends something else under the key of an act that was done.
func (p *player) sameKey() {
	if p.again == nil {
		return
	}
	other := p.again.call
	other.Body = map[string]any{"reason": "Något annat."}
	a, err := p.ask(p.again.user, other)
	if err == nil && a.Status < 300 {
		p.t.Errorf("%s: something else was done under the same key: %s", other.Path, a.Body)
	}
}

// manyAtOnce sends one decision many times at once under one key.
func (p *player) manyAtOnce() {
	c := p.someCase()
	if c == nil {
		return
	}
	t, ok := p.someTask(c)
	if !ok {
		return
	}
	call, user := p.decision(t), c.team.who(t.Role)
	answers := make(chan client.Answer, 50)
	for range cap(answers) {
		go func() {
			a, _ := p.noted(user, call)
			answers <- a
		}()
	}
	var done []client.Answer
	for range cap(answers) {
		if a := <-answers; a.Status >= 200 && a.Status < 300 {
			done = append(done, a)
		}
	}
	for _, a := range done {
		if !sameJSON(a.Body, done[0].Body) {
			p.t.Errorf("%s: one key, two answers: %s and %s", call.Path, a.Body, done[0].Body)
		}
	}
}

// twoKeys decides one task twice at once: at most one of them is done.
func (p *player) twoKeys() {
	c := p.someCase()
	if c == nil {
		return
	}
	t, ok := p.someTask(c)
	if !ok || t.Kind == model.TaskPrepare {
		return
	}
	first := p.decision(t)
	second := first
	second.Key = client.NewKey()
	user := c.team.who(t.Role)
	told := make(chan client.Answer, 2)
	for _, call := range []client.Call{first, second} {
		go func() {
			a, _ := p.noted(user, call)
			told <- a
		}()
	}
	a, b := <-told, <-told
	if a.Status >= 200 && a.Status < 300 && b.Status >= 200 && b.Status < 300 {
		p.t.Errorf("%s was decided twice: %s and %s", first.Path, a.Body, b.Body)
	}
}

// trespass answers a task that is another role's.
func (p *player) trespass() {
	c := p.someCase()
	if c == nil {
		return
	}
	t, ok := p.someTask(c)
	if !ok || t.Kind == model.TaskPrepare {
		return
	}
	user := c.team.who(model.RoleSystemOwner)
	if t.Role == model.RoleSystemOwner {
		user = c.owner()
	}
	if a, ok := p.act(user, p.decision(t)); ok {
		p.t.Errorf("%s has answered %s %s, which is the task of %s: %s", user, t.Stage, t.Kind, t.Role, a.Body)
	}
}

// outOfDate acts on a case as it never was.
func (p *player) outOfDate() {
	c := p.someCase()
	if c == nil {
		return
	}
	v, ok := p.view(c)
	if !ok {
		return
	}
	v.etag = `"99999"`
	if a, ok := p.act(c.owner(), p.post(c, v, "/withdrawal", map[string]any{"reason": "Behövs inte."})); ok {
		p.t.Errorf("done on a version that there is not: %s", a.Body)
	}
}
