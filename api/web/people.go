package web

import (
	"slices"

	"sluss/model/lang"
	"sluss/model/store"
)

// colleague is somebody whom an answer may name. AwayUntil is the last day, in Sweden,
// that they are away, or "".
type colleague struct{ ID, Name, AwayUntil string }

// colleagues are the people of the organisation.
func (v *visit) colleagues() ([]colleague, error) {
	people, err := v.site.Store.Colleagues(v.r.Context(), store.ColleagueFilter{OrgID: v.person.OrgID})
	if err != nil {
		return nil, err
	}
	away, err := v.site.Store.AwayUntil(v.r.Context(), v.person.OrgID, nil, v.site.Clock.Now())
	all := make([]colleague, len(people))
	for i, p := range people {
		all[i] = colleague{p.ID, p.Name, away[p.ID]}
	}
	return all, err
}

// peopleChoices are people to choose from, but for one.
func peopleChoices(people []colleague, chosen, without string) []choice {
	out := make([]choice, 0, len(people))
	for _, p := range people {
		if p.ID != without {
			out = append(out, choice{p.ID, p.Name, p.ID == chosen})
		}
	}
	return out
}

// deputyChoices are peopleChoices that say who is away.
func deputyChoices(people []colleague, chosen, without string, l lang.Lang) []choice {
	people = slices.Clone(people)
	for i, p := range people {
		if p.AwayUntil != "" {
			people[i].Name += " (" + lang.Text{SV: "borta till och med", EN: "away until"}.In(l) + " " + p.AwayUntil + ")"
		}
	}
	return peopleChoices(people, chosen, without)
}
