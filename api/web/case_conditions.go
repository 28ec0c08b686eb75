package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store/blobs"
)

// conditionsPage is the conditions of a case: those to be met, the most urgent first,
// and those that are settled.
type conditionsPage struct {
	onCase
	Unmet, Settled []conditionShown
	Burn           burndown
}

// conditionShown is a condition as a person sees it.
type conditionShown struct {
	api.ConditionItem
	// Due says when it is to be met, Left how long that is.
	Due, Left string
	Late      bool
	Files     []api.AttachmentItem
	Acts      []doing
}

// Text is what the condition says.
func (c conditionShown) Text(v view) string {
	if c.TextEN == "" {
		return c.TextSV
	}
	return v.T(c.TextSV, c.TextEN)
}

// rights are what the reader's rights in a case depend on.
func (c onCase) rights(v *visit) access.Object { return rightsIn(c.CaseStatus, v.person.ID) }

func rightsIn(c api.CaseStatus, person string) access.Object {
	on := access.Object{UnitID: c.OrgUnit.ID}
	for _, p := range c.People {
		if p.ID == person {
			on.Functions = append(on.Functions, p.Role)
		}
	}
	return on
}

// conditionActs are what people do with a condition: where the API does it, what it
// is called, and who may.
var conditionActs = []struct {
	path       string
	title      lang.Text
	about, end lang.Text
	rules      []string
	may        func(model.Actor, access.Object, api.ConditionItem) bool
	ask        func() []*rulebook.Field
}{
	{
		path: "verification", title: lang.Text{SV: "Intyga att villkoret är uppfyllt", EN: "Attest that the condition is met"}, rules: []string{"SOD-04"},
		about: lang.Text{
			SV: "Du intygar att villkoret är uppfyllt, och på vad du grundar det. Räcker underlaget inte än lämnar du villkoret öppet och skriver i ärendets kommentarer vad som saknas.",
			EN: "You attest that the condition is met, and on what evidence. Where the evidence is not enough yet, leave the condition open and say in the comments of the case what is missing."},
		may: mayVerify,
		ask: func() []*rulebook.Field {
			return []*rulebook.Field{asked("evidence_note", "text", true, lang.Text{SV: "Underlag", EN: "Evidence"},
				lang.Text{SV: "Vad har du sett, och var finns det?", EN: "What have you seen, and where is it?"})}
		},
	},
	{
		path: "extension", title: lang.Text{SV: "Flytta fram datumet", EN: "Put off the date"}, rules: []string{"CO-02"},
		about: lang.Text{
			SV: "Datumet kan flyttas fram en gång. Den som ska kontrollera villkoret bestämmer det.",
			EN: "The date can be put off once, by whoever verifies the condition."},
		may: func(a model.Actor, on access.Object, c api.ConditionItem) bool {
			return c.DueKind == model.DueDate && mayVerify(a, on, c)
		},
		ask: func() []*rulebook.Field {
			return []*rulebook.Field{asked("until", "date", true, lang.Text{SV: "Ny sista dag", EN: "New last day"}, lang.Text{}),
				askReason(lang.Text{SV: "Varför behövs mer tid?", EN: "Why is more time needed?"})}
		},
	},
	{
		path: "waiver", title: lang.Text{SV: "Bevilja undantag", EN: "Waive the condition"}, rules: []string{"CO-04"},
		about: lang.Text{
			SV: "CISO och informationsägaren kan tillsammans bevilja undantag från ett villkor. Det gäller när båda har sagt ja.",
			EN: "A condition can be waived by the CISO and the information owner together. It takes effect once both have agreed."},
		end: lang.Text{SV: "När båda har sagt ja behöver villkoret inte uppfyllas.", EN: "Once both have agreed the condition need not be met."},
		may: func(a model.Actor, on access.Object, c api.ConditionItem) bool {
			_, can := assess.CanWaive(c.SourceRule)
			role, err := access.As(a, on, access.Waive, access.Decide)
			said := slices.ContainsFunc(c.Waivers, func(w api.WaiverNote) bool { return w.Role == role })
			return can && err == nil && !said
		},
		ask: func() []*rulebook.Field { return []*rulebook.Field{askReason(lang.Text{}), askAuthority()} },
	},
}

func mayVerify(a model.Actor, on access.Object, c api.ConditionItem) bool {
	_, err := access.CanVerify(a, on, c.OwnerRole, c.VerifierRole)
	return err == nil
}

func (s *site) conditionsView(v *visit) error {
	c, err := v.readCase()
	if err != nil {
		return err
	}
	path := "/cases/" + c.CaseID
	items, err := all[api.ConditionItem](v, path+"/conditions")
	if err != nil {
		return err
	}
	files, err := all[api.AttachmentItem](v, path+"/attachments")
	if err != nil {
		return err
	}
	p := conditionsPage{onCase: c, Burn: burnOf(items, calendar.Today(s.Clock.Now()))}
	for _, item := range items {
		shown := s.conditionShown(v, c, item)
		for _, f := range files {
			if f.ConditionID == item.ConditionID {
				shown.Files = append(shown.Files, f)
			}
		}
		if item.Status.Unmet() {
			p.Unmet = append(p.Unmet, shown)
		} else {
			p.Settled = append(p.Settled, shown)
		}
	}
	slices.SortStableFunc(p.Unmet, func(a, b conditionShown) int { return strings.Compare(urgency(a), urgency(b)) })
	return v.show(http.StatusOK, "conditions", view{Title: lang.Text{SV: "Villkor", EN: "Conditions"}.In(v.lang) + ": " + c.Title, Page: p})
}

// urgency sorts conditions: overdue first, then those before use, by a date, and
// recurring ones.
func urgency(c conditionShown) string {
	if c.Status == model.ConditionOverdue {
		return "0" + c.DueDate
	}
	return map[model.DueKind]string{model.DueBeforeUse: "1", model.DueDate: "2"}[c.DueKind] + cmp.Or(c.DueDate, "9")
}

// ofRules is a condition whose verification and consequence are in the reader's language
// where they are the rulebook's. What people have written stays as they wrote it.
func (v *visit) ofRules(item api.ConditionItem) api.ConditionItem {
	for _, r := range v.book.Rules() {
		if c := r.Condition; c != nil && r.Code == item.SourceRule && c.Verification.SV == item.Verification && c.Consequence.SV == item.Consequence {
			item.Verification, item.Consequence = c.Verification.In(v.lang), c.Consequence.In(v.lang)
			break
		}
	}
	return item
}

func (s *site) conditionShown(v *visit, c onCase, item api.ConditionItem) conditionShown {
	out := conditionShown{ConditionItem: v.ofRules(item)}
	for _, d := range dueWords {
		if d.kind == item.DueKind {
			out.Due = d.text.In(v.lang)
		}
	}
	switch day, err := calendar.ParseDate(item.DueDate); {
	case err == nil && item.Status.Unmet():
		now, end := s.Clock.Now(), calendar.EndOfDay(day)
		out.Due, out.Left, out.Late = item.DueDate, calendar.Remaining(end, now, v.lang), now.After(end)
	case err == nil:
		out.Due = item.DueDate
	case item.Months > 0:
		out.Due = fmt.Sprintf(lang.Text{SV: "Var %d:e månad", EN: "Every %d months"}.In(v.lang), item.Months)
		if item.Months == 12 {
			out.Due = lang.Text{SV: "Varje år", EN: "Every year"}.In(v.lang)
		} else if item.Months == 1 {
			out.Due = lang.Text{SV: "Varje månad", EN: "Every month"}.In(v.lang)
		} else if item.Months == 2 {
			out.Due = lang.Text{SV: "Varannan månad", EN: "Every other month"}.In(v.lang)
		}
	}
	if !item.Status.Unmet() || !c.State.HasProcess() || c.State.HasEnded() {
		return out
	}
	at, actor, on := "/cases/"+c.CaseID+"/conditions/"+item.ConditionID, v.person.Actor(), c.rights(v)
	if access.ShowsEvidence(actor, on, item.OwnerRole) && c.State.TakesEvidence() {
		out.Acts = append(out.Acts, doing{Href: at + "/evidence", Title: evidenceWord.In(v.lang)})
	}
	for _, a := range conditionActs {
		if a.may(actor, on, item) {
			out.Acts = append(out.Acts, doing{Href: at + "/" + a.path, Title: a.title.In(v.lang), First: a.path == "verification"})
		}
	}
	return out
}

// actOnCondition is the page of an act on a condition.
func (s *site) actOnCondition(v *visit) error {
	c, err := v.readCase()
	if err != nil {
		return err
	}
	path := "/cases/" + c.CaseID + "/conditions"
	items, err := all[api.ConditionItem](v, path)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(items, func(x api.ConditionItem) bool { return x.ConditionID == v.r.PathValue("condition") })
	for _, a := range conditionActs {
		if i < 0 || a.path != v.r.PathValue("act") {
			continue
		}
		item, e := items[i], c.errand()
		e.Over, e.Back = lang.Text{SV: "Villkor", EN: "Conditions"}.In(v.lang)+": "+c.Title, path
		e.Title, e.Button, e.About, e.Final = a.title.In(v.lang), a.title.In(v.lang), []string{a.about.In(v.lang)}, a.end.In(v.lang)
		e.Facts, e.Rules, e.fields = s.aboutCondition(v, c, item), processRules(v.lang, a.rules...), a.ask()
		e.Not = !item.Status.Unmet() || !a.may(v.person.Actor(), c.rights(v), item)
		post := c.post("/conditions/" + item.ConditionID + "/" + a.path)
		e.send = post
		if a.path == "verification" {
			e.old = map[string]any{"evidence_note": item.EvidenceNote}
			e.send = func(answers map[string]any) client.Call {
				answers["outcome"] = model.ConditionMet
				return post(answers)
			}
		}
		e.after = func(d done) string { return path + "?done=" + strconv.FormatInt(d.Seq, 10) }
		return s.run(v, e)
	}
	return errNoPage
}

var evidenceWord = lang.Text{SV: "Lämna underlag", EN: "Give evidence"}

// evidencePage is where somebody attaches a file that shows that a condition is met.
type evidencePage struct {
	errand
	ConditionID, CaseID, Key string
	// Largest is how large a file may be, in MiB.
	Largest int
}

// evidence asks for a file, which goes where all files of a case go.
func (s *site) evidence(v *visit) error {
	c, err := v.readCase()
	if err != nil {
		return err
	}
	path := "/cases/" + c.CaseID + "/conditions"
	items, err := all[api.ConditionItem](v, path)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(items, func(x api.ConditionItem) bool { return x.ConditionID == v.r.PathValue("condition") })
	if i < 0 {
		return errNoPage
	}
	p := evidencePage{c.errand(), items[i].ConditionID, c.CaseID, client.NewKey(), blobs.MaxSize >> 20}
	p.Over, p.Back, p.Title = lang.Text{SV: "Villkor", EN: "Conditions"}.In(v.lang)+": "+c.Title, path, evidenceWord.In(v.lang)
	p.Facts = s.aboutCondition(v, c, items[i])
	p.Not = !access.ShowsEvidence(v.person.Actor(), c.rights(v), items[i].OwnerRole) || !c.State.TakesEvidence() || !items[i].Status.Unmet()
	return v.show(http.StatusOK, "evidence", view{Title: p.Title, Page: p})
}

// aboutCondition is what a condition says, in words.
func (s *site) aboutCondition(v *visit, c onCase, item api.ConditionItem) []line {
	shown := s.conditionShown(v, c, item)
	text := func(sv, en string) string { return lang.Text{SV: sv, EN: en}.In(v.lang) }
	out := []line{
		{Label: text("Villkor", "Condition"), Text: shown.Text(view{Lang: v.lang})},
		{Label: text("Uppfylls av", "Met by"), Text: item.OwnerRole.Label().In(v.lang)},
		{Label: text("Senast", "Due"), Text: strings.TrimSuffix(shown.Due+" · "+shown.Left, " · ")},
	}
	for _, l := range []line{
		{Label: text("Kontrolleras så här", "How it is verified"), Text: shown.Verification},
		{Label: text("Annars", "Otherwise"), Text: shown.Consequence},
	} {
		if l.Text != "" {
			out = append(out, l)
		}
	}
	for _, w := range item.Waivers {
		out = append(out, line{Label: text("Har beviljat undantag", "Has waived it"), Text: w.Name + ", " + w.RoleLabel + ": " + w.Reason})
	}
	return out
}

// burndown is how many conditions were open at the end of each day on which that
// changed.
type burndown struct {
	Days []burnDay
	most int
}

type burnDay struct {
	On   string
	Open int
	x    int
}

// burnOf counts the open conditions, up to today.
func burnOf(items []api.ConditionItem, today calendar.Date) burndown {
	changes := map[calendar.Date]int{}
	for _, c := range items {
		if c.Status == model.ConditionReplaced {
			continue
		}
		changes[calendar.Today(c.CreatedAt)]++
		if c.VerifiedAt != nil && !c.Status.Unmet() {
			changes[calendar.Today(*c.VerifiedAt)]--
		}
	}
	if len(changes) == 0 {
		return burndown{}
	}
	changes[today] += 0
	days := make([]calendar.Date, 0, len(changes))
	for day := range changes {
		days = append(days, day)
	}
	slices.SortFunc(days, calendar.Date.Compare)
	var b burndown
	open, all := 0, max(1, days[len(days)-1].DaysSince(days[0]))
	for _, day := range days {
		open += changes[day]
		b.most = max(b.most, open)
		b.Days = append(b.Days, burnDay{day.String(), open, day.DaysSince(days[0]) * burnWidth / all})
	}
	return b
}

// The size of the drawing, in its own units.
const burnWidth, burnHeight, burnMargin = 560, 140, 24

// Drawn reports whether there is something to draw: more than one day.
func (b burndown) Drawn() bool { return len(b.Days) > 1 && b.most > 0 }

// Most is the highest number that was open at once.
func (b burndown) Most() int { return b.most }

// Box is the frame of the drawing.
func (b burndown) Box() string {
	return fmt.Sprintf("0 0 %d %d", burnWidth+2*burnMargin, burnHeight+2*burnMargin)
}

// Line is the path of the number of open conditions, step by step.
func (b burndown) Line() string {
	var out strings.Builder
	for i, d := range b.Days {
		x, y := burnMargin+d.x, burnMargin+burnHeight-d.Open*burnHeight/max(1, b.most)
		if i == 0 {
			fmt.Fprintf(&out, "M%d %d", x, y)
		} else {
			fmt.Fprintf(&out, "H%dV%d", x, y)
		}
	}
	return out.String()
}

// Area is what lies below the line.
func (b burndown) Area() string {
	foot := burnMargin + burnHeight
	return fmt.Sprintf("%sV%dH%dZ", b.Line(), foot, burnMargin)
}
