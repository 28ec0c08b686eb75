package web

import (
	"cmp"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sluss/api"
	"sluss/model"
)

// The rows of lists, in which a template would spend more time than on all the rest of
// the page.

// CaseRows are the cases of a list.
func (v view) CaseRows(cases []api.CaseItem, units map[string]string) template.HTML {
	var b strings.Builder
	with, due, opened, changed := v.T("Hos", "With"), v.T("Senast", "Due"), v.T("Öppnades", "Opened"), v.T("Ändrat", "Changed")
	for _, c := range cases {
		b.WriteString(`<tr role="row">
    <td role="cell" class="first"><a href="/cases/` + url.PathEscape(c.CaseID) + `">` + template.HTMLEscapeString(c.Title) + `</a><span class="minor">`)
		if c.RegistryNo != "" {
			b.WriteString(template.HTMLEscapeString(c.RegistryNo) + " · ")
		}
		b.WriteString(template.HTMLEscapeString(units[c.OrgUnitID]) + `</span></td>
    <td role="cell"><span class="tag">` + template.HTMLEscapeString(c.StateLabel) + "</span></td>\n")
		whom, until := "–", (*time.Time)(nil)
		if w := c.Waiting; w != nil {
			whom, until = v.Role(w.Role), w.Due
			if w.Assignee != nil {
				whom = w.Assignee.Name
			}
			whom = template.HTMLEscapeString(whom) + `<span class="minor">` + template.HTMLEscapeString(w.StageLabel) + "</span>"
		}
		b.WriteString(`    <td role="cell" data-label="` + with + `">` + whom + "</td>\n")
		v.dueCell(&b, due, until, "–")
		v.cell(&b, opened, v.AgoOf(c.CreatedAt))
		v.cell(&b, changed, v.AgoOf(c.UpdatedAt))
		b.WriteString("  </tr>")
	}
	return template.HTML(b.String())
}

// TaskRows are the tasks in a part of the inbox.
func (v view) TaskRows(tasks []api.TaskItem, tab string) template.HTML {
	var b strings.Builder
	done, due, opened, changed := v.T("Klart", "Done"), v.T("Senast", "Due"), v.T("Öppnades", "Opened"), v.T("Ärendet ändrat", "Case changed")
	for _, t := range tasks {
		fresh := t.Viewed == nil && t.Status == model.TaskOpen && tab != "others"
		b.WriteString("\n" + `  <tr role="row"`)
		if fresh {
			b.WriteString(` class="new"`)
		}
		title := t.CaseTitle
		if title == "" {
			title = v.Asked(t.Question)
		}
		b.WriteString(`>
    <td role="cell" class="first"><a href="/tasks/` + url.PathEscape(t.TaskID) + `">` + template.HTMLEscapeString(title) + "</a>")
		if fresh {
			b.WriteString(` <span class="tag">` + v.T("Ny", "New") + "</span>")
		}
		b.WriteString("</td>\n" + `    <td role="cell">` + template.HTMLEscapeString(t.StageLabel) + `<span class="minor">` + template.HTMLEscapeString(v.holds(t, tab)) + "</span></td>\n")
		if tab == "done" {
			b.WriteString(`    <td role="cell" data-label="` + done + `">` + string(v.Day(t.Closed)) + "</td>\n")
		} else {
			v.dueCell(&b, due, t.Due, v.T("Ingen tid satt", "No time set"))
		}
		v.cell(&b, opened, v.AgoOf(t.Opened))
		v.cell(&b, changed, v.Ago(t.CaseUpdated))
		b.WriteString("  </tr>\n")
	}
	return template.HTML(b.String())
}

// holds says who has a task, or what the answer to it was, where a part of the inbox tells
// it.
func (v view) holds(t api.TaskItem, tab string) string {
	switch {
	case tab == "others" && t.Assignee != nil:
		return t.Assignee.Name
	case tab == "others":
		return v.Role(t.Role)
	case tab == "done":
		return api.OutcomeLabel(t.Outcome).In(v.Lang)
	case t.Assignee == nil && t.Status == model.TaskOpen:
		return v.T("Ingen har tagit den", "Nobody has taken it")
	}
	return ""
}

func (v view) cell(b *strings.Builder, label, text string) {
	b.WriteString(`    <td role="cell" data-label="` + label + `">` + template.HTMLEscapeString(text) + "</td>\n")
}

// dueCell says how long there is left, or another word where nothing ends.
func (v view) dueCell(b *strings.Builder, label string, due *time.Time, none string) {
	b.WriteString(`    <td role="cell" data-label="` + label + `"`)
	if v.Late(due) {
		b.WriteString(` class="late"`)
	}
	if b.WriteString(">"); due == nil {
		b.WriteString(none + "</td>\n")
		return
	}
	b.WriteString(template.HTMLEscapeString(v.Remaining(due)) + `<span class="minor">` + string(v.Day(due)) + "</span></td>\n")
}

// ToolRows are the tools of the register.
func (v view) ToolRows(tools []toolRow) template.HTML {
	var b strings.Builder
	whom, level := v.T("Av vem", "By whom"), v.T("Högst med information som är", "With information at most")
	for _, t := range tools {
		about := t.Product
		if about != "" && t.Supplier != "" {
			about += " · "
		}
		var units []string
		for _, u := range t.Units {
			units = append(units, u.Name)
		}
		b.WriteString(`
  <tr role="row">
    <td role="cell" class="first"><a href="/register/` + url.PathEscape(t.ID) + `">` + template.HTMLEscapeString(t.Tool) + `</a><span class="minor">` +
			template.HTMLEscapeString(about+t.Supplier) + `</span></td>
    <td role="cell"><span class="verdict ` + t.Verdict.Kind + `">` + template.HTMLEscapeString(t.Verdict.Word) + `</span><span class="minor">` +
			template.HTMLEscapeString(t.Verdict.Why) + "</span></td>\n")
		v.cell(&b, whom, strings.Join(units, ", "))
		b.WriteString(`    <td role="cell" data-label="` + level + `">` + strconv.Itoa(t.ApprovedMaxIPL) + " " + template.HTMLEscapeString(t.Level) +
			`<span class="minor">` + template.HTMLEscapeString(t.Data) + "</span></td>\n  </tr>")
	}
	return template.HTML(b.String())
}

// MessageRows are what a person has been told.
func (v view) MessageRows(messages []api.MessageItem) template.HTML {
	var b strings.Builder
	mark, back := v.T("Markera som läst", "Mark as read"), template.HTMLEscapeString(v.Path)
	for _, m := range messages {
		asked := template.HTMLEscapeString(v.Asked(m.Question))
		text, about, class, tag := template.HTMLEscapeString(m.Text), cmp.Or(template.HTMLEscapeString(m.CaseTitle), asked), "", ""
		if m.Read == nil {
			class, tag = ` class="new"`, ` <span class="tag">`+v.T("Ny", "New")+"</span>"
		}
		title, aside := text, text
		if about != "" {
			title, aside = text+": "+about, text+", "+about
		}
		b.WriteString("\n  <li" + class + `>
    <h2><a href="` + template.HTMLEscapeString(localPath(m.Link)) + `">` + title + "</a>" + tag + "</h2>\n")
		if what := cmp.Or(asked, template.HTMLEscapeString(m.Label)); m.CaseTitle != "" && what != "" {
			b.WriteString("    <p>" + template.HTMLEscapeString(m.Stage) + ": " + what + "</p>\n")
		}
		b.WriteString(`    <p>` + string(v.Minute(m.Created)))
		if m.LastDay != nil {
			b.WriteString(" · <strong>" + v.T("Senast", "Due") + " " + template.HTMLEscapeString(v.InWords(m.LastDay)) + "</strong>")
		}
		b.WriteString("</p>\n")
		if m.Read == nil {
			b.WriteString(`    <form method="post" action="/messages/` + url.PathEscape(m.MessageID) + `/read"><input type="hidden" name="back" value="` + back +
				`"><button class="plain">` + mark + `<span class="hidden">: ` + aside + "</span></button></form>\n")
		}
		b.WriteString("  </li>\n")
	}
	return template.HTML(b.String())
}

// Branches are units with those below them.
func (v view) Branches(units []unitBranch) template.HTML {
	var b strings.Builder
	v.writeBranches(&b, units)
	return template.HTML(b.String())
}

func (v view) writeBranches(b *strings.Builder, units []unitBranch) {
	in := " " + v.T("i", "in") + " "
	b.WriteString(`<ul class="tree">`)
	for _, u := range units {
		name, code := template.HTMLEscapeString(u.Name), template.HTMLEscapeString(u.Code)
		leads := func(to, label string) string {
			return `<a href="` + to + "?org_unit=" + url.QueryEscape(u.Code) + `">` + label + `<span class="hidden">` + in + name + "</span></a>"
		}
		b.WriteString(`<li>
  <p class="decided">` + name + ` <span class="minor-inline">` + code + `</span></p>
  <p class="minor">`)
		if u.ControllerType != "" {
			b.WriteString(template.HTMLEscapeString(u.ControllerType) + " · ")
		}
		b.WriteString(v.T("profil", "profile") + " " + template.HTMLEscapeString(u.Profile) + " · " +
			leads("/administration/people", v.T("Personer", "People")) + " · " + leads("/cases", v.T("Ärenden", "Cases")) + "</p>\n  ")
		if len(u.Functions) > 0 {
			b.WriteString(`<ul class="holders">`)
			for _, f := range u.Functions {
				b.WriteString("<li>" + template.HTMLEscapeString(f.Label) + `: <a href="/administration/people/` + url.PathEscape(f.Person.ID) + `">` +
					template.HTMLEscapeString(f.Person.Name) + "</a></li>")
			}
			b.WriteString("</ul>")
		}
		if b.WriteString("\n  "); len(u.Below) > 0 {
			v.writeBranches(b, u.Below)
		}
		b.WriteString("\n</li>")
	}
	b.WriteString("</ul>")
}
