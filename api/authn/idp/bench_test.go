package idp

import (
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sluss/api/authn/authntest"
	"sluss/model/clock"
)

// BenchmarkToken is what a token costs before the record is asked about its person.
func BenchmarkToken(b *testing.B) {
	c := clock.At(time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC))
	for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA} {
		b.Run(string(alg), func(b *testing.B) {
			idp := authntest.New(b, c)
			idp.Rotate(alg)
			p := meet(b, idp, c)
			raw := idp.AccessToken("nina", authntest.M{"scope": "use"})
			for b.Loop() {
				if _, err := p.judge(b.Context(), raw, c.Now()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
