package web

import (
	"html/template"
	"reflect"
	"strings"
	"testing"

	"sluss/api"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
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
		{"in English", string(view{Lang: lang.EN}.Source("rulebook 3 [unverified]")), "rulebook 3"},
		{"in one language", string(v.Source("GDPR recital 90, OMN new Art 111(4); own setting")), "GDPR skäl 90, OMN ny artikel 111(4); egen inställning"},
		{
			"ids on one line", string(v.Source("L-14, GDPR 13–14 (DP-32), EU-rätten")),
			`<span class="id">L-14,</span> GDPR 13–14 <span class="id">(DP-32),</span> EU-rätten`,
		},
		{"a source that is told as text", string(v.Source("<A-1>")), "&lt;A-1&gt;"},
		{"a rule outside a report", string(view{Lang: lang.SV}.TellRules(rules[:1])), `<ul class="rules"><li>A &gt; B. <strong>Väg framåt:</strong> Gå &lt;dit&gt;. <span class="source"><span class="id">R-1</span> · regelverket 1</span></li></ul>`},
		{"a long role", v.Role(model.RoleCISO), "Informationssäkerhets\u00adansvarig (CISO)"},
		{"the longest role", v.Role(model.RoleCoordinator), "Dataskydds-/\u200binformationssäkerhets\u00adsamordnare"},
		{"how much may be written", string(v.Asks(control{ID: "a", Label: "Vad?", Needed: true, Bounds: "högst 9 tecken"})), "<div class=\"field\">\n" + `<label for="a">Vad?</label><span class="hint" id="a-bounds">Högst 9 tecken</span>`},
		{"a level of information", view{Lang: lang.SV, book: rulebook.Default()}.Protection(1), "1 av 4: Intern"},
		{"a level to choose", levelChoice(rulebook.Default(), 1, lang.EN), "1 Internal"},
		{"the rule once", string(v.Basis("R1", "R1, rulebook 2")), "R1, regelverket 2"},
		{"a chapter of the rulebook", string(v.Basis("", "9.6")), "regelverket 9.6"},
	} {
		if test.got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, test.got, test.want)
		}
	}
}

// A decision gives its reasons in words beside their ids, and one of the decider's own
// as it is.
func TestReasonsOfADecision(t *testing.T) {
	t.Parallel()
	book := rulebook.Default()
	rule, ok := book.Rule("HS-01")
	if !ok {
		t.Fatal("no HS-01")
	}
	v := view{Lang: lang.SV, book: book}
	got := string(v.TellDecision(api.DecisionItem{Outcome: model.OutcomeReturn, ReasonCodes: []string{"HS-01", "<eget>"}}))
	want := "<p><strong>Orsak:</strong> " + rule.Text.SV + ` <span class="source"><span class="id">HS-01</span></span></p>` + "\n" +
		`<p><strong>Orsak:</strong> <span class="source">&lt;eget&gt;</span></p>`
	if !strings.Contains(got, want) {
		t.Errorf("%s\nhas no\n%s", got, want)
	}
}

// A text is told in as few pieces as there are remarks on it, and each question leads to
// where one is made, for whoever may.
func TestStretches(t *testing.T) {
	t.Parallel()
	lines := []line{{ID: "a", Label: "Vad & hur?", Text: "<b>så</b>"}, {ID: "b", Label: "B"}, {ID: "c", Label: "C"}}
	link := func(path, label string) string {
		return `<dd class="remark-on"><a href="` + path + `">Make a remark<span class="hidden"> on ` + label + `</span></a></dd>`
	}
	first, on := `<div><dt>Vad &amp; hur?</dt><dd><span class="written">&lt;b&gt;så&lt;/b&gt;</span>`, []remark{{CaseID: "1"}}
	path := "/cases/1/remarks/new?question="
	for name, test := range map[string]struct {
		r    reading
		want []stretch
	}{
		"to read": {reading{CaseID: "1", Part: "intake"}, []stretch{{Text: template.HTML(first + "</dd></div><div><dt>B</dt><dd></dd></div><div><dt>C</dt><dd></dd></div>")}}},
		"remarked on": {reading{CaseID: "1", Part: "dpia", MayRemark: true, Remarks: map[string][]remark{"b": on}}, []stretch{
			{template.HTML(first + "</dd>" + link(path+"a&amp;stage=dpia", "Vad &amp; hur?") + "</div><div><dt>B</dt><dd>"), on},
			{Text: template.HTML("</dd>" + link(path+"b&amp;stage=dpia", "B") + "</div><div><dt>C</dt><dd></dd>" + link(path+"c&amp;stage=dpia", "C") + "</div>")},
		}},
		"of an intake": {reading{CaseID: "1", Part: "intake", MayRemark: true, Remarks: map[string][]remark{"c": on}}, []stretch{
			{template.HTML(first + "</dd>" + link(path+"a", "Vad &amp; hur?") + "</div><div><dt>B</dt><dd></dd>" + link(path+"b", "B") + "</div><div><dt>C</dt><dd>"), on},
			{Text: template.HTML("</dd>" + link(path+"c", "C") + "</div>")},
		}},
	} {
		if got := test.r.Stretches(lines, lang.EN); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n%+v\nwant\n%+v", name, got, test.want)
		}
	}
}

// Reasons are text in the page, each with the id of its rule.
func TestReasons(t *testing.T) {
	t.Parallel()
	got := reasons("r", []choice{{"LB-R01", "Stödet <saknas>.", false}, {`"x"`, "B", true}})
	want := template.HTML(`<p class="choice"><input type="checkbox" name="reason_codes" id="r0" value="LB-R01"><label for="r0">Stödet &lt;saknas&gt;. <span class="source">LB-R01</span></label></p>` +
		`<p class="choice"><input type="checkbox" name="reason_codes" id="r1" value="&#34;x&#34;" checked><label for="r1">B <span class="source">&#34;x&#34;</span></label></p>`)
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
