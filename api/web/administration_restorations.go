package web

import (
	"net/http"
	"net/url"

	"sluss/api"
	"sluss/api/client"
	"sluss/model/access"
	"sluss/model/lang"
)

// whileWaiting are the pages that are shown while a record that was put back from a
// backup waits for approval: whoever may approve it has to sign in and to read what it
// is.
var whileWaiting = map[string]bool{
	"GET /sign-in":                      true,
	"POST /sign-in":                     true,
	"GET /sign-in/{provider}":           true,
	"GET /sign-in/{provider}/callback":  true,
	"POST /sign-out":                    true,
	"POST /language":                    true,
	"GET /administration/restorations":  true,
	"POST /administration/restorations": true,
}

// waits reports whether the record waits for approval.
func (v *visit) waits() bool { return v.site.Waits != nil && v.site.Waits() }

// restorationsPage is what was put back from backups, the newest first.
type restorationsPage struct {
	Items []restorationRow
	// May is true for those who may approve, Key is of the next try, and Done is true
	// when it has just been approved.
	May  bool
	Key  string
	Done bool
}

// restorationRow is a restoration as somebody sees it.
type restorationRow struct {
	api.RestorationItem
	// Own is true for who has restored it, who does not approve it.
	Own bool
	// Lost is how many events are gone that a checkpoint had.
	Lost int64
}

func (s *site) restorations(v *visit) error { return s.showRestorations(v, nil) }

func (s *site) showRestorations(v *visit, problem *client.Problem) error {
	var all api.Page[api.RestorationItem]
	if err := v.get("/restorations", url.Values{"limit": {"100"}}, &all); err != nil {
		return err
	}
	p := restorationsPage{
		May: executes(access.Administer)(v.person.Actor()), Key: keyAfter(v.r.PostForm, problem), Done: v.r.URL.Query().Get("done") != "",
	}
	for _, r := range all.Items {
		p.Items = append(p.Items, restorationRow{r, r.RestoredBy != nil && r.RestoredBy.ID == v.person.ID, max(r.Kept-r.TreeSize, 0)})
	}
	return v.showAdministration("administration-restorations", lang.Text{SV: "Återställningar", EN: "Restorations"}, p, problem)
}

// approveRestoration lets the record be used, as the second person.
func (s *site) approveRestoration(v *visit) error {
	err := v.send(http.MethodPost, "/restorations/"+url.PathEscape(v.r.PostForm.Get("restoration"))+"/approval", nil, "")
	if problem := refusalOf(err); problem != nil {
		return s.showRestorations(v, problem)
	} else if err != nil {
		return err
	}
	return v.redirect("/administration/restorations?done=approve")
}
