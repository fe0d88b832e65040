package interop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certificate is one for 127.0.0.1, signed by itself.
type certificate struct {
	pair tls.Certificate
	// file holds the certificate and, behind it, its key, as PEM: nginx, haproxy
	// and Node.js each take from it what they need.
	file string
}

// newCertificate makes a certificate that is good for a day, with its file in
// dir.
func newCertificate(dir string) (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	c := &certificate{file: filepath.Join(dir, "certificate.pem")}
	if c.pair, err = tls.X509KeyPair(text, text); err != nil {
		return nil, err
	}
	return c, os.WriteFile(c.file, text, 0o600)
}

// trust is a client's configuration that trusts this certificate alone.
func (c *certificate) trust() *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(c.pair.Leaf)
	return &tls.Config{RootCAs: roots}
}
