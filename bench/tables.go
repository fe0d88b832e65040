package main

import (
	"fmt"
	"time"
)

func cpu(f figures) float64 { return f.CPU }
func rss(f figures) float64 { return f.RSS }

func latencyText(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }

var (
	cpuColumn    = column{"us", func(f figures) string { return fmt.Sprintf("%.2f", f.CPU) }}
	allocsColumn = column{"allocs", func(f figures) string { return fmt.Sprintf("%.2f", f.Allocs) }}
	outColumn    = column{"bytes out", func(f figures) string { return fmt.Sprintf("%.0f", f.Payload) }}
	halfColumn   = column{"p50", func(f figures) string { return latencyText(f.Half) }}
	lateColumn   = column{"p99", func(f figures) string { return latencyText(f.Late) }}
	tailColumn   = column{"p99.9", func(f figures) string { return latencyText(f.Slowest) }}
	resetsColumn = column{"resets", func(f figures) string { return fmt.Sprintf("%.0f %%", 100*f.Resets) }}
	rssColumn    = column{"RSS", func(f figures) string { return fmt.Sprintf("%.0f", f.RSS) }}
	heapColumn   = column{"heap", func(f figures) string { return fmt.Sprintf("%.0f", f.Heap) }}
	stackColumn  = column{"stack", func(f figures) string { return fmt.Sprintf("%.0f", f.Stack) }}
)

var tables = []table{
	{
		name: "echo", note: "Binary messages on c connections, p in flight on each; the ratio is to raw.", base: "raw",
		of: cpu, columns: []column{cpuColumn, allocsColumn, halfColumn, lateColumn, tailColumn},
		works: []work{
			echo{binaryContent, 16, 64, 1, setting{}},
			echo{binaryContent, 125, 1, 1, setting{}},
			echo{binaryContent, 125, 64, 1, setting{}},
			echo{binaryContent, 125, 64, 16, setting{}},
			echo{binaryContent, 125, 1000, 1, setting{}},
			echo{binaryContent, 1 << 10, 64, 1, setting{}},
			echo{binaryContent, 1 << 10, 64, 16, setting{}},
			echo{binaryContent, 16 << 10, 64, 1, setting{}},
			echo{binaryContent, 64 << 10, 64, 1, setting{}},
			echo{binaryContent, 1 << 20, 1, 1, setting{}},
		},
	},
	{
		name: "text", note: "The ratio is to raw, which does not check UTF-8.", base: "raw",
		of: cpu, columns: []column{cpuColumn, allocsColumn, halfColumn, lateColumn, tailColumn},
		works: []work{
			echo{asciiContent, 16 << 10, 64, 1, setting{}},
			echo{mixedContent, 16 << 10, 64, 1, setting{}},
			echo{asciiContent, 64 << 10, 64, 1, setting{}},
			echo{mixedContent, 64 << 10, 64, 1, setting{}},
		},
	},
	{
		name: "deflate", note: "JSON, compressed both ways, each library at its own default level; the ratio is to onclose.", base: "onclose",
		of: cpu, columns: []column{cpuColumn, allocsColumn, outColumn, tailColumn},
		works: deflateWorks(),
	},
	{
		name: "cycle", note: "A connection is opened and closed in order, 16 at once; the ratio is to raw.", base: "raw",
		of: cpu, columns: []column{cpuColumn, allocsColumn, resetsColumn},
		works: []work{
			cycle{"the client closes", 16, setting{}},
			cycle{"the server closes", 16, setting{Bye: true}},
		},
	},
	{
		name: "broadcast", note: "One message goes to all; time and allocations are for each who gets it, p99.9 until the last has it; the ratio is to raw.", base: "raw",
		of: cpu, columns: []column{cpuColumn, allocsColumn, tailColumn},
		works: []work{toAll{128, 5000}},
	},
	{
		name: "client", note: "Binary messages to raw, one in flight on each connection; time and allocations are the client's, and the ratio is to a client without a library, which masks once.", base: "raw",
		of: cpu, columns: []column{cpuColumn, allocsColumn},
		works: []work{exchange{125, 1}, exchange{125, 64}, exchange{1 << 10, 64}, exchange{16 << 10, 64}},
	},
	{
		name: "idle", note: "Bytes for a connection that has echoed messages of 1 KiB and waits; the ratio is to onclose.", base: "onclose", once: true,
		of: rss, columns: []column{rssColumn, heapColumn, stackColumn},
		works: []work{
			idle{5000, 1, setting{}},
			idle{2000, 1, setting{TLS: true}},
			idle{2000, 8, setting{Compress: true}},
			idle{1000, 40, setting{Compress: true, Takeover: true}},
		},
	},
}

func deflateWorks() (works []work) {
	for _, takeover := range []bool{false, true} {
		for _, size := range []int{128, 1 << 10, 16 << 10, 1 << 20} {
			conns := 64
			if size == 1<<20 {
				conns = 4
			}
			works = append(works, echo{jsonContent, size, conns, 1, setting{Compress: true, Takeover: takeover}})
		}
	}
	return works
}
