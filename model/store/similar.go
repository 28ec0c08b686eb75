package store

import (
	"context"

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
	var named *bun.SelectQuery
	switch {
	case supplier == "" && product == "":
		return nil, nil
	case product == "":
		named = s.named("supplier", orgID, supplier)
	case supplier == "":
		named = s.named("product", orgID, product)
	default:
		named = s.named("supplier", orgID, supplier).Union(s.named("product", orgID, product))
	}
	var rows []struct {
		caseRow  `bun:",extend"`
		Supplier string `bun:"supplier"`
		Product  string `bun:"product"`
	}
	// CROSS JOIN keeps SQLite to this order, whatever it believes about the tables.
	q := s.read.NewSelect().TableExpr("(?) AS named CROSS JOIN case_products AS p CROSS JOIN cases AS c", named).
		Column(listed...).ColumnExpr("p.supplier, p.product").
		Where("p.org_id = ? AND p.case_id = named.case_id", orgID).
		Where("c.org_id = p.org_id AND c.id = p.case_id AND c.id <> ?", caseID).Where("c.state NOT IN (?)", bun.List(notSimilar)).
		OrderExpr("CASE WHEN p.product = ? THEN 0 ELSE 1 END, c.updated_at DESC, c.id", product).Limit(limit)
	err := s.find(ctx, q, &rows)
	similar := make([]SimilarCase, len(rows))
	for i := range rows {
		similar[i] = SimilarCase{
			Case:         rows[i].toCase(),
			SameSupplier: supplier != "" && rows[i].Supplier == supplier,
			SameProduct:  product != "" && rows[i].Product == product,
		}
	}
	return similar, err
}

// named finds the cases to look at whose supplier or product has a name, by the index
// that each of the two has: it alone says which they are.
func (s *Store) named(column, orgID, name string) *bun.SelectQuery {
	last := s.read.NewSelect().TableExpr("case_products").Column("case_id").
		Where("org_id = ? AND ? = ?", orgID, bun.Ident(column), name).OrderExpr("case_id DESC").Limit(ofOneName)
	return s.read.NewSelect().TableExpr("(?) AS last", last).Column("case_id")
}
