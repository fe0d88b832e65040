package deflate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestSmokeCompress(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 1000 {
		bits := 8 + r.IntN(8)
		take := r.IntN(2) == 0
		level := 1 + r.IntN(6)
		var c Compressor
		c.Init(bits, take, level)
		var d Decompressor
		d.Init(bits, take)
		for m := range 5 {
			n := r.IntN(80000)
			if r.IntN(2) == 0 {
				n %= 100
			}
			text := make([]byte, n)
			al := 1 + r.IntN(255)
			for j := range text {
				text[j] = byte(r.IntN(al))
				if j > 300 && r.IntN(10) < 3 {
					l := r.IntN(40)
					o := r.IntN(j) + 1
					for k := 0; k < l && j+k < n; k++ {
						text[j+k] = text[j+k-o]
					}
				}
			}
			k := 0
			if r.IntN(2) == 0 && n > 0 {
				k = r.IntN(n)
			}
			p := []byte{}
			if k > 0 {
				p = c.Append(p, text[:k], false)
			}
			p = c.Append(p, text[k:], true)
			c.Commit()
			got, err := smokeAll(t, &d, p, 1<<30)
			if err != nil || !bytes.Equal(got, text) {
				t.Fatal(i, n, m, k, bits, take, level, err, len(got))
			}
		}
	}
}

func js(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	var b bytes.Buffer
	b.WriteString("[")
	for b.Len() < n {
		fmt.Fprintf(&b, `{"id":%d,"name":"user-%d","email":"u%d@example.com","active":%v,"score":%.3f,"tags":["a%d","b%d"],"updatedAt":"2026-11-%02dT%02d:%02d:%02dZ"},`, r.IntN(1000000), r.IntN(1000), r.IntN(10000), r.IntN(2) == 0, r.Float64()*100, r.IntN(10), r.IntN(10), r.IntN(28)+1, r.IntN(24), r.IntN(60), r.IntN(60))
	}
	return b.Bytes()[:n]
}

func BenchmarkC(b *testing.B) {
	for _, n := range []int{128, 1024, 16384, 1 << 20} {
		msg := js(n, 1)
		for _, lv := range []int{1, 2, 3, 4, 5, 6} {
			b.Run(fmt.Sprintf("L%d/%d", lv, n), func(b *testing.B) {
				var c Compressor
				c.Init(15, false, lv)
				var out []byte
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					out = c.Append(out[:0], msg, true)
				}
				b.ReportMetric(float64(len(out)), "out")
			})
			b.Run(fmt.Sprintf("take/L%d/%d", lv, n), func(b *testing.B) {
				var c Compressor
				c.Init(15, true, lv)
				c.history = js(8192, 2)
				var out []byte
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					out = c.Append(out[:0], msg, true)
					c.Discard()
				}
				b.ReportMetric(float64(len(out)), "out")
			})
		}
		b.Run(fmt.Sprintf("inflate/%d", n), func(b *testing.B) {
			var c Compressor
			c.Init(15, false, 1)
			out := c.Append(nil, msg, true)
			var d Decompressor
			d.Init(15, false)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				p := out
				for done := false; !done; {
					var k int
					_, k, done, _ = d.Inflate(p, true)
					p = p[k:]
				}
			}
		})
	}
}
