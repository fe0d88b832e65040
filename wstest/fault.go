package wstest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Side names an end of a pipe, and the direction of the bytes that it writes.
type Side uint8

// The two ends: the one that dialed and the one that was accepted.
const (
	Client Side = iota
	Server
)

// String is "client" or "server".
func (s Side) String() string { return [...]string{"client", "server"}[s] }

func (s Side) other() Side { return 1 - s }

// Effect says what a Fault does.
type Effect uint8

// The effects. "The bytes" are those of the fault's direction from its offset on.
const (
	// Delay lets every one of the bytes arrive For later than it was written,
	// until another Delay.
	Delay Effect = iota + 1
	// Split lets the bytes arrive in segments of at most Bytes bytes, For apart.
	// A Read never returns bytes of two segments. Zero Bytes ends a Split.
	Split
	// Stall holds the bytes back, once: the first arrives For later than it would,
	// and those behind it not before; zero means not before Heal. A writer goes on
	// until the direction is full.
	Stall
	// Narrow lets the direction hold no more than Bytes bytes: a write that finds
	// them there blocks until the other end has read some.
	Narrow
	// HalfClose ends the direction: the reader sees io.EOF, the writer EPIPE.
	HalfClose
	// Truncate is HalfClose without TLS's close_notify: the reader sees
	// io.ErrUnexpectedEOF, as crypto/tls tells it.
	Truncate
	// FIN ends both directions in order, as a proxy does that gives up: both ends
	// see io.EOF and EPIPE.
	FIN
	// Reset ends both directions at once: what is on its way or not yet read is
	// lost, and both ends see ECONNRESET.
	Reset
	// Drop loses the bytes, and the end of the direction too: the writer sees
	// success, the reader never anything more.
	Drop
)

var effects = [...]string{
	Delay: "delay", Split: "split", Stall: "stall", Narrow: "narrow", HalfClose: "half-close",
	Truncate: "truncate", FIN: "fin", Reset: "reset", Drop: "drop",
}

// String is the effect in one word: "half-close".
func (e Effect) String() string {
	if int(e) < len(effects) && effects[e] != "" {
		return effects[e]
	}
	return "effect(" + strconv.Itoa(int(e)) + ")"
}

// Fault is one thing that happens to one direction of a pipe. It is a small value
// that can be compared, printed, read back with ParseFaults, and left out.
type Fault struct {
	From   Side          // whose bytes
	At     int64         // behind how many of them
	Effect Effect        // what happens
	For    time.Duration // Delay, Stall, Split
	Bytes  int           // Split, Narrow
}

// String is the fault in one line: "server 12 reset", "client 0 split 1 5ms",
// "client 40 stall 3s".
func (f Fault) String() string {
	text := fmt.Sprintf("%v %d %v", f.From, f.At, f.Effect)
	if f.Effect == Split || f.Effect == Narrow {
		text += " " + strconv.Itoa(f.Bytes)
	}
	if f.For != 0 {
		text += " " + f.For.String()
	}
	return text
}

// ParseFaults reads faults as String writes them, one a line.
func ParseFaults(text string) ([]Fault, error) {
	var faults []Fault
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		f, ok := parseFault(words)
		if !ok {
			return nil, fmt.Errorf("wstest: %q is no fault", strings.TrimSpace(line))
		}
		faults = append(faults, f)
	}
	return faults, nil
}

func parseFault(words []string) (f Fault, ok bool) {
	if len(words) < 3 {
		return f, false
	}
	at, err := strconv.ParseInt(words[1], 10, 64)
	if f.At = at; err != nil || at < 0 {
		return f, false
	}
	switch words[0] {
	case Client.String():
		f.From = Client
	case Server.String():
		f.From = Server
	default:
		return f, false
	}
	for effect, name := range effects {
		if name == words[2] && name != "" {
			f.Effect = Effect(effect)
		}
	}
	rest := words[3:]
	if f.Effect == Split || f.Effect == Narrow {
		if len(rest) == 0 {
			return f, false
		}
		if f.Bytes, err = strconv.Atoi(rest[0]); err != nil {
			return f, false
		}
		rest = rest[1:]
	}
	if len(rest) > 0 {
		if f.For, err = time.ParseDuration(rest[0]); err != nil {
			return f, false
		}
		rest = rest[1:]
	}
	return f, f.Effect != 0 && len(rest) == 0
}
