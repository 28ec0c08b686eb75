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

// RunAll runs the suite.
func RunAll(t *testing.T, open Open) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Open)
	}{
		{"Draft", testDraft},
		{"DraftKeyConflict", testDraftKeyConflict},
		{"SaveDraft", testSaveDraft},
		{"SaveDraftOfAnAssessment", testSaveDraftOfAnAssessment},
		{"TextSurvives", testTextSurvives},
		{"Submit", testSubmit},
		{"RegistryNumbers", testRegistryNumbers},
		{"Decide", testDecide},
		{"ReturnAndResubmit", testReturnAndResubmit},
		{"ResubmitUnchanged", testResubmitUnchanged},
		{"Reject", testReject},
		{"Withdraw", testWithdraw},
		{"Activate", testActivate},
		{"Conditions", testConditions},
		{"NamedPeopleGetTheirTasks", testNamedPeople},
		{"Deadlines", testDeadlines},
		{"DeadlineIsCancelled", testDeadlineIsCancelled},
		{"ReplyDeadline", testReplyDeadline},
		{"Replay", testReplay},
		{"Mismatch", testMismatch},
		{"Refusals", testRefusals},
		{"RefusalEndsTheCommand", testRefusalEndsTheCommand},
		{"WhatCanNeverBeRecordedIsRefused", testHopeless},
		{"Segregation", testSegregation},
		{"EndCommand", testEndCommand},
		{"RenewCommand", testRenewCommand},
		{"EndingWaitsForRecording", testEndingWaitsForRecording},
		{"Pending", testPending},
		{"Acknowledge", testAcknowledge},
		{"CasesToSync", testCasesToSync},
		{"AssignTask", testAssignTask},
		{"Salts", testSalts},
		{"Tampering", testTampering},
		{"ConcurrentActs", testConcurrentActs},
		{"OneWinner", testOneWinner},
		{"RandomWalk", testRandomWalk},
		{"Times", testTimes},
		{"ListCases", testListCases},
		{"ListCasesFilters", testListCasesFilters},
		{"ListTasks", testListTasks},
		{"Search", testSearch},
		{"Order", testOrder},
		{"People", testPeople},
		{"Units", testUnits},
		{"Tokens", testTokens},
		{"OtherOrganisation", testOtherOrganisation},
		{"Errors", testErrors},
		{"OneConnection", testOneConnection},
		{"ReadsEnd", testReadsEnd},
		{"Ready", testReady},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open)
		})
	}
}
