package websocket

// queue is what waits for the stream: the messages of Send and Broadcast that it
// has not taken, and those that are held; see hold.go. It is written in its order
// by whoever has the stream, and flush has the stream as long as there is more:
//
//	[ begun ] [ full ] [ full ] ... [ last ]
//	 front                           new messages
//
// mu is held for all of it.
type queue struct {
	begun *batch // goes before all else: some of it has left, or a control frame is in it
	last  *batch // nil when nothing is there

	pause   uint64   // one more than have to leave before that Write; 0 when there is none
	full    []*batch // take no more messages
	bytes   int      // of frames that wait, or are being written
	payload int      // in them

	// A Write that waits for the stream goes behind what was queued before it, and
	// before the rest, so that it is never overtaken.
	in, out uint64 // bytes of frames that came in, and that left

	room chan struct{} // closed when something leaves, if a Send waits for it
}

// keep puts a whole message behind what is queued. size is how much the application
// wrote, which p has been compressed from or is. mu is held.
func (c *Conn) keep(typ MessageType, p []byte, size int, compressed bool) {
	q := &c.queue
	if q.last.full(len(p)) {
		q.seal()
	}
	if q.last == nil {
		q.last = newBatch()
	}
	b, before := q.last, len(q.last.frames)
	frames, key := c.sender.AppendWhole(b.frames, typ, compressed, int64(len(p)))
	b.append(frames, key, p, 0)
	b.queued, b.payload = len(b.frames), b.payload+len(p)
	if compressed {
		b.sizes = append(b.sizes, size)
	}
	q.in += uint64(b.queued - before)
	q.bytes += b.queued - before
	q.payload += len(p)
}

// seal makes the next message begin a batch.
func (q *queue) seal() {
	q.full, q.last = append(q.full, q.last), nil
}

// pauseHere lets a Write in behind what is queued now.
func (q *queue) pauseHere() {
	q.pause = q.in + 1
	if q.last != nil {
		q.seal()
	}
}

func (q *queue) empty() bool { return q.begun == nil && q.last == nil && len(q.full) == 0 }

// take is the batch at the front, or an empty one, for its caller to write.
func (q *queue) take() *batch {
	switch {
	case q.begun != nil:
		b := q.begun
		q.begun = nil
		return b
	case len(q.full) > 0:
		b := q.full[0]
		q.full[0] = nil
		if q.full = q.full[1:]; len(q.full) == 0 {
			q.full = nil
		}
		return b
	case q.last != nil:
		b := q.last
		q.last = nil
		return b
	}
	return newBatch()
}

// putBack is take undone, for what has not left. It is what leaves next.
func (q *queue) putBack(b *batch) {
	if len(b.left()) == 0 {
		b.recycle()
		return
	}
	q.begun = b
}

// wrote says that n more bytes of a batch have left, of what was queued and of the
// control frames behind it.
func (q *queue) wrote(b *batch, n int) {
	queued := max(0, min(n, b.queued-b.sent))
	if b.sent += n; queued == 0 {
		return
	}
	payload := b.unsentPayload()
	q.bytes -= queued
	q.payload -= b.payload - payload
	q.out += uint64(queued)
	b.payload = payload
	q.makeRoom()
}

func (q *queue) makeRoom() {
	if q.room != nil {
		close(q.room)
		q.room = nil
	}
}

// queueDue reports whether what is queued is to be written: what has begun, and the
// rest neither into a message that is open, nor before a Write that came earlier.
// mu is held.
func (c *Conn) queueDue() bool {
	q := &c.queue
	return q.begun != nil || !q.empty() && !c.sender.InMessage() && (q.out+1 < q.pause || q.pause == 0 || c.closing.Started())
}

// dropQueue counts as unsent what is queued, for good. mu is held.
func (c *Conn) dropQueue() {
	for !c.queue.empty() {
		b := c.queue.take()
		b.countUnsent(&c.unsent)
		b.recycle()
	}
	c.queue.makeRoom()
	c.queue = queue{}
	if c.held.timer != nil {
		c.held.timer.Stop()
	}
}
