package lang_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"sluss/model/lang"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, l := range lang.Languages() {
		if got, err := lang.Parse(string(l)); err != nil || got != l {
			t.Errorf("Parse(%q) = %q, %v", l, got, err)
		}
	}
	for _, s := range []string{"", "SV", "sv-SE", "de", "en "} {
		if got, err := lang.Parse(s); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", s, got)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	text := lang.Text{SV: "Ärende", EN: "Case"}
	for l, want := range map[lang.Lang]string{lang.SV: "Ärende", lang.EN: "Case", "": "Ärende", "de": "Ärende"} {
		if got := text.In(l); got != want {
			t.Errorf("In(%q) = %q, want %q", l, got, want)
		}
	}
	if !text.Complete() || (lang.Text{SV: "Ärende"}).Complete() || (lang.Text{EN: "Case"}).Complete() {
		t.Error("Complete must ask for both languages")
	}

	const asJSON = `{"sv":"Ärende","en":"Case"}`
	b, err := json.Marshal(text)
	if err != nil || string(b) != asJSON {
		t.Errorf("json.Marshal = %s, %v; want %s", b, err, asJSON)
	}
	var read lang.Text
	if err := yaml.Unmarshal([]byte("sv: Ärende\nen: Case\n"), &read); err != nil || read != text {
		t.Errorf("yaml.Unmarshal = %+v, %v; want %+v", read, err, text)
	}
}

func TestFromAcceptLanguage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		header string
		want   lang.Lang
	}{
		{"", lang.SV},
		{"sv", lang.SV},
		{"sv-SE,sv;q=0.9,en;q=0.8", lang.SV},
		{"en", lang.EN},
		{"en-GB", lang.EN},
		{"EN-us", lang.EN},
		{"en-US,en;q=0.9,sv;q=0.8", lang.EN},
		{"en;q=0.4,sv;q=0.6", lang.SV},
		{"de,en;q=0.5", lang.EN},
		{"de,fr;q=0.5", lang.SV},
		{"en;q=0", lang.SV},
		{"sv;q=0, en", lang.EN},
		{"*", lang.SV},
		{"de, *;q=0.5", lang.SV},
		{"en;q=high", lang.SV},
		{"\x00;;;,", lang.SV},
		{strings.Repeat("a-", 100_000), lang.SV},
	}
	for _, test := range tests {
		if got := lang.FromAcceptLanguage(test.header); got != test.want {
			t.Errorf("FromAcceptLanguage(%.40q) = %q, want %q", test.header, got, test.want)
		}
	}
}
