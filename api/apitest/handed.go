package apitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"sluss/api"
)

// Handed watches what an API hands over to the pages of its process instead of JSON:
// that it says what the JSON says, and that nobody has changed it when the test ends.
func Handed(t testing.TB, next http.Handler) http.Handler {
	h := &handed{t: t, texts: map[string][]taken{}}
	t.Cleanup(h.unchanged)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to, ok := w.(api.Taker); ok {
			w = &watched{w, to, h, r.Method + " " + r.URL.Path}
		}
		next.ServeHTTP(w, r)
	})
}

type handed struct {
	t     testing.TB
	mu    sync.Mutex
	texts map[string][]taken
}

// taken is a value as it was handed over, and what it said then.
type taken struct {
	value any
	text  string
}

type watched struct {
	http.ResponseWriter
	to   api.Taker
	all  *handed
	path string
}

func (w *watched) Take(v any) {
	w.all.check(w.path, v)
	w.to.Take(v)
}

func (h *handed) check(path string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		h.t.Errorf("%s: what is handed over cannot be written: %v", path, err)
		return
	}
	back := reflect.New(reflect.TypeOf(v))
	if err := json.Unmarshal(text, back.Interface()); err != nil {
		h.t.Errorf("%s: what is handed over cannot be read: %v", path, err)
		return
	}
	if at := differ(reflect.ValueOf(v), back.Elem(), reflect.TypeOf(v).String()); at != "" {
		h.t.Errorf("%s: the JSON of what is handed over says something else at %s", path, at)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.texts[path] = append(h.texts[path], taken{v, string(text)})
}

func (h *handed) unchanged() {
	for path, all := range h.texts {
		for _, was := range all {
			if text, err := json.Marshal(was.value); err != nil || string(text) != was.text {
				h.t.Errorf("%s: somebody has changed what was handed over (%v)", path, err)
			}
		}
	}
}

// whole is what a part of JSON says, however it is set.
func whole(text []byte) reflect.Value {
	var v struct{ Said any }
	_ = json.Unmarshal(text, &v.Said) // nil then, as nobody can read it
	return reflect.ValueOf(v)
}

// differ returns where two values say something different, "" for nowhere. A list or a
// map says the same whether it is empty or nil, a time wherever its clock hangs.
func differ(a, b reflect.Value, at string) string {
	if a.IsValid() != b.IsValid() {
		return at
	}
	if !a.IsValid() {
		return ""
	}
	if a.Type() != b.Type() {
		return fmt.Sprintf("%s (%s, %s)", at, a.Type(), b.Type())
	}
	if a.Type() == reflect.TypeFor[time.Time]() && a.CanInterface() {
		if !a.Interface().(time.Time).Equal(b.Interface().(time.Time)) {
			return at
		}
		return ""
	}
	if a.Type() == reflect.TypeFor[json.RawMessage]() {
		a, b = whole(a.Bytes()), whole(b.Bytes())
	}
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if d := differ(a.Field(i), b.Field(i), at+"."+a.Type().Field(i).Name); d != "" {
				return d
			}
		}
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return at
			}
			return ""
		}
		if a.Kind() == reflect.Interface && a.Elem().Kind() == reflect.Struct && a.CanInterface() {
			text, err := json.Marshal(a.Interface())
			if err != nil {
				return fmt.Sprintf("%s (%v)", at, err)
			}
			return differ(whole(text).Field(0), b, at) // a form of its own, which is read as what it says
		}
		return differ(a.Elem(), b.Elem(), at)
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return at
		}
		for i := range a.Len() {
			if d := differ(a.Index(i), b.Index(i), at+"[]"); d != "" {
				return d
			}
		}
	case reflect.Map:
		if a.Len() != b.Len() {
			return at
		}
		for _, key := range a.MapKeys() {
			if d := differ(a.MapIndex(key), b.MapIndex(key), at+"{}"); d != "" {
				return d
			}
		}
	default:
		if !a.Equal(b) {
			return at
		}
	}
	return ""
}
