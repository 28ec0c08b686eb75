package access

import "sluss/model"

// ProposesRulebooks returns the role in which the actor may propose a version of the
// rulebook, or take a proposal back (rulebook 10, "Configure rulebook"). The auditor
// writes nothing (SOD-09).
func ProposesRulebooks(a model.Actor) (model.Role, bool) {
	if a.Has(model.RoleAuditor) {
		return "", false
	}
	for _, r := range []model.Role{
		model.RoleAdministrator, model.RoleCISO, model.RoleLegalCounsel, model.RoleDPO, model.RoleEnvironmentReviewer,
	} {
		if a.Has(r) {
			return r, true
		}
	}
	return "", false
}

// PublishesRulebooks reports whether the actor may publish what somebody else has
// proposed, and otherwise the rule behind that, if there is one: the administrator
// does, and the DPO never (SOD-02), whatever else they are.
func PublishesRulebooks(a model.Actor) (rule string, ok bool) {
	switch {
	case a.Has(model.RoleDPO):
		return "SOD-02", false
	case a.Has(model.RoleAuditor):
		return "SOD-09", false
	}
	return "", a.Has(model.RoleAdministrator)
}

// ReadsProposals reports whether the actor may read versions that are not published:
// those who propose them, and the auditor.
func ReadsProposals(a model.Actor) bool {
	_, proposes := ProposesRulebooks(a)
	return proposes || a.Has(model.RoleAuditor)
}
