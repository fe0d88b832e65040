//go:build linux && !386 && !race && !onclose_slow

package transport

import (
	"encoding/binary"
	"io"
	"net"
	"syscall"
	"testing"
	"unsafe"
)

// TCP_INFO counts the segments that have left.
func TestTheLastBytesLeaveInOneSegmentWithTheFIN(t *testing.T) {
	client, server := loopback(t, func(l net.Listener) net.Listener { return l })
	s := OverConn(server)
	before := segmentsOut(t, server.(*net.TCPConn))
	if n, err := s.(Socket).WriteLast([]byte("bye")); n != 3 || err != nil {
		t.Fatalf("WriteLast = %d, %v", n, err)
	}
	s.CloseWrite()
	if p, err := io.ReadAll(client); string(p) != "bye" || err != nil {
		t.Errorf("%q, %v", p, err)
	}
	if n := segmentsOut(t, server.(*net.TCPConn)) - before; n != 1 {
		t.Errorf("%d segments", n)
	}
}

// segmentsOut is tcpi_segs_out of tcp(7), which is behind 136 bytes of struct tcp_info.
func segmentsOut(t *testing.T, c *net.TCPConn) uint32 {
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var info [140]byte
	raw.Control(func(fd uintptr) {
		size := uint32(len(info))
		_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 || size < uint32(len(info)) {
			t.Skipf("the system does not count segments: %v", errno)
		}
	})
	return binary.NativeEndian.Uint32(info[136:])
}
