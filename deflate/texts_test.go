package deflate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// jsonText is n bytes of records as an application would send them.
func jsonText(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	var b bytes.Buffer
	for b.Len() < n {
		fmt.Fprintf(&b, `{"id":%d,"name":"user-%d","email":"u%d@example.com","active":%v,"score":%.3f,"tags":["a%d","b%d"],"at":"2026-11-%02dT%02d:%02d:%02dZ"},`,
			r.IntN(1e6), r.IntN(1000), r.IntN(10000), r.IntN(2) == 0, 100*r.Float64(), r.IntN(10), r.IntN(10), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60))
	}
	return b.Bytes()[:n]
}

// noise is n bytes that do not compress.
func noise(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

// patchwork is n bytes of random pieces, of which many repeat earlier ones from
// any distance, up to more than the largest window.
func patchwork(n int, r *rand.Rand) []byte {
	p := make([]byte, 0, n+300)
	letters := 4 + r.IntN(253)
	for len(p) < n {
		if len(p) > 0 && r.IntN(3) > 0 {
			back := 1 + r.IntN(min(len(p), 1<<(1+r.IntN(16))))
			for range 1 + r.IntN(300) {
				p = append(p, p[len(p)-back])
			}
			continue
		}
		for range 1 + r.IntN(40) {
			p = append(p, byte(r.IntN(letters)))
		}
	}
	return p[:n]
}

// seeded is a source of random numbers whose seed a failing test prints.
func seeded(t *testing.T, seed uint64) *rand.Rand {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 3))
}

// inflateAll inflates a message that comes in pieces of step bytes.
func inflateAll(d *Decompressor, data []byte, step int) (text []byte, err error) {
	for {
		piece := data[:min(step, len(data))]
		data = data[len(piece):]
		fin := len(data) == 0
		for {
			out, n, done, err := d.Inflate(piece, fin)
			text = append(text, out...)
			piece = piece[n:]
			if done || err != nil {
				return text, err
			}
			if len(piece) == 0 && len(out) == 0 && !fin {
				break
			}
		}
	}
}
