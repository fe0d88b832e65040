package sobek

import (
	"fmt"
	"sync"

	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi/internal/prelude"
)

// preludePrograms compiles the prelude, once for all Scopes.
var preludePrograms = sync.OnceValues(func() ([]*js.Program, error) {
	var programs []*js.Program
	for _, file := range prelude.Files() {
		program, err := js.Compile(prelude.Prefix+file.Name, file.Source, true)
		if err != nil {
			return nil, err
		}
		programs = append(programs, program)
	}
	return programs, nil
})

// runPrelude defines the interfaces.
func (s *Scope) runPrelude() error {
	programs, err := preludePrograms()
	if err != nil {
		return err
	}
	s.host = s.Runtime.NewObject()
	s.hostFunctions()
	for i, program := range programs {
		value, err := s.Runtime.RunProgram(program)
		if err != nil {
			return fmt.Errorf("sobek: %s: %w", prelude.Names[i], err)
		}
		define, _ := js.AssertFunction(value)
		if _, err := define(js.Undefined(), s.host); err != nil {
			return fmt.Errorf("sobek: %s: %w", prelude.Names[i], err)
		}
	}
	return nil
}

// hostFunctions gives the prelude the functions that it is written over, each in
// the file that it belongs to.
func (s *Scope) hostFunctions() {
	for _, functions := range []map[string]any{
		s.valueFunctions(), s.eventFunctions(), s.targetFunctions(), s.socketFunctions(),
		s.blobFunctions(), s.urlFunctions(), s.abortFunctions(), s.globalFunctions(),
		s.encodingFunctions(), s.fetchFunctions(), s.streamFunctions(),
	} {
		for name, f := range functions {
			s.host.Set(name, f)
		}
	}
}

// prelude calls a function that the prelude has put into host.
func (s *Scope) prelude(name string, args ...js.Value) (js.Value, error) {
	f, ok := js.AssertFunction(s.host.Get(name))
	if !ok {
		panic("sobek: the prelude has no function " + name)
	}
	return f(js.Undefined(), args...)
}

// must is the value of a prelude's function that was called by a script. What it
// throws, the script is thrown.
func must(value js.Value, err error) js.Value {
	if err != nil {
		panic(err)
	}
	return value
}
