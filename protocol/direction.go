package protocol

// Direction is the way that a frame or a message went, seen from this endpoint.
type Direction string

// The directions.
const (
	Sent     Direction = "sent"
	Received Direction = "received"
)
