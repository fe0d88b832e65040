package handshake

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func TestParseResponse(t *testing.T) {
	tests := []struct {
		name, text string
		want       Response
	}{
		{
			"the response of RFC 6455, section 1.2",
			"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + sampleAccept + "\r\n\r\n",
			Response{1, 1, 101, "Switching Protocols", Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Accept": {sampleAccept}}},
		},
		{"no reason, RFC 9112, section 4", "HTTP/1.1 101 \r\n\r\n", Response{1, 1, 101, "", Header{}}},
		{"neither a reason nor the space before it", "HTTP/1.0 200\n\n", Response{1, 0, 200, "", Header{}}},
		{"a reason beyond ASCII, with a tab", "HTTP/1.1 404 nicht\tda \xfc\r\n\r\n", Response{1, 1, 404, "nicht\tda \xfc", Header{}}},
		{"a status that no registry knows", "HTTP/1.1 999 x\r\n\r\n", Response{1, 1, 999, "x", Header{}}},
		{
			"a Content-Length does not reach behind the head of a 101, RFC 9112, section 6.3 (hs-101-content-length)",
			"HTTP/1.1 101 x\r\nContent-Length: 5\r\n\r\n", Response{1, 1, 101, "x", Header{"Content-Length": {"5"}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, n, err := ParseResponse([]byte(test.text+"\x81\x03abc"), Limits{})
			if err != nil || n != len(test.text) || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %d, %v; want %+v, %d", got, n, err, test.want, len(test.text))
			}
			sameVerdict(t, []byte(test.text+"\x81\x03abc"), parseResponseAny)
		})
	}
}

func TestParseResponseRefuses(t *testing.T) {
	tests := []struct {
		name, text, section string
		at                  int
	}{
		{"another protocol, at its first line, RFC 9112, section 2.3", "220 mail.example ESMTP\r\n", "RFC 9112, section 2.3", 0},
		{"a wrong name of the protocol (hs-bad-status-line)", "FOO/1.1 101 Switching Protocols\r\n", "RFC 9112, section 2.3", 0},
		{"an empty start line", "\r\n", "RFC 9112, section 2.3", 0},
		{"no status", "HTTP/1.1\r\n", "RFC 9112, section 4", 9},
		{"a status of two digits", "HTTP/1.1 10 x\r\n", "RFC 9112, section 4", 9},
		{"a status of four digits", "HTTP/1.1 1010 x\r\n", "RFC 9112, section 4", 9},
		{"a status with a letter", "HTTP/1.1 1O1 x\r\n", "RFC 9112, section 4", 9},
		{"a status that begins with 0", "HTTP/1.1 099 x\r\n", "RFC 9112, section 4", 9},
		{"two spaces before the status", "HTTP/1.1  101 x\r\n", "RFC 9112, section 4", 9},
		{"a control character in the reason", "HTTP/1.1 101 x\x1b\r\n", "RFC 9112, section 4", 14},
		{"a malformed header line", "HTTP/1.1 101 x\r\nno colon\r\n\r\n", "RFC 9112, section 5", 16},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, n, err := ParseResponse([]byte(test.text), Limits{})
			e, ok := err.(*SyntaxError)
			if !ok || n != 0 || !reflect.DeepEqual(got, Response{}) {
				t.Fatalf("got %+v, %d, %v; want a SyntaxError", got, n, err)
			}
			if e.In != "response" || e.Offset != test.at || e.Section != test.section {
				t.Errorf("got %+v, want offset %d, section %q", e, test.at, test.section)
			}
			sameVerdict(t, []byte(test.text), parseResponseAny)
		})
	}
}

func TestParseResponseHoldsItsLimits(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"HTTP/1.1 101 " + strings.Repeat("x", 9000), "the start line is longer than 8192 bytes"},
		{"HTTP/1.1 101 x\r\nA: " + strings.Repeat("x", 9000), "a header line is longer than 8192 bytes"},
		{"HTTP/1.1 101 x\r\n" + strings.Repeat("A: b\r\n", 129), "the head has more than 128 header lines"},
		{"HTTP/1.1 101 x\r\n" + strings.Repeat("A: "+strings.Repeat("x", 8000)+"\r\n", 9), "the head is longer than 65536 bytes"},
	} {
		if _, _, err := ParseResponse([]byte(test.text), Limits{}); problemOf(err) != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestInterimIsAnyOf1xxBut101(t *testing.T) {
	for status, want := range map[int]bool{100: true, 101: false, 102: true, 103: true, 199: true, 200: false, 404: false} {
		if got := (Response{Status: status}).Interim(); got != want {
			t.Errorf("%d: got %v, want %v", status, got, want)
		}
	}
}

func TestAnInterimResponseIsFollowedByTheNext(t *testing.T) { // hs-100-then-101
	p := []byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 x\r\n\r\n")
	first, n, err := ParseResponse(p, Limits{})
	if err != nil || !first.Interim() {
		t.Fatalf("got %+v, %v; want an interim response", first, err)
	}
	second, m, err := ParseResponse(p[n:], Limits{})
	if err != nil || second.Status != 101 || n+m != len(p) {
		t.Errorf("got %+v, %d, %v; want the 101", second, n+m, err)
	}
}

func parseResponseAny(p []byte) (any, int, error) {
	resp, n, err := ParseResponse(p, fuzzLimits)
	return resp, n, err
}

func FuzzParseResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x00"))
	f.Fuzz(func(t *testing.T, p []byte) {
		sameVerdict(t, p, parseResponseAny)
		resp, n, err := ParseResponse(p, fuzzLimits)
		if n == 0 {
			if err == nil && len(p) > fuzzLimits.MaxHeaderBytes {
				t.Fatal("asks for more than the limit")
			}
			return
		}
		checkHeadLimits(t, p[:n], resp.Header)
		start := versionText(resp.ProtoMajor, resp.ProtoMinor) + " " + strconv.Itoa(resp.Status) + " " + resp.Reason + "\r\n"
		again, _, err := ParseResponse(appendHeader(start, resp.Header), Limits{})
		if err != nil || !reflect.DeepEqual(again, resp) {
			t.Fatalf("got %+v, %v\nwant %+v", again, err, resp)
		}
		if _, err := (&ClientRules{Key: sampleKey}).Check(&resp); err == nil && resp.Status != 101 {
			t.Fatalf("accepted %+v", resp)
		}
	})
}
