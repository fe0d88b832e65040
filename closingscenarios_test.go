package websocket_test

import (
	"cmp"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/internal/closingtest"
	"github.com/onclose/websocket/internal/truthtest"
	"github.com/onclose/websocket/protocol"
)

// The closing scenarios, on all that carries a Conn. (Package protocol plays them
// on the bare machines.)

func TestClosingScenarios(t *testing.T) {
	truthtest.TLS() // outside of all bubbles, whose clock is another
	for _, c := range carriers {
		t.Run(c.name, func(t *testing.T) {
			played, reasons := 0, map[string]int{}
			c.each(func(s closingtest.Scenario, role protocol.Role) {
				if reason := c.lacks(s, role.String()); reason != "" {
					reasons[reason]++
					return
				}
				played++
				t.Run(s.Name+"/"+role.String(), func(t *testing.T) {
					if err := c.play(t, s, role); err != nil {
						t.Error(err)
					}
				})
			})
			t.Logf("%d played; left out: %v", played, reasons)
			if played < 60 || played < 100 && !c.direct { // which has one role only
				t.Errorf("only %d scenarios were played", played)
			}
		})
	}
}

// A scenario in which one expectation is wrong fails on every carrier. (Package
// protocol makes each expectation wrong; here it is one of every scenario.)
func TestClosingScenariosCanFail(t *testing.T) {
	truthtest.TLS()
	for _, c := range carriers {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			c.each(func(s closingtest.Scenario, role protocol.Role) {
				if c.lacks(s, role.String()) != "" {
					return
				}
				lies := s.Lies("event", "frame", "message", "refusal", "half-close", "no")
				if !c.bubble { // what does not happen would be waited for
					lies = s.Lies("event")
				}
				lie := lies[n%len(lies)]
				n++
				if c.play(t, lie, role) == nil {
					t.Errorf("nobody looked: %s", lie.Name)
				}
			})
		})
	}
}

// each calls f with every scenario for either role.
func (c *carrier) each(f func(closingtest.Scenario, protocol.Role)) {
	for _, all := range closingtest.All() {
		for _, role := range []protocol.Role{protocol.Client, protocol.Server} {
			if s, ok := all.When(role.String()); ok {
				f(s, role)
			}
		}
	}
}

// play plays a scenario, in a bubble if the carrier can live in one.
func (c *carrier) play(t *testing.T, s closingtest.Scenario, role protocol.Role) (err error) {
	if !c.bubble {
		return c.playHere(t, s, role)
	}
	synctest.Test(t, func(t *testing.T) { err = c.playHere(t, s, role) })
	return err
}

func (c *carrier) playHere(t *testing.T, s closingtest.Scenario, role protocol.Role) error {
	a := &actor{carrier: c, role: role, changed: make(chan struct{})}
	limits := s.Limits()
	a.carried = c.open(t, &wanted{
		role: role, answer: a.chooseAnswer, events: a.callbacks(),
		trace: websocket.Trace{
			Closing: func(_ *websocket.Conn, by protocol.Initiator, frame websocket.CloseFrame) {
				a.note(func() { a.beginnings = append(a.beginnings, beginning{by, frame, len(a.told)}) })
			},
			Closed: func(_ *websocket.Conn, ev websocket.CloseEvent) {
				a.note(func() { a.told = append(a.told, closingtest.EventWords(ev)) })
			},
		},
		limits: websocket.Limits{
			MessageBytes: int64(limits.MessageBytes), Fragments: limits.Fragments, EmptyFragments: limits.EmptyFragments,
			CloseTimeout: closingtest.CloseTimeout, TransportTimeout: closingtest.TransportTimeout, WriteTimeout: time.Hour,
			PingInterval: websocket.NoLimit, // a scenario names every frame
		},
	})
	a.running.Go(a.watch)
	if !c.unread && !c.events {
		a.running.Go(a.read)
	}
	if s.Held() {
		a.gate.hold()
	}
	if c.unread {
		a.Pass(time.Second) // the attendant has stepped in
	}
	err := s.Play(role.String(), a)
	if err == nil {
		err = cmp.Or(a.disturb(), a.catchUp())
	}
	a.peer.Close()
	a.conn.Abort()
	a.running.Wait()
	if wrong := checkBeginnings(a.beginnings, eventOf(a.conn)); err == nil && wrong != "" {
		err = errors.New(wrong)
	}
	return err
}
