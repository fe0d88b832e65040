package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// inSession runs a test in a bubble, where time passes at once, with a server,
// a standard input that stays open until it is closed, and a channel for Ctrl-C.
func inSession(t *testing.T, test func(t *testing.T, site *dialSite, input *io.PipeWriter, in io.Reader, interrupts chan os.Signal)) {
	synctest.Test(t, func(t *testing.T) {
		in, input := io.Pipe()
		defer input.Close()
		test(t, newDialSite(t), input, in, make(chan os.Signal, 2))
	})
}

// checkOutcome compares how a session ended, and after what time.
func checkOutcome(t *testing.T, got outcome, status exitStatus, line string, began time.Time, took time.Duration) {
	t.Helper()
	if got.status != status || !strings.Contains(got.err, line) || time.Since(began) != took {
		t.Errorf("after %v, want %v with status %d and %q: %v", time.Since(began), took, status, line, got)
	}
	checkLastLine(t, got, false)
}

func TestTheEndIsNotHeldUpByAnOpenInput(t *testing.T) {
	for _, test := range []struct {
		page   string
		status exitStatus
		line   string
		took   time.Duration
	}{
		{"/close/4001", exitCode, `closed 4001 "bye" clean, by remote`, 0},
		{"/after/5s", exitCode, `closed 4005 "five seconds" clean, by remote after 5s`, 5 * time.Second},
		{"/drop", exitNotClean, "closed 1006 AbnormalClosure not clean: eof", 0},
		{"/masked", exitNotClean, "closed 1006 AbnormalClosure not clean: protocol-error", 0},
		{"/forbidden", exitNeverOpened, "closed 1006 AbnormalClosure not clean: bad-handshake", 0},
	} {
		inSession(t, func(t *testing.T, site *dialSite, _ *io.PipeWriter, in io.Reader, _ chan os.Signal) {
			began := time.Now()
			checkOutcome(t, site.dial(t, in, "ws://test"+test.page), test.status, test.line, began, test.took)
		})
	}
}

func TestOpenInputKeepsASessionOpen(t *testing.T) {
	inSession(t, func(t *testing.T, site *dialSite, input *io.PipeWriter, in io.Reader, _ chan os.Signal) {
		began := time.Now()
		end := site.start(t, in, nil, "ws://test/echo")
		time.Sleep(time.Hour)
		io.WriteString(input, "still here\n")
		time.Sleep(time.Hour)
		input.Close()
		got := end()
		// The wait starts at the end of the input, not at the last message.
		checkOutcome(t, got, exitOK, "closed 1000 NormalClosure clean, by local after 2h0m1s", began, 2*time.Hour+time.Second)
		if got.out != "still here\n" {
			t.Errorf("%v", got)
		}
	})
}

func TestWaitCountsFromTheLastFrame(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		out  string
		took time.Duration
	}{
		{"messages keep it open", []string{"ws://test/slowly"}, "900ms\n900ms\n900ms\n", 3700 * time.Millisecond},
		{"a longer wait sees more", []string{"--wait=2100ms", "ws://test/slowly"}, "900ms\n900ms\n900ms\n2s\n", 6800 * time.Millisecond},
		{"a shorter one less", []string{"--wait=1ms", "ws://test/slowly"}, "", time.Millisecond},
		{"none closes at once", []string{"--wait=0s", "ws://test/echo"}, "", 0},
		{"every piece of a message counts", []string{"ws://test/piecemeal"}, strings.Repeat("piece ", 6) + "\n", 6400 * time.Millisecond},
		{"with --expect nobody waits longer than needed", []string{"--expect=3", "ws://test/slowly"}, "900ms\n900ms\n900ms\n", 2700 * time.Millisecond},
		{"but as long as needed", []string{"--expect=4", "ws://test/slowly"}, "900ms\n900ms\n900ms\n2s\n", 4700 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				site := newDialSite(t)
				var out bytes.Buffer
				cmd := parseDial(t, test.args...)
				cmd.dialer = site.DialContext
				began := time.Now()
				s := &streams{strings.NewReader(""), &out, io.Discard}
				if status := statusOf(cmd.run(s, nil), s); status != exitOK || out.String() != test.out {
					t.Errorf("%d: %q, want %q", status, out.String(), test.out)
				}
				// The peer sleeps: its library answers the Close within a second.
				if late := time.Since(began) - test.took; late < 0 || late > time.Second {
					t.Errorf("it took %v, want %v", time.Since(began), test.took)
				}
			})
		})
	}
}

func TestOnceExpectIsMetAnOpenInputHasOnlyTheWait(t *testing.T) {
	inSession(t, func(t *testing.T, site *dialSite, input *io.PipeWriter, in io.Reader, _ chan os.Signal) {
		began := time.Now()
		end := site.start(t, in, nil, "--expect=1", "--wait=3s", "ws://test/echo")
		time.Sleep(time.Hour)
		io.WriteString(input, "one\n")
		time.Sleep(2 * time.Second)
		io.WriteString(input, "two\n") // in time
		got := end()
		checkOutcome(t, got, exitOK, "closed 1000 NormalClosure clean, by local", began, time.Hour+5*time.Second)
		if got.out != "one\ntwo\n" {
			t.Errorf("%v", got)
		}
	})
}

func TestInterrupts(t *testing.T) {
	t.Run("the first closes with 1000, whatever --close says", func(t *testing.T) {
		inSession(t, func(t *testing.T, site *dialSite, _ *io.PipeWriter, in io.Reader, interrupts chan os.Signal) {
			began := time.Now()
			end := site.start(t, in, interrupts, "--close=4001", "ws://test/echo")
			time.Sleep(time.Minute)
			interrupts <- os.Interrupt
			checkOutcome(t, end(), exitOK, "closed 1000 NormalClosure clean, by local after 1m0s", began, time.Minute)
		})
	})
	t.Run("SIGTERM is one", func(t *testing.T) {
		inSession(t, func(t *testing.T, site *dialSite, _ *io.PipeWriter, in io.Reader, interrupts chan os.Signal) {
			interrupts <- syscall.SIGTERM
			began := time.Now()
			end := site.start(t, in, interrupts, "ws://test/never")
			checkOutcome(t, end(), exitNeverOpened, "interrupted", began, 0)
		})
	})
	t.Run("while opening", func(t *testing.T) {
		inSession(t, func(t *testing.T, site *dialSite, _ *io.PipeWriter, in io.Reader, interrupts chan os.Signal) {
			began := time.Now()
			end := site.start(t, in, interrupts, "ws://test/never")
			time.Sleep(time.Second)
			interrupts <- os.Interrupt
			got := end()
			checkOutcome(t, got, exitNeverOpened, "closed 1006 AbnormalClosure not clean: context-canceled", began, time.Second)
			if !strings.Contains(got.err, "onclose: ws://test/never: interrupted\n") {
				t.Errorf("%v", got)
			}
		})
	})
	t.Run("the second does not wait for the peer", func(t *testing.T) {
		inSession(t, func(t *testing.T, site *dialSite, _ *io.PipeWriter, in io.Reader, interrupts chan os.Signal) {
			began := time.Now()
			end := site.start(t, in, interrupts, "ws://test/silent")
			time.Sleep(time.Second)
			interrupts <- os.Interrupt
			time.Sleep(time.Second)
			interrupts <- os.Interrupt
			checkOutcome(t, end(), exitNotClean, "closed 1006 AbnormalClosure not clean: aborted (closing, local), sent 1000 after 2s", began, 2*time.Second)
		})
	})
	t.Run("while closing, the first says so", func(t *testing.T) {
		inSession(t, func(t *testing.T, site *dialSite, input *io.PipeWriter, in io.Reader, interrupts chan os.Signal) {
			began := time.Now()
			input.Close()
			end := site.start(t, in, interrupts, "ws://test/silent")
			time.Sleep(2 * time.Second)
			interrupts <- os.Interrupt
			time.Sleep(time.Second)
			interrupts <- os.Interrupt
			checkOutcome(t, end(), exitNotClean, "closing; Ctrl-C again cuts the connection\n", began, 3*time.Second)
		})
	})
}

func TestTimeoutWithInputThatStaysOpen(t *testing.T) {
	inSession(t, func(t *testing.T, site *dialSite, _ *io.PipeWriter, in io.Reader, _ chan os.Signal) {
		began := time.Now()
		got := site.dial(t, in, "--timeout=10s", "--close=4004", "ws://test/echo")
		checkOutcome(t, got, exitOther, "--timeout passed\nclosed 4004 clean, by local after 10s", began, 10*time.Second)
	})
}

func TestInputThatCannotBeReadOrSent(t *testing.T) {
	for _, test := range []struct {
		name string
		in   io.Reader
		page string
		want string
	}{
		{"not UTF-8, with more to come", io.MultiReader(strings.NewReader("a\n\xc3(\n"), neverEnds{}), "/echo", "standard input, line 2 is not UTF-8 at byte 0: it was not sent\n"},
		{"a read error", io.MultiReader(strings.NewReader("a\n"), failing{}), "/echo", "standard input, line 2: it broke\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				got := newDialSite(t).dial(t, test.in, "ws://test"+test.page)
				checkOutcome(t, got, exitOther, test.want, began, 0)
				if !strings.Contains(got.err, "closed 1000 NormalClosure clean, by local") {
					t.Errorf("%v", got)
				}
			})
		})
	}
}

// neverEnds always has another line.
type neverEnds struct{}

func (neverEnds) Read(p []byte) (int, error) { return copy(p, "more\n"), nil }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("it broke") }

func TestLinesThatCouldNotBeSentAreSaid(t *testing.T) {
	inSession(t, func(t *testing.T, site *dialSite, input *io.PipeWriter, in io.Reader, interrupts chan os.Signal) {
		end := site.start(t, in, interrupts, "ws://test/silent")
		synctest.Wait()
		interrupts <- os.Interrupt
		synctest.Wait()
		io.WriteString(input, "too late\n")
		synctest.Wait()
		interrupts <- os.Interrupt
		if got := end(); !strings.Contains(got.err, "onclose: standard input, line 1: not sent, the connection is closing\n") {
			t.Errorf("%v", got)
		}
	})
}

func TestAReaderOfTheOutputThatGoesAwayEndsTheSession(t *testing.T) {
	for _, args := range [][]string{{"ws://test/three"}, {"--json", "ws://test/three"}, {"--json", "ws://test/echo"}} {
		synctest.Test(t, func(t *testing.T) {
			site := newDialSite(t)
			cmd := parseDial(t, args...)
			cmd.dialer = site.DialContext
			var err bytes.Buffer
			s := &streams{strings.NewReader("hello\n"), brokenPipe{}, &err}
			status := statusOf(cmd.run(s, nil), s)
			got := outcome{status, "", err.String()}
			if status != exitOther || strings.Count(got.err, "onclose: standard output: broken pipe\n") != 1 {
				t.Errorf("%q: %v", args, got)
			}
			checkLastLine(t, got, false)
		})
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestALargeMessageComesWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := strings.Repeat("0123456789abcdef", 60<<10)
		got := newDialSite(t).dial(t, strings.NewReader(text), "--expect=1", "ws://test/echo")
		if got.status != exitOK || got.out != text+"\n" {
			t.Errorf("%d, %d bytes, %s", got.status, len(got.out), got.err)
		}
	})
}
