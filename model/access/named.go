package access

import "sluss/model"

// Clash is a person who is named for a function that the same person may not have
// beside what they are already.
type Clash struct {
	// Named is the place of the later of the two among those who are named.
	Named int
	// Rule is the rule that keeps the functions apart, Has the function that
	// stands in the way.
	Rule string
	Has  model.Role
}

// Clashes compares the people whom a case names with each other, with what they
// have done in the case and with their roles in the organisation (SOD-01 to
// SOD-03). Each pair of functions is told of once, at the one named later.
func Clashes(named, acted []model.CasePerson, roles func(personID string) []model.Role) []Clash {
	var out []Clash
	for i, n := range named {
		if has, rule := inTheWay(n, append(acted[:len(acted):len(acted)], named[:i]...), roles(n.PersonID)); rule != "" {
			out = append(out, Clash{i, rule, has})
		}
	}
	return out
}

// inTheWay returns the first function of the person that must be apart from the
// one for which they are named.
func inTheWay(n model.CasePerson, others []model.CasePerson, roles []model.Role) (model.Role, string) {
	for _, o := range others {
		if o.PersonID != n.PersonID || o.Role == n.Role {
			continue
		}
		if rule := Conflict([]model.Role{o.Role}, nil, n.Role); rule != "" {
			return o.Role, rule
		}
	}
	for _, has := range roles {
		if rule := Conflict(nil, []model.Role{has}, n.Role); rule != "" {
			return has, rule
		}
	}
	return "", ""
}
