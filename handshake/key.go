package handshake

import (
	"crypto/fips140"
	"crypto/sha1"
	"encoding/base64"
)

// guid is appended to a key before it is hashed (RFC 6455, section 1.3).
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// keyBytes is the length of the nonce that a key encodes, and keyLength that of the
// key.
const (
	keyBytes  = 16
	keyLength = (keyBytes + 2) / 3 * 4
)

// strictBase64 takes no bits behind the last byte.
var strictBase64 = base64.StdEncoding.Strict()

// NewKey is the Sec-WebSocket-Key that stands for a nonce: 24 characters of
// base64. The nonce must be random and new for each connection.
//
// RFC 6455, section 4.1.
func NewKey(nonce [16]byte) string {
	return base64.StdEncoding.EncodeToString(nonce[:])
}

// Accept is the Sec-WebSocket-Accept that answers a key: it proves that the
// server read this very request and speaks WebSocket.
//
// The hash is SHA-1 because the protocol says so. It protects nothing, so it is
// computed also where FIPS 140-3 is enforced (GODEBUG=fips140=only).
//
// RFC 6455, section 4.2.2.
func Accept(key string) string {
	var sum [sha1.Size]byte
	proof := append(append(make([]byte, 0, keyLength+len(guid)), key...), guid...)
	fips140.WithoutEnforcement(func() { sum = sha1.Sum(proof) })
	return base64.StdEncoding.EncodeToString(sum[:])
}

// validKey reports whether key is "a base64-encoded value that, when decoded,
// is 16 bytes in length" (RFC 6455, section 4.2.1).
func validKey(key string) bool {
	if len(key) != keyLength {
		return false
	}
	var nonce [keyLength / 4 * 3]byte
	n, err := strictBase64.Decode(nonce[:], []byte(key))
	return err == nil && n == keyBytes
}
