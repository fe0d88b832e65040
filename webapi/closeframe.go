package webapi

import "github.com/onclose/websocket"

// maxReason is how many bytes of UTF-8 a reason may have: the 125 of a control
// frame less the code.
const maxReason = 123

// closeFrame is the Close frame of a program's call to close. NoStatusRcvd stands
// for an empty one.
//
// WHATWG WebSockets, section 3.1, "close the WebSocket".
func closeFrame(code *uint16, reason string) (websocket.CloseFrame, error) {
	reason = usvString(reason)
	frame := websocket.CloseFrame{Code: websocket.NoStatusRcvd, Reason: reason}
	switch {
	case code != nil && !websocket.Describe(websocket.StatusCode(*code), "en").FromPage:
		return frame, &DOMException{InvalidAccessError, "a program may close with 1000 or 3000 to 4999"}
	case len(reason) > maxReason:
		return frame, syntaxError("the reason has more than 123 bytes")
	case code != nil:
		frame.Code = websocket.StatusCode(*code)
	case reason != "":
		frame.Code = websocket.NormalClosure
	}
	return frame, nil
}

// sendClose closes a connection with a frame, and waits for the end.
func sendClose(conn *websocket.Conn, frame websocket.CloseFrame) {
	if frame.Code == websocket.NoStatusRcvd {
		conn.CloseEmpty()
		return
	}
	conn.Close(frame.Code, frame.Reason)
}

// frameInfo is what a program is told of its own Close frame: an empty one has no
// code for it.
func frameInfo(frame websocket.CloseFrame) WebSocketCloseInfo {
	if frame.Code == websocket.NoStatusRcvd {
		return WebSocketCloseInfo{}
	}
	return WebSocketCloseInfo{new(uint16(frame.Code)), frame.Reason}
}
