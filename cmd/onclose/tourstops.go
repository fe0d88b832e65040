package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
	"github.com/onclose/websocket/wire"
)

// tourStop is one situation: two ends that meet, and what each of them is
// expected to say of it.
type tourStop struct {
	code      websocket.StatusCode // what it is about, and its place in the tour
	name      string               // unique, for scripts
	situation string               // who does and says what, at most 74 characters
	section   string               // of RFC 6455, or the name of another standard
	play      func(*stage)
	client    members
	server    members // nil: no server's end gives an account
}

// where is the section in full.
func (t *tourStop) where() string {
	if t.section[0] >= '0' && t.section[0] <= '9' {
		return "RFC 6455, section " + t.section
	}
	return t.section
}

// tourStops is the whole tour in the order of the codes.
func tourStops() []tourStop {
	stops := slices.Concat(ordinaryStops, decidedStops, limitStops, compressedStops, endingStops, lostStops, neverOpenedStops)
	for _, broken := range brokenRules {
		stops = append(stops, broken.stop())
	}
	for _, code := range privateCodes {
		stops = append(stops, usedStops(code)...)
	}
	for _, code := range forbiddenCodes {
		stops = append(stops, forbiddenStops(code)...)
	}
	slices.SortStableFunc(stops, func(a, b tourStop) int { return int(a.code) - int(b.code) })
	return stops
}

// stopsFor are the stops about one code. A code that the tour passes by is
// produced as its neighbours are.
func stopsFor(code websocket.StatusCode) []tourStop {
	stops := slices.DeleteFunc(tourStops(), func(t tourStop) bool { return t.code != code })
	switch {
	case len(stops) > 0:
		return stops
	case code.OnWire():
		return usedStops(code)
	}
	return forbiddenStops(code)
}

// How long a stop waits for what is not meant to come: shortly where it waits
// for that alone, and aWhile where this machine has to do something meanwhile,
// however loaded it is.
const (
	shortly = 40 * time.Millisecond
	aWhile  = 250 * time.Millisecond
)

// ordinaryStops are the codes that an application says because it is done.
var ordinaryStops = []tourStop{
	{1000, "normal-client", "the client has what it came for and closes", "7.4.1",
		pair{client: closes(1000, "done"), server: reads}.play,
		clean(1000, "done", byLocal), clean(1000, "done", byRemote)},
	{1000, "normal-server", "the server has no more to say and closes", "7.4.1",
		pair{client: reads, server: closes(1000, "that was all")}.play,
		clean(1000, "that was all", byRemote), clean(1000, "that was all", byLocal)},
	{1000, "normal-handler-returns", "the server's handler returns: the library closes for it", "7.4.1",
		pair{client: reads, server: func(*stage, *websocket.Conn) {}}.play,
		clean(1000, "", byRemote), clean(1000, "", byLocal)},
	{1000, "normal-tls", "the same over TLS, with a certificate that the client trusts", "7.1.1",
		pair{secure: true, client: closes(1000, "done"), server: reads}.play,
		clean(1000, "done", byLocal), clean(1000, "done", byRemote)},
	{1000, "reason-longest", "a reason of 123 bytes: as long as a Close frame can hold", "5.5",
		pair{client: closes(1000, longestReason), server: reads}.play,
		clean(1000, longestReason, byLocal), clean(1000, longestReason, byRemote)},
	{1000, "reason-too-long", "a reason of 124 bytes is refused at the call, and nothing is written", "5.5",
		refusedAtCall(1000, longestReason+"!"),
		clean(1000, "still open", byLocal), saw("fin", say(1000, "still open"))},
	{1000, "reason-hostile", "a reason with control characters arrives as it is, and is shown escaped", "5.5.1",
		pair{client: reads, server: closes(1000, "\x1b[31m\u202eeyb")}.play,
		clean(1000, "\x1b[31m\u202eeyb", byRemote), clean(1000, "\x1b[31m\u202eeyb", byLocal)},
	{1001, "going-away-server", "the server stops: its context ends with the Close frame as cause", "7.4.1",
		serverStops(websocket.CloseFrame{Code: 1001, Reason: "the server stops"}),
		clean(1001, "the server stops", byRemote), clean(1001, "the server stops", byLocal)},
	{1001, "going-away-context", "the server stops: its context ends with an error as cause", "7.4.1",
		serverStops(errors.New("out of power")),
		clean(1001, "out of power", byRemote),
		clean(1001, "out of power", byLocal).with("cause", protocol.CauseContextCanceled)},
	{1001, "going-away-client", "the client leaves, as a page does that is closed", "7.4.1",
		pair{client: closes(1001, ""), server: reads}.play,
		clean(1001, "", byLocal), clean(1001, "", byRemote)},
	{1005, "no-status-client", "the client closes with an empty Close frame", "7.1.5",
		pair{client: closesEmpty, server: reads}.play,
		clean(1005, "", byLocal), clean(1005, "", byRemote)},
	{1005, "no-status-server", "the server closes with an empty Close frame", "7.1.5",
		pair{client: reads, server: closesEmpty}.play,
		clean(1005, "", byRemote), clean(1005, "", byLocal)},
	{1005, "no-status-answer", "the client closes with 1000, the server's application answers empty", "5.5.1",
		pair{client: closes(1000, "done"), server: reads, accept: answers(websocket.NoStatusRcvd, "")}.play,
		exchanged(say(1000, "done"), say(1005, ""), byLocal),
		exchanged(say(1005, ""), say(1000, "done"), byRemote)},
	{1012, "service-restart", "the server restarts: its context ends with this Close frame", "IANA registry",
		serverStops(websocket.CloseFrame{Code: 1012, Reason: "back in a minute"}),
		clean(1012, "back in a minute", byRemote), clean(1012, "back in a minute", byLocal)},
	{1013, "try-again-later", "the server has no room for another client", "IANA registry",
		pair{client: reads, server: closes(1013, "all seats are taken")}.play,
		clean(1013, "all seats are taken", byRemote), clean(1013, "all seats are taken", byLocal)},
}

// longestReason has 123 bytes.
var longestReason = strings.Repeat("é", 61) + "."

// serverStops plays a server whose context ends with a cause.
func serverStops(cause error) func(*stage) {
	return func(s *stage) {
		ctx, stop := context.WithCancelCause(s.ctx)
		pair{
			accept: websocket.AcceptOptions{Context: ctx},
			client: func(s *stage, c *websocket.Conn) { stop(cause); reads(s, c) },
			server: reads,
		}.play(s)
	}
}

// answers lets the server's application choose the answering Close frame.
func answers(code websocket.StatusCode, reason string) websocket.AcceptOptions {
	return websocket.AcceptOptions{AnswerClose: func(websocket.CloseFrame) websocket.CloseFrame {
		return websocket.CloseFrame{Code: code, Reason: reason}
	}}
}

// decidedStops are the codes by which an application refuses to go on. These
// are closing handshakes like any other.
var decidedStops = []tourStop{
	{1003, "unsupported-data", "the client sends bytes to a server that takes only text", "7.4.1",
		pair{client: saysThis(websocket.Binary, "\x00\x01"), server: hears(onlyText)}.play,
		clean(1003, "text only, please", byRemote), clean(1003, "text only, please", byLocal)},
	{1003, "unsupported-data-netconn", "a server that reads a stream of text gets bytes", "7.4.1",
		pair{client: saysThis(websocket.Binary, "\x00\x01"), server: readsTextStream}.play,
		clean(1003, "only text messages are taken here", byRemote),
		clean(1003, "only text messages are taken here", byLocal).with("cause", protocol.CauseUnsupportedData)},
	{1008, "policy-violation", "the client asks for what the server's policy does not allow", "7.4.1",
		pair{client: saysThis(websocket.Text, "delete everything"), server: hears(saysNo(1008, "guests only read"))}.play,
		clean(1008, "guests only read", byRemote), clean(1008, "guests only read", byLocal)},
	{1011, "internal-error", "the server's handler panics", "7.4.1",
		pair{client: reads, server: func(*stage, *websocket.Conn) { panic(errTourPanic) }}.play,
		clean(1011, "", byRemote), clean(1011, "", byLocal).with("cause", protocol.CausePanic)},
	{1011, "internal-error-client", "the client cannot go on either, and says so", "RFC 6455, erratum 3227",
		pair{client: closes(1011, "disk full"), server: reads}.play,
		clean(1011, "disk full", byLocal), clean(1011, "disk full", byRemote)},
	{1014, "bad-gateway", "the server is a gateway, and its backend is gone", "IANA registry",
		pair{client: reads, server: gateway}.play,
		clean(1014, "the backend is gone: refused", byRemote), clean(1014, "the backend is gone: refused", byLocal)},
	{3000, "unauthorized", "the client's first message holds no token that the server knows", "IANA registry",
		pair{client: saysThis(websocket.Text, "token: none"), server: hears(saysNo(3000, "who are you?"))}.play,
		clean(3000, "who are you?", byRemote), clean(3000, "who are you?", byLocal)},
	{3003, "forbidden", "the server knows the client, which may not do what it asks for", "IANA registry",
		pair{client: saysThis(websocket.Text, "open the vault"), server: hears(saysNo(3003, "not for you"))}.play,
		clean(3003, "not for you", byRemote), clean(3003, "not for you", byLocal)},
	{3008, "timeout", "the server's application has waited too long for a message", "IANA registry",
		pair{client: reads, server: impatient}.play,
		clean(3008, "you said nothing", byRemote), clean(3008, "you said nothing", byLocal)},
}

func onlyText(typ websocket.MessageType, _ string) *websocket.CloseFrame {
	if typ != websocket.Text {
		return say(1003, "text only, please")
	}
	return nil
}

// saysNo answers every message with a Close frame.
func saysNo(code websocket.StatusCode, reason string) func(websocket.MessageType, string) *websocket.CloseFrame {
	return func(websocket.MessageType, string) *websocket.CloseFrame { return say(code, reason) }
}

// readsTextStream reads the connection as a stream of bytes out of text messages.
func readsTextStream(_ *stage, c *websocket.Conn) { io.Copy(io.Discard, c.NetConn(websocket.Text)) }

// impatient waits a short while for a message. The connection is still usable
// after that.
func impatient(s *stage, c *websocket.Conn) {
	ctx, cancel := context.WithTimeout(s.ctx, shortly)
	defer cancel()
	if _, _, err := c.Read(ctx); errors.Is(err, context.DeadlineExceeded) {
		closes(3008, "you said nothing")(s, c)
	}
}

// gateway passes a connection on to a backend, at an address where there is none.
func gateway(s *stage, c *websocket.Conn) {
	backend, err := websocket.Dial(s.ctx, "ws://"+s.nobody(), nil)
	if err == nil {
		s.fault("there is a backend")
		backend.Abort()
		return
	}
	var ended *websocket.CloseError
	errors.As(err, &ended)
	closes(1014, "the backend is gone: "+string(ended.Event.Cause))(s, c)
}

// limitStops are about what an honest peer says and this end does not take.
var limitStops = []tourStop{
	{1009, "message-too-big-server", "the client's message is over the server's limit", "10.4",
		pair{accept: websocket.AcceptOptions{Limits: websocket.Limits{MessageBytes: 1024}},
			client: saysThis(websocket.Text, strings.Repeat("x", 1025)), server: reads}.play,
		clean(1009, wire.RuleMessageTooBig.String(), byRemote),
		fails(say(1009, wire.RuleMessageTooBig.String()), protocol.CauseMessageTooBig, "RFC 6455, section 10.4")},
	{1009, "message-too-big-client", "the server's message is over the client's limit", "10.4",
		pair{dial: websocket.DialOptions{Limits: websocket.Limits{MessageBytes: 1024}},
			client: reads, server: saysThis(websocket.Text, strings.Repeat("x", 1025))}.play,
		fails(say(1009, wire.RuleMessageTooBig.String()), protocol.CauseMessageTooBig, "RFC 6455, section 10.4"),
		clean(1009, wire.RuleMessageTooBig.String(), byRemote)},
	{1008, "too-many-fragments", "the client cuts a message into more fragments than the server takes", "10.4",
		pair{accept: websocket.AcceptOptions{Limits: websocket.Limits{Fragments: 4}},
			client: cutsUp(5), server: reads}.play,
		clean(1008, wire.RuleTooManyFragments.String(), byRemote),
		fails(say(1008, wire.RuleTooManyFragments.String()), protocol.CauseTooManyFragments, "RFC 6455, section 10.4")},
	{1010, "mandatory-extension", "the client needs an extension that the server does not agree to", "7.4.1",
		pair{dial: websocket.DialOptions{RequiredExtensions: []string{"x-onclose-tour"}}, client: reads, server: reads}.play,
		fails(say(1010, "x-onclose-tour"), protocol.CauseMandatoryExtension, "RFC 6455, section 7.4.1").
			with("phase", protocol.PhaseOpening).with("openedAt", nil),
		clean(1010, "x-onclose-tour", byRemote)},
}

// cutsUp sends fragments of one message, and never its end.
func cutsUp(fragments int) act {
	return func(s *stage, c *websocket.Conn) {
		w, err := c.NextWriter(s.ctx, websocket.Binary)
		for range fragments {
			if err == nil {
				_, err = w.Write([]byte{'x'})
			}
		}
		if err != nil {
			s.fault("NextWriter: %v", err)
		}
		reads(s, c)
	}
}

// endingStops are the closing handshake's own corners.
var endingStops = []tourStop{
	{1000, "close-then-fin", "the client says Close and FIN at once: the answer still arrives", "5.5.1",
		rawClient{client: func(p *rawPeer) { p.write(p.close(1000)); p.halfClose(); p.watch() }}.play,
		saw("fin", say(1000, "")), clean(1000, "", byRemote)},
	{1000, "bytes-behind-close", "garbage behind the client's Close frame means nothing", "1.4",
		rawClient{client: func(p *rawPeer) { p.write(append(p.close(1000), "\xff\xff\xff"...)); p.watch() }}.play,
		saw("fin", say(1000, "")), clean(1000, "", byRemote)},
	{1000, "reset-after-both", "both Close frames have gone through, then the client resets TCP", "7.1.4",
		rawClient{client: func(p *rawPeer) { p.write(p.close(1000)); p.watch(); p.reset() }}.play,
		saw("local", say(1000, "")), clean(1000, "", byRemote).with("transport", protocol.EndReset)},
	{1000, "tcp-left-open", "both Close frames have gone through, and the server keeps TCP open", "7.1.1",
		rawServer{
			dial:   websocket.DialOptions{Limits: websocket.Limits{TransportTimeout: shortly}},
			client: closes(1000, ""),
			server: func(p *rawPeer) { p.untilClose(); p.write(p.answer()); p.watch() },
		}.play,
		clean(1000, "", byLocal).with("transport", protocol.EndTimeout), saw("fin", say(1000, ""))},
	{4100, "answer-of-its-own", "the client closes with 4000, the server's application answers 4100", "5.5.1",
		pair{client: closes(4000, "may I go?"), server: reads, accept: answers(4100, "you may")}.play,
		exchanged(say(4000, "may I go?"), say(4100, "you may"), byBoth),
		exchanged(say(4100, "you may"), say(4000, "may I go?"), byRemote)},
	{4200, "crossing", "the client closes with 4200 and the server with 4300: the frames cross", "7.1.5",
		crossing,
		exchanged(say(4200, "I go"), say(4300, "no, I"), byBoth),
		exchanged(say(4300, "no, I"), say(4200, "I go"), byBoth)},
}

// crossing lets both ends close before either hears the other.
func crossing(s *stage) {
	armed := make(chan struct{})
	pair{
		dial: websocket.DialOptions{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return newCrossingLink(s.ctx, conn, armed), err
		}},
		client: func(s *stage, c *websocket.Conn) { close(armed); closes(4200, "I go")(s, c) },
		server: func(s *stage, c *websocket.Conn) { waitFor(s.ctx, armed); closes(4300, "no, I")(s, c) },
	}.play(s)
}

// lostStops are the ways to lose a connection: 1006, which nobody says.
var lostStops = []tourStop{
	{1006, "cut", "the client is gone between two messages: FIN, and no Close frame", "7.1.5",
		rawClient{client: func(p *rawPeer) { p.halfClose(); p.watch() }}.play,
		saw("fin"), lost(protocol.CauseEOF, protocol.EndFIN)},
	{1006, "cut-by-server", "the server is gone between two messages", "7.2.1",
		rawServer{server: func(p *rawPeer) { p.halfClose(); p.watch() }}.play,
		lost(protocol.CauseEOF, protocol.EndFIN), saw("fin")},
	{1006, "cut-in-frame", "the client is gone in the middle of a frame", "7.1.5",
		rawClient{client: func(p *rawPeer) {
			p.write(p.frame(wire.Text, "half of this")[:10])
			p.halfClose()
			p.watch()
		}}.play,
		saw("fin"), lost(protocol.CauseEOFInFrame, protocol.EndFIN)},
	{1006, "cut-in-message", "the client is gone between two fragments of a message", "7.1.5",
		rawClient{client: func(p *rawPeer) {
			p.write(frameOf(wire.Header{Opcode: wire.Text, Masked: true}, "one, "))
			p.halfClose()
			p.watch()
		}}.play,
		saw("fin"), lost(protocol.CauseEOFInMessage, protocol.EndFIN)},
	{1006, "reset", "the client resets TCP between two messages", "7.1.5",
		rawClient{client: (*rawPeer).reset}.play,
		saw("local"), lost(protocol.CauseReset, protocol.EndReset)},
	{1006, "reset-in-frame", "the client resets TCP in the middle of a frame", "7.1.5",
		rawClient{client: func(p *rawPeer) { p.write(p.frame(wire.Text, "half of this")[:10]); p.reset() }}.play,
		saw("local"), lost(protocol.CauseReset, protocol.EndReset)},
	{1006, "tls-truncated", "the client's TCP ends without close_notify: a cut, or an attack", "7.1.5",
		rawClient{secure: true, client: func(p *rawPeer) { p.halfCloseBelow(""); p.watch() }}.play,
		saw("fin"), lost(protocol.CauseTLSTruncated, protocol.EndTLSTruncated)},
	{1006, "tls-truncated-in-record", "the client's TCP ends in the middle of a TLS record", "7.1.5",
		rawClient{secure: true, client: func(p *rawPeer) { p.halfCloseBelow("\x17\x03\x03"); p.watch() }}.play,
		saw("fin"), lost(protocol.CauseTLSTruncated, protocol.EndTLSTruncated)},
	{1006, "tls-truncated-server", "the server's TCP ends without close_notify", "7.2.1",
		rawServer{secure: true, server: func(p *rawPeer) { p.halfCloseBelow(""); p.watch() }}.play,
		lost(protocol.CauseTLSTruncated, protocol.EndTLSTruncated), saw("fin")},
	{1006, "aborted", "the client's application aborts, without a closing handshake", "7.1.5",
		pair{client: func(_ *stage, c *websocket.Conn) { c.Abort() }, server: reads}.play,
		lost(protocol.CauseAborted, protocol.EndLocal), lost(protocol.CauseEOF, protocol.EndFIN)},
	{1006, "close-answered-by-fin", "the client closes, and the server ends TCP without an answer", "7.2.1",
		rawServer{client: closes(1000, "done"), server: func(p *rawPeer) { p.untilClose(); p.halfClose(); p.watch() }}.play,
		unanswered(say(1000, "done"), protocol.CauseEOF, protocol.EndFIN), saw("fin", say(1000, "done"))},
	{1006, "close-timeout", "the client closes, and the server never answers", "7.1.1",
		rawServer{
			dial:   websocket.DialOptions{Limits: websocket.Limits{CloseTimeout: aWhile}},
			client: closes(1000, "done"), server: (*rawPeer).watch,
		}.play,
		unanswered(say(1000, "done"), protocol.CauseCloseTimeout, protocol.EndTimeout), saw("fin", say(1000, "done"))},
	{1006, "write-timeout", "the client writes 16 MiB, and the server takes nothing", "7.2.1",
		rawServer{
			dial:   websocket.DialOptions{Limits: websocket.Limits{WriteTimeout: shortly, TransportTimeout: shortly}},
			client: pours, server: (*rawPeer).watch, late: true,
		}.play,
		lost(protocol.CauseWriteTimeout, protocol.EndTimeout).with("unsentMessages", 1), saw("fin")},
}

// pours writes more than the sockets between two endpoints hold.
func pours(s *stage, c *websocket.Conn) {
	if err := c.Write(s.ctx, websocket.Binary, make([]byte, 16<<20)); err == nil {
		s.fault("Write: the peer took it all")
	}
	reads(s, c)
}

// neverOpenedStops are connections that do not come about.
var neverOpenedStops = []tourStop{
	{1006, "refused", "nobody listens at the address", "WHATWG WebSockets",
		func(s *stage) { s.dial("ws://"+s.nobody(), websocket.DialOptions{}) },
		neverOpened(protocol.PhaseDialing, protocol.CauseRefused, protocol.EndNone, nil), nil},
	{1006, "handshake-refused", "the server refuses the opening handshake: a page of another origin", "4.1",
		pair{dial: websocket.DialOptions{Header: http.Header{"Origin": {"https://elsewhere.example"}}},
			client: reads, server: reads}.play,
		neverOpened(protocol.PhaseOpening, protocol.CauseBadHandshake, protocol.EndLocal, 403).
			with("rule", "RFC 6455, section 4.1"),
		refusedWith(403)},
	{1006, "subprotocol-not-agreed", "the server opens without choosing the client's subprotocol", "WHATWG WebSockets",
		pair{dial: websocket.DialOptions{Subprotocols: []string{"chat"}}, client: reads, server: reads}.play,
		neverOpened(protocol.PhaseOpening, protocol.CauseBadHandshake, protocol.EndLocal, 101).
			with("rule", "RFC 6455, section 4.1"),
		lost(protocol.CauseEOF, protocol.EndFIN)},
	{1006, "opening-timeout", "the server takes the connection and never answers the request", "4.1",
		openingTimesOut,
		neverOpened(protocol.PhaseOpening, protocol.CauseOpenTimeout, protocol.EndLocal, nil), saw("fin")},
	{1015, "untrusted-certificate", "the server's certificate is not trusted: 1006, with the cause tls", "7.4.1",
		untrusted,
		neverOpened(protocol.PhaseTLS, protocol.CauseTLS, protocol.EndLocal, nil), saw("tls-alert")},
}

// openingTimesOut waits for an HTTP response that does not come. However slowly
// the machine connects, it is in the opening handshake that the time is over.
func openingTimesOut(s *stage) {
	rawServer{
		dial: websocket.DialOptions{
			Limits: websocket.Limits{OpeningTimeout: shortly},
			Dial: func(_ context.Context, network, address string) (net.Conn, error) {
				return new(net.Dialer).DialContext(s.ctx, network, address)
			},
		},
		server: (*rawPeer).watch, deaf: true,
	}.play(s)
}

// untrusted meets a client and a TLS server whose certificate nobody signed.
func untrusted(s *stage) {
	l := tls.NewListener(s.listen(), s.serverTLS())
	s.players.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		peer := newRawPeer(s.ctx, conn, protocol.Server)
		if err := conn.(*tls.Conn).HandshakeContext(s.ctx); err != nil {
			peer.end(err)
		}
		s.report(serverEnd, peer.rawAccount)
	})
	c, err := s.dial("wss://"+l.Addr().String(), websocket.DialOptions{TLS: &tls.Config{RootCAs: x509.NewCertPool()}})
	if err == nil {
		c.Abort()
		return
	}
	if !errors.As(err, new(x509.UnknownAuthorityError)) {
		s.fault("errors.As finds no x509.UnknownAuthorityError in %v", err)
	}
}
