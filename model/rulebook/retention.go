package rulebook

import (
	"slices"

	"sluss/model/lang"
)

// Retention says how long a kind of record is kept (rulebook 9.6).
type Retention struct {
	ID     string    `json:"id"`
	Text   lang.Text `json:"text"`
	Source string    `json:"source"`
	// Years names the parameter with the years after which it is disposed of, empty
	// for what is preserved.
	Years string `json:"years,omitempty"`
	// Removes names what Sluss holds of the record, of Removable; empty for what is
	// preserved or kept elsewhere.
	Removes []string `json:"removes,omitempty"`
}

// Removable lists what a rule of retention can dispose of: the files that were
// attached to the security review and to conditions, the texts of conditions and
// of comments, messages to people, and the assessment of camera surveillance.
func Removable() []string {
	return []string{"evidence", "conditions", "comments", "reminders", "camera_assessment"}
}

type retentionSource struct {
	ID      mark      `yaml:"id"`
	Years   string    `yaml:"years"`
	Removes []string  `yaml:"removes"`
	Text    lang.Text `yaml:"text"`
	Source  string    `yaml:"source"`
}

// Retention lists how long each kind of record is kept.
func (b *Book) Retention() []Retention { return slices.Clone(b.retention) }

// retention reads how long records are kept. What is disposed of needs a time.
func (c *compiler) retention() {
	for _, s := range c.src.Retention {
		id := s.ID.Text
		c.claim(s.ID)
		c.text(s.ID, id, "a rule of retention", s.Text)
		c.source(s.ID, id, s.Source)
		isYears := func(p paramSource) bool { return p.ID.Text == s.Years && p.Type == typeInt }
		if s.Years != "" && !slices.ContainsFunc(c.src.Parameters, isYears) {
			c.fault(s.ID, id, CodeValue, "there is no parameter of years %q", s.Years)
		}
		for _, name := range s.Removes {
			if s.Years == "" || !slices.Contains(Removable(), name) {
				c.fault(s.ID, id, CodeValue, "%q cannot be disposed of", name)
			}
		}
		c.book.retention = append(c.book.retention, Retention{id, s.Text, s.Source, s.Years, s.Removes})
	}
}
