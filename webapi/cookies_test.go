package webapi

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"github.com/onclose/websocket"
)

// What an opening handshake sets is in the program's jar when a task has put it there,
// not before.
func TestCookiesAreKeptByATask(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	e := &Environment{Dial: &websocket.DialOptions{Jar: jar}}
	at := &url.URL{Scheme: "http", Host: "page.test", Path: "/"}
	late := e.dialOptions(nil).Jar
	late.SetCookies(at, []*http.Cookie{{Name: "a", Value: "1"}})
	if got := jar.Cookies(at); len(got) != 0 {
		t.Errorf("before the task: %v", got)
	}
	late.(*lateJar).keep()
	if got := late.Cookies(at); len(got) != 1 || got[0].Value != "1" || len(jar.Cookies(at)) != 1 {
		t.Errorf("behind the task: %v", got)
	}
}
