package store

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"sluss/model"
)

// productRow is what a submitted case is about, in the form that Similar compares.
type productRow struct {
	bun.BaseModel `bun:"table:case_products"`
	OrgID         string `bun:"org_id,pk"`
	CaseID        string `bun:"case_id,pk"`
	Supplier      string `bun:"supplier"`
	Product       string `bun:"product"`
}

// takeProduct notes which supplier and product a submission is about.
func (r *recorder) takeProduct(ctx context.Context) error {
	sub := r.command.Payload.Submission
	if sub == nil {
		return nil
	}
	return insert(ctx, r.store, r.q, `ON CONFLICT (org_id, case_id) DO UPDATE SET
		supplier = EXCLUDED.supplier, product = EXCLUDED.product`,
		productRow{OrgID: r.c.OrgID, CaseID: r.c.ID, Supplier: model.NameKey(sub.Supplier), Product: model.NameKey(sub.Product)})
}

// SimilarCase is a case about the same supplier or the same product.
type SimilarCase struct {
	Case
	SameSupplier, SameProduct bool
}

// notSimilar are the states in which a case is no reason to hesitate: it has not
// been sent in, or it has ended without use.
var notSimilar = []model.CaseState{
	model.Draft, model.RejectedAuto, model.Rejected, model.Withdrawn, model.Decommissioned, model.Archived,
}

// ofOneName is how many cases of one name are looked at, those that were opened last:
// a product that everybody uses has thousands.
const ofOneName = 200

// Similar lists at most limit cases of the organisation that are in use or under
// review and about the same supplier or product, those with the same product
// first. Names are compared without case; an empty name is like no other. Of more
// than 200 cases with one name the 200 that were opened last are looked at.
func (s *Store) Similar(ctx context.Context, orgID, caseID, supplier, product string, limit int64) ([]SimilarCase, error) {
	supplier, product = model.NameKey(supplier), model.NameKey(product)
	var similar []SimilarCase
	for _, by := range []struct{ column, name string }{{"product", product}, {"supplier", supplier}} {
		if by.name == "" || int64(len(similar)) >= limit {
			continue
		}
		rows, err := s.named(ctx, orgID, caseID, by.column, by.name, limit)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if !slices.ContainsFunc(similar, func(c SimilarCase) bool { return c.ID == r.ID }) {
				similar = append(similar, SimilarCase{
					Case: r.toCase(), SameSupplier: supplier != "" && r.Supplier == supplier, SameProduct: product != "" && r.Product == product,
				})
			}
		}
	}
	return similar[:min(len(similar), int(limit))], nil
}

// namedRow is a case, and the names of what it is about.
type namedRow struct {
	caseRow  `bun:",extend"`
	Supplier string `bun:"supplier"`
	Product  string `bun:"product"`
}

// named lists the cases whose supplier or product has a name, the latest changed first.
// The index that each of the two has says alone which are looked at, and of the rest
// only those that are listed are read whole. CROSS JOIN keeps SQLite to this order,
// and the array PostgreSQL, whatever they believe about the tables.
func (s *Store) named(ctx context.Context, orgID, caseID, column, name string, limit int64) ([]namedRow, error) {
	args := []any{orgID, name, ofOneName, orgID, caseID}
	for _, state := range notSimilar {
		args = append(args, state)
	}
	ofName := "(SELECT case_id FROM case_products WHERE org_id = ? AND " + column + " = ? ORDER BY case_id DESC LIMIT ?)"
	among := ofName + " AS named CROSS JOIN cases AS c WHERE c.id = named.case_id"
	if s.postgres {
		among = "cases AS c WHERE c.id = ANY (ARRAY" + ofName + ")"
	}
	return selected[namedRow](ctx, s, "SELECT "+strings.Join(listed, ", ")+`, p.supplier, p.product FROM (
			SELECT c.id FROM `+among+`
			AND c.org_id = ? AND c.id <> ? AND c.state NOT IN (`+marks(len(notSimilar))+`)
			ORDER BY c.updated_at DESC, c.id LIMIT ?
		) AS latest CROSS JOIN cases AS c CROSS JOIN case_products AS p
		WHERE c.org_id = ? AND c.id = latest.id AND p.org_id = c.org_id AND p.case_id = c.id
		ORDER BY c.updated_at DESC, c.id`, append(args, limit, orgID)...)
}
