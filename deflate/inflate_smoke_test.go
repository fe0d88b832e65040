package deflate

import (
	"bytes"
	stdflate "compress/flate"
	"math/rand/v2"
	"testing"
)

func smokeAll(t *testing.T, d *Decompressor, p []byte, step int) ([]byte, error) {
	var msg []byte
	for len(p) > 0 {
		k := min(step, len(p))
		part := p[:k]
		p = p[k:]
		for {
			out, n, done, err := d.Inflate(part, len(p) == 0)
			if err != nil {
				return msg, err
			}
			msg = append(msg, out...)
			part = part[n:]
			if done {
				return msg, nil
			}
			if len(part) == 0 && len(out) == 0 && len(p) > 0 {
				break
			}
		}
	}
	return msg, nil
}

func TestSmoke(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		n := r.IntN(100000)
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
		var b bytes.Buffer
		w, _ := stdflate.NewWriter(&b, r.IntN(11)-1)
		w.Write(text[:n/2])
		if r.IntN(2) == 0 {
			w.Flush()
		}
		w.Write(text[n/2:])
		w.Flush()
		p := b.Bytes()[:b.Len()-4]
		var d Decompressor
		d.Init(15, false)
		for _, step := range []int{1 << 30, 1, 7, 100} {
			if step == 1 && n > 5000 {
				continue
			}
			got, err := smokeAll(t, &d, p, step)
			if err != nil || !bytes.Equal(got, text) {
				t.Fatal(i, n, step, err, len(got))
			}
		}
	}
}
