package web

import (
	"fmt"
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
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// rulebooks lists the versions of the rulebook.
func (s *site) rulebooks(v *visit) error {
	p, problem, err := sift[api.VersionItem](v, "/rulebooks")
	if err != nil {
		return err
	}
	return v.showAdministration("administration-rulebooks", lang.Text{SV: "Regelverket", EN: "The rulebook"}, p, problem)
}

// bookPage is a version of the rulebook, a part of it at a time.
type bookPage struct {
	api.RulebookView
	// Version is who proposed and published it.
	Version api.VersionItem
	// ID is its id in addresses, Part the part that is shown.
	ID, Part string
	// Proposes and Publishes say what the person may do with a proposal, Reads whether
	// they may see what it would mean for cases.
	Proposes, Publishes, Reads bool

	Profile  string
	Profiles []choice
	Settings []setting

	Rules   []api.RuleItem
	Found   int
	From    int
	Next    string
	Filters []control

	Questions *api.Questionnaire
	// Section is the section of the questions that is shown.
	Section *rulebook.Section
	Impact  *act.Impact
	Kinds   bars
	Asked   url.Values
	Key     string
}

// setting is a parameter with the value that it has in a profile.
type setting struct {
	rulebook.Param
	Value string
	// Law is true for what the law sets, Own for what the profile sets otherwise.
	Law, Own bool
}

// book reads a version and who brought it in.
func (s *site) book(v *visit, part string) (bookPage, error) {
	id := v.r.PathValue("id")
	a := v.person.Actor()
	p := bookPage{ID: id, Part: part, Asked: v.r.URL.Query(), Key: client.NewKey(), Reads: access.ReadsProposals(a)}
	var err error
	if p.RulebookView, err = getKept[api.RulebookView](v, "/rulebooks/"+url.PathEscape(id)); err != nil {
		return p, err
	}
	versions, err := all[api.VersionItem](v, "/rulebooks")
	if err != nil {
		return p, err
	}
	i := slices.IndexFunc(versions, func(x api.VersionItem) bool {
		return x.VersionID == id || x.ID == id && x.State != model.RulebookWithdrawn
	})
	if i < 0 {
		i = slices.IndexFunc(versions, func(x api.VersionItem) bool { return x.Digest == p.Digest })
	}
	if i >= 0 {
		p.Version = versions[i]
	}
	proposed := p.Version.State == model.RulebookProposed
	_, p.Proposes = access.ProposesRulebooks(a)
	_, p.Publishes = access.PublishesRulebooks(a)
	mine := p.Version.ProposedBy != nil && p.Version.ProposedBy.ID == v.person.ID
	p.Proposes, p.Publishes = p.Proposes && proposed, p.Publishes && proposed && !mine
	return p, nil
}

func (s *site) showBook(v *visit, p bookPage, problem *client.Problem) error {
	title := lang.Text{SV: p.Title.SV + " " + p.RulebookView.Version, EN: p.Title.EN + " " + p.RulebookView.Version}
	return v.showAdministration("administration-rulebook", title, p, problem)
}

func (s *site) bookSettings(v *visit) error {
	p, err := s.book(v, "settings")
	if err != nil {
		return err
	}
	p.readSettings(v.lang)
	return s.showBook(v, p, nil)
}

// readSettings gives each parameter the value that it has in the profile that is
// asked for.
func (p *bookPage) readSettings(l lang.Lang) {
	p.Profile = p.DefaultProfile
	var values map[string]any
	for _, profile := range p.RulebookView.Profiles {
		if profile.ID == p.Asked.Get("profile") {
			p.Profile = profile.ID
		}
	}
	for _, profile := range p.RulebookView.Profiles {
		p.Profiles = append(p.Profiles, choice{profile.ID, profile.Text.In(l), profile.ID == p.Profile})
		if profile.ID == p.Profile {
			values = profile.Values
		}
	}
	for _, param := range p.Parameters {
		value, given := values[param.ID]
		if !given {
			value = param.Default
		}
		source, law := withoutLaw(param.Source)
		words := p.valueWords(value, l)
		param.Source = source
		p.Settings = append(p.Settings, setting{Param: param, Value: words, Own: words != p.valueWords(param.Default, l), Law: law})
	}
}

// withoutLaw is a source without the mark that the law sets the value, and whether it
// had one.
func withoutLaw(source string) (string, bool) {
	before, after, law := strings.Cut(source, "; law")
	return before + after, law
}

// valueWords writes the value of a setting: a role by its name, a list of choices by
// the choices.
func (p *bookPage) valueWords(value any, l lang.Lang) string {
	switch x := value.(type) {
	case nil:
		return "–"
	case bool:
		if x {
			return yesWord.In(l)
		}
		return noWord.In(l)
	case float64:
		return lang.Number(x, -1, l)
	case string:
		if i := slices.IndexFunc(p.Enums, func(e *rulebook.Enum) bool { return e.ID == x }); i >= 0 {
			words := make([]string, len(p.Enums[i].Values))
			for n, choice := range p.Enums[i].Values {
				words[n] = choice.In(l)
			}
			return strings.Join(words, ", ")
		}
		if x == "" {
			return "–"
		}
		return model.Role(x).Label().In(l)
	case []any:
		words := make([]string, len(x))
		for i, item := range x {
			words[i] = p.valueWords(item, l)
		}
		return strings.Join(words, ", ")
	}
	return fmt.Sprint(value)
}

// rulesShown is how many rules a page shows.
const rulesShown = 50

func (s *site) bookRules(v *visit) error {
	p, err := s.book(v, "rules")
	if err != nil {
		return err
	}
	rules, err := getKept[api.Whole[api.RuleItem]](v, "/rulebooks/"+url.PathEscape(p.ID)+"/rules")
	if err != nil {
		return err
	}
	found := rules.Items
	if q := strings.ToLower(strings.TrimSpace(p.Asked.Get("q"))); q != "" {
		found = nil
		for _, r := range rules.Items {
			if strings.Contains(strings.ToLower(strings.Join([]string{r.ID, r.Text.SV, r.Text.EN, r.Source}, "\n")), q) {
				found = append(found, r)
			}
		}
	}
	text := filterText("q", v.lang, lang.Text{SV: "Sök på regel, text eller källa", EN: "Search for a rule, a text or a source"})
	text.ID, text.Value = "f-q", p.Asked.Get("q")
	p.Filters, p.Found = []control{text}, len(found)
	if n, err := strconv.Atoi(p.Asked.Get("from")); err == nil && n > 0 {
		p.From = min(n, len(found))
	}
	p.Rules = found[p.From:min(p.From+rulesShown, len(found))]
	if p.From+rulesShown < len(found) {
		p.Next = v.r.URL.Path + "?" + url.Values{"q": {p.Asked.Get("q")}, "from": {strconv.Itoa(p.From + rulesShown)}}.Encode()
	}
	return s.showBook(v, p, nil)
}

func (s *site) bookQuestions(v *visit) error {
	p, err := s.book(v, "questions")
	if err != nil {
		return err
	}
	name := p.Asked.Get("part")
	if !slices.Contains(p.Questionnaires, name) {
		name = rulebook.PartIntake
	}
	questions, err := getKept[api.Questionnaire](v, "/rulebooks/"+url.PathEscape(p.ID)+"/questionnaires/"+url.PathEscape(name))
	if err != nil {
		return err
	}
	p.Questions = &questions
	for i, section := range p.Questions.Sections {
		if i == 0 || section.ID == p.Asked.Get("section") {
			p.Section = section
		}
	}
	c := filterBy("part", v.lang, lang.Text{SV: "Formulär", EN: "Form"})
	c.ID, c.Needed = "f-part", true
	for _, part := range p.Questionnaires {
		c.Choices = append(c.Choices, choice{part, s.partWords(part, v.lang), part == name})
	}
	p.Filters = []control{c}
	return s.showBook(v, p, nil)
}

// partWords are what a questionnaire is called: the stage whose assessment it is, or
// its first section.
func (s *site) partWords(part string, l lang.Lang) string {
	if part == rulebook.PartIntake {
		return lang.Text{SV: "Ärendets beskrivning", EN: "The description of a case"}.In(l)
	}
	first, rest, more := strings.Cut(part, ".")
	if label, ok := s.Book.StageLabel(first); ok {
		if more {
			return label.In(l) + ", " + strings.ReplaceAll(rest, "_", " ")
		}
		return label.In(l)
	}
	if form, ok := s.Book.RecordForm(part); ok && len(form.Sections()) > 0 {
		return form.Sections()[0].Text.In(l)
	}
	return strings.ReplaceAll(part, "_", " ")
}

// bookImpact says what a version would mean for the cases that there are, which takes
// a while where there are many: it is asked for by a link, and never on the way.
func (s *site) bookImpact(v *visit) error {
	p, err := s.book(v, "impact")
	if err != nil {
		return err
	}
	p.Impact = &act.Impact{}
	if err := v.get("/rulebooks/"+url.PathEscape(p.ID)+"/impact", nil, p.Impact); err != nil {
		return err
	}
	word := func(sv, en string) string { return lang.Text{SV: sv, EN: en}.In(v.lang) }
	p.Kinds = bars{Caption: word("Ärenden där något ändras", "Cases for which something changes"), Rowed: word("Vad som ändras", "What changes"),
		Columns: []string{word("Ärenden", "Cases")}, Full: []float64{float64(p.Impact.Examined)}}
	for _, kind := range model.DifferenceKinds() {
		if n := p.Impact.Kinds[kind]; n > 0 {
			p.Kinds.Rows = append(p.Kinds.Rows, barRow{Label: kind.Label().In(v.lang), Amounts: []barAmount{{Amount: float64(n), Text: strconv.Itoa(n)}}})
		}
	}
	return s.showBook(v, p, nil)
}

// Kinds are what changes for a case, in words.
func (v view) Kinds(differences []model.Difference) string {
	var words []string
	for _, kind := range model.DifferenceKinds() {
		if slices.ContainsFunc(differences, func(d model.Difference) bool { return d.Kind == kind }) {
			words = append(words, kind.Label().In(v.Lang))
		}
	}
	return strings.Join(words, ", ")
}

// confirmBook asks whether a proposal is to be published, or taken back.
func (s *site) confirmBook(v *visit) error { return s.showConfirmBook(v, nil) }

func (s *site) showConfirmBook(v *visit, problem *client.Problem) error {
	p, err := s.book(v, v.r.PathValue("act"))
	switch {
	case err != nil:
		return err
	case p.Part != "publication" && p.Part != "withdrawal":
		return errNoPage
	}
	p.Key = keyAfter(v.r.PostForm, problem)
	return s.showBook(v, p, problem)
}

// endProposal publishes a proposal, or takes it back.
func (s *site) endProposal(v *visit) error {
	what := v.r.PathValue("act")
	if what != "publication" && what != "withdrawal" {
		return errNoPage
	}
	path := "/rulebooks/" + url.PathEscape(v.r.PathValue("id"))
	err := v.send(http.MethodPost, path+"/"+what, nil, v.r.PostForm.Get("etag"))
	if problem := refusalOf(err); problem != nil {
		return s.showConfirmBook(v, problem)
	} else if err != nil {
		return err
	}
	return v.redirect("/administration/rulebooks?done=" + what)
}
