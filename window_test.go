package websocket

import (
	"testing"
	"unsafe"
)

// put reads text into the window as a stream would.
func (w *window) put(text string) { w.fill(copy(w.Take(), text)) }

func TestAWindowHasMemoryOnlyWhileSomethingIsInIt(t *testing.T) {
	var w window
	w.put("hello")
	if w.GiveBack(); string(w.unparsed()) != "hello" {
		t.Fatalf("unparsed bytes were given back: %q", w.unparsed())
	}
	w.take(5)
	if w.GiveBack(); w.buf != nil {
		t.Error("an empty window has memory")
	}
}

func TestAWindowIsWideWhileMuchComes(t *testing.T) {
	var w window
	for i, step := range []struct{ comes, wants int }{{100, windowBytes}, {windowBytes, windowBytes}, {20_000, wideBytes}, {100, wideBytes}, {1, windowBytes}} {
		room := w.Take()
		if len(room) != step.wants {
			t.Errorf("step %d: room for %d bytes, want %d", i, len(room), step.wants)
		}
		w.fill(step.comes)
		w.take(step.comes)
	}
}

// What the application has been lent stays as it is while others read on, and its
// memory is used again only when it has come back.
func TestAWindowLeavesWhatIsLent(t *testing.T) {
	var w window
	w.put("lentrest")
	w.take(4)
	lent, memory := w.buf[:4], w.lend()
	if w.GiveBack(); w.buf == nil {
		t.Fatal("lent memory was given back")
	}
	w.put(" and more")
	if string(lent) != "lent" || string(w.unparsed()) != "rest and more" || unsafe.SliceData(w.buf) == unsafe.SliceData(memory) {
		t.Errorf("lent %q, unparsed %q", lent, w.unparsed())
	}
	w.back(memory)
	w.take(len(w.unparsed()))
	memory = w.lend()
	w.back(memory)
	if w.lent {
		t.Error("it did not come back")
	}
	if w.GiveBack(); w.buf != nil {
		t.Error("an empty window has memory")
	}
}

// A message whose rest finds room stays where it is, and is whole when it has come.
func TestAWindowKeepsAMessageUntilItIsWhole(t *testing.T) {
	var w window
	w.put("#begin")
	w.take(6)
	for _, left := range []int64{0, windowBytes - 5} {
		if w.keepsWhole(5, left) {
			t.Errorf("%d more bytes are said to find room behind 6 of %d", left, windowBytes)
		}
	}
	if !w.keepsWhole(5, windowBytes-6) {
		t.Fatal("there is room")
	}
	if w.GiveBack(); w.buf == nil {
		t.Fatal("kept memory was given back")
	}
	w.put("ning")
	w.take(4)
	w.kept += 4
	if p := w.whole(); string(p) != "beginning" || w.kept != 0 {
		t.Errorf("whole = %q, and %d bytes are kept", p, w.kept)
	}
}
