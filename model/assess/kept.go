package assess

import (
	"crypto/sha256"
	"encoding/json"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Kept keeps the judgements that were asked for last: everybody who opens a page of a
// case has the same assessments judged. It may be used by several at once.
type Kept struct {
	judgements *lru.Cache[[sha256.Size]byte, Judgement]
}

// Keep returns a Kept for at most n judgements; n is at least 1.
func Keep(n int) *Kept {
	c, err := lru.New[[sha256.Size]byte, Judgement](n)
	if err != nil {
		panic(err) // n is not positive
	}
	return &Kept{c}
}

// Assess is the function of that name, or what it returned for the same before. Nobody may
// change what it returns.
func (k *Kept) Assess(stage string, a Assessed) (Judgement, error) {
	key, err := keyOf(stage, a)
	if err != nil {
		return Judgement{}, err
	}
	if j, known := k.judgements.Get(key); known {
		return j, nil
	}
	j, err := Assess(stage, a)
	if err == nil {
		k.judgements.Add(key, j)
	}
	return j, err
}

// keyOf is a hash of everything that a judgement depends on.
func keyOf(stage string, a Assessed) (key [sha256.Size]byte, err error) {
	given, err := json.Marshal([]any{
		stage, a.Book.Digest, a.Profile, a.Today.String(), a.Requirement, a.Intake, a.System, a.Answers, a.Tasks, a.Process,
	})
	return sha256.Sum256(given), err
}
