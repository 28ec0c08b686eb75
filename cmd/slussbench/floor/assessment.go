//go:build linux && !slim

package floor

import (
	"encoding/json"
	"net/http"

	"sluss/workflows/contract"
)

// save keeps the draft of an assessment in one transaction, without a command.
func (s *server) save(r *http.Request, p person) (answer, error) {
	var body struct {
		Answers json.RawMessage `json:"answers"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return answer{}, err
	}
	ctx := r.Context()
	tx, err := s.db.write.BeginTx(ctx, nil)
	if err != nil {
		return answer{}, err
	}
	defer tx.Rollback()
	in := contract.CaseInput{OrgID: p.org, CaseID: r.PathValue("case")}
	w := &writer{ctx: ctx, tx: tx, d: s.db, s: step{CaseInput: in}, now: now(), actor: p.id}
	w.lock()
	w.exec(s.db.addPart, p.org, in.CaseID, r.PathValue("stage"), 1, string(body.Answers), hash(string(body.Answers)), p.id, w.now)
	w.exec(s.db.addAuthor, p.org, in.CaseID, r.PathValue("stage"), p.id)
	w.events([]string{"draft_saved"}, []int{draftSavedSize}, "part_hash")
	w.updateCase()
	if w.err != nil {
		return answer{}, w.err
	}
	return answer{http.StatusOK, `"1"`, map[string]int{"revision": 1}}, tx.Commit()
}

// handIn freezes the assessment and opens the tasks of its reviewers.
func (w *writer) handIn() {
	org, id := w.s.OrgID, w.s.CaseID
	w.exec(w.d.freeze, w.actor, w.now, org, id, assessed)
	w.exec(w.d.addPerson, org, id, w.actor, "legal_counsel", "acted")
	w.closeTask(assessed, "prepare", "handed_in")
	w.putStage(assessed, "open", "", nil)
	w.openTasks(atHandIn)
	w.facts(w.d.addFacts[0], []fact{{"legal_ground", "e", assessed}})
	w.events([]string{"assessment_handed_in"}, []int{handedInSize}, "part_hash")
	w.updateCase()
}
