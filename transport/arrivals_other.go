//go:build unix && !linux && !onclose_slow

package transport

import (
	"syscall"
	"time"
)

// arrivals is nothing where only the runtime can be asked.
type arrivals struct{}

func (arrivals) watch(syscall.RawConn) bool { return false }
func (arrivals) wait(Room)                  {}
func (arrivals) asks()                      {}
func (arrivals) got(n, room int)            {}
func (arrivals) ended()                     {}
func (arrivals) deadline(time.Time)         {}
func (arrivals) close()                     {}
