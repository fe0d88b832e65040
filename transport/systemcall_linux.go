//go:build linux && !386 && !race && !onclose_slow

package transport

import (
	"syscall"
	"unsafe"
)

// The system calls of a socket that never waits need no notice to the scheduler,
// which lets others have the processor when a call takes long. The notice, and
// what comes of it when a call of 5 us is taken for a long one, costs a seventh of
// an echo of 125 bytes. The runtime asks epoll in the same way. What takes longer,
// because there is much to copy, goes the ordinary way.

// briefBytes is how much may be written without notice, 64 KiB with its header among
// it: that takes some 15 us.
const briefBytes = 80 << 10

// readSocket is recv(2): read(2) knows of files too, which costs 2 %.
func readSocket(fd uintptr, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), 0, 0, 0)
	return int(n), errno
}

// writeSocket is send(2), or writev(2) of two pieces. The last bytes, one piece, wait for
// the FIN.
func writeSocket(fd uintptr, pieces *[2][]byte, last bool) (int, syscall.Errno) {
	p, q := pieces[0], pieces[1]
	if len(p) == 0 {
		p, q = q, nil
	}
	call, from, length := uintptr(syscall.SYS_SENDTO), unsafe.Pointer(unsafe.SliceData(p)), len(p)
	flags := uintptr(syscall.MSG_NOSIGNAL) // which writev, without flags, does not look at
	if len(q) > 0 {
		vectors := [2]syscall.Iovec{vector(p), vector(q)}
		call, from, length = syscall.SYS_WRITEV, unsafe.Pointer(&vectors), len(vectors)
	}
	if last {
		flags |= syscall.MSG_MORE
	}
	if len(p)+len(q) > briefBytes {
		n, _, errno := syscall.Syscall6(call, fd, uintptr(from), uintptr(length), flags, 0, 0)
		return int(n), errno
	}
	n, _, errno := syscall.RawSyscall6(call, fd, uintptr(from), uintptr(length), flags, 0, 0)
	return int(n), errno
}

func vector(p []byte) syscall.Iovec {
	v := syscall.Iovec{Base: unsafe.SliceData(p)}
	v.SetLen(len(p))
	return v
}
