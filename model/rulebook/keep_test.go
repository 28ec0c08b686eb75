package rulebook_test

import (
	"errors"
	"testing"

	"sluss/model/rulebook"
)

// What follows from a book is worked out once; what could not be is tried again.
func TestKeep(t *testing.T) {
	t.Parallel()
	type key string
	var b rulebook.Book
	failed, times := errors.New("failed"), 0
	work := func() (int, error) {
		times++
		if times == 1 {
			return 0, failed
		}
		return times, nil
	}
	if _, err := rulebook.Keep(&b, key("a"), work); !errors.Is(err, failed) {
		t.Errorf("a failure: %v", err)
	}
	for range 2 {
		if n, err := rulebook.Keep(&b, key("a"), work); n != 2 || err != nil {
			t.Errorf("kept %d, %v", n, err)
		}
	}
	if n, err := rulebook.Keep(&b, key("b"), work); n != 3 || err != nil {
		t.Errorf("under another key %d, %v", n, err)
	}
	if n, err := rulebook.Keep(new(rulebook.Book), key("a"), work); n != 4 || err != nil {
		t.Errorf("of another book %d, %v", n, err)
	}
}
