package api

import (
	"io"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Taker is the writer of whoever asks in the same process and takes the value that an
// answer says instead of its JSON. Nobody may change what was taken: it may be shared.
type Taker interface{ Take(v any) }

// answer hands a value to whoever takes it, and writes it as JSON to everybody else.
func answer(w io.Writer, v any) error {
	if t := takerOf(w); t != nil && settled(v) {
		t.Take(v)
		return nil
	}
	return huma.DefaultJSONFormat.Marshal(w, v)
}

// takerOf is the writer below others that takes values, nil where there is none.
func takerOf(w io.Writer) Taker {
	for {
		switch u := w.(type) {
		case Taker:
			return u
		case interface{ Unwrap() http.ResponseWriter }:
			w = u.Unwrap()
		default:
			return nil
		}
	}
}

// settled reports whether a value is the same to whoever reads its JSON. What answers
// and results of rules are gets settled by being written: whole numbers and lists of
// texts are there, and numbers and lists of anything are read.
func settled(v any) bool {
	switch v.(type) {
	case IntakeDraft, AssessmentDraft, TaskView:
		return false
	}
	return reflect.TypeOf(v).Kind() == reflect.Struct
}
