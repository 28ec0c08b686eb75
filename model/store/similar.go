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

// Similar lists at most limit cases of the organisation that are in use or under
// review and about the same supplier or product, those with the same product
// first. Names are compared without case; an empty name is like no other.
func (s *Store) Similar(ctx context.Context, orgID, caseID, supplier, product string, limit int64) ([]SimilarCase, error) {
	supplier, product = model.NameKey(supplier), model.NameKey(product)
	if supplier == "" && product == "" {
		return nil, nil
	}
	var rows []struct {
		caseRow  `bun:",extend"`
		Supplier string `bun:"supplier"`
		Product  string `bun:"product"`
	}
	// Each name has an index of its own.
	same := `SELECT * FROM case_products WHERE org_id = ? AND supplier = ? AND supplier <> '' UNION ALL
		SELECT * FROM case_products WHERE org_id = ? AND product = ? AND product <> '' AND supplier <> ?`
	q := s.read.NewSelect().TableExpr("("+same+") AS same", orgID, supplier, orgID, product, supplier).ColumnExpr("c.*, same.supplier, same.product").
		Join("JOIN cases AS c ON c.org_id = same.org_id AND c.id = same.case_id").Where("same.case_id <> ?", caseID).
		Where("c.state NOT IN (?)", bun.List(notSimilar)).
		OrderExpr("CASE WHEN same.product = ? THEN 0 ELSE 1 END, c.updated_at DESC, c.id", product).Limit(limit)
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
