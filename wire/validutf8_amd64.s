//go:build !onclose_slow

#include "textflag.h"

// What may be wrong with a byte and the one in front of it, a bit each, by the upper and
// the lower half of the one in front and the upper half of the byte: where all three
// tables have the same bit it is wrong. (Keiser and Lemire, "Validating UTF-8 In Less
// Than One Instruction Per Byte", 2021, has the table of what each bit stands for.)
// The highest bit alone says that two continuation bytes meet, which is right
// behind the first byte of a character of three or four. VPERMB looks at the six lowest
// bits of an index, so that four tables side by side make the upper half of a byte,
// shifted down with two bits of its neighbour above it, an index as it is.
DATA frontUpper<>+0(SB)/8, $0x0202020202020202
DATA frontUpper<>+8(SB)/8, $0x4915012180808080
GLOBL frontUpper<>(SB), RODATA|NOPTR, $16

DATA frontLower<>+0(SB)/8, $0xCBCBCB8B8383A3E7
DATA frontLower<>+8(SB)/8, $0xCBCBDBCBCBCBCBCB
GLOBL frontLower<>(SB), RODATA|NOPTR, $16

DATA upper<>+0(SB)/8, $0x0101010101010101
DATA upper<>+8(SB)/8, $0x01010101BABAAEE6
GLOBL upper<>(SB), RODATA|NOPTR, $16

// The greatest bytes with which a block may end without leaving a character unfinished.
DATA endings<>+0(SB)/8, $0xFFFFFFFFFFFFFFFF
DATA endings<>+8(SB)/8, $0xFFFFFFFFFFFFFFFF
DATA endings<>+16(SB)/8, $0xFFFFFFFFFFFFFFFF
DATA endings<>+24(SB)/8, $0xFFFFFFFFFFFFFFFF
DATA endings<>+32(SB)/8, $0xFFFFFFFFFFFFFFFF
DATA endings<>+40(SB)/8, $0xFFFFFFFFFFFFFFFF
DATA endings<>+48(SB)/8, $0xFFFFFFFFFFFFFFFF
DATA endings<>+56(SB)/8, $0xBFDFEFFFFFFFFFFF
GLOBL endings<>(SB), RODATA|NOPTR, $64

#define WRONG Z0        // bits of what was wrong so far
#define FRONT Z1        // the block in front
#define THIRD Z24       // 0x60: what is left above it of 0xE0 and more has the highest bit
#define FOURTH Z25      // 0x70: the same of 0xF0 and more
#define HIGHEST Z26     // 0x80

// BEHIND and LOADED put the byte in front of each of a block into Z9, the second in front
// into Z10 and the third into Z11: out of the block in front, or out of memory.
#define BEHIND(block, front) \
	VALIGNQ  $6, front, block, Z8; \ // for each quarter of the block, the quarter in front
	VPALIGNR $15, Z8, block, Z9;   \
	VPALIGNR $14, Z8, block, Z10;  \
	VPALIGNR $13, Z8, block, Z11

#define LOADED(at) \
	VMOVDQU64 (at-1)(SI), Z9;  \
	VMOVDQU64 (at-2)(SI), Z10; \
	VMOVDQU64 (at-3)(SI), Z11

// CHECK checks a block.
#define CHECK(block) \
	VPSRLW     $4, Z9, Z12;              \
	VPSRLW     $4, block, Z13;           \
	VPERMB     Z20, Z12, Z12;            \
	VPERMB     Z21, Z9, Z9;              \
	VPERMB     Z22, Z13, Z13;            \
	VPTERNLOGQ $0x80, Z9, Z12, Z13;      \ // all three
	VPSUBUSB   THIRD, Z10, Z10;          \
	VPSUBUSB   FOURTH, Z11, Z11;         \
	VPTERNLOGQ $0xA8, HIGHEST, Z11, Z10; \ // (Z10 | Z11) & 0x80: a continuation has to come
	VPTERNLOGQ $0xF6, Z10, Z13, WRONG      // WRONG | (Z13 ^ Z10)

// func validVectors(p *byte, n int) bool
//
// It takes 256 bytes a turn, which are quickly done with when they are ASCII (AVX-512 F,
// BW and VBMI).
TEXT ·validVectors(SB), NOSPLIT, $0-17
	MOVQ            p+0(FP), SI
	MOVQ            n+8(FP), CX
	VPXORQ          WRONG, WRONG, WRONG
	VPXORQ          FRONT, FRONT, FRONT
	VBROADCASTI32X4 frontUpper<>(SB), Z20
	VBROADCASTI32X4 frontLower<>(SB), Z21
	VBROADCASTI32X4 upper<>(SB), Z22
	MOVL            $0x60, AX
	VPBROADCASTB    AX, THIRD
	MOVL            $0x70, AX
	VPBROADCASTB    AX, FOURTH
	MOVL            $0x80, AX
	VPBROADCASTB    AX, HIGHEST
	VMOVDQU64       endings<>(SB), Z27
	SUBQ            $256, CX
	JLT             rest

turn:
	VMOVDQU64 (SI), Z2
	VMOVDQU64 64(SI), Z3
	VMOVDQU64 128(SI), Z4
	VMOVDQU64 192(SI), Z5
	VPORQ     Z2, Z3, Z6
	VPTERNLOGQ $0xFE, Z4, Z5, Z6
	VPMOVB2M  Z6, K1
	KORTESTQ  K1, K1
	JNE       mixed
	VPSUBUSB  Z27, FRONT, Z6
	VPORQ     Z6, WRONG, WRONG
	VMOVDQA64 Z5, FRONT
	ADDQ      $256, SI
	SUBQ      $256, CX
	JGE       turn
	JMP       rest

mixed:
	BEHIND(Z2, FRONT)
	CHECK(Z2)
	LOADED(64)
	CHECK(Z3)
	LOADED(128)
	CHECK(Z4)
	LOADED(192)
	CHECK(Z5)
	VMOVDQA64 Z5, FRONT
	ADDQ      $256, SI
	SUBQ      $256, CX
	JGE       turn

rest:
	ADDQ $192, CX
	JLT  last

block:
	VMOVDQU64 (SI), Z2
	BEHIND(Z2, FRONT)
	CHECK(Z2)
	VMOVDQA64 Z2, FRONT
	ADDQ      $64, SI
	SUBQ      $64, CX
	JGE       block

	// The last 0 to 63 bytes with zeros behind them, before which no character may be
	// unfinished. Nothing is loaded for none: at the end of a page that is slow.
last:
	VPXORQ     Z2, Z2, Z2
	ADDQ       $64, CX
	JEQ        end
	MOVQ       $1, AX
	SHLQ       CX, AX
	DECQ       AX
	KMOVQ      AX, K1
	VMOVDQU8.Z (SI), K1, Z2

end:
	BEHIND(Z2, FRONT)
	CHECK(Z2)
	VPTESTMB WRONG, WRONG, K1
	KORTESTQ K1, K1
	SETEQ    ret+16(FP)
	VZEROUPPER
	RET
