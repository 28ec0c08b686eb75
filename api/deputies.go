package api

import (
	"context"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// ForNote says for whom somebody acts, and by which delegation.
type ForNote struct {
	PersonNote
	DelegationID string `json:"delegation_id"`
	Label        string `json:"label" doc:"in words, such as: för Anna Ek"`
}

var forWord = lang.Text{SV: "för", EN: "for"}

func forNote(names map[string]string, by *model.OnBehalf, l lang.Lang) *ForNote {
	if by == nil {
		return nil
	}
	name := names[by.PersonID]
	return &ForNote{PersonNote{by.PersonID, name}, by.DelegationID, forWord.In(l) + " " + name}
}

// markDeputised says at those of the tasks that the reader answers for somebody else for
// whom. The items are those of the tasks.
func (s *server) markDeputised(ctx context.Context, tasks []store.Task, items []TaskItem) error {
	a := authn.Actor(ctx)
	deputised, err := s.Act.Deputised(ctx, a, tasks)
	if err != nil || len(deputised) == 0 {
		return err
	}
	ids := []string{}
	for _, d := range deputised {
		ids = append(ids, d.For.PersonID)
	}
	names, err := s.Store.Names(ctx, a.OrgID, ids)
	for i, t := range tasks {
		if d, ok := deputised[t.ID]; ok {
			items[i].For = forNote(names, &model.OnBehalf{PersonID: d.For.PersonID, DelegationID: d.DelegationID}, languageOf(ctx))
		}
	}
	return err
}

// nameDeputised fills in the names of those for whom deputies have decided.
func (s *server) nameDeputised(ctx context.Context, items []DecisionItem) error {
	ids := []string{}
	for _, d := range items {
		if d.For != nil {
			ids = append(ids, d.For.ID)
		}
	}
	names, err := s.Store.Names(ctx, authn.Actor(ctx).OrgID, ids)
	for _, d := range items {
		if d.For != nil {
			*d.For = *forNote(names, &model.OnBehalf{PersonID: d.For.ID, DelegationID: d.For.DelegationID}, languageOf(ctx))
		}
	}
	return err
}
