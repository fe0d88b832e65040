package sobek

import (
	"embed"
	"fmt"
	"sync"

	js "github.com/grafana/sobek"
)

//go:embed js/*.js
var sources embed.FS

// preludeFiles are the files of the prelude, in the order in which they need one
// another.
var preludeFiles = []string{
	"webidl.js", "promises.js", "domexception.js",
	"event.js", "eventtarget.js", "messageevent.js", "closeevent.js",
	"blob.js", "url.js", "abortsignal.js", "websocket.js",
	"queuingstrategies.js", "readablestream.js", "readablebytestream.js", "writablestream.js", "pipes.js", "transformstream.js",
	"websocketstream.js",
	"float16array.js", "encoding.js", "structuredclone.js",
	"console.js", "globalscope.js", "fetch.js",
}

// preludePrefix begins the names of the prelude's files in stack traces.
const preludePrefix = "webapi:"

// preludePrograms compiles the prelude, once for all Scopes.
var preludePrograms = sync.OnceValues(func() ([]*js.Program, error) {
	var programs []*js.Program
	for _, name := range preludeFiles {
		source, err := sources.ReadFile("js/" + name)
		if err != nil {
			return nil, err
		}
		program, err := js.Compile(preludePrefix+name, string(source), true)
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
			return fmt.Errorf("sobek: %s: %w", preludeFiles[i], err)
		}
		define, _ := js.AssertFunction(value)
		if _, err := define(js.Undefined(), s.host); err != nil {
			return fmt.Errorf("sobek: %s: %w", preludeFiles[i], err)
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
