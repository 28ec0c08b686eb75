package web

import (
	"testing"

	"sluss/model/rulebook"
)

// What the rulebook's headings have a report show is there to be shown.
func TestShows(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	for _, r := range rulebook.Reports() {
		for _, h := range r.Headings {
			for _, name := range h.Shows {
				asked[name] = true
				if shows[name] == nil {
					t.Errorf("%s: nothing shows %s", r.ID, name)
				}
			}
		}
	}
	for name := range shows {
		if !asked[name] {
			t.Errorf("no heading asks for %s", name)
		}
	}
}
