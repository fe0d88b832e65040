package wstest_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket/wstest"
)

// reads reads until an error, and notes what came when: "ab@1s c@2s EOF@2s".
func reads(r io.Reader) string {
	start := time.Now()
	var story []string
	for {
		p := make([]byte, 64)
		n, err := r.Read(p)
		if n > 0 {
			story = append(story, fmt.Sprintf("%s@%v", p[:n], time.Since(start)))
		}
		if err != nil {
			return strings.Join(append(story, fmt.Sprintf("%v@%v", err, time.Since(start))), " ")
		}
	}
}

func TestWhatEachFaultDoesToTheBytes(t *testing.T) {
	const server = wstest.Server
	for _, test := range []struct {
		faults string
		want   string // what the client reads of "abcd", "ef" a second later, and the end
		write  error  // what the last write gives
	}{
		{"", "abcd@0s ef@1s EOF@1s", nil},
		{"server 0 delay 3s", "abcd@3s ef@4s EOF@4s", nil},
		{"server 2 delay 3s", "ab@0s cd@3s ef@4s EOF@4s", nil},
		{"server 0 split 1", "a@0s b@0s c@0s d@0s e@1s f@1s EOF@1s", nil},
		{"server 0 split 3", "abc@0s d@0s ef@1s EOF@1s", nil},
		{"server 1 split 2 100ms", "a@0s bc@100ms d@200ms ef@1s EOF@1.1s", nil},
		{"server 1 split 1\nserver 3 split 0", "a@0s b@0s c@0s d@0s ef@1s EOF@1s", nil},
		{"server 3 stall 5s", "abc@0s def@5s EOF@5s", nil},
		{"server 4 stall 5s", "abcd@0s ef@6s EOF@6s", nil},
		{"server 3 stall", "abc@0s i/o timeout@1m0s", nil},
		{"server 3 stall\nserver 5 stall 1s", "abc@0s i/o timeout@1m0s", nil},
		{"server 2 half-close", "ab@0s EOF@0s", syscall.EPIPE},
		{"server 4 half-close", "abcd@0s EOF@0s", syscall.EPIPE},
		{"server 2 truncate", "ab@0s unexpected EOF@0s", syscall.EPIPE},
		{"server 2 fin", "ab@0s EOF@0s", syscall.EPIPE},
		{"client 0 fin", "EOF@0s", syscall.EPIPE},
		{"server 5 reset", "abcd@0s connection reset by peer@1s", syscall.ECONNRESET},
		{"server 0 delay 3s\nserver 5 reset", "abcd@3s connection reset by peer@4s", nil},
		{"client 0 reset", "connection reset by peer@0s", syscall.ECONNRESET},
		{"server 5 drop", "abcd@0s e@1s i/o timeout@1m0s", nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			faults, err := wstest.ParseFaults(test.faults)
			if err != nil {
				t.Fatal(err)
			}
			client, end := wstest.Pipe(faults...)
			if end.Side() != server || client.Peer().Side() != server {
				t.Error("the second end is not the server's")
			}
			client.SetReadDeadline(time.Now().Add(time.Minute))
			got := make(chan string)
			go func() { got <- reads(client) }()
			synctest.Wait()
			end.Write([]byte("abcd"))
			<-time.After(time.Second)
			if _, err := end.Write([]byte("ef")); !errors.Is(err, test.write) || (err != nil) != (test.write != nil) {
				t.Errorf("%q: Write = %v, want %v", test.faults, err, test.write)
			}
			end.CloseWrite()
			if story := <-got; story != test.want {
				t.Errorf("%q:\ngot  %s\nwant %s", test.faults, story, test.want)
			}
		})
	}
}

func TestAStallHealsAndABlockedWriterGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := wstest.Pipe(wstest.Fault{From: wstest.Client, At: 2, Effect: wstest.Stall}, wstest.Fault{From: wstest.Client, Effect: wstest.Narrow, Bytes: 5})
		client.SetWriteDeadline(time.Now().Add(time.Second))
		if n, err := client.Write([]byte("abcdefgh")); n != 5 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write = %d, %v", n, err)
		}
		client.SetWriteDeadline(time.Time{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			client.Write([]byte("fgh"))
			client.CloseWrite()
		}()
		got := make(chan string)
		go func() { got <- reads(server) }()
		<-time.After(time.Second)
		client.Heal()
		<-done
		if story := <-got; story != "ab@0s cde@1s fgh@1s EOF@1s" && story != "ab@0s cdefg@1s h@1s EOF@1s" {
			t.Errorf("got %s", story)
		}
	})
}

func TestAResetThatIsLostIsNotFelt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := wstest.Pipe()
		client.Inject(wstest.Fault{From: wstest.Client, Effect: wstest.Drop})
		client.Reset()
		server.SetDeadline(time.Now().Add(time.Second))
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read = %v", err)
		}
		for range 3 {
			if _, err := server.Write([]byte("x")); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Write = %v", err)
			}
		}
	})
}

func TestFaultsOfBothDirectionsAreInjectedFromNowOn(t *testing.T) {
	client, server := wstest.Pipe()
	client.Write([]byte("abc"))
	client.Inject(wstest.Fault{From: wstest.Client, At: 2, Effect: wstest.HalfClose}, wstest.Fault{From: wstest.Server, At: 1, Effect: wstest.HalfClose})
	if n, err := client.Write([]byte("def")); n != 2 || !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write = %d, %v", n, err)
	}
	if n, err := server.Write([]byte("xyz")); n != 1 || !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write = %d, %v", n, err)
	}
}

func TestFaultsAreReadAsTheyAreWritten(t *testing.T) {
	for effect := wstest.Delay; effect <= wstest.Drop; effect++ {
		f := wstest.Fault{From: wstest.Server, At: 12, Effect: effect}
		switch effect {
		case wstest.Delay, wstest.Stall:
			f.For = 3 * time.Second
		case wstest.Narrow:
			f.Bytes = 4
		case wstest.Split:
			f.Bytes, f.For = 1, time.Millisecond
		}
		got, err := wstest.ParseFaults("\n" + f.String() + "\n" + f.String())
		if err != nil || len(got) != 2 || got[0] != f || got[1] != f {
			t.Errorf("%v: %v, %v", f, got, err)
		}
	}
	for _, bad := range []string{
		"server", "nobody 1 reset", "server x reset", "server -1 reset", "server 1 explode",
		"server 1 split", "server 1 split x", "server 1 delay x", "server 1 reset 1s 2s", "server 1 effect(0)",
	} {
		if got, err := wstest.ParseFaults(bad); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
	if got := wstest.Effect(0).String() + wstest.Effect(99).String(); got != "effect(0)effect(99)" {
		t.Error(got)
	}
}

// The reset that answers bytes behind an end comes no sooner than anything else
// that the other end sends.
func TestTheAnswerToBytesBehindTheEndIsDelayedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := wstest.Pipe(wstest.Fault{From: wstest.Server, Effect: wstest.Delay, For: time.Second})
		b.Close()
		for range 2 {
			if _, err := a.Write([]byte("x")); err != nil {
				t.Errorf("Write = %v before the answer is here", err)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if _, err := a.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("Write = %v behind the answer", err)
		}
	})
}
