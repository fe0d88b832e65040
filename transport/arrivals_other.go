//go:build unix && !linux && !onclose_slow

package transport

import (
	"net"
	"syscall"
	"time"
)

// arrivals is nothing where only the runtime can be asked.
type arrivals struct{}

func (arrivals) init()                      {}
func (arrivals) watch(syscall.RawConn) bool { return false }
func (arrivals) patiently(net.Conn)         {}
func (arrivals) wait(Room)                  {}
func (arrivals) asks()                      {}
func (arrivals) got(n, room int)            {}
func (arrivals) ended()                     {}
func (arrivals) close()                     {}

func (arrivals) setReadDeadline(conn net.Conn, t time.Time) error { return conn.SetReadDeadline(t) }

// ask asks the system, and waits in the runtime.
func (s *socketStream) ask() error { return s.raw.Read(s.attempt) }
