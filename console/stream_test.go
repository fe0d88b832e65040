package console

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket/protocol"
)

// A fakeClient is a ResponseWriter in a bubble. Writes wait while it is stuck.
type fakeClient struct {
	mu       sync.Mutex
	header   http.Header
	status   int
	text     strings.Builder
	deadline time.Time
	stuck    chan struct{} // nil, or closed when it takes writes again
	broken   error         // what writes return
}

func (c *fakeClient) Header() http.Header  { return c.header }
func (c *fakeClient) WriteHeader(code int) { c.status = code }
func (c *fakeClient) FlushError() error    { return nil }
func (c *fakeClient) Write(p []byte) (int, error) {
	c.mu.Lock()
	stuck, broken := c.stuck, c.broken
	c.mu.Unlock()
	if stuck != nil {
		<-stuck
	}
	if broken != nil {
		return 0, broken
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

func (c *fakeClient) SetWriteDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = at
	return nil
}

// writeTime is how long the last write may take, when asked at its instant.
func (c *fakeClient) writeTime() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Until(c.deadline)
}

// took is what came since the last call, once everything in the bubble rests.
func (c *fakeClient) took() string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.text.String()
	c.text.Reset()
	return text
}

func (c *fakeClient) set(stuck chan struct{}, broken error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stuck, c.broken = stuck, broken
}

// subscribeFake serves the feed to a fake client in a goroutine that ends with
// cancel; done is closed then.
func subscribeFake(c *Console, header ...string) (client *fakeClient, cancel func(), done chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	r := httptest.NewRequestWithContext(ctx, "GET", "http://localhost/events", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client, done = &fakeClient{header: make(http.Header)}, make(chan struct{})
	go func() {
		defer close(done)
		c.Handler().ServeHTTP(client, r)
	}()
	return client, cancel, done
}

// closed is a small CloseEvent with its number as the code.
func closed(code int) protocol.CloseEvent {
	return protocol.CloseEvent{Code: protocol.StatusCode(code), ClosedAt: time.Unix(0, 0).UTC()}
}

// message is what the stream writes for the n-th event.
func message(c *Console, n uint64, e protocol.CloseEvent) string {
	data, _ := json.Marshal(e)
	return fmt.Sprintf("id: %s\ndata: %s\n\n", c.feed.id(event{number: n}), data)
}

const prelude = "retry: 2000\n\n"

func TestStreamOfEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(nil)
		c.Report(closed(1000))
		client, cancel, done := subscribeFake(c)
		if got, want := client.took(), prelude+message(c, 1, closed(1000)); got != want {
			t.Errorf("a new subscriber gets %q, want %q", got, want)
		}
		hostile := closed(4001)
		hostile.Reason = "a\n\ndata: b\r\r\x00\u2028</script>"
		c.Report(hostile)
		got := client.took()
		if want := message(c, 2, hostile); got != want || strings.Count(got, "\n") != 3 || strings.Contains(got, "\r") {
			t.Errorf("an event with line feeds: %q, want %q", got, want)
		}
		if got, want := client.header.Get("Content-Type"), "text/event-stream"; got != want {
			t.Errorf("Content-Type %q, want %q", got, want)
		}
		if got, want := client.header.Get("Cache-Control"), "no-store"; got != want {
			t.Errorf("Cache-Control %q, want %q", got, want)
		}
		cancel()
		<-done
		if got := len(c.feed.subscribers); got != 0 {
			t.Errorf("%d subscribers left", got)
		}
	})
}

func TestStreamResumesBehindLastEventID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(nil)
		for code := range 3 {
			c.Report(closed(4001 + code))
		}
		client, cancel, done := subscribeFake(c, "Last-Event-ID", c.feed.epoch+"-2")
		if got, want := client.took(), prelude+message(c, 3, closed(4003)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		cancel()
		<-done
	})
}

func TestStreamSendsACommentAfterSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(nil)
		client, cancel, done := subscribeFake(c)
		client.took()
		time.Sleep(heartbeat - time.Second)
		c.Report(closed(1000)) // begins the silence anew
		time.Sleep(heartbeat - time.Second)
		if got, want := client.took(), message(c, 1, closed(1000)); got != want {
			t.Errorf("before the silence was long enough: %q, want %q", got, want)
		}
		time.Sleep(time.Second)
		if got, want := client.took(), ": still here\n\n"; got != want {
			t.Errorf("after the silence: %q, want %q", got, want)
		}
		if got := client.writeTime(); got != writeTimeout {
			t.Errorf("the write had %v, want %v", got, writeTimeout)
		}
		time.Sleep(3 * heartbeat)
		if got, want := client.took(), strings.Repeat(": still here\n\n", 3); got != want {
			t.Errorf("after three more: %q, want %q", got, want)
		}
		cancel()
		<-done
	})
}

func TestStreamOfASlowSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(nil)
		client, cancel, done := subscribeFake(c)
		client.took()
		stuck := make(chan struct{})
		client.set(stuck, nil)
		c.Report(closed(1000)) // the stream is stuck with it
		synctest.Wait()
		for range queuedEvents + 5 {
			c.Report(closed(4000)) // returns although nobody reads: else the test hangs
		}
		client.set(nil, nil)
		close(stuck)
		want := message(c, 1, closed(1000)) + "event: missed\ndata: {\"missed\":5}\n\n"
		for n := range uint64(queuedEvents) {
			want += message(c, n+7, closed(4000))
		}
		if got := client.took(); got != want {
			t.Errorf("got %d bytes, want %d; it begins %.400q", len(got), len(want), got)
		}
		cancel()
		<-done
	})
}

func TestStreamEndsWhenAWriteFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(nil)
		client, cancel, done := subscribeFake(c)
		defer cancel()
		client.took()
		client.set(nil, errors.New("gone"))
		c.Report(closed(1000))
		<-done
		if got := len(c.feed.subscribers); got != 0 {
			t.Errorf("%d subscribers left", got)
		}
	})
}

func TestCloseEndsTheStreamsAfterTheLastEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(nil)
		client, cancel, done := subscribeFake(c)
		defer cancel()
		client.took()
		c.Report(closed(1001))
		c.Close()
		<-done
		if got, want := client.took(), message(c, 1, closed(1001)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		late, cancelLate, lateDone := subscribeFake(c)
		defer cancelLate()
		<-lateDone
		if late.status != 503 || late.header.Get("Retry-After") == "" {
			t.Errorf("after Close: status %d, header %v", late.status, late.header)
		}
	})
}

func TestAPageOfAnotherOriginGetsNoFeed(t *testing.T) {
	c := New(nil)
	c.Close() // what is let through gets 503
	for site, want := range map[string]int{"": 503, "none": 503, "same-origin": 503, "same-site": 403, "cross-site": 403} {
		if got := get(t, c, "/events", "Sec-Fetch-Site", site).StatusCode; got != want {
			t.Errorf("Sec-Fetch-Site %q: status %d, want %d", site, got, want)
		}
	}
}

func TestAReportThatIsNoJSONIsNotPublished(t *testing.T) {
	c := New(nil)
	c.Report(protocol.CloseEvent{ClosedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)})
	if c.feed.last != 0 {
		t.Error("published")
	}
}

// Over real HTTP the events come at once, and the server can shut down.
func TestFeedOverHTTP(t *testing.T) {
	c := New(nil)
	srv := httptest.NewServer(c.Handler())
	defer srv.Close()
	res, err := http.Get(srv.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	c.Report(closed(4001))
	body := bufio.NewReader(res.Body)
	var got string
	for range 5 {
		line, err := body.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		got += line
	}
	if want := prelude + message(c, 1, closed(4001)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c.Close()
	if rest, err := io.ReadAll(body); len(rest) != 0 || err != nil {
		t.Errorf("after Close: %q, %v; want the end", rest, err)
	}
}
