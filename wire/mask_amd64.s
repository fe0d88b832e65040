//go:build !onclose_slow

#include "textflag.h"

// func maskVectors(dst, p *byte, n int, key uint32)
//
// It masks n bytes, a multiple of 128, in four vectors of 32 a turn (AVX2).
TEXT ·maskVectors(SB), NOSPLIT, $0-28
	MOVQ         dst+0(FP), DI
	MOVQ         p+8(FP), SI
	MOVQ         n+16(FP), CX
	MOVL         key+24(FP), AX
	MOVQ         AX, X0
	VPBROADCASTD X0, Y0

loop:
	VPXOR   (SI), Y0, Y1
	VPXOR   32(SI), Y0, Y2
	VPXOR   64(SI), Y0, Y3
	VPXOR   96(SI), Y0, Y4
	VMOVDQU Y1, (DI)
	VMOVDQU Y2, 32(DI)
	VMOVDQU Y3, 64(DI)
	VMOVDQU Y4, 96(DI)
	ADDQ    $128, SI
	ADDQ    $128, DI
	SUBQ    $128, CX
	JNZ     loop
	VZEROUPPER
	RET
