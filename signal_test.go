package websocket

import "testing"

func TestASignalIsGivenToThoseThatWaitAndToThoseThatCome(t *testing.T) {
	var s signal
	early := s.wait()
	select {
	case <-early:
		t.Fatal("it has not been given")
	default:
	}
	if s.isGiven() {
		t.Error("it says that it has been given")
	}
	s.give()
	s.give()
	<-early
	<-s.wait()

	var late signal
	late.give()
	if !late.isGiven() {
		t.Error("it does not say that it has been given")
	}
	<-late.wait()
}
