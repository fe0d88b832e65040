package sobek

import (
	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi"
)

// abortFunctions are AbortController's, whose reasons may be any values.
func (s *Scope) abortFunctions() map[string]any {
	return map[string]any{
		"newAbortController": func() *webapi.AbortController {
			c := webapi.NewAbortController()
			c.Signal().Report = s.report
			return c
		},
		"anySignal": func(signals []*webapi.AbortSignal) *webapi.AbortSignal {
			signal := webapi.AnySignal(signals...)
			signal.Report = s.report
			return signal
		},
		"abort": func(c *webapi.AbortController, reason js.Value) { c.Abort(&thrownValue{reason}) },
		"abortReason": func(signal *webapi.AbortSignal) js.Value {
			if !signal.Aborted() {
				return js.Undefined()
			}
			return s.exception(signal.Reason())
		},
	}
}
