package deflate

// history is the last text of a direction with context takeover. It grows up to
// most bytes and is a ring then, so that a message costs its own length and not a
// window's.
type history struct {
	text   []byte
	oldest int // index of the oldest byte, once there are most
}

// add enters the text of a message; of more than most bytes, the last most. From one
// call to the next most may become more.
func (h *history) add(p []byte, most int) {
	p = p[max(0, len(p)-most):]
	if missing := min(len(p), most-len(h.text)); missing > 0 {
		h.grow(missing, most)
		h.text = append(h.text, p[:missing]...)
		p = p[missing:]
	}
	n := copy(h.text[h.oldest:], p)
	if h.oldest += n; n < len(p) {
		h.oldest = copy(h.text, p[n:])
	}
	if h.oldest == most {
		h.oldest = 0
	}
}

// grow makes room for n bytes more, of most in all. Few messages need a window. What
// was a ring begins with its oldest byte then.
func (h *history) grow(n, most int) {
	if need := len(h.text) + n; cap(h.text) < need {
		bigger := make([]byte, len(h.text), min(most, max(1024, 2*need)))
		h.read(bigger, 0)
		h.text, h.oldest = bigger, 0
	}
}

// read copies the text from there on, counted from the oldest byte.
func (h *history) read(dst []byte, from int) int {
	at := h.oldest + from
	if at >= len(h.text) {
		return copy(dst, h.text[at-len(h.text):h.oldest])
	}
	n := copy(dst, h.text[at:])
	return n + copy(dst[n:], h.text[:h.oldest])
}
