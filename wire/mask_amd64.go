//go:build !onclose_slow

package wire

import (
	"github.com/segmentio/asm/cpu"
	"github.com/segmentio/asm/cpu/x86"
)

// masksVectors says that the processor has what maskVectors needs.
var masksVectors = cpu.X86.Has(x86.AVX2)

//go:noescape
func maskVectors(dst, p *byte, n int, key uint32)
