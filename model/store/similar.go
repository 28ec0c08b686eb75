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
const ofOneName = 100

// Similar lists at most limit cases of the organisation that are in use or under
// review and about the same supplier or product, those with the same product
// first. Names are compared without case; an empty name is like no other. Of more
// than a hundred cases with one name it considers the hundred that were opened last.
func (s *Store) Similar(ctx context.Context, orgID, caseID, supplier, product string, limit int64) ([]SimilarCase, error) {
	supplier, product = model.NameKey(supplier), model.NameKey(product)
	q := s.read.NewSelect().ColumnExpr("c.*, same.supplier, same.product").
		Join("JOIN cases AS c ON c.org_id = ? AND c.id = same.case_id", orgID).
		OrderExpr("CASE WHEN same.product = ? THEN 0 ELSE 1 END, c.updated_at DESC, c.id", product).Limit(limit)
	same := s.sameName("supplier", orgID, caseID, supplier)
	switch other := s.sameName("product", orgID, caseID, product); {
	case supplier == "" && product == "":
		return nil, nil
	case supplier == "":
		same = other
	case product != "":
		same = s.read.NewSelect().TableExpr("(?) AS one", same).Union(s.read.NewSelect().TableExpr("(?) AS other", other))
	}
	var rows []struct {
		caseRow  `bun:",extend"`
		Supplier string `bun:"supplier"`
		Product  string `bun:"product"`
	}
	err := s.find(ctx, q.TableExpr("(?) AS same", same), &rows)
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

// sameName finds the cases to look at whose supplier or product has a name, by the index
// that each of the two has.
func (s *Store) sameName(column, orgID, caseID, name string) *bun.SelectQuery {
	return s.read.NewSelect().TableExpr("case_products AS p").ColumnExpr("p.case_id, p.supplier, p.product").
		Join("JOIN cases AS c ON c.org_id = p.org_id AND c.id = p.case_id").
		Where("p.org_id = ? AND p.? = ? AND p.case_id <> ?", orgID, bun.Ident(column), name, caseID).
		Where("c.state NOT IN (?)", bun.List(notSimilar)).OrderExpr("p.case_id DESC").Limit(ofOneName)
}
