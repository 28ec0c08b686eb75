package store

import (
	"database/sql/driver"
	"fmt"
	"strings"
)

// codes is a list of rule or reason codes, kept as one text with a space before
// and after each, so that a code can be looked for in SQL. Codes contain no
// spaces.
type codes []string

// Value implements driver.Valuer.
func (c codes) Value() (driver.Value, error) {
	if len(c) == 0 {
		return "", nil
	}
	return " " + strings.Join(c, " ") + " ", nil
}

// Scan implements sql.Scanner.
func (c *codes) Scan(src any) error {
	switch v := src.(type) {
	case string:
		*c = strings.Fields(v)
	case []byte:
		*c = strings.Fields(string(v))
	default:
		return fmt.Errorf("codes: cannot read a %T", src)
	}
	if len(*c) == 0 {
		*c = nil
	}
	return nil
}
