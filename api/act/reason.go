package act

import (
	"regexp"
	"slices"
	"strings"

	"sluss/model/lang"
	"sluss/model/rulebook"
)

// The rulebook asks for reason codes (V-60) and leaves it to the organisation which
// they are. A code is the id of a rule, or the organisation's own: words of letters
// and digits with _, - or full stops between them, such as unclear_purpose or L-28.
var ownReason = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([._-][A-Za-z0-9]+)*$`)

// Reasons lists the rules that most often stand behind a return or a rejection: the
// hard stops, the blockers and the checks of the form.
func Reasons(b *rulebook.Book) []*rulebook.Rule {
	return slices.DeleteFunc(b.Rules(), func(r *rulebook.Rule) bool {
		return r.Group != "hard_stops" && r.Group != "blockers" && r.Group != "checks"
	})
}

// reasonFault says what is wrong with a reason code, nil when nothing is. A code of
// the family of a rule that stops or holds up a case, such as HS-99, has to be one
// of the family.
func reasonFault(b *rulebook.Book, code string) *lang.Text {
	family := familyOf(code)
	var siblings []string
	for _, r := range Reasons(b) {
		switch {
		case r.ID == code:
			return nil
		case family != "" && familyOf(r.ID) == family:
			siblings = append(siblings, r.ID)
		}
	}
	if len(siblings) > 0 {
		known := strings.Join(siblings, ", ")
		return &lang.Text{
			SV: "Regeln finns inte i regelverket. De som finns är " + known + ".",
			EN: "The rulebook has no such rule. Those that it has are " + known + ".",
		}
	}
	if !ownReason.MatchString(code) {
		return &lang.Text{
			SV: "Ange id för en regel, till exempel HS-02, RT-03 eller V-04, eller en egen kod av bokstäver a–z och siffror med _, - eller punkt emellan, till exempel oklart_andamal.",
			EN: "Give the id of a rule, for example HS-02, RT-03 or V-04, or a code of your own of letters a–z and digits with _, - or full stops between them, for example unclear_purpose.",
		}
	}
	return nil
}

var numbered = regexp.MustCompile(`^([A-Z]+)-[0-9]+[a-z]?$`)

// familyOf is what stands before the number of a rule: HS of HS-02, "" for codes of
// another form.
func familyOf(code string) string {
	if m := numbered.FindStringSubmatch(code); m != nil {
		return m[1]
	}
	return ""
}
