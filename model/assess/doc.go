// Package assess judges a case by the rulebook: triage, the threshold of the
// impact assessment and the environmental footprint. The rules are data in
// the rulebook; this package holds the order in which they are evaluated and
// the arithmetic. Everything here is a pure function: facts in, result out,
// and every result names the rules behind it with their sources.
//
// The package imports model, model/rulebook, model/lang and model/calendar only.
package assess
