package api

import (
	"context"

	"sluss/model/assess"
)

func (s *server) previewAgentRisk(ctx context.Context, in *previewInput) (*previewOutput[Preview[assess.AgentRiskResult]], error) {
	book, err := s.choose(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	result, rules, err := assess.AgentRisk(book, in.Body.Profile, in.Body.Facts, s.today())
	if err != nil {
		return nil, within("/facts", err)
	}
	return &previewOutput[Preview[assess.AgentRiskResult]]{Preview[assess.AgentRiskResult]{
		result, firedRules(rules, languageOf(ctx)),
	}}, nil
}
