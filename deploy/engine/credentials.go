//go:build !slim

package engine

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"

	"go.temporal.io/server/common/rpc/encryption"
)

// credentials are the two ends of mutual TLS on the engine's ports. A port on
// the loopback interface is open to every user of the machine; only who holds
// the client's key gets through, and the keys never leave the process.
type credentials struct {
	server *tls.Config
	client *tls.Config
}

// newCredentials makes a certificate authority, signs one certificate for both
// ends with it and forgets its key.
func newCredentials() (*credentials, error) {
	authority, authorityKey, err := newCertificate(&x509.Certificate{
		Subject:               pkix.Name{CommonName: "sluss engine authority"},
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}, nil, nil)
	if err != nil {
		return nil, err
	}
	leaf, leafKey, err := newCertificate(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "sluss engine"},
		IPAddresses: []net.IP{net.ParseIP(host)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, authority, authorityKey)
	if err != nil {
		return nil, err
	}

	pool := x509.NewCertPool()
	pool.AddCert(authority)
	pair := []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: leafKey, Leaf: leaf}}
	return &credentials{
		server: &tls.Config{
			MinVersion:   tls.VersionTLS13,
			Certificates: pair,
			ClientAuth:   tls.RequireAndVerifyClientCert,
			ClientCAs:    pool,
		},
		client: &tls.Config{
			MinVersion:   tls.VersionTLS13,
			Certificates: pair,
			RootCAs:      pool,
			ServerName:   host,
		},
	}, nil
}

// newCertificate makes a key and a certificate for it, signed by parent or, when
// parent is nil, by itself.
func newCertificate(template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make engine key: %w", err)
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, fmt.Errorf("make engine certificate: %w", err)
	}
	// The certificates live as long as the process. A narrow validity would add
	// nothing but an outage when the machine's clock is set.
	now := time.Now()
	template.NotBefore, template.NotAfter = now.AddDate(-20, 0, 0), now.AddDate(100, 0, 0)

	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return nil, nil, fmt.Errorf("make engine certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("make engine certificate: %w", err)
	}
	return cert, key, nil
}

// provider gives the credentials to the server, the same on every port.
func (c *credentials) provider() encryption.TLSConfigProvider {
	return &encryption.FixedTLSConfigProvider{
		InternodeServerConfig: c.server,
		InternodeClientConfig: c.client,
		FrontendServerConfig:  c.server,
		FrontendClientConfig:  c.client,
	}
}
