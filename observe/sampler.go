package observe

import (
	"sync"
	"time"

	"github.com/onclose/websocket"
)

// sampler bounds how many ends of one kind are told in one second.
type sampler struct {
	perSecond int

	mu    sync.Mutex
	kinds map[kind]*storm
}

// defaultPerSecond is how many records of a kind are written in a second, when
// the options do not say.
const defaultPerSecond = 20

func newSampler(perSecond int) *sampler {
	if perSecond <= 0 {
		perSecond = defaultPerSecond
	}
	return &sampler{perSecond: perSecond, kinds: map[kind]*storm{}}
}

// kind is what is told apart when many connections end at once. There are at most
// some hundred kinds: codes beyond the registry count as one.
type kind struct{ code, cause, initiator string }

func kindOf(ev websocket.CloseEvent) kind {
	return kind{CodeClass(ev.Code), string(ev.Cause), string(ev.Initiator)}
}

// storm counts the records of a kind in the second that it began.
type storm struct {
	began   time.Time
	records int
	leftOut int
}

// admit reports whether a record of a kind may be written now, and how many were
// left out before it.
func (s *sampler) admit(k kind, now time.Time) (leftOut int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.kinds[k]
	if st == nil {
		st = &storm{}
		s.kinds[k] = st
	}
	if now.Sub(st.began) >= time.Second {
		leftOut = st.leftOut
		*st = storm{began: now}
	}
	if st.records == s.perSecond {
		st.leftOut++
		return 0, false
	}
	st.records++
	return leftOut, true
}
