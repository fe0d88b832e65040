//go:build unix

package interop

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// awaitUnread blocks until n bytes lie unread in the TCP connection under conn,
// for ten seconds at most. They stay unread.
func awaitUnread(conn net.Conn, n int) error {
	for {
		above, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = above.NetConn()
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return fmt.Errorf("interop: %T is no socket", conn)
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	// Who waits in here keeps others from reading. It is not left to the runtime, since
	// the library may set a read deadline meanwhile.
	limit := time.Now().Add(10 * time.Second)
	buffer := make([]byte, n)
	failed := os.ErrDeadlineExceeded
	err = raw.Read(func(fd uintptr) (done bool) {
		for ; time.Now().Before(limit); time.Sleep(time.Millisecond) {
			lie, _, err := syscall.Recvfrom(int(fd), buffer, syscall.MSG_PEEK)
			switch {
			case errors.Is(err, syscall.EAGAIN):
			case err != nil:
				failed = err
				return true
			case lie == 0:
				failed = io.ErrUnexpectedEOF
				return true
			case lie == n:
				failed = nil
				return true
			}
		}
		return true
	})
	return errors.Join(err, failed)
}
