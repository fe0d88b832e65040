package main

// The load and the server each have a processor of their own.
const (
	loadProcessor   = 0
	serverProcessor = 1
)
