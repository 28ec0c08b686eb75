package blobs

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // so that image.DecodeConfig knows it
	_ "image/png"
	"io"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxSize is the largest file that is taken, in bytes.
const MaxSize = 25 << 20

// ErrType says that a file is of a kind that is not taken, or that its content
// and its name do not agree.
var ErrType = errors.New("not a kind of file that is taken")

// kind is a kind of file that is taken.
type kind struct {
	media string
	// extensions that a name may have; the first is given to a name without one.
	extensions []string
}

// The kinds that are taken. Each is known by its content; only what kind of text
// a text is, is up to its name.
var (
	pdf      = kind{"application/pdf", []string{".pdf"}}
	png      = kind{"image/png", []string{".png"}}
	jpeg     = kind{"image/jpeg", []string{".jpg", ".jpeg"}}
	docx     = kind{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", []string{".docx"}}
	xlsx     = kind{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", []string{".xlsx"}}
	odt      = kind{"application/vnd.oasis.opendocument.text", []string{".odt"}}
	ods      = kind{"application/vnd.oasis.opendocument.spreadsheet", []string{".ods"}}
	text     = kind{"text/plain", []string{".txt"}}
	csv      = kind{"text/csv", []string{".csv"}}
	markdown = kind{"text/markdown", []string{".md", ".markdown"}}

	kinds = []kind{pdf, png, jpeg, docx, xlsx, odt, ods, text, csv, markdown}
)

// MediaTypes lists the media types of the files that are taken.
func MediaTypes() []string {
	types := make([]string, len(kinds))
	for i, k := range kinds {
		types[i] = k.media
	}
	return types
}

// Identify finds out what a file is from its content, and gives it a name that is
// clean and agrees with it. It returns ErrType for what is not taken: anything
// that a reader could run, such as pages, pictures with scripts, macros and
// programs, archives, and content under the name of something else.
func Identify(content io.ReaderAt, size int64, name string) (mediaType, cleaned string, err error) {
	cleaned = CleanName(name)
	k, err := identify(content, size, cleaned)
	if err != nil {
		return "", "", err
	}
	extension := path.Ext(cleaned)
	if !extensionForm.MatchString(extension) {
		return k.media, cleaned + k.extensions[0], nil
	}
	if !slices.Contains(k.extensions, strings.ToLower(extension)) {
		return "", "", ErrType
	}
	return k.media, cleaned, nil
}

// extensionForm tells an extension from a full stop in a name, as in "Protokoll
// 2026.11".
var extensionForm = regexp.MustCompile(`^\.[0-9]*[A-Za-z][A-Za-z0-9]*$`)

// sniffed is how much of a file http.DetectContentType looks at.
const sniffed = 512

func identify(content io.ReaderAt, size int64, name string) (kind, error) {
	head := make([]byte, min(size, sniffed))
	if _, err := content.ReadAt(head, 0); err != nil && err != io.EOF {
		return kind{}, err
	}
	media, _, _ := mime.ParseMediaType(http.DetectContentType(head))
	switch media {
	case pdf.media:
		return pdf, nil
	case png.media:
		return png, checkImage(io.NewSectionReader(content, 0, size))
	case jpeg.media:
		return jpeg, checkImage(io.NewSectionReader(content, 0, size))
	case "application/zip":
		return identifyZip(content, size)
	case text.media:
		if err := checkText(io.NewSectionReader(content, 0, size), head); err != nil {
			return kind{}, err
		}
		return textKind(name), nil
	}
	return kind{}, ErrType
}

func textKind(name string) kind {
	for _, k := range []kind{csv, markdown} {
		if slices.Contains(k.extensions, strings.ToLower(path.Ext(name))) {
			return k
		}
	}
	return text
}

// maxPixels bounds a picture: decoded, a larger one fills a reader's memory.
const maxPixels = 100_000_000

func checkImage(r io.Reader) error {
	c, _, err := image.DecodeConfig(r)
	if err != nil || c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return ErrType
	}
	return nil
}

// checkText refuses what a program would take for more than text: markup, a
// script that names its interpreter, and anything that is not text to its end.
// Text in an older eight-bit encoding is text too.
func checkText(r io.Reader, head []byte) error {
	begins := bytes.TrimLeftFunc(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), unicode.IsSpace)
	if bytes.HasPrefix(begins, []byte("#!")) || beginsMarkup(begins) {
		return ErrType
	}
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Read(buffer)
		if slices.ContainsFunc(buffer[:n], binary) {
			return ErrType
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// beginsMarkup reports whether a text begins with a tag, a declaration or an
// instruction of HTML, SVG or XML. A Markdown text may begin with an address in
// angle brackets.
func beginsMarkup(text []byte) bool {
	if len(text) < 2 || text[0] != '<' {
		return false
	}
	next, _ := utf8.DecodeRune(text[1:])
	if next == '!' || next == '?' || next == '/' {
		return true
	}
	tag, _, _ := bytes.Cut(text, []byte(">"))
	return unicode.IsLetter(next) && !bytes.Contains(tag, []byte("://")) && !bytes.Contains(tag, []byte("@"))
}

// binary reports whether a byte stands in no text: a control character other than
// those that move the carriage.
func binary(b byte) bool {
	return b < 0x20 && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != 0x1b || b == 0x7f
}
