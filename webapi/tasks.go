package webapi

import (
	"context"
	"sync"
)

// Tasks is the task queue of an event loop. Everything that happens to a WebSocket
// is a task in it: nothing is called synchronously, and nothing twice at once.
// Post and Hold may be called by any goroutine; Run has one at a time, and
// every other type of this package belongs to it.
//
// HTML Standard, section 8.1.7.
type Tasks struct {
	// Checkpoint, if not nil, is called after every task. A binding runs the
	// microtasks of its language there.
	Checkpoint func()

	mu     sync.Mutex
	queue  []func()
	held   int
	change chan struct{} // holds a token when Run should look again
}

// NewTasks makes an empty queue.
func NewTasks() *Tasks { return &Tasks{change: make(chan struct{}, 1)} }

// Post puts a task at the end of the queue. It does not wait.
func (t *Tasks) Post(task func()) {
	t.mu.Lock()
	t.queue = append(t.queue, task)
	t.mu.Unlock()
	t.wake()
}

// Hold says that tasks are still to come, from a timer or a goroutine: until
// release is called, Run does not return for want of tasks. A WebSocket holds
// until its close event has been posted. Calling release again does nothing.
func (t *Tasks) Hold() (release func()) {
	t.mu.Lock()
	t.held++
	t.mu.Unlock()
	return sync.OnceFunc(func() {
		t.mu.Lock()
		t.held--
		t.mu.Unlock()
		t.wake()
	})
}

func (t *Tasks) wake() {
	select {
	case t.change <- struct{}{}:
	default:
	}
}

// Run runs tasks in order until the queue is empty and nobody holds it, and then
// returns nil. When ctx ends it returns its cause, after the task under way. It
// may be called again.
func (t *Tasks) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		task, idle := t.next()
		switch {
		case task != nil:
			task()
			if t.Checkpoint != nil {
				t.Checkpoint()
			}
		case idle:
			return nil
		default:
			select {
			case <-t.change:
			case <-ctx.Done():
			}
		}
	}
	return context.Cause(ctx)
}

// next takes the first task. Without one it reports whether none is to come.
func (t *Tasks) next() (task func(), idle bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		return nil, t.held == 0
	}
	task = t.queue[0]
	t.queue[0] = nil
	t.queue = t.queue[1:]
	return task, false
}
