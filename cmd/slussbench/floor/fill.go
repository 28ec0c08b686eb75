//go:build linux && !slim

package floor

import "strings"

// What Sluss computes and the floor does not is as long in the floor's rows as
// in those of Sluss, in characters; a test compares.
const (
	createdSize           = 63
	submittedSize         = 405
	triagedSize           = 2070
	draftSavedSize        = 35
	handedInSize          = 940
	decidedSize           = 575
	advisedSize           = 417
	signedOffSize         = 227
	approvedSize          = 573
	evaluationSize        = 4150
	submitEvaluationSize  = 5580
	signoffEvaluationSize = 1340
	serviceTimesSize      = 736
	conditionTextSize     = 68 // in each language
	conditionNoteSize     = 60 // how it is verified, and what follows otherwise
)

// digest stands for every hash that the floor does not compute.
var digest = strings.Repeat("0123456789abcdef", 4)

var filling = strings.Repeat("x", 16<<10)

// filler is a JSON object of n characters.
func filler(n int) string { return `{"x":"` + filling[:n-8] + `"}` }
