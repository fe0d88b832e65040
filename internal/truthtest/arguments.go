package truthtest

import (
	"math"
	"strconv"
	"unicode/utf16"

	"github.com/onclose/websocket"
)

// PageMayNot reports whether a page may not close with a code.
func PageMayNot(code websocket.StatusCode) bool {
	return code != websocket.NormalClosure && (code < 3000 || code > 4999)
}

// Arguments converts the arguments of the page's close() by the rules of its
// language: the code is [Clamp] unsigned short, the reason USVString. Without any
// it is NoStatusRcvd, which stands for an empty Close frame; a reason without a
// code cannot be said in Go, so the code that a browser would add, 1000, is.
func Arguments(args []any) (code websocket.StatusCode, reason string) {
	if len(args) > 1 {
		switch text := args[1].(type) {
		case string:
			reason = text
		case map[string]any: // {"utf16": units}: a lone surrogate becomes U+FFFD
			var units []uint16
			for _, unit := range text["utf16"].([]any) {
				units = append(units, uint16(unit.(float64)))
			}
			reason = string(utf16.Decode(units))
		}
	}
	var number float64
	switch {
	case len(args) == 0 || args[0] == nil && reason == "":
		return websocket.NoStatusRcvd, ""
	case args[0] == nil: // undefined
		return websocket.NormalClosure, reason
	}
	switch value := args[0].(type) {
	case float64:
		number = value
	case string:
		number, _ = strconv.ParseFloat(value, 64)
	case map[string]any: // {"js": "null"}, which is 0
	}
	return websocket.StatusCode(math.RoundToEven(min(max(number, 0), math.MaxUint16))), reason
}
