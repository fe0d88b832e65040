package websocket

import (
	"context"

	"github.com/onclose/websocket/deflate"
	"github.com/onclose/websocket/protocol"
)

// Compression asks for permessage-deflate (RFC 7692): messages are compressed
// one by one, frames and Close frames stay what they are. It is used when both
// endpoints want it, and CloseEvent.Extensions says what was agreed. The zero
// value is a good choice for text such as JSON, which shrinks to a third or less.
//
// Do not compress messages that hold a secret beside text that an attacker can
// choose: who sees the length of the encrypted messages can guess the secret bit
// by bit, since a right guess compresses better (the attack called CRIME). Send
// such messages with WriteOptions.Compress set to Never. Context takeover makes
// it worse: then the two need not even stand in the same message. Compressing
// what is compressed already, images for example, only costs time.
//
// Limits.MessageBytes bounds what a message inflates to, while it is inflated. A
// connection that is idle holds at most 1 KiB more than one without compression;
// with context takeover, a window more for each direction that has it.
type Compression struct {
	// Threshold is the shortest message that is compressed, in bytes: default
	// 512. Negative means every message.
	Threshold int
	// Level is how hard the compressor tries, from 1, the fastest, to 9: default
	// 1, or 2 where our messages have context takeover. It says nothing about what
	// is received.
	Level int
	// ServerTakeover and ClientTakeover let a message of that endpoint refer to
	// the text of its earlier ones: small messages that are alike become much
	// smaller, for the price of the history, a window at either end. Off by
	// default. Both endpoints have to allow it.
	ServerTakeover, ClientTakeover bool
	// ServerWindowBits and ClientWindowBits bound how far back, in 2^bits bytes,
	// what that endpoint sends may refer: 8 to 15, default 15 (32 KiB). The
	// peer may ask for less.
	ServerWindowBits, ClientWindowBits int
}

// defaultThreshold is the default of Compression.Threshold; defaultLevel is that
// of Level, and takeoverLevel the one with context takeover: whoever pays for the
// history wants small messages, and level 2 makes them 6 % smaller than level 1.
const (
	defaultThreshold = 512
	defaultLevel     = 1
	takeoverLevel    = 2
)

// copied is the options as they are now, or nil.
func (o *Compression) copied() *Compression {
	if o == nil {
		return nil
	}
	now := *o
	return &now
}

// options is what is to be negotiated; the error is a *handshake.MisuseError.
func (o *Compression) options() (deflate.Options, error) {
	wanted := deflate.Options{
		ServerTakeover: o.ServerTakeover, ClientTakeover: o.ClientTakeover,
		ServerWindowBits: o.ServerWindowBits, ClientWindowBits: o.ClientWindowBits,
	}
	return wanted, wanted.Validate()
}

// WriteOptions are the options of one message that is sent. The zero value of
// each field is its default.
type WriteOptions struct {
	// Compress says whether the message is compressed, on a connection on which
	// compression was agreed: by default, when it reaches Compression.Threshold
	// or comes from NextWriter.
	Compress Choice
}

// Choice says whether something is done.
type Choice uint8

// The choices.
const (
	ByDefault Choice = iota
	Always
	Never
)

// compression is what a connection needs on which permessage-deflate was agreed.
type compression struct {
	threshold int
	deflation deflation            // of what is sent
	takeover  bool                 // what is sent refers to what was sent before
	out       deflate.Compressor   // belongs to whoever holds messageTurn
	in        deflate.Decompressor // belongs to whoever holds readTurn
}

// useCompression lets the connection compress, before it begins.
func (c *Conn) useCompression(agreed deflate.Params) {
	wanted := c.settings.compression
	z := &compression{threshold: wanted.Threshold}
	if z.threshold == 0 {
		z.threshold = defaultThreshold
	}
	windowBits := agreed.ServerWindowBits
	if c.opening.Role == protocol.Server {
		z.takeover = agreed.ServerTakeover
		z.in.Init(agreed.ClientWindowBits, agreed.ClientTakeover)
	} else {
		windowBits, z.takeover = agreed.ClientWindowBits, agreed.ClientTakeover
		z.in.Init(agreed.ServerWindowBits, agreed.ServerTakeover)
	}
	level := wanted.Level
	switch {
	case level != 0:
	case z.takeover:
		level = takeoverLevel
	default:
		level = defaultLevel
	}
	z.deflation = deflation{windowBits, level}
	z.out.Init(z.deflation.windowBits, z.takeover, z.deflation.level)
	c.compression = z
	c.receiver.InflateWith(&z.in)
}

// compresses reports whether a message is to be compressed. size is its length,
// or streamed when that is not known.
func (c *Conn) compresses(opts *WriteOptions, size int) bool {
	switch {
	case c.compression == nil:
		return false
	case opts == nil || opts.Compress == ByDefault:
		return size == streamed || size >= c.compression.threshold
	}
	return opts.Compress == Always
}

const streamed = -1

// writeCompressed writes p, compressed, as the next frame of a message. The
// caller holds the message turn.
func (c *Conn) writeCompressed(ctx context.Context, typ MessageType, fin bool, p []byte) error {
	buffer := takeBuffer(&messageBuffers)
	defer giveBuffer(&messageBuffers, buffer)
	*buffer = c.compression.out.Append(*buffer, p, fin)
	err := c.takeStream(ctx)
	if err == nil {
		err = c.writeTaken(ctx, typ, fin, *buffer, len(p), true)
	}
	switch {
	case err != nil:
		c.compression.out.Discard()
	case fin:
		c.compression.out.Commit()
	}
	return err
}
