package lang

import (
	"math"
	"strconv"
	"strings"
)

// Number writes a number as the language does, in groups of three figures, with so
// many decimals, or for -1 with those that it has.
func Number(x float64, decimals int, l Lang) string {
	whole, fraction, has := strings.Cut(strconv.FormatFloat(math.Abs(x), 'f', decimals, 64), ".")
	group, point := "\u00a0", ","
	if l == EN {
		group, point = ",", "."
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + group + whole[i:]
	}
	if has {
		whole += point + fraction
	}
	if x < 0 && strings.Trim(whole, "0.,\u00a0") != "" {
		whole = "−" + whole
	}
	return whole
}
