//go:build unix

package interop

import (
	"errors"
	"fmt"
	"io"
	"net"
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
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	defer conn.SetReadDeadline(time.Time{})
	buffer := make([]byte, n)
	var failed error
	err = raw.Read(func(fd uintptr) (done bool) {
		lie, _, err := syscall.Recvfrom(int(fd), buffer, syscall.MSG_PEEK)
		switch {
		case errors.Is(err, syscall.EAGAIN):
			return false
		case err != nil:
			failed = err
		case lie == 0:
			failed = io.ErrUnexpectedEOF
		}
		return failed != nil || lie == n
	})
	return errors.Join(err, failed)
}
