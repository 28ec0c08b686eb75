//go:build !slim

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// ends is how long a client that says nothing whole may keep a connection: the
// time for the headers and that for a body, and what a busy machine takes.
const ends = 30 * time.Second

// TestDefences is what the program itself does against those who mean no good,
// before anybody has signed in.
func TestDefences(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	s := w.start(launch{})
	defer s.stop()
	t.Run("headers", func(t *testing.T) { headersEverywhere(t, w) })
	t.Run("slow clients", func(t *testing.T) { slowClients(t, w) })
}

// slowClients: clients that trickle their requests, send more than is read, or
// say two things at once are shown out, and nobody waits for them meanwhile.
func slowClients(t *testing.T, w *world) {
	address, err := url.Parse(w.base)
	if err != nil {
		t.Fatal(err)
	}
	token := "Authorization: Bearer " + w.tokens["project_owner"+string(teamOf(0))] + "\r\n"
	opening := "POST /api/v1/cases HTTP/1.1\r\nHost: " + address.Host + "\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n" + token
	var clients sync.WaitGroup
	for range 40 {
		clients.Go(func() { trickle(t, address.Host, "GET /livez HTTP/1.1\r\nX-Slow: ", "a", 0) })
	}
	clients.Go(func() {
		trickle(t, address.Host, opening+"Content-Length: 1000\r\n\r\n", " ", http.StatusRequestTimeout)
	})
	for name, test := range map[string]struct {
		request string
		status  int
	}{
		"headers too large": {"GET /livez HTTP/1.1\r\nHost: h\r\nX-Large: " + strings.Repeat("a", 100<<10) + "\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"a body too large that does not say so": {
			opening + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + strings.Repeat(" ", 2<<20) + "\r\n0\r\n\r\n", http.StatusRequestEntityTooLarge,
		},
		"a body that says it is too large": {opening + "Content-Length: 9999999\r\n\r\n", http.StatusRequestEntityTooLarge},
		"a page's form too large": {
			"POST /sign-in HTTP/1.1\r\nHost: " + address.Host + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 2097157\r\n\r\nuser=" +
				strings.Repeat("a", 2<<20), http.StatusRequestEntityTooLarge,
		},
		"two lengths":           {opening + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", http.StatusBadRequest},
		"a length and chunks":   {opening + "Content-Length: 2\r\nTransfer-Encoding: gzip\r\n\r\n{}", http.StatusNotImplemented},
		"two hosts":             {"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", http.StatusBadRequest},
		"no host":               {"GET /livez HTTP/1.1\r\n\r\n", http.StatusBadRequest},
		"a header that goes on": {"GET /livez HTTP/1.1\r\nHost: h\r\nX-A : b\r\n\r\n", http.StatusBadRequest},
	} {
		clients.Go(func() {
			if got, err := answerTo(address.Host, test.request); err != nil || got != test.status {
				t.Errorf("%s: answered with %d, want %d: %v", name, got, test.status, err)
			}
		})
	}
	eventually(t, 10*time.Second, func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+"/livez", nil)
		if err != nil {
			return err
		}
		a, err := http.DefaultClient.Do(r)
		if err == nil {
			a.Body.Close()
		}
		return err
	})
	clients.Wait()
}

// trickle sends a request byte by byte until the server has had enough, which it
// says with a status or, for 0, by ending the connection.
func trickle(t *testing.T, host, begin, more string, status int) {
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	began := time.Now()
	go func() {
		_, err := io.WriteString(c, begin)
		for err == nil {
			time.Sleep(200 * time.Millisecond) // the slowness that is tried
			_, err = io.WriteString(c, more)
		}
	}()
	_ = c.SetReadDeadline(began.Add(ends))
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%.20s: still served after %s", begin, ends)
		return
	}
	if status != 0 && (err != nil || a.StatusCode != status) {
		t.Errorf("%.20s: ended after %s with %v %v", begin, time.Since(began), a, err)
	}
}

// answerTo sends a request as it stands and reads the status.
func answerTo(host, request string) (int, error) {
	c, err := net.Dial("tcp", host)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(ends))
	go func() { _, _ = io.WriteString(c, request) }() // the server may hang up first
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, err
	}
	return a.StatusCode, a.Body.Close()
}

// headersEverywhere: whatever path is asked for, and however it is answered, a
// browser is told what it may do with it, and nobody what the server is made of.
func headersEverywhere(t *testing.T, w *world) {
	for _, at := range []string{
		"GET /livez", "GET /readyz", "GET /api/v1/api-info", "GET /api/v1/openapi.json", "GET /api/v1/cases", "GET /api/nothing",
		"DELETE /api/v1/cases", "OPTIONS /api/v1/cases",
		"GET /", "GET /sign-in", "POST /sign-in", "DELETE /sign-in", "GET /messages", "GET /nothing", "GET /assets/sluss.css", "GET /assets/nothing",
		"GET /assets/", "GET /.git/config", "GET /metrics", "GET /debug/pprof/",
	} {
		method, path, _ := strings.Cut(at, " ")
		r, err := http.NewRequestWithContext(t.Context(), method, w.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if err := guarded(a); err != nil {
			t.Errorf("%s, %d: %v", at, a.StatusCode, err)
		}
	}
}

func guarded(a *http.Response) error {
	for name, holds := range map[string]string{
		"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := a.Header.Get(name); !strings.Contains(got, holds) {
			return fmt.Errorf("%s is %q", name, got)
		}
	}
	for _, name := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin"} {
		if a.Header.Get(name) != "" {
			return fmt.Errorf("%s is told", name)
		}
	}
	if strings.Contains(a.Header.Get("Content-Security-Policy"), "unsafe") {
		return errors.New("the policy lets scripts or styles in")
	}
	return nil
}
