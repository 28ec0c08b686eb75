// Package rulebook reads the guidelines, which are data: questions, words,
// conditions, deadlines and sources in YAML, with the conditions in CEL. It
// checks a rulebook when it is loaded, so that a mistake in it is found then
// and not in somebody's case, and it evaluates the conditions.
//
// A rulebook is a directory of YAML files. Every file may hold any of the top
// level keys; lists of the same key are joined in the order of the file names.
// Conditions may name
//
//   - facts (what triage reads) and, in forms, the fields of the forms;
//   - present.<field>: whether a field is answered;
//   - derived names, tables (an ordered list of rules where the first that
//     holds gives the value), lists (all the values whose rules hold) and
//     stage.<key>, which is a table of its own;
//   - param.<id>, a parameter as the profile sets it, and calendar.<key>, a
//     date of the legal calendar as "2006-01-02", empty when it has none.
//
// Beside CEL's operators there are intersects(a, b), union(a, b),
// without(a, b), join(list, separator), plus_days(date, n) and
// plus_months(date, n). A missing text or date is the empty string.
//
// Nothing here does arithmetic on the law: package assess holds the order in
// which the parts are evaluated, and the footprint.
//
// The package imports model/lang, model/calendar, CEL and YAML, and no other
// part of the product.
package rulebook
