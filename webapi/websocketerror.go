package webapi

// WebSocketError is why a WebSocketStream failed: a DOMException named
// WebSocketError with what a CloseEvent would have said. Given to Writable.Abort or
// Readable.Cancel it says what the Close frame is to carry.
//
// WHATWG WebSockets, the tentative WebSocketStream.
type WebSocketError struct {
	DOMException
	closeCode *uint16
	reason    string
}

// NewWebSocketError makes a WebSocketError. A code or reason with which a program
// may not close is the error that WebSocket.Close would give. A reason alone goes
// with 1000.
func NewWebSocketError(message string, info WebSocketCloseInfo) (*WebSocketError, error) {
	frame, err := closeFrame(info.CloseCode, info.Reason)
	if err != nil {
		return nil, err
	}
	return newWebSocketError(message, frameInfo(frame)), nil
}

func newWebSocketError(message string, info WebSocketCloseInfo) *WebSocketError {
	return &WebSocketError{DOMException{"WebSocketError", message}, info.CloseCode, info.Reason}
}

// CloseCode is the status code, nil for none.
func (e *WebSocketError) CloseCode() *uint16 { return e.closeCode }

// Reason is the reason, which may be empty.
func (e *WebSocketError) Reason() string { return e.reason }

// Unwrap is the error as a *DOMException.
func (e *WebSocketError) Unwrap() error { return &e.DOMException }
