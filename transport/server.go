package transport

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/onclose/websocket/handshake"
)

// OpeningRequest is a request of net/http as the rules of the opening handshake
// see it. Its header is shared unless the request has a Transfer-Encoding, which
// net/http keeps apart.
func OpeningRequest(r *http.Request) *handshake.Request {
	header := r.Header
	if len(r.TransferEncoding) > 0 {
		header = r.Header.Clone()
		header["Transfer-Encoding"] = r.TransferEncoding
	}
	return &handshake.Request{
		Method:     r.Method,
		Target:     r.RequestURI,
		ProtoMajor: r.ProtoMajor,
		ProtoMinor: r.ProtoMinor,
		Host:       r.Host,
		TLS:        r.TLS != nil,
		Header:     header,
	}
}

// RequestURL is the address that a request was made for, "ws://host/path?query".
func RequestURL(r *http.Request) string { return URL(r.TLS != nil, r.Host, r.URL) }

// URL is RequestURL of what it is made from.
func URL(secure bool, host string, target *url.URL) string {
	scheme := "ws://"
	if secure {
		scheme = "wss://"
	}
	return scheme + host + target.RequestURI()
}

// Hijack takes the connection of a request from net/http, with the bytes behind
// the request that had been read already: the first frames may have come in the
// same segment. After an error nothing has been taken, and the caller still has
// to respond.
func Hijack(w http.ResponseWriter) (stream Stream, early []byte, err error) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, ErrNotHijackable
	}
	if n := buffered.Reader.Buffered(); n > 0 {
		early = make([]byte, n)
		buffered.Reader.Read(early)
	}
	conn.SetDeadline(time.Time{}) // net/http's timeouts were for the request
	if r, ok := conn.(*replayed); ok {
		conn, early = r.Conn, append(early, r.first...)
	}
	return OverConn(conn), early, nil
}

// ErrNotHijackable says that the connection of a request cannot be taken from
// its server: a middleware hides it, or it is not HTTP/1.1.
var ErrNotHijackable = errors.New("websocket: the server's connection cannot be taken over: some middleware hides http.Hijacker, or the request is not HTTP/1.1")

// Refuse answers a request with an HTTP error.
func Refuse(w http.ResponseWriter, refusal *handshake.Refusal) {
	header, body := errorResponse(refusal)
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(refusal.Status)
	io.WriteString(w, body)
}

// errorResponse is the header and the body of the response to a request that is refused.
func errorResponse(refusal *handshake.Refusal) (http.Header, string) {
	header := http.Header{}
	maps.Copy(header, refusal.Header)
	body := refusal.Message + "\n"
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	return header, body
}
