//go:build !windows

package transport

import (
	"errors"
	"syscall"
)

// wasReset reports whether err says that the connection was reset.
func wasReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNABORTED)
}
