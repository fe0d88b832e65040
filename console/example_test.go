package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/onclose/websocket/console"
	"github.com/onclose/websocket/protocol"
)

// The program of the package comment, against a test server.
func Example() {
	c := console.New(nil)
	mux := http.NewServeMux()
	mux.Handle("/", c.Handler())
	mux.HandleFunc("/gone", func(w http.ResponseWriter, r *http.Request) {
		c.Report(protocol.CloseEvent{Code: 1001, WasClean: true, ClosedAt: time.Now()})
	})
	srv := httptest.NewServer(console.LoopbackHosts(mux))
	defer srv.Close()
	defer c.Close()

	for _, path := range []string{"/", "/gone", "/nowhere"} {
		res, err := http.Get(srv.URL + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		res.Body.Close()
		fmt.Println(path, res.StatusCode)
	}
	// Output:
	// / 200
	// /gone 200
	// /nowhere 404
}
