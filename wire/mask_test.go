package wire

import (
	"bytes"
	"testing"
)

// maskNaive is the algorithm of RFC 6455, section 5.3, letter by letter.
func maskNaive(p []byte, key uint32, offset int64) {
	octets := [4]byte{byte(key), byte(key >> 8), byte(key >> 16), byte(key >> 24)}
	for i := range p {
		p[i] ^= octets[(offset+int64(i))%4]
	}
}

// pattern is n bytes that do not repeat every four.
func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7 + i>>8)
	}
	return p
}

func TestMaskIsTheLoopOfTheRFC(t *testing.T) {
	sizes := []int{1000, 4096, 65535, 65536, 1<<20 + 3}
	for n := range 300 {
		sizes = append(sizes, n)
	}
	for _, size := range sizes {
		for _, offset := range []int64{0, 1, 2, 3, 4, 5, 1<<32 + 1, 1<<62 + 3} {
			for _, key := range []uint32{0, 0x44332211, 0xFF000000, 0x000000FF} {
				got, want := pattern(size), pattern(size)
				Mask(got, key, offset)
				maskNaive(want, key, offset)
				if !bytes.Equal(got, want) {
					t.Fatalf("Mask of %d bytes with %08x at %d differs from the loop", size, key, offset)
				}
			}
		}
	}
}

func TestMaskDoesNotNeedAlignedMemory(t *testing.T) {
	for start := range 9 {
		got, want := pattern(209), pattern(209)
		Mask(got[start:], 0x44332211, 1)
		maskNaive(want[start:], 0x44332211, 1)
		if !bytes.Equal(got, want) {
			t.Errorf("Mask of memory %d bytes behind differs from the loop, or wrote before it", start)
		}
	}
}

// RFC 6455, section 5.7, the single-frame masked text message "Hello".
func TestMaskOfTheExampleOfTheRFC(t *testing.T) {
	h, n, _ := ParseHeader(unhex(t, "81 85 37fa213d 7f9f4d5158"))
	p := unhex(t, "7f9f4d5158")
	Mask(p, h.Key, 0)
	if n != 6 || string(p) != "Hello" {
		t.Errorf("the payload behind a header of %d bytes is %q, want 6 and Hello", n, p)
	}
}

func TestMaskPieceByPieceAndTwice(t *testing.T) {
	for cut := range 200 {
		p := pattern(200)
		Mask(p[:cut], 0x44332211, 0)
		Mask(p[cut:], 0x44332211, int64(cut))
		whole := pattern(200)
		Mask(whole, 0x44332211, 0)
		if !bytes.Equal(p, whole) {
			t.Errorf("masked in two pieces, cut at %d, the payload is another", cut)
		}
		Mask(p, 0x44332211, 0)
		if !bytes.Equal(p, pattern(200)) {
			t.Errorf("masked twice, the payload is not what it was")
		}
	}
}

func TestMaskToOtherMemory(t *testing.T) {
	for _, size := range []int{0, 1, 7, 8, 63, 64, 127, 128, 129, 255, 256, 1000, 4096 + 3} {
		for _, key := range []uint32{0, 0x44332211} {
			p, want := pattern(size), pattern(size)
			maskNaive(want, key, 3)
			dst := bytes.Repeat([]byte{0xEE}, size+300)
			MaskTo(dst[100:], p, key, 3)
			if !bytes.Equal(dst[100:100+size], want) || !bytes.Equal(p, pattern(size)) {
				t.Errorf("MaskTo of %d bytes with %08x gives other bytes, or changed those given", size, key)
			}
			for i, b := range dst {
				if b != 0xEE && (i < 100 || i >= 100+size) {
					t.Fatalf("MaskTo of %d bytes wrote at %d", size, i-100)
				}
			}
		}
	}
}

func BenchmarkMask(b *testing.B) {
	for _, size := range []struct {
		name  string
		bytes int
	}{{"32B", 32}, {"1KiB", 1 << 10}, {"64KiB", 64 << 10}} {
		b.Run(size.name, func(b *testing.B) {
			p := pattern(size.bytes)
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			for b.Loop() {
				Mask(p, 0x44332211, 1)
			}
		})
	}
}
