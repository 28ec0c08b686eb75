// Package storetest says what a record must do, as one suite of tests that runs
// on every database, and offers the small world in which they take place. It is
// for tests only and imports model and model/store.
package storetest

import (
	"testing"

	"sluss/model/store"
)

// Open opens an empty record with at most maxConns connections (0 for the usual
// number), which is closed when the test ends.
type Open func(t testing.TB, maxConns int) *store.Store

// RunAll runs the suite. Most tests share one record, in which each has an
// organisation of its own; those that look at all organisations, or change what is of all,
// have their own.
func RunAll(t *testing.T, open Open) {
	shared := open(t, 0)
	share := func(testing.TB, int) *store.Store { return shared }
	for _, test := range []struct {
		name string
		run  func(*testing.T, Open)
	}{
		{"Draft", testDraft},
		{"DraftKeyConflict", testDraftKeyConflict},
		{"SaveDraft", testSaveDraft},
		{"SaveDraftOfAnAssessment", testSaveDraftOfAnAssessment},
		{"TextSurvives", testTextSurvives},
		{"Recalling", testRecalling},
		{"RecalledLists", testRecalledLists},
		{"Submit", testSubmit},
		{"RegistryNumbers", testRegistryNumbers},
		{"Decide", testDecide},
		{"ReturnAndResubmit", testReturnAndResubmit},
		{"ResubmitUnchanged", testResubmitUnchanged},
		{"Reject", testReject},
		{"Withdraw", testWithdraw},
		{"Activate", testActivate},
		{"Conditions", testConditions},
		{"Raise", testRaise},
		{"HandIn", testHandIn},
		{"HandInAgain", testHandInAgain},
		{"HandInRefusals", testHandInRefusals},
		{"HandInReplay", testHandInReplay},
		{"HandInAtOnce", testHandInAtOnce},
		{"DecisionDuringHandIn", testDecisionDuringHandIn},
		{"ReturnToAStage", testReturnToAStage},
		{"ChangedScopeAsksForTheAssessmentAgain", testChangedScope},
		{"PreparerDoesNotReview", testPreparerDoesNotReview},
		{"Joint", testJoint},
		{"JointRefusals", testJointRefusals},
		{"HeadConfirms", testHeadConfirms},
		{"NotGivenInTime", testNotGivenInTime},
		{"Statement", testStatement},
		{"StandingAdviceStands", testStandingAdviceStands},
		{"StandingAdvice", testStandingAdvice},
		{"ConditionMetAtOnce", testConditionMetAtOnce},
		{"ConditionsReplaced", testConditionsReplaced},
		{"ConditionsFallAway", testConditionsFallAway},
		{"Templates", testTemplates},
		{"Waiver", testWaiver},
		{"Disposal", testDisposal},
		{"DisposalKept", testDisposalKept},
		{"Erasure", testErasure},
		{"Rulebooks", testRulebooks},
		{"RulebookWithdrawn", testRulebookWithdrawn},
		{"RulebooksAtOnce", testRulebooksAtOnce},
		{"WaiverRefusals", testWaiverRefusals},
		{"Similar", testSimilar},
		{"ManySimilar", testManySimilar},
		{"NamedPeopleGetTheirTasks", testNamedPeople},
		{"Deadlines", testDeadlines},
		{"ReplyDeadline", testReplyDeadline},
		{"Consultation", testConsultation},
		{"ConsultationPeriodEnds", testConsultationPeriodEnds},
		{"ConsultationClock", testConsultationClock},
		{"Replay", testReplay},
		{"Mismatch", testMismatch},
		{"Refusals", testRefusals},
		{"RefusalEndsTheCommand", testRefusalEndsTheCommand},
		{"WhatCanNeverBeRecordedIsRefused", testHopeless},
		{"Segregation", testSegregation},
		{"EndCommand", testEndCommand},
		{"RenewCommand", testRenewCommand},
		{"EndingWaitsForRecording", testEndingWaitsForRecording},
		{"WithProcess", testWithProcess},
		{"Answered", testAnswered},
		{"AssignTask", testAssignTask},
		{"Reassign", testReassign},
		{"HandOver", testHandOver},
		{"ReplaceOwner", testReplaceOwner},
		{"Delegation", testDelegation},
		{"DelegationRefusals", testDelegationRefusals},
		{"DelegationApart", testDelegationApart},
		{"DelegationLists", testDelegationLists},
		{"DelegationEndsMeanwhile", testDelegationEndsMeanwhile},
		{"DelegationAttack", testDelegationAttack},
		{"DelegationElsewhere", testDelegationElsewhere},
		{"DelegationClaims", testDelegationClaims},
		{"DelegationSecondReading", testDelegationSecondReading},
		{"DelegationOfAuthors", testDelegationOfAuthors},
		{"Salts", testSalts},
		{"Attachments", testAttachments},
		{"AttachmentRefusals", testAttachmentRefusals},
		{"RemoveAttachment", testRemoveAttachment},
		{"Remarks", testRemarks},
		{"EventsBy", testEventsBy},
		{"ReplyToRemark", testReplyToRemark},
		{"OneReply", testOneReply},
		{"Comments", testComments},
		{"RetriageDue", testRetriageDue},
		{"Retriage", testRetriage},
		{"RetriageOnce", testRetriageOnce},
		{"RetriageList", testRetriageList},
		{"AnswerRetriage", testAnswerRetriage},
		{"ConcurrentActs", testConcurrentActs},
		{"OneWinner", testOneWinner},
		{"RandomWalk", testRandomWalk},
		{"ListCases", testListCases},
		{"ListCasesFilters", testListCasesFilters},
		{"Facts", testFacts},
		{"FactsAgain", testFactsAgain},
		{"DecisionFacts", testDecisionFacts},
		{"NoAuthority", testNoAuthority},
		{"AdviceFacts", testAdviceFacts},
		{"FillFacts", testFillFacts},
		{"ResultFilters", testResultFilters},
		{"EntryFilters", testEntryFilters},
		{"Records", testRecords},
		{"Suppliers", testSuppliers},
		{"Statistics", testStatistics},
		{"Overview", testOverview},
		{"YearlyReport", testYearlyReport},
		{"Readers", testReaders},
		{"ListIsWhatCanBeRead", testListIsWhatCanBeRead},
		{"ListTasks", testListTasks},
		{"Search", testSearch},
		{"Register", testRegister},
		{"RegisterWithoutCase", testRegisterWithoutCase},
		{"RegisterList", testRegisterList},
		{"RegisterChanges", testRegisterChanges},
		{"RegisterChangesAtOnce", testRegisterChangesAtOnce},
		{"Services", testServices},
		{"ServiceTokens", testServiceTokens},
		{"Adoption", testAdoption},
		{"Decline", testDecline},
		{"AdoptedAnew", testAdoptedAnew},
		{"InterimUse", testInterimUse},
		{"InterimUseIsOver", testInterimUseIsOver},
		{"Override", testOverride},
		{"IncidentReport", testIncidentReport},
		{"IncidentReplay", testIncidentReplay},
		{"IncidentDeadlines", testIncidentDeadlines},
		{"IncidentCorrection", testIncidentCorrection},
		{"IncidentReaders", testIncidentReaders},
		{"IncidentAsksItsCase", testIncidentAsksItsCase},
		{"TasksOfNoCase", testTasksOfNoCase},
		{"YearlyTask", testYearlyTask},
		{"CasesWarned", testCasesWarned},
		{"Tree", testTree},
		{"TreeGrownAtOnce", testTreeGrownAtOnce},
		{"Order", testOrder},
		{"People", testPeople},
		{"Units", testUnits},
		{"Tokens", testTokens},
		{"Absence", testAbsence},
		{"AbsenceTasks", testAbsenceTasks},
		{"AbsenceOfIncidentLead", testAbsenceOfIncidentLead},
		{"ClosedTasks", testClosedTasks},
		{"Passwords", testPasswords},
		{"Identities", testIdentities},
		{"AddPersonOf", testAddPersonOf},
		{"TakeClaims", testTakeClaims},
		{"BlockPerson", testBlockPerson},
		{"OtherOrganisation", testOtherOrganisation},
		{"Errors", testErrors},
		{"Ready", testReady},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, share)
		})
	}
	for _, test := range []struct {
		name string
		run  func(*testing.T, Open)
	}{
		{"ConsultationTells", testConsultationTells},
		{"MessagesOfAnswered", testMessagesOfAnswered},
		{"Restorations", testRestorations},
		{"Sessions", testSessions},
		{"Pending", testPending},
		{"Acknowledge", testAcknowledge},
		{"CasesToSync", testCasesToSync},
		{"Figures", testFigures},
		{"Times", testTimes},
		{"DeadlineIsCancelled", testDeadlineIsCancelled},
		{"OneConnection", testOneConnection},
		{"ReadsEnd", testReadsEnd},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open)
		})
	}
}
