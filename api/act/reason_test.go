package act

import (
	"testing"

	"sluss/model/rulebook"
)

func TestReasonCodes(t *testing.T) {
	t.Parallel()
	for code, known := range map[string]bool{
		"HS-02": true, "RT-16": true, "V-04": true, "V-14b": true, "V-60": true,
		"HS-99": false, "RT-00": false, "V-99": false,
		"L-28": true, "LB-R19": true, "T-19": true, "GDPR.35": true, "LID_7": true,
		"unclear": true, "unclear_purpose": true, "oklart-andamal": true, "R1": true,
		"": false, "_": false, "a_": false, "-a": false, "1": false, "a__b": false, "a b": false, "å": false,
	} {
		text := reasonFault(rulebook.Default(), code)
		if (text == nil) != known {
			t.Errorf("%q: %v", code, text)
		}
		if text != nil && !text.Complete() {
			t.Errorf("%q is refused in one language only: %v", code, text)
		}
	}
	if n := len(Reasons(rulebook.Default())); n < 40 {
		t.Errorf("only %d rules are listed as reasons", n)
	}
}
