package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"sluss/api/client"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// answersAt is where the answers stand in a body.
const answersAt = "/answers/"

// refusalText tells a refusal that has faults: what is wrong, in the order in which
// it is best mended.
func refusalText(p *client.Problem, book *rulebook.Book, l lang.Lang) string {
	var b strings.Builder
	nothing := lang.Text{SV: "Inget har ändrats.", EN: "Nothing has been changed."}
	fmt.Fprintf(&b, "%s (%s). %s\n%s", p.Title, p.Code, nothing.In(l), faultsText(p.Errors, book, l))
	if slices.ContainsFunc(p.Errors, func(f client.Fault) bool { return strings.HasPrefix(f.Pointer, "/reason_codes") }) {
		b.WriteString(lang.Text{
			SV: "`sluss rulebook show reasons` räknar upp regler att ange som orsak\n",
			EN: "`sluss rulebook show reasons` lists rules to give as reasons\n",
		}.In(l))
	}
	for _, r := range p.Rules {
		fmt.Fprintf(&b, "  %s: %s\n", r.ID, r.Text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// faultsText tells what is wrong with answers: first what is there and does not
// fit, then what is missing, by section.
func faultsText(faults []client.Fault, book *rulebook.Book, l lang.Lang) string {
	var b strings.Builder
	say := func(sv, en string, args ...any) { fmt.Fprintf(&b, lang.Text{SV: sv, EN: en}.In(l)+"\n", args...) }
	var wrong, missing []client.Fault
	asks := false
	for _, f := range faults {
		asks = asks || strings.HasPrefix(f.Pointer, answersAt)
		if f.Missing {
			missing = append(missing, f)
		} else {
			wrong = append(wrong, f)
		}
	}
	if len(wrong) > 0 {
		say("Att rätta (%d):", "To correct (%d):", len(wrong))
	}
	for _, f := range wrong {
		fmt.Fprintf(&b, "  %s: %s (%s)\n", nameOf(f.Pointer), f.Message+meant(f.Pointer, book, l), f.Code)
	}
	if len(missing) > 0 {
		say("Svar som saknas (%d):", "Answers missing (%d):", len(missing))
		missingText(&b, missing, book, l)
	}
	if asks {
		prefix := ""
		if book != rulebook.Default() {
			prefix = book.ID + "."
		}
		say("`sluss rulebook show %sNAMN` visar en fråga med alternativ, gränser och exempel.",
			"`sluss rulebook show %sNAME` shows a question with its choices, limits and an example.", prefix)
	}
	return b.String()
}

// meant proposes names for an answer to a question that there is not.
func meant(pointer string, book *rulebook.Book, l lang.Lang) string {
	name, isAnswer := strings.CutPrefix(pointer, answersAt)
	if _, _, known := book.FieldAt(pointer); known || !isAnswer || len(book.Group(pointer)) > 0 {
		return ""
	}
	near := nearest(name, questionNames(book))
	if len(near) == 0 {
		return ""
	}
	return lang.Text{SV: " Menar du ", EN: " Do you mean "}.In(l) + strings.Join(near, ", ") + "?"
}

// questionNames lists the names of questions, of their groups and of their parts.
func questionNames(book *rulebook.Book) []string {
	var names []string
	for _, f := range book.Fields() {
		names = append(names, f.ID)
		if group, _, nested := strings.Cut(f.ID, "."); nested {
			names = append(names, group)
		}
		for _, item := range f.Items {
			names = append(names, f.ID+"."+item.ID)
		}
	}
	return names
}

// nameOf is the name of the question, or the flag, that a pointer into a body points to.
func nameOf(pointer string) string {
	if name, ok := strings.CutPrefix(pointer, answersAt); ok {
		return strings.ReplaceAll(name, "/", ".")
	}
	return cmp.Or(partFlags[strings.TrimPrefix(pointer, "/")], pointer)
}

// missingText lists missing answers below the headings of their sections, in the
// order of the form.
func missingText(b *strings.Builder, missing []client.Fault, book *rulebook.Book, l lang.Lang) {
	inForm := func(f client.Fault) int {
		q, parents, _ := book.FieldAt(f.Pointer)
		return slices.Index(book.Fields(), append(parents, q)[0])
	}
	slices.SortStableFunc(missing, func(a, b client.Fault) int { return inForm(a) - inForm(b) })
	w := tabwriter.NewWriter(b, 0, 4, 2, ' ', 0)
	for _, section := range append(book.Sections(), &rulebook.Section{}) {
		var lines []string
		for _, f := range missing {
			if in, part, label := placeOf(book, f.Pointer, l); in == section.ID && part == section.Part {
				lines = append(lines, fmt.Sprintf("    %s\t%s\n", nameOf(f.Pointer), label))
			}
		}
		if len(lines) == 0 {
			continue
		}
		if section.ID != "" {
			fmt.Fprintf(w, "  %s (%d)\n", heading(section, l), len(lines))
		}
		fmt.Fprint(w, strings.Join(lines, ""))
	}
	_ = w.Flush()
}

// placeOf gives the section, the part that it is in, and the label of the question
// that a pointer points to, "" for what is no question.
func placeOf(book *rulebook.Book, pointer string, l lang.Lang) (section, part, label string) {
	f, parents, ok := book.FieldAt(pointer)
	if !ok {
		return "", "", ""
	}
	if len(parents) > 0 {
		return parents[0].Section, parents[0].Part, parents[0].Text.In(l) + ": " + f.Text.In(l)
	}
	return f.Section, f.Part, f.Text.In(l)
}
