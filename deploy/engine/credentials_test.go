//go:build !slim

package engine

import (
	"context"
	"crypto/tls"
	"testing"
	"time"

	"google.golang.org/grpc"
	grpccredentials "google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// Each of the ports answers who holds the certificate and nobody else.
func TestPortsRefuseStrangers(t *testing.T) {
	t.Parallel()
	e, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	other, err := newCredentials()
	if err != nil {
		t.Fatal(err)
	}

	noCertificate := e.credentials.client.Clone()
	noCertificate.Certificates = nil
	otherCertificate := e.credentials.client.Clone()
	otherCertificate.Certificates = other.client.Certificates
	oldVersion := e.credentials.client.Clone()
	oldVersion.MinVersion, oldVersion.MaxVersion = tls.VersionTLS12, tls.VersionTLS12

	tests := []struct {
		name        string
		credentials grpccredentials.TransportCredentials
		answers     bool
	}{
		{"own certificate", grpccredentials.NewTLS(e.credentials.client), true},
		{"no encryption", insecure.NewCredentials(), false},
		{"no certificate", grpccredentials.NewTLS(noCertificate), false},
		{"certificate of another authority", grpccredentials.NewTLS(otherCertificate), false},
		{"server of another authority", grpccredentials.NewTLS(other.client), false},
		{"TLS 1.2", grpccredentials.NewTLS(oldVersion), false},
	}
	for i, service := range services {
		for _, tt := range tests {
			t.Run(string(service)+"/"+tt.name, func(t *testing.T) {
				err := askHealth(t.Context(), loopback(e.ports[i]), tt.credentials)
				if answers := err == nil; answers != tt.answers {
					t.Errorf("got %v, want an answer: %t", err, tt.answers)
				}
			})
		}
	}
}

// askHealth asks a port for its health and returns nil when it gives any.
func askHealth(ctx context.Context, address string, creds grpccredentials.TransportCredentials) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(creds))
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	_, err = healthpb.NewHealthClient(conn).List(ctx, &healthpb.HealthListRequest{})
	return err
}

// Two engines never share a secret.
func TestCredentialsDiffer(t *testing.T) {
	t.Parallel()
	a, err := newCredentials()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newCredentials()
	if err != nil {
		t.Fatal(err)
	}
	if a.client.Certificates[0].Leaf.Equal(b.client.Certificates[0].Leaf) {
		t.Error("the same certificate twice")
	}
}
