package deflate

import (
	"bytes"
	"testing"
)

// The history of any messages is the end of all that they said, from everywhere.
func TestHistoryIsTheEndOfTheText(t *testing.T) {
	r := seeded(t, 21)
	for _, most := range []int{256, 1000, maxHistory, maxWindow} {
		var h history
		var all []byte
		end := most
		most /= 2
		for i := range 300 {
			if i > 200 {
				most = end
			}
			message := noise(r.IntN(1+r.IntN(most+most/4)), r.Uint64())
			h.add(message, most)
			all = append(all, message...)
			all = all[max(0, len(all)-most):]
			from := r.IntN(len(all) + 1)
			got := make([]byte, len(all)-from)
			if n := h.read(got, from); n != len(got) || !bytes.Equal(got, all[from:]) {
				t.Fatalf("of %d bytes, from %d on: %d bytes, equal: %v", len(all), from, n, bytes.Equal(got, all[from:]))
			}
			if cap(h.text) > max(1024, 2*len(all)) || cap(h.text) > max(1024, most) {
				t.Fatalf("%d bytes take %d", len(all), cap(h.text))
			}
		}
	}
}

// A conversation is inflated behind a history that is fetched piece by piece: what
// refers to it comes back, whatever the messages' lengths and the windows.
func TestInflateFetchesTheHistory(t *testing.T) {
	r := seeded(t, 22)
	for windowBits := 8; windowBits <= 15; windowBits++ {
		var c Compressor
		var d Decompressor
		c.Init(windowBits, true, 1+r.IntN(4))
		d.Init(windowBits, true)
		for range 200 {
			text := patchwork(1+r.IntN(1<<(1+r.IntN(16))), r)
			if r.IntN(3) > 0 {
				text = jsonText(1+r.IntN(3000), uint64(r.IntN(5)))
			}
			data := c.Append(nil, text, true)
			c.Commit()
			if got, err := inflateAll(&d, data, 1+r.IntN(len(data))); err != nil || !bytes.Equal(got, text) {
				t.Fatalf("%d bits: %d bytes came back as %d, %v", windowBits, len(text), len(got), err)
			}
		}
	}
}
