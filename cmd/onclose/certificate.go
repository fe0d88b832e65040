package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net"
	"os"
	"slices"
	"time"
)

// certificateLife is how long a throw-away certificate is good for.
const certificateLife = 24 * time.Hour

// secure reports whether the server speaks TLS.
func (cmd *serveCmd) secure() bool { return cmd.TLS || cmd.Cert != "" }

// certificate is the one of the files, a throw-away one, or nil without TLS.
func (cmd *serveCmd) certificate() (*tls.Certificate, error) {
	if !cmd.secure() {
		return nil, nil
	}
	if cmd.Cert == "" {
		host, _, _ := net.SplitHostPort(cmd.Addr)
		return throwAway(host, time.Now())
	}
	pair, err := tls.LoadX509KeyPair(cmd.Cert, cmd.Key)
	if err != nil {
		return nil, usage("the certificate %s and the key %s cannot be used: %v", cmd.Cert, cmd.Key, err)
	}
	return &pair, nil
}

// throwAway makes a certificate for the loopback names and host, signed by
// itself. Its key exists in the memory of this process only. It is no authority:
// who trusts it trusts this one server.
func throwAway(host string, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "onclose serve, throw-away"},
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:             now.Add(-time.Hour), // for clocks that are slow
		NotAfter:              now.Add(certificateLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	ip := net.ParseIP(host)
	switch {
	case ip == nil && host != "" && host != "localhost":
		template.DNSNames = append(template.DNSNames, host)
	case ip != nil && !ip.IsUnspecified() && !slices.ContainsFunc(template.IPAddresses, ip.Equal):
		template.IPAddresses = append(template.IPAddresses, ip)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// writeCertificate writes the certificate, without its key, where --cert-out
// says.
func (cmd *serveCmd) writeCertificate(certificate *tls.Certificate) error {
	if cmd.CertOut == "" {
		return nil
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	if err := os.WriteFile(cmd.CertOut, text, 0o644); err != nil {
		return usage("--cert-out: %v", err)
	}
	return nil
}
