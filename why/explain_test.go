package why

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// lost is a connection of this age that ended without a Close frame.
func lost(cause protocol.Cause, age time.Duration) websocket.CloseEvent {
	ev := websocket.CloseEvent{Code: 1006, Cause: cause, Phase: protocol.PhaseOpen, Initiator: protocol.Nobody, ClosedAt: noon}
	ev.OpenedAt = noon.Add(-age)
	return ev
}

// never is a connection that did not open.
func never(cause protocol.Cause, status int) websocket.CloseEvent {
	ev := websocket.CloseEvent{Code: 1006, Cause: cause, Phase: protocol.PhaseOpening, ClosedAt: noon}
	ev.HTTPStatus = status
	return ev
}

// broke is a peer that broke the rule of a section.
func broke(cause protocol.Cause, section string) websocket.CloseEvent {
	ev := lost(cause, 10*time.Second)
	ev.Rule = section
	return ev
}

// said is a clean close, seen by a role.
func said(code websocket.StatusCode, by protocol.Initiator, role protocol.Role) websocket.CloseEvent {
	ev := lost("", 10*time.Second)
	ev.Code, ev.Initiator, ev.Role, ev.WasClean, ev.Phase = code, by, role, true, protocol.PhaseClosing
	return ev
}

func closing(ev websocket.CloseEvent) websocket.CloseEvent {
	ev.Phase = protocol.PhaseClosing
	return ev
}

func offending(ev websocket.CloseEvent) websocket.CloseEvent {
	code := websocket.StatusCode(1005)
	ev.OffendingCode = &code
	return ev
}

// examples are events on which a row fires, and neighbours on which it does not,
// but another.
var examples = []struct {
	rule             string
	event, neighbour websocket.CloseEvent
}{
	{"bad-url", never("bad-url", 0), never("dns", 0)},
	{"dns", never("dns", 0), never("refused", 0)},
	{"refused", never("refused", 0), never("unreachable", 0)},
	{"unreachable", never("unreachable", 0), never("dial-failed", 0)},
	{"dial-failed", never("dial-failed", 0), never("refused", 0)},
	{"tls", never("tls", 0), never("tls-alert", 0)},
	{"not-allowed", never("bad-handshake", 403), never("bad-handshake", 404)},
	{"not-found", never("bad-handshake", 404), never("bad-handshake", 403)},
	{"overloaded", never("bad-handshake", 503), never("bad-handshake", 502)},
	{"broken-upstream", never("bad-handshake", 502), never("bad-handshake", 503)},
	{"not-a-websocket", never("bad-handshake", 200), never("bad-handshake", 101)},
	{"no-http", never("bad-handshake", 0), never("bad-handshake", 200)},
	{"bad-handshake", never("bad-handshake", 418), never("bad-handshake", 400)},
	{"missing-extension", never("mandatory-extension", 101), never("bad-handshake", 101)},
	{"open-timeout", never("open-timeout", 0), never("eof", 0)},
	{"lost-while-opening", never("reset", 0), lost("reset", 10*time.Second)},
	{"pong-timeout", lost("pong-timeout", time.Minute), lost("write-timeout", time.Minute)},
	{"slow-consumer", lost("write-timeout", time.Minute), lost("close-timeout", time.Minute)},
	{"queue-full", lost("slow-consumer", time.Minute), lost("write-timeout", time.Minute)},
	{"close-timeout", lost("close-timeout", time.Minute), closing(lost("eof", time.Minute))},
	{"forbidden-code", offending(broke("protocol-error", "RFC 6455, section 7.4.1")), broke("protocol-error", "RFC 6455, section 7.4.1")},
	{"masking", broke("protocol-error", "RFC 6455, section 5.1"), broke("protocol-error", "RFC 6455, section 5.2")},
	{"reserved-bits", broke("protocol-error", "RFC 6455, section 5.2"), broke("protocol-error", "RFC 6455, section 5.4")},
	{"protocol-error", broke("protocol-error", "RFC 6455, section 5.4"), broke("protocol-error", "RFC 6455, section 5.1")},
	{"invalid-utf8", broke("invalid-utf8", ""), broke("invalid-deflate", "")},
	{"invalid-deflate", broke("invalid-deflate", ""), broke("invalid-utf8", "")},
	{"message-too-big", broke("message-too-big", ""), broke("too-many-fragments", "")},
	{"rate-exceeded", broke("rate-exceeded", ""), broke("too-many-fragments", "")},
	{"too-many-fragments", broke("too-many-fragments", ""), broke("message-too-big", "")},
	{"panic", lost("panic", time.Second), lost("aborted", time.Second)},
	{"aborted", lost("aborted", time.Second), lost("context-canceled", time.Second)},
	{"context-canceled", lost("context-canceled", time.Second), lost("aborted", time.Second)},
	{"unsupported-data", lost("unsupported-data", time.Second), lost("panic", time.Second)},
	{"lost-while-closing", closing(lost("eof", 10*time.Second)), lost("eof", 10*time.Second)},
	{"cut-after-opening", lost("reset", 999*time.Millisecond), lost("reset", time.Second)},
	{"eof-in-frame", lost("eof-in-message", 60*time.Second), lost("eof", 10*time.Second)},
	{"round-age", lost("eof", 61*time.Second), lost("eof", 62*time.Second)},
	{"reset", lost("reset", 62*time.Second), lost("reset", 60*time.Second)},
	{"eof", lost("eof", 59*time.Second), lost("eof", 60*time.Second)},
	{"tls-alert", lost("tls-alert", time.Second), lost("tls-truncated", 2*time.Second)},
	{"stream-reset", lost("stream-reset", 2*time.Second), lost("stream-reset", 60*time.Second)},
	{"io-failed", lost("read-failed", time.Second), lost("reset", 2*time.Second)},
	{"finished", said(1000, "local", protocol.Client), said(1001, "local", protocol.Client)},
	{"own-shutdown", said(1001, "local", protocol.Server), said(1001, "remote", protocol.Server)},
	{"page-left", said(1001, "remote", protocol.Server), said(1001, "remote", protocol.Client)},
	{"server-leaving", said(1001, "remote", protocol.Client), said(1001, "remote", protocol.Server)},
	{"no-status", said(1005, "remote", protocol.Client), said(1000, "remote", protocol.Client)},
	{"own-fault", said(1009, "remote", protocol.Client), said(1009, "local", protocol.Client)},
	{"peer-failed", said(1011, "remote", protocol.Client), said(1011, "local", protocol.Client)},
	{"restart", said(1012, "remote", protocol.Client), said(1013, "remote", protocol.Client)},
	{"try-later", said(1013, "remote", protocol.Client), said(1012, "remote", protocol.Client)},
	{"gateway", said(1014, "remote", protocol.Client), said(1013, "remote", protocol.Client)},
	{"application-code", said(4001, "remote", protocol.Client), said(1008, "remote", protocol.Client)},
	{"abnormal", lost("", time.Minute), lost("eof", time.Minute)},
	{"said-so", said(1008, "remote", protocol.Client), said(4001, "remote", protocol.Client)},
}

func TestEveryRuleFiresAndLeavesItsNeighbour(t *testing.T) {
	tested := map[string]bool{}
	for _, e := range examples {
		tested[e.rule] = true
		if got := Explain(e.event, "en").Rule; got != e.rule {
			t.Errorf("%s: explained by %s", e.rule, got)
		}
		if got := Explain(e.neighbour, "en").Rule; got == e.rule {
			t.Errorf("%s fires on its neighbour too: %v", e.rule, e.neighbour)
		}
	}
	for _, r := range rules {
		if !tested[r.name] {
			t.Errorf("%s has no example", r.name)
		}
	}
}

func TestEveryExplanationIsCompleteInBothLanguages(t *testing.T) {
	for _, e := range examples {
		en, fr := Explain(e.event, "en"), Explain(e.event, "fr_FR.UTF-8")
		for _, x := range []Explanation{en, fr} {
			if x.What == "" || x.Meaning == "" || len(x.Next) == 0 || x.Who == "" || x.Confidence == "" {
				t.Errorf("%s: something is missing: %+v", e.rule, x)
			}
		}
		if en.What == fr.What || en.Meaning == fr.Meaning {
			t.Errorf("%s is not translated", e.rule)
		}
	}
}

func TestWhatIsExplainedBelongsToTheCaller(t *testing.T) {
	ev := lost("reset", time.Minute)
	Explain(ev, "en").Next[0] = "mine"
	if Explain(ev, "en").Next[0] == "mine" {
		t.Error("a caller can change the table")
	}
}

// French puts a no-break space before : ; ? ! and inside guillemets, and writes ’.
func TestFrenchTypography(t *testing.T) {
	wrong := regexp.MustCompile(`[^\x{a0}\x{202f}/s][;?!]|[^\x{a0}s]: | [:;?!]|« | »|'`)
	check := func(name string, texts text) {
		for _, line := range append([]string{texts.what}, texts.next...) {
			if at := wrong.FindString(line); at != "" {
				t.Errorf("%s: %q in %q", name, at, line)
			}
			if !strings.HasSuffix(line, ".") {
				t.Errorf("%s: no full stop: %q", name, line)
			}
		}
	}
	for _, r := range rules {
		check(r.name, r.fr)
	}
	for _, r := range crowdRules {
		check(r.name, r.fr)
	}
}
