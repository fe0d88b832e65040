// Package faults proves on real sockets what the rest of the tests prove in
// memory: whatever happens to a process, a socket or a network, every connection
// ends in time, in exactly one CloseEvent, and with the right cause. It holds
// tests alone, for Linux.
//
//	causes_test.go       every cause of 1006, told apart by its word and by the type of its error
//	process_test.go      SIGTERM under flood, and SIGKILL
//	blocked_test.go      Close behind a writer that a peer blocks
//	slow_test.go         a peer that stops reading, and what others feel of it
//	stopped_test.go      a peer that is stopped, is late, or never ends TCP; a socket that is killed
//	descriptors_test.go  no descriptor left, at Accept and at Dial
//	namespace_test.go    black holes, one-sided resets, a link that is down
//	leaks_test.go        10,000 connections, 20 ways to end, nothing left
//	concurrency_test.go  64 writers, 8 closers and 8 pingers at each end of a connection
//
// Processes that are to be killed, stopped or starved are this test's own
// program, started again; see child_test.go. Namespaces need root, iproute2 and
// nftables, and are deleted at the end. What the machine does not allow is
// skipped with a reason, or fails where the environment has
// ONCLOSE_PEERS=required.
//
//	go test ./faults
//	go test -race ./faults -run Concurrency -concurrency-for 60s
package faults
