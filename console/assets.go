package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path"
	"time"
)

//go:embed assets
var files embed.FS

// contentTypes names the types here rather than in package mime, which asks
// the machine it runs on.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".json": "application/json",
	".svg":  "image/svg+xml",
}

// An asset is bytes that never change while the program runs.
type asset struct {
	contentType string
	etag        string
	body        []byte
}

func newAsset(name string, body []byte) asset {
	sum := sha256.Sum256(body)
	return asset{
		contentType: contentTypes[path.Ext(name)],
		etag:        `"` + hex.EncodeToString(sum[:12]) + `"`,
		body:        body,
	}
}

// ServeHTTP lets the browser keep the bytes, and ask each time whether they
// are still the same: a new version of the program is seen at once.
func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", a.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

// assets are the embedded files by name.
func assets() map[string]asset {
	entries, err := files.ReadDir("assets")
	if err != nil {
		panic("websocket: embedded assets: " + err.Error())
	}
	found := make(map[string]asset, len(entries))
	for _, e := range entries {
		body, err := files.ReadFile("assets/" + e.Name())
		if err != nil {
			panic("websocket: embedded assets: " + err.Error())
		}
		found[e.Name()] = newAsset(e.Name(), body)
	}
	return found
}

func servePage() http.Handler { return assets()["page.html"] }

func serveAssets() http.Handler {
	found := assets()
	delete(found, "page.html") // it is at "/", and only there
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, ok := found[r.PathValue("file")]; ok {
			a.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	})
}

// serveCodes answers with codes as JSON, marshalled once.
func serveCodes(codes any) http.Handler {
	if codes == nil {
		codes = []struct{}{}
	}
	body, err := json.Marshal(codes)
	if err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "websocket: console codes: "+err.Error(), http.StatusInternalServerError)
		})
	}
	return newAsset("codes.json", body)
}
