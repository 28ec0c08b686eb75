package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// caseAct is something that people do with a case as a whole: where it is done, what
// it is called, what happens, and what is asked. Who may do it now is the API's word.
type caseAct struct {
	// act is the API's name of it, path where it does it below the case.
	act, path string
	title     lang.Text
	// hint says on one line what it leads to.
	hint lang.Text
	// about says it at length; final what cannot be undone, empty for what can.
	about, final lang.Text
	// rules are the rules of the process behind it.
	rules []string
	// ask adds what is asked, nil for the reason alone.
	ask func(*site, *visit, *onCase, *errand) error
}

// onCase is a case that something is done with.
type onCase struct {
	api.CaseStatus
	ETag string
}

// asked is a question that is not the rulebook's.
func asked(id, kind string, needed bool, text, help lang.Text) *rulebook.Field {
	f := &rulebook.Field{ID: id, Type: kind, Required: needed, Text: text, Help: help}
	if limit := map[string]float64{"text": 4000, "str": 1000}[kind]; limit > 0 {
		f.Max = &limit
	}
	return f
}

func askReason(help lang.Text) *rulebook.Field {
	return asked("reason", "text", true, lang.Text{SV: "Skäl", EN: "Reason"}, help)
}

// askAuthority asks what a decision rests on (DA-01).
func askAuthority() *rulebook.Field {
	f := asked("decision_authority", "str", true,
		lang.Text{SV: "Beslutanderätt", EN: "Authority to decide"},
		lang.Text{SV: "Delegationsordning och punkt.", EN: "The delegation that the decision rests on."})
	f.Source = "DA-01"
	return f
}

func askUses(help lang.Text) *rulebook.Field {
	return asked("uses", "list", true, lang.Text{SV: "Vad verktyget får användas till", EN: "What the tool may be used for"}, help)
}

// caseActs are the acts in the order in which a page offers them: what leads on
// first, what ends the case last.
var caseActs = []caseAct{
	{
		act: act.MayActivate, path: "/activation", rules: []string{"T-22", "CO-01"}, ask: askActivation,
		title: lang.Text{SV: "Ta verktyget i bruk", EN: "Bring the tool into use"},
		hint:  lang.Text{SV: "Verktyget får användas och visas i registret.", EN: "The tool may be used and is shown in the register."},
		about: lang.Text{
			SV: "Från och med nu får verktyget användas, inom det som har godkänts. Det förs in i registret över godkända verktyg, där alla kan se det.",
			EN: "From now on the tool may be used, within what has been approved. It is entered in the register of approved tools, where everybody can see it."},
	},
	{
		act: act.MayResume, path: "/resumption", rules: []string{"T-24"}, ask: askResumption,
		title: lang.Text{SV: "Låt användningen fortsätta", EN: "Let the use go on"},
		hint:  lang.Text{SV: "Gäller när både CISO och informationsägaren har sagt ja.", EN: "Takes effect once the CISO and the information owner have both agreed."},
		about: lang.Text{
			SV: "Användningen är stoppad. Den får fortsätta när både CISO och informationsägaren har sagt att orsaken är borta. Det ska vara två personer.",
			EN: "The use is suspended. It may go on once both the CISO and the information owner have said that the cause is gone. It takes two people."},
	},
	{
		act: act.MayInterim, path: "/interim-use", rules: []string{"EX-01"}, ask: askInterim,
		title: lang.Text{SV: "Tillåt användningen tillfälligt", EN: "Allow the use for now"},
		hint:  lang.Text{SV: "Verktyget får användas medan ärendet utreds.", EN: "The tool may be used while the case is under review."},
		about: lang.Text{
			SV: "Verktyget används redan. Informationsägaren och CISO kan tillsammans tillåta det en tid medan ärendet utreds. Det gäller när båda har sagt ja på samma villkor, och kan göras en gång.",
			EN: "The tool is in use already. The information owner and the CISO can together allow that for a time while the case is under review. It takes effect once both have agreed on the same terms, and can be done once."},
	},
	{
		act: act.MayRenew, path: "/renewal", rules: []string{"T-28", "T-27"}, ask: askRenewal,
		title: lang.Text{SV: "Förnya godkännandet", EN: "Renew the approval"},
		hint:  lang.Text{SV: "Ärendet prövas för en ny giltighetstid.", EN: "The case is assessed for a new term."},
		about: lang.Text{
			SV: "Har inget ändrats tittar CISO igenom ärendet. Har något ändrats prövas de steg som ändringen berör. Under tiden får verktyget användas så länge det nuvarande godkännandet gäller.",
			EN: "Where nothing has changed, the CISO looks the case through. Where something has, the stages that it touches are assessed again. Meanwhile the tool may be used for as long as the present approval holds."},
	},
	{
		act: act.MayReportChange, path: "/changes", rules: []string{"T-25", "T-26"}, ask: askChange,
		title: lang.Text{SV: "Anmäl en ändring", EN: "Report a change"},
		hint:  lang.Text{SV: "Något har ändrats. De steg som berörs prövas på nytt.", EN: "Something has changed. The stages that it touches are assessed again."},
		about: lang.Text{
			SV: "Säg vad som har ändrats. De steg som berörs öppnas igen, och de som granskar får nya uppgifter. Användningen får fortsätta under tiden, om den inte är stoppad.",
			EN: "Say what has changed. The stages that it touches are opened again, and the reviewers get new tasks. The use may go on meanwhile, unless it is suspended."},
	},
	{
		act: act.MaySuspend, path: "/suspension", rules: []string{"T-23"}, ask: askSuspension,
		title: lang.Text{SV: "Stoppa användningen tills vidare", EN: "Suspend the use"},
		hint:  lang.Text{SV: "Verktyget får inte användas från och med nu.", EN: "The tool may not be used from now on."},
		about: lang.Text{
			SV: "Stoppet gäller genast. Registret visar att verktyget är stoppat, och de som ansvarar får veta det. Det kan användas igen först när både CISO och informationsägaren har sagt ja.",
			EN: "It takes effect at once. The register shows that the tool is suspended, and those responsible are told. It can be used again only when both the CISO and the information owner have agreed."},
		final: lang.Text{SV: "Från och med nu får verktyget inte användas. Det krävs två personer för att låta det användas igen.", EN: "From now on the tool may not be used. It takes two people to let it be used again."},
	},
	{
		act: act.MayAskForStop, path: "/suspension", rules: []string{"T-23"}, ask: askSuspension,
		title: lang.Text{SV: "Föreslå att användningen stoppas", EN: "Propose to suspend the use"},
		hint:  lang.Text{SV: "CISO får frågan och beslutar.", EN: "The CISO is asked and decides."},
		about: lang.Text{
			SV: "CISO får ditt förslag som en uppgift och beslutar. Användningen fortsätter till dess.",
			EN: "The CISO gets your proposal as a task and decides. The use goes on until then."},
	},
	{
		act: act.MayRaise, rules: []string{"T-31"}, ask: askRaise,
		title: lang.Text{SV: "Begär en grundligare bedömning av ett steg", EN: "Ask for more of a stage"},
		hint:  lang.Text{SV: "Steget prövas i sin helhet i stället för förenklat.", EN: "The stage is assessed in full and not in short."},
		about: lang.Text{
			SV: "Du kan begära mer av ett steg än vad klassningen kräver, men aldrig mindre. Har steget börjat görs det om.",
			EN: "You can ask for more of a stage than the triage does, never for less. A stage that has begun is done again."},
		final: lang.Text{SV: "Kraven på steget höjs. De kan inte sänkas igen.", EN: "More is asked of the stage. It cannot be lowered again."},
	},
	{
		act: act.MayCorrect, path: "/corrections", rules: []string{"T-07a", "T-05"},
		title: lang.Text{SV: "Rätta uppgifterna", EN: "Correct the facts"},
		hint:  lang.Text{SV: "Ärendet kommer tillbaka till dig, så att du kan ändra beskrivningen.", EN: "The case comes back to you, so that you can change the description."},
		about: lang.Text{
			SV: "En regel stoppade ärendet. Stämmer inte uppgifterna som regeln byggde på, eller har de ändrats, kan du ta tillbaka ärendet, ändra beskrivningen och skicka in den igen.",
			EN: "A rule stopped the case. Where the facts behind it are wrong or have changed, you can take the case back, change the description and send it in again."},
	},
	{
		act: act.MayReExamine, path: "/re-examination", ask: askReExamination,
		title: lang.Text{SV: "Begär omprövning", EN: "Ask for a re-examination"},
		hint:  lang.Text{SV: "Människor ser på ärendet igen och beslutar.", EN: "People look at the case again and decide."},
	},
	{
		act: act.MayOverride, path: "/override", rules: []string{"OV-02", "OV-03", "SOD-05"}, ask: askOverride,
		title: lang.Text{SV: "Gå emot CISO:s avslag", EN: "Override the rejection by the CISO"},
		hint:  lang.Text{SV: "CISO och dataskyddsombudet hörs innan du beslutar.", EN: "The CISO and the data protection officer are heard before you decide."},
		about: lang.Text{
			SV: "Du inleder en överprövning för den personuppgiftsansvarigas räkning. CISO och dataskyddsombudet hörs först. Sedan beslutar du, och en andra person bekräftar. Beslutet redovisas i årsrapporten.",
			EN: "You begin an override for the controller. The CISO and the data protection officer are heard first. Then you decide, and a second person confirms. The decision is listed in the yearly report."},
	},
	{
		act: act.MayReplaceOwner, path: "/project-owner", rules: []string{"SOD-06"}, ask: askOwner,
		title: lang.Text{SV: "Byt projektägare", EN: "Change project owner"},
		hint:  lang.Text{SV: "När projektägaren har slutat eller är borta länge.", EN: "When the project owner has left or is away for long."},
		about: lang.Text{
			SV: "Den nya projektägaren får ärendet och det som väntar på projektägaren där. Den tidigare kan läsa ärendet men inte längre göra något i det, och granskar det inte heller. Båda får veta det. En projektägare som är kvar skriver själv in den nya i ärendets beskrivning och skickar in den.",
			EN: "The new project owner gets the case and what waits for the project owner in it. The former one can read the case but do nothing more in it, nor review it. Both are told. A project owner who is still there writes the new one into the description of the case and sends it in."},
	},
	{
		act: act.MayDecommission, path: "/decommissioning", rules: []string{"T-29"}, ask: askDecommissioning,
		title: lang.Text{SV: "Avveckla verktyget", EN: "Decommission the tool"},
		hint:  lang.Text{SV: "Användningen upphör för gott.", EN: "The use ends for good."},
		about: lang.Text{
			SV: "Gå igenom listan först: data, behörigheter och loggar ska vara omhändertagna. Sedan upphör användningen, och registret visar att verktyget är avvecklat.",
			EN: "Go through the list first: data, access and logs have to be dealt with. Then the use ends, and the register shows that the tool is decommissioned."},
		final: lang.Text{SV: "Användningen upphör för gott. Ska verktyget användas igen krävs ett nytt ärende.", EN: "The use ends for good. To use the tool again takes a new case."},
	},
	{
		act: act.MayWithdraw, path: "/withdrawal", rules: []string{"T-21"},
		title: lang.Text{SV: "Återta ärendet", EN: "Withdraw the case"},
		hint:  lang.Text{SV: "Ärendet avslutas utan beslut.", EN: "The case ends without a decision."},
		about: lang.Text{
			SV: "Återta ärendet om verktyget inte längre är aktuellt. De uppgifter som är öppna i ärendet faller bort.",
			EN: "Withdraw the case if the tool is no longer wanted. The tasks that are open in it end."},
		final: lang.Text{SV: "Ärendet avslutas och kan inte öppnas igen. Vill ni gå vidare senare krävs ett nytt ärende.", EN: "The case ends and cannot be opened again. To go on later takes a new case."},
	},
	{
		act: act.MayArchive, path: "/archiving", rules: []string{"T-30"},
		title: lang.Text{SV: "Arkivera ärendet", EN: "Archive the case"},
		hint:  lang.Text{SV: "Ärendet stängs och kan bara läsas.", EN: "The case is closed and can only be read."},
		about: lang.Text{
			SV: "Ärendet är avslutat. När det arkiveras stängs det och kan bara läsas. Ett ärende som en regel stoppade kan arkiveras tidigast 60 arbetsdagar senare.",
			EN: "The case has come to its end. Archived it is closed and can only be read. A case that a rule stopped can be archived 60 working days later at the earliest."},
		final: lang.Text{SV: "Ärendet stängs. Efter det kan det bara läsas.", EN: "The case is closed. After that it can only be read."},
	},
}

// page is where an act is done.
func (a caseAct) page(caseID string) string {
	return "/cases/" + caseID + "/acts/" + strings.ReplaceAll(a.act, "_", "-")
}

// doing is something that a person can do, as a page offers it.
type doing struct {
	Href, Title, Hint string
	// First is true for what is to be done first.
	First bool
}

// Doings are what the reader of a case can do with it as a whole.
func (v view) Doings(c api.CaseStatus) []doing {
	var out []doing
	add := func(href string, title, hint lang.Text) {
		out = append(out, doing{Href: href, Title: title.In(v.Lang), Hint: hint.In(v.Lang)})
	}
	if v.Verifies(c) {
		add("/cases/"+c.CaseID+"/conditions", lang.Text{SV: "Kontrollera villkor", EN: "Verify conditions"},
			lang.Text{SV: "Säg om villkoren är uppfyllda.", EN: "Say whether the conditions are met."})
	}
	if mayDo(c, act.MayConsult) {
		add("/cases/"+c.CaseID+"/prior-consultation", lang.Text{SV: "Anteckna vad som händer i förhandssamrådet", EN: "Record what happens in the prior consultation"},
			lang.Text{SV: "Tiden räknas utifrån det som antecknas.", EN: "The time is reckoned from what is recorded."})
	}
	for _, a := range caseActs {
		if mayDo(c, a.act) && (a.act != act.MayRaise || len(raisable(c)) > 0) && (a.act != act.MayResume || !v.agreed(c)) {
			add(a.page(c.CaseID), a.title, a.hint)
		}
	}
	return out
}

// agreed reports whether the reader is the first of the two who let a suspended use
// go on (T-24).
func (v view) agreed(c api.CaseStatus) bool {
	if c.Use == nil || c.Use.Agreed == "" || v.Person == nil {
		return false
	}
	role, err := access.As(v.Person.Actor(), rightsIn(c, v.Person.ID), access.Resume, access.Execute)
	return err == nil && role == c.Use.Agreed
}

// mayDo reports whether the API lets the reader of a case do something with it.
func mayDo(c api.CaseStatus, what string) bool {
	return slices.ContainsFunc(c.Allowed, func(a api.AllowedAct) bool { return a.Act == what })
}

// readCase reads the case of the page with its entity tag.
func (v *visit) readCase() (onCase, error) {
	var c onCase
	var err error
	c.ETag, err = v.getTagged("/cases/"+url.PathEscape(v.r.PathValue("id")), &c.CaseStatus)
	return c, err
}

// errand is something that is done with the case, with nothing in it yet.
func (c onCase) errand() errand {
	return errand{Over: c.Title, Back: "/cases/" + c.CaseID, RegistryNo: c.RegistryNo, State: c.StateLabel, ETag: c.ETag}
}

// post sends an act below the case.
func (c onCase) post(path string) func(map[string]any) client.Call {
	return func(answers map[string]any) client.Call {
		return client.Call{Method: http.MethodPost, Path: "/api/v1/cases/" + c.CaseID + path, Body: answers}
	}
}

// actOnCase is the page of an act on a case as a whole.
func (s *site) actOnCase(v *visit) error {
	name := strings.ReplaceAll(v.r.PathValue("act"), "-", "_")
	i := slices.IndexFunc(caseActs, func(a caseAct) bool { return a.act == name })
	if i < 0 {
		return errNoPage
	}
	c, err := v.readCase()
	if err != nil {
		return err
	}
	a, e := caseActs[i], c.errand()
	e.Title, e.Button, e.Final, e.Not = a.title.In(v.lang), a.title.In(v.lang), a.final.In(v.lang), !mayDo(c.CaseStatus, a.act)
	if about := a.about.In(v.lang); about != "" {
		e.About = []string{about}
	}
	e.send = c.post(a.path)
	e.after = func(d done) string { return a.page(c.CaseID) + "?done=" + strconv.FormatInt(d.Seq, 10) }
	e.fields = []*rulebook.Field{askReason(lang.Text{})}
	if a.ask != nil {
		if err := a.ask(s, v, &c, &e); err != nil {
			return err
		}
	}
	e.Rules = append(e.Rules, processRules(v.lang, a.rules...)...)
	return s.run(v, e)
}

// processRules are rules of the process with their words.
func processRules(l lang.Lang, ids ...string) []api.FiredRule {
	var out []api.FiredRule
	for _, id := range ids {
		if rule, ok := model.ProcessRule(id); ok {
			out = append(out, api.FiredRule{RuleNote: api.RuleNote{ID: rule.ID, Text: rule.Text.In(l), Source: rule.Source}})
		}
	}
	return out
}

func askActivation(_ *site, v *visit, c *onCase, e *errand) error {
	reason := askReason(lang.Text{SV: "Skriv något om det behövs, till exempel från vilken dag ni börjar.", EN: "Write something if it is needed, such as the day from which you begin."})
	reason.Text, reason.Required = lang.Text{SV: "Anteckning", EN: "Note"}, false
	e.fields = []*rulebook.Field{reason}
	if c.ValidUntil != "" {
		e.Facts = append(e.Facts, line{Label: lang.Text{SV: "Godkänt till och med", EN: "Approved until"}.In(v.lang), Text: c.ValidUntil})
	}
	return nil
}

func askResumption(_ *site, v *visit, c *onCase, e *errand) error {
	e.fields = []*rulebook.Field{askReason(lang.Text{SV: "Vad var orsaken, och varför är den borta?", EN: "What was the cause, and why is it gone?"})}
	if c.Use != nil && c.Use.Agreed != "" {
		e.Facts = append(e.Facts, line{Label: lang.Text{SV: "Har redan sagt ja", EN: "Has agreed already"}.In(v.lang), Text: c.Use.Agreed.Label().In(v.lang)})
	}
	return nil
}

func askReExamination(_ *site, v *visit, c *onCase, e *errand) error {
	about, rules := lang.Text{
		SV: "En regel stoppade ärendet. Tycker du att klassningen var fel får administratör och jurist se på den och besluta.",
		EN: "A rule stopped the case. Where you find that the classification was wrong, the administrator and legal counsel look at it and decide."}, []string{"T-07"}
	if c.State == model.Rejected {
		about, rules = lang.Text{
			SV: "Förvaltningschefen eller VD prövar avslaget igen, efter att CISO och jurist har hörts. Begär omprövning inom femton arbetsdagar.",
			EN: "The head of administration or managing director looks at the rejection again, after hearing the CISO and legal counsel. Ask within fifteen working days."}, []string{"OV-01"}
	}
	e.About, e.Rules = []string{about.In(v.lang)}, processRules(v.lang, rules...)
	e.fields = []*rulebook.Field{askReason(lang.Text{SV: "Vad blev fel? Ta med det som inte har vägts in.", EN: "What went wrong? Say what has not been weighed in."})}
	return nil
}

func askSuspension(_ *site, _ *visit, _ *onCase, e *errand) error {
	e.fields = []*rulebook.Field{
		askReason(lang.Text{SV: "Vad har hänt? Stoppar du på någon annans order, skriv vems.", EN: "What has happened? If you suspend on somebody's order, say whose."}),
		asked("reason_codes", "list", false, lang.Text{SV: "Regler som stoppet vilar på", EN: "Rules that it rests on"},
			lang.Text{SV: "Till exempel HS-03, eller en beteckning som ni själva använder.", EN: "Such as HS-03, or a code of your own."}),
	}
	return nil
}

func askOverride(_ *site, _ *visit, _ *onCase, e *errand) error {
	e.fields = []*rulebook.Field{
		askReason(lang.Text{SV: "Varför bör verktyget användas trots avslaget?", EN: "Why should the tool be used despite the rejection?"}),
		askUses(lang.Text{SV: "Ange vad du vill att verktyget godkänns för, om ingen annan har angett det.", EN: "Say what you want the tool to be approved for, if nobody else has said it."}),
		askAuthority(),
	}
	return nil
}

func askInterim(s *site, v *visit, c *onCase, e *errand) error {
	ipl := asked("ipl", "enum", true, lang.Text{SV: "Högsta informationsskyddsnivå", EN: "Highest information protection level"},
		lang.Text{SV: "Högst ärendets nivå. Över det som riktlinjerna tillåter krävs skäl med minst 100 tecken.", EN: "At most that of the case. Above what the guidelines allow it needs reasons of at least 100 characters."})
	e.fields = []*rulebook.Field{
		asked("allowed_until", "date", true, lang.Text{SV: "Till och med", EN: "Until"},
			lang.Text{SV: "Den sista dagen som verktyget får användas.", EN: "The last day on which the tool may be used."}),
		ipl, askUses(lang.Text{}), askReason(lang.Text{}), askAuthority(),
	}
	days := v.book.Int(c.Profile, "interim_days")
	last := calendar.Today(s.Clock.Now()).AddDays(days)
	e.Facts = append(e.Facts, line{Label: lang.Text{SV: "Längsta tid", EN: "Longest time"}.In(v.lang), Text: last.String()})
	levels := 5
	if c.IPL != nil {
		levels = *c.IPL + 1
	}
	e.choices = map[string][]choice{"ipl": {}}
	for n := range levels {
		e.choices["ipl"] = append(e.choices["ipl"], choice{Value: strconv.Itoa(n), Label: levelChoice(v.book, n, v.lang)})
	}
	if c.InterimUse != nil && len(c.InterimUse.Words) > 0 {
		first := c.InterimUse.Words[len(c.InterimUse.Words)-1]
		uses := make([]any, len(first.Uses))
		for i, use := range first.Uses {
			uses[i] = use
		}
		e.old = map[string]any{"allowed_until": first.AllowedUntil, "ipl": strconv.Itoa(first.IPL), "uses": uses}
		e.Facts = append(e.Facts, line{
			Label: lang.Text{SV: "Har redan sagt ja", EN: "Has agreed already"}.In(v.lang), Text: first.Name + ", " + first.RoleLabel + ": " + first.Reason,
		})
	}
	e.send = func(answers map[string]any) client.Call {
		answers["ipl"], _ = strconv.Atoi(written(answers["ipl"]))
		return c.post("/interim-use")(answers)
	}
	return nil
}

// changedRevision is the revision of a description that the owner has changed and
// not handed in, 0 for none.
func changedRevision(v *visit, c *onCase) (int, error) {
	if !mayDo(c.CaseStatus, act.MayEdit) {
		return 0, nil
	}
	var d api.IntakeDraft
	if err := v.get("/cases/"+c.CaseID+"/intake", nil, &d); err != nil || d.Revision == c.Revision {
		return 0, err
	}
	return d.Revision, nil
}

func askChange(s *site, v *visit, c *onCase, e *errand) error {
	e.fields = []*rulebook.Field{
		asked("triggers", "multi", true, lang.Text{SV: "Vad har ändrats?", EN: "What has changed?"}, lang.Text{}),
		askReason(lang.Text{SV: "Beskriv ändringen.", EN: "Describe the change."}),
		asked("stages", "multi", false, lang.Text{SV: "Fler steg som berörs", EN: "Further stages that it touches"},
			lang.Text{SV: "Utöver dem som följer av ändringen.", EN: "Beside those that follow from the change."}),
	}
	e.choices = map[string][]choice{}
	for _, t := range v.book.Triggers() {
		e.choices["triggers"] = append(e.choices["triggers"], choice{Value: t.Code, Label: t.Text.In(v.lang)})
	}
	for _, st := range c.Stages {
		if spec, ok := model.Stage(st.Key); ok && spec.Reviews() && st.Status != model.StageNotRequired {
			e.choices["stages"] = append(e.choices["stages"], choice{Value: string(st.Key), Label: st.Label})
		}
	}
	revision, err := changedRevision(v, c)
	if revision > 0 {
		e.fields = append(e.fields, asked("revision", "bool", true, lang.Text{SV: "Ska den ändrade beskrivningen skickas in samtidigt?", EN: "Is the changed description sent in with it?"},
			lang.Text{SV: "Du har ändrat beskrivningen av ärendet utan att skicka in den.", EN: "You have changed the description of the case and not sent it in."}))
	} else if mayDo(c.CaseStatus, act.MayEdit) {
		e.About = append(e.About, lang.Text{
			SV: "Stämmer beskrivningen av ärendet inte längre? Ändra den först, och skicka in den med anmälan.",
			EN: "Is the description of the case no longer right? Change it first, and send it in with the report.",
		}.In(v.lang))
		e.First = c.toDescription(v.lang)
	}
	e.send = func(answers map[string]any) client.Call {
		return c.post("/changes")(withRevision(answers, "revision", revision))
	}
	return err
}

// toDescription leads to where the description of the case is changed.
func (c onCase) toDescription(l lang.Lang) *doing {
	return &doing{Href: "/cases/" + c.CaseID + "/intake", Title: lang.Text{SV: "Ändra beskrivningen", EN: "Change the description"}.In(l)}
}

// withRevision puts the number of a revision in the place of the word that it goes
// along.
func withRevision(answers map[string]any, name string, revision int) map[string]any {
	along := answers[name] == true
	delete(answers, name)
	if along {
		answers["revision"] = revision
	}
	return answers
}

func askRenewal(s *site, v *visit, c *onCase, e *errand) error {
	unchanged := asked("unchanged", "enum", true, lang.Text{SV: "Har något ändrats?", EN: "Has anything changed?"}, lang.Text{})
	e.fields = []*rulebook.Field{unchanged, askReason(lang.Text{SV: "Varför behövs verktyget även i fortsättningen?", EN: "Why is the tool needed from now on too?"})}
	e.choices = map[string][]choice{"unchanged": {{Value: "yes", Label: lang.Text{
		SV: "Nej, jag intygar att inget har ändrats", EN: "No, I attest that nothing has changed"}.In(v.lang)}}}
	if last, err := calendar.ParseDate(c.ValidUntil); err == nil {
		first := last.AddDays(-v.book.Int(c.Profile, "expiry_notice_days"))
		e.Facts = append(e.Facts, line{Label: lang.Text{SV: "Godkänt till och med", EN: "Approved until"}.In(v.lang), Text: c.ValidUntil},
			line{Label: lang.Text{SV: "Kan förnyas från", EN: "Can be renewed from"}.In(v.lang), Text: first.String()})
	}
	revision, err := changedRevision(v, c)
	if revision > 0 {
		e.choices["unchanged"] = append(e.choices["unchanged"], choice{Value: "no", Label: lang.Text{
			SV: "Ja, jag skickar in den ändrade beskrivningen", EN: "Yes, I send in the changed description"}.In(v.lang)})
	} else {
		e.About = append(e.About, lang.Text{
			SV: "Har något ändrats? Ändra beskrivningen av ärendet först, så kan du sedan skicka in den från den här sidan.",
			EN: "Has something changed? Change the description of the case first, and you can then send it in from this page.",
		}.In(v.lang))
		e.First = c.toDescription(v.lang)
	}
	e.send = func(answers map[string]any) client.Call {
		if changed := answers["unchanged"] == "no"; changed {
			delete(answers, "unchanged")
			answers["revision"] = revision
		} else {
			answers["unchanged"] = true
		}
		return c.post("/renewal")(answers)
	}
	return err
}

// whatBecameOfData are the ways in which data can be dealt with at the end (T-29).
var whatBecameOfData = []struct {
	value string
	text  lang.Text
}{
	{"deleted", lang.Text{SV: "Raderade", EN: "Deleted"}},
	{"exported", lang.Text{SV: "Exporterade", EN: "Exported"}},
	{"exported_and_deleted", lang.Text{SV: "Exporterade och sedan raderade", EN: "Exported, then deleted"}},
	{"none", lang.Text{SV: "Det fanns inga", EN: "There were none"}},
}

func askDecommissioning(_ *site, v *visit, _ *onCase, e *errand) error {
	e.fields = []*rulebook.Field{
		asked("data", "enum", true, lang.Text{SV: "Vad har hänt med data?", EN: "What became of the data?"}, lang.Text{}),
		asked("access_removed", "bool", true, lang.Text{SV: "Är alla behörigheter borttagna?", EN: "Has all access been removed?"}, lang.Text{}),
		asked("logs_archived", "bool", true, lang.Text{SV: "Är loggarna arkiverade?", EN: "Have the logs been archived?"}, lang.Text{}),
		askReason(lang.Text{SV: "Varför upphör användningen?", EN: "Why does the use end?"}),
		asked("note", "text", false, lang.Text{SV: "Anteckning", EN: "Note"},
			lang.Text{SV: "Till exempel var exporterade data finns.", EN: "Such as where exported data are."}),
	}
	e.choices = map[string][]choice{"data": {}}
	for _, w := range whatBecameOfData {
		e.choices["data"] = append(e.choices["data"], choice{Value: w.value, Label: w.text.In(v.lang)})
	}
	return nil
}

// raisable are the stages of a case of which more can be asked.
func raisable(c api.CaseStatus) []api.StageNote {
	return slices.DeleteFunc(slices.Clone(c.Stages), func(st api.StageNote) bool {
		_, can := model.Raised(st.Requirement)
		return !can || st.Status == model.StageNotRequired
	})
}

func askRaise(s *site, v *visit, c *onCase, e *errand) error {
	e.fields = []*rulebook.Field{
		asked("stage", "enum", true, lang.Text{SV: "Steg", EN: "Stage"}, lang.Text{}),
		askReason(lang.Text{SV: "Varför räcker inte det som klassningen kräver?", EN: "Why is what the triage asks for not enough?"}),
	}
	e.choices = map[string][]choice{"stage": {}}
	for _, st := range raisable(c.CaseStatus) {
		to, _ := model.Raised(st.Requirement)
		word := func(r model.Requirement) string { return v.book.Label("requirement", string(r)).In(v.lang) }
		e.choices["stage"] = append(e.choices["stage"], choice{Value: string(st.Key), Label: st.Label + ": " + word(st.Requirement) + lang.Text{SV: ", höjs till ", EN: ", raised to "}.In(v.lang) + word(to)})
	}
	e.send = func(answers map[string]any) client.Call {
		key := written(answers["stage"])
		delete(answers, "stage")
		for _, st := range c.Stages {
			if string(st.Key) == key {
				answers["requirement"], _ = model.Raised(st.Requirement)
			}
		}
		return c.post("/stages/" + url.PathEscape(key) + "/raise")(answers)
	}
	return nil
}

// askOwner asks who becomes the project owner of a case. Everybody can, but for whoever is
// it and whoever asks.
func askOwner(_ *site, v *visit, c *onCase, e *errand) error {
	people, err := v.colleagues()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(people, func(p colleague) bool { return p.ID == c.OwnerID })
	if i >= 0 {
		e.Facts = append(e.Facts, line{Label: lang.Text{SV: "Projektägare nu", EN: "Project owner now"}.In(v.lang), Text: people[i].Name})
	}
	people = slices.DeleteFunc(people, func(p colleague) bool { return p.ID == c.OwnerID || p.ID == v.person.ID })
	e.fields = []*rulebook.Field{
		asked("project_owner_id", "enum", true, lang.Text{SV: "Ny projektägare", EN: "New project owner"}, lang.Text{}),
		asked("reason", "enum", true, lang.Text{SV: "Orsak", EN: "Reason"}, lang.Text{}),
	}
	e.choices = map[string][]choice{"project_owner_id": peopleChoices(people, "", ""), "reason": labelled(model.OwnerReasons(), model.OwnerReason.Label, v.lang)}
	e.send = func(answers map[string]any) client.Call {
		call := c.post("/project-owner")(answers)
		call.Method = http.MethodPut
		return call
	}
	return nil
}

// WaitsForConditions reports whether conditions keep an approved case from use (CO-01).
func (v view) WaitsForConditions(c api.CaseStatus) bool {
	return (c.State == model.Approved || c.State == model.ApprovedCond) && c.Conditions.OpenBeforeUse > 0
}

// Verifies reports whether the reader is asked to verify conditions of the case.
func (v view) Verifies(c api.CaseStatus) bool {
	return mayDo(c, act.MayVerify) && c.Conditions.Open+c.Conditions.Overdue > 0
}

// Open says how many conditions of a case are not met, "" for none.
func (v view) Open(c api.CaseStatus) string {
	n := c.Conditions.Open + c.Conditions.Overdue
	if n == 0 {
		return ""
	}
	if n == 1 {
		return v.T("1 öppet", "1 open")
	}
	return strconv.Itoa(n) + " " + v.T("öppna", "open")
}
