package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/onclose/websocket"
)

// maxLineBytes bounds a line of standard input and a file of /binary, in bytes.
const maxLineBytes = 64 << 20

// prompt is where the lines of a session come from, and, as it shares the
// terminal with them, where its output goes.
type prompt struct {
	// next returns the next line without its end, and io.EOF behind the last.
	next func() ([]byte, error)
	// typed is whether a person types the lines: then one that starts with a
	// slash is a command, and the end of the lines is a wish to close now.
	typed    bool
	out, err io.Writer
	// restore gives the terminal back. From then on out and err are not to be
	// used.
	restore func()
	// edited is whether out draws around the line being typed.
	edited bool
}

// openPrompt reads standard input: with an editor for the line when a person
// sits at a terminal and talk goes there too, and as it comes otherwise. Ctrl-C,
// which an editor gets as a key, is sent to interrupts.
func openPrompt(s *streams, interrupts chan<- os.Signal) *prompt {
	p := &prompt{typed: isTerminal(s.in), out: s.out, err: s.err, restore: func() {}}
	in, _ := s.in.(*os.File)
	if p.typed && isTerminal(s.err) && os.Getenv("TERM") != "dumb" {
		if before, err := term.MakeRaw(int(in.Fd())); err == nil {
			width, height, err := term.GetSize(int(in.Fd()))
			p.edit(&keyboard{Reader: in, screen: s.err, interrupts: interrupts}, func() { _ = term.Restore(int(in.Fd()), before) })
			if err == nil && width > 0 { // some terminals do not know
				_ = p.err.(*term.Terminal).SetSize(width, height)
			}
			if isTerminal(s.out) {
				p.out = p.err
			}
			return p
		}
	}
	lines := bufio.NewReaderSize(s.in, 64<<10)
	p.next = func() ([]byte, error) { return readLine(lines, maxLineBytes) }
	return p
}

// noPrompt stands for an input at its end.
func noPrompt(s *streams) *prompt {
	return &prompt{
		next: func() ([]byte, error) { return nil, io.EOF },
		out:  s.out, err: s.err, restore: func() {},
	}
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// edit lets lines be edited on a terminal in raw mode, which cook ends.
func (p *prompt) edit(keys *keyboard, cook func()) {
	cook = sync.OnceFunc(cook)
	editor := term.NewTerminal(keys, "> ")
	p.err, p.edited = editor, true
	p.restore = func() {
		keys.fallSilent()
		cook()
	}
	p.next = func() ([]byte, error) {
		line, err := editor.ReadLine()
		if err == nil || errors.Is(err, term.ErrPasteIndicator) {
			return []byte(line), nil
		}
		editor.SetPrompt("")
		cook() // from here on Ctrl-C is a signal, since nobody reads keys
		return nil, err
	}
}

// keyboard is the two directions of a terminal in raw mode. In it Ctrl-C is a
// byte and no signal, and the line editor does not tell it from Ctrl-D.
type keyboard struct {
	io.Reader
	screen     io.Writer
	interrupts chan<- os.Signal

	mu     sync.Mutex
	silent bool // the screen is no longer the editor's
}

func (k *keyboard) Read(p []byte) (int, error) {
	n, err := k.Reader.Read(p)
	if bytes.IndexByte(p[:n], ctrlC) >= 0 {
		select {
		case k.interrupts <- os.Interrupt:
		default:
		}
	}
	return n, err
}

const ctrlC = 3

func (k *keyboard) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.silent {
		return len(p), nil
	}
	return k.screen.Write(p)
}

// fallSilent wipes the line being typed, and keeps the editor, which may be
// about to draw a prompt for another, from drawing behind the CloseEvent.
func (k *keyboard) fallSilent() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.silent = true
	_, _ = io.WriteString(k.screen, "\r\x1b[K")
}

// readLine returns a line of at most limit bytes without its line feed or CR LF.
// The last one needs neither.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		line = append(line, piece...)
		switch {
		case len(line) > limit:
			return nil, fmt.Errorf("it is longer than %d bytes", limit)
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(line) > 0:
			return line, nil
		case err != nil:
			return nil, err
		default:
			return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
		}
	}
}

// order is what a typed line asks for. The zero value sends an empty text.
type order struct {
	verb  string // "" for a text, else one of the commands without its slash
	text  []byte
	file  string
	frame *websocket.CloseFrame // of close; nil for the one of --close
}

// commandHelp lists the commands, a line each.
const commandHelp = `/close [CODE [REASON]]  close, by default with the frame of --close, and leave
/ping                   measure the round-trip time
/binary FILE            send a file as a binary message
/help                   this list
//TEXT                  send a text that starts with a slash: /TEXT
Ctrl-C, Ctrl-D          close with 1000 and leave; Ctrl-C again: at once`

// parseOrder understands a typed line.
func parseOrder(line []byte) (order, error) {
	if !bytes.HasPrefix(line, []byte("/")) {
		return order{text: line}, nil
	}
	if bytes.HasPrefix(line, []byte("//")) {
		return order{text: line[1:]}, nil
	}
	verb, rest, _ := strings.Cut(string(line[1:]), " ")
	rest = strings.TrimSpace(rest)
	switch {
	case verb == "close" && rest == "":
		return order{verb: verb}, nil
	case verb == "close":
		code, reason, _ := strings.Cut(rest, " ")
		frame, err := parseCloseFrame(code, reason)
		return order{verb: verb, frame: &frame}, err
	case verb == "binary" && rest == "":
		return order{}, errors.New("/binary needs the name of a file")
	case verb == "binary":
		return order{verb: verb, file: rest}, nil
	case verb == "ping" || verb == "help":
		return order{verb: verb}, nil
	}
	return order{}, fmt.Errorf("there is no command /%s; /help lists them, and a second slash in front sends the line", verb)
}

// readBinary reads the file of /binary.
func readBinary(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", name)
	case info.Size() > maxLineBytes:
		return nil, fmt.Errorf("%s is longer than %d MiB", name, maxLineBytes>>20)
	}
	return io.ReadAll(io.LimitReader(file, maxLineBytes))
}
