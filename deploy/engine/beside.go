package engine

import "net/url"

// Beside is the address of the database in which an engine keeps its state beside a
// record in PostgreSQL: on the same server, named like the record's with _engine after
// it. An address that cannot be read is returned as it is; opening it says what is
// wrong.
func Beside(recordURL string) string {
	u, err := url.Parse(recordURL)
	if err != nil {
		return recordURL
	}
	u.Path += "_engine"
	return u.String()
}
