// Package reconnect serves reconnect.js, which is for pages what
// websocket.Reconnect is in Go: a WebSocket that is opened again when it ends, as
// its CloseEvent calls for. The file is an ES module of less than 3 KiB without
// dependencies; it may be copied as well. docs/reconnect.md says how to use it.
//
//	http.Handle("/reconnect.js", reconnect.Handler())
//
// What both do after each CloseEvent stands in testdata/retries.json. The tests of
// both read it.
package reconnect

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

//go:embed reconnect.js
var script string

// Handler answers every request with reconnect.js. Browsers keep it, and ask each
// time whether it is still the same. It may be called from any number of
// goroutines.
func Handler() http.Handler {
	sum := sha256.Sum256([]byte(script))
	etag := `"` + hex.EncodeToString(sum[:12]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", etag)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(script))
	})
}
