package assess

import (
	"fmt"
	"maps"
	"slices"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// The names by which the book of the legal basis check is read. Its lists are
// the severities of rulebook 4.2, the gravest first.
const (
	stageLegalBasis = "legal_basis"

	listNoLegalBasis = "no_legal_basis"
	listNeedsChange  = "needs_change"
	listConditions   = "conditions"

	factAdvice       = "dpo_advice"
	factFollows      = "decision_follows_dpo"
	factCompatible   = "compatible"
	factTested       = "compatibility_tested"
	namePositive     = "positive_decision_deviates"
	tableLegal       = "legal_outcome"
	ruleDeviation    = "LB-R20"
	ruleAdviceNeeded = "LB-R19"

	outcomeNotApplicable = "not_applicable"
)

// LegalBasisResult is what the rules of rulebook 4.2 come to. Codes are those of
// all the rules that fired, sorted, each once.
type LegalBasisResult struct {
	Outcome string   `json:"outcome"`
	Codes   []string `json:"codes"`
}

// LegalBasis checks the legal basis of a processing from its facts. Facts left
// out take their default, which is that of a lawful processing under a supporting
// advice; an empty profile is the default one. The error is an *InputError when
// facts are unknown or have unknown values.
func LegalBasis(b *rulebook.Book, profile string, facts map[string]any, date calendar.Date) (LegalBasisResult, []Fired, error) {
	book, ok := b.Assessment(stageLegalBasis)
	if !ok {
		return LegalBasisResult{}, nil, fmt.Errorf("the rulebook has no assessment %s", stageLegalBasis)
	}
	facts, unknown := legalFacts(book, facts)
	e, problems := book.Triage(profile, facts, date)
	if problems = append(problems, unknown...); len(problems) > 0 {
		return LegalBasisResult{}, nil, &InputError{Problems: problems}
	}
	r, rules := legalResult(e)
	return r, rules, e.Err()
}

// legalFacts refuses the names that only a case has: those that are given by
// its intake or computed from its answers. It adds whether the new purpose was
// tested at all, which is that the fact compatible is not null.
func legalFacts(book *rulebook.Book, facts map[string]any) (map[string]any, []rulebook.Problem) {
	out := maps.Clone(facts)
	var unknown []rulebook.Problem
	for _, f := range book.FactList() {
		if _, given := out[f.ID]; given && f.System && f.Default == nil {
			unknown = append(unknown, unknownName(book, "/"+f.ID))
			delete(out, f.ID)
		}
	}
	if out[factCompatible] != nil {
		out[factTested] = true
	}
	return out, unknown
}

// legalResult gives the outcome and the rules behind it. Without personal data
// nothing is examined.
func legalResult(e *rulebook.Evaluation) (LegalBasisResult, []Fired) {
	r := LegalBasisResult{Outcome: e.String(tableLegal), Codes: []string{}}
	rules := []Fired{}
	if r.Outcome != outcomeNotApplicable {
		for _, rule := range legalRules(e) {
			rules = append(rules, fired(e, rule))
			r.Codes = append(r.Codes, rule.Code)
		}
	}
	slices.Sort(r.Codes)
	r.Codes = slices.Compact(r.Codes)
	return r, append(rules, fired(e, e.First(tableLegal)))
}

// legalRules are the rules that fired, the gravest first.
func legalRules(e *rulebook.Evaluation) []*rulebook.Rule {
	return slices.Concat(e.All(listNoLegalBasis), e.All(listNeedsChange), e.All(listConditions))
}

// LegalBasisJudgement is what a reviewer of the legal basis sees.
type LegalBasisJudgement struct {
	LegalBasisResult
	Profile string `json:"profile"`
	// AwaitsAdvice says that the advice of the data protection officer is still
	// needed. Everything else can be handed in without it.
	AwaitsAdvice bool `json:"awaits_advice"`
	// BeforeAdvice is the outcome of everything but the advice.
	BeforeAdvice string `json:"before_advice"`
	// Deviates says that a decision that the processing is lawful would depart
	// from the advice.
	Deviates bool      `json:"deviates"`
	Text     lang.Text `json:"text"`
}

// legalBasis judges the legal basis check (rulebook 4). The advice may still be
// missing when the check is handed in, not when it is decided (LB-R19).
func legalBasis(a Assessed) (Judgement, error) {
	a = a.known(factAdvice)
	problems, err := a.problems(stageLegalBasis, stageLegalBasis)
	if err != nil {
		return Judgement{}, err
	}
	c, err := a.legalCase()
	if err != nil {
		return Judgement{}, err
	}
	e, err := c.evaluate(nil)
	if err != nil {
		return Judgement{}, err
	}
	r, rules := legalResult(e)
	shown := LegalBasisJudgement{LegalBasisResult: r, Profile: e.Profile(), Deviates: e.Bool(namePositive)}
	shown.AwaitsAdvice = slices.Contains(r.Codes, ruleAdviceNeeded)
	if shown.BeforeAdvice, err = c.beforeAdvice(); err != nil {
		return Judgement{}, err
	}
	if shown.Text, err = c.draftText(e); err != nil {
		return Judgement{}, err
	}
	j := Judgement{Outcome: r.Outcome, Problems: problems, Rules: rules, Result: shown}
	if r.Outcome == outcomeNotApplicable {
		return j, e.Err()
	}
	for _, rule := range e.All(listConditions) {
		j.Conditions = append(j.Conditions, conditionOf(rule))
	}
	if shown.Deviates {
		j.HeadConfirms = ruleDeviation
	}
	j.Hindrances, err = c.hindrances(shown.Deviates)
	return j, err
}

// known makes sure that the facts of the process are there: what the process
// does not know is not known, and not what previews take by default.
func (a Assessed) known(names ...string) Assessed {
	process := map[string]any{}
	for _, name := range names {
		process[name] = nil
	}
	maps.Copy(process, a.Process)
	a.Process = process
	return a
}

// legalCase is a case's legal basis check by its facts, which are evaluated more
// than once: with the advice as it is, as if it supported the processing, and as
// if the decision were positive.
type legalCase struct {
	Assessed
	book  *rulebook.Book
	facts map[string]any
}

func (a Assessed) legalCase() (legalCase, error) {
	book, system, err := a.given(stageLegalBasis)
	if err != nil {
		return legalCase{}, err
	}
	answers, _ := a.normalise(book, "") // what does not fit is among the problems
	maps.Copy(answers, system)
	return legalCase{a, book, book.TriageFacts(answers, system)}, nil
}

// evaluate gives the evaluation of the facts with some of them changed.
func (c legalCase) evaluate(changes map[string]any) (*rulebook.Evaluation, error) {
	facts := maps.Clone(c.facts)
	maps.Copy(facts, changes)
	e, problems := c.book.Triage(c.Profile, facts, c.Today)
	if len(problems) > 0 {
		return nil, fmt.Errorf("assess %s: %w", stageLegalBasis, &InputError{Problems: problems})
	}
	return e, nil
}

// beforeAdvice is the outcome as if the advice supported the processing.
func (c legalCase) beforeAdvice() (string, error) {
	e, err := c.evaluate(map[string]any{factAdvice: "supports"})
	if err != nil {
		return "", err
	}
	return e.String(tableLegal), e.Err()
}

// hindrances refuses the outcomes that are better than what the rules come to.
// They are asked as if the decision were that the processing is lawful: one that
// departs from the advice needs its reasons.
func (c legalCase) hindrances(deviates bool) ([]Hindrance, error) {
	e, err := c.evaluate(map[string]any{factFollows: !deviates})
	if err != nil {
		return nil, err
	}
	var out []Hindrance
	lawful, conditional := string(model.OutcomeLawful), string(model.OutcomeLawfulWithConditions)
	for _, list := range []string{listNoLegalBasis, listNeedsChange} {
		out = append(out, refusals(c.book, e, list, taskDecision, lawful, conditional)...)
	}
	return append(out, refusals(c.book, e, listConditions, taskDecision, lawful)...), e.Err()
}
