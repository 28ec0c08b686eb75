package outbound

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		"https://log.example/add":       true,
		"https://10.0.0.5:8443/add?x=1": true,
		"http://127.0.0.1:8080/add":     true,
		"http://[::1]:8080/":            true,
		"http://localhost:8080/":        false,
		"http://log.example/add":        false,
		"https://me:secret@log.example": false,
		"https://log.example/#x":        false,
		"ftp://log.example/":            false,
		"file:///etc/passwd":            false,
		"https://":                      false,
		"log.example":                   false,
		"":                              false,
		"https://log.example/%zz":       false,
	} {
		if _, err := Check(raw); (err == nil) != want {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestDialled(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"192.0.2.1:443":            true,
		"[2001:db8::1]:443":        true,
		"100.128.0.1:443":          true,
		"127.0.0.1:443":            false,
		"[::1]:443":                false,
		"[::ffff:127.0.0.1]:443":   false,
		"169.254.169.254:80":       false,
		"[fe80::1%eth0]:443":       false,
		"[::ffff:169.254.1.1]:443": false,
		"0.0.0.0:443":              false,
		"[::]:443":                 false,
		"224.0.0.1:443":            false,
		"name:443":                 false,
	} {
		for _, r := range []Reach{{}, {Private: true}} {
			if err := r.check(address); (err == nil) != want {
				t.Errorf("%s with %+v: %v", address, r, err)
			}
		}
	}
	for _, address := range []string{"10.1.2.3:443", "172.31.0.1:443", "192.168.1.1:443", "100.64.0.1:443", "[fd00::1]:443", "[::ffff:10.0.0.1]:443"} {
		if err := (Reach{}).check(address); !errors.Is(err, ErrAddress) {
			t.Errorf("the private address %s: %v", address, err)
		}
		if err := (Reach{Private: true}).check(address); err != nil {
			t.Errorf("%s, where private ones are meant: %v", address, err)
		}
	}
	if err := (Reach{Loopback: true}).check("127.0.0.1:80"); err != nil {
		t.Errorf("this machine, where it is meant: %v", err)
	}
}

// A name that leads to the machine itself is found out when it is dialled, and a
// redirect is an answer like others.
func TestClient(t *testing.T) {
	t.Parallel()
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	t.Cleanup(s.Close)
	u, err := Check(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := Client(u, 5*time.Second).Get(s.URL)
	if err != nil || answer.StatusCode != http.StatusFound || asked != 1 {
		t.Fatalf("%v, asked %d times", err, asked)
	}
	answer.Body.Close()

	named, err := url.Parse("https://localhost:" + u.Port())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Client(named, 5*time.Second).Get(named.String()); !errors.Is(err, ErrAddress) {
		t.Errorf("localhost was dialled: %v", err)
	}
}
