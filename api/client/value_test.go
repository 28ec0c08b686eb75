package client

import (
	"encoding/json"
	"io"
	"testing"
)

// A value is assigned to its own type, and read as JSON by everybody else.
func TestValue(t *testing.T) {
	t.Parallel()
	type said struct {
		Of   string `json:"of"`
		Rest []int  `json:"rest"`
	}
	v := said{"a case", []int{1, 2}}
	var same said
	if err := (Answer{value: &Value{Of: v}}).Decode(&same); err != nil || same.Of != v.Of || &same.Rest[0] != &v.Rest[0] {
		t.Errorf("%+v (%v), want the value itself", same, err)
	}
	var other struct {
		Rest []float64 `json:"rest"`
	}
	if err := (Answer{value: &Value{Of: v}}).Decode(&other); err != nil || len(other.Rest) != 2 || other.Rest[1] != 2 {
		t.Errorf("%+v (%v), want what its JSON says", other, err)
	}
	text, err := io.ReadAll(&Value{Of: v})
	if want, _ := json.Marshal(v); err != nil || string(text) != string(want) {
		t.Errorf("%s (%v), want %s", text, err, want)
	}
	for _, bad := range []any{nil, same, (*said)(nil)} {
		if err := (Answer{value: &Value{Of: v}}).Decode(bad); err == nil {
			t.Errorf("decoded into %T", bad)
		}
	}
	if _, err := io.ReadAll(&Value{Of: func() {}}); err == nil {
		t.Error("what cannot be written was read")
	}
}
