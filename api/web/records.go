package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// recordsPage is what is kept beside a case, one table for each kind of record.
type recordsPage struct {
	onCase
	Tables []recordTable
	// None are the kinds of which there is nothing.
	None []recordTable
}

// recordTable is the records of one kind.
type recordTable struct {
	Label string
	Heads []string
	Dated bool
	Rows  []recordRow
	// Add is where one more is begun, "" where the reader may not.
	Add string
}

// recordRow is a record in a table. Due says when something is due.
type recordRow struct {
	Href, Name string
	Cells      []string
	Due, Left  string
	Late       bool
	Ended      bool
}

// maxColumns is how many answers of a record a table shows.
const maxColumns = 4

// columnsOf are the answers that a table of a kind of record shows: the name, then
// what has to be answered, then the rest.
func columnsOf(form *rulebook.Book, kind model.RecordKind) []*rulebook.Field {
	spec, _ := model.Record(kind)
	fields := slices.DeleteFunc(fieldsOf(form, kind), func(f *rulebook.Field) bool {
		return f.ID == fieldEnded || f.Type == "text" || f.Type == "list" || slices.Contains(spec.Due, f.ID)
	})
	slices.SortStableFunc(fields, func(a, b *rulebook.Field) int {
		rank := func(f *rulebook.Field) int {
			switch {
			case f.ID == spec.Name:
				return 0
			case f.Required:
				return 1
			}
			return 2
		}
		return cmp.Compare(rank(a), rank(b))
	})
	return fields[:min(len(fields), maxColumns)]
}

// fieldEnded is the question since when a record no longer holds.
const fieldEnded = "ended_on"

func fieldsOf(form *rulebook.Book, kind model.RecordKind) []*rulebook.Field {
	return slices.DeleteFunc(form.Fields(), func(f *rulebook.Field) bool { return f.Part != string(kind) || f.System })
}

// recordLabel is what the rulebook calls a kind of record.
func recordLabel(form *rulebook.Book, l lang.Lang) string {
	if sections := form.Sections(); len(sections) > 0 {
		return sections[0].Text.In(l)
	}
	return ""
}

// tableOf draws the records of a kind, those that hold first.
func (s *site) tableOf(v *visit, kind model.RecordKind, items []api.RecordItem, at string) (recordTable, error) {
	form, ok := v.book.RecordForm(string(kind))
	if !ok {
		return recordTable{}, errNoPage
	}
	spec, _ := model.Record(kind)
	t := recordTable{Label: recordLabel(form, v.lang), Dated: len(spec.Due) > 0}
	columns, r, now := columnsOf(form, kind), reader{book: form, lang: v.lang}, s.Clock.Now()
	for _, f := range columns {
		t.Heads = append(t.Heads, f.Text.In(v.lang))
	}
	for _, item := range items {
		if item.Kind != kind {
			continue
		}
		answers, err := rulebook.ReadAnswers(item.Answers)
		if err != nil {
			return t, err
		}
		row := recordRow{Href: at + item.RecordID, Ended: answers[fieldEnded] != nil, Due: item.Due}
		for i, f := range columns {
			text := r.say(f, answers[f.ID])
			if i == 0 {
				row.Name = cmp.Or(text, t.Label)
			} else {
				row.Cells = append(row.Cells, text)
			}
		}
		if day, err := calendar.ParseDate(item.Due); err == nil {
			end := calendar.EndOfDay(day)
			row.Left, row.Late = calendar.Remaining(end, now, v.lang), now.After(end)
		}
		t.Rows = append(t.Rows, row)
	}
	slices.SortStableFunc(t.Rows, func(a, b recordRow) int { return cmp.Compare(rankEnded(a), rankEnded(b)) })
	return t, nil
}

func rankEnded(r recordRow) int {
	if r.Ended {
		return 1
	}
	return 0
}

func (s *site) recordsView(v *visit) error {
	c, err := v.readCase()
	if err != nil {
		return err
	}
	path := "/cases/" + c.CaseID + "/records"
	items, err := all[api.RecordItem](v, path)
	if err != nil {
		return err
	}
	p := recordsPage{onCase: c}
	for _, kind := range model.CaseRecords() {
		t, err := s.tableOf(v, kind, items, path+"/")
		if err != nil {
			return err
		}
		if access.KeepsRecord(v.person.Actor(), c.rights(v), kind) == nil && c.State.TakesEvidence() {
			t.Add = "/cases/" + c.CaseID + "/new-record/" + string(kind)
		}
		if len(t.Rows) > 0 {
			p.Tables = append(p.Tables, t)
		} else {
			p.None = append(p.None, t)
		}
	}
	return v.show(http.StatusOK, "records", view{Title: lang.Text{SV: "Uppgifter om verktyget", EN: "Records of the tool"}.In(v.lang) + ": " + c.Title, Page: p})
}

// newRecord begins a record beside a case.
func (s *site) newRecord(v *visit) error {
	c, err := v.readCase()
	if err != nil {
		return err
	}
	kind, e := model.RecordKind(v.r.PathValue("kind")), c.errand()
	if !slices.Contains(model.CaseRecords(), kind) {
		return errNoPage
	}
	e.Not = access.KeepsRecord(v.person.Actor(), c.rights(v), kind) != nil
	return s.keepRecord(v, e, kind, "/cases/"+c.CaseID+"/records", nil)
}

// keepRecord asks what a record says, of a new one or the next version of one.
func (s *site) keepRecord(v *visit, e errand, kind model.RecordKind, path string, old *api.RecordView) error {
	form, ok := v.book.RecordForm(string(kind))
	if !ok {
		return errNoPage
	}
	e.book, e.fields, e.below, e.Back = form, fieldsOf(form, kind), "/answers", path
	e.Title, e.Button = recordLabel(form, v.lang), lang.Text{SV: "Spara", EN: "Save"}.In(v.lang)
	call := client.Call{Method: http.MethodPost, Path: "/api/v1" + path}
	if old != nil {
		var err error
		if e.old, err = rulebook.ReadAnswers(old.Answers); err != nil {
			return err
		}
		call = client.Call{Method: http.MethodPut, Path: "/api/v1" + path + "/" + old.RecordID}
		e.Back = path + "/" + old.RecordID
		e.About = []string{lang.Text{SV: "Det som stod förut finns kvar i historiken.", EN: "What it said before is kept in the history."}.In(v.lang)}
	}
	e.send = func(answers map[string]any) client.Call {
		body := map[string]any{"answers": answers}
		if old == nil && kind != model.RecordSupplier {
			body["kind"] = kind
		}
		call.Body = body
		return call
	}
	e.after = func(d done) string { return path + "/" + url.PathEscape(d.RecordID) + "?saved" }
	return s.run(v, e)
}

// recordPage is a record with all that it has said.
type recordPage struct {
	api.RecordView
	Over, Back string
	Name       string
	Lines      []line
	Earlier    []recordVersion
	Change     string
}

type recordVersion struct {
	api.RecordVersion
	Lines []line
}

// Saved reports whether the page follows when the record was saved.
func (p recordPage) Saved(v view) bool {
	u, err := url.Parse(v.Path)
	return err == nil && u.Query().Has("saved")
}

// readRecord reads a record of the case of the page, or a supplier.
func (v *visit) readRecord(path, id string) (api.RecordView, string, error) {
	var r api.RecordView
	etag, err := v.getTagged(path+"/"+url.PathEscape(id), &r)
	return r, etag, err
}

func (s *site) recordView(v *visit) error {
	c, err := v.readCase()
	if err != nil {
		return err
	}
	path := "/cases/" + c.CaseID + "/records"
	return s.showRecord(v, path, v.r.PathValue("record"), lang.Text{SV: "Uppgifter om verktyget", EN: "Records of the tool"}.In(v.lang)+": "+c.Title)
}

func (s *site) showRecord(v *visit, path, id, over string) error {
	r, _, err := v.readRecord(path, id)
	if err != nil {
		return err
	}
	form, ok := v.book.RecordForm(string(r.Kind))
	if !ok {
		return errNoPage
	}
	p := recordPage{RecordView: r, Over: over, Back: path}
	lines := func(version api.RecordVersion) ([]line, error) {
		answers, err := rulebook.ReadAnswers(version.Answers)
		return reader{book: form, lang: v.lang}.lines(fieldsOf(form, r.Kind), answers), err
	}
	if p.Lines, err = lines(r.RecordVersion); err != nil {
		return err
	}
	if columns := columnsOf(form, r.Kind); len(columns) > 0 && len(p.Lines) > 0 {
		answers, err := rulebook.ReadAnswers(r.Answers)
		if err != nil {
			return err
		}
		p.Name = reader{book: form, lang: v.lang}.say(columns[0], answers[columns[0].ID])
	}
	for _, h := range r.History {
		if h.Version == r.Version {
			continue
		}
		said, err := lines(h)
		if err != nil {
			return err
		}
		p.Earlier = append(p.Earlier, recordVersion{h, said})
	}
	if r.MayEdit {
		p.Change = path + "/" + r.RecordID + "/change"
	}
	return v.show(http.StatusOK, "record", view{Title: r.KindLabel + ": " + p.Name, Page: p})
}

func (s *site) changeRecord(v *visit) error {
	c, err := v.readCase()
	if err != nil {
		return err
	}
	path := "/cases/" + c.CaseID + "/records"
	r, etag, err := v.readRecord(path, v.r.PathValue("record"))
	if err != nil {
		return err
	}
	e := c.errand()
	e.ETag, e.Not = etag, !r.MayEdit
	return s.keepRecord(v, e, r.Kind, path, &r)
}

// suppliersPage is the suppliers of the organisation, by name.
type suppliersPage struct {
	Table recordTable
	More  string
	// Before is the day before which something is due, "" for all.
	Before string
}

func (s *site) suppliers(v *visit) error {
	q := v.r.URL.Query()
	p := suppliersPage{Before: q.Get("due_before")}
	ask := url.Values{"limit": {"50"}}
	if p.Before != "" {
		ask.Set("due_before", p.Before)
	}
	if at := q.Get("at"); at != "" {
		ask.Set("cursor", at)
	}
	var found api.Page[api.RecordItem]
	if err := v.get("/suppliers", ask, &found); err != nil {
		return err
	}
	var err error
	if p.Table, err = s.tableOf(v, model.RecordSupplier, found.Items, "/suppliers/"); err != nil {
		return err
	}
	p.More = v.more(found.NextCursor)
	if v.keepsSuppliers() {
		p.Table.Add = "/suppliers/new"
	}
	return v.show(http.StatusOK, "suppliers", view{Title: suppliersWord.In(v.lang), Page: p})
}

var suppliersWord = lang.Text{SV: "Leverantörer", EN: "Suppliers"}

// ReadsSuppliers reports whether the person may read what is kept of suppliers.
func (v view) ReadsSuppliers() bool {
	return v.Person != nil && access.Anywhere(v.Person.Actor(), access.Suppliers, access.Read) == nil
}

func (v *visit) keepsSuppliers() bool {
	return access.KeepsRecord(v.person.Actor(), access.Object{}, model.RecordSupplier) == nil
}

func (s *site) newSupplier(v *visit) error {
	return s.keepRecord(v, errand{Over: suppliersWord.In(v.lang), Not: !v.keepsSuppliers()}, model.RecordSupplier, "/suppliers", nil)
}

func (s *site) supplierView(v *visit) error {
	return s.showRecord(v, "/suppliers", v.r.PathValue("supplier"), suppliersWord.In(v.lang))
}

func (s *site) changeSupplier(v *visit) error {
	r, etag, err := v.readRecord("/suppliers", v.r.PathValue("supplier"))
	if err != nil {
		return err
	}
	return s.keepRecord(v, errand{Over: suppliersWord.In(v.lang), ETag: etag, Not: !r.MayEdit}, model.RecordSupplier, "/suppliers", &r)
}
