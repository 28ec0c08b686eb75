package store

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"sluss/model"
)

// FillFacts writes anew what a case's answers, decisions and waivers say, as they
// stand: for cases that are older than the list of facts, or than some of the facts
// that are on it. What records say stays. Filling again changes nothing.
func (s *Store) FillFacts(ctx context.Context, orgID, caseID string) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		c, err := s.selectCase(ctx, q, orgID, caseID, s.forUpdate())
		if err != nil {
			return err
		}
		f := factFiller{store: s, q: q, c: c, said: map[string][]model.Fact{}}
		for _, fill := range []func(context.Context) error{f.readStages, f.fromAnswers, f.fromTasks, f.fromWaivers, f.fromConsultation} {
			if err := fill(ctx); err != nil {
				return err
			}
		}
		err = s.exec(ctx, q, "DELETE FROM case_facts WHERE org_id = ? AND case_id = ? AND source NOT LIKE ?", orgID, caseID, recordSource("%"))
		if err != nil {
			return err
		}
		for _, source := range slices.Sorted(maps.Keys(f.said)) {
			if err := s.putFacts(ctx, q, orgID, caseID, source, f.said[source]); err != nil {
				return err
			}
		}
		return nil
	})
}

// factFiller reads what is said of a case by the place where it is said.
type factFiller struct {
	store  *Store
	q      queryer
	c      *caseRow
	stages []stageRow
	said   map[string][]model.Fact
}

func (f *factFiller) add(source string, facts ...model.Fact) {
	f.said[source] = append(f.said[source], facts...)
}

// readStages reads the stages that are asked for; the advice that stands without a
// task is theirs.
func (f *factFiller) readStages(ctx context.Context) error {
	err := list(ctx, f.store, f.q, &f.stages, "SELECT "+columns[stageRow](f.store)+` FROM stages
		WHERE org_id = ? AND case_id = ? AND status <> ?`, f.c.OrgID, f.c.ID, model.StageNotRequired)
	for _, st := range f.stages {
		if st.Advice != "" {
			f.add(model.Subject(st.Stage, model.TaskAdvice), model.Fact{Name: model.FactDPOAdvice, Value: string(st.Advice)})
		}
	}
	return err
}

func (f *factFiller) asked(key model.StageKey) bool {
	return slices.ContainsFunc(f.stages, func(st stageRow) bool { return st.Stage == key })
}

// fromAnswers takes the texts that were handed in last.
func (f *factFiller) fromAnswers(ctx context.Context) error {
	var rows []revisionRow
	err := list(ctx, f.store, f.q, &rows, "SELECT part, revision, answers FROM revisions WHERE org_id = ? AND case_id = ? ORDER BY revision",
		f.c.OrgID, f.c.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.Part == Intake && r.Revision != f.c.Revision || r.Part != Intake && !f.asked(model.StageKey(r.Part)) {
			continue
		}
		var answers map[string]any
		if err := json.Unmarshal([]byte(r.Answers), &answers); err != nil {
			return errors.New("read the answers of a part")
		}
		f.said[r.Part] = model.FactsIn(r.Part, answers)
	}
	return nil
}

// fromTasks takes the latest answer to each task, unless it is asked again.
func (f *factFiller) fromTasks(ctx context.Context) error {
	var rows []struct {
		Stage             model.StageKey   `bun:"stage"`
		Kind              model.TaskKind   `bun:"kind"`
		Status            model.TaskStatus `bun:"status"`
		Outcome           model.Outcome    `bun:"outcome"`
		DecisionAuthority *string          `bun:"decision_authority"`
		Deviates          *bool            `bun:"deviates"`
	}
	err := list(ctx, f.store, f.q, &rows, `SELECT t.stage, t.kind, t.status, t.outcome, d.decision_authority, d.deviates
		FROM tasks t LEFT JOIN decisions d ON d.org_id = t.org_id AND d.task_id = t.id
		WHERE t.org_id = ? AND t.case_id = ? AND NOT EXISTS (SELECT 1 FROM tasks l WHERE l.org_id = t.org_id
			AND l.case_id = t.case_id AND l.stage = t.stage AND l.kind = t.kind AND l.round > t.round)`, f.c.OrgID, f.c.ID)
	for _, r := range rows {
		if r.Status != model.TaskDone || !f.asked(r.Stage) {
			continue
		}
		subject := model.Subject(r.Stage, r.Kind)
		if r.Kind == model.TaskAdvice && f.said[subject] == nil {
			f.add(subject, model.Fact{Name: model.FactDPOAdvice, Value: string(r.Outcome)})
		}
		if r.Deviates != nil && *r.Deviates {
			f.add(subject, model.Fact{Name: model.FactDeviated, Value: model.FactYes})
		}
		final := r.Stage != model.StageManager || !f.asked(model.StageInfoOwner)
		if r.DecisionAuthority != nil && *r.DecisionAuthority == "" && final && model.ForController(r.Stage, r.Kind, r.Outcome) {
			f.add(subject, noAuthority()...)
		}
	}
	return err
}

func (f *factFiller) fromWaivers(ctx context.Context) error {
	var rows []waiverRow
	err := list(ctx, f.store, f.q, &rows, `SELECT condition_id FROM waivers
		WHERE org_id = ? AND case_id = ? AND decision_authority = ''`, f.c.OrgID, f.c.ID)
	for _, r := range rows {
		f.add(model.SubjectCondition(r.ConditionID), noAuthority()...)
	}
	return err
}

func (f *factFiller) fromConsultation(ctx context.Context) error {
	var rows []consultationRow
	err := list(ctx, f.store, f.q, &rows, `SELECT id FROM consultation_events
		WHERE org_id = ? AND case_id = ? AND kind IN (?, ?) AND decision_authority = ''`,
		f.c.OrgID, f.c.ID, model.ConsultDecided, model.ConsultWithdrawn)
	if len(rows) > 0 {
		f.add(model.SubjectConsultation, noAuthority()...)
	}
	return err
}

// CasesSentIn lists cases that have been sent in, by id, behind one of them; limit
// is at most 1,000, which 0 means too.
func (s *Store) CasesSentIn(ctx context.Context, orgID, after string, limit int64) ([]CaseRef, error) {
	var refs []CaseRef
	err := s.find(ctx, s.read.NewSelect().TableExpr("cases AS c").ColumnExpr("c.org_id").ColumnExpr("c.id AS case_id").
		Where("c.org_id = ? AND c.id > ? AND c.revision > 0", orgID, after).Order("c.id").Limit(page(limit)), &refs)
	return refs, err
}
