// Command bench measures onclose beside other WebSocket libraries: the same work,
// in one run, in turns.
//
//	go run ./bench compare              # all tables, some minutes each
//	go run ./bench compare --only echo  # those whose name matches
//	go run ./bench compare --markdown docs/performance.md
//	go run ./bench gates                # the library's goals, met or not
//
// The parts have benchmarks of their own: wire, protocol, deflate, and Conn over
// a connection that costs nothing. Compare two commits with benchstat:
//
//	go test -run '^$' -bench . -count 10 . ./wire ./protocol ./deflate >old
//	git switch ...; go test ... >new
//	go run golang.org/x/perf/cmd/benchstat@latest old new
//
// With BENCH_PROFILES=DIR in the environment each server of Go leaves a profile of
// its processor time there, for go tool pprof.
//
// The server stands in a process of its own with one processor, the load has the
// other. The figure is the processor time of the server for one message, and its
// ratio to raw, a server without any library, in the same round: times drift on
// a machine that others use too, ratios hold. Rounds are interleaved, the medians
// count, and before a server is measured its answers are compared with what they
// have to be, byte for byte. In the table of clients it is the client that stands
// in the process of its own.
package main
