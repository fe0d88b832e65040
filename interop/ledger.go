package interop

import (
	"context"
	"fmt"
	"net/url"
	"sync"
)

// ledger keeps a server's accounts of its connections by the id in the query of
// each connection's URL, for tests that wait for one.
type ledger[T any] struct {
	mu      sync.Mutex
	entries map[string][]T
	changed chan struct{} // closed and replaced at every entry
}

func newLedger[T any]() *ledger[T] {
	return &ledger[T]{entries: make(map[string][]T), changed: make(chan struct{})}
}

// enter adds an account; without an id in its URL, nobody waits for it.
func (l *ledger[T]) enter(address string, account T) {
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("id") == "" {
		return
	}
	id := u.Query().Get("id")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries[id] = append(l.entries[id], account)
	close(l.changed)
	l.changed = make(chan struct{})
}

// await returns the first account with that id, once there is one.
func (l *ledger[T]) await(ctx context.Context, id string) (T, error) {
	for {
		l.mu.Lock()
		accounts, changed := l.entries[id], l.changed
		l.mu.Unlock()
		if len(accounts) > 0 {
			return accounts[0], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			var none T
			return none, fmt.Errorf("interop: the server has no account of %q: %w", id, ctx.Err())
		}
	}
}

// doubled lists the ids with more than one account.
func (l *ledger[T]) doubled() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for id, accounts := range l.entries {
		if len(accounts) > 1 {
			ids = append(ids, id)
		}
	}
	return ids
}
