// Package model says what a case is: its states, stages, tasks, decisions and
// conditions, the events that record them, the people who act and the errors
// they meet. It knows nothing of Temporal, HTTP or SQL and imports only the
// standard library and its own pure sub-packages; model/store, which keeps the
// record, is the one exception and is imported by nobody in here.
//
// Section numbers in comments (for example "rulebook 9.2") refer to the
// rulebook se-kommun, whose rules carry the identifiers used in the code.
package model
