//go:build !slim

package main

import "testing"

// approvedOnPages looks at the pages of a server that waits for approval, and approves
// as the second administrator.
func (w *world) approvedOnPages(t *testing.T) {
	t.Helper()
	const page = "/administration/restorations"
	chrome := chromium(t)
	show(t, chrome, w, []place{
		{"restored", "", "/cases"},
		{"restored-signed-in", "adam", "/"},
		{"restored-own", "adam", page},
		{"restored-approve", "eva", page},
	})
	eva := window(t, chrome, w, "sv")
	eva.signIn("eva")
	eva.sees("Återställd från säkerhetskopia, inte godkänd")
	eva.open(page)
	eva.press("main form .button")
	eva.sees("Sluss är öppet igen", "Godkänd")
	eva.accessible("an approved restoration")
	eva.picture("restored-approved-sv")
}
