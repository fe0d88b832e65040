package interop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket/deflate"
)

// zlibJob is what peers/zlib.mjs takes, and zlibResult what it answers.
type zlibJob struct {
	Op         string   `json:"op"`
	WindowBits int      `json:"windowBits"`
	Takeover   bool     `json:"takeover"`
	Messages   [][]byte `json:"messages"`
}

type zlibResult struct {
	Messages [][]byte `json:"messages"`
	Error    string   `json:"error"`
}

// zlib runs the jobs in Node's zlib, which is fed and drained byte by byte.
func zlib(t *testing.T, jobs []zlibJob) []zlibResult {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, err)
	}
	var input, stderr bytes.Buffer
	for _, job := range jobs {
		if err := json.NewEncoder(&input).Encode(job); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(within(t, 2*time.Minute), node, "zlib.mjs")
	cmd.Dir, cmd.Stdin, cmd.Stderr = "peers", &input, &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var results []zlibResult
	for decoder := json.NewDecoder(bytes.NewReader(output)); decoder.More(); {
		var result zlibResult
		if err := decoder.Decode(&result); err != nil {
			t.Fatal(err)
		}
		results = append(results, result)
	}
	if len(results) != len(jobs) {
		t.Fatalf("%d jobs, %d results", len(jobs), len(results))
	}
	return results
}

// deflateTexts are messages that reach as far back as they can: records, noise,
// and pieces of what was sent before.
func deflateTexts(seed uint64) (texts [][]byte) {
	r := rand.New(rand.NewPCG(seed, 0))
	var sent []byte
	for _, size := range []int{300, 0, 1, 2000, 40000, 700, 20000, 5} {
		text := []byte{}
		for len(text) < size {
			switch {
			case len(sent) > 0 && r.IntN(2) == 0:
				from := max(0, len(sent)-1-r.IntN(1<<(4+r.IntN(12))))
				text = append(text, sent[from:min(len(sent), from+4+r.IntN(300))]...)
			case r.IntN(2) == 0:
				text = fmt.Appendf(text, `{"id":%d,"name":"user-%d"},`, r.IntN(1e6), r.IntN(100))
			default:
				text = append(text, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()))
			}
		}
		texts = append(texts, text[:size])
		sent = append(sent, text[:size]...)
	}
	return texts
}

func compress(windowBits int, takeover bool, level int, texts [][]byte) (messages [][]byte) {
	var c deflate.Compressor
	c.Init(windowBits, takeover, level)
	for _, text := range texts {
		half := len(text) / 2
		data := c.Append(nil, text[:half], false)
		messages = append(messages, c.Append(data, text[half:], true))
		c.Commit()
	}
	return messages
}

// inflate gives d a message byte by byte.
func inflate(d *deflate.Decompressor, data []byte) (text []byte, err error) {
	for at := 0; ; {
		end := min(at+1, len(data))
		out, n, done, err := d.Inflate(data[at:end], end == len(data))
		text = append(text, out...)
		if at += n; done || err != nil {
			return text, err
		}
	}
}

// TestZlibInflatesWhatWeCompress: for every window, with a window no larger.
func TestZlibInflatesWhatWeCompress(t *testing.T) {
	t.Parallel()
	texts := deflateTexts(1)
	var jobs []zlibJob
	var levels []int
	for windowBits := 8; windowBits <= 15; windowBits++ {
		for _, takeover := range []bool{false, true} {
			for _, level := range []int{1, 6} {
				jobs = append(jobs, zlibJob{"inflate", windowBits, takeover, compress(windowBits, takeover, level, texts)})
				levels = append(levels, level)
			}
		}
	}
	for i, result := range zlib(t, jobs) {
		if result.Error != "" || !slices.EqualFunc(result.Messages, texts, bytes.Equal) {
			t.Errorf("%d bits, takeover %v, level %d: another text, or %q", jobs[i].WindowBits, jobs[i].Takeover, levels[i], result.Error)
		}
	}
}

// TestZlibSeesDistancesBeyondTheWindow: zlib is a judge that can say no.
func TestZlibSeesDistancesBeyondTheWindow(t *testing.T) {
	t.Parallel()
	var jobs []zlibJob
	for windowBits := 8; windowBits < 15; windowBits++ {
		jobs = append(jobs, zlibJob{"inflate", windowBits, true, compress(windowBits+1, true, 1, deflateTexts(1))})
	}
	for i, result := range zlib(t, jobs) {
		if !strings.Contains(result.Error, "too far back") {
			t.Errorf("%d bits in a window of %d: %q", jobs[i].WindowBits+1, jobs[i].WindowBits, result.Error)
		}
	}
}

// TestWeInflateWhatZlibCompresses: for every window, with a window no larger.
// Asked for 8 bits, zlib uses 9, but reaches back 2^9-262 bytes at most, which
// are fewer than 2^8. (An empty message is left out: zlib does not flush twice
// without text between.)
func TestWeInflateWhatZlibCompresses(t *testing.T) {
	t.Parallel()
	texts := slices.DeleteFunc(deflateTexts(2), func(text []byte) bool { return len(text) == 0 })
	var jobs []zlibJob
	for windowBits := 8; windowBits <= 15; windowBits++ {
		for _, takeover := range []bool{false, true} {
			jobs = append(jobs, zlibJob{"deflate", windowBits, takeover, texts})
		}
	}
	for i, result := range zlib(t, jobs) {
		job := jobs[i]
		if len(result.Messages) != len(texts) {
			t.Fatalf("%d bits, takeover %v: %s", job.WindowBits, job.Takeover, result.Error)
		}
		var d, smaller deflate.Decompressor
		d.Init(job.WindowBits, job.Takeover)
		smaller.Init(max(8, job.WindowBits-2), job.Takeover)
		var refused error
		for n, message := range result.Messages {
			got, err := inflate(&d, message)
			if err != nil || !bytes.Equal(got, texts[n]) {
				t.Fatalf("%d bits, takeover %v, message %d: got %d bytes of %d, %v", job.WindowBits, job.Takeover, n, len(got), len(texts[n]), err)
			}
			if refused == nil {
				_, refused = inflate(&smaller, message)
			}
		}
		fault, ok := errors.AsType[*deflate.Error](refused)
		if beyond := ok && fault.Problem == "a distance beyond the window"; beyond != (job.WindowBits >= 10) {
			t.Errorf("%d bits in a window of %d: %v", job.WindowBits, max(8, job.WindowBits-2), refused)
		}
	}
}
