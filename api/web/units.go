package web

import "sluss/api"

// units are what the units of the organisation are called. However often a page asks,
// they are read once.
func (v *visit) units() ([]api.UnitNote, error) {
	if v.unitList == nil {
		found, err := v.site.Store.UnitNames(v.r.Context(), v.person.OrgID)
		if err != nil {
			return nil, err
		}
		for _, u := range found {
			v.unitList = append(v.unitList, api.UnitNote{ID: u.ID, Code: u.Code, Name: u.Name.In(v.lang)})
		}
	}
	return v.unitList, nil
}

// unitChoices are units to choose from, each by its id or by its code.
func unitChoices(units []api.UnitNote, by func(api.UnitNote) string) []choice {
	var out []choice
	for _, u := range units {
		out = append(out, choice{Value: by(u), Label: u.Name})
	}
	return out
}

// unitName is what the unit of a code is called, or the code.
func unitName(units []api.UnitNote, code string) string {
	for _, u := range units {
		if u.Code == code {
			return u.Name
		}
	}
	return code
}

func unitID(u api.UnitNote) string { return u.ID }

func unitCode(u api.UnitNote) string { return u.Code }
