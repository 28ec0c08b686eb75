package api

import (
	"context"

	"sluss/model/assess"
)

func (s *server) previewLegalBasis(ctx context.Context, in *previewInput) (*previewOutput[Preview[assess.LegalBasisResult]], error) {
	book, err := s.choose(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	result, rules, err := assess.LegalBasis(book, in.Body.Profile, in.Body.Facts, s.today())
	if err != nil {
		return nil, within("/facts", err)
	}
	return &previewOutput[Preview[assess.LegalBasisResult]]{Preview[assess.LegalBasisResult]{result, firedRules(rules, languageOf(ctx))}}, nil
}
