package client

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// Value is the body of a response of a server in the same process: the value that the
// server would have written as JSON, for whoever reads the answer as the same type. It
// may share memory with what others read, so nobody may change it.
type Value struct {
	Of   any
	text *bytes.Reader
}

// Read implements io.Reader for those who want the JSON.
func (b *Value) Read(p []byte) (int, error) {
	if b.text == nil {
		text, err := json.Marshal(b.Of)
		if err != nil {
			return 0, err
		}
		b.text = bytes.NewReader(text)
	}
	return b.text.Read(p)
}

// Close implements io.Closer.
func (b *Value) Close() error { return nil }

// into assigns the value to what v points to, or reads its JSON into it where that is
// of another type.
func (b *Value) into(v any) error {
	if to := reflect.ValueOf(v); to.Kind() == reflect.Pointer && !to.IsNil() && to.Type().Elem() == reflect.TypeOf(b.Of) {
		to.Elem().Set(reflect.ValueOf(b.Of))
		return nil
	}
	text, err := json.Marshal(b.Of)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}
