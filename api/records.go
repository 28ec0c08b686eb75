package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/store"
)

const tagRecords = "records"

// RecordItem is something that is kept beside a case, or for the organisation, and
// changes during its life (rulebook 9.12). Its questions are those of the
// questionnaire with the name of its kind.
type RecordItem struct {
	RecordID  string           `json:"record_id"`
	CaseID    string           `json:"case_id,omitempty" doc:"absent for a supplier"`
	Kind      model.RecordKind `json:"kind"`
	KindLabel string           `json:"kind_label"`
	RecordVersion
	Due string `json:"due,omitempty" format:"date" doc:"the earliest day on which something is due"`
}

// RecordVersion is what a record said for some time.
type RecordVersion struct {
	Version int             `json:"version" doc:"counts the versions of the record"`
	Answers json.RawMessage `json:"answers"`
	SavedBy *PersonNote     `json:"saved_by,omitempty"`
	SavedAt time.Time       `json:"saved_at"`
	Until   *time.Time      `json:"until" doc:"null for the version that holds"`
}

// RecordView is a record with all that it has said.
type RecordView struct {
	RecordItem
	History []RecordVersion `json:"history" nullable:"false" doc:"every version, the newest first"`
	MayEdit bool            `json:"may_edit"`
}

// newRecordBody begins a record beside a case.
type newRecordBody struct {
	Kind    model.RecordKind `json:"kind" validate:"required,max=64" doc:"kind of the record"`
	Answers map[string]any   `json:"answers" validate:"required"`
}

// Resolve checks the body.
func (b *newRecordBody) Resolve(huma.Context, *huma.PathBuffer) []error {
	errs := check(b)
	if b.Kind != "" && !slices.Contains(model.CaseRecords(), b.Kind) {
		errs = append(errs, fault{"/kind", "oneof", rule("oneof")(joined(model.CaseRecords()))})
	}
	return errs
}

// recordBody is what a record says.
type recordBody struct {
	Answers map[string]any `json:"answers" validate:"required"`
}

// Resolve checks the body.
func (b *recordBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

// DueFilter narrows a list by what is due.
type DueFilter struct {
	DueBefore string `query:"due_before" maxLength:"10" doc:"a date: something is due before it"`
}

// RecordPath names a record.
type RecordPath struct {
	RecordID string `path:"record_id" doc:"id of the record"`
}

// SupplierPath names what is kept of a supplier.
type SupplierPath struct {
	SupplierID string `path:"supplier_id" doc:"id of the supplier"`
}

type (
	recordsInput struct {
		CasePath
		Kind string `query:"kind" doc:"kind of the record"`
		DueFilter
		Paging
	}
	newRecordInput struct {
		CasePath
		Keyed
		Body newRecordBody
	}
	recordInput struct {
		CasePath
		RecordPath
	}
	changeRecordInput struct {
		CasePath
		RecordPath
		Matched
		Body recordBody
	}
	suppliersInput struct {
		DueFilter
		Paging
	}
	newSupplierInput struct {
		Keyed
		Body recordBody
	}
	supplierInput       struct{ SupplierPath }
	changeSupplierInput struct {
		SupplierPath
		Matched
		Body recordBody
	}
	recordOutput struct {
		ETag string `header:"ETag" doc:"the version of the record"`
		Body RecordView
	}
)

func (s *server) recordRoutes() {
	const records, suppliers = "/cases/{case_id}/records", "/suppliers"
	list := []int{http.StatusNotFound, http.StatusUnprocessableEntity}
	one, write := []int{http.StatusNotFound}, []int{http.StatusNotFound, http.StatusForbidden, http.StatusConflict}
	add(s, route{
		id: "list-records", method: http.MethodGet, path: records, tag: tagRecords, errors: list,
		summary: "What is kept beside a case: complaints, model versions, tests, stop contacts and more",
	}, s.listRecords)
	add(s, route{
		id: "add-record", method: http.MethodPost, path: records, tag: tagRecords, status: http.StatusCreated, keyed: true,
		errors: one, summary: "Begin a record beside a case",
	}, s.addRecord)
	add(s, route{
		id: "get-record", method: http.MethodGet, path: records + "/{record_id}", tag: tagRecords, errors: one,
		summary: "A record beside a case, with every version",
	}, s.getRecord)
	add(s, route{
		id: "change-record", method: http.MethodPut, path: records + "/{record_id}", tag: tagRecords, matched: true,
		errors: write, summary: "Write the next version of a record",
	}, s.changeRecord)
	add(s, route{
		id: "list-suppliers", method: http.MethodGet, path: suppliers, tag: tagRecords,
		errors: []int{http.StatusForbidden, http.StatusUnprocessableEntity}, summary: "The suppliers, by name",
	}, s.listSuppliers)
	add(s, route{
		id: "add-supplier", method: http.MethodPost, path: suppliers, tag: tagRecords, status: http.StatusCreated, keyed: true,
		summary: "Begin what is kept of a supplier",
	}, s.addSupplier)
	add(s, route{
		id: "get-supplier", method: http.MethodGet, path: suppliers + "/{supplier_id}", tag: tagRecords,
		errors: append(one, http.StatusForbidden), summary: "What is kept of a supplier, with every version",
	}, s.getSupplier)
	add(s, route{
		id: "change-supplier", method: http.MethodPut, path: suppliers + "/{supplier_id}", tag: tagRecords, matched: true,
		errors: write, summary: "Write the next version of what is kept of a supplier",
	}, s.changeSupplier)
}

func (s *server) listRecords(ctx context.Context, in *recordsInput) (*pageOutput[RecordItem], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	kind := model.RecordKind(in.Kind)
	if in.Kind != "" && !slices.Contains(model.CaseRecords(), kind) {
		return nil, faultError{{"/kind", "oneof", rule("oneof")(joined(model.CaseRecords()))}}
	}
	return s.recordPage(ctx, "/cases/"+id+"/records", in.DueFilter, in.Paging, store.RecordFilter{CaseID: id, Kind: kind})
}

func (s *server) listSuppliers(ctx context.Context, in *suppliersInput) (*pageOutput[RecordItem], error) {
	return s.recordPage(ctx, "/suppliers", in.DueFilter, in.Paging, store.RecordFilter{Kind: model.RecordSupplier})
}

func (s *server) recordPage(ctx context.Context, path string, due DueFilter, p Paging, f store.RecordFilter) (*pageOutput[RecordItem], error) {
	if due.DueBefore != "" && !isDate(due.DueBefore) {
		return nil, faultError{{"/due_before", "date", dateText.In}}
	}
	f.DueBefore = due.DueBefore
	a := authn.Actor(ctx)
	found, err := s.Act.Records(ctx, a, f)
	if err != nil {
		return nil, err
	}
	filter := url.Values{}
	for name, value := range map[string]string{"kind": string(f.Kind), "due_before": f.DueBefore} {
		if value != "" && !(name == "kind" && f.CaseID == "") {
			filter.Set(name, value)
		}
	}
	cut, err := page(s.newList(ctx, path, filter, p), found)
	if err != nil {
		return nil, err
	}
	names, err := s.savers(ctx, cut.Body.Items)
	if err != nil {
		return nil, err
	}
	b := cut.Body
	out := &pageOutput[RecordItem]{Link: cut.Link, Body: Page[RecordItem]{
		Items: make([]RecordItem, len(b.Items)), NextCursor: b.NextCursor, Total: b.Total, TotalMore: b.TotalMore,
	}}
	for i, r := range b.Items {
		out.Body.Items[i] = s.recordItem(ctx, r, names)
	}
	return out, nil
}

// savers names the people who have saved records.
func (s *server) savers(ctx context.Context, records []store.Record) (map[string]string, error) {
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.SavedBy
	}
	return s.Store.Names(ctx, authn.Actor(ctx).OrgID, ids)
}

func (s *server) recordItem(ctx context.Context, r store.Record, names map[string]string) RecordItem {
	label := string(r.Kind)
	if form, ok := s.book(ctx).RecordForm(string(r.Kind)); ok && len(form.Sections()) > 0 {
		label = form.Sections()[0].Text.In(languageOf(ctx))
	}
	return RecordItem{
		RecordID: r.ID, CaseID: r.CaseID, Kind: r.Kind, KindLabel: label, RecordVersion: recordVersion(r, names), Due: r.Due,
	}
}

func recordVersion(r store.Record, names map[string]string) RecordVersion {
	return RecordVersion{r.Version, r.Answers, named(names, r.SavedBy), r.SavedAt, when(r.Until)}
}

func (s *server) addRecord(ctx context.Context, in *newRecordInput) (*noteOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	r := s.request(ctx, "/cases/"+id+"/records", in.Keyed, in.Body)
	return noted(s.Act.AddRecord(ctx, r, id, in.Body.Kind, in.Body.Answers))
}

func (s *server) addSupplier(ctx context.Context, in *newSupplierInput) (*noteOutput, error) {
	return noted(s.Act.AddRecord(ctx, s.request(ctx, "/suppliers", in.Keyed, in.Body), "", model.RecordSupplier, in.Body.Answers))
}

func (s *server) getRecord(ctx context.Context, in *recordInput) (*recordOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return s.showRecord(ctx, id, in.RecordID)
}

func (s *server) getSupplier(ctx context.Context, in *supplierInput) (*recordOutput, error) {
	return s.showRecord(ctx, "", in.SupplierID)
}

func (s *server) showRecord(ctx context.Context, caseID, recordID string) (*recordOutput, error) {
	id, err := knownID(recordID)
	if err != nil {
		return nil, err
	}
	r, err := s.Act.Record(ctx, authn.Actor(ctx), caseID, id)
	if err != nil {
		return nil, err
	}
	return s.recordView(ctx, r)
}

func (s *server) recordView(ctx context.Context, r store.Record) (*recordOutput, error) {
	versions, err := s.Store.RecordVersions(ctx, r.OrgID, r.ID)
	if err != nil {
		return nil, err
	}
	names, err := s.savers(ctx, versions)
	if err != nil {
		return nil, err
	}
	view := RecordView{RecordItem: s.recordItem(ctx, r, names), History: make([]RecordVersion, len(versions))}
	for i, v := range versions {
		view.History[i] = recordVersion(v, names)
	}
	view.MayEdit, err = s.Act.KeepsRecord(ctx, authn.Actor(ctx), r)
	return &recordOutput{etagOf(int64(r.Version)), view}, err
}

func (s *server) changeRecord(ctx context.Context, in *changeRecordInput) (*recordOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return s.writeRecord(ctx, id, in.RecordID, in.Matched, in.Body)
}

func (s *server) changeSupplier(ctx context.Context, in *changeSupplierInput) (*recordOutput, error) {
	return s.writeRecord(ctx, "", in.SupplierID, in.Matched, in.Body)
}

func (s *server) writeRecord(ctx context.Context, caseID, recordID string, m Matched, body recordBody) (*recordOutput, error) {
	id, err := knownID(recordID)
	if err != nil {
		return nil, err
	}
	version, err := m.number()
	if err != nil {
		return nil, err
	}
	r, err := s.Act.ChangeRecord(ctx, authn.Actor(ctx), caseID, id, int(version), body.Answers)
	if err != nil {
		return nil, err
	}
	return s.recordView(ctx, r)
}
