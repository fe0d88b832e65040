//go:build unix && (!linux || 386 || race) && !onclose_slow

package transport

import "syscall"

// readSocket is read(2).
func readSocket(fd uintptr, p []byte) (int, syscall.Errno) {
	n, err := syscall.Read(int(fd), p)
	errno, _ := err.(syscall.Errno)
	return n, errno
}

// writeSocket is write(2) of the first piece that is not empty.
func writeSocket(fd uintptr, pieces *[2][]byte, _ bool) (int, syscall.Errno) {
	p := pieces[0]
	if len(p) == 0 {
		p = pieces[1]
	}
	n, err := syscall.Write(int(fd), p)
	errno, _ := err.(syscall.Errno)
	return n, errno
}
