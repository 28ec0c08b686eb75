package lang_test

import (
	"testing"

	"sluss/model/lang"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x        float64
		decimals int
		sv, en   string
	}{
		{0, 0, "0", "0"},
		{999, 0, "999", "999"},
		{12340.55, 1, "12\u00a0340,5", "12,340.5"},
		{1234567, 0, "1\u00a0234\u00a0567", "1,234,567"},
		{-80.25, 1, "−80,2", "−80.2"},
		{-0.01, 1, "0,0", "0.0"},
		{4000, -1, "4\u00a0000", "4,000"},
		{1500.25, -1, "1\u00a0500,25", "1,500.25"},
	} {
		if sv, en := lang.Number(c.x, c.decimals, lang.SV), lang.Number(c.x, c.decimals, lang.EN); sv != c.sv || en != c.en {
			t.Errorf("%v is %q and %q", c.x, sv, en)
		}
	}
}
