package interop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// remote is the calling side of a browser's remote protocol. Chromium's
// DevTools Protocol and WebDriver BiDi share its shape: a command has an id, a
// method and params; its answer repeats the id; an event has no id.
type remote struct {
	send    func([]byte) error
	onEvent func(event)

	mu      sync.Mutex
	lastID  int64
	waiting map[int64]chan answer
	ended   error // set once the transport ended
}

// command is one request. Session is Chromium's: it names the page.
type command struct {
	ID      int64  `json:"id"`
	Session string `json:"sessionId,omitempty"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

// event is what a browser reports unasked.
type event struct {
	Session string          `json:"sessionId"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

// answer is what a command yields: Chromium's error is an object, BiDi's a
// word with the message beside it.
type answer struct {
	ID      *int64          `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
	Message string          `json:"message"`
}

func newRemote(send func([]byte) error, onEvent func(event)) *remote {
	return &remote{send: send, onEvent: onEvent, waiting: make(map[int64]chan answer)}
}

// call sends a command and waits for its answer, for the end of the transport
// or of ctx. A nil result is not decoded.
func (r *remote) call(ctx context.Context, session, method string, params, result any) error {
	r.mu.Lock()
	if r.ended != nil {
		r.mu.Unlock()
		return fmt.Errorf("interop: %s: %w", method, r.ended)
	}
	r.lastID++
	id, got := r.lastID, make(chan answer, 1)
	r.waiting[id] = got
	r.mu.Unlock()
	defer r.forget(id)

	data, err := json.Marshal(command{ID: id, Session: session, Method: method, Params: params})
	if err != nil {
		return fmt.Errorf("interop: %s: %w", method, err)
	}
	if err := r.send(data); err != nil {
		return fmt.Errorf("interop: %s: %w", method, err)
	}
	select {
	case a := <-got:
		return a.decode(method, result)
	case <-ctx.Done():
		return fmt.Errorf("interop: %s: %w", method, ctx.Err())
	}
}

func (r *remote) forget(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.waiting, id)
}

// deliver takes one message of the browser: an answer or an event.
func (r *remote) deliver(data []byte) {
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return
	}
	if a.ID == nil {
		var e event
		if json.Unmarshal(data, &e) == nil {
			r.onEvent(e)
		}
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if got, ok := r.waiting[*a.ID]; ok {
		got <- a
		delete(r.waiting, *a.ID)
	}
}

// end fails every call under way and every later one.
func (r *remote) end(err error) {
	if err == nil {
		err = errors.New("the browser ended")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = err
	for id, got := range r.waiting {
		text, _ := json.Marshal(err.Error())
		got <- answer{Error: text}
		delete(r.waiting, id)
	}
}

func (a answer) decode(method string, result any) error {
	if a.Error != nil {
		return fmt.Errorf("interop: %s: %s %s", method, a.Error, a.Message)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(a.Result, result); err != nil {
		return fmt.Errorf("interop: answer of %s: %w", method, err)
	}
	return nil
}
