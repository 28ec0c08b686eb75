package idp

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluss/api/outbound"
	"sluss/model/clock"
)

// A provider is asked where it may be and nowhere else, whatever it publishes.
func TestWhereProvidersAreAsked(t *testing.T) {
	t.Parallel()
	keys, asked := "", 0
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, s.URL+"/keys", http.StatusFound)
		case "/keys":
			asked++
		default:
			_ = json.NewEncoder(w).Encode(map[string]string{
				"issuer": s.URL, "jwks_uri": keys, "authorization_endpoint": s.URL, "token_endpoint": s.URL,
			})
		}
	}))
	t.Cleanup(s.Close)
	for _, test := range []struct {
		name, issuer, keys string
		refused            bool
	}{
		{"on a private network", "https://10.0.0.1/realms/a", "", true},
		{"keys among the secrets of a machine in a cloud", s.URL, "https://169.254.169.254/latest", true},
		{"keys on a private network", s.URL, "https://[fd00::1]/keys", true},
		{"keys elsewhere", s.URL, s.URL + "/moved", false},
	} {
		keys = test.keys
		var log strings.Builder
		ps := New(Config{Providers: []ProviderConfig{{Name: "test", Issuer: test.issuer}}},
			Options{Clock: clock.System, Log: slog.New(slog.NewTextHandler(&log, nil))})
		_, err := ps.list[0].fetchKeys(t.Context())
		if err == nil || errors.Is(err, outbound.ErrAddress) != test.refused || strings.Contains(log.String(), "private_network") != test.refused {
			t.Errorf("%s: %v\n%s", test.name, err, &log)
		}
	}
	if asked > 0 {
		t.Error("a redirect was followed")
	}
	// What is on the organisation's own network is dialled when it is meant: it may
	// not answer, but it is not refused.
	c := newClient(ProviderConfig{Issuer: "https://10.0.0.1", PrivateNetwork: true})
	c.Timeout = 10 * time.Millisecond
	if _, err := c.Get("https://10.0.0.1/"); errors.Is(err, outbound.ErrAddress) {
		t.Errorf("where private addresses are meant: %v", err)
	}
}
