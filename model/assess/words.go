package assess

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluss/model/lang"
)

// placeholder is a word in braces that a text of the rulebook leaves open.
var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// fillText puts words in the place of the placeholders of a text. The names of
// those that have no word come back sorted, each once.
func fillText(t lang.Text, words map[string]lang.Text) (lang.Text, []string) {
	var missing []string
	in := func(l lang.Lang) string {
		return placeholder.ReplaceAllStringFunc(t.In(l), func(m string) string {
			name := m[1 : len(m)-1]
			word := words[name].In(l)
			if word == "" {
				missing = append(missing, name)
			}
			return word
		})
	}
	out := lang.Text{SV: in(lang.SV), EN: in(lang.EN)}
	slices.Sort(missing)
	return out, slices.Compact(missing)
}

// same is a text that is the same in both languages, as what people write is.
func same(s string) lang.Text { return lang.Text{SV: s, EN: s} }

// sentence takes away what a sentence around the text brings along itself.
func sentence(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }

// written is an answer that is text.
func written(v any) string {
	s, _ := v.(string)
	return s
}

// lower writes a label as it stands inside a sentence.
func lower(t lang.Text) lang.Text {
	small := func(s string) string {
		r, n := utf8.DecodeRuneInString(s)
		if n == 0 {
			return ""
		}
		return string(unicode.ToLower(r)) + s[n:]
	}
	return lang.Text{SV: small(t.SV), EN: small(t.EN)}
}
