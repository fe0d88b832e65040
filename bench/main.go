package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"
)

type commands struct {
	Compare   compareCommand   `cmd:"" help:"Measure and print the tables."`
	Gates     gatesCommand     `cmd:"" help:"Measure the library at its goals; exit with 1 if one is not met."`
	Keepalive keepaliveCommand `cmd:"" help:"Measure what the keepalive costs idle connections."`
	Serve     serveCommand     `cmd:"" hidden:"" help:"Be a server that is measured."`
}

func main() {
	var c commands
	if err := kong.Parse(&c, kong.Description("Measures onclose beside other WebSocket libraries.")).Run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
