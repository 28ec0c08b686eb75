package kept

import (
	"fmt"
	"strings"
	"testing"
)

type note struct{ Text string }

func TestReads(t *testing.T) {
	t.Parallel()
	notes := NewJSON[*note]()
	first, err := notes.Read([]byte(`{"text":"a"}`))
	if err != nil || first.Text != "a" {
		t.Fatalf("read %+v: %v", first, err)
	}
	if again, _ := notes.Read([]byte(`{"text":"a"}`)); again != first {
		t.Error("the same text was read anew")
	}
	if other, _ := notes.Read([]byte(`{"text":"b"}`)); other.Text != "b" {
		t.Errorf("another text says %+v", other)
	}
}

func TestKeepsNothingBroken(t *testing.T) {
	t.Parallel()
	notes := NewJSON[*note]()
	for range 2 {
		if _, err := notes.Read([]byte(`{"text":`)); err == nil {
			t.Fatal("half a text was read")
		}
	}
}

func TestKeepsNeitherManyNorLongTexts(t *testing.T) {
	t.Parallel()
	notes := NewJSON[*note]()
	for i := range 2 * texts {
		if _, err := notes.Read(fmt.Appendf(nil, `{"text":"%d"}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := notes.known.Len(); n != texts {
		t.Errorf("%d texts are kept, want %d", n, texts)
	}
	long := []byte(`{"text":"` + strings.Repeat("a", maxText) + `"}`)
	first, err := notes.Read(long)
	if again, _ := notes.Read(long); err != nil || again == first {
		t.Errorf("a long text is kept, or was not read: %v", err)
	}
}
