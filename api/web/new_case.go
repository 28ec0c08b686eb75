package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
)

// newCase asks what a new case is called and about; the rest is asked in its draft.
type newCase struct {
	Key, Title, Product string
	// Base is the tool of the register that the case builds on, nil for none.
	Base *api.ToolItem
	// Tools are in the register already and Similar under review: they are shown
	// before one more case is opened.
	Tools   []toolRow
	Similar []similarCase
}

// similarCase is a case that may already answer the question.
type similarCase struct {
	api.SimilarNote
	Unit string
	// Reads is true when the person may open it.
	Reads bool
}

// readNewCase reads what has been filled in.
func (v *visit) readNewCase(form url.Values) (newCase, error) {
	p := newCase{
		Key: form.Get("key"), Title: strings.TrimSpace(form.Get("title")), Product: strings.TrimSpace(form.Get("product")),
	}
	if id := form.Get("based_on"); id != "" {
		p.Base = &api.ToolItem{}
		if err := v.get("/register/"+url.PathEscape(id), nil, p.Base); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (s *site) newCasePage(v *visit) error {
	if access.CanOpenCase(v.person.Actor()) != nil {
		return errNoPage
	}
	p, err := v.readNewCase(v.r.URL.Query())
	if err != nil {
		return err
	}
	p.Key = client.NewKey()
	return v.show(http.StatusOK, "new-case", view{Section: "inbox", Page: p})
}

// openCase opens a case. What is approved or under review already is shown first,
// unless the case is about another use of it.
func (s *site) openCase(v *visit) error {
	form := v.r.PostForm
	p, err := v.readNewCase(form)
	if err != nil {
		return err
	}
	if form.Get("do") != "anyway" && p.Base == nil {
		if err := s.already(v, &p); err != nil {
			return err
		}
		if len(p.Tools)+len(p.Similar) > 0 {
			return v.show(http.StatusOK, "already", view{Section: "inbox", Title: p.Title, Page: p})
		}
	}
	var receipt model.Receipt
	_, err = v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPost, Path: "/api/v1/cases", Key: p.Key, Body: map[string]any{"answers": p.answers()},
	}, &receipt)
	var problem *client.Problem
	if errors.As(err, &problem) && problem.Status < 500 {
		p.Key = client.NewKey()
		return v.show(problem.Status, "new-case", view{Section: "inbox", Page: p, Problem: problem})
	}
	if err != nil {
		return err
	}
	return v.redirect("/cases/" + receipt.CaseID + "/intake?section=A")
}

// answers are the answers of the intake that are known from the start.
func (p newCase) answers() map[string]any {
	known := map[string]string{"title": p.Title, "product_name": p.Product}
	if p.Base != nil {
		known["based_on_register_entry"], known["product_name"] = p.Base.ID, p.Base.Product
		known["provider_name"], known["kind"] = p.Base.Supplier, p.Base.Kind
	}
	answers := map[string]any{}
	for name, value := range known {
		if value != "" {
			answers[name] = value
		}
	}
	return answers
}

// maxAlready is how many tools and cases are shown before one more is opened.
const maxAlready = "5"

// already looks for what is approved or under review: by the product, or by the
// whole title where no product was written.
func (s *site) already(v *visit, p *newCase) error {
	words := p.Product
	if words == "" {
		words = p.Title
	}
	if words == "" || access.CanOpenCase(v.person.Actor()) != nil {
		return nil
	}
	var tools api.Page[api.ToolItem]
	if err := v.get("/register", url.Values{"q": {words}, "limit": {maxAlready}}, &tools); err != nil {
		return err
	}
	for _, t := range tools.Items {
		p.Tools = append(p.Tools, s.toolRow(v, t))
	}
	var similar api.Page[api.SimilarNote]
	if err := v.get("/similar-cases", url.Values{"product": {words}, "limit": {maxAlready}}, &similar); err != nil {
		return err
	}
	// A case whose tool is in the register is shown once, as the tool.
	similar.Items = slices.DeleteFunc(slices.Clone(similar.Items), func(c api.SimilarNote) bool {
		return slices.ContainsFunc(p.Tools, func(t toolRow) bool { return t.CaseID == c.CaseID })
	})
	if len(similar.Items) == 0 {
		return nil
	}
	units, err := v.units()
	if err != nil {
		return err
	}
	var mine api.Page[api.CaseItem]
	if err := v.get("/cases", url.Values{"product": {words}, "limit": {"100"}}, &mine); err != nil {
		return err
	}
	for _, c := range similar.Items {
		row := similarCase{SimilarNote: c}
		row.Reads = slices.ContainsFunc(mine.Items, func(m api.CaseItem) bool { return m.CaseID == c.CaseID })
		if i := slices.IndexFunc(units, func(u api.UnitNote) bool { return u.ID == c.OrgUnitID }); i >= 0 {
			row.Unit = units[i].Name
		}
		p.Similar = append(p.Similar, row)
	}
	return nil
}
