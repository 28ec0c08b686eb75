package anchor

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/clock"
	"sluss/model/store"
)

const (
	// lookEvery is how long an event may wait before it is looked at.
	lookEvery = 2 * time.Second
	// batch is how many events become leaves in one transaction.
	batch = 64
	// recently is how far back a look goes. Chains that changed before are looked at
	// when the program starts and then once in wholeEvery: clocks of processes differ.
	recently   = 10 * time.Minute
	wholeEvery = time.Hour
	// againAfter is when a checkpoint that could not be kept is tried again.
	againAfter = time.Minute

	treeLease       = "tree"
	treeLeaseFor    = time.Minute
	checkpointLease = "checkpoint"
)

// Keeper keeps checkpoints where the record's database cannot reach them.
type Keeper interface {
	// Keep keeps a signed checkpoint. It may be given the same one twice.
	Keep(ctx context.Context, checkpoint []byte) error
	// String names the place in a log, without secrets.
	String() string
}

// Options are what an Anchor needs.
type Options struct {
	Store *store.Store
	Clock clock.Clock
	Log   *slog.Logger
	Key   audit.Key
	// Keepers get a checkpoint of each organisation whose tree has grown, Every so
	// often.
	Keepers []Keeper
	Every   time.Duration
}

// Anchor fills trees and hands out checkpoints. Make it with New.
type Anchor struct {
	Options
	holder string
	// whole is when all chains were looked at, next when checkpoints are due.
	whole, next time.Time
	// kept is the size of the last checkpoint that every keeper has, by organisation.
	kept map[string]int64
	// keptAt is when every keeper had everything, in microseconds of Unix time, or when
	// this process first took the task before that; 0 when it never has.
	keptAt atomic.Int64
}

// New returns an anchor, which does nothing until Run.
func New(o Options) *Anchor {
	return &Anchor{Options: o, holder: model.NewID(), kept: map[string]int64{}}
}

// Run looks for new events every two seconds, and hands out checkpoints at their
// interval, until the context ends.
func (a *Anchor) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := errors.Join(a.Fill(ctx), a.Checkpoint(ctx)); err != nil && ctx.Err() == nil {
			a.Log.WarnContext(ctx, "log not anchored", slog.Any("error", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Fill makes leaves of the events that wait, unless another process does. An error
// is the record's.
func (a *Anchor) Fill(ctx context.Context) error {
	now := a.Clock.Now()
	since, whole := now.Add(-recently), now.Sub(a.whole) >= wholeEvery
	if whole {
		since = time.Time{}
	}
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		if done, err := a.fill(ctx, o.ID, since); err != nil || !done {
			return err
		}
	}
	if whole {
		a.whole = now
	}
	return nil
}

// fill fills one tree and reports whether it is filled.
func (a *Anchor) fill(ctx context.Context, orgID string, since time.Time) (bool, error) {
	waits, err := a.Store.TreeWaits(ctx, orgID, since)
	if err != nil || !waits {
		return true, err
	}
	for {
		now := a.Clock.Now()
		if mine, err := a.Store.Lease(ctx, treeLease, a.holder, now, now.Add(treeLeaseFor)); err != nil || !mine {
			return false, err
		}
		added, err := a.Store.GrowTree(ctx, orgID, since, batch)
		switch {
		case store.IsConflict(err):
			return false, nil // somebody believes in the same lease; the next look finds what is left
		case err != nil:
			return false, err // the lease expires
		case added < batch:
			return true, a.Store.EndLease(context.WithoutCancel(ctx), treeLease, a.holder)
		}
	}
}

// Checkpoint hands out a checkpoint of each tree that has grown, when it is time
// to and no other process has the task. What cannot be kept is tried again after a
// minute.
func (a *Anchor) Checkpoint(ctx context.Context) error {
	now := a.Clock.Now()
	if len(a.Keepers) == 0 || now.Before(a.next) {
		return nil
	}
	// Whoever has handed out keeps the lease until the next time.
	mine, err := a.Store.Lease(ctx, checkpointLease, a.holder, now, now.Add(a.Every+againAfter))
	if err != nil {
		return err
	}
	a.next = now.Add(a.Every)
	if !mine {
		return nil
	}
	a.keptAt.CompareAndSwap(0, now.UnixMicro())
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		if err := a.handOut(ctx, o.ID); err != nil {
			a.next = now.Add(min(againAfter, a.Every))
			return err
		}
	}
	a.keptAt.Store(now.UnixMicro())
	return nil
}

// Age is how long ago every keeper had a checkpoint of everything in the log, and
// whether this process hands them out.
func (a *Anchor) Age() (time.Duration, bool) {
	at := a.keptAt.Load()
	return a.Clock.Now().Sub(time.UnixMicro(at)), at != 0
}

func (a *Anchor) handOut(ctx context.Context, orgID string) error {
	tree, err := a.Store.Tree(ctx, orgID)
	if err != nil {
		return err
	}
	if tree.Size() == a.kept[orgID] {
		return nil
	}
	signed := a.Key.Signer(orgID).Checkpoint(tree.Size(), tree.Root())
	var failed error
	for _, k := range a.Keepers {
		if err := k.Keep(ctx, signed); err != nil {
			a.Log.WarnContext(ctx, "checkpoint not kept", slog.String("org_id", orgID), slog.Int64("size", tree.Size()),
				slog.String("place", k.String()), slog.Any("error", err))
			failed = errNotKept
		}
	}
	if failed == nil {
		a.kept[orgID] = tree.Size()
	}
	return failed
}

var errNotKept = errors.New("a checkpoint was not kept")
