package webapi

import "strings"

// Blob is bytes that do not change, with a media type. It is what a WebSocket
// makes of a binary message when its BinaryType is "blob", the default.
//
// File API, section 3.
type Blob struct {
	data []byte
	typ  string
}

// NewBlob makes a Blob of a copy of data.
func NewBlob(data []byte, typ string) *Blob {
	return &Blob{data: append([]byte(nil), data...), typ: blobType(typ)}
}

// blobType is a type as Blobs keep it: in lower case, and empty if it has other
// characters than ASCII's printable ones.
func blobType(typ string) string {
	if strings.ContainsFunc(typ, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return ""
	}
	return strings.ToLower(typ)
}

// Size is the number of bytes.
func (b *Blob) Size() int { return len(b.data) }

// Type is the media type, or "".
func (b *Blob) Type() string { return b.typ }

// Bytes is a copy of the bytes.
func (b *Blob) Bytes() []byte { return append([]byte(nil), b.data...) }

// Text is the bytes as text; what is not UTF-8 becomes U+FFFD.
func (b *Blob) Text() string { return usvString(string(b.data)) }

// Slice is the bytes from start to end, which count from the Blob's end when
// negative, and are cut to its size. It shares the bytes.
func (b *Blob) Slice(start, end int64, typ string) *Blob {
	size := int64(len(b.data))
	place := func(n int64) int64 {
		if n < 0 {
			return max(size+n, 0)
		}
		return min(n, size)
	}
	from := place(start)
	to := max(place(end), from)
	return &Blob{data: b.data[from:to:to], typ: blobType(typ)}
}
