package assess

import (
	"fmt"
	"slices"
	"strings"

	"sluss/model/calendar"
	"sluss/model/rulebook"
)

const (
	stageDPIA      = "dpia"
	factSeverity   = "severity"
	factLikelihood = "likelihood"
)

// RiskScore is how severe and likely a risk is, each from 1 to 4, and the level
// that follows.
type RiskScore struct {
	Severity   int    `json:"severity"`
	Likelihood int    `json:"likelihood"`
	Level      string `json:"level"`
}

// RiskLevelResult is the level of a risk.
type RiskLevelResult struct {
	Level string `json:"level"`
}

// RiskLevel gives the level of a risk to the persons concerned from its severity
// and its likelihood, each from 1 to 4: low, medium, high or very_high (rulebook
// 5.4). The bounds are the rulebook's. The error is an *InputError when a value
// lies outside.
func RiskLevel(b *rulebook.Book, severity, likelihood int) (string, error) {
	return rulebook.Keep(b, riskCell{severity, likelihood}, func() (string, error) {
		l, _, err := RiskLevelOf(b, "", map[string]any{factSeverity: severity, factLikelihood: likelihood}, calendar.Date{})
		return l.Level, err
	})
}

// riskCell is a cell of the matrix of risks.
type riskCell struct{ severity, likelihood int }

// RiskLevelOf is RiskLevel from facts, with the rule that gives the level. A fact
// left out counts as 1. The error is an *InputError as in Triage.
func RiskLevelOf(b *rulebook.Book, profile string, facts map[string]any, date calendar.Date) (RiskLevelResult, []Fired, error) {
	book, ok := b.Assessment(stageDPIA)
	if !ok {
		return RiskLevelResult{}, nil, fmt.Errorf("the rulebook has no assessment %s", stageDPIA)
	}
	if unknown := othersThan(book, facts, factSeverity, factLikelihood); len(unknown) > 0 {
		return RiskLevelResult{}, nil, &InputError{Problems: unknown}
	}
	e, problems := book.Triage(profile, facts, date)
	if len(problems) > 0 {
		return RiskLevelResult{}, nil, &InputError{Problems: problems}
	}
	rule := e.First("risk_level")
	return RiskLevelResult{e.String("risk_level")}, []Fired{fired(e, rule)}, e.Err()
}

// othersThan lists the facts with other names than the known ones as problems.
func othersThan(book *rulebook.Book, facts map[string]any, known ...string) []rulebook.Problem {
	var out []rulebook.Problem
	for name := range facts {
		if !slices.Contains(known, name) {
			out = append(out, unknownName(book, "/"+pointerStep(name)))
		}
	}
	slices.SortFunc(out, func(a, b rulebook.Problem) int { return strings.Compare(a.Pointer, b.Pointer) })
	return out
}
