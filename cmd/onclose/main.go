// Command onclose serves, dials, explains and demonstrates WebSocket
// connections, and says how each of them ended.
//
//	onclose serve                          a server with a console, at 127.0.0.1:8080
//	onclose dial ws://127.0.0.1:8080/echo  one connection, by hand or by script
//	onclose explain 1006                   what a status code means
//	onclose why closes.jsonl               why the connections of a log ended
//	onclose tour                           every status code, produced for real
//	onclose run talk.js                    a script with the web's WebSocket
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// streams are what a command talks through, so that it can be tested without a
// process: data goes to out, talk to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// cli is the command line. Each command is a struct of its flags with a method
// Run(*streams) error, in a file of its own.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Serve endpoints that open, talk and close in every way, and a page to see it."`
	Dial    dialCmd    `cmd:"" help:"Open one connection and say how it ended."`
	Explain explainCmd `cmd:"" help:"Say what a status code means."`
	Why     whyCmd     `cmd:"" help:"Say why connections ended, from their CloseEvents."`
	Tour    tourCmd    `cmd:"" help:"Produce every status code for real and compare both ends."`
	Run     runCmd     `cmd:"" help:"Run a script with the web's WebSocket, and say how its connections ended."`
}

func main() {
	os.Exit(int(run(os.Args[1:], &streams{os.Stdin, os.Stdout, os.Stderr})))
}

// run is main without the process.
func run(args []string, s *streams) exitStatus {
	var c cli
	exited := false
	parser, err := kong.New(&c,
		kong.Name("onclose"),
		kong.Description("WebSocket connections, and the truth about how they end."),
		kong.Writers(s.out, s.err),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(exampleFirst),
		kong.Exit(func(int) { exited = true }),
	)
	if err != nil {
		panic(err) // the struct tags above are wrong
	}
	ctx, err := parser.Parse(args)
	if exited {
		return exitOK // help was asked for
	}
	if err != nil {
		fmt.Fprintf(s.err, "onclose: %v\n", err)
		return exitUsage
	}
	return statusOf(ctx.Run(s), s)
}

// exampleFirst prints the help of a command. Its first paragraph, the examples,
// comes before all else: that is what most people look for.
func exampleFirst(options kong.HelpOptions, ctx *kong.Context) error {
	if command := ctx.Selected(); command != nil {
		examples, rest, _ := strings.Cut(command.Detail, "\n\n")
		fmt.Fprintf(ctx.Stdout, "%s\n\n", examples)
		command.Detail = rest
	}
	return kong.DefaultHelpPrinter(options, ctx)
}
