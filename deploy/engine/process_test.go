//go:build !slim

package engine_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
)

// childVariable makes this test binary run an engine instead of tests. Its value
// is the engine's file.
const childVariable = "ENGINE_TEST_CHILD"

// Fixed names let the parent find what the child began.
const (
	childNap       = "child-nap"
	childQueue     = "child-queue"
	childNapLength = 2 * time.Second
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childVariable); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child runs an engine with an open nap until it is killed.
func child(path string) error {
	ctx := context.Background()
	e, err := engine.Start(ctx, engine.Options{Path: path})
	if err != nil {
		return err
	}
	c, err := client.Dial(e.ClientOptions())
	if err != nil {
		return err
	}
	if _, err := work(c, childQueue); err != nil {
		return err
	}
	if err := startNap(ctx, c, childNap, childQueue, childNapLength); err != nil {
		return err
	}
	fmt.Println("napping")
	<-e.Done()
	return e.Err()
}

// startChild runs a child process and returns when its nap is open.
func startChild(t testing.TB, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(cmd) })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "napping\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	return cmd
}

// kill ends the child without warning. It may be called again.
func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func TestKilledAndInUse(t *testing.T) {
	t.Parallel()
	o := engine.Options{Path: filepath.Join(t.TempDir(), "engine.db")}
	process := startChild(t, o.Path)

	e, err := engine.Start(t.Context(), o)
	if err == nil {
		_ = e.Close()
	}
	if !errors.Is(err, engine.ErrInUse) {
		t.Fatalf("while another process has the file: %v, want ErrInUse", err)
	}

	kill(process)
	finishNap(t, o, childNap, childQueue, childNapLength)
	if kept, _ := filepath.Glob(o.Path + ".unusable-*"); len(kept) != 0 {
		t.Errorf("a sound file was moved aside: %v", kept)
	}
}

// startNap starts a nap and returns when its timer is open.
func startNap(ctx context.Context, c client.Client, id, queue string, d time.Duration) error {
	if _, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: queue}, napWorkflow, d); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		open, err := has(ctx, c, id, enumspb.EVENT_TYPE_TIMER_STARTED)
		if open || err != nil {
			return err
		}
	}
}

// has tells whether the workflow's history has an event of the type.
func has(ctx context.Context, c client.Client, id string, kind enumspb.EventType) (bool, error) {
	events := c.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return false, err
		}
		if event.GetEventType() == kind {
			return true, nil
		}
	}
	return false, nil
}

// finishNap starts an engine on the file on which the nap was begun and waits
// until it ends, not too early.
func finishNap(t *testing.T, o engine.Options, id, queue string, length time.Duration) {
	t.Helper()
	c := enginetest.Client(t, enginetest.Start(t, o))
	stop, err := work(c, queue)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)

	ctx, cancel := context.WithTimeout(t.Context(), length+time.Minute)
	defer cancel()
	var begun time.Time
	if err := c.GetWorkflow(ctx, id, "").Get(ctx, &begun); err != nil {
		t.Fatal(err)
	}
	if slept := time.Since(begun); slept < length {
		t.Errorf("the timer of %s fired after %s", length, slept)
	}
	if fired, err := has(ctx, c, id, enumspb.EVENT_TYPE_TIMER_FIRED); err != nil || !fired {
		t.Errorf("timer fired: %t, %v", fired, err)
	}
}
