package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Recalling returns a context in which the record is asked each question once: who
// reads the same row again with it, or with a context made from it, gets what was
// read before. It is for a request that reads and is answered at once, of which every
// part then tells of the same state. Whatever is written with the context makes it
// forget; what others write meanwhile shows in the next request.
func Recalling(ctx context.Context) context.Context {
	return context.WithValue(ctx, recallKey{}, &recall{known: map[string]recalled{}})
}

// Recall works something out of the record under a key, or returns what was worked out
// under it before with a context that recalls. Nobody may change what it returns.
func Recall[T any](ctx context.Context, key string, work func() (T, error)) (T, error) {
	return once(ctx, key, nil, work)
}

type recallKey struct{}

// recall is what has been read. Rows are kept as the database has them; what a right
// depends on is worked out anew each time.
type recall struct {
	mu    sync.Mutex
	known map[string]recalled
}

type recalled struct {
	rows any
	err  error
}

// once reads rows, or recalls them. A failure is not kept, unless it is that there is
// no such row.
func once[T any](ctx context.Context, query string, args []any, read func() (T, error)) (T, error) {
	r, ok := ctx.Value(recallKey{}).(*recall)
	if !ok {
		return read()
	}
	key := fmt.Sprintf("%s %q", query, args)
	r.mu.Lock()
	before, ok := r.known[key]
	r.mu.Unlock()
	if ok {
		return before.rows.(T), before.err
	}
	rows, err := read()
	if err == nil || errors.Is(err, ErrNotFound) {
		r.keep(key, recalled{rows, err})
	}
	return rows, err
}

// onceMany is once for a list, which its reader may change.
func onceMany[T any](ctx context.Context, query string, args []any, read func() ([]T, error)) ([]T, error) {
	rows, err := once(ctx, query, args, read)
	return slices.Clone(rows), err
}

// onceEach is once for what is told by an id. It reads only what is not recalled, and
// recalls too of whom there was nothing.
func onceEach[T any](ctx context.Context, of string, ids []string, read func(ids []string) (map[string]T, error)) (map[string]T, error) {
	r, ok := ctx.Value(recallKey{}).(*recall)
	if !ok {
		return read(ids)
	}
	out := make(map[string]T, len(ids))
	var missing []string
	r.mu.Lock()
	for _, id := range ids {
		switch before, ok := r.known[of+id]; {
		case !ok:
			missing = append(missing, id)
		case before.err == nil:
			out[id] = before.rows.(T)
		}
	}
	r.mu.Unlock()
	if len(missing) == 0 {
		return out, nil
	}
	found, err := read(missing)
	if err != nil {
		return nil, err
	}
	for _, id := range missing {
		if row, ok := found[id]; ok {
			out[id] = row
			learn(ctx, of+id, row)
		} else {
			r.keep(of+id, recalled{err: ErrNotFound})
		}
	}
	return out, nil
}

// learn lets a context recall what came with something else.
func learn(ctx context.Context, key string, row any) {
	if r, ok := ctx.Value(recallKey{}).(*recall); ok {
		r.keep(key, recalled{rows: row})
	}
}

func (r *recall) keep(key string, what recalled) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[key] = what
}

// forget makes a context ask anew, since something has been written with it.
func forget(ctx context.Context) {
	if r, ok := ctx.Value(recallKey{}).(*recall); ok {
		r.mu.Lock()
		clear(r.known)
		r.mu.Unlock()
	}
}
