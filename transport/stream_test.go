package transport

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAStreamOverAConnectionWithoutHalves(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	s := OverConn(a)
	if err := s.CloseWrite(); err != nil || !s.Resumes() {
		t.Errorf("CloseWrite = %v, Resumes = %v", err, s.Resumes())
	}
	s.Close()
	if _, err := b.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the other end reads %v", err)
	}
}

// loopback is a TCP connection, both ends of it.
func loopback(t *testing.T, wrap func(net.Listener) net.Listener) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, err := wrap(l).Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
	}()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func TestTLSThatIsEndedInOrderAndTLSThatIsCutOff(t *testing.T) {
	authority := httptest.NewUnstartedServer(nil)
	authority.StartTLS()
	authority.Close()
	for _, cut := range []bool{false, true} {
		client, server := loopback(t, ObserveEOF)
		secure := tls.Client(client, &tls.Config{InsecureSkipVerify: true})
		s := OverConn(tls.Server(server, authority.TLS))
		done := make(chan error, 1)
		go func() { done <- secure.Handshake() }()
		if s.Read(nil); <-done != nil {
			t.Fatal("no TLS")
		}
		want := io.EOF
		if cut {
			want = io.ErrUnexpectedEOF
			client.(*net.TCPConn).CloseWrite()
		} else if err := OverConn(secure).CloseWrite(); err != nil {
			t.Error(err)
		}
		if _, err := s.Read(make([]byte, 1)); !errors.Is(err, want) || s.Resumes() {
			t.Errorf("cut %v: Read = %v, want %v", cut, err, want)
		}
		// Our own half ends with close_notify and FIN.
		if err := s.CloseWrite(); err != nil {
			t.Error(err)
		}
		if _, err := client.Read(make([]byte, 1)); err != nil {
			t.Errorf("no close_notify came: %v", err)
		}
		if rest, err := io.ReadAll(client); err != nil {
			t.Errorf("no FIN came behind %x: %v", rest, err)
		}
		s.Close()
	}
}

func TestRequestsOfNetHTTP(t *testing.T) {
	r := httptest.NewRequest("GET", "http://example.com/a?b=c", nil)
	r.TransferEncoding = []string{"chunked"}
	r.TLS = &tls.ConnectionState{}
	request := OpeningRequest(r)
	if request.Header["Transfer-Encoding"][0] != "chunked" || r.Header.Get("Transfer-Encoding") != "" || !request.TLS || request.Host != "example.com" {
		t.Errorf("%+v", request)
	}
	if got := RequestURL(r); got != "wss://example.com/a?b=c" {
		t.Error(got)
	}
	r.TLS = nil
	if got := RequestURL(r); got != "ws://example.com/a?b=c" {
		t.Error(got)
	}
}

func TestHijackKeepsWhatWasReadAlready(t *testing.T) {
	got := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stream, early, err := Hijack(w)
		if err != nil {
			t.Error(err)
			return
		}
		stream.Close()
		got <- string(early)
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\nearly")
	if early := <-got; early != "early" {
		t.Errorf("early %q", early)
	}
	if _, _, err := Hijack(httptest.NewRecorder()); err != ErrNotHijackable {
		t.Errorf("Hijack of a recorder = %v", err)
	}
}

// A socket tells of a reset once: here to the write, or to that of a
// close_notify, which the test sees to by not reading before.
func TestAResetThatAWriteHeardOfIsNoOrderlyEndForTheRead(t *testing.T) {
	write := func(s Stream) {
		var err error
		for err == nil {
			_, err = s.Write([]byte("hello"))
		}
		if !wasReset(err) {
			t.Fatalf("Write = %v", err)
		}
	}
	halfClose := func(s Stream) { s.CloseWrite() }
	for _, test := range []struct {
		secure bool
		hear   func(Stream)
	}{{false, write}, {true, write}, {false, halfClose}, {true, halfClose}} {
		secure := test.secure
		client, server := loopback(t, ObserveEOF)
		s := OverConn(server)
		if secure {
			authority := httptest.NewUnstartedServer(nil)
			authority.StartTLS()
			authority.Close()
			s = OverConn(tls.Server(server, authority.TLS))
			done := make(chan error, 1)
			go func() { done <- tls.Client(client, &tls.Config{InsecureSkipVerify: true}).Handshake() }()
			if s.Read(nil); <-done != nil {
				t.Fatal("no TLS")
			}
		}
		client.(*net.TCPConn).SetLinger(0)
		client.Close()
		test.hear(s)
		_, err := s.Read(make([]byte, 1))
		if end, blame := ReadEnd(err); end != "reset" || blame.Cause != "reset" {
			t.Errorf("TLS %v: Read = %v: %s, %s", secure, err, end, blame.Cause)
		}
	}
}
