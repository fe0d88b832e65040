package sobek

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"strings"

	js "github.com/grafana/sobek"

	"github.com/onclose/websocket/webapi"
)

// maxBodyBytes is how much of a body fetch takes.
const maxBodyBytes = 64 << 20

// response is what fetch got, whole.
type response struct {
	http *http.Response
	body []byte
}

func (r *response) Status() int        { return r.http.StatusCode }
func (r *response) StatusText() string { return http.StatusText(r.http.StatusCode) }
func (r *response) URL() string        { return r.http.Request.URL.String() }

// Fields are the header fields; the values of one that comes twice are joined.
func (r *response) Fields() map[string]string {
	fields := map[string]string{}
	for name, values := range r.http.Header {
		fields[name] = strings.Join(values, ", ")
	}
	return fields
}

// fetchFunctions are fetch's.
func (s *Scope) fetchFunctions() map[string]any {
	return map[string]any{
		"fetch": s.fetch,
		"isResponse": func(v js.Value) bool {
			object, ok := v.(*js.Object)
			return ok && object.ExportType() == reflect.TypeFor[*response]()
		},
		"responseBytes": func(r *response) js.ArrayBuffer { return s.Runtime.NewArrayBuffer(r.body) },
		"detach": func(v js.Value) {
			if buffer, ok := v.Export().(js.ArrayBuffer); ok {
				buffer.Detach()
			}
		},
	}
}

// fetch asks a server, on a goroutine of its own, and calls one of two functions
// by a task. What it returns gives up.
func (s *Scope) fetch(method, url string, fields map[string]string, body string, credentials bool, resolve, reject js.Callable) context.CancelFunc {
	ctx, cancel := context.WithCancel(context.Background())
	release := s.env.Tasks.Hold()
	go func() {
		defer release()
		defer cancel()
		got, err := s.ask(ctx, method, url, fields, body, credentials)
		s.env.Tasks.Post(func() {
			if err != nil {
				s.callback(reject, js.Undefined(), s.exception(&webapi.TypeError{Message: "fetch: " + err.Error()}))
				return
			}
			s.callback(resolve, js.Undefined(), s.Runtime.ToValue(got))
		})
	}()
	return cancel
}

// ask makes one request, on a connection of its own, with the cookies of the
// connections' jar if it is to have credentials.
func (s *Scope) ask(ctx context.Context, method, url string, fields map[string]string, body string, credentials bool) (*response, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range fields {
		request.Header.Set(name, value)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	client := &http.Client{Transport: transport, CheckRedirect: asIs}
	if dial := s.env.Dial; dial != nil {
		transport.TLSClientConfig = dial.TLS
		transport.DialContext = dial.Dial
		if credentials {
			client.Jar = dial.Jar
		}
	}
	got, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	data, err := io.ReadAll(io.LimitReader(got.Body, maxBodyBytes))
	return &response{got, data}, err
}

// asIs lets a redirect be the response.
func asIs(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
