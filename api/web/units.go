package web

import "sluss/api"

// units are the units of the organisation. However often a page asks, they are read
// once.
func (v *visit) units() ([]api.UnitItem, error) {
	if v.unitList == nil {
		found, err := all[api.UnitItem](v, "/units")
		if err != nil {
			return nil, err
		}
		v.unitList = found
	}
	return v.unitList, nil
}

// unitChoices are units to choose from, each by its id or by its code.
func unitChoices(units []api.UnitItem, by func(api.UnitItem) string) []choice {
	var out []choice
	for _, u := range units {
		out = append(out, choice{Value: by(u), Label: u.Name})
	}
	return out
}

// unitName is what the unit of a code is called, or the code.
func unitName(units []api.UnitItem, code string) string {
	for _, u := range units {
		if u.Code == code {
			return u.Name
		}
	}
	return code
}

func unitID(u api.UnitItem) string { return u.ID }

func unitCode(u api.UnitItem) string { return u.Code }
