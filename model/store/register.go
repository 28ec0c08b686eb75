package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/clock"
)

// registerRow is one version of an entry. The columns beside entry are what lists
// filter and sort by; tool, supplier and product are in the form of searchText.
type registerRow struct {
	bun.BaseModel `bun:"table:register_entries,alias:e"`
	OrgID         string               `bun:"org_id,pk"`
	ID            string               `bun:"id,pk"`
	Version       int                  `bun:"version,pk"`
	CaseID        string               `bun:"case_id,nullzero"`
	Status        model.RegisterStatus `bun:"status"`
	Public        bool                 `bun:"public"`
	Tool          string               `bun:"tool"`
	Supplier      string               `bun:"supplier"`
	Product       string               `bun:"product"`
	Kind          string               `bun:"kind"`
	UnitIDs       codes                `bun:"unit_ids"`
	AIActClass    string               `bun:"ai_act_class"`
	MaxIPL        int                  `bun:"max_ipl"`
	ValidUntil    string               `bun:"valid_until"`
	RopaMissing   bool                 `bun:"ropa_missing"`
	KWhYear       float64              `bun:"kwh_year"`
	CO2eKgYear    float64              `bun:"co2e_kg_year"`
	Search        string               `bun:"search"`
	Entry         string               `bun:"entry"`
	Since         time.Time            `bun:"since"`
	Until         time.Time            `bun:"until,nullzero"`
	Change        int64                `bun:"change"`
}

// RegisterRecord is a version of an entry as the record has it.
type RegisterRecord struct {
	OrgID, ID string
	// Version counts the versions of the entry from 1.
	Version int
	Entry   model.RegisterEntry
	// Since and Until are the times between which the version held; Until is zero
	// for the one that holds.
	Since, Until time.Time
	// SortKey is what lists are sorted by, before the id.
	SortKey string
	// Change is the change of the organisation's register that wrote the version.
	Change int64
}

func (r *registerRow) record() (RegisterRecord, error) {
	out := RegisterRecord{
		OrgID: r.OrgID, ID: r.ID, Version: r.Version, Since: r.Since.UTC(), Until: utc(r.Until), SortKey: r.Tool,
		Change: r.Change,
	}
	if err := json.Unmarshal([]byte(r.Entry), &out.Entry); err != nil {
		return out, fmt.Errorf("read register entry %s", r.ID)
	}
	return out, nil
}

func registerRowOf(orgID, id string, version int, e model.RegisterEntry, now time.Time) (registerRow, error) {
	text, err := json.Marshal(e)
	row := registerRow{
		OrgID: orgID, ID: id, Version: version, CaseID: e.CaseID, Status: e.Status, Public: e.Public,
		Tool: searchText(e.Tool), Supplier: searchText(e.Supplier), Product: searchText(e.Product), Kind: e.Kind,
		AIActClass: e.AIActClass, MaxIPL: e.ApprovedMaxIPL, ValidUntil: e.ValidUntil, KWhYear: e.KWhYear, CO2eKgYear: e.CO2eKgYear,
		Search: searchText(e.Tool, e.Product, e.Supplier, e.RegistryNo), Entry: string(text), Since: now,
	}
	for _, u := range e.Units {
		row.UnitIDs = append(row.UnitIDs, u.UnitID)
		row.RopaMissing = row.RopaMissing || u.RopaRef == "" && e.PersonalData != model.DataNotApproved
	}
	return row, err
}

// putRegisterEntry writes an entry in a transaction: as the first version of a
// new entry, or as the next one of the case's, or of the entry with the id where
// one is given. The version before ends and is kept. An entry that is as it was
// is left alone. It returns the id of the entry.
//
// In a transition the case's row is locked, so that there is one writer.
func (s *Store) putRegisterEntry(ctx context.Context, q queryer, orgID, id string, e model.RegisterEntry, now time.Time) (string, error) {
	now = clock.Normalise(now)
	before, err := s.currentEntry(ctx, q, orgID, id, e.CaseID)
	switch {
	case errors.Is(err, sql.ErrNoRows) && id == "":
		id = model.NewID()
		return id, s.insertEntry(ctx, q, orgID, id, 1, e, now)
	case err != nil:
		return "", err
	}
	same, err := before.same(e)
	if err != nil || same {
		return before.ID, err
	}
	err = s.execOne(ctx, q, "UPDATE register_entries SET until = ? WHERE org_id = ? AND id = ? AND version = ?",
		now, orgID, before.ID, before.Version)
	if err != nil {
		return "", err
	}
	return before.ID, s.insertEntry(ctx, q, orgID, before.ID, before.Version+1, e, now)
}

// takeRegister writes the entry of a case that comes into use (T-22), passes again
// (T-26), or of one in use whose condition is met or waived, or of an existing tool
// that may be used meanwhile (EX-01); otherwise the entry follows the case. The first
// of the two who waive a condition (CO-04) or allow a use changes nothing in it.
func (r *recorder) takeRegister(ctx context.Context) error {
	e, p := r.command.Payload.Register, r.command.Payload
	switch {
	case e == nil, p.Waiver != nil && !r.waivedByOther, p.Interim != nil && !r.happens(model.EventInterimAllowed),
		p.Decision != nil && !r.happens(model.EventReassessed):
		return r.followRegister(ctx)
	}
	state, use, err := r.stands()
	if err != nil {
		return err
	}
	if status := model.RegisterStatusOf(state, use); status != "" {
		e.Status = status
	}
	if e.Units, err = r.withAdopters(ctx, e.Units); err != nil {
		return err
	}
	r.registerID, err = r.store.putRegisterEntry(ctx, r.q, r.c.OrgID, "", *e, r.now)
	return err
}

// currentEntry reads the version that holds, by id, or by case where no id is
// given. A tool without a case has no entry until it is given an id.
func (s *Store) currentEntry(ctx context.Context, q queryer, orgID, id, caseID string) (*registerRow, error) {
	column, key := "id", id
	if id == "" {
		column, key = "case_id", caseID
	}
	row := new(registerRow)
	err := get(ctx, s, q, row, "SELECT "+columns[registerRow](s)+" FROM register_entries WHERE org_id = ? AND "+column+
		" = ? AND until IS NULL"+s.forUpdate(), orgID, key)
	return row, err
}

func (s *Store) insertEntry(ctx context.Context, q queryer, orgID, id string, version int, e model.RegisterEntry, now time.Time) error {
	row, err := registerRowOf(orgID, id, version, e, now)
	if err != nil {
		return err
	}
	if row.Change, err = s.countRegisterChange(ctx, q, orgID); err != nil {
		return err
	}
	return insert(ctx, s, q, "", row)
}

// same reports whether the row says what e says. What is stored is read and
// written again first: its text may be of an older form.
func (r *registerRow) same(e model.RegisterEntry) (bool, error) {
	before, err := r.record()
	if err != nil {
		return false, err
	}
	old, err := json.Marshal(before.Entry)
	if err != nil {
		return false, err
	}
	text, err := json.Marshal(e)
	return string(old) == string(text), err
}

// setRegisterStatus gives the entry of a case another status, as a new version
// (T-23, T-24, T-27, T-29). The error is ErrNotFound where the case has none.
func (s *Store) setRegisterStatus(ctx context.Context, q queryer, orgID, caseID string, status model.RegisterStatus, now time.Time) error {
	row, err := s.currentEntry(ctx, q, orgID, "", caseID)
	if err != nil {
		return err
	}
	r, err := row.record()
	if err != nil {
		return err
	}
	r.Entry.Status = status
	_, err = s.putRegisterEntry(ctx, q, orgID, row.ID, r.Entry, now)
	return err
}

// PutRegisterEntry writes an entry outside a transition: a tool that was in use
// before there was a case (EX-01), or a correction. It returns the entry's id; id
// "" is a new entry, or the case's. The error is ErrNotFound for an id that is
// not there.
func (s *Store) PutRegisterEntry(ctx context.Context, orgID, id string, e model.RegisterEntry, now time.Time) (string, error) {
	err := s.inTx(ctx, func(ctx context.Context, q queryer) (err error) {
		id, err = s.putRegisterEntry(ctx, q, orgID, id, e, now)
		return err
	})
	return id, err
}

// SetRegisterStatus gives the entry of a case another status outside a
// transition.
func (s *Store) SetRegisterStatus(ctx context.Context, orgID, caseID string, status model.RegisterStatus, now time.Time) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		return s.setRegisterStatus(ctx, q, orgID, caseID, status, now)
	})
}

// RegisterEntry returns the version of an entry that holds.
func (s *Store) RegisterEntry(ctx context.Context, orgID, id string) (RegisterRecord, error) {
	row, err := one[registerRow](ctx, s, "org_id = ? AND id = ? AND until IS NULL", orgID, id)
	if err != nil {
		return RegisterRecord{}, err
	}
	return row.record()
}

// CaseRegisterEntry returns the entry of a case, or ErrNotFound before the case
// came into use.
func (s *Store) CaseRegisterEntry(ctx context.Context, orgID, caseID string) (RegisterRecord, error) {
	row, err := one[registerRow](ctx, s, "org_id = ? AND case_id = ? AND until IS NULL", orgID, caseID)
	if err != nil {
		return RegisterRecord{}, err
	}
	return row.record()
}

// RegisterVersions lists every version of an entry, the newest first.
func (s *Store) RegisterVersions(ctx context.Context, orgID, id string) ([]RegisterRecord, error) {
	var rows []registerRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("org_id = ? AND id = ?", orgID, id).Order("version DESC"))
	if err != nil {
		return nil, err
	}
	return registerRecords(rows)
}

func registerRecords(rows []registerRow) ([]RegisterRecord, error) {
	out := make([]RegisterRecord, len(rows))
	for i := range rows {
		var err error
		if out[i], err = rows[i].record(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RegisterFilter narrows a list of entries. Empty fields do not narrow it.
type RegisterFilter struct {
	OrgID string
	// Public leaves only what is shown without a token: entries that are not kept
	// out of the public view, of tools that may be used.
	Public bool
	// UnitID leaves the entries that cover the unit.
	UnitID string
	// Supplier and Product are compared without regard to upper and lower case.
	Supplier   string
	Product    string
	CaseID     string
	Status     model.RegisterStatus
	AIActClass string
	// Query is looked for in tool, product, supplier and registry number.
	Query string
	// UnitAdopted is as UnitID. UnitNotAdopted leaves the entries that do not cover the unit, RopaMissing those
	// with a unit without its reference in the record of processing (GDPR 30), and
	// InterimBefore the interim ones that end before the day, 2006-01-02 (EX-01).
	UnitAdopted, UnitNotAdopted string
	RopaMissing                 bool
	InterimBefore               string
	// Cases, where it is set, leaves the entries of cases that it would list.
	Cases *CaseFilter

	// Limit is at most 1,000, which 0 means too.
	Limit  int64
	Offset int64
	// After continues behind an entry, by its sort key and id.
	After *RegisterCursor
}

// RegisterCursor is a place in a list of entries, which is sorted by the tool's
// name in lower case and then by id.
type RegisterCursor struct {
	SortKey string `json:"k"`
	ID      string `json:"i"`
}

// RegisterEntries lists the versions that hold, by the name of the tool.
func (s *Store) RegisterEntries(ctx context.Context, f RegisterFilter) ([]RegisterRecord, error) {
	var rows []registerRow
	q := s.registerQuery(f).Model(&rows).Column("e.org_id", "e.id", "e.version", "e.tool", "e.entry", "e.since", "e.until", "e.change").Order("e.tool", "e.id").Limit(page(f.Limit)).Offset(f.Offset)
	if f.After != nil {
		q = q.Where("(e.tool, e.id) > (?, ?)", f.After.SortKey, f.After.ID)
	}
	if err := s.find(ctx, q); err != nil {
		return nil, err
	}
	return registerRecords(rows)
}

// CountRegisterEntries counts what RegisterEntries lists, up to the given number.
func (s *Store) CountRegisterEntries(ctx context.Context, f RegisterFilter, upTo int64) (int, error) {
	inner := s.registerQuery(f).Model((*registerRow)(nil)).ColumnExpr("1").Limit(upTo)
	var n int
	err := s.find(ctx, s.read.NewSelect().TableExpr("(?) AS matching", inner).ColumnExpr("COUNT(*)"), &n)
	return n, err
}

func (s *Store) registerQuery(f RegisterFilter) *bun.SelectQuery {
	q := s.read.NewSelect().Where("e.org_id = ?", f.OrgID).Where("e.until IS NULL")
	equal := func(column, value string) {
		if value != "" {
			q = q.Where("e."+column+" = ?", value)
		}
	}
	equal("supplier", searchText(f.Supplier))
	equal("product", searchText(f.Product))
	equal("case_id", f.CaseID)
	equal("status", string(f.Status))
	equal("ai_act_class", f.AIActClass)
	if f.Public {
		q = q.Where("e.public").Where("e.status IN (?, ?)", model.RegisterActive, model.RegisterInterim)
	}
	for _, unit := range []string{f.UnitID, f.UnitAdopted} {
		if unit != "" {
			q = q.Where(`e.unit_ids LIKE ? ESCAPE '\'`, "% "+likeEscaper.Replace(unit)+" %")
		}
	}
	if f.UnitNotAdopted != "" {
		q = q.Where(`e.unit_ids NOT LIKE ? ESCAPE '\'`, "% "+likeEscaper.Replace(f.UnitNotAdopted)+" %")
	}
	if f.RopaMissing {
		q = q.Where("e.ropa_missing")
	}
	if f.InterimBefore != "" {
		q = q.Where("e.status = ? AND e.valid_until < ?", model.RegisterInterim, f.InterimBefore)
	}
	if f.Cases != nil {
		cases := s.whereReader(s.read.NewSelect().TableExpr("cases AS c").ColumnExpr("1").
			Where("c.org_id = e.org_id AND c.id = e.case_id"), *f.Cases)
		q = q.Where("EXISTS (?)", tested(cases, s.narrowings(*f.Cases)))
	}
	if f.Query != "" {
		column := bun.Ident("e.search")
		if f.Public {
			column = bun.Ident("e.tool") // what the public view shows
		}
		q = q.Where(`? LIKE ? ESCAPE '\'`, column, "%"+likeEscaper.Replace(searchText(f.Query))+"%")
	}
	return q
}
