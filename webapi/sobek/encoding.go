package sobek

import (
	"strings"
	"unicode/utf8"

	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi"
)

// textDecoder is the state of a TextDecoder. Its fields are the script's to read.
type textDecoder struct {
	Fatal, IgnoreBOM bool

	begun bool   // the byte order mark is behind
	rest  []byte // of a character that is not whole
}

// encodingFunctions are TextEncoder's and TextDecoder's.
func (s *Scope) encodingFunctions() map[string]any {
	return map[string]any{
		"encode": func(text string) js.ArrayBuffer { return s.Runtime.NewArrayBuffer([]byte(text)) },
		"newDecoder": func(fatal, ignoreBOM bool) *textDecoder {
			return &textDecoder{Fatal: fatal, IgnoreBOM: ignoreBOM}
		},
		"decode": func(d *textDecoder, buffer js.ArrayBuffer, offset, length int, more bool) string {
			text, err := d.decode(bytesOf(buffer, offset, length), more)
			s.throw(err)
			return text
		},
	}
}

// decode decodes UTF-8. With more to come it keeps the beginning of a character
// for the next call.
//
// Encoding Standard, section 8.1.1.
func (d *textDecoder) decode(data []byte, more bool) (string, error) {
	data = append(d.rest, data...)
	d.rest = nil
	if more {
		data, d.rest = splitCharacter(data)
	}
	if d.Fatal && !utf8.Valid(data) {
		d.begun = false
		return "", &webapi.TypeError{Message: "decode: not UTF-8"}
	}
	text := webapi.NewBlob(data, "").Text()
	if !d.begun && !d.IgnoreBOM {
		text = strings.TrimPrefix(text, "\uFEFF")
	}
	d.begun = more && (d.begun || len(data) > 0)
	return text, nil
}

// splitCharacter cuts off the beginning of a character that is not whole.
func splitCharacter(data []byte) (whole, rest []byte) {
	for i := len(data) - 1; i >= 0 && i >= len(data)-utf8.UTFMax; i-- {
		if utf8.RuneStart(data[i]) {
			if !utf8.FullRune(data[i:]) {
				return data[:i], data[i:]
			}
			break
		}
	}
	return data, nil
}
