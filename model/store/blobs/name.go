package blobs

import (
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName bounds a file's name in bytes, which is what file systems count.
const maxName = 200

// unnamed is the name of a file that came without one.
const unnamed = "bilaga"

// device are the names that are no files on Windows.
var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// CleanName makes a name that every file system takes and that shows what it is:
// without folders, without characters that hide or turn others, not too long.
func CleanName(name string) string {
	name = strings.ReplaceAll(norm.NFC.String(strings.ToValidUTF8(name, "_")), `\`, "/")
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r): // control and format characters, private use
			return -1
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		}
		return r
	}, path.Base(name))
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	if device.MatchString(name) {
		name = "_" + name
	}
	if name == "" || name == "/" {
		name = unnamed
	}
	return shorten(name)
}

// shorten cuts a name between characters and keeps its extension.
func shorten(name string) string {
	extension := path.Ext(name)
	if len(extension) > 16 {
		extension = ""
	}
	stem := strings.TrimSuffix(name, extension)
	for len(stem)+len(extension) > maxName {
		_, n := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-n]
	}
	return stem + extension
}
