package protocol

// MisuseError says that a call of this side's application broke a rule. Nothing
// was written and the connection goes on as if the call had not been made.
type MisuseError struct {
	Problem string // one clause
	Section string // where the rule stands, or empty
}

// Error is the problem with its section.
func (e *MisuseError) Error() string {
	if e.Section == "" {
		return "websocket: " + e.Problem
	}
	return "websocket: " + e.Problem + " (" + e.Section + ")"
}
