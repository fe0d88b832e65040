package truthtest

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

// Step is one step of a scenario; the field that is set names it.
type Step struct {
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
	Upgrade           *Upgrade
	HTTP              *Response
	RawHex            string `json:"raw_hex"`
	RawText           string `json:"raw_text"`
	SendFrame         *Frame `json:"send_frame"`
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

// Server does the server steps of one scenario, right or wrong, as a Peer.
type Server struct {
	Peer
	steps    []Step
	listen   Step
	listener net.Listener
	busy     net.Conn // keeps a port that nobody listens at
	key      string
	done     chan struct{} // the script has been played and the client is gone
}

// Start listens as the scenario says, and plays it. It gives the URL.
func Start(steps []Step, opened, over <-chan struct{}) (*Server, string, error) {
	s := &Server{
		Peer:  NewPeer(opened, over),
		steps: steps, done: make(chan struct{}),
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

// Finish is called when the client's story is over, and waits for the server.
func (s *Server) Finish() Wire {
	s.listener.Close()
	if s.busy != nil {
		s.busy.Close()
	}
	<-s.done
	return s.Seen()
}

func (s *Server) run() {
	defer close(s.done)
	conn, err := s.listener.Accept()
	if err != nil {
		return // the client never came
	}
	s.TCP = conn.(*net.TCPConn)
	s.TCP.SetDeadline(time.Now().Add(Patience))
	s.Conn = s.TCP
	if s.listen.Listen == "tls" && s.listen.Cert != "" {
		config := &tls.Config{Certificates: []tls.Certificate{TLS().Servers[s.listen.Cert]}}
		if s.listen.MaxVersion == "TLSv1.2" {
			config.MaxVersion = tls.VersionTLS12
		}
		s.Conn = tls.Server(s.TCP, config)
	}
	s.In = bufio.NewReader(s.Conn)
	for _, step := range s.steps {
		if !s.Do(step) {
			break
		}
	}
	s.HangUp()
}

// Do does one step. It reports false when the client has left too early.
func (s *Server) Do(step Step) bool {
	switch {
	case step.ReadRequest:
		return s.readRequest()
	case step.Upgrade != nil:
		s.Upgraded = true
		s.Dribble(step.Upgrade.bytes(s.key), 1, step.Upgrade.DribbleMS)
		s.StartReading()
	case step.HTTP != nil:
		s.write(step.HTTP.bytes())
	default:
		s.Peer.Do(step)
	}
	return true
}

func (s *Server) readRequest() bool {
	request, err := http.ReadRequest(s.In)
	if err != nil {
		return false
	}
	s.key = request.Header.Get("Sec-WebSocket-Key")
	return true
}

// Upgrade is a 101 response, which may be wrong.
type Upgrade struct {
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
func (u *Upgrade) UnmarshalJSON(p []byte) error {
	type plain Upgrade
	right := plain{
		Upgrade: new("websocket"), Connection: new("Upgrade"),
		StatusLine: "HTTP/1.1 101 Switching Protocols", EOL: "\r\n",
	}
	d := json.NewDecoder(bytes.NewReader(p))
	d.DisallowUnknownFields()
	err := d.Decode(&right)
	*u = Upgrade(right)
	return err
}

func (u *Upgrade) bytes(key string) []byte {
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

// Response is an ordinary response.
type Response struct {
	Status  int
	Reason  string
	Headers [][2]string
	Body    string
}

func (h *Response) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", h.Status, h.Reason)
	for _, field := range h.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", field[0], field[1])
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(h.Body), h.Body)
	return b.Bytes()
}

// Certificates are the Servers' certificates and the root that signed them,
// but for the self-signed one.
type Certificates struct {
	Roots   *x509.CertPool
	Servers map[string]tls.Certificate
}

// TLS is the certificates, made once.
var TLS = sync.OnceValue(func() Certificates {
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
	certificates := Certificates{x509.NewCertPool(), map[string]tls.Certificate{
		"good":        sign(template(2, now.Add(time.Hour), "127.0.0.1"), &ca),
		"expired":     sign(template(3, now.Add(-time.Hour), "127.0.0.1"), &ca),
		"wrong_host":  sign(template(4, now.Add(time.Hour), "192.0.2.1"), &ca),
		"self_signed": sign(template(5, now.Add(time.Hour), "127.0.0.1"), nil),
	}}
	certificates.Roots.AddCert(ca.Leaf)
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
