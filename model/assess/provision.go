package assess

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sluss/model"
)

// CoversProvision reports whether a secrecy provision is among those that are
// approved, however each is written: "OSL 26:1", "26 kap. 1 § OSL", "OSL 23:1–2".
// What is not written as chapter and section of the act is compared as a text, so
// that an approval of a part of a section covers that part only.
func CoversProvision(approved []string, provision string) bool {
	var all []string
	for _, p := range approved {
		all = append(all, sections(p)...)
	}
	for _, s := range sections(provision) {
		if !slices.Contains(all, s) {
			return false
		}
	}
	return true
}

var (
	// The act is the one that provisions without a name belong to.
	secrecyAct   = regexp.MustCompile(`\bosl\b|offentlighets- och sekretesslagen|\(2009:400\)`)
	inWords      = strings.NewReplacer("§§", "", "§", "", "kap.", ":", "kap ", ":", "chapter", "", "section", ":", "–", "-")
	sectionsForm = regexp.MustCompile(`^(\d+) ?: ?(\d+)( ?[a-z])?(?: ?- ?(\d+))?$`)
)

// maxSections bounds how many sections a provision can name.
const maxSections = 100

// sections reads a provision as sections of the secrecy act, "26:1"; anything else
// is one section of its own name.
func sections(provision string) []string {
	whole := model.NameKey(provision)
	if at := strings.IndexByte(whole, '('); at > 0 && strings.HasSuffix(whole, ")") && !secrecyAct.MatchString(whole[at:]) {
		whole = whole[:at] // a note in brackets: "OSL 26:1 (socialtjänst)"
	}
	bare := model.NameKey(inWords.Replace(secrecyAct.ReplaceAllString(whole, "")))
	m := sectionsForm.FindStringSubmatch(bare)
	if m == nil {
		return []string{whole}
	}
	first, errFirst := strconv.Atoi(m[2])
	last, errLast := first, error(nil)
	if m[4] != "" {
		last, errLast = strconv.Atoi(m[4])
	}
	letter := strings.TrimSpace(m[3])
	if errFirst != nil || errLast != nil || last < first || last-first >= maxSections || letter != "" && m[4] != "" {
		return []string{whole}
	}
	var out []string
	for n := first; n <= last; n++ {
		out = append(out, fmt.Sprintf("%s:%d%s", strings.TrimLeft(m[1], "0"), n, letter))
	}
	return out
}
