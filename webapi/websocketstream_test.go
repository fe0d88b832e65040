package webapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
)

// stream opens a WebSocketStream that notes how its promises are settled, and calls
// opened.
func (p *page) stream(url string, opts *webapi.WebSocketStreamOptions, opened func(*webapi.WebSocketStream, webapi.WebSocketOpenInfo)) *webapi.WebSocketStream {
	p.t.Helper()
	s, err := webapi.NewWebSocketStream(p.env, url, opts)
	if err != nil {
		p.t.Fatal(err)
	}
	s.Opened().Then(func(info webapi.WebSocketOpenInfo) {
		p.note("opened %q", info.Protocol)
		opened(s, info)
	}, p.rejected("opened"))
	s.Closed().Then(func(info webapi.WebSocketCloseInfo) {
		p.note("closed %d %q", *info.CloseCode, info.Reason)
	}, p.rejected("closed"))
	return s
}

func (p *page) rejected(what string) func(error) {
	return func(err error) { p.note("%s: %s", what, describe(err)) }
}

func (p *page) settled(what string) (func(struct{}), func(error)) {
	return func(struct{}) { p.note("%s", what) }, p.rejected(what)
}

func describe(err error) string {
	var failure *webapi.WebSocketError
	var exception *webapi.DOMException
	switch {
	case errors.As(err, &failure) && failure.CloseCode() == nil:
		return fmt.Sprintf("WebSocketError none %q", failure.Reason())
	case errors.As(err, &failure):
		return fmt.Sprintf("WebSocketError %d %q", *failure.CloseCode(), failure.Reason())
	case errors.As(err, &exception):
		return exception.Name
	}
	return err.Error()
}

// readAll notes every chunk until the end.
func (p *page) readAll(r *webapi.Readable, then func(webapi.Chunk)) {
	r.Read().Then(func(c webapi.Chunk) {
		if c.Done {
			p.note("done")
			return
		}
		p.note("%T %q", c.Value, c.Value)
		then(c)
		p.readAll(r, then)
	}, p.rejected("read"))
}

func TestStreamEcho(t *testing.T) {
	browse(t, echo, func(p *page) {
		s := p.stream("ws://server/a", &webapi.WebSocketStreamOptions{Protocols: []string{"chat"}}, func(s *webapi.WebSocketStream, info webapi.WebSocketOpenInfo) {
			data := []byte("two")
			info.Writable.Write("one\xff")
			info.Writable.Write(data)
			data[0] = 'X'
			n := 0
			p.readAll(info.Readable, func(webapi.Chunk) {
				if n++; n == 2 {
					s.Close(webapi.WebSocketCloseInfo{CloseCode: new(uint16(4001)), Reason: "bye"})
				}
			})
		})
		if s.URL() != "ws://server/a" || s.Opened().Settled() {
			t.Errorf("%+v", s)
		}
		p.run()
		p.wants(`opened "chat"`, `string "one`+"\ufffd"+`"`, `[]uint8 "two"`, "done", `closed 4001 "bye"`)
	})
}

// Each row closes an open stream in one way. The sections are those of the
// tentative standard's algorithms.
func TestStreamCloses(t *testing.T) {
	fine, err := webapi.NewWebSocketError("", webapi.WebSocketCloseInfo{CloseCode: new(uint16(4000)), Reason: "r"})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		what  string
		close func(*page, *webapi.WebSocketStream, webapi.WebSocketOpenInfo)
		want  string
	}{
		{"close()", func(_ *page, s *webapi.WebSocketStream, _ webapi.WebSocketOpenInfo) {
			s.Close(webapi.WebSocketCloseInfo{})
		}, `closed 1005 ""`},
		{"close({reason})", func(_ *page, s *webapi.WebSocketStream, _ webapi.WebSocketOpenInfo) {
			s.Close(webapi.WebSocketCloseInfo{Reason: "r"})
		}, `closed 1000 "r"`},
		{"close twice", func(_ *page, s *webapi.WebSocketStream, _ webapi.WebSocketOpenInfo) {
			s.Close(webapi.WebSocketCloseInfo{CloseCode: new(uint16(4001))})
			s.Close(webapi.WebSocketCloseInfo{CloseCode: new(uint16(4002))})
		}, `closed 4001 ""`},
		{"writable.close()", func(p *page, _ *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			i.Writable.Close().Then(p.settled("writable closed"))
		}, `writable closed, closed 1005 ""`},
		{"writable.abort(WebSocketError)", func(p *page, _ *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			i.Writable.Abort(fine).Then(p.settled("aborted"))
		}, `aborted, closed 4000 "r"`},
		{"writable.abort(another error)", func(p *page, _ *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			i.Writable.Abort(errors.New("x")).Then(p.settled("aborted"))
		}, `aborted, closed 1005 ""`},
		{"readable.cancel(WebSocketError)", func(p *page, _ *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			i.Readable.Cancel(fine).Then(p.settled("canceled"))
			p.readAll(i.Readable, nil)
		}, `done, canceled, closed 4000 "r"`},
		{"readable.cancel() with a read waiting", func(p *page, _ *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			p.readAll(i.Readable, nil)
			i.Readable.Cancel(nil).Then(p.settled("canceled"))
		}, `done, canceled, closed 1005 ""`},
		{"a write behind close", func(p *page, s *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			s.Close(webapi.WebSocketCloseInfo{})
			i.Writable.Write("late").Then(p.settled("written"))
		}, `written: InvalidStateError, closed 1005 ""`},
		{"a write of a number", func(p *page, s *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			i.Writable.Write(1).Then(p.settled("written"))
			s.Close(webapi.WebSocketCloseInfo{})
		}, `written: webapi: TypeError: a int cannot be sent, closed 1005 ""`},
		{"a code that may not be sent", func(p *page, s *webapi.WebSocketStream, _ webapi.WebSocketOpenInfo) {
			p.note("%s", describe(s.Close(webapi.WebSocketCloseInfo{CloseCode: new(uint16(1001))})))
			p.note("%s", describe(s.Close(webapi.WebSocketCloseInfo{Reason: strings.Repeat("r", 124)})))
			s.Close(webapi.WebSocketCloseInfo{})
		}, `InvalidAccessError, SyntaxError, closed 1005 ""`},
		{"what was written goes out first", func(p *page, s *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			i.Writable.Write("m")
			i.Writable.Close()
			i.Readable.Read().Then(func(c webapi.Chunk) { p.note("%q", c.Value) }, p.rejected("read"))
		}, `"m", closed 1005 ""`},
	} {
		t.Run(row.what, func(t *testing.T) {
			browse(t, echo, func(p *page) {
				var info webapi.WebSocketOpenInfo
				p.stream("ws://server/", nil, func(s *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
					info = i
					row.close(p, s, i)
				})
				p.run()
				if got := strings.Join(p.log[1:], ", "); got != row.want {
					t.Errorf("%s\nwant %s", got, row.want)
				}
				p.log = nil
				info.Writable.Write("late").Then(p.settled("write"))
				info.Writable.Close().Then(p.settled("close"))
				info.Readable.Cancel(nil).Then(p.settled("cancel"))
				p.run()
				p.wants("write: InvalidStateError", "close: InvalidStateError", "cancel")
			})
		})
	}
}

// What has not been written when the peer's Close frame comes makes the end a failure
// with the code and reason of that frame, though the handshake was clean.
func TestStreamIsCutOffByThePeersClose(t *testing.T) {
	closes := func(c *websocket.Conn) { c.Close(4567, "enough") }
	browse(t, closes, func(p *page) {
		p.stream("ws://server/", nil, func(_ *webapi.WebSocketStream, info webapi.WebSocketOpenInfo) {
			info.Writable.Write(make([]byte, 1<<20)).Then(p.settled("written"))
		})
		p.run()
		p.wants(`opened ""`, `written: WebSocketError 4567 "enough"`, `closed: WebSocketError 4567 "enough"`)
	})
}

// The same for what is written when that frame has come and TCP has not ended.
func TestStreamWritesBehindThePeersClose(t *testing.T) {
	lingering := make(chan struct{})
	h := func(w http.ResponseWriter, r *http.Request) { sayAndClose(t, w, r, 0, lingering) }
	browseHandler(t, http.HandlerFunc(h), func(p *page) {
		lingering = make(chan struct{})
		p.env.Dial.TransportTimeout = time.Minute
		p.stream("ws://server/", nil, func(_ *webapi.WebSocketStream, info webapi.WebSocketOpenInfo) {
			release := p.env.Tasks.Hold()
			time.AfterFunc(time.Second, func() {
				p.env.Tasks.Post(func() { info.Writable.Write("late").Then(p.settled("written")) })
				release()
				close(lingering)
			})
		})
		p.run()
		p.wants(`opened ""`, `written: WebSocketError 4321 "x"`, `closed: WebSocketError 4321 "x"`)
	})
}

func TestStreamFails(t *testing.T) {
	serve := func(c *websocket.Conn) {
		c.Write(context.Background(), websocket.Text, []byte("lost"))
		c.Read(context.Background())
		c.Abort()
	}
	browse(t, serve, func(p *page) {
		var info webapi.WebSocketOpenInfo
		p.stream("ws://server/", nil, func(_ *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			info = i
			i.Writable.Write("go")
		})
		p.run()
		info.Readable.Read().Then(nil, p.rejected("read"))
		info.Readable.Cancel(nil).Then(p.settled("cancel"))
		info.Writable.Write("x").Then(p.settled("write"))
		p.run()
		const failure = `WebSocketError 1006 ""`
		p.wants(`opened ""`, "closed: "+failure, "read: "+failure, "cancel: "+failure, "write: "+failure)
	})
}

func TestStreamThatCannotOpen(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusForbidden) })
	browseHandler(t, h, func(p *page) {
		p.stream("ws://server/", nil, nil)
		p.run()
		p.wants(`opened: WebSocketError 1006 ""`, `closed: WebSocketError 1006 ""`)
	})
}

func TestStreamClosedWhileConnecting(t *testing.T) {
	for _, wait := range []func(){func() {}, synctest.Wait} {
		browse(t, echo, func(p *page) {
			s := p.stream("ws://server/", nil, nil)
			wait()
			s.Close(webapi.WebSocketCloseInfo{})
			p.run()
			p.wants(`opened: WebSocketError 1006 ""`, `closed: WebSocketError 1006 ""`)
		})
	}
}

func TestStreamSignal(t *testing.T) {
	reason := errors.New("reason")
	for what, row := range map[string]struct {
		before, after, opened bool
		want                  []string
	}{
		"aborted before":           {before: true, want: []string{"opened: reason", "closed: reason"}},
		"aborted while connecting": {after: true, want: []string{"opened: reason", "closed: reason"}},
		"aborted when open":        {opened: true, want: []string{`opened ""`, `closed 1005 ""`}},
	} {
		t.Run(what, func(t *testing.T) {
			browse(t, echo, func(p *page) {
				c := webapi.NewAbortController()
				if row.before {
					c.Abort(reason)
				}
				p.stream("ws://server/", &webapi.WebSocketStreamOptions{Signal: c.Signal()}, func(s *webapi.WebSocketStream, _ webapi.WebSocketOpenInfo) {
					c.Abort(reason)
					s.Close(webapi.WebSocketCloseInfo{})
				})
				if row.after {
					c.Abort(reason)
				}
				p.run()
				p.wants(row.want...)
			})
		})
	}
}

func TestStreamConstructorThrows(t *testing.T) {
	env := &webapi.Environment{Tasks: webapi.NewTasks()}
	if _, err := webapi.NewWebSocketStream(env, "ws://a/#b", nil); describe(err) != webapi.SyntaxError {
		t.Error(err)
	}
	if _, err := webapi.NewWebSocketStream(env, "ws://a/", &webapi.WebSocketStreamOptions{Protocols: []string{"a", "A"}}); describe(err) != webapi.SyntaxError {
		t.Error(err)
	}
}

func TestStreamHoldsThePeerBackUntilItReads(t *testing.T) {
	var written atomic.Int64
	serve := func(c *websocket.Conn) {
		for range 200 {
			if c.Write(context.Background(), websocket.Binary, make([]byte, 16<<10)) != nil {
				return
			}
			written.Add(1)
		}
	}
	browse(t, serve, func(p *page) {
		told := 0
		var read func(*webapi.Readable)
		read = func(r *webapi.Readable) {
			r.Read().Then(func(c webapi.Chunk) {
				if !c.Done {
					told++
					read(r)
				}
			}, p.rejected("read"))
		}
		p.stream("ws://server/", nil, func(_ *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			release := p.env.Tasks.Hold()
			time.AfterFunc(5*time.Second, func() {
				p.env.Tasks.Post(func() {
					if n := written.Load(); n > 12 { // 128 KiB in a pipe, 64 read ahead
						t.Errorf("%d messages were taken while nobody read", n)
					}
					read(i.Readable)
				})
				release()
			})
		})
		p.run()
		if told != 200 {
			t.Errorf("%d messages read", told)
		}
	})
}

func TestStreamHoldsTheProgramBack(t *testing.T) {
	serve := func(c *websocket.Conn) {
		time.Sleep(5 * time.Second) // of the bubble
		echo(c)
	}
	browse(t, serve, func(p *page) {
		start := time.Now()
		p.stream("ws://server/", nil, func(s *webapi.WebSocketStream, i webapi.WebSocketOpenInfo) {
			i.Writable.Write(make([]byte, 1<<20)) // a message is read ahead
			i.Writable.Write(make([]byte, 1<<20)).Then(func(struct{}) {
				p.note("written after %v", time.Since(start).Truncate(time.Second))
				s.Close(webapi.WebSocketCloseInfo{})
			}, p.rejected("write"))
		})
		p.run()
		p.wants(`opened ""`, "written after 5s", `closed 1005 ""`)
	})
}

func TestWebSocketError(t *testing.T) {
	e, err := webapi.NewWebSocketError("m", webapi.WebSocketCloseInfo{})
	if err != nil || e.Name != "WebSocketError" || e.Message != "m" || e.Code() != 0 || e.CloseCode() != nil || e.Reason() != "" {
		t.Errorf("%+v, %v", e, err)
	}
	e, err = webapi.NewWebSocketError("", webapi.WebSocketCloseInfo{Reason: "r"})
	if err != nil || *e.CloseCode() != 1000 || e.Reason() != "r" {
		t.Errorf("%+v, %v", e, err)
	}
	for reason, want := range map[string]string{"": webapi.InvalidAccessError, strings.Repeat("r", 124): webapi.SyntaxError} {
		code := uint16(1001)
		if reason != "" {
			code = 1000
		}
		if _, err := webapi.NewWebSocketError("", webapi.WebSocketCloseInfo{CloseCode: &code, Reason: reason}); describe(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
