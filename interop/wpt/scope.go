package main

import (
	"context"
	"crypto/tls"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
	"github.com/onclose/websocket/webapi/sobek"
)

// result is what became of a job: the harness's own report.
type result struct {
	job
	Status  int // of the harness: 0 is good
	Message string
	Tests   []subtest
	err     error // why there is no report
}

type subtest struct {
	Name    string
	Status  int // 0 passes
	Message string
}

func (t subtest) passes() bool { return t.Status == 0 }

// problem is what is wrong with the whole run, or empty.
func (r *result) problem() string {
	switch {
	case r.err != nil:
		return r.err.Error()
	case r.Status != 0:
		return r.Message
	case len(r.Tests) == 0:
		return "it has no subtests"
	}
	return ""
}

//go:embed page.js
var pageScript string

// run runs one job in a scope of its own.
func (s *server) run(ctx context.Context, j job, timeout time.Duration) result {
	if j.long {
		timeout *= 3
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errors.New("no result in time"))
	defer cancel()
	r := result{job: j}
	p := &page{server: s, job: j, result: &r, origin: s.http}
	if strings.Contains(j.path, ".https.") || strings.Contains(j.variant, "https") {
		p.origin = s.https
	}
	err := p.run(ctx)
	var quit *sobek.QuitError // which page.js calls when it has reported
	if !errors.As(err, &quit) {
		r.err = errors.Join(err, errors.New("no report"))
	}
	return r
}

// page is the page or worker that a test runs in.
type page struct {
	server *server
	job    job
	result *result
	origin string
	jar    *pageJar
	scope  *sobek.Scope
}

func (p *page) address() string { return p.origin + "/" + p.job.path + p.job.variant }

func (p *page) run(ctx context.Context) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	p.jar = &pageJar{jar: jar}
	if p.scope, err = p.newScope(); err != nil {
		return err
	}
	if err := p.scope.RunScript(ctx, "page.js", pageScript); err != nil {
		return err
	}
	text, err := p.text()
	if err != nil {
		return err
	}
	err = p.scope.RunScript(ctx, p.job.path, text)
	var thrown *sobek.ScriptError
	switch {
	case errors.As(err, &thrown):
		p.scope.Report(err) // the harness hears of it
	case err != nil:
		return err
	}
	return p.scope.Run(ctx)
}

// text is the harness and the file's scripts as one script: outside of a page the harness
// takes the end of its script for the end of the tests.
func (p *page) text() (string, error) {
	paths, texts := p.job.scripts()
	paths, texts = append([]string{"/resources/testharness.js", ""}, paths...), append([]string{"", "wpt.listen()"}, texts...)
	for i, path := range paths {
		if path == "" {
			continue
		}
		var err error
		if texts[i], err = p.server.get(path); err != nil {
			return "", err
		}
	}
	return strings.Join(texts, "\n;\n"), nil
}

// newScope makes a scope for the page, or for a worker of it.
func (p *page) newScope() (*sobek.Scope, error) {
	scope, err := sobek.New(&sobek.Options{
		Environment: &webapi.Environment{
			BaseURL: p.address(),
			Dial: &websocket.DialOptions{
				TLS: &tls.Config{RootCAs: p.server.roots}, Dial: dialLoopback, Jar: p.jar,
				Compression: &websocket.Compression{ServerTakeover: true, ClientTakeover: true},
			},
		},
		Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return nil, err
	}
	return scope, scope.Runtime.Set("wpt", map[string]any{
		"address": p.address(), "title": p.job.title(), "worker": p.job.isWorker(),
		"report":    func(text string) error { return json.Unmarshal([]byte(text), p.result) },
		"ask":       p.ask,
		"cookies":   p.cookies,
		"setCookie": p.setCookie,
		"runWorker": p.runWorker,
	})
}

// ask is a synchronous request: the script waits.
func (p *page) ask(method, address string) (text string, err error) {
	client := &http.Client{Transport: p.server.client.Transport, Jar: p.jar}
	request, err := http.NewRequest(method, address, nil)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return string(data), err
}

// runWorker runs a worker's script to its end and returns the messages that it posted.
func (p *page) runWorker(source string) (messages []any, err error) {
	scope, err := p.newScope()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	scope.Runtime.Set("postMessage", func(v any) { messages = append(messages, v) })
	if err := scope.RunScript(ctx, "page.js", pageScript); err != nil {
		return nil, err
	}
	return messages, scope.RunScript(ctx, "worker", source)
}

// cookies is what document.cookie gives.
func (p *page) cookies() string {
	u, _ := url.Parse(p.address())
	var pairs []string
	for _, c := range p.jar.Cookies(u) {
		if !p.jar.hidden[c.Name] {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}

// setCookie is an assignment to document.cookie.
func (p *page) setCookie(text string) {
	u, _ := url.Parse(p.address())
	response := http.Response{Header: http.Header{"Set-Cookie": {text}}}
	p.jar.SetCookies(u, response.Cookies())
}

// pageJar is a jar that knows which cookies scripts may not see.
type pageJar struct {
	jar    *cookiejar.Jar
	hidden map[string]bool // names
}

func (j *pageJar) Cookies(u *url.URL) []*http.Cookie { return j.jar.Cookies(u) }

func (j *pageJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if j.hidden == nil {
			j.hidden = map[string]bool{}
		}
		j.hidden[c.Name] = c.HttpOnly
	}
	j.jar.SetCookies(u, cookies)
}
