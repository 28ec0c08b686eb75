package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluss/api/authn"
)

func TestNewPassword(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want error
	}{
		{"sju sjösjuka sjömän\n", nil},
		{"sju sjösjuka sjömän", nil},
		{"sju sjösjuka sjömän\r\nmore\n", nil},
		{"kort\n", authn.ErrPasswordLength},
		{"", authn.ErrPasswordLength},
		{strings.Repeat("a", 10_000), authn.ErrPasswordLength},
	} {
		path := filepath.Join(t.TempDir(), "in")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		hash, err := newPassword(in, io.Discard)
		if in.Close(); !errors.Is(err, test.want) || (err == nil) != strings.HasPrefix(hash, "$argon2id$") {
			t.Errorf("%.20q: %q, %v", test.text, hash, err)
		}
	}
}
