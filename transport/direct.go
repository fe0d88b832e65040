package transport

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/onclose/websocket/handshake"
)

// This file is for a server that reads the opening request itself, in front of
// net/http.

// Encrypted reports whether a connection is TLS: net/http wants to see such a one as it
// is, since it looks for HTTP/2.
func Encrypted(conn net.Conn) bool {
	_, secure := conn.(*tls.Conn)
	return secure
}

// Replay is conn with first in front of what it will read.
func Replay(conn net.Conn, first []byte) net.Conn {
	if len(first) == 0 {
		return conn
	}
	return &replayed{Conn: conn, first: first}
}

type replayed struct {
	net.Conn
	first []byte
}

func (c *replayed) Read(p []byte) (int, error) {
	if len(c.first) > 0 && len(p) > 0 {
		n := copy(p, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// CloseWrite ends our side, as net/http does before it closes.
func (c *replayed) CloseWrite() error { return closeWrite(c.Conn) }

// ReadFrom lets the system send files.
func (c *replayed) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }

// HTTPRequest is a request that came on conn as net/http would have it, except that its
// context is the background. target is req.Target, parsed.
func HTTPRequest(conn net.Conn, req *handshake.Request, target *url.URL) *http.Request {
	return &http.Request{
		Method:     req.Method,
		URL:        target,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     http.Header(req.Header),
		Body:       http.NoBody,
		Host:       req.Host,
		RemoteAddr: conn.RemoteAddr().String(),
		RequestURI: req.Target,
	}
}

// How long a connection whose request was refused is read to its end, and how much: what
// the peer sends when it is closed would be answered with a reset, which can cost it the
// response.
const (
	dismissWait  = 500 * time.Millisecond
	dismissBytes = 64 << 10
)

// Dismiss is Refuse on a connection of our own, and its end.
func Dismiss(conn net.Conn, refusal *handshake.Refusal) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(dismissWait))
	header, body := errorResponse(refusal)
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	response := http.Response{
		StatusCode:    refusal.Status,
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
	if response.Write(conn) == nil && closeWrite(conn) == nil {
		io.CopyN(io.Discard, conn, dismissBytes)
	}
}
