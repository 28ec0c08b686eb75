package rulebook

import "slices"

// InitialEntry is a tool that was in use before there was a case and that a profile
// enters into the register (EX-01).
type InitialEntry struct {
	Profile string `yaml:"profile"`
	// Product is what the tool is known by; it is entered once.
	Product  string `yaml:"product"`
	Supplier string `yaml:"supplier"`
	Country  string `yaml:"country"`
	Tool     string `yaml:"tool"`
	Purpose  string `yaml:"purpose"`
	// MaxIPL is the highest information protection level, 0 to 4.
	MaxIPL  int      `yaml:"max_ipl"`
	Uses    []string `yaml:"uses"`
	NotUses []string `yaml:"not_uses"`
	Source  string   `yaml:"source"`
}

// InitialEntries lists what a profile enters into the register from the start.
func (b *Book) InitialEntries(profile string) []InitialEntry {
	return slices.DeleteFunc(slices.Clone(b.register), func(e InitialEntry) bool { return e.Profile != profile })
}

// initialEntries reads what the profiles enter into the register.
func (c *compiler) initialEntries() {
	for _, e := range c.src.Register {
		complete := e.Product != "" && e.Supplier != "" && e.Tool != "" && e.Purpose != "" && e.Source != "" && len(e.Uses) > 0
		known := slices.ContainsFunc(c.src.Profiles, func(p profileSource) bool { return p.ID.Text == e.Profile })
		if !complete || !known || e.MaxIPL < 0 || e.MaxIPL > 4 {
			c.fault(mark{}, e.Product, CodeMissing, "the entry needs a profile, product, supplier, tool, purpose, uses, source and a level from 0 to 4")
		}
	}
	c.book.register = c.src.Register
}
