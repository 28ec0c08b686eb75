package audit_test

import (
	"bytes"
	"strings"
	"testing"

	"sluss/model/audit"
)

func TestHash(t *testing.T) {
	t.Parallel()
	type answers struct {
		Purpose string   `json:"purpose_text"`
		Users   []string `json:"user_groups"`
	}
	one, err := audit.Hash(audit.TagPart, answers{"Sammanfatta möten", []string{"staff"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(one) != 64 || one != strings.ToLower(one) {
		t.Errorf("%q is no lower-case hexadecimal SHA-256", one)
	}
	same, err := audit.Hash(audit.TagPart, map[string]any{"user_groups": []any{"staff"}, "purpose_text": "Sammanfatta möten"})
	if err != nil || same != one {
		t.Errorf("the same answers from a map: %s, %v; want %s", same, err, one)
	}
	for name, other := range map[string]struct {
		tag   string
		value any
	}{
		"another tag":   {audit.TagScope, answers{"Sammanfatta möten", []string{"staff"}}},
		"another value": {audit.TagPart, answers{"Sammanfatta möten.", []string{"staff"}}},
		"null for []":   {audit.TagPart, answers{"Sammanfatta möten", nil}},
	} {
		if hash, err := audit.Hash(other.tag, other.value); err != nil || hash == one {
			t.Errorf("%s: %s, %v; must differ", name, hash, err)
		}
	}
}

func TestTagsAreDistinct(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, tag := range []string{
		audit.TagPart, audit.TagScope, audit.TagCommand, audit.TagRulebook, audit.TagEvent, audit.TagCommitment,
	} {
		if seen[tag] || !strings.HasPrefix(tag, "sluss/") || strings.ContainsRune(tag, 0) {
			t.Errorf("tag %q", tag)
		}
		seen[tag] = true
	}
}

func TestCommit(t *testing.T) {
	t.Parallel()
	salt := audit.NewSalt()
	if len(salt) != audit.SaltSize || bytes.Equal(salt, audit.NewSalt()) {
		t.Fatal("each salt must be new and 32 bytes long")
	}
	c := audit.Commit(salt, "Anna Andersson")
	if !audit.Opens(c, salt, "Anna Andersson") {
		t.Error("the commitment does not open")
	}
	for name, opens := range map[string]bool{
		"another value":      audit.Opens(c, salt, "Anna Anderson"),
		"another salt":       audit.Opens(c, audit.NewSalt(), "Anna Andersson"),
		"no salt":            audit.Opens(c, nil, "Anna Andersson"),
		"no commitment":      audit.Opens("", salt, "Anna Andersson"),
		"moved between both": audit.Opens(c, salt[:31], string(salt[31:])+"Anna Andersson"),
	} {
		if opens {
			t.Errorf("%s: the commitment opens", name)
		}
	}
}

func TestCommitRefusesAShortSalt(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a short salt must not be used")
		}
	}()
	audit.Commit([]byte("salt"), "value")
}
