package closingtest

import (
	"fmt"
	"strings"
	"time"
)

// The timeouts of an endpoint in a scenario: of the closing handshake, and of
// the end of the transport behind it. No other wait may end while one plays.
const (
	CloseTimeout     = 10 * time.Second
	TransportTimeout = 2 * time.Second
)

// Endpoint is an endpoint under test, with its application, its peer and its
// transport: the script plays all three. Where an endpoint cannot be known to
// have come to rest, what is asked for below is waited for.
type Endpoint interface {
	// The application. Close returns the error of a call that is Misuse, and
	// waits for nothing.
	Close(CloseFrame) error
	CloseEmpty()
	Because(cause, reason string)
	Answer(CloseFrame)
	Miss(extensions string)
	Cut(cause string)

	// The peer sends bytes; the stream ends.
	Peer(frame []byte)
	StreamEnds(end, cause string)

	// The transport. Writing lets it hold the frames that are owed, Written take
	// them, and WriteFails refuse them and all that come.
	Writing()
	Written()
	WriteFails(cause string)

	// Pass lets time pass.
	Pass(time.Duration)

	// What is seen. Frame takes the next frame that was written, "" for none, and
	// Rest the frames that are left.
	Frame() string
	Rest() []string
	Message(words string) bool
	HalfClosed(want bool) bool
	Deadline() (string, bool) // false when it cannot be seen
	Open() bool
	Event(want bool) (words string) // "" while it is not over
}

// Play plays the scenario, as it is under the conditions of the endpoint, and
// returns the first difference between what it expects and what it sees.
func (s Scenario) Play(role string, e Endpoint) error {
	p := player{Endpoint: e, role: role}
	for _, line := range s.lines {
		if err := p.do(line); err != nil {
			return fmt.Errorf("at %q: %w", line, err)
		}
	}
	if e.Event(true) == "" {
		return fmt.Errorf("the scenario ends before the connection")
	}
	if rest := e.Rest(); len(rest) > 0 {
		return fmt.Errorf("nobody expected the frames %q", rest)
	}
	return nil
}

type player struct {
	Endpoint
	role    string
	refused error
}

func (p *player) do(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "limits", "held": // from the beginning on: see Limits and Held
	case "local":
		p.local(rest)
	case "peer":
		p.Peer(PeerFrame(p.role, rest))
	case "writing":
		p.Writing()
	case "written":
		p.Written()
	case "write":
		p.WriteFails(strings.TrimPrefix(rest, "fails "))
	case "stream":
		words := strings.Fields(rest)
		if len(words) != 3 || words[0] != "ends" {
			panic(line + " is no line of a scenario")
		}
		p.StreamEnds(words[1], words[2])
	case "after":
		d, err := time.ParseDuration(rest)
		if err != nil {
			panic(err)
		}
		p.Pass(d)
	case "expect":
		if no, ok := strings.CutPrefix(rest, "no "); ok {
			return p.expectNo(no)
		}
		return p.expect(rest)
	default:
		panic(line + " is no line of a scenario")
	}
	return nil
}

func (p *player) local(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "close":
		if rest == "" {
			p.CloseEmpty()
		} else {
			p.refused = p.Close(ReadCloseFrame(rest))
		}
	case "because":
		cause, reason, _ := strings.Cut(rest, " ")
		if cause == "returned" {
			cause = ""
		}
		p.Because(cause, reason)
	case "answers":
		p.Answer(ReadCloseFrame(rest))
	case "misses":
		p.Miss(rest)
	case "cuts":
		p.Cut(rest)
	default:
		panic(line + " is nothing that an application does")
	}
}

func (p *player) expect(line string) error {
	what, want, _ := strings.Cut(line, " ")
	switch what {
	case "frame":
		if got := p.Frame(); got != want {
			return fmt.Errorf("got the frame %q", got)
		}
	case "message":
		if !p.Message(want) {
			return fmt.Errorf("the application did not get it")
		}
	case "refusal":
		if p.refused == nil || !strings.Contains(p.refused.Error(), want) {
			return fmt.Errorf("the call gives %v", p.refused)
		}
	case "half-close":
		if !p.HalfClosed(true) {
			return fmt.Errorf("our side of the stream stands")
		}
	case "deadline":
		if got, seen := p.Deadline(); seen && got != want {
			return fmt.Errorf("the deadline is in %s", got)
		}
	case "open":
		if !p.Open() {
			return fmt.Errorf("the connection is not open")
		}
	case "event":
		if got, want := p.Event(true), readEvent(want).words(); got != want {
			return fmt.Errorf("\ngot  %s\nwant %s", got, want)
		}
	default:
		panic(line + " is nothing to be expected")
	}
	return nil
}

func (p *player) expectNo(what string) error {
	switch what {
	case "frame":
		if rest := p.Rest(); len(rest) > 0 {
			return fmt.Errorf("got the frames %q", rest)
		}
	case "half-close":
		if p.HalfClosed(false) {
			return fmt.Errorf("our side of the stream has ended")
		}
	case "event":
		if got := p.Event(false); got != "" {
			return fmt.Errorf("got %s", got)
		}
	default:
		panic(what + " is nothing to be missed")
	}
	return nil
}
