package transport

import (
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket/handshake"
)

// tcpPair is a connection over loopback.
func tcpPair(t *testing.T) (here, there net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if there, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if here, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close(); there.Close() })
	return here, there
}

func TestReplay(t *testing.T) {
	here, there := tcpPair(t)
	if Replay(here, nil) != here {
		t.Error("there is nothing to replay")
	}
	conn := Replay(here, []byte("first"))
	if n, err := conn.Read(nil); n != 0 || err != nil {
		t.Errorf("read %d, %v into nothing", n, err)
	}
	io.WriteString(there, " and the rest")
	there.(*net.TCPConn).CloseWrite()
	if all, err := io.ReadAll(conn); string(all) != "first and the rest" || err != nil {
		t.Errorf("read %q, %v", all, err)
	}
	if n, err := conn.(io.ReaderFrom).ReadFrom(strings.NewReader("an answer")); n != 9 || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	if err := conn.(halfCloser).CloseWrite(); err != nil {
		t.Error(err)
	}
	if all, err := io.ReadAll(there); string(all) != "an answer" || err != nil {
		t.Errorf("the peer read %q, %v", all, err)
	}
}

func TestHTTPRequest(t *testing.T) {
	here, there := tcpPair(t)
	req := &handshake.Request{Method: "GET", Target: "/a%20b?c", Host: "h", Header: handshake.Header{"X": {"1"}}}
	target, err := url.ParseRequestURI(req.Target)
	if err != nil {
		t.Fatal(err)
	}
	r := HTTPRequest(here, req, target)
	if r.URL.Path != "/a b" || r.RequestURI != "/a%20b?c" || r.Header.Get("x") != "1" || r.RemoteAddr != there.LocalAddr().String() ||
		RequestURL(r) != "ws://h/a%20b?c" || URL(true, r.Host, target) != "wss://h/a%20b?c" {
		t.Errorf("%+v", r)
	}
}

// A peer that neither reads nor leaves is dismissed all the same.
func TestDismissHasABound(t *testing.T) {
	here, there := tcpPair(t)
	begun := time.Now()
	Dismiss(here, &handshake.Refusal{Status: 503, Message: "later"})
	if took := time.Since(begun); took < dismissWait {
		t.Errorf("the peer had %v", took)
	}
	if _, err := here.Write(nil); err == nil {
		t.Error("the connection is open")
	}
	if all, err := io.ReadAll(there); err != nil || !strings.HasPrefix(string(all), "HTTP/1.1 503 Service Unavailable\r\n") {
		t.Errorf("the peer read %q, %v", all, err)
	}
}
