package deflate

// The header of a block with dynamic codes. RFC 1951, section 3.2.7.

const dynamicSection = "RFC 1951, section 3.2.7"

// counts: HLIT, HDIST and HCLEN.
func (z *inflater) counts() (bool, *Error) {
	if !z.need(14) {
		return false, nil
	}
	literals := int(z.bits&31) + 257
	distances := int(z.bits>>5&31) + 1
	if literals > literalSymbols || distances > distanceSymbols {
		return false, &Error{Problem: "codes for more symbols than there are", Section: dynamicSection}
	}
	z.drop(10)
	z.codeLengths = z.drop(4) + 4
	z.literals, z.distanceLengths = literals, distances
	z.lengths = [len(z.lengths)]uint8{}
	z.read, z.state = 0, inCodeLengths
	return true, nil
}

// codeLengthCode: the code in which the lengths of the other two are written.
func (z *inflater) codeLengthCode() (bool, *Error) {
	for ; z.read < z.codeLengths; z.read++ {
		if !z.need(3) {
			return false, nil
		}
		z.lengths[codeLengthOrder[z.read]] = uint8(z.drop(3))
	}
	if !z.own.length.build(z.lengths[:lengthSymbols], lengthMeanings[:], maxLengthIndexBits, false) {
		return false, &Error{Problem: "code lengths that make no code, of the code lengths", Section: dynamicSection}
	}
	z.read, z.state = 0, inLengths
	return true, nil
}

// codes: the lengths of both codes, in one sequence.
func (z *inflater) codes() (bool, *Error) {
	all := z.literals + z.distanceLengths
	for z.read < all {
		if more, fault := z.codeLength(all); !more {
			return false, fault
		}
	}
	switch {
	case z.lengths[endOfBlock] == 0:
		return false, &Error{Problem: "a block that cannot end", Section: dynamicSection}
	case !z.own.literal.build(z.lengths[:z.literals], literalMeanings[:], literalIndexBits, true):
		return false, &Error{Problem: "code lengths that make no code, of the literals", Section: dynamicSection}
	case !z.own.distance.build(z.lengths[z.literals:all], distanceMeanings[:], distanceIndexBits, true):
		return false, &Error{Problem: "code lengths that make no code, of the distances", Section: dynamicSection}
	}
	z.literal, z.distances, z.state = &z.own.literal, &z.own.distance, inCodes
	return true, nil
}

// codeLength takes one length, or a repetition of lengths.
func (z *inflater) codeLength(all int) (bool, *Error) {
	z.need(7 + 7)
	e := z.own.length.find(z.bits)
	used := e.bits()
	if used > z.nbits {
		return false, nil
	}
	if e.value() < 16 {
		z.drop(used)
		z.lengths[z.read] = uint8(e.value())
		z.read++
		return true, nil
	}
	repeated, base, extra := uint8(0), 3, uint(3)
	switch e.value() {
	case 16: // "Copy the previous code length 3 - 6 times."
		if z.read == 0 {
			return false, &Error{Problem: "a repetition of no code length", Section: dynamicSection}
		}
		repeated, extra = z.lengths[z.read-1], 2
	case 18: // "Repeat a code length of 0 for 11 - 138 times"
		base, extra = 11, 7
	}
	if used+extra > z.nbits {
		return false, nil
	}
	n := base + int(z.bits>>used&(1<<extra-1))
	if z.read+n > all {
		return false, &Error{Problem: "more code lengths than announced", Section: dynamicSection}
	}
	z.drop(used + extra)
	for range n {
		z.lengths[z.read] = repeated
		z.read++
	}
	return true, nil
}
