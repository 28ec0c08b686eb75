package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"sluss/model/lang"
	"sluss/model/rulebook"
)

// shownQuestionNote is a question of a form as it applies now.
type shownQuestionNote struct {
	ID       string `json:"id"`
	Section  string `json:"section"`
	Label    string `json:"label"`
	Type     string `json:"type"`
	Needed   bool   `json:"needed"`
	Answered bool   `json:"answered"`
	Value    any    `json:"value"`
}

// shownJudgement is what the command line shows of what the rules say.
type shownJudgement struct {
	Outcome    string      `json:"outcome"`
	Rules      []shownRule `json:"rules"`
	Hindrances []struct {
		shownRule
		Task     string   `json:"task"`
		Outcomes []string `json:"outcomes"`
		Pointer  string   `json:"pointer"`
	} `json:"hindrances"`
	Conditions []struct {
		SourceRule   string `json:"source_rule"`
		Text         string `json:"text"`
		OwnerRole    string `json:"owner_role"`
		VerifierRole string `json:"verifier_role"`
		DueKind      string `json:"due_kind"`
		DueDate      string `json:"due_date"`
		Months       int    `json:"months"`
		Met          bool   `json:"met"`
	} `json:"conditions"`
	HeadConfirms string `json:"head_confirms"`
}

// printForm prints the questions of a part below the headings of their sections: a
// star before what needs an answer, the answer after what has one.
func (r *remote) printForm(part string, form []shownQuestionNote) {
	if len(form) == 0 {
		return
	}
	r.tell("\nFrågor (* behöver svar):\n", "\nQuestions (* needs an answer):\n")
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	section := ""
	for i, q := range bySection(form) {
		if q.Section != section || i == 0 {
			section = q.Section
			fmt.Fprintf(w, "  %s\n", r.sectionTitle(part, section))
		}
		mark := " "
		if q.Needed && !q.Answered {
			mark = "*"
		}
		fmt.Fprintf(w, "  %s %s\t%s\t%s\n", mark, q.ID, q.Label, r.answerText(q))
	}
	_ = w.Flush()
}

// bySection puts the questions of a section together, the sections in the order of
// their first questions.
func bySection(form []shownQuestionNote) []shownQuestionNote {
	first := func(q shownQuestionNote) int {
		return slices.IndexFunc(form, func(other shownQuestionNote) bool { return other.Section == q.Section })
	}
	return slices.SortedStableFunc(slices.Values(form), func(a, b shownQuestionNote) int { return first(a) - first(b) })
}

// sectionTitle is the heading of a section.
func (r *remote) sectionTitle(part, id string) string {
	for _, s := range r.book.Sections() {
		if s.ID == id && s.Part == part {
			return heading(s, r.lang)
		}
	}
	return id
}

// heading is a section's id and text; some texts begin with the id.
func heading(s *rulebook.Section, l lang.Lang) string {
	text := s.Text.In(l)
	if strings.HasPrefix(text, s.ID+". ") || strings.HasPrefix(text, s.ID+" ") {
		return text
	}
	return s.ID + ". " + text
}

// longestAnswer is how many characters of an answer a form shows.
const longestAnswer = 60

// answerText is the answer to a question or, while there is none, what an answer
// looks like.
func (r *remote) answerText(q shownQuestionNote) string {
	if q.Answered {
		text := []rune("= " + r.valueText(q.Value))
		if len(text) > longestAnswer {
			text = append(text[:longestAnswer], '…')
		}
		return string(text)
	}
	f, ok := r.book.Field(q.ID)
	if !ok {
		return ""
	}
	return "(" + r.answerForm(f) + ")"
}

// valueText is an answer on one line, yes and no in words.
func (r *remote) valueText(v any) string {
	switch v {
	case true:
		return lang.Text{SV: "ja", EN: "yes"}.In(r.lang)
	case false:
		return lang.Text{SV: "nej", EN: "no"}.In(r.lang)
	}
	return plainText(v)
}

// answerForm says in a few words what an answer looks like.
func (r *remote) answerForm(f *rulebook.Field) string {
	if values := (glossary{book: r.book, lang: r.lang}).values(f); len(values) > 0 && f.Choices == "" {
		ids := make([]string, len(values))
		for i, v := range values {
			ids[i] = v.ID
		}
		return strings.Join(ids, ", ")
	}
	if len(f.Items) > 0 {
		ids := make([]string, len(f.Items))
		for i, item := range f.Items {
			ids[i] = item.ID
		}
		of := lang.Text{SV: "delar: ", EN: "parts: "}
		if f.Type == "list" {
			of = lang.Text{SV: "rader med ", EN: "rows of "}
		}
		return of.In(r.lang) + strings.Join(ids, ", ")
	}
	return shortTypeWords[f.Type].In(r.lang)
}

// shortTypeWords say in a word or two what an answer of a type is.
var shortTypeWords = map[string]lang.Text{
	"str": {SV: "en rad", EN: "a line"}, "text": {SV: "text", EN: "text"}, "bool": {SV: "ja, nej", EN: "yes, no"},
	"int": {SV: "heltal", EN: "a whole number"}, "number": {SV: "tal", EN: "a number"}, "date": {SV: "åååå-mm-dd", EN: "yyyy-mm-dd"},
	"ref": {SV: "id", EN: "an id"}, "list": {SV: "lista", EN: "a list"}, "enum": {SV: "ett val", EN: "a choice"},
	"multi": {SV: "val", EN: "choices"}, "object": {SV: "delar", EN: "parts"},
}

// plainText writes an answer on one line.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return strings.Join(strings.Fields(v), " ")
	case []any:
		rows := make([]string, len(v))
		for i, row := range v {
			rows[i] = plainText(row)
		}
		return strings.Join(rows, ", ")
	case map[string]any:
		var parts []string
		for name, part := range v {
			parts = append(parts, name+": "+plainText(part))
		}
		slices.Sort(parts)
		return strings.Join(parts, "; ")
	}
	return fmt.Sprint(v)
}

// printJudgement prints what the rules make of the answers so far: which outcomes
// they refuse and where to look, which conditions follow, and what else held.
func (r *remote) printJudgement(j *shownJudgement) {
	if j == nil {
		return
	}
	told := map[string]bool{}
	if j.Outcome != "" || len(j.Hindrances)+len(j.Conditions)+len(j.Rules) > 0 {
		r.tell("\nReglerna säger om svaren hittills:\n", "\nThe rules say of the answers so far:\n")
	}
	if j.Outcome != "" {
		r.tell("  Svaren leder till: %s\n", "  The answers come to: %s\n", j.Outcome)
	}
	for _, h := range r.hindrances(j, told) {
		r.tell("  Hindrar %s\n", "  Refuses %s\n", h)
	}
	for _, c := range j.Conditions {
		told[c.SourceRule] = true
		r.tell("  Ger villkor: %s %s (%s; %s gör, %s kontrollerar)\n", "  Adds a condition: %s %s (%s; %s does it, %s verifies)\n",
			c.SourceRule, c.Text, r.dueText(c.DueKind, c.DueDate, c.Months), c.OwnerRole, c.VerifierRole)
	}
	if j.HeadConfirms != "" {
		r.tell("  Förvaltningschefen ska bekräfta: %s\n", "  The head of the unit has to confirm: %s\n", j.HeadConfirms)
	}
	for _, f := range j.Rules {
		if !told[f.ID] {
			fmt.Fprintf(r.stdout, "  %s\n", f.line())
		}
	}
}

// hindrances says what the rules refuse and why; what is said of several questions
// is said once, with their names. It marks the rules as told.
func (r *remote) hindrances(j *shownJudgement, told map[string]bool) []string {
	var lines []string
	questions := map[string][]string{}
	for _, h := range j.Hindrances {
		told[h.ID] = true
		line := strings.Join(h.Outcomes, ", ") + ": " + h.line()
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
		if h.Pointer != "" {
			questions[line] = append(questions[line], nameOf(answersAt+strings.TrimPrefix(strings.TrimPrefix(h.Pointer, "/answers"), "/")))
		}
	}
	for i, line := range lines {
		if names := questions[line]; len(names) > 0 {
			lines[i] += lang.Text{SV: " Se ", EN: " See "}.In(r.lang) + strings.Join(names, ", ")
		}
	}
	return lines
}

// dueText says when a condition has to be met.
func (r *remote) dueText(kind, date string, months int) string {
	switch kind {
	case "before_use":
		return lang.Text{SV: "före användning", EN: "before use"}.In(r.lang)
	case "recurring":
		if months == 0 {
			return lang.Text{SV: "återkommande", EN: "recurring"}.In(r.lang)
		}
		text := fmt.Sprintf(lang.Text{SV: "var %d:e månad", EN: "every %d months"}.In(r.lang), months)
		return strings.TrimSpace(text + " " + date)
	}
	return lang.Text{SV: "senast ", EN: "by "}.In(r.lang) + cmp.Or(date, "–")
}
