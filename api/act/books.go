package act

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"sluss/model/rulebook"
	"sluss/model/store"
)

// booksEvery is how often the record is asked which versions of the rulebook are in
// force: what another process has published is followed within that time.
const booksEvery = 2 * time.Second

// books are the versions of the rulebook that the process has loaded: each once, for
// all organisations and cases. A case is judged by the version that it was last
// triaged by, and by the one in force when it is triaged again (SOD-07).
type books struct {
	store *store.Store
	log   *slog.Logger
	// program is the one that comes with the program. It is in force where the
	// record has not been read yet.
	program *rulebook.Book

	// checking is held by the one who checks a proposal, loading by the one who loads
	// a version: that takes seconds.
	checking, loading sync.Mutex
	mu                sync.RWMutex
	// byDigest has nil for what the record has not kept, or cannot be read any more.
	byDigest map[string]*rulebook.Book
	inForce  map[string]*rulebook.Book
	entered  map[string]bool
	// changed is told when another version has come into force somewhere.
	changed chan struct{}
}

func newBooks(s *store.Store, program *rulebook.Book, log *slog.Logger) *books {
	return &books{
		store: s, log: log, program: program, byDigest: map[string]*rulebook.Book{program.Digest: program},
		inForce: map[string]*rulebook.Book{}, entered: map[string]bool{}, changed: make(chan struct{}, 1),
	}
}

// of is the version in force in an organisation.
func (x *books) of(orgID string) *rulebook.Book {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if b := x.inForce[orgID]; b != nil {
		return b
	}
	return x.program
}

// loaded is a version that hold has loaded, or nil.
func (x *books) loaded(digest string) (b *rulebook.Book, known bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	b, known = x.byDigest[digest]
	return b, known
}

func (x *books) keep(digest string, b *rulebook.Book) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.byDigest[digest] = b
}

// hold loads a version of an organisation, if that has not been done. It is nil for
// one that the record has not kept: a case may be older than the record of versions.
func (x *books) hold(ctx context.Context, orgID, digest string) (*rulebook.Book, error) {
	if b, known := x.loaded(digest); known {
		return b, nil
	}
	x.loading.Lock()
	defer x.loading.Unlock()
	if b, known := x.loaded(digest); known {
		return b, nil
	}
	content, err := x.store.RulebookContent(ctx, orgID, digest)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil // by no organisation's word yet; it may be kept later
	}
	if err != nil {
		return nil, err
	}
	b, err := rulebook.Unpack(content)
	if err != nil || b.Digest != digest {
		x.log.ErrorContext(ctx, "a version of the rulebook cannot be read", slog.String("digest", digest), slog.String("class", classOf(err)))
		b = nil
	}
	x.keep(digest, b)
	return b, nil
}

// follow reads which versions are in force and enters the one of the program where
// it is its turn.
func (x *books) follow(ctx context.Context, now time.Time) error {
	if err := x.enter(ctx, now); err != nil {
		return err
	}
	all, err := x.store.Rulebooks(ctx, "")
	if err != nil {
		return err
	}
	last := map[string]store.Rulebook{}
	for _, r := range all {
		if r.Turn > last[r.OrgID].Turn {
			last[r.OrgID] = r
		}
	}
	for orgID, r := range last {
		b, err := x.hold(ctx, orgID, r.Digest)
		if err != nil {
			return err
		}
		if b != nil {
			x.force(orgID, b)
		}
	}
	return nil
}

func (x *books) force(orgID string, b *rulebook.Book) {
	x.mu.Lock()
	before := x.inForce[orgID]
	x.inForce[orgID] = b
	x.mu.Unlock()
	if before == b {
		return
	}
	select {
	case x.changed <- struct{}{}:
	default:
	}
}

// enter enters the rulebook of the program in the organisations that are new to the
// process.
func (x *books) enter(ctx context.Context, now time.Time) error {
	orgs, err := x.store.Organisations(ctx)
	if err != nil {
		return err
	}
	var n store.NewRulebook
	if x.program.Digest != rulebook.Default().Digest {
		return nil // a version that is only tried out
	}
	for _, org := range orgs {
		x.mu.RLock()
		entered := x.entered[org.ID]
		x.mu.RUnlock()
		if entered {
			continue
		}
		if n.Content == nil {
			if n, err = programRulebook(); err != nil {
				return err
			}
		}
		if _, err := x.store.EnterRulebook(ctx, org.ID, n, now); err != nil {
			return err
		}
		x.mu.Lock()
		x.entered[org.ID] = true
		x.mu.Unlock()
	}
	return nil
}

// programRulebook is the rulebook of the program as the record keeps it.
func programRulebook() (store.NewRulebook, error) {
	files, err := rulebook.DefaultFiles()
	if err != nil {
		return store.NewRulebook{}, err
	}
	return newRulebook(rulebook.Default(), files)
}

func newRulebook(b *rulebook.Book, files rulebook.Files) (store.NewRulebook, error) {
	content, err := files.Pack()
	return store.NewRulebook{RulebookID: b.ID, Version: b.Version, Digest: b.Digest, Title: b.Title, Content: content}, err
}

// Rulebook is the version of the rulebook that is in force in an organisation: what
// is triaged now is triaged by it.
func (s *Service) Rulebook(orgID string) *rulebook.Book { return s.books.of(orgID) }

// RulebookOf is the version of the rulebook that a case is judged by until it is
// triaged again (SOD-07). A case that was triaged by one that was never kept is
// judged by the one in force.
func (s *Service) RulebookOf(c store.Case) *rulebook.Book { return s.bookOf(c) }

func (s *Service) bookOf(c store.Case) *rulebook.Book {
	if b, _ := s.books.loaded(c.RulebookDigest); b != nil {
		return b
	}
	return s.books.of(c.OrgID)
}

// anew is a case as it is triaged now, again or for the first time: by the version
// in force. What is about the text of the next submission is judged so too.
func (s *Service) anew(c store.Case) store.Case { return judgedBy(c, s.books.of(c.OrgID)) }

func judgedBy(c store.Case, b *rulebook.Book) store.Case {
	c.RulebookID, c.RulebookVersion, c.RulebookDigest = b.ID, b.Version, b.Digest
	return c
}

// caseOf reads a case, and sees to it that its version of the rulebook is loaded.
func (s *Service) caseOf(ctx context.Context, orgID, id string) (store.Case, error) {
	c, err := s.store.Case(ctx, orgID, id)
	if err == nil {
		_, err = s.books.hold(ctx, orgID, c.RulebookDigest)
	}
	return c, err
}

// LoadRulebooks reads which versions of the rulebook are in force, and enters the
// one of the program where there is none. Run follows it from then on.
func (s *Service) LoadRulebooks(ctx context.Context) error {
	return s.books.follow(ctx, s.clock.Now())
}

// followRulebooks follows what is published, here or by another process, until the
// context ends.
func (s *Service) followRulebooks(ctx context.Context) {
	tick := time.NewTicker(booksEvery)
	defer tick.Stop()
	for {
		if err := s.LoadRulebooks(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "rulebooks not read", slog.String("class", classOf(err)))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
