package assess

import "sluss/model"

// InterimEntry composes the entry of an existing tool that may be used while it is
// being assessed (EX-01): what the intake tells of it, on the terms that the
// information owner and the CISO have given. Nothing has been assessed yet: no
// secrecy and no special category is approved, and personal data only as far as the
// level goes. Names are replaced as in RegisterEntry.
func InterimEntry(in RegisterInput, terms model.InterimTerms) model.RegisterEntry {
	in.Outcomes, in.Answers = nil, nil
	e, _ := RegisterEntry(in)
	r := registrar{RegisterInput: in, answers: in.intake()}
	e.Status, e.ValidUntil = model.RegisterInterim, terms.AllowedUntil
	e.ApprovedMaxIPL, e.ApprovedUses = terms.IPL, r.withoutNames(append([]string{}, terms.Uses...))
	e.PersonalData = r.widestScope(terms.IPL)
	return e
}
