//go:build unix && (!linux || 386 || race) && !onclose_slow

package transport

import "syscall"

// readSocket is read(2).
func readSocket(fd uintptr, p []byte) (int, syscall.Errno) {
	n, err := syscall.Read(int(fd), p)
	errno, _ := err.(syscall.Errno)
	return n, errno
}

// writeSocket is write(2).
func writeSocket(fd uintptr, p []byte, _ bool) (int, syscall.Errno) {
	n, err := syscall.Write(int(fd), p)
	errno, _ := err.(syscall.Errno)
	return n, errno
}
