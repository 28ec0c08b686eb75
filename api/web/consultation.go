package web

import (
	"net/http"
	"slices"
	"strconv"
	"sync"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// consultationPage is the prior consultations of a case: how the time of the
// authority stands, what has happened, and what can be recorded.
type consultationPage struct {
	onCase
	Standing []line
	Events   []api.ConsultationItem
	Record   []doing
}

// clockWords say how far a prior consultation has come.
var clockWords = map[model.ConsultationState]lang.Text{
	model.ConsultationDecided:   {SV: "Beslutat. Begäran är inte skickad än.", EN: "Decided. The request has not been sent yet."},
	model.ConsultationSubmitted: {SV: "Begäran är skickad men inte mottagen än.", EN: "The request has been sent and not been received yet."},
	model.ConsultationRunning:   {SV: "Tillsynsmyndighetens tid löper.", EN: "The time of the supervisory authority is running."},
	model.ConsultationSuspended: {SV: "Tiden står stilla tills uppgifterna är lämnade.", EN: "The time stands still until the information is delivered."},
	model.ConsultationOver:      {SV: "Tiden har gått ut.", EN: "The time is over."},
}

// apiWords are the words of codes, as the API has them, by kind and code.
var apiWords = sync.OnceValue(func() map[[2]string]lang.Text {
	out := map[[2]string]lang.Text{}
	for _, w := range api.Words() {
		out[[2]string{w.Kind, w.Code}] = w.Text
	}
	return out
})

func eventWord(e model.ConsultationEvent, l lang.Lang) string {
	return apiWords()[[2]string{"event", string(e)}].In(l)
}

func (s *site) consultation(v *visit) error {
	c, err := v.readCase()
	if err != nil {
		return err
	}
	path := "/cases/" + c.CaseID + "/prior-consultation"
	var events api.ConsultationPage
	if err := v.get(path+"/events", nil, &events); err != nil {
		return err
	}
	p := consultationPage{onCase: c, Events: slices.Clone(events.Items)}
	slices.Reverse(p.Events)
	if st := events.Consultation; st != nil {
		p.Standing = s.standing(v, st)
		for _, e := range recordable(v, c, st, p.Events) {
			p.Record = append(p.Record, doing{Href: path + "/" + string(e), Title: eventWord(e, v.lang)})
		}
	}
	return v.show(http.StatusOK, "consultation", view{Title: lang.Text{SV: "Förhandssamråd", EN: "Prior consultation"}.In(v.lang) + ": " + c.Title, Page: p})
}

// recordable are the events that the reader can record as the consultation stands.
func recordable(v *visit, c onCase, st *api.ConsultationStanding, before []api.ConsultationItem) []model.ConsultationEvent {
	if !mayDo(c.CaseStatus, act.MayConsult) {
		return nil
	}
	return slices.DeleteFunc(model.ConsultationEvents(), func(e model.ConsultationEvent) bool {
		_, refused := st.Clock.After(e)
		again := e == model.ConsultExtensionNotified && slices.ContainsFunc(before, func(x api.ConsultationItem) bool { return x.Event == e && x.Round == st.Round })
		decides := e == model.ConsultWithdrawn && !access.Can(v.person.Actor(), c.rights(v), access.Consultation, access.Decide)
		return refused != nil || again || decides
	})
}

// standing is how the time stands, in words.
func (s *site) standing(v *visit, st *api.ConsultationStanding) []line {
	text := func(sv, en string) string { return lang.Text{SV: sv, EN: en}.In(v.lang) }
	out := []line{{Label: text("Läge", "Standing"), Text: clockWords[st.Clock].In(v.lang)}}
	add := func(label, value string) {
		if value != "" {
			out = append(out, line{Label: label, Text: value})
		}
	}
	add(text("Mottagen", "Received"), st.Received)
	if day, err := calendar.ParseDate(st.Due); err == nil {
		add(text("Myndighetens tid går ut", "The authority's time ends"), st.Due+" · "+calendar.Remaining(calendar.EndOfDay(day), s.Clock.Now(), v.lang))
	}
	if st.SuspendedDays > 0 {
		add(text("Dagar då tiden stått stilla", "Days on which the time stood still"), strconv.Itoa(st.SuspendedDays))
	}
	add(text("Besked om förlängning senast", "An extension is to be notified by"), st.NoticeLimit)
	if st.Extended != nil && !*st.Extended {
		add(text("Förlängning", "Extension"), text("Beskedet kom för sent och ändrar inte tiden.", "The notice came too late and does not change the time."))
	}
	return out
}

// packageItems are what goes out with a request (GDPR 36(3)).
var packageItems = []struct {
	id   string
	text lang.Text
}{
	{"responsibilities", lang.Text{SV: "Hur ansvaret är fördelat mellan personuppgiftsansvariga och personuppgiftsbiträden", EN: "How responsibilities are divided between controllers and processors"}},
	{"purposes_and_means", lang.Text{SV: "Behandlingens ändamål och medel", EN: "Purposes and means of the processing"}},
	{"measures", lang.Text{SV: "Åtgärder och skydd för de registrerade", EN: "Measures and safeguards for the data subjects"}},
	{"dpo_contact", lang.Text{SV: "Dataskyddsombudets kontaktuppgifter", EN: "Contact details of the data protection officer"}},
	{"dpia", lang.Text{SV: "Konsekvensbedömningen", EN: "The impact assessment"}},
}

// recordConsultation is the page on which an event of a prior consultation is
// recorded.
func (s *site) recordConsultation(v *visit) error {
	c, err := v.readCase()
	if err != nil {
		return err
	}
	event := model.ConsultationEvent(v.r.PathValue("event"))
	if !slices.Contains(model.ConsultationEvents(), event) {
		return errNoPage
	}
	path, e := "/cases/"+c.CaseID+"/prior-consultation", c.errand()
	e.Over, e.Back = lang.Text{SV: "Förhandssamråd", EN: "Prior consultation"}.In(v.lang)+": "+c.Title, path
	e.Title, e.Button = eventWord(event, v.lang), lang.Text{SV: "Spara händelsen", EN: "Save the event"}.In(v.lang)
	e.Not, e.Rules = !mayDo(c.CaseStatus, act.MayConsult), processRules(v.lang, "T-11", "T-12")
	askConsultation(event, &e, v.lang)
	e.old = map[string]any{"date": calendar.Today(s.Clock.Now()).String()}
	send := c.post("/prior-consultation/events")
	e.after = func(d done) string { return path + "?done=" + strconv.FormatInt(d.Seq, 10) }
	e.send = func(answers map[string]any) client.Call {
		answers["event"] = event
		return send(answers)
	}
	return s.run(v, e)
}

// askConsultation asks what an event needs.
func askConsultation(event model.ConsultationEvent, e *errand, l lang.Lang) {
	e.fields = []*rulebook.Field{asked("date", "date", true, lang.Text{SV: "Dag", EN: "Day"},
		lang.Text{SV: "Dagen då det hände, inte då ni fick veta det.", EN: "The day on which it happened, not the one on which it became known."})}
	letter := func(text lang.Text) *rulebook.Field {
		f := asked("text", "text", true, text, lang.Text{})
		limit := 20000.0
		f.Max = &limit
		return f
	}
	ends := lang.Text{
		SV: "Förhandssamrådet avslutas, och ärendet går tillbaka till konsekvensbedömningen.",
		EN: "The prior consultation ends, and the case goes back to the impact assessment.",
	}.In(l)
	switch event {
	case model.ConsultSubmitted:
		items := asked("package", "object", true, lang.Text{SV: "Det här följer med begäran", EN: "This goes out with the request"}, lang.Text{})
		items.Source = "GDPR 36(3)"
		for _, item := range packageItems {
			items.Items = append(items.Items, asked(item.id, "bool", true, item.text, lang.Text{}))
		}
		e.fields = append(e.fields, items)
	case model.ConsultWithdrawn:
		e.fields, e.Final = append(e.fields, letter(lang.Text{SV: "Varför begäran återkallas", EN: "Why the request is withdrawn"}), askAuthority()), ends
	case model.ConsultAdviceReceived:
		e.fields, e.Final = append(e.fields, letter(lang.Text{SV: "Vad myndigheten har skrivit", EN: "What the authority has written"})), ends
	case model.ConsultExtensionNotified, model.ConsultPowersUsed:
		e.fields = append(e.fields, letter(lang.Text{SV: "Vad myndigheten har skrivit", EN: "What the authority has written"}))
	case model.ConsultPeriodEnded:
		e.Final = ends
	}
}
