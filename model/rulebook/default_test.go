package rulebook

import (
	"testing"
	"time"
)

// TestDefaultIsSound loads the rulebook that comes with the program with every
// check, the search for rules that never fire included.
func TestDefaultIsSound(t *testing.T) {
	t.Parallel()
	began := time.Now()
	b, err := Load(data, "data/se-kommun-2026.11")
	if err != nil {
		for _, e := range Errors(err) {
			t.Error(e)
		}
		t.FailNow()
	}
	t.Logf("%s %s, digest %s, %d rules, %d fields, loaded with every check in %v", b.ID, b.Version, b.Digest, len(b.rules), len(b.fields), time.Since(began))
	if quick := Default(); quick.Digest != b.Digest || quick.ID != "se-kommun" || quick.Version != "2026.11" {
		t.Errorf("the default is %s %s", quick.ID, quick.Version)
	}
}
