package webapi

import (
	"sync"

	"github.com/onclose/websocket"
)

// outbox is what a connection has accepted and not yet sent. The queue's goroutine
// puts in, the connection's writer takes out.
type outbox struct {
	mu      sync.Mutex
	letters []letter
	stopped bool
	change  chan struct{} // holds a token when the writer should look again
}

// letter is a message, or the Close frame behind all messages.
type letter struct {
	typ  websocket.MessageType
	data []byte
	// begun is called by a task when the writing of the message begins, and done when
	// it was written or could not be. Either may be nil.
	begun func()
	done  func(error)
	close *websocket.CloseFrame
}

func newOutbox() *outbox { return &outbox{change: make(chan struct{}, 1)} }

func (o *outbox) put(l letter) {
	o.mu.Lock()
	o.letters = append(o.letters, l)
	o.mu.Unlock()
	o.wake()
}

// stop ends the writer. What has not been sent stays unsent.
func (o *outbox) stop() {
	o.mu.Lock()
	o.stopped = true
	o.letters = nil
	o.mu.Unlock()
	o.wake()
}

func (o *outbox) wake() {
	select {
	case o.change <- struct{}{}:
	default:
	}
}

// next waits for the next letter. False means that there is none any more.
func (o *outbox) next() (letter, bool) {
	for {
		o.mu.Lock()
		if o.stopped {
			o.mu.Unlock()
			return letter{}, false
		}
		if len(o.letters) > 0 {
			l := o.letters[0]
			o.letters[0] = letter{}
			o.letters = o.letters[1:]
			o.mu.Unlock()
			return l, true
		}
		o.mu.Unlock()
		<-o.change
	}
}
