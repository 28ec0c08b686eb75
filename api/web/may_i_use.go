package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/store"
)

// usePage asks whether a tool may be used, in two steps: which tool, and what for
// with what information. The third page is the answer.
type usePage struct {
	// Tool is what is asked about, in the person's words or the register's; Entry is
	// the id of the entry where one was chosen.
	Tool, Entry string
	// Known are names of tools to choose from, Meant entries that may be meant.
	Known []string
	Meant []toolRow
	// Questions are asked of a tool that the register has, Faults what is wrong.
	Questions []control
	Faults    []formFault
	Answer    *useAnswer
	// Sent is what was sent, to change it.
	Sent []sentValue
}

// useAnswer is the register's answer, and what to do instead.
type useAnswer struct {
	api.UseAnswer
	Verdict    verdict
	Use, Level string
	// About is what was said of the information.
	About []line
	// Raised is true when the information is of a higher level than was said.
	Raised     bool
	Conditions []toolCondition
	Instead    []toolRow
	// Missed is true when the use is not among those that are approved.
	Missed, MayOpen bool
}

// maxKnown is how many tools a page offers the names of, maxMeant how many it
// proposes for a name that the register does not have.
const (
	maxKnown = 50
	maxMeant = 10
)

func (s *site) mayIUse(v *visit) error {
	q := v.r.URL.Query()
	p := usePage{Tool: strings.TrimSpace(q.Get("tool")), Entry: q.Get("entry")}
	found, err := s.toolsMeant(v, &p)
	switch {
	case err != nil:
		return err
	case len(found) > 0:
		if err := s.useQuestions(v, &p, found, url.Values{}); err != nil {
			return err
		}
	case p.Tool != "" && len(p.Meant) == 0:
		return s.answerUnknown(v, p)
	}
	return s.showUse(v, http.StatusOK, p, nil)
}

func (s *site) showUse(v *visit, status int, p usePage, problem *client.Problem) error {
	title := lang.Text{SV: "Får jag använda det här?", EN: "May I use this?"}.In(v.lang)
	if p.Answer != nil {
		title = p.Answer.Verdict.Word + " – " + title
	}
	return v.show(status, "may-i-use", view{Section: "register", Title: title, Page: p, Problem: problem})
}

// toolsMeant finds the tools that are asked about: the entry that was chosen, or
// those that are called as was written. Where there are none it notes those that may
// be meant, and before anything is asked the names that there are.
func (s *site) toolsMeant(v *visit, p *usePage) ([]api.ToolItem, error) {
	if p.Entry != "" {
		var t api.Tool
		if err := v.get("/register/"+url.PathEscape(p.Entry), nil, &t); err != nil {
			return nil, err
		}
		p.Tool = t.Tool
		return []api.ToolItem{t.ToolItem}, nil
	}
	if p.Tool == "" {
		return nil, v.namesToChoose(p)
	}
	named, err := s.toolsNamed(v, p.Tool)
	if err != nil || len(named) > 0 {
		return named, err
	}
	var l api.Page[api.ToolItem]
	err = v.get("/register", url.Values{"q": {p.Tool}, "limit": {strconv.Itoa(maxMeant)}}, &l)
	for _, t := range l.Items {
		p.Meant = append(p.Meant, s.toolRow(v, t))
	}
	return nil, err
}

// toolsNamed finds the tools of a product, or the one that is called so, as the
// register itself knows them by name.
func (s *site) toolsNamed(v *visit, name string) ([]api.ToolItem, error) {
	var l api.Page[api.ToolItem]
	err := v.get("/register", url.Values{"product": {name}, "limit": {strconv.Itoa(maxKnown)}}, &l)
	if err != nil || len(l.Items) > 0 {
		return l.Items, err
	}
	answer, err := v.askUnknown(name)
	if err != nil || answer.RegisterEntryID == nil {
		return nil, err
	}
	var t api.Tool
	err = v.get("/register/"+url.PathEscape(*answer.RegisterEntryID), nil, &t)
	return []api.ToolItem{t.ToolItem}, err
}

// askUnknown asks for a tool by its name alone.
func (v *visit) askUnknown(name string) (api.UseAnswer, error) {
	var answer api.UseAnswer
	err := v.ask("/register/check", map[string]any{"tool_id": name, "use": otherUse, "information_level": 0}, &answer)
	return answer, err
}

// namesToChoose offers the names of tools and products in the register, none where
// there are more tools than fit: then the register is only counted.
func (v *visit) namesToChoose(p *usePage) error {
	n, err := v.site.Store.CountRegisterEntries(v.r.Context(), store.RegisterFilter{OrgID: v.person.OrgID}, maxKnown+1)
	if err != nil || n > maxKnown {
		return err
	}
	var l api.Page[api.ToolItem]
	err = v.get("/register", url.Values{"limit": {strconv.Itoa(maxKnown)}}, &l)
	for _, t := range l.Items {
		for _, name := range []string{t.Tool, t.Product} {
			if name != "" && !slices.Contains(p.Known, name) {
				p.Known = append(p.Known, name)
			}
		}
	}
	slices.Sort(p.Known)
	return err
}

// otherUse is the choice of a use that is not among those of the register.
const otherUse = "-"

// levelHints are what the levels of rulebook 3.2 mean, for somebody who has never
// classified anything.
var levelHints = []lang.Text{
	{SV: "alla får se den, till exempel det som står på webbplatsen", EN: "everybody may see it, for example what is on the website"},
	{SV: "arbetsmaterial som inte kan publiceras öppet men som inte skadar någon om det sprids", EN: "work material that cannot be published but harms nobody if it spreads"},
	{SV: "personuppgifter, eller annat som skadar märkbart om det sprids", EN: "personal data, or anything else that does noticeable harm if it spreads"},
	{SV: "sekretess, känsliga personuppgifter, eller annat som skadar allvarligt om det sprids", EN: "secrecy, special categories of personal data, or anything else that does serious harm if it spreads"},
	{SV: "rör Sveriges säkerhet", EN: "concerns national security"},
}

// useQuestions asks what POST /register/check takes, in plain questions.
func (s *site) useQuestions(v *visit, p *usePage, found []api.ToolItem, form url.Values) error {
	wrong := map[string]string{}
	for _, f := range p.Faults {
		wrong[f.ID] = f.Message
	}
	ask := func(name, kind string, text, help lang.Text, choices []choice) {
		c := control{
			Name: name, ID: name, Kind: kind, Few: len(choices) > 0, Label: text.In(v.lang), Help: help.In(v.lang), Needed: true,
			Value: form.Get(name), Choices: choices, Wrong: wrong[name],
		}
		for i := range c.Choices {
			c.Choices[i].Chosen = slices.Contains(form[name], c.Choices[i].Value)
		}
		p.Questions = append(p.Questions, c)
	}
	uses := []choice{}
	for _, of := range [][]string{usesOf(found, true), usesOf(found, false)} {
		for _, use := range of {
			if !slices.ContainsFunc(uses, func(c choice) bool { return model.NameKey(c.Value) == model.NameKey(use) }) {
				uses = append(uses, choice{use, upperFirst(use), false})
			}
		}
	}
	uses = append(uses, choice{otherUse, lang.Text{SV: "Något annat", EN: "Something else"}.In(v.lang), false})
	ask("use", "choice", lang.Text{SV: "Vad ska du använda det till?", EN: "What will you use it for?"}, lang.Text{}, uses)
	levels := s.values(enumLevel, v.lang)
	for i := range levels {
		if i < len(levelHints) {
			levels[i].Label += ": " + levelHints[i].In(v.lang)
		}
	}
	ask("level", "choice", lang.Text{SV: "Hur känslig är informationen?", EN: "How sensitive is the information?"},
		lang.Text{SV: "Räkna med det känsligaste som du lägger in.", EN: "Count the most sensitive that you enter."}, levels)
	ask("personal_data", "choice", lang.Text{SV: "Finns det personuppgifter i det du lägger in?", EN: "Are there personal data in what you enter?"},
		lang.Text{SV: "Namn, adress, foto, röst eller något annat som går att koppla till en levande person.", EN: "A name, an address, a photo, a voice or anything else that can be linked to a living person."},
		s.values("personal_data", v.lang))
	ask("special", "choices", lang.Text{SV: "Är några av dem känsliga?", EN: "Are some of them sensitive?"},
		lang.Text{SV: "Lämna tomt om inga är det.", EN: "Leave empty if none are."}, s.values("special_categories", v.lang))
	ask("secrecy", "choice", lang.Text{SV: "Kan sekretess gälla?", EN: "May secrecy apply?"},
		lang.Text{SV: "Är du osäker räknas det som att sekretess gäller.", EN: "If you are unsure it counts as if secrecy applies."}, s.values("secrecy", v.lang))
	ask("provision", "line", lang.Text{SV: "Vilken bestämmelse om sekretess, om du vet?", EN: "Which secrecy provision, if you know?"},
		lang.Text{SV: "Till exempel OSL 26:1 för socialtjänsten.", EN: "For example OSL 26:1 for social services."}, nil)
	p.Questions[len(p.Questions)-1].Needed = false
	return s.askUnit(v, p, form)
}

// askUnit asks for whom the tool is to be used, first the person's own unit.
func (s *site) askUnit(v *visit, p *usePage, form url.Values) error {
	units, err := v.units()
	c := control{Name: "unit", ID: "unit", Kind: "choice", Needed: true, Label: lang.Text{SV: "Vilken nämnd eller vilket bolag?", EN: "Which board or company?"}.In(v.lang)}
	chosen := cmp.Or(form.Get("unit"), v.person.UnitID)
	for _, u := range units {
		c.Choices = append(c.Choices, choice{u.ID, u.Name, u.ID == chosen})
	}
	p.Questions = append(p.Questions, c)
	return err
}

// usesOf are the uses that tools are approved for, or those that are excluded.
func usesOf(found []api.ToolItem, approved bool) []string {
	var out []string
	for _, t := range found {
		if approved {
			out = append(out, t.ApprovedUses...)
		} else {
			out = append(out, t.NotApprovedUses...)
		}
	}
	return out
}

// upperFirst begins a choice with a capital letter.
func upperFirst(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}

// minLevel is the lowest level that the answers about the information allow (rulebook
// 3.2).
func minLevel(form url.Values) int {
	switch {
	case len(form["special"]) > 0, form.Get("secrecy") == "yes", form.Get("secrecy") == "unsure":
		return 3
	case form.Get("personal_data") == "yes":
		return 2
	case form.Get("personal_data") == "incidental":
		return 1
	}
	return 0
}

// useQuestion is the body of the question to the register.
func useQuestion(p usePage, form url.Values) map[string]any {
	level, _ := strconv.Atoi(form.Get("level"))
	body := map[string]any{
		"tool_id": cmp.Or(p.Entry, p.Tool), "use": form.Get("use"), "information_level": max(level, minLevel(form)),
		"personal_data": form.Get("personal_data"),
	}
	if special := form["special"]; len(special) > 0 {
		body["special"] = special
	}
	if form.Get("secrecy") != "no" {
		body["secrecy_provision"] = cmp.Or(strings.TrimSpace(form.Get("provision")), "?")
	}
	if unit := form.Get("unit"); unit != "" {
		body["org_unit"] = unit
	}
	return body
}

// answerUse asks the register and shows its answer.
func (s *site) answerUse(v *visit) error {
	form := v.r.PostForm
	p := usePage{Tool: strings.TrimSpace(form.Get("tool")), Entry: form.Get("entry")}
	found, err := s.toolsMeant(v, &p)
	switch {
	case err != nil:
		return err
	case len(found) == 0 && p.Tool == "":
		return v.redirect("/may-i-use")
	case len(found) == 0:
		return s.answerUnknown(v, p)
	}
	for _, name := range []string{"use", "level", "personal_data", "secrecy"} {
		if form.Get(name) == "" && form.Get("do") != "edit" {
			p.Faults = append(p.Faults, formFault{name, lang.Text{SV: "Välj ett svar.", EN: "Choose an answer."}.In(v.lang)})
		}
	}
	if len(p.Faults) > 0 || form.Get("do") == "edit" {
		return s.askAgain(v, p, found, form, nil)
	}
	var answer api.UseAnswer
	if err := v.ask("/register/check", useQuestion(p, form), &answer); err != nil {
		var problem *client.Problem
		if errors.As(err, &problem) && problem.Status < 500 {
			return s.askAgain(v, p, found, form, problem)
		}
		return err
	}
	return s.showAnswer(v, p, answer, form)
}

func (s *site) askAgain(v *visit, p usePage, found []api.ToolItem, form url.Values, problem *client.Problem) error {
	if err := s.useQuestions(v, &p, found, form); err != nil {
		return err
	}
	labels := map[string]string{}
	labelsOf(p.Questions, labels)
	for i, f := range p.Faults {
		p.Faults[i].Message = strings.TrimRight(labels[f.ID], "?") + ": " + f.Message
	}
	status := http.StatusOK
	if problem != nil || len(p.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.showUse(v, status, p, problem)
}

// answerUnknown answers for a tool that the register does not have.
func (s *site) answerUnknown(v *visit, p usePage) error {
	answer, err := v.askUnknown(p.Tool)
	if err != nil {
		return err
	}
	return s.showAnswer(v, p, answer, url.Values{})
}

// ask asks the API a question that changes nothing.
func (v *visit) ask(path string, body, out any) error {
	_, err := v.api.Do(v.r.Context(), client.Call{Method: http.MethodPost, Path: "/api/v1" + path, Body: body}, out)
	return err
}

// answerKinds are how the answers of the register are shown.
var answerKinds = map[model.RegisterAnswer]struct {
	kind string
	word lang.Text
}{
	model.UseAllowed:               {"yes", lang.Text{SV: "Ja", EN: "Yes"}},
	model.UseAllowedWithConditions: {"but", lang.Text{SV: "Ja, men på villkor", EN: "Yes, but on conditions"}},
	model.UseDenied:                {"no", lang.Text{SV: "Nej", EN: "No"}},
	model.UnknownTool:              {"no", lang.Text{SV: "Nej, inte än", EN: "No, not yet"}},
}

func (s *site) showAnswer(v *visit, p usePage, answer api.UseAnswer, form url.Values) error {
	kind := answerKinds[answer.Answer]
	_, why, _ := strings.Cut(answer.AnswerLabel, ", ") // what stands behind yes and no
	if kind.kind == "but" {
		why = "" // the conditions stand below
	}
	level, _ := strconv.Atoi(form.Get("level"))
	a := &useAnswer{
		UseAnswer: answer, Verdict: verdict{kind.kind, kind.word.In(v.lang), why},
		Raised: minLevel(form) > level, MayOpen: access.CanOpenCase(v.person.Actor()) == nil,
	}
	if form.Has("level") {
		a.Level = protection(s.Book, max(level, minLevel(form)), v.lang)
		a.About = s.saidOf(form, v.lang)
	}
	if a.Use = form.Get("use"); a.Use == otherUse {
		a.Use = ""
	}
	a.Missed = slices.ContainsFunc(answer.Reasons, func(r api.UseReason) bool { return strings.HasPrefix(r.Code, "use_") })
	for _, c := range answer.ConditionsOpen {
		a.Conditions = append(a.Conditions, toolCondition{c, dueKindWords(c.DueKind, c.DueDate, v.lang)})
	}
	if kind.kind == "no" {
		if err := s.instead(v, a, form); err != nil {
			return err
		}
	}
	p.Answer, p.Meant, p.Sent = a, nil, sent(form, "do", "tool", "entry")
	return s.showUse(v, http.StatusOK, p, nil)
}

// saidOf is what was said of the information that somebody wants to enter.
func (s *site) saidOf(form url.Values, l lang.Lang) []line {
	var out []line
	for _, about := range []struct {
		name, enum string
		label      lang.Text
	}{
		{"personal_data", "personal_data", lang.Text{SV: "Personuppgifter", EN: "Personal data"}},
		{"special", "special_categories", lang.Text{SV: "Känsliga personuppgifter", EN: "Sensitive personal data"}},
		{"secrecy", "secrecy", lang.Text{SV: "Sekretess", EN: "Secrecy"}},
	} {
		var words []string
		for _, value := range form[about.name] {
			words = append(words, s.Book.Label(about.enum, value).In(l))
		}
		if words != nil {
			out = append(out, line{Label: about.label.In(l), Text: strings.Join(words, ", ")})
		}
	}
	return out
}

// maxInstead is how many tools are proposed instead.
const maxInstead = 5

// instead proposes tools that the unit may use with the information, those first
// that are approved for the use.
func (s *site) instead(v *visit, a *useAnswer, form url.Values) error {
	var l api.Page[api.ToolItem]
	if err := v.get("/register", url.Values{"status": {string(model.RegisterActive)}, "limit": {"100"}}, &l); err != nil {
		return err
	}
	level, _ := strconv.Atoi(form.Get("level"))
	for _, t := range l.Items {
		row := s.toolRow(v, t)
		covers := slices.ContainsFunc(t.Units, func(u api.ToolUnit) bool { return u.ID == a.OrgUnit.ID }) ||
			t.CoversMyUnit && a.OrgUnit.ID == v.person.UnitID
		same := a.RegisterEntryID != nil && *a.RegisterEntryID == t.ID
		if same || !covers || row.Verdict.Kind != "yes" || t.ApprovedMaxIPL < max(level, minLevel(form)) || !enough(t.PersonalData, form) {
			continue
		}
		a.Instead = append(a.Instead, row)
	}
	slices.SortStableFunc(a.Instead, func(x, y toolRow) int { return fits(y, a.Use) - fits(x, a.Use) })
	a.Instead = a.Instead[:min(len(a.Instead), maxInstead)]
	return nil
}

// fits is 1 for a tool that is approved for a use.
func fits(t toolRow, use string) int {
	if use != "" && slices.ContainsFunc(t.ApprovedUses, func(u string) bool { return model.NameKey(u) == model.NameKey(use) }) {
		return 1
	}
	return 0
}

// enough reports whether a tool is approved for as much personal data as there is.
// What is sensitive or secret is asked for by the question that follows.
func enough(scope model.DataScope, form url.Values) bool {
	needs := map[string]model.DataScope{"account_only": model.DataAccountOnly, "incidental": model.DataIncidentalOnly, "yes": model.DataApproved}
	scopes := model.DataScopes()
	return slices.Index(scopes, scope) >= slices.Index(scopes, cmp.Or(needs[form.Get("personal_data")], model.DataNotApproved))
}
