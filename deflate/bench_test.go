package deflate

import (
	"fmt"
	"testing"
)

// sizes are those of PERFORMANCE goals; the text is JSON.
var sizes = []struct {
	name  string
	bytes int
}{{"128B", 128}, {"1KiB", 1 << 10}, {"16KiB", 16 << 10}, {"1MiB", 1 << 20}}

func each(b *testing.B, run func(b *testing.B, size int, takeover bool)) {
	for _, size := range sizes {
		for _, takeover := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/takeover=%v", size.name, takeover), func(b *testing.B) {
				b.SetBytes(int64(size.bytes))
				b.ReportAllocs()
				run(b, size.bytes, takeover)
			})
		}
	}
}

// level is what a connection uses by default.
func level(takeover bool) int {
	if takeover {
		return 2
	}
	return 1
}

// conversation is the messages that are sent in turn, so many that none comes
// back while it is remembered: with takeover each one finds a history that
// resembles it.
func conversation(size int) (texts [][]byte) {
	for seed := range 2 + 2*maxHistory/size {
		texts = append(texts, jsonText(size, uint64(seed)))
	}
	return texts
}

func BenchmarkCompress(b *testing.B) {
	each(b, func(b *testing.B, size int, takeover bool) {
		texts := conversation(size)
		var c Compressor
		c.Init(15, takeover, level(takeover))
		var data []byte
		total, n := 0, 0
		for b.Loop() {
			data = c.Append(data[:0], texts[n%len(texts)], true)
			c.Commit()
			total += len(data)
			n++
		}
		b.ReportMetric(float64(total)/float64(n), "out-B/op")
	})
}

func BenchmarkInflate(b *testing.B) {
	each(b, func(b *testing.B, size int, takeover bool) {
		var c Compressor
		c.Init(15, takeover, 0)
		var messages [][]byte
		for range 2 { // the first round has no history, the second one is repeated
			messages = messages[:0]
			for _, text := range conversation(size) {
				messages = append(messages, c.Append(nil, text, true))
				c.Commit()
			}
		}
		var d Decompressor
		d.Init(15, takeover)
		if takeover {
			d.history.text = make([]byte, maxWindow) // what stands there does not matter
		}
		n := 0
		for b.Loop() {
			if got := discard(b, &d, messages[n%len(messages)]); got != size {
				b.Fatalf("got %d bytes", got)
			}
			n++
		}
	})
}

// BenchmarkEcho is what a server does for an echo: it inflates and compresses.
func BenchmarkEcho(b *testing.B) {
	each(b, func(b *testing.B, size int, takeover bool) {
		texts := conversation(size)
		var client, server Compressor
		var d Decompressor
		client.Init(15, takeover, 0)
		server.Init(15, takeover, level(takeover))
		d.Init(15, takeover)
		var messages [][]byte
		for range 2 {
			messages = messages[:0]
			for _, text := range texts {
				messages = append(messages, client.Append(nil, text, true))
				client.Commit()
			}
		}
		if takeover {
			d.history.text = make([]byte, maxWindow)
		}
		var data []byte
		n := 0
		for b.Loop() {
			discard(b, &d, messages[n%len(messages)])
			data = server.Append(data[:0], texts[n%len(texts)], true)
			server.Commit()
			n++
		}
	})
}

// discard inflates a message and returns its size.
func discard(t testing.TB, d *Decompressor, data []byte) (size int) {
	for {
		out, n, done, err := d.Inflate(data, true)
		if err != nil {
			t.Fatal(err)
		}
		size += len(out)
		if data = data[n:]; done {
			return size
		}
	}
}

func TestMessagesAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	for _, size := range sizes {
		for _, takeover := range []bool{false, true} {
			var c Compressor
			var d Decompressor
			c.Init(15, takeover, 0)
			d.Init(15, takeover)
			text, data := jsonText(size.bytes, 1), make([]byte, 0, size.bytes)
			allocs := testing.AllocsPerRun(20, func() {
				data = c.Append(data[:0], text, true)
				c.Commit()
				discard(t, &d, data)
			})
			if allocs != 0 {
				t.Errorf("%s, takeover %v: %v allocations", size.name, takeover, allocs)
			}
		}
	}
}
