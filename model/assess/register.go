package assess

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// RegisterInput is what an entry of the register is composed from: the case as it
// was approved.
type RegisterInput struct {
	Book       *rulebook.Book
	CaseID     string
	RegistryNo string
	// Intake holds the answers of the submitted intake and Triage what the rules
	// make of them on the day of the decision.
	Intake map[string]any
	Triage Classification
	// Outcomes are the results of the stages, by key; Answers what was answered in
	// the stages, in the assessments and with the decisions together.
	Outcomes map[string]string
	Answers  map[string]map[string]any
	// Units are those that the approval binds, the one that opened the case first
	// (rulebook 9.3), Unit is what that one is called.
	Units []model.RegisterUnit
	Unit  lang.Text
	// People are those who have a function in the case.
	People []RegisterPerson
	// Conditions are those that are not met yet.
	Conditions []model.RegisterCondition
	// Decided is the day of the controller's decision.
	Decided calendar.Date
	// Contact is the function to turn to; left out, it is the system owner of the
	// unit.
	Contact lang.Text
}

// RegisterPerson is a person in the case.
type RegisterPerson struct {
	Role     model.Role
	ID, Name string
}

// Missing is something that the register needs and the case does not say.
type Missing struct {
	// Name is the field of the entry.
	Name string    `json:"name"`
	Text lang.Text `json:"text"`
}

// The stages whose answers set the scope of an approval, the one that decides
// last at the end. An override takes the place of the CISO's word (OV-02).
var scoping = []string{"manager", "override", "ciso", "info_owner"}

// paramPilot is the parameter that says for how many months pass_pilot_only holds
// (rulebook 3.7, 6.4.8).
const paramPilot = "pilot_months"

// RegisterEntry composes the entry of the register from an approved case
// (rulebook 9.7, T-22), and says what is missing before the case can come into
// use.
//
// An entry is never wider than the case: the level is that of the case or the
// lower one that a reviewer set (9.3), and what needs a higher level than that is
// not approved: secrecy and special categories need 3, personal data 2,
// incidental personal data 1 (3.2). Secrecy is approved for the provisions that
// legal counsel permits (4.3), personal data where the legal basis is lawful.
//
// The names of people in the case are replaced by their functions in every text:
// the register is a public record from the start (9.6).
func RegisterEntry(in RegisterInput) (model.RegisterEntry, []Missing) {
	r := registrar{RegisterInput: in, answers: in.intake()}
	e := model.RegisterEntry{
		CaseID: in.CaseID, RegistryNo: in.RegistryNo, Status: model.RegisterActive, Public: r.public(),
		Tool: r.plain("title"), Product: r.word("product_name"), Supplier: r.word("provider_name"),
		SupplierCountry: r.word("provider_country"), Models: r.words("model_names"), Kind: r.word("kind"),
		UseTypes: r.words("use_types"), Purpose: r.plain("purpose_text"), UserGroups: r.userGroups(),
		Units: in.Units,
		InfoK: r.number("info_k"), InfoR: r.number("info_r"), InfoT: r.number("info_t"),
		AIActClass: in.Triage.AIActClass, Transparency: in.Triage.Transparency,
		DecisionRole: r.word("decision_role"), HumanControl: r.word("human_control"),
		ConditionsOpen: in.Conditions, DecisionDate: in.Decided.String(), ValidUntil: r.validUntil(),
		Contact: in.Contact, EUDatabaseID: cmp.Or(r.answer("eu_database", "EU-1"), r.answer("eu_database", "EU-3")),
	}
	if in.Triage.AIActRoute != nil {
		e.AIActRoute = *in.Triage.AIActRoute
	}
	if in.Triage.IsAgent {
		e.AutonomyLevel = r.number("agent", "autonomy_level")
	}
	r.scope(&e)
	r.people(&e)
	r.energy(&e)
	return e, r.missing(e)
}

// registrar composes one entry.
type registrar struct {
	RegisterInput
	answers map[string]any
}

// intake gives the answers with what the form takes for granted.
func (in RegisterInput) intake() map[string]any {
	form, _ := in.Intake["intake_form"].(string)
	return in.Book.Complete(rulebook.PartIntake, in.Triage.Profile, form, in.Intake, in.Decided)
}

// scope sets what the tool is approved for.
func (r registrar) scope(e *model.RegisterEntry) {
	e.ApprovedMaxIPL = r.Triage.InfoProtectionLevel
	for _, stage := range scoping {
		if n, ok := integer(r.Answers[stage]["approved_max_ipl"]); ok && n >= 0 {
			e.ApprovedMaxIPL = min(e.ApprovedMaxIPL, n)
		}
		if uses := texts(r.Answers[stage]["approved_uses"]); len(uses) > 0 {
			e.ApprovedUses = r.withoutNames(uses)
		}
		for _, use := range r.withoutNames(texts(r.Answers[stage]["not_approved_uses"])) {
			if !slices.Contains(e.NotApprovedUses, use) {
				e.NotApprovedUses = append(e.NotApprovedUses, use)
			}
		}
	}
	// What one reviewer has ruled out is not approved, whatever another wrote.
	e.ApprovedUses = slices.DeleteFunc(e.ApprovedUses, func(use string) bool { return slices.Contains(e.NotApprovedUses, use) })
	e.PersonalData = r.dataScope(e.ApprovedMaxIPL)
	if e.PersonalData == model.DataApproved && e.ApprovedMaxIPL >= secretLevel {
		e.SpecialCategories = r.words("special_categories")
	}
	if r.secret() && e.ApprovedMaxIPL >= secretLevel {
		e.SecrecyProvisions = texts(r.Answers["secrecy"]["permitted_provisions"])
	}
	e.SecrecyNote = r.withoutName(r.answer("secrecy", "excluded_information"), lang.SV)
}

// The lowest levels at which information may be of a kind (rulebook 3.2).
const (
	incidentalLevel = 1
	personalLevel   = 2
	secretLevel     = 3
)

// dataScope is how much personal data the case is approved for at a level.
func (r registrar) dataScope(level int) model.DataScope {
	if !slices.Contains([]string{"lawful", "lawful_with_conditions"}, r.Outcomes["legal_basis"]) {
		return model.DataNotApproved
	}
	return r.widestScope(level)
}

// widestScope is how much of the personal data that the case is about a level
// allows.
func (r registrar) widestScope(level int) model.DataScope {
	asked := map[string]model.DataScope{
		"account_only": model.DataAccountOnly, "incidental": model.DataIncidentalOnly, "yes": model.DataApproved,
	}[r.word("personal_data")]
	switch {
	case asked == "", asked != model.DataAccountOnly && level < incidentalLevel:
		return model.DataNotApproved
	case asked == model.DataApproved && level < personalLevel:
		return model.DataIncidentalOnly
	}
	return asked
}

// secret reports whether information under secrecy is approved.
func (r registrar) secret() bool { return r.Outcomes["secrecy"] == "secret_permitted" }

// userGroups are those that the information owner decided on, or those of the
// intake.
func (r registrar) userGroups() []string {
	if groups := texts(r.Answers["info_owner"]["user_groups"]); len(groups) > 0 {
		return groups
	}
	return r.words("user_groups")
}

// validUntil is the last day of the approval, the shortest of the times that
// apply (rulebook 3.7).
func (r registrar) validUntil() string {
	v := r.Triage.Validity
	if r.Decided.IsZero() || v == (rulebook.Validity{}) {
		return ""
	}
	last := r.Decided.AddMonths(v.Months).AddDays(v.Days)
	months, ok := integer(r.Book.Param(r.Triage.Profile, paramPilot))
	if pilot := r.Decided.AddMonths(months); ok && r.Outcomes["agent_risk"] == "pass_pilot_only" && pilot.Before(last) {
		last = pilot
	}
	return last.String()
}

// public reports whether the entry is shown without a token: the intake's answer,
// yes where nobody has said no.
func (r registrar) public() bool {
	shown, said := r.answers["parallel_register_public"].(bool)
	return shown || !said
}

// people sets who answers for the tool and what those who meet it are told.
func (r registrar) people(e *model.RegisterEntry) {
	for _, p := range r.People {
		if p.Role == model.RoleSystemOwner {
			e.SystemOwnerID = p.ID
		}
	}
	if e.Contact == (lang.Text{}) {
		role := model.RoleSystemOwner.Label()
		e.Contact = lang.Text{SV: join(role.SV, r.Unit.SV), EN: join(role.EN, r.Unit.EN)}
	}
	if r.external() {
		e.Notice = lang.Text{
			SV: r.withoutName(r.word("notice_text_sv"), lang.SV),
			EN: r.withoutName(r.word("notice_text_en"), lang.EN),
		}
	}
}

func join(role, unit string) string { return strings.TrimSuffix(role+", "+unit, ", ") }

// external reports whether people outside the organisation meet the tool or what
// it makes.
func (r registrar) external() bool {
	facing := r.word("external_facing")
	return facing != "" && facing != "none"
}

// energy sets the climate figures (L-62, EN-R08).
func (r registrar) energy(e *model.RegisterEntry) {
	loads := WorkloadsOf(r.Book, r.Intake)
	f := FootprintOf(r.Book, loads)
	e.KWhYear, e.CO2eKgYear = f.KWhYear, f.CO2eTotalKg
	if len(loads) == 1 {
		e.CO2eKgPerUse = roundTo(PerUnit(r.Book, loads[0]), 6)
	}
}

// missing lists what the entry needs and the case does not give (T-22).
func (r registrar) missing(e model.RegisterEntry) []Missing {
	var list []Missing
	need := func(there bool, name, sv, en string) {
		if !there {
			list = append(list, Missing{name, lang.Text{SV: sv, EN: en}})
		}
	}
	need(e.Tool != "", "tool", "Verktygets benämning saknas.", "The name of the tool is missing.")
	need(e.Purpose != "", "purpose", "Ändamålet saknas.", "The purpose is missing.")
	need(len(e.Units) > 0, "units", "Ingen enhet omfattas av godkännandet.", "The approval covers no unit.")
	need(e.SystemOwnerID != "", "system_owner_id",
		"Systemägare saknas. Ange den i ärendet innan verktyget tas i bruk.",
		"There is no system owner. Name one in the case before the tool comes into use.")
	need(len(e.ApprovedUses) > 0, "approved_uses",
		"Minst en godkänd användning ska anges i beslutet.",
		"The decision has to state at least one approved use.")
	need(e.DecisionDate != "", "decision_date", "Beslutsdatum saknas.", "The date of the decision is missing.")
	need(e.ValidUntil != "", "valid_until", "Giltighetstiden saknas.", "The period of validity is missing.")
	need(!r.external() || e.Notice.Complete(), "notice",
		"Upplysningstexten behövs på svenska och engelska när verktyget möter någon utanför organisationen.",
		"The notice is needed in Swedish and English when the tool meets people outside the organisation.")
	need(!r.secret() || e.ApprovedMaxIPL < secretLevel || len(e.SecrecyProvisions) > 0, "secrecy_provisions",
		"Sekretessbestämmelserna som verktyget godkänns för ska anges.",
		"The secrecy provisions that the tool is approved for have to be stated.")
	need(r.Triage.Stages["eu_database"] == "" || e.EUDatabaseID != "", "eu_database_id",
		"Registreringen i EU-databasen saknas.",
		"The registration in the EU database is missing.")
	return list
}

// plain is an answer without the names of people.
func (r registrar) plain(name string) string { return r.withoutName(r.word(name), lang.SV) }

// withoutName puts functions in the place of the people's names.
func (r registrar) withoutName(text string, l lang.Lang) string {
	for _, p := range r.People {
		if p.Name != "" {
			text = strings.ReplaceAll(text, p.Name, strings.ToLower(p.Role.Label().In(l)))
		}
	}
	return text
}

func (r registrar) withoutNames(list []string) []string {
	for i := range list {
		list[i] = r.withoutName(list[i], lang.SV)
	}
	return list
}

// word is a word or a text of the intake, "" where there is none.
func (r registrar) word(name string) string {
	s, _ := r.answers[name].(string)
	return strings.TrimSpace(s)
}

func (r registrar) words(name string) []string { return texts(r.answers[name]) }

// number is a whole number of the intake, 0 where there is none.
func (r registrar) number(path ...string) int {
	var v any = r.answers
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	n, _ := integer(v)
	return n
}

// answer is a text that was answered in a stage, "" where there is none.
func (r registrar) answer(stage, question string) string {
	s, _ := r.Answers[stage][question].(string)
	return strings.TrimSpace(s)
}

// integer reads a whole number as JSON, YAML or the rulebook give it.
func integer(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, true
	case int64:
		return int(n), true
	case float64:
		return int(n), n == float64(int(n))
	case interface{ String() string }: // a JSON number as it was written
		i, err := strconv.Atoi(n.String())
		return i, err == nil
	}
	return 0, false
}

// texts reads a list of texts, or of objects with one text each.
func texts(v any) []string {
	var out []string
	add := func(v any) {
		if m, ok := v.(map[string]any); ok && len(m) == 1 {
			for _, only := range m {
				v = only
			}
		}
		if s, ok := v.(string); ok && strings.TrimSpace(s) != "" {
			out = append(out, strings.TrimSpace(s))
		}
	}
	switch list := v.(type) {
	case []any:
		for _, item := range list {
			add(item)
		}
	case []string:
		for _, item := range list {
			add(item)
		}
	}
	return out
}
