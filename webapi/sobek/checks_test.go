package sobek

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
	"github.com/onclose/websocket/wstest"
)

// The checks say what a page sees, by the standards' text. They run over ws and wss.
func TestWhatAPageSees(t *testing.T) {
	for _, file := range []string{"close", "create", "send", "events", "stream"} {
		for _, variant := range []string{"", "?wss"} {
			t.Run(file+variant, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { runChecks(t, file, variant) })
			})
		}
	}
}

func runChecks(t *testing.T, file, variant string) {
	listener := wstest.NewListener()
	page := "http://page.test/checks/" + file
	dial := &websocket.DialOptions{Dial: listener.DialContext}
	var accepting net.Listener = listener
	if variant == "?wss" {
		page = "https://page.test/checks/" + file
		dial.TLS, accepting = secured(t, listener)
	}
	server := &http.Server{Handler: http.HandlerFunc(pageServer), ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.Serve(accepting)
	}()
	var out, stderr bytes.Buffer
	scope, err := New(&Options{
		Environment: &webapi.Environment{BaseURL: page + variant, Dial: dial},
		Stdout:      &out, Stderr: &stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"harness", file} {
		source, err := os.ReadFile("testdata/checks/" + name + ".js")
		if err != nil {
			t.Fatal(err)
		}
		if err := scope.RunScript(context.Background(), name+".js", string(source)); err != nil {
			t.Fatal(err)
		}
	}
	if err := scope.RunScript(context.Background(), "run.js", "runChecks()"); err != nil {
		t.Fatal(err)
	}
	if err := scope.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	server.Close()
	<-served
	time.Sleep(time.Minute) // in the bubble: what is being served ends
	passed, rest, _ := strings.Cut(out.String(), " of ")
	if passed == "0" || !strings.HasPrefix(rest, passed+" passed") || stderr.Len() > 0 {
		t.Errorf("%s%s", out.String(), stderr.String())
	}
}

// secured puts TLS before a listener, with the certificate that httptest has.
func secured(t *testing.T, plain net.Listener) (*tls.Config, net.Listener) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := &tls.Config{RootCAs: roots, ServerName: "example.com", Time: func() time.Time { return server.Certificate().NotBefore }}
	return client, tls.NewListener(plain, &tls.Config{Certificates: server.TLS.Certificates, NextProtos: []string{"http/1.1"}})
}
