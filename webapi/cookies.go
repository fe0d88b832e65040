package webapi

import (
	"net/http"
	"net/url"
)

// lateJar puts what one opening handshake sets into its jar by a task: a script does
// not see cookies change while it runs.
type lateJar struct {
	http.CookieJar
	set []func()
}

func (j *lateJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.set = append(j.set, func() { j.CookieJar.SetCookies(u, cookies) })
}

// keep is the task.
func (j *lateJar) keep() {
	for _, set := range j.set {
		set()
	}
}
