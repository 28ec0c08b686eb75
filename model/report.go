package model

import "sluss/model/lang"

// ReportKind is what an entry of the yearly report tells of (rulebook 9.12, OV-03).
type ReportKind string

// The kinds of entry of the yearly report.
const (
	// ReportDPIAWaived is a DPIA that was waived (DP-07), ReportDPIAReused one that
	// rests on an earlier one (DP-05), and ReportStandingAdvice a case for which the
	// DPO's advice to a whole class of cases stands (AD-03).
	ReportDPIAWaived     ReportKind = "dpia_waived"
	ReportDPIAReused     ReportKind = "dpia_reused"
	ReportStandingAdvice ReportKind = "standing_advice"
	// ReportPriorConsultation is a decision to consult the supervisory authority
	// (GDPR 36).
	ReportPriorConsultation ReportKind = "prior_consultation"
	// ReportConditionWaived is a condition that two people have waived (CO-04),
	// ReportOverride a rejection by the CISO that was set aside (OV-02).
	ReportConditionWaived ReportKind = "condition_waived"
	ReportOverride        ReportKind = "override"
	// ReportReview is the day on which an approval is looked at again (RA-08).
	ReportReview ReportKind = "review"
)

// reportKinds lists the kinds with the rule behind each and what it is called.
var reportKinds = []struct {
	kind  ReportKind
	rule  string
	label lang.Text
}{
	{ReportDPIAWaived, "DP-07", lang.Text{SV: "Undantag från konsekvensbedömning", EN: "Waived DPIA"}},
	{ReportDPIAReused, "DP-05", lang.Text{SV: "Återanvänd konsekvensbedömning", EN: "Reused DPIA"}},
	{ReportStandingAdvice, "AD-03", lang.Text{SV: "Generellt råd från dataskyddsombudet", EN: "Standing advice of the DPO"}},
	{ReportPriorConsultation, "T-11", lang.Text{SV: "Förhandssamråd", EN: "Prior consultation"}},
	{ReportConditionWaived, "CO-04", lang.Text{SV: "Undantag från villkor", EN: "Waived condition"}},
	{ReportOverride, "OV-03", lang.Text{SV: "Avslag som har upphävts", EN: "Overridden rejection"}},
	{ReportReview, "RA-08", lang.Text{SV: "Översyn", EN: "Review"}},
}

// ReportKinds lists every kind of entry, in the order of the report.
func ReportKinds() []ReportKind {
	kinds := make([]ReportKind, len(reportKinds))
	for i, k := range reportKinds {
		kinds[i] = k.kind
	}
	return kinds
}

// Label returns what the kind is called.
func (k ReportKind) Label() lang.Text {
	for _, r := range reportKinds {
		if r.kind == k {
			return r.label
		}
	}
	return lang.Text{}
}

// Rule returns the rule behind the kind.
func (k ReportKind) Rule() string {
	for _, r := range reportKinds {
		if r.kind == k {
			return r.rule
		}
	}
	return ""
}
