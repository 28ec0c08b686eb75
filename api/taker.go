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
	if t := takerOf(w); t != nil && reflect.TypeOf(v).Kind() == reflect.Struct {
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

// plain is a value of any type as those have it who read its JSON: a number is a
// float64, and a list has values of any type.
func plain(v any) any {
	switch x := v.(type) {
	case int:
		return float64(x)
	case int64:
		return float64(x)
	case []string:
		out := make([]any, len(x))
		for i, text := range x {
			out[i] = text
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = plain(item)
		}
		return out
	case map[string]any:
		return plainMembers(x)
	}
	return v
}

// plainMembers is plain for what an object has.
func plainMembers(members map[string]any) map[string]any {
	out := make(map[string]any, len(members))
	for name, v := range members {
		out[name] = plain(v)
	}
	return out
}
