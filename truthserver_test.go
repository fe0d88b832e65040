package websocket_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// This file is the server of the truth table (truth_test.go): it does the server
// steps of one scenario, right or wrong, as a truthPeer.

// truthStep is one step of a scenario; the field that is set names it.
type truthStep struct {
	Client    string // connect, close or send: see truthClient
	On        string // sync, open, message, error, close or after:MS
	Args      []any
	Protocols []string
	Text      string
	BinaryLen int `json:"binary_len"`
	Repeat    int

	Listen     string // tcp, tls or closed_port
	Cert       string // "" with tls: raw TCP behind a wss URL
	MaxVersion string `json:"max_version"`
	Scheme     string

	ReadRequest       bool `json:"read_request"`
	ReadSome          bool `json:"read_some"`
	Upgrade           *truthUpgrade
	HTTP              *truthHTTP
	RawHex            string      `json:"raw_hex"`
	RawText           string      `json:"raw_text"`
	SendFrame         *truthFrame `json:"send_frame"`
	Cork              *bool
	EchoClose         bool `json:"echo_close"`
	WaitClientClose   bool `json:"wait_client_close"`
	WaitClientMessage int  `json:"wait_client_message"`
	WaitClientPong    bool `json:"wait_client_pong"`
	WaitEOF           bool `json:"wait_eof"`
	TimeoutMS         int  `json:"timeout_ms"`
	SleepMS           int  `json:"sleep_ms"`
	SettleMS          int  `json:"settle_ms"`
	Fin               bool
	TLSTruncate       bool `json:"tls_truncate"`
	RST               bool
	CloseNotify       bool `json:"close_notify"`
	PauseReading      bool `json:"pause_reading"`
	ResumeReading     bool `json:"resume_reading"`
}

type truthServer struct {
	truthPeer
	steps    []truthStep
	listen   truthStep
	listener net.Listener
	busy     net.Conn // keeps a port that nobody listens at
	key      string
	done     chan struct{} // the script has been played and the client is gone
}

// startTruthServer listens as the scenario says, and plays it. It gives the URL.
func startTruthServer(steps []truthStep, opened, over <-chan struct{}) (*truthServer, string, error) {
	s := &truthServer{
		truthPeer: truthPeer{opened: opened, over: over, changed: make(chan struct{})},
		steps:     steps, done: make(chan struct{}),
	}
	for _, step := range steps {
		if step.Listen != "" {
			s.listen = step
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	s.listener = l
	address := l.Addr().String()
	if s.listen.Listen == "closed_port" {
		// Nobody listens at the port of an outgoing connection, and nobody can.
		if s.busy, err = net.Dial("tcp", address); err != nil {
			return nil, "", err
		}
		address = s.busy.LocalAddr().String()
	}
	scheme := "ws"
	if s.listen.Listen == "tls" {
		scheme = "wss"
	}
	if s.listen.Scheme != "" {
		scheme = s.listen.Scheme
	}
	go s.run()
	return s, scheme + "://" + address + "/", nil
}

// finish is called when the client's story is over, and waits for the server.
func (s *truthServer) finish() truthWire {
	s.listener.Close()
	if s.busy != nil {
		s.busy.Close()
	}
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

func (s *truthServer) run() {
	defer close(s.done)
	conn, err := s.listener.Accept()
	if err != nil {
		return // the client never came
	}
	s.tcp = conn.(*net.TCPConn)
	s.tcp.SetDeadline(time.Now().Add(truthPatience))
	s.conn = s.tcp
	if s.listen.Listen == "tls" && s.listen.Cert != "" {
		config := &tls.Config{Certificates: []tls.Certificate{truthTLS().servers[s.listen.Cert]}}
		if s.listen.MaxVersion == "TLSv1.2" {
			config.MaxVersion = tls.VersionTLS12
		}
		s.conn = tls.Server(s.tcp, config)
	}
	s.in = bufio.NewReader(s.conn)
	for _, step := range s.steps {
		if !s.do(step) {
			break
		}
	}
	s.hangUp()
}

// do does one step. It reports false when the client has left too early.
func (s *truthServer) do(step truthStep) bool {
	switch {
	case step.ReadRequest:
		return s.readRequest()
	case step.Upgrade != nil:
		s.upgraded = true
		s.dribble(step.Upgrade.bytes(s.key), 1, step.Upgrade.DribbleMS)
		s.startReading()
	case step.HTTP != nil:
		s.write(step.HTTP.bytes())
	default:
		s.truthPeer.do(step)
	}
	return true
}

func (s *truthServer) readRequest() bool {
	request, err := http.ReadRequest(s.in)
	if err != nil {
		return false
	}
	s.key = request.Header.Get("Sec-WebSocket-Key")
	return true
}

// truthUpgrade is a 101 response, which may be wrong.
type truthUpgrade struct {
	Accept         string  // wrong, missing, padded, lowercase, twice, or right
	Upgrade        *string // nil leaves the header field out
	Connection     *string
	StatusLine     string `json:"status_line"`
	Headers        [][2]string
	RawHeader      string `json:"raw_header"`
	BigHeaderBytes int    `json:"big_header_bytes"`
	EOL            string
	Prefix         string
	DribbleMS      int `json:"dribble_ms"`
	TruncateBytes  int `json:"truncate_bytes"`
}

// UnmarshalJSON fills in what a right response has.
func (u *truthUpgrade) UnmarshalJSON(p []byte) error {
	type plain truthUpgrade
	right := plain{
		Upgrade: new("websocket"), Connection: new("Upgrade"),
		StatusLine: "HTTP/1.1 101 Switching Protocols", EOL: "\r\n",
	}
	d := json.NewDecoder(bytes.NewReader(p))
	d.DisallowUnknownFields()
	err := d.Decode(&right)
	*u = truthUpgrade(right)
	return err
}

func (u *truthUpgrade) bytes(key string) []byte {
	lines := []string{u.StatusLine}
	if u.Upgrade != nil {
		lines = append(lines, "Upgrade: "+*u.Upgrade)
	}
	if u.Connection != nil {
		lines = append(lines, "Connection: "+*u.Connection)
	}
	hash := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	accept := "Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(hash[:])
	switch u.Accept {
	case "":
		lines = append(lines, accept)
	case "wrong":
		lines = append(lines, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
	case "padded":
		lines = append(lines, strings.Replace(accept, ": ", ":   ", 1)+"  ")
	case "lowercase":
		name, value, _ := strings.Cut(accept, ": ")
		lines = append(lines, name+": "+strings.ToLower(value))
	case "twice":
		lines = append(lines, accept, accept)
	}
	for _, field := range u.Headers {
		lines = append(lines, field[0]+": "+field[1])
	}
	if u.RawHeader != "" {
		lines = append(lines, u.RawHeader)
	}
	if u.BigHeaderBytes > 0 {
		lines = append(lines, "X-Big: "+strings.Repeat("b", u.BigHeaderBytes))
	}
	head := u.Prefix + strings.Join(lines, u.EOL) + u.EOL + u.EOL
	return []byte(head[:len(head)-u.TruncateBytes])
}

// truthHTTP is an ordinary response.
type truthHTTP struct {
	Status  int
	Reason  string
	Headers [][2]string
	Body    string
}

func (h *truthHTTP) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", h.Status, h.Reason)
	for _, field := range h.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", field[0], field[1])
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(h.Body), h.Body)
	return b.Bytes()
}

// truthCertificates are the servers' certificates and the root that signed them,
// but for the self-signed one.
type truthCertificates struct {
	roots   *x509.CertPool
	servers map[string]tls.Certificate
}

var truthTLS = sync.OnceValue(func() truthCertificates {
	now := time.Now()
	template := func(serial int64, end time.Time, address string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), NotBefore: now.Add(-48 * time.Hour), NotAfter: end,
			IPAddresses: []net.IP{net.ParseIP(address)},
		}
	}
	root := template(1, now.Add(time.Hour), "127.0.0.1")
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	ca := sign(root, nil)
	certificates := truthCertificates{x509.NewCertPool(), map[string]tls.Certificate{
		"good":        sign(template(2, now.Add(time.Hour), "127.0.0.1"), &ca),
		"expired":     sign(template(3, now.Add(-time.Hour), "127.0.0.1"), &ca),
		"wrong_host":  sign(template(4, now.Add(time.Hour), "192.0.2.1"), &ca),
		"self_signed": sign(template(5, now.Add(time.Hour), "127.0.0.1"), nil),
	}}
	certificates.roots.AddCert(ca.Leaf)
	return certificates
})

// sign makes a certificate, signed by another or else by itself.
func sign(template *x509.Certificate, by *tls.Certificate) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	parent, signer := template, any(key)
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}
