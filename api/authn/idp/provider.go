package idp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"sluss/api/outbound"
)

// askTime is how long a question to a provider may take, with everything that
// belongs to it.
const askTime = 10 * time.Second

// maxAnswer is the longest answer of a provider that is read, in bytes.
const maxAnswer = 1 << 20

// provider is a provider at run time. It is asked for nothing before the first token
// or sign-in, so that Sluss starts without it.
type provider struct {
	ProviderConfig
	client *http.Client
	log    *slog.Logger
	keys   *keys

	mu  sync.Mutex
	met *metadata
}

// metadata is what a provider publishes about itself (OpenID Connect Discovery 1.0).
type metadata struct {
	endpoint   oauth2.Endpoint
	keys       string
	endSession string
	// namesItself is true when it sends its issuer with a code (RFC 9207).
	namesItself bool
}

// fetchKeys reads what the provider publishes about itself, and its keys.
func (p *provider) fetchKeys(ctx context.Context) ([]jose.JSONWebKey, error) {
	set, err := p.askForKeys(ctx)
	if errors.Is(err, outbound.ErrAddress) {
		p.log.WarnContext(ctx, "the provider is where it is not asked, see private_network", slog.String("provider", p.Name))
	}
	return set, err
}

func (p *provider) askForKeys(ctx context.Context) ([]jose.JSONWebKey, error) {
	m, err := p.discover(ctx)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.keys, nil)
	if err != nil {
		return nil, err
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the provider's keys: status %d", answer.StatusCode)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	return parseKeys(text)
}

// discover reads what the provider publishes about itself. Its name must be exactly
// the one that was configured.
func (p *provider) discover(ctx context.Context) (*metadata, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
	switch {
	case errors.Is(err, outbound.ErrAddress):
		return nil, outbound.ErrAddress
	case err != nil:
		return nil, errAway // the library's error quotes the answer
	}
	var more struct {
		Keys        string `json:"jwks_uri"`
		EndSession  string `json:"end_session_endpoint"`
		NamesItself bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, errors.New("what the provider says of itself cannot be read")
	}
	m := &metadata{endpoint: found.Endpoint(), keys: more.Keys, endSession: more.EndSession, namesItself: more.NamesItself}
	for _, address := range []string{m.keys, m.endpoint.AuthURL, m.endpoint.TokenURL} {
		if !secureAddress(address) {
			return nil, errors.New("the provider has an address without TLS, or none")
		}
	}
	if !secureAddress(m.endSession) {
		m.endSession = ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.met = m
	return m, nil
}

// metadata returns what the provider publishes about itself, as it was read last. It
// is asked no more often than for its keys.
func (p *provider) metadata(ctx context.Context) (*metadata, error) {
	if err := p.keys.ready(ctx); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.met, nil
}

// newClient makes the client for a provider: it follows no redirect, waits only so
// long, reads only so much, and dials only public addresses, this machine if the
// issuer names it, and private ones if the configuration says so, whatever the
// provider publishes about itself and names resolve to.
func newClient(c ProviderConfig) *http.Client {
	issuer, err := url.Parse(c.Issuer)
	client := outbound.To(outbound.Reach{
		Loopback: err == nil && isLoopback(issuer.Hostname()), Private: c.PrivateNetwork,
	}, askTime)
	client.Transport = bounded{client.Transport}
	return client
}

// bounded bounds what is read of answers.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	}
	return answer, err
}
