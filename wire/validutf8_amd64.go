//go:build !onclose_slow

package wire

import (
	"github.com/segmentio/asm/cpu"
	"github.com/segmentio/asm/cpu/x86"
)

// validatesVectors says that the processor has what validVectors needs.
var validatesVectors = cpu.X86.Has(x86.AVX512F) && cpu.X86.Has(x86.AVX512BW) && cpu.X86.Has(x86.AVX512VBMI)

//go:noescape
func validVectors(p *byte, n int) bool
