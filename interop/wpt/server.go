package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The suite's names for its hosts. They are resolved here, not by the system.
const (
	host      = "web-platform.test"
	otherHost = "not-web-platform.test"
)

// server is the suite's own server, started from its checkout.
type server struct {
	dir         string // of its configuration, removed by close
	command     *exec.Cmd
	http, https string // origins
	ports       [7]int // http twice, https twice, ws, wss, h2
	roots       *x509.CertPool
	client      *http.Client // that finds it
}

// program starts it past the suite's command line, which wants more of a checkout than
// the sources of a browser have.
const program = `
import sys
sys.path.insert(0, "tools")
import localpaths
from serve import serve
serve.run(venv=None, **vars(serve.get_parser().parse_args(sys.argv[1:])))
`

// serve starts the server, and returns when it answers.
func serve(ctx context.Context, suite, python string) (*server, error) {
	dir, err := os.MkdirTemp("", "onclose-wpt-")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, roots: x509.NewCertPool()}
	config, err := s.configure()
	if err != nil {
		s.close()
		return nil, err
	}
	var said bytes.Buffer
	s.command = exec.CommandContext(ctx, python, "-c", program, "--config", config)
	s.command.Dir = suite
	s.command.Stdout, s.command.Stderr = &said, &said
	s.command.Cancel = func() error { return s.command.Process.Signal(os.Interrupt) }
	s.command.WaitDelay = 5 * time.Second
	if err := s.command.Start(); err != nil {
		s.close()
		return nil, err
	}
	s.client = &http.Client{Transport: &http.Transport{
		DialContext:     dialLoopback,
		TLSClientConfig: &tls.Config{RootCAs: s.roots},
	}}
	for range 300 {
		if err = s.answers(); err == nil {
			return s, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.close()
	return nil, fmt.Errorf("the suite's server does not answer: %w; it said:\n%s", err, said.String())
}

// answers says what keeps the server from answering yet.
func (s *server) answers() error {
	for _, port := range s.ports[:6] {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return err
		}
		conn.Close()
	}
	_, err := s.get("/websockets/constants.sub.js") // which names all ports
	return err
}

// configure writes the server's configuration, and finds free ports for it.
func (s *server) configure() (name string, err error) {
	for i := range s.ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		defer l.Close() // when all have been chosen, so that they differ
		s.ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	ports := s.ports
	s.http = fmt.Sprintf("http://%s:%d", host, ports[0])
	s.https = fmt.Sprintf("https://%s:%d", host, ports[2])
	certificate, key, err := s.certificate()
	if err != nil {
		return "", err
	}
	config, err := json.Marshal(map[string]any{
		"browser_host": host, "alternate_hosts": map[string]string{"alt": otherHost},
		"server_host": "127.0.0.1", "check_subdomains": false, "bind_address": true,
		"ports": map[string][]int{
			"http": {ports[0], ports[1]}, "https": {ports[2], ports[3]},
			"ws": {ports[4]}, "wss": {ports[5]}, "h2": {ports[6]},
		},
		"ssl": map[string]any{"type": "pregenerated", "pregenerated": map[string]string{
			"host_key_path": key, "host_cert_path": certificate, "ca_cert_path": certificate,
		}},
	})
	if err != nil {
		return "", err
	}
	name = filepath.Join(s.dir, "config.json")
	return name, os.WriteFile(name, config, 0o600)
}

// certificate writes one for the suite's hosts, signed by itself.
func (s *server) certificate() (certificate, key string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{
		DNSNames:              []string{host, "*." + host, otherHost, "*." + otherHost},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return "", "", err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	certificate, key = filepath.Join(s.dir, "certificate.pem"), filepath.Join(s.dir, "key.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.roots.AppendCertsFromPEM(text)
	if err := os.WriteFile(certificate, text, 0o600); err != nil {
		return "", "", err
	}
	return certificate, key, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600)
}

// close ends the server.
func (s *server) close() {
	if s.command != nil && s.command.Process != nil {
		s.command.Cancel()
		s.command.Wait()
	}
	os.RemoveAll(s.dir)
}

// dialLoopback finds the suite's hosts, whatever they are called, on this machine.
func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, network, "127.0.0.1:"+port)
}

// get reads a file from the server, with its substitutions made.
func (s *server) get(path string) (string, error) {
	response, err := s.client.Get(s.http + path)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", path, response.Status, strings.TrimSpace(string(data)))
	}
	return string(data), err
}
