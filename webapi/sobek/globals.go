package sobek

import (
	"fmt"
	"time"

	js "github.com/grafana/sobek"
)

// globalFunctions are those of the global scope.
func (s *Scope) globalFunctions() map[string]any {
	start := time.Now()
	return map[string]any{
		"baseURL": s.env.BaseURL,
		"print":   func(line string) { fmt.Fprintln(s.stdout, line) },
		"printError": func(line string) {
			fmt.Fprintln(s.stderr, line)
		},
		"now":        func() float64 { return float64(time.Since(start)) / float64(time.Millisecond) },
		"startTimer": s.timers.start,
		"clearTimer": s.timers.clear,
		"reporting":  func(f js.Callable) { s.callback(f, js.Undefined()) },
		"reportError": func(v js.Value) {
			s.report(&thrownValue{v})
		},
		"quit": func(status int) {
			s.quit = &QuitError{Status: status}
			s.Runtime.Interrupt(s.quit)
		},
	}
}
