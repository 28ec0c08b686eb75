package notify

import (
	"io"
	"mime/quotedprintable"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// addresses gives the CISO an address too, and the unit its information owner.
func (p *post) addresses() {
	p.Helper()
	p.must(p.Store.SetContact(p.Context(), p.Org, p.CISO, address("ciso"), lang.EN))
	u, err := p.Store.Unit(p.Context(), p.Org, p.Unit)
	p.must(err)
	u.InformationOwnerID = p.InfoOwner
	p.must(p.Store.PutUnit(p.Context(), u))
}

// texts lists what was received, as it reads, by recipient and subject.
func (p *post) texts() map[string]string {
	p.Helper()
	out := map[string]string{}
	for i, name := range p.letters() {
		text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(p.server.taken()[i].text)))
		p.must(err)
		out[name] = strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
	return out
}

// An incident with personal data tells the CISO, the DPO and the information owner
// at once, on their pages and by e-mail, on a Saturday night too (rulebook 9.5).
func TestIncidentIsToldAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, p *post) {
		p.addresses()
		p.Clock.Set(time.Date(2026, 11, 28, 22, 30, 0, 0, time.UTC))
		about := p.Submitted(model.StageManager)
		p.drain()
		before := len(p.letters())
		id := p.ReportIncident(about)
		p.drain()
		got := p.letters()[before:]
		slices.Sort(got)
		want := []string{
			"ciso: An incident has been reported", "ciso: New task: incident", "dpo: En incident har rapporterats",
			"info: En incident har rapporterats", "info: Ny uppgift: incident",
		}
		if !slices.Equal(got, want) {
			t.Fatalf("received %q", got)
		}
		stop := p.taskOf(id, model.TaskStopDecision)
		for name, want := range map[string]string{
			"dpo: En incident har rapporterats": "En incident har rapporterats.\n\nhttps://sluss.slussby.example/incidents/" + id +
				"\n\nMeddelandet kommer från Sluss och kan inte besvaras.",
			"ciso: New task: incident": "New task: incident.\n\nLast day: Sunday 29 November 2026 at 03:30\n\nhttps://sluss.slussby.example/tasks/" +
				stop.ID + "\n\nThis message comes from Sluss and cannot be replied to.",
		} {
			if text := p.texts()[name]; text != want {
				t.Errorf("letter\n%s\nwant\n%s", text, want)
			}
		}
		for _, person := range []string{p.CISO, p.DPO, p.InfoOwner} {
			if m := p.toldOf(person, model.MessageIncident); len(m) != 1 || m[0].IncidentID != id || m[0].CaseID != "" || m[0].Title != "" ||
				m[0].MailState != model.MailSent {
				t.Errorf("messages %+v", m)
			}
		}
		if text := p.log.String(); strings.Contains(text, "Hemlig") || strings.Contains(text, "@") {
			t.Errorf("logged %s", text)
		}
	})
}

func (p *post) taskOf(incidentID string, kind model.TaskKind) store.Task {
	p.Helper()
	tasks, err := p.Store.IncidentTasks(p.Context(), p.Org, incidentID)
	p.must(err)
	i := slices.IndexFunc(tasks, func(t store.Task) bool { return t.Key.Kind == kind })
	if i < 0 {
		p.Fatalf("there is no task %s", kind)
	}
	return tasks[i]
}

// toldOf lists what a person has been told of a kind.
func (p *post) toldOf(person string, kind model.MessageKind) []store.Message {
	p.Helper()
	found, err := p.Store.Messages(p.Context(), store.MessageFilter{OrgID: p.Org})
	p.must(err)
	return slices.DeleteFunc(found, func(m store.Message) bool { return m.PersonID != person || m.Kind != kind })
}

// A task of the year tells whoever has it that it is there, reminds them each time,
// and says when its time is up: the head of the unit where nobody is named.
func TestTaskOfTheYearIsTold(t *testing.T) {
	onBoth(t, func(t *testing.T, p *post) {
		head := p.headOfUnit("hanna")
		times := map[string]int{model.TimeReminder: 50, model.TimeReminder2: 80}
		p.yearly(store.NewYearlyTask{Kind: model.TaskUnitOverride, Role: model.RoleUnitHead, UnitID: p.Unit, Times: times})
		p.yearly(store.NewYearlyTask{Kind: model.TaskPolicyReview, Role: model.RoleCISO, AssigneeID: p.Manager, Times: times})
		p.drain()
		for _, person := range []string{head, p.Manager} {
			if m := p.toldOf(person, model.MessageAssigned); len(m) != 1 || m[0].TaskID == "" || m[0].CaseID+m[0].IncidentID != "" {
				t.Errorf("messages %+v", m)
			}
		}
		if m := p.toldOf(p.CISO, model.MessageAssigned); len(m) != 0 {
			t.Errorf("the CISO is told of another's task: %+v", m)
		}
		for _, after := range []time.Duration{50, 30, 20} { // two reminders and the end
			p.Clock.Advance(after * time.Hour)
			_, err := p.Store.FireTaskDeadlines(p.Context(), times, p.Clock.Now(), 1000)
			p.must(err)
			p.drain()
		}
		reminder, due := "manager: Påminnelse: årlig översyn av riktlinje och regelverk", "manager: Tiden har gått ut: årlig översyn av riktlinje och regelverk"
		if want := []string{"manager: Ny uppgift: årlig översyn av riktlinje och regelverk", reminder, reminder, due}; !slices.Equal(p.letters(), want) {
			t.Errorf("received %q", p.letters())
		}
		task := p.toldOf(p.Manager, model.MessageDue)[0].TaskID
		if text := p.texts()[due]; !strings.Contains(text, "\n\nSista dag: fredag 27 november 2026 kl. 14:15\n\nhttps://sluss.slussby.example/tasks/"+task+"\n") {
			t.Errorf("letter %s", text)
		}
	})
}

func (p *post) headOfUnit(handle string) string {
	p.Helper()
	h := store.Person{
		OrgID: p.Org, ID: model.NewID(), Handle: handle, Name: handle, UnitID: p.Unit, Roles: []model.Role{model.RoleUnitHead},
	}
	p.must(p.Store.AddPerson(p.Context(), h, p.Clock.Now()))
	return h.ID
}

// yearly adds a task of this year that is due in a hundred hours.
func (p *post) yearly(n store.NewYearlyTask) {
	p.Helper()
	n.OrgID, n.Year, n.DueAt = p.Org, 2026, p.Clock.Now().Add(100*time.Hour)
	if added, err := p.Store.AddYearlyTask(p.Context(), n, p.Clock.Now()); err != nil || !added {
		p.Fatalf("added %v: %v", added, err)
	}
}
