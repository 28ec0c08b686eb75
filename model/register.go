package model

import "sluss/model/lang"

// RegisterStatus says whether a tool in the register may be used (rulebook 9.7).
type RegisterStatus string

// The statuses of rulebook 9.7. Only an active or interim tool may be used
// (L-39, EX-01); ended is a tool that has been decommissioned.
const (
	RegisterActive    RegisterStatus = "active"
	RegisterInterim   RegisterStatus = "interim"
	RegisterSuspended RegisterStatus = "suspended"
	RegisterExpired   RegisterStatus = "expired"
	RegisterEnded     RegisterStatus = "ended"
)

// RegisterStatuses lists every status of an entry.
func RegisterStatuses() []RegisterStatus {
	return []RegisterStatus{RegisterActive, RegisterInterim, RegisterSuspended, RegisterExpired, RegisterEnded}
}

// InUse reports whether a tool of the status may be used at all (L-39).
func (s RegisterStatus) InUse() bool { return s == RegisterActive || s == RegisterInterim }

// RegisterStatusOf returns the status of the entry of a case that stands so, or ""
// for one that has none.
func RegisterStatusOf(state CaseState, u InUse) RegisterStatus {
	switch {
	case u.Approved && state.HasEnded():
		return RegisterEnded
	case u.Approved && u.Expired:
		return RegisterExpired
	case u.Approved && u.Suspended:
		return RegisterSuspended
	case u.Approved:
		return RegisterActive
	case u.Interim && !state.HasEnded():
		return RegisterInterim
	}
	return ""
}

// Label returns what the status is called.
func (s RegisterStatus) Label() lang.Text { return registerStatusLabels[s] }

var registerStatusLabels = map[RegisterStatus]lang.Text{
	RegisterActive:    {SV: "Får användas", EN: "May be used"},
	RegisterInterim:   {SV: "Tillfälligt tillåten, utredning pågår", EN: "Temporarily allowed, under review"},
	RegisterSuspended: {SV: "Tillfälligt stoppad", EN: "Suspended"},
	RegisterExpired:   {SV: "Giltighetstiden har gått ut", EN: "Expired"},
	RegisterEnded:     {SV: "Avvecklad", EN: "Decommissioned"},
}

// DataScope is how much personal data a tool is approved for (rulebook 9.7).
type DataScope string

// The scopes of rulebook 9.7, each wider than the one before.
const (
	DataNotApproved    DataScope = "not_approved"
	DataAccountOnly    DataScope = "account_only"
	DataIncidentalOnly DataScope = "incidental_only"
	DataApproved       DataScope = "approved"
)

// DataScopes lists the scopes, the narrowest first.
func DataScopes() []DataScope {
	return []DataScope{DataNotApproved, DataAccountOnly, DataIncidentalOnly, DataApproved}
}

// Label returns what the scope is called.
func (d DataScope) Label() lang.Text { return dataScopeLabels[d] }

var dataScopeLabels = map[DataScope]lang.Text{
	DataNotApproved:    {SV: "Inga personuppgifter", EN: "No personal data"},
	DataAccountOnly:    {SV: "Endast inloggnings- och loggdata om användarna", EN: "Sign-in and log data about the users only"},
	DataIncidentalOnly: {SV: "Enstaka personuppgifter i liten omfattning", EN: "Incidental personal data only"},
	DataApproved:       {SV: "Godkänd för personuppgifter", EN: "Approved for personal data"},
}

// RegisterEntry is what the register of approved AI tools says of one tool in one
// use with one kind of information (rulebook 9.7, L-37). It is a public record
// from the start (rulebook 9.6): it names functions and holds no person but the
// system owner, by id.
type RegisterEntry struct {
	// CaseID and RegistryNo are empty for a tool that was in use before there was
	// a case (EX-01).
	CaseID     string         `json:"case_id,omitempty"`
	RegistryNo string         `json:"registry_no,omitempty"`
	Status     RegisterStatus `json:"status"`
	// Public is false where the entry is kept out of the view without a token.
	Public bool `json:"public"`

	Tool            string   `json:"tool"`
	Product         string   `json:"product,omitempty"`
	Supplier        string   `json:"supplier,omitempty"`
	SupplierCountry string   `json:"supplier_country,omitempty"`
	Models          []string `json:"models,omitempty"`
	Kind            string   `json:"kind"`
	UseTypes        []string `json:"use_types,omitempty"`
	Purpose         string   `json:"purpose"`
	UserGroups      []string `json:"user_groups,omitempty"`
	// Units are those that the approval binds, the one that opened the case first.
	Units []RegisterUnit `json:"units"`

	// ApprovedMaxIPL is the highest information protection level that may be used,
	// 0 to 4; InfoK, InfoR and InfoT are the classes of the information.
	ApprovedMaxIPL int       `json:"approved_max_ipl"`
	InfoK          int       `json:"info_k"`
	InfoR          int       `json:"info_r"`
	InfoT          int       `json:"info_t"`
	PersonalData   DataScope `json:"personal_data"`
	// SpecialCategories and SecrecyProvisions are those that are approved: what is
	// not there is not approved. SecrecyNote says what is kept out.
	SpecialCategories []string `json:"special_categories,omitempty"`
	SecrecyProvisions []string `json:"secrecy_provisions,omitempty"`
	SecrecyNote       string   `json:"secrecy_note,omitempty"`
	ApprovedUses      []string `json:"approved_uses"`
	NotApprovedUses   []string `json:"not_approved_uses,omitempty"`

	AIActClass   string   `json:"ai_act_class"`
	AIActRoute   string   `json:"ai_act_route,omitempty"`
	Transparency []string `json:"transparency,omitempty"`
	// AutonomyLevel is 1 to 5 for an agent, 0 for anything else.
	AutonomyLevel int       `json:"autonomy_level,omitempty"`
	DecisionRole  string    `json:"decision_role"`
	HumanControl  string    `json:"human_control"`
	Notice        lang.Text `json:"notice,omitzero"`

	ConditionsOpen []RegisterCondition `json:"conditions_open,omitempty"`
	// DecisionDate and ValidUntil, the last day, are dates in Sweden.
	DecisionDate string `json:"decision_date"`
	ValidUntil   string `json:"valid_until"`

	SystemOwnerID string    `json:"system_owner_id"`
	Contact       lang.Text `json:"contact"`
	// KWhYear and CO2eKgYear are of a year, KgPerUse of one request, image, clip or
	// hour of sound where the tool does one of these (L-62, EN-R08).
	KWhYear      float64 `json:"kwh_year"`
	CO2eKgYear   float64 `json:"co2e_kg_year"`
	CO2eKgPerUse float64 `json:"co2e_kg_per_use,omitempty"`
	EUDatabaseID string  `json:"eu_database_id,omitempty"`
}

// RegisterUnit is a unit that may use the tool, with its reference in the record
// of processing (GDPR 30).
type RegisterUnit struct {
	UnitID  string `json:"unit_id"`
	RopaRef string `json:"ropa_ref,omitempty"`
	// Conditions are the stricter ones under which the unit has adopted (K-02).
	Conditions string `json:"conditions,omitempty"`
}

// RegisterCondition is a condition that has still to be met.
type RegisterCondition struct {
	Text      lang.Text `json:"text"`
	DueKind   DueKind   `json:"due_kind"`
	DueDate   string    `json:"due_date,omitempty"`
	OwnerRole Role      `json:"owner_role"`
}

// RegisterAnswer is what the register answers to the question whether a tool may
// be used (rulebook 9.7).
type RegisterAnswer string

// The answers of rulebook 9.7.
const (
	UseAllowed               RegisterAnswer = "allowed"
	UseAllowedWithConditions RegisterAnswer = "allowed_with_conditions"
	UseDenied                RegisterAnswer = "denied"
	UnknownTool              RegisterAnswer = "unknown_tool"
)

// RegisterAnswers lists the answers, the best first.
func RegisterAnswers() []RegisterAnswer {
	return []RegisterAnswer{UseAllowed, UseAllowedWithConditions, UseDenied, UnknownTool}
}

// Label returns the answer in words.
func (a RegisterAnswer) Label() lang.Text { return registerAnswerLabels[a] }

var registerAnswerLabels = map[RegisterAnswer]lang.Text{
	UseAllowed:               {SV: "Ja, verktyget får användas så.", EN: "Yes, the tool may be used for this."},
	UseAllowedWithConditions: {SV: "Ja, på villkoren nedan.", EN: "Yes, on the conditions below."},
	UseDenied:                {SV: "Nej, verktyget får inte användas så.", EN: "No, the tool may not be used for this."},
	UnknownTool:              {SV: "Nej, verktyget finns inte i registret.", EN: "No, the tool is not in the register."},
}
