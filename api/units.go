package api

import (
	"context"
	"time"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// UnitAnswer is a unit that a case covers beside its own, and what it has said
// (S7). A unit that says nothing has not adopted; what it has said stands while it is
// asked again, until its time is over.
type UnitAnswer struct {
	UnitNote
	Adopted bool          `json:"adopted" doc:"the unit may use the tool once the case may be used"`
	Outcome model.Outcome `json:"outcome,omitempty" doc:"its last answer, absent before"`
	Asked   bool          `json:"asked" doc:"the question lies with the unit"`
	Due     *time.Time    `json:"due"`
	Overdue bool          `json:"overdue" doc:"its time is over; it may still answer"`
}

// InterimNote is the use of an existing tool while it is being assessed (EX-01).
type InterimNote struct {
	// Allowed is true while the tool may be used.
	Allowed bool          `json:"allowed" doc:"both have said so, and the time is not over"`
	Until   string        `json:"until,omitempty" format:"date" doc:"the last day, once both have said so"`
	Words   []InterimWord `json:"words" nullable:"false"`
}

// InterimWord is what one of the two has said.
type InterimWord struct {
	PersonRole
	AllowedUntil      string    `json:"allowed_until" format:"date"`
	IPL               int       `json:"ipl"`
	Uses              []string  `json:"uses" nullable:"false"`
	Reason            string    `json:"reason"`
	DecisionAuthority string    `json:"decision_authority"`
	GivenAt           time.Time `json:"given_at"`
}

// coveredUnits reads the units that a case covers beside its own.
func (s *server) coveredUnits(ctx context.Context, c store.Case) (map[string]store.Unit, error) {
	if len(c.Covered) == 0 {
		return nil, nil
	}
	units, err := s.Store.Units(ctx, c.OrgID)
	byID := map[string]store.Unit{}
	for _, u := range units {
		byID[u.ID] = u
	}
	return byID, err
}

func (d dossier) unitAnswers(l lang.Lang) []UnitAnswer {
	out := []UnitAnswer{}
	for _, id := range d.Covered {
		u := d.covered[id]
		a := UnitAnswer{UnitNote: UnitNote{id, u.Code, u.Name.In(l)}}
		if t := store.LatestTask(d.tasks, model.StageAdoption, model.TaskAdopt(id)); t != nil {
			a.Asked, a.Due = t.Status == model.TaskOpen, when(t.DueAt)
			a.Overdue = a.Asked && overdueDays(t.DueAt, d.now) > 0
			silent := a.Asked && !t.DueAt.IsZero() && !d.now.Before(t.DueAt)
			a.Outcome = d.lastAnswer(t.Key)
			a.Adopted = a.Outcome.Adopts() && !silent
		}
		out = append(out, a)
	}
	return out
}

// lastAnswer is what was last answered to a task, in whatever round.
func (d dossier) lastAnswer(k model.TaskKey) (o model.Outcome) {
	round := 0
	for _, t := range d.tasks {
		if t.Key.Stage == k.Stage && t.Key.Kind == k.Kind && t.Status == model.TaskDone && t.Key.Round > round {
			o, round = t.Outcome, t.Key.Round
		}
	}
	return o
}

func (d dossier) interimNote(l lang.Lang) *InterimNote {
	if len(d.interim) == 0 {
		return nil
	}
	n := &InterimNote{Allowed: d.InUse.Interim, Until: d.InterimUntil, Words: []InterimWord{}}
	for _, a := range d.interim {
		n.Words = append(n.Words, InterimWord{
			PersonRole:   PersonRole{*d.person(a.PersonID), a.Role, a.Role.Label().In(l)},
			AllowedUntil: a.AllowedUntil, IPL: a.IPL, Uses: orEmpty(a.Uses), Reason: a.Reason,
			DecisionAuthority: a.DecisionAuthority, GivenAt: a.GivenAt,
		})
	}
	return n
}
