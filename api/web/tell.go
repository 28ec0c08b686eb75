package web

import (
	"html/template"
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// A report has hundreds of answers and rules, and a template would spend more time on
// them than on all the rest of the page: they are written here.

// tellLines are answered questions, with where they come from as source writes it
// unless that is nil.
func tellLines(lines []line, source func(string) string) template.HTML {
	var b strings.Builder
	for _, l := range lines {
		beginLine(&b, l, source)
		b.WriteString("</dd></div>")
	}
	return template.HTML(b.String())
}

// beginLine writes an answered question as far as its answer goes.
func beginLine(b *strings.Builder, l line, source func(string) string) {
	b.WriteString("<div><dt>" + template.HTMLEscapeString(l.Label))
	if source != nil && l.Source != "" {
		b.WriteString(` <span class="source">` + source(l.Source) + "</span>")
	}
	b.WriteString("</dt><dd>")
	if l.Text != "" {
		b.WriteString(`<span class="written">` + template.HTMLEscapeString(l.Text) + "</span>")
	}
	writeParts(b, l.Parts)
}

// reading is a text to read with the remarks on its questions, by question.
type reading struct {
	Sections     []section
	Remarks      map[string][]remark
	CaseID, Part string
	// MayRemark is true for who may make a remark on a question.
	MayRemark bool
}

// stretch is what is told in one piece, up to the remarks on the last question in it.
type stretch struct {
	Text    template.HTML
	Remarks []remark
}

// Stretches are answered questions, with a link to where a remark on each is made.
func (r reading) Stretches(lines []line, in lang.Lang) []stretch {
	var out []stretch
	var b strings.Builder
	for _, l := range lines {
		beginLine(&b, l, nil)
		if on := r.Remarks[l.ID]; len(on) > 0 {
			out = append(out, stretch{template.HTML(b.String()), on})
			b.Reset()
		}
		b.WriteString("</dd>")
		if r.MayRemark {
			r.writeRemarkOn(&b, l, in)
		}
		b.WriteString("</div>")
	}
	return append(out, stretch{Text: template.HTML(b.String())})
}

func (r reading) writeRemarkOn(b *strings.Builder, l line, in lang.Lang) {
	path := "/cases/" + r.CaseID + "/remarks/new?question=" + url.QueryEscape(l.ID)
	if r.Part != rulebook.PartIntake {
		path += "&stage=" + url.QueryEscape(r.Part)
	}
	b.WriteString(`<dd class="remark-on"><a href="` + template.HTMLEscapeString(path) + `">` + textRemarkOn.In(in) +
		`<span class="hidden"> ` + textOn.In(in) + " " + template.HTMLEscapeString(l.Label) + "</span></a></dd>")
}

var (
	textRemarkOn = lang.Text{SV: "Lämna en synpunkt", EN: "Make a remark"}
	textOn       = lang.Text{SV: "om", EN: "on"}
)

// tellAnswers are answered questions.
func tellAnswers(lines []line) template.HTML { return tellLines(lines, nil) }

// TellSourced are answered questions with where they come from. A report has hundreds of
// them, and nothing keeps an id on one line there.
func (v view) TellSourced(lines []line) template.HTML { return tellLines(lines, v.sourceText) }

// tellParts are the parts of an answer, one group for each row.
func tellParts(parts [][]line) template.HTML {
	var b strings.Builder
	writeParts(&b, parts)
	return template.HTML(b.String())
}

func writeParts(b *strings.Builder, parts [][]line) {
	if len(parts) == 0 {
		return
	}
	b.WriteString(`<ol class="rows">`)
	for _, part := range parts {
		b.WriteString("<li>")
		for _, l := range part {
			b.WriteString("<p><strong>" + template.HTMLEscapeString(l.Label) + `:</strong> <span class="written">` +
				template.HTMLEscapeString(l.Text) + "</span></p>")
			writeParts(b, l.Parts)
		}
		b.WriteString("</li>")
	}
	b.WriteString("</ol>")
}

// TellRules are rules that fired, with the way forward and where they come from. In a
// report, which has hundreds of them, nothing keeps an id on one line.
func (v view) TellRules(rules []api.FiredRule) template.HTML {
	var b strings.Builder
	forward := v.T("Väg framåt:", "Way forward:")
	b.WriteString(`<ul class="rules">`)
	for _, r := range rules {
		b.WriteString("<li>" + template.HTMLEscapeString(r.Text))
		if r.PathForward != "" {
			b.WriteString(" <strong>" + forward + "</strong> " + template.HTMLEscapeString(r.PathForward))
		}
		basis := v.basisText(r.ID, r.Source)
		if !v.References {
			basis = string(together(basis))
		}
		b.WriteString(` <span class="source">` + basis + "</span></li>")
	}
	b.WriteString("</ul>")
	return template.HTML(b.String())
}

// swedishSources are the words of sources that are not in Swedish, the longer ones first.
var swedishSources = slices.Clip([]string{
	"rulebook ", "regelverket ", "recital ", "skäl ", "Annex ", "bilaga ", " new Art ", " ny artikel ", " Art ", " artikel ",
	"without undue further delay", "utan onödigt ytterligare dröjsmål", "without undue delay", "utan onödigt dröjsmål",
	"own setting within the 72 hours", "egen inställning inom de 72 timmarna", "own setting", "egen inställning",
	"immediately", "omedelbart", "(date uncertain)", "(datum osäkert)", "(proposal)", "(förslag)", "Statistics Sweden", "SCB",
})

// sources put a source into words that people understand, by language and by whether
// it is said that nobody has checked the reference yet.
var sources = map[lang.Lang]map[bool]*strings.Replacer{
	lang.SV: {
		false: strings.NewReplacer(append(swedishSources, " [unverified]", "")...),
		true:  strings.NewReplacer(append(swedishSources, " [unverified]", " (hänvisningen ännu inte avstämd)")...),
	},
	lang.EN: {
		false: strings.NewReplacer(" [unverified]", ""),
		true:  strings.NewReplacer(" [unverified]", " (reference not checked yet)"),
	},
}
