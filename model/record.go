package model

// RecordKind is the kind of a record: of what is kept beside a case and changes
// during its life (rulebook 9.12). Its form is the rulebook's.
type RecordKind string

// The kinds of rulebook 9.12. A supplier is kept for the organisation, every other
// record beside a case.
const (
	RecordComplaint      RecordKind = "complaint"
	RecordSupplier       RecordKind = "supplier"
	RecordModelVersion   RecordKind = "model_version"
	RecordSubProcessor   RecordKind = "sub_processor"
	RecordSystemAsset    RecordKind = "system_asset"
	RecordLogDestination RecordKind = "log_destination"
	RecordSecurityTest   RecordKind = "security_test"
	RecordStopContact    RecordKind = "stop_contact"
	RecordInformationSet RecordKind = "information_set"
	RecordUsage          RecordKind = "usage"
)

// RecordSpec says what lists need to know of a kind of record.
type RecordSpec struct {
	Kind RecordKind
	// Name is the question whose answer lists are sorted by.
	Name string
	// Due are the questions whose dates something is due on; the earliest counts.
	Due []string
	// Answered is the question whose answer says that nothing is due any more.
	Answered string
}

var recordSpecs = []RecordSpec{
	{Kind: RecordComplaint, Name: "received_at", Due: []string{"answer_due"}, Answered: "answered_at"},
	{Kind: RecordSupplier, Name: "name", Due: []string{"dpa_recheck_due", "sub_processors_recheck_due", "tia_recheck_due", "dpf_recheck_due"}},
	{Kind: RecordModelVersion, Name: "name", Due: []string{"end_of_life"}},
	{Kind: RecordSubProcessor, Name: "name"},
	{Kind: RecordSystemAsset, Name: "cmdb_id", Due: []string{"credential_expiry"}},
	{Kind: RecordLogDestination, Name: "platform"},
	{Kind: RecordSecurityTest, Name: "tested_at", Due: []string{"retest_due"}},
	{Kind: RecordStopContact, Name: "name"},
	{Kind: RecordInformationSet, Name: "name"},
	{Kind: RecordUsage, Name: "month"},
}

// Record returns what lists need to know of a kind of record, and false for one
// that there is not.
func Record(kind RecordKind) (RecordSpec, bool) {
	for _, s := range recordSpecs {
		if s.Kind == kind {
			return s, true
		}
	}
	return RecordSpec{}, false
}

// CaseRecords lists the kinds of records that are kept beside a case.
func CaseRecords() []RecordKind {
	var kinds []RecordKind
	for _, s := range recordSpecs {
		if s.Kind != RecordSupplier {
			kinds = append(kinds, s.Kind)
		}
	}
	return kinds
}

// fieldEnded is the question, of every kind of record, since when it is no longer
// so: what has ended is kept, and counts no more.
const fieldEnded = "ended_on"

// NameIn gives the text that lists are sorted by.
func (s RecordSpec) NameIn(answers map[string]any) string {
	name, _ := answers[s.Name].(string)
	return name
}

// DueIn gives the earliest date, 2006-01-02, on which something is due, or "".
func (s RecordSpec) DueIn(answers map[string]any) string {
	if answers[fieldEnded] != nil || s.Answered != "" && answers[s.Answered] != nil {
		return ""
	}
	due := ""
	for _, field := range s.Due {
		if d, _ := answers[field].(string); d != "" && (due == "" || d < due) {
			due = d
		}
	}
	return due
}

// FactsIn returns the facts that a record's answers hold, none once it has ended.
func (s RecordSpec) FactsIn(answers map[string]any) []Fact {
	if answers[fieldEnded] != nil {
		return nil
	}
	return FactsIn(string(s.Kind), answers)
}
