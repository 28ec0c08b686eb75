package rulebook

import (
	"embed"
	"io/fs"
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

// DefaultFS holds the files of Default.
func DefaultFS() fs.FS {
	files, err := fs.Sub(data, defaultDir)
	if err != nil {
		panic("the rulebook in the program is gone: " + err.Error()) // the name is a constant
	}
	return files
}

// DigestOf returns the digest of the rulebook in the directory name of fsys, which
// need not be one that this program knows. It fails as Load does, but does not
// search for rules that never fire.
func DigestOf(fsys fs.FS, name string) (string, error) {
	book, err := load(fsys, name, false)
	if err != nil {
		return "", err
	}
	return book.Digest, nil
}
