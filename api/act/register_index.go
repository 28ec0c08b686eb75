package act

import (
	"context"
	"slices"
	"sync"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/store"
)

// registerIndex holds the registers in memory, for the question that is asked at
// every use of a tool. It follows the record: each question first reads the number
// of the latest change, and what has changed since the last one is read before it
// is answered. So no process ever answers from an older register than the record
// has, and none needs to be told.
type registerIndex struct {
	store *store.Store

	mu sync.Mutex
	by map[string]*registerShelf
}

func newRegisterIndex(s *store.Store) *registerIndex {
	return &registerIndex{store: s, by: map[string]*registerShelf{}}
}

// of returns the register of an organisation as the record has it.
func (x *registerIndex) of(ctx context.Context, orgID string) (*registerShelf, error) {
	x.mu.Lock()
	shelf := x.by[orgID]
	if shelf == nil {
		shelf = &registerShelf{change: unreadRegister}
		x.by[orgID] = shelf
	}
	x.mu.Unlock()
	last, err := x.store.RegisterChange(ctx, orgID)
	if err != nil {
		return nil, err
	}
	return shelf, shelf.follow(ctx, x.store, orgID, last)
}

// registerShelf is the register of one organisation: its entries that hold, and
// its units.
type registerShelf struct {
	// reading is held by the one who reads what has changed.
	reading sync.Mutex

	mu sync.RWMutex
	// change is the number of the latest change that is in here.
	change  int64
	entries map[string]model.RegisterEntry
	// ids are the ids of entries by the id of the case, and by the name of the tool
	// and of the product as model.NameKey has them.
	ids   map[string][]string
	units map[string]store.Unit
}

// unreadRegister is the change of a register that has not been read.
const unreadRegister = -1

func (r *registerShelf) seen() int64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.change
}

// follow reads what was written up to a change, if it is not here yet.
func (r *registerShelf) follow(ctx context.Context, s *store.Store, orgID string, last int64) error {
	if r.seen() >= last {
		return nil
	}
	r.reading.Lock()
	defer r.reading.Unlock()
	from := r.seen()
	if from >= last {
		return nil
	}
	records, err := s.RegisterChangedAfter(ctx, orgID, from)
	if err != nil {
		return err
	}
	units, err := s.Units(ctx, orgID)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.take(records, units)
	r.change = last // what was read may be newer: then it is read once more
	return nil
}

func (r *registerShelf) take(records []store.RegisterRecord, units []store.Unit) {
	if r.entries == nil {
		r.entries, r.ids = make(map[string]model.RegisterEntry, len(records)), make(map[string][]string, 3*len(records))
	}
	for _, rec := range records {
		for _, key := range keysOf(r.entries[rec.ID]) {
			r.ids[key] = slices.DeleteFunc(r.ids[key], func(id string) bool { return id == rec.ID })
			if len(r.ids[key]) == 0 {
				delete(r.ids, key)
			}
		}
		r.entries[rec.ID] = rec.Entry
		for _, key := range keysOf(rec.Entry) {
			r.ids[key] = append(r.ids[key], rec.ID)
		}
	}
	r.units = make(map[string]store.Unit, 2*len(units))
	for _, u := range units {
		r.units[u.Code] = u
	}
	for _, u := range units { // an id is nobody else's, whatever codes there are
		r.units[u.ID] = u
	}
}

// keysOf are the names by which a tool is asked for, beside the id of its entry.
func keysOf(e model.RegisterEntry) []string {
	keys := []string{e.CaseID, model.NameKey(e.Tool), model.NameKey(e.Product)}
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool { return key == "" })
}

// find returns the ids of the entries of a tool: of the one with the id, of the
// case's, or of all that are called so.
func (r *registerShelf) find(tool string) []string {
	key := model.NameKey(tool)
	if _, ok := r.entries[key]; ok {
		return []string{key}
	}
	return r.ids[key]
}

// unit returns a unit by its id or its code, and the ids of the units for which an
// approval is one for it too: its own, and those above it up to the board or
// company that it is a part of, for an approval binds a controller (rulebook 9.3,
// GDPR 4(7)).
func (r *registerShelf) unit(idOrCode string) (store.Unit, []string, bool) {
	asked, ok := r.units[idOrCode]
	if !ok {
		return store.Unit{}, nil, false
	}
	return asked, store.UpToController(r.units, asked), true
}

// best answers a question by the entry of a tool that allows most.
func (r *registerShelf) best(tool string, q assess.UseQuestion) (id string, best assess.UseAnswer) {
	best = assess.NotReviewed()
	for _, candidate := range slices.Sorted(slices.Values(r.find(tool))) {
		if a := assess.CheckUse(r.entries[candidate], q); assess.CompareUse(a, best) < 0 {
			id, best = candidate, a
		}
	}
	return id, best
}
