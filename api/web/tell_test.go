package web

import (
	"testing"

	"sluss/api"
	"sluss/model/lang"
)

// What people have written is text wherever it is told, and sources are in words.
func TestTell(t *testing.T) {
	t.Parallel()
	v := view{Lang: lang.SV, References: true}
	lines := []line{
		{Label: "Vad & hur?", Text: "<b>så</b>", Source: "rulebook 2 [unverified]"},
		{Label: "Rader", Parts: [][]line{{{Label: `"A"`, Text: "1 < 2", Parts: [][]line{{{Label: "B", Text: "3"}}}}}}},
	}
	parts := `<ol class="rows"><li><p><strong>&#34;A&#34;:</strong> <span class="written">1 &lt; 2</span></p>` +
		`<ol class="rows"><li><p><strong>B:</strong> <span class="written">3</span></p></li></ol></li></ol>`
	rules := []api.FiredRule{
		{RuleNote: api.RuleNote{ID: "R-1", Text: "A > B.", Source: "rulebook 1"}, PathForward: "Gå <dit>."},
		{RuleNote: api.RuleNote{Text: "Utan källa."}},
	}
	for _, test := range []struct{ name, got, want string }{
		{
			"with sources", string(v.TellSourced(lines)),
			`<div><dt>Vad &amp; hur? <span class="source">regelverket 2 (hänvisningen ännu inte avstämd)</span></dt>` +
				`<dd><span class="written">&lt;b&gt;så&lt;/b&gt;</span></dd></div><div><dt>Rader</dt><dd>` + parts + `</dd></div>`,
		},
		{
			"without", string(tellAnswers(lines[:1])),
			`<div><dt>Vad &amp; hur?</dt><dd><span class="written">&lt;b&gt;så&lt;/b&gt;</span></dd></div>`,
		},
		{"parts", string(tellParts(lines[1].Parts)), parts},
		{"no parts", string(tellParts(nil)), ""},
		{
			"rules", string(v.TellRules(rules)),
			`<ul class="rules"><li>A &gt; B. <strong>Väg framåt:</strong> Gå &lt;dit&gt;. <span class="source">R-1 · regelverket 1</span></li>` +
				`<li>Utan källa. <span class="source"></span></li></ul>`,
		},
		{"in English", view{Lang: lang.EN}.Source("rulebook 3 [unverified]"), "rulebook 3"},
	} {
		if test.got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, test.got, test.want)
		}
	}
}
