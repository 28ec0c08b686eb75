package rulebook

import (
	"embed"
	"sync"
)

//go:embed data
var data embed.FS

// defaultDir holds the rulebook that comes with the program.
const defaultDir = "data/se-kommun-2026.11"

// Default is the rulebook that comes with the program, se-kommun. It is loaded
// once. The test of this package loads it with every check; here the search
// for rules that never fire is left out.
var Default = sync.OnceValue(func() *Book {
	b, err := load(data, defaultDir, false)
	if err != nil {
		panic("the rulebook in the program is broken: " + err.Error()) // a build that no test has passed
	}
	return b
})
