package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

// toolPage is what the register says of a tool, for those who use it.
type toolPage struct {
	api.Tool
	Row toolRow
	// MyUnit is what the reader's unit is called, "" for nobody's.
	MyUnit string
	// Special, KindWord, Groups, DecisionWord and Duties are codes of the tool in words.
	Special, Groups []string
	KindWord        string
	DecisionWord    string
	Duties          []lang.Text
	Conditions      []toolCondition
	Stricter        []api.ToolUnit
	// Case is true when the reader may read the case behind the tool, MayOpen when
	// they may open one that builds on it.
	Case, MayOpen bool
}

// toolCondition is a condition that is open, and when it is to be met.
type toolCondition struct {
	api.ToolCondition
	When string
}

func (s *site) registerEntry(v *visit) error {
	var p toolPage
	if err := v.get("/register/"+url.PathEscape(v.r.PathValue("id")), nil, &p.Tool); err != nil {
		return err
	}
	if p.InternalTool == nil || p.ToolDetail == nil {
		return errNoPage
	}
	var me api.Me
	if err := v.get("/me", nil, &me); err != nil {
		return err
	}
	for _, u := range me.Units {
		if u.Code == me.OrgUnit {
			p.MyUnit = u.Name
		}
	}
	p.Row = s.toolRow(v, p.ToolItem)
	s.describeTool(v, &p)
	var err error
	if p.Case, err = v.reads(p.CaseID); err != nil {
		return err
	}
	p.MayOpen = p.Status == model.RegisterActive && access.CanOpenCase(v.person.Actor()) == nil
	return v.show(http.StatusOK, "register-entry", view{Section: "register", Title: p.Tool.Tool, Page: p})
}

// describeTool gives the codes of a tool their words.
func (s *site) describeTool(v *visit, p *toolPage) {
	words := func(enum string, codes []string) []string {
		var out []string
		for _, code := range codes {
			out = append(out, s.Book.Label(enum, code).In(v.lang))
		}
		return out
	}
	p.Special, p.Groups = words("special_categories", p.SpecialCategories), words("user_groups", p.UserGroups)
	p.KindWord = s.Book.Label("kind", p.Kind).In(v.lang)
	p.DecisionWord = s.Book.Label("decision_role", p.DecisionRole).In(v.lang)
	for _, c := range p.ConditionsOpen {
		p.Conditions = append(p.Conditions, toolCondition{c, dueKindWords(c.DueKind, c.DueDate, v.lang)})
	}
	for _, u := range p.Units {
		if u.Conditions != "" {
			p.Stricter = append(p.Stricter, u)
		}
	}
	for _, code := range p.Transparency {
		p.Duties = append(p.Duties, s.duty(code))
	}
}

// duty is what a duty of transparency asks (AI Act 50), by its code in the rulebook.
func (s *site) duty(code string) lang.Text {
	for _, rule := range s.Book.List("transparency") {
		if rule.Value == code {
			return rule.Text
		}
	}
	return lang.Text{SV: "AIA " + code, EN: "AIA " + code}
}

// dueKindWords say when a condition is to be met.
func dueKindWords(kind model.DueKind, date string, l lang.Lang) string {
	for _, d := range dueWords {
		if d.kind == kind && date == "" {
			return d.text.In(l)
		}
	}
	return date
}

// DueOf says when a condition is to be met.
func (v view) DueOf(c api.ConditionItem) string { return dueKindWords(c.DueKind, c.DueDate, v.Lang) }

// reads reports whether the person may read a case, by what costs least to read.
func (v *visit) reads(caseID string) (bool, error) {
	if caseID == "" {
		return false, nil
	}
	var none api.Page[api.ConditionItem]
	err := v.get("/cases/"+url.PathEscape(caseID)+"/conditions", url.Values{"limit": {"1"}}, &none)
	var p *client.Problem
	if errors.As(err, &p) && (p.Status == http.StatusNotFound || p.Status == http.StatusForbidden) {
		return false, nil
	}
	return err == nil, err
}

// Figure is a number as it is written in the page's language.
func (v view) Figure(x float64) string {
	text := strconv.FormatFloat(x, 'f', -1, 64)
	if v.SV() {
		return strings.Replace(text, ".", ",", 1)
	}
	return text
}
