package protocol

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onclose/websocket/wire"
)

// counted gives a new masking key each time.
func counted() func() uint32 {
	last := uint32(0)
	return func() uint32 {
		last += 0x01020305
		return last
	}
}

func newSender(role Role) *Sender {
	var s Sender
	s.Init(role, nil)
	if role == Client {
		s.Init(role, counted())
	}
	return &s
}

// appendData appends a whole data frame, as the shell does.
func appendData(t *testing.T, s *Sender, dst []byte, opcode wire.Opcode, fin bool, payload string) []byte {
	t.Helper()
	dst, key, err := s.AppendHeader(dst, opcode, false, fin, int64(len(payload)))
	if err != nil {
		t.Fatal(err)
	}
	start := len(dst)
	dst = append(dst, payload...)
	wire.Mask(dst[start:], key, 0)
	return dst
}

func TestWhatASenderWritesAReceiverOfTheOtherRoleHears(t *testing.T) {
	bothRoles(t, func(t *testing.T, role Role) {
		s := newSender(role)
		var p []byte
		for _, size := range []int{0, 1, 125, 126, 65535, 65536} {
			p = appendData(t, s, p, wire.Binary, true, strings.Repeat("x", size))
		}
		p = appendData(t, s, p, wire.Text, false, "a")
		p = s.AppendControl(p, wire.Ping, []byte("between"))
		p = appendData(t, s, p, wire.Text, false, "")
		p = appendData(t, s, p, wire.Text, true, "b")
		p = s.AppendControl(p, wire.Pong, nil)
		p = s.AppendControl(p, wire.Close, []byte("\x03\xe8bye"))
		p = appendData(t, s, p, wire.Text, true, "behind")

		var want []string
		for _, size := range []int{0, 1, 125, 126, 65535, 65536} {
			want = append(want, strings.TrimRight("binary "+short([]byte(strings.Repeat("x", size))), " "))
		}
		want = append(want, "ping between", "text ab", "pong")
		other := Client
		if role == Client {
			other = Server
		}
		e := listenCut(t, other, Limits{}, p)
		if n := len(e.story) - 1; n < 0 || !strings.HasPrefix(e.story[n], "close 03e8627965 at ") || !slices.Equal(e.story[:n], want) {
			t.Errorf("got  %q\nwant %q and a Close frame", e.story, want)
		}
	})
}

// RFC 6455, section 5.4: the first fragment carries the opcode, the others are
// continuation frames, the last one has FIN.
func TestSenderWritesTheHeadersOfFragments(t *testing.T) {
	s := newSender(Server)
	steps := []struct {
		opcode wire.Opcode
		fin    bool
		want   string
		open   bool
	}{
		{wire.Text, false, "0105", true},
		{wire.Text, false, "0005", true},
		{wire.Text, true, "8005", false},
		{wire.Binary, true, "8205", false},
		{wire.Binary, false, "0205", true},
		{wire.Binary, true, "8005", false},
	}
	for i, step := range steps {
		header, key, err := s.AppendHeader(nil, step.opcode, false, step.fin, 5)
		if got := fmt.Sprintf("%x", header); got != step.want || key != 0 || err != nil || s.InMessage() != step.open {
			t.Errorf("frame %d: %s, key %x, %v, in message %t, want %s, 0, none, %t", i, got, key, err, s.InMessage(), step.want, step.open)
		}
	}
}

func TestSenderStartsNoMessageInsideAnother(t *testing.T) {
	bothRoles(t, func(t *testing.T, role Role) {
		s := newSender(role)
		appendData(t, s, nil, wire.Text, false, "a")
		before := *s
		dst, key, err := s.AppendHeader([]byte("front"), wire.Binary, false, true, 5)
		if err != ErrMessageOpen || !errors.Is(err, ErrMessageOpen) || string(dst) != "front" || key != 0 {
			t.Errorf("AppendHeader = %q, %x, %v, want nothing appended and ErrMessageOpen", dst, key, err)
		}
		if s.open != before.open {
			t.Error("the refused frame changed the Sender")
		}
		appendData(t, s, nil, wire.Text, true, "b")
		appendData(t, s, nil, wire.Binary, true, "c")
	})
}

// RFC 6455, section 5.3: "The masking key is a 32-bit value chosen at random by
// the client ... a fresh masking key from the set of allowed 32-bit values" for
// every frame.
func TestAClientTakesANewMaskingKeyForEveryFrame(t *testing.T) {
	var s Sender
	calls := 0
	s.Init(Client, func() uint32 { calls++; return uint32(calls) * 0x01010101 })
	var p []byte
	for i := range 5 {
		if i%2 == 0 {
			p = appendData(t, &s, p, wire.Text, i == 4, "same")
		} else {
			p = s.AppendControl(p, wire.Ping, []byte("same"))
		}
		if calls != i+1 {
			t.Fatalf("after %d frames the key was asked for %d times", i+1, calls)
		}
	}
	seen := map[uint32]bool{}
	for len(p) > 0 {
		h, n, _ := wire.ParseHeader(p)
		if !h.Masked || seen[h.Key] {
			t.Errorf("a frame is masked: %t, with key %08x, used before: %t", h.Masked, h.Key, seen[h.Key])
		}
		seen[h.Key] = true
		p = p[n+int(h.Length):]
	}
}

func TestAServerMasksNothing(t *testing.T) {
	s := newSender(Server)
	p := s.AppendControl(appendData(t, s, nil, wire.Text, true, "hello"), wire.Pong, []byte("p"))
	if got, want := string(p), "\x81\x05hello\x8a\x01p"; got != want {
		t.Errorf("a server writes %q, want %q", got, want)
	}
}

func TestAppendControlLeavesItsPayloadAndWhatWasThereAlone(t *testing.T) {
	s := newSender(Client)
	payload := []byte("payload")
	p := s.AppendControl([]byte("front"), wire.Ping, payload)
	if string(payload) != "payload" || string(p[:5]) != "front" {
		t.Errorf("the payload now is %q and the front %q", payload, p[:5])
	}
}

func TestSenderAllocatesNothing(t *testing.T) {
	bothRoles(t, func(t *testing.T, role Role) {
		s := newSender(role)
		buffer := make([]byte, 0, 512)
		payload := []byte("payload")
		allocs := testing.AllocsPerRun(100, func() {
			dst, _, _ := s.AppendHeader(buffer, wire.Text, false, true, 5)
			s.AppendControl(dst, wire.Pong, payload)
		})
		if allocs != 0 {
			t.Errorf("%v allocations, want 0", allocs)
		}
	})
}

// RFC 7692, section 6: RSV1 stands in the first frame of a compressed message.
func TestSenderMarksCompressedMessages(t *testing.T) {
	var s Sender
	s.Init(Server, nil)
	var p []byte
	for _, frame := range []struct{ compressed, fin bool }{{true, false}, {true, false}, {true, true}, {false, true}, {true, true}} {
		p, _, _ = s.AppendHeader(p, wire.Text, frame.compressed, frame.fin, 0)
	}
	if want := "\x41\x00\x00\x00\x80\x00\x81\x00\xc1\x00"; string(p) != want {
		t.Errorf("got %x, want %x", p, want)
	}
}

func BenchmarkSender(b *testing.B) {
	for _, role := range []Role{Client, Server} {
		b.Run(fmt.Sprint(role), func(b *testing.B) {
			var s Sender
			s.Init(role, func() uint32 { return 0x44332211 })
			var p []byte
			b.ReportAllocs()
			for b.Loop() {
				p, _, _ = s.AppendHeader(p[:0], wire.Binary, false, true, 125)
			}
		})
	}
}

// A whole message may be framed while another one is open, which it does not end.
func TestAWholeMessageDoesNotTouchTheOpenOne(t *testing.T) {
	for _, role := range []Role{Client, Server} {
		var s Sender
		s.Init(role, func() uint32 { return 0x01020304 })
		s.AppendHeader(nil, wire.Text, false, false, 3)
		got, key := s.AppendWhole([]byte("front"), wire.Binary, true, 5)
		want, wantKey := "front\xc2\x05", uint32(0)
		if role == Client {
			want, wantKey = "front\xc2\x85", 0x01020304
		}
		if string(got[:7]) != want || key != wantKey || !s.InMessage() {
			t.Errorf("%v: %q, key %x, in message %t", role, got, key, s.InMessage())
		}
	}
}
