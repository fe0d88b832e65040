//go:build !unix

package interop

import "net"

// awaitUnread does nothing: the bytes come when they come.
func awaitUnread(net.Conn, int) error { return nil }
