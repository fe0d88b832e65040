package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket"
)

// writeKeyPair writes a new certificate to name.crt and its key to name.key.
func writeKeyPair(t *testing.T, name string) {
	t.Helper()
	pair, err := throwAway("", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		name + ".crt": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		name + ".key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// trusting is a configuration that trusts the certificates of a file only.
func trusting(t *testing.T, file string) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatalf("no certificate in %q", text)
	}
	return &tls.Config{RootCAs: roots}
}

func TestThrowAwayCertificate(t *testing.T) {
	now := time.Now()
	for _, host := range []string{"", "localhost", "127.0.0.1", "0.0.0.0", "192.0.2.7", "2001:db8::7", "machine.example"} {
		pair, err := throwAway(host, now)
		if err != nil {
			t.Fatal(err)
		}
		certificate, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := certificate.NotAfter.Sub(now).Round(time.Minute); got != 24*time.Hour {
			t.Errorf("%q: valid for %v, want 24h", host, got)
		}
		if certificate.IsCA {
			t.Errorf("%q: it is an authority", host)
		}
		names := []string{"localhost", "127.0.0.1", "::1"}
		if host != "" && host != "0.0.0.0" {
			names = append(names, host)
		}
		for _, name := range names {
			if err := certificate.VerifyHostname(name); err != nil {
				t.Errorf("%q: %v", host, err)
			}
		}
	}
}

func TestServeTLSWithAThrowAwayCertificate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cert.pem")
	s := startServe(t, "--tls", "--cert-out="+file)
	if !strings.HasPrefix(s.ws, "wss://") {
		t.Fatalf("it listens on %s", s.http)
	}
	s.said.await(t, "onclose dial --cacert "+file+" "+s.ws+"/echo")
	s.tls = trusting(t, file)
	c := s.dial("/close?code=4001&reason=bye", "tls", nil)
	compare(t, "client", eventOf(c), account{4001, "bye", true, "remote", "", "", "fin"})
	compare(t, "server", s.events.await(t, "tls"), account{4001, "bye", true, "local", "", "", "fin"})

	_, err := websocket.Dial(t.Context(), s.ws+"/echo", nil)
	if err == nil || !strings.Contains(err.Error(), "tls") {
		t.Errorf("a client that does not trust it: %v", err)
	}
	s.said.await(t, "TLS handshake error")
	if response, _ := s.get("/echo"); response.StatusCode != 426 {
		t.Errorf("a page instead of a WebSocket: %s", response.Status)
	}
}

func TestServeTLSWithTheFilesGiven(t *testing.T) {
	name := filepath.Join(t.TempDir(), "own")
	writeKeyPair(t, name)
	s := startServe(t, "--cert="+name+".crt", "--key="+name+".key") // means --tls
	s.said.await(t, "onclose dial "+s.ws+"/echo")
	s.tls = trusting(t, name+".crt")
	s.dial("/echo", "own", nil).Close(websocket.NormalClosure, "")
	compare(t, "server", s.events.await(t, "own"), account{1000, "", true, "remote", "", "", "fin"})
}

func TestServeTLSWithoutTrust(t *testing.T) {
	s := startServe(t, "--tls")
	s.said.await(t, "onclose dial --insecure "+s.ws+"/echo")
	s.said.await(t, "curl -N -k "+s.http+"/events")
}
