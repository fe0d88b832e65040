package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"sync"
)

// raw is no library: a goroutine and 64 KiB for each connection, payload unmasked
// where it lies, and one write for the echoes of everything that one read
// brought. It checks nothing: it is a yardstick, not an endpoint.

func serveRaw(l net.Listener, s setting) error {
	var everyone crowd[net.Conn]
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			switch {
			case !answerRaw(conn):
			case s.Broadcast:
				broadcastRaw(conn, &everyone)
			default:
				echoRaw(conn, s.Bye)
			}
		}()
	}
}

// answerRaw reads the opening request and answers it with a 101.
func answerRaw(conn net.Conn) bool {
	request, err := http.ReadRequest(bufio.NewReaderSize(conn, 4096))
	if err != nil {
		return false
	}
	sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, err = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
		base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	return err == nil
}

var rawBuffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

// echoRaw echoes frames. The echo of a frame is written over the frame itself:
// its header is never longer. With bye it sends a Close frame instead, and waits
// for the answer.
func echoRaw(conn net.Conn, bye bool) {
	buffer := rawBuffers.Get().(*[]byte)
	defer rawBuffers.Put(buffer)
	in := *buffer
	have := 0
	for {
		n, err := conn.Read(in[have:])
		if err != nil {
			return
		}
		have += n
		out, used, closed := in[:0], 0, false
		for !closed {
			header, payload := maskedFrame(in[used:have])
			if header == 0 || used+header+payload > have {
				if need := header + payload; need > len(in) {
					in = append(in, make([]byte, need-len(in))...)
				}
				break
			}
			frame := in[used : used+header+payload]
			closed = frame[0]&0x0f == 8
			unmask(frame[header:], frame[header-4:header])
			switch {
			case bye && closed:
				return
			case bye:
				out = append(out, 0x88, 2, 0x03, 0xe8)
			default:
				out = appendFrame(out, frame[0]&0x8f, frame[header:])
			}
			used += header + payload
		}
		if len(out) > 0 {
			if _, err := conn.Write(out); err != nil || closed {
				return
			}
		}
		have = copy(in, in[used:have])
	}
}

// broadcastRaw writes the echo of each message to everyone: one frame that is made
// once. A message fits into the buffer and comes alone.
func broadcastRaw(conn net.Conn, everyone *crowd[net.Conn]) {
	everyone.add(conn)
	defer everyone.remove(conn)
	in := make([]byte, 4096)
	have := 0
	for {
		n, err := conn.Read(in[have:])
		if err != nil {
			return
		}
		have += n
		header, payload := maskedFrame(in[:have])
		if header == 0 || header+payload > have {
			continue
		}
		frame := in[:header+payload]
		unmask(frame[header:], frame[header-4:header])
		have = 0
		if frame[0]&0x0f == 9 {
			conn.Write(appendFrame(nil, 0x8a, frame[header:]))
			continue
		}
		out := appendFrame(nil, frame[0]&0x8f, frame[header:])
		everyone.each(func(c net.Conn) { c.Write(out) })
	}
}

// maskedFrame is the length of a frame's header and payload; 0 when the header
// is not there yet.
func maskedFrame(p []byte) (header, payload int) {
	if len(p) < 2 {
		return 0, 0
	}
	header = 6
	switch p[1] & 0x7f {
	case 126:
		header = 8
	case 127:
		header = 14
	}
	if len(p) < header {
		return 0, 0
	}
	switch header {
	case 8:
		return header, int(binary.BigEndian.Uint16(p[2:]))
	case 14:
		return header, int(binary.BigEndian.Uint64(p[2:]))
	}
	return header, int(p[1] & 0x7f)
}

// unmask works through 32 bytes a turn.
func unmask(p, key []byte) {
	k := uint64(binary.LittleEndian.Uint32(key))
	k |= k << 32
	for len(p) >= 32 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)^k)
		binary.LittleEndian.PutUint64(p[8:], binary.LittleEndian.Uint64(p[8:])^k)
		binary.LittleEndian.PutUint64(p[16:], binary.LittleEndian.Uint64(p[16:])^k)
		binary.LittleEndian.PutUint64(p[24:], binary.LittleEndian.Uint64(p[24:])^k)
		p = p[32:]
	}
	for i := range p {
		p[i] ^= byte(k >> (8 * (i % 8)))
	}
}

// appendFrame appends an unmasked frame that begins with first.
func appendFrame(dst []byte, first byte, payload []byte) []byte {
	dst = append(dst, first)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, byte(n))
	case n < 1<<16:
		dst = append(dst, 126, byte(n>>8), byte(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
	return append(dst, payload...)
}

// frameInPlace puts an unmasked header in front of the payload that begins at
// room in p, and returns the frame.
func frameInPlace(p []byte, room int, opcode byte, length int) []byte {
	header := appendFrame(make([]byte, 0, 16), 0x80|opcode, nil)[:1]
	switch {
	case length < 126:
		header = append(header, byte(length))
	case length < 1<<16:
		header = append(header, 126, byte(length>>8), byte(length))
	default:
		header = binary.BigEndian.AppendUint64(append(header, 127), uint64(length))
	}
	begin := room - len(header)
	copy(p[begin:], header)
	return p[begin : room+length]
}
