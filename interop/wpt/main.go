// Command wpt runs the public web-platform-tests for WebSockets against the scripts'
// scope of webapi/sobek, as far as they need no page.
//
//	go run ./interop/wpt --suite DIR               # a checkout of web-platform-tests
//	go run ./interop/wpt --suite DIR stream/       # those whose path contains a word
//
// The suite is not part of this repository: https://github.com/web-platform-tests/wpt
// has it, and the source package of a Firefox (testing/web-platform/tests). Its server is
// started from there, with python3; HTTP/2 is left out. Each file runs once for plain and
// once for TLS, as its variants say, in a scope of its own. What a test needs of a page
// beside the scope, such as document.createEvent, cookies or XMLHttpRequest, is in page.js.
//
// A line is printed for each subtest that does not pass, for each file that is left out,
// with the reason, and for what the suite's harness says of a whole file; the sums come
// last. The exit status is 1 when a subtest does not pass or a file has none.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"time"
)

func main() {
	suite := flag.String("suite", "", "directory of a checkout of web-platform-tests")
	python := flag.String("python", "/usr/bin/python3", "the Python that runs the suite's server")
	parallel := flag.Int("parallel", 4, "how many files run at a time")
	timeout := flag.Duration("timeout", 20*time.Second, "time for a file; three times that if it says that it is long")
	flag.Parse()
	if *suite == "" || flag.NArg() > 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := run(ctx, *suite, *python, flag.Arg(0), *parallel, *timeout)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "wpt:", err)
		os.Exit(2)
	case !ok:
		os.Exit(1)
	}
}

// run runs the tests, and reports whether all passed.
func run(ctx context.Context, suite, python, word string, parallel int, timeout time.Duration) (ok bool, err error) {
	files, err := find(suite, word)
	if err != nil {
		return false, err
	}
	server, err := serve(ctx, suite, python)
	if err != nil {
		return false, err
	}
	defer server.close()
	var all []job
	for _, f := range files {
		if f.leftOut == "" {
			all = append(all, f.jobs()...)
		}
	}
	results := make([]result, len(all))
	free := make(chan struct{}, parallel)
	var done sync.WaitGroup
	for i, j := range all {
		free <- struct{}{}
		done.Go(func() {
			results[i] = server.run(ctx, j, timeout)
			<-free
		})
	}
	done.Wait()
	for _, f := range files {
		if f.leftOut != "" {
			fmt.Printf("%s is left out: %s\n", f.path, f.leftOut)
		}
	}
	return report(results), nil
}

// report prints what did not pass, and the sums.
func report(results []result) (ok bool) {
	ok = true
	var sums [2]struct{ pass, all int } // without and with streams
	for _, r := range results {
		sum := &sums[0]
		if r.job.isStream() {
			sum = &sums[1]
		}
		sum.all += len(r.Tests)
		sum.pass += len(r.Tests)
		if r.problem() != "" {
			ok = ok && len(r.Tests) > 0
			fmt.Printf("%v: %s\n", r.job, r.problem())
		}
		for _, t := range slices.DeleteFunc(r.Tests, subtest.passes) {
			ok = false
			sum.pass--
			fmt.Printf("%v: %q: %s\n", r.job, t.Name, t.Message)
		}
	}
	fmt.Printf("%d of %d subtests without WebSocketStream, %d of %d of WebSocketStream, in %d runs\n",
		sums[0].pass, sums[0].all, sums[1].pass, sums[1].all, len(results))
	return ok
}
