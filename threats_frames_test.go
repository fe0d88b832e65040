package websocket_test

import (
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// The tests TestThreat... are the rows of docs/threats.md. Here are those about
// frames: RFC 6455, section 5.

func TestThreatReservedBitsUnknownOpcodes(t *testing.T) {
	for _, test := range []struct {
		name  string
		bytes func(h *hostile) []byte
	}{
		{"RSV1", func(h *hostile) []byte { return h.frame(0xc1, "x") }},
		{"RSV2", func(h *hostile) []byte { return h.frame(0xa2, "x") }},
		{"RSV3", func(h *hostile) []byte { return h.frame(0x91, "x") }},
		{"RSV1 of a control frame", func(h *hostile) []byte { return h.frame(0xc9, "") }},
		{"RSV2 of a Close frame", func(h *hostile) []byte { return h.frame(0xa8, closing(1000, "")) }},
		{"RSV3 of a continuation", func(h *hostile) []byte { return join(h.frame(0x01, "a"), h.frame(0x90, "b")) }},
		{"opcode 3", func(h *hostile) []byte { return h.frame(0x83, "") }},
		{"opcode 4", func(h *hostile) []byte { return h.frame(0x84, "x") }},
		{"opcode 7", func(h *hostile) []byte { return h.frame(0x87, "x") }},
		{"opcode 11", func(h *hostile) []byte { return h.frame(0x8b, "") }},
		{"opcode 15", func(h *hostile) []byte { return h.frame(0x8f, "") }},
		{"a fragment of a Ping", func(h *hostile) []byte { return h.frame(0x09, "x") }},
		{"a fragment of a Pong", func(h *hostile) []byte { return h.frame(0x0a, "") }},
		{"a fragment of a Close frame", func(h *hostile) []byte { return h.frame(0x08, closing(1000, "")) }},
		{"a Ping of 126 bytes", func(h *hostile) []byte { return h.frame(0x89, strings.Repeat("x", 126)) }},
		{"a Pong of 64 KiB", func(h *hostile) []byte { return h.header(0x8a, 1<<16) }},
		{"a Close frame of 126 bytes", func(h *hostile) []byte { return h.frame(0x88, closing(1000, strings.Repeat("x", 124))) }},
		{"a Ping with its length in two bytes", func(h *hostile) []byte { return h.longHeader(0x89, 2, 5) }},
		{"5 bytes with their length in two", func(h *hostile) []byte { return h.longHeader(0x82, 2, 5) }},
		{"125 bytes with their length in two", func(h *hostile) []byte { return h.longHeader(0x82, 2, 125) }},
		{"5 bytes with their length in eight", func(h *hostile) []byte { return h.longHeader(0x82, 8, 5) }},
		{"65535 bytes with their length in eight", func(h *hostile) []byte { return h.longHeader(0x82, 8, 65535) }},
		{"a continuation of nothing", func(h *hostile) []byte { return h.frame(0x80, "x") }},
		{"a first fragment inside a message", func(h *hostile) []byte { return join(h.frame(0x01, "a"), h.frame(0x01, "b")) }},
		{"a message inside a message", func(h *hostile) []byte { return join(h.frame(0x02, "a"), h.frame(0x81, "b")) }},
		{"a continuation behind a whole message", func(h *hostile) []byte { return join(h.frame(0x02, "a"), h.frame(0x80, "b"), h.frame(0x80, "c")) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
				h.send(0x82, "before")
				h.raw(test.bytes(h))
				h.send(0x82, "behind", 0x88, closing(1000, ""))
				want := []string{"before"}
				if strings.Contains(test.name, "behind a whole") {
					want = append(want, "ab")
				}
				e := h.fails(1002, "protocol-error", want...)
				if violation := (*protocol.Violation)(nil); !errors.As(e.err, &violation) || e.event.Rule == "" {
					t.Errorf("no rule is named: %v", e.err)
				}
			})
		})
	}
}

func TestThreatWrongMasking(t *testing.T) {
	for _, first := range []int{0x81, 0x02, 0x89, 0x88} {
		inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
			h.send(0x82, "before")
			h.asClient = !h.asClient // the mask of the other role
			wrong := h.frame(byte(first), "")
			h.asClient = !h.asClient
			h.raw(wrong)
			h.send(0x82, "behind")
			h.fails(1002, "protocol-error", "before")
		})
	}
}

// No length makes the endpoint count wrongly, loop or panic. This test is run
// with GOARCH=386 too, where an int has 32 bits.
func TestThreatLengths(t *testing.T) {
	noLimit := websocket.Limits{MessageBytes: websocket.NoLimit}
	for _, test := range []struct {
		name   string
		limits websocket.Limits
		length uint64
		code   websocket.StatusCode
		cause  string
	}{
		{"the top bit alone", websocket.Limits{}, 1 << 63, 1002, "protocol-error"},
		{"all bits", websocket.Limits{}, math.MaxUint64, 1002, "protocol-error"},
		{"-2^31 for 32 bits", websocket.Limits{}, 1 << 31, 1009, "message-too-big"},
		{"-1 for 32 bits", websocket.Limits{}, 1<<32 - 1, 1009, "message-too-big"},
		{"0 for 32 bits", websocket.Limits{}, 1 << 32, 1009, "message-too-big"},
		{"1 for 32 bits", websocket.Limits{}, 1<<32 + 1, 1009, "message-too-big"},
		{"the most that 63 bits hold", websocket.Limits{}, math.MaxInt64, 1009, "message-too-big"},
		{"the top bit, without a limit", noLimit, 1 << 63, 1002, "protocol-error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBothRoles(t, test.limits, func(t *testing.T, h *hostile) {
				h.raw(h.longHeader(0x82, 8, test.length))
				h.fails(test.code, test.cause)
			})
			inBothRoles(t, test.limits, func(t *testing.T, h *hostile) {
				h.send(0x02, "begun")
				h.raw(h.longHeader(0x80, 8, test.length))
				h.fails(test.code, test.cause)
			})
		})
	}
	t.Run("two lengths whose sum overflows", func(t *testing.T) {
		for _, limits := range []websocket.Limits{noLimit, {MessageBytes: math.MaxInt64}} {
			inBothRoles(t, limits, func(t *testing.T, h *hostile) {
				h.send(0x02, "begun")
				h.raw(h.longHeader(0x80, 8, math.MaxInt64))
				h.fails(1009, "message-too-big")
			})
		}
	})
	t.Run("a length that nothing forbids takes no memory", func(t *testing.T) {
		inBothRoles(t, noLimit, func(t *testing.T, h *hostile) {
			h.raw(h.longHeader(0x82, 8, math.MaxInt64))
			before := inUse()
			go h.endpoint.Read(background)
			synctest.Wait()
			h.raw([]byte("few"))
			synctest.Wait()
			if more := inUse() - before; more > 256<<10 {
				t.Errorf("%d bytes were taken for what was only announced", more)
			}
			h.CloseWrite()
			check(t, "endpoint", eventOf(h.endpoint), "1006||unclean|none|open|eof-in-frame|fin")
		})
	})
}

// A length over the limit is refused by its header: no payload ever comes.
func TestThreatDeclaredLength(t *testing.T) {
	inBothRoles(t, websocket.Limits{MessageBytes: 1000}, func(t *testing.T, h *hostile) {
		h.send(0x82, strings.Repeat("x", 1000))
		h.raw(h.header(0x82, 1001))
		e := h.fails(1009, "message-too-big", strings.Repeat("x", 1000))
		var violation *protocol.Violation
		if !errors.As(e.err, &violation) || violation.Limit != 1000 || violation.Got != 1001 {
			t.Errorf("%v does not say by how much", e.err)
		}
	})
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		before := inUse()
		h.raw(h.header(0x81, 1<<30))
		h.fails(1009, "message-too-big")
		if more := inUse() - before; more > 256<<10 {
			t.Errorf("%d bytes were taken for a header", more)
		}
	})
}

func TestThreatSumOfFragments(t *testing.T) {
	limits := websocket.Limits{MessageBytes: 1000}
	inBothRoles(t, limits, func(t *testing.T, h *hostile) {
		half := strings.Repeat("x", 500)
		h.send(0x02, half, 0x89, "", 0x80, half) // 1000 are fine
		h.send(0x02, half, 0x89, "", 0x00, half)
		h.raw(h.header(0x80, 1))
		h.fails(1009, "message-too-big", half+half)
	})
	inBothRoles(t, limits, func(t *testing.T, h *hostile) {
		h.send(0x01, "")
		for range 1000 {
			h.send(0x00, "x")
		}
		h.raw(h.header(0x00, 1))
		h.fails(1009, "message-too-big")
	})
}

// The zero options have finite limits, which are those of the documentation.
func TestThreatDefaultLimits(t *testing.T) {
	const most = 1 << 20
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		go func() {
			h.send(0x82, strings.Repeat("x", most))
			h.raw(h.header(0x82, most+1))
		}()
		h.fails(1009, "message-too-big", strings.Repeat("x", most))
	})
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		h.send(0x02, "")
		for range 63 {
			h.send(0x00, "")
		}
		h.send(0x00, "x", 0x00, "") // the count begins anew
		for range 64 {
			h.send(0x00, "")
		}
		h.fails(1008, "too-many-fragments")
	})
	if p := protocol.DefaultMessageBytes; p != most {
		t.Errorf("the documented default is %d, and another holds: %d", most, p)
	}
}

// A message in as many pieces as there may be, each in a segment of its own,
// costs what its payload does; one piece more is the end.
func TestThreatTinyFragments(t *testing.T) {
	const most = 131072
	for _, attended := range []bool{false, true} { // who reads: the application, or the attendant
		inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
			first, next := h.frame(0x02, "x"), h.frame(0x00, "x")
			read := make(chan error, 1)
			if !attended {
				go func() { _, _, err := h.endpoint.Read(background); read <- err }()
			}
			pass(2 * time.Second) // the attendant has stepped in
			before := inUse()
			h.raw(first)
			for i := 1; i < most; i++ {
				h.raw(next)
			}
			synctest.Wait()
			if more := inUse() - before; more > 2*most+64<<10 {
				t.Errorf("%d fragments of one byte take %d bytes", most, more)
			}
			select {
			case err := <-read:
				t.Fatalf("too early: %v", err)
			default:
			}
			h.began = h.began.Add(2 * time.Second)
			h.raw(next)
			h.fails(1008, "too-many-fragments")
			if !attended {
				<-read
			}
		})
	}
	inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
		payload := strings.Repeat("x", most)
		frame := h.frame(0x82, payload)
		read := make(chan []byte, 1)
		go func() { _, p, _ := h.endpoint.Read(background); read <- p }()
		synctest.Wait()
		before := inUse()
		for i := range len(frame) - 1 {
			h.raw(frame[i : i+1])
			synctest.Wait() // it has been read: every byte is a segment
		}
		if more := inUse() - before; more > 2*most+64<<10 {
			t.Errorf("%d segments of one byte take %d bytes", len(frame), more)
		}
		h.raw(frame[len(frame)-1:])
		if p := <-read; string(p) != payload {
			t.Errorf("%d bytes were read", len(p))
		}
		h.CloseWrite()
	})
}

// Wherever TCP ends, nothing partial is delivered, by Read nor by a reader of
// the stream.
func TestThreatCutFrames(t *testing.T) {
	for _, streaming := range []bool{false, true} {
		for _, frames := range []func(h *hostile) []byte{
			func(h *hostile) []byte { return h.frame(0x82, "payload") },
			func(h *hostile) []byte { return h.frame(0x81, strings.Repeat("x", 200)) },
			func(h *hostile) []byte { return h.longHeader(0x82, 8, 1<<17) },
			func(h *hostile) []byte {
				return join(h.frame(0x01, "a"), h.frame(0x89, "ping"), h.frame(0x00, ""), h.frame(0x80, "b"))
			},
			func(h *hostile) []byte { return h.frame(0x88, closing(1000, "bye")) },
		} {
			for _, asClient := range []bool{true, false} {
				all := frames(&hostile{asClient: asClient})
				for cut := range len(all) {
					inRole(t, asClient, websocket.Limits{}, func(t *testing.T, h *hostile) {
						h.raw(all[:cut])
						h.CloseWrite()
						if streaming {
							h.streamsNoMessage()
						}
						e := h.end()
						if len(e.messages) != 0 || e.event.Code != 1006 || e.event.WasClean || e.event.Received != nil || e.event.Sent != nil {
							t.Errorf("cut at %d of %x: %q, %v", cut, all, e.messages, e.event)
						}
						if inside := strings.HasPrefix(string(e.event.Cause), "eof-in-"); inside != (cut > 0) {
							t.Errorf("cut at %d of %x: cause %s", cut, all, e.event.Cause)
						}
					})
				}
			}
		}
	}
}

// streamsNoMessage reads with readers until one fails: none may end with io.EOF.
func (h *hostile) streamsNoMessage() {
	h.t.Helper()
	_, r, err := h.endpoint.NextReader(background)
	for err == nil {
		_, err = r.Read(make([]byte, 3))
	}
	var closed *websocket.CloseError
	if err == io.EOF || !errors.As(err, &closed) {
		h.t.Errorf("a reader of a message that was cut off ends with %v", err)
	}
}

// Text that is not UTF-8 is refused at its first bad byte: what would follow
// never comes.
func TestThreatInvalidUTF8(t *testing.T) {
	for _, test := range []struct{ name, good, bad string }{
		{"a byte that is never there", "good \u00e9", "\xff"},
		{"a continuation byte alone", "", "\x80"},
		{"an overlong slash", "a", "\xc0"},
		{"an overlong slash in three bytes", "a\xe0", "\x80"},
		{"a surrogate", "a\xed", "\xa0"},
		{"behind the last character", "a\xf4", "\x90"},
		{"a character that breaks off", "a\xe2\x82", "x"},
		{"a long good text before", strings.Repeat("\u20ac", 5000), "\xfe"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := test.good + test.bad
			inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
				// As much again is announced, and never sent.
				announced := h.header(0x81, uint64(2*len(text)))
				h.raw(append(announced, text...)) // with a masking key of zeros
				e := h.fails(1007, "invalid-utf8")
				h.offset(e, int64(len(announced)+len(test.good)))
			})
			for cut := range min(len(text), 20) { // and in fragments, cut anywhere near the end
				cut = len(text) - cut
				inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
					first := h.frame(0x01, text[:cut])
					if cut < len(text) {
						first = append(first, h.frame(0x00, text[cut:])...)
					}
					h.raw(first)
					h.fails(1007, "invalid-utf8")
				})
			}
		})
	}
	t.Run("a message that ends inside a character", func(t *testing.T) {
		inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
			h.send(0x81, "fine \u20ac", 0x01, "a\xe2", 0x80, "\x82")
			h.fails(1007, "invalid-utf8", "fine \u20ac")
		})
	})
	t.Run("binary may hold anything", func(t *testing.T) {
		inBothRoles(t, websocket.Limits{}, func(t *testing.T, h *hostile) {
			h.send(0x82, "\xff\x80", 0x88, closing(1000, ""))
			if e := h.end(); !slices.Equal(e.messages, []string{"\xff\x80"}) || !e.event.WasClean {
				t.Errorf("%q, %v", e.messages, e.event)
			}
		})
	})
}

// offset checks where in the stream the violation stands.
func (h *hostile) offset(e ending, want int64) {
	h.t.Helper()
	var violation *protocol.Violation
	if !errors.As(e.err, &violation) || violation.Offset != want {
		h.t.Errorf("the violation is %v; want it at %d", e.err, want)
	}
}

// The same bytes in other segments make the same messages, the same frames and
// the same CloseEvent.
func TestThreatSegmentation(t *testing.T) {
	masked := &hostile{t: t}
	plain := &hostile{t: t, asClient: true}
	for name, stream := range map[string]func(h *hostile) []byte{
		"messages, a Ping and a Close frame": func(h *hostile) []byte {
			return join(h.frame(0x81, "h\u00e9llo"), h.frame(0x02, "a"), h.frame(0x89, "ping"), h.frame(0x80, strings.Repeat("b", 130)), h.frame(0x88, closing(4000, "bye \u20ac")))
		},
		"bad text":            func(h *hostile) []byte { return join(h.frame(0x01, "ok \xe2"), h.frame(0x80, "\x28 more")) },
		"two faults":          func(h *hostile) []byte { return join(h.frame(0x82, "x"), h.frame(0xf3, strings.Repeat("x", 126))) },
		"a forbidden code":    func(h *hostile) []byte { return join(h.frame(0x82, "x"), h.frame(0x88, closing(1005, "x"))) },
		"an unfinished frame": func(h *hostile) []byte { return join(h.frame(0x8a, "pong"), h.frame(0x82, "x")[:2]) },
		"behind the Close":    func(h *hostile) []byte { return join(h.frame(0x88, ""), h.frame(0x83, "x")) },
		"too long":            func(h *hostile) []byte { return h.longHeader(0x82, 8, 1<<40) },
	} {
		for _, h := range []*hostile{plain, masked} {
			all := stream(h)
			want := life(t, h.asClient, all)
			for cut := 1; cut < len(all); cut++ {
				if got := life(t, h.asClient, all[:cut], all[cut:]); got != want {
					t.Errorf("%s, cut at %d of %d:\n%s\nat once:\n%s", name, cut, len(all), got, want)
				}
			}
			if got := life(t, h.asClient, slices.Collect(slices.Chunk(all, 1))...); got != want {
				t.Errorf("%s, byte by byte:\n%s\nat once:\n%s", name, got, want)
			}
		}
	}
}
