package deflate

import (
	"math/bits"
	"slices"
)

// code is the code of one symbol: its bits, as they are written, the first one
// lowest, and above bit 16 how many they are; 0 for a symbol that is not used.
type code uint32

func (c code) bits() uint64 { return uint64(c & 0xFFFF) }
func (c code) len() uint    { return uint(c >> 16) }

// encodeCode is a canonical prefix code made for the symbols of one block.
type encodeCode struct {
	count   [codedLiterals]uint32 // how often each symbol occurs
	lengths [codedLiterals]uint8
	codes   [codedLiterals]code // of those that have a length
}

// make finds the best lengths, of at most longest bits, for the first n symbols,
// and returns how many bits the symbols take in them. At least two of them get a
// code, needed or not: some decompressors take no code of one symbol, and the code
// length code must never be one (zlib).
func (e *encodeCode) make(t *tree, n, longest int) (size int) {
	sorted, used := &t.leaves, 0
	for symbol, count := range e.count[:n] {
		sorted[used] = count<<9 | uint32(symbol)
		if count > 0 { // no branch, which nobody could predict
			used++
		}
	}
	for symbol := 0; used < 2; symbol++ {
		if e.count[symbol] == 0 {
			sorted[used] = 1<<9 | uint32(symbol)
			used++
		}
	}
	leaves := sorted[:used]
	slices.Sort(leaves)
	perLength := t.depths(leaves)
	limit(&perLength, longest)
	clear(e.lengths[:n])
	// The most frequent symbols come last, and get the shortest codes.
	next := used
	for length := 1; length <= longest; length++ {
		for range perLength[length] {
			next--
			symbol := leaves[next] & 511
			e.lengths[symbol] = uint8(length)
			size += length * int(e.count[symbol])
		}
	}
	e.assign(&perLength)
	return size
}

// tree is what it takes to find the lengths of a code: Huffman's tree. It lies in
// the block and not on the stack, since the stack of a goroutine that waits for
// the next message stays as large as it has grown.
type tree struct {
	leaves         [literalSymbols]uint32 // by rising frequency, which stands above bit 9
	leafParent     [literalSymbols]uint32
	weight, parent [literalSymbols]uint32 // of the inner nodes, which are made in rising order
}

// depths is how many leaves of the tree have each depth, those beyond 31 counted
// as 31.
func (t *tree) depths(leaves []uint32) (perLength [32]int) {
	// Both the leaves and the inner nodes are queues; the two lightest nodes stand
	// at their heads.
	weight, parent, leafParent := &t.weight, &t.parent, &t.leafParent
	clear(weight[:len(leaves)])
	leaf, inner := 0, 0
	last := len(leaves) - 1
	for made := range last {
		for range 2 {
			if leaf < len(leaves) && (inner == made || leaves[leaf]>>9 <= weight[inner]) {
				weight[made] += leaves[leaf] >> 9
				leafParent[leaf] = uint32(made)
				leaf++
			} else {
				weight[made] += weight[inner]
				parent[inner] = uint32(made)
				inner++
			}
		}
	}
	depth := weight // of the inner nodes, the root's first; the weights are used up
	depth[last-1] = 0
	for node := last - 2; node >= 0; node-- {
		depth[node] = depth[parent[node]] + 1
	}
	for i := range leaves {
		perLength[min(depth[leafParent[i]]+1, 31)]++
	}
	return perLength
}

// limit shortens codes that are too long, and lengthens others to make room.
func limit(perLength *[32]int, longest int) {
	for length := longest + 1; length < len(perLength); length++ {
		perLength[longest] += perLength[length]
		perLength[length] = 0
	}
	taken := 0 // of the 2^longest places
	for length := 1; length <= longest; length++ {
		taken += perLength[length] << (longest - length)
	}
	for ; taken > 1<<longest; taken-- {
		// One of the longest codes moves beside a shorter one, which grows by a
		// bit: that frees one place.
		perLength[longest]--
		length := longest - 1
		for perLength[length] == 0 {
			length--
		}
		perLength[length]--
		perLength[length+1] += 2
	}
}

// assign gives each symbol that has a length its code. RFC 1951, section 3.2.2.
func (e *encodeCode) assign(perLength *[32]int) {
	var next [maxCodeBits + 2]uint32
	for length := 1; length <= maxCodeBits; length++ {
		next[length+1] = (next[length] + uint32(perLength[length])) << 1
	}
	lengths := e.lengths[:]
	for symbol := nextCoded(lengths, 0); symbol < len(lengths); symbol = nextCoded(lengths, symbol+1) {
		length := lengths[symbol]
		e.codes[symbol] = code(bits.Reverse16(uint16(next[length]))>>(16-length)) | code(length)<<16
		next[length]++
	}
}
