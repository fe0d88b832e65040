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
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// This file is the server of the truth table (truth_test.go): it does the server
// steps of one scenario, right or wrong, on one TCP connection, and writes down
// what the client puts on the wire. It shares no code with the library.

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
	steps  []truthStep
	listen truthStep
	opened <-chan struct{} // the client's OnOpen has been called
	over   <-chan struct{} // the client's story has been told

	listener net.Listener
	busy     net.Conn // keeps a port that nobody listens at
	tcp      *net.TCPConn
	conn     net.Conn // tcp, or TLS over it
	in       *bufio.Reader
	key      string
	upgraded bool
	cork     bool
	corked   []byte
	readOnce sync.Once
	gate     sync.Mutex    // held while reading is paused
	done     chan struct{} // the script has been played and the client is gone

	mu      sync.Mutex
	seen    truthWire
	changed chan struct{} // closed and replaced when seen changes
}

// truthWire is what the client put on the wire.
type truthWire struct {
	close                                  []byte // payload of its Close frame, nil for none
	dataFrames, dataBytes, messages, pongs int
	faults                                 []string
	ended                                  bool
}

// startTruthServer listens as the scenario says, and plays it. It gives the URL.
func startTruthServer(steps []truthStep, opened, over <-chan struct{}) (*truthServer, string, error) {
	s := &truthServer{steps: steps, opened: opened, over: over, done: make(chan struct{}), changed: make(chan struct{})}
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
	s.wait(nil, 0)
	s.tcp.Close()
	for ended := false; !ended; {
		ended = s.wait(nil, truthPatience)
	}
}

// do does one step. It reports false when the client has left too early.
func (s *truthServer) do(step truthStep) bool {
	timeout := time.Duration(step.TimeoutMS) * time.Millisecond
	switch {
	case step.Client != "", step.Listen != "":
	case step.ReadRequest:
		return s.readRequest()
	case step.ReadSome:
		s.in.Peek(1)
		s.in.Discard(s.in.Buffered())
	case step.Upgrade != nil:
		s.upgraded = true
		s.dribble(step.Upgrade.bytes(s.key), 1, step.Upgrade.DribbleMS)
		s.startReading()
	case step.HTTP != nil:
		s.write(step.HTTP.bytes())
	case step.RawHex != "":
		s.write(unhex(step.RawHex))
	case step.RawText != "":
		s.write([]byte(step.RawText))
	case step.SendFrame != nil:
		s.dribble(step.SendFrame.bytes(), step.SendFrame.SplitBytes, step.SendFrame.SplitMS)
	case step.Cork != nil:
		s.cork = *step.Cork
		s.write(nil)
	case step.EchoClose:
		s.echoClose()
	case step.WaitClientClose:
		s.wait(func(w *truthWire) bool { return w.close != nil }, timeout)
	case step.WaitClientMessage > 0:
		s.wait(func(w *truthWire) bool { return w.messages >= step.WaitClientMessage }, timeout)
	case step.WaitClientPong:
		s.wait(func(w *truthWire) bool { return w.pongs > 0 }, timeout)
	case step.WaitEOF:
		s.wait(nil, timeout)
	case step.SleepMS > 0:
		// Short sleeps let the client act, which takes longer on a busy machine.
		s.sleep(max(time.Duration(step.SleepMS)*time.Millisecond, 250*time.Millisecond))
	case step.SettleMS > 0:
		select {
		case <-s.opened:
		case <-s.over:
		}
	case step.Fin:
		s.fin(!step.TLSTruncate)
	case step.RST:
		s.tcp.SetLinger(0)
		s.tcp.Close()
	case step.CloseNotify:
		s.conn.(*tls.Conn).CloseWrite()
	case step.PauseReading:
		s.gate.Lock()
	case step.ResumeReading:
		s.gate.Unlock()
	default:
		panic(fmt.Sprintf("a step that the server does not know: %+v", step))
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

// write sends p, or keeps it while the server is corked. The client may be gone:
// what it makes of that is what the test is about.
func (s *truthServer) write(p []byte) {
	s.corked = append(s.corked, p...)
	if !s.cork {
		s.conn.Write(s.corked)
		s.corked = s.corked[:0]
	}
}

// dribble writes p, in pieces of so many bytes when there are pauses.
func (s *truthServer) dribble(p []byte, size, pauseMS int) {
	if pauseMS == 0 {
		s.write(p)
		return
	}
	for piece := range slices.Chunk(p, size) {
		s.write(piece)
		s.sleep(time.Duration(pauseMS) * time.Millisecond)
	}
}

// sleep lets time pass, unless nobody is there any more for whom it would.
func (s *truthServer) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.over:
	}
}

func (s *truthServer) fin(notify bool) {
	if secure, ok := s.conn.(*tls.Conn); ok && notify {
		secure.CloseWrite()
	}
	s.tcp.CloseWrite()
}

func (s *truthServer) echoClose() {
	s.mu.Lock()
	payload := s.seen.close
	s.mu.Unlock()
	if payload != nil {
		s.write(append([]byte{0x88, byte(len(payload))}, payload...))
	}
}

// wait waits until what the client sent fulfills a condition, or the client has
// ended, which it reports. A busy machine gets at least ten seconds.
func (s *truthServer) wait(condition func(*truthWire) bool, timeout time.Duration) (ended bool) {
	s.startReading()
	timer := time.NewTimer(max(timeout, 10*time.Second))
	defer timer.Stop()
	for {
		s.mu.Lock()
		ended, changed := s.seen.ended, s.changed
		met := ended || condition != nil && condition(&s.seen)
		s.mu.Unlock()
		if met {
			return ended
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		}
	}
}

// startReading reads from here on, until the client ends.
func (s *truthServer) startReading() {
	s.readOnce.Do(func() {
		go func() {
			if s.upgraded {
				for s.readFrame() {
				}
			} else {
				io.Copy(io.Discard, s.in)
			}
			s.note(func(w *truthWire) { w.ended = true })
		}()
	})
}

func (s *truthServer) note(change func(*truthWire)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.seen)
	close(s.changed)
	s.changed = make(chan struct{})
}

// readFrame reads a frame of the client and writes it down.
func (s *truthServer) readFrame() bool {
	header := make([]byte, 14)
	if !s.read(header[:2]) {
		return false
	}
	n := uint64(header[1] & 0x7f)
	switch n {
	case 126:
		s.read(header[2:4])
		n = uint64(binary.BigEndian.Uint16(header[2:]))
	case 127:
		s.read(header[2:10])
		n = binary.BigEndian.Uint64(header[2:])
	}
	masked, key := header[1]&0x80 != 0, header[10:]
	if masked && !s.read(key) || n > 1<<24 {
		return false
	}
	payload := make([]byte, n)
	if !s.read(payload) {
		return false
	}
	for i := range payload {
		payload[i] ^= key[i&3]
	}
	s.note(func(w *truthWire) { w.frame(header[0], masked, payload) })
	return true
}

func (s *truthServer) read(p []byte) bool {
	for len(p) > 0 {
		s.passGate()
		n, err := s.in.Read(p)
		if p = p[n:]; err != nil {
			return false
		}
	}
	return true
}

// passGate waits while reading is paused.
func (s *truthServer) passGate() {
	s.gate.Lock()
	defer s.gate.Unlock()
}

// frame writes a frame down, and what is wrong with it.
func (w *truthWire) frame(first byte, masked bool, payload []byte) {
	opcode := first & 0x0f
	switch {
	case !masked:
		w.faults = append(w.faults, fmt.Sprintf("the client sent opcode %d unmasked", opcode))
	case w.close != nil && opcode != 10: // a Ping is answered until a Close frame came
		w.faults = append(w.faults, fmt.Sprintf("the client sent opcode %d behind its Close frame", opcode))
	}
	switch opcode {
	case 0, 1, 2:
		w.dataFrames++
		w.dataBytes += len(payload)
		if first&0x80 != 0 {
			w.messages++
		}
	case 8:
		w.close = payload
	case 10:
		w.pongs++
	}
}

// truthFrame is a frame of the server, which may break every rule.
type truthFrame struct {
	Opcode                byte
	Fin, RSV1, RSV2, RSV3 bool
	Mask                  bool
	PayloadHex            string `json:"payload_hex"`
	PayloadText           string `json:"payload_text"`
	PayloadLen            int    `json:"payload_len"`
	LenForm               int    `json:"len_form"`
	AnnounceHex           string `json:"announce_hex"`
	Repeat                int
	SplitBytes            int `json:"split_bytes"`
	SplitMS               int `json:"split_ms"`
}

func (f *truthFrame) bytes() []byte {
	payload := append(unhex(f.PayloadHex), f.PayloadText...)
	payload = append(payload, strings.Repeat("a", f.PayloadLen)...)
	first := f.Opcode
	for i, set := range []bool{f.Fin, f.RSV1, f.RSV2, f.RSV3} {
		if set {
			first |= 0x80 >> i
		}
	}
	var mask byte
	if f.Mask {
		mask = 0x80
	}
	n, form := len(payload), f.LenForm
	switch {
	case form != 0:
	case n < 126:
		form = 7
	case n < 1<<16:
		form = 16
	default:
		form = 64
	}
	frame := []byte{first, mask | byte(n)}
	switch {
	case form == 16:
		frame = binary.BigEndian.AppendUint16([]byte{first, mask | 126}, uint16(n))
	case f.AnnounceHex != "":
		frame = append([]byte{first, mask | 127}, unhex(f.AnnounceHex)...)
	case form == 64:
		frame = binary.BigEndian.AppendUint64([]byte{first, mask | 127}, uint64(n))
	}
	if f.Mask {
		key := []byte{0x11, 0x22, 0x33, 0x44}
		frame = append(frame, key...)
		for i := range payload {
			payload[i] ^= key[i&3]
		}
	}
	return bytes.Repeat(append(frame, payload...), max(f.Repeat, 1))
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

func unhex(s string) []byte {
	p, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return p
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
