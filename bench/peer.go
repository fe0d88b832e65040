package main

import (
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// peer is a client that costs little: it writes frames that were made before, and
// of what comes it looks at the headers only.
type peer struct {
	conn net.Conn
	in   *bufio.Reader
	text []byte // inflated before, at most a window: what check needs
}

// connect opens a WebSocket, with permessage-deflate as the setting has it.
func connect(address string, s setting) (*peer, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	if s.TLS {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // the certificate is this program's own
	}
	p := &peer{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}
	offer := ""
	switch {
	case s.Compress && s.Takeover:
		offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
	case s.Compress:
		offer = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"
	}
	if err := p.open(address, offer); err != nil {
		conn.Close()
		return nil, err
	}
	return p, nil
}

func (p *peer) open(address, offer string) error {
	_, err := fmt.Fprintf(p.conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n", address, offer)
	if err != nil {
		return err
	}
	response, err := http.ReadResponse(p.in, nil)
	switch {
	case err != nil:
		return err
	case response.StatusCode != http.StatusSwitchingProtocols:
		return fmt.Errorf("the server answers %s", response.Status)
	case offer != "" && !strings.HasPrefix(response.Header.Get("Sec-WebSocket-Extensions"), "permessage-deflate"):
		return fmt.Errorf("the server does not agree to permessage-deflate")
	}
	return nil
}

// frame reads a frame's header.
func (p *peer) frame() (first byte, length int, err error) {
	head, err := p.in.Peek(2)
	if err != nil {
		return 0, 0, err
	}
	first, length = head[0], int(head[1])
	size := 2
	switch length {
	case 126:
		size = 4
	case 127:
		size = 10
	}
	if head, err = p.in.Peek(size); err != nil {
		return 0, 0, err
	}
	switch size {
	case 4:
		length = int(binary.BigEndian.Uint16(head[2:]))
	case 10:
		length = int(binary.BigEndian.Uint64(head[2:]))
	}
	_, err = p.in.Discard(size)
	return first, length, err
}

// skip reads messages without looking at them, and returns how many bytes of
// payload they had.
func (p *peer) skip(messages int) (payload int64, err error) {
	for messages > 0 {
		first, length, err := p.frame()
		if err != nil {
			return payload, err
		}
		if _, err := p.in.Discard(length); err != nil {
			return payload, err
		}
		payload += int64(length)
		if first&0x88 == 0x80 {
			messages--
		}
	}
	return payload, nil
}

// check reads one message and compares it with what it has to be.
func (p *peer) check(opcode byte, want []byte, compressed bool) error {
	var got []byte
	for begin := true; ; begin = false {
		first, length, err := p.frame()
		if err != nil {
			return err
		}
		if begin && (first&0x0f != opcode || (first&0x40 != 0) != compressed) {
			return fmt.Errorf("the message begins with %#02x", first)
		}
		at := len(got)
		got = append(got, make([]byte, length)...)
		if _, err := io.ReadFull(p.in, got[at:]); err != nil {
			return err
		}
		if first&0x80 != 0 {
			break
		}
	}
	if compressed {
		tail := strings.NewReader("\x00\x00\xff\xff\x01\x00\x00\xff\xff")
		text, err := io.ReadAll(flate.NewReaderDict(io.MultiReader(bytes.NewReader(got), tail), p.text))
		if err != nil {
			return fmt.Errorf("inflating: %w", err)
		}
		got = text
		p.text = append(p.text, text...)
		p.text = p.text[max(0, len(p.text)-32<<10):]
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%d bytes came back that are not the %d sent", len(got), len(want))
	}
	return nil
}
