package api

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What takes long is worked out once for all who ask at the same time, told again for ten
// times as long, and then worked out anew; another key is another matter.
func TestCostly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c costly[int]
		worked := 0
		get := func(key string) (int, time.Duration) {
			w, err := c.get(t.Context(), key, func(context.Context) (int, error) {
				worked++
				time.Sleep(2 * time.Second)
				return worked, nil
			})
			if err != nil {
				t.Error(err)
			}
			return w.value, time.Since(w.at)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if got, _ := get("a"); got != 1 {
					t.Errorf("one of those who ask at once is told %d", got)
				}
			})
		}
		all.Wait()
		time.Sleep(19 * time.Second)
		if got, age := get("a"); got != 1 || age != 21*time.Second {
			t.Errorf("after 19 seconds: %d, of %s ago", got, age)
		}
		if got, _ := get("b"); got != 2 {
			t.Errorf("under another key: %d", got)
		}
		if got, age := get("a"); got != 3 || age != 2*time.Second {
			t.Errorf("after 21 seconds: %d, of %s ago", got, age)
		}
		if len(c.known) != 2 {
			t.Errorf("%d are kept", len(c.known))
		}
	})
}

// What is quick is worked out for each who asks after it, a failure is not kept, and
// whoever goes does not take the work along.
func TestCostlyIsNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c costly[int]
		n := 0
		for want := 1; want < 4; want++ {
			w, err := c.get(t.Context(), "quick", func(context.Context) (int, error) { n++; return n, nil })
			if err != nil || w.value != want {
				t.Errorf("the quick one says %d, %v; want %d", w.value, err, want)
			}
		}
		broken := errors.New("broken")
		for range 2 {
			_, err := c.get(t.Context(), "broken", func(context.Context) (int, error) { n++; time.Sleep(time.Second); return 0, broken })
			if !errors.Is(err, broken) {
				t.Errorf("the broken one says %v", err)
			}
		}
		if n != 5 || len(c.known) != 0 {
			t.Errorf("worked %d times and kept %d", n, len(c.known))
		}
		gone, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		w, err := c.get(gone, "long", func(ctx context.Context) (int, error) { time.Sleep(3 * time.Second); return 7, ctx.Err() })
		if err != nil || w.value != 7 || time.Since(w.at) != 3*time.Second {
			t.Errorf("after who asked had gone: %d of %s ago, %v", w.value, time.Since(w.at), err)
		}
	})
}
