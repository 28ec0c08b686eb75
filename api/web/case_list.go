package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

// casesPage is the list of the cases that a person may read.
type casesPage struct {
	list[api.CaseItem]
	// Query is what is searched for, Filters what the list can be narrowed by, in
	// groups, and InUse those that are in use.
	Query   string
	Filters []filterGroup
	InUse   []usedFilter
	More    string
	MayOpen bool
	// Faults are what is wrong with filters.
	Faults []formFault
	// Units are the names of units, by id.
	Units map[string]string
}

// filterGroup are filters that belong together.
type filterGroup struct {
	Title   string
	Filters []control
}

// usedFilter is a filter in use, with the address of the list without it.
type usedFilter struct{ Label, Value, Without string }

// caseFilter is a filter of the list of cases: its name in the API, what it is
// called and what there is to choose.
type caseFilter struct {
	name    string
	label   lang.Text
	kind    string // line, date, choice, or yes for one that is on or off
	choices func(*visit) []choice
}

// caseFilters are the filters of the API, in groups.
var caseFilters = []struct {
	title   lang.Text
	filters []caseFilter
}{
	{lang.Text{SV: "Var ärendet är", EN: "Where the case is"}, []caseFilter{
		{"state", lang.Text{SV: "Läge", EN: "State"}, "choice", stateChoices},
		{"stage", lang.Text{SV: "Steg som pågår", EN: "Stage that is open"}, "choice", stageChoices},
		{"role", lang.Text{SV: "Väntar på rollen", EN: "Waits for the role"}, "choice", func(v *visit) []choice { return roleChoices(v.lang) }},
		{"assignee", lang.Text{SV: "Väntar på", EN: "Waits for"}, "choice", meChoice},
		{"org_unit", lang.Text{SV: "Nämnd eller bolag", EN: "Board or company"}, "choice", anyUnit},
		{"overdue", lang.Text{SV: "Något är försenat", EN: "Something is late"}, "yes", nil},
		{"due_before", lang.Text{SV: "Något ska vara klart före", EN: "Something is due before"}, "date", nil},
		{"valid_until_before", lang.Text{SV: "Godkännandet går ut före", EN: "The approval expires before"}, "date", nil},
		{"condition_due_before", lang.Text{SV: "Ett villkor ska vara uppfyllt före", EN: "A condition is due before"}, "date", nil},
		{"interim_until_before", lang.Text{SV: "Tillfällig användning upphör före", EN: "Interim use ends before"}, "date", nil},
	}},
	{lang.Text{SV: "Vad ärendet gäller", EN: "What the case is about"}, []caseFilter{
		{"tier", lang.Text{SV: "Prövningens nivå", EN: "Tier of the assessment"}, "choice", valuesOf("tier")},
		{"ai_act_class", lang.Text{SV: "Klass enligt AI-förordningen", EN: "Class under the AI Act"}, "choice", valuesOf("ai_act_class")},
		{"hard_stop", lang.Text{SV: "Stopp enligt regel", EN: "Stopped by rule"}, "choice", stopChoices},
		{"supplier", lang.Text{SV: "Leverantör", EN: "Supplier"}, "line", nil},
		{"product", lang.Text{SV: "Produkt", EN: "Product"}, "line", nil},
		{"model", lang.Text{SV: "Modell", EN: "Model"}, "line", nil},
		{"sub_processor", lang.Text{SV: "Underbiträde", EN: "Sub-processor"}, "line", nil},
		{"model_end_of_life_before", lang.Text{SV: "Modellens stöd upphör före", EN: "The model's support ends before"}, "date", nil},
		{"tested_at_before", lang.Text{SV: "Senast säkerhetstestat före", EN: "Last security test before"}, "date", nil},
		{"retest_due_before", lang.Text{SV: "Nytt test ska göras före", EN: "A new test is due before"}, "date", nil},
		{"credential_expiry_before", lang.Text{SV: "Inloggningsuppgifter går ut före", EN: "Credentials expire before"}, "date", nil},
	}},
	{lang.Text{SV: "Personuppgifter", EN: "Personal data"}, []caseFilter{
		{"storage_location", lang.Text{SV: "Lagringsplats", EN: "Storage location"}, "choice", valuesOf("storage_location")},
		{"transfer_mechanism", lang.Text{SV: "Grund för överföring till tredjeland", EN: "Ground for transfer to a third country"}, "choice", valuesOf("transfer_mechanism")},
		{"legal_ground", lang.Text{SV: "Rättslig grund", EN: "Legal ground"}, "choice", valuesOf("legal_ground")},
		{"art9_ground", lang.Text{SV: "Undantag för känsliga uppgifter", EN: "Exception for special categories"}, "choice", valuesOf("art9_ground")},
		{"special_category", lang.Text{SV: "Känsliga uppgifter", EN: "Special category"}, "choice", valuesOf("special_categories")},
		{"data_subject_group", lang.Text{SV: "Grupp av registrerade", EN: "Group of data subjects"}, "choice", valuesOf("data_subject_groups")},
		{"dpia_result", lang.Text{SV: "Utfall av konsekvensbedömning", EN: "Result of the DPIA"}, "choice", outcomeChoices(model.TaskDecision, model.OutcomeThresholdOnly)},
		{"dpo_advice", lang.Text{SV: "Dataskyddsombudets råd", EN: "The DPO's advice"}, "choice", outcomeChoices(model.TaskAdvice, model.OutcomeStandingAdvice)},
		{"ropa_ref_missing", lang.Text{SV: "Saknar hänvisning till registerförteckningen", EN: "No reference in the record of processing"}, "yes", nil},
	}},
	{lang.Text{SV: "Beslut", EN: "Decisions"}, []caseFilter{
		{"deviated", lang.Text{SV: "Ett beslut går emot ett råd", EN: "A decision goes against advice"}, "yes", nil},
		{"decision_authority_missing", lang.Text{SV: "Ett beslut saknar beslutanderätt", EN: "A decision names no authority"}, "yes", nil},
		{"unit_adopted", lang.Text{SV: "Ansluten enhet", EN: "Unit that has adopted"}, "choice", anyUnit},
		{"unit_not_adopted", lang.Text{SV: "Enhet som inte är ansluten", EN: "Unit that has not adopted"}, "choice", anyUnit},
	}},
}

func stateChoices(v *visit) []choice {
	var out []choice
	for _, s := range model.CaseStates() {
		out = append(out, choice{Value: string(s), Label: api.StateLabel(s).In(v.lang)})
	}
	return out
}

func stageChoices(v *visit) []choice {
	var out []choice
	for _, s := range model.Stages() {
		if label := api.StageLabel(v.book, s.Key); label.Complete() {
			out = append(out, choice{Value: string(s.Key), Label: label.In(v.lang)})
		}
	}
	return out
}

func meChoice(v *visit) []choice {
	return []choice{{Value: "me", Label: lang.Text{SV: "Mig", EN: "Me"}.In(v.lang)}}
}

func anyUnit(v *visit) []choice {
	units, err := v.units()
	if err != nil {
		return nil
	}
	return unitChoices(units, unitID)
}

// valuesOf are the values of an enumeration of the rulebook or of one of its
// assessments.
func valuesOf(enum string) func(*visit) []choice {
	return func(v *visit) []choice {
		e, ok := v.book.Enum(enum)
		for _, b := range v.book.Assessments() {
			if !ok {
				e, ok = b.Enum(enum)
			}
		}
		if !ok {
			return nil
		}
		var out []choice
		for _, value := range e.Values {
			out = append(out, choice{Value: value.ID, Label: value.In(v.lang)})
		}
		return out
	}
}

// outcomeChoices are the outcomes of a task of the impact assessment, and one that
// comes about otherwise.
func outcomeChoices(kind model.TaskKind, more model.Outcome) func(*visit) []choice {
	return func(v *visit) []choice {
		spec, _ := model.Stage(model.StageDPIA)
		task, _ := spec.Task(kind)
		var out []choice
		for _, o := range append(slices.Clone(task.Outcomes), more) {
			out = append(out, choice{Value: string(o), Label: api.OutcomeLabel(o).In(v.lang)})
		}
		return out
	}
}

func stopChoices(v *visit) []choice {
	var out []choice
	for _, r := range v.book.Rules() {
		if strings.HasPrefix(r.ID, "HS-") {
			out = append(out, choice{Value: r.ID, Label: r.ID + " " + r.Text.In(v.lang)})
		}
	}
	return out
}

// caseList lists the cases that the person may read, narrowed by what the address
// says: an address can be kept and sent to others.
func (s *site) caseList(v *visit) error {
	q := v.r.URL.Query()
	p := casesPage{Query: q.Get("q"), Units: map[string]string{}, MayOpen: access.CanOpenCase(v.person.Actor()) == nil}
	ask := counted(25)
	if p.Query != "" {
		ask.Set("q", p.Query)
	}
	var units []choice
	for _, g := range caseFilters {
		group := filterGroup{Title: g.title.In(v.lang)}
		for _, f := range g.filters {
			c := control{Name: f.name, ID: strings.ReplaceAll(f.name, "_", "-"), Kind: f.kind, Label: f.label.In(v.lang), Needed: true, Value: q.Get(f.name)}
			switch {
			case f.name == "org_unit":
				units = f.choices(v)
				c.Choices = slices.Clone(units)
			case strings.HasPrefix(f.name, "unit_"):
				c.Choices = slices.Clone(units)
			case f.choices != nil:
				c.Choices = f.choices(v)
			case f.kind == "yes":
				c.Choices = []choice{{Value: "true", Label: c.Label}}
			}
			p.choose(v, &c, ask, q)
			group.Filters = append(group.Filters, c)
		}
		p.Filters = append(p.Filters, group)
	}
	for _, u := range units {
		p.Units[u.Value] = u.Label
	}
	if at := q.Get("at"); at != "" {
		ask.Set("cursor", at)
	}
	err := v.get("/cases", ask, &p.Page)
	problem, err := refusal(err)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if problem != nil {
		status = problem.Status
		p.explain(v, problem)
	}
	p.More = v.more(p.NextCursor)
	title := lang.Text{SV: "Ärenden", EN: "Cases"}.In(v.lang)
	if p.Total() > 0 {
		title = "(" + p.Count() + ") " + title
	}
	return v.show(status, "cases", view{Section: "cases", Title: title, Page: p, Problem: problem})
}

// choose notes what the address says of a filter.
func (p *casesPage) choose(v *visit, c *control, ask, q url.Values) {
	if c.Value == "" {
		return
	}
	ask.Set(c.Name, c.Value)
	label := c.Value
	known := false
	for i := range c.Choices {
		if c.Choices[i].Value == c.Value {
			c.Choices[i].Chosen, label, known = true, c.Choices[i].Label, true
		}
	}
	if c.Kind == "choice" && !known { // such as a person whom another page named
		if names, err := v.site.Store.Names(v.r.Context(), v.person.OrgID, []string{c.Value}); err == nil && names[c.Value] != "" {
			label = names[c.Value]
		}
		c.Choices = append(c.Choices, choice{c.Value, label, true})
	}
	if c.Kind == "yes" {
		label = ""
	}
	without := url.Values{}
	for name, values := range q {
		if name != c.Name && name != "at" && values[0] != "" {
			without[name] = values
		}
	}
	p.InUse = append(p.InUse, usedFilter{c.Label, label, "/cases?" + without.Encode()})
}

// explain puts what is wrong with a filter beside it.
func (p *casesPage) explain(v *visit, problem *client.Problem) {
	wrong := wrongOf(problem)
	for _, g := range p.Filters {
		for i := range g.Filters {
			f := &g.Filters[i]
			if f.Wrong = wrong["/"+f.Name]; f.Wrong != "" {
				if f.Kind == "date" { // the API also takes a time
					f.Wrong = lang.Text{SV: "Skriv datumet så här: ÅÅÅÅ-MM-DD.", EN: "Write the date like this: YYYY-MM-DD."}.In(v.lang)
				}
				p.Faults = append(p.Faults, formFault{f.ID, f.Label + ": " + f.Wrong})
			}
		}
	}
}
