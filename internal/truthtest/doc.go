// Package truthtest plays the truth table of the CloseEvent against a client: a
// scripted server, right or wrong, over real TCP and TLS, and what the client has
// to report and to put on the wire then. The scenarios are the root's
// testdata/truth/closeevents.json. A client turns the steps of a scenario that are
// its own into calls, and gives an Outcome. The server shares no code with the
// library.
package truthtest
