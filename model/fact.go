package model

// Fact is a value of a case by which lists of cases are narrowed (rulebook 9.12).
type Fact struct {
	Name  FactName `json:"name"`
	Value string   `json:"value"`
}

// FactName names what a fact says of a case.
type FactName string

// The facts of rulebook 9.12. Those of the last four are dates, 2006-01-02.
const (
	FactModel             FactName = "model"
	FactSubProcessor      FactName = "sub_processor"
	FactStorageLocation   FactName = "storage_location"
	FactTransferMechanism FactName = "transfer_mechanism"
	FactLegalGround       FactName = "legal_ground"
	FactArt9Ground        FactName = "art9_ground"
	FactSpecialCategory   FactName = "special_category"
	FactDataSubjectGroup  FactName = "data_subject_group"
	FactCoveredUnit       FactName = "covered_unit"
	// FactDPOAdvice is what the DPO has advised in a stage, and FactDeviated and
	// FactNoAuthority tell of a stage's latest decision that it goes against
	// advice (LB-R20, DP-34), or names no power to decide (DA-01).
	FactDPOAdvice   FactName = "dpo_advice"
	FactDeviated    FactName = "deviated"
	FactNoAuthority FactName = "decision_authority_missing"

	FactModelEndOfLife   FactName = "model_end_of_life"
	FactTestedAt         FactName = "tested_at"
	FactRetestDue        FactName = "retest_due"
	FactCredentialExpiry FactName = "credential_expiry"
)

// FactYes is the value of a fact that is either so or not.
const FactYes = "yes"

// FactSource says which answer holds the values of a fact.
type FactSource struct {
	Name FactName
	// Part is intake, a stage or the kind of a record, Field the question, and
	// Item the member of its rows where it is a table.
	Part, Field, Item string
}

// factSources is where the facts that answers hold come from: the field ids of the
// rulebook (sections 2, 4.1 and 9.12).
var factSources = []FactSource{
	{FactModel, "intake", "model_names", ""},
	{FactSubProcessor, "intake", "sub_processors", "name"},
	{FactStorageLocation, "intake", "storage_location", ""},
	{FactTransferMechanism, "intake", "transfer_mechanism", ""},
	{FactSpecialCategory, "intake", "special_categories", ""},
	{FactDataSubjectGroup, "intake", "data_subject_groups", ""},
	{FactCoveredUnit, "intake", "covered_unit_ids", ""},
	{FactLegalGround, "legal_basis", "LB-03", ""},
	{FactArt9Ground, "legal_basis", "LB-08", ""},
	{FactModel, string(RecordModelVersion), "name", ""},
	{FactModelEndOfLife, string(RecordModelVersion), "end_of_life", ""},
	{FactSubProcessor, string(RecordSubProcessor), "name", ""},
	{FactTestedAt, string(RecordSecurityTest), "tested_at", ""},
	{FactRetestDue, string(RecordSecurityTest), "retest_due", ""},
	{FactCredentialExpiry, string(RecordSystemAsset), "credential_expiry", ""},
}

// FactSources lists where the facts that answers hold come from. The caller must
// not change it.
func FactSources() []FactSource { return factSources }

// FactsIn returns the facts that the answers of a part hold. Answers may be those
// of the rules or read from JSON.
func FactsIn(part string, answers map[string]any) []Fact {
	var facts []Fact
	for _, s := range factSources {
		if s.Part != part {
			continue
		}
		for _, value := range textsOf(answers[s.Field], s.Item) {
			facts = append(facts, Fact{s.Name, value})
		}
	}
	return facts
}

// textsOf gives the texts of an answer: its own, those of a list, or those of one
// member of a table's rows. An empty text is none.
func textsOf(answer any, item string) []string {
	var texts []string
	switch v := answer.(type) {
	case string:
		if v != "" {
			texts = append(texts, v)
		}
	case []string:
		for _, text := range v {
			texts = append(texts, textsOf(text, "")...)
		}
	case []any:
		for _, row := range v {
			texts = append(texts, textsOf(row, item)...)
		}
	case map[string]any:
		if item != "" {
			texts = textsOf(v[item], "")
		}
	}
	return texts
}

// ForController reports whether an answer to a task is a decision of the controller,
// which names the power to decide (DA-01): in S0, S1, S2, S3b, S6 and S7, and to
// override a rejection (OV-02). That of S0 is one only where S6 is not asked for. What
// is sent back, and a rejection that stands, is not decided.
//
// The decision to consult the supervisory authority is one too (GDPR 36), and so is
// the waiver of a condition (CO-04); neither is an answer to a task of its own.
func ForController(stage StageKey, kind TaskKind, o Outcome) bool {
	switch stage {
	case StageManager:
		return kind == TaskEndorse && o != OutcomeReturn
	case StageLegalBasis, StageDPIA, StageFRIA, StageInfoOwner:
		return kind == TaskDecision && o != OutcomeReturn
	case StageAdoption:
		return true
	case StageOverride:
		return kind == TaskDecision && o == OutcomeOverride
	}
	return false
}
