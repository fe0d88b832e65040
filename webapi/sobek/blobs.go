package sobek

import (
	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi"
)

// blobFunctions are what Blobs are made of.
func (s *Scope) blobFunctions() map[string]any {
	return map[string]any{
		"newBlob": func(parts []js.Value, typ string) *webapi.Blob {
			var data []byte
			for _, part := range parts {
				data = append(data, s.blobPart(part)...)
			}
			return webapi.NewBlob(data, typ)
		},
		"sliceBlob": func(blob *webapi.Blob, start, end int64, typ string) *webapi.Blob {
			return blob.Slice(start, end, typ)
		},
		"blobBytes": func(blob *webapi.Blob) js.ArrayBuffer { return s.Runtime.NewArrayBuffer(blob.Bytes()) },
	}
}

// blobPart is a part as the prelude gives it: text, a Blob's handle, or an
// ArrayBuffer with an offset and a length.
func (s *Scope) blobPart(part js.Value) []byte {
	object, ok := part.(*js.Object)
	if !ok {
		return []byte(part.String())
	}
	if blob, ok := object.Export().(*webapi.Blob); ok {
		return blob.Bytes()
	}
	buffer := object.Get("0").Export().(js.ArrayBuffer)
	return bytesOf(buffer, int(object.Get("1").ToInteger()), int(object.Get("2").ToInteger()))
}
