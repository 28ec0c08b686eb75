package rulebook

import (
	"fmt"

	"sluss/model/lang"
)

// codeFact makes a problem carry the kind of its fault as its code.
const codeFact = ""

// messages are what a person is told about an answer that does not fit. They
// never repeat the answer.
var messages = map[string]lang.Text{
	"missing":      {SV: "Svar saknas.", EN: "An answer is missing."},
	"must_be":      {SV: "Det här måste intygas.", EN: "This must be attested."},
	"null":         {SV: "Ange ett värde; okänt är också ett svar.", EN: "Give a value; unknown is an answer too."},
	"unknown_name": {SV: "Fältet finns inte.", EN: "There is no such field."},
	"system":       {SV: "Fältet sätts av systemet.", EN: "The field is set by the system."},
	"enum":         {SV: "Värdet är inte ett av alternativen: %s.", EN: "The value is not one of the choices: %s."},
	"type_bool": {
		SV: "Svaret ska vara ja eller nej. I YAML och JSON skrivs ja som true och nej som false, utan citattecken.",
		EN: "The answer must be yes or no. In YAML and JSON write true for yes and false for no, without quotes."},
	"type_int":    {SV: "Svaret ska vara ett heltal.", EN: "The answer must be a whole number."},
	"type_number": {SV: "Svaret ska vara ett tal.", EN: "The answer must be a number."},
	"type_text":   {SV: "Svaret ska vara text.", EN: "The answer must be text."},
	"type_list":   {SV: "Svaret ska vara en lista; i YAML skrivs den [a, b].", EN: "The answer must be a list; in YAML it is written [a, b]."},
	"type_object": {SV: "Svaret ska bestå av namngivna delar.", EN: "The answer must consist of named parts."},
	"date":        {SV: "Datumet ska skrivas som åååå-mm-dd.", EN: "The date must be written as yyyy-mm-dd."},
	"line":        {SV: "Texten ska stå på en rad.", EN: "The text must be on one line."},
	"min":         {SV: "Talet ska vara minst %s.", EN: "The number must be at least %s."},
	"max":         {SV: "Talet får vara högst %s.", EN: "The number may be at most %s."},
	"too_short":   {SV: "Texten ska ha minst %s tecken.", EN: "The text must have at least %s characters."},
	"too_long":    {SV: "Texten får ha högst %s tecken.", EN: "The text may have at most %s characters."},
	"too_many":    {SV: "Listan får ha högst %s rader.", EN: "The list may have at most %s rows."},
}

// problem builds a problem from a kind of fault; code is the rule it is
// reported under, or codeFact.
func (b *Book) problem(pointer, kind, code string, args ...any) Problem {
	if code == codeFact {
		code = kind
	}
	t := messages[kind]
	if len(args) > 0 {
		t = lang.Text{SV: fmt.Sprintf(t.SV, said(args[0], lang.SV)), EN: fmt.Sprintf(t.EN, said(args[0], lang.EN))}
	}
	return Problem{Pointer: pointer, Code: code, Text: t, Source: b.sourceOf(code)}
}

// orUnknownText follows what is wrong with a value that may also be unknown.
var orUnknownText = lang.Text{
	SV: " Vet ni inte svaret, skriv ordet unknown (okänt).",
	EN: " If you do not know the answer, write the word unknown.",
}

func (b *Book) missing(f *Field) Problem {
	p := b.problem(f.Pointer(), "missing", f.missingCode)
	p.Missing = true
	return p
}

func (b *Book) sourceOf(code string) string {
	if r, ok := b.ruleByID[code]; ok {
		return r.Source
	}
	return ""
}

func (b *Book) problems(pointer, code string, faults []fault) []Problem {
	var out []Problem
	for _, f := range faults {
		p := b.problem(pointer+f.where, f.code, code, f.args...)
		if f.orUnknown {
			p.Text.SV += orUnknownText.SV
			p.Text.EN += orUnknownText.EN
		}
		out = append(out, p)
	}
	return out
}

// said is what a message says of a bound, or of the choices.
func said(v any, l lang.Lang) string {
	switch x := v.(type) {
	case float64:
		return lang.Number(x, -1, l)
	case int:
		return lang.Number(float64(x), 0, l)
	}
	return fmt.Sprint(v)
}
