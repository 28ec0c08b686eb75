package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/model/lang"
	"sluss/model/store"
)

// publicPage is the register as everybody may read it (L-51, rulebook 9.7): a list,
// or one tool.
type publicPage struct {
	list[api.PublicTool]
	Org  store.Organisation
	Q    string
	More string
	Tool api.PublicTool
}

var publicTitle = lang.Text{SV: "Godkända AI-verktyg", EN: "Approved AI tools"}

// publicRegisters leads to the only register there is, or lists whose there are.
func (s *site) publicRegisters(v *visit) error {
	orgs, err := s.Store.Organisations(v.r.Context())
	if err != nil {
		return err
	}
	if len(orgs) == 1 {
		return v.redirect("/register/public/" + url.PathEscape(orgs[0].ID))
	}
	return v.show(http.StatusOK, "register-public-all", view{Title: publicTitle.In(v.lang), Page: orgs})
}

// publicOrg is the organisation that the path names.
func (s *site) publicOrg(v *visit) (store.Organisation, error) {
	orgs, err := s.Store.Organisations(v.r.Context())
	if err != nil {
		return store.Organisation{}, err
	}
	i := slices.IndexFunc(orgs, func(o store.Organisation) bool { return o.ID == v.r.PathValue("org") })
	if i < 0 {
		return store.Organisation{}, errNoPage
	}
	return orgs[i], nil
}

// publicRegister lists what is public. It is read as nobody, whoever has signed in,
// so that it shows no more than what everybody sees.
func (s *site) publicRegister(v *visit) error {
	org, err := s.publicOrg(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	p := publicPage{Org: org, Q: strings.TrimSpace(q.Get("q"))}
	ask := counted(25)
	ask.Set("organisation", org.ID)
	for name, value := range map[string]string{"q": p.Q, "cursor": q.Get("at")} {
		if value != "" {
			ask.Set(name, value)
		}
	}
	if err := v.getPublic("/register", ask, &p.Page); err != nil {
		return err
	}
	p.More = v.more(p.NextCursor)
	return v.show(http.StatusOK, "register-public", view{Title: publicTitle.In(v.lang) + ", " + org.Name, Page: p})
}

func (s *site) publicTool(v *visit) error {
	org, err := s.publicOrg(v)
	if err != nil {
		return err
	}
	p := publicPage{Org: org}
	err = v.getPublic("/register/"+url.PathEscape(v.r.PathValue("id")), url.Values{"organisation": {org.ID}}, &p.Tool)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "register-public-tool", view{Title: p.Tool.Tool, Page: p})
}
