// Package lang holds the two languages that Sluss speaks, Swedish and English:
// a text in both, the choice between them, and what a person is told when an
// answer does not have the form that it must have.
//
// It imports the standard library and golang.org/x/text/language only.
package lang

import (
	"fmt"

	"golang.org/x/text/language"
)

// Lang is a language that a person can be shown.
type Lang string

// The languages. Swedish is the one that is used when nobody has chosen.
const (
	SV Lang = "sv"
	EN Lang = "en"

	Default = SV
)

// Languages lists every language, the default first.
func Languages() []Lang { return []Lang{SV, EN} }

// Parse reads a language code, exactly "sv" or "en".
func Parse(s string) (Lang, error) {
	switch l := Lang(s); l {
	case SV, EN:
		return l, nil
	}
	return "", fmt.Errorf("unknown language: want sv or en")
}

// Text is the same text in both languages.
type Text struct {
	SV string `json:"sv" yaml:"sv"`
	EN string `json:"en" yaml:"en"`
}

// In returns the text in the language l, and in the default language when l
// is no language that is known.
func (t Text) In(l Lang) string {
	if l == EN {
		return t.EN
	}
	return t.SV
}

// Complete says whether the text exists in both languages.
func (t Text) Complete() bool { return t.SV != "" && t.EN != "" }

// The order is that of Languages.
var matcher = language.NewMatcher([]language.Tag{language.Swedish, language.English})

// FromAcceptLanguage chooses the language for a request from its
// Accept-Language header (RFC 9110, section 12.5.4). A header that is missing,
// malformed, or names neither language gives Swedish.
func FromAcceptLanguage(header string) Lang {
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return Default
	}
	_, i, confidence := matcher.Match(wanted...)
	if confidence == language.No {
		return Default
	}
	return Languages()[i]
}
