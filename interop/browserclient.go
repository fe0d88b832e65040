package interop

import (
	"context"
	_ "embed"
	"strings"
)

//go:embed peers/jobs.mjs
var jobsModule string

// jobsPerCall keeps what one Call carries to some ten kilobytes: the yield of a
// page is one message of the browser's remote protocol.
const jobsPerCall = 200

// browserClient runs jobs in pages of a browser.
type browserClient struct {
	Browser
	pageURL string
}

// InBrowser is a Client whose jobs run in a page at pageURL, a fresh one for
// every Run. Its origin is the jobs' origin.
func InBrowser(b Browser, pageURL string) Client { return browserClient{b, pageURL} }

// Run runs the jobs in one page, some at a time.
func (b browserClient) Run(ctx context.Context, jobs []Job, limit int) ([]Result, error) {
	page, err := b.Open(ctx, b.pageURL)
	if err != nil {
		return nil, err
	}
	defer page.Close(context.WithoutCancel(ctx))
	// A page cannot import the module from a file, so it gets its text.
	function := "async (jobs, limit) => {" + strings.ReplaceAll(jobsModule, "export ", "") + `
		const results = [];
		await runJobs(WebSocket, jobs, limit, (r) => results.push(r));
		return results;
	}`
	var results []Result
	for start := 0; start < len(jobs); start += jobsPerCall {
		part := jobs[start:min(start+jobsPerCall, len(jobs))]
		var got []Result
		if err := page.Call(ctx, function, &got, part, limit); err != nil {
			return nil, err
		}
		results = append(results, got...)
	}
	return inOrder(jobs, results)
}
