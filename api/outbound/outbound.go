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

// Client returns a client for one URL that Check has accepted. It dials loopback
// addresses if the URL names one, and private ones: there a municipality keeps its
// servers.
func Client(u *url.URL, timeout time.Duration) *http.Client {
	return To(Reach{Loopback: namesLoopback(u), Private: true}, timeout)
}

// Reach says what may be dialled beside public addresses.
type Reach struct {
	// Loopback is this machine.
	Loopback bool
	// Private are the addresses of RFC 1918, RFC 4193 and RFC 6598.
	Private bool
}

// To returns a client that dials no farther than it is told to. Whatever that is, it
// refuses addresses that nobody means: link-local ones, among them those that tell a
// machine in a cloud its secrets, unspecified and multicast ones. What it refuses is
// an ErrAddress.
func To(r Reach, timeout time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: timeout, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		return r.check(address)
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

// shared are the addresses that a carrier shares out (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

func (r Reach) check(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: not an address", ErrAddress)
	}
	ip := at.Addr().Unmap()
	switch {
	case ip.IsLoopback() && !r.Loopback, ip.IsUnspecified(), ip.IsMulticast(), ip.IsLinkLocalUnicast(),
		!r.Private && (ip.IsPrivate() || shared.Contains(ip)):
		return ErrAddress
	}
	return nil
}
