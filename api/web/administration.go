package web

import (
	"net/http"
	"slices"

	"sluss/api"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

// office is a page of the administration, and who finds it there: the API says once
// more who may read what is on it.
type office struct {
	Path         string
	Label, About lang.Text
	finds        func(model.Actor) bool
	// open is true for what everybody may read, which alone makes nobody an
	// administrator.
	open bool
}

// reads and executes find what the matrix lets somebody read, or do.
func reads(p access.Permission) func(model.Actor) bool {
	return func(a model.Actor) bool { return access.Anywhere(a, p, access.Read) == nil }
}

func executes(p access.Permission) func(model.Actor) bool {
	return func(a model.Actor) bool { return access.Anywhere(a, p, access.Execute) == nil }
}

// audits finds those who administer and who audit.
func audits(a model.Actor) bool {
	return access.Anywhere(a, access.Administer, access.Execute, access.Read) == nil
}

func everybody(model.Actor) bool { return true }

// offices are the pages of the administration, in groups.
var offices = []struct {
	Label lang.Text
	Pages []office
}{
	{lang.Text{SV: "Läget", EN: "How things stand"}, []office{
		{
			"/administration/queues", lang.Text{SV: "Uppgifter", EN: "Tasks"},
			lang.Text{SV: "Alla öppna uppgifter, att lämna över eller ge mer tid.", EN: "All open tasks, to hand over or give more time."},
			func(a model.Actor) bool {
				return reads(access.Statistics)(a) || access.Anywhere(a, access.ExtendTask, access.Execute) == nil
			}, false,
		},
		{
			"/administration/statistics", lang.Text{SV: "Statistik", EN: "Statistics"},
			lang.Text{SV: "Tid per steg, återlämnade och stoppade ärenden, energi och klimat.", EN: "Time per stage, returned and stopped cases, energy and climate."},
			reads(access.Statistics), false,
		},
		{
			"/administration/yearly-report", lang.Text{SV: "Årsrapport", EN: "Yearly report"},
			lang.Text{SV: "Undantag, återanvända bedömningar, förhandssamråd och översyner.", EN: "Waivers, reused assessments, prior consultations and reviews."},
			reads(access.Statistics), false,
		},
		{
			"/administration/overrides", lang.Text{SV: "Upphävda avslag", EN: "Overridden rejections"},
			lang.Text{SV: "Avslag från CISO som förvaltningschefen har gått emot.", EN: "Rejections by the CISO that the head of a unit has set aside."},
			reads(access.ListOverrides), false,
		},
		{
			"/administration/retriages", lang.Text{SV: "Ny klassning", EN: "New triages"},
			lang.Text{SV: "Vad ändrad lag och ändrade riktlinjer betyder för godkända ärenden.", EN: "What changes of law and guidelines mean for approved cases."},
			func(a model.Actor) bool { return access.CasesReach(a) == access.ReachAll }, false,
		},
	}},
	{lang.Text{SV: "Organisationen", EN: "The organisation"}, []office{
		{
			"/administration/people", lang.Text{SV: "Personer och roller", EN: "People and roles"},
			lang.Text{SV: "Vem som har vilken roll, och vad som väntar på dem.", EN: "Who has which role, and what is waiting for them."}, everybody, true,
		},
		{
			"/administration/units", lang.Text{SV: "Nämnder och bolag", EN: "Boards and companies"},
			lang.Text{SV: "Enheterna och vem som föreslås i deras ärenden.", EN: "The units and who is proposed in their cases."}, everybody, true,
		},
		{
			"/absences", lang.Text{SV: "Frånvaro", EN: "Absence"},
			lang.Text{SV: "Vem som är borta, och vem som svarar under tiden.", EN: "Who is away, and who answers meanwhile."}, everybody, true,
		},
		{
			"/delegations", lang.Text{SV: "Ersättare", EN: "Deputies"},
			lang.Text{SV: "Vem som svarar för vem, och till när.", EN: "Who answers for whom, and until when."}, everybody, true,
		},
	}},
	{lang.Text{SV: "Regler", EN: "Rules"}, []office{
		{
			"/administration/rulebooks", lang.Text{SV: "Regelverket", EN: "The rulebook"},
			lang.Text{SV: "Regler med källor, frågor, inställningar och lagens datum.", EN: "Rules with their sources, questions, settings and dates of the law."}, everybody, true,
		},
	}},
	{lang.Text{SV: "Handlingar och drift", EN: "Records and operation"}, []office{
		{
			"/administration/log", lang.Text{SV: "Loggen och dess bevis", EN: "The log and its proof"},
			lang.Text{SV: "Visa att loggen är hel och att en händelse finns i den.", EN: "Show that the log is whole and that an event is in it."}, access.ReadsLog, false,
		},
		{
			"/administration/disposals", lang.Text{SV: "Gallring", EN: "Disposal"},
			lang.Text{SV: "Det som ska gallras eller raderas, av två personer.", EN: "What is to be disposed of or erased, by two people."}, reads(access.Dispose), false,
		},
		{
			"/administration/messages", lang.Text{SV: "E-post", EN: "E-mail"},
			lang.Text{SV: "Meddelanden som inte har kommit fram.", EN: "Messages that have not arrived."}, executes(access.Administer), false,
		},
		{
			"/administration/reconciliation", lang.Text{SV: "Avstämning", EN: "Reconciliation"},
			lang.Text{SV: "Kontrollera att alla ärenden fortsätter som de ska.", EN: "Check that all cases go on as they should."}, executes(access.Administer), false,
		},
		{
			"/administration/services", lang.Text{SV: "Tjänstekonton", EN: "Service accounts"},
			lang.Text{SV: "Program som frågar registret, och deras nycklar.", EN: "Programs that ask the register, and their tokens."}, audits, false,
		},
		{
			"/administration/restorations", lang.Text{SV: "Återställningar", EN: "Restorations"},
			lang.Text{SV: "När en säkerhetskopia har lästs tillbaka, och vem som godkände.", EN: "When a backup was put back, and who approved it."}, audits, false,
		},
	}},
}

// Administers reports whether the person finds the pages of administration: who
// keeps the organisation's cases going, and who reads more than their own.
func (v view) Administers() bool {
	if v.Person == nil {
		return false
	}
	a := v.Person.Actor()
	for _, group := range offices {
		if slices.ContainsFunc(group.Pages, func(o office) bool { return !o.open && o.finds(a) }) {
			return true
		}
	}
	return false
}

// officeGroup is a group of pages as somebody finds them.
type officeGroup struct {
	Label lang.Text
	Pages []office
}

// officesOf are the pages that somebody finds.
func officesOf(a model.Actor) []officeGroup {
	var out []officeGroup
	for _, group := range offices {
		found := officeGroup{Label: group.Label}
		for _, o := range group.Pages {
			if o.finds(a) {
				found.Pages = append(found.Pages, o)
			}
		}
		if len(found.Pages) > 0 {
			out = append(out, found)
		}
	}
	return out
}

// administrationPage is how things stand, and where to go from there.
type administrationPage struct {
	// Overview is nil for whoever may not read it.
	Overview *api.Overview
	Cases    []stateBar
	Total    int
	Waiting  api.QueueItem
	Groups   []officeGroup
}

// stateBar is how many cases are in a state, and how long its bar is of a hundred.
type stateBar struct {
	api.StateCount
	Width string
}

func (s *site) administration(v *visit) error {
	p := administrationPage{Groups: officesOf(v.person.Actor())}
	if reads(access.Statistics)(v.person.Actor()) {
		p.Overview = &api.Overview{}
		if err := v.get("/overview", nil, p.Overview); err != nil {
			return err
		}
		p.count()
	}
	return v.show(http.StatusOK, "administration", view{
		Section: sectionAdministration, Title: lang.Text{SV: "Administration", EN: "Administration"}.In(v.lang), Page: p,
	})
}

// sectionAdministration is the part of the site that the pages belong to.
const sectionAdministration = "administration"

// count sums up what is counted by state and by role.
func (p *administrationPage) count() {
	largest := 0
	for _, c := range p.Overview.Cases {
		largest, p.Total = max(largest, c.Cases), p.Total+c.Cases
	}
	for _, c := range p.Overview.Cases {
		p.Cases = append(p.Cases, stateBar{c, share(float64(c.Cases), float64(largest))})
	}
	for _, q := range p.Overview.Queues {
		p.Waiting.Open += q.Open
		p.Waiting.Overdue += q.Overdue
		p.Waiting.Free += q.Free
	}
}
