package main

import (
	"errors"
	"fmt"

	"github.com/onclose/websocket"
)

// exitStatus is what a command leaves to its shell.
type exitStatus int

// The statuses. Scripts rely on them.
const (
	exitOK          exitStatus = 0 // clean with 1000, 1001 or 1005; or nothing to complain about
	exitOther       exitStatus = 1 // anything else: an --expect unmet, --timeout passed
	exitUsage       exitStatus = 2 // the command line cannot be used
	exitCode        exitStatus = 3 // clean with another code
	exitNotClean    exitStatus = 4 // opened, and did not end cleanly
	exitNeverOpened exitStatus = 5 // refused, TLS, bad opening handshake, 1010
)

// statusError is an error with the status to exit with. When its text is empty
// the command has said all there is to say.
type statusError struct {
	status exitStatus
	text   string
}

func (e *statusError) Error() string { return e.text }

// usage is an error of the command line.
func usage(format string, args ...any) error {
	return &statusError{exitUsage, fmt.Sprintf(format, args...)}
}

// statusOf reports a command's error and turns it into an exit status.
func statusOf(err error, s *streams) exitStatus {
	if err == nil {
		return exitOK
	}
	if text := err.Error(); text != "" {
		fmt.Fprintf(s.err, "onclose: %s\n", text)
	}
	var status *statusError
	if errors.As(err, &status) {
		return status.status
	}
	return exitOther
}

// statusOfEvent is the exit status of a command that held one connection.
func statusOfEvent(ev websocket.CloseEvent) exitStatus {
	switch {
	case ev.OpenedAt.IsZero():
		return exitNeverOpened
	case !ev.WasClean:
		return exitNotClean
	case ev.EndedWell():
		return exitOK
	}
	return exitCode
}
