// Package outbound is how the program talks to other servers over HTTP: to the
// address that was checked when it was dialled, within a time, without following
// redirects and without a proxy. It imports the standard library only.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// ErrAddress says that a server was not asked because of where it is.
var ErrAddress = errors.New("the address may not be dialled")

// Check refuses a URL unless it is https without user or fragment. http is for
// loopback addresses, written as numbers.
func Check(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" ||
		u.Scheme != "https" && !(u.Scheme == "http" && namesLoopback(u)) {
		return nil, errors.New("the URL must be https://host/path")
	}
	return u, nil
}

func namesLoopback(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback()
}

// Client returns a client for one URL that Check has accepted. Of addresses it
// refuses those that nobody means: link-local ones, among them those that tell a
// machine in a cloud its secrets, unspecified and multicast ones, and loopback
// unless the URL names it. Private ones are where a municipality keeps its servers.
func Client(u *url.URL, timeout time.Duration) *http.Client {
	loopback := namesLoopback(u)
	dialer := &net.Dialer{Timeout: timeout, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		return checkDialled(address, loopback)
	}}
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout,
			MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true, MaxIdleConns: 2, IdleConnTimeout: time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func checkDialled(address string, loopback bool) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: not an address", ErrAddress)
	}
	switch ip := at.Addr().Unmap(); {
	case ip.IsLoopback() && loopback:
		return nil
	case ip.IsLoopback(), ip.IsUnspecified(), ip.IsMulticast(), ip.IsLinkLocalUnicast():
		return ErrAddress
	}
	return nil
}
