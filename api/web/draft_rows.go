package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// rowsView is a list that is too large for its section: the risks of an impact
// assessment. The section shows it as a table, and each row has a page of its own.
type rowsView struct {
	Label, Help string
	Rows        []rowLine
	// Wanted are risks of the catalogue that follow from the case and are not in the
	// list, Catalogue the others that are not.
	Wanted, Catalogue []choice
	Found             *impactView
}

// rowLine is a row in the table of its list.
type rowLine struct {
	No            int
	Name          string
	Before, After string
	Measures      int
	Relevant      bool
	Missing       []string
}

// rowForm is the page of a row.
type rowForm struct {
	// No is which row it is, from 0; the number of rows for a new one.
	No       int
	New      bool
	Name     string
	Controls []control
	// Typical are measures that the catalogue names against the risk, Missing what
	// the row lacks.
	Typical, Missing []string
}

// large reports whether a list is shown as a table with a page for each row: one
// whose rows have lists of their own.
func large(f *rulebook.Field) bool {
	return f.Type == "list" && slices.ContainsFunc(f.Items, func(item *rulebook.Field) bool { return item.Type == "list" && len(item.Items) > 0 })
}

// largeIn is the large list of the section that is written, if it has one.
func (p draftPage) largeIn() *rulebook.Field {
	for _, q := range p.Questions {
		if f, ok := p.book.Field(q.ID); ok && q.Section == p.At.ID && large(f) {
			return f
		}
	}
	return nil
}

// rowsOf are the rows of a list.
func (d draft) rowsOf(f *rulebook.Field) []any {
	rows, _ := at(d.Answers, f.ID).([]any)
	return rows
}

// rowFaults are what the rules say of a row of a list.
func (d draft) rowFaults(f *rulebook.Field, no int) []string {
	var out []string
	at := "/answers" + f.Pointer() + "/" + strconv.Itoa(no)
	for _, fault := range d.Faults {
		if fault.Pointer == at || strings.HasPrefix(fault.Pointer, at+"/") {
			out = append(out, fault.Message)
		}
	}
	return out
}

// nameOf is what a row is called: a risk of the catalogue, or one of its own.
func nameOf(book *rulebook.Book, row map[string]any) string {
	if id, ok := row["risk"].(string); ok {
		return id
	}
	own, _ := row["own_risk"].(string)
	return own
}

// drawRows draws the table of a large list.
func (s *site) drawRows(v *visit, p *draftPage, f *rulebook.Field) {
	view := rowsView{Label: f.Text.In(v.lang), Help: f.Help.In(v.lang)}
	if p.Judgement != nil {
		view.Found = s.impactOf(v, p.Judgement.Result)
	}
	var used []string
	for i, value := range p.rowsOf(f) {
		row, _ := value.(map[string]any)
		measures, _ := row["measures"].([]any)
		id := nameOf(p.book, row)
		used = append(used, id)
		view.Rows = append(view.Rows, rowLine{
			No: i, Name: cmp.Or(p.book.Label("dpia_risk", id).In(v.lang), id), Relevant: row["relevant"] != false, Measures: len(measures),
			Before: v.levelOf(row, "initial"), After: v.levelOf(row, "residual"), Missing: p.rowFaults(f, i),
		})
	}
	var wanted []string
	if p.Judgement != nil {
		if r, ok := result[assess.DPIAResult](p.Judgement.Result); ok {
			wanted = r.Required
		}
	}
	if e, ok := p.book.Enum("dpia_risk"); ok {
		for _, risk := range e.Values {
			c := choice{Value: risk.ID, Label: risk.In(v.lang)}
			switch {
			case slices.Contains(used, risk.ID):
			case slices.Contains(wanted, risk.ID):
				view.Wanted = append(view.Wanted, c)
			default:
				view.Catalogue = append(view.Catalogue, c)
			}
		}
	}
	p.Rows = &view
}

// levelOf is the level of a row's risk before or after measures, "–" while one of
// its two steps is missing.
func (v *visit) levelOf(row map[string]any, when string) string {
	severity, _ := row[when+"_severity"].(float64)
	likelihood, _ := row[when+"_likelihood"].(float64)
	level, err := assess.RiskLevel(v.book, int(severity), int(likelihood))
	if err != nil || severity == 0 || likelihood == 0 {
		return "–"
	}
	return v.score(assess.RiskScore{Severity: int(severity), Likelihood: int(likelihood), Level: level})
}

// showRow shows the page of a row with what has been written, which is what the
// record has unless a form was sent.
func (s *site) showRow(v *visit, status int, p draftPage, f *rulebook.Field, form url.Values, problem *client.Problem) error {
	rows := p.rowsOf(f)
	no, err := strconv.Atoi(v.r.URL.Query().Get("row"))
	if v.r.URL.Query().Get("row") == "new" {
		no, err = len(rows), nil
	}
	if err != nil || no < 0 || no > len(rows) {
		return errNoPage
	}
	r := rowForm{No: no, New: no == len(rows), Missing: p.rowFaults(f, no)}
	row := map[string]any{}
	if !r.New {
		row, _ = rows[no].(map[string]any)
	} else if risk := v.r.URL.Query().Get("risk"); risk != "" {
		row = map[string]any{"risk": risk, "relevant": true}
	}
	name := "a." + f.ID + "." + strconv.Itoa(no)
	if form != nil {
		row, _ = parts(form, f.Items, name).(map[string]any)
	}
	page := decisionForm{ETag: p.ETag, Wrong: wrongOf(problem)}
	draw := paper{book: p.book, lang: v.lang, wrong: page.Wrong, more: form.Get("more")}
	r.Controls = draw.parts(f.Items, name, "/answers"+f.Pointer()+"/"+strconv.Itoa(no), row)
	for i := range r.Controls {
		draw.scale(&r.Controls[i])
		expected(&r.Controls[i])
	}
	id := nameOf(p.book, row)
	r.Name = cmp.Or(p.book.Label("dpia_risk", id).In(v.lang), id, lang.Text{SV: "Ny risk", EN: "New risk"}.In(v.lang))
	if rule, ok := p.book.Rule(id); ok {
		for _, m := range rule.Measures {
			r.Typical = append(r.Typical, p.book.Label("dpia_measure", m).In(v.lang))
		}
	}
	page.add("", control{Parts: r.Controls})
	if problem != nil {
		page.Faults = page.faults(problem)
	}
	p.Form, p.Row = page, &r
	return v.show(status, "draft", view{Title: r.Name + ": " + p.Case, Page: p, Problem: problem})
}

// voluntary are the parts of a row that may be left out of a whole one (DP-20).
var voluntary = []string{"own_risk", "not_relevant_reason", "accepted_by", "text", "before_use"}

// expected says of a part of a row that it is wanted. Only the rules, which know the
// row as a whole, say that it is missing.
func expected(c *control) {
	name := c.Name[strings.LastIndex(c.Name, ".")+1:]
	c.Needed = !slices.Contains(voluntary, name)
	for _, row := range c.Rows {
		for i := range row {
			expected(&row[i])
		}
	}
}

// scale draws a step from 1 to 4 with the words of the scale (rulebook 5.4).
func (p paper) scale(c *control) {
	enum := ""
	switch {
	case strings.HasSuffix(c.Name, "_severity"):
		enum = "dpia_severity"
	case strings.HasSuffix(c.Name, "_likelihood"):
		enum = "dpia_likelihood"
	}
	e, ok := p.book.Enum(enum)
	if !ok {
		return
	}
	c.Kind, c.Few, c.Bounds = "choice", true, ""
	for _, step := range e.Values {
		c.Choices = append(c.Choices, choice{step.ID, step.ID + " " + step.In(p.lang), step.ID == c.Value})
	}
}

// writeRow saves a row, or takes it away.
func (s *site) writeRow(v *visit, p draftPage, f *rulebook.Field) error {
	form := v.r.PostForm
	if form.Has("more") {
		return s.showRow(v, http.StatusOK, p, f, form, nil)
	}
	rows := slices.Clone(p.rowsOf(f))
	no, err := strconv.Atoi(form.Get("no"))
	if err != nil || no < 0 || no > len(rows) {
		return errNoPage
	}
	row := parts(form, f.Items, "a."+f.ID+"."+strconv.Itoa(no))
	switch {
	case form.Get("do") == "remove" && no < len(rows):
		rows = slices.Delete(rows, no, no+1)
	case no < len(rows) && row != nil:
		rows[no] = row
	case row != nil:
		rows = append(rows, row)
	}
	answers := copied(p.Answers)
	put(answers, f.ID, rows)
	_, err = v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPut, Path: p.api, Body: map[string]any{"answers": answers}, IfMatch: form.Get("etag"),
	}, nil)
	var problem *client.Problem
	here := p.page + "?section=" + url.QueryEscape(p.At.ID)
	switch {
	case err == nil && form.Get("do") == "stay":
		return v.redirect(here + "&row=" + strconv.Itoa(no) + "&saved")
	case err == nil:
		return v.redirect(here + "&saved")
	case !errors.As(err, &problem) || problem.Code == string(model.CodeStepUp) || problem.Status >= 500:
		return err
	}
	return s.showRow(v, problem.Status, p, f, form, problem)
}
