// Package prelude is the part of the bindings that is written in JavaScript: the
// web's interfaces as classes over functions of Go, one interface a file. Each file
// is a function of one object, host, which has Go's functions and what the files
// before it have put there.
package prelude

import "embed"

//go:embed *.js
var sources embed.FS

// Names are the names of the files, in the order in which they need one another.
var Names = []string{
	"webidl.js", "promises.js", "domexception.js",
	"event.js", "eventtarget.js", "messageevent.js", "closeevent.js",
	"blob.js", "url.js", "abortsignal.js", "websocket.js",
	"queuingstrategies.js", "readablestream.js", "readablebytestream.js", "writablestream.js", "pipes.js", "transformstream.js",
	"websocketstream.js",
	"float16array.js", "encoding.js", "structuredclone.js",
	"console.js", "globalscope.js", "fetch.js",
}

// Prefix begins the files' names in stack traces.
const Prefix = "webapi:"

// File is one of the files.
type File struct{ Name, Source string }

// Files are the files, in order.
func Files() []File {
	files := make([]File, len(Names))
	for i, name := range Names {
		source, err := sources.ReadFile(name)
		if err != nil {
			panic(err) // it is a part of the program
		}
		files[i] = File{name, string(source)}
	}
	return files
}
