package api

import (
	"context"

	"sluss/model/assess"
)

func (s *server) previewRiskLevel(ctx context.Context, in *previewInput) (*previewOutput[Preview[assess.RiskLevelResult]], error) {
	book, err := s.choose(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	level, rules, err := assess.RiskLevelOf(book, in.Body.Profile, in.Body.Facts, s.today())
	if err != nil {
		return nil, within("/facts", err)
	}
	return &previewOutput[Preview[assess.RiskLevelResult]]{Preview[assess.RiskLevelResult]{level, firedRules(rules, languageOf(ctx))}}, nil
}
