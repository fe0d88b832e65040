//go:build !linux || onclose_slow

package transport

import "crypto/tls"

// overTLS makes a stream of TLS.
func overTLS(secure *tls.Conn) Stream { return &tlsStream{Conn: secure} }
