package assess_test

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/assess"
)

// What may be used meanwhile is what the two have said, and nothing that has to be
// assessed first (EX-01).
func TestInterimEntry(t *testing.T) {
	t.Parallel()
	in, _ := approved(t, "wc-2")
	in.People = []assess.RegisterPerson{{Role: model.RoleSystemOwner, ID: "p1", Name: "Sten Sluss"}}
	for level, scope := range map[int]model.DataScope{
		0: model.DataNotApproved, 1: model.DataIncidentalOnly, 2: model.DataApproved, 3: model.DataApproved,
	} {
		e := assess.InterimEntry(in, model.InterimTerms{AllowedUntil: "2027-01-31", IPL: level, Uses: []string{"utkast av Sten Sluss"}})
		if e.Status != model.RegisterInterim || e.ValidUntil != "2027-01-31" || e.ApprovedMaxIPL != level || e.PersonalData != scope ||
			len(e.SpecialCategories) > 0 || len(e.SecrecyProvisions) > 0 || !slices.Equal(e.ApprovedUses, []string{"utkast av systemägare"}) ||
			e.Tool == "" || e.SystemOwnerID != "p1" {
			t.Errorf("level %d: %+v", level, e)
		}
	}
}
