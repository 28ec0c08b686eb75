package model

import "slices"

// CaseState is where a case stands as a whole (rulebook 9.1).
type CaseState string

// The case states of rulebook 9.1. While several stages are open the state is
// the one of the earliest undecided stage.
const (
	Draft             CaseState = "DRAFT"
	Submitted         CaseState = "SUBMITTED"
	Triaged           CaseState = "TRIAGED"
	RejectedAuto      CaseState = "REJECTED_AUTO"
	ManagerReview     CaseState = "MANAGER_REVIEW"
	LegalReview       CaseState = "LEGAL_REVIEW"
	DPIA              CaseState = "DPIA"
	PriorConsultation CaseState = "PRIOR_CONSULTATION"
	AgentReview       CaseState = "AGENT_REVIEW"
	FRIA              CaseState = "FRIA"
	EnvironmentReview CaseState = "ENVIRONMENT_REVIEW"
	CISOReview        CaseState = "CISO_REVIEW"
	OwnerDecision     CaseState = "OWNER_DECISION"
	Returned          CaseState = "RETURNED"
	Approved          CaseState = "APPROVED"
	ApprovedCond      CaseState = "APPROVED_WITH_CONDITIONS"
	Active            CaseState = "ACTIVE"
	Suspended         CaseState = "SUSPENDED"
	Reassessment      CaseState = "REASSESSMENT"
	Expired           CaseState = "EXPIRED"
	Rejected          CaseState = "REJECTED"
	Withdrawn         CaseState = "WITHDRAWN"
	Decommissioned    CaseState = "DECOMMISSIONED"
	Archived          CaseState = "ARCHIVED"
)

// CaseStates lists every state in the order of rulebook 9.1.
func CaseStates() []CaseState {
	return []CaseState{
		Draft, Submitted, Triaged, RejectedAuto, ManagerReview, LegalReview, DPIA,
		PriorConsultation, AgentReview, FRIA, EnvironmentReview, CISOReview,
		OwnerDecision, Returned, Approved, ApprovedCond, Active, Suspended,
		Reassessment, Expired, Rejected, Withdrawn, Decommissioned, Archived,
	}
}

// UnderReview reports whether reviewers are at work on the case or wait for its
// owner: submitted, and not yet approved, stopped or ended, or assessed again.
func (s CaseState) UnderReview() bool {
	return slices.Contains([]CaseState{
		ManagerReview, LegalReview, DPIA, PriorConsultation, AgentReview, FRIA,
		EnvironmentReview, CISOReview, OwnerDecision, Returned, Reassessment,
	}, s)
}

// BeforeUse reports whether the case has not come into use and has not ended,
// which is when its owner may withdraw it (T-21).
func (s CaseState) BeforeUse() bool {
	return s.UnderReview() && s != Reassessment || slices.Contains([]CaseState{
		Draft, Submitted, Triaged, RejectedAuto, Approved, ApprovedCond,
	}, s)
}

// HasEnded reports whether nothing is awaited any more in a case of this state.
func (s CaseState) HasEnded() bool {
	return slices.Contains([]CaseState{Rejected, Withdrawn, Decommissioned, Archived}, s)
}

// HasOwner reports whether something in a case of this state may be the project owner's to
// do for whom others wait, so that it needs one who is there. A draft is its author's.
func (s CaseState) HasOwner() bool {
	return !slices.Contains([]CaseState{Draft, Withdrawn, Decommissioned, Archived}, s)
}

// HasProcess reports whether a case in this state is carried by a workflow: it
// has been submitted and is not archived.
func (s CaseState) HasProcess() bool {
	return s != Draft && s != Archived
}

// Tier is the depth of the review that triage asks for (rulebook 3.6).
type Tier string

// The tiers of rulebook 3.6. T4 is a case that a rule stops.
const (
	T1 Tier = "T1"
	T2 Tier = "T2"
	T3 Tier = "T3"
	T4 Tier = "T4"
)

// Mode is the order in which stages open (rulebook 9.1).
type Mode string

// Sequential opens one step after the other; Parallel opens all required stages
// at once and lets a stage that needs another's result wait with its decision.
const (
	Sequential Mode = "sequential"
	Parallel   Mode = "parallel"
)

// Outcomes of triage (rulebook 3.6).
const (
	Proceed             = "proceed"
	ProceedWithBlockers = "proceed_with_blockers"
	StoppedByRule       = "rejected_auto"
	OutOfScope          = "out_of_scope"
)
