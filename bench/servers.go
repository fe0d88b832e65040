package main

import (
	"net"
	"net/http"
	"path/filepath"
)

// server is a server that is measured.
type server struct {
	name string
	// serve accepts connections, and sends every message back, until l is closed.
	serve func(l net.Listener, s setting) error
	// call, if it is there, is its client.
	call func(address string, message []byte) (client, error)
	// program is set instead for one that is not written in Go.
	program *program
	// deflates and takesOver say which settings of permessage-deflate it has.
	deflates, takesOver bool
	// plain is set for one that needs sockets of its own for TLS.
	plain bool
	// opens is set for one that differs from another in opening connections only.
	opens bool
	// build, if it is set, is another build of this program, which has the server like.
	build, like string
}

// servers are all of them. raw comes first: the others are compared with it.
var servers = []*server{
	{name: "raw", serve: serveRaw, call: dialRaw},
	{name: "onclose", serve: serveEvents, call: dialEvents, deflates: true, takesOver: true},
	{name: "onclose-read", serve: serveReads, call: dialReads, deflates: true, takesOver: true},
	{name: "onclose-http", serve: serveHTTP, opens: true},
	{name: "gobwas-low", serve: serveGobwas},
	{name: "gorilla", serve: serveGorilla, call: dialGorilla, deflates: true},
	{name: "gws", serve: serveGws, call: dialGws, deflates: true, takesOver: true},
	{name: "coder", serve: serveCoder, call: dialCoder, deflates: true, takesOver: true},
	{name: "nbio", serve: serveNbio, plain: true},
	{name: "ws", program: &program{"node", []string{"--expose-gc", "ws.mjs"}, "ws"}, deflates: true, takesOver: true, plain: true},
	{name: "bun", program: &program{bunPath, []string{"bun.mjs"}, bunPath}, deflates: true, takesOver: true, plain: true},
	{name: "deno", program: &program{denoPath, []string{
		"run", "--quiet", "--no-config", "--allow-net", "--allow-env", "--allow-sys", "--v8-flags=--expose-gc", "deno.mjs",
	}, denoPath}, plain: true},
}

const (
	bunPath  = "@oven/bun-linux-x64/bin/bun"
	denoPath = "@deno/linux-x64-glibc/deno"
)

// missing says why a server cannot be measured here, or is nil.
func (s *server) missing() error {
	if s.program == nil {
		return nil
	}
	_, err := s.program.find()
	return err
}

// has reports whether a server is measured with the setting, at something that is not
// opening.
func (s *server) has(with setting) bool {
	return !s.opens && (!with.Compress || s.deflates) && (!with.Takeover || s.takesOver) && (!with.TLS || !s.plain)
}

// addBuild adds onclose as another build of this program has it.
func addBuild(path string) {
	for _, like := range []string{"onclose", "onclose-read"} {
		other := *find(like)
		other.name, other.build, other.like, other.call = like+" of "+filepath.Base(path), path, like, nil
		servers = append(servers, &other)
	}
}

func find(name string) *server {
	for _, s := range servers {
		if s.name == name {
			return s
		}
	}
	return nil
}

// maxMessage is the longest message that every server takes, in bytes.
const maxMessage = 16 << 20

// overHTTP serves a handler.
func overHTTP(l net.Listener, h http.Handler) error { return http.Serve(l, h) }
