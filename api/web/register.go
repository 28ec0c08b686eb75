package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sluss/api"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// verdict says whether a tool may be used, in words that cannot be misread.
type verdict struct {
	// Kind is yes, but or no: how it is shown.
	Kind string
	// Word is the answer, Why the rest of it.
	Word, Why string
}

// The answers to the question whether a tool may be used. Yes is never said alone:
// a tool is approved for some uses, units and information.
var (
	wordYes   = lang.Text{SV: "Får användas", EN: "May be used"}
	wordBut   = lang.Text{SV: "Får användas tillfälligt", EN: "May be used for now"}
	wordNo    = lang.Text{SV: "Får inte användas", EN: "Must not be used"}
	wordTheir = lang.Text{SV: "Får användas, men inte av din enhet", EN: "May be used, but not by your unit"}
	whyUntil  = lang.Text{SV: "till och med ", EN: "until "}
	whyReview = lang.Text{SV: ", utredning pågår", EN: ", under review"}
	whyStop   = lang.Text{SV: "tillfälligt stoppat", EN: "suspended"}
	whyPast   = lang.Text{SV: "godkännandet gick ut ", EN: "the approval ran out on "}
	whyEnded  = lang.Text{SV: "avvecklat", EN: "decommissioned"}
)

// verdictOf says whether a tool with the status may be used on a day. An approval
// that is over is over whether or not anybody has written so (rulebook 9.7).
func verdictOf(status model.RegisterStatus, validUntil string, today calendar.Date, l lang.Lang) verdict {
	last, err := calendar.ParseDate(validUntil)
	if status.InUse() && err == nil && today.After(last) {
		status = model.RegisterExpired
	}
	until := validUntil
	if err == nil {
		until = dayWords(last, l)
	}
	switch status {
	case model.RegisterActive:
		return verdict{"yes", wordYes.In(l), whyUntil.In(l) + until}
	case model.RegisterInterim:
		return verdict{"but", wordBut.In(l), whyUntil.In(l) + until + whyReview.In(l)}
	case model.RegisterSuspended:
		return verdict{"no", wordNo.In(l), whyStop.In(l)}
	case model.RegisterExpired:
		return verdict{"no", wordNo.In(l), whyPast.In(l) + until}
	}
	return verdict{"no", wordNo.In(l), whyEnded.In(l)}
}

// dayWords are a day without its weekday.
func dayWords(d calendar.Date, l lang.Lang) string {
	_, rest, _ := strings.Cut(d.InWords(l), " ")
	return rest
}

// toolRow is a tool in the list.
type toolRow struct {
	api.ToolItem
	Verdict verdict
	// Level is what the highest level of information is called, Data how much
	// personal data the tool is approved for.
	Level, Data string
}

// toolRow says of a tool what a reader has to know: above all whether they may use it.
func (s *site) toolRow(v *visit, t api.ToolItem) toolRow {
	row := toolRow{
		t, verdictOf(t.Status, t.ValidUntil, calendar.Today(s.Clock.Now()), v.lang),
		s.level(t.ApprovedMaxIPL, v.lang), t.PersonalData.Label().In(v.lang),
	}
	if row.Verdict.Kind != "no" && !t.CoversMyUnit {
		row.Verdict.Kind, row.Verdict.Word = "but", wordTheir.In(v.lang)
	}
	return row
}

// level is what a level of information is called.
func (s *site) level(n int, l lang.Lang) string {
	return s.Book.Label(enumLevel, written(float64(n))).In(l)
}

// levelChoice is a level of information as it is chosen: its number and what it is
// called.
func levelChoice(b *rulebook.Book, n int, l lang.Lang) string {
	return strconv.Itoa(n) + " " + b.Label(enumLevel, strconv.Itoa(n)).In(l)
}

// Protection is a level of information, its number among the others and what it is
// called.
func (v view) Protection(n int) string { return protection(v.book, n, v.Lang) }

func protection(b *rulebook.Book, n int, l lang.Lang) string {
	return strconv.Itoa(n) + lang.Text{SV: " av 4: ", EN: " of 4: "}.In(l) + b.Label(enumLevel, strconv.Itoa(n)).In(l)
}

// enumLevel are the levels of information in the rulebook.
const enumLevel = "info_protection_level"

// registerPage is the register as a person sees it.
type registerPage struct {
	list[api.ToolItem]
	Rows []toolRow
	// Q is what is looked for, Filters the choices beside it, Further those that few
	// need, Open that one of these is in use.
	Q                string
	Filters, Further []control
	Open, Narrowed   bool
	More             string
	MayOpen          bool
}

func (s *site) register(v *visit) error {
	q := v.r.URL.Query()
	p := registerPage{Q: strings.TrimSpace(q.Get("q")), MayOpen: access.CanOpenCase(v.person.Actor()) == nil}
	if err := s.registerFilters(v, &p, q); err != nil {
		return err
	}
	ask := counted(25)
	for _, c := range append(append([]control{{Name: "q", Value: p.Q}}, p.Filters...), p.Further...) {
		if c.Value != "" {
			ask.Set(c.Name, c.Value)
			p.Narrowed = true
		}
	}
	p.Open = slices.ContainsFunc(p.Further, func(c control) bool { return c.Value != "" })
	if at := q.Get("at"); at != "" {
		ask.Set("cursor", at)
	}
	if err := v.get("/register", ask, &p.Page); err != nil {
		return err
	}
	for _, t := range p.Items {
		p.Rows = append(p.Rows, s.toolRow(v, t))
	}
	p.More = v.more(p.NextCursor)
	return v.show(http.StatusOK, "register", view{Section: "register", Title: lang.Text{SV: "Register över AI-verktyg", EN: "Register of AI tools"}.In(v.lang), Page: p})
}

// registerFilters draws the filters of the register with what has been chosen.
// Whoever reviews finds those of rulebook 9.12 too.
func (s *site) registerFilters(v *visit, p *registerPage, q url.Values) error {
	units, err := v.units()
	if err != nil {
		return err
	}
	inUnits := unitChoices(units, unitCode)
	var statuses []choice
	for _, st := range model.RegisterStatuses() {
		statuses = append(statuses, choice{string(st), st.Label().In(v.lang), false})
	}
	pick := func(name string, text lang.Text, choices []choice) control {
		c := control{Name: name, ID: name, Kind: "choice", Label: text.In(v.lang), Needed: true, Value: q.Get(name), Choices: choices}
		for i := range c.Choices {
			c.Choices[i].Chosen = c.Choices[i].Value == c.Value
		}
		return c
	}
	line := func(name string, text lang.Text) control {
		return control{Name: name, ID: name, Kind: "line", Label: text.In(v.lang), Needed: true, Value: strings.TrimSpace(q.Get(name))}
	}
	p.Filters = []control{
		pick("unit", lang.Text{SV: "Nämnd eller bolag", EN: "Board or company"}, inUnits),
		pick("status", lang.Text{SV: "Läge", EN: "Status"}, statuses),
	}
	p.Further = []control{
		line("product", lang.Text{SV: "Produkt", EN: "Product"}),
		line("supplier", lang.Text{SV: "Leverantör", EN: "Supplier"}),
		pick("class", lang.Text{SV: "Klass enligt AI-förordningen", EN: "Class under the AI Act"}, s.values("ai_act_class", v.lang)),
	}
	if access.CasesReach(v.person.Actor()) != access.ReachAll {
		return nil
	}
	for _, f := range []struct{ name, field string }{
		{"storage_location", "storage_location"}, {"transfer_mechanism", "transfer_mechanism"},
		{"special_category", "special_categories"}, {"data_subject_group", "data_subject_groups"},
		{"model", "model_names"},
	} {
		field, ok := s.Book.Field(f.field)
		if !ok {
			continue
		}
		if choices := s.values(field.Enum, v.lang); choices != nil {
			p.Further = append(p.Further, pick(f.name, field.Text, choices))
		} else {
			p.Further = append(p.Further, line(f.name, field.Text))
		}
	}
	yes := []choice{{"true", yesWord.In(v.lang), false}}
	until := line("interim_until_before", lang.Text{SV: "Tillfällig användning som upphör före", EN: "Interim use that ends before"})
	until.Kind = "date"
	p.Further = append(p.Further,
		line("sub_processor", lang.Text{SV: "Underbiträde", EN: "Sub-processor"}),
		pick("unit_not_adopted", lang.Text{SV: "Omfattar inte", EN: "Does not cover"}, slices.Clone(inUnits)),
		pick("ropa_ref_missing", lang.Text{SV: "Saknar post i registerförteckningen", EN: "No entry in the record of processing"}, yes), until)
	return nil
}

// values are the values of an enumeration to choose from, nil where there is none.
func (s *site) values(enum string, l lang.Lang) []choice {
	e, ok := s.Book.Enum(enum)
	if !ok {
		return nil
	}
	return choicesOf(e, l)
}

func choicesOf(e *rulebook.Enum, l lang.Lang) []choice {
	var out []choice
	for _, value := range e.Values {
		out = append(out, choice{value.ID, value.In(l), false})
	}
	return out
}
