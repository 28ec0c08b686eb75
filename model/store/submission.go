package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sluss/model"
)

// takeSubmission freezes the revision, gives the case its number when it is new,
// and takes over what the intake says about it.
func (r *recorder) takeSubmission(ctx context.Context) error {
	sub := r.command.Payload.Submission
	if sub == nil {
		return nil
	}
	if err := r.freeze(ctx, sub.Part); err != nil {
		return err
	}
	if r.c.RegistryNo == "" {
		var err error
		if r.c.RegistryNo, err = r.takeNumber(ctx); err != nil {
			return err
		}
	}
	r.rewritten = true
	r.c.Title, r.c.UnitID, r.c.Revision = sub.Title, sub.UnitID, sub.Revision
	r.c.Search = searchText(r.c.Title, r.c.RegistryNo)
	return r.namePeople(ctx, sub.People)
}

// takeEvaluation takes over what triage says, of a submission or of a decision
// that changes the facts of triage (T-34).
func (r *recorder) takeEvaluation(ctx context.Context) error {
	e := r.command.Evaluation
	if e == nil || r.command.Payload.Submission == nil && !e.Replan {
		return nil
	}
	times, err := json.Marshal(e.ServiceTimes)
	if err != nil {
		return fmt.Errorf("service times: %w", err)
	}
	r.rewritten = true
	ipl := e.IPL
	r.c.Outcome, r.c.IPL, r.c.AIActClass = e.Plan.Outcome, &ipl, e.AIActClass
	r.c.RulebookID, r.c.RulebookVersion, r.c.RulebookDigest = e.RulebookID, e.RulebookVersion, e.RulebookDigest
	r.c.Profile, r.c.ServiceTimes, r.times = e.Profile, string(times), maps.Clone(e.ServiceTimes)
	return insert(ctx, r.store, r.q, "", evaluationRow{
		OrgID: r.c.OrgID, CaseID: r.c.ID, Version: r.c.Version, Revision: e.Revision, EvaluatedOn: e.On,
		RulebookDigest: e.RulebookDigest, FactsHash: e.FactsHash, Result: jsonText(e.Result),
	})
}

// takeRaise gives the tasks of a raised stage the time that it now has (T-31).
func (r *recorder) takeRaise(context.Context) error {
	p := r.command.Payload.Raise
	if p == nil {
		return nil
	}
	for subject, days := range p.ServiceTimes {
		r.times[subject] = days
	}
	text, err := json.Marshal(r.times)
	r.rewritten, r.c.ServiceTimes = true, string(text)
	return err
}

// takeHandIn freezes the assessment of a stage and remembers who prepared it.
func (r *recorder) takeHandIn(ctx context.Context) error {
	h := r.command.Payload.HandIn
	if h == nil {
		return nil
	}
	if err := r.freeze(ctx, string(h.Stage)); err != nil {
		return err
	}
	return r.store.addAuthor(ctx, r.q, r.c.OrgID, r.c.ID, string(h.Stage), r.command.ActorID)
}

// freeze keeps the draft of a part as a submitted revision. A revision that was
// submitted before and came back stays as it is.
func (r *recorder) freeze(ctx context.Context, part string) error {
	return r.store.exec(ctx, r.q, `INSERT INTO revisions
		(org_id, case_id, part, revision, answers, hash, submitted_by, submitted_at)
		SELECT org_id, case_id, part, revision, answers, hash, ?, ? FROM parts
		WHERE org_id = ? AND case_id = ? AND part = ?
		ON CONFLICT (org_id, case_id, part, revision) DO NOTHING`,
		r.command.ActorID, r.now, r.c.OrgID, r.c.ID, part)
}

// takeNumber takes the next registry number of the year (rulebook 9.1).
func (r *recorder) takeNumber(ctx context.Context) (string, error) {
	year := r.today().Year()
	var row struct {
		Last int64 `bun:"last"`
	}
	err := get(ctx, r.store, r.q, &row, `INSERT INTO registry_numbers (org_id, year, last) VALUES (?, ?, 1)
		ON CONFLICT (org_id, year) DO UPDATE SET last = registry_numbers.last + 1 RETURNING last`,
		r.c.OrgID, year)
	return fmt.Sprintf("SL %d-%d", year, row.Last), err
}

// namePeople replaces the people whom the intake names and gives them the open
// tasks of their roles.
func (r *recorder) namePeople(ctx context.Context, people []model.CasePerson) error {
	before, err := r.namedBefore(ctx)
	if err != nil {
		return err
	}
	r.named = sortedPeople(people)
	r.takeOwner()
	if slices.Equal(before, r.named) {
		return nil
	}
	err = r.store.exec(ctx, r.q, "DELETE FROM case_people WHERE org_id = ? AND case_id = ? AND source = ?",
		r.c.OrgID, r.c.ID, sourceNamed)
	if err != nil {
		return err
	}
	rows := make([]casePersonRow, len(r.named))
	for i, p := range r.named {
		rows[i] = casePersonRow{OrgID: r.c.OrgID, CaseID: r.c.ID, PersonID: p.PersonID, Role: p.Role, Source: sourceNamed}
	}
	if err := insert(ctx, r.store, r.q, "", rows...); err != nil {
		return err
	}
	return r.reassign(ctx)
}

// takeOwner makes the case the project owner's whom the intake names, and tells both.
func (r *recorder) takeOwner() {
	for _, p := range r.named {
		if p.Role == model.RoleProjectOwner && p.PersonID != r.c.ProjectOwnerID {
			r.tell(model.MessageNewOwner, "", model.Recipient{PersonID: p.PersonID}, model.Recipient{PersonID: r.c.ProjectOwnerID})
			r.c.ProjectOwnerID = p.PersonID
		}
	}
}

// reassign gives open tasks to the people who are named for their roles now. The
// tasks are picked here and not in SQL: SQLite would look through the open tasks
// of all cases.
func (r *recorder) reassign(ctx context.Context) error {
	var tasks []taskRow
	err := list(ctx, r.store, r.q, &tasks, "SELECT id, kind, role, status, assignee_id FROM tasks WHERE org_id = ? AND case_id = ?",
		r.c.OrgID, r.c.ID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		i := slices.IndexFunc(r.named, func(p model.CasePerson) bool { return p.Role == t.Role })
		if _, ofUnit := t.Kind.Unit(); ofUnit || t.Status != model.TaskOpen || i < 0 || r.named[i].PersonID == t.AssigneeID {
			continue
		}
		who, err := r.present(ctx, t.Role, r.named[i].PersonID)
		if err != nil {
			return err
		}
		err = r.store.exec(ctx, r.q, "UPDATE tasks SET assignee_id = NULLIF(?, '') WHERE org_id = ? AND id = ?", who, r.c.OrgID, t.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

// namedBefore returns the people whom the last submitted intake names.
func (r *recorder) namedBefore(ctx context.Context) ([]model.CasePerson, error) {
	involved, err := r.people(ctx)
	var named []model.CasePerson
	for _, p := range involved {
		if p.Source == sourceNamed {
			named = append(named, model.CasePerson{Role: p.Role, PersonID: p.PersonID})
		}
	}
	return sortedPeople(named), err
}

func sortedPeople(people []model.CasePerson) []model.CasePerson {
	sorted := slices.SortedFunc(slices.Values(people), func(a, b model.CasePerson) int {
		return strings.Compare(string(a.Role)+" "+a.PersonID, string(b.Role)+" "+b.PersonID)
	})
	return slices.Compact(sorted)
}
