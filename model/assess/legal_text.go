package assess

import (
	"slices"
	"strings"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// The names by which the text of the result is read. Its sentences are rules.
const (
	listResultText  = "result_text"
	enumOutcomeWord = "legal_outcome_word"
	factDecided     = "decided_outcome"
)

// Advice is what the data protection officer has answered, or the coordinator in
// the officer's place (AD-04).
type Advice struct {
	// By is the role of who answered; the data protection officer's is left out.
	By    model.Role
	Value string // of the enumeration dpo_advice
	On    calendar.Date
	Text  string // as it was signed; may be empty
}

// LegalDecision is the decision on the legal basis (LB-24, DA-01).
type LegalDecision struct {
	Outcome   string // of the enumeration legal_outcome
	Role      lang.Text
	Name      string
	For       string // name of the person for whom a deputy decided, empty for none
	Authority string // delegation order and item
	On        calendar.Date
}

// LegalBasisText puts the result into words (rulebook 4.2): the assessment, the
// advice if it has been given and the decision if it has been taken. What does
// not apply is left out with its sentence.
func LegalBasisText(a Assessed, advice *Advice, decision *LegalDecision) (lang.Text, error) {
	c, err := a.known(factAdvice).legalCase()
	if err != nil {
		return lang.Text{}, err
	}
	changes := map[string]any{}
	if advice != nil {
		changes[factAdvice] = advice.Value
	}
	if decision != nil {
		changes[factDecided] = decision.Outcome
	}
	e, err := c.evaluate(changes)
	if err != nil {
		return lang.Text{}, err
	}
	if advice == nil && decision == nil {
		return c.draftText(e)
	}
	return c.text(e, advice, decision), e.Err()
}

// draftText is the text before the decision. What only lacks the advice is not
// called unlawful for that: the text states the rest, and that the advice is
// awaited.
func (c legalCase) draftText(e *rulebook.Evaluation) (lang.Text, error) {
	if result, _ := legalResult(e); slices.Contains(result.Codes, ruleAdviceNeeded) {
		outcome, err := c.beforeAdvice()
		if err != nil {
			return lang.Text{}, err
		}
		if e, err = c.evaluate(map[string]any{factDecided: outcome}); err != nil {
			return lang.Text{}, err
		}
	}
	return c.text(e, nil, nil), e.Err()
}

func (c legalCase) text(e *rulebook.Evaluation, advice *Advice, decision *LegalDecision) lang.Text {
	words := legalWords(c.Assessed, c.book, e)
	advice.fill(c.book, words)
	decision.fill(words)
	var sv, en []string
	for _, rule := range e.All(listResultText) {
		if text, missing := fillText(rule.Text, words); len(missing) == 0 {
			sv, en = append(sv, text.SV), append(en, text.EN)
		}
	}
	return lang.Text{SV: strings.Join(sv, " "), EN: strings.Join(en, " ")}
}

// legalWords are what the sentences take from the answers.
func legalWords(a Assessed, book *rulebook.Book, e *rulebook.Evaluation) map[string]lang.Text {
	necessity := same(sentence(written(a.Answers["LB-05b"])))
	if necessity == (lang.Text{}) {
		necessity = lower(book.Label("necessity", e.String("necessity")))
	}
	return map[string]lang.Text{
		"outcome":   book.Label(enumOutcomeWord, e.String("stated_outcome")),
		"ground":    same(e.String("basis")),
		"law":       same(sentence(e.String("law_reference"))),
		"art9":      same(e.String("art9_ground")),
		"art9_law":  same(sentence(e.String("art9_law_reference"))),
		"necessity": necessity,
	}
}

func (v *Advice) fill(book *rulebook.Book, words map[string]lang.Text) {
	if v == nil || v.Value == "" {
		return
	}
	said := lower(book.Label(factAdvice, v.Value))
	if text := sentence(v.Text); text != "" {
		said = lang.Text{SV: said.SV + ". " + text, EN: said.EN + ". " + text}
	}
	words["advice_date"] = same(v.On.String())
	if v.By == model.RoleCoordinator {
		words["statement"] = said
	} else {
		words["advice"] = said
	}
}

func (d *LegalDecision) fill(words map[string]lang.Text) {
	if d == nil {
		return
	}
	by := func(role, deputising string) string {
		name := d.Name
		if d.For != "" {
			name += deputising + d.For
		}
		parts := slices.DeleteFunc([]string{strings.ToLower(role), name, d.Authority}, func(s string) bool { return s == "" })
		return strings.Join(parts, ", ")
	}
	words["decider"] = lang.Text{SV: by(d.Role.SV, " för "), EN: by(d.Role.EN, " for ")}
	words["decision_date"] = same(d.On.String())
}
