package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"sluss/model"
	"sluss/model/store"
)

func testDraft(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	n := w.NewCase()
	receipt, err := w.Store.CreateCase(w.ctx(), n, w.Clock.Now())
	w.must(err)
	if receipt.CaseID != n.ID || receipt.State != model.Draft || receipt.Seq != 1 || receipt.Version != 0 {
		t.Errorf("receipt %+v", receipt)
	}
	c := w.Case(n.ID)
	if c.State != model.Draft || c.Seq != 1 || c.Version != 0 || c.Title != n.Title || c.ProjectOwnerID != w.Owner ||
		c.RegistryNo != "" || c.IPL != nil || c.HardStops != nil || !c.CreatedAt.Equal(w.Clock.Now()) {
		t.Errorf("case %+v", c)
	}
	part, err := w.Store.Part(w.ctx(), w.Org, n.ID, store.Intake)
	w.must(err)
	if part.Revision != 1 || string(part.Answers) != string(n.Answers) || part.Hash != n.Hash || part.SavedBy != w.Owner {
		t.Errorf("part %+v", part)
	}
	command, err := w.Store.CommandByKey(w.ctx(), w.Org, n.Command.RequestKey)
	w.must(err)
	var answer model.Receipt
	w.must(json.Unmarshal(command.Answer, &answer))
	if !command.Done || command.Status != 201 || answer != receipt {
		t.Errorf("command %+v", command)
	}
	people, err := w.Store.CasePeople(w.ctx(), w.Org, n.ID)
	w.must(err)
	if want := []model.CasePerson{{Role: model.RoleProjectOwner, PersonID: w.Owner}}; !slices.Equal(people, want) {
		t.Errorf("people %v", people)
	}
	if snap := w.Snapshot(n.ID); !snap.Found || snap.State != model.Draft || snap.Stages != nil || snap.Next != nil {
		t.Errorf("snapshot %+v", snap)
	}
	if snap := w.Snapshot(model.NewID()); snap.Found {
		t.Errorf("a case that does not exist has the snapshot %+v", snap)
	}
	w.Verify(n.ID)
}

func testDraftKeyConflict(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	n := w.NewCase()
	_, err := w.Store.CreateCase(w.ctx(), n, w.Clock.Now())
	w.must(err)

	again := w.NewCase()
	again.Command.RequestKey = n.Command.RequestKey
	if _, err := w.Store.CreateCase(w.ctx(), again, w.Clock.Now()); !store.IsConflict(err) {
		t.Errorf("the same key again: %v", err)
	}
	if _, err := w.Store.Case(w.ctx(), w.Org, again.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the second draft is there: %v", err)
	}
	c := model.Command{OrgID: w.Org, ID: model.NewID(), RequestKey: n.Command.RequestKey, CaseID: n.ID, Kind: model.ActSubmit}
	if err := w.Store.AddCommand(w.ctx(), c, w.Clock.Now()); !store.IsConflict(err) {
		t.Errorf("a command under the same key: %v", err)
	}
	found, err := w.Store.CommandByKey(w.ctx(), w.Org, n.Command.RequestKey)
	w.must(err)
	if found.ID != n.Command.ID || found.BodyHash != n.Command.BodyHash {
		t.Errorf("the key belongs to %+v", found)
	}
}

// draft is a new text of the intake.
func (w *World) draft(caseID string, ifRevision int, text string) store.Draft {
	return store.Draft{
		OrgID: w.Org, CaseID: caseID, Part: store.Intake, IfRevision: ifRevision, Answers: answersOf(text),
		Hash: "hash of " + text, Title: text, ActorID: w.Owner, States: []model.CaseState{model.Draft, model.Returned},
	}
}

func testSaveDraft(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	save := func(d store.Draft) (int, error) { return w.Store.SaveDraft(w.ctx(), d, w.Clock.Now()) }

	if revision, err := save(w.draft(id, 1, "Ny text")); err != nil || revision != 2 {
		t.Fatalf("save: revision %d, %v", revision, err)
	}
	if c := w.Case(id); c.Title != "Ny text" || c.Seq != 2 || c.Version != 0 {
		t.Errorf("case %+v", c)
	}
	if _, err := save(w.draft(id, 1, "Andras text")); model.CodeOf(err) != model.CodeStale {
		t.Errorf("an old revision: %v", err)
	}
	if revision, err := save(w.draft(id, 2, "Ny text")); err != nil || revision != 2 {
		t.Errorf("the same text: revision %d, %v", revision, err)
	}
	other := w.draft(id, 2, "Till slut")
	other.States = []model.CaseState{model.Returned}
	if _, err := save(other); model.CodeOf(err) != model.CodeStateConflict {
		t.Errorf("in another state: %v", err)
	}
	missing := w.draft(model.NewID(), 1, "Finns inte")
	if _, err := save(missing); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of no case: %v", err)
	}
	if c := w.Case(id); c.Seq != 2 {
		t.Errorf("what was not saved left an event: seq %d", c.Seq)
	}
	w.Verify(id)
}

// Each stage has a part of its own, which begins with its first text.
func testSaveDraftOfAnAssessment(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	d := w.draft(id, 0, "Konsekvensbedömning")
	d.Part = "dpia"
	if revision, err := w.Store.SaveDraft(w.ctx(), d, w.Clock.Now()); err != nil || revision != 1 {
		t.Fatalf("first text: revision %d, %v", revision, err)
	}
	d.Hash = "another"
	if _, err := w.Store.SaveDraft(w.ctx(), d, w.Clock.Now()); model.CodeOf(err) != model.CodeStale {
		t.Errorf("a second first text: %v", err)
	}
	part, err := w.Store.Part(w.ctx(), w.Org, id, "dpia")
	w.must(err)
	if part.Revision != 1 || string(part.Answers) != string(d.Answers) {
		t.Errorf("part %+v", part)
	}
	if c := w.Case(id); c.Title != "Chattbot för bygglov" {
		t.Errorf("an assessment has renamed the case %q", c.Title)
	}
	w.Verify(id)
}

// What people write comes back as they wrote it, letter by letter.
func testTextSurvives(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	for _, text := range []string{
		`it's "quoted" -- and; not SQL`, `back\slash \' \\`, "rader\n\tmed\r\nslut", "åäö ÅÄÖ é 字 😀 \u2028",
		`?0 $1 :name @p ?!(x)`, "%_ %% \\%", "e\u0301 é", "\x01\x1f\x7f", strings.Repeat("lång ", 20_000),
	} {
		id := w.Draft()
		answers, err := json.Marshal(map[string]any{"text": text, "n": 1.50, "z": nil, "a": []int{3, 1, 2}})
		w.must(err)
		answers = append(answers, ' ') // stored JSON stays text: nothing is put in order
		d := w.draft(id, 1, text)
		d.Answers = answers
		_, err = w.Store.SaveDraft(w.ctx(), d, w.Clock.Now())
		w.must(err)
		if c := w.Case(id); c.Title != text {
			t.Errorf("title %.40q came back as %.40q", text, c.Title)
		}
		part, err := w.Store.Part(w.ctx(), w.Org, id, store.Intake)
		w.must(err)
		if string(part.Answers) != string(answers) {
			t.Errorf("answers %.60s came back as %.60s", answers, part.Answers)
		}
	}
	n := w.NewCase()
	n.Title = "noll\x00tecken"
	if _, err := w.Store.CreateCase(w.ctx(), n, w.Clock.Now()); model.CodeOf(err) != model.CodeInvalid {
		t.Errorf("a title with NUL: %v", err)
	}
	id := w.Draft()
	if _, err := w.Store.SaveDraft(w.ctx(), w.draft(id, 1, "noll\x00tecken"), w.Clock.Now()); model.CodeOf(err) != model.CodeInvalid {
		t.Errorf("a new title with NUL: %v", err)
	}
}
