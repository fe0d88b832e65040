package wire

import (
	"syscall"
	"testing"
)

// No vector reads or writes behind its bytes: a page behind them allows neither.
func TestVectorsStayInsideTheirBytes(t *testing.T) {
	page := syscall.Getpagesize()
	memory, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(memory)
	if err := syscall.Mprotect(memory[page:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	for n := range 1024 {
		p := memory[page-n : page : page]
		Mask(p, 0x11111111, 0)
		if Mask(p, 0x11111111, 0); !ValidUTF8(p) {
			t.Errorf("%d zeros are not valid", n)
		}
	}
}
