package model

import (
	"slices"
	"strings"
)

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

	// The stages of a case in use, which triage does not ask for: people decide
	// whether it is stopped (T-23), look at it again in time (RA-08), and meet a
	// condition that comes back (CO-03). Before use, people meet about a stage that
	// has been returned too often (L-28).
	StageStopDecision StageKey = "stop_decision"
	StageReview       StageKey = "review"
	StageFollowUp     StageKey = "follow_up"
	StageMeeting      StageKey = "meeting"

	// StageAdoption asks the other units that the case covers whether they adopt it
	// (S7, rulebook 3.8). A rejection is looked at again (OV-01), or set aside by the
	// controller itself (OV-02).
	StageAdoption        StageKey = "adoption"
	StageReconsideration StageKey = "reconsideration"
	StageOverride        StageKey = "override"
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

	// TaskPrepare writes the stage's assessment and hands it in, TaskStatement is
	// the coordinator's word in place of the DPO's (AD-04), and TaskHead the
	// unit head's, where a decision goes against advice or costs much (LB-R20,
	// DP-34, EN-R06).
	TaskPrepare   TaskKind = "prepare"
	TaskStatement TaskKind = "statement"
	TaskHead      TaskKind = "head_confirmation"

	// TaskStop decides whether a case in use is suspended (T-23).
	TaskStop TaskKind = "stop"

	// TaskReview looks at an approval again (RA-08), TaskMeeting is held when a
	// stage has been returned too often (L-28).
	TaskReview  TaskKind = "review"
	TaskMeeting TaskKind = "meeting"
)

// followUp begins the kind of a task that meets a condition once more.
const followUp = "condition:"

// TaskFollowUp is the kind of the task that meets a condition once more (CO-03).
// Each condition has a kind of its own.
func TaskFollowUp(conditionID string) TaskKind { return TaskKind(followUp + conditionID) }

// Condition returns the condition that a task of the kind is about, and whether
// there is one.
func (k TaskKind) Condition() (id string, ok bool) { return strings.CutPrefix(string(k), followUp) }

// adopt begins the kind of a task that asks a unit whether it adopts.
const adopt = "adopt:"

// TaskAdopt is the kind of the task that asks a unit whether it adopts what the
// case comes to (S7). Each unit has a kind of its own.
func TaskAdopt(unitID string) TaskKind { return TaskKind(adopt + unitID) }

// Unit returns the unit that a task of the kind asks, and whether there is one.
func (k TaskKind) Unit() (id string, ok bool) { return strings.CutPrefix(string(k), adopt) }

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

	// An assessment is handed in, the DPO has not answered in time (AD-01), or
	// standing advice covers the case (AD-03).
	OutcomeHandedIn       Outcome = "handed_in"
	OutcomeNotGivenInTime Outcome = "not_given_in_time"
	OutcomeStandingAdvice Outcome = "standing_advice"

	// A DPIA that rests on an earlier one (DP-05), or on the legislation's own
	// assessment (DP-06).
	OutcomeReused Outcome = "reused"
	OutcomeExempt Outcome = "exempt"

	// A high risk remains, and the supervisory authority is consulted before
	// anything goes on (DP-32, GDPR 36).
	OutcomePriorConsultation Outcome = "prior_consultation"

	// A case in use is suspended or goes on being used (T-23); a review finds that
	// nothing has changed, or that the case has to be assessed again (rulebook 5.7).
	OutcomeSuspend   Outcome = "suspend"
	OutcomeKeepInUse Outcome = "keep_in_use"
	OutcomeUnchanged Outcome = "unchanged"
	OutcomeUpdated   Outcome = "updated"
	OutcomeNewDPIA   Outcome = "new_dpia"

	// A unit adopts, adopts under stricter conditions, or declines (S7).
	OutcomeAdopt         Outcome = "adopt"
	OutcomeAdoptStricter Outcome = "adopt_stricter"
	OutcomeDecline       Outcome = "decline"

	// A rejection stands, or is looked at anew by who rejected (OV-01). The
	// controller sets the CISO's rejection aside, after which the CISO's stage is
	// overridden (OV-02).
	OutcomeUphold     Outcome = "uphold"
	OutcomeReopen     Outcome = "reopen"
	OutcomeOverride   Outcome = "override"
	OutcomeOverridden Outcome = "overridden"

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

// Adopts reports whether a unit that answers so may use the tool (rulebook 9.3).
func (o Outcome) Adopts() bool { return o == OutcomeAdopt || o == OutcomeAdoptStricter }

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
	// Tasks are the tasks that open with the stage, or once its assessment is
	// handed in; the deciding one last.
	Tasks []TaskSpec
	// Prepare are the roles that may write the stage's assessment and hand it
	// in; the first of them gets the task. Empty where the deciders answer the
	// stage's form themselves.
	Prepare []Role
}

// BeforeUse reports whether the stage holds up activation rather than approval.
func (s StageSpec) BeforeUse() bool { return s.State == "" }

// InUse reports whether the stage belongs to the use of what is assessed and not to
// the review of it. What triage asks for does not touch it.
func (s StageSpec) InUse() bool { return s.State == Active }

// Reviews reports whether the stage is part of the review that leads to an
// approval.
func (s StageSpec) Reviews() bool { return s.State != "" && s.Step > 0 }

// Decides reports whether a task of the kind decides the stage: the last of its
// tasks, and each where every task is somebody else's own question.
func (s StageSpec) Decides(kind TaskKind) bool {
	return len(s.Tasks) == 0 || kind == s.Tasks[len(s.Tasks)-1].Kind
}

// Task returns the stage's task of the given kind, among them those that open
// only when they are needed: to prepare the assessment, to confirm a decision as
// the head of the unit, and to read a rejection once more, which is never done by
// the role that decides.
func (s StageSpec) Task(kind TaskKind) (TaskSpec, bool) {
	switch {
	case kind == TaskSecondReading && s.Reviews():
		reader := RoleLegalCounsel
		if s.Tasks[len(s.Tasks)-1].Role == RoleLegalCounsel {
			reader = RoleCISO
		}
		return TaskSpec{TaskSecondReading, reader, []Outcome{OutcomeConfirm, OutcomeSetAside}}, true
	case kind == TaskHead && s.Reviews():
		return TaskSpec{TaskHead, RoleUnitHead, []Outcome{OutcomeConfirm, OutcomeReturn}}, true
	case kind == TaskPrepare && len(s.Prepare) > 0:
		return TaskSpec{TaskPrepare, s.Prepare[0], []Outcome{OutcomeHandedIn}}, true
	case s.Key == StageFollowUp:
		_, ok := kind.Condition()
		return TaskSpec{kind, RoleSystemOwner, []Outcome{OutcomeDone}}, ok // the condition's owner in fact
	case s.Key == StageAdoption:
		_, ok := kind.Unit()
		return TaskSpec{kind, RoleInformationOwner, []Outcome{OutcomeAdopt, OutcomeAdoptStricter, OutcomeDecline}}, ok
	case kind == TaskStatement && s.Key == StageLegalBasis:
		return TaskSpec{TaskStatement, RoleCoordinator, statements}, true
	}
	for _, t := range s.Tasks {
		if t.Kind == kind {
			return t, true
		}
	}
	return TaskSpec{}, false
}

// statements are what can be said of an assessment without deciding it.
var statements = []Outcome{OutcomeSupports, OutcomeSupportsWithRemarks, OutcomeAdvisesAgainst}

// The DPO's silence is an outcome too, which only the head of the unit may note
// (AD-01).
var advice = TaskSpec{TaskAdvice, RoleDPO, append(statements[:len(statements):len(statements)], OutcomeNotGivenInTime)}

func decided(by Role, outcomes ...Outcome) TaskSpec {
	return TaskSpec{TaskDecision, by, append(outcomes, OutcomeReturn, OutcomeReject)}
}

func registered(by Role) []TaskSpec {
	return []TaskSpec{{TaskRegistration, by, []Outcome{OutcomeDone}}}
}

// stages is the table of stages: who advises, who decides and with which
// outcomes (rulebook 3.8, 4, 5, 6, 7, 8.1, 9.2 and 10), in the order of 9.1.
var stages = []StageSpec{
	{Key: StageTriageCheck, State: Triaged, Tasks: []TaskSpec{
		{TaskConfirmation, RoleAdministrator, []Outcome{OutcomeConfirm, OutcomeReturn}},
	}},
	{Key: StageReExamination, State: RejectedAuto, Tasks: []TaskSpec{
		{TaskReviewLegal, RoleLegalCounsel, []Outcome{OutcomeErrorUpheld, OutcomeStopStands}},
		{TaskConfirmation, RoleAdministrator, []Outcome{OutcomeErrorUpheld, OutcomeStopStands}},
	}},
	{Key: StageStopUse, State: RejectedAuto, Tasks: []TaskSpec{
		{TaskStopUnit, RoleUnitHead, []Outcome{OutcomeDone}},
		{TaskStopSecurity, RoleCISO, []Outcome{OutcomeDone}},
	}},
	{Key: StageMeeting, State: Returned, Tasks: []TaskSpec{
		{TaskMeeting, RoleManager, []Outcome{OutcomeDone}},
	}},
	{Key: StageStopDecision, State: Active, Tasks: []TaskSpec{
		{TaskStop, RoleCISO, []Outcome{OutcomeSuspend, OutcomeKeepInUse}},
	}},
	{Key: StageReview, State: Active, Tasks: []TaskSpec{
		{TaskReview, RoleInformationOwner, []Outcome{OutcomeUnchanged, OutcomeUpdated, OutcomeNewDPIA}},
	}},
	{Key: StageFollowUp, State: Active},
	{Key: StageAdoption, State: Active},
	{Key: StageReconsideration, State: Rejected, Tasks: []TaskSpec{
		{TaskReviewSecurity, RoleCISO, statements},
		{TaskReviewLegal, RoleLegalCounsel, statements},
		{TaskDecision, RoleUnitHead, []Outcome{OutcomeUphold, OutcomeReopen}},
	}},
	{Key: StageOverride, State: Rejected, Tasks: []TaskSpec{
		{TaskReviewSecurity, RoleCISO, statements},
		{TaskAdvice, RoleDPO, statements},
		{TaskDecision, RoleUnitHead, []Outcome{OutcomeUphold, OutcomeOverride}},
		{TaskSecondReading, RoleLegalCounsel, []Outcome{OutcomeConfirm, OutcomeSetAside}},
	}},
	{Key: StageManager, State: ManagerReview, Step: 1, Tasks: []TaskSpec{
		{TaskEndorse, RoleManager, []Outcome{OutcomeEndorse, OutcomeReturn, OutcomeReject}},
	}},
	{
		Key: StageLegalBasis, State: LegalReview, Step: 2,
		Prepare: []Role{RoleLegalCounsel, RoleCoordinator, RoleProjectOwner},
		Tasks:   []TaskSpec{advice, decided(RoleInformationOwner, OutcomeLawful, OutcomeLawfulWithConditions)},
	},
	{Key: StageSecrecy, State: LegalReview, Step: 2, Tasks: []TaskSpec{
		decided(RoleLegalCounsel, OutcomeNotSecret, OutcomeSecretPermitted),
	}},
	{
		Key: StageDerogation, State: LegalReview, Step: 2,
		Prepare: []Role{RoleLegalCounsel},
		Tasks:   []TaskSpec{decided(RoleInformationOwner, OutcomePass)},
	},
	{
		Key: StageCamera, State: LegalReview, Step: 2,
		Prepare: []Role{RoleProjectOwner},
		Tasks:   []TaskSpec{advice, decided(RoleInformationOwner, OutcomePass, OutcomePassWithConditions)},
	},
	{
		Key: StageDPIA, State: DPIA, Step: 3,
		Prepare: []Role{RoleProjectOwner, RoleLegalCounsel},
		Tasks: []TaskSpec{advice, decided(RoleInformationOwner,
			OutcomeAcceptable, OutcomeAcceptableMeasures, OutcomeWaived, OutcomeReused, OutcomeExempt, OutcomePriorConsultation)},
	},
	{
		Key: StageAgentRisk, State: AgentReview, Step: 4,
		Prepare: []Role{RoleProjectOwner},
		Tasks: []TaskSpec{
			{TaskBenefit, RoleInformationOwner, []Outcome{OutcomeConfirmed, OutcomeReturn, OutcomeReject}},
			{TaskReviewLegal, RoleLegalCounsel, []Outcome{OutcomePass, OutcomePassWithConditions, OutcomePassPilotOnly, OutcomeReturn, OutcomeReject}},
			{TaskReviewSecurity, RoleCISO, []Outcome{OutcomePass, OutcomePassWithConditions, OutcomePassPilotOnly, OutcomeReturn, OutcomeReject}},
		},
	},
	{
		Key: StageFRIA, State: FRIA, Step: 5,
		Prepare: []Role{RoleLegalCounsel, RoleProjectOwner},
		Tasks:   []TaskSpec{advice, decided(RoleInformationOwner, OutcomeDone)},
	},
	{Key: StageEnvironment, State: EnvironmentReview, Step: 6, Tasks: []TaskSpec{
		decided(RoleEnvironmentReviewer, OutcomeJustified, OutcomeJustifiedWithLimits),
	}},
	{Key: StageCISO, State: CISOReview, Step: 7, Tasks: []TaskSpec{
		decided(RoleCISO, OutcomeApprove, OutcomeApproveWithConditions),
	}},
	{Key: StageInfoOwner, State: OwnerDecision, Step: 8, Tasks: []TaskSpec{
		decided(RoleInformationOwner, OutcomeAccept),
	}},
	{Key: StageWorkerInformation, Step: 9, Tasks: registered(RoleManager)},
	{Key: StageEUDatabase, Step: 9, Tasks: registered(RoleSystemOwner)},
	{Key: StageAILabel, Step: 9, Tasks: registered(RoleProjectOwner)},
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
