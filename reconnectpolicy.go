package websocket

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/onclose/websocket/protocol"
)

// This file says what a client does after a connection has ended: the table by
// code, the table of what 1006 stands for, and the waits. reconnect.go does it.
// reconnect/reconnect.js says the same for pages; what both have to give stands in
// reconnect/testdata/retries.json.

// Retry is what follows the end of a connection.
type Retry struct {
	// Stop: the client does not dial again.
	Stop bool
	// Refresh: dialing the same again would end the same way. The client first
	// calls ReconnectOptions.Refresh, then waits, and stops when there is none.
	Refresh bool
	// Wait is the time until the next Dial.
	Wait time.Duration
}

// plan is how a Retry is made: a random wait between from and to or, with
// backoff, between from and a bound that doubles with each failure up to to.
type plan struct {
	stop, refresh, backoff bool
	from, to               time.Duration
}

var (
	stop      = plan{stop: true}
	refresh   = plan{refresh: true, backoff: true, to: 30 * time.Second}
	backOff   = plan{backoff: true, from: 500 * time.Millisecond, to: 30 * time.Second}
	overload  = plan{backoff: true, from: 5 * time.Second, to: 30 * time.Second}
	goingAway = plan{to: 5 * time.Second}
	restart   = plan{from: 5 * time.Second, to: 30 * time.Second}
)

// planRow is what a range of codes says about dialing again.
type planRow struct {
	first, last StatusCode
	plan        plan
}

// planRows is in ascending order. A code that is in no row backs off.
var planRows = []planRow{
	{NormalClosure, NormalClosure, stop},
	{GoingAway, GoingAway, goingAway},
	{ProtocolError, UnsupportedData, refresh},
	{NoStatusRcvd, NoStatusRcvd, backOff},
	{InvalidFramePayloadData, MandatoryExtension, refresh},
	{InternalError, InternalError, backOff},
	{ServiceRestart, ServiceRestart, restart},
	{TryAgainLater, TryAgainLater, overload},
	{BadGateway, BadGateway, backOff},
	{Unauthorized, Unauthorized, refresh},
	{Forbidden, Forbidden, refresh},
	{Timeout, Timeout, backOff},
	{4000, 4999, stop}, // the application's: ReconnectOptions.Decide
}

// planFor is what the tables say about an end.
func planFor(ev CloseEvent) plan {
	if ev.Code == AbnormalClosure {
		return planForAbnormal(ev)
	}
	for _, r := range planRows {
		if r.first <= ev.Code && ev.Code <= r.last {
			return r.plan
		}
	}
	return backOff
}

// planForAbnormal looks behind 1006. What cannot change by itself is not tried
// again.
func planForAbnormal(ev CloseEvent) plan {
	switch ev.Cause {
	case protocol.CauseTLS, protocol.CauseBadURL:
		return stop
	case protocol.CauseMandatoryExtension:
		return refresh
	case protocol.CauseBadHandshake:
		switch ev.HTTPStatus {
		case 408, 425, 429:
			return backOff
		}
		if ev.HTTPStatus < 500 {
			return refresh // 400, 401, 403, 404, 426: and whatever is no WebSocket
		}
	}
	return backOff
}

// retry makes a plan a Retry: failures is how many ends came before this one
// without a connection that was of use, and atLeast what the server asked for:
// the random wait comes on top, since everybody was told the same.
func (p plan) retry(failures int, atLeast time.Duration) Retry {
	to := p.to
	if p.backoff {
		first := max(2*p.from, time.Second)
		to = time.Duration(min(float64(p.to), float64(first)*math.Pow(2, float64(failures))))
	}
	wait := p.from + rand.N(max(to-p.from, 1))
	return Retry{Stop: p.stop, Refresh: p.refresh, Wait: atLeast + wait}
}

// slot reads the time that a server which drains has assigned in the reason of
// its Close frame: "drain; retry=12.4", in seconds, with decimal digits. The first
// such field counts.
func slot(reason string) (time.Duration, bool) {
	for field := range strings.SplitSeq(reason, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		if name != "retry" || value == "" || strings.Trim(value, "0123456789.") != "" {
			continue
		}
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil || seconds > 24*60*60 {
			return 0, false
		}
		return time.Duration(math.Round(seconds * float64(time.Second))), true
	}
	return 0, false
}

// nextTry is what the tables say about an end: a slot in a Close frame of 1012
// or 1001 goes before the random wait.
func nextTry(ended *CloseError, failures int) Retry {
	ev := ended.Event
	next := planFor(ev).retry(failures, ended.RetryAfter)
	if ev.Code == ServiceRestart || ev.Code == GoingAway {
		if wait, ok := slot(ev.Reason); ok {
			next.Wait = wait
		}
	}
	return next
}
