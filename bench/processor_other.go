//go:build !linux

package main

import (
	"errors"
	"runtime"
	"time"
)

// pin fails: the figures rest on what Linux says of a process.
func pin(int) error { return errors.New("only Linux can be measured on") }

func processorTime() time.Duration { return 0 }

func kernel() string { return runtime.GOOS }
