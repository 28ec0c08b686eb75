package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// told is a house in which an organisation has a case that has told its people
// something.
type told struct {
	house
	w      *storetest.World
	caseID string
}

// tell opens it: the manager has a task, and then returns the case to its owner.
func tell(t *testing.T) told {
	t.Helper()
	h := told{house: open(t, api.Options{})}
	h.w = storetest.NewWorld(t, h.Store)
	h.enter("w_manager", h.w.Manager)
	h.enter("w_owner", h.w.Owner)
	h.enter("w_admin", h.w.Person("adam", model.RoleAdministrator))
	if err := h.Store.SetContact(t.Context(), h.w.Org, h.w.Owner, "olle@slussby.example", "sv"); err != nil {
		t.Fatal(err)
	}
	h.caseID = h.w.Submitted(model.StageManager)
	h.deliver()
	h.w.Clock.Advance(time.Minute)
	h.w.Do(h.caseID, h.w.Decide(h.caseID, h.w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReturn))
	h.w.Do(h.caseID, h.w.Submit(h.caseID, storetest.Plan("s1", model.StageManager)))
	h.deliver()
	return h
}

// enter gives a person of the world a token.
func (h told) enter(handle, id string) {
	h.T.Helper()
	secret, hash := authn.NewSecret()
	now := h.Clock.Now()
	err := h.Store.AddToken(h.T.Context(), store.Token{
		OrgID: h.w.Org, ID: model.NewID(), PersonID: id, Purpose: store.PurposeAPI, Hash: hash, CreatedAt: now, ExpiresAt: now.AddDate(1, 0, 0),
	})
	if err != nil {
		h.T.Fatal(err)
	}
	h.Tokens[handle] = secret
}

func (h told) deliver() {
	h.T.Helper()
	if _, err := h.Store.AddressMessages(h.T.Context(), true, 100, h.w.Clock.Now()); err != nil {
		h.T.Fatal(err)
	}
}

func (h told) messages(as, path string) []api.MessageItem {
	h.T.Helper()
	var page api.Page[api.MessageItem]
	h.Get(as, path).Want(http.StatusOK).Into(&page)
	return page.Items
}

func TestMyMessages(t *testing.T) {
	t.Parallel()
	h := tell(t)
	all := h.messages("w_manager", "/me/messages")
	if len(all) != 2 {
		t.Fatalf("messages %+v", all)
	}
	task := h.w.Task(h.caseID, model.StageManager, model.TaskEndorse)
	if m := all[0]; m.Kind != model.MessageAssigned || m.Text != "Ny uppgift" || m.CaseTitle != "Chattbot för bygglov" || m.CaseID != h.caseID ||
		m.TaskID != task.ID || m.Question != "Tillstyrker du att AI-lösningen används för det här ändamålet?" || m.Link != "/api/v1/tasks/"+task.ID || m.LastDay == nil || !m.LastDay.Equal(task.DueAt) || m.Read != nil || m.Outcome != "" ||
		!m.Created.After(all[1].Created) || m.ETag != `"unread"` {
		t.Errorf("message %+v", m)
	}
	if m := h.messages("w_owner", "/me/messages")[0]; m.Kind != model.MessageReturned || m.Link != "/api/v1/cases/"+h.caseID || m.TaskID != "" || m.Question != "" ||
		m.Stage == "" || m.Outcome != model.OutcomeReturn || m.Label == "" {
		t.Errorf("message %+v", m)
	}
	english := h.do(call{"GET", "/me/messages", "w_manager", nil, "Accept-Language: en"}).Want(http.StatusOK)
	if !strings.Contains(english.Body.String(), `"New task"`) {
		t.Errorf("in English %s", english.Body)
	}

	first := h.Get("w_manager", "/me/messages?limit=1&include_total=true").Want(http.StatusOK).Object()
	cursor, _ := first["next_cursor"].(string)
	if first["total"] != 2.0 || cursor == "" {
		t.Fatalf("a page of one: %v", first)
	}
	if rest := h.messages("w_manager", "/me/messages?cursor="+cursor); len(rest) != 1 || rest[0].MessageID != all[1].MessageID {
		t.Errorf("the rest %+v", rest)
	}

	path := "/me/messages/" + all[0].MessageID + "/read"
	read := func(as, tag string) call { return call{"PUT", path, as, nil, "If-Match: " + tag} }
	h.do(call{"PUT", path, "w_manager", nil, ""}).Problem(http.StatusPreconditionRequired, "precondition_required")
	h.do(read("w_manager", `"read"`)).Problem(http.StatusPreconditionFailed, "stale")
	h.do(read("w_manager", `*`)).Problem(http.StatusPreconditionFailed, "stale")
	h.do(read("w_owner", all[0].ETag)).Problem(http.StatusNotFound, "not_found")
	h.do(read("owner", all[0].ETag)).Problem(http.StatusNotFound, "not_found")
	h.do(read("w_admin", all[0].ETag)).Problem(http.StatusNotFound, "not_found")
	if n := len(h.messages("w_manager", "/me/messages?unread=true")); n != 1 {
		t.Errorf("%d are unread after what was refused", n) // the other one told of a task that is answered
	}
	for _, tag := range []string{`"unread"`, `"unread"`, `"read"`} { // again is as good as once
		a := h.do(read("w_manager", tag)).Want(http.StatusOK)
		var m api.MessageItem
		a.Into(&m)
		if m.Read == nil || !m.Read.Equal(h.Clock.Now()) || a.Header().Get("ETag") != `"read"` || m.CaseTitle == "" {
			t.Errorf("read %+v", m)
		}
	}
	if left := h.messages("w_manager", "/me/messages?unread=true"); len(left) != 0 {
		t.Errorf("unread %+v", left)
	}
	older, newer := h.w.Submitted(model.StageManager), h.w.Submitted(model.StageManager)
	h.deliver()
	for _, m := range h.messages("w_manager", "/me/messages?unread=true") {
		if m.CaseID == newer {
			h.do(call{"PUT", "/me/messages/" + m.MessageID + "/read", "w_manager", nil, "If-Match: " + m.ETag}).Want(http.StatusOK)
		}
	}
	if again := h.messages("w_manager", "/me/messages"); again[0].CaseID != older || again[1].CaseID != newer {
		t.Errorf("the read one stands first: %+v", again)
	}
}

// A message about an incident leads to the incident, or to its task, and has no
// case.
func TestIncidentMessages(t *testing.T) {
	t.Parallel()
	h := told{house: open(t, api.Options{})}
	h.w = storetest.NewWorld(t, h.Store)
	h.enter("w_ciso", h.w.CISO)
	h.enter("w_admin", h.w.Person("adam", model.RoleAdministrator))
	id := h.w.ReportIncident("")
	h.deliver()
	found := map[model.MessageKind]api.MessageItem{}
	for _, m := range h.messages("w_ciso", "/me/messages") {
		found[m.Kind] = m
	}
	incident, task := found[model.MessageIncident], found[model.MessageAssigned]
	if len(found) != 2 || incident.Link != "/api/v1/incidents/"+id || incident.TaskID != "" || task.TaskID == "" ||
		task.Link != "/api/v1/tasks/"+task.TaskID || task.LastDay == nil {
		t.Errorf("messages %+v", found)
	}
	for _, m := range found {
		if m.Incident != id || m.CaseID != "" || m.CaseTitle != "" {
			t.Errorf("message %+v", m)
		}
		h.Get("w_ciso", strings.TrimPrefix(m.Link, "/api/v1")).Want(http.StatusOK)
	}
	var page api.Page[api.MailItem]
	h.Get("w_admin", "/messages").Want(http.StatusOK).Into(&page)
	for _, m := range page.Items {
		if m.Incident != id || m.CaseID != "" {
			t.Errorf("mail %+v", m)
		}
	}
}

func TestMailForAdministrators(t *testing.T) {
	t.Parallel()
	h := tell(t)
	due, err := h.Store.DueMail(t.Context(), h.w.Clock.Now(), 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("due %+v, %v", due, err)
	}
	if err := h.Store.MailGivenUp(t.Context(), due[0], "smtp_550"); err != nil {
		t.Fatal(err)
	}
	var page api.Page[api.MailItem]
	a := h.Get("w_admin", "/messages?mail_state=given_up").Want(http.StatusOK)
	a.Into(&page)
	if len(page.Items) != 1 || page.Items[0].MessageID != due[0].ID || page.Items[0].Failure != "smtp_550" || page.Items[0].Attempts != 1 ||
		page.Items[0].Person.Name != "Namn olle" || strings.Contains(a.Body.String(), "@") || strings.Contains(a.Body.String(), "Chattbot") {
		t.Errorf("given up %s", a.Body)
	}
	if n := len(h.Get("w_admin", "/messages").Want(http.StatusOK).Object()["items"].([]any)); n != 3 {
		t.Errorf("%d messages in all", n)
	}
	h.Get("w_admin", "/messages?mail_state=lost").Problem(http.StatusUnprocessableEntity, "invalid")
	for _, as := range []string{"w_owner", "auditor", "dpo"} {
		h.Get(as, "/messages").Problem(http.StatusForbidden, "forbidden")
	}
	if n := len(h.Get("admin", "/messages").Want(http.StatusOK).Object()["items"].([]any)); n != 0 {
		t.Errorf("another organisation's administrator sees %d messages", n)
	}

	path := "/messages/" + due[0].ID + "/retry"
	h.do(call{"POST", path, "w_admin", nil, ""}).Problem(http.StatusBadRequest, "idempotency_key_missing")
	h.do(call{"POST", path, "w_owner", nil, key()}).Problem(http.StatusForbidden, "forbidden")
	h.do(call{"POST", path, "admin", nil, key()}).Problem(http.StatusNotFound, "not_found")
	h.do(call{"POST", "/messages/" + model.NewID() + "/retry", "w_admin", nil, key()}).Problem(http.StatusNotFound, "not_found")
	for range 2 {
		var m api.MailItem
		h.do(call{"POST", path, "w_admin", nil, key()}).Want(http.StatusOK).Into(&m)
		if m.MailState != model.MailWaiting || m.Attempts != 0 || m.Next == nil || !m.Next.Equal(h.Clock.Now()) {
			t.Errorf("after the retry %+v", m)
		}
	}
}
