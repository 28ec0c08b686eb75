// Package store keeps the record in SQL, on SQLite and on PostgreSQL, behind one
// small interface for each concern. It is the only package of model that imports
// bun and the drivers, and nobody outside it sees either.
//
// Every row and every key carries the organisation. Times are made in Go, UTC,
// in whole microseconds. A function that writes takes one connection, holds it
// for one transaction and asks for no second one inside: a pool of one is enough
// for everything in here.
//
// transition.go says how a step of the process is recorded, from locking the case
// to the command's answer; checks.go what may stop it; submission.go, decision.go
// and effects.go what it writes; describe.go and journal.go how the events tell of
// it. Lists are written with bun; what is on an act's way is prepared
// (prepared.go), and on PostgreSQL sent together (tx.go).
package store
