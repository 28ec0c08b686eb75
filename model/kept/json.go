// Package kept keeps what was read last.
package kept

import (
	"encoding/json"

	lru "github.com/hashicorp/golang-lru/v2"
)

// What is kept of the texts that were read last: so many of them, none of more than so
// many bytes.
const (
	texts   = 128
	maxText = 64 << 10
)

// JSON reads texts in JSON, and keeps what it made of those that it was given last: one
// page has the same text read several times, and everybody who looks at the same case
// has it read again. It may be used by several at once.
type JSON[T any] struct{ known *lru.Cache[string, T] }

// NewJSON returns a JSON that keeps nothing yet.
func NewJSON[T any]() JSON[T] {
	c, err := lru.New[string, T](texts)
	if err != nil {
		panic(err) // the size is not positive
	}
	return JSON[T]{c}
}

// Read returns what a text says, or the error of encoding/json. Nobody may change what is
// in it.
func (k JSON[T]) Read(text []byte) (T, error) {
	if known, ok := k.known.Get(string(text)); ok {
		return known, nil
	}
	var out T
	if err := json.Unmarshal(text, &out); err != nil {
		return out, err
	}
	if len(text) <= maxText {
		k.known.Add(string(text), out)
	}
	return out, nil
}
