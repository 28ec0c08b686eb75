// Package audit makes the log of a case prove itself: canonical JSON, hashes
// with a domain tag, commitments to values that may be erased, and a chain of
// events in which every change, gap and swap shows.
//
// What a chain alone cannot show is a tail that was cut off or rewritten with
// valid hashes. For that, the events of an organisation are the leaves of a Merkle
// tree (tree.go), and signed checkpoints of it (checkpoint.go) are kept in a place
// that whoever rewrites the log cannot reach.
//
// It imports the standard library, a JSON library, and golang.org/x/mod for trees
// and signed notes.
package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Why a value has no canonical form. The errors of this package never repeat
// the value or a part of it.
var (
	ErrDuplicateName = errors.New("an object has two members of the same name")
	ErrNumber        = errors.New("a number cannot be kept exactly: not finite, too large, or an integer beyond 2^53")
	ErrNotJSON       = errors.New("not valid JSON in valid UTF-8")
)

// CanonicalJSON writes v, as encoding/json would, in the canonical form of
// RFC 8785: no white space, members in the order of their UTF-16 names, and
// one way only to write each string and number.
//
// It refuses, with one of the errors above, what RFC 8785 has no form for or
// what would lose something on the way, so that two different values could
// have the same hash: invalid UTF-8, two members of the same name, numbers
// that are not finite, and integers that a double does not hold.
func CanonicalJSON(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, marshalError(err)
	}
	return canonicalise(b, true)
}

// Canonicalise is CanonicalJSON of a value that is JSON text already. It leaves
// text as it is.
func Canonicalise(text []byte) ([]byte, error) {
	return canonicalise(bytes.Clone(text), false)
}

// canonicalise may change b. With marshalled, b was written by encoding/json.
func canonicalise(b []byte, marshalled bool) ([]byte, error) {
	if err := checkLosses(b, marshalled); err != nil {
		return nil, err
	}
	v := jsontext.Value(b)
	if err := v.Canonicalize(); err != nil {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return nil, ErrDuplicateName
		}
		return nil, ErrNotJSON
	}
	return v, nil
}

// marshalError turns an error of encoding/json, which may quote what it was
// given, into one that does not.
func marshalError(err error) error {
	var value *json.UnsupportedValueError
	if errors.As(err, &value) {
		return ErrNumber
	}
	var kind *json.UnsupportedTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("a %v has no form in JSON", kind.Type)
	}
	return ErrNotJSON
}

// checkLosses refuses what would be lost on the way to the canonical form of
// the JSON text b without anybody noticing: numbers that would become others
// and, in marshalled text, bytes that were not UTF-8. It relies on nothing but
// that strings are quoted; whatever else is wrong with b is found later.
func checkLosses(b []byte, marshalled bool) error {
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '"':
			end := endOfString(b, i)
			if marshalled && hasReplacement(b[i:end]) {
				return ErrNotJSON
			}
			i = end
		case c == '-' || isDigit(c):
			end := i + 1
			for end < len(b) && (isDigit(b[end]) || bytes.IndexByte([]byte("+-.eE"), b[end]) >= 0) {
				end++
			}
			if !keepsValue(string(b[i:end])) {
				return ErrNumber
			}
			i = end
		default:
			i++
		}
	}
	return nil
}

// endOfString returns the index after the string that begins at i.
func endOfString(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(b))
}

// hasReplacement says whether a quoted string holds the escape \ufffd. With
// that, encoding/json replaces bytes that are not UTF-8; the character U+FFFD
// itself it writes as it is.
func hasReplacement(s []byte) bool {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 || i+1 == len(s) {
			return false
		}
		if bytes.HasPrefix(s[i+1:], []byte("ufffd")) {
			return true
		}
		s = s[i+2:]
	}
}

// keepsValue says whether a number is a finite double and, for an integer,
// whether the double is written with the same digits.
func keepsValue(number string) bool {
	integer := true
	for i := 1; i < len(number); i++ {
		integer = integer && isDigit(number[i])
	}
	const alwaysExact = 15 // so many digits every double keeps
	if integer && len(number) <= alwaysExact {
		return true
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		// What is no number at all is not for here to refuse.
		return !errors.Is(err, strconv.ErrRange)
	}
	return !integer || strconv.FormatFloat(f, 'f', -1, 64) == number
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
