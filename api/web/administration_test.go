package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// The pages of the administration and who may read them: each is shown to whom the API
// lets read what it is about, in both languages, and refused to others.
func TestAdministrationIsForWhomTheAPILets(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.Draft("owner", map[string]any{"title": "Ett utkast"})
	const all = "admin dpo head employee"
	for path, may := range map[string]string{
		"/administration": all, "/administration/queues": all, "/administration/people": all, "/administration/people/dpo": all,
		"/administration/units": all, "/administration/rulebooks": all, "/administration/rulebooks/se-kommun": all,
		"/administration/rulebooks/se-kommun?profile=lidkoping": all, "/administration/rulebooks/se-kommun/rules?q=HS-01": all,
		"/administration/rulebooks/se-kommun/questions": all, "/administration/rulebooks/se-kommun/questions?part=environment": all,
		"/administration/rulebooks/se-kommun/act/publication": all, "/delegations": all, "/delegations?all=true": all, "/delegations/new": all,
		"/administration/retriages": all, "/administration/retriages?status=": all,
		"/administration/statistics": "admin dpo", "/administration/yearly-report": "admin dpo", "/administration/overrides": "admin dpo",
		"/administration/rulebooks/se-kommun/impact": "admin dpo", "/administration/log": "admin dpo", "/administration/disposals": "admin dpo",
		"/administration/messages": "admin",
	} {
		for _, user := range strings.Fields(all) {
			b, want := h.signedIn(t, user), http.StatusForbidden
			if strings.Contains(may, user) {
				want = http.StatusOK
			}
			for _, lang := range []string{"sv", "en"} {
				sep := "?"
				if strings.Contains(path, "?") {
					sep = "&"
				}
				if got := b.get(path + sep + "lang=" + lang); got.status != want {
					t.Errorf("%s as %s in %s: %d, want %d", path, user, lang, got.status, want)
				}
			}
		}
	}
}
