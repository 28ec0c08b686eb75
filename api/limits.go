package api

import (
	"cmp"
	"time"

	"sluss/api/authn"
	"sluss/model/store"
)

// Limits are how many requests are let through in a minute.
type Limits struct {
	// Person is for everybody who has signed in, Address for an address that
	// requests come from without a token that holds, Service for a service account
	// that has no limit of its own.
	Person, Address, Service int
}

// DefaultLimits are the limits that clients may rely on.
var DefaultLimits = Limits{Person: 1000, Address: 100, Service: 60_000}

// limiters count requests by person or service account and by address.
type limiters struct {
	Limits
	accounts, addresses authn.Limiter
}

// of counts a request of a person or a service account and returns how long to
// wait when there have been too many.
func (l *limiters) of(p store.Person, now time.Time) time.Duration {
	perMinute := l.Person
	if p.Service != nil {
		perMinute = cmp.Or(p.Service.PerMinute, l.Service)
	}
	return l.accounts.Take(p.OrgID+"/"+p.ID, perMinute, time.Minute, now)
}

// ofAddress is of for a request without a token that holds.
func (l *limiters) ofAddress(address string, now time.Time) time.Duration {
	return l.addresses.Take(address, l.Address, time.Minute, now)
}
