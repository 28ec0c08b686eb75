package store_test

import (
	"testing"

	"sluss/model"
	"sluss/model/store/storetest"
)

// Whoever gave a delegation and has lost the role, or left, has nothing to give.
func TestDelegationOfALostRole(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *storetest.World) {
		id := w.Submitted(model.StageEnvironment)
		d := w.Delegated(w.Environment, w.Everybody, model.RoleEnvironmentReviewer)
		answer := storetest.As(w.Decide(id, w.Everybody, model.StageEnvironment, model.TaskDecision, model.OutcomeJustified), d)
		holds := func(what string, want int) {
			t.Helper()
			if got := w.SignedIn(w.Everybody).Deputy; len(got) != want {
				t.Errorf("%s: %+v", what, got)
			}
			if want == 0 {
				w.Refuse(id, answer, model.CodeDelegationOver)
			}
		}
		holds("at first", 1)
		if err := w.Store.SetRoles(t.Context(), w.Org, w.Environment, model.RoleUser); err != nil {
			t.Fatal(err)
		}
		holds("without the role", 0)
		if err := w.Store.SetRoles(t.Context(), w.Org, w.Environment, model.RoleEnvironmentReviewer); err != nil {
			t.Fatal(err)
		}
		holds("with it again", 1)
		if err := w.Store.SetRoles(t.Context(), w.Org, w.Everybody, model.RoleAuditor); err != nil {
			t.Fatal(err)
		}
		if got := w.SignedIn(w.Everybody).Deputy; len(got) != 0 {
			t.Errorf("to an auditor: %+v", got)
		}
		w.Refuse(id, answer, model.CodeSegregation, "SOD-09")
		if err := w.Store.SetRoles(t.Context(), w.Org, w.Everybody, model.RoleUser); err != nil {
			t.Fatal(err)
		}
		if err := w.Store.BlockPerson(t.Context(), w.Org, w.Environment, w.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		holds("when the giver has left", 0)
	})
}

// The record itself keeps a decision for somebody else from resting on nothing, and a
// delegation as it was made.
func TestDatabaseHoldsDelegations(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *storetest.World) {
		id := w.Submitted(model.StageEnvironment)
		env := model.RoleEnvironmentReviewer
		d, other := w.Delegated(w.Environment, w.Everybody, env), w.Delegated(w.Legal, w.Everybody, model.RoleLegalCounsel)
		w.Do(id, storetest.As(w.Decide(id, w.Everybody, model.StageEnvironment, model.TaskDecision, model.OutcomeJustified), d))
		again := func(forID, delegation string) error {
			return w.Store.WritePast(t.Context(), `INSERT INTO decisions (org_id, id, case_id, kind, stage, outcome, decider_id, role, revision,
				scope_hash, motivation, reason_codes, path_forward_text, decision_authority, answers, command_id, decided_at, deviates, report_to_board, for_id, delegation_id)
				SELECT org_id, ?, case_id, kind, stage, outcome, decider_id, role, revision, scope_hash, motivation, reason_codes, path_forward_text,
				decision_authority, answers, ?, decided_at, deviates, report_to_board, ?, ?
				FROM decisions WHERE org_id = ? AND case_id = ? AND for_id IS NOT NULL AND delegation_id = ?`,
				model.NewID(), model.NewID(), forID, delegation, w.Org, id, d.ID)
		}
		if err := again(w.Environment, d.ID); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"by none": again(w.Environment, model.NewID()), "by another's": again(w.Environment, other.ID), "for another": again(w.Legal, d.ID),
		} {
			if model.CodeOf(err) != model.CodeDelegationOver {
				t.Errorf("%s: %v", what, err)
			}
		}
		for _, statement := range []string{
			"UPDATE delegations SET to_id = from_id || '' WHERE org_id = ? AND id = ?", "UPDATE delegations SET ends_at = starts_at WHERE org_id = ? AND id = ?",
			"DELETE FROM delegations WHERE org_id = ? AND id = ?", "DELETE FROM delegation_roles WHERE org_id = ? AND delegation_id = ?",
			"UPDATE delegation_roles SET role = 'ciso' WHERE org_id = ? AND delegation_id = ?",
		} {
			if err := w.Store.WritePast(t.Context(), statement, w.Org, d.ID); err == nil {
				t.Errorf("done: %s", statement)
			}
		}
	})
}
