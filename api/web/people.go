package web

// colleague is somebody whom an answer may name. AwayUntil is the last day, in Sweden,
// that they are away, or "".
type colleague struct{ ID, Name, AwayUntil string }

// colleagues are the people of the organisation.
func (v *visit) colleagues() ([]colleague, error) {
	people, err := v.site.Store.People(v.r.Context(), v.person.OrgID)
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
