//go:build !slim

package apitest_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
)

// secretName is a name that no member of an answer may have.
var secretName = regexp.MustCompile(`(^|_)(password|secret|salt|token|token_hash|body_hash|request_key)$`)

// TestOWASPAPI3PropertyLevel attacks authorisation of properties (OWASP API3:2023):
// no body takes a member that it does not declare, what the program sets cannot be
// sent, and no answer has a member that is a secret.
func TestOWASPAPI3PropertyLevel(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{}, nil)
	contract, err := apitest.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range contract.Components.Schemas {
		for member := range s.Properties {
			once := name == "NewToken" // to whoever makes it
			if secretName.MatchString(member) && !once {
				t.Errorf("%s tells %s", name, member)
			}
		}
	}
	bodies := 0
	for _, op := range operations(contract) {
		if op.RequestBody == nil {
			continue
		}
		for _, content := range op.RequestBody.Content {
			bodies++
			if s := contract.Resolve(content.Schema); string(s.AdditionalProperties) != "false" {
				t.Errorf("%s takes members that it does not declare", op.OperationID)
			}
		}
	}
	if bodies < 40 {
		t.Errorf("only %d bodies", bodies)
	}
	id := h.Draft("owner", m{"title": "Ett"})
	h.Unchanged(func() {
		for _, member := range []string{
			"id", "case_id", "org_id", "state", "version", "revision", "actor_id", "decided_by", "owner_id", "roles", "tier", "blockers", "rulebook_digest",
			"created_at", "__proto__", "constructor",
		} {
			for _, c := range []apitest.Call{
				{Method: http.MethodPost, Path: "/cases", Body: m{"answers": m{}, member: "x"}, Header: apitest.Key()},
				{Method: http.MethodPut, Path: "/cases/" + id + "/intake", Body: m{"answers": m{}, member: "x"}, Header: `If-Match: "1"`},
				{Method: http.MethodPost, Path: "/cases/" + id + "/withdrawal", Body: m{"reason": "r", member: "x"}, Header: "If-Match: \"0\"\n" + apitest.Key()},
			} {
				c.As = "owner"
				p := h.Do(c).Problem(http.StatusUnprocessableEntity, "invalid")
				if len(p.Errors) == 0 || !strings.HasSuffix(p.Errors[0].Pointer, member) {
					t.Errorf("%s in %s: %+v", member, c.Path, p.Errors)
				}
			}
		}
		// Answers that only the program gives.
		for _, f := range questionsOf(bookOf(t)) {
			if !f.System || strings.Contains(f.ID, ".") {
				continue
			}
			h.Do(apitest.Call{
				Method: http.MethodPut, Path: "/cases/" + id + "/intake", As: "owner", Body: m{"answers": m{f.ID: "x"}}, Header: `If-Match: "1"`,
			}).Problem(http.StatusUnprocessableEntity, "invalid")
		}
	})
}
