//go:build !slim

package apitest_test

import (
	"net/http"
	"slices"
	"testing"
)

// everybodysWrites are the operations that change something and that a person with
// no other role than that of a user may do.
var everybodysWrites = []string{"comment", "open-case", "read-message", "report-incident"}

// TestOWASPAPI5FunctionLevel attacks authorisation of functions (OWASP API5:2023).
// The auditor writes nothing anywhere (SOD-09), and an employee without a role does
// only what everybody may, whichever object that there is they aim at.
func TestOWASPAPI5FunctionLevel(t *testing.T) {
	t.Parallel()
	o, known := inhabited(t)
	o.Unchanged(func() {
		for _, call := range everyOperation(t, known.objects) {
			for _, as := range []string{"auditor", "employee"} {
				if !call.writes() || as == "employee" && slices.Contains(everybodysWrites, call.OperationID) {
					continue
				}
				call.As = as
				if a := o.Do(call.Call); a.Code < 400 {
					t.Errorf("%s as %s: %d %s", call.OperationID, as, a.Code, a.Body)
				}
			}
		}
	})
	// Nobody becomes somebody else by saying so.
	for _, header := range []string{"X-User: admin", "X-Roles: administrator", "X-HTTP-Method-Override: GET", "X-Original-URL: /api/v1/messages", "X-Forwarded-User: admin"} {
		c := everyOperation(t, known.objects)[0].Call
		c.Method, c.Path, c.As, c.Body, c.Header = http.MethodGet, "/messages", "employee", nil, header
		o.Do(c).Problem(http.StatusForbidden, "forbidden")
	}
}
