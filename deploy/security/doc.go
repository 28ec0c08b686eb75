// Package security holds what shows how safe Sluss is: asvs.csv holds the program
// against OWASP ASVS 5.0.0, by the ids of its requirements and in words of our own,
// and sbom writes what it is made of. It imports nothing.
//
// A row of asvs.csv is met, partly, not applicable or not yet. Its evidence are the
// names of tests and files; a test checks that each is there. Rows are changed with
// the code that they are about.
package security
