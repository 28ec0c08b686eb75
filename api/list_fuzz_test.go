package api

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"sluss/api/authn"
	"sluss/model/store"
)

// FuzzCursor: a cursor opens only in the list in which it was sealed, for the
// reader for whom it was; anything else is refused and leaves the place as it was.
func FuzzCursor(f *testing.F) {
	const key = "a key that signs the cursors here"
	at := func(org, person, path, q string) list {
		s := &server{Options: Options{CursorKey: []byte(key)}}
		ctx := authn.WithPerson(context.Background(), store.Person{OrgID: org, ID: person}, authn.Proof{})
		return s.newList(ctx, path, url.Values{"q": {q}}, Paging{Limit: 20})
	}
	sealed := at("o", "p", "/cases", "avtal").seal(place{20})
	for _, seed := range []string{
		sealed, sealed[1:], sealed + "A", sealed[:22], strings.ToUpper(sealed), "", "A", "AAAA", "=", "\xff", strings.Repeat("A", 1024),
		base64.RawURLEncoding.EncodeToString([]byte(`0123456789abcdef{"o":1}`)), sealed + "\n", sealed + "=", base64.StdEncoding.EncodeToString([]byte(sealed)),
	} {
		f.Add(seed, "o", "p", "/cases", "avtal", 20)
	}
	f.Add(sealed, "op", "", "/cases", "avtal", 20) // the parts run together
	f.Add(sealed, "o", "p", "/tasks", "avtal", 20)
	f.Add(sealed, "o", "p", "/cases", "avtal&q=x", -1)
	f.Fuzz(func(t *testing.T, cursor, org, person, path, q string, offset int) {
		l := at(org, person, path, q)
		l.Cursor = cursor
		got := place{-7}
		was, err := l.open(&got)
		switch {
		case err != nil && (was || got != place{-7}):
			t.Fatalf("refused, and read %+v", got)
		case was && cursor != l.seal(got):
			t.Fatalf("%q was never sealed here, and opens as %+v", cursor, got)
		}
		l.Cursor = l.seal(place{offset})
		if was, err := l.open(&got); err != nil || !was || got.Offset != offset {
			t.Fatalf("sealed %d, opened %+v, %v", offset, got, err)
		}
		other := at(org+"x", person, path, q)
		if other.Cursor = l.Cursor; !refuses(other) {
			t.Fatal("another organisation's cursor opens")
		}
		other = at(org, person, path, q+"x")
		if other.Cursor = l.Cursor; !refuses(other) {
			t.Fatal("the cursor of another filter opens")
		}
	})
}

func refuses(l list) bool {
	var at place
	was, err := l.open(&at)
	return err != nil && !was
}
