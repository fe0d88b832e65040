package interop

import (
	"flag"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

var compressedSeed = flag.Uint64("compressed-seed", 0, "seed of the random messages that are compressed; 0 means a new one")

// seed is the one of this run. It is printed by each test that asks.
var seed = sync.OnceValue(func() uint64 {
	if *compressedSeed != 0 {
		return *compressedSeed
	}
	return uint64(time.Now().UnixNano())
})

// randomMessages are messages of 0 to 70,000 bytes, short ones as likely as long
// ones on a scale of powers: text and binary, such that shrink and such that do
// not. The same seed and stream give the same messages.
func randomMessages(t *testing.T, stream uint64, count int) []Message {
	t.Helper()
	t.Logf("random messages %d of -compressed-seed %d", stream, seed())
	random := rand.New(rand.NewPCG(seed(), stream))
	past := randomBytes(random, 40_000)
	messages := make([]Message, 0, count)
	for range count {
		const longest = 70_000
		size := int(math.Pow(longest+1, random.Float64())) - 1
		switch random.IntN(4) {
		case 0:
			messages = append(messages, Message{Text: words(random, size)})
		case 1:
			messages = append(messages, Message{Text: characters(random, size)})
		case 2:
			messages = append(messages, Message{Binary: randomBytes(random, size)})
		case 3:
			messages = append(messages, Message{Binary: patchwork(random, past, size)})
		}
	}
	return messages
}

// words is text that shrinks much.
func words(random *rand.Rand, size int) string {
	known := strings.Fields(`close {"code":1000} reason größer "wasClean":true, à bientôt ✓ 😀 接続 соединение`)
	var text strings.Builder
	for text.Len() < size {
		text.WriteString(known[random.IntN(len(known))] + " ")
	}
	return cutText(text.String(), size)
}

// characters is text that hardly shrinks: any character that Unicode has.
func characters(random *rand.Rand, size int) string {
	var text strings.Builder
	for text.Len() < size {
		if r := rune(random.IntN(utf8.MaxRune + 1)); utf8.ValidRune(r) {
			text.WriteRune(r)
		}
	}
	return cutText(text.String(), size)
}

// cutText cuts text to size bytes, or to less where a character would be cut.
func cutText(text string, size int) string {
	for size < len(text) && !utf8.RuneStart(text[size]) {
		size--
	}
	return text[:size]
}

// randomBytes do not shrink.
func randomBytes(random *rand.Rand, size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}

// patchwork is made of pieces of the past, and so of earlier messages: it
// shrinks when a window reaches far enough back.
func patchwork(random *rand.Rand, past []byte, size int) []byte {
	data := make([]byte, 0, size)
	for len(data) < size {
		start := random.IntN(len(past))
		length := min(1+random.IntN(600), len(past)-start, size-len(data))
		data = append(data, past[start:start+length]...)
	}
	return data
}
