package deflate

import "encoding/binary"

// One round of inflateFast takes at most two words of input, and makes at most
// two literals and a match, or three literals.
const (
	inputMargin = 2 * 8
	roomMargin  = 2 + maxMatch
)

// inflateFast takes symbols while there are many bytes of input and much room,
// so that neither has to be looked at within one. It stops before the end of the
// block, before anything that is wrong, before a history that is not fetched, and
// before the edges: symbol does those.
// It says find and drop in place, and keeps all that it uses in registers: a loop
// over the literals alone costs a tenth more.
func (z *inflater) inflateFast() {
	in, bits, nbits := z.in, z.bits, z.nbits
	text, end, stop, reach, fetched := &z.text, z.end, z.start+maxPiece-roomMargin, z.window, z.fetched
	literals, distances := (*[literalEntries]entry)(z.literal.entries), (*[distanceEntries]entry)(z.distances.entries)
	literalMask, distanceMask := uint64(1)<<z.literal.index-1, uint64(1)<<z.distances.index-1
	literalIndex, distanceIndex := z.literal.index, z.distances.index
	for len(in) >= inputMargin && end < stop {
		bits |= binary.LittleEndian.Uint64(in) << (nbits & 63)
		in = in[(63-nbits)>>3:]
		nbits |= 56
		e := literals[bits&literalMask%literalEntries]
		if e&isLiteral != 0 {
			bits >>= e & 15
			nbits -= uint(e & 15)
			text[end] = byte(e >> 16)
			end++
			e = literals[bits&literalMask%literalEntries]
			if e&isLiteral != 0 {
				bits >>= e & 15
				nbits -= uint(e & 15)
				text[end] = byte(e >> 16)
				end++
				e = literals[bits&literalMask%literalEntries]
				if e&isLiteral != 0 {
					bits >>= e & 15
					nbits -= uint(e & 15)
					text[end] = byte(e >> 16)
					end++
					continue
				}
			}
			bits |= binary.LittleEndian.Uint64(in) << (nbits & 63)
			in = in[(63-nbits)>>3:]
			nbits |= 56
		}
		if e&isLink != 0 {
			e = literals[(uint64(e>>16)+bits>>literalIndex&(1<<(e>>4&15)-1))%literalEntries]
			if e&isLiteral != 0 {
				bits >>= e & 15
				nbits -= uint(e & 15)
				text[end] = byte(e >> 16)
				end++
				continue
			}
		}
		if e&(isEnd|isInvalid) != 0 {
			break
		}
		used := uint(e & 15)
		length := int(e>>16) + int(bits>>used&(1<<(e>>4&15)-1))
		used += uint(e >> 4 & 15)
		b := bits >> used
		e = distances[b&distanceMask%distanceEntries]
		if e&isLink != 0 {
			e = distances[(uint64(e>>16)+b>>distanceIndex&(1<<(e>>4&15)-1))%distanceEntries]
		}
		distance := int(e>>16) + int(b>>(e&15)&(1<<(e>>4&15)-1))
		if e&isInvalid != 0 || distance > end-fetched || distance > reach {
			break
		}
		used += uint(e&15) + uint(e>>4&15)
		bits >>= used
		nbits -= used
		end = text.copyMatch(end, distance, length)
	}
	z.end = end
	z.giveBack(in, bits, nbits)
}

// giveBack ends inflateFast: in is what it has not taken. Whole bytes among the
// bits that it took ahead go back.
func (z *inflater) giveBack(in []byte, bits uint64, nbits uint) {
	taken := len(z.in) - len(in)
	back := min(int(nbits/8), taken)
	nbits -= 8 * uint(back)
	z.in = z.in[taken-back:]
	z.bits, z.nbits = bits&(1<<nbits-1), nbits
}

// copyMatch copies what lies distance bytes before end to end, length bytes, and
// returns the new end. It may write up to copySlack bytes further.
func (t *slidingText) copyMatch(end, distance, length int) int {
	from, stop := end-distance, end+length
	if distance < 8 {
		for ; end < stop; end++ {
			t[end] = t[from]
			from++
		}
		return stop
	}
	for ; end < stop; end += 8 {
		binary.LittleEndian.PutUint64(t[end:end+8], binary.LittleEndian.Uint64(t[from:from+8]))
		from += 8
	}
	return stop
}
