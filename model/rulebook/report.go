package rulebook

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"sluss/model/lang"
)

// reportsFile has the headings of the reports. It is no part of the rulebook's
// digest: no rule rests on it.
const reportsFile = "reports.yaml"

// Report is what a report is called and under which headings it tells what it is
// about (rulebook 5.8 and 9.11).
type Report struct {
	ID string `yaml:"id" json:"id"`
	// Part is the part of a case that the report is about, intake for the case as a
	// whole.
	Part     string          `yaml:"part" json:"part"`
	Source   string          `yaml:"source" json:"source"`
	Title    lang.Text       `yaml:"title" json:"title"`
	Headings []ReportHeading `yaml:"headings" json:"headings"`
}

// ReportHeading is a heading of a report and what stands under it.
type ReportHeading struct {
	ID   string    `yaml:"id" json:"id"`
	Text lang.Text `yaml:"text" json:"text"`
	// Sections and Questions are of the report's part. A question that a heading names
	// stands there and not with its section.
	Sections  []string `yaml:"sections" json:"sections,omitempty"`
	Questions []string `yaml:"questions" json:"questions,omitempty"`
	// Items are what is shown of the rows of a list, empty for all.
	Items []string `yaml:"items" json:"items,omitempty"`
	// Stages are those whose assessment, decisions and advice stand here.
	Stages []string `yaml:"stages" json:"stages,omitempty"`
	// Rules are the groups of rules of triage that are told here.
	Rules []string `yaml:"rules" json:"rules,omitempty"`
	// Shows names what the program adds.
	Shows []string `yaml:"shows" json:"shows,omitempty"`
}

// Reports are the reports that the program makes.
var Reports = sync.OnceValue(func() []*Report {
	raw, err := fs.ReadFile(data, path.Join(defaultDir, reportsFile))
	if err == nil {
		var file struct {
			Reports []*Report `yaml:"reports"`
		}
		dec := yaml.NewDecoder(bytes.NewReader(raw))
		dec.KnownFields(true)
		if err = dec.Decode(&file); err == nil {
			return file.Reports
		}
	}
	panic(fmt.Sprintf("the reports in the program are broken: %v", err)) // a build that no test has passed
})

// ReportOn returns the report on a part of a case, and whether there is one.
func ReportOn(part string) (*Report, bool) {
	all := Reports()
	i := slices.IndexFunc(all, func(r *Report) bool { return r.Part == part })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

// Tells reports whether a rule of triage of a group is told under a heading: the
// heading names the group, or has the stage that the group asks for.
func (h ReportHeading) Tells(group string) bool {
	stage, asks := strings.CutPrefix(group, "stage.")
	return slices.Contains(h.Rules, group) || asks && slices.Contains(h.Stages, stage)
}

// Under lists the questions that stand under a heading, of a book that asks them, in
// the order of the book.
func (r *Report) Under(h ReportHeading, b *Book) []*Field {
	var out []*Field
	for _, f := range b.Fields() {
		if f.Part != r.Part || f.System {
			continue
		}
		named := func(o ReportHeading) bool { return slices.Contains(o.Questions, f.ID) }
		if named(h) || slices.Contains(h.Sections, f.Section) && !slices.ContainsFunc(r.Headings, named) {
			out = append(out, f)
		}
	}
	return out
}
