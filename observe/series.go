package observe

import (
	"errors"
	"strconv"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/handshake"
)

// CodeClass is the code of a CloseEvent as the value of a metric's label: the
// codes that have a name as themselves, "3xxx" and "4xxx" for the ranges that
// applications use, and "other". A peer cannot make more than 21 of them.
func CodeClass(code websocket.StatusCode) string {
	switch {
	case code.Name() != "":
		return strconv.Itoa(int(code))
	case code >= 3000 && code < 4000:
		return "3xxx"
	case code >= 4000 && code < 5000:
		return "4xxx"
	}
	return "other"
}

// Word is a word of a CloseEvent as the value of a label: "none" for the empty
// one.
func Word[W ~string](word W) string {
	if word == "" {
		return "none"
	}
	return string(word)
}

// RefusedStatus is the HTTP status with which a request was refused, as the value
// of a label; "failed" when the connection broke before there was one.
func RefusedStatus(err error) string {
	if refusal := new(handshake.Refusal); errors.As(err, &refusal) {
		return strconv.Itoa(refusal.Status)
	}
	return "failed"
}
