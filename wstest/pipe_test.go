package wstest_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket/wstest"
)

func TestAPipeIsBufferedAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := wstest.Pipe()
		if n, err := a.Write(make([]byte, 64<<10)); n != 64<<10 || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
		a.SetWriteDeadline(time.Now().Add(time.Second))
		if n, err := a.Write([]byte("x")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write into a full pipe = %d, %v", n, err)
		}
		a.SetWriteDeadline(time.Time{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			if n, err := a.Write([]byte("more")); n != 4 || err != nil {
				t.Errorf("Write = %d, %v", n, err)
			}
			a.CloseWrite()
		}()
		synctest.Wait()
		p, err := io.ReadAll(b)
		if len(p) != 64<<10+4 || err != nil {
			t.Errorf("ReadAll = %d bytes, %v", len(p), err)
		}
		<-done
	})
}

func TestAPipeIsClosedByHalves(t *testing.T) {
	a, b := wstest.Pipe()
	a.Write([]byte("last"))
	a.CloseWrite()
	if _, err := a.Write(nil); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write behind CloseWrite = %v", err)
	}
	b.Write([]byte("answer"))
	b.Close()
	p, err := io.ReadAll(a)
	// b had unread input when it closed, so it was reset, as TCP is.
	if len(p) != 0 || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("ReadAll = %q, %v", p, err)
	}
}

func TestClosingAPipe(t *testing.T) {
	a, b := wstest.Pipe()
	b.Write([]byte("answer"))
	b.Close()
	if p, err := io.ReadAll(a); string(p) != "answer" || err != nil {
		t.Errorf("ReadAll = %q, %v", p, err)
	}
	// As with TCP, the first write behind the end is taken, and answered with a
	// reset that makes the next one fail.
	if _, err := a.Write([]byte("x")); err != nil {
		t.Errorf("Write to an end that has just closed = %v", err)
	}
	if _, err := a.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write to a closed end = %v", err)
	}
	for _, err := range []error{second(b.Read(make([]byte, 1))), second(b.Write([]byte("x")))} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("use after Close = %v", err)
		}
	}
}

func second(_ int, err error) error { return err }

func TestResettingAPipe(t *testing.T) {
	a, b := wstest.Pipe()
	a.Write([]byte("lost"))
	a.Reset()
	for _, err := range []error{second(b.Read(make([]byte, 1))), second(b.Write([]byte("x"))), second(a.Read(make([]byte, 1)))} {
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("use after a reset = %v", err)
		}
	}
}

func TestCloseAndDeadlinesWakeAReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := wstest.Pipe()
		a.SetDeadline(time.Now().Add(time.Hour))
		start := time.Now()
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Hour {
			t.Errorf("Read = %v after %v", err, time.Since(start))
		}
		a.SetReadDeadline(time.Time{})
		go func() {
			<-time.After(time.Second)
			a.Close()
		}()
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Read = %v", err)
		}
		if n, err := b.Read(nil); n != 0 || err != io.EOF {
			t.Errorf("Read = %d, %v", n, err)
		}
		b.Close()
	})
}
