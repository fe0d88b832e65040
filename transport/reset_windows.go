package transport

import (
	"errors"
	"syscall"
)

// wasReset reports whether err says that the connection was reset. The numbers
// are Winsock's own: WSAECONNRESET and WSAECONNABORTED.
func wasReset(err error) bool {
	return errors.Is(err, syscall.WSAECONNRESET) || errors.Is(err, syscall.Errno(10053))
}
