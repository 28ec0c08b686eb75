//go:build linux && !slim

package floor

import "strings"

// What Sluss computes and the floor does not is as long in the floor's rows as
// in those of Sluss, in characters; a test compares.
const (
	createdSize           = 63
	submittedSize         = 405
	triagedSize           = 2300
	decidedSize           = 470
	approvedSize          = 355
	evaluationSize        = 4150
	submitEvaluationSize  = 5370
	signoffEvaluationSize = 420
)

// digest stands for every hash that the floor does not compute.
var digest = strings.Repeat("0123456789abcdef", 4)

var filling = strings.Repeat("x", 16<<10)

// filler is a JSON object of n characters.
func filler(n int) string { return `{"x":"` + filling[:n-8] + `"}` }
