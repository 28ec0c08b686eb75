package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"sluss/model"
)

// factRow is a value that lists of cases are narrowed by, in the form of model.NameKey,
// with the place where it was said: intake, a stage, a task of a stage or a record.
type factRow struct {
	bun.BaseModel `bun:"table:case_facts"`
	OrgID         string         `bun:"org_id,pk"`
	CaseID        string         `bun:"case_id,pk"`
	Source        string         `bun:"source,pk"`
	Name          model.FactName `bun:"name,pk"`
	Value         string         `bun:"value,pk"`
}

// maxFact is the length in characters to which a fact is kept and looked for.
const maxFact = 200

// factKey is a value as it is kept and compared.
func factKey(value string) string {
	key := []rune(model.NameKey(value))
	return string(key[:min(len(key), maxFact)])
}

// putFacts writes what one place says of a case.
func (s *Store) putFacts(ctx context.Context, q queryer, orgID, caseID, source string, facts []model.Fact) error {
	var rows []factRow
	for _, f := range facts {
		row := factRow{OrgID: orgID, CaseID: caseID, Source: source, Name: f.Name, Value: factKey(f.Value)}
		if row.Value != "" && !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	return insert(ctx, s, q, "", rows...)
}

// dropFacts forgets what some places have said of a case.
func (s *Store) dropFacts(ctx context.Context, q queryer, orgID, caseID string, sources []string) error {
	if len(sources) == 0 {
		return nil
	}
	args := []any{orgID, caseID}
	for _, source := range sources {
		args = append(args, source)
	}
	return s.exec(ctx, q, "DELETE FROM case_facts WHERE org_id = ? AND case_id = ? AND source IN ("+marks(len(sources))+")", args...)
}

// takeFacts writes what a submission, an assessment or an answer to a task says of
// the case in the place of what was said there before. What is asked again, and what
// belongs to a stage that is no longer asked for, says nothing.
func (r *recorder) takeFacts(ctx context.Context) error {
	said, err := r.factsSaid(ctx)
	if err != nil {
		return err
	}
	sources := r.factsOver()
	for source := range said {
		if r.mayHaveSaid(source) && !slices.Contains(sources, source) {
			sources = append(sources, source)
		}
	}
	slices.Sort(sources)
	if err := r.store.dropFacts(ctx, r.q, r.c.OrgID, r.c.ID, sources); err != nil {
		return err
	}
	for source, facts := range said {
		if err := r.store.putFacts(ctx, r.q, r.c.OrgID, r.c.ID, source, facts); err != nil {
			return err
		}
	}
	return nil
}

// factsSaid gives the facts by the place where they are said.
func (r *recorder) factsSaid(ctx context.Context) (map[string][]model.Fact, error) {
	p := r.command.Payload
	said := map[string][]model.Fact{}
	switch {
	case p.Submission != nil:
		said[p.Submission.Part] = p.Submission.Facts
	case p.HandIn != nil:
		said[string(p.HandIn.Stage)] = p.HandIn.Facts
	case p.Decision != nil:
		if err := r.decisionFacts(ctx, said, r.task, p.Decision); err != nil {
			return nil, err
		}
	}
	if p.Joint != nil {
		if err := r.decisionFacts(ctx, said, r.joint, p.Joint); err != nil {
			return nil, err
		}
	}
	r.adviceFacts(said)
	d, x, w := p.Decision, p.Consult, p.Waiver
	switch {
	case w != nil && w.DecisionAuthority == "":
		said[model.SubjectCondition(w.ConditionID)] = noAuthority()
	case x != nil && x.Event == model.ConsultWithdrawn && x.DecisionAuthority == "",
		d != nil && d.Outcome == model.OutcomePriorConsultation && d.DecisionAuthority == "":
		said[model.SubjectConsultation] = noAuthority()
	}
	return said, nil
}

// adviceFacts adds what the DPO has advised: in an answer, or once for the whole
// class of cases, where no task asks (AD-03).
func (r *recorder) adviceFacts(said map[string][]model.Fact) {
	for _, t := range r.t.Changes.Closed {
		if t.Kind == model.TaskAdvice && t.Status == model.TaskDone {
			said[t.Subject()] = append(said[t.Subject()], model.Fact{Name: model.FactDPOAdvice, Value: string(t.Outcome)})
		}
	}
	for _, st := range r.t.Changes.Stages {
		if st.Advice != "" && st.Status != model.StageNotRequired {
			said[model.Subject(st.Key, model.TaskAdvice)] = []model.Fact{{Name: model.FactDPOAdvice, Value: string(st.Advice)}}
		}
	}
}

// decisionFacts adds what an answer to a task says: whether it goes against
// advice, and whether it leaves out the power to decide (DA-01).
func (r *recorder) decisionFacts(ctx context.Context, said map[string][]model.Fact, t *taskRow, d *model.Decision) error {
	subject := model.Subject(t.Stage, t.Kind)
	if d.Deviates {
		said[subject] = append(said[subject], model.Fact{Name: model.FactDeviated, Value: model.FactYes})
	}
	if d.DecisionAuthority != "" || !model.ForController(t.Stage, t.Kind, d.Outcome) {
		return nil
	}
	if t.Stage == model.StageManager {
		var owner []stageRow // the manager's word is final when the information owner has none
		err := list(ctx, r.store, r.q, &owner, `SELECT requirement FROM stages WHERE org_id = ? AND case_id = ? AND stage = ?
			AND requirement <> ?`, r.c.OrgID, r.c.ID, model.StageInfoOwner, model.NotRequired)
		if err != nil || len(owner) > 0 {
			return err
		}
	}
	said[subject] = append(said[subject], noAuthority()...)
	return nil
}

func noAuthority() []model.Fact {
	return []model.Fact{{Name: model.FactNoAuthority, Value: model.FactYes}}
}

// factsOver lists the places where nothing is said any more.
func (r *recorder) factsOver() []string {
	var over []string
	for _, st := range r.t.Changes.Stages {
		if st.Status == model.StageNotRequired {
			over = append(over, string(st.Key))
			spec, _ := model.Stage(st.Key)
			for _, t := range spec.Tasks {
				over = append(over, model.Subject(st.Key, t.Kind))
			}
		}
	}
	for _, k := range r.t.Changes.Opened {
		// Standing advice may have stood where somebody is asked for the first time.
		if k.Round > 1 || k.Kind == model.TaskAdvice && r.c.Version > 1 {
			over = append(over, k.Subject())
		}
	}
	return over
}

// mayHaveSaid reports whether a place may have said something before. The first
// answer to a task replaces nothing.
func (r *recorder) mayHaveSaid(source string) bool {
	for _, t := range r.t.Changes.Closed {
		if t.Subject() == source {
			return t.Round > 1
		}
	}
	return r.c.ReturnsCount > 0 || r.c.Version > 1
}
