package webapi

// Readable gives a WebSocketStream's messages: the source below a ReadableStream.
type Readable struct {
	stream *WebSocketStream
	chunks []waitingChunk
	reads  []*Promise[Chunk]
	ended  bool
	err    error // of the end, nil for a clean one
	cancel []*Promise[struct{}]
	mute   bool // it was canceled
}

// Chunk is a message, or the end of all messages.
type Chunk struct {
	Value any // a string or a []byte
	Done  bool
}

type waitingChunk struct {
	Chunk
	seen func()
}

// Read promises the next message. Behind the last one of a connection that ended
// cleanly it gives a Chunk that is Done. When the connection has failed, what has
// not been read is lost, and Read has the *WebSocketError.
func (r *Readable) Read() *Promise[Chunk] {
	p := newPromise[Chunk](r.stream.env.Tasks)
	switch {
	case len(r.chunks) > 0:
		next := r.chunks[0]
		r.chunks = r.chunks[1:]
		next.seen()
		p.resolve(next.Chunk)
	case r.err != nil:
		p.reject(r.err)
	case r.ended || r.mute:
		p.resolve(Chunk{Done: true})
	default:
		r.reads = append(r.reads, p)
	}
	return p
}

// Cancel gives up reading and closes the connection, with the code and reason of
// reason if it is a *WebSocketError. The promise is settled when the connection
// has ended.
func (r *Readable) Cancel(reason error) *Promise[struct{}] {
	p := newPromise[struct{}](r.stream.env.Tasks)
	switch {
	case r.err != nil:
		p.reject(r.err)
	case r.ended:
		p.resolve(struct{}{})
	default:
		r.cancel = append(r.cancel, p)
		r.mute = true
		r.drop()
		r.finish(nil)
		r.stream.closeFor(reason)
	}
	return p
}

func (r *Readable) put(c Chunk, seen func()) {
	switch {
	case r.mute:
		seen()
	case len(r.reads) > 0:
		first := r.reads[0]
		r.reads = r.reads[1:]
		seen()
		first.resolve(c)
	default:
		r.chunks = append(r.chunks, waitingChunk{c, seen})
	}
}

// end is told of the end of the connection.
func (r *Readable) end(err error) {
	r.ended, r.err = true, err
	if err != nil {
		r.drop()
	}
	r.finish(err)
	for _, p := range r.cancel {
		settle(p, err)
	}
	r.cancel = nil
}

// drop forgets what has not been read.
func (r *Readable) drop() {
	for _, c := range r.chunks {
		c.seen()
	}
	r.chunks = nil
}

// finish settles the reads that wait.
func (r *Readable) finish(err error) {
	for _, p := range r.reads {
		if err != nil {
			p.reject(err)
		}
		p.resolve(Chunk{Done: true})
	}
	r.reads = nil
}

func settle(p *Promise[struct{}], err error) {
	if err != nil {
		p.reject(err)
	}
	p.resolve(struct{}{})
}
