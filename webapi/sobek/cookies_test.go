package sobek

import (
	"bytes"
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/webapi"
)

// fetch and WebSocket share the jar of the environment. What an opening handshake sets
// is there when open is dispatched, for every address of the host.
func TestCookiesOfFetchAndWebSocket(t *testing.T) {
	opens := &websocket.AcceptOptions{Origins: []string{"*"}, Header: http.Header{"Set-Cookie": {"opened=1; Path=/"}}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Path: "/"})
			w.Write([]byte("cookies: " + r.Header.Get("Cookie")))
			return
		}
		tells("cookies: "+r.Header.Get("Cookie"), opens).ServeHTTP(w, r)
	}))
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	scope, err := New(&Options{
		Environment: &webapi.Environment{BaseURL: server.URL + "/page", Dial: &websocket.DialOptions{Jar: jar}},
		Stdout:      &out, Stderr: &out,
	})
	if err != nil {
		t.Fatal(err)
	}
	const script = `
		const asked = async (credentials) => print(credentials, await (await fetch("/login", { credentials })).text());
		(async () => {
			await asked("omit");
			await asked("same-origin");
			await asked("include");
			const ws = new WebSocket("/ws");
			ws.onmessage = async (e) => {
				print(e.data);
				ws.close();
				await asked("same-origin");
				await asked("omit");
			};
		})();`
	if err := scope.RunScript(context.Background(), "cookies.js", script); err != nil {
		t.Fatal(err)
	}
	if err := scope.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	const want = "omit cookies: \nsame-origin cookies: \ninclude cookies: session=1\n" +
		"cookies: session=1\nsame-origin cookies: session=1; opened=1\nomit cookies: \n"
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", out.String(), want)
	}
}
