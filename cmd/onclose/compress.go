package main

import "github.com/onclose/websocket"

// compressFlags are the flags of permessage-deflate (RFC 7692), of dial and of
// serve.
type compressFlags struct {
	Compress          bool `help:"Compress messages with permessage-deflate, when the other end wants it too. CloseEvent's extensions says what was agreed. Do not compress secrets together with what others may choose."`
	CompressThreshold int  `default:"512" placeholder:"BYTES" help:"The shortest message to compress. Default: ${default}."`
	CompressLevel     int  `default:"1" placeholder:"1-9" help:"How hard to try. Default: ${default}, the fastest."`
	ServerWindowBits  int  `default:"15" placeholder:"8-15" help:"How far back what the server sends may refer, in 2^bits bytes. Default: ${default}."`
	ClientWindowBits  int  `default:"15" placeholder:"8-15" help:"The same for what the client sends. Default: ${default}."`
}

// compression is what Dial and Accept are to be given: nil without --compress.
// takeover says whose messages may refer to earlier ones: none, server, client
// or both.
func (f *compressFlags) compression(takeover string) (*websocket.Compression, error) {
	switch {
	case f.CompressThreshold < 0:
		return nil, usage("--compress-threshold %d: a number of bytes cannot be negative", f.CompressThreshold)
	case f.CompressLevel < 1 || f.CompressLevel > 9:
		return nil, usage("--compress-level %d: it is not between 1 and 9", f.CompressLevel)
	case f.ServerWindowBits < 8 || f.ServerWindowBits > 15:
		return nil, usage("--server-window-bits %d: it is not between 8 and 15", f.ServerWindowBits)
	case f.ClientWindowBits < 8 || f.ClientWindowBits > 15:
		return nil, usage("--client-window-bits %d: it is not between 8 and 15", f.ClientWindowBits)
	case !f.Compress:
		return nil, nil
	}
	threshold := f.CompressThreshold
	if threshold == 0 {
		threshold = -1 // every message
	}
	return &websocket.Compression{
		Threshold: threshold, Level: f.CompressLevel,
		ServerTakeover:   takeover == "server" || takeover == "both",
		ClientTakeover:   takeover == "client" || takeover == "both",
		ServerWindowBits: f.ServerWindowBits, ClientWindowBits: f.ClientWindowBits,
	}, nil
}
