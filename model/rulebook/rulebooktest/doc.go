// Package rulebooktest answers the questions of a rulebook for tests: with the
// least that a form takes, and with the answers against which the fewest rules
// speak. It knows nothing of how answers are sent; what a form still lacks is told
// by its caller. It may import the rulebook and the standard library, and only
// tests and the packages that help them import it.
package rulebooktest
