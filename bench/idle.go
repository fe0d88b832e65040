package main

import (
	"fmt"
	"time"
)

// idle is the work of doing nothing: connections that have carried some messages
// and wait.
type idle struct {
	conns    int
	messages int // that each has echoed before
	setting
}

func (w idle) String() string {
	text := fmt.Sprintf("%d idle connections", w.conns)
	switch {
	case w.Takeover:
		text += ", deflate with takeover"
	case w.Compress:
		text += ", deflate"
	case w.TLS:
		text += ", TLS"
	}
	return text
}

func (w idle) with() setting       { return w.setting }
func (w idle) fits(s *server) bool { return s.has(w.setting) }

func (w idle) check(string) error { return nil }

// measure opens the connections, lets them rest, and compares what the server's
// process holds with what it held with one connection. A server is measured once:
// what it keeps of the first crowd would be free for the second.
func (w idle) measure(p *process, rest time.Duration) (figures, error) {
	content := binaryContent
	if w.Compress {
		content = jsonContent
	}
	messages := content.messages(1 << 10)
	sent := frames(messages, content.opcode(), w.Compress)
	open := func() (*peer, error) {
		c, err := connect(p.address, w.setting)
		if err != nil {
			return nil, err
		}
		for i := range w.messages {
			if _, err := c.conn.Write(sent[i%len(sent)]); err != nil {
				return nil, err
			}
			if err := c.check(content.opcode(), messages[i%len(messages)], w.Compress); err != nil {
				return nil, err
			}
		}
		c.in, c.text = nil, nil // what the load holds costs memory too
		return c, nil
	}
	first, err := open()
	if err != nil {
		return figures{}, err
	}
	defer first.conn.Close()
	time.Sleep(rest)
	before, err := p.usage(true)
	if err != nil {
		return figures{}, err
	}
	for range w.conns {
		c, err := open()
		if err != nil {
			return figures{}, err
		}
		defer c.conn.Close()
	}
	time.Sleep(rest)
	after, err := p.usage(true)
	if err != nil {
		return figures{}, err
	}
	each := func(before, after int64) float64 { return float64(after-before) / float64(w.conns) }
	return figures{
		RSS: each(before.RSS, after.RSS), Heap: each(before.Heap, after.Heap), Stack: each(before.Stack, after.Stack),
	}, nil
}
