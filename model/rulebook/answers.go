package rulebook

import (
	"encoding/json"
	"maps"

	"sluss/model/kept"
)

var answersRead = kept.NewJSON[map[string]any]()

// ReadAnswers returns the answers in a text that has an object in JSON, by the names of
// their questions; an empty text has none. The map is its caller's, but nobody may change
// what is in it.
func ReadAnswers(text json.RawMessage) (map[string]any, error) {
	if len(text) == 0 {
		return map[string]any{}, nil
	}
	answers, err := answersRead.Read(text)
	return maps.Clone(answers), err
}
