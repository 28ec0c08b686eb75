package clock_test

import (
	"sync"
	"testing"
	"time"

	"sluss/model/clock"
)

func TestSystemIsUTCInMicroseconds(t *testing.T) {
	t.Parallel()
	before := time.Now().Add(-time.Microsecond)
	now := clock.System.Now()
	if now.Location() != time.UTC {
		t.Errorf("location %v, want UTC", now.Location())
	}
	if now.Nanosecond()%1000 != 0 {
		t.Errorf("%v has parts of a microsecond", now)
	}
	if now.Before(before) || now.After(time.Now()) {
		t.Errorf("%v is not the time of the machine", now)
	}
	if parsed, err := time.Parse(time.RFC3339Nano, now.Format(time.RFC3339Nano)); err != nil || parsed != now {
		t.Errorf("%v does not survive being written and read: %v, %v", now, parsed, err)
	}
}

func TestManual(t *testing.T) {
	t.Parallel()
	stockholm := time.FixedZone("CEST", 2*60*60)
	c := clock.At(time.Date(2027, 6, 23, 14, 0, 0, 1999, stockholm))

	want := time.Date(2027, 6, 23, 12, 0, 0, 1000, time.UTC)
	if got := c.Now(); got != want {
		t.Errorf("Now() = %v, want %v", got, want)
	}
	want = want.Add(36 * time.Hour)
	if got := c.Advance(36 * time.Hour); got != want || c.Now() != want {
		t.Errorf("Advance = %v, Now() = %v, want %v", got, c.Now(), want)
	}
	past := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	c.Set(past)
	if got := c.Now(); got != past {
		t.Errorf("after Set, Now() = %v, want %v", got, past)
	}
}

func TestManualConcurrently(t *testing.T) {
	t.Parallel()
	start := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	c := clock.At(start)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			c.Advance(time.Second)
			c.Now()
		})
	}
	wg.Wait()
	if got, want := c.Now(), start.Add(50*time.Second); got != want {
		t.Errorf("Now() = %v, want %v", got, want)
	}
}
