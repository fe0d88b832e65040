package observe

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/internal/visible"
)

// LogOptions are the options of Log. The zero value of each field is its default.
type LogOptions struct {
	// PerSecond bounds the records of one kind of end in one second: default 20.
	// Kinds are told apart by code, cause and initiator. The first record of a
	// later second says how many were left out.
	PerSecond int
	// Opened also logs every connection that opens, at debug level.
	Opened bool
}

// Log writes a record for every end of a connection, and for every request that
// was refused: at info level when the end was clean, else at warn level; at error
// level when a handler panicked. What comes from the peer is in attributes, and
// is escaped beyond what slog's handlers do: a reason may hold anything.
//
// Nil options are the defaults.
func Log(logger *slog.Logger, opts *LogOptions) websocket.Trace {
	if opts == nil {
		opts = &LogOptions{}
	}
	l := &eventLog{logger, newSampler(opts.PerSecond)}
	trace := websocket.Trace{Refused: l.refused, Panicked: l.panicked, Closed: l.closed}
	if opts.Opened {
		trace.Opened = l.opened
	}
	return trace
}

// eventLog is what Log's hooks share.
type eventLog struct {
	logger *slog.Logger
	*sampler
}

func (l *eventLog) opened(c *websocket.Conn) {
	l.logger.Debug("websocket opened", "remote", c.RemoteAddr().String(), "subprotocol", c.Subprotocol())
}

func (l *eventLog) refused(r *http.Request, err error) {
	if leftOut, ok := l.admit(kind{cause: "refused"}, time.Now()); ok {
		l.logger.Warn("websocket refused", append([]any{"remote", r.RemoteAddr, "path", visible.Text(r.URL.Path), "error", visible.Text(err.Error())}, more(leftOut)...)...)
	}
}

func (l *eventLog) panicked(c *websocket.Conn, value any, stack []byte) {
	l.logger.Error("websocket handler panicked", "remote", c.RemoteAddr().String(), "panic", fmt.Sprint(value), "stack", string(stack))
}

func (l *eventLog) closed(c *websocket.Conn, ev websocket.CloseEvent) {
	leftOut, ok := l.admit(kindOf(ev), time.Now())
	if !ok {
		return
	}
	level := slog.LevelInfo
	if !ev.WasClean {
		level = slog.LevelWarn
	}
	attrs := []any{
		"code", int(ev.Code), "name", ev.Code.Name(), "reason", visible.Text(ev.Reason), "wasClean", ev.WasClean,
		"initiator", string(ev.Initiator), "phase", string(ev.Phase), "cause", string(ev.Cause), "rule", ev.Rule,
		"transport", string(ev.Transport), "role", ev.Role.String(), "url", visible.Text(ev.URL),
	}
	if !ev.OpenedAt.IsZero() {
		attrs = append(attrs, "age", ev.ClosedAt.Sub(ev.OpenedAt))
	}
	if ev.UnsentMessages > 0 || ev.DiscardedBytes > 0 {
		attrs = append(attrs, "unsentMessages", ev.UnsentMessages, "unsentBytes", ev.UnsentBytes, "discardedBytes", ev.DiscardedBytes)
	}
	if c != nil {
		attrs = append(attrs, "remote", c.RemoteAddr().String())
	}
	l.logger.Log(context.Background(), level, "websocket closed", append(attrs, more(leftOut)...)...)
}

func more(leftOut int) []any {
	if leftOut == 0 {
		return nil
	}
	return []any{"leftOut", leftOut}
}
