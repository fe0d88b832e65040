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

// briefBytes is how much may be written without notice: that takes some 15 us.
const briefBytes = 33 << 10

// readSocket is read(2).
func readSocket(fd uintptr, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return int(n), errno
}

// writeSocket is write(2); or send(2), which lets the last bytes wait for the FIN.
func writeSocket(fd uintptr, p []byte, last bool) (int, syscall.Errno) {
	if last {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_MORE, 0, 0)
		return int(n), errno
	}
	if len(p) > briefBytes {
		n, _, errno := syscall.Syscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		return int(n), errno
	}
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return int(n), errno
}
