package model

import "slices"

// StageKey names a stage of the review (rulebook 3.6).
type StageKey string

// The stages of rulebook 3.6 in the order of rulebook 9.1.
const (
	StageTriageCheck       StageKey = "triage_check"
	StageReExamination     StageKey = "re_examination"
	StageStopUse           StageKey = "stop_use"
	StageManager           StageKey = "manager"
	StageLegalBasis        StageKey = "legal_basis"
	StageSecrecy           StageKey = "secrecy"
	StageDerogation        StageKey = "derogation_review"
	StageCamera            StageKey = "camera_assessment"
	StageDPIA              StageKey = "dpia"
	StageAgentRisk         StageKey = "agent_risk"
	StageFRIA              StageKey = "fria"
	StageEnvironment       StageKey = "environment"
	StageCISO              StageKey = "ciso"
	StageInfoOwner         StageKey = "info_owner"
	StageWorkerInformation StageKey = "worker_information"
	StageEUDatabase        StageKey = "eu_database"
	StageAILabel           StageKey = "ai_label"
)

// Requirement is how much of a stage triage asks for (rulebook 3.6).
type Requirement string

// The values of rulebook 3.6. Each stage takes a few of them.
const (
	NotRequired      Requirement = "not_required"
	Required         Requirement = "required"
	Short            Requirement = "short"
	Attest           Requirement = "attest"
	Full             Requirement = "full"
	Light            Requirement = "light"
	Inherit          Requirement = "inherit"
	ThresholdOnly    Requirement = "threshold_only"
	Presumed         Requirement = "presumed"
	NationalRegister Requirement = "national_register"
)

// StageStatus is how far a stage has come (rulebook 9.9).
type StageStatus string

// The stage statuses of rulebook 9.9.
const (
	StageNotRequired StageStatus = "not_required"
	StageWaiting     StageStatus = "waiting"
	StageOpen        StageStatus = "open"
	StageReturned    StageStatus = "returned"
	StageDone        StageStatus = "done"
)

// TaskKind names what a task asks for within its stage. Stage, kind and round
// identify a task within its case.
type TaskKind string

// The kinds of task.
const (
	TaskEndorse        TaskKind = "endorse"
	TaskAdvice         TaskKind = "advice"
	TaskDecision       TaskKind = "decision"
	TaskReviewSecurity TaskKind = "review_security"
	TaskReviewLegal    TaskKind = "review_legal"
	TaskBenefit        TaskKind = "benefit"
	TaskRegistration   TaskKind = "registration"
	TaskConfirmation   TaskKind = "confirmation"
	TaskSecondReading  TaskKind = "second_reading"
	TaskStopUnit       TaskKind = "stop_in_unit"
	TaskStopSecurity   TaskKind = "stop_security"
)

// Outcome is what a person answers to a task.
type Outcome string

// The outcomes that stages share; the others stand in the table of stages.
const (
	OutcomeReturn Outcome = "return"
	OutcomeReject Outcome = "reject"

	OutcomeEndorse               Outcome = "endorse"
	OutcomeSupports              Outcome = "supports"
	OutcomeSupportsWithRemarks   Outcome = "supports_with_remarks"
	OutcomeAdvisesAgainst        Outcome = "advises_against"
	OutcomeLawful                Outcome = "lawful"
	OutcomeLawfulWithConditions  Outcome = "lawful_with_conditions"
	OutcomeNotSecret             Outcome = "not_secret"
	OutcomeSecretPermitted       Outcome = "secret_permitted"
	OutcomeAcceptable            Outcome = "acceptable"
	OutcomeAcceptableMeasures    Outcome = "acceptable_with_measures"
	OutcomeWaived                Outcome = "waived"
	OutcomePass                  Outcome = "pass"
	OutcomePassWithConditions    Outcome = "pass_with_conditions"
	OutcomePassPilotOnly         Outcome = "pass_pilot_only"
	OutcomeConfirmed             Outcome = "confirmed"
	OutcomeDone                  Outcome = "done"
	OutcomeJustified             Outcome = "justified"
	OutcomeJustifiedWithLimits   Outcome = "justified_with_limits"
	OutcomeApprove               Outcome = "approve"
	OutcomeApproveWithConditions Outcome = "approve_with_conditions"
	OutcomeAccept                Outcome = "accept"

	// The answers of the smaller tasks: an out-of-scope case is confirmed
	// (T-06), a stop by rule is upheld as a classification error or stands
	// (T-07), a rejection is confirmed or set aside by its second reader
	// (SOD-05).
	OutcomeConfirm     Outcome = "confirm"
	OutcomeErrorUpheld Outcome = "error_upheld"
	OutcomeStopStands  Outcome = "stop_stands"
	OutcomeSetAside    Outcome = "set_aside"

	// Set by the system when a stage needs no person (rulebook 2.3, 5.1, 7).
	OutcomeLightOK       Outcome = "light_ok"
	OutcomeAttested      Outcome = "attested"
	OutcomeThresholdOnly Outcome = "threshold_only"
)

// WithConditions reports whether the outcome must carry at least one condition
// (rulebook 8.1).
func (o Outcome) WithConditions() bool {
	return slices.Contains([]Outcome{
		OutcomeLawfulWithConditions, OutcomePassWithConditions,
		OutcomeJustifiedWithLimits, OutcomeApproveWithConditions,
	}, o)
}

// TaskSpec says who answers a task and what the answers are.
type TaskSpec struct {
	Kind     TaskKind
	Role     Role
	Outcomes []Outcome
}

// Offers reports whether o is one of the task's outcomes.
func (t TaskSpec) Offers(o Outcome) bool { return slices.Contains(t.Outcomes, o) }

// StageSpec says what a stage consists of.
type StageSpec struct {
	Key StageKey
	// State is the case's state while this is its earliest undecided stage.
	// It is empty for the stages that only have to be done before use
	// (rulebook 3.8).
	State CaseState
	// Step orders the stages: in sequential mode a step opens when every
	// stage of the steps before it is done. It is 0 for the stages that triage
	// itself leads to, which are no part of the review.
	Step int
	// Tasks are the tasks that open with the stage, the deciding one last.
	Tasks []TaskSpec
}

// BeforeUse reports whether the stage holds up activation rather than approval.
func (s StageSpec) BeforeUse() bool { return s.State == "" }

// Reviews reports whether the stage is part of the review that leads to an
// approval.
func (s StageSpec) Reviews() bool { return s.State != "" && s.Step > 0 }

// Task returns the stage's task of the given kind. Every stage of the review can
// get a second reader, who is never of the role that decides it.
func (s StageSpec) Task(kind TaskKind) (TaskSpec, bool) {
	if kind == TaskSecondReading && s.Reviews() {
		reader := RoleLegalCounsel
		if s.Tasks[len(s.Tasks)-1].Role == RoleLegalCounsel {
			reader = RoleCISO
		}
		return TaskSpec{TaskSecondReading, reader, []Outcome{OutcomeConfirm, OutcomeSetAside}}, true
	}
	for _, t := range s.Tasks {
		if t.Kind == kind {
			return t, true
		}
	}
	return TaskSpec{}, false
}

var advice = TaskSpec{TaskAdvice, RoleDPO, []Outcome{
	OutcomeSupports, OutcomeSupportsWithRemarks, OutcomeAdvisesAgainst,
}}

func decided(by Role, outcomes ...Outcome) TaskSpec {
	return TaskSpec{TaskDecision, by, append(outcomes, OutcomeReturn, OutcomeReject)}
}

func registered(by Role) []TaskSpec {
	return []TaskSpec{{TaskRegistration, by, []Outcome{OutcomeDone}}}
}

// stages is the table of stages: who advises, who decides and with which
// outcomes (rulebook 3.8, 4, 5, 6, 7, 8.1, 9.2 and 10), in the order of 9.1.
var stages = []StageSpec{
	{StageTriageCheck, Triaged, 0, []TaskSpec{
		{TaskConfirmation, RoleAdministrator, []Outcome{OutcomeConfirm, OutcomeReturn}},
	}},
	{StageReExamination, RejectedAuto, 0, []TaskSpec{
		{TaskReviewLegal, RoleLegalCounsel, []Outcome{OutcomeErrorUpheld, OutcomeStopStands}},
		{TaskConfirmation, RoleAdministrator, []Outcome{OutcomeErrorUpheld, OutcomeStopStands}},
	}},
	{StageStopUse, RejectedAuto, 0, []TaskSpec{
		{TaskStopUnit, RoleUnitHead, []Outcome{OutcomeDone}},
		{TaskStopSecurity, RoleCISO, []Outcome{OutcomeDone}},
	}},
	{StageManager, ManagerReview, 1, []TaskSpec{
		{TaskEndorse, RoleManager, []Outcome{OutcomeEndorse, OutcomeReturn, OutcomeReject}},
	}},
	{StageLegalBasis, LegalReview, 2, []TaskSpec{
		advice, decided(RoleInformationOwner, OutcomeLawful, OutcomeLawfulWithConditions),
	}},
	{StageSecrecy, LegalReview, 2, []TaskSpec{
		decided(RoleLegalCounsel, OutcomeNotSecret, OutcomeSecretPermitted),
	}},
	{StageDerogation, LegalReview, 2, []TaskSpec{
		decided(RoleInformationOwner, OutcomePass),
	}},
	{StageCamera, LegalReview, 2, []TaskSpec{
		advice, decided(RoleInformationOwner, OutcomePass, OutcomePassWithConditions),
	}},
	{StageDPIA, DPIA, 3, []TaskSpec{
		advice, decided(RoleInformationOwner, OutcomeAcceptable, OutcomeAcceptableMeasures, OutcomeWaived),
	}},
	{StageAgentRisk, AgentReview, 4, []TaskSpec{
		{TaskBenefit, RoleInformationOwner, []Outcome{OutcomeConfirmed, OutcomeReturn, OutcomeReject}},
		{TaskReviewLegal, RoleLegalCounsel, []Outcome{OutcomePass, OutcomePassWithConditions, OutcomePassPilotOnly, OutcomeReturn, OutcomeReject}},
		{TaskReviewSecurity, RoleCISO, []Outcome{OutcomePass, OutcomePassWithConditions, OutcomePassPilotOnly, OutcomeReturn, OutcomeReject}},
	}},
	{StageFRIA, FRIA, 5, []TaskSpec{
		advice, decided(RoleInformationOwner, OutcomeDone),
	}},
	{StageEnvironment, EnvironmentReview, 6, []TaskSpec{
		decided(RoleEnvironmentReviewer, OutcomeJustified, OutcomeJustifiedWithLimits),
	}},
	{StageCISO, CISOReview, 7, []TaskSpec{
		decided(RoleCISO, OutcomeApprove, OutcomeApproveWithConditions),
	}},
	{StageInfoOwner, OwnerDecision, 8, []TaskSpec{
		decided(RoleInformationOwner, OutcomeAccept),
	}},
	{StageWorkerInformation, "", 9, registered(RoleManager)},
	{StageEUDatabase, "", 9, registered(RoleSystemOwner)},
	{StageAILabel, "", 9, registered(RoleProjectOwner)},
}

// Stages returns the table of stages in their order. The caller must not
// change it.
func Stages() []StageSpec { return stages }

// Stage returns the specification of one stage.
func Stage(key StageKey) (StageSpec, bool) {
	for _, s := range stages {
		if s.Key == key {
			return s, true
		}
	}
	return StageSpec{}, false
}

// Raised returns the requirement to which a stage may be raised by a reviewer
// (T-31), and false where it may not: a stage is never lowered.
func Raised(from Requirement) (Requirement, bool) {
	switch from {
	case ThresholdOnly, Short:
		return Required, true
	case Attest, Light, Inherit:
		return Full, true
	}
	return "", false
}

// SettledOutcome returns the outcome that a stage gets without a person, and
// whether it does: the owner's confirmation in the form is the light
// environment review (EN-R02) and, for openly publishable information in T1,
// the secrecy attestation (rulebook 2.3 row 12); a threshold screening is its
// own record (DP-04).
func SettledOutcome(key StageKey, r Requirement, t Tier) (Outcome, bool) {
	switch {
	case key == StageEnvironment && r == Light:
		return OutcomeLightOK, true
	case key == StageSecrecy && r == Attest && t == T1:
		return OutcomeAttested, true
	case key == StageDPIA && r == ThresholdOnly:
		return OutcomeThresholdOnly, true
	}
	return "", false
}
