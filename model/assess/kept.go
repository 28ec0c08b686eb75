package assess

import (
	"crypto/sha256"
	"encoding/json"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Kept keeps the judgements that were asked for last, and what they took over from the
// intake: everybody who opens a page of a case has the same assessments judged, and
// everybody who decides judges by the same intake. It may be used by several at once.
type Kept struct {
	judgements *lru.Cache[digest, Judgement]
	taken      *lru.Cache[digest, *taken]
}

// digest is a hash of everything that something depends on.
type digest [sha256.Size]byte

// Keep returns a Kept for at most n judgements, and for as many intakes; n is at least 1.
func Keep(n int) *Kept { return &Kept{cacheOf[Judgement](n), cacheOf[*taken](n)} }

func cacheOf[T any](n int) *lru.Cache[digest, T] {
	c, err := lru.New[digest, T](n)
	if err != nil {
		panic(err) // n is not positive
	}
	return c
}

// Once is the method of that name of an assessment, also for all that are made later of
// the same intake.
func (k *Kept) Once(a Assessed) (Assessed, error) {
	key, err := a.takenFrom()
	if err != nil {
		return a, err
	}
	if t, known := k.taken.Get(key); known && t.book == a.Book { // not only one of the same content
		a.taken = t
		return a, nil
	}
	a = a.Once()
	a.taken.key = key
	k.taken.Add(key, a.taken)
	return a, nil
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

// keyOf is of all that a judgement depends on.
func keyOf(stage string, a Assessed) (digest, error) {
	var from digest
	if a.taken != nil {
		from = a.taken.key
	}
	if from == (digest{}) {
		var err error
		if from, err = a.takenFrom(); err != nil {
			return from, err
		}
	}
	return digestOf(stage, from[:], a.Requirement, a.Answers, a.Tasks, a.Process)
}

// takenFrom is of all that what stages take over depends on.
func (a Assessed) takenFrom() (digest, error) {
	return digestOf(a.Book.Digest, a.Profile, a.Today.String(), a.Intake, a.System)
}

func digestOf(what ...any) (digest, error) {
	text, err := json.Marshal(what)
	return sha256.Sum256(text), err
}
